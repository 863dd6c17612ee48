// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/partreceipt.h"
#include "core/fix/planfile.h"
#include "core/io/partfolder.h"
#include "core/job.h"
#include "core/values/elementstream.h"
#include "core/values/throttle.h"

#include <memory>
#include <vector>

// Private to core/fix.
namespace ckptscope {

/// Sees whether what parts say they wrote is there.
class PartTruth {
public:
    PartTruth(const BoundPlan& bound, const PartFolder& folder, const JobContext& job);

    /// Files and their sizes, and the bytes in front of each buffer; with `full` every byte, shared ones against the
    /// source. Code::PlanUntrue names the file and the place.
    Result<void> check(const std::vector<PartFile>& files, unsigned part, bool full) const;
    /// The same for all parts, on several threads; the first part's complaint.
    Result<void> checkAll(const std::vector<PartReceipt>& receipts, bool full) const;

private:
    Result<void> checkFile(const PartFile& file, unsigned part, bool full) const;
    Result<void> comparePiece(const File& file, const OutputFile& planned, const PieceRecord& piece, unsigned part) const;

    const BoundPlan& m_bound;
    const PartFolder& m_folder;
    const JobContext& m_job;
    std::shared_ptr<ShardFiles> m_shards;
    mutable Throttle m_throttle;
};

} // namespace ckptscope
