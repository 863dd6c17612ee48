// SPDX-License-Identifier: Apache-2.0
#include "core/query/filternode.h"
#include "core/text/text.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace ckptscope {

namespace {

using namespace query;
using NodePtr = std::unique_ptr<Filter::Node>;
using Kind = Filter::Node::Kind;

constexpr std::size_t MaxLength = 4U << 20U;
constexpr int MaxDepth = 100;
constexpr long double Infinity = std::numeric_limits<long double>::infinity();

bool isSpace(char c) noexcept
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

bool isLetter(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& words)
{
    const std::string lower = lowerAscii(word);
    return nearestWord(lower, words.data(), words.size());
}

/// A number with a unit. `bytes`: B KiB MiB GiB TiB KB MB GB TB K M G T; else K M B G T are 1000s.
std::optional<long double> parseNumber(std::string_view text, FieldKind kind, bool& percent)
{
    percent = false;
    while (!text.empty() && text.back() == ' ') {
        text.remove_suffix(1);
    }
    if (kind == FieldKind::Real) {
        if (text.ends_with('%')) {
            percent = true;
            text.remove_suffix(1);
        }
        double value = 0;
        const char* first = text.data() + (text.starts_with('+') ? 1 : 0);
        const auto [end, code] = std::from_chars(first, text.data() + text.size(), value);
        if (code != std::errc() || end != text.data() + text.size() || value != value) {
            return std::nullopt;
        }
        return static_cast<long double>(value);
    }
    // digits, at most one point, then a unit; exact for all of 64 bits (an 80-bit long double holds them)
    long double value = 0;
    long double scale = 1;
    bool point = false;
    bool digit = false;
    std::size_t at = 0;
    for (; at < text.size() && ((text[at] >= '0' && text[at] <= '9') || (text[at] == '.' && !point)); ++at) {
        if (text[at] == '.') {
            point = true;
            continue;
        }
        digit = true;
        value = value * 10 + (text[at] - '0');
        scale = point ? scale * 10 : scale;
    }
    if (!digit) {
        return std::nullopt;
    }
    std::string unit = lowerAscii(text.substr(at));
    while (unit.starts_with(' ')) {
        unit.erase(0, 1);
    }
    struct Unit {
        std::string_view name;
        long double factor;
    };
    static constexpr std::array ByteUnits{
        Unit{"", 1},
        Unit{"b", 1},
        Unit{"kib", 1024.0L},
        Unit{"mib", 1048576.0L},
        Unit{"gib", 1073741824.0L},
        Unit{"tib", 1099511627776.0L},
        Unit{"kb", 1e3L},
        Unit{"mb", 1e6L},
        Unit{"gb", 1e9L},
        Unit{"tb", 1e12L},
        Unit{"k", 1e3L},
        Unit{"m", 1e6L},
        Unit{"g", 1e9L},
        Unit{"t", 1e12L},
    };
    static constexpr std::array CountUnits{Unit{"", 1}, Unit{"k", 1e3L}, Unit{"m", 1e6L}, Unit{"b", 1e9L}, Unit{"g", 1e9L}, Unit{"t", 1e12L}};
    const std::span<const Unit> units = kind == FieldKind::Bytes ? std::span<const Unit>(ByteUnits) : std::span<const Unit>(CountUnits);
    for (const Unit& row : units) {
        if (row.name == unit) {
            return value * row.factor / scale; // in this order 1048.576KB is exactly 1,048,576
        }
    }
    return std::nullopt;
}

class Parser {
public:
    explicit Parser(std::string_view text)
        : m_text(text)
    {
    }

    NodePtr parse()
    {
        if (m_text.size() > MaxLength) {
            error(0, m_text.size(), fail(Code::FilterTooLong, {std::to_string(m_text.size()), std::to_string(MaxLength)}));
            return nullptr;
        }
        skipSpace();
        if (m_at == m_text.size()) {
            return node(Kind::And); // nothing asked: everything matches
        }
        NodePtr root = query(0);
        if (root && m_at < m_text.size()) { // only ')' stops a query early
            return error(m_at, 1, fail(Code::FilterGroupClose));
        }
        return root;
    }

    FilterError takeError() { return std::move(*m_error); }

private:
    static NodePtr node(Kind kind)
    {
        auto made = std::make_unique<Filter::Node>();
        made->kind = kind;
        return made;
    }

    NodePtr error(std::size_t position, std::size_t length, Error what, std::string_view suggestion = {})
    {
        if (!m_error) {
            m_error = FilterError{std::move(what), position, length, std::string(suggestion)};
        }
        return nullptr;
    }

    void skipSpace() noexcept
    {
        while (m_at < m_text.size() && isSpace(m_text[m_at])) {
            ++m_at;
        }
    }

    /// Where a bare word that begins at `start` ends.
    [[nodiscard]] std::size_t wordEnd(std::size_t start) const noexcept
    {
        while (start < m_text.size() && !isSpace(m_text[start]) && m_text[start] != '(' && m_text[start] != ')') {
            ++start;
        }
        return start;
    }

    [[nodiscard]] bool atOr() const noexcept { return m_text.substr(m_at, 2) == "OR" && wordEnd(m_at) == m_at + 2; }

    NodePtr query(int depth)
    {
        if (depth > MaxDepth) {
            return error(m_at, 1, fail(Code::FilterTooDeep, {std::to_string(MaxDepth)}));
        }
        NodePtr either = node(Kind::Or);
        while (true) {
            NodePtr all = node(Kind::And);
            skipSpace();
            while (m_at < m_text.size() && m_text[m_at] != ')' && !atOr()) {
                NodePtr part = term(depth);
                if (!part) {
                    return nullptr;
                }
                all->children.push_back(std::move(part));
                skipSpace();
            }
            const bool moreFollows = m_at < m_text.size() && atOr();
            if (all->children.empty() && (moreFollows || !either->children.empty())) {
                return error(moreFollows ? m_at : m_lastOr, 2, fail(Code::FilterOr));
            }
            either->children.push_back(all->children.size() == 1 ? std::move(all->children.front()) : std::move(all));
            if (!moreFollows) {
                break;
            }
            m_lastOr = m_at;
            m_at += 2;
        }
        return either->children.size() == 1 ? std::move(either->children.front()) : std::move(either);
    }

    NodePtr term(int depth)
    {
        const std::size_t start = m_at;
        if (m_text[m_at] == '-') {
            ++m_at;
            if (m_at == m_text.size() || isSpace(m_text[m_at]) || m_text[m_at] == ')') {
                return error(start, 1, fail(Code::FilterNot));
            }
            NodePtr inner = positive(depth);
            if (!inner) {
                return nullptr;
            }
            NodePtr inverted = node(Kind::Not);
            inverted->children.push_back(std::move(inner));
            return inverted;
        }
        return positive(depth);
    }

    NodePtr positive(int depth)
    {
        const std::size_t start = m_at;
        const char c = m_text[m_at];
        if (c == '(') {
            ++m_at;
            NodePtr inner = query(depth + 1);
            if (!inner) {
                return nullptr;
            }
            if (m_at == m_text.size()) {
                return error(start, 1, fail(Code::FilterGroupOpen));
            }
            ++m_at; // ')'
            if (inner->kind == Kind::And && inner->children.empty()) {
                return error(start, m_at - start, fail(Code::FilterGroupEmpty));
            }
            return inner;
        }
        if (c == '"') {
            std::string text;
            if (!quoted(text)) {
                return nullptr;
            }
            NodePtr made = node(Kind::Text);
            made->text = lowerAscii(text);
            return made;
        }
        if (c == '/') {
            return regex();
        }
        if (c == '<' || c == '>' || c == '=') {
            return error(start, wordEnd(start) - start, fail(Code::FilterNoField, {std::string(1, c)}));
        }
        std::size_t nameEnd = start;
        while (nameEnd < m_text.size() && isLetter(m_text[nameEnd])) {
            ++nameEnd;
        }
        if (nameEnd > start && nameEnd < m_text.size()
            && (m_text[nameEnd] == ':' || m_text[nameEnd] == '<' || m_text[nameEnd] == '>' || m_text[nameEnd] == '=')) {
            return field(m_text.substr(start, nameEnd - start));
        }
        return word();
    }

    bool quoted(std::string& out)
    {
        const std::size_t start = m_at++;
        while (m_at < m_text.size() && m_text[m_at] != '"') {
            if (m_text[m_at] == '\\' && m_at + 1 < m_text.size()) {
                ++m_at;
            }
            out += m_text[m_at++];
        }
        if (m_at == m_text.size()) {
            error(start, m_text.size() - start, fail(Code::FilterQuote));
            return false;
        }
        ++m_at;
        return true;
    }

    NodePtr regex()
    {
        const std::size_t start = m_at++;
        std::string pattern;
        while (m_at < m_text.size() && m_text[m_at] != '/') {
            if (m_text[m_at] == '\\' && m_at + 1 < m_text.size()) {
                if (m_text[m_at + 1] != '/') {
                    pattern += '\\';
                }
                ++m_at;
            }
            pattern += m_text[m_at++];
        }
        if (m_at == m_text.size()) {
            return error(start, m_text.size() - start, fail(Code::FilterRegexOpen));
        }
        ++m_at;
        NodePtr made = node(Kind::Regex);
        RE2::Options options;
        options.set_log_errors(false);
        options.set_never_capture(true);
        options.set_dot_nl(true);
        options.set_encoding(isUtf8(pattern) ? RE2::Options::EncodingUTF8 : RE2::Options::EncodingLatin1);
        made->regex = std::make_unique<RE2>(pattern, options);
        if (!made->regex->ok()) {
            return error(start, m_at - start, fail(Code::FilterRegex, {made->regex->error()}));
        }
        return made;
    }

    NodePtr word()
    {
        const std::size_t start = m_at;
        m_at = wordEnd(start);
        const std::string_view text = m_text.substr(start, m_at - start);
        const std::string lower = lowerAscii(text);
        for (const StateSpec& state : stateSpecs()) {
            if (state.bare && state.name == lower) {
                NodePtr made = node(Kind::FieldTest);
                made->field = Field::Is;
                made->states.push_back(state.state);
                return made;
            }
        }
        if (text.find_first_of("*?") != std::string_view::npos) {
            NodePtr made = node(Kind::Glob);
            for (const char c : text) { // only * and ? are special in this language
                if (c == '[') {
                    made->text += "[[]";
                } else {
                    made->text += c;
                }
            }
            return made;
        }
        NodePtr made = node(Kind::Text);
        made->text = lower;
        return made;
    }

    // --- fields

    struct Item {
        std::string text;
        std::size_t position = 0;
        std::size_t length = 0;
        bool quoted = false;
    };

    NodePtr field(std::string_view name)
    {
        const std::size_t start = m_at;
        const FieldSpec* spec = findField(name);
        if (spec == nullptr) {
            std::vector<std::string_view> names;
            for (const FieldSpec& row : fieldSpecs()) {
                names.push_back(row.name);
            }
            return error(start, name.size(), fail(Code::FilterUnknownField, {std::string(name)}), nearest(name, names));
        }
        m_at += name.size();
        NodePtr made = node(Kind::FieldTest);
        made->field = spec->field;
        made->statistic = spec->statistic;
        if (spec->field == Field::Statistic) {
            made->scanWord = spec->name;
        }
        if (m_text[m_at] != ':') {
            return comparison(*spec, start, std::move(made));
        }
        ++m_at;
        std::vector<Item> items;
        if (!list(items)) {
            return nullptr;
        }
        if (items.empty()) {
            return error(start, m_at - start, fail(Code::FilterNoValue, {std::string(spec->name)}));
        }
        for (const Item& item : items) {
            if (!value(*spec, item, *made)) {
                return nullptr;
            }
        }
        return made;
    }

    NodePtr comparison(const FieldSpec& spec, std::size_t start, NodePtr made)
    {
        const char first = m_text[m_at++];
        bool equal = first == '=';
        if (first != '=' && m_at < m_text.size() && m_text[m_at] == '=') {
            equal = true;
            ++m_at;
        }
        const std::size_t valueStart = m_at;
        m_at = wordEnd(m_at);
        const std::string_view text = m_text.substr(valueStart, m_at - valueStart);
        if (spec.kind == FieldKind::Words) {
            return error(start, m_at - start, fail(Code::FilterNoOrder, {std::string(spec.name)}));
        }
        if (text.empty()) {
            return error(start, m_at - start, fail(Code::FilterNoValue, {std::string(spec.name)}));
        }
        Interval interval;
        const auto number = parseNumber(text, spec.kind, interval.percent);
        if (!number) {
            return error(valueStart, text.size(), fail(Code::FilterBadValue, {std::string(text), std::string(spec.name)}));
        }
        interval.low = first == '<' ? -Infinity : *number;
        interval.high = first == '>' ? Infinity : *number;
        interval.lowOpen = first == '>' && !equal;
        interval.highOpen = first == '<' && !equal;
        made->intervals.push_back(interval);
        return made;
    }

    bool list(std::vector<Item>& items)
    {
        while (m_at < m_text.size()) {
            Item item;
            item.position = m_at;
            if (m_text[m_at] == '"') {
                item.quoted = true;
                if (!quoted(item.text)) {
                    return false;
                }
            } else {
                const std::size_t end = std::min(m_text.find(',', m_at), wordEnd(m_at));
                item.text = std::string(m_text.substr(m_at, end - m_at));
                m_at = end;
            }
            item.length = m_at - item.position;
            if (item.quoted || !item.text.empty()) {
                items.push_back(std::move(item));
            }
            if (m_at == m_text.size() || m_text[m_at] != ',') {
                break;
            }
            ++m_at;
        }
        return true;
    }

    bool badValue(const FieldSpec& spec, const Item& item, const std::vector<std::string_view>& words = {})
    {
        error(item.position, item.length, fail(Code::FilterBadValue, {item.text, std::string(spec.name)}), nearest(item.text, words));
        return false;
    }

    bool value(const FieldSpec& spec, const Item& item, Filter::Node& made)
    {
        switch (spec.field) {
        case Field::DType:
        case Field::Wants:
            return dtypeValue(spec, item, made);
        case Field::Rule:
        case Field::Shard:
            made.words.push_back(lowerAscii(item.text));
            return true;
        case Field::Is:
            return stateValue(spec, item, made);
        case Field::Change:
            return changeValue(spec, item, made);
        case Field::Shape:
            return shapeValue(spec, item, made);
        default:
            return rangeValue(spec, item, made);
        }
    }

    bool dtypeValue(const FieldSpec& spec, const Item& item, Filter::Node& made)
    {
        const std::string lower = lowerAscii(item.text);
        for (const DTypeGroup& group : dtypeGroups()) {
            if (group.name == lower) {
                for (const DTypeInfo& row : dtypeTable()) {
                    made.dtypes[static_cast<std::size_t>(row.dtype)] |= group.holds(row.dtype);
                }
                return true;
            }
        }
        if (const auto dtype = dtypeFromAlias(item.text)) {
            made.dtypes[static_cast<std::size_t>(*dtype)] = true;
            return true;
        }
        // a glob, or the spelling of a source that has no dtype of ours for it: "numpy:<U3"
        if (lower.find_first_of("*?:") != std::string::npos || item.quoted) {
            for (const DTypeInfo& row : dtypeTable()) {
                made.dtypes[static_cast<std::size_t>(row.dtype)] |= row.dtype != DType::Unknown && globMatch(lower, lowerAscii(row.name));
            }
            made.words.push_back(lower);
            return true;
        }
        std::vector<std::string_view> words;
        std::vector<std::string> names;
        names.reserve(dtypeTable().size());
        for (const DTypeInfo& row : dtypeTable()) {
            words.push_back(names.emplace_back(lowerAscii(row.name)));
        }
        for (const DTypeGroup& group : dtypeGroups()) {
            words.push_back(group.name);
        }
        words.push_back("bfloat16");
        words.push_back("float16");
        words.push_back("float32");
        words.push_back("float64");
        return badValue(spec, item, words);
    }

    bool stateValue(const FieldSpec& spec, const Item& item, Filter::Node& made)
    {
        const std::string lower = lowerAscii(item.text);
        std::vector<std::string_view> words;
        for (const StateSpec& state : stateSpecs()) {
            if (state.name == lower) {
                made.states.push_back(state.state);
                if (!state.scan.empty() && made.scanWord.empty()) {
                    made.scanWord = state.name;
                }
                return true;
            }
            words.push_back(state.name);
        }
        return badValue(spec, item, words);
    }

    bool changeValue(const FieldSpec& spec, const Item& item, Filter::Node& made)
    {
        const std::string lower = lowerAscii(item.text);
        std::vector<std::string_view> words;
        for (const ChangeSpec& change : changeSpecs()) {
            if (change.name == lower) {
                made.changes.push_back(change.change);
                return true;
            }
            words.push_back(change.name);
        }
        return badValue(spec, item, words);
    }

    bool shapeValue(const FieldSpec& spec, const Item& item, Filter::Node& made)
    {
        ShapePattern pattern;
        std::string text = lowerAscii(item.text);
        if (text != "scalar") {
            for (std::size_t at = text.find("\xc3\x97"); at != std::string::npos; at = text.find("\xc3\x97", at)) {
                text.replace(at, 2, "x"); // U+00D7, as the Shape column shows it
            }
            for (std::size_t at = 0;; ++at) {
                const std::size_t end = std::min(text.find('x', at), text.size());
                const std::string_view dim = std::string_view(text).substr(at, end - at);
                if (dim == "*") {
                    pattern.dims.emplace_back(std::nullopt);
                } else {
                    std::uint64_t number = 0;
                    const auto [stop, code] = std::from_chars(dim.data(), dim.data() + dim.size(), number);
                    if (code != std::errc() || stop != dim.data() + dim.size()) {
                        return badValue(spec, item);
                    }
                    pattern.dims.emplace_back(number);
                }
                at = end;
                if (at == text.size()) {
                    break;
                }
            }
        }
        made.shapes.push_back(std::move(pattern));
        return true;
    }

    bool rangeValue(const FieldSpec& spec, const Item& item, Filter::Node& made)
    {
        Interval interval;
        const auto dots = item.text.find("..");
        if (dots == std::string::npos) {
            const auto number = parseNumber(item.text, spec.kind, interval.percent);
            if (!number) {
                return badValue(spec, item);
            }
            interval.low = interval.high = *number;
        } else {
            const std::string_view low = std::string_view(item.text).substr(0, dots);
            const std::string_view high = std::string_view(item.text).substr(dots + 2);
            bool lowPercent = false;
            bool highPercent = false;
            const auto from = low.empty() ? std::optional<long double>(-Infinity) : parseNumber(low, spec.kind, lowPercent);
            const auto to = high.empty() ? std::optional<long double>(Infinity) : parseNumber(high, spec.kind, highPercent);
            if (!from || !to || (low.empty() && high.empty()) || (!low.empty() && !high.empty() && lowPercent != highPercent)) {
                return badValue(spec, item);
            }
            interval = {*from, *to, false, false, lowPercent || highPercent};
        }
        made.intervals.push_back(interval);
        return true;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    std::size_t m_lastOr = 0;
    std::optional<FilterError> m_error;
};

} // namespace

Filter::Node::Node() = default;
Filter::Node::~Node() = default;
Filter::Filter() = default;
Filter::Filter(Filter&&) noexcept = default;
Filter& Filter::operator=(Filter&&) noexcept = default;
Filter::~Filter() = default;

std::variant<Filter, FilterError> Filter::parse(std::string_view text)
{
    Parser parser(text);
    Filter filter;
    filter.m_root = parser.parse();
    if (!filter.m_root) {
        return parser.takeError();
    }
    return filter;
}

std::string filterQuoted(std::string_view key)
{
    std::string out = "\"";
    for (const char c : key) {
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out + '"';
}

} // namespace ckptscope
