// SPDX-License-Identifier: Apache-2.0
#include "ui/dialogs/savedialog.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QPointer>

namespace ckptscope::ui {

namespace {

/// ".svg" of "SVG (*.svg)".
QString endingOf(const QString& kind)
{
    const auto star = kind.lastIndexOf(QLatin1String("(*."));
    const auto end = kind.indexOf(QLatin1Char(')'), star);
    return star < 0 || end < 0 ? QString() : kind.mid(star + 2, end - star - 2);
}

} // namespace

QString withEnding(const QString& file, const QString& kind, const QStringList& endings)
{
    const QString wanted = endingOf(kind);
    if (wanted.isEmpty()) {
        return file;
    }
    for (const QString& ending : endings) {
        if (file.endsWith(ending, Qt::CaseInsensitive)) {
            return file.chopped(ending.size()) + wanted;
        }
    }
    return file + wanted;
}

QString chooseSaveFile(QWidget* parent, const QString& title, const QString& suggested, const QStringList& kinds)
{
    QStringList endings;
    for (const QString& kind : kinds) {
        endings << endingOf(kind);
    }
    const QFileInfo place(suggested);
    const QPointer<QFileDialog> dialog = new QFileDialog(parent, title, place.path());
    dialog->setObjectName(QStringLiteral("saveDialog"));
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setFileMode(QFileDialog::AnyFile);
    dialog->setNameFilters(kinds);
    for (const QString& kind : kinds) {
        if (suggested.endsWith(endingOf(kind), Qt::CaseInsensitive)) {
            dialog->selectNameFilter(kind);
        }
    }
    dialog->setDefaultSuffix(endingOf(dialog->selectedNameFilter()).mid(1));
    dialog->selectFile(place.fileName());
    QObject::connect(dialog, &QFileDialog::filterSelected, dialog, [dialog, endings](const QString& kind) {
        dialog->setDefaultSuffix(endingOf(kind).mid(1));
        const QStringList names = dialog->selectedFiles();
        if (!names.isEmpty() && !QFileInfo(names.front()).isDir()) {
            dialog->selectFile(withEnding(QFileInfo(names.front()).fileName(), kind, endings));
        }
    });
    const bool accepted = dialog->exec() == QDialog::Accepted;
    if (!dialog) {
        return {}; // its parent went, and it with it
    }
    const QStringList names = dialog->selectedFiles();
    delete dialog.data();
    return accepted && !names.isEmpty() ? names.front() : QString();
}

} // namespace ckptscope::ui
