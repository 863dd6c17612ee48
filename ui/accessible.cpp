// SPDX-License-Identifier: Apache-2.0
#include "ui/accessible.h"

#include <QAction>
#include <QCoreApplication>
#include <QLineEdit>
#include <QTabBar>
#include <QToolButton>

namespace ckptscope::ui {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(ckptscope::ui::Accessible)
};

} // namespace

void nameButtonsOf(QLineEdit* edit)
{
    const auto buttons = edit->findChildren<QToolButton*>();
    for (QToolButton* button : buttons) {
        const QAction* action = button->defaultAction();
        const bool clears = action != nullptr && action->objectName() == QLatin1String("_q_qlineeditclearaction");
        button->setAccessibleName(clears ? Words::tr("Clear the field") : edit->accessibleName());
    }
}

void nameDockTabs(QWidget* window)
{
    const auto bars = window->findChildren<QTabBar*>(QString(), Qt::FindDirectChildrenOnly);
    for (QTabBar* bar : bars) {
        bar->setAccessibleName(Words::tr("Panels"));
    }
}

} // namespace ckptscope::ui
