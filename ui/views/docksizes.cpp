// SPDX-License-Identifier: Apache-2.0
#include "ui/views/docksizes.h"

#include <QDockWidget>
#include <QEvent>
#include <QLayout>
#include <QMainWindow>
#include <QMouseEvent>
#include <QStringList>
#include <QTabBar>

#include <algorithm>

namespace ckptscope::ui {

namespace {

bool inFront(const QDockWidget* dock)
{
    return !dock->isFloating() && dock->isVisible() && !dock->visibleRegion().isEmpty(); // one behind another's tab lies outside
}

} // namespace

DockSizes::DockSizes(QMainWindow* window, const QList<QDockWidget*>& docks)
    : QObject(window)
    , m_window(window)
    , m_docks(docks)
{
    window->installEventFilter(this);
    for (QDockWidget* dock : docks) {
        connect(dock, &QDockWidget::topLevelChanged, this, [this](bool floats) {
            if (!floats) { // put down elsewhere: all have the places that the user gave them
                QMetaObject::invokeMethod(
                    this, [this] { take({}); }, Qt::QueuedConnection);
            }
        });
    }
}

Qt::Orientation DockSizes::grows(QDockWidget* dock) const
{
    const Qt::DockWidgetArea area = m_window->dockWidgetArea(dock);
    return area == Qt::LeftDockWidgetArea || area == Qt::RightDockWidgetArea ? Qt::Horizontal : Qt::Vertical;
}

int DockSizes::sizeOf(QDockWidget* dock) const
{
    if (grows(dock) == Qt::Horizontal) {
        return dock->width();
    }
    const QRect place = dock->geometry();
    for (const QTabBar* tabs : m_window->findChildren<QTabBar*>(QString(), Qt::FindDirectChildrenOnly)) {
        const QRect bar = tabs->geometry();
        if (tabs->isVisible() && bar.left() >= place.left() && bar.right() <= place.right()
            && (bar.bottom() + 1 == place.top() || place.bottom() + 1 == bar.top())) {
            return place.height() + bar.height();
        }
    }
    return place.height();
}

QHash<QDockWidget*, int> DockSizes::sizes() const
{
    QHash<QDockWidget*, int> all;
    for (QDockWidget* dock : m_docks) {
        if (inFront(dock)) {
            all.insert(dock, sizeOf(dock));
        }
    }
    return all;
}

int DockSizes::room(QDockWidget* dock) const
{
    const QWidget* centre = m_window->centralWidget();
    return sizeOf(dock) + (grows(dock) == Qt::Horizontal ? centre->width() : centre->height());
}

void DockSizes::want(QDockWidget* dock, int size, double share)
{
    m_wanted.insert(dock, {size, share});
    for (QDockWidget* other : m_window->tabifiedDockWidgets(dock)) {
        m_wanted.insert(other, {size, share});
    }
}

void DockSizes::take(const QHash<QDockWidget*, int>& before)
{
    const QHash<QDockWidget*, int> now = sizes();
    for (auto each = now.cbegin(); each != now.cend(); ++each) {
        if (before.value(each.key(), -1) != each.value()) {
            constexpr double Slack = 0.05; // rows above the centre come and go
            want(each.key(), each.value(), each.value() / static_cast<double>(std::max(1, room(each.key()))) + Slack);
        }
    }
}

void DockSizes::share()
{
    constexpr double Beside = 0.33; // of the width, and
    constexpr double Below = 0.55;  // of the height at most, where the user did not want more
    if (m_drawing || m_sharing) {
        return;
    }
    m_sharing = true;
    for (const Qt::Orientation orientation : {Qt::Horizontal, Qt::Vertical}) {
        QList<QDockWidget*> docks;
        QList<int> all;
        const QHash<QDockWidget*, int> now = sizes();
        for (auto each = now.cbegin(); each != now.cend(); ++each) {
            const Wanted wanted = m_wanted.value(each.key());
            if (wanted.size == 0 || grows(each.key()) != orientation) {
                continue;
            }
            const double share = std::max(wanted.share, orientation == Qt::Horizontal ? Beside : Below);
            const int size = std::min(wanted.size, qRound(share * room(each.key())));
            if (size != each.value()) {
                docks << each.key();
                all << size;
            }
        }
        if (!docks.isEmpty()) {
            m_window->resizeDocks(docks, all, orientation);
            m_window->layout()->activate(); // now, not after a picture with other sizes
        }
    }
    m_sharing = false;
}

QString DockSizes::save() const
{
    QStringList parts;
    for (QDockWidget* dock : m_docks) {
        if (m_wanted.contains(dock)) {
            const Wanted wanted = m_wanted.value(dock);
            parts << QStringLiteral("%1:%2:%3").arg(dock->objectName()).arg(wanted.size).arg(qRound(100 * wanted.share));
        }
    }
    return parts.join(QLatin1Char(','));
}

void DockSizes::restore(const QString& saved)
{
    constexpr int Largest = 4000;
    const QStringList parts = saved.split(QLatin1Char(','), Qt::SkipEmptyParts);
    for (const QString& part : parts) {
        const QString name = part.section(QLatin1Char(':'), 0, 0);
        const int size = part.section(QLatin1Char(':'), 1, 1).toInt();
        const double share = std::clamp(part.section(QLatin1Char(':'), 2, 2).toInt(), 0, 90) / 100.0;
        const auto dock = std::find_if(m_docks.begin(), m_docks.end(), [&name](const QDockWidget* each) { return each->objectName() == name; });
        if (dock != m_docks.end() && size > 0 && size <= Largest) {
            m_wanted.insert(*dock, {size, share});
        }
    }
}

bool DockSizes::eventFilter(QObject* object, QEvent* event)
{
    if (object != m_window) {
        return QObject::eventFilter(object, event);
    }
    switch (event->type()) {
    case QEvent::Resize: // the window's layout has done its part
        share();
        break;
    case QEvent::MouseButtonPress:
        if (m_window->isSeparator(static_cast<QMouseEvent*>(event)->pos())) {
            m_drawing = true;
            m_pressed = sizes();
        }
        break;
    case QEvent::MouseButtonRelease:
        if (m_drawing) {
            m_drawing = false;
            take(m_pressed); // before anything shares anew
        }
        break;
    default:
        break;
    }
    return QObject::eventFilter(object, event);
}

} // namespace ckptscope::ui
