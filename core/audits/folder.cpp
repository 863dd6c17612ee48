// SPDX-License-Identifier: Apache-2.0
#include "core/audits/list.h"
#include "core/audits/sink.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace ckptscope {

namespace {

/// "model-00003-of-00014.safetensors": stem and suffix together, 3 and 14.
struct PartName {
    std::string family;
    std::uint64_t number = 0;
    std::uint64_t of = 0;
};

std::optional<std::uint64_t> wholeNumber(std::string_view text)
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(value) : std::nullopt;
}

std::optional<PartName> partName(std::string_view file)
{
    constexpr std::string_view Of = "-of-";
    const auto of = file.rfind(Of);
    if (of == std::string_view::npos || of == 0) {
        return std::nullopt;
    }
    const auto dash = file.rfind('-', of - 1);
    if (dash == std::string_view::npos) {
        return std::nullopt;
    }
    const auto rest = file.substr(of + Of.size());
    const auto dot = std::min(rest.find('.'), rest.size());
    const auto number = wholeNumber(file.substr(dash + 1, of - dash - 1));
    const auto total = wholeNumber(rest.substr(0, dot));
    if (!number || !total) {
        return std::nullopt;
    }
    return PartName{std::string(file.substr(0, dash)) + std::string(rest.substr(dot)), *number, *total};
}

bool isConsolidated(const Shard& shard)
{
    return shard.file.starts_with("consolidated");
}

struct Sum {
    std::uint64_t tensors = 0;
    std::uint64_t bytes = 0;
};

Sum sumOf(const Checkpoint& checkpoint, const Shard& shard)
{
    Sum sum;
    for (std::uint64_t n = 0; n < shard.tensors; ++n) {
        ++sum.tensors;
        sum.bytes += checkpoint.tensors()[shard.firstTensor + n].bytes.length;
    }
    return sum;
}

/// Parts whose own names tell of others that are not there, or that there cannot be this one. Of files that the index does not name
/// it is told that loaders skip them; that is enough.
void partCounts(const Checkpoint& checkpoint, AuditSink& sink)
{
    struct Family {
        std::map<std::uint64_t, std::string> files; ///< by number
        std::uint64_t of = 0;
        std::string first;
    };
    std::map<std::pair<std::string, std::uint64_t>, Family> families;
    for (const auto& shard : checkpoint.shards()) {
        if (shard.state == Shard::State::Missing || (checkpoint.index() && !shard.listed)) {
            continue; // the former is told by the reader
        }
        if (const auto part = partName(shard.file)) {
            auto& family = families[{part->family, part->of}];
            family.files.emplace(part->number, shard.file);
            family.of = part->of;
            family.first = family.first.empty() ? shard.file : family.first;
        }
    }
    const bool anyMissing =
        std::any_of(checkpoint.shards().begin(), checkpoint.shards().end(), [](const Shard& shard) { return shard.state == Shard::State::Missing; });
    for (const auto& [key, family] : families) {
        const std::uint64_t from = family.files.begin()->first == 0 ? 0 : 1; // some writers count from 0
        bool beyond = false;
        for (const auto& [number, file] : family.files) {
            if (number >= family.of + from) {
                beyond = true;
                sink.add(Code::AuditShardNumber, file, {std::to_string(number), std::to_string(family.of)});
            }
        }
        if (!beyond && !anyMissing && family.files.size() < family.of) {
            sink.add(Code::AuditShardCount, family.first, {std::to_string(family.of), std::to_string(family.files.size())});
        }
    }
}

void strays(const Checkpoint& checkpoint, const IndexFacts& index, AuditSink& sink)
{
    for (const auto& shard : checkpoint.shards()) {
        if (shard.listed || isConsolidated(shard)) {
            continue;
        }
        if (shard.file == "model.safetensors" || shard.file == "pytorch_model.bin") {
            sink.add(Code::AuditBesideSingle, shard.file, {index.file});
        } else {
            const Sum sum = sumOf(checkpoint, shard);
            sink.add(Code::AuditSurplusShard, shard.file, {std::to_string(sum.tensors), std::to_string(sum.bytes)});
        }
    }
}

/// Mistral's own layout beside Hugging Face's: vLLM takes the one, transformers the other.
void consolidated(const Checkpoint& checkpoint, AuditSink& sink)
{
    Sum own;
    Sum other;
    std::string first;
    bool any = false;
    for (const auto& shard : checkpoint.shards()) {
        if (shard.state != Shard::State::Ok) {
            return;
        }
        const Sum sum = sumOf(checkpoint, shard);
        if (isConsolidated(shard)) {
            own.tensors += sum.tensors;
            own.bytes += sum.bytes;
            first = first.empty() ? shard.file : first;
        } else if (shard.file.starts_with("model")) {
            any = true;
            other.tensors += sum.tensors;
            other.bytes += sum.bytes;
        }
    }
    if (first.empty() || !any) {
        return;
    }
    if (own.tensors == other.tensors && own.bytes == other.bytes) {
        sink.add(Code::AuditConsolidated, first, {});
    } else {
        sink.add(Code::AuditConsolidatedDiffers, first,
                 {std::to_string(own.tensors), std::to_string(own.bytes), std::to_string(other.tensors), std::to_string(other.bytes)});
    }
}

bool isIndex(const std::string& file)
{
    return file.ends_with(".index.json");
}

/// Other indexes of the same kind of file: only one is used. Mistral's own file has one of its own beside the other.
void otherIndexes(const Checkpoint& checkpoint, const IndexFacts& index, AuditSink& sink)
{
    const auto isOfSafetensors = [](const std::string& file) { return file.find("safetensors") != std::string::npos; };
    for (const auto& neighbour : checkpoint.neighbours()) {
        if (isIndex(neighbour.file) && neighbour.file != index.file && isOfSafetensors(neighbour.file) == isOfSafetensors(index.file)
            && !neighbour.file.starts_with("consolidated")) {
            sink.add(Code::AuditSecondIndex, neighbour.file, {index.file});
        }
    }
}

void withoutIndex(const Checkpoint& checkpoint, AuditSink& sink)
{
    std::uint64_t parts = 0;
    std::string single;
    for (const auto& shard : checkpoint.shards()) {
        single = shard.file == "model.safetensors" || shard.file == "pytorch_model.bin" ? shard.file : single;
        parts += isConsolidated(shard) ? 0 : 1;
    }
    const bool indexThere = std::any_of(checkpoint.neighbours().begin(), checkpoint.neighbours().end(),
                                        [](const Neighbour& neighbour) { return isIndex(neighbour.file); });
    if (parts > 1 && single.empty() && !indexThere) {
        sink.add(Code::AuditNoIndex, std::string(), {std::to_string(parts)});
    }
    for (const auto& shard : checkpoint.shards()) {
        if (parts > 1 && !single.empty() && shard.file != single && !isConsolidated(shard)) {
            sink.add(Code::AuditSingleAmongOthers, shard.file, {single});
        }
    }
}

} // namespace

void auditFolder(const Checkpoint& checkpoint, const ArchitectureChoice&, std::vector<Finding>& findings)
{
    AuditSink sink(checkpoint, findings);
    const bool huggingFace = checkpoint.format() == "safetensors" || checkpoint.format() == "torch";
    if (!checkpoint.isFolder() || !huggingFace) {
        return;
    }
    partCounts(checkpoint, sink);
    consolidated(checkpoint, sink);
    if (checkpoint.index()) {
        strays(checkpoint, *checkpoint.index(), sink);
        otherIndexes(checkpoint, *checkpoint.index(), sink);
    } else {
        withoutIndex(checkpoint, sink);
    }
    std::string others;
    for (const auto& neighbour : checkpoint.neighbours()) {
        if (neighbour.kind == Neighbour::Kind::OtherWeights) {
            others += (others.empty() ? "" : ", ") + neighbour.file;
        }
    }
    if (!others.empty()) {
        sink.add(Code::AuditOtherWeights, std::string(), {others});
    }
}

} // namespace ckptscope
