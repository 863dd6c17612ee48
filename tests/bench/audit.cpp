// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/audit.h"

#include "ui/theme.h"
#include "ui/views/elidedlabel.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QComboBox>
#include <QHash>
#include <QHeaderView>
#include <QImage>
#include <QLabel>
#include <QLayout>
#include <QLineEdit>
#include <QTextEdit>

#include <algorithm>

namespace ckptscope::bench {

namespace {

QString nameOf(const QWidget* widget)
{
    QString name = QLatin1String(widget->metaObject()->className());
    name.remove(QStringLiteral("ckptscope::ui::"));
    for (const QWidget* each = widget; each != nullptr; each = each->parentWidget()) {
        if (!each->objectName().isEmpty() && !each->objectName().startsWith(QLatin1String("qt_"))) {
            return name + QLatin1String(" in ") + each->objectName();
        }
    }
    return name;
}

QString shortened(QString text)
{
    text.replace(QLatin1Char('\n'), QLatin1Char(' '));
    return text.size() > 50 ? text.left(50) + QChar(0x2026) : text;
}

void room(const QWidget* widget, QStringList& out)
{
    constexpr int Slack = 1;
    if (const auto* label = qobject_cast<const QLabel*>(widget)) {
        if (label->text().isEmpty() || qobject_cast<const ui::ElidedLabel*>(widget) != nullptr
            || label->sizePolicy().horizontalPolicy() == QSizePolicy::Ignored) {
            return;
        }
        const bool cut =
            label->wordWrap() ? label->heightForWidth(label->width()) > label->height() + Slack : label->sizeHint().width() > label->width() + Slack;
        if (cut) {
            out << QStringLiteral("text has too little room: %1 \"%2\"").arg(nameOf(widget), shortened(label->text()));
        }
    } else if (const auto* button = qobject_cast<const QAbstractButton*>(widget)) {
        if (!button->text().isEmpty() && button->fontMetrics().size(Qt::TextShowMnemonic, button->text()).width() > button->width() - 4) {
            out << QStringLiteral("text has too little room: %1 \"%2\"").arg(nameOf(widget), shortened(button->text()));
        }
    } else if (const auto* box = qobject_cast<const QComboBox*>(widget)) {
        constexpr int Arrow = 24;
        // a file dialog of Qt's own lists its patterns there
        if (!box->isEditable() && box->objectName() != QLatin1String("fileTypeCombo") && box->objectName() != QLatin1String("lookInCombo")
            && box->fontMetrics().horizontalAdvance(box->currentText()) > box->width() - Arrow) {
            out << QStringLiteral("text has too little room: %1 \"%2\"").arg(nameOf(widget), shortened(box->currentText()));
        }
    } else if (const auto* header = qobject_cast<const QHeaderView*>(widget)) {
        for (int i = 0; header->orientation() == Qt::Horizontal && header->model() != nullptr && i < header->count(); ++i) {
            const QString text = header->model()->headerData(i, Qt::Horizontal).toString();
            if (!header->isSectionHidden(i) && header->fontMetrics().horizontalAdvance(text) + 6 > header->sectionSize(i)) {
                out << QStringLiteral("column header is cut: %1 \"%2\"").arg(nameOf(widget), shortened(text));
            }
        }
    }
}

void places(const QWidget* parent, const QLayout* layout, QStringList& out)
{
    QList<const QWidget*> seen;
    for (int i = 0; i < layout->count(); ++i) {
        QLayoutItem* item = layout->itemAt(i);
        if (item->layout() != nullptr) {
            places(parent, item->layout(), out);
        }
        const QWidget* child = item->widget();
        if (child == nullptr || !child->isVisible() || child->size().isEmpty()) {
            continue;
        }
        if (!parent->rect().contains(child->geometry())) {
            out << QStringLiteral("lies outside of its parent: %1 in %2").arg(nameOf(child), nameOf(parent));
        }
        for (const QWidget* other : seen) {
            if (other->geometry().intersects(child->geometry())) {
                out << QStringLiteral("overlap: %1 and %2").arg(nameOf(other), nameOf(child));
            }
        }
        seen << child;
    }
}

void names(QWidget* widget, QStringList& out)
{
    const bool control = qobject_cast<QAbstractButton*>(widget) != nullptr || qobject_cast<QLineEdit*>(widget) != nullptr
        || qobject_cast<QComboBox*>(widget) != nullptr || qobject_cast<QAbstractItemView*>(widget) != nullptr
        || qobject_cast<QAbstractSpinBox*>(widget) != nullptr || qobject_cast<QTextEdit*>(widget) != nullptr;
    if (!control || widget->focusPolicy() == Qt::NoFocus || qobject_cast<QHeaderView*>(widget) != nullptr
        || qobject_cast<QComboBox*>(widget->parentWidget()) != nullptr || qobject_cast<QAbstractSpinBox*>(widget->parentWidget()) != nullptr) {
        return;
    }
    const QAccessibleInterface* face = QAccessible::queryAccessibleInterface(widget);
    if (face == nullptr || face->text(QAccessible::Name).trimmed().isEmpty()) {
        out << QStringLiteral("no accessible name: %1").arg(nameOf(widget));
    }
}

/// Of the text that the picture shows: its most common colour is the paper, the one farthest from it the ink.
void inks(const QWidget* widget, const QWidget* window, const QImage& picture, QStringList& out)
{
    QString text;
    if (const auto* label = qobject_cast<const QLabel*>(widget)) {
        text = label->text();
    } else if (const auto* button = qobject_cast<const QAbstractButton*>(widget)) {
        text = button->text();
    }
    if (text.trimmed().isEmpty() || !widget->isEnabled()) {
        return;
    }
    const double ratio = picture.devicePixelRatio();
    const QRect at(widget->mapTo(window, QPoint(2, 2)), widget->size() - QSize(4, 4));
    const QRect pixels =
        QRect(QPoint(int(at.x() * ratio), int(at.y() * ratio)), QSize(int(at.width() * ratio), int(at.height() * ratio))).intersected(picture.rect());
    QHash<QRgb, int> count;
    for (int y = pixels.top(); y <= pixels.bottom(); ++y) {
        for (int x = pixels.left(); x <= pixels.right(); ++x) {
            ++count[picture.pixel(x, y)];
        }
    }
    if (count.isEmpty()) {
        return;
    }
    QRgb paper = 0;
    int most = 0;
    for (auto each = count.cbegin(); each != count.cend(); ++each) {
        if (each.value() > most) {
            most = each.value();
            paper = each.key();
        }
    }
    double best = 1;
    for (auto each = count.cbegin(); each != count.cend(); ++each) {
        best = std::max(best, ui::contrast(QColor(each.key()), QColor(paper)));
    }
    constexpr double Wanted = 4.5;
    if (best < Wanted) {
        out << QStringLiteral("contrast %1: %2 \"%3\"").arg(best, 0, 'f', 2).arg(nameOf(widget), shortened(text));
    }
}

} // namespace

QStringList audit(QWidget* window, const QImage& picture)
{
    QStringList out;
    auto all = window->findChildren<QWidget*>();
    all.prepend(window);
    for (QWidget* each : all) {
        if (!each->isVisible() || each->window() != window || each->visibleRegion().isEmpty()) {
            continue;
        }
        room(each, out);
        names(each, out);
        inks(each, window, picture, out);
        if (each->layout() != nullptr && each->layout()->isEnabled() && each != window) {
            places(each, each->layout(), out);
        }
    }
    return out;
}

} // namespace ckptscope::bench
