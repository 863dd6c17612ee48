// SPDX-License-Identifier: Apache-2.0
// The window driven as a user drives it: open, read the verdict, filter, fix, open the result; by mouse and by keys
// alone.
#include "core/formats/formatreader.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/windowfixture.h"
#include "ui/comparewindow.h"
#include "ui/dialogs/fixdialog.h"
#include "ui/dialogs/shortcutsdialog.h"
#include "ui/models/columns.h"
#include "ui/models/rolesmodel.h"
#include "ui/models/tensormodel.h"
#include "ui/text.h"
#include "ui/views/bannerwidget.h"
#include "ui/views/detailspanel.h"
#include "ui/views/dropoverlay.h"
#include "ui/views/filterbar.h"
#include "ui/views/filteredit.h"
#include "ui/views/findingspanel.h"
#include "ui/views/messagebar.h"
#include "ui/views/receiptpage.h"

#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDockWidget>
#include <QDropEvent>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QScopeGuard>
#include <QStatusBar>
#include <QTreeView>
#include <QUrl>

#include <filesystem>
#include <memory>

using namespace ckptscope;
using namespace ckptscope::ui;
using test::Patience;

class TestWindow : public QObject {
    Q_OBJECT

    std::unique_ptr<test::WindowFixture> m_fixture;
    const test::TempDir* m_dir = nullptr;
    MainWindow* m_window = nullptr;

    void openAndWait(const std::string& path) { QVERIFY(m_fixture->open(path)); }
    static void openAndWait(MainWindow& window, const std::string& path)
    {
        QSignalSpy opened(&window, &MainWindow::documentChanged);
        window.open({path});
        QTRY_COMPARE_WITH_TIMEOUT(opened.count(), 1, Patience);
    }
    template<class T>
    T* find(const char* name) const
    {
        return m_window->findChild<T*>(QLatin1String(name));
    }
    void type(const QString& text)
    {
        FilterEdit* edit = m_window->filterBar()->edit();
        edit->setFocus();
        edit->selectAll();
        QTest::keyClick(edit, Qt::Key_Delete);
        QTest::keyClicks(edit, text);
    }

private Q_SLOTS:
    void init()
    {
        m_fixture = std::make_unique<test::WindowFixture>();
        m_dir = &m_fixture->dir;
        m_window = &m_fixture->window;
        QVERIFY(QTest::qWaitForWindowActive(m_window));
    }
    void cleanup() { m_fixture.reset(); }

    void exportsWhatItShows()
    {
        openAndWait(m_fixture->demo());
        struct Case {
            const char* name;
            const char* begins;
            const char* holds;
        };
        for (const Case& each : {Case{"r.html", "<!DOCTYPE html>", "24 tensors are stored too narrow"}, Case{"r.json", "{", "ckptscope.check/"},
                                 Case{"r.sarif", "{", "sarif"}, Case{"r.txt", "24 tensors", "gdn.qwen3_next.a_log"}}) {
            m_window->exportReport(QString::fromStdString(m_dir->path(each.name)));
            QTRY_VERIFY_WITH_TIMEOUT(m_window->idle(), Patience);
            const std::string text = m_dir->read(each.name);
            QVERIFY2(text.starts_with(each.begins) && text.find(each.holds) != std::string::npos, each.name);
        }
        type(QStringLiteral("*.A_log"));
        for (const char* name : {"t.csv", "t.md", "t.json"}) {
            m_window->exportTable(QString::fromStdString(m_dir->path(name)));
            QTRY_VERIFY_WITH_TIMEOUT(m_window->idle(), Patience);
        }
        const std::string csv = m_dir->read("t.csv");
        QCOMPARE(std::count(csv.begin(), csv.end(), '\n'), 13); // the header and twelve layers
        QVERIFY(m_dir->read("t.md").starts_with("| Key"));
        QVERIFY(m_dir->read("t.json").find("\"dtype\":\"BF16\"") != std::string::npos);
        m_window->exportTable(QStringLiteral("/nowhere/at/all.csv"));
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle() && m_window->messages()->isVisible(), Patience);
    }

    void startsOnTheStartPage()
    {
        QVERIFY(m_window->onStartPage());
        QVERIFY(!m_window->banner()->isVisible());
        QVERIFY(!m_window->action(QStringLiteral("file.fix"))->isEnabled());
        QCOMPARE(m_window->windowTitle(), QStringLiteral("ckptscope"));
    }

    /// What the button's tooltip says of room is measured when the pointer or the focus comes to it: opening a checkpoint asks nothing of its folder.
    void fixSaysWhatItNeeds()
    {
        const std::string model = m_fixture->demo();
        openAndWait(model);
        auto* fix = find<QPushButton>("fixButton");
        QVERIFY2(fix->toolTip().contains(QStringLiteral("model-fixed")), qPrintable(fix->toolTip()));
        QVERIFY2(!fix->toolTip().contains(QStringLiteral("Needs")), qPrintable(fix->toolTip()));
        fix->setFocus();
        QTRY_VERIFY_WITH_TIMEOUT(fix->accessibleDescription().contains(QStringLiteral("Needs")), Patience);
        QVERIFY2(fix->toolTip().contains(QStringLiteral("KiB")), qPrintable(fix->toolTip()));
        // what stands in the way is said before the click
        m_window->tensorView()->view()->setFocus();
        QVERIFY(std::filesystem::create_directory(model + "-fixed"));
        fix->setFocus();
        QTRY_VERIFY_WITH_TIMEOUT(fix->accessibleDescription().contains(QStringLiteral("exists already")), Patience);
        // another checkpoint in the place of this one
        QVERIFY(std::filesystem::remove(model + "-fixed"));
        m_window->closeDocument();
        openAndWait(model);
        QTRY_VERIFY(!fix->toolTip().contains(QStringLiteral("exists already")));
    }

    void opensFixesAndOpensTheResult()
    {
        const std::string model = m_fixture->demo();
        const std::string before = m_dir->read("model/model-00001-of-00002.safetensors");
        openAndWait(model);
        QCOMPARE(m_window->document()->report().verdict, Verdict::Violations);
        QVERIFY2(m_window->windowTitle().contains(QStringLiteral("violations")), qPrintable(m_window->windowTitle()));
        QVERIFY(!m_window->banner()->title().isEmpty());
        // the first violation is in sight, and Details says why
        QVERIFY(m_window->tensorView()->currentTensor().has_value());
        QVERIFY(m_window->details()->plainText().contains(QStringLiteral("Violation")));

        auto* fix = find<QPushButton>("fixButton");
        QVERIFY(fix->isVisible() && fix->isEnabled());
        QTest::mouseClick(fix, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->onReceipt() && m_window->idle(), Patience);
        QCOMPARE(m_dir->read("model/model-00001-of-00002.safetensors"), before);
        QCOMPARE(m_window->receiptPage()->receipt().edits.size(), m_window->document()->report().count(Severity::Violation));

        const std::string output = m_window->receiptPage()->receipt().output;
        const auto checkpoint = openCheckpoint({output});
        QVERIFY(checkpoint.has_value());
        for (const TensorInfo& tensor : (*checkpoint)->tensors()) {
            if (tensor.key.ends_with("A_log")) {
                QCOMPARE(tensor.dtype, DType::F32);
            }
        }
        // the receipt as a page that can be mailed: what was done, what was wrong, with plots
        m_window->receiptPage()->saveAs(QString::fromStdString(m_dir->path("receipt.html")));
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle() && m_dir->exists("receipt.html"), Patience);
        const std::string page = m_dir->read("receipt.html");
        QVERIFY(page.find("<h1>Written and verified: ") != std::string::npos && page.find("<svg ") != std::string::npos);
        QVERIFY(page.find("<h3>24 tensors are stored too narrow") != std::string::npos && page.ends_with("</body></html>\n"));
        m_window->receiptPage()->saveAs(QString::fromStdString(m_dir->path("receipt.json")));
        QVERIFY(m_dir->read("receipt.json").starts_with("{\"schema\":\"ckptscope.receipt/1\""));
        // "Open Repaired Checkpoint"
        QSignalSpy changed(m_window, &MainWindow::documentChanged);
        Q_EMIT m_window->receiptPage()->openRequested(fromPath(output));
        QTRY_COMPARE_WITH_TIMEOUT(changed.count(), 1, Patience);
        QVERIFY(m_window->document()->report().verdict != Verdict::Violations);
        QVERIFY(!find<QPushButton>("fixButton")->isVisible());
    }

    void opensAFreshDemo()
    {
        qputenv("XDG_CACHE_HOME", QByteArray::fromStdString(m_dir->path("cache")));
        for (int round = 0; round < 2; ++round) { // the second time over the first one's repair
            QSignalSpy changed(m_window, &MainWindow::documentChanged);
            m_window->action(QStringLiteral("file.demo"))->trigger();
            QTRY_VERIFY_WITH_TIMEOUT(changed.count() == 1 && m_window->idle(), Patience);
            QCOMPARE(m_window->document()->report().verdict, Verdict::Violations);
            QTest::mouseClick(find<QPushButton>("fixButton"), Qt::LeftButton);
            QTRY_VERIFY_WITH_TIMEOUT(m_window->onReceipt() && m_window->idle(), Patience);
            QVERIFY(m_window->receiptPage()->receipt().output.starts_with(m_dir->path("cache")));
        }
        qunsetenv("XDG_CACHE_HOME");
    }

    void sortsByTheHeader()
    {
        openAndWait(m_fixture->demo());
        m_window->tensorView()->setMode(TensorView::Mode::Flat);
        QTreeView* flat = m_window->tensorView()->view();
        const QString first = flat->model()->index(0, 0).data().toString();
        QHeaderView* header = flat->header();
        const int size = int(Column::Size);
        const auto click = [&] {
            QTest::mouseClick(header->viewport(), Qt::LeftButton, Qt::NoModifier,
                              QPoint(header->sectionViewportPosition(size) + header->sectionSize(size) / 2, header->height() / 2));
        };
        const auto bytesAt = [&](int row) {
            return m_window->document()->tensor(*dynamic_cast<TensorModel*>(flat->model())->tensorAt(flat->model()->index(row, 0))).bytes.length;
        };
        const int last = flat->model()->rowCount() - 1;
        click();
        QVERIFY(bytesAt(0) < bytesAt(last));
        click();
        QVERIFY(bytesAt(0) > bytesAt(last));
        click(); // back to file order
        QCOMPARE(flat->model()->index(0, 0).data().toString(), first);
    }

    /// Each view's order is there again for the next checkpoint and in the next window, and its arrow says so.
    void remembersTheSortOrder()
    {
        openAndWait(m_fixture->demo());
        using Mode = TensorView::Mode;
        const auto sort = [&](Mode mode, int column, int clicks) {
            m_window->tensorView()->setMode(mode);
            for (int i = 0; i < clicks; ++i) {
                QMetaObject::invokeMethod(m_window->tensorView()->view()->header(), "sectionClicked", Q_ARG(int, column));
            }
        };
        const auto firstCells = [](MainWindow& window) {
            QStringList cells;
            for (const Mode mode : {Mode::Roles, Mode::Tree, Mode::Flat}) {
                window.tensorView()->setMode(mode);
                const QAbstractItemModel* model = window.tensorView()->view()->model();
                for (int row = 0; row < std::min(4, model->rowCount()); ++row) {
                    cells << model->index(row, 0).data().toString();
                }
                cells << QString::number(window.tensorView()->view()->header()->sortIndicatorSection());
            }
            return cells;
        };
        const QStringList plain = firstCells(*m_window);
        sort(Mode::Roles, RolesModel::Size, 1);
        sort(Mode::Tree, int(Column::Size), 2);
        sort(Mode::Flat, int(Column::Elements), 2);
        const QStringList sorted = firstCells(*m_window);
        QVERIFY(sorted != plain);
        openAndWait(m_fixture->demo("other")); // of the same tensors
        QCOMPARE(firstCells(*m_window), sorted);
        m_window->close();
        {
            MainWindow next(&m_fixture->settings);
            next.show();
            openAndWait(next, m_fixture->dir.path("model"));
            QCOMPARE(firstCells(next), sorted);
            m_window->show();
            m_window->action(QStringLiteral("view.restoreLayout"))->trigger(); // of all views
            QCOMPARE(firstCells(*m_window), plain);
            // by a column that is not in sight: as stored
            next.tensorView()->setMode(Mode::Flat);
            next.tensorView()->setColumnShown(int(Column::Elements), false);
            openAndWait(next, m_fixture->dir.path("other"));
            QCOMPARE(next.tensorView()->view()->header()->sortIndicatorSection(), -1);
        }
        for (const char* bad : {"", "nosuchcolumn:descending", "7", ":"}) { // a file that somebody edited
            for (const char* mode : {"roles", "tree", "flat"}) {
                m_fixture->settings.setValue(QStringLiteral("sort/") + QLatin1String(mode), QLatin1String(bad));
            }
            MainWindow next(&m_fixture->settings);
            openAndWait(next, m_fixture->dir.path("model"));
            QCOMPARE(firstCells(next), plain);
        }
    }

    void keepsThePlaceOverAFilter()
    {
        openAndWait(m_fixture->demo());
        m_window->action(QStringLiteral("tensor.next"))->trigger();
        const auto place = m_window->tensorView()->currentTensor();
        QVERIFY(place.has_value());
        type(QStringLiteral("embed_tokens"));
        QTRY_VERIFY(m_window->tensorView()->currentTensor() != place);
        m_window->filterBar()->setText({});
        QCOMPARE(m_window->tensorView()->currentTensor(), place);
        QCOMPARE(m_window->tensorView()->selectedTensors(), Rows{*place});
    }

    void judgesByAnotherProfile()
    {
        openAndWait(m_fixture->demo());
        auto* button = find<QPushButton>("profileButton");
        QAction* nemo = nullptr;
        for (QAction* each : button->menu()->actions()) {
            nemo = each->text() == QLatin1String("nemo-automodel") ? each : nemo;
        }
        QVERIFY(nemo != nullptr);
        QSignalSpy changed(m_window, &MainWindow::documentChanged);
        nemo->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(changed.count(), 1, Patience);
        QCOMPARE(m_window->document()->report().profile, std::string("nemo-automodel"));
    }

    void asksWhereTheOutputExists()
    {
        const std::string model = m_fixture->demo();
        (void)m_dir->folder("model-fixed");
        openAndWait(model);
        QTest::mouseClick(find<QPushButton>("fixButton"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->findChild<FixDialog*>() != nullptr, Patience);
        QTRY_VERIFY(m_window->findChild<FixDialog*>()->isVisible());
        QVERIFY(!m_window->onReceipt());
        m_window->findChild<FixDialog*>()->reject();
        QTRY_VERIFY(m_window->findChild<FixDialog*>() == nullptr);
    }

    void worksByKeysAlone()
    {
        const std::string model = m_fixture->demo();
        openAndWait(model);
        const auto first = m_window->tensorView()->currentTensor();
        QVERIFY(first.has_value());
        QTest::keyClick(m_window, Qt::Key_F8);
        QVERIFY(m_window->tensorView()->currentTensor() != first);
        QTest::keyClick(m_window, Qt::Key_F8, Qt::ShiftModifier);
        QCOMPARE(m_window->tensorView()->currentTensor(), first);
        // F6 goes round and leaves the tensors, then comes back
        QSet<QWidget*> seen;
        for (int i = 0; i < 8; ++i) {
            QTest::keyClick(m_window, Qt::Key_F6);
            QVERIFY(m_window->focusWidget() != nullptr);
            seen.insert(m_window->focusWidget());
        }
        QVERIFY(seen.contains(m_window->filterBar()->edit()));
        QVERIFY(seen.contains(m_window->tensorView()->view()));
        QVERIFY(seen.contains(find<QPushButton>("fixButton")));
        // review, write, receipt, Esc
        QTest::keyClick(m_window, Qt::Key_S, Qt::ControlModifier | Qt::ShiftModifier);
        QTRY_VERIFY(m_window->findChild<FixDialog*>() != nullptr);
        auto* dialog = m_window->findChild<FixDialog*>();
        QPushButton* write = nullptr;
        QTRY_VERIFY_WITH_TIMEOUT(
            [&] {
                for (auto* button : dialog->findChildren<QPushButton*>()) {
                    write = button->isDefault() && button->isEnabled() ? button : write;
                }
                return write != nullptr;
            }(),
            Patience);
        QTest::keyClick(write, Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->onReceipt() && m_window->idle(), Patience);
        QTest::keyClick(m_window->focusWidget() != nullptr ? m_window->focusWidget() : m_window, Qt::Key_Escape);
        QTRY_VERIFY(!m_window->onReceipt());
        QVERIFY(m_window->tensorView()->isVisible());
    }

    void filtersAsOneTypes()
    {
        openAndWait(m_fixture->demo());
        const auto all = m_window->document()->size();
        m_window->tensorView()->setMode(TensorView::Mode::Flat);
        QTreeView* flat = m_window->tensorView()->view();
        QCOMPARE(flat->model()->rowCount(), int(all));
        type(QStringLiteral("violation"));
        const auto violations = int(m_window->document()->report().count(Severity::Violation));
        QTRY_COMPARE(flat->model()->rowCount(), violations);
        QVERIFY(find<QLabel>("countLabel")->text().startsWith(QString::number(violations)));
        // a mistake is underlined and explained, and the last good rows stay
        type(QStringLiteral("dtyp:BF16"));
        QTRY_VERIFY(m_window->filterBar()->edit()->hasMistake());
        QVERIFY(find<QLabel>("filterError")->isVisible());
        QVERIFY2(find<QLabel>("filterError")->text().contains(QStringLiteral("dtype")), qPrintable(find<QLabel>("filterError")->text()));
        QVERIFY(flat->isVisible() && flat->model()->rowCount() > 0); // although "dty" matched no key
        // nothing matches: said in the view's middle, with a way out
        type(QStringLiteral("no_such_tensor_anywhere"));
        QTRY_VERIFY(find<QPushButton>("clearFilterButton")->isVisible());
        QTest::mouseClick(find<QPushButton>("clearFilterButton"), Qt::LeftButton);
        QTRY_COMPARE(flat->model()->rowCount(), int(all));
        QVERIFY(m_window->filterBar()->text().isEmpty());
    }

    /// While a word can be completed nobody says that it is wrong: the choices would lie over the words.
    void waitsForTheEndOfAWord()
    {
        openAndWait(m_fixture->demo());
        auto* edit = m_window->filterBar()->edit();
        auto* error = find<QLabel>("filterError");
        type(QStringLiteral("dtype:B"));
        QTRY_VERIFY(!edit->completions().isEmpty());
        QCoreApplication::processEvents();
        QVERIFY(edit->hasMistake() && !error->isVisible());
        QVERIFY(m_window->tensorView()->view()->isVisible());
        QTest::keyClick(edit, Qt::Key_Escape); // closes the choices
        QTRY_VERIFY(error->isVisible());
        type(QStringLiteral("dty")); // a field, then its values
        QTRY_VERIFY(edit->completions().contains(QStringLiteral("dtype:")));
        QTest::keyClick(edit, Qt::Key_Tab);
        QCOMPARE(edit->text(), QStringLiteral("dtype:"));
        QTRY_VERIFY(edit->completions().contains(QStringLiteral("BF16")));
        QTRY_VERIFY(!error->isVisible());
        type(QStringLiteral("change:value"));
        QTRY_VERIFY(error->isVisible() && error->text().contains(QStringLiteral("Compare With")));
        type(QStringLiteral("dtype:B"));
        QTest::keyClick(edit, Qt::Key_Tab);
        QTRY_COMPARE(edit->text(), QStringLiteral("dtype:BF16"));
        QCoreApplication::processEvents();
        QVERIFY(!edit->hasMistake() && !error->isVisible());
    }

    void showsThem()
    {
        openAndWait(m_fixture->demo());
        QTest::mouseClick(find<QPushButton>("showButton"), Qt::LeftButton);
        QCOMPARE(m_window->filterBar()->text(), QStringLiteral("violation"));
        const auto tensor = m_window->tensorView()->currentTensor();
        QVERIFY(tensor.has_value());
        QCOMPARE(m_window->document()->mark(*tensor), std::optional(Mark::Violation));
    }

    void showsWhatCannotBeOpened_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("text") << QByteArray("this is a note, not a checkpoint\n");
        QTest::newRow("header that lies") << QByteArray("\xff\xff\xff\x0f\0\0\0\0{}", 10);
    }
    void showsWhatCannotBeOpened()
    {
        QFETCH(QByteArray, bytes);
        const std::string path = m_dir->write("odd.safetensors", std::string_view(bytes.constData(), std::size_t(bytes.size())));
        QSignalSpy failed(m_window, &MainWindow::openFailed);
        QSignalSpy changed(m_window, &MainWindow::documentChanged);
        m_window->open({path});
        QTRY_VERIFY_WITH_TIMEOUT(failed.count() + changed.count() > 0 && m_window->idle(), Patience);
        if (m_window->document() == nullptr) {
            QVERIFY(m_window->onStartPage());
            QCOMPARE(m_window->messages()->count(), std::size_t(1));
        } else {
            QCOMPARE(m_window->document()->report().verdict, Verdict::Damaged);
        }
    }

    /// In the smallest window every dock still lies in it, above the jobs, and shows all of itself.
    void fitsTheSmallestWindow_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : {"findings", "values", "histogram", "heatmap", "halflife", "map", "shards", "metadata"}) {
            QTest::newRow(name) << QString::fromLatin1(name);
        }
    }
    void fitsTheSmallestWindow()
    {
        QFETCH(QString, name);
        QVERIFY(m_fixture->open(m_fixture->demo()));
        QDockWidget* dock = m_window->dock(name);
        dock->raise();
        QTRY_VERIFY(!dock->visibleRegion().isEmpty());
        m_window->resize(800, 560);
        QTRY_VERIFY(dock->widget()->isVisible() && !dock->widget()->visibleRegion().isEmpty());
        QTRY_COMPARE(m_window->size(), QSize(800, 560));
        QTRY_VERIFY2(dock->geometry().bottom() <= m_window->statusBar()->geometry().top(),
                     qPrintable(QStringLiteral("%1 > %2").arg(dock->geometry().bottom()).arg(m_window->statusBar()->geometry().top())));
        for (const QWidget* each : dock->widget()->findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly)) {
            if (each->isVisible() && !each->isWindow()) {
                QVERIFY2(dock->widget()->rect().contains(each->geometry()), qPrintable(each->objectName()));
            }
        }
        QTreeView* view = m_window->tensorView()->view();
        QTRY_VERIFY(view->viewport()->height() > 60);
        QTRY_VERIFY(view->viewport()->rect().contains(view->visualRect(view->currentIndex()).center())); // where the user was
        auto* line = find<QLabel>("bannerLine");
        QVERIFY(line->isVisible() && !find<QLabel>("bannerDetail")->isVisible());
        m_window->resize(1280, 820);
        QTRY_VERIFY(!line->isVisible() && find<QLabel>("bannerDetail")->isVisible());
    }

    /// A font of twice the size in the smallest window: words wrap, buttons go below the verdict, what does not fit can be scrolled to.
    void largeFontsCutNothing()
    {
        const QFont usual = QApplication::font();
        const auto back = qScopeGuard([&usual] { QApplication::setFont(usual); });
        QFont large = usual;
        large.setPointSizeF(usual.pointSizeF() * 2);
        QApplication::setFont(large);
        m_window->resize(800, 560);
        const auto cut = [](const QWidget* parent) {
            QStringList out;
            QList<const QWidget*> seen;
            for (const QWidget* each : parent->findChildren<QWidget*>()) {
                const auto* label = qobject_cast<const QLabel*>(each);
                const auto* button = qobject_cast<const QPushButton*>(each);
                if (!each->isVisible() || (label == nullptr && button == nullptr)) {
                    continue;
                }
                const bool low = label != nullptr && label->wordWrap() && label->heightForWidth(label->width()) > label->height() + 1;
                const bool narrow = button != nullptr
                    && (button->width() < button->fontMetrics().size(Qt::TextShowMnemonic, button->text()).width()
                        || !button->parentWidget()->rect().contains(button->geometry()));
                const bool overlaps = std::any_of(seen.begin(), seen.end(), [each](const QWidget* other) {
                    return other->parentWidget() == each->parentWidget() && other->geometry().intersects(each->geometry());
                });
                if (low || narrow || overlaps) {
                    out << each->objectName() + (low ? QLatin1String(" is too low") : narrow ? QLatin1String(" is cut") : QLatin1String(" overlaps"));
                }
                seen << each;
            }
            return out.join(QLatin1String("; "));
        };
        m_window->open({m_dir->write("notes.txt", "not a checkpoint")});
        QTRY_VERIFY(m_window->findChild<QWidget*>(QStringLiteral("message")) != nullptr);
        QTRY_COMPARE(cut(find<QWidget>("startPage")), QString());
        openAndWait(m_fixture->demo());
        QTRY_COMPARE(cut(m_window->banner()), QString());
        QVERIFY(find<QPushButton>("fixButton")->y() > find<QLabel>("bannerTitle")->geometry().bottom());
        m_window->filterBar()->setText(QStringLiteral("nan>0"));
        QTRY_COMPARE(cut(m_window->filterBar()), QString());
        m_window->filterBar()->setText({});
        find<QPushButton>("fixButton")->click();
        QTRY_VERIFY_WITH_TIMEOUT(m_window->onReceipt() && m_window->idle(), Patience);
        QTRY_COMPARE(cut(m_window->banner()), QString());
        auto* dialog = m_fixture->openDialog<FixDialog>("file.review"); // its output exists: that takes a line more than there was
        QVERIFY(dialog != nullptr);
        QTRY_VERIFY_WITH_TIMEOUT(find<QCheckBox>("fixForce")->isVisible(), Patience);
        QTRY_COMPARE(cut(dialog), QString());
        dialog->reject();
        m_window->resize(1280, 820); // side by side again
        QTRY_VERIFY(find<QPushButton>("fixButton")->x() > find<QLabel>("bannerTitle")->geometry().right());
        QTRY_COMPARE(cut(m_window->banner()), QString());
    }

    /// A small window takes room from the docks; a larger one gives it back, as much as the user gave them last.
    void docksGetTheirSizesBack()
    {
        openAndWait(m_fixture->demo());
        QDockWidget* below = m_window->dock(QStringLiteral("findings"));
        QDockWidget* aside = m_window->dock(QStringLiteral("details"));
        const auto there = [&] { return !below->visibleRegion().isEmpty() && m_window->height() == 820; };
        QTRY_VERIFY(there());
        const auto comesBack = [&] {
            const int height = below->height();
            const int width = aside->width();
            m_window->resize(800, 560);
            QTRY_VERIFY(below->height() < height);
            m_window->resize(1280, 820);
            QTRY_COMPARE(below->height(), height);
            QTRY_COMPARE(aside->width(), width);
        };
        comesBack();
        // by its upper edge
        const int before = below->height();
        QPoint edge(below->geometry().center().x(), below->geometry().top());
        while (!m_window->isSeparator(edge) && edge.y() > 0) { // above the tabs
            edge.ry() -= 1;
        }
        QVERIFY(m_window->isSeparator(edge));
        QTest::mousePress(m_window, Qt::LeftButton, {}, edge);
        QTest::mouseMove(m_window, edge + QPoint(0, -60));
        QTRY_COMPARE(below->height(), before + 60);
        QTest::mouseRelease(m_window, Qt::LeftButton, {}, edge + QPoint(0, -60));
        QCoreApplication::processEvents();
        comesBack();
        // a dock that was behind another's tab all the while
        m_window->resize(800, 560);
        QTRY_VERIFY(below->height() < before);
        below = m_window->dock(QStringLiteral("shards"));
        below->raise();
        QTRY_VERIFY(!below->visibleRegion().isEmpty());
        // in the next window too, which is as small as this one was
        m_window->close();
        MainWindow next(&m_fixture->settings);
        next.show();
        openAndWait(next, m_fixture->dir.path("model"));
        below = next.dock(QStringLiteral("shards"));
        QTRY_VERIFY(!below->visibleRegion().isEmpty());
        next.resize(1280, 820);
        QTRY_COMPARE(below->height(), before + 60);
    }

    /// What plots show, and how, is there again in the next window; a settings file that somebody edited does no harm.
    void remembersHowPlotsAreShown()
    {
        find<QComboBox>("heatmapValue")->setCurrentIndex(2);
        find<QComboBox>("treemapColor")->setCurrentIndex(3);
        find<QCheckBox>("histogramLog")->setChecked(true);
        m_window->close();
        MainWindow next(&m_fixture->settings);
        QCOMPARE(next.findChild<QComboBox*>(QStringLiteral("heatmapValue"))->currentIndex(), 2);
        QCOMPARE(next.findChild<QComboBox*>(QStringLiteral("treemapColor"))->currentIndex(), 3);
        QCOMPARE(next.findChild<QComboBox*>(QStringLiteral("treemapWeight"))->currentIndex(), 0);
        QVERIFY(next.findChild<QCheckBox*>(QStringLiteral("histogramLog"))->isChecked());
        QVERIFY(!next.findChild<QCheckBox*>(QStringLiteral("valuesBits"))->isChecked());
        m_fixture->settings.setValue(QStringLiteral("plots/heatmapValue"), 99);
        m_fixture->settings.setValue(QStringLiteral("plots/treemapColor"), QStringLiteral("blue"));
        MainWindow third(&m_fixture->settings);
        QCOMPARE(third.findChild<QComboBox*>(QStringLiteral("heatmapValue"))->currentIndex(), 0);
        QCOMPARE(third.findChild<QComboBox*>(QStringLiteral("treemapColor"))->currentIndex(), 0);
    }

    void opensWhatIsDropped()
    {
        const std::string model = m_fixture->demo();
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(QString::fromStdString(model))});
        QDragEnterEvent enter(QPoint(400, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(m_window, &enter);
        QVERIFY(enter.isAccepted());
        auto* overlay = find<DropOverlay>("dropOverlay");
        QVERIFY(overlay->isVisible());
        QCOMPARE(overlay->sentence(), QStringLiteral("Open model"));
        QSignalSpy changed(m_window, &MainWindow::documentChanged);
        QDropEvent drop(QPointF(400, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(m_window, &drop);
        QVERIFY(!overlay->isVisible());
        QTRY_COMPARE_WITH_TIMEOUT(changed.count(), 1, Patience);

        // a second one on the open window: one half opens it, the other compares
        const std::string second = m_fixture->demo("second");
        QMimeData two;
        two.setUrls({QUrl::fromLocalFile(QString::fromStdString(second))});
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle(), Patience);
        QDragEnterEvent again(QPoint(1000, 300), Qt::CopyAction, &two, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(m_window, &again);
        QCOMPARE(overlay->sentence(), QStringLiteral("Open second"));
        QCOMPARE(overlay->accessibleName(), QStringLiteral("Open second\nCompare model with second"));
        QVERIFY(overlay->comparesAt({1000, 300}) && !overlay->comparesAt({200, 300}));
        QDragMoveEvent move(QPoint(1000, 300), Qt::CopyAction, &two, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(m_window, &move);
        QVERIFY(move.isAccepted());
        QDropEvent compares(QPointF(1000, 300), Qt::CopyAction, &two, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(m_window, &compares);
        QVERIFY(!overlay->isVisible());
        CompareWindow* compared = nullptr;
        for (QWidget* each : QApplication::topLevelWidgets()) {
            compared = compared == nullptr ? qobject_cast<CompareWindow*>(each) : compared;
        }
        QVERIFY(compared != nullptr);
        QTRY_VERIFY_WITH_TIMEOUT(compared->idle(), Patience);
        QCOMPARE(m_window->document()->paths().front(), model); // stays open
        compared->close();
        QDragEnterEvent third(QPoint(200, 300), Qt::CopyAction, &two, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(m_window, &third);
        QDropEvent opens(QPointF(200, 300), Qt::CopyAction, &two, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(m_window, &opens);
        QTRY_COMPARE_WITH_TIMEOUT(changed.count(), 2, Patience);
        QCOMPARE(m_window->document()->paths().front(), second);

        QMimeData web;
        web.setUrls({QUrl(QStringLiteral("https://example.org/model.safetensors"))});
        QDragEnterEvent far(QPoint(400, 300), Qt::CopyAction, &web, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(m_window, &far);
        QCOMPARE(overlay->sentence(), QStringLiteral("Not a local file"));
    }

    void showsHostileNamesAsTheyAre()
    {
        test::SafetensorsFile file;
        const std::string evil = std::string("<b>bold</b>&amp;\n\x1b[31m") + "\xe2\x80\xae" + "[*]%1%2";
        const std::string longKey = std::string(60'000, 'x') + ".weight";
        file.addValue(evil, "F32", {2}, 1.0);
        file.addValue(longKey, "BF16", {2}, 1.0);
        file.addValue(std::string("a.") + std::string(5000, '.'), "F32", {1}, 0.0);
        const std::string path = m_dir->path("evil[*] <i>&\n.safetensors");
        file.write(path);
        openAndWait(path);
        m_window->tensorView()->setMode(TensorView::Mode::Flat);
        QTreeView* flat = m_window->tensorView()->view();
        for (int row = 0; row < flat->model()->rowCount(); ++row) {
            const QString shown = flat->model()->index(row, 0).data().toString();
            QVERIFY(!shown.contains(QLatin1Char('\n')) && !shown.contains(QChar(0x1b)) && !shown.contains(QChar(0x202e)));
            QVERIFY(shown.size() < 2000);
            flat->setCurrentIndex(flat->model()->index(row, 0));
            const QString tip = flat->model()->index(row, 0).data(Qt::ToolTipRole).toString();
            QVERIFY(!tip.contains(QStringLiteral("<b>")));
        }
        const TensorInfo* tensor = m_window->document()->checkpoint().find(evil);
        QVERIFY(tensor != nullptr);
        QVERIFY(m_window->tensorView()->select(m_window->document()->checkpoint().indexOf(*tensor)));
        QVERIFY2(m_window->details()->plainText().contains(QStringLiteral("<b>")), "the details show markup as text");
        QVERIFY(!m_window->details()->plainText().contains(QChar(0x202e)));
        QVERIFY(m_window->windowTitle().contains(QStringLiteral("[*][*]")));
        m_window->action(QStringLiteral("edit.copyKey"))->trigger();
        QCOMPARE(QGuiApplication::clipboard()->text(), QString::fromStdString(evil));
        m_window->tensorView()->setMode(TensorView::Mode::Tree);
        m_window->tensorView()->expandAll();
        m_window->tensorView()->setMode(TensorView::Mode::Roles);
        (void)m_window->grab(); // paints all of it
    }

    void saysWhenFilesChange()
    {
        const std::string model = m_fixture->demo();
        openAndWait(model);
        QCOMPARE(m_window->messages()->count(), std::size_t(0));
        const std::string file = "model/model-00002-of-00002.safetensors";
        m_dir->truncate(file, m_dir->read(file).size() - 100);
        QTRY_COMPARE_WITH_TIMEOUT(m_window->messages()->count(), std::size_t(1), Patience);
        QSignalSpy changed(m_window, &MainWindow::documentChanged);
        QTest::keyClick(m_window, Qt::Key_F5);
        QTRY_COMPARE_WITH_TIMEOUT(changed.count(), 1, Patience);
        QCOMPARE(m_window->document()->report().verdict, Verdict::Damaged);
        QVERIFY(!m_window->action(QStringLiteral("file.fix"))->isEnabled());
    }

    void closesToTheStartPageAndRemembers()
    {
        const std::string model = m_fixture->demo();
        openAndWait(model);
        QTest::keyClick(m_window, Qt::Key_W, Qt::ControlModifier);
        QVERIFY(m_window->onStartPage());
        QVERIFY(m_window->document() == nullptr);
        QCOMPARE(m_fixture->settings.recent().size(), std::size_t(1));
        QCOMPARE(m_fixture->settings.recent().front().path, model);
        QSignalSpy changed(m_window, &MainWindow::documentChanged);
        QTest::keyClick(m_window, Qt::Key_1, Qt::ControlModifier);
        QTRY_COMPARE_WITH_TIMEOUT(changed.count(), 1, Patience);
    }

    void closesWhileItOpens()
    {
        m_window->open({m_fixture->demo()});
        m_fixture.reset(); // no crash, no leak, no wait for what nobody wants any more
        QVERIFY(true);
    }

    /// What was opened is one line of the list of keys, not nine.
    void listsItsKeys()
    {
        openAndWait(m_fixture->demo());
        const auto rows = shortcutsOf(*m_window);
        const auto recent =
            std::count_if(rows.begin(), rows.end(), [](const ShortcutRow& row) { return row.keys.contains(QLatin1String("Ctrl+1")); });
        QCOMPARE(recent, 1);
    }

    void everyActionHasANameATipAndKeysOfItsOwn()
    {
        QSet<QString> used;
        const QStringList names = m_window->actionNames();
        QVERIFY(names.size() > 30);
        for (const QString& name : names) {
            const QAction* action = m_window->action(name);
            QVERIFY2(!action->text().isEmpty(), qPrintable(name));
            QVERIFY2(!action->toolTip().isEmpty(), qPrintable(name));
            for (const QKeySequence& key : action->shortcuts()) {
                QVERIFY2(!used.contains(key.toString()), qPrintable(name + QLatin1Char(' ') + key.toString()));
                used.insert(key.toString());
            }
        }
    }

    void everyControlHasAName()
    {
        openAndWait(m_fixture->demo());
        for (auto* button : m_window->findChildren<QAbstractButton*>()) {
            if (button->isVisible() && button->focusPolicy() != Qt::NoFocus) {
                QVERIFY2(!button->text().isEmpty() || !button->accessibleName().isEmpty() || !button->toolTip().isEmpty(),
                         button->metaObject()->className());
            }
        }
        for (auto* view : m_window->findChildren<QTreeView*>()) {
            QVERIFY2(!view->accessibleName().isEmpty(), qPrintable(view->objectName()));
        }
    }
};

QTEST_MAIN(TestWindow)
#include "tst_window.moc"
