// SPDX-License-Identifier: Apache-2.0
// Export Tensor as a user does it: Ctrl+E, a name, Enter; and what goes wrong is said.
#include "core/formats/formatreader.h"
#include "tests/support/windowfixture.h"
#include "ui/views/messagebar.h"

#include <QAction>
#include <QFileDialog>
#include <QTreeView>

#include <memory>

using namespace ckptscope;
using namespace ckptscope::ui;
using test::Patience;

class TestExportTensor : public QObject {
    Q_OBJECT

    std::unique_ptr<test::WindowFixture> m_fixture;
    MainWindow* m_window = nullptr;
    const std::string m_key = "model.layers.0.linear_attn.A_log";

    QFileDialog* ask()
    {
        m_window->activateWindow(); // nobody gives it back on this platform
        if (!QTest::qWaitForWindowActive(m_window)) {
            return nullptr;
        }
        QTest::keyClick(m_window, Qt::Key_E, Qt::ControlModifier);
        auto* dialog = m_window->findChild<QFileDialog*>(QStringLiteral("exportTensorDialog"));
        return dialog != nullptr && QTest::qWaitForWindowExposed(dialog) ? dialog : nullptr;
    }
    void answer(QFileDialog* dialog, const QString& name)
    {
        auto* edit = dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"));
        QVERIFY(edit != nullptr);
        test::retype(edit, name);
        QTest::keyClick(edit, Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->findChild<QFileDialog*>() == nullptr, Patience);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle(), Patience);
    }
    QString path(const char* name) const { return QString::fromStdString(m_fixture->dir.path(name)); }

private Q_SLOTS:
    void init()
    {
        m_fixture = std::make_unique<test::WindowFixture>();
        m_window = &m_fixture->window;
        QVERIFY(QTest::qWaitForWindowActive(m_window));
        QVERIFY(m_fixture->open(m_fixture->demo()));
        const TensorInfo* tensor = m_window->document()->checkpoint().find(m_key);
        QVERIFY(m_window->tensorView()->select(m_window->document()->checkpoint().indexOf(*tensor)));
    }
    void cleanup() { m_fixture.reset(); }

    void byKeysAlone()
    {
        QFileDialog* dialog = ask();
        QVERIFY(dialog != nullptr);
        QVERIFY2(dialog->selectedFiles().front().endsWith(QStringLiteral("/model.layers.0.linear_attn.A_log.safetensors")),
                 qPrintable(dialog->selectedFiles().front()));
        answer(dialog, path("one.safetensors"));
        const auto written = openCheckpoint({m_fixture->dir.path("one.safetensors")});
        QVERIFY(written);
        QCOMPARE((*written)->tensors().size(), 1U);
        QCOMPARE(std::string((*written)->tensors()[0].key), m_key);
        QCOMPARE((*written)->tensors()[0].dtype, DType::BF16);
        QVERIFY(!m_window->messages()->isVisible());
    }

    void aNameWithoutAnEndingGetsOne()
    {
        QFileDialog* dialog = ask();
        QVERIFY(dialog != nullptr);
        answer(dialog, path("a.b"));
        QVERIFY(m_fixture->dir.exists("a.b.safetensors"));
        QVERIFY(!m_fixture->dir.exists("a.b"));
    }

    /// NumPy has no BF16: what was written is not what is stored, and that stays in sight.
    void asNpy()
    {
        QFileDialog* dialog = ask();
        QVERIFY(dialog != nullptr);
        const QString npy = dialog->nameFilters().at(1);
        dialog->selectNameFilter(npy);
        Q_EMIT dialog->filterSelected(npy);
        QVERIFY2(dialog->selectedFiles().front().endsWith(QStringLiteral("/model.layers.0.linear_attn.A_log.npy")),
                 qPrintable(dialog->selectedFiles().front()));
        answer(dialog, path("one.npy"));
        QVERIFY(m_fixture->dir.read("one.npy").starts_with("\x93NUMPY"));
        QVERIFY(m_window->messages()->isVisible());
        dialog = ask(); // the next one starts from the same kind
        QVERIFY(dialog != nullptr);
        QVERIFY2(dialog->selectedFiles().front().endsWith(QStringLiteral("A_log.npy")), qPrintable(dialog->selectedFiles().front()));
        dialog->reject();
    }

    void severalAtOnce()
    {
        m_window->tensorView()->setMode(TensorView::Mode::Flat);
        m_window->tensorView()->view()->selectAll();
        QFileDialog* dialog = ask();
        QVERIFY(dialog != nullptr);
        QCOMPARE(dialog->nameFilters().size(), 1);
        answer(dialog, path("all.safetensors"));
        const auto written = openCheckpoint({m_fixture->dir.path("all.safetensors")});
        QVERIFY(written);
        QCOMPARE((*written)->tensors().size(), std::size_t{m_window->document()->size()});
        QVERIFY(!(*written)->damaged());
    }

    void errorsStay()
    {
        m_fixture->dir.write("there.safetensors", "mine");
        m_window->exportTensors(path("there.safetensors"), false);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle() && m_window->messages()->isVisible(), Patience);
        QCOMPARE(m_fixture->dir.read("there.safetensors"), std::string("mine"));
        const QString shard = path("model/model-00001-of-00002.safetensors");
        const std::string before = m_fixture->dir.read("model/model-00001-of-00002.safetensors");
        m_window->exportTensors(shard, true);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle(), Patience);
        QCOMPARE(m_fixture->dir.read("model/model-00001-of-00002.safetensors"), before);
    }
};

QTEST_MAIN(TestExportTensor)
#include "tst_exporttensor.moc"
