// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct XXH3_state_s;

namespace ckptscope {

/// xxh3-128 in pieces: tells bytes apart that differ by accident, as fast as they can be read. Not for what somebody
/// may forge.
class Digest128 {
public:
    Digest128();
    ~Digest128();
    Digest128(const Digest128&) = delete;
    Digest128& operator=(const Digest128&) = delete;
    void reset() noexcept;
    void add(std::span<const std::byte> bytes) noexcept;
    void add(std::string_view text) noexcept { add(std::as_bytes(std::span(text.data(), text.size()))); }
    /// Lower-case hex, 32 digits; empty where there was no memory for it.
    [[nodiscard]] std::string hex() const;

private:
    struct Free {
        void operator()(XXH3_state_s* state) const noexcept;
    };
    std::unique_ptr<XXH3_state_s, Free> m_state;
};

} // namespace ckptscope
