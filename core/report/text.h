// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "core/fix/apply.h"
#include "core/fix/plan.h"
#include "core/model/checkpoint.h"
#include "core/model/roles.h"
#include "core/report/json.h"
#include "core/report/jsonwriter.h"
#include "core/text/text.h"
#include "core/values/hash.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What people read on a terminal. It may change from release to release: scripts read the JSON. No name from a file reaches the terminal
/// but through displayName().
namespace ckptscope::report {

enum class Ink : std::uint8_t { Plain, Bold, Muted, Violation, Advice, Note, Clean };

struct TextStyle {
    bool colour = false;
    bool headings = false; ///< a line of column names above a list: for terminals, not for pipes
    NumberStyle numbers;
    [[nodiscard]] std::string paint(std::string_view text, Ink ink) const;
};

/// Four significant digits: "0.1255", "3.2e-07"; "NaN", "Infinity", "-Infinity".
[[nodiscard]] std::string shortNumber(double value);
/// Code points: what a terminal that knows no wide characters needs in columns.
[[nodiscard]] std::size_t textWidth(std::string_view utf8) noexcept;
/// Rows of cells, aligned; the last column is not padded.
class Table {
public:
    /// 'l' or 'r' a column.
    explicit Table(std::string_view alignment)
        : m_alignment(alignment)
    {
    }
    void row(std::vector<std::string> cells, Ink ink = Ink::Plain); ///< the ink is that of the first cell
    void write(const TextStyle& style, std::string_view indent, const Write& write) const;

private:
    struct Row {
        std::vector<std::string> cells;
        Ink ink;
    };
    std::string m_alignment;
    std::vector<Row> m_rows;
};

[[nodiscard]] Ink severityInk(Severity severity) noexcept;
[[nodiscard]] Ink verdictInk(Verdict verdict) noexcept;

/// "safetensors, 14 shards, 93,696 tensors, 35.1 B parameters, 65.3 GiB".
[[nodiscard]] std::string factsText(const Checkpoint& checkpoint, const NumberStyle& style = {});

void writeListText(const Checkpoint& checkpoint, const std::vector<std::uint32_t>& rows, const std::vector<ElementsHash>& hashes,
                   const TextStyle& style, const Write& write);
void writeRolesText(const Checkpoint& checkpoint, const std::vector<Role>& roles, const TextStyle& style, const Write& write);
/// "error: FILE: at byte N: ...", one a problem of these files; at most `limit`, then how many more.
void writeProblemsText(const Checkpoint& checkpoint, std::size_t limit, const TextStyle& style, const Write& write);
void writeCheckText(const Checkpoint& checkpoint, const CheckReport& report, const TextStyle& style, const Write& write);
/// What a donor could give back, and what it is refused for; follows writeCheckText.
void writeDonorText(const DonorAnswer& answer, const TextStyle& style, const Write& write);
void writeExplainText(const Checkpoint& checkpoint, const CheckReport& report, std::string_view key, const std::vector<Explanation>& explanations,
                      const TextStyle& style, const Write& write);
/// `space` may be null: not asked.
void writePlanText(const FixPlan& plan, const SpaceCheck* space, const TextStyle& style, const Write& write);
void writeReceiptText(const Receipt& receipt, const TextStyle& style, const Write& write);
/// displayName() of the whole text that leaves backslashes as they are: a pattern is to be read, and copied, as its rule has it.
[[nodiscard]] std::string patternText(std::string_view pattern);
void writeRuleListText(const std::vector<Rule>& rules, const TextStyle& style, const Write& write);
void writeRuleText(const Rule& rule, const TextStyle& style, const Write& write);

} // namespace ckptscope::report
