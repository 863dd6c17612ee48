// SPDX-License-Identifier: Apache-2.0
#include "core/model/roles.h"

#include "core/model/missing.h"
#include "core/model/rolegaps.h"
#include "core/query/order.h"
#include "core/query/parts.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>

namespace ckptscope {

namespace {

constexpr std::size_t MaxShapes = 64;
constexpr std::size_t MaxMissing = 1000;

/// A part that is a number; longer runs of digits are names.
std::optional<std::uint64_t> numberOf(std::string_view part) noexcept
{
    if (part.empty() || part.size() > 18) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    for (const char c : part) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return value;
}

struct PartsHash {
    std::size_t operator()(const std::vector<std::uint32_t>& parts) const noexcept
    {
        std::uint64_t hash = 0xcbf29ce484222325ULL;
        for (const std::uint32_t part : parts) {
            hash = (hash ^ part) * 0x100000001b3ULL;
        }
        return hash;
    }
};

/// Distinct numbers at one place of a pattern.
std::size_t distinctAt(const RoleNumbers& role, std::size_t place)
{
    std::vector<std::uint64_t> values;
    for (std::size_t i = place; i < role.numbers.size(); i += role.width) {
        values.push_back(role.numbers[i]);
    }
    std::sort(values.begin(), values.end());
    return static_cast<std::size_t>(std::unique(values.begin(), values.end()) - values.begin());
}

std::string patternText(const RoleNumbers& role, const query::KeyParts& parts)
{
    std::string text;
    std::size_t place = 0;
    for (std::size_t i = 0; i < role.parts.size(); ++i) {
        text += i > 0 ? "." : "";
        if (role.parts[i] == RoleNumbers::Number) {
            text += '[' + std::to_string(distinctAt(role, place++)) + ']';
        } else {
            text += parts.part(role.parts[i]);
        }
    }
    return text;
}

void describe(const Checkpoint& checkpoint, Role& role)
{
    std::map<std::string_view, std::vector<std::uint32_t>> byDType;
    std::uint64_t stored = 0;
    for (const std::uint32_t row : role.tensors) {
        const TensorInfo& tensor = checkpoint.tensors()[row];
        if (isMissing(tensor)) {
            continue;
        }
        ++stored;
        byDType[tensor.dtypeText()].push_back(row);
        role.bytes += tensor.bytes.length;
        const std::uint64_t count = elementCount(tensor).value_or(UINT64_MAX);
        role.elements = count > UINT64_MAX - role.elements ? UINT64_MAX : role.elements + count;
        if (role.shapes.size() < MaxShapes) {
            const bool known = std::any_of(role.shapes.begin(), role.shapes.end(), [&](const auto& shape) {
                return std::equal(shape.begin(), shape.end(), tensor.shape.begin(), tensor.shape.end());
            });
            if (!known) {
                role.shapes.emplace_back(tensor.shape.begin(), tensor.shape.end());
            }
        }
    }
    for (const auto& [dtype, rows] : byDType) {
        role.dtypes.emplace_back(dtype, rows.size());
    }
    std::stable_sort(role.dtypes.begin(), role.dtypes.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    if (role.dtypes.size() < 2) {
        return;
    }
    const std::uint64_t others = stored - role.dtypes.front().second;
    if (others * 4 >= stored) {
        return; // a mixture, not an exception
    }
    for (const std::uint32_t row : role.tensors) {
        if (!isMissing(checkpoint.tensors()[row]) && checkpoint.tensors()[row].dtypeText() != role.dtypes.front().first) {
            role.odd.push_back(row);
        }
    }
}

} // namespace

std::vector<Role> findRoles(const Checkpoint& checkpoint)
{
    const query::KeyParts parts(checkpoint);
    std::vector<std::optional<std::uint64_t>> numbers(parts.parts());
    for (std::uint32_t rank = 0; rank < numbers.size(); ++rank) {
        numbers[rank] = numberOf(parts.part(rank));
    }
    std::vector<Role> roles;
    std::vector<RoleNumbers> roleNumbers; ///< of what is stored: what is missing leaves a gap
    std::vector<RoleNumbers> allNumbers;
    std::unordered_map<std::vector<std::uint32_t>, std::size_t, PartsHash> byPattern;
    std::vector<std::uint32_t> pattern;
    std::vector<std::uint64_t> tuple;
    for (const std::uint32_t row : sortedOrder(checkpoint, nullptr, SortKey::Path)) {
        pattern.clear();
        tuple.clear();
        for (const std::uint32_t rank : parts.ranksOf(row)) {
            if (numbers[rank]) {
                pattern.push_back(RoleNumbers::Number);
                tuple.push_back(*numbers[rank]);
            } else {
                pattern.push_back(rank);
            }
        }
        const auto [place, added] = byPattern.emplace(pattern, roles.size());
        if (added) {
            roles.emplace_back();
            roleNumbers.push_back({pattern, {}, tuple.size()});
            allNumbers.push_back(roleNumbers.back());
        }
        roles[place->second].tensors.push_back(row);
        auto& all = allNumbers[place->second].numbers;
        all.insert(all.end(), tuple.begin(), tuple.end());
        if (!isMissing(checkpoint.tensors()[row])) {
            auto& stored = roleNumbers[place->second].numbers;
            stored.insert(stored.end(), tuple.begin(), tuple.end());
        }
    }
    auto gaps = findRoleGaps(roleNumbers, MaxMissing);
    for (std::size_t i = 0; i < roles.size(); ++i) {
        roles[i].pattern = patternText(allNumbers[i], parts);
        roles[i].missing = std::move(gaps[i]);
        describe(checkpoint, roles[i]);
    }
    return roles;
}

} // namespace ckptscope
