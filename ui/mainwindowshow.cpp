// SPDX-License-Identifier: Apache-2.0
// What the window says of the document: banner, facts, title, details; filter, selection and copies.
#include "core/report/messages.h"
#include "ui/fixroom.h"
#include "ui/jobs/jobstrip.h"
#include "ui/mainwindow.h"
#include "ui/models/marks.h"
#include "ui/models/rolesmodel.h"
#include "ui/settings.h"
#include "ui/text.h"
#include "ui/views/bannerwidget.h"
#include "ui/views/detailspanel.h"
#include "ui/views/elidedlabel.h"
#include "ui/views/filterbar.h"
#include "ui/views/filteredit.h"
#include "ui/views/findingspanel.h"
#include "ui/views/messagebar.h"
#include "ui/views/metadatapanel.h"
#include "ui/views/selectionstats.h"
#include "ui/views/shardspanel.h"
#include "ui/views/tensorpanel.h"
#include "ui/views/valuespanel.h"

#include <QAction>
#include <QClipboard>
#include <QDockWidget>
#include <QFile>
#include <QGuiApplication>
#include <QPushButton>
#include <QTreeView>

#include <algorithm>

namespace ckptscope::ui {

void MainWindow::updateBanner()
{
    const CheckReport& report = m_document->report();
    const VerdictText text = verdictText(m_document->checkpoint(), report, numberStyle(), translated);
    m_banner->setVerdict(markOf(report.verdict), fromUtf8(text.title), fromUtf8(text.detail));
    m_banner->setProfile(tr("Profile: %1").arg(fromUtf8(report.profile)));
    const std::uint64_t advice = report.count(Severity::Advice);
    const bool advises = report.verdict == Verdict::Violations || report.verdict == Verdict::NoContract;
    m_banner->setExtra(advice != 0 && advises ? markCount(Mark::Advice, advice) : QString(), tr("Show the tensors with advice"));

    const Fixable& facts = m_document->fixable();
    QList<const char*> buttons;
    if (report.verdict == Verdict::NoContract) {
        buttons << "rules";
    } else if (report.verdict != Verdict::Clean) {
        buttons << "show";
    }
    if (facts.wantsReview()) {
        buttons << "review";
    }
    if (facts.violations != 0) {
        buttons << "fix";
    }
    m_banner->setButtons(buttons, facts.canFix() ? "fix" : facts.canReview() && facts.wantsReview() ? "review" : "");
    const QString output = shownName(defaultOutputPath(), 120);
    QString tip = facts.to != DType::Unknown
        ? tr("Writes %1 as %2 into %3. The source is not touched.").arg(tensorsText(facts.violations), fromUtf8(dtypeName(facts.to)), output)
        : tr("Writes %1 anew into %2. The source is not touched.").arg(tensorsText(facts.violations), output);
    if (!facts.whole) {
        tip = tr("The checkpoint is damaged: a whole one cannot be written from it.");
    }
    QAction* fixAction = action(QStringLiteral("file.fix"));
    fixAction->setToolTip(forToolTip(tip));
    m_fixRoom->setTip(tip, facts.canFix());
    m_banner->button("review")->setToolTip(forToolTip(tr("Choose edits, output and device first (%1)").arg(QStringLiteral("Ctrl+Shift+S"))));
    m_banner->button("show")->setToolTip(forToolTip(tr("Filter to what the verdict speaks of and select the first (F8: next)")));
    m_banner->button("rules")->setToolTip(forToolTip(tr("Which rules there are, and for which models")));
    m_banner->show();
}

void MainWindow::updateFacts()
{
    const Checkpoint& checkpoint = m_document->checkpoint();
    const std::uint64_t shards = checkpoint.shards().size();
    QStringList facts;
    facts << shownName(checkpoint.format(), 40);
    facts << (shards == 1 ? tr("1 file") : tr("%1 shards").arg(grouped(shards)));
    facts << tensorsText(m_document->stored());
    if (const std::uint64_t missing = m_document->missingCount(); missing != 0) {
        const std::uint64_t shown = m_document->size() - m_document->stored();
        facts << (shown == missing ? tr("%1 missing").arg(grouped(missing))
                                   : tr("%1 missing, the first %2 are listed").arg(grouped(missing), grouped(shown)));
    }
    facts << tr("%1 parameters").arg(shortCount(checkpoint.parameters()));
    facts << bytesText(checkpoint.tensorBytes());
    if (!m_document->report().architecture.names.empty()) {
        facts.prepend(shownName(m_document->report().architecture.names.front(), 80));
    }
    m_facts->setFullText(facts.join(QStringLiteral(" \u00b7 ")));
}

void MainWindow::updateTitle()
{
    QString title = QStringLiteral("ckptscope");
    if (m_document) {
        const std::string& path = m_document->paths().empty() ? m_document->checkpoint().path() : m_document->paths().front();
        title = QStringLiteral("%1 \u2014 %2 \u2014 ckptscope").arg(nameOf(path), verdictWord(m_document->report()));
    }
    if (m_strip->percent() >= 0) {
        title.prepend(QStringLiteral("%1\u00a0% ").arg(m_strip->percent()));
    }
    setWindowTitle(forWindowTitle(title));
}

void MainWindow::updateDetails()
{
    if (!m_document) {
        m_details->clear();
        updateActions();
        return;
    }
    Rows rows = m_view->selectedRows();
    if (rows.empty()) {
        if (const auto tensor = m_view->currentRow()) {
            rows.push_back(*tensor);
        }
    }
    if (rows.size() == 1) {
        m_findings->showTensor(rows.front());
        m_shards->showTensor(rows.front());
    }
    const Rows stored = storedOnly(*m_document, rows);
    for (TensorPanel* panel : std::as_const(m_plots)) {
        panel->setTensors(stored, stored.empty() && !rows.empty());
    }
    m_details->show(m_document, std::move(rows));
    updateActions();
}

void MainWindow::applyFilterText(const QString& text)
{
    if (!m_document) {
        return;
    }
    const QByteArray utf8 = text.toUtf8();
    auto parsed = Filter::parse(std::string_view(utf8.constData(), static_cast<std::size_t>(utf8.size())));
    if (const auto* error = std::get_if<FilterError>(&parsed)) {
        m_filterBar->setMistake(*error); // the last good rows stay, or come back: half a field's name matches no key
        if (!m_hits.all && m_hits.count == 0) {
            filterDone(text, m_goodHits);
        }
        return;
    }
    m_filterBar->clearMistake();
    m_filterJob.abandon(); // what an older expression finds is no longer asked for
    const std::string_view scanWord = std::get<Filter>(parsed).needsScan();
    if (!scanWord.empty() && (m_scanJob.isRunning() || m_document->values()->scanned() < m_document->stored())) {
        m_filterBar->setNeedsScan(fromUtf8(scanWord), m_scanJob.isRunning());
    } else if (const std::string_view comparison = std::get<Filter>(parsed).needsComparison(); !comparison.empty()) {
        m_filterBar->setNeedsComparison(fromUtf8(comparison));
    }
    auto filter = std::make_shared<const Filter>(std::get<Filter>(std::move(parsed)));
    m_filterAsksEdits = filter->needsEdits();
    if (m_document->size() <= DirectRows) {
        filterDone(text, applyFilter(*m_document, *filter));
        return;
    }
    m_filterJob.start(
        tr("Filtering"),
        [document = m_document, filter](const JobContext& job) -> Result<FilterHits> {
            FilterHits hits = applyFilter(*document, *filter, job);
            if (job.stop.stop_requested()) {
                return fail(Code::Cancelled);
            }
            return hits;
        },
        [this, text](Result<FilterHits> hits) {
            if (hits) {
                filterDone(text, *std::move(hits));
            }
        });
}

void MainWindow::filterDone(const QString&, FilterHits hits)
{
    m_filterBar->setCounts(hits, m_document->stored(), m_document->size() - m_document->stored());
    m_hits = hits;
    if (hits.all || hits.count != 0) {
        m_goodHits = hits;
    }
    m_view->setHits(std::move(hits));
    updateActions();
}

/// What the verdict speaks of: filters to it, and selects the first.
void MainWindow::showThem()
{
    if (!m_document) {
        return;
    }
    const CheckReport& report = m_document->report();
    const auto& marked = m_document->marked();
    const auto first = marked.empty() ? std::nullopt : m_document->mark(marked.front());
    if (report.verdict == Verdict::Damaged || report.verdict == Verdict::Dangerous || marked.empty()) {
        QDockWidget* findings = dock(QStringLiteral("findings"));
        findings->show();
        findings->raise();
        m_findings->view()->setFocus();
        if (m_findings->view()->model()->rowCount() != 0) {
            m_findings->view()->setCurrentIndex(m_findings->view()->model()->index(0, 0));
        }
        return;
    }
    showPageOfTensors();
    m_filterBar->setText(first == Mark::Violation    ? QStringLiteral("violation")
                             : first == Mark::Advice ? QStringLiteral("advice")
                                                     : QStringLiteral("note"));
    if (m_view->mode() == TensorView::Mode::Roles) {
        m_view->setMode(TensorView::Mode::Flat);
    }
    goTo(marked.front());
    m_view->view()->setFocus();
}

/// F8: the next tensor that the verdict speaks of, round and round.
void MainWindow::step(int direction)
{
    if (!m_document || m_document->marked().empty()) {
        note(tr("There is no violation to go to."));
        return;
    }
    showPageOfTensors();
    if (m_view->mode() == TensorView::Mode::Roles) {
        m_view->setMode(TensorView::Mode::Tree);
    }
    const Rows& marked = m_document->marked();
    const auto current = m_view->currentRow();
    auto size = static_cast<std::ptrdiff_t>(marked.size());
    std::ptrdiff_t at = direction > 0 ? 0 : size - 1;
    if (current) {
        const auto found = std::find(marked.begin(), marked.end(), *current);
        if (found != marked.end()) {
            at = ((found - marked.begin()) + direction + size) % size;
        } else {
            // from where the cursor is, in path order
            const auto order = m_document->order(SortKey::Path, false);
            const auto here = std::find(order->begin(), order->end(), *current) - order->begin();
            std::ptrdiff_t next = 0;
            while (next < size && std::find(order->begin(), order->begin() + here, marked[static_cast<std::size_t>(next)]) != order->begin() + here) {
                ++next;
            }
            at = direction > 0 ? next % size : (next - 1 + size) % size;
        }
    }
    goTo(marked[static_cast<std::size_t>(at)]);
}

void MainWindow::showPageOfTensors()
{
    if (onReceipt()) {
        showPage(m_view);
    }
}

void MainWindow::goTo(std::uint32_t tensor)
{
    if (!m_document || tensor >= m_document->size()) {
        return;
    }
    if (!m_view->select(tensor)) {
        m_filterBar->setText({}); // the filter hides it, and going there was asked for
        m_view->select(tensor);
    }
}

void MainWindow::copyAs(CopyFormat format)
{
    if (!m_document) {
        return;
    }
    Rows rows = m_view->selectedRows();
    if (rows.empty()) {
        if (const auto tensor = m_view->currentRow()) {
            rows.push_back(*tensor);
        }
    }
    if (rows.empty()) {
        note(tr("Nothing is selected."));
        return;
    }
    const std::size_t count = rows.size();
    const auto done = [this, count](const QString& text) {
        QGuiApplication::clipboard()->setText(text);
        note(tr("Copied %n tensor(s).", nullptr, static_cast<int>(count)));
    };
    const QList<int> columns = m_view->visibleColumns();
    if (count <= DirectCopy) {
        done(copyText(*m_document, rows, columns, format));
        return;
    }
    m_copyJob.start(
        tr("Copying"),
        [document = m_document, rows = std::move(rows), columns, format](const JobContext&) -> Result<QString> {
            return copyText(*document, rows, columns, format);
        },
        [done](Result<QString> text) {
            if (text) {
                done(*text);
            }
        });
}

/// Ctrl+C copies from the list that has the focus: tensors as a table, findings, shards and metadata as they are shown.
void MainWindow::copyFocused()
{
    const auto* list = qobject_cast<QAbstractItemView*>(focusWidget());
    if (list == nullptr || list == m_view->view() || list->selectionModel() == nullptr) {
        copyAs(CopyFormat::Table);
        return;
    }
    if (auto* statistics = qobject_cast<SelectionStats*>(list->parentWidget())) {
        statistics->copy();
        return;
    }
    if (auto* values = qobject_cast<ValuesPanel*>(list->parentWidget())) {
        values->copy();
        return;
    }
    if (auto* metadata = qobject_cast<MetadataPanel*>(list->parentWidget())) {
        metadata->copy();
        return;
    }
    QStringList lines;
    for (const QModelIndex& row : list->selectionModel()->selectedRows()) {
        QStringList cells;
        for (int column = 0; column < list->model()->columnCount(row.parent()); ++column) {
            cells << row.siblingAtColumn(column).data().toString();
        }
        lines << cells.join(QLatin1Char('\t'));
    }
    if (!lines.isEmpty()) {
        QGuiApplication::clipboard()->setText(lines.join(QLatin1Char('\n')));
        note(tr("Copied %n line(s).", nullptr, static_cast<int>(lines.size())));
    }
}

void MainWindow::filterBy(const QString& what, bool exclude)
{
    const auto tensor = m_view->currentRow();
    if (!m_document) {
        return;
    }
    QString term;
    if (what == QLatin1String("prefix")) {
        const QString prefix = m_view->currentPrefix();
        term = prefix.isEmpty() ? QString() : quotedGlob(prefix);
    } else if (tensor) {
        const TensorInfo& info = m_document->tensor(*tensor);
        const bool missing = m_document->missing(*tensor);
        if (missing && (what == QLatin1String("dtype") || what == QLatin1String("shape"))) {
            return; // nobody knows them
        }
        if (what == QLatin1String("dtype")) {
            term = QStringLiteral("dtype:%1").arg(fromUtf8(info.dtypeText()));
        } else if (what == QLatin1String("rule")) {
            const Rule* rule = m_document->rule(*tensor);
            const Finding* finding = m_document->finding(*tensor);
            term = rule != nullptr   ? QStringLiteral("rule:%1").arg(fromUtf8(rule->id))
                : finding != nullptr ? QStringLiteral("rule:%1").arg(fromUtf8(finding->rule))
                                     : QString();
        } else if (what == QLatin1String("shape")) {
            QStringList dims;
            for (const std::uint64_t dim : info.shape) {
                dims << QString::number(dim);
            }
            term = dims.isEmpty() ? QStringLiteral("is:scalar") : QStringLiteral("shape:%1").arg(dims.join(QLatin1Char('x')));
        } else if (what == QLatin1String("shard")) {
            const Shard* shard = m_document->shardOf(*tensor);
            term = shard != nullptr ? QLatin1String("shard:") + quotedKey(shard->file) : QString();
        } else if (what == QLatin1String("key")) {
            term = quotedKey(info.key);
        }
    }
    if (!term.isEmpty()) {
        m_filterBar->addTerm(exclude ? QLatin1Char('-') + term : term);
    }
}

} // namespace ckptscope::ui
