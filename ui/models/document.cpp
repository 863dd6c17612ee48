// SPDX-License-Identifier: Apache-2.0
#include "ui/models/document.h"

#include "core/fix/plan.h"
#include "core/query/parts.h"

#include <algorithm>
#include <future>
#include <limits>

namespace ckptscope::ui {

Result<std::shared_ptr<const Document>> Document::open(const std::vector<std::string>& paths, const Options& options, const JobContext& job)
{
    auto checkpoint = openCheckpoint(paths, options.open, job);
    if (!checkpoint) {
        return std::move(checkpoint).error();
    }
    job.progress(Phase::Checking, 0, 0);
    const auto parts = query::KeyParts::of(**checkpoint); // what the names give and the checks share them
    auto names = std::async(std::launch::async, [&checkpoint] { return std::make_shared<const Names>(*checkpoint); });
    auto report = runChecks(**checkpoint, options.check, job);
    auto made = names.get();
    if (!report) {
        return std::move(report).error();
    }
    if (job.stop.stop_requested()) {
        return fail(Code::Cancelled);
    }
    auto values = std::make_shared<ValueStore>((*checkpoint)->tensors().size());
    return make(*std::move(checkpoint), *std::move(report), std::move(values), paths, options, nullptr, std::move(made));
}

Document::Names::Names(const std::shared_ptr<const Checkpoint>& checkpoint)
    : listed(withMissing(checkpoint))
{
    const auto parts = query::KeyParts::of(*listed); // roles and path order share them
    roles = findRoles(*listed);
    keys = KeyText::make(*listed);
    pathOrder = std::make_shared<const Rows>(parts->pathOrder());
}

Result<std::shared_ptr<const Document>> Document::recheck(const CheckOptions& options, const JobContext& job) const
{
    auto report = runChecks(*m_checkpoint, options, job);
    if (!report) {
        return std::move(report).error();
    }
    Options all = m_options;
    all.check = options;
    return make(m_checkpoint, *std::move(report), m_values, m_paths, all, this);
}

std::shared_ptr<const Document> Document::withMuted(MutedRules muted) const
{
    Options all = m_options;
    all.muted = std::move(muted);
    return make(m_checkpoint, m_headerReport, m_values, m_paths, all, this);
}

std::shared_ptr<const Document> Document::withValues() const
{
    return make(m_checkpoint, m_headerReport, m_values, m_paths, m_options, this);
}

std::shared_ptr<const Document> Document::make(std::shared_ptr<const Checkpoint> checkpoint, std::shared_ptr<const CheckReport> report,
                                               std::vector<std::string> paths, Options options)
{
    auto values = std::make_shared<ValueStore>(checkpoint->tensors().size());
    return make(std::move(checkpoint), std::move(report), std::move(values), std::move(paths), std::move(options));
}

std::shared_ptr<const Document> Document::make(std::shared_ptr<const Checkpoint> checkpoint, std::shared_ptr<const CheckReport> report,
                                               std::shared_ptr<ValueStore> values, std::vector<std::string> paths, Options options,
                                               const Document* before, std::shared_ptr<const Names> names)
{
    const std::shared_ptr<Document> made(new Document);
    made->m_checkpoint = std::move(checkpoint);
    made->m_names = before != nullptr ? before->m_names : names != nullptr ? std::move(names) : std::make_shared<const Names>(made->m_checkpoint);
    made->m_listed = made->m_names->listed;
    made->m_missingCount = before != nullptr   ? before->m_missingCount
        : made->m_listed == made->m_checkpoint ? 0
                                               : missingTensors(*made->m_checkpoint);
    made->m_headerReport = std::move(report);
    made->m_values = std::move(values);
    made->m_hand = before != nullptr ? before->m_hand : std::make_shared<HandEditStore>();
    auto findings = made->m_values->findings(*made->m_checkpoint, *made->m_headerReport);
    made->m_wholeReport = findings.empty() ? made->m_headerReport : withFindings(*made->m_checkpoint, *made->m_headerReport, std::move(findings));
    made->m_report = withoutRules(made->m_wholeReport, options.muted);
    made->m_paths = std::move(paths);
    made->m_options = std::move(options);
    made->prepare();
    return made;
}

void Document::prepare()
{
    m_fixable = ckptscope::fixable(*m_checkpoint, *m_report);
    const std::uint32_t count = size();
    m_marks.resize(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        m_marks[i] = missing(i) ? Mark::Missing : tensorMark(*m_checkpoint, *m_report, i);
    }
    m_missingFindings = missingFindings(*m_listed, *m_report);
    for (std::uint32_t i = 0; i < m_missingFindings.size(); ++i) {
        m_missingOf[m_missingFindings[i]].push_back(stored() + i);
    }
    for (const Mark wanted : {Mark::Violation, Mark::Damaged, Mark::Missing, Mark::Advice, Mark::Note}) {
        if (std::find(m_marks.begin(), m_marks.end(), std::optional(wanted)) == m_marks.end()) {
            continue;
        }
        for (const std::uint32_t tensor : *m_names->pathOrder) {
            if (m_marks[tensor] == wanted) {
                m_marked.push_back(tensor);
            }
        }
        return;
    }
}

FilterContext Document::filterContext() const
{
    FilterContext context;
    context.checkpoint = m_listed.get();
    context.report = m_report.get();
    context.keys = m_names->keys.get();
    context.statistic = [values = m_values](std::uint32_t tensor, Statistic statistic) { return values->get(tensor, statistic); };
    return context;
}

std::shared_ptr<const std::vector<std::uint8_t>> Document::edited() const
{
    const std::uint64_t version = m_hand->version();
    {
        const std::scoped_lock lock(m_mutex);
        if (m_edited && m_editedVersion == version) {
            return m_edited;
        }
    }
    auto made = std::make_shared<std::vector<std::uint8_t>>(size());
    FixOptions options;
    options.hand = m_hand->edits();
    if (const auto edits = proposeEdits(*m_checkpoint, *m_report, options)) {
        for (const Edit& edit : *edits) {
            (*made)[edit.tensor] = 1;
        }
    }
    for (const std::uint32_t tensor : options.hand.donor) {
        (*made)[tensor] = 1;
    }
    const std::scoped_lock lock(m_mutex);
    m_edited = made;
    m_editedVersion = version;
    return made;
}

const Finding* Document::finding(std::uint32_t tensor) const noexcept
{
    const std::uint32_t first = stored();
    const std::uint32_t at = tensor < m_report->tensors.size() ? m_report->tensors[tensor].finding
        : tensor < first                                       ? UINT32_MAX
        : tensor - first < m_missingFindings.size()            ? m_missingFindings[tensor - first]
                                                               : UINT32_MAX;
    return at < m_report->findings.size() ? &m_report->findings[at] : nullptr;
}

const Rule* Document::rule(std::uint32_t tensor) const noexcept
{
    if (tensor >= m_report->tensors.size() || !m_report->rules) {
        return nullptr;
    }
    const auto& rules = m_report->rules->rules();
    const std::uint32_t at = m_report->tensors[tensor].rule;
    return at < rules.size() ? &rules[at] : nullptr;
}

std::optional<std::uint32_t> Document::subjectOf(std::uint32_t finding) const noexcept
{
    const Finding& told = m_report->findings[finding];
    if (told.tensor || told.key.empty()) {
        return told.tensor;
    }
    const auto missing = m_missingOf.find(finding);
    return missing == m_missingOf.end() ? std::nullopt : std::optional(missing->second.front());
}

std::span<const std::uint32_t> Document::alike(std::uint32_t finding) const noexcept
{
    const Finding& told = m_report->findings[finding];
    const auto missing = told.tensor || !told.key.empty() ? m_missingOf.end() : m_missingOf.find(finding);
    return missing == m_missingOf.end() ? std::span(told.others) : std::span<const std::uint32_t>(missing->second);
}

const Finding* Document::damageOf(std::uint32_t tensor) const noexcept
{
    const Shard* shard = shardOf(tensor);
    if (shard == nullptr || mark(tensor) != Mark::Damaged) {
        return nullptr;
    }
    const Finding* own = finding(tensor);
    if (own != nullptr && own->severity == Severity::Error) {
        return own;
    }
    const auto& all = m_report->findings;
    const auto ofFile = std::find_if(all.begin(), all.end(), [&](const Finding& one) {
        return one.severity == Severity::Error && !one.tensor && one.key.empty() && one.file == shard->file;
    });
    return ofFile == all.end() ? nullptr : &*ofFile;
}

std::string_view Document::mutedRule(std::uint32_t tensor) const noexcept
{
    if (m_options.muted.empty() || tensor >= m_wholeReport->tensors.size()) {
        return {};
    }
    const TensorVerdict& verdict = m_wholeReport->tensors[tensor];
    if (verdict.finding < m_wholeReport->findings.size() && m_options.muted.contains(m_wholeReport->findings[verdict.finding].rule)) {
        return m_wholeReport->findings[verdict.finding].rule;
    }
    const auto* rules = m_wholeReport->rules ? &m_wholeReport->rules->rules() : nullptr;
    return rules != nullptr && verdict.rule < rules->size() && m_options.muted.contains((*rules)[verdict.rule].id)
        ? std::string_view((*rules)[verdict.rule].id)
        : std::string_view();
}

const Shard* Document::shardOf(std::uint32_t tensor) const noexcept
{
    const auto& shards = m_listed->shards();
    const std::uint32_t at = tensor < size() ? this->tensor(tensor).shard : UINT32_MAX;
    return at < shards.size() ? &shards[at] : nullptr;
}

std::uint64_t Document::elements(const TensorInfo& tensor) noexcept
{
    return elementCount(tensor).value_or(std::numeric_limits<std::uint64_t>::max());
}

std::shared_ptr<const Rows> Document::knownOrder(SortKey key, bool descending) const
{
    if (key == SortKey::Path && !descending) {
        return m_names->pathOrder;
    }
    const std::scoped_lock lock(m_mutex);
    for (const auto& [have, rows] : m_orders) {
        if (have == std::pair{key, descending}) {
            return rows;
        }
    }
    return nullptr;
}

std::shared_ptr<const Rows> Document::order(SortKey key, bool descending) const
{
    if (auto known = knownOrder(key, descending)) {
        return known;
    }
    auto rows = std::make_shared<const Rows>(sortedOrder(*m_listed, m_report.get(), key, descending));
    const std::scoped_lock lock(m_mutex);
    // A few are worth keeping: the last ones that the user clicked.
    constexpr std::size_t Kept = 6;
    if (m_orders.size() >= Kept) {
        m_orders.erase(m_orders.begin());
    }
    m_orders.emplace_back(std::pair{key, descending}, rows);
    return rows;
}

Rows Document::order(Statistic statistic, bool descending) const
{
    std::vector<std::optional<double>> numbers(size());
    Rows rows(size());
    for (std::uint32_t i = 0; i < size(); ++i) {
        rows[i] = i;
        numbers[i] = m_values->get(i, statistic);
        const std::uint64_t count = elements(tensor(i));
        if (statistic == Statistic::Zero && numbers[i] && count != 0) { // shown, and sorted, as a share
            *numbers[i] /= static_cast<double>(count);
        }
    }
    std::stable_sort(rows.begin(), rows.end(), [&](std::uint32_t a, std::uint32_t b) {
        if (!numbers[a] || !numbers[b]) {
            return numbers[a].has_value() && !numbers[b].has_value();
        }
        return descending ? *numbers[b] < *numbers[a] : *numbers[a] < *numbers[b];
    });
    return rows;
}

FilterHits applyFilter(const Document& document, const Filter& filter, const JobContext& job)
{
    FilterHits hits;
    if (filter.matchesAll()) {
        hits.count = document.size();
        hits.bytes = document.checkpoint().tensorBytes();
        return hits;
    }
    hits.all = false;
    FilterContext context = document.filterContext();
    const auto edited = filter.needsEdits() ? document.edited() : nullptr;
    context.edited = edited.get();
    hits.hit = filter.match(context, job);
    hits.hit.resize(document.size());
    for (std::uint32_t i = 0; i < hits.hit.size(); ++i) {
        if (hits.hit[i] != 0) {
            ++hits.count;
            hits.bytes += document.tensor(i).bytes.length;
        }
    }
    return hits;
}

Rows storedOnly(const Document& document, Rows rows)
{
    std::erase_if(rows, [&document](std::uint32_t row) { return document.missing(row); });
    return rows;
}

Rows keepHits(const Rows& order, const FilterHits& hits)
{
    if (hits.all) {
        return order;
    }
    Rows rows;
    rows.reserve(static_cast<std::size_t>(hits.count));
    for (const std::uint32_t tensor : order) {
        if (hits.hit[tensor] != 0) {
            rows.push_back(tensor);
        }
    }
    return rows;
}

RowsPtr keepHits(RowsPtr order, const FilterHits& hits)
{
    return hits.all ? std::move(order) : std::make_shared<const Rows>(keepHits(*order, hits));
}

} // namespace ckptscope::ui
