// SPDX-License-Identifier: Apache-2.0
#include "ui/views/tensorview.h"

#include "ui/models/columns.h"
#include "ui/models/rolesmodel.h"
#include "ui/models/tensortablemodel.h"
#include "ui/models/tensortreemodel.h"
#include "ui/text.h"
#include "ui/views/rowdelegate.h"

#include <QHeaderView>
#include <QItemSelectionModel>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QResizeEvent>
#include <QScrollBar>
#include <QStackedWidget>
#include <QTimer>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

namespace ckptscope::ui {

namespace {

constexpr std::size_t KeptSelection = 1000;  ///< rows whose selection survives a filter
constexpr std::uint64_t OpenWhenFew = 400;   ///< a filter that leaves this many tensors opens the tree
constexpr std::size_t KeptExpanded = 20'000; ///< prefixes that are remembered as open

constexpr std::size_t at(TensorView::Mode mode)
{
    return static_cast<std::size_t>(mode);
}

/// Whether the place of rows in a list or tree may change with what rules say or scans find.
bool sortsByJudgement(int column)
{
    return column >= 0
        && (column == static_cast<int>(Column::Verdict) || column == static_cast<int>(Column::Wants) || column == static_cast<int>(Column::Rule)
            || statisticOf(static_cast<Column>(column)));
}

} // namespace

TensorView::TensorView(QWidget* parent)
    : QWidget(parent)
    , m_roles(new RolesModel(this))
    , m_tree(new TensorTreeModel(this))
    , m_table(new TensorTableModel(this))
    , m_stack(new QStackedWidget(this))
    , m_emptyPage(new QWidget(this))
    , m_emptyText(new QLabel(m_emptyPage))
    , m_clearFilter(new QPushButton(tr("Clear Filter"), m_emptyPage))
{
    m_sortJob.setObjectName(QStringLiteral("sortJob"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);
    m_views = {makeView(Mode::Roles, m_roles), makeView(Mode::Tree, m_tree), makeView(Mode::Flat, m_table)};
    for (QTreeView* view : m_views) {
        m_stack->addWidget(view);
    }
    m_emptyText->setTextFormat(Qt::PlainText);
    m_emptyText->setAlignment(Qt::AlignCenter);
    m_emptyText->setWordWrap(true);
    m_emptyText->setObjectName(QStringLiteral("emptyText"));
    m_clearFilter->setObjectName(QStringLiteral("clearFilterButton"));
    connect(m_clearFilter, &QPushButton::clicked, this, &TensorView::clearFilterWanted);
    auto* emptyLayout = new QVBoxLayout(m_emptyPage);
    emptyLayout->addStretch(2);
    emptyLayout->addWidget(m_emptyText);
    emptyLayout->addWidget(m_clearFilter, 0, Qt::AlignHCenter);
    emptyLayout->addStretch(3);
    emptyLayout->setSpacing(12);
    m_emptyPage->setAutoFillBackground(true);
    m_emptyPage->setBackgroundRole(QPalette::Base);
    m_stack->addWidget(m_emptyPage);

    connect(m_tree, &QAbstractItemModel::modelReset, this, [this] { m_restoring = false; });
    connect(view(Mode::Tree), &QTreeView::expanded, this, [this](const QModelIndex& index) {
        if (!m_restoring && m_expanded.size() < KeptExpanded) {
            m_expanded.insert(m_tree->pathOf(index));
            m_collapsed.erase(m_tree->pathOf(index));
        }
    });
    connect(view(Mode::Tree), &QTreeView::collapsed, this, [this](const QModelIndex& index) {
        if (!m_restoring) {
            m_expanded.erase(m_tree->pathOf(index));
            if (m_allExpanded && m_collapsed.size() < KeptExpanded) {
                m_collapsed.insert(m_tree->pathOf(index));
            }
        }
    });
    showActive();
}

TensorView::~TensorView() = default;

QTreeView* TensorView::makeView(Mode mode, QAbstractItemModel* model)
{
    auto* view = new QTreeView(this);
    static constexpr std::array Names{"rolesView", "treeView", "flatView"};
    view->setObjectName(QLatin1String(Names[at(mode)]));
    view->setAccessibleName(mode == Mode::Roles ? tr("Tensors by role") : mode == Mode::Tree ? tr("Tensor tree") : tr("Tensor list"));
    view->setModel(model);
    auto* delegate = new RowDelegate(view);
    delegate->setMiddleElided(mode == Mode::Roles ? QList<int>{0} : QList<int>{int(Column::Key), int(Column::Shard)});
    view->setItemDelegate(delegate);
    view->setUniformRowHeights(true);
    view->setAlternatingRowColors(true);
    view->setRootIsDecorated(mode == Mode::Tree);
    view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    view->setSelectionBehavior(QAbstractItemView::SelectRows);
    view->setAllColumnsShowFocus(true);
    view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    view->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    view->setFrameShape(QFrame::NoFrame);
    view->setDragEnabled(mode != Mode::Roles);
    view->setDragDropMode(mode == Mode::Roles ? QAbstractItemView::NoDragDrop : QAbstractItemView::DragOnly);
    view->setContextMenuPolicy(Qt::CustomContextMenu);
    view->setTabKeyNavigation(false);
    view->setExpandsOnDoubleClick(mode == Mode::Tree);
    QHeaderView* header = view->header();
    header->setResizeContentsPrecision(0);
    header->setSectionsClickable(true);
    header->setSortIndicatorShown(true);
    header->setSortIndicatorClearable(true);
    header->setSortIndicator(-1, Qt::AscendingOrder);
    header->setStretchLastSection(false);
    header->setSectionsMovable(true);
    header->setFirstSectionMovable(false);
    header->setMinimumSectionSize(40);
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(header, &QHeaderView::sectionClicked, this, [this, mode](int section) { headerClicked(mode, section); });
    connect(header, &QWidget::customContextMenuRequested, this, [this, mode](const QPoint& pos) { headerMenu(mode, pos); });
    connect(header, &QHeaderView::sectionResized, this,
            [this, mode] { m_userColumns[at(mode)] = m_userColumns[at(mode)] || (m_document && !m_settingColumns); });
    connect(view, &QWidget::customContextMenuRequested, this,
            [this, view](const QPoint& pos) { Q_EMIT contextMenuWanted(view->viewport()->mapToGlobal(pos)); });
    connect(view->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this, mode] {
        if (mode == m_mode && !m_restoring) {
            Q_EMIT selectionChanged();
        }
    });
    connect(view->selectionModel(), &QItemSelectionModel::currentChanged, this, [this, mode](const QModelIndex& index) {
        if (mode == m_mode && !m_restoring) {
            if (const auto tensor = tensors(mode)->tensorAt(index)) {
                m_anchor = *tensor;
                m_away = false;
            }
            Q_EMIT selectionChanged();
        }
    });
    connect(view, &QTreeView::doubleClicked, this, [this, mode] {
        if (mode == Mode::Roles) {
            Q_EMIT roleActivated(currentRoleFilter());
        } else if (currentRow()) {
            Q_EMIT tensorActivated();
        }
    });
    view->installEventFilter(this);
    view->viewport()->installEventFilter(this);
    return view;
}

bool TensorView::eventFilter(QObject* object, QEvent* event)
{
    if (event->type() == QEvent::Resize) { // the window, a dock or a scroll bar that came or went
        for (const Mode mode : {Mode::Roles, Mode::Tree, Mode::Flat}) {
            if (m_views[at(mode)] != nullptr && object == view(mode)->viewport()) {
                fitFirstColumn(mode);
                keepInSight(view(mode), static_cast<QResizeEvent*>(event)->oldSize().height());
            }
        }
    }
    if (event->type() == QEvent::KeyPress && object == view()) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) {
            if (m_mode == Mode::Roles) {
                if (view()->currentIndex().isValid()) {
                    Q_EMIT roleActivated(currentRoleFilter());
                }
            } else if (currentRow()) {
                Q_EMIT tensorActivated();
            } else if (view()->currentIndex().isValid()) {
                view()->setExpanded(view()->currentIndex(), !view()->isExpanded(view()->currentIndex()));
            }
            return true;
        }
        if (key->text() == QLatin1String("/")) {
            Q_EMIT filterKeyPressed();
            return true;
        }
    }
    return QWidget::eventFilter(object, event);
}

void TensorView::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange && m_document) {
        for (const Mode mode : {Mode::Roles, Mode::Tree, Mode::Flat}) {
            if (!m_userColumns[at(mode)]) {
                applyFirstColumns(mode);
            }
        }
    }
}

const TensorModel* TensorView::tensors(Mode mode) const
{
    switch (mode) {
    case Mode::Roles:
        return m_roles;
    case Mode::Tree:
        return m_tree;
    case Mode::Flat:
        break;
    }
    return m_table;
}

void TensorView::setDocument(DocumentPtr document, bool keepPlace)
{
    const bool first = !m_document || !keepPlace;
    const bool same = !first && document && document->sharedCheckpoint() == m_document->sharedCheckpoint();
    const bool sameRows = same && m_hits.all && document->size() == m_document->size();
    const std::array<bool, Modes> stale = m_stale;
    std::string current;
    if (!first) {
        if (const auto tensor = currentRow()) {
            current = m_document->tensor(*tensor).key;
        }
    }
    m_document = std::move(document);
    m_sortJob.abandon();
    m_making = {};
    m_listOrder = {};
    m_hits = {};
    m_hits.count = m_document ? m_document->size() : 0;
    m_stale = {true, true, true};
    if (!same) {
        m_anchor = UINT32_MAX;
        m_away = false;
    }
    // The same rows judged anew, in an order that does not depend on it: nothing moves, whatever is selected or opened stays so. Only in
    // the view in sight: the others catch up when they are shown.
    const bool inPlace = sameRows && m_mode != Mode::Roles && !stale[at(m_mode)] && !sortsByJudgement(m_sorts[at(m_mode)].column);
    if (inPlace) {
        if (m_mode == Mode::Tree) {
            m_tree->judgeAnew(m_document);
        } else {
            m_table->judgeAnew(m_document);
        }
        m_stale[at(m_mode)] = false;
        view()->viewport()->update(); // rows of the tree that are not at its top, too
    }
    if (first) {
        m_expanded.clear();
        m_collapsed.clear();
        m_allExpanded = false;
        for (const Mode mode : {Mode::Roles, Mode::Tree, Mode::Flat}) {
            QHeaderView* header = view(mode)->header();
            if (m_document && !m_userColumns[at(mode)]) {
                applyFirstColumns(mode);
            }
            // an order by what is not shown would look like none at all
            Sort& sort = m_sorts[at(mode)];
            sort = m_chosenSorts[at(mode)];
            if (sort.column >= 0 && header->isSectionHidden(sort.column)) {
                sort = {};
            }
            header->setSortIndicator(sort.column, sort.order);
        }
    }
    // the old selection speaks of another document's indexes, unless it is the same one judged anew
    for (QTreeView* each : same ? std::array<QTreeView*, Modes>{} : m_views) {
        if (each == nullptr) {
            continue;
        }
        const bool was = std::exchange(m_restoring, true);
        each->selectionModel()->reset();
        m_restoring = was;
    }
    showActive();
    if (first) {
        firstLook();
    } else if (const TensorInfo* tensor = same || current.empty() ? nullptr : m_document->listed().find(current)) {
        select(m_document->listed().indexOf(*tensor));
    }
    if (!inPlace) { // what is selected is what was, and may be all there is
        Q_EMIT selectionChanged();
    }
}

/// Opens the tree down to the first violation, so that the verdict is in sight without a click.
void TensorView::firstLook()
{
    if (!m_document || m_document->size() == 0) {
        return;
    }
    constexpr std::uint32_t Few = 60;
    if (m_document->size() <= Few && m_mode == Mode::Tree) {
        view(Mode::Tree)->expandAll();
    }
    if (!m_document->marked().empty()) {
        select(m_document->marked().front());
    } else if (m_mode == Mode::Tree) {
        // one level, and down through lonely groups
        for (int row = 0; row < m_tree->rowCount() && row < 50; ++row) {
            view(Mode::Tree)->expand(m_tree->index(row, 0));
        }
        view(Mode::Tree)->scrollToTop();
    }
    if (!view()->currentIndex().isValid() && view()->model()->rowCount() != 0) {
        view()->selectionModel()->setCurrentIndex(view()->model()->index(0, 0), QItemSelectionModel::NoUpdate);
    }
    // once more when the window has its layout: docks and the banner take room from the view
    QTimer::singleShot(0, this, [this] { reveal(view(), view()->currentIndex()); });
}

void TensorView::showScanColumns()
{
    m_settingColumns = true;
    for (const Mode mode : {Mode::Tree, Mode::Flat}) {
        for (const Column column : ScanColumns) {
            view(mode)->header()->setSectionHidden(static_cast<int>(column), false);
        }
        if (!m_userColumns[at(mode)]) { // beside what was there before, not behind the widest columns
            QHeaderView* header = view(mode)->header();
            int visual = header->visualIndex(static_cast<int>(Column::Elements));
            for (const Column column : ScanColumns) {
                const int from = header->visualIndex(static_cast<int>(column));
                if (from > visual) {
                    header->moveSection(from, visual++);
                }
            }
        }
    }
    m_settingColumns = false;
    fitFirstColumn(Mode::Tree);
    fitFirstColumn(Mode::Flat);
}

void TensorView::valuesChanged()
{
    if (m_mode != Mode::Roles) {
        view()->viewport()->update(); // no row comes or goes: only cells in sight are asked for
    }
}

void TensorView::setHits(FilterHits hits)
{
    if (m_hits.all && hits.all) {
        return; // all rows are shown already
    }
    m_hits = std::move(hits);
    m_stale = {true, true, true};
    showActive();
    Q_EMIT selectionChanged();
}

void TensorView::setMode(Mode mode)
{
    if (mode == m_mode) {
        return;
    }
    const Rows selected = selectedRows();
    const bool hadFocus = view()->hasFocus();
    m_mode = mode;
    showActive();
    if (!selected.empty() && selected.size() <= KeptSelection) {
        select(selected.front());
    }
    if (hadFocus) {
        view()->setFocus();
    }
    Q_EMIT modeChanged(mode);
    Q_EMIT selectionChanged();
}

void TensorView::showActive()
{
    if (!m_document || m_document->size() == 0 || (!m_hits.all && m_hits.count == 0)) {
        const bool filtered = m_document && m_document->size() != 0;
        m_emptyText->setText(!m_document ? QString() : filtered ? tr("No tensor matches.") : tr("This checkpoint holds no tensors."));
        m_clearFilter->setVisible(filtered);
        m_away = filtered;
        m_stack->setCurrentWidget(m_emptyPage);
        return;
    }
    if (m_stale[at(m_mode)]) {
        refresh(m_mode);
    }
    m_stack->setCurrentWidget(view());
}

void TensorView::refresh(Mode mode)
{
    QTreeView* view = m_views[at(mode)];
    const TensorModel* model = tensors(mode);
    // what to come back to, by tensor; a whole-list selection is not worth keeping
    Rows selected;
    if (mode != Mode::Roles) {
        for (const auto& range : view->selectionModel()->selection()) {
            for (int row = range.top(); row <= range.bottom() && selected.size() <= KeptSelection; ++row) {
                if (const auto tensor = model->tensorAt(view->model()->index(row, 0, range.parent()))) {
                    selected.push_back(*tensor);
                }
            }
        }
    }
    Rows ofCurrent;
    if (view->currentIndex().isValid() && mode == Mode::Roles) {
        model->collect(view->currentIndex(), ofCurrent);
        if (view->selectionModel()->hasSelection() && !ofCurrent.empty()) {
            selected.push_back(ofCurrent.front());
        }
    } else if (const auto tensor = model->tensorAt(view->currentIndex())) {
        ofCurrent.push_back(*tensor);
    }
    std::uint32_t current = ofCurrent.empty() ? UINT32_MAX : ofCurrent.front();
    // where an earlier filter hid the place where the user was, this one may show it again
    const bool returns = m_anchor < m_document->size() && (m_hits.all || m_hits.hit[m_anchor] != 0) && current != m_anchor && m_away;
    if (returns) {
        current = m_anchor;
        selected.assign(1, m_anchor);
    }
    m_away = m_anchor < m_document->size() && !m_hits.all && m_hits.hit[m_anchor] == 0;
    m_restoring = true;
    const Sort sort = m_sorts[at(mode)];
    switch (mode) {
    case Mode::Roles:
        m_roles->sortBy(sort.column, sort.order);
        m_restoring = true;
        m_roles->setHits(m_document, m_hits);
        break;
    case Mode::Tree:
        m_tree->sortSiblings(sort.column, sort.order);
        m_restoring = true; // each reset ends it
        m_tree->setRows(m_document, keepHits(m_document->order(SortKey::Path, false), m_hits));
        break;
    case Mode::Flat:
        m_table->setRows(m_document, keepHits(listOrder(), m_hits));
        break;
    }
    m_stale[at(mode)] = false;
    m_restoring = true;
    if (mode == Mode::Tree) {
        if (m_allExpanded || (!m_hits.all && m_hits.count <= OpenWhenFew)) {
            view->expandAll();
        }
        restoreExpanded({});
    }
    if (selected.size() <= KeptSelection) {
        QItemSelection selection;
        for (const std::uint32_t tensor : selected) {
            const QModelIndex index = tensor < m_document->size() ? model->indexOf(tensor) : QModelIndex();
            if (index.isValid()) {
                selection.select(index, index.siblingAtColumn(view->model()->columnCount() - 1));
            }
        }
        view->selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
    }
    const QModelIndex place = current < m_document->size() ? model->indexOf(current) : QModelIndex();
    if (place.isValid()) {
        view->selectionModel()->setCurrentIndex(place, QItemSelectionModel::NoUpdate);
        reveal(view, place);
    } else if (view->model()->rowCount() != 0) {
        view->selectionModel()->setCurrentIndex(view->model()->index(0, 0), QItemSelectionModel::NoUpdate);
    }
    m_restoring = false;
}

RowsPtr TensorView::listOrder()
{
    const Sort sort = m_sorts[at(Mode::Flat)];
    const auto statistic = sort.column < 0 ? std::nullopt : statisticOf(static_cast<Column>(sort.column));
    const Order wanted{m_document, sort, statistic ? m_document->values()->scanned() : 0, nullptr};
    const auto same = [&wanted](const Order& other) {
        return other.document == wanted.document && other.sort == wanted.sort && other.scanned == wanted.scanned;
    };
    if (same(m_listOrder)) {
        return m_listOrder.rows;
    }
    const SortKey key = sort.column < 0 ? SortKey::File : columnSpec(static_cast<Column>(sort.column)).sort;
    const bool descending = sort.order == Qt::DescendingOrder;
    const auto make = [document = m_document, statistic, key, descending]() -> RowsPtr {
        return statistic ? std::make_shared<const Rows>(document->order(*statistic, descending)) : document->order(key, descending);
    };
    if (m_document->size() <= DirectRows || key == SortKey::File || (!statistic && m_document->knownOrder(key, descending))) {
        m_sortJob.abandon();
        m_listOrder = wanted;
        m_listOrder.rows = make();
        return m_listOrder.rows;
    }
    if (!m_sortJob.isRunning() || !same(m_making)) {
        m_making = wanted;
        m_sortJob.start(
            tr("Sorting"),
            [make](const JobContext& job) -> Result<RowsPtr> {
                RowsPtr rows = make();
                if (job.stop.stop_requested()) {
                    return fail(Code::Cancelled);
                }
                return rows;
            },
            [this, wanted](Result<RowsPtr> rows) { sorted(wanted, std::move(rows)); });
    }
    return m_listOrder.document == m_document ? m_listOrder.rows : m_document->order(SortKey::File, false);
}

void TensorView::sorted(const Order& wanted, Result<RowsPtr> rows)
{
    m_making = {};
    if (wanted.document != m_document) {
        return;
    }
    if (rows) {
        m_listOrder = wanted;
        m_listOrder.rows = *std::move(rows);
    } else { // cancelled: the list says in what order it is
        Sort& sort = m_sorts[at(Mode::Flat)];
        sort = m_listOrder.document == m_document ? m_listOrder.sort : Sort();
        m_chosenSorts[at(Mode::Flat)] = sort;
        view(Mode::Flat)->header()->setSortIndicator(sort.column, sort.order);
    }
    m_stale[at(Mode::Flat)] = true;
    if (m_mode == Mode::Flat) {
        showActive();
        Q_EMIT selectionChanged();
    }
}

void TensorView::restoreExpanded(const QModelIndex& parent)
{
    if (m_expanded.empty() && m_collapsed.empty()) {
        return;
    }
    QTreeView* tree = view(Mode::Tree);
    const int rows = m_tree->rowCount(parent);
    for (int row = 0; row < rows; ++row) {
        const QModelIndex index = m_tree->index(row, 0, parent);
        if (!m_tree->hasChildren(index)) {
            continue;
        }
        const std::string path = m_tree->pathOf(index);
        if (m_collapsed.count(path) != 0) {
            tree->collapse(index);
        } else if (m_expanded.count(path) != 0) {
            tree->expand(index);
            restoreExpanded(index);
        }
    }
}

std::optional<std::uint32_t> TensorView::currentTensor() const
{
    const auto row = currentRow();
    return row && !m_document->missing(*row) ? row : std::nullopt;
}

std::optional<std::uint32_t> TensorView::currentRow() const
{
    return m_document && m_stack->currentWidget() == view() ? tensors(m_mode)->tensorAt(view()->currentIndex()) : std::nullopt;
}

Rows TensorView::selectedTensors() const
{
    Rows rows = selectedRows();
    return m_document && m_document->missingCount() != 0 ? storedOnly(*m_document, std::move(rows)) : rows;
}

Rows TensorView::selectedRows() const
{
    Rows rows;
    if (!m_document || m_stack->currentWidget() != view()) {
        return rows;
    }
    for (const auto& range : view()->selectionModel()->selection()) {
        for (int row = range.top(); row <= range.bottom(); ++row) {
            tensors(m_mode)->collect(view()->model()->index(row, 0, range.parent()), rows);
        }
    }
    if (view()->selectionModel()->selection().size() > 1) {
        // groups and their members may both be selected, and ranges come in the order of the clicks
        std::vector<std::uint32_t> rank(m_document->size());
        const auto order = m_mode == Mode::Flat && m_sorts[at(m_mode)].column < 0 ? m_document->order(SortKey::File, false)
                                                                                  : m_document->order(SortKey::Path, false);
        for (std::uint32_t i = 0; i < order->size(); ++i) {
            rank[(*order)[i]] = i;
        }
        std::sort(rows.begin(), rows.end(), [&rank](std::uint32_t a, std::uint32_t b) { return rank[a] < rank[b]; });
        rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    }
    return rows;
}

/// Brings a row in sight, with what is around it; never sideways, where the key's start would leave the view.
void TensorView::reveal(QTreeView* view, const QModelIndex& index)
{
    const int across = view->horizontalScrollBar()->value();
    const QRect rect = view->visualRect(index);
    if (!rect.isValid() || rect.top() < 0 || rect.bottom() > view->viewport()->height()) {
        view->scrollTo(index, QAbstractItemView::PositionAtCenter);
    }
    view->horizontalScrollBar()->setValue(across);
}

/// A view that became lower still shows the row where the user is.
void TensorView::keepInSight(QTreeView* view, int heightBefore)
{
    const QModelIndex current = view->currentIndex();
    if (!current.isValid() || heightBefore <= view->viewport()->height()) {
        return;
    }
    const QRect rect = view->visualRect(current);
    if (rect.top() >= 0 && rect.bottom() < heightBefore && rect.bottom() >= view->viewport()->height()) {
        QTimer::singleShot(0, view, [view] { // when its scroll bars know of the new height
            const int across = view->horizontalScrollBar()->value();
            view->scrollTo(view->currentIndex());
            view->horizontalScrollBar()->setValue(across);
        });
    }
}

bool TensorView::select(std::uint32_t tensor)
{
    if (!m_document || m_stack->currentWidget() != view()) {
        return false;
    }
    const QModelIndex index = tensors(m_mode)->indexOf(tensor);
    if (!index.isValid()) {
        return false;
    }
    m_anchor = tensor;
    const int across = view()->horizontalScrollBar()->value();
    view()->selectionModel()->setCurrentIndex(index, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    view()->horizontalScrollBar()->setValue(across);
    reveal(view(), index);
    return true;
}

QString TensorView::currentRoleFilter() const
{
    return m_mode == Mode::Roles ? m_roles->filterFor(view()->currentIndex()) : QString();
}

QString TensorView::currentPrefix() const
{
    if (m_mode == Mode::Tree && view()->currentIndex().isValid()) {
        const std::string path = m_tree->pathOf(view()->currentIndex());
        if (m_tree->hasChildren(view()->currentIndex().siblingAtColumn(0))) {
            return fromUtf8(path);
        }
        const std::size_t dot = path.rfind('.');
        return dot == std::string::npos ? QString() : fromUtf8(std::string_view(path).substr(0, dot));
    }
    if (const auto tensor = currentRow()) {
        const std::string_view key = m_document->tensor(*tensor).key;
        const std::size_t dot = key.rfind('.');
        return dot == std::string_view::npos ? QString() : fromUtf8(key.substr(0, dot));
    }
    return {};
}

bool TensorView::canExpandAll() const noexcept
{
    return m_mode == Mode::Tree && m_document && m_document->size() <= DirectRows;
}

void TensorView::expandAll()
{
    if (!canExpandAll()) {
        return;
    }
    m_restoring = true;
    view(Mode::Tree)->expandAll();
    m_restoring = false;
    m_allExpanded = true;
    m_collapsed.clear();
}

void TensorView::collapseAll()
{
    if (m_mode == Mode::Tree) {
        m_restoring = true;
        view(Mode::Tree)->collapseAll();
        m_restoring = false;
        m_allExpanded = false;
        m_expanded.clear();
        m_collapsed.clear();
    }
}

void TensorView::headerClicked(Mode mode, int section)
{
    Sort& sort = m_sorts[at(mode)];
    if (sort.column != section) {
        sort = {section, Qt::AscendingOrder};
    } else if (sort.order == Qt::AscendingOrder) {
        sort.order = Qt::DescendingOrder;
    } else {
        sort = {};
    }
    m_chosenSorts[at(mode)] = sort;
    applySort(mode);
}

void TensorView::applySort(Mode mode)
{
    const Sort sort = m_sorts[at(mode)];
    m_views[at(mode)]->header()->setSortIndicator(sort.column, sort.order);
    if (!m_document) {
        return;
    }
    if (mode == Mode::Flat) {
        m_stale[at(mode)] = true;
    } else {
        // both sort what they hold; the reset forgets places, so they are restored as after a filter
        const auto current = tensors(mode)->tensorAt(view(mode)->currentIndex());
        m_restoring = true;
        if (mode == Mode::Tree) {
            m_tree->sortSiblings(sort.column, sort.order);
            m_restoring = true;
            if (m_allExpanded || (!m_hits.all && m_hits.count <= OpenWhenFew)) {
                view(mode)->expandAll();
            }
            restoreExpanded({});
        } else {
            m_roles->sortBy(sort.column, sort.order);
        }
        m_restoring = false;
        if (current) {
            select(*current);
        }
    }
    showActive();
}

} // namespace ckptscope::ui
