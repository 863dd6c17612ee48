// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/diff/comparison.h"
#include "core/job.h"
#include "core/result.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ckptscope {

/// How the values of one tensor differ between two checkpoints. Numbers are compared as doubles, |A-B| of a complex
/// element is its magnitude.
struct ValueDifference {
    std::uint32_t row = 0; ///< of Comparison::rows()
    std::uint64_t elements = 0;
    /// Elements that differ: in their bits where both have one dtype (so -0 and +0 do), else as numbers (two NaNs
    /// agree).
    std::uint64_t differing = 0;
    std::uint64_t beyond = 0;           ///< of these, the ones with |A-B| above the tolerance, or of which only one is finite, or NaN
    std::uint64_t oneNan = 0;           ///< elements where one side is NaN and the other is not
    bool equalBits = false;             ///< one dtype, and all stored bits are equal
    bool decoded = true;                ///< false: a dtype whose values ckptscope does not know; only its bits were compared
    std::optional<std::uint64_t> first; ///< row-major position of the first that differs
    std::string firstA;                 ///< shortest texts of its two values
    std::string firstB;
    double maxAbs = 0;          ///< largest |A-B|; Infinity where only one is infinite; pairs with a NaN have none: see oneNan
    double relative = 0;        ///< sqrt(sum |A-B|^2 / sum |A|^2) over the pairs that are both finite; 0 without a difference,
                                ///< Infinity where all of A is 0
    double cosine = 1;          ///< of A and B as vectors, over these pairs; 1 where nothing differs, NaN where one of them is all zero
    std::optional<Error> error; ///< they could not be compared
    [[nodiscard]] bool changed() const noexcept { return !error && (decoded ? beyond > 0 : !equalBits); }
};

/// Called once a row, as each is done, from any thread but never from two at once.
using DifferenceSink = std::function<void(const ValueDifference&)>;

struct DifferenceOptions {
    double tolerance = 0; ///< absolute; 0: every difference counts
};

/// Reads both sides of these rows (indexes into Comparison::rows(); the ones that are not comparable() are left out)
/// and compares every element, on job.threads threads, in buffers within job.maxMemory. Equal pieces are found by their
/// bytes and not decoded; tensors that are the same bytes of the same file are not read. The result does not depend on
/// the number of threads. Reports Phase::Scanning in bytes of both sides. In the order of `rows`. Fails only with
/// Code::Cancelled.
Result<std::vector<ValueDifference>> compareValues(const Comparison& comparison, std::span<const std::uint32_t> rows,
                                                   const DifferenceOptions& options = {}, const DifferenceSink& sink = {},
                                                   const JobContext& job = {});

} // namespace ckptscope
