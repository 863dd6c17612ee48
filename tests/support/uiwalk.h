// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/views/plot.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAccessible>
#include <QAction>
#include <QComboBox>
#include <QGroupBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPlainTextEdit>
#include <QTabBar>
#include <QTextEdit>

#include <algorithm>
#include <vector>

namespace ckptscope::test {

/// One piece of text that a user reads, or has read to them.
struct ShownText {
    QString where; ///< class and object name of the widget, and which of its texts
    QString text;
    bool rich = false; ///< markup in it is obeyed
};

inline QString whereOf(const QWidget* widget)
{
    QString name = QLatin1String(widget->metaObject()->className());
    for (const QWidget* each = widget; each != nullptr; each = each->parentWidget()) {
        if (!each->objectName().isEmpty() && !each->objectName().startsWith(QLatin1String("qt_"))) {
            return name + QLatin1String(" in ") + each->objectName();
        }
    }
    return name;
}

/// All texts of a model's cells, down to what is not fetched; at most so many rows a level.
inline void collectCells(const QAbstractItemModel& model, const QModelIndex& parent, const QString& where, std::vector<ShownText>& out)
{
    constexpr int Most = 40;
    for (int row = 0; row < std::min(model.rowCount(parent), Most); ++row) {
        for (int column = 0; column < model.columnCount(parent); ++column) {
            const QModelIndex cell = model.index(row, column, parent);
            out.push_back({where + QLatin1String(", cell"), cell.data().toString()});
            const QString tip = cell.data(Qt::ToolTipRole).toString();
            out.push_back({where + QLatin1String(", cell's tooltip"), tip, Qt::mightBeRichText(tip)});
            for (const int role : {int(Qt::AccessibleTextRole), int(Qt::AccessibleDescriptionRole)}) {
                out.push_back({where + QLatin1String(", cell as it is read"), cell.data(role).toString()});
            }
        }
        collectCells(model, model.index(row, 0, parent), where, out);
    }
}

inline void collectMenu(const QMenu& menu, const QString& where, std::vector<ShownText>& out)
{
    for (const QAction* action : menu.actions()) {
        out.push_back({where + QLatin1String(", action"), action->text()});
        out.push_back({where + QLatin1String(", action's tooltip"), action->toolTip(), Qt::mightBeRichText(action->toolTip())});
        if (action->menu() != nullptr) {
            collectMenu(*action->menu(), where, out);
        }
    }
}

/// What a window and all that is in sight below it say; fields that the user may edit hold what is meant, not what is
/// shown.
inline std::vector<ShownText> shownTexts(const QWidget& window)
{
    std::vector<ShownText> out;
    QList<const QWidget*> all{&window};
    for (const QWidget* child : window.findChildren<QWidget*>()) {
        all << child;
    }
    for (const QWidget* each : std::as_const(all)) {
        if (!each->isVisible()) {
            continue;
        }
        const QString where = whereOf(each);
        const auto add = [&](const char* what, const QString& text, bool rich = false) {
            if (!text.isEmpty()) {
                out.push_back({where + QLatin1String(", ") + QLatin1String(what), text, rich});
            }
        };
        if (each->isWindow()) {
            add("title", each->windowTitle());
        }
        add("tooltip", each->toolTip(), Qt::mightBeRichText(each->toolTip()));
        const auto* edit = qobject_cast<const QLineEdit*>(each);
        if (edit != nullptr && !edit->isReadOnly()) {
            continue;
        }
        if (QAccessibleInterface* face = QAccessible::queryAccessibleInterface(const_cast<QWidget*>(each))) {
            add("name", face->text(QAccessible::Name));
            add("description", face->text(QAccessible::Description));
        }
        if (edit != nullptr) {
            add("text", edit->text());
        } else if (const auto* label = qobject_cast<const QLabel*>(each)) {
            add("text", label->text(),
                label->textFormat() == Qt::RichText || (label->textFormat() == Qt::AutoText && Qt::mightBeRichText(label->text())));
        } else if (const auto* button = qobject_cast<const QAbstractButton*>(each)) {
            add("text", button->text());
        } else if (const auto* group = qobject_cast<const QGroupBox*>(each)) {
            add("title", group->title());
        } else if (const auto* combo = qobject_cast<const QComboBox*>(each)) {
            for (int i = 0; i < combo->count(); ++i) {
                add("item", combo->itemText(i));
            }
        } else if (const auto* tabs = qobject_cast<const QTabBar*>(each)) {
            for (int i = 0; i < tabs->count(); ++i) {
                add("tab", tabs->tabText(i));
            }
        } else if (const auto* rich = qobject_cast<const QTextEdit*>(each)) {
            add("text", rich->toHtml(), true);
            add("plain text", rich->toPlainText());
        } else if (const auto* plot = qobject_cast<const ui::Plot*>(each)) {
            add("summary", plot->summary());
            add("readout", plot->readout());
        } else if (const auto* menu = qobject_cast<const QMenu*>(each)) {
            collectMenu(*menu, where, out);
        } else if (const auto* header = qobject_cast<const QHeaderView*>(each)) {
            for (int i = 0; header->model() != nullptr && i < std::min(header->count(), 60); ++i) {
                add("header", header->model()->headerData(i, header->orientation()).toString());
            }
        } else if (const auto* list = qobject_cast<const QAbstractItemView*>(each); list != nullptr && list->model() != nullptr) {
            collectCells(*list->model(), {}, where, out);
        }
    }
    for (const QAction* action : window.findChildren<QAction*>()) {
        out.push_back({QLatin1String("action ") + action->objectName(), action->text()});
        out.push_back({QLatin1String("tooltip of action ") + action->objectName(), action->toolTip(), Qt::mightBeRichText(action->toolTip())});
    }
    return out;
}

} // namespace ckptscope::test
