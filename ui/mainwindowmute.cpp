// SPDX-License-Identifier: Apache-2.0
// What is not there, and what is not to be told. Rules that the user does not want to hear of: muted for the checkpoint that is open, in this window, and nowhere
// else.
#include "ui/jobs/jobstrip.h"
#include "ui/mainwindow.h"
#include "ui/text.h"
#include "ui/views/mutedline.h"

namespace ckptscope::ui {

void MainWindow::mute(const std::string& rule)
{
    if (!m_document || m_openJob.isRunning() || !canMute(m_document->report(), rule)) {
        return;
    }
    MutedRules muted = m_document->options().muted;
    muted.insert(rule);
    setMuted(std::move(muted));
}

void MainWindow::setMuted(MutedRules muted)
{
    if (!m_document || m_openJob.isRunning() || muted == m_document->options().muted) {
        return;
    }
    m_valuesJob.abandon(); // what it makes is of the findings before
    m_openJob.start(
        tr("Checking"),
        [document = m_document, muted = std::move(muted)](const JobContext&) -> Result<DocumentPtr> { return document->withMuted(muted); },
        [this](Result<DocumentPtr> result) { opened(std::move(result), Opening::Rejudge); });
    updateActions();
}

/// Why there is nothing to work on.
void MainWindow::noteNothing()
{
    note(m_view->currentRow() && !m_view->currentTensor() ? tr("What is selected is missing: no file holds its values.")
                                                          : tr("Nothing is selected."));
}

void MainWindow::updateMuted()
{
    m_muted->setMuted(m_document ? m_document->options().muted : MutedRules());
}

} // namespace ckptscope::ui
