// SPDX-License-Identifier: Apache-2.0
// Comparing what is open with a second checkpoint, in a window of its own, and what comes back from there.
#include "ui/comparewindow.h"
#include "ui/dialogs/convertdialog.h"
#include "ui/dialogs/donorfield.h"
#include "ui/dialogs/fixdialog.h"
#include "ui/mainwindow.h"
#include "ui/settings.h"
#include "ui/text.h"
#include "ui/views/halflifepanel.h"

#include <QFileDialog>
#include <QFileInfo>

namespace ckptscope::ui {

CompareWindow* MainWindow::compare(std::vector<std::string> a, std::vector<std::string> b)
{
    for (auto* paths : {&a, &b}) {
        for (std::string& path : *paths) {
            path = toPath(QFileInfo(fromPath(path)).absoluteFilePath());
        }
    }
    OpenOptions options;
    options.followOutside = m_followOutside;
    auto* window = new CompareWindow(options, this);
    window->setWindowFlag(Qt::Window);
    connect(window, &CompareWindow::donorWanted, this, &MainWindow::useDonor);
    for (const char* shared : {"file.quit", "help.keys"}) { // their shortcuts hold there, too
        window->addAction(action(QLatin1String(shared)));
    }
    CompareWindow::Side ours{std::move(a), nullptr};
    if (m_document && m_document->paths() == ours.paths && !m_changedOnDisk) {
        ours.checkpoint = m_document->sharedCheckpoint();
    }
    window->show();
    window->compare(std::move(ours), {std::move(b), nullptr});
    m_compareWindow = window;
    return window;
}

CompareWindow* MainWindow::compareWindow() const noexcept
{
    return m_compareWindow;
}

void MainWindow::compareWith(bool folder)
{
    if (!m_document) {
        return;
    }
    const QString last = m_settings->lastFolder(QStringLiteral("open"));
    const QString file = folder
        ? QFileDialog::getExistingDirectory(this, tr("Compare With"), last)
        : QFileDialog::getOpenFileName(this, tr("Compare With"), last,
                                       tr("Checkpoints (*.safetensors *.gguf *.pt *.pth *.bin *.ckpt *.npz *.npy *.json *.metadata);;All Files (*)"));
    if (!file.isEmpty()) {
        m_settings->setLastFolder(QStringLiteral("open"), QFileInfo(file).path());
        compare(m_document->paths(), {toPath(file)});
    }
}

/// Opens the fix dialog for `ours` with this donor in its field.
void MainWindow::useDonor(const std::vector<std::string>& ours, const std::string& donor)
{
    const auto go = [this, donor] {
        m_halfLife->openDonor(donor);
        review();
        if (auto* field = m_dialog ? m_dialog->findChild<DonorField*>() : nullptr) {
            field->take(fromPath(donor));
        } else {
            note(tr("Nothing here asks for a repair."));
        }
    };
    raise();
    activateWindow();
    if (m_document && m_document->paths() == ours) {
        go();
        return;
    }
    if (m_dialog || m_convertDialog) { // its answer is about what is open
        note(tr("Close the open dialog first."));
        return;
    }
    auto* once = new QObject(this); // goes with the first answer: another checkpoint opened later has nothing to do with this donor
    connect(
        this, &MainWindow::documentChanged, once,
        [once, go] {
            once->deleteLater();
            go();
        },
        Qt::SingleShotConnection);
    connect(this, &MainWindow::openFailed, once, &QObject::deleteLater);
    open(ours);
    if (!m_openJob.isRunning()) { // it was refused
        delete once;
    }
}

} // namespace ckptscope::ui
