// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/jobs/jobrunner.h"
#include "ui/models/document.h"
#include "ui/models/tensormodel.h"

#include <QWidget>

#include <array>
#include <optional>
#include <set>
#include <string>

class QAbstractItemModel;
class QLabel;
class QPushButton;
class QStackedWidget;
class QTreeView;

namespace ckptscope::ui {

class RolesModel;
class TensorTableModel;
class TensorTreeModel;

/// The tensors of a document, in one of three views: by role, as a tree, as a flat list. Keeps the current tensor, a
/// small selection, what was open and the sort order over filters and reloads.
class TensorView : public QWidget {
    Q_OBJECT
public:
    enum class Mode { Roles, Tree, Flat };
    static constexpr int Modes = 3;
    explicit TensorView(QWidget* parent = nullptr);
    ~TensorView() override;

    /// Shows another document; `keepPlace` (a reload) keeps current tensor, selection and open groups by key.
    void setDocument(DocumentPtr document, bool keepPlace);
    void setHits(FilterHits hits);
    /// Brings the columns that a scan fills into sight.
    void showScanColumns();
    /// Brings the column into sight that shows edits by hand.
    void showEditColumn();
    /// A scan found more: repaints what is in sight.
    void valuesChanged();
    void setMode(Mode mode);
    [[nodiscard]] Mode mode() const noexcept { return m_mode; }
    [[nodiscard]] const DocumentPtr& document() const noexcept { return m_document; }
    /// Sorts a list of more than DirectRows.
    [[nodiscard]] JobRunner* job() noexcept { return &m_sortJob; }
    [[nodiscard]] QTreeView* view() const noexcept { return m_views[static_cast<std::size_t>(m_mode)]; }
    [[nodiscard]] QTreeView* view(Mode mode) const noexcept { return m_views[static_cast<std::size_t>(mode)]; }

    /// The current row's tensor; nullopt: none, a group, or one that is missing.
    [[nodiscard]] std::optional<std::uint32_t> currentTensor() const;
    /// The same, a missing one too: what can be named and filtered by, but not read.
    [[nodiscard]] std::optional<std::uint32_t> currentRow() const;
    /// The tensors of all selected rows, groups included, in the view's order, each once; without those that are missing.
    [[nodiscard]] Rows selectedTensors() const;
    /// The same, the missing ones too.
    [[nodiscard]] Rows selectedRows() const;
    /// Makes a tensor current and visible; in the roles view its role. False where the filter hides it.
    bool select(std::uint32_t tensor);
    /// The expression for the current role, in the roles view; else empty.
    [[nodiscard]] QString currentRoleFilter() const;
    /// The dotted prefix of the current group or tensor.
    [[nodiscard]] QString currentPrefix() const;

    [[nodiscard]] bool canExpandAll() const noexcept;
    void expandAll();
    void collapseAll();
    void fitColumns();
    void resetColumns(); ///< of the view in force
    void resetAllColumns();
    /// Columns of the view in force, as (logical index, header, shown).
    struct ColumnState {
        int column;
        QString header;
        bool shown;
    };
    [[nodiscard]] QList<ColumnState> columns() const;
    void setColumnShown(int column, bool shown);
    /// Visible columns in visual order, for copies; of list and tree.
    [[nodiscard]] QList<int> visibleColumns() const;
    /// "id:width:shown,..." of one view.
    [[nodiscard]] QString saveColumns(Mode mode) const;
    void restoreColumns(Mode mode, const QString& state);
    /// "size:descending", as the user chose it last in one view; empty: as stored.
    [[nodiscard]] QString saveSort(Mode mode) const;
    /// For what is opened from now on.
    void restoreSort(Mode mode, const QString& state);

Q_SIGNALS:
    void selectionChanged();
    void modeChanged(Mode mode);
    void tensorActivated(); ///< Enter or double click on a tensor
    void roleActivated(const QString& filter);
    void contextMenuWanted(const QPoint& globalPos);
    void clearFilterWanted();
    void filterKeyPressed(); ///< "/" while a view has focus

protected:
    bool eventFilter(QObject* object, QEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    struct Sort {
        int column = -1;
        Qt::SortOrder order = Qt::AscendingOrder;
        bool operator==(const Sort&) const = default;
    };
    /// All rows of a document in the order of one of the list's columns.
    struct Order {
        DocumentPtr document;
        Sort sort;
        std::uint64_t scanned = 0; ///< of the document's values, where the column shows them
        RowsPtr rows;
    };
    /// That of the sort in force; where it takes a job, for now the one before.
    RowsPtr listOrder();
    void sorted(const Order& wanted, Result<RowsPtr> rows);
    QTreeView* makeView(Mode mode, QAbstractItemModel* model);
    void headerClicked(Mode mode, int section);
    void headerMenu(Mode mode, const QPoint& pos);
    void applySort(Mode mode);
    void refresh(Mode mode);
    void showActive();
    void firstLook();
    static void reveal(QTreeView* view, const QModelIndex& index);
    static void keepInSight(QTreeView* view, int heightBefore);
    void restoreExpanded(const QModelIndex& parent);
    void applyFirstColumns(Mode mode);
    void resetColumnsOf(Mode mode);
    void fitFirstColumn(Mode mode);
    [[nodiscard]] const TensorModel* tensors(Mode mode) const;
    [[nodiscard]] int widthOf(Mode mode, int column) const;

    DocumentPtr m_document;
    FilterHits m_hits;
    Mode m_mode = Mode::Tree;
    RolesModel* m_roles;
    TensorTreeModel* m_tree;
    TensorTableModel* m_table;
    std::array<QTreeView*, Modes> m_views{};
    std::array<Sort, Modes> m_sorts{};
    std::array<Sort, Modes> m_chosenSorts{}; ///< for every checkpoint that shows the column
    Order m_listOrder;                       ///< as the list is shown, or will be next
    Order m_making;                          ///< by the job; without rows
    std::array<bool, Modes> m_stale{true, true, true};
    std::array<bool, Modes> m_userColumns{};
    QStackedWidget* m_stack;
    QWidget* m_emptyPage;
    QLabel* m_emptyText;
    QPushButton* m_clearFilter;
    std::set<std::string> m_expanded;  ///< prefixes that the user opened
    std::set<std::string> m_collapsed; ///< with m_allExpanded: those that the user closed again
    bool m_allExpanded = false;
    std::uint32_t m_anchor = UINT32_MAX; ///< the tensor where the user was last
    bool m_away = false;                 ///< a filter hides it
    bool m_restoring = false;
    bool m_settingColumns = false;
    JobRunner m_sortJob;
};

} // namespace ckptscope::ui
