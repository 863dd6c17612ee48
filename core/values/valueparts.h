// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "core/job.h"
#include "core/model/checkpoint.h"
#include "core/result.h"
#include "core/values/valuescan.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// A scan of all values by several processes, on any machines: each writes the statistics of its tensors into a file,
/// and who has all files comes to the very findings of a scan by one process, because it judges the same statistics.
namespace ckptscope {

/// Which tensors each of `parts` processes reads: what follows in the files stays together, each has about as many
/// bytes. A tensor is not cut.
[[nodiscard]] std::vector<std::vector<std::uint32_t>> cutTensors(const Checkpoint& checkpoint, unsigned parts);

/// What one part found (ckptscope.values-part/1).
struct ValuesPart {
    std::string tensors; ///< tensorsHash() of the checkpoint
    unsigned part = 0;   ///< from 1
    unsigned parts = 0;
    std::uint64_t bytes = 0;          ///< that were read
    std::vector<TensorValues> values; ///< statistics or an error each, no findings; ascending by tensor
};

/// Reads the tensors of one part (from 1).
Result<ValuesPart> scanPart(const std::shared_ptr<const Checkpoint>& checkpoint, unsigned part, unsigned parts, const JobContext& job = {});

[[nodiscard]] std::string valuesPartText(const ValuesPart& part);
/// Anybody may have changed it: Code::ValuesPartFile with the reason where it does not fit this checkpoint.
Result<ValuesPart> readValuesPart(std::string_view text, const std::string& file, const Checkpoint& checkpoint);

/// The findings of all parts together, as scanValues() gives them for all tensors; what seems to be a copy is read
/// again. Code::ValuesPartMissing names parts that are not there, Code::ValuesPartFile what stands twice.
Result<ValueScanSummary> mergeParts(const std::shared_ptr<const Checkpoint>& checkpoint, const CheckReport& report,
                                    const std::vector<ValuesPart>& parts, const JobContext& job = {});

} // namespace ckptscope
