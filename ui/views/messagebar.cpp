// SPDX-License-Identifier: Apache-2.0
#include "ui/views/messagebar.h"

#include "ui/icons.h"
#include "ui/text.h"

#include <QAccessible>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QEvent>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(ckptscope::ui::MessageBar)
};

constexpr int LineHeight = 26; ///< of the first line, its icon and its buttons

QLabel* plainLabel(const QString& text, QWidget* parent)
{
    auto* label = new QLabel(text, parent);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setContextMenuPolicy(Qt::NoContextMenu);                   // the message's own menu, not the label's
    QSizePolicy policy(QSizePolicy::Ignored, QSizePolicy::Preferred); // a long name wraps, it does not widen the window
    policy.setHeightForWidth(true);
    label->setSizePolicy(policy);
    return label;
}

/// One message.
class MessageItem : public QWidget {
public:
    MessageItem(Message message, QWidget* parent)
        : QWidget(parent)
        , m_message(std::move(message))
        , m_icon(new QLabel(this))
        , m_title(plainLabel(m_message.title, this))
        , m_second(plainLabel(m_message.second, this))
        , m_details(plainLabel(m_message.details, this))
    {
        setObjectName(u"message"_s);
        setAccessibleName(m_message.title);
        setAccessibleDescription(m_message.second);
        auto* row = new QHBoxLayout(this);
        row->setContentsMargins(12, 4, 8, 4);
        row->setSpacing(8);
        auto* texts = new QVBoxLayout;
        texts->setSpacing(2);
        texts->addWidget(m_title);
        texts->addWidget(m_second);
        texts->addWidget(m_details);
        texts->addStretch(1);
        m_title->setObjectName(u"messageTitle"_s);
        m_second->setVisible(!m_message.second.isEmpty());
        m_details->hide();
        m_details->setObjectName(u"messageDetails"_s);

        auto* buttons = new QHBoxLayout;
        buttons->setSpacing(4);
        if (!m_message.action.isEmpty()) {
            auto* action = new QPushButton(forAction(m_message.action), this);
            QObject::connect(action, &QPushButton::clicked, this, [this] {
                const auto run = m_message.run;
                close();
                if (run) {
                    run();
                }
            });
            buttons->addWidget(action);
        }
        if (!m_message.details.isEmpty()) {
            m_more = new QPushButton(Words::tr("Details"), this);
            m_more->setObjectName(u"messageMore"_s);
            m_more->setCheckable(true);
            QObject::connect(m_more, &QPushButton::toggled, m_details, &QWidget::setVisible);
            buttons->addWidget(m_more);
        }
        auto* copy = new QPushButton(Words::tr("Copy"), this);
        copy->setObjectName(u"messageCopy"_s);
        copy->setToolTip(Words::tr("Copy this message with its details"));
        QObject::connect(copy, &QPushButton::clicked, this, [this] { copyText(); });
        buttons->addWidget(copy);
        auto* closeButton = new QToolButton(this);
        closeButton->setObjectName(u"messageClose"_s);
        closeButton->setIcon(icon(u"close"_s));
        closeButton->setAutoRaise(true);
        closeButton->setFixedSize(LineHeight, LineHeight);
        closeButton->setToolTip(Words::tr("Close this message"));
        closeButton->setAccessibleName(Words::tr("Close this message"));
        QObject::connect(closeButton, &QToolButton::clicked, this, &QWidget::close);
        buttons->addWidget(closeButton);
        row->addWidget(m_icon, 0, Qt::AlignTop);
        row->addLayout(texts, 1);
        row->addLayout(buttons);
        row->setAlignment(buttons, Qt::AlignTop);
        setAttribute(Qt::WA_DeleteOnClose);
        QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Maximum);
        policy.setHeightForWidth(true);
        setSizePolicy(policy);
        restyle();
    }

    std::function<void()> closed;

protected:
    void closeEvent(QCloseEvent* event) override
    {
        QWidget::closeEvent(event);
        if (closed) {
            closed();
        }
    }
    void contextMenuEvent(QContextMenuEvent* event) override
    {
        auto* menu = new QMenu(this); // goes with the message, where that is closed meanwhile
        menu->setObjectName(u"messageMenu"_s);
        menu->setAttribute(Qt::WA_DeleteOnClose);
        QObject::connect(menu->addAction(icon(u"copy"_s), Words::tr("&Copy")), &QAction::triggered, this, [this] { copyText(); });
        if (m_more != nullptr) {
            QAction* details = menu->addAction(Words::tr("&Details"));
            details->setCheckable(true);
            details->setChecked(m_more->isChecked());
            QObject::connect(details, &QAction::triggered, m_more, &QPushButton::setChecked);
        }
        menu->popup(event->globalPos());
    }
    void paintEvent(QPaintEvent*) override
    {
        const MarkColors colors = markColors(m_message.mark, palette());
        QPainter painter(this);
        painter.fillRect(rect(), colors.tint);
        painter.fillRect(QRect(isRightToLeft() ? width() - 4 : 0, 0, 4, height()), colors.ink);
    }
    void changeEvent(QEvent* event) override
    {
        QWidget::changeEvent(event);
        if (event->type() == QEvent::PaletteChange) {
            restyle();
        }
    }

private:
    void restyle()
    {
        const MarkColors colors = markColors(m_message.mark, palette());
        m_icon->setPixmap(iconPixmap(markIconName(m_message.mark), 16, devicePixelRatioF(), colors.ink, colors.tint));
        m_icon->setFixedHeight(LineHeight);
        const int above = qMax(0, (LineHeight - m_title->fontMetrics().height()) / 2); // the first line level with icon and buttons
        m_title->setContentsMargins(0, above, 0, 0);
        QPalette second = palette();
        second.setColor(QPalette::WindowText, readable(mutedText(second), colors.tint));
        m_second->setPalette(second);
        m_details->setPalette(second);
    }
    void copyText() const
    {
        QString text = m_message.details;
        if (text.isEmpty()) {
            text = m_message.second.isEmpty() ? m_message.title : m_message.title + u'\n' + m_message.second;
        }
        QGuiApplication::clipboard()->setText(text);
    }

    Message m_message;
    QLabel* m_icon;
    QLabel* m_title;
    QLabel* m_second;
    QLabel* m_details;
    QPushButton* m_more = nullptr; ///< shows them; null: there are none
};

constexpr const char* TopicProperty = "topic";

} // namespace

MessageBar::MessageBar(QWidget* parent)
    : QWidget(parent)
    , m_layout(new QVBoxLayout(this))
{
    setObjectName(u"messageBar"_s);
    setAccessibleName(tr("Messages"));
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(1);
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    hide();
}

void MessageBar::add(Message message)
{
    const QString topic = message.topic;
    auto* item = new MessageItem(std::move(message), this);
    item->setProperty(TopicProperty, topic);
    item->closed = [this, item] {
        std::erase(m_items, item);
        setVisible(!m_items.empty());
    };
    m_layout->insertWidget(0, item);
    m_items.insert(m_items.begin(), item);
    while (m_items.size() > Most) {
        m_items.back()->close();
    }
    show();
    item->show();
    QAccessibleEvent alert(item, QAccessible::Alert);
    QAccessible::updateAccessibility(&alert);
}

void MessageBar::addError(const Error& error)
{
    add({Mark::Damaged, errorTitle(error), hint(error), errorDetails(error), {}, {}});
}

void MessageBar::close(const QString& topic)
{
    const auto items = m_items; // each leaves the list as it closes
    for (QWidget* item : items) {
        if (!topic.isEmpty() && item->property(TopicProperty).toString() == topic) {
            item->close();
        }
    }
}

void MessageBar::clear()
{
    while (!m_items.empty()) {
        m_items.back()->close();
    }
}

} // namespace ckptscope::ui
