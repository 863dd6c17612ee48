// SPDX-License-Identifier: Apache-2.0
#include "core/diff/comparison.h"

#include "core/model/plainname.h"
#include "core/query/order.h"

#include <algorithm>
#include <iterator>

namespace ckptscope {

std::shared_ptr<const Comparison> Comparison::make(std::shared_ptr<const Checkpoint> a, std::shared_ptr<const Checkpoint> b)
{
    auto made = std::shared_ptr<Comparison>(new Comparison);
    made->m_a = std::move(a);
    made->m_b = std::move(b);
    const Checkpoint& ours = *made->m_a;
    const Checkpoint& theirs = *made->m_b;
    const auto isTaken = [](const Checkpoint& checkpoint, const TensorInfo& tensor) { return checkpoint.find(tensor.key) == &tensor; };
    std::vector<bool> claimed(theirs.tensors().size(), false);
    std::vector<std::size_t> alone; // rows of A without a namesake
    for (const TensorInfo& tensor : ours.tensors()) {
        if (!isTaken(ours, tensor)) {
            continue;
        }
        ComparisonRow row;
        row.a = ours.indexOf(tensor);
        if (const TensorInfo* same = theirs.find(tensor.key)) {
            row.b = theirs.indexOf(*same);
            claimed[*row.b] = true;
        } else {
            alone.push_back(made->m_rows.size());
        }
        made->m_rows.push_back(row);
    }
    if (!alone.empty()) {
        const NameMatcher names(theirs);
        for (const std::size_t place : alone) {
            ComparisonRow& row = made->m_rows[place];
            const auto found = names.find(ours.tensors()[*row.a]);
            if (found && !claimed[*found] && isTaken(theirs, theirs.tensors()[*found])) {
                row.b = found;
                row.renamed = true;
                claimed[*found] = true;
            }
        }
    }
    for (ComparisonRow& row : made->m_rows) {
        if (row.b) {
            const TensorInfo& one = ours.tensors()[*row.a];
            const TensorInfo& two = theirs.tensors()[*row.b];
            row.dtype = one.dtypeText() != two.dtypeText();
            row.shape = !std::equal(one.shape.begin(), one.shape.end(), two.shape.begin(), two.shape.end());
        }
    }
    for (const TensorInfo& tensor : theirs.tensors()) {
        if (!claimed[theirs.indexOf(tensor)] && isTaken(theirs, tensor)) {
            ComparisonRow row;
            row.b = theirs.indexOf(tensor);
            made->m_rows.push_back(row);
        }
    }
    return made;
}

const std::vector<std::uint32_t>& Comparison::pathPlaces() const
{
    std::call_once(m_placesMade, [this] {
        // each side's order is cheap to have; the two are merged
        constexpr std::uint32_t None = UINT32_MAX;
        const auto ordered = [](const Checkpoint& side, const std::vector<std::uint32_t>& rowOf) {
            std::vector<std::uint32_t> rows;
            for (const std::uint32_t tensor : sortedOrder(side, nullptr, SortKey::Path)) {
                if (rowOf[tensor] != None) {
                    rows.push_back(rowOf[tensor]);
                }
            }
            return rows;
        };
        std::vector<std::uint32_t> rowOfA(m_a->tensors().size(), None);
        std::vector<std::uint32_t> rowOfB(m_b->tensors().size(), None);
        for (std::uint32_t row = 0; row < m_rows.size(); ++row) {
            if (m_rows[row].a) {
                rowOfA[*m_rows[row].a] = row;
            } else {
                rowOfB[*m_rows[row].b] = row;
            }
        }
        const auto ours = ordered(*m_a, rowOfA);
        const auto theirs = ordered(*m_b, rowOfB);
        std::vector<std::uint32_t> all;
        all.reserve(m_rows.size());
        std::merge(ours.begin(), ours.end(), theirs.begin(), theirs.end(), std::back_inserter(all),
                   [this](std::uint32_t a, std::uint32_t b) { return comparePaths(shown(m_rows[a]).key, shown(m_rows[b]).key) < 0; });
        m_places.resize(m_rows.size());
        for (std::uint32_t place = 0; place < all.size(); ++place) {
            m_places[all[place]] = place;
        }
    });
    return m_places;
}

ComparisonCounts countChanges(const std::vector<ComparisonRow>& rows) noexcept
{
    ComparisonCounts counts;
    for (const ComparisonRow& row : rows) {
        counts.matched += row.a && row.b ? 1U : 0U;
        counts.added += row.added() ? 1U : 0U;
        counts.removed += row.removed() ? 1U : 0U;
        counts.dtype += row.dtype ? 1U : 0U;
        counts.shape += row.shape ? 1U : 0U;
        counts.renamed += row.renamed ? 1U : 0U;
    }
    return counts;
}

} // namespace ckptscope
