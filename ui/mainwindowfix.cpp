// SPDX-License-Identifier: Apache-2.0
// Fixing: one click where nothing needs deciding, else the dialog; then the job that writes, and its receipt.
#include "core/fix/place.h"
#include "ui/dialogs/fixdialog.h"
#include "ui/fixcommand.h"
#include "ui/fixroom.h"
#include "ui/jobs/jobstrip.h"
#include "ui/mainwindow.h"
#include "ui/settings.h"
#include "ui/text.h"
#include "ui/views/bannerwidget.h"
#include "ui/views/halflifepanel.h"
#include "ui/views/messagebar.h"
#include "ui/views/receiptpage.h"

#include <QAction>
#include <QFileInfo>
#include <QPushButton>

namespace ckptscope::ui {

std::string MainWindow::defaultOutputPath() const
{
    const Checkpoint& checkpoint = m_document->checkpoint();
    return toPath(QFileInfo(fromPath(defaultOutput(checkpoint, toPath(m_settings->preferences().outputSuffix)))).absoluteFilePath());
}

FixOptions MainWindow::fixOptions() const
{
    const Preferences& preferences = m_settings->preferences();
    FixOptions options;
    options.output = defaultOutputPath();
    options.verify = preferences.verifyAll ? VerifyChoice::Full : VerifyChoice::Edited;
    options.link = preferences.hardLinks ? LinkChoice::Hard : LinkChoice::Auto;
    options.device = toUtf8(preferences.device);
    options.hand = m_document->hand()->edits();
    options.muted.assign(m_document->options().muted.begin(), m_document->options().muted.end());
    return options;
}

void MainWindow::buildFixRoom()
{
    const auto ask = [this]() -> FixRoom::Work {
        return [document = m_document, report = m_document->sharedReport(), options = fixOptions()](const JobContext& job) {
            return checkRepair(document->checkpoint(), *report, options, job);
        };
    };
    m_fixRoom = new FixRoom(m_banner->button("fix"), ask, this);
}

void MainWindow::fix()
{
    if (!m_document || m_fixJob.isRunning() || m_openJob.isRunning()) {
        return;
    }
    if (m_settings->preferences().reviewBeforeFixing) {
        review();
        return;
    }
    m_fixJob.start(
        tr("Planning"),
        [document = m_document, options = fixOptions()](const JobContext& job) -> Result<OneClickAnswer> {
            OneClickAnswer answer = oneClickFix(document->checkpoint(), document->report(), options, job);
            if (job.stop.stop_requested()) {
                return fail(Code::Cancelled);
            }
            return answer;
        },
        [this, document = m_document, report = m_document->sharedReport()](Result<OneClickAnswer> answer) {
            updateActions();
            if (!answer) {
                if (answer.error().code != Code::Cancelled) {
                    m_messages->addError(answer.error());
                }
                return;
            }
            if (answer->plan) {
                const QString command = fromUtf8(fixCommand(document->checkpoint(), *report, *answer->plan, !document->options().muted.empty()));
                applyFix(document->sharedCheckpoint(), std::move(*answer->plan), command);
            } else {
                review(); // the dialog checks the same things and puts the open question in front
            }
        });
    updateActions();
}

void MainWindow::review()
{
    if (!m_document || m_dialog || m_fixJob.isRunning()) {
        return;
    }
    FixDialogInput input;
    input.checkpoint = m_document->sharedCheckpoint();
    input.report = m_document->sharedReport();
    input.options = fixOptions();
    input.check = m_document->options().check;
    input.muted = m_document->options().muted;
    input.suffix = toPath(m_settings->preferences().outputSuffix);
    m_dialog = new FixDialog(std::move(input), this);
    m_dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(m_dialog, &FixDialog::noted, this, &MainWindow::note);
    // of the checkpoint that was planned for, whatever another window has opened here behind the dialog
    connect(m_dialog, &QDialog::accepted, this, [this, checkpoint = m_document->sharedCheckpoint()] {
        FixPlan plan = m_dialog->plan();
        if (plan.options.donor && m_document && m_document->sharedCheckpoint() == checkpoint) {
            m_halfLife->setDonor(plan.options.donor->donor());
        }
        applyFix(checkpoint, std::move(plan), m_dialog->command());
    });
    m_dialog->open();
}

void MainWindow::applyFix(std::shared_ptr<const Checkpoint> checkpoint, FixPlan plan, const QString& command)
{
    m_fixJob.setCancelledText(tr("Cancelled. Nothing was written."));
    const DocumentPtr document = m_document && m_document->sharedCheckpoint() == checkpoint ? m_document : nullptr;
    const std::vector<Error> notes = plan.notes;
    const HandEdits hand = plan.options.hand;
    m_fixJob.start(
        tr("Writing %1").arg(nameOf(plan.output)),
        [checkpoint = std::move(checkpoint), plan = std::move(plan)](const JobContext& job) { return applyPlan(*checkpoint, plan, job); },
        [this, command, notes, document, hand](Result<Receipt> result) {
            if (result) {
                m_receiptOf = document;
                m_writtenEdits = document && m_document && m_document->sharedCheckpoint() == document->sharedCheckpoint() ? hand : m_writtenEdits;
            }
            fixed(std::move(result), notes, command);
        });
    updateActions();
}

void MainWindow::fixed(Result<Receipt> result, const std::vector<Error>& notes, const QString& command)
{
    updateActions();
    if (!result) {
        if (result.error().code != Code::Cancelled) { // the strip says that one
            m_messages->addError(result.error());
        }
        return;
    }
    m_receipt->setReceipt(*result, notes, command);
    m_receipt->setPageOffered(m_receiptOf != nullptr);
    showPage(m_receipt);
    m_receipt->setFocus();
}

} // namespace ckptscope::ui
