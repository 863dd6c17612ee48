// SPDX-License-Identifier: Apache-2.0
#include "ui/views/mutedline.h"

#include "ui/icons.h"
#include "ui/text.h"
#include "ui/theme.h"

#include <QAccessible>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

namespace ckptscope::ui {

MutedLine::MutedLine(QWidget* parent)
    : QWidget(parent)
    , m_icon(new QLabel(this))
    , m_text(new QLabel(this))
    , m_unmute(new QPushButton(this))
{
    setObjectName(QStringLiteral("mutedLine"));
    m_text->setTextFormat(Qt::PlainText);
    m_unmute->setObjectName(QStringLiteral("unmuteButton"));
    m_unmute->setMinimumHeight(24);
    connect(m_unmute, &QPushButton::clicked, this, &MutedLine::unmuteWanted);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(12, 4, 12, 0);
    row->setSpacing(8);
    row->addWidget(m_icon);
    row->addWidget(m_text);
    row->addWidget(m_unmute);
    row->addStretch(1);
    hide();
}

QString MutedLine::text() const
{
    return m_text->text();
}

void MutedLine::setMuted(const MutedRules& muted)
{
    const bool one = muted.size() == 1;
    m_text->setText(one ? tr("1 rule is muted: %1").arg(shownName(*muted.begin(), 80)) : tr("%1 rules are muted").arg(grouped(muted.size())));
    m_unmute->setText(one ? tr("Unmute") : tr("Unmute All"));
    QStringList names;
    for (const std::string& rule : muted) {
        names << shownName(rule, 120);
    }
    const QString tip = tr("Nothing that they find is shown or repaired in this window until they are unmuted: %1", "rules that are muted")
                            .arg(names.join(QLatin1String(", ")));
    m_text->setToolTip(forToolTip(tip));
    m_unmute->setToolTip(forToolTip(tip));
    m_unmute->setAccessibleDescription(m_text->text());
    const bool shown = !muted.empty();
    const bool comes = shown && isHidden();
    setVisible(shown);
    setAccessibleName(m_text->text());
    restyle();
    if (comes) {
        QAccessibleEvent alert(this, QAccessible::Alert);
        QAccessible::updateAccessibility(&alert);
    }
}

void MutedLine::restyle()
{
    m_icon->setPixmap(
        iconPixmap(markIconName(Mark::Note), 16, devicePixelRatioF(), markColors(Mark::Note, palette()).ink, palette().color(QPalette::Window)));
}

void MutedLine::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        restyle();
    }
}

} // namespace ckptscope::ui
