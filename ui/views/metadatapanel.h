// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/document.h"
#include "ui/models/metadatamodel.h"

#include <QWidget>

#include <optional>
#include <string>

class QLineEdit;
class QPushButton;
class QTreeView;

namespace ckptscope::ui {

/// The dock of everything that a checkpoint says of itself beside its tensors; pairs of `__metadata__` can be edited
/// for the next fix.
class MetadataPanel : public QWidget {
    Q_OBJECT
public:
    explicit MetadataPanel(QWidget* parent = nullptr);
    void setDocument(const DocumentPtr& document);
    void showEdits(); ///< edits by hand have changed
    [[nodiscard]] QTreeView* view() const noexcept { return m_view; }
    [[nodiscard]] MetadataModel* model() const noexcept { return m_model; }
    void copy(); ///< the selected rows, those that hold others with all below them

Q_SIGNALS:
    void noted(const QString& text);
    /// A key of `__metadata__` is to have this value; nullopt: is to go.
    void editWanted(const std::string& key, const std::optional<std::string>& value);

protected:
    bool eventFilter(QObject* object, QEvent* event) override;

private:
    void rebuilt();
    void updateButtons();
    void edit(bool add);
    void remove();
    void menu(const QPoint& at);
    [[nodiscard]] const MetadataModel::Entry* current() const;

    DocumentPtr m_document;
    MetadataModel* m_model;
    QLineEdit* m_search;
    QPushButton* m_add;
    QPushButton* m_edit;
    QPushButton* m_remove;
    QTreeView* m_view;
};

} // namespace ckptscope::ui
