// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/query/filter.h"

#include <QLineEdit>
#include <QStringList>

class QListWidget;

namespace ckptscope::ui {

/// The filter field: underlines a mistake, completes fields and values (Tab accepts), and recalls earlier filters with
/// Up and Down while it is empty. It parses nothing itself: the owner tells it what is wrong.
class FilterEdit : public QLineEdit {
    Q_OBJECT
public:
    explicit FilterEdit(QWidget* parent = nullptr);
    /// Underlines bytes [position, position + length) of the text as UTF-8; length 0 marks its end.
    void setMistake(std::size_t position, std::size_t length);
    void clearMistake();
    [[nodiscard]] bool hasMistake() const noexcept { return m_wrong; }
    /// What completions look at; may be empty.
    void setContext(const FilterContext& context) { m_context = context; }
    void setHistory(const QStringList& history) { m_history = history; }
    [[nodiscard]] QStringList completions() const; ///< those that are shown now
    [[nodiscard]] bool completes() const;          ///< there are some

Q_SIGNALS:
    void completionsLeft(); ///< they are no longer shown
    void left();            ///< Esc in the empty field, or Enter: back to the view

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    bool event(QEvent* event) override;
    void changeEvent(QEvent* event) override;
    bool eventFilter(QObject* object, QEvent* event) override;

private:
    void look();
    void complete();
    void accept(const QString& choice);
    void format(std::size_t start, std::size_t end);

    QAction* m_state;
    QListWidget* m_popup;
    FilterContext m_context;
    FilterCompletion m_completion;
    QStringList m_history;
    qsizetype m_recalled = -1;
    bool m_wrong = false;
    bool m_formatting = false;
};

} // namespace ckptscope::ui
