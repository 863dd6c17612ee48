// SPDX-License-Identifier: Apache-2.0
#include "core/formats/ggufsplit.h"

#include "core/formats/partsbuilder.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <numeric>
#include <set>

namespace ckptscope {

namespace {

constexpr std::size_t Digits = 5;

bool fiveDigits(std::string_view text, std::uint32_t& value) noexcept
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return text.size() == Digits && error == std::errc() && end == text.data() + text.size();
}

/// The split.* keys of one part.
struct PartKeys {
    std::optional<std::uint64_t> number; ///< from 0
    std::optional<std::uint64_t> count;
    std::optional<std::uint64_t> tensors;
};

std::optional<std::uint64_t> whole(const MetadataValue& value) noexcept
{
    if (const auto* number = std::get_if<std::uint64_t>(&value)) {
        return *number;
    }
    if (const auto* number = std::get_if<std::int64_t>(&value); number != nullptr && *number >= 0) {
        return static_cast<std::uint64_t>(*number);
    }
    return std::nullopt;
}

void duplicates(const CheckpointParts& parts, ProblemSink& problems)
{
    std::vector<std::uint32_t> order(parts.tensors.size());
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return parts.tensors[a].key < parts.tensors[b].key; });
    for (std::size_t i = 1; i < order.size(); ++i) {
        const TensorInfo& one = parts.tensors[order[i - 1]];
        const TensorInfo& two = parts.tensors[order[i]];
        if (one.key == two.key && one.shard != two.shard) {
            problems.add(inFile(fail(Code::GgufSplitDuplicate, {std::string(two.key), parts.shards[one.shard].file}), parts.shards[two.shard].file),
                         order[i]);
        }
    }
}

} // namespace

std::optional<GgufPartName> parseGgufPartName(std::string_view file) noexcept
{
    constexpr std::string_view Extension = ".gguf";
    constexpr std::string_view Of = "-of-";
    constexpr std::size_t Tail = 1 + Digits + Of.size() + Digits + Extension.size();
    if (file.size() < Tail || !file.ends_with(Extension)) {
        return std::nullopt;
    }
    const std::string_view tail = file.substr(file.size() - Tail);
    GgufPartName name;
    name.prefix = file.substr(0, file.size() - Tail);
    if (tail[0] != '-' || tail.substr(1 + Digits, Of.size()) != Of || !fiveDigits(tail.substr(1, Digits), name.number)
        || !fiveDigits(tail.substr(1 + Digits + Of.size(), Digits), name.count) || name.number == 0) {
        return std::nullopt;
    }
    return name;
}

std::string ggufPartName(std::string_view prefix, std::uint32_t number, std::uint32_t count)
{
    std::array<char, 32> tail{};
    std::snprintf(tail.data(), tail.size(), "-%05u-of-%05u.gguf", number, count);
    return std::string(prefix) + tail.data();
}

void checkGgufSplit(CheckpointParts& parts)
{
    std::vector<PartKeys> keys(parts.shards.size());
    for (const MetadataEntry& entry : parts.metadata) {
        if (entry.shard >= keys.size() || !entry.key.starts_with("split.")) {
            continue;
        }
        PartKeys& own = keys[entry.shard];
        if (entry.key == "split.no") {
            own.number = whole(entry.value);
        } else if (entry.key == "split.count") {
            own.count = whole(entry.value);
        } else if (entry.key == "split.tensors.count") {
            own.tensors = whole(entry.value);
        }
    }
    std::uint64_t count = 0;
    for (const PartKeys& own : keys) {
        count = std::max(count, own.count.value_or(0));
    }
    const bool named = std::any_of(parts.shards.begin(), parts.shards.end(), [](const Shard& s) { return parseGgufPartName(s.file).has_value(); });
    if (count <= 1 && parts.shards.size() <= 1 && !named) {
        return;
    }
    ProblemSink problems(parts.problems);
    std::set<std::uint64_t> present;
    std::string_view prefix;
    for (std::size_t i = 0; i < parts.shards.size(); ++i) {
        const Shard& shard = parts.shards[i];
        const auto name = parseGgufPartName(shard.file);
        if (name) {
            prefix = name->prefix;
            count = std::max<std::uint64_t>(count, name->count);
        }
        if (shard.state != Shard::State::Missing && (name || keys[i].number)) {
            present.insert(name ? name->number : *keys[i].number + 1);
        }
        if (name && keys[i].number && *keys[i].number + 1 != name->number) {
            problems.add(inFile(fail(Code::GgufSplitNumber, {std::to_string(name->number), std::to_string(*keys[i].number + 1)}), shard.file));
        }
        if (name && keys[i].count && *keys[i].count != name->count) {
            problems.add(inFile(fail(Code::GgufSplitCount, {std::to_string(*keys[i].count), std::to_string(name->count)}), shard.file));
        }
    }
    constexpr std::uint64_t MostParts = UINT16_MAX; // split.count is a u16
    count = std::min(count, MostParts);
    bool all = true;
    for (std::uint64_t number = 1; number <= count; ++number) {
        if (!present.contains(number)) {
            all = false;
            const std::string file = prefix.empty() ? parts.shards.front().file
                                                    : ggufPartName(prefix, static_cast<std::uint32_t>(number), static_cast<std::uint32_t>(count));
            problems.add(inFile(fail(Code::GgufSplitMissing, {std::to_string(number), std::to_string(count)}), file));
        }
    }
    const auto promised = std::find_if(keys.begin(), keys.end(), [](const PartKeys& k) { return k.tensors.has_value(); });
    if (all && promised != keys.end() && *promised->tensors != parts.tensors.size()) {
        const auto& shard = parts.shards[static_cast<std::size_t>(promised - keys.begin())];
        problems.add(inFile(fail(Code::GgufSplitTensors, {std::to_string(parts.tensors.size()), std::to_string(*promised->tensors)}), shard.file));
    }
    duplicates(parts, problems);
}

} // namespace ckptscope
