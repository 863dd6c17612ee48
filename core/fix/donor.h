// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/job.h"
#include "core/model/checkpoint.h"
#include "core/model/plainname.h"
#include "core/result.h"
#include "core/values/elementstream.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace ckptscope {

struct DonorOptions {
    /// Share of elements (0 to 1) whose donor value must round to ours. Below 1 only where the user said so.
    double minimumAgreement = 1.0;
};

/// What a donor holds for one of our tensors. Taking its values is right where `refusal` is empty.
struct DonorMatch {
    std::uint32_t tensor = 0;                 ///< ours
    std::optional<std::uint32_t> donorTensor; ///< the one that matches by name; absent: none
    DType donorDtype = DType::Unknown;
    DType roundedTo = DType::Unknown; ///< what the donor's values were rounded to for the comparison: our dtype, or the narrower one
                                      ///< whose numbers all of ours are, where ours is laundered
    std::uint64_t elements = 0;
    std::uint64_t disagreeing = 0; ///< elements whose donor value rounds to another number than ours
    std::optional<std::uint64_t>
        firstDisagreeing;              ///< row-major position; its values stand in `refusal`, or in `disagreement` where it was overridden
    std::optional<Error> refusal;      ///< codes Donor*: why the donor's tensor must not be taken
    std::optional<Error> disagreement; ///< DonorDisagrees, where DonorOptions::minimumAgreement let it pass
    [[nodiscard]] bool usable() const noexcept { return donorTensor.has_value() && !refusal; }
    /// Share of elements that agree; 1 without elements.
    [[nodiscard]] double agreement() const noexcept
    {
        return elements == 0 ? 1.0 : static_cast<double>(elements - disagreeing) / static_cast<double>(elements);
    }
};

/// Finds and compares a donor's tensors. Reads element values; shareable between threads after construction.
class DonorMatcher {
public:
    DonorMatcher(std::shared_ptr<const Checkpoint> ours, std::shared_ptr<const Checkpoint> donor, DonorOptions options = {});

    /// The donor's tensor for our key, as NameMatcher finds it.
    [[nodiscard]] std::optional<std::uint32_t> find(std::uint32_t tensor) const;

    /// Judges one tensor: name, shape, a wider float, and then for every element that the donor's value, rounded to nearest even as torch
    /// rounds, gives our bytes (two NaNs agree). A donor whose values are no finer than ours is refused too: nothing would be restored.
    /// Fails only where a file cannot be read, or with Code::Cancelled. Reads each tensor once: the answer is kept.
    Result<DonorMatch> match(std::uint32_t tensor, const JobContext& job = {}) const;

    /// True where our tensor's F32 or F64 is only storage: every value is a narrower dtype's. Reads it once; the answer is kept.
    Result<bool> launderedHere(std::uint32_t tensor, const JobContext& job = {}) const;

    /// match() for several tensors, in their order. Reports Phase::Scanning in bytes of ours.
    Result<std::vector<DonorMatch>> match(std::span<const std::uint32_t> tensors, const JobContext& job = {}) const;

    [[nodiscard]] const std::shared_ptr<const Checkpoint>& donor() const noexcept { return m_donor; }
    [[nodiscard]] const std::shared_ptr<ShardFiles>& ourFiles() const noexcept { return m_ourFiles; }
    [[nodiscard]] const std::shared_ptr<ShardFiles>& donorFiles() const noexcept { return m_donorFiles; }

private:
    struct Known {
        std::optional<DType> launderedFrom; ///< of our tensor, where its statistics were asked for; Unknown: it is not laundered
        std::optional<DonorMatch> match;
    };
    Result<DType> launderedFrom(std::uint32_t tensor, const JobContext& job) const;
    Result<DonorMatch> judge(std::uint32_t tensor, const JobContext& job) const;
    Result<void> compare(DonorMatch& match, const TensorInfo& ours, const TensorInfo& theirs, const JobContext& job) const;

    std::shared_ptr<const Checkpoint> m_ours;
    std::shared_ptr<const Checkpoint> m_donor;
    DonorOptions m_options;
    std::shared_ptr<ShardFiles> m_ourFiles;
    std::shared_ptr<ShardFiles> m_donorFiles;
    NameMatcher m_names; ///< of the donor
    mutable std::mutex m_mutex;
    mutable std::unordered_map<std::uint32_t, Known> m_known; ///< by our tensor: the files do not change under an open checkpoint
};

/// The donor's elements of a match, cast to `to` (F32 for a contract's tensors), in pieces in element order: what a fix writes.
Result<void> readDonorValues(const DonorMatcher& matcher, std::uint32_t donorTensor, DType to, const JobContext& job,
                             const std::function<Result<void>(std::span<const std::byte> packed)>& take);

} // namespace ckptscope
