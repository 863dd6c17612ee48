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

private:
    const Checkpoint& m_checkpoint;
    std::vector<Finding>& m_out;
    std::map<Code, std::uint64_t> m_counts;
};

/// True where more tensors may exist than are listed: a shard is missing or broken, or one part of several was opened alone.
/// Audits that look for what is missing say nothing then.
[[nodiscard]] bool isPartial(const Checkpoint& checkpoint) noexcept;

/// The `suffix` of a key cut off; nullopt: it does not end so.
[[nodiscard]] std::optional<std::string_view> withoutSuffix(std::string_view key, std::string_view suffix) noexcept;

/// "8 × 4".
[[nodiscard]] std::string shapeOf(const TensorInfo& tensor);

} // namespace ckptscope
