// SPDX-License-Identifier: Apache-2.0
#include "core/query/statisticof.h"

#include <cmath>

namespace ckptscope {

std::optional<double> statisticOf(const Statistics& statistics, Statistic which)
{
    const auto known = [](double value) { return std::isnan(value) ? std::nullopt : std::optional(value); };
    switch (which) {
    case Statistic::Min:
        return known(statistics.min);
    case Statistic::Max:
        return known(statistics.max);
    case Statistic::Mean:
        return known(statistics.mean);
    case Statistic::Std:
        return known(statistics.std);
    case Statistic::AbsMax:
        return known(statistics.absMax);
    case Statistic::Nan:
        return static_cast<double>(statistics.nan);
    case Statistic::Inf:
        return static_cast<double>(statistics.inf());
    case Statistic::Zero:
        break;
    }
    return static_cast<double>(statistics.zeros);
}

} // namespace ckptscope
