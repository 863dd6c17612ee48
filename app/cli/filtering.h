// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/query/filter.h"

#include <optional>
#include <string>
#include <string_view>

namespace ckptscope::cli {

class Session;

/// Whether a second checkpoint stands beside the first, so that `change:` can be asked for.
enum class Comparing : bool { No, Yes };

/// Whether the command reads values, so that `nan>0` can be asked for.
enum class Reading : bool { No, Yes };

/// Parses --filter; a mistake is said, with its place, and gives nothing.
[[nodiscard]] std::optional<Filter> parseFilter(Session& session, std::string_view schema, const std::string& expression,
                                                Comparing comparing = Comparing::No, Reading reading = Reading::No);

} // namespace ckptscope::cli
