// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QLocale>
#include <QTranslator>

class QCoreApplication;

namespace ckptscope::ui {

/// English needs plurals too: sentences in the source write them as "%n tensor(s) (is|are) missing", and this one picks the form,
/// so that no catalogue has to be found at run time. It answers only for sentences with a count.
class EnglishPlurals : public QTranslator {
public:
    using QTranslator::QTranslator;
    [[nodiscard]] QString translate(const char* context, const char* sourceText, const char* disambiguation = nullptr, int n = -1) const override;
    [[nodiscard]] bool isEmpty() const override { return false; }

    /// "(s)" and "(one|many)" by the count.
    [[nodiscard]] static QString pick(QString text, int n);
};

/// Installs English plurals, then the catalogue of the locale where there is one, and Qt's own for its dialogs.
/// Once, before the first window.
void installTranslations(QCoreApplication& app, const QLocale& locale = QLocale());

} // namespace ckptscope::ui
