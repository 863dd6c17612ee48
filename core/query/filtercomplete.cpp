// SPDX-License-Identifier: Apache-2.0
#include "core/model/missing.h"
#include "core/query/filternode.h"

#include <algorithm>
#include <set>

namespace ckptscope {

namespace {

using namespace query;

constexpr std::size_t MaxChoices = 12;

bool endsWord(char c) noexcept
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '(' || c == ')';
}

/// Where the word that holds `cursor` begins; nullopt inside quotes or a regex, where nothing is completed.
std::optional<std::size_t> wordStart(std::string_view text, std::size_t cursor)
{
    std::size_t start = 0;
    bool fresh = true; // at the start of a word
    for (std::size_t at = 0; at < cursor;) {
        const char c = text[at];
        if (c == '"' || (fresh && c == '/')) {
            std::size_t close = at + 1;
            while (close < text.size() && text[close] != c) {
                close += text[close] == '\\' ? 2 : 1;
            }
            if (close >= cursor) {
                return std::nullopt;
            }
            at = close + 1;
            fresh = false;
            continue;
        }
        ++at;
        if (endsWord(c)) {
            start = at;
            fresh = true;
        } else if (fresh && c == '-') {
            start = at;
        } else {
            fresh = false;
        }
    }
    return start;
}

/// A value as the language wants it written: quoted where it holds anything that ends a word.
std::string written(std::string_view value)
{
    const bool plain = !value.empty() && value.find_first_of(" \t\n\r\f\v(),\"") == std::string_view::npos;
    return plain ? std::string(value) : filterQuoted(value);
}

class Choices {
public:
    Choices(FilterCompletion& completion, std::string_view typed)
        : m_completion(completion)
        , m_typed(lowerAscii(typed))
    {
    }
    void offer(std::string text)
    {
        if (m_completion.choices.size() < MaxChoices && text.size() > m_typed.size() && lowerAscii(text).starts_with(m_typed)
            && std::find(m_completion.choices.begin(), m_completion.choices.end(), text) == m_completion.choices.end()) {
            m_completion.choices.push_back(std::move(text));
        }
    }

private:
    FilterCompletion& m_completion;
    std::string m_typed;
};

void offerDTypes(Choices& choices, const FilterContext& context)
{
    std::set<std::string> present;
    if (context.checkpoint != nullptr) {
        for (const TensorInfo& tensor : context.checkpoint->tensors()) {
            if (present.size() < 64 && !isMissing(tensor)) {
                present.emplace(tensor.dtypeText());
            }
        }
    }
    for (const std::string& name : present) {
        choices.offer(written(name));
    }
    for (const DTypeGroup& group : dtypeGroups()) {
        choices.offer(std::string(group.name));
    }
}

void offerValues(Choices& choices, const FieldSpec& field, const FilterContext& context)
{
    switch (field.field) {
    case Field::DType:
        offerDTypes(choices, context);
        break;
    case Field::Wants:
        if (context.report != nullptr) {
            std::set<std::string_view> names;
            for (const Finding& finding : context.report->findings) {
                for (const DType dtype : finding.want) {
                    names.insert(dtypeName(dtype));
                }
            }
            for (const std::string_view name : names) {
                choices.offer(std::string(name));
            }
        }
        break;
    case Field::Rule:
        if (context.report != nullptr) {
            std::set<std::string_view> ids(context.report->rulesApplied.begin(), context.report->rulesApplied.end());
            for (const Finding& finding : context.report->findings) {
                ids.insert(finding.rule);
            }
            for (const std::string_view id : ids) {
                choices.offer(written(id));
            }
        }
        break;
    case Field::Shard:
        if (context.checkpoint != nullptr) {
            for (const Shard& shard : context.checkpoint->shards()) {
                choices.offer(written(shard.file));
            }
        }
        break;
    case Field::Is:
        for (const StateSpec& state : stateSpecs()) {
            choices.offer(std::string(state.name));
        }
        break;
    case Field::Change:
        for (const ChangeSpec& change : changeSpecs()) {
            choices.offer(std::string(change.name));
        }
        break;
    default:
        break; // numbers: nothing to offer
    }
}

} // namespace

FilterCompletion completeFilter(std::string_view text, std::size_t cursor, const FilterContext& context)
{
    FilterCompletion completion;
    cursor = std::min(cursor, text.size());
    const auto start = wordStart(text, cursor);
    if (!start) {
        return completion;
    }
    const std::string_view typed = text.substr(*start, cursor - *start);
    const auto colon = typed.find(':');
    if (colon != std::string_view::npos) {
        const FieldSpec* field = findField(typed.substr(0, colon));
        if (field == nullptr) {
            return completion;
        }
        const auto comma = typed.rfind(',');
        completion.start = *start + (comma == std::string_view::npos ? colon : comma) + 1;
        completion.length = cursor - completion.start;
        Choices choices(completion, text.substr(completion.start, completion.length));
        offerValues(choices, *field, context);
        return completion;
    }
    completion.start = *start;
    completion.length = cursor - *start;
    if (typed.empty()) {
        return completion; // the whole list would only stand in the way
    }
    Choices choices(completion, typed);
    for (const FieldSpec& field : fieldSpecs()) {
        choices.offer(std::string(field.name)
                      + (field.kind == FieldKind::Words || field.field == Field::Layer || field.field == Field::Rank ? ":" : ">"));
    }
    for (const StateSpec& state : stateSpecs()) {
        if (state.bare) {
            choices.offer(std::string(state.name));
        }
    }
    return completion;
}

} // namespace ckptscope
