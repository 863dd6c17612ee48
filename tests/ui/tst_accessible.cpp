// SPDX-License-Identifier: Apache-2.0
// What a screen reader meets: every control that can be reached has a name and a role.
#include "tests/support/tempdir.h"
#include "ui/dialogs/fixdialog.h"
#include "ui/dialogs/preferencesdialog.h"
#include "ui/mainwindow.h"
#include "ui/settings.h"

#include <QAbstractButton>
#include <QAccessible>
#include <QAction>
#include <QComboBox>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTest>

#include <memory>

using namespace ckptscope;
using namespace ckptscope::ui;

namespace {

constexpr int Patience = 20'000; // ms; a loaded machine is slow

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

    std::unique_ptr<test::TempDir> m_dir;
    std::unique_ptr<Settings> m_settings;
    std::unique_ptr<MainWindow> m_window;

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<test::TempDir>();
        m_settings = std::make_unique<Settings>(QString::fromStdString(m_dir->path("settings.ini")));
        m_window = std::make_unique<MainWindow>(m_settings.get());
        m_window->resize(1280, 820);
        m_window->show();
    }
    void cleanup()
    {
        m_window.reset();
        m_settings.reset();
        m_dir.reset();
    }

    void windowAndFixDialog()
    {
        QSignalSpy changed(m_window.get(), &MainWindow::documentChanged);
        m_window->open({m_dir->copyTree("model", test::sourcePath("resources/demo/qwen3-next-tiny-bf16"))});
        QTRY_VERIFY_WITH_TIMEOUT(changed.count() > 0 && m_window->idle(), Patience);
        int seen = 0;
        QCOMPARE(nameless(m_window.get(), seen).join(QStringLiteral("; ")), QString());
        QVERIFY(seen > 10);
        m_window->action(QStringLiteral("file.review"))->trigger();
        auto* dialog = m_window->findChild<FixDialog*>();
        QVERIFY(dialog != nullptr);
        QTRY_VERIFY(dialog->isVisible());
        seen = 0;
        QCOMPARE(nameless(dialog, seen).join(QStringLiteral("; ")), QString());
        QVERIFY(seen > 10);
    }

    void preferences()
    {
        PreferencesDialog dialog(m_settings.get(), m_window.get());
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
