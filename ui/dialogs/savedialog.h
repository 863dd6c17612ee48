// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>
#include <QStringList>

class QWidget;

namespace ckptscope::ui {

/// A file's name with the ending of the kind that was chosen for it, "SVG (*.svg)": instead of another of the endings, or behind a name that has none
/// of them.
[[nodiscard]] QString withEnding(const QString& file, const QString& kind, const QStringList& endings);

/// Asks where to save, as one of `kinds` ("CSV (*.csv)"), each with one ending. Choosing another kind changes the ending of the name in the dialog, so
/// that the dialog asks before it gives the name of a file that is there. Empty: nowhere; also where the parent goes while it asks.
[[nodiscard]] QString chooseSaveFile(QWidget* parent, const QString& title, const QString& suggested, const QStringList& kinds);

} // namespace ckptscope::ui
