// SPDX-License-Identifier: Apache-2.0
#include "core/query/order.h"

#include "core/model/missing.h"
#include "core/query/parts.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <utility>

namespace ckptscope {

namespace {

using Order = std::vector<std::uint32_t>;

struct SortName {
    std::string_view name;
    SortKey key;
};

constexpr std::array SortNames{
    SortName{"file", SortKey::File},   SortName{"name", SortKey::Name},       SortName{"path", SortKey::Path},
    SortName{"key", SortKey::Path},    SortName{"verdict", SortKey::Verdict}, SortName{"dtype", SortKey::DType},
    SortName{"wants", SortKey::Wants}, SortName{"shape", SortKey::Shape},     SortName{"elements", SortKey::Elements},
    SortName{"size", SortKey::Size},   SortName{"rule", SortKey::Rule},       SortName{"bits", SortKey::BitsPerWeight},
    SortName{"shard", SortKey::Shard}, SortName{"offset", SortKey::Offset},
};

bool isDigit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

/// Sorts by a value a tensor, smaller first; ties keep the order that is there.
template<class Value>
void sortBy(Order& order, const std::vector<Value>& values, bool descending)
{
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return descending ? values[b] < values[a] : values[a] < values[b]; });
}

template<class Value, class Of>
void sortByOf(const Checkpoint& checkpoint, Order& order, bool descending, Of of)
{
    std::vector<Value> values;
    values.reserve(order.size());
    for (const TensorInfo& tensor : checkpoint.tensors()) {
        values.push_back(of(tensor));
    }
    sortBy(order, values, descending);
}

/// Ranks of strings, so that a million rows compare numbers.
template<class Less>
std::vector<std::uint32_t> ranks(const std::vector<std::string>& words, Less less)
{
    Order byWord(words.size());
    std::iota(byWord.begin(), byWord.end(), 0U);
    std::stable_sort(byWord.begin(), byWord.end(), [&](std::uint32_t a, std::uint32_t b) { return less(words[a], words[b]); });
    std::vector<std::uint32_t> rank(words.size());
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < byWord.size(); ++i) {
        next += i > 0 && less(words[byWord[i - 1]], words[byWord[i]]) ? 1U : 0U;
        rank[byWord[i]] = next;
    }
    return rank;
}

std::uint64_t elementsOf(const TensorInfo& tensor) noexcept
{
    return elementCount(tensor).value_or(UINT64_MAX);
}

/// One rank a rule: by id; those of no rule come last.
std::vector<std::uint32_t> ruleRanks(const CheckReport& report)
{
    std::vector<std::string> ids;
    for (const Rule& rule : report.rules->rules()) {
        ids.push_back(rule.id);
    }
    return ranks(ids, std::less<>());
}

void sortByRule(const Checkpoint& checkpoint, const CheckReport* report, Order& order, bool descending)
{
    if (report == nullptr || !report->rules) {
        return;
    }
    const auto rank = ruleRanks(*report);
    sortByOf<std::uint32_t>(checkpoint, order, descending, [&](const TensorInfo& tensor) {
        const std::uint32_t row = checkpoint.indexOf(tensor);
        const std::uint32_t rule = row < report->tensors.size() ? report->tensors[row].rule : UINT32_MAX;
        return rule < rank.size() ? rank[rule] : UINT32_MAX;
    });
}

void sortByVerdict(const Checkpoint& checkpoint, const CheckReport* report, Order& order, bool descending)
{
    if (report == nullptr) {
        return;
    }
    std::vector<std::string> ids;
    for (const Finding& finding : report->findings) {
        ids.push_back(finding.rule);
    }
    const auto rank = ranks(ids, std::less<>());
    // worst first: error, violation, advice, note, judged and clean, not judged
    sortByOf<std::pair<unsigned, std::uint32_t>>(checkpoint, order, descending, [&](const TensorInfo& tensor) {
        const std::uint32_t row = checkpoint.indexOf(tensor);
        if (row >= report->tensors.size()) {
            return std::pair(isMissing(tensor) ? 0U : 5U, UINT32_MAX); // what is not there is as bad as what is broken
        }
        const TensorVerdict& verdict = report->tensors[row];
        if (verdict.finding < rank.size()) {
            return std::pair(3U - static_cast<unsigned>(verdict.worst), rank[verdict.finding]);
        }
        return std::pair(verdict.judged ? 4U : 5U, UINT32_MAX);
    });
}

void sortByWants(const Checkpoint& checkpoint, const CheckReport* report, Order& order, bool descending)
{
    if (report == nullptr || !report->rules) {
        return;
    }
    std::vector<std::string> texts;
    for (const Rule& rule : report->rules->rules()) {
        std::string text;
        for (const DType dtype : rule.requiredDtypes) {
            text.append(text.empty() ? "" : " or ").append(dtypeName(dtype));
        }
        texts.push_back(std::move(text));
    }
    const auto rank = ranks(texts, std::less<>());
    sortByOf<std::uint32_t>(checkpoint, order, descending, [&](const TensorInfo& tensor) {
        const std::uint32_t row = checkpoint.indexOf(tensor);
        const std::uint32_t rule = row < report->tensors.size() ? report->tensors[row].rule : UINT32_MAX;
        return rule < rank.size() ? rank[rule] : UINT32_MAX;
    });
}

void sortByDType(const Checkpoint& checkpoint, Order& order, bool descending)
{
    // bits of an element (a block's share, in 1/256 bit), then the name
    sortByOf<std::pair<std::uint32_t, std::string_view>>(checkpoint, order, descending, [](const TensorInfo& tensor) {
        const DTypeInfo& info = dtypeInfo(tensor.dtype);
        return std::pair(std::uint32_t{info.blockBits} * 256U / info.blockElements, tensor.dtypeText());
    });
}

void sortByShape(const Checkpoint& checkpoint, Order& order, bool descending)
{
    std::vector<std::uint64_t> counts;
    counts.reserve(order.size());
    for (const TensorInfo& tensor : checkpoint.tensors()) {
        counts.push_back(elementsOf(tensor));
    }
    const auto less = [&](std::uint32_t a, std::uint32_t b) {
        if (counts[a] != counts[b]) {
            return counts[a] < counts[b];
        }
        const auto left = checkpoint.tensors()[a].shape;
        const auto right = checkpoint.tensors()[b].shape;
        return std::lexicographical_compare(left.begin(), left.end(), right.begin(), right.end());
    };
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return descending ? less(b, a) : less(a, b); });
}

void sortByShard(const Checkpoint& checkpoint, Order& order, bool descending)
{
    std::vector<std::string> names;
    for (const Shard& shard : checkpoint.shards()) {
        names.push_back(shard.file);
    }
    const auto rank = ranks(names, [](const std::string& a, const std::string& b) { return compareNatural(a, b) < 0; });
    sortByOf<std::uint32_t>(checkpoint, order, descending,
                            [&](const TensorInfo& tensor) { return tensor.shard < rank.size() ? rank[tensor.shard] : UINT32_MAX; });
}

void sortByName(const Checkpoint& checkpoint, Order& order, bool descending)
{
    order = checkpoint.byName();
    if (!descending) {
        return;
    }
    // reversed, but equal names stay in file order
    std::reverse(order.begin(), order.end());
    const auto& tensors = checkpoint.tensors();
    for (std::size_t first = 0; first < order.size();) {
        std::size_t last = first + 1;
        while (last < order.size() && tensors[order[last]].key == tensors[order[first]].key) {
            ++last;
        }
        std::reverse(order.begin() + static_cast<std::ptrdiff_t>(first), order.begin() + static_cast<std::ptrdiff_t>(last));
        first = last;
    }
}

/// By what is not known of missing tensors they come last, both ways.
bool knownOfMissing(SortKey key) noexcept
{
    return key == SortKey::Name || key == SortKey::Path || key == SortKey::Shard || key == SortKey::Verdict;
}

} // namespace

std::optional<SortKey> sortKeyFromName(std::string_view name) noexcept
{
    for (const SortName& row : SortNames) {
        if (row.name == name) {
            return row.key;
        }
    }
    return std::nullopt;
}

int compareNatural(std::string_view a, std::string_view b) noexcept
{
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() && j < b.size()) {
        if (!isDigit(a[i]) || !isDigit(b[j])) {
            if (a[i] != b[j]) {
                return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]) ? -1 : 1;
            }
            ++i;
            ++j;
            continue;
        }
        // two runs of digits: by value, whatever their length; leading zeros do not count
        const auto run = [](std::string_view text, std::size_t& at) {
            while (at < text.size() && text[at] == '0') {
                ++at;
            }
            const std::size_t start = at;
            while (at < text.size() && isDigit(text[at])) {
                ++at;
            }
            return text.substr(start, at - start);
        };
        const std::string_view left = run(a, i);
        const std::string_view right = run(b, j);
        if (left.size() != right.size()) {
            return left.size() < right.size() ? -1 : 1;
        }
        if (const int order = left.compare(right); order != 0) {
            return order < 0 ? -1 : 1;
        }
    }
    if (i < a.size() || j < b.size()) {
        return i < a.size() ? 1 : -1;
    }
    const int bytes = a.compare(b); // "7" and "007"
    return bytes < 0 ? -1 : bytes > 0 ? 1 : 0;
}

int comparePaths(std::string_view a, std::string_view b) noexcept
{
    while (true) {
        const std::size_t endA = std::min(a.find('.'), a.size());
        const std::size_t endB = std::min(b.find('.'), b.size());
        if (const int order = compareNatural(a.substr(0, endA), b.substr(0, endB)); order != 0) {
            return order;
        }
        const bool moreA = endA < a.size();
        const bool moreB = endB < b.size();
        if (!moreA || !moreB) {
            return moreA == moreB ? 0 : moreA ? 1 : -1;
        }
        a.remove_prefix(endA + 1);
        b.remove_prefix(endB + 1);
    }
}

std::vector<std::uint32_t> sortedOrder(const Checkpoint& checkpoint, const CheckReport* report, SortKey key, bool descending)
{
    Order order(checkpoint.tensors().size());
    std::iota(order.begin(), order.end(), 0U);
    switch (key) {
    case SortKey::File:
        if (descending) {
            std::reverse(order.begin(), order.end());
        }
        break;
    case SortKey::Name:
        sortByName(checkpoint, order, descending);
        break;
    case SortKey::Path:
        order = descending ? query::KeyParts::of(checkpoint)->reversePathOrder() : query::KeyParts::of(checkpoint)->pathOrder();
        break;
    case SortKey::Verdict:
        sortByVerdict(checkpoint, report, order, descending);
        break;
    case SortKey::DType:
        sortByDType(checkpoint, order, descending);
        break;
    case SortKey::Wants:
        sortByWants(checkpoint, report, order, descending);
        break;
    case SortKey::Shape:
        sortByShape(checkpoint, order, descending);
        break;
    case SortKey::Elements:
        sortByOf<std::uint64_t>(checkpoint, order, descending, elementsOf);
        break;
    case SortKey::Size:
        sortByOf<std::uint64_t>(checkpoint, order, descending, [](const TensorInfo& tensor) { return tensor.bytes.length; });
        break;
    case SortKey::Rule:
        sortByRule(checkpoint, report, order, descending);
        break;
    case SortKey::BitsPerWeight:
        sortByOf<double>(checkpoint, order, descending, [](const TensorInfo& tensor) {
            const std::uint64_t count = elementsOf(tensor);
            return count == 0 ? 0.0 : 8.0 * static_cast<double>(tensor.bytes.length) / static_cast<double>(count);
        });
        break;
    case SortKey::Shard:
        sortByShard(checkpoint, order, descending);
        break;
    case SortKey::Offset:
        sortByOf<std::uint64_t>(checkpoint, order, descending, [](const TensorInfo& tensor) { return tensor.bytes.offset; });
        break;
    }
    if (!checkpoint.tensors().empty() && isMissing(checkpoint.tensors().back()) && !knownOfMissing(key)) {
        std::stable_partition(order.begin(), order.end(), [&](std::uint32_t row) { return !isMissing(checkpoint.tensors()[row]); });
    }
    return order;
}

std::optional<std::uint64_t> layerNumber(std::string_view key) noexcept
{
    for (std::size_t at = 0; at <= key.size();) {
        const std::size_t end = std::min(key.find('.', at), key.size());
        if (end > at && end - at <= 18 && std::all_of(key.data() + at, key.data() + end, [](char c) { return c >= '0' && c <= '9'; })) {
            std::uint64_t value = 0;
            for (std::size_t i = at; i < end; ++i) {
                value = value * 10 + static_cast<std::uint64_t>(key[i] - '0');
            }
            return value;
        }
        at = end + 1;
    }
    return std::nullopt;
}

void putInPathOrder(const Checkpoint& checkpoint, std::vector<std::uint32_t>& tensors)
{
    std::sort(tensors.begin(), tensors.end(), [&](std::uint32_t a, std::uint32_t b) {
        const int order = comparePaths(checkpoint.tensors()[a].key, checkpoint.tensors()[b].key);
        return order != 0 ? order < 0 : a < b;
    });
}

} // namespace ckptscope
