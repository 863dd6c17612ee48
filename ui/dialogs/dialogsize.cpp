// SPDX-License-Identifier: Apache-2.0
#include "ui/dialogs/dialogsize.h"

#include <QDialog>
#include <QEvent>
#include <QLayout>
#include <QScreen>

#include <algorithm>

namespace ckptscope::ui {

DialogSize::DialogSize(QDialog* dialog, QSize usual)
    : QObject(dialog)
    , m_dialog(dialog)
{
    constexpr double UsualDigit = 8; // px, of a font of 9 or 10 points
    const double larger = std::max(1.0, dialog->fontMetrics().horizontalAdvance(u'0') / UsualDigit);
    dialog->resize((usual * larger).boundedTo(room()).expandedTo(dialog->sizeHint().boundedTo(room())));
    dialog->installEventFilter(this);
}

QSize DialogSize::room() const
{
    constexpr int Frame = 40; // what the desktop draws around it
    const QScreen* screen = m_dialog->screen();
    return screen != nullptr ? screen->availableSize() - QSize(Frame, Frame) : QSize(QWIDGETSIZE_MAX, QWIDGETSIZE_MAX);
}

bool DialogSize::eventFilter(QObject* object, QEvent* event)
{
    if (object == m_dialog && (event->type() == QEvent::LayoutRequest || event->type() == QEvent::Show)) {
        const QLayout* layout = m_dialog->layout();
        if (layout != nullptr && layout->hasHeightForWidth()) {
            const int wanted = std::min(layout->minimumHeightForWidth(m_dialog->width()), room().height());
            if (wanted > m_dialog->height()) {
                m_dialog->resize(m_dialog->width(), wanted);
            }
        }
    }
    return QObject::eventFilter(object, event);
}

} // namespace ckptscope::ui
