// SPDX-License-Identifier: Apache-2.0
#include "ui/views/factline.h"

#include "ui/icons.h"

#include <QEvent>
#include <QGridLayout>
#include <QLabel>

namespace ckptscope::ui {

FactLine::FactLine(QWidget* parent)
    : QWidget(parent)
    , m_icon(new QLabel(this))
    , m_text(new QLabel(this))
    , m_more(new QLabel(this))
{
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(2);
    grid->setColumnStretch(1, 1);
    for (QLabel* label : {m_text, m_more}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        label->setFocusPolicy(Qt::NoFocus);
    }
    m_icon->setFixedSize(16, fontMetrics().height());
    m_icon->setAlignment(Qt::AlignCenter);
    grid->addWidget(m_icon, 0, 0, Qt::AlignTop);
    grid->addWidget(m_text, 0, 1);
    grid->addWidget(m_more, 1, 1);
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    clear();
}

void FactLine::setFact(Mark mark, const QString& text, const QString& more)
{
    m_mark = mark;
    m_text->setText(text);
    m_text->setAccessibleName(text); // the sentence; its mark is said by the word in front of it
    m_text->setAccessibleDescription(markWord(mark));
    m_more->setText(more);
    m_more->setVisible(!more.isEmpty());
    restyle();
    show();
}

void FactLine::setPending(const QString& text)
{
    m_mark.reset();
    m_text->setText(text);
    m_text->setAccessibleName(text);
    m_text->setAccessibleDescription({});
    m_more->hide();
    restyle();
    show();
}

void FactLine::clear()
{
    m_mark.reset();
    m_text->clear();
    m_more->clear();
    hide();
}

QString FactLine::text() const
{
    return m_text->text();
}

QSize FactLine::sizeHint() const
{
    const int wide = qMax(width(), 400);
    return {240, heightForWidth(wide)};
}

void FactLine::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        restyle();
    }
}

void FactLine::restyle()
{
    const QPalette base = palette();
    QPalette ink = base;
    const QColor color = m_mark ? markColors(*m_mark, base).ink : mutedOnPage(base);
    ink.setColor(QPalette::WindowText, color);
    m_text->setPalette(ink);
    ink.setColor(QPalette::WindowText, mutedOnPage(base));
    m_more->setPalette(ink);
    m_icon->setFixedSize(16, fontMetrics().height());
    m_icon->setVisible(m_mark.has_value());
    m_icon->setPixmap(m_mark ? iconPixmap(markIconName(*m_mark), 14, devicePixelRatioF(), color, base.color(QPalette::Window)) : QPixmap());
}

} // namespace ckptscope::ui
