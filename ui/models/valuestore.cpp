// SPDX-License-Identifier: Apache-2.0
#include "ui/models/valuestore.h"

#include "core/query/statisticof.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace ckptscope::ui {

ValueStore::ValueStore(std::size_t tensors)
    : m_tensors(tensors)
{
}

void ValueStore::put(const TensorValues& values)
{
    const std::scoped_lock lock(m_mutex);
    if (values.tensor >= m_tensors) {
        return;
    }
    m_statistics.resize(m_tensors);
    const bool again = m_statistics[values.tensor].has_value() || m_errors.contains(values.tensor);
    m_statistics[values.tensor] = values.statistics;
    m_found += values.findings.size();
    m_scanned += again ? 0U : 1U;
    if (values.error) {
        m_unreadable += m_errors.insert_or_assign(values.tensor, *values.error).second ? 1U : 0U;
        if (!m_error || (m_error->code == Code::ValuesUnreadable && values.error->code != Code::ValuesUnreadable)) {
            m_error = values.error;
        }
    }
}

void ValueStore::putDuplicates(std::optional<Finding> finding)
{
    const std::scoped_lock lock(m_mutex);
    m_found += finding && !m_duplicates ? 1U : 0U;
    m_duplicates = std::move(finding);
}

std::optional<double> ValueStore::get(std::uint32_t tensor, Statistic statistic) const
{
    const std::scoped_lock lock(m_mutex);
    if (tensor >= m_statistics.size() || !m_statistics[tensor]) {
        return std::nullopt;
    }
    return statisticOf(*m_statistics[tensor], statistic);
}

std::optional<Statistics> ValueStore::statistics(std::uint32_t tensor) const
{
    const std::scoped_lock lock(m_mutex);
    return tensor < m_statistics.size() ? m_statistics[tensor] : std::nullopt;
}

std::optional<std::array<double, 3>> ValueStore::percentiles(std::uint32_t tensor) const
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_percentiles.find(tensor);
    return found == m_percentiles.end() ? std::nullopt : std::optional(found->second);
}

void ValueStore::putPercentiles(std::uint32_t tensor, const std::array<double, 3>& percentiles)
{
    const std::lock_guard lock(m_mutex);
    m_percentiles.insert_or_assign(tensor, percentiles);
}

std::optional<Error> ValueStore::error(std::uint32_t tensor) const
{
    const std::scoped_lock lock(m_mutex);
    const auto found = m_errors.find(tensor);
    return found != m_errors.end() ? std::optional(found->second) : std::nullopt;
}

bool ValueStore::known(std::uint32_t tensor) const
{
    const std::scoped_lock lock(m_mutex);
    return (tensor < m_statistics.size() && m_statistics[tensor]) || m_errors.contains(tensor);
}

std::optional<double> ValueStore::over(std::span<const std::uint32_t> tensors, Statistic statistic) const
{
    if (statistic == Statistic::Mean || statistic == Statistic::Std) {
        return std::nullopt;
    }
    const std::scoped_lock lock(m_mutex);
    std::optional<double> all;
    for (const std::uint32_t tensor : tensors) {
        if (tensor >= m_statistics.size() || !m_statistics[tensor]) {
            continue;
        }
        const auto one = statisticOf(*m_statistics[tensor], statistic);
        if (!one) {
            continue;
        }
        all = !all                                                          ? *one
            : statistic == Statistic::Min                                   ? std::min(*all, *one)
            : statistic == Statistic::Max || statistic == Statistic::AbsMax ? std::max(*all, *one)
                                                                            : *all + *one;
    }
    return all;
}

std::vector<Finding> ValueStore::findings(const Checkpoint& checkpoint, const CheckReport& report) const
{
    const std::scoped_lock lock(m_mutex);
    std::vector<Finding> all;
    for (std::uint32_t tensor = 0; tensor < m_statistics.size(); ++tensor) {
        if (m_statistics[tensor]) {
            auto some = valueFindings(checkpoint, tensor, *m_statistics[tensor], &report);
            std::move(some.begin(), some.end(), std::back_inserter(all));
        }
    }
    if (m_duplicates) {
        all.push_back(*m_duplicates);
    }
    return all;
}

std::optional<Error> ValueStore::firstError() const
{
    const std::scoped_lock lock(m_mutex);
    return m_error;
}

} // namespace ckptscope::ui
