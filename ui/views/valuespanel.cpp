// SPDX-License-Identifier: Apache-2.0
#include "ui/views/valuespanel.h"

#include "core/values/slice.h"
#include "ui/models/valuesmodel.h"
#include "ui/text.h"

#include <QAbstractButton>
#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace ckptscope::ui {

ValuesPanel::ValuesPanel(QWidget* parent)
    : TensorPanel(parent)
    , m_model(new ValuesModel(&m_job, this))
    , m_view(new QTableView(this))
    , m_bar(new QHBoxLayout)
    , m_slices(new QLabel(tr("Slice"), this))
    , m_goTo(new QLineEdit(this))
    , m_bits(new QCheckBox(tr("&Bits"), this))
    , m_message(new QLabel(this))
{
    m_view->setObjectName(QStringLiteral("valuesView"));
    m_view->setAccessibleName(tr("Values"));
    m_view->setModel(m_model);
    m_view->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_view->setWordWrap(false);
    m_view->setLayoutDirection(Qt::LeftToRight); // a matrix, as the heatmap draws it
    m_view->setTabKeyNavigation(false);
    const int digit = m_view->fontMetrics().horizontalAdvance(QLatin1Char('0'));
    m_view->horizontalHeader()->setDefaultSectionSize(digit * 14);
    m_view->verticalHeader()->setDefaultSectionSize(m_view->fontMetrics().height() + 6);
    m_view->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    if (auto* corner = m_view->findChild<QAbstractButton*>()) {
        corner->setAccessibleName(tr("Select all cells"));
    }
    m_goTo->setObjectName(QStringLiteral("valuesGoTo"));
    m_goTo->setPlaceholderText(tr("Go to i, j"));
    m_goTo->setAccessibleName(tr("Go to an index"));
    m_goTo->setMaximumWidth(digit * 26);
    m_bits->setObjectName(QStringLiteral("valuesBits"));
    m_bits->setToolTip(tr("Show the stored bits instead of the values"));
    m_message->setTextFormat(Qt::PlainText);
    m_message->setObjectName(QStringLiteral("valuesMessage"));
    m_message->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_bar->addWidget(m_slices);
    m_bar->addWidget(m_goTo);
    m_bar->addWidget(m_bits);
    m_rowPages = makePager("Rows", true);
    m_columnPages = makePager("Columns", false);
    m_bar->addWidget(m_rowPages.row);
    m_bar->addWidget(m_columnPages.row);
    m_bar->addWidget(m_message, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 4, 8, 4);
    layout->setSpacing(4);
    layout->addLayout(m_bar);
    layout->addWidget(m_view, 1);
    connect(m_goTo, &QLineEdit::returnPressed, this, [this] { goTo(m_goTo->text()); });
    connect(m_bits, &QCheckBox::toggled, m_model, &ValuesModel::setBits);
    connect(m_model, &ValuesModel::failed, this, &ValuesPanel::say);
    connect(m_model, &QAbstractItemModel::modelReset, this, &ValuesPanel::showPages);
    auto* copyCells = new QAction(tr("Copy"), m_view);
    m_view->addAction(copyCells);
    m_view->setContextMenuPolicy(Qt::ActionsContextMenu);
    connect(copyCells, &QAction::triggered, this, &ValuesPanel::copy);
    m_slices->hide();
    showPages();
}

ValuesPanel::Pager ValuesPanel::makePager(const char* name, bool rows)
{
    Pager made{new QWidget(this), nullptr, nullptr, nullptr};
    made.row->setObjectName(QLatin1String("values") + QLatin1String(name) + QLatin1String("Pages"));
    made.where = new QLabel(made.row);
    made.where->setObjectName(QLatin1String("values") + QLatin1String(name) + QLatin1String("Where"));
    made.where->setTextFormat(Qt::PlainText);
    const auto button = [&](const char* which, Qt::ArrowType arrow, const QString& tip) {
        auto* one = new QToolButton(made.row);
        one->setObjectName(QLatin1String("values") + QLatin1String(name) + QLatin1String(which));
        one->setArrowType(arrow);
        one->setAutoRaise(true);
        one->setMinimumSize(24, 24);
        one->setFocusPolicy(Qt::StrongFocus);
        one->setToolTip(tip);
        one->setAccessibleName(tip);
        return one;
    };
    made.back = button("Back", rows ? Qt::UpArrow : Qt::LeftArrow, rows ? tr("Rows before these") : tr("Columns before these"));
    made.on = button("On", rows ? Qt::DownArrow : Qt::RightArrow, rows ? tr("Rows behind these") : tr("Columns behind these"));
    made.row->setLayoutDirection(Qt::LeftToRight); // as the grid
    auto* layout = new QHBoxLayout(made.row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    layout->addWidget(made.back);
    layout->addWidget(made.where);
    layout->addWidget(made.on);
    connect(made.back, &QToolButton::clicked, this, [this, rows] { turn(rows, false); });
    connect(made.on, &QToolButton::clicked, this, [this, rows] { turn(rows, true); });
    return made;
}

/// The table holds a page; of what is larger it says which part, and the buttons go on from there.
void ValuesPanel::showPages()
{
    const auto show = [](const Pager& pager, std::uint64_t first, int shown, std::uint64_t all, const QString& text) {
        const std::uint64_t end = first + static_cast<std::uint64_t>(shown);
        pager.row->setVisible(first > 0 || end < all);
        pager.back->setEnabled(first > 0);
        pager.on->setEnabled(end < all);
        pager.where->setText(text.arg(grouped(first), grouped(end == 0 ? 0 : end - 1), grouped(all)));
    };
    show(m_rowPages, m_model->firstRow(), m_model->rowCount(), m_model->rows(), tr("Rows %1 to %2 of %3"));
    show(m_columnPages, m_model->firstColumn(), m_model->columnCount(), m_model->columns(), tr("Columns %1 to %2 of %3"));
}

void ValuesPanel::turn(bool rows, bool on)
{
    std::uint64_t row = m_model->firstRow();
    std::uint64_t column = m_model->firstColumn();
    std::uint64_t& turned = rows ? row : column;
    const std::uint64_t page = rows ? ValuesModel::PageRows : ValuesModel::PageColumns;
    turned = on ? turned + page : turned - std::min(turned, page);
    if (turned >= (rows ? m_model->rows() : m_model->columns())) {
        return;
    }
    m_model->setPage(row, column);
    m_view->setCurrentIndex(m_model->index(0, 0));
    m_view->scrollToTop();
}

ValuesPanel::~ValuesPanel()
{
    m_job.abandon();
}

void ValuesPanel::say(const QString& text)
{
    m_message->setText(text);
    m_message->setToolTip(forToolTip(text));
}

void ValuesPanel::refresh()
{
    qDeleteAll(m_outer);
    m_outer.clear();
    m_goTo->clear();
    const bool one = document() && tensors().size() == 1;
    m_slices->setVisible(false);
    m_goTo->setEnabled(one);
    m_bits->setEnabled(one);
    if (!one) {
        m_model->setTensor(nullptr, nullptr, 0);
        say(emptyText(tr("Select one tensor to see its values.")));
        return;
    }
    const TensorInfo& info = document()->tensor(tensors().front());
    m_model->setTensor(document(), files(), tensors().front());
    say(tr("%1, %2, %3").arg(shownName(info.key, 200), shownName(info.dtypeText(), 40), shapeText(info)));
    for (std::size_t d = 0; d + 2 < info.shape.size(); ++d) {
        auto* box = new QSpinBox(this);
        box->setObjectName(QStringLiteral("valuesDim%1").arg(d));
        box->setAccessibleName(tr("Index in dimension %1").arg(d));
        box->setRange(0, static_cast<int>(std::min<std::uint64_t>(INT_MAX, std::max<std::uint64_t>(info.shape[d], 1)) - 1));
        box->setKeyboardTracking(false);
        connect(box, &QSpinBox::valueChanged, this, [this] {
            std::vector<std::uint64_t> outer;
            for (const QSpinBox* each : std::as_const(m_outer)) {
                outer.push_back(static_cast<std::uint64_t>(each->value()));
            }
            m_model->setOuter(std::move(outer));
        });
        m_bar->insertWidget(1 + static_cast<int>(d), box);
        m_outer << box;
    }
    m_slices->setVisible(!m_outer.isEmpty());
}

/// "3, 5" or "0, 3, 5": the last number is the column, the one before the row, those in front the slice.
void ValuesPanel::goTo(const QString& text, Focus focus)
{
    catchUp();
    if (!document() || tensors().size() != 1) {
        return;
    }
    const TensorInfo& info = document()->tensor(tensors().front());
    QString plain = text;
    plain.remove(QLatin1Char('[')).remove(QLatin1Char(']'));
    const auto slice = parseSlice(toUtf8(plain.trimmed()), info.shape);
    if (!slice) {
        say(errorTitle(slice.error()));
        return;
    }
    const std::size_t rank = slice->size();
    for (std::size_t d = 0; d + 2 < rank && static_cast<qsizetype>(d) < m_outer.size(); ++d) {
        m_outer[static_cast<qsizetype>(d)]->setValue(static_cast<int>((*slice)[d].start));
    }
    const std::uint64_t row = rank > 1 ? (*slice)[rank - 2].start : 0;
    const std::uint64_t column = rank > 0 ? (*slice)[rank - 1].start : 0;
    m_model->setPage(row, column);
    const QModelIndex place = m_model->index(static_cast<int>(row - m_model->firstRow()), static_cast<int>(column - m_model->firstColumn()));
    m_view->setCurrentIndex(place);
    m_view->scrollTo(place, QAbstractItemView::PositionAtCenter);
    if (focus == Focus::Comes) {
        m_view->setFocus();
    }
}

void ValuesPanel::copy()
{
    QModelIndexList cells = m_view->selectionModel()->selectedIndexes();
    constexpr qsizetype Most = 4096; // what is not read yet would be copied as dots
    if (cells.isEmpty()) {
        return;
    }
    if (cells.size() > Most) {
        Q_EMIT noted(tr("At most %1 cells can be copied at a time.").arg(grouped(Most)));
        return;
    }
    std::sort(cells.begin(), cells.end());
    QString text;
    int row = cells.front().row();
    for (const QModelIndex& cell : std::as_const(cells)) {
        text += text.isEmpty() ? QString() : QString(QLatin1Char(cell.row() == row ? '\t' : '\n'));
        row = cell.row();
        text += cell.data().toString();
    }
    QApplication::clipboard()->setText(text);
    Q_EMIT noted(tr("Copied %n cell(s).", nullptr, static_cast<int>(cells.size())));
}

} // namespace ckptscope::ui
