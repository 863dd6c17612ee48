// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/query/filter.h"
#include "core/values/statistics.h"

#include <optional>

namespace ckptscope {

/// The number that a filter (`nan>0`, `max>1e4`) compares: counts as they are; nullopt where the tensor has none, as an empty one has no mean.
[[nodiscard]] std::optional<double> statisticOf(const Statistics& statistics, Statistic which);

} // namespace ckptscope
