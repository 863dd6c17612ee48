// SPDX-License-Identifier: Apache-2.0
#include "core/fix/parts.h"

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

namespace ckptscope {

namespace {

struct Unit {
    FileRange range;
    std::uint64_t bytes = 0;
};

/// Sums are known only to who writes the whole file, and a link is made or not.
bool canBeCut(const FixPlan& plan, const OutputFile& file) noexcept
{
    const bool linked = plan.options.link == LinkChoice::Hard && file.kind == OutputFile::Kind::Whole && file.shard != UINT32_MAX;
    return file.sums.empty() && !linked;
}

/// Two stretches of one file that follow each other are one.
std::vector<FileRange> joined(std::vector<FileRange> ranges)
{
    std::sort(ranges.begin(), ranges.end(),
              [](const FileRange& a, const FileRange& b) { return std::tie(a.file, a.begin) < std::tie(b.file, b.begin); });
    std::vector<FileRange> out;
    for (const FileRange& range : ranges) {
        if (!out.empty() && out.back().file == range.file && out.back().end == range.begin) {
            out.back().end = range.end;
        } else {
            out.push_back(range);
        }
    }
    return out;
}

} // namespace

bool isSmall(const OutputFile& file) noexcept
{
    return file.kind == OutputFile::Kind::Text || (file.kind == OutputFile::Kind::Whole && file.shard == UINT32_MAX && file.bytes <= SmallFile);
}

std::vector<FileRange> smallFiles(const FixPlan& plan)
{
    std::vector<FileRange> ranges;
    for (std::uint32_t i = 0; i < plan.files.size(); ++i) {
        if (isSmall(plan.files[i])) {
            ranges.push_back({i});
        }
    }
    return ranges;
}

std::vector<std::vector<FileRange>> cutIntoParts(const FixPlan& plan, unsigned parts)
{
    parts = std::clamp(parts, 1U, MostParts);
    std::uint64_t total = 0;
    for (const OutputFile& file : plan.files) {
        total += isSmall(file) ? 0 : file.bytes;
    }
    const std::uint64_t fair = std::max<std::uint64_t>((total + parts - 1) / parts, CutBytes);
    std::vector<Unit> units;
    for (std::uint32_t i = 0; i < plan.files.size(); ++i) {
        const OutputFile& file = plan.files[i];
        if (isSmall(file)) {
            continue;
        }
        const bool huge = parts > 1 && file.bytes > fair + fair / 4;
        const std::uint64_t pieces = huge && canBeCut(plan, file) ? (file.bytes + fair - 1) / fair : 1;
        std::uint64_t begin = 0;
        for (std::uint64_t k = 1; k <= pieces; ++k) {
            const std::uint64_t end = k == pieces ? UINT64_MAX : file.bytes / pieces * k / CutBytes * CutBytes;
            if (end <= begin) {
                continue;
            }
            units.push_back({{i, begin, end}, std::min(end, file.bytes) - begin});
            begin = end;
        }
    }
    std::stable_sort(units.begin(), units.end(), [](const Unit& a, const Unit& b) { return a.bytes > b.bytes; });
    std::vector<std::vector<FileRange>> out(parts);
    std::vector<std::pair<std::uint64_t, unsigned>> loads; // a heap of (bytes, part), the least on top
    for (unsigned p = 0; p < parts; ++p) {
        loads.emplace_back(0, p);
    }
    for (const Unit& unit : units) {
        std::pop_heap(loads.begin(), loads.end(), std::greater<>());
        auto& [bytes, part] = loads.back();
        bytes += unit.bytes;
        out[part].push_back(unit.range);
        std::push_heap(loads.begin(), loads.end(), std::greater<>());
    }
    for (std::vector<FileRange>& ranges : out) {
        ranges = joined(std::move(ranges));
    }
    return out;
}

unsigned judgeOf(std::uint32_t edit, unsigned parts) noexcept
{
    return edit % std::max(parts, 1U);
}

} // namespace ckptscope
