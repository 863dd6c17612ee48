// SPDX-License-Identifier: Apache-2.0
#include "core/audits/sink.h"

#include "core/formats/formatreader.h"
#include "core/query/order.h"
#include "core/query/parts.h"
#include "core/text/text.h"

#include <algorithm>
#include <unordered_map>

namespace ckptscope {

AuditSink::~AuditSink()
{
    tellGroups();
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

void AuditSink::addOfRole(Code code, const TensorInfo& tensor, std::vector<std::string> args)
{
    std::string role = rolePattern(tensor.key);
    std::string name = std::to_string(static_cast<unsigned>(code)) + '\n' + role;
    for (std::size_t n = 1; n < args.size(); ++n) { // other keys may stand there, with the same numbers
        name += '\n' + (args[n].find('.') == std::string::npos ? args[n] : rolePattern(args[n]));
    }
    const auto [place, fresh] = m_groupOf.emplace(std::move(name), m_groups.size());
    if (fresh) {
        m_groups.push_back({code, std::move(role), std::move(args), {}});
    }
    m_groups[place->second].tensors.push_back(m_checkpoint.indexOf(tensor));
}

void AuditSink::tellGroups()
{
    if (m_groups.empty()) {
        return;
    }
    std::unordered_map<std::string, std::uint64_t> sizes;
    for (const auto& group : m_groups) {
        sizes.emplace(group.role, 0);
    }
    const auto parts = query::KeyParts::of(m_checkpoint);
    std::vector<std::uint64_t> members(parts->shapes(), 0);
    for (std::size_t row = 0; row < parts->rows(); ++row) {
        ++members[parts->shapeOf(row)];
    }
    for (std::uint32_t shape = 0; shape < members.size(); ++shape) {
        if (const auto role = sizes.find(rolePattern(m_checkpoint.tensors()[parts->firstOf(shape)].key)); role != sizes.end()) {
            role->second += members[shape];
        }
    }
    for (auto& group : m_groups) {
        putInPathOrder(m_checkpoint, group.tensors);
        const TensorInfo& first = m_checkpoint.tensors()[group.tensors.front()];
        group.args.front() = first.key;
        group.args.push_back(std::to_string(group.tensors.size()));
        group.args.push_back(std::to_string(sizes[group.role]));
        if (Finding* finding = add(group.code, first, std::move(group.args))) {
            finding->others.assign(group.tensors.begin() + 1, group.tensors.end());
        }
    }
    m_groups.clear();
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

std::string rolePattern(std::string_view key)
{
    std::string text;
    for (std::size_t at = 0; at <= key.size();) {
        const auto dot = std::min(key.find('.', at), key.size());
        const auto part = key.substr(at, dot - at);
        const bool number = !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
        text.append(number ? std::string_view("*") : part);
        text.append(dot < key.size() ? "." : "");
        at = dot + 1;
    }
    return text;
}

std::string numberRanges(const std::vector<std::uint64_t>& numbers)
{
    std::string text;
    for (std::size_t n = 0; n < numbers.size();) {
        std::size_t end = n + 1;
        while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) {
            ++end;
        }
        text += (text.empty() ? "" : ", ") + std::to_string(numbers[n]);
        text += end - n > 1 ? " to " + std::to_string(numbers[end - 1]) : std::string();
        n = end;
    }
    return text;
}

std::string shapeOf(const TensorInfo& tensor)
{
    return shapeText(tensor.shape.data(), tensor.shape.size());
}

} // namespace ckptscope
