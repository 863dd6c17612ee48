// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/exporter.h"
#include "core/fix/plan.h"
#include "core/fix/share.h"
#include "core/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Private to core/fix.
namespace ckptscope {

struct EditResult {
    std::uint32_t edit = 0; ///< index into FixPlan::edits
    EditOutcome outcome;
};

/// What a part wrote of one file, and the edits that it made there.
struct PartFile {
    FileRecord record;
    std::vector<EditResult> edits;
};

/// What one part of a saved plan did (ckptscope.part/1), left beside the output for `finish`.
struct PartReceipt {
    std::string plan;  ///< digest
    unsigned part = 0; ///< from 1
    unsigned parts = 0;
    std::string host;
    std::vector<PartFile> files;
    std::vector<EditResult> judged; ///< hashed apart from where they were written
    std::string device;
    std::string fallback;
    double seconds = 0;
    std::uint64_t peakRssBytes = 0;
};

[[nodiscard]] std::string receiptText(const FixPlan& plan, const PartReceipt& receipt);
/// nullopt: it is none, is torn, or speaks of what the plan does not have.
[[nodiscard]] std::optional<PartReceipt> readReceipt(std::string_view text, const FixPlan& plan);

/// A line of a part's journal: what is on the disk of it, should it be killed before its receipt is written.
[[nodiscard]] std::string journalLine(const FixPlan& plan, const PartFile& file);
/// The lines that are whole, without doubles.
[[nodiscard]] std::vector<PartFile> readJournal(std::string_view text, const FixPlan& plan);

} // namespace ckptscope
