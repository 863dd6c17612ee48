// SPDX-License-Identifier: Apache-2.0
// Export Tensor: the selected tensors as a file of their own, from any readable format.
#include "core/convert/exporttensors.h"
#include "ui/jobs/jobstrip.h"
#include "ui/mainwindow.h"
#include "ui/settings.h"
#include "ui/text.h"
#include "ui/views/messagebar.h"

#include <QAction>
#include <QFileDialog>
#include <QFileInfo>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {

const QString NpyEnding = u".npy"_s;
const QString SafetensorsEnding = u".safetensors"_s;

bool hasEnding(const QString& name)
{
    return name.endsWith(NpyEnding, Qt::CaseInsensitive) || name.endsWith(SafetensorsEnding, Qt::CaseInsensitive);
}

/// The name with the ending that its filter asks for; what else it ends in is part of a key.
QString withEnding(QString name, const QString& filter)
{
    if (hasEnding(name)) {
        name.truncate(name.lastIndexOf(u'.'));
    }
    return name + (filter.contains(NpyEnding) ? NpyEnding : SafetensorsEnding);
}

} // namespace

/// The tensors of the selected rows, else of the current one.
Rows MainWindow::chosenTensors() const
{
    Rows rows = m_view->selectedTensors();
    if (rows.empty()) {
        if (const auto tensor = m_view->currentTensor()) {
            rows.push_back(*tensor);
        }
    }
    return rows;
}

void MainWindow::chooseTensorFile()
{
    if (!m_document || m_exportJob.isRunning()) {
        return;
    }
    const Rows rows = chosenTensors();
    if (rows.empty()) {
        noteNothing();
        return;
    }
    const QString safetensors = tr("Safetensors (*%1)").arg(SafetensorsEnding);
    const QString npy = tr("NumPy array (*%1)").arg(NpyEnding);
    const Checkpoint& checkpoint = m_document->checkpoint();
    QString folder = m_settings->lastFolder(u"export"_s);
    if (folder.isEmpty()) { // beside the model, not in it
        folder = QFileInfo(fromPath(checkpoint.isFolder() ? checkpoint.folder() : checkpoint.path())).absolutePath();
    }
    auto* dialog =
        new QFileDialog(this, rows.size() == 1 ? tr("Export Tensor") : tr("Export %n Tensor(s)", nullptr, static_cast<int>(rows.size())), folder);
    dialog->setObjectName(u"exportTensorDialog"_s);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setFileMode(QFileDialog::AnyFile);
    dialog->setNameFilters(rows.size() == 1 ? QStringList{safetensors, npy} : QStringList{safetensors});
    const bool asNpy = rows.size() == 1 && m_settings->value(u"export/tensor"_s).toString() == NpyEnding;
    dialog->selectNameFilter(asNpy ? npy : safetensors);
    dialog->selectFile(withEnding(fromUtf8(exportName(checkpoint, rows)), dialog->selectedNameFilter()));
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString& filter) {
        const QStringList names = dialog->selectedFiles();
        if (!names.isEmpty()) {
            dialog->selectFile(withEnding(QFileInfo(names.front()).fileName(), filter));
        }
    });
    connect(dialog, &QFileDialog::fileSelected, this, [this, dialog](const QString& chosen) {
        // the dialog asked before it gave the name of a file that is there; a longer name was not asked for
        const QString file = hasEnding(chosen) ? chosen : withEnding(chosen, dialog->selectedNameFilter());
        m_settings->setLastFolder(u"export"_s, QFileInfo(file).path());
        m_settings->setValue(u"export/tensor"_s, file.endsWith(NpyEnding, Qt::CaseInsensitive) ? NpyEnding : SafetensorsEnding);
        exportTensors(file, file == chosen);
    });
    dialog->open();
}

void MainWindow::exportTensors(const QString& file, bool replace)
{
    Rows rows = m_document ? chosenTensors() : Rows();
    if (rows.empty() || m_exportJob.isRunning()) {
        return;
    }
    m_exportJob.setCancelledText(tr("Cancelled. Nothing was written."));
    m_exportJob.start(
        tr("Writing %1").arg(shownName(QFileInfo(file).fileName(), 80)),
        [checkpoint = m_document->sharedCheckpoint(), rows = std::move(rows), path = toPath(file), replace](const JobContext& job) {
            return ckptscope::exportTensors(checkpoint, rows, path, replace, job);
        },
        [this](Result<ExportReceipt> result) {
            updateActions();
            if (!result) {
                if (result.error().code != Code::Cancelled) { // the strip says that one
                    m_messages->addError(result.error());
                }
                return;
            }
            note(tr("Saved %1: %2, %3.", "file, tensors, bytes")
                     .arg(nameOf(result->file), tensorsText(result->tensors.size()), bytesText(result->bytes)));
            for (const Error& one : result->notes) { // it is not as it was stored: that must not fade
                m_messages->add({Mark::Note, tr("Saved %1.").arg(nameOf(result->file)), wholeSentence(one), {}, {}, {}});
            }
        });
    updateActions();
}

} // namespace ckptscope::ui
