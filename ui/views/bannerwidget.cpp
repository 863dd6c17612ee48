// SPDX-License-Identifier: Apache-2.0
#include "ui/views/bannerwidget.h"

#include "ui/icons.h"
#include "ui/views/elidedlabel.h"
#include "ui/views/flowlayout.h"

#include <QAccessible>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QStyle>
#include <QVBoxLayout>

#include <array>
#include <cstring>

namespace ckptscope::ui {

namespace {

constexpr int IconSize = 32;
constexpr int Stripe = 4;

struct ButtonSpec {
    const char* name;
    const char* text;
};
constexpr std::array Buttons{
    ButtonSpec{"show", QT_TRANSLATE_NOOP("ckptscope::ui::BannerWidget", "&Show Them")},
    ButtonSpec{"rules", QT_TRANSLATE_NOOP("ckptscope::ui::BannerWidget", "R&ules")},
    ButtonSpec{"retry", QT_TRANSLATE_NOOP("ckptscope::ui::BannerWidget", "Retr&y")},
    ButtonSpec{"open", QT_TRANSLATE_NOOP("ckptscope::ui::BannerWidget", "&Open Other\u2026")},
    ButtonSpec{"review", QT_TRANSLATE_NOOP("ckptscope::ui::BannerWidget", "&Review\u2026")},
    ButtonSpec{"fix", QT_TRANSLATE_NOOP("ckptscope::ui::BannerWidget", "Fi&x")},
    ButtonSpec{"cancel", QT_TRANSLATE_NOOP("ckptscope::ui::BannerWidget", "Cancel")},
};

} // namespace

BannerWidget::BannerWidget(QWidget* parent)
    : QWidget(parent)
    , m_icon(new QLabel(this))
    , m_title(new QLabel(this))
    , m_detail(new QLabel(this))
    , m_line(new ElidedLabel(this))
    , m_profile(new QPushButton(this))
    , m_extra(new QPushButton(this))
    , m_buttons(new QHBoxLayout)
    , m_below(new QHBoxLayout)
    , m_foot(new FlowLayout(8))
{
    setObjectName(QStringLiteral("banner"));
    setAccessibleName(tr("Verdict"));
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    m_icon->setFixedSize(IconSize, IconSize);
    m_title->setObjectName(QStringLiteral("bannerTitle"));
    m_detail->setObjectName(QStringLiteral("bannerDetail"));
    for (QLabel* label : {m_title, m_detail}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        label->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    }
    m_profile->setObjectName(QStringLiteral("profileButton"));
    m_extra->setObjectName(QStringLiteral("bannerExtra"));
    for (QPushButton* button : {m_profile, m_extra}) {
        button->setFlat(true);
        button->setMinimumHeight(24);
        button->hide();
    }
    connect(m_extra, &QPushButton::clicked, this, &BannerWidget::extraClicked);

    m_line->setObjectName(QStringLiteral("bannerLine"));
    m_line->hide();
    m_below->setSpacing(8);
    m_below->addWidget(m_line, 1000);
    m_below->addStretch(1);
    auto* texts = new QVBoxLayout;
    texts->setSpacing(2);
    texts->addWidget(m_title);
    texts->addWidget(m_detail);
    texts->addLayout(m_below);
    texts->addLayout(m_foot);

    m_buttons->setSpacing(8);
    m_buttons->addWidget(m_profile);
    m_buttons->addWidget(m_extra);
    for (const ButtonSpec& spec : Buttons) {
        auto* button = new QPushButton(tr(spec.text), this);
        button->setObjectName(QLatin1String(spec.name) + QLatin1String("Button"));
        button->setMinimumHeight(28);
        button->setMinimumWidth(button->fontMetrics().horizontalAdvance(QLatin1Char('0')) * 10);
        button->setAutoDefault(true);
        button->hide();
        m_buttons->addWidget(button);
    }

    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(isRightToLeft() ? 12 : 12 + Stripe, 8, isRightToLeft() ? 12 + Stripe : 12, 8);
    layout->setSpacing(12);
    layout->addWidget(m_icon);
    layout->addLayout(texts, 1);
    layout->addLayout(m_buttons);
    updateLook();
}

void BannerWidget::setVerdict(Mark mark, const QString& title, const QString& detail)
{
    m_mark = mark;
    m_busy = false;
    m_title->setText(title);
    showDetail(detail);
    setAccessibleDescription(detail);
    setAccessibleName(title);
    updateLook();
    announce();
}

void BannerWidget::setBusy(const QString& title, const QString& detail)
{
    m_mark = Mark::Unjudged;
    m_busy = true;
    m_title->setText(title);
    showDetail(detail);
    setAccessibleName(title);
    updateLook();
}

void BannerWidget::showDetail(const QString& detail)
{
    m_detail->setText(detail);
    m_line->setFullText(detail);
    m_detail->setVisible(!detail.isEmpty() && !m_compact);
    m_line->setVisible(!detail.isEmpty() && m_compact);
}

void BannerWidget::setCompact(bool compact)
{
    if (compact != m_compact) {
        m_compact = compact;
        showDetail(m_detail->text());
    }
}

void BannerWidget::setProfile(const QString& text)
{
    m_profile->setText(text);
    m_profile->setVisible(!text.isEmpty());
    arrange();
}

void BannerWidget::setExtra(const QString& text, const QString& toolTip)
{
    m_extra->setText(text);
    m_extra->setToolTip(toolTip);
    m_extra->setVisible(!text.isEmpty());
    arrange();
}

QPushButton* BannerWidget::button(const char* which) const
{
    return findChild<QPushButton*>(QLatin1String(which) + QLatin1String("Button"));
}

void BannerWidget::setButtons(const QList<const char*>& which, const char* primary)
{
    m_primary = primary;
    for (const ButtonSpec& spec : Buttons) {
        bool shown = false;
        for (const char* name : which) {
            shown = shown || std::strcmp(name, spec.name) == 0;
        }
        button(spec.name)->setVisible(shown);
    }
    arrange();
    updateLook();
}

QString BannerWidget::title() const
{
    return m_title->text();
}

QString BannerWidget::detail() const
{
    return m_detail->text();
}

void BannerWidget::announce()
{
    QAccessibleEvent event(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

void BannerWidget::updateLook()
{
    if (m_updating) {
        return;
    }
    m_updating = true;
    QFont bold = font();
    bold.setBold(true);
    bold.setPointSizeF(bold.pointSizeF() + 1);
    m_title->setFont(bold);
    const MarkColors colors = markColors(m_mark, palette());
    m_icon->setPixmap(iconPixmap(m_busy ? QStringLiteral("clock") : markIconName(m_mark), IconSize, devicePixelRatioF(), colors.ink,
                                 m_busy ? palette().color(QPalette::Window) : colors.tint));
    for (const ButtonSpec& spec : Buttons) {
        QPushButton* each = button(spec.name);
        if (each == nullptr) {
            continue;
        }
        QPalette own;
        if (std::strcmp(spec.name, m_primary) == 0) {
            // Fusion paints a button lighter than its colour
            own.setColor(QPalette::Button, palette().color(QPalette::Highlight).darker(isDark(palette()) ? 150 : 145));
            own.setColor(QPalette::ButtonText, palette().color(QPalette::HighlightedText));
            // a button that cannot be pressed looks like any other such button
            own.setColor(QPalette::Disabled, QPalette::Button, palette().color(QPalette::Disabled, QPalette::Button));
            own.setColor(QPalette::Disabled, QPalette::ButtonText, palette().color(QPalette::Disabled, QPalette::ButtonText));
        }
        each->setPalette(own);
    }
    m_updating = false;
    update();
}

void BannerWidget::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const MarkColors colors = markColors(m_mark, palette());
    painter.fillRect(rect(), m_busy ? palette().color(QPalette::Window) : colors.tint);
    if (!m_busy) {
        painter.fillRect(QRect(isRightToLeft() ? width() - Stripe : 0, 0, Stripe, height()), colors.ink);
    }
}

void BannerWidget::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    arrange();
}

void BannerWidget::arrange()
{
    constexpr int Wide = 140;  // characters: all in one line
    constexpr int Enough = 36; // beside the buttons, of a title that wraps
    if (layout() == nullptr) {
        return;
    }
    const int character = fontMetrics().averageCharWidth();
    int left = width() - IconSize - 2 * layout()->spacing() - layout()->contentsMargins().left() - layout()->contentsMargins().right();
    for (const ButtonSpec& spec : Buttons) {
        const QPushButton* each = button(spec.name);
        left -= each->isHidden() ? 0 : each->sizeHint().width() + m_buttons->spacing();
    }
    const Room room = left < character * Enough ? Room::Cramped : width() < character * Wide ? Room::Narrow : Room::Wide;
    if (room == m_room) {
        return;
    }
    m_room = room;
    QList<QPushButton*> small{m_profile, m_extra};
    QList<QPushButton*> all = small;
    for (const ButtonSpec& spec : Buttons) {
        all << button(spec.name);
    }
    for (QPushButton* each : std::as_const(all)) {
        for (QLayout* layout : {static_cast<QLayout*>(m_buttons), static_cast<QLayout*>(m_below), static_cast<QLayout*>(m_foot)}) {
            layout->removeWidget(each);
        }
    }
    int behindLine = 1;
    for (QPushButton* each : std::as_const(all)) {
        if (room == Room::Cramped) {
            m_foot->addWidget(each);
        } else if (room == Room::Narrow && small.contains(each)) {
            m_below->insertWidget(behindLine++, each);
        } else {
            m_buttons->addWidget(each);
        }
    }
}

void BannerWidget::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) {
        updateLook();
        if (event->type() != QEvent::PaletteChange) {
            arrange();
        }
    }
}

} // namespace ckptscope::ui
