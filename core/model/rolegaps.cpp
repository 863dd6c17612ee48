// SPDX-License-Identifier: Apache-2.0
#include "core/model/rolegaps.h"

#include <algorithm>
#include <map>
#include <set>

namespace ckptscope {

namespace {

constexpr std::size_t ShortList = 8;
constexpr std::size_t MaxEffort = 100'000'000;

/// The numbers that one role has in one list.
struct Member {
    std::size_t role = 0;
    std::vector<std::uint64_t> numbers; ///< ascending, distinct
};

/// One list: `model.layers.[..]`, or `model.layers.3.mlp.experts.[..]`.
struct List {
    std::vector<Member> members;
};

using Lists = std::map<NumberTuple, List>; ///< by the numbers in front

/// One place of a number, shared by all roles whose patterns begin alike.
struct Place {
    std::size_t level = 0; ///< numbers in front of it
    std::vector<std::size_t> roles;
    bool realLayers = false; ///< at least two roles lie in modules below it
};

std::vector<std::uint32_t> partsBefore(const RoleNumbers& role, std::size_t level)
{
    std::size_t seen = 0;
    for (std::size_t i = 0; i < role.parts.size(); ++i) {
        if (role.parts[i] == RoleNumbers::Number && seen++ == level) {
            return {role.parts.begin(), role.parts.begin() + static_cast<std::ptrdiff_t>(i)};
        }
    }
    return {};
}

Lists collectLists(const std::vector<RoleNumbers>& roles, const Place& place)
{
    Lists lists;
    NumberTuple front;
    for (const std::size_t r : place.roles) {
        const RoleNumbers& role = roles[r];
        List* list = nullptr;
        for (std::size_t at = 0; at < role.numbers.size(); at += role.width) {
            const auto* begin = role.numbers.data() + at;
            if (list == nullptr || !std::equal(front.begin(), front.end(), begin)) {
                front.assign(begin, begin + place.level);
                list = &lists[front];
                if (list->members.empty() || list->members.back().role != r) {
                    list->members.push_back({r, {}});
                }
            }
            auto& numbers = list->members.back().numbers;
            if (numbers.empty() || numbers.back() != begin[place.level]) {
                numbers.push_back(begin[place.level]);
            }
        }
    }
    for (auto& [numbers, list] : lists) {
        for (Member& member : list.members) {
            if (!std::is_sorted(member.numbers.begin(), member.numbers.end())) { // "7" and "007" may come out of order
                std::sort(member.numbers.begin(), member.numbers.end());
            }
            member.numbers.erase(std::unique(member.numbers.begin(), member.numbers.end()), member.numbers.end());
        }
    }
    return lists;
}

bool has(const std::vector<std::uint64_t>& sorted, std::uint64_t number)
{
    return std::binary_search(sorted.begin(), sorted.end(), number);
}

bool disjoint(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b)
{
    auto i = a.begin();
    auto j = b.begin();
    while (i != a.end() && j != b.end()) {
        if (*i == *j) {
            return false;
        }
        *i < *j ? ++i : ++j;
    }
    return true;
}

class Finder {
public:
    Finder(const std::vector<RoleNumbers>& roles, std::size_t limit)
        : m_roles(roles)
        , m_limit(limit)
        , m_found(roles.size())
    {
    }

    std::vector<std::vector<NumberTuple>> run()
    {
        std::map<std::vector<std::uint32_t>, Place> places;
        for (std::size_t r = 0; r < m_roles.size(); ++r) {
            for (std::size_t level = 0; level < m_roles[r].width; ++level) {
                auto front = partsBefore(m_roles[r], level);
                const std::size_t below = m_roles[r].parts.size() - front.size() - 1;
                Place& place = places[std::move(front)];
                place.level = level;
                place.roles.push_back(r);
                place.realLayers = place.realLayers || (below >= 2 && place.roles.size() >= 2);
            }
        }
        for (const auto& [parts, place] : places) {
            const Lists lists = collectLists(m_roles, place);
            for (const auto& [front, list] : lists) {
                const auto all = allNumbers(list);
                skipped(front, list, place.realLayers, all);
                lacking(front, list, all);
            }
            if (place.level > 0) {
                unlikeOthers(lists);
            }
        }
        std::vector<std::vector<NumberTuple>> out(m_roles.size());
        for (std::size_t r = 0; r < out.size(); ++r) {
            out[r].assign(m_found[r].begin(), m_found[r].end());
        }
        return out;
    }

private:
    void add(std::size_t role, const NumberTuple& front, std::uint64_t number)
    {
        if (m_found[role].size() < m_limit) {
            NumberTuple tuple = front;
            tuple.push_back(number);
            m_found[role].insert(std::move(tuple));
        }
    }

    static std::vector<std::uint64_t> allNumbers(const List& list)
    {
        const auto& first = list.members.front().numbers;
        if (std::all_of(list.members.begin() + 1, list.members.end(), [&](const Member& member) { return member.numbers == first; })) {
            return first; // experts have all the same parts
        }
        std::vector<std::uint64_t> all;
        for (const Member& member : list.members) {
            all.insert(all.end(), member.numbers.begin(), member.numbers.end());
        }
        std::sort(all.begin(), all.end());
        all.erase(std::unique(all.begin(), all.end()), all.end());
        return all;
    }

    /// Numbers that nothing in the list has.
    void skipped(const NumberTuple& front, const List& list, bool realLayers, const std::vector<std::uint64_t>& all)
    {
        if (all.size() < 3) {
            return;
        }
        const std::uint64_t span = all.back() - all.front() + 1;
        const std::uint64_t gaps = span - all.size();
        const bool few = all.size() < ShortList ? realLayers && gaps == 1 : gaps <= span / 8;
        if (gaps == 0 || !few) {
            return;
        }
        for (const Member& member : list.members) {
            if (member.numbers.size() != all.size()) {
                continue;
            }
            for (std::size_t i = 1; i < all.size(); ++i) {
                for (std::uint64_t number = all[i - 1] + 1; number < all[i]; ++number) {
                    add(member.role, front, number);
                }
            }
        }
    }

    /// Numbers that the list has and one role lacks.
    void lacking(const NumberTuple& front, const List& list, const std::vector<std::uint64_t>& all)
    {
        for (const Member& member : list.members) {
            if (member.numbers.size() == all.size() || member.numbers.size() * 2 <= all.size()) {
                continue; // it has all, or it is the exception itself
            }
            std::vector<std::uint64_t> absent;
            std::set_difference(all.begin(), all.end(), member.numbers.begin(), member.numbers.end(), std::back_inserter(absent));
            std::erase_if(absent, [&](std::uint64_t number) {
                return (front.empty() && (number < member.numbers.front() || number > member.numbers.back()))
                    || std::any_of(list.members.begin(), list.members.end(), [&](const Member& other) {
                           m_effort += 1 + other.numbers.size() / 8;
                           return m_effort > MaxEffort || (has(other.numbers, number) && disjoint(other.numbers, member.numbers));
                       });
            });
            if (m_effort > MaxEffort) {
                return; // no real model comes near: a list of names made to keep us busy
            }
            if (absent.size() * 4 < all.size()) {
                for (const std::uint64_t number : absent) {
                    add(member.role, front, number);
                }
            }
        }
    }

    /// Numbers that stand there `least` times or more, ascending.
    static std::vector<std::uint64_t> oftenIn(std::vector<std::uint64_t> numbers, std::size_t least)
    {
        std::vector<std::uint64_t> often;
        const std::uint64_t largest = numbers.empty() ? 0 : *std::max_element(numbers.begin(), numbers.end());
        if (largest < numbers.size() * 4) { // most are small: counted, not sorted
            std::vector<std::uint32_t> counts(largest + 1, 0);
            for (const std::uint64_t number : numbers) {
                ++counts[number];
            }
            for (std::uint64_t number = 0; number <= largest; ++number) {
                if (counts[number] >= least) {
                    often.push_back(number);
                }
            }
            return often;
        }
        std::sort(numbers.begin(), numbers.end());
        for (std::size_t from = 0; from < numbers.size();) {
            const auto to = static_cast<std::size_t>(
                std::upper_bound(numbers.begin() + static_cast<std::ptrdiff_t>(from), numbers.end(), numbers[from]) - numbers.begin());
            if (to - from >= least) {
                often.push_back(numbers[from]);
            }
            from = to;
        }
        return often;
    }

    /// Numbers that most lists of a role have and one lacks: the last expert of one layer.
    void unlikeOthers(const Lists& lists)
    {
        struct Count {
            std::size_t lists = 0;
            std::vector<std::uint64_t> numbers; ///< of all its lists
            std::vector<std::uint64_t> common;  ///< in three quarters of the lists
        };
        std::map<std::size_t, Count> byRole;
        for (const auto& [front, list] : lists) {
            for (const Member& member : list.members) {
                Count& count = byRole[member.role];
                ++count.lists;
                count.numbers.insert(count.numbers.end(), member.numbers.begin(), member.numbers.end());
            }
        }
        for (auto& [role, count] : byRole) {
            if (count.lists < 4) {
                continue;
            }
            count.common = oftenIn(std::move(count.numbers), (count.lists * 3 + 3) / 4);
        }
        for (const auto& [front, list] : lists) {
            for (const Member& member : list.members) {
                const auto& common = byRole[member.role].common;
                if (member.numbers == common) {
                    continue;
                }
                for (const std::uint64_t number : common) {
                    if (!has(member.numbers, number)) {
                        add(member.role, front, number);
                    }
                }
            }
        }
    }

    const std::vector<RoleNumbers>& m_roles;
    std::size_t m_limit;
    std::size_t m_effort = 0;
    std::vector<std::set<NumberTuple>> m_found;
};

} // namespace

std::vector<std::vector<NumberTuple>> findRoleGaps(const std::vector<RoleNumbers>& roles, std::size_t limit)
{
    return Finder(roles, limit).run();
}

} // namespace ckptscope
