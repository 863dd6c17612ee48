// SPDX-License-Identifier: Apache-2.0
#include "core/io/digest.h"

#include <xxhash.h>

namespace ckptscope {

void Digest128::Free::operator()(XXH3_state_s* state) const noexcept
{
    XXH3_freeState(state);
}

Digest128::Digest128()
    : m_state(XXH3_createState())
{
    reset();
}

Digest128::~Digest128() = default;

void Digest128::reset() noexcept
{
    if (m_state && XXH3_128bits_reset(m_state.get()) != XXH_OK) {
        m_state.reset();
    }
}

void Digest128::add(std::span<const std::byte> bytes) noexcept
{
    if (m_state && !bytes.empty()) {
        XXH3_128bits_update(m_state.get(), bytes.data(), bytes.size());
    }
}

std::string Digest128::hex() const
{
    if (!m_state) {
        return {};
    }
    XXH128_canonical_t canonical{};
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(m_state.get()));
    static constexpr char Hex[] = "0123456789abcdef";
    std::string out;
    for (const unsigned char byte : canonical.digest) {
        out += Hex[byte >> 4U];
        out += Hex[byte & 15U];
    }
    return out;
}

} // namespace ckptscope
