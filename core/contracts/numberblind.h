// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace ckptscope {

/// True where an RE2 pattern provably cannot tell two names of one shape (core/query/parts.h) apart: it looks at how long the numbers
/// between dots are at most, never at which they are. A digit that the pattern names is harmless only right behind a letter or the like
/// (`conv1d`), since no number between dots has one. False: it can, or it is not sure.
[[nodiscard]] bool isNumberBlind(std::string_view pattern) noexcept;

} // namespace ckptscope
