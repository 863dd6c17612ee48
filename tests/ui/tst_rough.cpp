// SPDX-License-Identifier: Apache-2.0
// LABELS: slow
// Rough handling: whatever a user, or a disk, does while a job runs. Each job is held at its start, at its first report
// and with its result in hand; then the window is closed, something else is opened, or the files go. Nothing may crash,
// leak (under the address sanitizer), leave a half-written file, or say of one checkpoint what is true of another; and
// what went wrong is said.
#include "tests/support/gdnfolder.h"
#include "tests/support/heldjob.h"
#include "tests/support/roughjobs.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/windowfixture.h"
#include "ui/comparewindow.h"
#include "ui/dialogs/convertdialog.h"
#include "ui/dialogs/donorfield.h"
#include "ui/dialogs/fixdialog.h"
#include "ui/dialogs/preferencesdialog.h"
#include "ui/models/columns.h"
#include "ui/views/bannerwidget.h"
#include "ui/views/detailspanel.h"
#include "ui/views/differencepanel.h"
#include "ui/views/filterbar.h"
#include "ui/views/messagebar.h"
#include "ui/views/plot.h"
#include "ui/views/receiptpage.h"

#include <QAction>
#include <QClipboard>
#include <QDockWidget>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QTextBrowser>
#include <QTreeView>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>

using namespace ckptscope;
using namespace ckptscope::ui;
using test::Kind;
using test::Patience;
using test::Stage;

namespace fs = std::filesystem;

namespace {

/// What happens in the middle of a job.
enum class Rough { Close, Quit, OpenOther, Reload, BackToStart, Cancel, Cut, Gone, Renamed };

/// Everything that the windows say just now.
QString words(const QWidget& window)
{
    QStringList all;
    const auto children = window.findChildren<QWidget*>();
    for (const QWidget* child : children) {
        if (!child->isVisible()) {
            continue;
        }
        if (const auto* label = qobject_cast<const QLabel*>(child)) {
            all << label->text();
        } else if (const auto* browser = qobject_cast<const QTextBrowser*>(child)) {
            all << browser->toPlainText();
        } else if (const auto* plot = qobject_cast<const Plot*>(child)) {
            all << plot->summary();
        } else if (const auto* list = qobject_cast<const QAbstractItemView*>(child); list != nullptr && list->model() != nullptr) {
            for (int row = 0; row < std::min(list->model()->rowCount(), 40); ++row) {
                all << list->model()->index(row, 0).data().toString();
            }
        }
    }
    return all.join(QLatin1Char('\n'));
}

/// Answers the question whether what is being written is to be thrown away.
class Answer : public QObject {
public:
    Answer()
    {
        m_timer.setInterval(5);
        connect(&m_timer, &QTimer::timeout, this, [this] {
            auto* ask = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
            if (ask == nullptr || ask->objectName() != QLatin1String("closeQuestion")) {
                return;
            }
            for (QAbstractButton* button : ask->buttons()) {
                if (ask->buttonRole(button) == QMessageBox::DestructiveRole) {
                    asked = true;
                    button->click();
                    return;
                }
            }
        });
        m_timer.start();
    }
    bool asked = false;

private:
    QTimer m_timer;
};

} // namespace

class TestRough : public QObject {
    Q_OBJECT

    std::unique_ptr<Stage> m_stage;
    std::vector<Kind> m_kinds = test::kinds();

    [[nodiscard]] std::vector<std::string> shards() const
    {
        std::vector<std::string> found;
        for (const char* folder : {"model", "second"}) {
            if (m_stage->dir.exists(folder)) {
                for (const std::string& name : m_stage->dir.list(folder)) {
                    if (name.ends_with(".safetensors")) {
                        found.push_back(std::string(folder) + '/' + name);
                    }
                }
            }
        }
        return found;
    }
    void damage(Rough rough) const
    {
        for (const std::string& shard : shards()) {
            if (rough == Rough::Cut) {
                m_stage->dir.truncate(shard, 16);
            } else if (rough == Rough::Gone) {
                m_stage->dir.remove(shard);
            }
        }
        if (rough == Rough::Renamed) {
            for (const char* folder : {"model", "second"}) {
                if (m_stage->dir.exists(folder)) {
                    fs::rename(m_stage->dir.path(folder), m_stage->dir.path(std::string(folder) + "-elsewhere"));
                }
            }
        }
    }
    [[nodiscard]] bool idle() const { return m_stage->window.idle() && (!m_stage->comparing || m_stage->comparing->idle()); }
    /// Names in the folder that must not be there when no job runs.
    [[nodiscard]] QString leftovers() const
    {
        QStringList found;
        for (const auto& entry : fs::recursive_directory_iterator(m_stage->dir.path())) {
            const std::string name = entry.path().filename().string();
            const bool saved = name.starts_with("one.") || name.starts_with("report.") || name.starts_with("table.");
            if (name.find("partial") != std::string::npos || (saved && std::count(name.begin(), name.end(), '.') > 1)) {
                found << QString::fromStdString(entry.path().string());
            }
        }
        return found.join(QLatin1Char(' '));
    }
    [[nodiscard]] QString said() const
    {
        return words(m_stage->window); // its dialogs and the compare window are children of it
    }

    test::TempDir m_cache;

private Q_SLOTS:
    void initTestCase() { qputenv("XDG_CACHE_HOME", QByteArray::fromStdString(m_cache.path())); } // the demo is copied there
    void cleanup()
    {
        m_stage.reset();
        JobRunner::setGate({});
    }

    void inTheMiddleOfAJob_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("rough");
        QTest::addColumn<int>("point");
        static constexpr std::array Roughs{"close", "quit", "open another", "reload", "back to the start", "cancel", "cut", "gone", "renamed"};
        static constexpr std::array Points{"begun", "under way", "done"};
        // All of them take over ten minutes. A run of all tests takes every fifth, which comes round to each kind of job, of handling and of moment;
        // CKPTSCOPE_TEST_ALL=1 takes every one.
        const bool all = qEnvironmentVariableIsSet("CKPTSCOPE_TEST_ALL");
        int row = 0;
        for (std::size_t kind = 0; kind < m_kinds.size(); ++kind) {
            for (int rough = 0; rough < int(Roughs.size()); ++rough) {
                for (int point = 0; point < int(Points.size()); ++point) {
                    if (point == int(JobPoint::Reported) && !m_kinds[kind].reports) {
                        continue;
                    }
                    if (!all && row++ % 5 != 0) {
                        continue;
                    }
                    QTest::addRow("%s, %s: %s", m_kinds[kind].name, Points[std::size_t(point)], Roughs[std::size_t(rough)])
                        << int(kind) << rough << point;
                }
            }
        }
    }
    void inTheMiddleOfAJob()
    {
        QFETCH(int, kind);
        QFETCH(int, rough);
        QFETCH(int, point);
        const Kind& what = m_kinds[static_cast<std::size_t>(kind)];
        const auto how = static_cast<Rough>(rough);
        const bool begun = static_cast<JobPoint>(point) == JobPoint::Begun;
        m_stage = std::make_unique<Stage>();
        QVERIFY(m_stage->open(what.opens ? m_stage->other : m_stage->model));
        if (what.prepare) {
            what.prepare(*m_stage);
            QTRY_VERIFY_WITH_TIMEOUT(idle(), Patience);
        }
        const auto before = test::readTree(m_stage->model);
        const auto document = m_stage->window.document();
        test::HeldJob held(what.runner, static_cast<JobPoint>(point));
        what.start(*m_stage);
        QVERIFY2(held.waitForIt(Patience), "the job never came that far");

        auto& window = m_stage->window;
        if (how == Rough::Close || how == Rough::Quit) {
            Answer answer;
            how == Rough::Close ? static_cast<void>(window.close()) : m_stage->trigger("file.quit");
            QVERIFY(!window.isVisible());
            QCOMPARE(answer.asked, what.writes);
            m_stage->owned.reset(); // as main() does when the last window is closed
            QVERIFY(test::readTree(m_stage->model) == before);
            QCOMPARE(leftovers(), QString());
            return;
        }
        const bool fixing = std::string_view(what.runner) == "fixJob";
        if (how == Rough::OpenOther || how == Rough::Reload || how == Rough::BackToStart) {
            how == Rough::OpenOther ? window.open({m_stage->other}) : how == Rough::Reload ? m_stage->trigger("file.reload") : window.closeDocument();
            held.release();
            QTRY_VERIFY_WITH_TIMEOUT(idle(), Patience);
            QCOMPARE(leftovers(), QString());
            if (fixing) { // nothing is opened while a copy is written
                QCOMPARE(window.document(), document);
                QVERIFY2(how != Rough::OpenOther || said().contains(QLatin1String("A repaired copy is being written")),
                         qPrintable(said().right(900)));
                QVERIFY(window.onReceipt());
                return;
            }
            if (how == Rough::BackToStart) {
                QVERIFY(window.document() == nullptr && window.onStartPage());
            } else {
                const std::string& path = how == Rough::OpenOther || what.opens ? m_stage->other : m_stage->model;
                QCOMPARE(window.document()->paths(), std::vector{path});
            }
            if (how != Rough::Reload && !window.findChild<QDialog*>() && !m_stage->comparing) {
                QVERIFY2(!said().contains(QLatin1String("linear_attn")),
                         qPrintable(said().right(900))); // of what is not open any more
            }
            return;
        }
        if (how == Rough::Cancel) {
            const std::string_view runner = what.runner;
            if (runner == "compareOpenJob" || runner == "compareValuesJob" || runner == "differenceJob") {
                QTest::keyClick(m_stage->comparing, Qt::Key_Escape);
            } else {
                m_stage->trigger("job.cancel");
            }
            held.release();
            QTRY_VERIFY_WITH_TIMEOUT(idle(), Patience);
            QCOMPARE(leftovers(), QString());
            const bool written = m_stage->dir.exists("model-fixed") || m_stage->dir.exists("model-safetensors") || m_stage->dir.exists("table.csv")
                || m_stage->dir.exists("one.npy") || m_stage->dir.exists("one.safetensors");
            // it is what was asked for, not a failure; what was done already may have a note of its own
            QVERIFY2(written || window.messages()->count() == 0, qPrintable(said().right(900)));
            QVERIFY(!what.writes || !written || !begun); // the last piece may have been written already
            QVERIFY(test::readTree(m_stage->model) == before);
            return;
        }
        damage(how);
        held.release();
        QTRY_VERIFY_WITH_TIMEOUT(idle(), Patience);
        QCoreApplication::processEvents();
        QCOMPARE(leftovers(), QString());
        if (qEnvironmentVariableIsSet("ROUGH_PRINT")) {
            qInfo().noquote() << said().left(4000);
        }
        const char* wanted = !begun ? nullptr : how == Rough::Cut ? what.cut : what.gone;
        const auto tells = [&] {
            return wanted == nullptr || said().contains(QLatin1String(wanted))
                || (how == Rough::Renamed && said().contains(QLatin1String(test::NotFound))); // the folder itself is gone
        };
        QTRY_VERIFY2_WITH_TIMEOUT(tells(), qPrintable(said().right(900)), Patience); // a dialog finds out by a job of its own
        if (window.document() && !what.opens) {                                      // and the window says that what it shows is no longer there
            const auto look = [&] {
                QEvent active(QEvent::ActivationChange);
                QCoreApplication::sendEvent(&window, &active);
                return said().contains(QLatin1String(how == Rough::Cut ? "became shorter" : "cannot be opened any more"));
            };
            QTRY_VERIFY2_WITH_TIMEOUT(look(), qPrintable(said().right(900)), Patience);
        }
    }

    /// A filter, a copy and a map of a file so large that they are jobs.
    void manyTensors_data()
    {
        QTest::addColumn<QByteArray>("runner");
        QTest::addColumn<int>("rough");
        for (const char* runner : {"filterJob", "sortJob", "copyJob", "shardsJob"}) {
            for (const auto& [name, rough] : {std::pair("close", Rough::Close), std::pair("open another", Rough::OpenOther),
                                              std::pair("back to the start", Rough::BackToStart), std::pair("cut", Rough::Cut)}) {
                QTest::addRow("%s: %s", runner, name) << QByteArray(runner) << int(rough);
            }
        }
    }
    void manyTensors()
    {
        QFETCH(QByteArray, runner);
        QFETCH(int, rough);
        const auto how = static_cast<Rough>(rough);
        m_stage = std::make_unique<Stage>();
        auto& window = m_stage->window;
        m_stage->model = m_stage->dir.path("many.safetensors");
        std::string header = "{";
        for (std::uint32_t i = 0; i <= DirectRows; ++i) {
            header += (i == 0 ? "\"" : ",\"") + std::to_string(i) + ".linear_attn\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";
        }
        m_stage->dir.write("many.safetensors", test::rawSafetensors(header + "}"));
        const bool shards = runner == "shardsJob";
        if (!shards) {
            QVERIFY(m_stage->open(m_stage->model));
            window.tensorView()->setMode(TensorView::Mode::Flat);
            window.tensorView()->view()->setFocus();
            QTRY_VERIFY_WITH_TIMEOUT(idle(), Patience);
        }
        QGuiApplication::clipboard()->setText(QStringLiteral("before"));
        test::HeldJob held(runner.constData(), JobPoint::Worked);
        if (shards) {
            window.open({m_stage->model}); // the map of its file is made once it is open
        } else if (runner == "filterJob") {
            window.filterBar()->setText(QStringLiteral("7.linear"));
        } else if (runner == "sortJob") {
            QMetaObject::invokeMethod(window.tensorView()->view()->header(), "sectionClicked", Q_ARG(int, int(Column::Size)));
        } else {
            window.tensorView()->view()->selectAll();
            window.action(QStringLiteral("edit.copyKey"))->trigger();
        }
        QVERIFY(held.waitForIt(Patience));
        if (how == Rough::Close) {
            window.close();
            m_stage->owned.reset();
            return;
        }
        how == Rough::OpenOther         ? window.open({m_stage->other})
            : how == Rough::BackToStart ? window.closeDocument()
                                        : m_stage->dir.truncate("many.safetensors", 16);
        held.release();
        QTRY_VERIFY_WITH_TIMEOUT(idle(), Patience);
        QCoreApplication::processEvents();
        if (how == Rough::OpenOther) {
            QCOMPARE(window.document()->size(), 1U);
            QCOMPARE(window.tensorView()->view()->model()->rowCount(),
                     1); // what the filter left of the other is not asked of this one
            QVERIFY2(!said().contains(QLatin1String("linear_attn")), qPrintable(said().right(900)));
        } else if (how == Rough::BackToStart) {
            QVERIFY(window.onStartPage());
        } else {
            QTRY_VERIFY2_WITH_TIMEOUT(said().contains(QLatin1String("became shorter")), qPrintable(said().right(900)), Patience);
        }
    }

    /// So many that sorting them is a job: until it is over they stay as they are, and stay so where it is cancelled.
    void manyTensorsAreSorted()
    {
        m_stage = std::make_unique<Stage>();
        auto& window = m_stage->window;
        std::string header = "{";
        for (std::uint32_t i = 0; i <= DirectRows; ++i) {
            header += (i == 0 ? "\"" : ",\"") + std::to_string(i) + ".w\":{\"dtype\":\"U8\",\"shape\":[0," + std::to_string(i % 1000)
                + "],\"data_offsets\":[0,0]}";
        }
        QVERIFY(m_stage->open(m_stage->dir.write("many.safetensors", test::rawSafetensors(header + "}"))));
        window.tensorView()->setMode(TensorView::Mode::Flat);
        QTreeView* list = window.tensorView()->view();
        const auto key = [list](int row) { return list->model()->index(row, 0).data().toString(); };
        const auto click = [list] { QMetaObject::invokeMethod(list->header(), "sectionClicked", Q_ARG(int, int(Column::Shape))); };
        const auto arrow = [list] { return std::pair(list->header()->sortIndicatorSection(), list->header()->sortIndicatorOrder()); };
        QCOMPARE(key(1), QStringLiteral("1.w"));
        {
            test::HeldJob held("sortJob", JobPoint::Worked);
            click();
            QVERIFY(held.waitForIt(Patience));
            QCOMPARE(key(1), QStringLiteral("1.w"));
            window.filterBar()->setText(QStringLiteral("7.w")); // filters what is shown meanwhile
            held.release();
            QTRY_VERIFY_WITH_TIMEOUT(idle(), Patience);
        }
        window.filterBar()->setText({});
        QTRY_VERIFY_WITH_TIMEOUT(idle(), Patience);
        QCOMPARE(list->model()->rowCount(), int(DirectRows) + 1);
        QCOMPARE(key(1), QStringLiteral("1000.w")); // the smallest shapes first, in the order of the file
        {
            test::HeldJob held("sortJob", JobPoint::Begun);
            click();
            QVERIFY(held.waitForIt(Patience));
            QCOMPARE(arrow(), std::pair(int(Column::Shape), Qt::DescendingOrder));
            window.tensorView()->job()->cancel();
            held.release();
            QTRY_VERIFY_WITH_TIMEOUT(idle(), Patience);
        }
        QCOMPARE(arrow(), std::pair(int(Column::Shape), Qt::AscendingOrder));
        QCOMPARE(key(1), QStringLiteral("1000.w"));
        click();
        QTRY_COMPARE_WITH_TIMEOUT(key(0), QStringLiteral("999.w"), Patience);
    }

    /// Paths of the start page are looked at by threads that nobody waits for.
    void theWindowGoesWhilePathsAreLookedAt()
    {
        for (int i = 0; i < 20; ++i) {
            m_stage = std::make_unique<Stage>();
            for (int k = 0; k < 20; ++k) {
                RecentEntry entry;
                entry.path = m_stage->dir.path("nothing" + std::to_string(k));
                m_stage->settings.addRecent(std::move(entry));
            }
            m_stage.reset();
        }
        m_stage = std::make_unique<Stage>();
        RecentEntry entry;
        entry.path = m_stage->dir.path("nothing");
        m_stage->settings.addRecent(std::move(entry));
        QTRY_VERIFY2_WITH_TIMEOUT(said().contains(QLatin1String("nothing")), qPrintable(said().right(900)), Patience);
    }
};

QTEST_MAIN(TestRough)
#include "tst_rough.moc"
