// SPDX-License-Identifier: Apache-2.0
// The fix dialog with a donor, by clicks and keys: what fits is taken and the receipt says so; what does not fit is named, and nothing
// is written.
#include "core/contracts/check.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/torchfile.h"
#include "tests/support/windowfixture.h"
#include "ui/dialogs/fixdialog.h"
#include "ui/jobs/jobstrip.h"
#include "ui/models/edittreemodel.h"
#include "ui/theme.h"
#include "ui/views/bannerwidget.h"
#include "ui/views/factline.h"

#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTreeView>

#include <cstring>
#include <memory>

using namespace ckptscope;
using namespace ckptscope::ui;
using test::Patience;

namespace {

constexpr unsigned WithinHalf = 0x1234; ///< below BF16's last bit: rounds back to the same BF16 number

/// BF16 bytes as F32 whose lower half is `low`; `flip` changes the BF16 number itself.
std::string finer(const std::string& bf16, unsigned low, unsigned flip = 0)
{
    std::string out;
    for (std::size_t i = 0; i + 1 < bf16.size(); i += 2) {
        std::uint16_t high = 0;
        std::memcpy(&high, bf16.data() + i, 2);
        const std::uint32_t value = (static_cast<std::uint32_t>(high ^ flip) << 16U) | low;
        out.append(reinterpret_cast<const char*>(&value), 4);
    }
    return out;
}

} // namespace

class TestFixDialog : public QObject {
    Q_OBJECT

    std::unique_ptr<test::WindowFixture> m_fixture;
    const test::TempDir* m_dir = nullptr;
    MainWindow* m_window = nullptr;
    std::string m_model;

    /// The demo's BF16 tensors in F32: their values before they were rounded; those whose key holds `wrong` are another model's.
    std::string donorFor(const char* name, const std::string& wrong = {}, unsigned low = WithinHalf)
    {
        const auto checkpoint = test::openOrDie(m_model);
        const auto tensors = test::readTensors(*checkpoint);
        test::SafetensorsFile out;
        for (const TensorInfo& tensor : checkpoint->tensors()) {
            const std::string key(tensor.key);
            const auto& [dtype, bytes] = tensors.at(key);
            if (dtype == "BF16") {
                const bool other = !wrong.empty() && key.find(wrong) != std::string::npos;
                out.add(key, "F32", std::vector<std::uint64_t>(tensor.shape.begin(), tensor.shape.end()), finer(bytes, low, other ? 0x40U : 0U));
            }
        }
        return m_dir->write(name, out.bytes());
    }

    FixDialog* openDialog() { return m_fixture->openDialog<FixDialog>("file.review"); }
    template<class T>
    [[nodiscard]] static T* part(const QDialog* dialog, const char* name)
    {
        return dialog->findChild<T*>(QString::fromLatin1(name));
    }
    static void typeDonor(const QDialog* dialog, const std::string& path)
    {
        auto* edit = part<QLineEdit>(dialog, "fixDonor");
        edit->setFocus();
        edit->selectAll();
        QTest::keyClicks(edit, QString::fromStdString(path));
        QTest::keyClick(edit, Qt::Key_Return);
    }
    [[nodiscard]] static QStringList hows(const QDialog* dialog)
    {
        QStringList all;
        const auto* model = part<QTreeView>(dialog, "fixEdits")->model();
        for (int g = 0; g < model->rowCount(); ++g) {
            const QModelIndex group = model->index(g, 0);
            for (int r = 0; r < model->rowCount(group); ++r) {
                all.append(model->index(r, EditTreeModel::How, group).data().toString());
            }
        }
        return all;
    }
    [[nodiscard]] static QString reason(const QDialog* dialog) { return part<QLabel>(dialog, "fixReason")->text(); }

private Q_SLOTS:
    void init()
    {
        m_fixture = std::make_unique<test::WindowFixture>();
        m_dir = &m_fixture->dir;
        m_window = &m_fixture->window;
        m_model = m_fixture->demo();
        QVERIFY(m_fixture->open(m_model));
    }
    void cleanup() { m_fixture.reset(); }

    void theRightDonorIsTaken()
    {
        const std::string donor = donorFor("donor.safetensors");
        FixDialog* dialog = openDialog();
        QVERIFY(dialog != nullptr);
        auto* write = part<QPushButton>(dialog, "fixWrite");
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        QVERIFY(!dialog->command().contains(QStringLiteral("--donor")));
        typeDonor(dialog, donor);
        QVERIFY(!write->isEnabled()); // Enter in the field compares; it never writes
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        QCOMPARE(part<FactLine>(dialog, "fixDonorFact")->mark(), std::optional(Mark::Clean));
        QVERIFY(hows(dialog).contains(QStringLiteral("donor")));
        QVERIFY(!hows(dialog).contains(QStringLiteral("cast")));
        QVERIFY(part<QCheckBox>(dialog, "fixDonorPartial")->isHidden());
        QTest::mouseClick(part<QPushButton>(dialog, "fixCopyCommand"), Qt::LeftButton);
        QVERIFY2(QApplication::clipboard()->text().contains(QStringLiteral("--donor ") + QString::fromStdString(donor)),
                 qPrintable(dialog->command()));
        QTest::mouseClick(write, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->onReceipt() && m_window->idle(), Patience);
        bool said = false;
        for (const auto* label : m_window->findChildren<QLabel*>()) {
            said = said || (label->isVisible() && label->text().contains(QStringLiteral("Values come from the donor.")));
        }
        QVERIFY(said);
        const auto before = test::readTensors(*test::openOrDie(m_model));
        std::size_t restored = 0;
        for (const auto& [key, tensor] : test::readTensors(*test::openOrDie(m_dir->path("model-fixed")))) {
            if (tensor.first == "F32" && before.at(key).first == "BF16") {
                QVERIFY2(tensor.second == finer(before.at(key).second, WithinHalf), key.c_str());
                ++restored;
            }
        }
        QVERIFY(restored > 0);
    }

    void theWrongDonorIsRefused()
    {
        FixDialog* dialog = openDialog();
        QVERIFY(dialog != nullptr);
        typeDonor(dialog, donorFor("other.safetensors", "A_log"));
        auto* write = part<QPushButton>(dialog, "fixWrite");
        QTRY_VERIFY_WITH_TIMEOUT(reason(dialog).contains(QStringLiteral("refused")), Patience);
        QVERIFY(!write->isEnabled());
        auto* fact = part<FactLine>(dialog, "fixDonorFact");
        QCOMPARE(fact->mark(), std::optional(Mark::Violation));
        const QStringList rows = hows(dialog);
        const auto refused = rows.filter(QStringLiteral("refused: "));
        QVERIFY(!refused.isEmpty());
        QVERIFY(!dialog->findChild<QPushButton*>(QStringLiteral("fixSavePlan"))->isEnabled()); // what applies it would ask nobody
        QVERIFY2(refused.front().startsWith(QStringLiteral("refused: the donor holds another value at [0]")), qPrintable(refused.front()));
        QVERIFY2(refused.front().contains(QStringLiteral("rounds to")), qPrintable(refused.front()));
        QTest::mouseClick(write, Qt::LeftButton); // does nothing
        QVERIFY(dialog->isVisible());

        auto* partial = part<QCheckBox>(dialog, "fixDonorPartial");
        QVERIFY(partial->isVisible());
        QTest::keyClick(partial, Qt::Key_Space);
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        QVERIFY(dialog->command().contains(QStringLiteral(" --donor-partial")));
        QCOMPARE(hows(dialog).filter(QStringLiteral("widened; refused: ")).size(), refused.size());
        QTest::keyClick(partial, Qt::Key_Space);
        QTRY_VERIFY_WITH_TIMEOUT(reason(dialog).contains(QStringLiteral("refused")), Patience);
        QTest::keyClick(dialog, Qt::Key_Escape);
        QTRY_VERIFY(m_window->findChild<FixDialog*>() == nullptr);
        QCOMPARE(m_dir->list(), (std::vector<std::string>{"model", "other.safetensors", "settings.ini"}));
    }

    void aDonorThatDoesNotOpenIsSaid()
    {
        FixDialog* dialog = openDialog();
        QVERIFY(dialog != nullptr);
        typeDonor(dialog, m_dir->path("none.safetensors"));
        auto* fact = part<FactLine>(dialog, "fixDonorFact");
        QTRY_VERIFY_WITH_TIMEOUT(fact->mark() == std::optional(Mark::Violation), Patience);
        QVERIFY2(fact->text().contains(QStringLiteral("none.safetensors")), qPrintable(fact->text()));
        auto* write = part<QPushButton>(dialog, "fixWrite");
        QCOMPARE(reason(dialog), QStringLiteral("The donor cannot be used."));
        QVERIFY(!write->isEnabled());
        auto* edit = part<QLineEdit>(dialog, "fixDonor"); // without it, all is as before
        edit->selectAll();
        QTest::keyClick(edit, Qt::Key_Delete);
        QTest::keyClick(edit, Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        QVERIFY(!hows(dialog).filter(QStringLiteral("cast")).isEmpty());
    }

    void aCancelledComparisonIsSaidAndCanBeRepeated()
    {
        const std::string donor = donorFor("donor.safetensors");
        FixDialog* dialog = openDialog();
        QVERIFY(dialog != nullptr);
        auto* write = part<QPushButton>(dialog, "fixWrite");
        auto* fact = part<FactLine>(dialog, "fixDonorFact");
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        for (int attempt = 0; attempt < 10 && fact->mark() != std::optional(Mark::Note); ++attempt) { // a quick machine may be done first
            typeDonor(dialog, donor);
            dialog->findChild<JobStrip*>()->cancelNewest();
            QTRY_VERIFY_WITH_TIMEOUT(fact->mark().has_value(), Patience);
        }
        QCOMPARE(fact->text(), QStringLiteral("The donor was not compared."));
        QCOMPARE(reason(dialog), QStringLiteral("The donor was not compared."));
        QVERIFY(!write->isEnabled());
        QTest::keyClick(part<QLineEdit>(dialog, "fixDonor"), Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        QVERIFY(hows(dialog).contains(QStringLiteral("donor")));
    }

    void closingWhileComparingWritesNothing()
    {
        FixDialog* dialog = openDialog();
        QVERIFY(dialog != nullptr);
        typeDonor(dialog, donorFor("donor.safetensors"));
        QTest::keyClick(dialog, Qt::Key_Escape);
        QTRY_VERIFY(m_window->findChild<FixDialog*>() == nullptr);
        QVERIFY(!m_dir->exists("model-fixed"));
        QVERIFY(m_window->idle());
    }

    void clearedEditsStayCleared()
    {
        FixDialog* dialog = openDialog();
        QVERIFY(dialog != nullptr);
        auto* write = part<QPushButton>(dialog, "fixWrite");
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        auto* tree = part<QTreeView>(dialog, "fixEdits");
        const QModelIndex first = tree->model()->index(0, 0, tree->model()->index(0, 0));
        tree->setCurrentIndex(first);
        QTest::keyClick(tree, Qt::Key_Space);
        QCOMPARE(first.data(Qt::CheckStateRole).toInt(), int(Qt::Unchecked));
        typeDonor(dialog, donorFor("donor.safetensors"));
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        QCOMPARE(tree->model()->index(0, 0, tree->model()->index(0, 0)).data(Qt::CheckStateRole).toInt(), int(Qt::Unchecked));
        QCOMPARE(hows(dialog).filter(QStringLiteral("donor")).size(), hows(dialog).size());
    }

    /// Nothing violates a rule, and yet there is something to give back: the menu leads to the donor's field, and from there on.
    void aCleanCheckpointReachesTheDonor()
    {
        const std::string donor = donorFor("donor.safetensors");
        FixDialog* first = openDialog();
        QVERIFY(first != nullptr);
        auto* write = part<QPushButton>(first, "fixWrite");
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        QTest::mouseClick(write, Qt::LeftButton); // a plain widening
        QTRY_VERIFY_WITH_TIMEOUT(m_window->onReceipt() && m_window->idle(), Patience);
        QSignalSpy changed(m_window, &MainWindow::documentChanged);
        QTest::mouseClick(m_window->findChild<QPushButton*>(QStringLiteral("receiptOpen")), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(changed.count() > 0 && m_window->idle() && m_window->findChild<FixDialog*>() == nullptr, Patience);
        QVERIFY(m_window->document()->report().verdict == Verdict::Clean);
        QVERIFY(!m_window->action(QStringLiteral("file.fix"))->isEnabled());
        QVERIFY(m_window->action(QStringLiteral("file.review"))->isEnabled());
        QVERIFY(!m_window->banner()->button("review")->isVisible()); // nothing is known to be wrong
        m_window->action(QStringLiteral("tensor.scanAll"))->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle() && m_window->banner()->button("review")->isVisible(), Patience);

        QTest::mouseClick(m_window->banner()->button("review"), Qt::LeftButton);
        auto* dialog = m_window->findChild<FixDialog*>();
        QVERIFY(dialog != nullptr && QTest::qWaitForWindowExposed(dialog));
        QTRY_VERIFY_WITH_TIMEOUT(reason(dialog).contains(QStringLiteral("Name a donor")), Patience);
        typeDonor(dialog, donor);
        auto* writeAgain = part<QPushButton>(dialog, "fixWrite");
        QTRY_VERIFY_WITH_TIMEOUT(writeAgain->isEnabled(), Patience);
        QCOMPARE(hows(dialog).filter(QStringLiteral("donor")).size(), hows(dialog).size());
        QTest::mouseClick(writeAgain, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->onReceipt() && m_window->idle(), Patience);
        const auto before = test::readTensors(*test::openOrDie(m_model));
        const auto after = test::readTensors(*test::openOrDie(m_dir->path("model-fixed-fixed")));
        const std::string key = "model.layers.0.linear_attn.A_log";
        QCOMPARE(after.at(key).second, finer(before.at(key).second, WithinHalf));
    }

    /// One click on Fix writes no less than the source holds without asking; the dialog says what would be left.
    void aTorchFileThatWouldLoseItsNamesAsks()
    {
        test::TorchFile file;
        file.dense("module.model.layers.0.linear_attn.A_log", "BFloat16Storage", 2, {4}, std::string(8, '\x3f'));
        for (const char* projection : {"in_proj_qkvz", "in_proj_ba"}) {
            file.dense(std::string("module.model.layers.0.linear_attn.") + projection + ".weight", "BFloat16Storage", 2, {2, 2},
                       std::string(8, '\x3f'));
        }
        QVERIFY(m_fixture->open(m_dir->write("trained.pt", file.bytes())));
        QVERIFY(m_window->action(QStringLiteral("file.fix"))->isEnabled());
        m_window->action(QStringLiteral("file.fix"))->trigger(); // the plan is made in a job first
        QTRY_VERIFY_WITH_TIMEOUT(m_window->findChild<FixDialog*>() != nullptr, test::Patience);
        auto* dialog = m_window->findChild<FixDialog*>();
        auto* summary = dialog->findChild<QLabel*>(QStringLiteral("fixSummary"));
        QTRY_VERIFY_WITH_TIMEOUT(summary->text().contains(QStringLiteral("module. is taken off (names: 3).")), test::Patience);
        QVERIFY(!m_dir->exists("trained-fixed.safetensors"));
        auto* write = part<QPushButton>(dialog, "fixWrite");
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        QTest::mouseClick(write, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(m_dir->exists("trained-fixed.safetensors") && m_window->idle(), test::Patience);
        QVERIFY(m_window->onReceipt());
    }

    void launderedTensorsGetRows_data()
    {
        QTest::addColumn<QString>("wrong");
        QTest::addColumn<QString>("how");
        QTest::newRow("right donor") << QString() << QStringLiteral("donor");
        QTest::newRow("wrong donor") << QStringLiteral("A_log") << QStringLiteral("refused: ");
    }

    void launderedTensorsGetRows()
    {
        QFETCH(QString, wrong);
        QFETCH(QString, how);
        const std::string donor = donorFor("donor.safetensors", wrong.toStdString());
        test::SafetensorsFile file; // what a plain widening leaves: F32 that holds BF16 numbers
        const auto source = test::openOrDie(m_model);
        const auto tensors = test::readTensors(*source);
        for (const TensorInfo& tensor : source->tensors()) {
            const auto& [dtype, bytes] = tensors.at(std::string(tensor.key));
            if (dtype == "BF16") {
                file.add(std::string(tensor.key), "F32", std::vector<std::uint64_t>(tensor.shape.begin(), tensor.shape.end()), finer(bytes, 0));
            }
        }
        (void)m_dir->folder("laundered");
        m_dir->write("laundered/model.safetensors", file.bytes());
        m_dir->write("laundered/config.json", m_dir->read("model/config.json"));
        FixDialogInput input;
        input.checkpoint = test::openOrDie(m_dir->path("laundered"));
        auto report = runChecks(*input.checkpoint, {});
        QVERIFY(bool(report));
        input.report = *report;
        input.options.output = m_dir->path("restored");
        FixDialog dialog(std::move(input));
        dialog.show();
        typeDonor(&dialog, donor);
        QTRY_VERIFY_WITH_TIMEOUT(!hows(&dialog).isEmpty(), Patience);
        QVERIFY2(!hows(&dialog).filter(how).isEmpty(), qPrintable(hows(&dialog).join(u'\n')));
        auto* write = part<QPushButton>(&dialog, "fixWrite");
        if (wrong.isEmpty()) {
            QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        } else {
            QTRY_VERIFY_WITH_TIMEOUT(reason(&dialog).contains(QStringLiteral("refused")), Patience);
        }
    }
};

QTEST_MAIN(TestFixDialog)
#include "tst_fixdialog.moc"
