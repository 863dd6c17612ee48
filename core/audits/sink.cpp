// SPDX-License-Identifier: Apache-2.0
#include "core/audits/sink.h"

#include "core/formats/formatreader.h"
#include "core/text/text.h"

#include <algorithm>

namespace ckptscope {

AuditSink::~AuditSink()
{
    const std::uint64_t cap = limits().problemsPerCode;
    for (const auto& [code, count] : m_counts) {
        if (count > cap) {
            Finding finding;
            finding.rule = codeInfo(Code::MoreOfThese).id;
            finding.severity = codeInfo(code).severity;
            finding.what = fail(Code::MoreOfThese, {std::to_string(count - cap), std::string(codeInfo(code).id)});
            m_out.push_back(std::move(finding));
        }
    }
}

Finding* AuditSink::add(Code code, const std::string& file, std::vector<std::string> args)
{
    if (++m_counts[code] > limits().problemsPerCode) {
        return nullptr;
    }
    Finding finding;
    finding.rule = codeInfo(code).id;
    finding.severity = codeInfo(code).severity;
    finding.file = file;
    finding.what = inFile(fail(code, std::move(args)), file);
    m_out.push_back(std::move(finding));
    return &m_out.back();
}

Finding* AuditSink::add(Code code, const TensorInfo& tensor, std::vector<std::string> args)
{
    Finding* finding = add(code, m_checkpoint.shards()[tensor.shard].file, std::move(args));
    if (finding != nullptr) {
        finding->tensor = m_checkpoint.indexOf(tensor);
    }
    return finding;
}

bool isPartial(const Checkpoint& checkpoint) noexcept
{
    const auto broken = [](const Shard& shard) { return shard.state != Shard::State::Ok; };
    const auto part = [](const Shard& shard) { return shard.file.find("-of-") != std::string::npos; };
    return checkpoint.damaged() || std::any_of(checkpoint.shards().begin(), checkpoint.shards().end(), broken)
        || (!checkpoint.isFolder() && std::any_of(checkpoint.shards().begin(), checkpoint.shards().end(), part));
}

std::optional<std::string_view> withoutSuffix(std::string_view key, std::string_view suffix) noexcept
{
    return key.ends_with(suffix) ? std::optional(key.substr(0, key.size() - suffix.size())) : std::nullopt;
}

std::string shapeOf(const TensorInfo& tensor)
{
    return shapeText(tensor.shape.data(), tensor.shape.size());
}

} // namespace ckptscope
