// SPDX-License-Identifier: Apache-2.0
#include "core/query/filter.h"

namespace ckptscope {
struct Filter::Node { };
Filter::Filter() = default;
Filter::Filter(Filter&&) noexcept = default;
Filter& Filter::operator=(Filter&&) noexcept = default;
Filter::~Filter() = default;
std::variant<Filter, FilterError> Filter::parse(std::string_view) { return Filter(); }
bool Filter::matchesAll() const noexcept { return true; }
std::vector<std::uint8_t> Filter::match(const FilterContext& context, const JobContext&) const { return std::vector<std::uint8_t>(context.checkpoint->tensors().size(), 1); }
FilterCompletion completeFilter(std::string_view, std::size_t, const FilterContext&) { return {}; }
std::span<const FilterHelpRow> filterHelp() noexcept { return {}; }
}
