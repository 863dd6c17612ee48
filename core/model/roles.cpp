// SPDX-License-Identifier: Apache-2.0
#include "core/model/roles.h"

#include "core/model/missing.h"
#include "core/model/rolegaps.h"
#include "core/query/parts.h"

#include <algorithm>
#include <map>
#include <span>

namespace ckptscope {

namespace {

constexpr std::size_t MaxShapes = 64;
constexpr std::size_t MaxMissing = 1000;

/// Distinct numbers at one place of a pattern.
std::size_t distinctAt(const RoleNumbers& role, const std::vector<std::uint64_t>& missing, std::size_t place)
{
    const std::uint64_t room = (role.numbers.size() + missing.size()) * 64; // bits that are worth their clearing
    std::uint64_t largest = 0;
    const auto each = [&](auto what) {
        for (const std::vector<std::uint64_t>* numbers : {&role.numbers, &missing}) {
            for (std::size_t i = place; i < numbers->size(); i += role.width) {
                what((*numbers)[i]);
            }
        }
    };
    each([&](std::uint64_t number) { largest = std::max(largest, number); });
    if (largest < room) {
        std::vector<bool> seen(largest + 1, false);
        std::size_t count = 0;
        each([&](std::uint64_t number) {
            count += seen[number] ? 0 : 1;
            seen[number] = true;
        });
        return count;
    }
    std::vector<std::uint64_t> values;
    each([&](std::uint64_t number) { values.push_back(number); });
    std::sort(values.begin(), values.end());
    return static_cast<std::size_t>(std::unique(values.begin(), values.end()) - values.begin());
}

std::string patternText(const RoleNumbers& role, const std::vector<std::uint64_t>& missing, const query::KeyParts& parts)
{
    std::string text;
    std::size_t place = 0;
    for (std::size_t i = 0; i < role.parts.size(); ++i) {
        text += i > 0 ? "." : "";
        if (role.parts[i] == RoleNumbers::Number) {
            text += '[' + std::to_string(distinctAt(role, missing, place++)) + ']';
        } else {
            text += parts.part(role.parts[i]);
        }
    }
    return text;
}

void describe(const Checkpoint& checkpoint, Role& role)
{
    std::map<std::string_view, std::uint64_t> byDType;
    std::uint64_t stored = 0;
    // Siblings are mostly alike: what was looked up for the last one holds for the next.
    std::uint64_t* lastCount = nullptr;
    std::string_view lastDType;
    std::span<const std::uint64_t> lastShape;
    std::uint64_t lastElements = 0;
    for (const std::uint32_t row : role.tensors) {
        const TensorInfo& tensor = checkpoint.tensors()[row];
        if (isMissing(tensor)) {
            continue;
        }
        const bool first = stored++ == 0;
        if (const std::string_view dtype = tensor.dtypeText(); first || dtype != lastDType) {
            lastDType = dtype;
            lastCount = &byDType[dtype];
        }
        ++*lastCount;
        role.bytes += tensor.bytes.length;
        if (first || tensor.shape.data() != lastShape.data() || tensor.shape.size() != lastShape.size()) {
            lastShape = tensor.shape;
            lastElements = elementCount(tensor).value_or(UINT64_MAX);
            if (role.shapes.size() < MaxShapes) {
                const bool known = std::any_of(role.shapes.begin(), role.shapes.end(), [&](const auto& shape) {
                    return std::equal(shape.begin(), shape.end(), tensor.shape.begin(), tensor.shape.end());
                });
                if (!known) {
                    role.shapes.emplace_back(tensor.shape.begin(), tensor.shape.end());
                }
            }
        }
        role.elements = lastElements > UINT64_MAX - role.elements ? UINT64_MAX : role.elements + lastElements;
    }
    for (const auto& [dtype, count] : byDType) {
        role.dtypes.emplace_back(dtype, count);
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
    const auto shared = query::KeyParts::of(checkpoint);
    const query::KeyParts& parts = *shared;
    query::ListNumbers patterns;
    std::vector<std::uint32_t> patternOf; // by shape: shapes that differ in the length of numbers only are one pattern
    std::vector<std::uint32_t> pattern;
    for (std::uint32_t shape = 0; shape < parts.shapes(); ++shape) {
        pattern.clear();
        for (const std::uint32_t rank : parts.ranksOf(parts.firstOf(shape))) {
            pattern.push_back(parts.number(rank) != query::KeyParts::NoNumber ? RoleNumbers::Number : rank);
        }
        patternOf.push_back(patterns.number(pattern));
    }
    std::vector<std::uint32_t> roleOf(parts.shapes(), UINT32_MAX); // by pattern: roles stand in path order
    std::vector<Role> roles;
    std::vector<RoleNumbers> stored;                 // of each role; what is missing leaves a gap
    std::vector<std::vector<std::uint64_t>> missing; // numbers of what is missing
    for (const std::uint32_t row : parts.pathOrder()) {
        const std::uint32_t known = patternOf[parts.shapeOf(row)];
        if (roleOf[known] == UINT32_MAX) {
            roleOf[known] = static_cast<std::uint32_t>(roles.size());
            const auto list = patterns.list(known);
            roles.emplace_back();
            stored.push_back({{list.begin(), list.end()}, {}, static_cast<std::size_t>(std::count(list.begin(), list.end(), RoleNumbers::Number))});
            missing.emplace_back();
        }
        const std::uint32_t role = roleOf[known];
        roles[role].tensors.push_back(row);
        auto& into = isMissing(checkpoint.tensors()[row]) ? missing[role] : stored[role].numbers;
        for (const std::uint32_t rank : parts.ranksOf(row)) {
            if (parts.number(rank) != query::KeyParts::NoNumber) {
                into.push_back(parts.number(rank));
            }
        }
    }
    auto gaps = findRoleGaps(stored, MaxMissing);
    for (std::size_t i = 0; i < roles.size(); ++i) {
        roles[i].pattern = patternText(stored[i], missing[i], parts);
        roles[i].missing = std::move(gaps[i]);
        describe(checkpoint, roles[i]);
    }
    return roles;
}

} // namespace ckptscope
