// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/convert/convert.h"

#include <QAbstractTableModel>
#include <QWidget>

#include <string>
#include <vector>

class QBoxLayout;
class QLabel;
class QPushButton;
class QTableView;

namespace ckptscope::ui {

/// The edits of a receipt: key, old and new dtype, where the values come from, hashes.
class ReceiptModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Key, Old, New, Values, HashBefore, HashAfter, Columns };
    using QAbstractTableModel::QAbstractTableModel;

    void setEdits(std::vector<ReceiptEdit> edits);
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    [[nodiscard]] static QString sourceText(std::string_view source);
    std::vector<ReceiptEdit> m_edits;
};

/// "Written and verified: NAME-fixed. 72 tensors changed, 93,624 byte-identical.": the page over the tensor view after a fix
/// or a conversion.
class ReceiptPage : public QWidget {
    Q_OBJECT
public:
    explicit ReceiptPage(QWidget* parent = nullptr);

    /// `command`: the line that would do the same on the command line; empty: its button is hidden.
    void setReceipt(const Receipt& receipt, const std::vector<Error>& notes, const QString& command);
    /// The same after a conversion; Save Receipt then saves what was planned with what was done.
    void setConverted(const ConvertPlan& plan, const Receipt& receipt, const QString& command);
    /// Whether Save Receipt offers a web page: it also tells of the source, which must still be known.
    void setPageOffered(bool offered) { m_page = offered; }
    /// Saves it: .json here, .html by pageWanted().
    void saveAs(const QString& file);
    [[nodiscard]] const Receipt& receipt() const noexcept { return m_receipt; }
    [[nodiscard]] QString title() const; ///< the sentence

Q_SIGNALS:
    void openRequested(const QString& path);                  ///< Open what was written
    void closed();                                            ///< Esc or Back
    void pageWanted(const QString& file);                     ///< the receipt as a web page in this file
    void noted(const QString& text);                          ///< "Copied the command.": for the job strip
    void failed(const QString& title, const QString& second); ///< the receipt could not be saved: for the message bar

protected:
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void restyle();
    void fitButtons();
    void save();
    void fill(const Receipt& receipt, const QString& command, QStringList second);

    Receipt m_receipt;
    QString m_command;
    std::string m_json; ///< what Save Receipt writes
    bool m_page = false;
    ReceiptModel* m_model;
    QLabel* m_icon;
    QLabel* m_title;
    QLabel* m_second;
    QLabel* m_facts;
    QTableView* m_table;
    QPushButton* m_open;
    QPushButton* m_folder;
    QPushButton* m_copy = nullptr;
    QBoxLayout* m_buttons = nullptr; ///< two groups, side by side or one below the other
};

} // namespace ckptscope::ui
