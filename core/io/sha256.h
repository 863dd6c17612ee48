// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>

struct evp_md_ctx_st;

namespace ckptscope {

/// SHA-256 in pieces (OpenSSL).
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;
    void add(std::span<const std::byte> bytes) noexcept;
    /// Lower-case hex; empty where the library failed on the way.
    [[nodiscard]] std::string hex();

private:
    evp_md_ctx_st* m_context;
    bool m_ok = false;
};

} // namespace ckptscope
