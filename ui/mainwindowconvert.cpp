// SPDX-License-Identifier: Apache-2.0
// Save as safetensors: the dialog, the job that writes, and its receipt.
#include "core/convert/convert.h"
#include "ui/dialogs/convertdialog.h"
#include "ui/jobs/jobstrip.h"
#include "ui/mainwindow.h"
#include "ui/settings.h"
#include "ui/text.h"
#include "ui/views/messagebar.h"
#include "ui/views/receiptpage.h"

#include <QAction>

namespace ckptscope::ui {

void MainWindow::saveAsSafetensors()
{
    if (!m_document || m_convertDialog || m_fixJob.isRunning() || m_openJob.isRunning()) {
        return;
    }
    ConvertDialogInput input;
    input.checkpoint = m_document->sharedCheckpoint();
    input.check = m_document->options().check;
    input.hand = m_document->hand()->edits();
    input.muted.assign(m_document->options().muted.begin(), m_document->options().muted.end());
    input.output = defaultConvertOutput(m_document->checkpoint());
    input.shardSize = m_settings->value(QStringLiteral("convert/shardSize")).toString();
    input.device = toUtf8(m_settings->preferences().device);
    m_convertDialog = new ConvertDialog(std::move(input), this);
    m_convertDialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(m_convertDialog, &ConvertDialog::noted, this, &MainWindow::note);
    connect(m_convertDialog, &QDialog::accepted, this, [this, checkpoint = m_document->sharedCheckpoint()] {
        m_settings->setValue(QStringLiteral("convert/shardSize"), m_convertDialog->shardSize());
        convert(checkpoint, m_convertDialog->plan(), m_convertDialog->command());
    });
    m_convertDialog->open();
}

void MainWindow::convert(const std::shared_ptr<const Checkpoint>& checkpoint, std::shared_ptr<const ConvertPlan> plan, const QString& command)
{
    m_fixJob.setCancelledText(tr("Cancelled. Nothing was written."));
    m_fixJob.start(
        tr("Writing %1").arg(nameOf(plan->output)), [checkpoint, plan](const JobContext& job) { return applyConvert(checkpoint, *plan, job); },
        [this, plan, command, document = m_document && m_document->sharedCheckpoint() == checkpoint ? m_document : nullptr](Result<Receipt> result) {
            updateActions();
            if (!result) {
                if (result.error().code != Code::Cancelled) { // the strip says that one
                    m_messages->addError(result.error());
                }
                return;
            }
            m_receiptOf = document;
            m_receipt->setConverted(*plan, *result, command);
            m_receipt->setPageOffered(document != nullptr);
            showPage(m_receipt);
            m_receipt->setFocus();
        });
    updateActions();
}

} // namespace ckptscope::ui
