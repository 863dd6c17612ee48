// SPDX-License-Identifier: Apache-2.0
// Scanning values: a job whose results fill columns, filters and findings while it runs.
#include "core/values/covered.h"
#include "ui/jobs/jobstrip.h"
#include "ui/mainwindow.h"
#include "ui/settings.h"
#include "ui/text.h"
#include "ui/views/detailspanel.h"
#include "ui/views/dtypebar.h"
#include "ui/views/filterbar.h"
#include "ui/views/findingspanel.h"
#include "ui/views/messagebar.h"
#include "ui/views/metadatapanel.h"
#include "ui/views/shardspanel.h"

#include <algorithm>
#include <numeric>

namespace ckptscope::ui {

void MainWindow::scanAll()
{
    if (m_document) {
        std::vector<std::uint32_t> all(m_document->stored());
        std::iota(all.begin(), all.end(), 0U);
        scan(std::move(all));
    }
}

void MainWindow::scan(std::vector<std::uint32_t> tensors)
{
    if (!m_document || m_scanJob.isRunning() || m_openJob.isRunning()) {
        return;
    }
    if (tensors.empty()) {
        noteNothing();
        return;
    }
    m_valuesJob.abandon();
    m_view->showScanColumns();
    m_scanTimer.start();
    m_scanJob.setCancelledText(tr("Cancelled. What was scanned so far is kept."));
    m_scanJob.start(
        tr("Scanning values"),
        [document = m_document, tensors = std::move(tensors)](const JobContext& job) {
            return scanValues(
                document->sharedCheckpoint(), tensors, &document->report(),
                [values = document->values()](const TensorValues& one) { values->put(one); }, job);
        },
        [this](Result<ValueScanSummary> result) { scanned(std::move(result)); });
    applyFilterText(m_filterBar->text());
    updateActions();
}

/// What the preferences ask for when a checkpoint was opened: only what rules speak of, and not much of it.
void MainWindow::scanOpened()
{
    constexpr std::uint64_t Most = 64ULL << 20U;
    if (m_document && m_settings->preferences().scanOnOpen) {
        auto covered = coveredTensors(m_document->checkpoint(), m_document->report(), Most);
        if (!covered.empty()) {
            scan(std::move(covered));
        }
    }
}

/// While a scan runs: what is in sight, a filter that asks for values, and findings follow it.
void MainWindow::scanTick()
{
    if (!m_document) {
        m_scanTimer.stop();
        return;
    }
    const ValueStore& values = *m_document->values();
    if (values.scanned() == m_shownScanned) {
        return;
    }
    m_shownScanned = values.scanned();
    m_view->valuesChanged();
    m_details->valuesChanged();
    if (values.found() != m_shownFound) {
        takeValues(m_document);
    } else {
        const QByteArray text = m_filterBar->text().toUtf8();
        const auto parsed = Filter::parse(std::string_view(text.constData(), static_cast<std::size_t>(text.size())));
        const auto* filter = std::get_if<Filter>(&parsed);
        if (filter != nullptr && !filter->needsScan().empty()) {
            applyFilterText(m_filterBar->text());
        }
    }
}

void MainWindow::scanned(Result<ValueScanSummary> result)
{
    m_scanTimer.stop();
    if (!m_document) {
        return;
    }
    m_shownScanned = m_document->values()->scanned();
    m_view->valuesChanged();
    m_details->valuesChanged();
    m_valuesJob.abandon();
    if (result) {
        const auto copies = std::find_if(result->findings.begin(), result->findings.end(),
                                         [](const Finding& finding) { return finding.what && finding.what->code == Code::ValuesDuplicate; });
        const bool all = result->tensors >= m_document->stored(); // a part may hold copies, but not deny that there are
        if (copies != result->findings.end() || all) {
            m_document->values()->putDuplicates(copies == result->findings.end() ? std::nullopt : std::optional(*copies));
        }
    }
    takeValues(m_document);
    if (!result) {
        if (result.error().code != Code::Cancelled) {
            m_messages->addError(result.error());
        }
    } else if (result->unreadable != 0) {
        const auto error = m_document->values()->firstError();
        m_messages->add(
            {error && error->code != Code::ValuesUnreadable ? Mark::Damaged : Mark::Note,
             tr("The values of %n tensor(s) could not be read.", nullptr, static_cast<int>(std::min<std::uint64_t>(result->unreadable, 1'000'000))),
             error ? errorTitle(*error) : QString(),
             error ? errorDetails(*error) : QString(),
             {},
             {}});
    } else {
        note(tr("Scanned %1, %2.").arg(tensorsText(result->tensors), bytesText(result->bytes)));
    }
    updateActions();
}

/// Judges with what was found so far, off this thread, and shows it without moving the user.
void MainWindow::takeValues(const DocumentPtr& document)
{
    if (m_valuesJob.isRunning() || m_openJob.isRunning()) {
        return;
    }
    const std::uint64_t found = document->values()->found();
    m_valuesJob.start(
        {}, [document](const JobContext&) -> Result<DocumentPtr> { return document->withValues(); },
        [this, document, found](Result<DocumentPtr> next) {
            if (!next || m_document != document) {
                return; // judged anew or replaced meanwhile
            }
            m_shownFound = found;
            m_document = *std::move(next);
            m_filterBar->setDocument(m_document);
            m_dtypes->setDocument(m_document.get());
            m_findings->setDocument(m_document);
            m_shards->setDocument(m_document);
            m_metadata->setDocument(m_document);
            updateBanner();
            m_view->setDocument(m_document, true);
            applyFilterText(m_filterBar->text());
            updateDetails();
            updateTitle();
            updateActions();
        });
}

} // namespace ckptscope::ui
