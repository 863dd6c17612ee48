// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "core/dtypes/dtype.h"

#include <QColor>
#include <QPalette>
#include <QString>

class QApplication;

namespace ckptscope::ui {

enum class Theme { System, Light, Dark };
[[nodiscard]] QString themeName(Theme theme);           ///< "system", "light", "dark"; for settings and --theme
[[nodiscard]] Theme themeFromName(const QString& name); ///< what is unknown is System

/// Sets the application's style and palette; may be called again while it runs. `System` keeps the platform's palette.
void applyTheme(QApplication& app, Theme theme);
/// The palettes of ckptscope's own themes.
[[nodiscard]] QPalette lightPalette();
[[nodiscard]] QPalette darkPalette();

/// WCAG 2 relative luminance, 0 to 1, and contrast, 1 to 21.
[[nodiscard]] double luminance(const QColor& color);
[[nodiscard]] double contrast(const QColor& a, const QColor& b);
/// Dark is what the palette in force is, whatever a platform reports.
[[nodiscard]] bool isDark(const QPalette& palette);
/// `ink`, lightened or darkened until it reaches `wanted` on `paper`.
[[nodiscard]] QColor readable(QColor ink, const QColor& paper, double wanted = 4.5);

/// What a row, a banner or a recent entry is marked with: always an icon, a word and a colour together.
enum class Mark { Violation, Advice, Note, Clean, Unjudged, Damaged, Missing, Laundered };
[[nodiscard]] Mark markOf(Severity severity);
[[nodiscard]] Mark markOf(Verdict verdict);
/// One word or two: "violation", "not judged".
[[nodiscard]] QString markWord(Mark mark);
/// The icon's name in ui/icons.h.
[[nodiscard]] QString markIconName(Mark mark);

/// The colours of a mark on this palette: text and shape; the tint behind a banner.
struct MarkColors {
    QColor ink; ///< at least 4.5:1 on Base, Window and `tint`
    QColor tint;
};
[[nodiscard]] MarkColors markColors(Mark mark, const QPalette& palette);

/// The colour that bars and maps paint a dtype in, and the text on it.
[[nodiscard]] QColor dtypeColor(DType dtype, const QPalette& palette);
[[nodiscard]] QColor dtypeLabelColor(const QPalette& palette);

[[nodiscard]] QColor mutedText(const QPalette& palette);   ///< for second lines and captions; 4.5:1
[[nodiscard]] QColor mutedOnPage(const QPalette& palette); ///< the same also on the page of a tab, which Fusion draws lighter than a button
[[nodiscard]] QColor outline(const QPalette& palette);     ///< edges of inputs and marks; 3:1
[[nodiscard]] QColor gridLine(const QPalette& palette);    ///< in plots

} // namespace ckptscope::ui
