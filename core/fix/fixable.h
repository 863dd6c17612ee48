// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "core/model/checkpoint.h"

#include <cstdint>

namespace ckptscope {

/// What a repair could do about a verdict, by its findings and rules alone: no value is read.
struct Fixable {
    std::uint64_t violations = 0; ///< findings of violations that an edit mends
    std::uint64_t any = 0;        ///< findings of any weight that an edit mends
    DType to = DType::Unknown;    ///< the one dtype that violations are cast to; Unknown: several, or none
    std::uint64_t widened = 0;    ///< tensors in the F32 that a rule wants: a donor has something to give back where that F32 is only storage
    std::uint64_t laundered = 0;  ///< of these: those that a scan has found to be only storage
    bool whole = true;            ///< false: the checkpoint is damaged, and no whole one can be written from it

    /// One click does something.
    [[nodiscard]] bool canFix() const noexcept { return whole && violations > 0; }
    /// Choosing edits or a donor may do something.
    [[nodiscard]] bool canReview() const noexcept { return whole && (any > 0 || widened > 0); }
    /// There is something to choose that the user should know of: an edit on offer, or precision that is known to be lost.
    [[nodiscard]] bool wantsReview() const noexcept { return any > 0 || laundered > 0; }
};
[[nodiscard]] Fixable fixable(const Checkpoint& checkpoint, const CheckReport& report);

} // namespace ckptscope
