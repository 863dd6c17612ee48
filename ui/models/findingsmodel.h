// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/document.h"

#include <QAbstractItemModel>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ckptscope::ui {

/// The findings of a report, grouped by rule, worst first. A group's row says the rule, its title and how many; below a finding that is true
/// of more tensors than the one that it names stand those others.
class FindingsModel : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Column : int { What, Where, Fix };
    static constexpr int Columns = 3;
    using QAbstractItemModel::QAbstractItemModel;

    void setDocument(DocumentPtr document);
    [[nodiscard]] const DocumentPtr& document() const noexcept { return m_document; }
    /// Of a row that stands below a finding that finding; nullptr for a group's row.
    [[nodiscard]] const Finding* findingAt(const QModelIndex& index) const;
    /// The tensor, maybe a missing one, that a row is about; nullopt: none, or not one.
    [[nodiscard]] std::optional<std::uint32_t> rowAt(const QModelIndex& index) const;
    /// The rule or audit id of a row or of its group.
    [[nodiscard]] std::string ruleAt(const QModelIndex& index) const;
    /// The row of a tensor's worst finding; invalid: it has none.
    [[nodiscard]] QModelIndex indexOf(std::uint32_t tensor) const;
    [[nodiscard]] QModelIndex indexOfFinding(std::uint32_t finding) const;

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& child) const override;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    struct Group {
        std::uint32_t first = 0, last = 0; ///< range of CheckReport::findings
    };
    [[nodiscard]] std::optional<std::uint32_t> placeAt(const QModelIndex& index) const; ///< index into findings
    [[nodiscard]] QVariant otherData(std::uint32_t finding, std::uint32_t tensor, Column column, int role) const;
    [[nodiscard]] QString groupText(const Group& group, Column column) const;
    [[nodiscard]] QString findingCell(std::uint32_t finding, Column column) const;

    DocumentPtr m_document;
    std::vector<Group> m_groups;
};

/// "Cast to F32", "Rename to ..."; empty where nothing mends it.
[[nodiscard]] QString fixText(const Finding& finding);

} // namespace ckptscope::ui
