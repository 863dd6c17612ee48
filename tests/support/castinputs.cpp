// SPDX-License-Identifier: Apache-2.0
#include "tests/support/castinputs.h"

#include <algorithm>
#include <cstring>
#include <random>

namespace ckptscope::test {

namespace {

template<class Bits>
void append(std::vector<std::byte>& to, Bits bits)
{
    const std::size_t at = to.size();
    to.resize(at + sizeof(bits));
    std::memcpy(to.data() + at, &bits, sizeof(bits));
}

/// Mantissas of an F32 at and beside the places where a kind with fewer bits rounds the other way.
std::vector<std::uint32_t> mantissas()
{
    std::vector<std::uint32_t> all{0, 1, 2, 0x7F'FFFF, 0x7F'FFFE};
    for (unsigned bit = 9; bit < 23; ++bit) { // the first bit that is dropped: 12 for F16, 15 for BF16, 19 for F8_E4M3, 20 for F8_E5M2
        const std::uint32_t half = 1U << bit;
        for (const std::uint32_t odd : {0U, half << 1U}) {
            for (const std::uint32_t beside : {half - 1, half, half + 1}) {
                all.push_back((odd + beside) & 0x7F'FFFFU);
            }
        }
    }
    return all;
}

std::vector<std::uint32_t> singles()
{
    std::vector<std::uint32_t> all;
    const auto some = mantissas();
    for (std::uint32_t exponent = 0; exponent < 256; ++exponent) {
        for (const std::uint32_t mantissa : some) {
            all.push_back(exponent << 23U | mantissa);
            all.push_back(0x8000'0000U | exponent << 23U | mantissa);
        }
    }
    std::mt19937 random(7); // NOLINT(cert-msc32-c,cert-msc51-cpp): the same each time
    for (int i = 0; i < 50'000; ++i) {
        all.push_back(static_cast<std::uint32_t>(random()));
    }
    while (all.size() % 8 != 0) {
        all.push_back(0x3F80'0000U);
    }
    return all;
}

} // namespace

std::vector<std::byte> castInputs(DType dtype)
{
    std::vector<std::byte> all;
    const unsigned bits = dtypeInfo(dtype).blockBits;
    if (bits == 16) {
        for (std::uint32_t code = 0; code < 0x1'0000U; ++code) {
            append(all, static_cast<std::uint16_t>(code));
        }
    } else if (bits == 32) {
        for (const std::uint32_t value : singles()) {
            append(all, value);
        }
    } else if (bits == 64) {
        std::mt19937_64 random(8); // NOLINT(cert-msc32-c,cert-msc51-cpp)
        for (const std::uint32_t single : singles()) {
            // As an F64 by its bits, so that NaN keeps its payload; subnormal ones become small normal numbers.
            const std::uint64_t sign = std::uint64_t{single & 0x8000'0000U} << 32U;
            const std::uint64_t exponent = (single >> 23U) & 0xFFU;
            const std::uint64_t wide = exponent == 255 ? 0x7FF : exponent + (1023 - 127);
            const std::uint64_t value = sign | wide << 52U | std::uint64_t{single & 0x7F'FFFFU} << 29U;
            append(all, value);
            append(all, value + 1);
            append(all, value - 1);
            append(all, random());
        }
    } else { // random bytes hold every code of 4 and 6 bits; those of 8 are all there in order
        for (unsigned code = 0; code < 256; ++code) {
            append(all, static_cast<std::uint8_t>(code));
        }
        std::mt19937 random(9); // NOLINT(cert-msc32-c,cert-msc51-cpp)
        while (all.size() < 3072) {
            append(all, static_cast<std::uint8_t>(random()));
        }
    }
    return all;
}

std::uint64_t elementsIn(DType dtype, const std::vector<std::byte>& packed)
{
    return packed.size() * 8 / dtypeInfo(dtype).blockBits;
}

Result<DeviceCast> castOn(Device& device, DType from, DType to, const std::vector<std::byte>& in)
{
    const std::uint64_t elements = elementsIn(from, in);
    DeviceCast made;
    made.out.resize(static_cast<std::size_t>(byteSize(to, elements).value_or(0)));
    auto source = device.allocate(in.size());
    auto target = device.allocate(made.out.size());
    auto pinned = device.allocatePinned(std::max(in.size(), made.out.size()));
    auto stream = device.stream();
    if (!source || !target || !pinned || !stream) {
        return !source ? source.error() : !target ? target.error() : !pinned ? pinned.error() : stream.error();
    }
    const std::span<std::byte> host((*pinned)->data(), (*pinned)->size());
    std::memcpy(host.data(), in.data(), in.size());
    auto done = (*stream)->upload((*source)->data(), host.first(in.size()));
    done = done ? (*stream)->cast(from, (*source)->data(), to, (*target)->data(), elements) : done;
    done = done ? (*stream)->download(host.first(made.out.size()), (*target)->data()) : done;
    if (!done) {
        return done.error();
    }
    const auto loss = (*stream)->finish();
    if (!loss) {
        return loss.error();
    }
    made.loss = *loss;
    std::memcpy(made.out.data(), host.data(), made.out.size());
    return made;
}

std::vector<std::pair<DType, DType>> castPairs()
{
    std::vector<std::pair<DType, DType>> all;
    for (const DTypeInfo& from : dtypeTable()) {
        for (const DTypeInfo& to : dtypeTable()) {
            if (from.dtype != to.dtype && canCast(from.dtype, to.dtype)) {
                all.emplace_back(from.dtype, to.dtype);
            }
        }
    }
    return all;
}

} // namespace ckptscope::test
