// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/dtypes/convert.h"
#include "core/simd/simd.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

/// The loops of castElements() and of what decodes or tries values, one table an instruction set. Private to core.
/// Elements may stand at any address; `in` and `out` do not overlap.
namespace ckptscope::kernels {

/// Float kinds narrower than F32 whose codes fill whole bytes.
enum class Narrow : std::uint8_t { BF16, F16, F8_E4M3, F8_E5M2, F8_E4M3FNUZ, F8_E5M2FNUZ, F8_E8M0 };
inline constexpr std::size_t NarrowKinds = 7;
[[nodiscard]] std::optional<Narrow> narrowKind(DType dtype) noexcept;

/// Kinds that floats are tried against, see ExactKind.
enum class Trial : std::uint8_t { BF16, F16, F8_E4M3, F8_E5M2, SmallInteger };
inline constexpr std::size_t Trials = 5;

struct CastKernels {
    /// Codes to the bits of F32; NaN payloads stay.
    using Decode = void (*)(const std::byte* in, std::byte* out, std::size_t elements);
    /// Bits of F32 to codes, to nearest.
    using Encode = Decode;
    std::array<Decode, NarrowKinds> decode;
    std::array<Encode, NarrowKinds> encode;
    /// To BF16 and F16 of values that are known to fit exactly: NaN is not made quiet.
    Encode encodeExactBf16;
    Encode encodeExactF16;
    /// decode[BF16] for an `out` larger than the caches: written past them where it can be.
    Decode streamBf16;
    Decode f32ToF64; ///< NaN payloads stay
    Decode f64ToF32; ///< to nearest; NaN becomes quiet
    /// Adds what was lost from F32 to `back`, both bits of F32. Finite values whose magnitude is above `saturates`
    /// overflowed; 0: those whose `back` is not finite did.
    void (*loss)(const std::byte* in, const std::byte* back, std::size_t elements, float saturates, CastLoss& loss);
    /// The same from F64.
    void (*loss64)(const std::byte* in, const std::byte* back, std::size_t elements, float saturates, CastLoss& loss);
    /// Whether one of these floats is no number of the kind.
    std::array<bool (*)(const std::byte* in, std::size_t elements), Trials> outside;
};

[[nodiscard]] const CastKernels& castKernels(SimdLevel level) noexcept;
[[nodiscard]] inline const CastKernels& castKernels() noexcept
{
    return castKernels(simdLevel());
}
/// The reference.
[[nodiscard]] const CastKernels& scalarCastKernels() noexcept;

} // namespace ckptscope::kernels
