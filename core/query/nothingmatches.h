// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/checkpoint.h"
#include "core/result.h"

#include <span>
#include <string>
#include <string_view>

namespace ckptscope {

/// Code::FixNothingMatches for a glob that matches no tensor, with what was probably meant where something is near: one of `others` (ids of
/// rules, where they may stand there), a tensor's name, or "*.A_log" for the end of one: globs match whole names.
[[nodiscard]] Error nothingMatches(const std::string& glob, const Checkpoint& checkpoint, std::span<const std::string_view> others = {});

/// The tensor that was probably meant by a name that no tensor has: the first that ends in it ("A_log"), else the nearest; empty: none is near.
[[nodiscard]] std::string_view tensorMeant(std::string_view name, const Checkpoint& checkpoint);

} // namespace ckptscope
