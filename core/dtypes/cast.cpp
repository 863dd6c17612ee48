// SPDX-License-Identifier: Apache-2.0
// castElements(): elements go in chunks, which stay in the first-level cache, to the bits of F32 and from there on, by
// the loops of castkernels.h.
#include "core/dtypes/castkernels.h"
#include "core/dtypes/floatbits.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

namespace ckptscope {

namespace {

constexpr std::size_t Chunk = 1024; ///< elements; a multiple of the 8 that fill whole bytes whatever the dtype
/// What is written past the caches: more than fits them, so that nobody finds it there.
constexpr std::size_t StreamBytes = 32U << 20U;

using Buffer = std::array<std::uint32_t, Chunk>;

std::byte* bytesOf(Buffer& buffer) noexcept
{
    return reinterpret_cast<std::byte*>(buffer.data());
}

/// F4 and F6_*: low bits first, F32's bits by code.
void decodePacked(DType from, const std::byte* in, Buffer& out, std::size_t elements)
{
    std::array<std::uint32_t, 64> values{};
    for (std::size_t code = 0; code < values.size(); ++code) {
        values[code] = floatbits::fromSmall(from, static_cast<std::uint8_t>(code));
    }
    if (from == DType::F4) {
        for (std::size_t i = 0; i < elements; ++i) {
            out[i] = values[(std::to_integer<unsigned>(in[i / 2]) >> (i % 2 * 4)) & 0xFU];
        }
        return;
    }
    for (std::size_t i = 0; i < elements; ++i) {
        const std::byte* group = in + i / 4 * 3;
        const unsigned bits =
            std::to_integer<unsigned>(group[0]) | (std::to_integer<unsigned>(group[1]) << 8U) | (std::to_integer<unsigned>(group[2]) << 16U);
        out[i] = values[(bits >> (i % 4 * 6)) & 0x3FU];
    }
}

class Cast {
public:
    Cast(DType from, DType to)
        : m_from(from)
        , m_to(to)
        , m_fromKind(kernels::narrowKind(from))
        , m_toKind(kernels::narrowKind(to))
        , m_lossless(isLosslessCast(from, to))
    {
        if (m_toKind) {
            m_encode = m_lossless && to == DType::BF16 ? m_kernels.encodeExactBf16
                : m_lossless && to == DType::F16       ? m_kernels.encodeExactF16
                                                       : m_kernels.encode[static_cast<std::size_t>(*m_toKind)];
        }
        // E4M3 saturates: half way between 448 and the 480 that would follow
        m_saturates = to == DType::F8_E4M3 ? 464.0F : 0.0F;
    }

    CastLoss run(const std::byte* in, std::byte* out, std::uint64_t elements)
    {
        CastLoss loss;
        if (m_to == DType::F32 && m_fromKind) {
            const bool streams = m_from == DType::BF16 && elements >= StreamBytes / sizeof(float);
            (streams ? m_kernels.streamBf16 : decoder(*m_fromKind))(in, out, static_cast<std::size_t>(elements));
            return loss;
        }
        for (std::uint64_t done = 0; done < elements;) {
            const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(Chunk, elements - done));
            chunk(in, out, now, loss);
            in += byteSize(m_from, now).value_or(0);
            out += byteSize(m_to, now).value_or(0);
            done += now;
        }
        return loss;
    }

private:
    [[nodiscard]] kernels::CastKernels::Decode decoder(kernels::Narrow kind) const { return m_kernels.decode[static_cast<std::size_t>(kind)]; }

    void chunk(const std::byte* in, std::byte* out, std::size_t elements, CastLoss& loss)
    {
        const std::byte* single = bytesOf(m_bits); // the elements as F32
        if (m_from == DType::F32) {
            single = in;
        } else if (m_from == DType::F64) {
            m_kernels.f64ToF32(in, bytesOf(m_bits), elements);
        } else if (m_fromKind) {
            decoder (*m_fromKind)(in, bytesOf(m_bits), elements);
        } else {
            decodePacked(m_from, in, m_bits, elements);
        }
        if (m_to == DType::F64) {
            m_kernels.f32ToF64(single, out, elements);
            return;
        }
        const std::byte* back = single;
        if (m_to == DType::F32) {
            std::memcpy(out, single, elements * sizeof(float));
        } else {
            m_encode(single, out, elements);
        }
        if (m_lossless) {
            return;
        }
        if (m_toKind) {
            decoder (*m_toKind)(out, bytesOf(m_back), elements);
            back = bytesOf(m_back);
        }
        if (m_from == DType::F64) {
            m_kernels.loss64(in, back, elements, m_saturates, loss);
        } else {
            m_kernels.loss(single, back, elements, m_saturates, loss);
        }
    }

    const kernels::CastKernels& m_kernels = kernels::castKernels();
    DType m_from;
    DType m_to;
    std::optional<kernels::Narrow> m_fromKind;
    std::optional<kernels::Narrow> m_toKind;
    kernels::CastKernels::Encode m_encode = nullptr;
    bool m_lossless;
    float m_saturates = 0;
    Buffer m_bits;
    Buffer m_back;
};

} // namespace

bool canCast(DType from, DType to) noexcept
{
    if (!isRealFloat(from) || !isRealFloat(to)) {
        return false;
    }
    return from == to || (to != DType::F4 && to != DType::F6_E2M3 && to != DType::F6_E3M2);
}

Result<CastLoss> castElements(DType from, std::span<const std::byte> in, DType to, std::span<std::byte> out, std::uint64_t elements)
{
    if (!canCast(from, to)) {
        return fail(Code::CastUnsupported, {std::string(dtypeName(from)), std::string(dtypeName(to))});
    }
    if (byteSize(from, elements) != in.size() || byteSize(to, elements) != out.size()) {
        return fail(Code::Internal, {"castElements: sizes do not fit the number of elements"});
    }
    if (from == to) {
        std::copy(in.begin(), in.end(), out.begin());
        return CastLoss{};
    }
    return Cast(from, to).run(in.data(), out.data(), elements);
}

} // namespace ckptscope
