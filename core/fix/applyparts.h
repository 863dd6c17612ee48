// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/apply.h"
#include "core/fix/planfile.h"
#include "core/job.h"
#include "core/result.h"

#include <cstdint>
#include <string>

/// A saved plan carried out by several processes, one after the other or at once, on any machines that see its files at
/// the same paths. They share one partial folder beside OUT (core/io/partfolder.h), which each part leaves a receipt
/// in.
namespace ckptscope {

/// What a part did.
struct PartReport {
    unsigned part = 0; ///< from 1
    unsigned parts = 0;
    std::string partial;            ///< the folder that all parts write into
    bool already = false;           ///< it had been done; its receipt was found true
    std::uint64_t files = 0;        ///< that it wrote, or a stretch of
    std::uint64_t resumedFiles = 0; ///< of these, written by an earlier run that was cut short
    std::uint64_t writtenBytes = 0; ///< and read back
    std::uint64_t sharedBytes = 0;  ///< that share the source's blocks, or are links
    std::uint64_t edits = 0;
    std::string device = "cpu";
    std::string fallback;
    double seconds = 0;
    std::uint64_t peakRssBytes = 0;
};

/// Into how many parts it was begun to be cut; 0: not begun.
Result<unsigned> begunParts(const FixPlan& plan);

/// Does one part (from 1), unless its receipt is there and true. May be run again after any end, also at the same time
/// as others; the same part at the same time gives Code::PlanBusy. Refuses as applyPlan() does; an OUT that came to be
/// meanwhile, too. After an error, a stop request or a kill, what it wrote stays for the next run.
Result<PartReport> applyPart(const BoundPlan& bound, unsigned part, unsigned parts, const JobContext& job = {});

/// Sees that every part's receipt is there and true (files and sizes, and each file's header; with `full` every byte is
/// read again), writes the index and what else is small, and makes OUT appear as applyPlan() does. Code::PlanMissing
/// names what is missing; everything stays. Run again after a kill it completes, also where OUT had appeared already.
Result<Receipt> finishPlan(const BoundPlan& bound, bool full, const JobContext& job = {});

/// Gives a plan up: removes what its parts wrote. False: there was nothing. Code::PlanBusy while one of them runs.
Result<bool> discardPlan(const SavedPlan& saved);

} // namespace ckptscope
