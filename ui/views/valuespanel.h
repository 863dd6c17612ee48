// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/views/tensorpanel.h"

#include <QList>

class QCheckBox;
class QHBoxLayout;
class QLabel;
class QLineEdit;
class QSpinBox;
class QTableView;
class QToolButton;

namespace ckptscope::ui {

class ValuesModel;

/// The selected tensor's elements as a grid: the last two dimensions, the others by spin boxes.
class ValuesPanel : public TensorPanel {
    Q_OBJECT
public:
    explicit ValuesPanel(QWidget* parent = nullptr);
    ~ValuesPanel() override;
    [[nodiscard]] QTableView* view() const noexcept { return m_view; }
    [[nodiscard]] ValuesModel* model() const noexcept { return m_model; }
    /// "3, 5", "[0, 3, 5]": puts the cursor there; what cannot be is said.
    enum class Focus : bool { Comes, Stays };
    void goTo(const QString& text, Focus focus = Focus::Comes);
    /// The selected cells, tab-separated.
    void copy();

protected:
    void refresh() override;

private:
    /// Back and on over one dimension of a tensor that has more of it than a page shows, and where one is.
    struct Pager {
        QWidget* row = nullptr;
        QToolButton* back = nullptr;
        QLabel* where = nullptr;
        QToolButton* on = nullptr;
    };
    Pager makePager(const char* name, bool rows);
    void showPages();
    void turn(bool rows, bool on);
    void say(const QString& text);
    ValuesModel* m_model;
    QTableView* m_view;
    QHBoxLayout* m_bar;
    QLabel* m_slices;
    QList<QSpinBox*> m_outer;
    QLineEdit* m_goTo;
    QCheckBox* m_bits;
    Pager m_rowPages;
    Pager m_columnPages;
    QLabel* m_message;
};

} // namespace ckptscope::ui
