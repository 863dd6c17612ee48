// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace ckptscope {

/// One axis of a plot: where a value stands, and which values are marked. A log axis takes positive values only.
struct PlotAxis {
    double low = 0;
    double high = 1;
    bool log = false;
    bool down = false;                                       ///< grows downwards, as the rows of a matrix do; not with log
    bool whole = false;                                      ///< of what is counted: nothing stands between two of them
    [[nodiscard]] double place(double value) const;          ///< 0 at low, 1 at high
    [[nodiscard]] std::vector<double> ticks(int most) const; ///< steps of 1, 2, 5; decades on a log axis
};

} // namespace ckptscope
