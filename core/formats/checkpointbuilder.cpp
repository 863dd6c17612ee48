// SPDX-License-Identifier: Apache-2.0
#include "core/formats/checkpointbuilder.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace ckptscope {

namespace {
constexpr std::size_t MetadataCap = 100'000;
}

CheckpointBuilder::CheckpointBuilder()
    : m_problems(std::make_unique<ProblemSink>(m_found))
    , m_storage(std::make_shared<PartsStorage>())
{
}

TensorInfo& CheckpointBuilder::tensor(std::string_view key, const std::vector<std::uint64_t>& shape, DType dtype, std::uint32_t shard)
{
    TensorInfo info;
    info.key = m_storage->text(key);
    info.shape = m_storage->shape(shape);
    info.dtype = dtype;
    info.shard = shard;
    return m_parts.tensors.emplace_back(info);
}

TensorExtra& CheckpointBuilder::extra(TensorInfo& tensor)
{
    if (tensor.extra == nullptr) {
        tensor.extra = m_storage->extra();
    }
    return const_cast<TensorExtra&>(*tensor.extra); // NOLINT(cppcoreguidelines-pro-type-const-cast): it is ours
}

void CheckpointBuilder::unreadable(TensorInfo& tensor, std::string why)
{
    auto& about = extra(tensor);
    if (about.unreadable.empty()) {
        about.unreadable = std::move(why);
    }
    about.layout.reset();
    tensor.bytes = {};
}

void CheckpointBuilder::problems(std::vector<Problem> found)
{
    for (auto& each : found) {
        m_problems->add(each.severity, std::move(each.what), each.tensor);
    }
}

void CheckpointBuilder::metadata(std::string key, MetadataValue value, std::string origin, std::uint32_t shard)
{
    if (m_parts.metadata.size() >= MetadataCap) {
        ++m_metadataLeftOut;
        return;
    }
    m_parts.metadata.push_back({std::move(key), std::move(value), std::move(origin), shard});
}

void CheckpointBuilder::global(PickleGlobal global)
{
    const auto [at, added] = m_globals.try_emplace({global.shard, global.module, global.name}, m_parts.globals.size());
    if (added) {
        m_parts.globals.push_back(std::move(global));
        return;
    }
    auto& known = m_parts.globals[at->second];
    known.grade = std::max(known.grade, global.grade);
    known.called = known.called || global.called;
}

CheckpointParts CheckpointBuilder::finish()
{
    m_problems->finish();
    if (m_metadataLeftOut > 0) {
        m_found.push_back({Severity::Note, fail(Code::MoreOfThese, {std::to_string(m_metadataLeftOut), "metadata"}), std::nullopt});
    }
    auto& tensors = m_parts.tensors;
    const auto byShard = [](const TensorInfo& a, const TensorInfo& b) { return a.shard < b.shard; };
    if (!std::is_sorted(tensors.begin(), tensors.end(), byShard)) {
        std::vector<std::uint32_t> order(tensors.size());
        std::iota(order.begin(), order.end(), 0U);
        std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return byShard(tensors[a], tensors[b]); });
        std::vector<std::uint32_t> now(tensors.size());
        std::vector<TensorInfo> sorted;
        sorted.reserve(tensors.size());
        for (std::uint32_t i = 0; i < order.size(); ++i) {
            now[order[i]] = i;
            sorted.push_back(tensors[order[i]]);
        }
        tensors = std::move(sorted);
        for (auto& each : m_found) {
            if (each.tensor) {
                each.tensor = now[*each.tensor];
            }
        }
    }
    for (auto& shard : m_parts.shards) {
        shard.tensors = 0;
        shard.firstTensor = 0;
    }
    for (std::uint32_t i = 0; i < tensors.size(); ++i) {
        if (tensors[i].shard < m_parts.shards.size()) {
            auto& shard = m_parts.shards[tensors[i].shard];
            shard.firstTensor = shard.tensors++ == 0 ? i : shard.firstTensor;
        }
    }
    m_parts.problems = std::exchange(m_found, {});
    m_parts.storage.push_back(std::exchange(m_storage, std::make_shared<PartsStorage>()));
    m_globals.clear();
    m_metadataLeftOut = 0;
    return std::exchange(m_parts, {});
}

} // namespace ckptscope
