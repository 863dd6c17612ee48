// SPDX-License-Identifier: Apache-2.0
#include "core/report/plotaxis.h"

#include <algorithm>
#include <cmath>

namespace ckptscope {

double PlotAxis::place(double value) const
{
    if (log) {
        return (std::log10(value) - std::log10(low)) / (std::log10(high) - std::log10(low));
    }
    const double at = (value - low) / (high - low);
    return down ? 1 - at : at;
}

std::vector<double> PlotAxis::ticks(int most) const
{
    std::vector<double> out;
    if (!(high > low) || !std::isfinite(high - low) || most < 1 || (log && low <= 0)) {
        return out;
    }
    if (log) {
        const int first = static_cast<int>(std::ceil(std::log10(low) - 1e-9));
        const int last = static_cast<int>(std::floor(std::log10(high) + 1e-9));
        constexpr int Few = 3; // decades; fewer say little of where a mark stands
        if (last - first + 1 < Few) {
            for (int e = first - 1; e <= last; ++e) {
                for (const double part : {1.0, 2.0, 5.0}) {
                    const double value = part * std::pow(10.0, e);
                    if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) {
                        out.push_back(value);
                    }
                }
            }
            if (static_cast<int>(out.size()) <= most) {
                return out;
            }
            out.clear();
        }
        const int step = std::max(1, (last - first + most) / most);
        for (int e = first; e <= last; e += step) {
            out.push_back(std::pow(10.0, e));
        }
        return out;
    }
    const double rough = (high - low) / most;
    const double ten = std::pow(10.0, std::floor(std::log10(rough)));
    const double wide = rough <= ten ? ten : rough <= 2 * ten ? 2 * ten : rough <= 5 * ten ? 5 * ten : 10 * ten;
    const double step = whole ? std::max(1.0, wide) : wide;
    if (!(step > 0)) {
        return out;
    }
    const double first = std::ceil(low / step - 1e-9);
    for (int i = 0; i <= most + 1; ++i) {
        const double value = (first + i) * step;
        if (value > high + step * 1e-9) {
            break;
        }
        out.push_back(std::abs(value) < step * 1e-9 ? 0 : value);
    }
    return out;
}

} // namespace ckptscope
