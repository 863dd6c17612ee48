// SPDX-License-Identifier: Apache-2.0
// What a screen reader meets: every control that can be reached has a name and a role.
#include "tests/support/windowfixture.h"
#include "ui/dialogs/convertdialog.h"
#include "ui/dialogs/fixdialog.h"
#include "ui/dialogs/preferencesdialog.h"

#include <QAbstractButton>
#include <QAccessible>
#include <QAction>
#include <QComboBox>
#include <QLineEdit>
#include <QTabWidget>

#include <memory>

using namespace ckptscope;
using namespace ckptscope::ui;

namespace {

/// Controls below `root` in sight that have no name or no role, by class and object name.
QStringList nameless(const QWidget* root, int& seen)
{
    QStringList found;
    const auto children = root->findChildren<QWidget*>();
    for (QWidget* child : children) {
        const bool control = qobject_cast<QAbstractButton*>(child) != nullptr
            || qobject_cast<QLineEdit*>(child) != nullptr || qobject_cast<QComboBox*>(child) != nullptr
            || (child->focusPolicy() & Qt::TabFocus) != 0;
        if (!control || !child->isVisible() || child->objectName().startsWith(QLatin1String("qt_"))
            || child->focusProxy() != nullptr) {
            continue;
        }
        ++seen;
        QAccessibleInterface* interface = QAccessible::queryAccessibleInterface(child);
        if (interface == nullptr || interface->role() == QAccessible::NoRole
            || interface->text(QAccessible::Name).trimmed().isEmpty()) {
            found << QStringLiteral("%1 '%2' in %3")
                         .arg(QLatin1String(child->metaObject()->className()), child->objectName(),
                              QLatin1String(child->parentWidget()->metaObject()->className()));
        }
    }
    return found;
}

} // namespace

class TestAccessible : public QObject {
    Q_OBJECT

    std::unique_ptr<test::WindowFixture> m_fixture;

    template<class Dialog>
    void walk(const char* action)
    {
        auto* dialog = m_fixture->openDialog<Dialog>(action);
        QVERIFY(dialog != nullptr);
        int seen = 0;
        QCOMPARE(nameless(dialog, seen).join(QStringLiteral("; ")), QString());
        QVERIFY(seen > 10);
        dialog->reject();
    }

private Q_SLOTS:
    void init() { m_fixture = std::make_unique<test::WindowFixture>(); }
    void cleanup() { m_fixture.reset(); }

    void windowAndDialogs()
    {
        QVERIFY(m_fixture->open(m_fixture->demo()));
        int seen = 0;
        QCOMPARE(nameless(&m_fixture->window, seen).join(QStringLiteral("; ")), QString());
        QVERIFY(seen > 10);
        walk<FixDialog>("file.review");
        walk<ConvertDialog>("file.convert");
    }

    void preferences()
    {
        PreferencesDialog dialog(&m_fixture->settings, &m_fixture->window);
        dialog.show();
        auto* tabs = dialog.findChild<QTabWidget*>();
        QVERIFY(tabs != nullptr);
        int seen = 0;
        for (int page = 0; page < tabs->count(); ++page) {
            tabs->setCurrentIndex(page);
            QCOMPARE(nameless(&dialog, seen).join(QStringLiteral("; ")), QString());
        }
        QVERIFY(seen > 10);
    }
};

QTEST_MAIN(TestAccessible)
#include "tst_accessible.moc"
