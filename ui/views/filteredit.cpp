// SPDX-License-Identifier: Apache-2.0
#include "ui/views/filteredit.h"

#include "ui/accessible.h"
#include "ui/icons.h"
#include "ui/text.h"
#include "ui/theme.h"

#include <QAction>
#include <QCoreApplication>
#include <QInputMethodEvent>
#include <QKeyEvent>
#include <QListWidget>
#include <QTextCharFormat>

#include <algorithm>

namespace ckptscope::ui {

FilterEdit::FilterEdit(QWidget* parent)
    : QLineEdit(parent)
    , m_state(addAction(icon(QStringLiteral("filter")), QLineEdit::LeadingPosition))
    , m_popup(new QListWidget(this))
{
    setObjectName(QStringLiteral("filterEdit"));
    setAccessibleName(tr("Filter tensors"));
    setClearButtonEnabled(true);
    nameButtonsOf(this);
    setPlaceholderText(tr("Filter:  dtype:BF16   rule:gdn   *.A_log   size>1MiB   violation"));
    setMaxLength(4000);
    m_popup->setObjectName(QStringLiteral("filterCompletions"));
    m_popup->setWindowFlags(Qt::ToolTip);
    m_popup->setFocusPolicy(Qt::NoFocus);
    m_popup->setFocusProxy(this);
    m_popup->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_popup->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_popup->hide();
    m_popup->installEventFilter(this);
    connect(m_popup, &QListWidget::itemClicked, this, [this](const QListWidgetItem* item) { accept(item->text()); });
    connect(this, &QLineEdit::textEdited, this, [this] {
        m_recalled = -1;
        complete();
    });
    look();
}

void FilterEdit::look()
{
    m_state->setIcon(icon(m_wrong ? markIconName(Mark::Damaged) : QStringLiteral("filter")));
    if (m_wrong) {
        m_state->setIcon(markIcon(Mark::Violation));
    }
}

void FilterEdit::setMistake(std::size_t position, std::size_t length)
{
    // core counts bytes, the field UTF-16 units
    const QByteArray bytes = text().toUtf8();
    const auto size = static_cast<std::size_t>(bytes.size());
    std::size_t first = std::min(position, size);
    std::size_t last = std::min(first + length, size);
    if (first == last) { // the mistake is what is missing: mark the last character
        first = first == 0 ? 0 : first - 1;
        last = std::max(last, std::min(first + 1, size));
    }
    const auto units = [&bytes](std::size_t at) {
        return static_cast<std::size_t>(QString::fromUtf8(bytes.constData(), static_cast<qsizetype>(at)).size());
    };
    m_wrong = true;
    look();
    format(units(first), units(last));
}

void FilterEdit::clearMistake()
{
    if (m_wrong) {
        m_wrong = false;
        look();
        format(0, 0);
    }
}

/// QLineEdit shows formats only through the input method's attributes.
void FilterEdit::format(std::size_t start, std::size_t end)
{
    QList<QInputMethodEvent::Attribute> attributes;
    if (end > start) {
        QTextCharFormat wrong;
        wrong.setUnderlineStyle(QTextCharFormat::WaveUnderline);
        wrong.setUnderlineColor(markColors(Mark::Violation, palette()).ink);
        wrong.setForeground(markColors(Mark::Violation, palette()).ink);
        attributes.append({QInputMethodEvent::TextFormat, static_cast<int>(start) - cursorPosition(), static_cast<int>(end - start), wrong});
    }
    QInputMethodEvent event(QString(), attributes);
    m_formatting = true;
    QCoreApplication::sendEvent(this, &event);
    m_formatting = false;
}

QStringList FilterEdit::completions() const
{
    QStringList shown;
    for (int i = 0; m_popup->isVisible() && i < m_popup->count(); ++i) {
        shown << m_popup->item(i)->text();
    }
    return shown;
}

bool FilterEdit::completes() const
{
    return m_popup->isVisible();
}

bool FilterEdit::eventFilter(QObject* object, QEvent* event)
{
    if (object == m_popup && event->type() == QEvent::Hide) {
        Q_EMIT completionsLeft();
    }
    return QLineEdit::eventFilter(object, event);
}

void FilterEdit::complete()
{
    m_popup->hide();
    const QByteArray before = text().left(cursorPosition()).toUtf8();
    const QByteArray all = text().toUtf8();
    m_completion =
        completeFilter(std::string_view(all.constData(), static_cast<std::size_t>(all.size())), static_cast<std::size_t>(before.size()), m_context);
    // where nothing is typed yet only the values of a field are offered: every field would be too much
    const bool valueOfField = m_completion.start > 0 && all.at(static_cast<qsizetype>(m_completion.start) - 1) == ':';
    if (m_completion.choices.empty() || (m_completion.length == 0 && !valueOfField)) {
        return;
    }
    const QByteArray word = all.mid(static_cast<qsizetype>(m_completion.start), static_cast<qsizetype>(m_completion.length));
    if (m_completion.choices.size() == 1 && m_completion.choices.front() == word.toStdString()) {
        return;
    }
    m_popup->clear();
    int width = 0;
    for (const std::string& choice : m_completion.choices) {
        m_popup->addItem(shownName(choice, 80));
        width = std::max(width, fontMetrics().horizontalAdvance(m_popup->item(m_popup->count() - 1)->text()));
    }
    m_popup->setCurrentRow(0);
    const int rowHeight = m_popup->sizeHintForRow(0);
    m_popup->resize(width + 32, rowHeight * m_popup->count() + 2 * m_popup->frameWidth());
    m_popup->move(mapToGlobal(QPoint(cursorRect().left(), height() + 1)));
    m_popup->show();
}

void FilterEdit::accept(const QString& choice)
{
    QByteArray all = text().toUtf8();
    all.replace(static_cast<qsizetype>(m_completion.start), static_cast<qsizetype>(m_completion.length), choice.toUtf8());
    const auto cursor = QString::fromUtf8(all.constData(), static_cast<qsizetype>(m_completion.start)).size() + choice.size();
    m_popup->hide();
    setText(QString::fromUtf8(all));
    setCursorPosition(static_cast<int>(cursor));
    Q_EMIT textEdited(text());
    if (!choice.endsWith(u':')) { // of a field the values come next
        m_popup->hide();
    }
}

bool FilterEdit::event(QEvent* event)
{
    // Tab would leave the field before keyPressEvent() sees it
    if (event->type() == QEvent::KeyPress && m_popup->isVisible() && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Tab) {
        if (const QListWidgetItem* item = m_popup->currentItem()) {
            accept(item->text());
        }
        return true;
    }
    return QLineEdit::event(event);
}

void FilterEdit::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Escape:
        if (event->modifiers().testFlag(Qt::ShiftModifier)) { // cancels a job, wherever the focus is
            event->ignore();
            return;
        }
        if (m_popup->isVisible()) {
            m_popup->hide();
        } else if (!text().isEmpty()) {
            clear();
            Q_EMIT textEdited(QString());
        } else {
            Q_EMIT left();
        }
        return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        m_popup->hide();
        QLineEdit::keyPressEvent(event);
        Q_EMIT left();
        return;
    case Qt::Key_Up:
    case Qt::Key_Down: {
        const bool recalling = text().isEmpty() || m_recalled >= 0;
        if (recalling && !m_history.isEmpty()) {
            m_recalled = std::clamp<qsizetype>(m_recalled + (event->key() == Qt::Key_Up ? 1 : -1), -1, m_history.size() - 1);
            const qsizetype at = m_recalled;
            setText(at < 0 ? QString() : m_history.at(at));
            Q_EMIT textEdited(text());
            m_recalled = at;
            m_popup->hide();
            return;
        }
        break;
    }
    default:
        break;
    }
    QLineEdit::keyPressEvent(event);
}

void FilterEdit::focusOutEvent(QFocusEvent* event)
{
    m_popup->hide();
    QLineEdit::focusOutEvent(event);
}

void FilterEdit::changeEvent(QEvent* event)
{
    QLineEdit::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_state != nullptr) {
        look();
    }
}

} // namespace ckptscope::ui
