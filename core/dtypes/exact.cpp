// SPDX-License-Identifier: Apache-2.0
#include "core/dtypes/exact.h"

#include "core/dtypes/castkernels.h"
#include "core/dtypes/floatbits.h"

#include <algorithm>
#include <array>
#include <bit>

namespace ckptscope {

namespace {

/// Drops `kind` where one of these floats is no number of it.
void tryKind(ExactSet& set, ExactKind kind, kernels::Trial trial, std::span<const float> values) noexcept
{
    if (set.has(kind) && kernels::castKernels().outside[static_cast<std::size_t>(trial)](std::as_bytes(values).data(), values.size())) {
        set.drop(kind);
    }
}

} // namespace

void narrowExactSet(ExactSet& set, std::span<const float> values, ExactSet known) noexcept
{
    using kernels::Trial;
    if (!known.has(ExactKind::BF16)) {
        tryKind(set, ExactKind::BF16, Trial::BF16, values);
    }
    if (!known.has(ExactKind::F16)) {
        tryKind(set, ExactKind::F16, Trial::F16, values);
    }
    if (!set.has(ExactKind::BF16) || !set.has(ExactKind::F16)) { // every F8 number is a number of both
        set.drop(ExactKind::F8_E4M3);
        set.drop(ExactKind::F8_E5M2);
    }
    if (!set.has(ExactKind::BF16)) { // up to 256 all whole numbers are BF16 numbers
        set.drop(ExactKind::SmallInteger);
    }
    tryKind(set, ExactKind::F8_E4M3, Trial::F8_E4M3, values);
    tryKind(set, ExactKind::F8_E5M2, Trial::F8_E5M2, values);
    tryKind(set, ExactKind::SmallInteger, Trial::SmallInteger, values);
}

void narrowExactSet(ExactSet& set, std::span<const double> values) noexcept
{
    std::array<float, 256> part{};
    while (!values.empty() && !set.empty()) {
        const auto now = values.first(std::min(part.size(), values.size()));
        std::uint32_t inexact = 0;
        for (std::size_t i = 0; i < now.size(); ++i) {
            part[i] = static_cast<float>(now[i]);
            const bool nan = now[i] != now[i];
            inexact |= static_cast<std::uint32_t>(static_cast<double>(part[i]) != now[i]) & static_cast<std::uint32_t>(!nan);
            part[i] = nan ? std::bit_cast<float>(floatbits::QuietNan) : part[i];
        }
        if (inexact != 0) {
            set = ExactSet::none();
            return;
        }
        narrowExactSet(set, std::span<const float>(part).first(now.size()));
        values = values.subspan(now.size());
    }
}

DType narrowestOf(ExactSet set, DType stored) noexcept
{
    constexpr std::array<DType, 5> Kinds{DType::F8_E4M3, DType::F8_E5M2, DType::BF16, DType::F16, DType::F32};
    for (std::size_t i = 0; i < Kinds.size(); ++i) {
        if (dtypeInfo(Kinds[i]).blockBits < dtypeInfo(stored).blockBits && set.has(static_cast<ExactKind>(i))) {
            return Kinds[i];
        }
    }
    return stored;
}

} // namespace ckptscope
