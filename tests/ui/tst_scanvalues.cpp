// SPDX-License-Identifier: Apache-2.0
// A scan of all values as a user starts it: columns, filter and findings follow; it survives what happens meanwhile.
#include "core/dtypes/dtype.h"
#include "tests/support/windowfixture.h"
#include "ui/models/columns.h"
#include "ui/views/detailspanel.h"
#include "ui/views/filterbar.h"
#include "ui/views/messagebar.h"

#include <QAction>
#include <QLabel>
#include <QPushButton>
#include <QTextBrowser>
#include <QTreeView>
#include <QUrl>

#include <filesystem>
#include <memory>

using namespace ckptscope;
using namespace ckptscope::ui;
using test::Patience;

class TestScanValues : public QObject {
    Q_OBJECT

    std::unique_ptr<test::WindowFixture> m_fixture;
    const test::TempDir* m_dir = nullptr;
    MainWindow* m_window = nullptr;
    std::string m_model;

    void openAndWait(const std::string& path) { QVERIFY(m_fixture->open(path)); }
    [[nodiscard]] std::uint64_t scanned() const { return m_window->document()->values()->scanned(); }

private Q_SLOTS:
    void init()
    {
        m_fixture = std::make_unique<test::WindowFixture>();
        m_dir = &m_fixture->dir;
        m_window = &m_fixture->window;
        m_model = m_fixture->demo();
        openAndWait(m_model);
    }
    void cleanup() { m_fixture.reset(); }

    /// A preference: what rules cover is scanned when a checkpoint was opened, and nothing else.
    void onOpen()
    {
        Preferences preferences = m_fixture->settings.preferences();
        QVERIFY(!preferences.scanOnOpen);
        QCOMPARE(scanned(), std::uint64_t{0});
        preferences.scanOnOpen = true;
        m_fixture->settings.setPreferences(preferences);
        openAndWait(m_model);
        QTRY_COMPARE_WITH_TIMEOUT(scanned(), m_window->document()->report().tensorsChecked, Patience);
        QVERIFY(scanned() < m_window->document()->size());
    }

    void fillsColumnsAndFilter()
    {
        QTreeView* flat = m_window->tensorView()->view(TensorView::Mode::Flat);
        QVERIFY(flat->isColumnHidden(int(Column::Min)));
        m_window->filterBar()->setText(QStringLiteral("max>-1e30"));
        auto* offer = m_window->findChild<QPushButton*>(QStringLiteral("filterScanButton"));
        QVERIFY(offer->isVisible());
        QCOMPARE(m_window->tensorView()->document()->values()->scanned(), 0U);
        QTRY_VERIFY(offer->window()->childAt(offer->mapTo(offer->window(), offer->rect().center())) == offer); // its row has its place
        QTest::mouseClick(offer, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle(), Patience);
        QCOMPARE(scanned(), std::uint64_t(m_window->document()->size()));
        QVERIFY(!offer->isVisible());
        m_window->tensorView()->setMode(TensorView::Mode::Flat);
        QCOMPARE(flat->model()->rowCount(), int(m_window->document()->size())); // every tensor has a greatest value
        QVERIFY(!flat->isColumnHidden(int(Column::Min)));
        QVERIFY(flat->model()->index(0, int(Column::Max)).data().toString() != QStringLiteral("\u2013"));
        m_window->filterBar()->setText(QStringLiteral("nan>0"));
        QVERIFY(!m_window->tensorView()->currentTensor().has_value());
    }

    /// Details offers to read the selected tensor, and then has its numbers; of several their sums.
    void detailsScansAndTells()
    {
        auto* details = m_window->findChild<DetailsPanel*>();
        auto* browser = details->browser();
        QVERIFY2(details->plainText().contains(QStringLiteral("Scan This Tensor")), qPrintable(details->plainText()));
        QVERIFY(browser->toHtml().contains(QStringLiteral("scan:this")));
        Q_EMIT browser->anchorClicked(QUrl(QStringLiteral("scan:this")));
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle() && scanned() == 1, Patience);
        QTRY_VERIFY_WITH_TIMEOUT(details->plainText().contains(QStringLiteral("Mean")), Patience);
        QVERIFY(!details->plainText().contains(QStringLiteral("Scan This Tensor")));
        m_window->tensorView()->setMode(TensorView::Mode::Flat);
        m_window->tensorView()->view()->selectAll();
        QTRY_VERIFY(details->plainText().contains(QStringLiteral("1 of 415 tensors scanned")));
        Q_EMIT browser->anchorClicked(QUrl(QStringLiteral("scan:these")));
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle() && scanned() == 415, Patience);
        QTRY_VERIFY_WITH_TIMEOUT(
            details->plainText().contains(QStringLiteral("Zeros")) && !details->plainText().contains(QStringLiteral("Scan These")), Patience);
    }

    /// What a scan finds is added to what is seen: nothing that is selected, opened or closed moves.
    void staysWhereTheUserIs()
    {
        auto* view = m_window->tensorView();
        view->setMode(TensorView::Mode::Flat);
        view->view()->selectAll();
        const auto all = std::size_t{m_window->document()->size()};
        QCOMPARE(view->selectedTensors().size(), all);
        m_window->action(QStringLiteral("tensor.scanAll"))->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle() && scanned() == all, Patience);
        QCOMPARE(view->selectedTensors().size(), all);
        // a group of the tree
        view->setMode(TensorView::Mode::Tree);
        QTreeView* tree = view->view();
        tree->collapseAll();
        const QModelIndex group = tree->model()->index(1, 0);
        QVERIFY(tree->model()->hasChildren(group));
        tree->setCurrentIndex(group);
        const auto ofGroup = view->selectedTensors().size();
        QVERIFY(ofGroup > 1);
        m_window->action(QStringLiteral("tensor.scanAll"))->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle(), Patience);
        QCOMPARE(view->selectedTensors().size(), ofGroup);
        QVERIFY(!tree->isExpanded(tree->model()->index(1, 0)));
    }

    void openingAnotherEndsIt()
    {
        m_window->action(QStringLiteral("tensor.scanAll"))->trigger();
        openAndWait(m_dir->copyTree("other", test::sourcePath("resources/demo/qwen3-next-tiny-bf16")));
        QCOMPARE(scanned(), 0U);
        QVERIFY(m_window->action(QStringLiteral("tensor.scanAll"))->isEnabled());
    }

    void closingTheWindowEndsIt()
    {
        m_window->action(QStringLiteral("tensor.scanAll"))->trigger();
        m_window->close();
        m_fixture.reset(); // waits for the job's threads
    }

    void aBrokenRuleFileIsSaidAndTheRestGoesOn()
    {
        Preferences with = m_fixture->settings.preferences();
        with.ruleFiles = {QString::fromStdString(m_dir->write("mine.json", "{\n \"rules\": [{\"id\": 5}]\n}"))};
        QSignalSpy changed(m_window, &MainWindow::documentChanged);
        m_fixture->settings.setPreferences(with);
        QTRY_VERIFY_WITH_TIMEOUT(changed.count() == 1 && m_window->idle(), Patience);
        QCOMPARE(m_window->document()->report().verdict, Verdict::Violations); // the built-in rules judge
        QCOMPARE(m_window->messages()->count(), std::size_t(1));
        auto* title = m_window->messages()->findChild<QLabel*>(QStringLiteral("messageTitle"));
        QVERIFY2(title->text().contains(QStringLiteral("mine.json")), qPrintable(title->text()));
    }

    void aTruncatedFileIsSaid()
    {
        std::filesystem::resize_file(m_dir->path("model/model-00001-of-00002.safetensors"), 4096);
        m_window->action(QStringLiteral("tensor.scanAll"))->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle(), Patience);
        QVERIFY(m_window->document()->values()->unreadable() > 0);
        QVERIFY(m_window->document()->values()->unreadable() < scanned()); // the other shard keeps its numbers
    }
};

QTEST_MAIN(TestScanValues)
#include "tst_scanvalues.moc"
