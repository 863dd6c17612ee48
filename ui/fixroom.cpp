// SPDX-License-Identifier: Apache-2.0
#include "ui/fixroom.h"

#include "ui/text.h"

#include <QCursor>
#include <QEvent>
#include <QToolTip>
#include <QWidget>

namespace ckptscope::ui {

FixRoom::FixRoom(QWidget* button, std::function<Work()> ask, QObject* parent)
    : QObject(parent)
    , m_button(button)
    , m_ask(std::move(ask))
    , m_job(this)
{
    m_job.setObjectName(QStringLiteral("roomJob"));
    button->installEventFilter(this);
}

void FixRoom::setTip(const QString& tip, bool measurable)
{
    m_job.abandon();
    m_tip = tip;
    m_measurable = measurable;
    show(tip);
    if (m_button->isVisible() && (m_button->underMouse() || m_button->hasFocus())) {
        measure();
    }
}

bool FixRoom::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::Enter || event->type() == QEvent::FocusIn) {
        measure();
    }
    return QObject::eventFilter(watched, event);
}

void FixRoom::measure()
{
    if (!m_measurable || m_job.isRunning()) {
        return;
    }
    m_job.start(
        QString(), [work = m_ask()](const JobContext& job) { return work(job); },
        [this](const Result<FixCheck>& check) {
            if (!check) { // what the click will ask about first
                show(tr("%1 It asks first: %2.", "what Fix does; what stands in its way").arg(m_tip, errorTitle(check.error())));
                return;
            }
            const SpaceCheck& space = check->space;
            if (!space.enough()) {
                show(tr("%1 Needs %2, but only %3 are free.").arg(m_tip, bytesText(space.needed), bytesText(space.free)));
            } else if (space.shared > 0) {
                show(tr("%1 Needs %2; %3 are shared with it.").arg(m_tip, bytesText(space.needed), bytesText(space.shared)));
            } else {
                show(tr("%1 Needs %2.").arg(m_tip, bytesText(space.needed)));
            }
        });
}

void FixRoom::show(const QString& tip)
{
    const QString before = m_button->toolTip();
    m_button->setToolTip(forToolTip(tip));
    m_button->setAccessibleDescription(tip);
    if (!before.isEmpty() && QToolTip::isVisible() && QToolTip::text() == before) { // it is being read
        QToolTip::showText(QCursor::pos(), m_button->toolTip(), m_button);
    }
}

} // namespace ckptscope::ui
