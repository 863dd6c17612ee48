// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/document.h"
#include "ui/views/tensorview.h"

#include <QTimer>
#include <QWidget>

#include <array>

class QButtonGroup;
class QLabel;
class QPushButton;
class QToolButton;

namespace ckptscope::ui {

class FilterEdit;

/// The filter row: field, help, how many tensors are left, and which view shows them. A mistake gets a line below.
class FilterBar : public QWidget {
    Q_OBJECT
public:
    explicit FilterBar(QWidget* parent = nullptr);

    void setDocument(const DocumentPtr& document);
    [[nodiscard]] FilterEdit* edit() const noexcept { return m_edit; }
    [[nodiscard]] QString text() const;
    /// Replaces the expression and applies it.
    void setText(const QString& text);
    /// Adds a term to the expression; `"-dtype:BF16"` excludes.
    void addTerm(const QString& term);
    void setCounts(const FilterHits& hits, std::uint64_t stored, std::uint64_t missing);
    void setMistake(const FilterError& error);
    void clearMistake();
    /// Says that `word` can only be answered by a scan of the values, and offers it; empty: takes that back.
    void setNeedsScan(const QString& word, bool running);
    /// The expression asks for what only a comparison knows.
    void setNeedsComparison(const QString& word);
    void setMode(TensorView::Mode mode);
    [[nodiscard]] QPushButton* modeButton(TensorView::Mode mode) const { return m_modes[static_cast<std::size_t>(mode)]; }

Q_SIGNALS:
    void filterChanged(const QString& text);
    void modeClicked(TensorView::Mode mode);
    void left();
    void scanWanted();
    void helpWanted(); ///< "?"

protected:
    void changeEvent(QEvent* event) override;

private:
    void showNote(const QString& text, bool scan);
    void lookOfModes();
    void showMistake();
    FilterEdit* m_edit;
    QToolButton* m_help;
    QLabel* m_count;
    QLabel* m_errorIcon;
    QLabel* m_error;
    QWidget* m_errorRow;
    QPushButton* m_scan;
    bool m_mistake = false;
    std::array<QPushButton*, TensorView::Modes> m_modes{};
    QTimer m_announce;
};

} // namespace ckptscope::ui
