// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "core/job.h"
#include "core/model/checkpoint.h"
#include "core/result.h"
#include "core/values/statistics.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ckptscope {

/// What a scan says of one tensor.
struct TensorValues {
    std::uint32_t tensor = 0;
    std::optional<Statistics> statistics; ///< absent where the elements cannot be read; then `error` says why
    std::optional<Error> error;
    std::vector<Finding> findings; ///< ids values.*
};

/// Called once a tensor, as each is done, from any thread but never from two at once. Must not block for long.
using ValueSink = std::function<void(const TensorValues&)>;

struct ValueScanSummary {
    std::uint64_t tensors = 0;
    std::uint64_t unreadable = 0;
    std::uint64_t bytes = 0;       ///< that were read
    std::string device = "cpu";    ///< "cuda:0 (NVIDIA H100)": did at least a part
    std::string fallback;          ///< why not, or not all of it, was done on the device that was asked for; may be empty
    std::vector<Finding> findings; ///< of all tensors, in the order in which the tensors were named
};

/// Reads every element of these tensors once, on job.threads threads, in buffers that together stay within job.maxMemory. Large dense
/// tensors are cut into parts, so that one of them keeps all threads busy; results do not depend on the number of threads.
/// `report`, where there is one, says which tensors a rule wants in F32; with one, tensors that hold the very bytes of others are told too
/// (duplicates.h), for which such tensors are read once more. Reports Phase::Scanning in bytes. Fails only with Code::Cancelled.
/// Large jobs may run on a GPU (`device`: see chooseDevice()), and say the same to the last bit. What the GPU fails at is read again, by the CPU.
Result<ValueScanSummary> scanValues(const std::shared_ptr<const Checkpoint>& checkpoint, std::span<const std::uint32_t> tensors,
                                    const CheckReport* report = nullptr, const ValueSink& sink = {}, const JobContext& job = {},
                                    const std::string& device = "auto");

/// What these statistics say of a tensor: values.nan, inf, zero, constant, denormal, laundered, range, bool. Empty and scalar tensors are
/// not called constant or zero; a mask may hold -Inf.
[[nodiscard]] std::vector<Finding> valueFindings(const Checkpoint& checkpoint, std::uint32_t tensor, const Statistics& statistics,
                                                 const CheckReport* report = nullptr);

/// A copy of a report with these findings among its own: counts, order, verdict and each tensor's worst finding follow.
[[nodiscard]] std::shared_ptr<const CheckReport> withFindings(const Checkpoint& checkpoint, const CheckReport& report, std::vector<Finding> findings);

} // namespace ckptscope
