// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QDialog>
#include <QString>

class QLineEdit;
class QPlainTextEdit;
class QPushButton;

namespace ckptscope::ui {

/// One pair of `__metadata__`: a key, which must not be empty, and any text. Nothing is written by it.
class MetadataDialog : public QDialog {
    Q_OBJECT
public:
    /// An empty `key`: a new pair.
    MetadataDialog(const QString& key, const QString& value, QWidget* parent = nullptr);
    [[nodiscard]] QString key() const;
    [[nodiscard]] QString value() const;
    [[nodiscard]] bool changed() const; ///< the value, by the user: what only looks the same keeps its line ends

private:
    QLineEdit* m_key;
    QPlainTextEdit* m_value;
    QPushButton* m_accept;
};

} // namespace ckptscope::ui
