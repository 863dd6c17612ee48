// SPDX-License-Identifier: Apache-2.0
#include "ui/views/docksizes.h"

#include <QDockWidget>
#include <QEvent>
#include <QLayout>
#include <QMainWindow>
#include <QMouseEvent>
#include <QStringList>
#include <QTabBar>
#include <QTimer>

#include <algorithm>

namespace ckptscope::ui {

DockSizes::DockSizes(QMainWindow* window, const QList<QDockWidget*>& docks)
    : QObject(window)
    , m_window(window)
    , m_docks(docks)
{
    window->installEventFilter(this);
    for (QDockWidget* dock : docks) {
        connect(dock, &QDockWidget::topLevelChanged, this, [this](bool floats) {
            if (!floats) { // put down elsewhere: all have the places that the user gave them
                QTimer::singleShot(0, this, [this] { take({}); });
            }
        });
    }
}

bool DockSizes::inFront(const QDockWidget* dock) const
{
    return !dock->isFloating() && dock->isVisible() && !dock->visibleRegion().isEmpty(); // one behind another's tab lies outside
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

void DockSizes::want(QDockWidget* dock, int size)
{
    m_wanted.insert(dock, size);
    for (QDockWidget* other : m_window->tabifiedDockWidgets(dock)) {
        m_wanted.insert(other, size);
    }
}

void DockSizes::take(const QHash<QDockWidget*, int>& before)
{
    const QHash<QDockWidget*, int> now = sizes();
    for (auto each = now.cbegin(); each != now.cend(); ++each) {
        if (before.value(each.key(), -1) != each.value()) {
            want(each.key(), each.value());
        }
    }
}

void DockSizes::giveBack()
{
    if (m_drawing || m_giving) {
        return;
    }
    m_giving = true;
    for (const Qt::Orientation orientation : {Qt::Horizontal, Qt::Vertical}) {
        QList<QDockWidget*> docks;
        QList<int> wanted;
        const QHash<QDockWidget*, int> now = sizes();
        for (auto each = now.cbegin(); each != now.cend(); ++each) {
            const int size = m_wanted.value(each.key(), 0);
            if (each.value() < size && grows(each.key()) == orientation) {
                docks << each.key();
                wanted << size;
            }
        }
        if (!docks.isEmpty()) {
            m_window->resizeDocks(docks, wanted, orientation);
            m_window->layout()->activate(); // now, not after a picture with the low ones
        }
    }
    m_giving = false;
}

QString DockSizes::save() const
{
    QStringList parts;
    for (QDockWidget* dock : m_docks) {
        if (m_wanted.contains(dock)) {
            parts << QStringLiteral("%1:%2").arg(dock->objectName()).arg(m_wanted.value(dock));
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
        const int size = part.section(QLatin1Char(':'), 1).toInt();
        const auto dock = std::find_if(m_docks.begin(), m_docks.end(), [&name](const QDockWidget* each) { return each->objectName() == name; });
        if (dock != m_docks.end() && size > 0 && size <= Largest) {
            m_wanted.insert(*dock, size);
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
        giveBack();
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
            QTimer::singleShot(0, this, [this] { take(m_pressed); });
        }
        break;
    default:
        break;
    }
    return QObject::eventFilter(object, event);
}

} // namespace ckptscope::ui
