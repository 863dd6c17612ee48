// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ckptscope {

/// Collects one audit's findings, at most limits().problemsPerCode of each code; the rest is counted and told in one Code::MoreOfThese.
class AuditSink {
public:
    AuditSink(const Checkpoint& checkpoint, std::vector<Finding>& out)
        : m_checkpoint(checkpoint)
        , m_out(out)
    {
    }
    AuditSink(const AuditSink&) = delete;
    AuditSink& operator=(const AuditSink&) = delete;
    ~AuditSink();

    /// About a file, or (empty) the whole checkpoint. nullptr: enough of this code were told.
    Finding* add(Code code, const std::string& file, std::vector<std::string> args);
    /// About a tensor; its file is its shard's.
    Finding* add(Code code, const TensorInfo& tensor, std::vector<std::string> args);
    /// About a tensor and all others of its role of which the same is true: they become one finding, about the first, when the sink
    /// ends. args[0] is the tensor's key; two numbers are appended: how many there are, and how many tensors the role has.
    void addOfRole(Code code, const TensorInfo& tensor, std::vector<std::string> args);

private:
    struct Group {
        Code code;
        std::string role;
        std::vector<std::string> args;
        std::vector<std::uint32_t> tensors;
    };
    void tellGroups();

    const Checkpoint& m_checkpoint;
    std::vector<Finding>& m_out;
    std::map<Code, std::uint64_t> m_counts;
    std::vector<Group> m_groups;
    std::map<std::string, std::size_t> m_groupOf; ///< by code, role and args
};

/// True where more tensors may exist than are listed: a shard is missing or broken, or one part of several was opened alone.
/// Audits that look for what is missing say nothing then.
[[nodiscard]] bool isPartial(const Checkpoint& checkpoint) noexcept;

/// The `suffix` of a key cut off; nullopt: it does not end so.
[[nodiscard]] std::optional<std::string_view> withoutSuffix(std::string_view key, std::string_view suffix) noexcept;

/// The key with every number between dots replaced by '*': keys of one role share it.
[[nodiscard]] std::string rolePattern(std::string_view key);

/// "3 to 5, 17" for ascending numbers.
[[nodiscard]] std::string numberRanges(const std::vector<std::uint64_t>& numbers);

/// "8 × 4".
[[nodiscard]] std::string shapeOf(const TensorInfo& tensor);

} // namespace ckptscope
