// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/theme.h"

#include <QWidget>

#include <optional>

class QLabel;

namespace ckptscope::ui {

/// One sentence with its icon, in the colour of its mark: "(v) Free 412 GiB. Needs 4.10 MiB." Plain text, wraps, can be selected;
/// hidden while it has nothing to say.
class FactLine : public QWidget {
    Q_OBJECT
public:
    explicit FactLine(QWidget* parent = nullptr);
    /// `text` in the mark's colour, `more` muted behind it on lines of its own.
    void setFact(Mark mark, const QString& text, const QString& more = {});
    /// A sentence without a mark: "Checking..."
    void setPending(const QString& text);
    void clear();
    [[nodiscard]] QString text() const;
    [[nodiscard]] std::optional<Mark> mark() const noexcept { return m_mark; }
    /// For layouts that do not ask for the height at their width: that of a line as wide as it is now.
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void changeEvent(QEvent* event) override;

private:
    void restyle();

    QLabel* m_icon;
    QLabel* m_text;
    QLabel* m_more;
    std::optional<Mark> m_mark;
};

} // namespace ckptscope::ui
