// SPDX-License-Identifier: Apache-2.0
#include "ui/views/findingspanel.h"

#include "ui/icons.h"
#include "ui/models/findingsmodel.h"
#include "ui/models/rolesmodel.h"
#include "ui/text.h"
#include "ui/views/rowdelegate.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QStackedLayout>
#include <QTreeView>

#include <algorithm>

namespace ckptscope::ui {

FindingsPanel::FindingsPanel(QWidget* parent)
    : QWidget(parent)
    , m_model(new FindingsModel(this))
    , m_view(new QTreeView(this))
    , m_none(new QLabel(this))
    , m_stack(new QStackedLayout(this))
{
    m_view->setObjectName(QStringLiteral("findingsView"));
    m_view->setAccessibleName(tr("Findings"));
    m_view->setModel(m_model);
    auto* delegate = new RowDelegate(m_view);
    delegate->setMiddleElided({FindingsModel::Where});
    m_view->setItemDelegate(delegate);
    m_view->setUniformRowHeights(true);
    m_view->setAllColumnsShowFocus(true);
    m_view->setAlternatingRowColors(true);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setTabKeyNavigation(false);
    m_view->setContextMenuPolicy(Qt::CustomContextMenu);
    m_view->header()->setStretchLastSection(false);
    m_view->header()->setSectionResizeMode(FindingsModel::What, QHeaderView::Stretch);
    m_view->installEventFilter(this);
    m_none->setTextFormat(Qt::PlainText);
    m_none->setAlignment(Qt::AlignCenter);
    m_none->setWordWrap(true);
    m_stack->addWidget(m_view);
    m_stack->addWidget(m_none);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& index) {
        if (const auto row = m_model->rowAt(index); row && !m_following) {
            Q_EMIT tensorChosen(*row);
        }
    });
    connect(m_view, &QTreeView::doubleClicked, this, [this](const QModelIndex& index) {
        if (m_model->findingAt(index) != nullptr && m_model->rowCount(index.siblingAtColumn(0)) == 0) {
            filterToRule(index); // one with more tensors below it opens
        }
    });
    connect(m_view, &QWidget::customContextMenuRequested, this, &FindingsPanel::contextMenu);
    setDocument(nullptr);
}

void FindingsPanel::setDocument(const DocumentPtr& document)
{
    m_following = true;
    m_model->setDocument(document);
    m_following = false;
    const int groups = m_model->rowCount();
    for (int row = 0; row < groups; ++row) {
        m_view->setFirstColumnSpanned(row, {}, true);
        // what is true of the whole checkpoint has neither a place nor a fix: its sentence may have their room
        const QModelIndex group = m_model->index(row, 0);
        constexpr int Most = 100;
        for (int child = 0; child < std::min(m_model->rowCount(group), Most); ++child) {
            const auto empty = [&](int column) { return m_model->index(child, column, group).data().toString().isEmpty(); };
            m_view->setFirstColumnSpanned(child, group, empty(FindingsModel::Where) && empty(FindingsModel::Fix));
        }
    }
    m_none->setText(!document ? QString()
                        : document->report().verdict == Verdict::NoContract
                        ? tr("No rule covers this model, and the files have no damage that shows in their headers.")
                        : tr("No findings."));
    m_stack->setCurrentWidget(groups == 0 ? static_cast<QWidget*>(m_none) : m_view);
    // a few findings are all shown; many wait behind their rules
    constexpr std::size_t Few = 40;
    if (document && document->report().findings.size() <= Few) {
        for (int row = 0; row < groups; ++row) {
            m_view->expand(m_model->index(row, 0));
        }
    } else if (groups == 1) {
        m_view->expand(m_model->index(0, 0));
    }
}

void FindingsPanel::showTensor(std::uint32_t tensor)
{
    const QModelIndex index = m_model->indexOf(tensor);
    m_following = true;
    if (index.isValid() && m_view->isVisible()) {
        m_view->setCurrentIndex(index);
    }
    m_following = false;
}

void FindingsPanel::filterToRule(const QModelIndex& index)
{
    const std::string rule = m_model->ruleAt(index);
    if (!rule.empty()) {
        Q_EMIT filterWanted(QStringLiteral("rule:%1").arg(shownName(rule, 0)));
    }
}

void FindingsPanel::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    const int digit = fontMetrics().horizontalAdvance(QLatin1Char('0'));
    m_view->setColumnWidth(FindingsModel::Fix, std::min(digit * 16, width() / 6));
    m_view->setColumnWidth(FindingsModel::Where, std::min(digit * 60, width() * 2 / 5)); // the finding itself takes the rest
}

bool FindingsPanel::eventFilter(QObject* object, QEvent* event)
{
    if (object == m_view && event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) {
            filterToRule(m_view->currentIndex());
            return true;
        }
    }
    return QWidget::eventFilter(object, event);
}

/// One finding, or all of a rule: a line each.
QString FindingsPanel::copyText(const QModelIndex& index) const
{
    const auto line = [](const QModelIndex& row) {
        QStringList cells;
        for (int column = 0; column < FindingsModel::Columns; ++column) {
            const QString cell = row.siblingAtColumn(column).data().toString();
            if (!cell.isEmpty()) {
                cells << cell;
            }
        }
        return cells.join(QLatin1Char('\t'));
    };
    QStringList lines{line(index)};
    const QModelIndex first = index.siblingAtColumn(0);
    for (int row = 0; row < m_model->rowCount(first); ++row) {
        lines << line(m_model->index(row, 0, first));
    }
    return lines.join(QLatin1Char('\n'));
}

void FindingsPanel::contextMenu(const QPoint& pos)
{
    const QModelIndex index = m_view->indexAt(pos);
    if (!index.isValid()) {
        return;
    }
    const std::string rule = m_model->ruleAt(index);
    auto* menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("findingMenu"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setToolTipsVisible(true);
    QAction* go = menu->addAction(tr("&Go to Tensor"));
    const auto tensor = m_model->rowAt(index);
    go->setEnabled(tensor.has_value());
    if (tensor) {
        connect(go, &QAction::triggered, this, [this, row = *tensor] { Q_EMIT tensorChosen(row); });
    }
    connect(menu->addAction(tr("&Filter to Rule")), &QAction::triggered, this, [this, at = QPersistentModelIndex(index)] { filterToRule(at); });
    menu->addSeparator();
    connect(menu->addAction(icon(QStringLiteral("copy")), tr("&Copy")), &QAction::triggered, this, [this, text = copyText(index)] {
        QGuiApplication::clipboard()->setText(text);
        Q_EMIT copied(text.contains(QLatin1Char('\n')) ? tr("Copied the findings.") : tr("Copied a finding."));
    });
    menu->addSeparator();
    QAction* mute = menu->addAction(tr("&Mute Rule for This Checkpoint"));
    mute->setEnabled(canMute(m_model->document()->report(), rule));
    mute->setToolTip(mute->isEnabled() ? tr("Nothing that this rule finds is shown or repaired in this window, until it is unmuted")
                                       : tr("Damage cannot be muted"));
    connect(mute, &QAction::triggered, this, [this, rule] { Q_EMIT muteWanted(rule); });
    menu->popup(m_view->viewport()->mapToGlobal(pos));
}

} // namespace ckptscope::ui
