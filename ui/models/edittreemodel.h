// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/plan.h"

#include <QAbstractItemModel>
#include <QString>

#include <cstdint>
#include <map>
#include <vector>

class QUndoStack;

namespace ckptscope::ui {

/// The edits on offer, grouped by the rule that asks for them, with tri-state boxes. Violations are checked, advice is not.
/// Every change of a box can be undone.
class EditTreeModel : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Column { Tensor, Change, How, Size, Columns };

    explicit EditTreeModel(QUndoStack* undo, QObject* parent = nullptr);

    /// Replaces all edits and forgets what could be undone.
    void setEdits(std::vector<Edit> edits);
    /// What a donor holds for the edits' tensors; after setEdits(). Without a donor no row speaks of one.
    void setMatches(const std::vector<DonorMatch>& matches, bool donor, bool partial);
    void setPartial(bool partial); ///< what the donor is refused for is widened, or stays as it is
    [[nodiscard]] bool anyRefused() const noexcept { return !m_refusals.empty(); }
    [[nodiscard]] const std::vector<Edit>& edits() const noexcept { return m_edits; }
    [[nodiscard]] const std::vector<bool>& checked() const noexcept { return m_checked; }
    /// Shows only edits whose key or rule holds this text, case ignored; boxes that are not shown keep their state.
    void setFilter(const QString& text);

    [[nodiscard]] std::size_t checkedCount() const noexcept { return m_checkedCount; }
    [[nodiscard]] std::int64_t checkedBytes() const noexcept { return m_checkedBytes; } ///< by how much the output grows
    [[nodiscard]] std::vector<std::uint32_t> checkedTensors() const;                    ///< ascending, each once
    [[nodiscard]] bool anyAdviceChecked() const;
    [[nodiscard]] bool allChecked() const noexcept { return m_checkedCount == m_edits.size(); }
    /// Checks or clears these edits (indexes into edits()) as one step of undo.
    void setChecked(const std::vector<std::uint32_t>& edits, bool on);
    void setAllShown(bool on);

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& child) const override;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

Q_SIGNALS:
    void checkedChanged();

private:
    friend class CheckCommand;
    struct Group {
        std::string rule;
        Severity severity = Severity::Violation;
        std::vector<std::uint32_t> all;   ///< indexes into m_edits
        std::vector<std::uint32_t> shown; ///< those that pass the filter
    };
    void apply(const std::vector<std::uint32_t>& edits, bool on);
    void fillShown();
    [[nodiscard]] Qt::CheckState groupState(const Group& group) const;
    [[nodiscard]] QString howText(const Edit& edit) const;
    [[nodiscard]] QVariant groupData(const Group& group, int column, int role) const;
    [[nodiscard]] QVariant editData(const Edit& edit, bool checked, int column, int role) const;

    QUndoStack* m_undo;
    std::vector<Edit> m_edits;
    std::vector<bool> m_checked;
    std::vector<Group> m_groups; ///< worst first, then in the order of edits
    std::vector<std::uint32_t> m_shownGroups;
    std::map<std::uint32_t, Error> m_refusals; ///< tensor -> why its donor must not be taken
    bool m_donor = false;
    bool m_partial = false;
    QString m_filter;
    std::size_t m_checkedCount = 0;
    std::int64_t m_checkedBytes = 0;
};

} // namespace ckptscope::ui
