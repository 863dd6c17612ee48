// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/rule.h"

#include <QAbstractTableModel>
#include <QDialog>

#include <memory>
#include <vector>

class QLabel;
class QLineEdit;
class QTableView;
class QTextBrowser;

namespace ckptscope::ui {

/// The rules of a set, filtered by words that all must occur somewhere in a rule.
class RuleListModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Id, Title, Weight, Wants, Architectures, Columns };

    explicit RuleListModel(std::shared_ptr<const RuleSet> rules, QObject* parent = nullptr);

    void setFilter(const QString& text);
    [[nodiscard]] const Rule& rule(int row) const { return m_rules->rules()[m_shown[static_cast<std::size_t>(row)]]; }
    [[nodiscard]] int rowOf(const QString& id) const; ///< -1: not shown
    [[nodiscard]] std::size_t all() const { return m_rules->rules().size(); }

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    std::shared_ptr<const RuleSet> m_rules;
    std::vector<QString> m_haystacks; ///< one a rule, lower case
    std::vector<std::uint32_t> m_shown;
};

/// Help > Rules: what is known, why, and from where.
class RulesDialog : public QDialog {
    Q_OBJECT
public:
    /// `rules` null: the built-in ones.
    explicit RulesDialog(std::shared_ptr<const RuleSet> rules = {}, QWidget* parent = nullptr);
    /// Selects a rule; clears the filter where it hides it.
    void showRule(const QString& id);

protected:
    void changeEvent(QEvent* event) override;

private:
    void showDetails();
    void updateCount();

    RuleListModel* m_model;
    QLineEdit* m_filter;
    QLabel* m_count;
    QTableView* m_table;
    QTextBrowser* m_details;
};

} // namespace ckptscope::ui
