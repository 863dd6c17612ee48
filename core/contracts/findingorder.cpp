// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/findingorder.h"

#include "core/query/order.h"

#include <algorithm>
#include <numeric>
#include <string_view>

namespace ckptscope {

namespace {

/// Above this many findings the names' places are made once: hostile names are long, and comparing them again and again
/// costs.
constexpr std::size_t Many = 4096;

class Order {
public:
    Order(const Checkpoint& checkpoint, const std::vector<Finding>& findings)
        : m_checkpoint(checkpoint)
        , m_findings(findings)
    {
        if (findings.size() > Many) {
            const auto order = sortedOrder(checkpoint, nullptr, SortKey::Path);
            m_places.resize(order.size());
            for (std::uint32_t place = 0; place < order.size(); ++place) {
                m_places[order[place]] = place;
            }
        }
    }

    bool operator()(std::uint32_t one, std::uint32_t two) const
    {
        const Finding& a = m_findings[one];
        const Finding& b = m_findings[two];
        if (a.severity != b.severity) {
            return a.severity > b.severity;
        }
        if (a.ruleIndex != b.ruleIndex) {
            return a.ruleIndex < b.ruleIndex; // rules in database order, then audits
        }
        if (a.rule != b.rule) {
            return a.rule < b.rule;
        }
        if (a.tensor && b.tensor) {
            if (!m_places.empty()) {
                return m_places[*a.tensor] < m_places[*b.tensor];
            }
            const int order = comparePaths(m_checkpoint.tensors()[*a.tensor].key, m_checkpoint.tensors()[*b.tensor].key);
            return order != 0 ? order < 0 : *a.tensor < *b.tensor;
        }
        if (a.tensor.has_value() != b.tensor.has_value()) {
            return b.tensor.has_value(); // what is true of more than one tensor comes first
        }
        const int order = comparePaths(a.key, b.key);
        return order != 0 ? order < 0 : compareNatural(a.file, b.file) < 0;
    }

private:
    const Checkpoint& m_checkpoint;
    const std::vector<Finding>& m_findings;
    std::vector<std::uint32_t> m_places; ///< of tensors in path order; empty: names are compared
};

} // namespace

void sortFindings(const Checkpoint& checkpoint, std::vector<Finding>& findings)
{
    std::vector<std::uint32_t> order(findings.size());
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(), Order(checkpoint, findings));
    std::vector<Finding> sorted;
    sorted.reserve(findings.size());
    for (const std::uint32_t at : order) {
        sorted.push_back(std::move(findings[at]));
    }
    findings = std::move(sorted);
}

} // namespace ckptscope
