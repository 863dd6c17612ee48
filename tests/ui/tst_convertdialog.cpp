// SPDX-License-Identifier: Apache-2.0
// Save as safetensors by clicks and keys: what the dialog shows is what is written, refusals keep the button off, and
// nothing is written before it is pressed.
#include "tests/support/gdnfolder.h"
#include "tests/support/gguffile.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/windowfixture.h"
#include "ui/dialogs/convertdialog.h"
#include "ui/jobs/jobstrip.h"
#include "ui/models/convertmodel.h"
#include "ui/views/factline.h"
#include "ui/views/receiptpage.h"

#include <QAction>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QTreeView>

#include <memory>

using namespace ckptscope;
using namespace ckptscope::ui;
using test::Patience;

class TestConvertDialog : public QObject {
    Q_OBJECT

    std::unique_ptr<test::WindowFixture> m_fixture;

    ConvertDialog* openDialog() { return m_fixture->openDialog<ConvertDialog>("file.convert"); }
    template<class T>
    [[nodiscard]] static T* part(const QDialog* dialog, const char* name)
    {
        return dialog->findChild<T*>(QLatin1String(name));
    }
    [[nodiscard]] static QString cell(const QDialog* dialog, const QString& key, int column)
    {
        const auto* model = part<QTreeView>(dialog, "convertPlan")->model();
        for (int r = 0; r < model->rowCount(); ++r) {
            if (model->index(r, ConvertModel::Key).data().toString() == key) {
                return model->index(r, column).data().toString();
            }
        }
        return {};
    }

private Q_SLOTS:
    void init() { m_fixture = std::make_unique<test::WindowFixture>(); }
    void cleanup() { m_fixture.reset(); }

    /// Edits by hand are in the plan, unless the box says no; what needs a donor is said to be left as it is.
    void appliesEditsByHand()
    {
        const std::string source = m_fixture->demo();
        QVERIFY(m_fixture->open(source));
        const Document& document = *m_fixture->window.document();
        const auto indexOf = [&](std::string_view key) { return document.checkpoint().indexOf(*document.checkpoint().find(key)); };
        HandEdits edits;
        edits.casts[indexOf("model.norm.weight")] = DType::F32;
        edits.drops.insert(indexOf("model.layers.0.linear_attn.conv1d.weight"));
        edits.leftOut.insert(indexOf("model.layers.0.linear_attn.A_log"));
        edits.donor.insert(indexOf("model.layers.1.linear_attn.A_log"));
        edits.metadata["who"] = "me";
        document.hand()->set(edits);
        ConvertDialog* dialog = openDialog();
        QVERIFY(dialog != nullptr);
        auto* write = part<QPushButton>(dialog, "convertWrite");
        auto* hand = part<QCheckBox>(dialog, "convertHand");
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        QVERIFY(hand->isVisible() && hand->isChecked());
        QCOMPARE(cell(dialog, QStringLiteral("model.norm.weight"), ConvertModel::DTypes), QStringLiteral("BF16 \u2192 F32"));
        QCOMPARE(cell(dialog, QStringLiteral("model.layers.0.linear_attn.A_log"), ConvertModel::DTypes), QStringLiteral("BF16"));
        QCOMPARE(cell(dialog, QStringLiteral("model.layers.0.linear_attn.conv1d.weight"), ConvertModel::DTypes), QString());
        const QString summary = part<QLabel>(dialog, "convertSummary")->text();
        QVERIFY2(summary.contains(
                     QStringLiteral("By hand: 1 cast(s), 1 tensor(s) dropped, 1 tensor(s) kept out of the repair, 1 edit(s) of __metadata__.")),
                 qPrintable(summary));
        QVERIFY2(summary.contains(QStringLiteral("a donor is only compared in Review Fix")), qPrintable(summary));
        QVERIFY2(summary.contains(QStringLiteral("1 violation(s) will be left")), qPrintable(summary));
        const QString command = dialog->command();
        for (const char* part : {"--cast 'model.norm.weight=F32'", "--drop model.layers.0.linear_attn.conv1d.weight", "--set-metadata",
                                 "model.layers.0.linear_attn.A_log=BF16"}) {
            QVERIFY2(QString(command).remove(QLatin1Char('\'')).contains(QString::fromLatin1(part).remove(QLatin1Char('\''))), qPrintable(command));
        }
        hand->setFocus();
        QTest::keyClick(hand, Qt::Key_Space);
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        QCOMPARE(cell(dialog, QStringLiteral("model.norm.weight"), ConvertModel::DTypes), QStringLiteral("BF16"));
        QVERIFY(part<QLabel>(dialog, "convertSummary")->text().contains(QStringLiteral("Edits by hand are not applied.")));
        QTest::keyClick(hand, Qt::Key_Space);
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        QTest::mouseClick(write, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(m_fixture->window.onReceipt() && m_fixture->window.idle(), Patience);
        const auto after = test::openOrDie(m_fixture->dir.path("model-safetensors"));
        QCOMPARE(after->find("model.norm.weight")->dtype, DType::F32);
        QVERIFY(after->find("model.layers.0.linear_attn.conv1d.weight") == nullptr);
        QCOMPARE(after->find("model.layers.0.linear_attn.A_log")->dtype, DType::BF16);
    }

    void writesWhatItShowsAndOpensIt()
    {
        const std::string source = m_fixture->demo();
        QVERIFY(m_fixture->open(source));
        ConvertDialog* dialog = openDialog();
        QVERIFY(dialog != nullptr);
        auto* write = part<QPushButton>(dialog, "convertWrite");
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        QVERIFY(part<QComboBox>(dialog, "convertDequantize")->isHidden());
        const auto before = test::readTensors(*test::openOrDie(source));
        auto* tree = part<QTreeView>(dialog, "convertPlan");
        QCOMPARE(static_cast<std::size_t>(tree->model()->rowCount()), before.size());
        const QString decay = QStringLiteral("model.layers.0.linear_attn.A_log");
        QCOMPARE(cell(dialog, decay, ConvertModel::DTypes), QStringLiteral("BF16 \u2192 F32"));

        // without the repair every tensor stays as it is
        auto* fix = part<QCheckBox>(dialog, "convertFix");
        fix->setFocus();
        QTest::keyClick(fix, Qt::Key_Space);
        QVERIFY(!write->isEnabled());
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        QCOMPARE(cell(dialog, decay, ConvertModel::DTypes), QStringLiteral("BF16"));
        QTest::keyClick(fix, Qt::Key_Space);
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);

        const int shards = 3;
        test::retype(part<QComboBox>(dialog, "convertShards")->lineEdit(), QStringLiteral("200KB"));
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        QVERIFY2(cell(dialog, decay, ConvertModel::File).contains(QStringLiteral("-of-")), qPrintable(cell(dialog, decay, ConvertModel::File)));
        QTest::mouseClick(part<QPushButton>(dialog, "convertCopyCommand"), Qt::LeftButton);
        QCOMPARE(QApplication::clipboard()->text(),
                 QStringLiteral("ckptscope convert %1 -o %1-safetensors --max-shard-size 200000 --fix").arg(QString::fromStdString(source)));
        QVERIFY(!m_fixture->dir.exists("model-safetensors"));

        QTest::mouseClick(write, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(m_fixture->window.onReceipt() && m_fixture->window.idle(), Patience);
        const auto after = test::readTensors(*test::openOrDie(m_fixture->dir.path("model-safetensors")));
        QCOMPARE(after.size(), before.size());
        std::size_t cast = 0;
        for (const auto& [key, tensor] : before) {
            const auto& now = after.at(key);
            if (now.first != tensor.first) {
                QCOMPARE(now.second, test::widenBf16(tensor.second));
                ++cast;
            } else {
                QVERIFY2(now.second == tensor.second, key.c_str());
            }
        }
        QVERIFY(cast > 0);
        QVERIFY(m_fixture->dir.exists("model-safetensors/model.safetensors.index.json"));
        QVERIFY(m_fixture->dir.list("model-safetensors").size() > shards);
        const ReceiptPage* page = m_fixture->window.receiptPage();
        QVERIFY2(page->title().contains(QStringLiteral("%1 of them cast").arg(cast)), qPrintable(page->title()));

        QSignalSpy changed(&m_fixture->window, &MainWindow::documentChanged);
        QTest::mouseClick(m_fixture->find<QPushButton>("receiptOpen"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(changed.count() > 0 && m_fixture->window.idle(), Patience);
        QCOMPARE(m_fixture->window.document()->report().count(Severity::Violation), std::uint64_t(0));
        QCOMPARE(test::readTensors(*test::openOrDie(source)), before); // the source is not touched
    }

    void anExistingFolderAsksFirst()
    {
        QVERIFY(m_fixture->open(m_fixture->demo()));
        m_fixture->dir.write("model-safetensors/mine.txt", "keep");
        ConvertDialog* dialog = openDialog();
        QVERIFY(dialog != nullptr);
        auto* write = part<QPushButton>(dialog, "convertWrite");
        auto* force = part<QCheckBox>(dialog, "convertForce");
        QTRY_VERIFY_WITH_TIMEOUT(force->isVisible(), Patience);
        QVERIFY(!write->isEnabled());
        QVERIFY(part<QLineEdit>(dialog, "convertOutput")->hasFocus()); // the open question
        QTest::keyClick(force, Qt::Key_Space);
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        test::retype(part<QLineEdit>(dialog, "convertOutput"), QString::fromStdString(m_fixture->dir.path("other")));
        QVERIFY(!force->isChecked() && !force->isVisible());
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        QTest::keyClick(dialog, Qt::Key_Escape);
        QTRY_VERIFY(m_fixture->window.findChild<ConvertDialog*>() == nullptr);
        QCOMPARE(m_fixture->dir.read("model-safetensors/mine.txt"), std::string("keep"));
        QVERIFY(!m_fixture->dir.exists("other"));
    }

    void refusalsAreSaid_data()
    {
        QTest::addColumn<QString>("field");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("said");
        QTest::addColumn<QString>("reason");
        QTest::newRow("size") << "convertShards"
                              << "many"
                              << "many is not a size of a shard."
                              << "The shards have no size.";
        QTest::newRow("drop") << "convertDrop"
                              << "nothing.like.it*"
                              << "matches no tensor"
                              << "See the sentence above.";
        QTest::newRow("inside") << "convertOutput"
                                << "INSIDE" << QString() << "The output needs another place.";
        QTest::newRow("no name") << "convertOutput"
                                 << "" << QString() << "The output has no name.";
    }

    void refusalsAreSaid()
    {
        QFETCH(QString, field);
        QFETCH(QString, text);
        QFETCH(QString, said);
        QFETCH(QString, reason);
        const std::string source = m_fixture->demo();
        QVERIFY(m_fixture->open(source));
        ConvertDialog* dialog = openDialog();
        QVERIFY(dialog != nullptr);
        auto* write = part<QPushButton>(dialog, "convertWrite");
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        auto* box = part<QComboBox>(dialog, qPrintable(field));
        test::retype(box != nullptr ? box->lineEdit() : part<QLineEdit>(dialog, qPrintable(field)),
                     text == QStringLiteral("INSIDE") ? QString::fromStdString(source) + QStringLiteral("/out") : text);
        QTRY_COMPARE_WITH_TIMEOUT(part<QLabel>(dialog, "convertReason")->text(), reason, Patience);
        QVERIFY(!write->isEnabled());
        QVERIFY2(part<FactLine>(dialog, "convertProblem")->text().contains(said), qPrintable(part<FactLine>(dialog, "convertProblem")->text()));
        QTest::keyClick(dialog, Qt::Key_Return); // does nothing
        QVERIFY(dialog->isVisible());
        QCOMPARE(m_fixture->dir.list().size(), std::size_t(2)); // the model and the settings
    }

    void namesAreStrippedAndLeftOut()
    {
        test::SafetensorsFile file;
        file.addValue("base.model.w", "F32", {4, 4}, 1).addValue("base.model.b", "F32", {4}, 2).addValue("base.rotary.inv_freq", "F32", {2}, 3);
        QVERIFY(m_fixture->open(m_fixture->dir.write("one.safetensors", file.bytes())));
        ConvertDialog* dialog = openDialog();
        QVERIFY(dialog != nullptr);
        auto* write = part<QPushButton>(dialog, "convertWrite");
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        test::retype(part<QLineEdit>(dialog, "convertStrip"), QStringLiteral("base."));
        test::retype(part<QLineEdit>(dialog, "convertDrop"), QStringLiteral("*.inv_freq"));
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        QCOMPARE(cell(dialog, QStringLiteral("model.w"), ConvertModel::From), QStringLiteral("base.model.w"));
        QCOMPARE(part<QTreeView>(dialog, "convertPlan")->model()->rowCount(), 2);
        QTest::keyClick(write, Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(m_fixture->window.onReceipt() && m_fixture->window.idle(), Patience);
        const auto after = test::readTensors(*test::openOrDie(m_fixture->dir.path("one-safetensors")));
        QCOMPARE(after.size(), std::size_t(2));
        QVERIFY(after.count("model.w") == 1 && after.count("model.b") == 1);
    }

    void blocksBecomeFloats()
    {
        // one Q8_0 block: scale 2 as F16, then 0..31
        std::string block("\x00\x40", 2);
        for (char i = 0; i < 32; ++i) {
            block += i;
        }
        test::GgufFile gguf;
        gguf.string("general.architecture", "llama").tensor("blk.0.w", {32}, 8, 0).data(block);
        QVERIFY(m_fixture->open(m_fixture->dir.write("model.gguf", gguf.bytes())));
        ConvertDialog* dialog = openDialog();
        QVERIFY(dialog != nullptr);
        auto* write = part<QPushButton>(dialog, "convertWrite");
        auto* blocks = part<QComboBox>(dialog, "convertDequantize");
        QVERIFY(blocks->isVisible());
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        blocks->setFocus();
        QTest::keyClick(blocks, Qt::Key_Home); // not written
        QTRY_COMPARE_WITH_TIMEOUT(part<QLabel>(dialog, "convertReason")->text(), QStringLiteral("See the sentence above."), Patience);
        QTest::keyClick(blocks, Qt::Key_End);
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        QTest::mouseClick(write, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(m_fixture->window.onReceipt() && m_fixture->window.idle(), Patience);
        const auto after = test::readTensors(*test::openOrDie(m_fixture->dir.path("model-safetensors")));
        const auto& [dtype, bytes] = after.at("blk.0.w");
        QCOMPARE(dtype, std::string("F32"));
        std::string expected;
        for (int i = 0; i < 32; ++i) {
            const float value = 2.0F * static_cast<float>(i);
            expected.append(reinterpret_cast<const char*>(&value), sizeof value);
        }
        QCOMPARE(bytes, expected);
    }

    void aCancelledWriteLeavesNothing()
    {
        test::SafetensorsFile file;
        for (int i = 0; i < 8; ++i) {
            file.addSparse("w" + std::to_string(i), "F32", {2048, 2048});
        }
        const std::string path = m_fixture->dir.path("large.safetensors");
        file.write(path);
        QVERIFY(m_fixture->open(path));
        bool cancelled = false;
        for (int attempt = 0; attempt < 5 && !cancelled; ++attempt) { // a quick machine may be done first
            ConvertDialog* dialog = openDialog();
            QVERIFY(dialog != nullptr);
            auto* write = part<QPushButton>(dialog, "convertWrite");
            test::retype(part<QLineEdit>(dialog, "convertOutput"), QString::fromStdString(m_fixture->dir.path("out" + std::to_string(attempt))));
            QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
            QTest::mouseClick(write, Qt::LeftButton);
            m_fixture->window.action(QStringLiteral("job.cancel"))->trigger();
            QTRY_VERIFY_WITH_TIMEOUT(m_fixture->window.idle() && m_fixture->window.findChild<ConvertDialog*>() == nullptr, Patience);
            cancelled = !m_fixture->dir.exists("out" + std::to_string(attempt));
            QVERIFY(cancelled == !m_fixture->window.onReceipt());
        }
        QVERIFY(cancelled);
        for (const std::string& name : m_fixture->dir.list()) {
            QVERIFY2(name.find("partial") == std::string::npos, name.c_str());
        }
    }

    void aDamagedCheckpointIsRefused()
    {
        const std::string source = m_fixture->demo();
        m_fixture->dir.truncate("model/model-00002-of-00002.safetensors", 4000);
        QVERIFY(m_fixture->open(source));
        ConvertDialog* dialog = openDialog();
        QVERIFY(dialog != nullptr);
        QTRY_COMPARE_WITH_TIMEOUT(part<QLabel>(dialog, "convertReason")->text(), QStringLiteral("See the sentence above."), Patience);
        QVERIFY(!part<QPushButton>(dialog, "convertWrite")->isEnabled());
        QCOMPARE(part<FactLine>(dialog, "convertProblem")->mark(), std::optional(Mark::Violation));
    }
};

QTEST_MAIN(TestConvertDialog)
#include "tst_convertdialog.moc"
