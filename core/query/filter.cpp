// SPDX-License-Identifier: Apache-2.0
#include "core/model/missing.h"
#include "core/query/filternode.h"
#include "core/query/manywords.h"
#include "core/query/order.h"
#include "core/report/messages.h"
#include "core/text/text.h"

#include <re2/re2.h>

#include <algorithm>

namespace ckptscope {

namespace {

using namespace query;
using Node = Filter::Node;
using Kind = Filter::Node::Kind;
using Hits = std::vector<std::uint8_t>;

constexpr std::size_t StopEvery = 4096; ///< rows between two looks at the stop token
constexpr std::size_t ManyWords = 12;   ///< from here on one automaton is faster than one search a word

bool shapeMatches(const ShapePattern& pattern, std::span<const std::uint64_t> shape) noexcept
{
    if (pattern.dims.size() != shape.size()) {
        return false;
    }
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (pattern.dims[i] && *pattern.dims[i] != shape[i]) {
            return false;
        }
    }
    return true;
}

class Matcher {
public:
    Matcher(const FilterContext& context, const JobContext& job)
        : m_context(context)
        , m_checkpoint(*context.checkpoint)
        , m_job(job)
    {
        if (context.keys == nullptr) {
            m_ownKeys = KeyText::make(m_checkpoint);
        }
    }

    [[nodiscard]] std::size_t rows() const noexcept { return m_checkpoint.tensors().size(); }

    /// Clears rows of `hits` that the node does not match; rows that are clear already are not looked at.
    void narrow(const Node& node, Hits& hits)
    {
        if (m_job.stop.stop_requested()) {
            return;
        }
        switch (node.kind) {
        case Kind::And:
            for (const auto& child : node.children) {
                narrow(*child, hits);
            }
            break;
        case Kind::Or:
            either(node, hits);
            break;
        case Kind::Not: {
            Hits inner = hits;
            narrow(*node.children.front(), inner);
            for (std::size_t i = 0; i < hits.size(); ++i) {
                hits[i] = static_cast<std::uint8_t>(hits[i] & static_cast<std::uint8_t>(inner[i] ^ 1U));
            }
            break;
        }
        case Kind::Text:
            text(node.text, hits);
            break;
        case Kind::Glob:
            keep(hits, [&](std::uint32_t, const TensorInfo& tensor) { return globMatch(node.text, tensor.key); });
            break;
        case Kind::Regex:
            keep(hits, [&](std::uint32_t, const TensorInfo& tensor) {
                return RE2::PartialMatch(re2::StringPiece(tensor.key.data(), tensor.key.size()), *node.regex);
            });
            break;
        case Kind::FieldTest:
            field(node, hits);
            break;
        }
    }

private:
    template<class Test>
    void keep(Hits& hits, Test test)
    {
        const auto& tensors = m_checkpoint.tensors();
        for (std::size_t i = 0; i < hits.size(); ++i) {
            if (i % StopEvery == 0 && m_job.stop.stop_requested()) {
                return;
            }
            if (hits[i] != 0) {
                hits[i] = test(static_cast<std::uint32_t>(i), tensors[i]) ? 1 : 0;
            }
        }
    }

    [[nodiscard]] const KeyText& keys() const noexcept { return m_context.keys != nullptr ? *m_context.keys : *m_ownKeys; }

    void either(const Node& node, Hits& hits)
    {
        Hits any(hits.size(), 0);
        std::vector<std::string_view> words;
        for (const auto& child : node.children) {
            if (child->kind == Kind::Text) {
                words.push_back(child->text);
            }
        }
        const bool many = words.size() >= ManyWords;
        if (many) { // a pasted selection: thousands of quoted keys
            const KeyText& text = keys();
            ManyWordsSearch(words).mark(text.buffer, text.starts, any, m_job.stop);
            for (std::size_t i = 0; i < hits.size(); ++i) {
                any[i] = static_cast<std::uint8_t>(any[i] & hits[i]);
            }
        }
        for (const auto& child : node.children) {
            if (many && child->kind == Kind::Text) {
                continue;
            }
            Hits one = hits;
            narrow(*child, one);
            for (std::size_t i = 0; i < hits.size(); ++i) {
                any[i] = static_cast<std::uint8_t>(any[i] | one[i]);
            }
        }
        hits = std::move(any);
    }

    void text(const std::string& needle, Hits& hits)
    {
        const KeyText& all = keys();
        if (needle.empty()) {
            return;
        }
        const std::string_view buffer = all.buffer;
        if (needle.find('\n') != std::string::npos) { // the separator: look at each key by itself
            keep(hits, [&](std::uint32_t row, const TensorInfo&) {
                return buffer.substr(all.starts[row], all.starts[row + 1] - all.starts[row] - 1).find(needle) != std::string_view::npos;
            });
            return;
        }
        Hits found(hits.size(), 0);
        std::size_t row = 0;
        std::size_t looks = 0;
        for (auto at = buffer.find(needle); at != std::string_view::npos; at = buffer.find(needle, all.starts[row])) {
            while (all.starts[row + 1] <= at) {
                ++row;
            }
            found[row] = hits[row];
            ++row; // one hit a key is enough
            if (row + 1 == all.starts.size() || (++looks % StopEvery == 0 && m_job.stop.stop_requested())) {
                break;
            }
        }
        hits = std::move(found);
    }

    /// What is not stored has no dtype, shape or size that could match.
    void dropMissing(Hits& hits) const
    {
        const auto& tensors = m_checkpoint.tensors();
        for (std::size_t i = hits.size(); i > 0 && isMissing(tensors[i - 1]); --i) { // they stand behind all others
            hits[i - 1] = 0;
        }
    }

    void field(const Node& node, Hits& hits)
    {
        switch (node.field) {
        case Field::DType:
        case Field::Size:
        case Field::Elements:
        case Field::Rank:
        case Field::Offset:
        case Field::Shape:
        case Field::Dim:
            dropMissing(hits);
            break;
        default:
            break;
        }
        const auto inIntervals = [&node](long double value) {
            return std::any_of(node.intervals.begin(), node.intervals.end(), [value](const Interval& i) { return i.holds(value); });
        };
        switch (node.field) {
        case Field::DType:
            keep(hits, [&](std::uint32_t, const TensorInfo& tensor) { return dtypeMatches(node, tensor); });
            break;
        case Field::Wants:
            wants(node, hits);
            break;
        case Field::Rule:
            rule(node, hits);
            break;
        case Field::Shard: {
            std::vector<std::uint8_t> matches;
            for (const Shard& shard : m_checkpoint.shards()) {
                const std::string name = lowerAscii(shard.file);
                matches.push_back(
                    std::any_of(node.words.begin(), node.words.end(), [&](const std::string& word) { return name.find(word) != std::string::npos; }));
            }
            keep(hits, [&](std::uint32_t, const TensorInfo& tensor) { return tensor.shard < matches.size() && matches[tensor.shard] != 0; });
            break;
        }
        case Field::Layer:
            keep(hits, [&](std::uint32_t, const TensorInfo& tensor) {
                const auto number = layerNumber(tensor.key);
                return number && inIntervals(static_cast<long double>(*number));
            });
            break;
        case Field::Is:
            states(node, hits);
            break;
        case Field::Size:
            keep(hits, [&](std::uint32_t, const TensorInfo& tensor) { return inIntervals(static_cast<long double>(tensor.bytes.length)); });
            break;
        case Field::Offset:
            keep(hits, [&](std::uint32_t, const TensorInfo& tensor) { return inIntervals(static_cast<long double>(tensor.bytes.offset)); });
            break;
        case Field::Elements:
            keep(hits, [&](std::uint32_t, const TensorInfo& tensor) {
                const auto count = elementCount(tensor);
                return count && inIntervals(static_cast<long double>(*count));
            });
            break;
        case Field::Rank:
            keep(hits, [&](std::uint32_t, const TensorInfo& tensor) { return inIntervals(static_cast<long double>(tensor.shape.size())); });
            break;
        case Field::Dim:
            keep(hits, [&](std::uint32_t, const TensorInfo& tensor) {
                return std::any_of(tensor.shape.begin(), tensor.shape.end(),
                                   [&](std::uint64_t dim) { return inIntervals(static_cast<long double>(dim)); });
            });
            break;
        case Field::Shape:
            keep(hits, [&](std::uint32_t, const TensorInfo& tensor) {
                return std::any_of(node.shapes.begin(), node.shapes.end(),
                                   [&](const ShapePattern& pattern) { return shapeMatches(pattern, tensor.shape); });
            });
            break;
        case Field::Statistic:
            keep(hits, [&](std::uint32_t row, const TensorInfo& tensor) { return statisticMatches(node, row, tensor); });
            break;
        case Field::Change:
            keep(hits, [&](std::uint32_t row, const TensorInfo&) {
                return m_context.change
                    && std::any_of(node.changes.begin(), node.changes.end(), [&](Change change) { return m_context.change(row, change); });
            });
            break;
        }
    }

    static bool dtypeMatches(const Node& node, const TensorInfo& tensor)
    {
        if (node.dtypes[static_cast<std::size_t>(tensor.dtype)]) {
            return true;
        }
        if (node.words.empty()) {
            return false;
        }
        const std::string spelling = lowerAscii(tensor.dtypeText());
        return std::any_of(node.words.begin(), node.words.end(), [&](const std::string& word) { return globMatch(word, spelling); });
    }

    bool statisticMatches(const Node& node, std::uint32_t row, const TensorInfo& tensor) const
    {
        const auto value = m_context.statistic ? m_context.statistic(row, node.statistic) : std::nullopt;
        if (!value || *value != *value) {
            return false;
        }
        return std::any_of(node.intervals.begin(), node.intervals.end(), [&](const Interval& interval) {
            if (!interval.percent) {
                return interval.holds(static_cast<long double>(*value));
            }
            const auto count = elementCount(tensor);
            return count && *count > 0 && interval.holds(100.0L * static_cast<long double>(*value) / static_cast<long double>(*count));
        });
    }

    /// Sets rows of tensors that have a finding that the test takes.
    template<class Test>
    void markFindings(Hits& marked, Test test) const
    {
        const CheckReport& report = *m_context.report;
        for (const Finding& finding : report.findings) {
            if (finding.tensor && *finding.tensor < marked.size() && test(finding)) {
                marked[*finding.tensor] = 1;
                for (const std::uint32_t other : finding.others) { // the same is true of them
                    if (other < marked.size()) {
                        marked[other] = 1;
                    }
                }
            }
        }
        const auto missing = missingFindings(m_checkpoint, report);
        for (std::size_t i = 0; i < missing.size(); ++i) {
            if (missing[i] < report.findings.size() && test(report.findings[missing[i]])) {
                marked[report.tensors.size() + i] = 1;
            }
        }
    }

    void rule(const Node& node, Hits& hits) const
    {
        Hits marked(hits.size(), 0);
        if (m_context.report != nullptr) {
            const CheckReport& report = *m_context.report;
            const auto named = [&](std::string_view id) {
                const std::string lower = lowerAscii(id);
                return std::any_of(node.words.begin(), node.words.end(), [&](const std::string& word) { return lower.starts_with(word); });
            };
            std::vector<std::uint8_t> rules;
            if (report.rules) {
                for (const Rule& one : report.rules->rules()) {
                    rules.push_back(named(one.id));
                }
            }
            for (std::size_t i = 0; i < std::min(report.tensors.size(), marked.size()); ++i) {
                const std::uint32_t decided = report.tensors[i].rule;
                marked[i] = decided < rules.size() ? rules[decided] : std::uint8_t{0};
            }
            markFindings(marked, [&](const Finding& finding) { return named(finding.rule); });
        }
        intersect(hits, marked);
    }

    void wants(const Node& node, Hits& hits) const
    {
        Hits marked(hits.size(), 0);
        if (m_context.report != nullptr && m_context.report->rules) {
            const auto asked = [&](const std::vector<DType>& dtypes) {
                return std::any_of(dtypes.begin(), dtypes.end(), [&](DType dtype) { return node.dtypes[static_cast<std::size_t>(dtype)]; });
            };
            const auto& rules = m_context.report->rules->rules();
            for (std::size_t i = 0; i < std::min(m_context.report->tensors.size(), marked.size()); ++i) {
                const std::uint32_t decided = m_context.report->tensors[i].rule;
                marked[i] = decided < rules.size() && asked(rules[decided].requiredDtypes) ? 1 : 0;
            }
            markFindings(marked, [&](const Finding& finding) { return asked(finding.want); });
        }
        intersect(hits, marked);
    }

    void states(const Node& node, Hits& hits)
    {
        Hits marked(hits.size(), 0);
        for (const State state : node.states) {
            mark(state, marked);
        }
        intersect(hits, marked);
    }

    void mark(State state, Hits& marked)
    {
        const auto byFact = [&](auto test) {
            const auto& tensors = m_checkpoint.tensors();
            for (std::size_t i = 0; i < marked.size(); ++i) {
                marked[i] = static_cast<std::uint8_t>(marked[i] | (test(static_cast<std::uint32_t>(i), tensors[i]) ? 1U : 0U));
            }
        };
        const auto bySeverity = [&](Severity severity) {
            if (m_context.report != nullptr) {
                markFindings(marked, [severity](const Finding& finding) { return finding.severity == severity; });
            }
        };
        switch (state) {
        case State::Error:
            return bySeverity(Severity::Error);
        case State::Violation:
            return bySeverity(Severity::Violation);
        case State::Advice:
            return bySeverity(Severity::Advice);
        case State::Note:
            return bySeverity(Severity::Note);
        case State::Empty:
            return byFact([](std::uint32_t, const TensorInfo& tensor) { return elementCount(tensor) == std::uint64_t{0} && !isMissing(tensor); });
        case State::Scalar:
            return byFact([](std::uint32_t, const TensorInfo& tensor) { return tensor.shape.empty(); });
        case State::Damaged:
            return byFact([](std::uint32_t, const TensorInfo& tensor) { return !tensor.readable() && !isMissing(tensor); });
        case State::Missing:
            return byFact([this](std::uint32_t, const TensorInfo& tensor) {
                return isMissing(tensor)
                    || (tensor.shard < m_checkpoint.shards().size() && m_checkpoint.shards()[tensor.shard].state == Shard::State::Missing);
            });
        case State::Edited:
            return byFact([this](std::uint32_t row, const TensorInfo&) {
                return m_context.edited != nullptr && row < m_context.edited->size() && (*m_context.edited)[row] != 0;
            });
        case State::Laundered:
        case State::Nan:
        case State::Inf:
        case State::Zero:
        case State::Constant:
            break;
        }
        const auto specs = stateSpecs();
        const auto spec = std::find_if(specs.begin(), specs.end(), [state](const StateSpec& row) { return row.state == state; });
        if (m_context.report != nullptr) {
            markFindings(marked, [&](const Finding& finding) { return finding.rule == spec->scan; });
        }
        if (m_context.statistic && (state == State::Nan || state == State::Inf || state == State::Zero)) {
            byFact([&](std::uint32_t row, const TensorInfo& tensor) {
                const auto value = m_context.statistic(row,
                                                       state == State::Nan       ? Statistic::Nan
                                                           : state == State::Inf ? Statistic::Inf
                                                                                 : Statistic::Zero);
                const auto all = elementCount(tensor);
                return value && *value > 0 && (state != State::Zero || (all && *value >= static_cast<double>(*all)));
            });
        }
    }

    static void intersect(Hits& hits, const Hits& marked)
    {
        for (std::size_t i = 0; i < hits.size(); ++i) {
            hits[i] = static_cast<std::uint8_t>(hits[i] & marked[i]);
        }
    }

    const FilterContext& m_context;
    const Checkpoint& m_checkpoint;
    const JobContext& m_job;
    std::shared_ptr<const KeyText> m_ownKeys;
};

/// The first node, depth first, that the test names; the test gives an empty word for the others.
template<class Test>
std::string_view firstWord(const Node& node, Test test)
{
    if (const std::string_view word = test(node); !word.empty()) {
        return word;
    }
    for (const auto& child : node.children) {
        if (const std::string_view word = firstWord(*child, test); !word.empty()) {
            return word;
        }
    }
    return {};
}

} // namespace

std::shared_ptr<const KeyText> KeyText::make(const Checkpoint& checkpoint)
{
    auto made = std::make_shared<KeyText>();
    std::size_t bytes = 0;
    for (const TensorInfo& tensor : checkpoint.tensors()) {
        bytes += tensor.key.size() + 1;
    }
    made->buffer.resize(bytes);
    made->starts.reserve(checkpoint.tensors().size() + 1);
    std::size_t at = 0;
    for (const TensorInfo& tensor : checkpoint.tensors()) {
        made->starts.push_back(at);
        for (const char c : tensor.key) {
            made->buffer[at++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        }
        made->buffer[at++] = '\n';
    }
    made->starts.push_back(at);
    return made;
}

bool Filter::matchesAll() const noexcept
{
    return m_root->kind == Kind::And && m_root->children.empty();
}

std::string_view Filter::needsScan() const noexcept
{
    return firstWord(*m_root, [](const Node& node) { return node.scanWord; });
}

std::string_view Filter::needsComparison() const noexcept
{
    return firstWord(*m_root, [](const Node& node) { return node.changes.empty() ? std::string_view() : std::string_view("change"); });
}

bool Filter::needsReport() const noexcept
{
    return !firstWord(*m_root, [](const Node& node) -> std::string_view {
                if (node.kind != Kind::FieldTest) {
                    return {};
                }
                const bool byFinding = std::any_of(node.states.begin(), node.states.end(), [](State state) {
                    return state != State::Empty && state != State::Scalar && state != State::Damaged && state != State::Missing
                        && state != State::Edited;
                });
                return byFinding || node.field == Field::Rule || node.field == Field::Wants ? "report" : std::string_view();
            }).empty();
}

bool Filter::needsEdits() const noexcept
{
    return !firstWord(*m_root, [](const Node& node) -> std::string_view {
                const bool asks =
                    node.kind == Kind::FieldTest && std::find(node.states.begin(), node.states.end(), State::Edited) != node.states.end();
                return asks ? "edited" : std::string_view();
            }).empty();
}

std::vector<std::uint8_t> Filter::match(const FilterContext& context, const JobContext& job) const
{
    if (context.checkpoint == nullptr) {
        return {};
    }
    Hits hits(context.checkpoint->tensors().size(), 1);
    if (!matchesAll() && !hits.empty()) {
        Matcher(context, job).narrow(*m_root, hits);
    }
    return hits;
}

std::string filterErrorText(const FilterError& error)
{
    std::string text = messageWithHint(error.what);
    if (!error.suggestion.empty()) {
        text += (text.ends_with('.') ? " " : ". ") + std::string("Did you mean ") + displayName(error.suggestion) + '?';
    }
    return text;
}

} // namespace ckptscope
