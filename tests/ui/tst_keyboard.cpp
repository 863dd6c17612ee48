// SPDX-License-Identifier: Apache-2.0
// The whole window without a mouse: opening, going through violations, repairing, every dock and what is in it, every
// context menu.
#include "tests/support/windowfixture.h"
#include "ui/comparewindow.h"
#include "ui/dialogs/fixdialog.h"
#include "ui/views/bannerwidget.h"
#include "ui/views/detailspanel.h"
#include "ui/views/differencepanel.h"
#include "ui/views/filterbar.h"
#include "ui/views/filteredit.h"
#include "ui/views/messagebar.h"
#include "ui/views/plot.h"

#include <QAbstractItemView>
#include <QAction>
#include <QCheckBox>
#include <QDialogButtonBox>
#include <QDockWidget>
#include <QFileDialog>
#include <QMenu>
#include <QPushButton>
#include <QSet>
#include <QTextBrowser>
#include <QTimer>
#include <QTreeView>

#include <functional>
#include <memory>

using namespace ckptscope;
using namespace ckptscope::ui;
using test::Patience;

namespace {

/// Runs when a modal dialog or a menu waits for the user, once.
class WhenAsked : public QObject {
public:
    explicit WhenAsked(std::function<bool(QWidget*)> then)
        : m_then(std::move(then))
    {
        m_timer.setInterval(10);
        connect(&m_timer, &QTimer::timeout, this, [this] {
            QWidget* asks = QApplication::activePopupWidget() != nullptr ? QApplication::activePopupWidget() : QApplication::activeModalWidget();
            if (asks != nullptr && m_then(asks)) {
                m_timer.stop();
                answered = true;
            }
        });
        m_timer.start();
    }
    bool answered = false;

private:
    std::function<bool(QWidget*)> m_then;
    QTimer m_timer;
};

} // namespace

class TestKeyboard : public QObject {
    Q_OBJECT

    std::unique_ptr<test::WindowFixture> m_fixture;
    MainWindow* m_window = nullptr;

    void press(Qt::Key key, Qt::KeyboardModifiers modifiers = {}) const
    {
        QWidget* to = QApplication::focusWidget() != nullptr ? QApplication::focusWidget()
            : QApplication::activeModalWidget() != nullptr   ? QApplication::activeModalWidget()
            : QApplication::activeWindow() != nullptr        ? QApplication::activeWindow()
                                                             : m_window;
        QTest::keyClick(to, key, modifiers);
    }
    [[nodiscard]] QString focused() const
    {
        const QWidget* now = QApplication::focusWidget();
        return now == nullptr ? QStringLiteral("nothing") : QLatin1String(now->metaObject()->className()) + u' ' + now->objectName();
    }
    [[nodiscard]] bool focusIn(const QWidget* pane) const
    {
        const QWidget* now = QApplication::focusWidget();
        return now != nullptr && (now == pane || pane->isAncestorOf(now));
    }
    void select(const char* key)
    {
        const TensorInfo* tensor = m_window->document()->checkpoint().find(key);
        QVERIFY(tensor != nullptr);
        m_window->tensorView()->select(m_window->document()->checkpoint().indexOf(*tensor));
        m_window->tensorView()->view()->setFocus();
    }
    /// Alt and its number: the dock comes to the front and has the focus.
    QDockWidget* goToDock(const char* name, Qt::Key number)
    {
        m_window->tensorView()->view()->setFocus();
        press(number, Qt::AltModifier);
        QDockWidget* dock = m_window->dock(QLatin1String(name));
        if (!QTest::qWaitFor([&] { return m_window->idle() && focusIn(dock); }, Patience)) {
            qWarning("%s: the focus is in %s", name, qPrintable(focused()));
            return nullptr;
        }
        return dock;
    }
    /// Shift+F10 opens a menu; Esc closes it. Its entries.
    QStringList contextMenu()
    {
        QStringList entries;
        QWidget* const window = QApplication::activeWindow();
        WhenAsked asked([&](QWidget* asks) {
            auto* menu = qobject_cast<QMenu*>(asks);
            if (menu != nullptr) {
                for (const QAction* action : menu->actions()) {
                    if (!action->isSeparator()) {
                        entries << action->text().remove(u'&');
                    }
                }
                QTest::keyClick(menu, Qt::Key_Escape);
            }
            return menu != nullptr;
        });
        press(Qt::Key_F10, Qt::ShiftModifier);
        (void)QTest::qWaitFor([&] { return asked.answered; }, 2000);
        if (window != nullptr) { // as a window manager does when a menu has gone
            window->activateWindow();
            (void)QTest::qWaitForWindowActive(window);
        }
        return entries;
    }

private Q_SLOTS:
    void init()
    {
        m_fixture = std::make_unique<test::WindowFixture>();
        m_window = &m_fixture->window;
        QVERIFY(QTest::qWaitForWindowActive(m_window));
    }
    void cleanup() { m_fixture.reset(); }

    /// Ctrl+Shift+O, a folder, Enter; F8; Ctrl+Shift+S, Enter; Esc.
    void opensAndRepairs()
    {
        const std::string demo = m_fixture->demo();
        WhenAsked folder([&](QWidget*) {
            auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
            auto* name = dialog != nullptr ? dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit")) : nullptr;
            if (name == nullptr) {
                return false;
            }
            name->setText(QString::fromStdString(demo)); // typed, it would be completed meanwhile
            QTest::keyClick(name, Qt::Key_Return);
            return true;
        });
        press(Qt::Key_O, Qt::ControlModifier | Qt::ShiftModifier);
        QTRY_VERIFY_WITH_TIMEOUT(folder.answered && m_window->document() && m_window->idle(), Patience);
        m_window->activateWindow(); // as a window manager does
        QVERIFY(QTest::qWaitForWindowActive(m_window));
        QCOMPARE(m_window->document()->report().verdict, Verdict::Violations);
        QVERIFY2(focusIn(m_window->tensorView()), qPrintable(focused()));
        std::set<std::uint32_t> visited;
        const std::size_t violations = m_window->document()->marked().size();
        for (std::size_t i = 0; i < violations; ++i) {
            press(Qt::Key_F8);
            QVERIFY(m_window->tensorView()->currentTensor());
            visited.insert(*m_window->tensorView()->currentTensor());
        }
        QCOMPARE(visited.size(), violations); // each once
        press(Qt::Key_F8, Qt::ShiftModifier);
        QVERIFY(m_window->tensorView()->currentTensor());

        press(Qt::Key_S, Qt::ControlModifier | Qt::ShiftModifier);
        auto* dialog = m_window->findChild<FixDialog*>();
        QVERIFY(dialog != nullptr && QTest::qWaitForWindowActive(dialog));
        auto* write = dialog->findChild<QPushButton*>(QStringLiteral("fixWrite"));
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled() && write->hasFocus(), Patience);
        press(Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->onReceipt() && m_window->idle(), Patience);
        QVERIFY(m_fixture->dir.exists("model-fixed"));
        m_window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_window));
        press(Qt::Key_Escape);
        QVERIFY(!m_window->onReceipt());
        QVERIFY2(focusIn(m_window->tensorView()), qPrintable(focused()));
    }

    void theDialogCanBeLeft()
    {
        QVERIFY(m_fixture->open(m_fixture->demo()));
        press(Qt::Key_S, Qt::ControlModifier | Qt::ShiftModifier);
        auto* dialog = m_window->findChild<FixDialog*>();
        QVERIFY(dialog != nullptr && QTest::qWaitForWindowActive(dialog));
        auto* write = dialog->findChild<QPushButton*>(QStringLiteral("fixWrite"));
        QTRY_VERIFY_WITH_TIMEOUT(write->hasFocus(), Patience); // what needs no answer has the button in focus
        press(Qt::Key_Escape);
        QTRY_VERIFY(m_window->findChild<FixDialog*>() == nullptr);
        m_window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_window));
        QVERIFY(!m_fixture->dir.exists("model-fixed"));
        QTRY_VERIFY2(focusIn(m_window->tensorView()), qPrintable(focused()));
    }

    /// F6 goes round: verdict, filter, tensors, the right dock, the one below, and back; Shift+F6 the other way.
    void panesGoRound()
    {
        QVERIFY(m_fixture->open(m_fixture->demo()));
        m_window->dock(QStringLiteral("findings"))->raise();
        const std::vector<const QWidget*> ring{m_window->banner(), m_window->filterBar(), m_window->tensorView(),
                                               m_window->dock(QStringLiteral("details")), m_window->dock(QStringLiteral("findings"))};
        m_window->banner()->button("fix")->setFocus();
        for (std::size_t i = 1; i <= ring.size(); ++i) {
            press(Qt::Key_F6);
            QVERIFY2(focusIn(ring[i % ring.size()]), qPrintable(QString::number(i) + u' ' + focused()));
        }
        for (std::size_t i = ring.size(); i > 0; --i) {
            press(Qt::Key_F6, Qt::ShiftModifier);
            QVERIFY2(focusIn(ring[i - 1]), qPrintable(QString::number(i) + u' ' + focused()));
        }
    }

    void docks_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<int>("number");
        int number = Qt::Key_1;
        for (const char* name : {"details", "findings", "values", "histogram", "heatmap", "halflife", "map", "shards", "metadata"}) {
            QTest::newRow(name) << QByteArray(name) << number++;
        }
    }
    /// Tab goes through all of a dock and stays in it; the same key again hides it and gives the focus back.
    void docks()
    {
        QFETCH(QByteArray, name);
        QFETCH(int, number);
        QVERIFY(m_fixture->open(m_fixture->demo()));
        select("model.layers.0.linear_attn.A_log");
        QDockWidget* dock = goToDock(name.constData(), static_cast<Qt::Key>(number));
        QVERIFY(dock != nullptr);
        QSet<const QWidget*> wanted;
        for (const QWidget* child : dock->widget()->findChildren<QWidget*>()) {
            if (child->isVisible() && child->isEnabled() && (child->focusPolicy() & Qt::TabFocus) != 0 && child->focusProxy() == nullptr
                && !child->objectName().startsWith(QLatin1String("qt_"))) {
                wanted.insert(child);
            }
        }
        QVERIFY(!wanted.isEmpty());
        QSet<const QWidget*> reached;
        constexpr int Links = 40; // a text's links come in turn
        for (int i = 0; i < 2 * wanted.size() + Links; ++i) {
            QVERIFY2(focusIn(dock), qPrintable(QStringLiteral("after %1 tabs: %2").arg(i).arg(focused())));
            reached.insert(QApplication::focusWidget());
            press(Qt::Key_Tab);
        }
        QStringList missed;
        for (const QWidget* each : wanted - reached) {
            missed << QLatin1String(each->metaObject()->className()) + u' ' + each->objectName();
        }
        QVERIFY2(missed.isEmpty(), qPrintable(missed.join(u", ")));
        press(static_cast<Qt::Key>(number), Qt::AltModifier);
        QVERIFY(dock->isHidden());
        QVERIFY2(focusIn(m_window->tensorView()), qPrintable(focused()));
    }

    void findings()
    {
        QVERIFY(m_fixture->open(m_fixture->demo()));
        QVERIFY(goToDock("findings", Qt::Key_2) != nullptr);
        press(Qt::Key_Home);
        press(Qt::Key_Down);
        QVERIFY(m_window->tensorView()->currentTensor());
        QVERIFY(contextMenu().contains(QStringLiteral("Filter to Rule")));
        press(Qt::Key_Return);
        QVERIFY2(m_window->filterBar()->text().startsWith(QLatin1String("rule:")), qPrintable(m_window->filterBar()->text()));
    }

    void plotsAndGrid()
    {
        QVERIFY(m_fixture->open(m_fixture->demo()));
        select("model.embed_tokens.weight");
        QDockWidget* dock = goToDock("values", Qt::Key_3);
        QVERIFY(dock != nullptr);
        auto* grid = dock->findChild<QAbstractItemView*>(QStringLiteral("valuesView"));
        QTRY_VERIFY(grid->hasFocus());
        press(Qt::Key_Down);
        press(Qt::Key_Down);
        press(Qt::Key_Right);
        QCOMPARE(grid->currentIndex().row() * 10 + grid->currentIndex().column(),
                 11); // the first Down goes to the first cell
        QVERIFY(!contextMenu().isEmpty());

        struct Row {
            const char* dock;
            Qt::Key number;
            const char* plot;
            bool zooms;
        };
        for (const Row& row : {Row{"histogram", Qt::Key_4, "histogramPlot", true}, Row{"heatmap", Qt::Key_5, "heatmapPlot", true},
                               Row{"halflife", Qt::Key_6, "halfLifePlot", false}, Row{"map", Qt::Key_7, "treemapPlot", false}}) {
            dock = goToDock(row.dock, row.number);
            QVERIFY2(dock != nullptr, row.dock);
            auto* plot = dock->findChild<Plot*>();
            QVERIFY2(plot->hasFocus(), qPrintable(focused()));
            press(Qt::Key_Right);
            QVERIFY2(!plot->readout().isEmpty(), row.dock);
            const QString first = plot->readout();
            press(Qt::Key_End);
            QVERIFY2(plot->readout() != first, row.dock);
            press(Qt::Key_Home);
            QVERIFY2(!plot->readout().isEmpty(), row.dock);
            if (row.zooms) {
                const QString whole = plot->summary();
                auto* reset = dock->findChildren<QPushButton*>(QRegularExpression(QStringLiteral("Reset$"))).constFirst();
                press(Qt::Key_Plus);
                QTRY_VERIFY_WITH_TIMEOUT(m_window->idle() && reset->isEnabled(), Patience);
                plot->setFocus();
                press(Qt::Key_Escape);
                QTRY_VERIFY_WITH_TIMEOUT(m_window->idle() && !reset->isEnabled(), Patience);
                QCOMPARE(plot->summary(), whole);
                QVERIFY2(plot->hasFocus(), qPrintable(QLatin1String(row.dock) + QLatin1String(": ") + focused()));
            }
            QVERIFY2(contextMenu().size() >= 3, row.dock);
        }
        // into the map and out again, and a head of the half-lives to its tensor
        dock = goToDock("map", Qt::Key_7);
        auto* up = dock->findChild<QPushButton*>(QStringLiteral("treemapUp"));
        press(Qt::Key_Home);
        press(Qt::Key_Return);
        QTRY_VERIFY2(up->isEnabled(), "Enter does not go into the map");
        press(Qt::Key_Backspace);
        QVERIFY(!up->isEnabled());
        dock = goToDock("halflife", Qt::Key_6);
        press(Qt::Key_Home);
        press(Qt::Key_Return);
        QVERIFY(m_window->tensorView()->currentTensor());
        QVERIFY(m_window->document()->tensor(*m_window->tensorView()->currentTensor()).key.ends_with("A_log"));
    }

    void shardsAndMetadata()
    {
        QVERIFY(m_fixture->open(m_fixture->demo()));
        QDockWidget* dock = goToDock("shards", Qt::Key_8);
        QVERIFY(dock != nullptr);
        auto* strip = dock->findChild<Plot*>();
        strip->setFocus();
        press(Qt::Key_Right);
        press(Qt::Key_Right);
        QVERIFY(!strip->readout().isEmpty());
        press(Qt::Key_Return);
        QVERIFY(m_window->tensorView()->currentTensor());
        QVERIFY(contextMenu().size() >= 3);
        dock->findChild<QAbstractItemView*>()->setFocus();
        press(Qt::Key_Return);
        QVERIFY2(m_window->filterBar()->text().startsWith(QLatin1String("shard:")), qPrintable(m_window->filterBar()->text()));

        dock = goToDock("metadata", Qt::Key_9);
        QVERIFY(dock != nullptr);
        press(Qt::Key_Home);
        press(Qt::Key_Down);
        QVERIFY(contextMenu().size() >= 3);
        press(Qt::Key_Return); // the pair of __metadata__ opens
        QTRY_VERIFY(QApplication::activeModalWidget() != nullptr);
        QTest::keyClick(QApplication::activeModalWidget(), Qt::Key_Escape);
        QTRY_VERIFY(QApplication::activeModalWidget() == nullptr);
    }

    void tensorsAndStartPage()
    {
        QVERIFY(m_fixture->open(m_fixture->demo()));
        for (const char* mode : {"view.roles", "view.tree", "view.flat"}) {
            m_window->action(QLatin1String(mode))->trigger();
            m_window->tensorView()->view()->setFocus();
            press(Qt::Key_Home);
            QVERIFY2(contextMenu().contains(QStringLiteral("Copy Key")), mode);
        }
        press(Qt::Key_Slash); // the filter
        QVERIFY2(focusIn(m_window->filterBar()), qPrintable(focused()));
        QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("A_log"));
        press(Qt::Key_Return);
        QVERIFY2(focusIn(m_window->tensorView()), qPrintable(focused()));
        press(Qt::Key_Return); // details
        QVERIFY2(focusIn(m_window->dock(QStringLiteral("details"))), qPrintable(focused()));
        press(Qt::Key_Escape);
        QVERIFY2(focusIn(m_window->tensorView()), qPrintable(focused()));
        press(Qt::Key_W, Qt::ControlModifier);
        QVERIFY(m_window->onStartPage());
        press(Qt::Key_F6);
        auto* recent = m_fixture->find<QAbstractItemView>("startRecent");
        recent->setFocus();
        press(Qt::Key_Home);
        QVERIFY(contextMenu().contains(QStringLiteral("Copy Path")));
        press(Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->document() && m_window->idle(), Patience);
    }

    void messages()
    {
        QVERIFY(m_fixture->open(m_fixture->demo()));
        m_window->open({m_fixture->dir.path("nothing")});
        QTRY_VERIFY_WITH_TIMEOUT(m_window->messages()->count() == 1, Patience);
        // reached by F6 or Tab, and closed
        bool reached = false;
        for (int i = 0; i < 8 && !reached; ++i) {
            press(Qt::Key_F6);
            reached = focusIn(m_window->messages());
        }
        QVERIFY2(reached, qPrintable(focused()));
        QVERIFY(contextMenu().contains(QStringLiteral("Copy")));
        for (int i = 0; i < 6 && QApplication::focusWidget()->objectName() != QLatin1String("messageClose"); ++i) {
            press(Qt::Key_Tab);
        }
        press(Qt::Key_Space);
        QTRY_COMPARE(m_window->messages()->count(), 0U);
    }

    void compareWindow()
    {
        const std::string demo = m_fixture->demo();
        const std::string other = m_fixture->demo("other");
        CompareWindow* window = m_window->compare({demo}, {other});
        QVERIFY(QTest::qWaitForWindowActive(window));
        QTRY_VERIFY_WITH_TIMEOUT(window->idle() && window->state(), Patience);
        QVERIFY2(window->isAncestorOf(QApplication::focusWidget()), qPrintable(focused()));
        QSet<const QWidget*> reached;
        for (int i = 0; i < 30; ++i) {
            press(Qt::Key_Tab);
            QVERIFY(window->isAncestorOf(QApplication::focusWidget()));
            reached.insert(QApplication::focusWidget());
        }
        for (const QWidget* child : window->findChildren<QWidget*>()) {
            if (child->isVisible() && child->isEnabled() && (child->focusPolicy() & Qt::TabFocus) != 0 && child->focusProxy() == nullptr
                && !child->objectName().startsWith(QLatin1String("qt_"))) {
                QVERIFY2(reached.contains(child), qPrintable(QLatin1String(child->metaObject()->className()) + u' ' + child->objectName()));
            }
        }
        press(Qt::Key_F, Qt::ControlModifier);
        QCOMPARE(QApplication::focusWidget(), window->findChild<FilterEdit*>());
        window->findChild<QCheckBox*>(QStringLiteral("onlyDifferences"))->setFocus();
        press(Qt::Key_Space);
        window->view()->setFocus();
        press(Qt::Key_Home);
        press(Qt::Key_Down);
        QVERIFY(window->view()->currentIndex().row() == 1);
        QVERIFY(!contextMenu().isEmpty());
        press(Qt::Key_3, Qt::AltModifier);
        QVERIFY(window->plots()->findChild<Plot*>(QStringLiteral("heatmapPlot"))->isVisible());
        press(Qt::Key_W, Qt::ControlModifier);
        QTRY_VERIFY(m_window->compareWindow() == nullptr);
    }
};

QTEST_MAIN(TestKeyboard)
#include "tst_keyboard.moc"
