// SPDX-License-Identifier: Apache-2.0
// Where the focus goes: F6 from pane to pane, Tab round and round within one, Alt and a number to a dock.
#include "ui/jobs/jobstrip.h"
#include "ui/mainwindow.h"
#include "ui/views/bannerwidget.h"
#include "ui/views/detailspanel.h"
#include "ui/views/filterbar.h"
#include "ui/views/filteredit.h"
#include "ui/views/messagebar.h"
#include "ui/views/mutedline.h"
#include "ui/views/plot.h"

#include <QAbstractItemView>
#include <QDockWidget>
#include <QPushButton>
#include <QStackedWidget>
#include <QTextBrowser>
#include <QTreeView>

#include <algorithm>

namespace ckptscope::ui {

namespace {

bool takesTab(const QWidget* widget)
{
    return widget->isVisible() && widget->isEnabled() && (widget->focusPolicy() & Qt::TabFocus) == Qt::TabFocus && widget->focusProxy() == nullptr;
}

/// Where a pane is entered: its list, else the first of what Tab would reach.
QWidget* entrance(const QWidgetList& pane)
{
    QWidget* best = nullptr;
    for (const QWidget* part : pane) {
        if (!part->isVisible()) {
            continue;
        }
        const auto children = part->findChildren<QWidget*>();
        for (QWidget* child : children) {
            const bool item = qobject_cast<QAbstractItemView*>(child) != nullptr;
            if (takesTab(child) && (best == nullptr || (item && qobject_cast<QAbstractItemView*>(best) == nullptr))) {
                best = child;
            }
        }
    }
    return best;
}

bool holds(const QWidgetList& pane, const QWidget* widget)
{
    return widget != nullptr
        && std::any_of(pane.begin(), pane.end(), [widget](const QWidget* part) { return part == widget || part->isAncestorOf(widget); });
}

} // namespace

/// Banner, messages, facts and filter, tensors, right dock, bottom dock, job strip.
QList<QWidgetList> MainWindow::panes() const
{
    QList<QWidgetList> all{{m_banner}, {m_messages, m_muted}, {m_filterRow, m_factsRow}, {m_pages->currentWidget()}};
    for (const char* name : {"details", "findings", "values", "histogram", "heatmap", "halflife", "map", "shards", "metadata"}) {
        const QDockWidget* each = dock(QLatin1String(name));
        if (each->isVisible() && !each->visibleRegion().isEmpty()) {
            all.append(QWidgetList{each->widget()});
        }
    }
    all.append(QWidgetList{m_strip});
    return all;
}

void MainWindow::nextPane(int direction)
{
    const QList<QWidgetList> all = panes();
    qsizetype now = -1;
    for (qsizetype i = 0; i < all.size(); ++i) {
        now = holds(all[i], focusWidget()) ? i : now;
    }
    for (qsizetype i = 1; i <= all.size(); ++i) {
        const qsizetype at = ((now + direction * i) % all.size() + all.size()) % all.size();
        QPushButton* fixes = m_banner->button("fix");
        QWidget* target = all[at].front() == m_banner && fixes->isVisible() && fixes->isEnabled() ? fixes
            : all[at].front() == m_filterRow && m_filterRow->isVisible()                          ? m_filterBar->edit()
                                                                                                  : entrance(all[at]);
        if (target != nullptr && target->isVisible()) {
            target->setFocus(Qt::ShortcutFocusReason);
            return;
        }
    }
}

/// Tab goes round within a pane: F6 leaves it.
bool MainWindow::focusNextPrevChild(bool next)
{
    QWidget* const now = focusWidget();
    const QList<QWidgetList> all = panes();
    const auto pane = std::find_if(all.begin(), all.end(), [now](const QWidgetList& each) { return holds(each, now); });
    if (pane == all.end()) {
        return QMainWindow::focusNextPrevChild(next);
    }
    const auto step = [next](const QWidget* from) { return next ? from->nextInFocusChain() : from->previousInFocusChain(); };
    for (QWidget* each = step(now); each != now && each != nullptr; each = step(each)) {
        if (takesTab(each) && holds(*pane, each)) {
            each->setFocus(next ? Qt::TabFocusReason : Qt::BacktabFocusReason);
            return true;
        }
    }
    return true;
}

void MainWindow::toggleDock(const QString& name)
{
    QDockWidget* each = dock(name);
    if (each == nullptr || onStartPage()) {
        return;
    }
    const bool inSight = each->isVisible() && !each->visibleRegion().isEmpty();
    if (inSight && (each == focusWidget() || each->isAncestorOf(focusWidget()))) {
        each->hide();
        m_view->view()->setFocus();
        return;
    }
    each->show();
    each->raise();
    const auto children = each->findChildren<QWidget*>();
    const auto wanted = std::find_if(children.begin(), children.end(), [&](const QWidget* child) {
        return child->isVisibleTo(each) && child->window() == each->window()
            && (qobject_cast<const QAbstractItemView*>(child) != nullptr || qobject_cast<const Plot*>(child) != nullptr
                || child == m_details->browser());
    });
    QWidget* target = wanted != children.end() ? *wanted : entrance({each->widget()});
    (target != nullptr ? target : each)->setFocus(Qt::ShortcutFocusReason); // the dock itself where nothing in it takes the focus
}

} // namespace ckptscope::ui
