// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/upcast/device.h"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace ckptscope::test {

/// Packed elements of a real float dtype that a conversion could get wrong: all codes of the kinds of up to 16 bits; of
/// F32 and F64 every exponent with the mantissas at and around the ties of every narrower kind, NaN payloads,
/// subnormals, and random bits.
[[nodiscard]] std::vector<std::byte> castInputs(DType dtype);
[[nodiscard]] std::uint64_t elementsIn(DType dtype, const std::vector<std::byte>& packed);

/// A cast on a device, alone and waited for.
struct DeviceCast {
    std::vector<std::byte> out;
    CastLoss loss;
};
[[nodiscard]] Result<DeviceCast> castOn(Device& device, DType from, DType to, const std::vector<std::byte>& in);

/// Every pair of different dtypes that canCast() has.
[[nodiscard]] std::vector<std::pair<DType, DType>> castPairs();

} // namespace ckptscope::test
