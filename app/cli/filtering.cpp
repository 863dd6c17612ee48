// SPDX-License-Identifier: Apache-2.0
#include "app/cli/filtering.h"

#include "app/cli/session.h"
#include "core/report/json.h"
#include "core/report/messages.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace ckptscope::cli {

namespace {

std::string filterComplaint(const std::string& expression, const FilterError& error)
{
    const std::string before = displayName(expression.substr(0, error.position), 0);
    const std::string wrong = displayName(expression.substr(error.position, error.length), 0);
    return "the filter is not understood at character " + std::to_string(error.position + 1) + ": " + filterErrorText(error) + "\n  "
        + displayName(expression, 0) + "\n  " + std::string(report::textWidth(before), ' ')
        + std::string(std::max<std::size_t>(1, report::textWidth(wrong)), '^');
}

} // namespace

std::optional<Filter> parseFilter(Session& session, std::string_view schema, const std::string& expression, Comparing comparing, Reading reading)
{
    auto parsed = Filter::parse(expression);
    if (const auto* error = std::get_if<FilterError>(&parsed)) {
        Error what = error->what;
        what.offset = error->position;
        if (session.common.json) {
            report::writeErrorJson(schema, what, session.out());
        }
        session.error(filterComplaint(expression, *error));
        return std::nullopt;
    }
    Filter filter = std::get<Filter>(std::move(parsed));
    std::optional<Error> lacks;
    if (reading == Reading::No && !filter.needsScan().empty()) {
        lacks = fail(Code::FilterNeedsScan, {std::string(filter.needsScan())});
    } else if (comparing == Comparing::No && !filter.needsComparison().empty()) {
        lacks = fail(Code::FilterNeedsComparison, {std::string(filter.needsComparison())});
    }
    if (lacks) {
        session.fails(schema, *lacks);
        return std::nullopt;
    }
    return filter;
}

} // namespace ckptscope::cli
