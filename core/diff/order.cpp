// SPDX-License-Identifier: Apache-2.0
#include "core/diff/order.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace ckptscope {

namespace {

constexpr double None = std::numeric_limits<double>::quiet_NaN();

double numberOf(const report::DiffView& view, std::uint32_t row, DiffColumn column)
{
    const auto elementsOf = [](const Checkpoint& checkpoint, const std::optional<std::uint32_t>& tensor) {
        return tensor ? static_cast<double>(elementCount(checkpoint.tensors()[*tensor]).value_or(UINT64_MAX)) : None;
    };
    const ValueDifference* values = view.valuesOf(row);
    const bool known = values != nullptr && !values->error && values->decoded;
    switch (column) {
    case DiffColumn::ShapeA:
        return elementsOf(*view.comparison->a(), view.comparison->rows()[row].a);
    case DiffColumn::ShapeB:
        return elementsOf(*view.comparison->b(), view.comparison->rows()[row].b);
    case DiffColumn::MaxAbs:
        return known ? (values->maxAbs == 0 && values->oneNan > 0 ? std::numeric_limits<double>::infinity() : values->maxAbs) : None;
    case DiffColumn::Relative:
        return known ? values->relative : None;
    case DiffColumn::Cosine:
        return known ? values->cosine : None;
    case DiffColumn::Differing:
        return known ? differingShare(*values) : None;
    case DiffColumn::EqualBits:
        return values != nullptr && !values->error ? (values->equalBits ? 1 : 0) : None;
    default:
        return None;
    }
}

std::string textOf(const report::DiffView& view, std::uint32_t row, DiffColumn column)
{
    const auto dtypeOf = [](const Checkpoint& checkpoint, const std::optional<std::uint32_t>& tensor) {
        return tensor ? std::string(checkpoint.tensors()[*tensor].dtypeText()) : std::string();
    };
    const ComparisonRow& at = view.comparison->rows()[row];
    switch (column) {
    case DiffColumn::Change:
        return report::changeWords(view, row);
    case DiffColumn::DTypeA:
        return dtypeOf(*view.comparison->a(), at.a);
    case DiffColumn::DTypeB:
        return dtypeOf(*view.comparison->b(), at.b);
    default:
        return {};
    }
}

template<class Keys, class Before>
void sortBy(std::vector<std::uint32_t>& rows, Keys& keys, bool descending, Before before)
{
    std::vector<std::uint32_t> order(rows.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) {
        order[i] = i;
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return descending ? before(keys[b], keys[a]) : before(keys[a], keys[b]); });
    std::vector<std::uint32_t> sorted;
    sorted.reserve(rows.size());
    for (const std::uint32_t place : order) {
        sorted.push_back(rows[place]);
    }
    rows = std::move(sorted);
}

} // namespace

double differingShare(const ValueDifference& values) noexcept
{
    return values.elements == 0 ? 0 : static_cast<double>(values.differing) / static_cast<double>(values.elements);
}

void sortRows(const report::DiffView& view, std::vector<std::uint32_t>& rows, DiffColumn column, bool descending)
{
    if (column == DiffColumn::Key) {
        std::vector<std::uint32_t> places;
        places.reserve(rows.size());
        for (const std::uint32_t row : rows) {
            places.push_back(view.comparison->pathPlaces()[row]);
        }
        sortBy(rows, places, descending, std::less<>());
        return;
    }
    if (column >= DiffColumn::ShapeA) {
        std::vector<std::pair<bool, double>> keys; // what is not there is behind all numbers, Infinity too
        keys.reserve(rows.size());
        for (const std::uint32_t row : rows) {
            const double number = numberOf(view, row, column);
            keys.emplace_back(std::isnan(number) != descending, std::isnan(number) ? 0 : number);
        }
        sortBy(rows, keys, descending, std::less<>());
        return;
    }
    std::vector<std::string> keys;
    keys.reserve(rows.size());
    for (const std::uint32_t row : rows) {
        keys.push_back(textOf(view, row, column));
    }
    sortBy(rows, keys, descending, [](const std::string& a, const std::string& b) { return a < b; });
}

} // namespace ckptscope
