// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/code.h"
#include "core/dtypes/dtype.h"
#include "core/model/modelconfig.h"
#include "core/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ckptscope {

/// A contract: in models of these architectures, keys that match this pattern are stored in one of these dtypes, and why.
/// The file format is `ckptscope.rules/1`, see resources/contracts/.
struct Rule {
    std::string id; ///< "gdn.qwen3_5.a_log"
    std::string title;
    std::vector<std::string> architectures; ///< exact names; empty: any
    std::string keyRegex;                   ///< RE2 syntax, searched (not anchored)
    std::vector<DType> requiredDtypes;      ///< a fix casts to the first that loses nothing, else to the first float
    Severity severity = Severity::Advice;
    std::vector<std::pair<std::string, std::vector<ConfigValue>>> when; ///< every dotted config path equals one of the values
    std::string shape;                                                  ///< documentation
    std::string why;
    std::vector<std::string> sources;
    std::vector<std::string> covers; ///< keys that the pattern must match: the rule's own test
    std::vector<std::string> spares; ///< near misses that it must not match
    std::string family;              ///< the file it comes from: "gdn"; for a user's file its path
};

/// Why a rule file, or one of its rules, was refused. The rest goes on.
struct RuleFileProblem {
    Error what;             ///< file, byte offset, args
    std::uint64_t line = 0; ///< 1-based; 0: not known
    std::string rule;       ///< id, where it is known
};

struct RuleFile {
    std::string profile; ///< "default" where the file does not say
    std::string title;   ///< of the family, may be empty
    std::string updated; ///< "2026-11-24", may be empty
    std::vector<Rule> rules;
    std::vector<RuleFileProblem> problems;
};

/// Reads `ckptscope.rules/1`, or the bare list of rules. Never fails: what is wrong stands in `problems`.
[[nodiscard]] RuleFile parseRuleFile(std::string_view text, const std::string& file, const std::string& family);

/// An immutable, compiled set of rules: one linear-time matcher for all patterns.
class RuleSet {
public:
    /// The rules that ship with the program (resources/contracts/, embedded at build time).
    static std::shared_ptr<const RuleSet> builtin();
    /// builtin() and the rules of these files; problems of the files are appended to `problems`.
    static std::shared_ptr<const RuleSet> withFiles(const std::vector<std::string>& paths, std::vector<RuleFileProblem>& problems);
    static std::shared_ptr<const RuleSet> make(std::vector<Rule> rules);
    ~RuleSet();

    [[nodiscard]] const std::vector<Rule>& rules() const noexcept { return m_rules; }
    [[nodiscard]] const Rule* find(std::string_view id) const noexcept;
    /// Indexes of all rules whose key pattern matches, ascending, architectures and `when` not looked at. Thread-safe.
    void matchKey(std::string_view key, std::vector<std::uint32_t>& out) const;
    /// A name for `ckptscope --version`: date and count of the built-in rules.
    [[nodiscard]] static std::string databaseVersion();

private:
    RuleSet();
    struct Matcher;
    std::vector<Rule> m_rules;
    std::unique_ptr<Matcher> m_matcher;
};

} // namespace ckptscope
