// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ckptscope {

/// What finding gaps needs to know of a role: its pattern as parts, and the numbers of each of its tensors.
struct RoleNumbers {
    std::vector<std::uint32_t> parts;   ///< ids of the pattern's parts; `Number` where a number stands
    std::vector<std::uint64_t> numbers; ///< `width` numbers a tensor, tensors ascending
    std::size_t width = 0;              ///< numbers in the pattern
    static constexpr std::uint32_t Number = UINT32_MAX;
};

using NumberTuple = std::vector<std::uint64_t>;

/// For each role the number tuples that it lacks although it should have them. A "list" is what stands at one number: `model.layers.[..]`, or
/// the experts of layer 3. Mixed stacks (attention in every fourth layer, dense layers before routed ones), modules without parameters (a ReLU
/// in a Sequential) and a special first or last layer must raise no alarm, hence:
///  - a number that the whole list skips is missing where the list skips few (one in eight; in short lists one, and only of real layers, which
///    have modules of their own); it is said of the roles that every other entry has;
///  - a number that the list has and the role lacks is missing where no other role, one that lives only where this one does not, stands in for
///    it; only of roles that most entries have, where less than a quarter is missing so, and at the outermost level not at the list's ends;
///  - in nested lists, a number that three quarters of the role's other lists have.
/// At most `limit` tuples a role, ascending.
[[nodiscard]] std::vector<std::vector<NumberTuple>> findRoleGaps(const std::vector<RoleNumbers>& roles, std::size_t limit);

} // namespace ckptscope
