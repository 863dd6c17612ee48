// SPDX-License-Identifier: Apache-2.0
// What a screen reader meets: every control has a name and the role of its kind, every picture says in words what it
// shows.
#include "tests/support/heldjob.h"
#include "tests/support/uiwalk.h"
#include "tests/support/windowfixture.h"
#include "ui/comparewindow.h"
#include "ui/dialogs/aboutdialog.h"
#include "ui/dialogs/convertdialog.h"
#include "ui/dialogs/fixdialog.h"
#include "ui/dialogs/metadatadialog.h"
#include "ui/dialogs/preferencesdialog.h"
#include "ui/dialogs/rulesdialog.h"
#include "ui/dialogs/shortcutsdialog.h"
#include "ui/views/differencepanel.h"
#include "ui/views/dtypebar.h"
#include "ui/views/messagebar.h"

#include <QAbstractSpinBox>
#include <QCheckBox>
#include <QDockWidget>
#include <QListView>
#include <QProgressBar>
#include <QPushButton>
#include <QRadioButton>
#include <QTabWidget>
#include <QTableView>
#include <QToolButton>
#include <QTreeView>

#include <memory>
#include <set>

using namespace ckptscope;
using namespace ckptscope::ui;
using test::Patience;

namespace {

bool has(QAccessible::Role role, std::initializer_list<QAccessible::Role> wanted)
{
    return std::find(wanted.begin(), wanted.end(), role) != wanted.end();
}

/// The role that a kind of widget must have; true where the kind is none of these.
bool rightRole(const QWidget* widget, QAccessible::Role role)
{
    using QA = QAccessible;
    if (qobject_cast<const Plot*>(widget) != nullptr || qobject_cast<const DTypeBar*>(widget) != nullptr) {
        return role == QA::Chart;
    }
    if (qobject_cast<const QCheckBox*>(widget) != nullptr) {
        return role == QA::CheckBox;
    }
    if (qobject_cast<const QRadioButton*>(widget) != nullptr) {
        return role == QA::RadioButton;
    }
    if (qobject_cast<const QAbstractButton*>(widget) != nullptr) {
        return has(role, {QA::Button, QA::ButtonMenu, QA::ButtonDropDown, QA::CheckBox, QA::RadioButton});
    }
    if (qobject_cast<const QLineEdit*>(widget) != nullptr || qobject_cast<const QTextEdit*>(widget) != nullptr
        || qobject_cast<const QPlainTextEdit*>(widget) != nullptr) {
        return has(role, {QA::EditableText, QA::StaticText, QA::Document});
    }
    if (qobject_cast<const QComboBox*>(widget) != nullptr) {
        return role == QA::ComboBox;
    }
    if (qobject_cast<const QAbstractSpinBox*>(widget) != nullptr) {
        return role == QA::SpinBox;
    }
    if (qobject_cast<const QProgressBar*>(widget) != nullptr) {
        return role == QA::ProgressBar;
    }
    if (qobject_cast<const QTreeView*>(widget) != nullptr) {
        return has(role, {QA::Tree, QA::Table, QA::List});
    }
    if (qobject_cast<const QAbstractItemView*>(widget) != nullptr) {
        return has(role, {QA::Tree, QA::Table, QA::List});
    }
    if (qobject_cast<const QTabBar*>(widget) != nullptr) {
        return role == QA::PageTabList;
    }
    return true;
}

/// It shows, or what it is covered with (a scroll area's viewport) does.
bool inSight(const QWidget& widget)
{
    const auto parts = widget.findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly);
    return widget.isVisible()
        && (!widget.visibleRegion().isEmpty() || std::any_of(parts.begin(), parts.end(), [](const QWidget* each) { return inSight(*each); }));
}

/// Goes through what a screen reader goes through, and collects what it would stumble over.
class Reader {
public:
    void read(QAccessibleInterface* face, int depth = 0)
    {
        constexpr int Deepest = 40;
        if (face == nullptr || depth > Deepest || !m_seen.insert(face).second) {
            return;
        }
        const auto* widget = qobject_cast<const QWidget*>(face->object());
        if (widget != nullptr && (face->state().invisible || !inSight(*widget))) {
            return;
        }
        if (widget != nullptr) {
            look(*face, *widget);
        }
        if (face->tableInterface() != nullptr) {
            rows(*face);
            return; // its cells are the model's
        }
        for (int i = 0; i < face->childCount(); ++i) {
            read(face->child(i), depth + 1);
        }
    }
    [[nodiscard]] QString faults() const { return m_faults.join(u'\n'); }
    int controls = 0;
    int charts = 0;

private:
    void look(const QAccessibleInterface& face, const QWidget& widget)
    {
        const QAccessible::Role role = face.role();
        const bool header = qobject_cast<const QHeaderView*>(&widget) != nullptr;
        const bool control = qobject_cast<const QAbstractButton*>(&widget) != nullptr || qobject_cast<const QLineEdit*>(&widget) != nullptr
            || qobject_cast<const QComboBox*>(&widget) != nullptr || qobject_cast<const QAbstractItemView*>(&widget) != nullptr
            || qobject_cast<const QProgressBar*>(&widget) != nullptr || (widget.focusPolicy() & Qt::TabFocus) != 0;
        if (role == QAccessible::Chart) {
            ++charts;
            const QString text = face.text(QAccessible::Description);
            if (text.trimmed().isEmpty()) {
                m_faults << test::whereOf(&widget) + QLatin1String(": a picture without words");
            }
        }
        if (!control || header || widget.focusProxy() != nullptr || widget.isWindow()
            || (qobject_cast<const QAbstractButton*>(&widget) != nullptr && widget.focusPolicy() == Qt::NoFocus
                && widget.objectName().startsWith(QLatin1String("qt_")))) {
            return;
        }
        ++controls;
        if (face.text(QAccessible::Name).trimmed().isEmpty()) {
            m_faults << test::whereOf(&widget) + QLatin1String(": no name");
        }
        if (role == QAccessible::NoRole || role == QAccessible::Client || role == QAccessible::Pane || !rightRole(&widget, role)) {
            m_faults << test::whereOf(&widget) + QStringLiteral(": role %1").arg(int(role));
        }
    }
    void rows(QAccessibleInterface& face)
    {
        QAccessibleTableInterface* table = face.tableInterface();
        for (int row = 0; row < std::min(table->rowCount(), 20); ++row) {
            QAccessibleInterface* cell = table->cellAt(row, 0);
            if (cell == nullptr || cell->text(QAccessible::Name).trimmed().isEmpty()) {
                m_faults << test::whereOf(qobject_cast<QWidget*>(face.object())) + QStringLiteral(": row %1 has no text").arg(row);
            }
        }
    }

    std::set<const QAccessibleInterface*> m_seen;
    QStringList m_faults;
};

} // namespace

class TestAccessible : public QObject {
    Q_OBJECT

    std::unique_ptr<test::WindowFixture> m_fixture;

    void readAll(QWidget* root, int least)
    {
        Reader reader;
        reader.read(QAccessible::queryAccessibleInterface(root));
        QVERIFY2(reader.faults().isEmpty(), qPrintable(reader.faults()));
        QVERIFY2(reader.controls >= least, qPrintable(QString::number(reader.controls)));
    }
    template<class Dialog>
    void readDialog(const char* action, int least)
    {
        auto* dialog = m_fixture->template openDialog<Dialog>(action);
        QVERIFY2(dialog != nullptr, action);
        const auto writes = dialog->template findChildren<QPushButton*>(QRegularExpression(QStringLiteral("Write$")));
        if (!writes.isEmpty()) {
            QTRY_VERIFY_WITH_TIMEOUT(writes.front()->isEnabled(), Patience);
        }
        auto* tabs = dialog->template findChild<QTabWidget*>();
        for (int page = 0; page < (tabs != nullptr ? tabs->count() : 1); ++page) {
            if (tabs != nullptr) {
                tabs->setCurrentIndex(page);
            }
            readAll(dialog, least);
        }
        dialog->reject();
    }

private Q_SLOTS:
    void init()
    {
        installAccessibility();
        QAccessible::setActive(true);
        m_fixture = std::make_unique<test::WindowFixture>();
    }
    void cleanup() { m_fixture.reset(); }

    void startPage()
    {
        QVERIFY(m_fixture->open(m_fixture->demo()));
        m_fixture->window.closeDocument();
        readAll(&m_fixture->window, 4);
    }

    void everyDock()
    {
        QVERIFY(m_fixture->open(m_fixture->demo()));
        auto& window = m_fixture->window;
        const TensorInfo* tensor = window.document()->checkpoint().find("model.layers.0.linear_attn.A_log");
        QVERIFY(tensor != nullptr);
        window.tensorView()->select(window.document()->checkpoint().indexOf(*tensor));
        for (const char* name : {"details", "findings", "values", "histogram", "heatmap", "halflife", "map", "shards", "metadata"}) {
            QDockWidget* dock = window.dock(QLatin1String(name));
            dock->show();
            dock->raise();
            QTRY_VERIFY_WITH_TIMEOUT(window.idle(), Patience);
            QCoreApplication::processEvents();
            readAll(&window, 5);
            for (const auto* plot : dock->findChildren<Plot*>()) { // made from the data: with numbers in it
                const QString words = QAccessible::queryAccessibleInterface(const_cast<Plot*>(plot))->text(QAccessible::Description);
                QVERIFY2(words.contains(QRegularExpression(QStringLiteral("[0-9]"))), qPrintable(QLatin1String(name) + QLatin1String(": ") + words));
            }
        }
        for (const char* mode : {"view.roles", "view.flat", "view.tree"}) {
            window.action(QLatin1String(mode))->trigger();
            QCoreApplication::processEvents();
            readAll(&window, 5);
        }
        window.tensorView()->view()->selectAll(); // the table of statistics
        window.dock(QStringLiteral("histogram"))->raise();
        QTRY_VERIFY_WITH_TIMEOUT(window.idle(), Patience);
        QCoreApplication::processEvents();
        readAll(&window, 5);
    }

    void dialogs()
    {
        QVERIFY(m_fixture->open(m_fixture->demo()));
        readDialog<FixDialog>("file.review", 10);
        readDialog<ConvertDialog>("file.convert", 10);
        readDialog<RulesDialog>("help.rules", 3);
        readDialog<ShortcutsDialog>("help.keys", 3);
        readDialog<PreferencesDialog>("edit.preferences", 4);
        m_fixture->window.dock(QStringLiteral("metadata"))->raise();
        QPushButton* add = m_fixture->find<QPushButton>("metadataAdd");
        QVERIFY(add != nullptr && add->isEnabled());
        add->click();
        auto* metadata = m_fixture->window.findChild<MetadataDialog*>();
        QVERIFY(metadata != nullptr && QTest::qWaitForWindowExposed(metadata));
        readAll(metadata, 4);
        metadata->reject();
        auto* about = m_fixture->openDialog<QDialog>("help.about");
        QVERIFY(about != nullptr);
        readAll(about, 1);
    }

    void receiptMessagesAndJobs()
    {
        auto& window = m_fixture->window;
        QVERIFY(m_fixture->open(m_fixture->demo()));
        window.action(QStringLiteral("file.fix"))->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(window.onReceipt() && window.idle(), Patience);
        readAll(&window, 10);
        window.open({m_fixture->dir.path("nothing")});
        QTRY_VERIFY_WITH_TIMEOUT(window.messages()->count() > 0, Patience);
        readAll(&window, 10);
        test::HeldJob held("scanJob", JobPoint::Begun);
        QVERIFY(m_fixture->open(m_fixture->demo("second")));
        window.action(QStringLiteral("tensor.scanAll"))->trigger();
        const auto cancels = [&window] {
            const auto all = window.findChildren<QPushButton*>(QStringLiteral("cancelJob"));
            return std::any_of(all.begin(), all.end(), [](const QPushButton* each) { return each->isVisible(); });
        };
        QTRY_VERIFY_WITH_TIMEOUT(cancels(), Patience);
        readAll(&window, 10);
        held.release();
        QTRY_VERIFY_WITH_TIMEOUT(window.idle(), Patience);
    }

    void compare()
    {
        const std::string demo = m_fixture->demo();
        const std::string other = m_fixture->demo("other");
        QVERIFY(m_fixture->open(demo));
        CompareWindow* window = m_fixture->window.compare({demo}, {other});
        QTRY_VERIFY_WITH_TIMEOUT(window->idle() && window->state(), Patience);
        readAll(window, 8);
        window->compareValues();
        window->findChild<QCheckBox*>(QStringLiteral("onlyDifferences"))->setChecked(false);
        QTRY_VERIFY_WITH_TIMEOUT(window->idle(), Patience);
        for (const auto what : {DifferencePanel::What::Histogram, DifferencePanel::What::Both, DifferencePanel::What::Heatmap}) {
            window->plots()->setWhat(what);
            QTRY_VERIFY_WITH_TIMEOUT(window->idle(), Patience);
            readAll(window, 8);
        }
    }

    /// Menus and what their entries do.
    void everyActionHasAName()
    {
        QVERIFY(m_fixture->open(m_fixture->demo()));
        for (const QString& name : m_fixture->window.actionNames()) {
            const QAction* action = m_fixture->window.action(name);
            QVERIFY2(!action->text().trimmed().isEmpty(), qPrintable(name));
            QVERIFY2(!action->toolTip().trimmed().isEmpty(), qPrintable(name));
        }
    }
};

QTEST_MAIN(TestAccessible)
#include "tst_accessible.moc"
