// SPDX-License-Identifier: Apache-2.0
#include "core/convert/exporttensors.h"

#include "core/convert/convert.h"
#include "core/convert/shards.h"
#include "core/dtypes/ggmlblocks.h"
#include "core/fix/place.h"
#include "core/io/output.h"
#include "core/text/text.h"
#include "core/values/npyfile.h"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <set>
#include <unordered_set>

namespace ckptscope {

namespace {

namespace fs = std::filesystem;

/// The shards that hold a tensor's elements.
void addShards(const TensorInfo& tensor, std::set<std::uint32_t>& shards)
{
    shards.insert(tensor.shard);
    if (tensor.extra != nullptr && tensor.extra->layout) {
        if (const auto* pieces = std::get_if<Chunks>(&*tensor.extra->layout)) {
            for (const Chunk& chunk : pieces->chunks) {
                shards.insert(chunk.shard);
            }
        }
    }
}

/// Why safetensors cannot hold it; empty: it can, as `dtype`.
std::string obstacle(const TensorInfo& tensor, DType& dtype, std::uint64_t& bytes)
{
    const DTypeInfo& info = dtypeInfo(tensor.dtype);
    dtype = tensor.dtype;
    if (!tensor.readable()) {
        return tensor.extra != nullptr && !tensor.extra->unreadable.empty() ? tensor.extra->unreadable : "it is damaged";
    }
    if (tensor.key == "__metadata__" || !isUtf8(tensor.key)) {
        return "it cannot have such a name there";
    }
    if (info.family == DTypeFamily::Block) {
        if (!canDecodeGgml(tensor.dtype)) {
            return "blocks of type " + std::string(info.name) + " are not decoded";
        }
        dtype = DType::F32;
    } else if (!info.safetensors) {
        return "safetensors has no dtype " + displayName(tensor.dtypeText());
    }
    const auto elements = elementCount(tensor);
    const auto size = elements ? byteSize(dtype, *elements) : std::nullopt;
    bytes = size.value_or(0);
    return size ? "" : "its size cannot be told";
}

} // namespace

Result<ExportReceipt> exportSafetensors(const std::shared_ptr<const Checkpoint>& checkpoint, std::span<const std::uint32_t> tensors,
                                        std::string output, bool force, const JobContext& job)
{
    if (tensors.empty()) {
        return fail(Code::ConvertNothing);
    }
    if (auto place = checkPlace(*checkpoint, false, force, output); !place) {
        return std::move(place).error();
    }
    ConvertPlan plan;
    plan.source = checkpoint->path();
    plan.sourceFormat = checkpoint->format();
    plan.output = output;
    plan.partialName = newPartialName(output);
    plan.options.target = ConvertTarget::File;
    plan.options.force = force;
    plan.options.edits.device = "cpu";
    ExportReceipt receipt;
    receipt.file = output;
    std::set<std::uint32_t> shards;
    std::unordered_set<std::string_view> names;
    std::uint64_t decoded = 0;
    for (const std::uint32_t index : tensors) {
        const TensorInfo& tensor = checkpoint->tensors()[index];
        ConvertItem item;
        item.tensor = index;
        item.key = std::string(tensor.key);
        if (std::string why = obstacle(tensor, item.dtype, item.bytes); !why.empty()) {
            return inFile(fail(Code::ExportCannot, {std::string(tensor.key), std::move(why)}), checkpoint->shards()[tensor.shard].file);
        }
        if (!names.insert(tensor.key).second) {
            return fail(Code::ExportSameName, {std::string(tensor.key)});
        }
        if (item.dtype != tensor.dtype) {
            Edit edit;
            edit.tensor = index;
            edit.from = tensor.dtype;
            edit.to = item.dtype;
            edit.key = item.key;
            item.edit = static_cast<std::uint32_t>(plan.edits.size());
            plan.edits.push_back(std::move(edit));
            ++decoded;
        }
        addShards(tensor, shards);
        receipt.tensors.push_back({index, item.dtype});
        plan.tensorBytes += item.bytes;
        plan.items.push_back(std::move(item));
    }
    if (decoded > 0) {
        receipt.notes.push_back(fail(Code::ConvertDequantized, {std::to_string(decoded), "F32"}));
    }
    for (const std::uint32_t shard : shards) {
        plan.sources.push_back({checkpoint->shards()[shard].path, checkpoint->shards()[shard].identity, {}});
    }
    std::vector<std::uint32_t> members(plan.items.size());
    std::iota(members.begin(), members.end(), 0U);
    OutputFile file;
    file.kind = OutputFile::Kind::Rewritten;
    file.name = fs::path(output).filename().string();
    file.shard = 0;
    auto header = convert::layOutShard(plan.items, members, *checkpoint, {{"format", "pt"}}, file.name, file.bytes);
    if (!header) {
        return std::move(header).error();
    }
    file.header = *std::move(header);
    plan.outputBytes = receipt.bytes = file.bytes;
    plan.files.push_back(std::move(file));
    auto done = applyConvert(checkpoint, plan, job);
    return done ? Result<ExportReceipt>(std::move(receipt)) : Result<ExportReceipt>(std::move(done).error());
}

Result<ExportReceipt> exportTensors(const std::shared_ptr<const Checkpoint>& checkpoint, std::span<const std::uint32_t> tensors, std::string output,
                                    bool force, const JobContext& job)
{
    std::string ending = fs::path(output).extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (ending != ".npy") {
        return exportSafetensors(checkpoint, tensors, std::move(output), force, job);
    }
    if (tensors.size() != 1) {
        return inFile(fail(Code::ExportNpyOne, {std::to_string(tensors.size())}), output);
    }
    const TensorInfo& tensor = checkpoint->tensors()[tensors.front()];
    Slice whole;
    for (const std::uint64_t dim : tensor.shape) {
        whole.push_back({0, dim, 1, false});
    }
    auto written = writeNpy(checkpoint, tensor, whole, std::move(output), force, job);
    if (!written) {
        return std::move(written).error();
    }
    ExportReceipt receipt;
    receipt.file = std::move(written->file);
    receipt.bytes = written->bytes;
    receipt.tensors.push_back({tensors.front(), written->type.dtype});
    if (written->type.dtype != tensor.dtype) {
        receipt.notes.push_back(fail(Code::ExportWidened, {std::string(tensor.dtypeText()), std::string(dtypeName(written->type.dtype))}));
    }
    return receipt;
}

std::string exportName(const Checkpoint& checkpoint, std::span<const std::uint32_t> tensors)
{
    constexpr std::size_t MaxName = 120; // names of files have at most 255 bytes, and an ending and ".partial-..." come behind
    const bool one = tensors.size() == 1;
    const std::string raw = one ? std::string(checkpoint.tensors()[tensors.front()].key)
                                : fs::path(checkpoint.isFolder() ? checkpoint.folder() : checkpoint.path()).filename().stem().string();
    std::string name;
    for (const char c : raw) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
        if (plain) {
            name += c;
        } else if (!name.empty() && name.back() != '_') {
            name += '_';
        }
    }
    const auto begin = name.find_first_not_of(".-_"); // hidden files, options
    name.erase(0, begin);
    while (!name.empty() && (name.back() == '.' || name.back() == '_' || name.back() == '-')) {
        name.pop_back();
    }
    if (name.size() > MaxName) {
        name = name.substr(0, MaxName / 2) + "__" + name.substr(name.size() - MaxName / 2 + 2); // both ends say what it is
    }
    if (name.empty()) {
        name = "tensor";
    }
    return one ? name : name + '-' + std::to_string(tensors.size()) + "-tensors";
}

} // namespace ckptscope
