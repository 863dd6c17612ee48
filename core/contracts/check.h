// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/rule.h"
#include "core/job.h"
#include "core/model/checkpoint.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ckptscope {

/// The edit that mends a finding.
struct FindingFix {
    enum class Op : std::uint8_t { Cast, Relabel, StripHolder, Drop, RepairIndex } op = Op::Cast;
    DType to = DType::Unknown;
    bool lossless = true;
    std::string newKey; ///< for StripHolder
};

/// What a check says of a key, a file or the whole checkpoint.
struct Finding {
    std::string rule; ///< rule id, or an audit's id ("index.missing_tensor")
    Severity severity = Severity::Note;
    std::optional<std::uint32_t> tensor; ///< index into Checkpoint::tensors()
    std::vector<std::uint32_t> others; ///< more tensors of which the same is true, in path order of their names: an audit tells of a whole role once
    std::string key;                   ///< of a tensor that is not in the list (an index names it), else empty
    std::string file;                  ///< as shown; empty: the whole checkpoint
    std::optional<std::uint64_t> offset;
    DType have = DType::Unknown;          ///< for rules
    std::vector<DType> want;              ///< for rules
    std::optional<Error> what;            ///< for audits: code and args of the sentence; rules are worded from the fields above
    std::uint32_t ruleIndex = UINT32_MAX; ///< into RuleSet::rules() for rules
    std::optional<FindingFix> fix;
};

enum class Verdict : std::uint8_t { Damaged, Dangerous, Violations, NoContract, Advice, Clean };
/// "damaged", "dangerous", "violations", "no-contract", "advice", "clean".
[[nodiscard]] std::string_view verdictName(Verdict verdict) noexcept;

/// How the architecture was settled.
struct ArchitectureChoice {
    enum class From : std::uint8_t { Config, Argument, Inferred, Gguf, ModelType, Family, None } from = From::None;
    std::vector<std::string> names;
    std::vector<std::string> evidence; ///< for Inferred: which keys and shapes speak for it, one sentence each
};

struct CheckOptions {
    std::string profile = "default";      ///< "default" or "nemo-automodel"
    std::string architecture;             ///< --arch; empty: from config.json, else inferred
    std::shared_ptr<const RuleSet> rules; ///< null: RuleSet::builtin()
};

struct TensorVerdict {
    Severity worst = Severity::Note;
    bool judged = false;                ///< a rule covers it
    std::uint32_t finding = UINT32_MAX; ///< its worst finding, index into findings
    std::uint32_t rule = UINT32_MAX;    ///< the rule that decided, index into RuleSet::rules()
};

/// Everything that the checks say; immutable once made, shared with models and views.
struct CheckReport {
    std::string profile;
    ArchitectureChoice architecture;
    Verdict verdict = Verdict::NoContract;
    std::array<std::uint64_t, 4> counts{}; ///< by Severity
    std::vector<Finding> findings;         ///< worst first, then rule, then names in path order: sortFindings()
    std::vector<std::string> rulesApplied; ///< ids of rules that covered a tensor, in database order
    std::vector<TensorVerdict> tensors;    ///< one a tensor of the checkpoint
    std::uint64_t tensorsChecked = 0;      ///< tensors that a rule covers
    std::shared_ptr<const RuleSet> rules;
    [[nodiscard]] std::uint64_t count(Severity severity) const noexcept { return counts[static_cast<std::size_t>(severity)]; }
};

/// One rule's say about one key, for `check --explain` and the Details dock.
struct Explanation {
    std::uint32_t ruleIndex = 0;
    enum class Outcome : std::uint8_t { Decides, Agrees, Overruled, OtherArchitecture, ConfigDiffers, NotInProfile } outcome = Outcome::Decides;
    std::string detail; ///< the architectures it is for, the config path that differs, the rule that overruled it
};

/// Runs dtype rules and the audits that need no element values. Unknown profile names give Code::ProfileUnknown.
Result<std::shared_ptr<const CheckReport>> runChecks(const Checkpoint& checkpoint, const CheckOptions& options = {}, const JobContext& job = {});

/// Every rule whose key pattern matches, and why it did or did not decide.
[[nodiscard]] std::vector<Explanation> explainKey(const Checkpoint& checkpoint, const CheckReport& report, std::string_view key);

} // namespace ckptscope
