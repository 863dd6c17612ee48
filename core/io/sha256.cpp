// SPDX-License-Identifier: Apache-2.0
#include "core/io/sha256.h"

#include <openssl/evp.h>

#include <array>

namespace ckptscope {

Sha256::Sha256()
    : m_context(EVP_MD_CTX_new())
    , m_ok(m_context != nullptr && EVP_DigestInit_ex(m_context, EVP_sha256(), nullptr) == 1)
{
}

Sha256::~Sha256()
{
    EVP_MD_CTX_free(m_context);
}

void Sha256::add(std::span<const std::byte> bytes) noexcept
{
    m_ok = m_ok && EVP_DigestUpdate(m_context, bytes.data(), bytes.size()) == 1;
}

std::string Sha256::hex()
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (!m_ok || EVP_DigestFinal_ex(m_context, digest.data(), &size) != 1) {
        return {};
    }
    static constexpr char Hex[] = "0123456789abcdef";
    std::string out;
    for (unsigned i = 0; i < size; ++i) {
        out += Hex[digest[i] >> 4U];
        out += Hex[digest[i] & 15U];
    }
    return out;
}

} // namespace ckptscope
