// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "core/fix/apply.h"
#include "core/fix/donor.h"
#include "core/model/checkpoint.h"
#include "core/model/roles.h"
#include "core/report/jsonwriter.h"
#include "core/values/decay.h"
#include "core/values/hash.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// The JSON documents of the command line (docs/cli.md, "JSON"): a contract, versioned by their `schema`. Each writer hands out text in
/// pieces, so that a list of two million tensors never stands in memory as one string. Each ends its document with one line end.
namespace ckptscope::report {

/// {"schema":SCHEMA,"error":{...}} when nothing could be opened.
void writeErrorJson(std::string_view schema, const Error& error, const Write& write);

/// ckptscope.ls/1 for these tensors (indexes, in the order to print). `hashes` is empty, or one a listed tensor.
void writeListJson(const Checkpoint& checkpoint, const std::vector<std::uint32_t>& rows, const std::vector<ElementsHash>& hashes, const Write& write);
void writeRolesJson(const Checkpoint& checkpoint, const std::vector<Role>& roles, const Write& write);
/// One object of `tensors` in ckptscope.ls/1: what the window's "Copy as JSON" copies.
void writeTensorJson(const Checkpoint& checkpoint, const TensorInfo& tensor, const Write& write);
/// What a donor holds for the tensors of a check.
struct DonorAnswer {
    std::shared_ptr<const Checkpoint> donor;
    std::vector<DonorMatch> matches;
};
/// `decays`: null where values were not read; `donor`: null where none was named.
void writeCheckJson(const Checkpoint& checkpoint, const CheckReport& report, const Write& write, const std::vector<Decay>* decays = nullptr,
                    const DonorAnswer* donor = nullptr);
/// ckptscope.explain/1: every rule that was considered for a key.
void writeExplainJson(const Checkpoint& checkpoint, const CheckReport& report, std::string_view key, const std::vector<Explanation>& explanations,
                      const Write& write);
void writeReceiptJson(const Receipt& receipt, const Write& write);
void writePlanJson(const FixPlan& plan, const Write& write);
/// ckptscope.rules/1, the format of rule files.
void writeRulesJson(const std::vector<Rule>& rules, std::string_view profile, const Write& write);

/// "decides", "agrees", "overruled", "other-architecture", "config-differs", "not-in-profile".
[[nodiscard]] std::string_view outcomeName(Explanation::Outcome outcome) noexcept;
/// "error", "warning", "note": how `ls` grades a problem.
[[nodiscard]] std::string_view problemGrade(Severity severity) noexcept;

} // namespace ckptscope::report
