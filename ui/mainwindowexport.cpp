// SPDX-License-Identifier: Apache-2.0
// Export: the findings as a page or for programs, the tensors in sight as a table.
#include "core/report/html.h"
#include "core/report/json.h"
#include "core/report/sarif.h"
#include "core/report/text.h"
#include "ui/copyas.h"
#include "ui/dialogs/savedialog.h"
#include "ui/mainwindow.h"
#include "ui/settings.h"
#include "ui/text.h"
#include "ui/views/messagebar.h"

#include <QAction>
#include <QFileInfo>
#include <QPointer>
#include <QSaveFile>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {

/// Writes a file in one piece or not at all; what went wrong is in the file's own words.
template<class Fill>
Result<QString> saved(const QString& file, const JobContext& job, Fill fill)
{
    QSaveFile out(file);
    if (out.open(QIODevice::WriteOnly)) {
        bool good = true;
        fill([&out, &good, &job](std::string_view text) {
            good = good && !job.stop.stop_requested() && out.write(text.data(), static_cast<qint64>(text.size())) == static_cast<qint64>(text.size());
        });
        if (job.stop.stop_requested()) {
            out.cancelWriting();
            return fail(Code::Cancelled);
        }
        if (good && out.commit()) {
            return file;
        }
    }
    return inFile(fail(Code::FileWrite, {toUtf8(out.errorString())}), toPath(file));
}

QString nextTo(const Checkpoint& checkpoint, const QString& folder, const QString& ending)
{
    const QString name = QFileInfo(fromPath(checkpoint.path())).completeBaseName();
    return (folder.isEmpty() ? QFileInfo(fromPath(checkpoint.folder())).path() : folder) + u'/' + name + ending;
}

/// The findings as a page with plots, of what rules speak of also the statistics that scans have found so far.
void writePage(const Document& document, const JobContext& job, const std::optional<Receipt>& receipt, const report::Write& write,
               const NumberStyle& numbers)
{
    const Checkpoint& checkpoint = document.checkpoint();
    auto extras = report::readHtmlExtras(document.sharedCheckpoint(), job);
    if (!extras) {
        return; // cancelled: the file is not kept
    }
    extras->receipt = receipt;
    const CheckReport& whole = document.wholeReport();
    for (const std::uint32_t tensor : *document.order(SortKey::Path, false)) {
        if (tensor >= checkpoint.tensors().size()) {
            continue; // missing
        }
        auto known = document.values()->statistics(tensor);
        if (!known) {
            continue;
        }
        const bool told = tensor < whole.tensors.size() && (whole.tensors[tensor].judged || whole.tensors[tensor].finding != UINT32_MAX);
        if (told && extras->statistics.size() < report::HtmlStatistics) {
            extras->statistics.push_back({tensor, std::move(known), {}, {}});
        } else {
            ++extras->moreStatistics;
        }
    }
    report::writeCheckHtml(document.sharedCheckpoint(), whole, document.missingCount() == 0 ? document.roles() : findRoles(checkpoint), write,
                           numbers, *extras);
}

} // namespace

void MainWindow::chooseReport()
{
    if (!m_document) {
        return;
    }
    const QPointer<MainWindow> self(this);
    const QString file = chooseSaveFile(
        this, tr("Export Report"), nextTo(m_document->checkpoint(), m_settings->lastFolder(u"export"_s), u"-report.html"_s),
        {tr("Web page (*.html)"), tr("JSON (*.json)"), tr("SARIF (*.sarif)"), tr("Markdown (*.md)"), tr("CSV (*.csv)"), tr("Text (*.txt)")});
    if (self && !file.isEmpty()) {
        m_settings->setLastFolder(u"export"_s, QFileInfo(file).path());
        exportReport(file);
    }
}

void MainWindow::chooseTable()
{
    if (!m_document) {
        return;
    }
    const QPointer<MainWindow> self(this);
    const QString file =
        chooseSaveFile(this, tr("Export Table"), nextTo(m_document->checkpoint(), m_settings->lastFolder(u"export"_s), u"-tensors.csv"_s),
                       {tr("CSV (*.csv)"), tr("JSON (*.json)"), tr("Markdown (*.md)")});
    if (self && !file.isEmpty()) {
        m_settings->setLastFolder(u"export"_s, QFileInfo(file).path());
        exportTable(file);
    }
}

void MainWindow::exportReport(const QString& file)
{
    if (!m_document || m_exportJob.isRunning()) {
        return;
    }
    m_exportJob.setCancelledText(tr("Cancelled. Nothing was written."));
    m_exportJob.start(
        tr("Exporting"),
        [document = m_document, file, numbers = numberStyle()](const JobContext& job) {
            return saved(file, job, [&](const report::Write& write) {
                const Checkpoint& checkpoint = document->checkpoint();
                const QString name = file.toLower();
                if (name.endsWith(u".json"_s)) {
                    report::writeCheckJson(checkpoint, document->wholeReport(), write);
                } else if (name.endsWith(u".sarif"_s)) {
                    report::writeSarif(checkpoint, document->wholeReport(), write);
                } else if (name.endsWith(u".txt"_s)) {
                    report::writeCheckText(checkpoint, document->wholeReport(), {}, write);
                } else if (name.endsWith(u".md"_s) || name.endsWith(u".csv"_s)) {
                    write(toUtf8(findingsText(*document, name.endsWith(u".md"_s) ? CopyFormat::Markdown : CopyFormat::Csv)));
                } else {
                    writePage(*document, job, {}, write, numbers);
                }
            });
        },
        [this](Result<QString> result) { exported(std::move(result)); });
    updateActions();
}

/// What was done and what was wrong before, as one page.
void MainWindow::exportReceipt(const QString& file, const Receipt& receipt)
{
    if (!m_receiptOf || m_exportJob.isRunning()) {
        return;
    }
    m_exportJob.setCancelledText(tr("Cancelled. Nothing was written."));
    m_exportJob.start(
        tr("Exporting"),
        [document = m_receiptOf, receipt, file, numbers = numberStyle()](const JobContext& job) {
            return saved(file, job, [&](const report::Write& write) { writePage(*document, job, receipt, write, numbers); });
        },
        [this](Result<QString> result) { exported(std::move(result)); });
    updateActions();
}

/// All tensors that the filter leaves, in path order, with the columns of the view.
void MainWindow::exportTable(const QString& file)
{
    if (!m_document || m_exportJob.isRunning()) {
        return;
    }
    const QString name = file.toLower();
    const CopyFormat format = name.endsWith(u".json"_s) ? CopyFormat::Json : name.endsWith(u".md"_s) ? CopyFormat::Markdown : CopyFormat::Csv;
    m_exportJob.setCancelledText(tr("Cancelled. Nothing was written."));
    m_exportJob.start(
        tr("Exporting"),
        [document = m_document, hits = m_hits, columns = m_view->visibleColumns(), format, file](const JobContext& job) {
            const Rows rows = keepHits(*document->order(SortKey::Path, false), hits);
            QString text = copyText(*document, rows, columns, format);
            if (!text.endsWith(u'\n')) {
                text += u'\n';
            }
            return saved(file, job, [&text](const report::Write& write) { write(toUtf8(text)); });
        },
        [this](Result<QString> result) { exported(std::move(result)); });
    updateActions();
}

void MainWindow::exported(Result<QString> result)
{
    updateActions();
    if (result) {
        note(tr("Saved %1.").arg(shownName(QFileInfo(*result).fileName())));
    } else if (result.error().code != Code::Cancelled) {
        m_messages->addError(result.error());
    }
}

} // namespace ckptscope::ui
