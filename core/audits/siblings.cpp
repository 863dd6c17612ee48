// SPDX-License-Identifier: Apache-2.0
#include "core/audits/list.h"
#include "core/audits/sink.h"

#include <array>
#include <unordered_map>

namespace ckptscope {

namespace {

constexpr std::uint64_t FewestSiblings = 4; ///< below, no dtype is the usual one

/// A number for a key with the numbers between its dots left out; keys of one role share it.
std::uint64_t roleHash(std::string_view key) noexcept
{
    std::uint64_t hash = 0xcbf29ce484222325ULL; // FNV-1a
    std::uint64_t before = hash;
    bool digits = true;
    bool empty = true;
    for (const char c : key) {
        if (c == '.') {
            if (digits && !empty) {
                hash = before * 31 + 7;
            }
            hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
            before = hash;
            digits = true;
            empty = true;
            continue;
        }
        empty = false;
        digits = digits && c >= '0' && c <= '9';
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    }
    return digits && !empty ? before * 31 + 7 : hash;
}

/// Plain floats only: quantisers leave out single layers on purpose, so their dtypes say nothing.
constexpr std::array Floats {DType::BF16, DType::F16, DType::F32, DType::F64};

std::size_t floatNumber(DType dtype) noexcept
{
    for (std::size_t n = 0; n < Floats.size(); ++n) {
        if (Floats[n] == dtype) {
            return n;
        }
    }
    return Floats.size();
}

struct Role {
    std::array<std::uint64_t, Floats.size() + 1> counts {};
    [[nodiscard]] std::uint64_t all() const
    {
        std::uint64_t sum = 0;
        for (const auto count : counts) {
            sum += count;
        }
        return sum;
    }
};

} // namespace

void auditSiblings(const Checkpoint& checkpoint, const ArchitectureChoice&, std::vector<Finding>& findings)
{
    if (checkpoint.format() == "gguf") {
        return; // converters choose each tensor's type by its size and use
    }
    AuditSink sink(checkpoint, findings);
    std::unordered_map<std::uint64_t, Role> roles;
    for (const auto& tensor : checkpoint.tensors()) {
        ++roles[roleHash(tensor.key)].counts[floatNumber(tensor.dtype)];
    }
    bool mixed = false;
    for (auto& [hash, role] : roles) {
        std::size_t kinds = 0;
        for (const auto count : role.counts) {
            kinds += count > 0 ? 1 : 0;
        }
        mixed = mixed || kinds > 1;
    }
    if (!mixed) {
        return;
    }
    for (const auto& tensor : checkpoint.tensors()) {
        const Role& role = roles[roleHash(tensor.key)];
        const std::size_t own = floatNumber(tensor.dtype);
        const std::uint64_t all = role.all();
        if (own == Floats.size() || role.counts[Floats.size()] > 0 || all < FewestSiblings) {
            continue;
        }
        for (std::size_t n = 0; n < Floats.size(); ++n) {
            if (n != own && role.counts[n] * 4 > all * 3 && (all - role.counts[n]) * 4 < all) {
                sink.add(Code::AuditSiblingsOdd, tensor,
                         {std::string(tensor.key), std::string(dtypeName(tensor.dtype)), std::to_string(role.counts[n]), std::to_string(all - 1),
                          std::string(dtypeName(Floats[n]))});
            }
        }
    }
}

} // namespace ckptscope
