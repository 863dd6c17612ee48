// SPDX-License-Identifier: Apache-2.0
#include "ui/contextkey.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QContextMenuEvent>
#include <QShortcut>

#include <algorithm>

namespace ckptscope::ui {

namespace {

QPoint placeOf(const QWidget& widget)
{
    if (const auto* view = qobject_cast<const QAbstractItemView*>(&widget); view != nullptr && view->currentIndex().isValid()) {
        const QRect row = view->visualRect(view->currentIndex()) & view->viewport()->rect();
        if (row.isValid()) { // of a row that is scrolled away there is no place
            // a wide row is pointed at near its start
            return {row.left() + std::min(row.width() / 2, 40), row.center().y()};
        }
    }
    const QRect cursor = widget.inputMethodQuery(Qt::ImCursorRectangle).toRect();
    return cursor.isValid() && widget.rect().contains(cursor.center()) ? cursor.center() : widget.rect().center();
}

} // namespace

void openContextMenu(QWidget* widget)
{
    if (widget == nullptr) {
        return;
    }
    const QPoint at = placeOf(*widget);
    const auto* area = qobject_cast<const QAbstractScrollArea*>(widget);
    const QPoint global = (area != nullptr ? area->viewport() : widget)->mapToGlobal(at);
    QContextMenuEvent event(QContextMenuEvent::Keyboard, at, global);
    QApplication::sendEvent(widget, &event);
}

void enableContextKey(QWidget* window)
{
    auto* key = new QShortcut(QKeySequence(Qt::SHIFT | Qt::Key_F10), window);
    key->setObjectName(QStringLiteral("contextKey"));
    QObject::connect(key, &QShortcut::activated, window, [window] { openContextMenu(window->focusWidget()); });
}

} // namespace ckptscope::ui
