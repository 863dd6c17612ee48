// SPDX-License-Identifier: Apache-2.0
#include "ui/comparewindow.h"

#include "core/diff/filtering.h"
#include "ui/contextkey.h"
#include "ui/copyas.h"
#include "ui/dialogs/savedialog.h"
#include "ui/icons.h"
#include "ui/jobs/jobstrip.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/views/differencepanel.h"
#include "ui/views/elidedlabel.h"
#include "ui/views/filteredit.h"
#include "ui/views/messagebar.h"
#include "ui/views/rowdelegate.h"

#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QGridLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QMenuBar>
#include <QPointer>
#include <QPushButton>
#include <QSaveFile>
#include <QSplitter>
#include <QStatusBar>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>
#include <numeric>

namespace ckptscope::ui {

struct CompareWindow::Pending {
    std::mutex mutex;
    std::vector<ValueDifference> found;
};

namespace {

constexpr QSize FirstSize(1180, 720);
constexpr int TickMs = 250;

/// Rows for a table: one line each, cells in the shown order.
QString tableText(const ComparisonModel& model, const std::vector<std::uint32_t>& rows, bool csv)
{
    QString text;
    const auto line = [&](auto cell) {
        QStringList cells;
        for (int column = 0; column < DiffColumns; ++column) {
            const QString raw = cell(column);
            cells << (csv ? csvCell(raw) : shownName(raw, 0));
        }
        text += cells.join(csv ? QLatin1Char(',') : QLatin1Char('\t')) + (csv ? QLatin1String("\r\n") : QLatin1String("\n"));
    };
    line([&](int column) { return model.headerData(column, Qt::Horizontal).toString(); });
    for (const std::uint32_t row : rows) {
        line([&](int column) { return model.exactText(row, static_cast<DiffColumn>(column)); });
    }
    return text;
}

} // namespace

CompareWindow::CompareWindow(OpenOptions options, QWidget* parent)
    : QMainWindow(parent)
    , m_options(options)
    , m_model(new ComparisonModel(this))
    , m_view(new QTreeView(this))
    , m_nameA(new ElidedLabel(this))
    , m_nameB(new ElidedLabel(this))
    , m_sentence(new QLabel(this))
    , m_values(new QPushButton(tr("Compare &Values"), this))
    , m_filter(new FilterEdit(this))
    , m_filterError(new QLabel(this))
    , m_onlyDifferences(new QCheckBox(tr("Only &differences"), this))
    , m_count(new QLabel(this))
    , m_details(new QLabel(this))
    , m_plots(new DifferencePanel(this))
    , m_messages(new MessageBar(this))
    , m_strip(new JobStrip(this))
{
    setObjectName(QStringLiteral("compareWindow"));
    m_openJob.setObjectName(QStringLiteral("compareOpenJob"));
    m_valuesJob.setObjectName(QStringLiteral("compareValuesJob"));
    setAttribute(Qt::WA_DeleteOnClose);
    resize(FirstSize);
    setWindowTitle(tr("Compare \u2014 ckptscope"));
    enableContextKey(this);

    auto* names = new QGridLayout;
    names->setHorizontalSpacing(8);
    names->setVerticalSpacing(2);
    int line = 0;
    for (const auto& [letter, label] : {std::pair(QStringLiteral("A"), m_nameA), std::pair(QStringLiteral("B"), m_nameB)}) {
        auto* side = new QLabel(letter, this);
        QFont bold = side->font();
        bold.setBold(true);
        side->setFont(bold);
        label->setObjectName(QStringLiteral("name") + letter);
        label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred); // all the room there is
        names->addWidget(side, line, 0);
        names->addWidget(label, line++, 1);
    }
    names->setColumnStretch(1, 1);

    m_sentence->setObjectName(QStringLiteral("compareSentence"));
    m_sentence->setTextFormat(Qt::PlainText);
    m_sentence->setWordWrap(true);
    m_values->setObjectName(QStringLiteral("compareValuesButton"));
    m_values->setToolTip(tr("Read both and compare every element"));
    m_values->setMinimumHeight(28);
    auto* sentenceRow = new QHBoxLayout;
    sentenceRow->addWidget(m_sentence, 1);
    m_useDonor = new QPushButton(tr("Use B as &Donor\u2026"), this);
    m_useDonor->setObjectName(QStringLiteral("compareDonorButton"));
    m_useDonor->setMinimumHeight(28);
    sentenceRow->addWidget(m_useDonor);
    sentenceRow->addWidget(m_values);

    m_filter->setPlaceholderText(tr("Filter, for instance change:dtype or A_log"));
    m_filter->setAccessibleName(tr("Filter"));
    m_filter->setMinimumHeight(28);
    m_filterError->setTextFormat(Qt::PlainText);
    m_filterError->setObjectName(QStringLiteral("compareFilterError"));
    m_filterError->hide();
    m_onlyDifferences->setObjectName(QStringLiteral("onlyDifferences"));
    m_onlyDifferences->setChecked(true);
    m_onlyDifferences->setToolTip(tr("Leave out tensors that are alike in what was compared so far"));
    m_count->setTextFormat(Qt::PlainText);
    auto* filterRow = new QHBoxLayout;
    filterRow->setSpacing(8);
    filterRow->addWidget(m_filter, 1);
    filterRow->addWidget(m_onlyDifferences);
    filterRow->addWidget(m_count);

    m_view->setObjectName(QStringLiteral("compareView"));
    m_view->setAccessibleName(tr("Compared tensors"));
    m_view->setRootIsDecorated(false);
    m_view->setUniformRowHeights(true);
    m_view->setAlternatingRowColors(false);
    m_view->setAllColumnsShowFocus(true);
    m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    auto* delegate = new RowDelegate(m_view);
    delegate->setMiddleElided({0});
    m_view->setItemDelegate(delegate);
    m_view->setModel(m_model);
    m_view->header()->setSectionsClickable(true);
    m_view->header()->setStretchLastSection(true);
    m_view->header()->setSortIndicatorShown(false);
    const int digit = m_view->fontMetrics().horizontalAdvance(QLatin1Char('0'));
    const std::array<int, DiffColumns> widths{32, 15, 9, 9, 11, 11, 11, 10, 11, 11, 10};
    for (int column = 0; column < DiffColumns; ++column) {
        m_view->setColumnWidth(column, widths[static_cast<std::size_t>(column)] * digit);
    }

    m_details->setObjectName(QStringLiteral("compareDetails"));
    m_details->setTextFormat(Qt::PlainText);
    m_details->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_details->setWordWrap(true);
    m_details->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_details->setMargin(6);
    m_details->setMinimumHeight(3 * m_details->fontMetrics().lineSpacing() + 12);

    auto* middle = new QWidget(this);
    auto* layout = new QVBoxLayout(middle);
    layout->setContentsMargins(10, 8, 10, 4);
    layout->setSpacing(8);
    layout->addLayout(names);
    layout->addWidget(m_messages);
    layout->addLayout(sentenceRow);
    layout->addLayout(filterRow);
    layout->addWidget(m_filterError);
    auto* below = new QSplitter(Qt::Horizontal, this);
    below->setChildrenCollapsible(false);
    m_details->setMinimumWidth(260);
    m_details->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    below->addWidget(m_details);
    below->addWidget(m_plots);
    below->setStretchFactor(0, 1);
    below->setStretchFactor(1, 2);
    auto* parts = new QSplitter(Qt::Vertical, this);
    parts->setObjectName(QStringLiteral("compareParts"));
    parts->setChildrenCollapsible(false);
    parts->addWidget(m_view);
    parts->addWidget(below);
    parts->setStretchFactor(0, 3);
    parts->setStretchFactor(1, 2);
    parts->setSizes({340, 260});
    layout->addWidget(parts, 1);
    setCentralWidget(middle);
    statusBar()->setSizeGripEnabled(false);
    statusBar()->addWidget(m_strip, 1);
    m_strip->watch(&m_openJob);
    m_strip->watch(&m_valuesJob);
    m_strip->watch(m_plots->job());
    m_valuesJob.setCancelledText(tr("Cancelled. What was found so far is kept."));

    buildMenus();
    connect(m_values, &QPushButton::clicked, this, &CompareWindow::compareValues);
    connect(m_plots, &DifferencePanel::noted, m_strip, &JobStrip::showNote);
    connect(m_filter, &QLineEdit::textChanged, this, &CompareWindow::refresh);
    connect(m_filter, &FilterEdit::left, m_view, [this] { m_view->setFocus(Qt::OtherFocusReason); });
    connect(m_onlyDifferences, &QCheckBox::toggled, this, &CompareWindow::refresh);
    connect(m_view->header(), &QHeaderView::sectionClicked, this, &CompareWindow::sortBy);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this, &CompareWindow::showDetails);
    m_tick.setInterval(TickMs);
    connect(&m_tick, &QTimer::timeout, this, &CompareWindow::takePending);
    updateActions();
}

CompareWindow::~CompareWindow()
{
    m_openJob.abandon();
    m_valuesJob.abandon();
    const auto children = findChildren<QObject*>();
    for (QObject* child : children) { // what they say while they go is for nobody
        child->disconnect(this);
    }
}

void CompareWindow::buildMenus()
{
    const auto add = [this](QMenu* menu, const char* name, const QString& text, const char* keys, const QString& tip, auto slot) {
        QAction* made = menu->addAction(text);
        made->setObjectName(QLatin1String(name));
        if (*keys != '\0') {
            made->setShortcut(QKeySequence(QLatin1String(keys)));
        }
        made->setToolTip(tip);
        connect(made, &QAction::triggered, this, slot);
        return made;
    };
    menuBar()->setAccessibleName(tr("Menu"));
    QMenu* file = menuBar()->addMenu(tr("&File"));
    QMenu* edit = menuBar()->addMenu(tr("&Edit"));
    QMenu* view = menuBar()->addMenu(tr("&View"));
    for (QMenu* menu : {file, edit, view}) {
        menu->setToolTipsVisible(true);
    }
    m_swap = add(file, "compare.swap", tr("&Swap A and B"), "Ctrl+Shift+X", tr("Compare the other way round"), [this] { swapSides(); });
    m_donor = add(file, "compare.donor", tr("Use B as &Donor for A\u2026"), "", tr("Open A, and offer B's values where A has lost precision"),
                  [this] { Q_EMIT donorWanted(m_a.paths, m_b.paths.front()); });
    m_useDonor->setToolTip(m_donor->toolTip());
    m_useDonor->setEnabled(m_donor->isEnabled());
    connect(m_useDonor, &QPushButton::clicked, m_donor, &QAction::trigger);
    connect(m_donor, &QAction::changed, m_useDonor, [this] { m_useDonor->setEnabled(m_donor->isEnabled()); });
    m_save = add(file, "compare.save", tr("Save &List\u2026"), "Ctrl+S", tr("Save the rows that are shown, as CSV, or all differences as JSON"),
                 [this] { saveList(); });
    file->addSeparator();
    add(file, "compare.close", tr("&Close"), "Ctrl+W", tr("Close this window"), [this] { close(); });
    m_copy = add(edit, "compare.copy", tr("&Copy"), "Ctrl+C", tr("Copy the selected rows, tab-separated"), [this] { copyRows(); });
    add(edit, "compare.selectAll", tr("Select &All"), "Ctrl+A", tr("Select all rows"), [this] { m_view->selectAll(); });
    edit->addSeparator();
    add(edit, "compare.filter", tr("&Filter"), "Ctrl+F", tr("Filter the list"), [this] {
        m_filter->setFocus(Qt::ShortcutFocusReason);
        m_filter->selectAll();
    });
    buildViewMenu(view);
    m_view->addActions({m_copy, m_donor, m_save});
    m_view->setContextMenuPolicy(Qt::ActionsContextMenu);
}

void CompareWindow::buildViewMenu(QMenu* menu)
{
    const std::array names{tr("&Histogram of A \u2212 B"), tr("Histograms of A and &B"), tr("Heat&map of A \u2212 B")};
    for (int i = 0; i < static_cast<int>(names.size()); ++i) {
        QAction* show = menu->addAction(names[static_cast<std::size_t>(i)]);
        show->setObjectName(QStringLiteral("compare.plot%1").arg(i));
        show->setShortcut(QKeySequence(QStringLiteral("Alt+%1").arg(i + 1)));
        show->setToolTip(tr("Show it of the selected tensor"));
        connect(show, &QAction::triggered, this, [this, i] {
            m_showPlots->setChecked(true);
            m_plots->setWhat(static_cast<DifferencePanel::What>(i));
        });
    }
    menu->addSeparator();
    m_showPlots = menu->addAction(tr("&Plots"));
    m_showPlots->setObjectName(QStringLiteral("compare.plots"));
    m_showPlots->setCheckable(true);
    m_showPlots->setChecked(true);
    m_showPlots->setShortcut(QKeySequence(QStringLiteral("Alt+4")));
    m_showPlots->setToolTip(tr("How the values of the selected tensor differ; reads it on both sides"));
    connect(m_showPlots, &QAction::toggled, m_plots, &QWidget::setVisible);
}

void CompareWindow::compare(Side a, Side b)
{
    m_valuesJob.abandon();
    m_plots->setRow(nullptr, std::nullopt);
    m_a = std::move(a);
    m_b = std::move(b);
    m_nameA->setFullText(shownPath(m_a.paths.front()));
    m_nameB->setFullText(shownPath(m_b.paths.front()));
    setWindowTitle(forWindowTitle(tr("%1 | %2 \u2014 ckptscope").arg(nameOf(m_a.paths.front()), nameOf(m_b.paths.front()))));
    m_sentence->setText(tr("Reading headers\u2026"));
    m_openJob.start(
        tr("Reading headers"),
        [a = m_a, b = m_b, options = m_options](const JobContext& job) -> Result<Opened> {
            Opened opened{a.checkpoint, b.checkpoint, {}};
            for (auto& [side, into] : {std::pair(&a, &opened.a), std::pair(&b, &opened.b)}) {
                if (*into == nullptr) {
                    auto read = openCheckpoint(side->paths, options, job);
                    if (!read) {
                        return std::move(read).error();
                    }
                    *into = *std::move(read);
                }
            }
            opened.comparison = Comparison::make(opened.a, opened.b);
            return opened;
        },
        [this](Result<Opened> opened) {
            if (!opened) {
                m_sentence->setText(tr("Not compared."));
                if (opened.error().code != Code::Cancelled) {
                    m_messages->addError(opened.error());
                }
                Q_EMIT failed();
                updateActions();
                return;
            }
            showBoth(*std::move(opened));
        });
    updateActions();
}

void CompareWindow::showBoth(Opened opened)
{
    m_a.checkpoint = opened.a;
    m_b.checkpoint = opened.b;
    auto state = std::make_shared<ComparisonState>();
    state->comparison = opened.comparison;
    state->view.comparison = state->comparison.get();
    state->view.rows.resize(state->comparison->rows().size());
    std::iota(state->view.rows.begin(), state->view.rows.end(), 0U);
    m_state = std::move(state);
    for (const auto& [letter, side] : {std::pair(QStringLiteral("A"), opened.a), std::pair(QStringLiteral("B"), opened.b)}) {
        if (side->damaged()) {
            m_messages->add(
                {Mark::Damaged, tr("%1 is damaged; what can be read of it is compared.").arg(letter), shownPath(side->path()), {}, {}, {}});
        }
    }
    FilterContext context;
    context.checkpoint = opened.a.get();
    m_filter->setContext(context);
    refresh();
    updateActions();
}

void CompareWindow::compareValues()
{
    if (!m_state || m_valuesJob.isRunning() || m_openJob.isRunning()) {
        return;
    }
    m_pending = std::make_shared<Pending>();
    m_tick.start();
    m_valuesJob.start(
        tr("Comparing values"),
        [state = m_state, pending = m_pending](const JobContext& job) {
            return ckptscope::compareValues(
                *state->comparison, state->view.rows, {},
                [&](const ValueDifference& one) {
                    if (one.changed() || one.error) {
                        const std::scoped_lock lock(pending->mutex);
                        pending->found.push_back(one);
                    }
                },
                job);
        },
        [this](Result<std::vector<ValueDifference>> result) { valuesDone(std::move(result)); });
    updateActions();
}

/// While values are compared: what was found to differ so far.
void CompareWindow::takePending()
{
    std::vector<ValueDifference> found;
    if (m_pending) {
        const std::scoped_lock lock(m_pending->mutex);
        found.swap(m_pending->found);
    }
    if (found.empty() || !m_state) {
        return;
    }
    auto next = std::make_shared<ComparisonState>(*m_state);
    auto& values = next->view.values;
    for (ValueDifference& one : found) {
        if (next->view.valuesOf(one.row) == nullptr) {
            const auto at = std::lower_bound(values.begin(), values.end(), one.row,
                                             [](const ValueDifference& have, std::uint32_t row) { return have.row < row; });
            values.insert(at, std::move(one));
        }
    }
    m_state = std::move(next);
    refresh();
}

void CompareWindow::valuesDone(Result<std::vector<ValueDifference>> result)
{
    m_tick.stop();
    takePending();
    m_pending.reset();
    if (result) {
        auto next = std::make_shared<ComparisonState>(*m_state);
        next->view.values = *std::move(result);
        next->view.valuesCompared = true;
        m_state = std::move(next);
        refresh();
    } else if (result.error().code != Code::Cancelled) {
        m_messages->addError(result.error());
    }
    updateActions();
}

QString CompareWindow::sentence() const
{
    const ComparisonCounts counts = m_state->view.counts();
    QString text = counts.added + counts.removed == 0
        ? tr("Same %1 keys").arg(grouped(counts.matched))
        : tr("%1 keys in both, %2 only in A, %3 only in B").arg(grouped(counts.matched), grouped(counts.removed), grouped(counts.added));
    if (counts.renamed > 0) {
        text += tr(" (%1 without prefix or holder)").arg(grouped(counts.renamed));
    }
    text += tr("; %1 differ in dtype, %2 in shape").arg(grouped(counts.dtype), grouped(counts.shape));
    text += m_state->view.valuesCompared ? tr(", %1 in value.").arg(grouped(counts.value)) : tr("; values not compared yet.");
    if (counts.unreadable > 0) {
        text += QLatin1Char(' ') + tr("%1 cannot be compared.").arg(grouped(counts.unreadable));
    }
    return text;
}

void CompareWindow::refresh()
{
    if (!m_state) {
        return;
    }
    const auto current = m_model->rowAt(m_view->currentIndex());
    const std::string text = toUtf8(m_filter->text());
    auto parsed = Filter::parse(text);
    if (const auto* error = std::get_if<FilterError>(&parsed)) { // the last good rows stay
        m_filter->setMistake(error->position, error->length);
        m_filterError->setText(fromUtf8(filterErrorText(*error)));
        m_filterError->show();
        return;
    }
    const Filter& filter = std::get<Filter>(parsed);
    m_filter->clearMistake();
    m_filterError->setVisible(!filter.needsScan().empty());
    m_filterError->setText(tr("'%1' cannot be asked of a comparison").arg(fromUtf8(filter.needsScan())));
    const auto hits = matchRows(*m_state->comparison, m_state->view.values, filter);
    std::vector<std::uint32_t> rows;
    for (const std::uint32_t row : m_state->view.rows) {
        if (hits && (*hits)[row] != 0 && (!m_onlyDifferences->isChecked() || m_state->view.differs(row))) {
            rows.push_back(row);
        }
    }
    sortRows(m_state->view, rows, DiffColumn::Key, false); // layers.2 before layers.10, whatever the files have
    if (m_sortColumn > int(DiffColumn::Key) || m_descending) {
        sortRows(m_state->view, rows, static_cast<DiffColumn>(m_sortColumn), m_descending);
    }
    m_count->setText(tr("%1 of %2").arg(grouped(rows.size()), tensorsText(m_state->view.rows.size())));
    m_model->setRows(m_state, std::move(rows));
    if (current) {
        const QModelIndex again = m_model->indexOf(*current);
        if (again.isValid()) {
            m_view->setCurrentIndex(again);
        }
    }
    if (!m_view->currentIndex().isValid() && m_model->rowCount() > 0) {
        m_view->setCurrentIndex(m_model->index(0, 0));
    }
    m_sentence->setText(sentence());
    showDetails();
    updateActions();
}

void CompareWindow::sortBy(int column)
{
    if (m_sortColumn == column && m_descending) { // the third click goes back to the order of the names
        m_sortColumn = -1;
        m_descending = false;
    } else {
        m_descending = m_sortColumn == column;
        m_sortColumn = column;
    }
    m_view->header()->setSortIndicatorShown(m_sortColumn >= 0);
    m_view->header()->setSortIndicator(m_sortColumn, m_descending ? Qt::DescendingOrder : Qt::AscendingOrder);
    refresh();
}

void CompareWindow::showDetails()
{
    const auto row = m_model->rowAt(m_view->currentIndex());
    m_details->setText(row && m_state ? comparisonDetails(*m_state, *row)
                           : m_state && m_model->rowCount() == 0
                           ? (m_onlyDifferences->isChecked() && m_filter->text().isEmpty() ? tr("No difference was found in what was compared.")
                                                                                           : tr("No tensor matches."))
                           : QString());
    m_plots->setRow(m_state, row);
}

void CompareWindow::updateActions()
{
    const bool open = m_state != nullptr && !m_openJob.isRunning();
    m_values->setEnabled(open && !m_valuesJob.isRunning());
    m_values->setVisible(!m_state || !m_state->view.valuesCompared);
    m_swap->setEnabled(open && !m_valuesJob.isRunning());
    m_donor->setEnabled(open);
    m_save->setEnabled(open);
    m_copy->setEnabled(open);
}

void CompareWindow::swapSides()
{
    const bool valuesToo = m_state && m_state->view.valuesCompared;
    std::swap(m_a, m_b);
    compare(m_a, m_b);
    if (valuesToo) { // both are open: what was compared once is compared again
        connect(
            &m_openJob, &JobRunner::finished, this, [this] { QTimer::singleShot(0, this, &CompareWindow::compareValues); }, Qt::SingleShotConnection);
    }
}

void CompareWindow::copyRows()
{
    std::vector<std::uint32_t> rows;
    for (const QModelIndex& index : m_view->selectionModel()->selectedRows()) {
        if (const auto row = m_model->rowAt(index)) {
            rows.push_back(*row);
        }
    }
    if (!rows.empty()) {
        QApplication::clipboard()->setText(tableText(*m_model, rows, false));
        m_strip->showNote(tr("Copied %n row(s).", nullptr, static_cast<int>(rows.size())));
    }
}

void CompareWindow::saveList()
{
    const QPointer<CompareWindow> self(this);
    const QString path = chooseSaveFile(this, tr("Save List"), QStringLiteral("comparison.csv"),
                                        {tr("CSV, the rows that are shown (*.csv)"), tr("JSON, all differences (*.json)")});
    if (!self || path.isEmpty()) {
        return;
    }
    QByteArray bytes;
    if (path.endsWith(QLatin1String(".json"), Qt::CaseInsensitive)) {
        report::writeDiffJson(m_state->view, [&](std::string_view text) { bytes.append(text.data(), static_cast<qsizetype>(text.size())); });
    } else {
        bytes = tableText(*m_model, m_model->rows(), true).toUtf8();
    }
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit()) {
        m_messages->addError(inFile(fail(Code::FileWrite, {toUtf8(file.errorString())}), toPath(path)));
        return;
    }
    m_strip->showNote(tr("Saved %1.").arg(shownName(path, 120)));
}

bool CompareWindow::idle() const
{
    return !m_openJob.isRunning() && !m_valuesJob.isRunning() && !m_plots->busy();
}

void CompareWindow::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape && m_strip->anyRunning()) {
        m_strip->cancelNewest();
        return;
    }
    QMainWindow::keyPressEvent(event);
}

} // namespace ckptscope::ui
