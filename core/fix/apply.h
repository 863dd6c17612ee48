// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/dtypes/convert.h"
#include "core/fix/plan.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ckptscope {

struct ReceiptEdit {
    std::string tensor;
    std::string newKey; ///< empty: not renamed
    EditOp op = EditOp::Cast;
    DType from = DType::Unknown;
    DType to = DType::Unknown;
    std::string file;
    std::string sha256Before; ///< hex, of the elements as stored
    std::string sha256After;
    std::string source; ///< "widened", "narrowed", "donor", "relabelled", "dequantized"
    CastLoss loss{};    ///< what a narrowing cast lost
};

/// What an applied plan did; proven by reading the output back.
struct Receipt {
    std::string source;
    std::string output; ///< empty: there was nothing to do
    std::string profile;
    std::string device = "cpu";
    std::string fallback; ///< why the GPU was not used although asked for; empty: it was not asked for, or it was used
    std::vector<ReceiptEdit> edits;
    std::uint64_t untouchedTensors = 0;
    std::uint64_t untouchedBytes = 0;
    std::uint64_t comparedBytes = 0; ///< read back and compared
    std::uint64_t clonedBytes = 0;   ///< shared with the source by the file system
    bool equal = true;               ///< untouched bytes are the same
    std::uint64_t copiedBytes = 0;
    std::vector<std::string> leftOut;
    double seconds = 0;
    std::uint64_t peakRssBytes = 0;
    std::uint64_t unmendable = 0;   ///< those of findingsLeft that were to be mended, and no cast can
    std::uint64_t findingsLeft = 0; ///< violations of the rules that judged; what muted ones find is neither mended nor counted
    std::vector<std::string> muted; ///< rules that were not asked

    /// Fewer than edits where a tensor is cast and renamed.
    [[nodiscard]] std::uint64_t changedTensors() const;
};

/// Writes the output beside its final name, flushes, verifies, renames: whole or not at all. On any error, or a stop request
/// (Code::Cancelled), the partial is removed, the source and an older OUT are as they were. Streams in at most job.maxMemory bytes of buffers.
Result<Receipt> applyPlan(const Checkpoint& checkpoint, const FixPlan& plan, const JobContext& job = {});

} // namespace ckptscope
