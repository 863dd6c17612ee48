// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/document.h"

#include <QWidget>

class QLabel;
class QStackedLayout;
class QTreeView;

namespace ckptscope::ui {

class FindingsModel;

/// The findings by rule. Selecting one selects its tensor; Enter filters to all tensors of the rule.
class FindingsPanel : public QWidget {
    Q_OBJECT
public:
    explicit FindingsPanel(QWidget* parent = nullptr);
    void setDocument(const DocumentPtr& document);
    /// Marks the finding of this tensor, without asking for the tensor in return.
    void showTensor(std::uint32_t tensor);
    [[nodiscard]] QTreeView* view() const noexcept { return m_view; }
    [[nodiscard]] FindingsModel* model() const noexcept { return m_model; }

Q_SIGNALS:
    void tensorChosen(std::uint32_t tensor);
    void filterWanted(const QString& expression);
    void copied(const QString& note);
    void muteWanted(const std::string& rule);

protected:
    bool eventFilter(QObject* object, QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void contextMenu(const QPoint& pos);
    [[nodiscard]] QString copyText(const QModelIndex& index) const;
    void filterToRule(const QModelIndex& index);
    FindingsModel* m_model;
    QTreeView* m_view;
    QLabel* m_none;
    QStackedLayout* m_stack;
    bool m_following = false;
};

} // namespace ckptscope::ui
