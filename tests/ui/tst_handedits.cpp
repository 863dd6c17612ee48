// SPDX-License-Identifier: Apache-2.0
// Edits by hand as a user makes them: seen at the row, found by a filter, undone, listed in Review Fix, written by a
// fix, and gone when the checkpoint is closed.
#include "core/formats/formatreader.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/torchfile.h"
#include "tests/support/windowfixture.h"
#include "ui/dialogs/fixdialog.h"
#include "ui/dialogs/metadatadialog.h"
#include "ui/models/columns.h"
#include "ui/models/edittreemodel.h"
#include "ui/text.h"
#include "ui/views/filterbar.h"
#include "ui/views/messagebar.h"
#include "ui/views/metadatapanel.h"
#include "ui/views/receiptpage.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDockWidget>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QProcess>
#include <QPushButton>
#include <QTimer>
#include <QTreeView>

#include <filesystem>
#include <memory>

using namespace ckptscope;
using namespace ckptscope::ui;
using test::Patience;

namespace {
const std::string ALog = "model.layers.0.linear_attn.A_log";
const std::string Conv = "model.layers.0.linear_attn.conv1d.weight";
} // namespace

class TestHandEdits : public QObject {
    Q_OBJECT

    std::unique_ptr<test::WindowFixture> m_fixture;
    const test::TempDir* m_dir = nullptr;
    MainWindow* m_window = nullptr;

    [[nodiscard]] const Document& document() const { return *m_window->document(); }
    [[nodiscard]] std::uint32_t tensor(const std::string& key) const { return document().checkpoint().indexOf(*document().checkpoint().find(key)); }
    void choose(const std::string& key)
    {
        m_window->tensorView()->setMode(TensorView::Mode::Flat);
        m_window->tensorView()->view()->clearSelection();
        QVERIFY(m_window->tensorView()->select(tensor(key)));
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle(), Patience);
    }
    void castTo(const char* dtype)
    {
        QMenu* menu = m_window->action(QStringLiteral("tensor.cast"))->menu();
        Q_EMIT menu->aboutToShow();
        for (QAction* each : menu->actions()) {
            if (each->text() == QLatin1String(dtype)) {
                each->trigger();
                return;
            }
        }
        QFAIL("the menu does not offer it");
    }
    [[nodiscard]] QString wants(const std::string& key) const { return cellText(document(), tensor(key), Column::Wants); }
    /// Does it and answers the question about edits, should it come, by the button that begins so; how often it came.
    template<class Act>
    int answering(const char* answer, Act act)
    {
        int asked = 0;
        QTimer timer;
        connect(&timer, &QTimer::timeout, this, [&] {
            auto* box = m_window->findChild<QMessageBox*>(QStringLiteral("editsQuestion"));
            if (box == nullptr || !box->isVisible()) {
                return;
            }
            for (QAbstractButton* button : box->buttons()) {
                if (button->text().remove(u'&').startsWith(QLatin1String(answer))) {
                    ++asked;
                    timer.stop();
                    button->click();
                    return;
                }
            }
        });
        timer.start(10);
        act();
        return asked;
    }
    void trigger(const char* name) { m_window->action(QLatin1String(name))->trigger(); }
    void activate()
    {
        m_window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_window));
        m_window->tensorView()->view()->setFocus();
    }
    [[nodiscard]] std::size_t filtered(const char* text)
    {
        m_window->filterBar()->setText(QLatin1String(text));
        (void)QTest::qWaitFor([this] { return m_window->idle(); }, Patience);
        return applyFilter(document(), std::get<Filter>(Filter::parse(text))).count;
    }
    /// Review Fix, once its check is through.
    FixDialog* review(bool writable = true)
    {
        auto* dialog = m_fixture->openDialog<FixDialog>("file.review");
        if (dialog != nullptr && !writable) {
            (void)QTest::qWaitFor([dialog] { return !dialog->findChild<QLabel*>(QStringLiteral("fixReason"))->text().endsWith(QChar(0x2026)); },
                                  Patience);
        } else if (dialog != nullptr) {
            (void)QTest::qWaitFor([dialog] { return dialog->findChild<QPushButton*>(QStringLiteral("fixWrite"))->isEnabled(); }, Patience);
        }
        return dialog;
    }
    std::shared_ptr<const Checkpoint> write(FixDialog* dialog, const char* output)
    {
        const std::string place = m_dir->path(output);
        test::retype(dialog->findChild<QLineEdit*>(QStringLiteral("fixOutput")), QString::fromStdString(place));
        auto* button = dialog->findChild<QPushButton*>(QStringLiteral("fixWrite"));
        (void)QTest::qWaitFor([button] { return !button->isEnabled(); }, 1000);
        if (!QTest::qWaitFor([button] { return button->isEnabled(); }, Patience)) {
            return nullptr;
        }
        QTest::mouseClick(button, Qt::LeftButton);
        if (!QTest::qWaitFor([this] { return m_window->onReceipt() && m_window->idle(); }, Patience)) {
            return nullptr;
        }
        return test::openOrDie(place);
    }
    static QStringList groups(const FixDialog* dialog)
    {
        QStringList all;
        const auto* model = dialog->findChild<QTreeView*>(QStringLiteral("fixEdits"))->model();
        for (int row = 0; row < model->rowCount(); ++row) {
            all << model->index(row, EditTreeModel::Tensor).data().toString() + QLatin1Char(':')
                    + QString::number(model->index(row, EditTreeModel::Tensor).data(Qt::CheckStateRole).toInt());
        }
        return all;
    }
    MetadataPanel* metadata()
    {
        QDockWidget* dock = m_window->dock(QStringLiteral("metadata"));
        dock->show();
        dock->raise();
        return m_window->findChild<MetadataPanel*>();
    }
    static QModelIndex row(const MetadataModel* model, const std::string& key, const QModelIndex& under = {})
    {
        for (int at = 0; at < model->rowCount(under); ++at) {
            const QModelIndex index = model->index(at, 0, under);
            if (const auto* entry = model->entry(index); entry != nullptr && entry->key == key) {
                return index;
            }
            if (const QModelIndex found = row(model, key, index); found.isValid()) {
                return found;
            }
        }
        return {};
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

    void aCastIsShownUndoneAndWritten()
    {
        QVERIFY(m_fixture->open(m_fixture->demo()));
        choose(Conv);
        QCOMPARE(wants(Conv), QString());
        QCOMPARE(filtered("is:edited"), std::size_t{24}); // what the rules ask for
        QVERIFY(!m_window->action(QStringLiteral("edit.undo"))->isEnabled());
        m_window->filterBar()->setText({});
        choose(Conv);
        castTo("F32");
        QCOMPARE(wants(Conv), QStringLiteral("\u2192 F32"));
        QCOMPARE(filtered("is:edited"), std::size_t{25});
        m_window->filterBar()->setText({});
        activate();
        QTest::keyClick(m_window, Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(wants(Conv), QString());
        QCOMPARE(filtered("is:edited"), std::size_t{24});
        activate();
        QTest::keyClick(m_window, Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
        QCOMPARE(wants(Conv), QStringLiteral("\u2192 F32"));

        FixDialog* dialog = review();
        QVERIFY(dialog != nullptr);
        QVERIFY2(groups(dialog).front() == QStringLiteral("Casts by hand (1):2"), qPrintable(groups(dialog).join(QLatin1Char('|'))));
        QVERIFY2(dialog->command().contains(QStringLiteral("--cast model.layers.0.linear_attn.conv1d.weight=F32")), qPrintable(dialog->command()));
        const auto written = write(dialog, "out");
        QVERIFY(written != nullptr);
        QCOMPARE(written->find(Conv)->dtype, DType::F32);
        QCOMPARE(written->find(ALog)->dtype, DType::F32);
    }

    /// What was asked for survives a reload, and is not dropped without a question.
    void keptByAReload()
    {
        const std::string model = m_fixture->demo();
        QVERIFY(m_fixture->open(model));
        choose(Conv);
        castTo("F32");
        m_window->editMetadata("made", "by hand");
        QSignalSpy changed(m_window, &MainWindow::documentChanged);
        trigger("file.reload");
        QTRY_VERIFY_WITH_TIMEOUT(changed.count() == 1 && m_window->idle(), Patience);
        QCOMPARE(wants(Conv), QStringLiteral("\u2192 F32"));
        QCOMPARE(filtered("is:edited"), std::size_t{25});
        m_window->filterBar()->setText({});
        QVERIFY(document().hand()->edits().metadata.contains("made"));
        // of a tensor that is another now nothing is kept
        test::SafetensorsFile other;
        other.addValue(Conv, "F32", {2, 2}, 1);
        for (const char* shard : {"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"}) {
            std::filesystem::remove(model + '/' + shard);
        }
        std::filesystem::remove(model + "/model.safetensors.index.json");
        other.write(model + "/model.safetensors");
        trigger("file.reload");
        QTRY_VERIFY_WITH_TIMEOUT(changed.count() == 2 && m_window->idle(), Patience);
        QVERIFY(document().hand()->edits().casts.empty());
        QVERIFY(document().hand()->edits().metadata.contains("made"));
    }

    void asksBeforeEditsAreDropped_data()
    {
        QTest::addColumn<QString>("how");
        QTest::newRow("closing the checkpoint") << "file.close";
        QTest::newRow("closing the window") << "file.quit";
        QTest::newRow("opening another") << "open";
    }
    void asksBeforeEditsAreDropped()
    {
        QFETCH(QString, how);
        const std::string model = m_fixture->demo();
        const std::string other = m_fixture->demo("other");
        QVERIFY(m_fixture->open(model));
        choose(Conv);
        castTo("F32");
        const auto leave = [&](const char* answer) {
            return answering(answer, [&] { how == QLatin1String("open") ? m_window->open({other}) : m_window->action(how)->trigger(); });
        };
        QCOMPARE(leave("Cancel"), 1);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle(), Patience);
        QVERIFY(m_window->isVisible() && m_window->document() != nullptr);
        QCOMPARE(document().paths().front(), model);
        QCOMPARE(wants(Conv), QStringLiteral("\u2192 F32"));
        // what a fix has written may go
        if (how == QLatin1String("file.close")) {
            FixDialog* dialog = review();
            QVERIFY(write(dialog, "out") != nullptr);
            QCOMPARE(leave("Discard"), 0);
        } else {
            QCOMPARE(leave("Discard"), 1);
        }
        if (how == QLatin1String("open")) {
            QTRY_VERIFY_WITH_TIMEOUT(m_window->idle() && document().paths().front() == other, Patience);
        } else {
            QTRY_VERIFY(how == QLatin1String("file.quit") ? !m_window->isVisible() : m_window->document() == nullptr);
        }
    }

    /// One click keeps what was left out as it is, and the command says the same.
    void leftOutIsKept()
    {
        QVERIFY(m_fixture->open(m_fixture->demo()));
        choose(ALog);
        trigger("tensor.leaveOut");
        QCOMPARE(wants(ALog), QStringLiteral("left out"));
        QCOMPARE(filtered("is:edited"), std::size_t{23});
        m_window->filterBar()->setText({});
        m_window->findChild<QPushButton*>(QStringLiteral("fixButton"))->click();
        QTRY_VERIFY_WITH_TIMEOUT(m_window->onReceipt() && m_window->idle(), Patience);
        const auto written = test::openOrDie(m_dir->path("model-fixed"));
        QCOMPARE(written->find(ALog)->dtype, DType::BF16);
        QCOMPARE(written->find("model.layers.1.linear_attn.A_log")->dtype, DType::F32);
        // in the dialog it has a row that is not checked; what Copy Command says does the same
        FixDialog* dialog = review(false); // the output exists by now
        QVERIFY(dialog != nullptr);
        const QString command = dialog->command();
        QVERIFY(!command.contains(QString::fromStdString(ALog)) && command.contains(QStringLiteral("--only")));
        dialog->reject();
        QProcess shell;
        shell.start(QStringLiteral("/bin/sh"),
                    {QStringLiteral("-c"),
                     QString(command)
                         .replace(QStringLiteral("ckptscope fix"), QString::fromStdString(test::programPath("ckptscope")) + QStringLiteral(" fix"))
                         .replace(QStringLiteral("model-fixed"), QStringLiteral("by-command"))});
        QVERIFY(shell.waitForFinished(Patience));
        QCOMPARE(shell.exitCode(), 0);
        QCOMPARE(m_dir->read("by-command/model-00001-of-00002.safetensors"), m_dir->read("model-fixed/model-00001-of-00002.safetensors"));
    }

    /// A name may hold what a pattern is made of: the command means that tensor only.
    void commandsOfNamesLikePatterns()
    {
        test::SafetensorsFile file;
        file.addValue("w*", "F32", {2}, 1.5).addValue("wx", "F32", {2}, 1.5).addValue("q?[0]", "F32", {2}, 1.5).addValue("qq[0]", "F32", {2}, 1.5);
        file.addValue("a\\*", "F32", {2}, 1.5).addValue("a\\b", "F32", {2}, 1.5);
        file.write(m_dir->path("odd.safetensors"));
        QVERIFY(m_fixture->open(m_dir->path("odd.safetensors")));
        choose("w*");
        castTo("BF16");
        choose("a\\*");
        castTo("BF16");
        choose("q?[0]");
        trigger("tensor.drop");
        FixDialog* dialog = review();
        QVERIFY(dialog != nullptr);
        const QString command = dialog->command();
        dialog->reject();
        QProcess shell;
        shell.start(QStringLiteral("/bin/sh"),
                    {QStringLiteral("-c"),
                     QString(command)
                         .replace(QStringLiteral("ckptscope fix"), QString::fromStdString(test::programPath("ckptscope")) + QStringLiteral(" fix"))
                         .replace(QStringLiteral("odd-fixed"), QStringLiteral("by-command"))});
        QVERIFY(shell.waitForFinished(Patience));
        QVERIFY2(shell.exitCode() == 0, qPrintable(command + QString::fromUtf8(shell.readAllStandardError())));
        const auto written = test::openOrDie(m_dir->path("by-command.safetensors"));
        QCOMPARE(written->tensors().size(), std::size_t{5});
        QCOMPARE(written->find("w*")->dtype, DType::BF16);
        QCOMPARE(written->find("a\\*")->dtype, DType::BF16);
        QCOMPARE(written->find("wx")->dtype, DType::F32);
        QCOMPARE(written->find("a\\b")->dtype, DType::F32);
        QVERIFY(written->find("q?[0]") == nullptr && written->find("qq[0]") != nullptr);
    }

    /// The filter is asked anew after an edit where it asks for edits, not where a name reads so.
    void filtersFollowEdits()
    {
        QVERIFY(m_fixture->open(m_fixture->demo()));
        m_window->tensorView()->setMode(TensorView::Mode::Flat);
        m_window->filterBar()->setText(QStringLiteral("*.A_log is:edited"));
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle(), Patience);
        QTRY_COMPARE_WITH_TIMEOUT(m_window->tensorView()->view()->model()->rowCount(), 12, Patience); // a fix casts every one
        m_window->filterBar()->setText(QStringLiteral("*.A_log"));
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle(), Patience);
        choose(ALog);
        trigger("tensor.leaveOut");
        m_window->filterBar()->setText(QStringLiteral("*.A_log is:edited"));
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle(), Patience);
        QTRY_COMPARE_WITH_TIMEOUT(m_window->tensorView()->view()->model()->rowCount(), 11, Patience);
        trigger("edit.undo");
        QTRY_COMPARE_WITH_TIMEOUT(m_window->tensorView()->view()->model()->rowCount(), 12, Patience);
        trigger("edit.redo");
        QTRY_COMPARE_WITH_TIMEOUT(m_window->tensorView()->view()->model()->rowCount(), 11, Patience);
    }

    void droppedAndForgotten()
    {
        QVERIFY(m_fixture->open(m_fixture->demo()));
        choose(Conv);
        trigger("tensor.drop");
        QCOMPARE(wants(Conv), QStringLiteral("dropped"));
        FixDialog* dialog = review();
        QVERIFY(dialog != nullptr);
        QVERIFY(groups(dialog).front().startsWith(QStringLiteral("Dropped by hand (1):2")));
        const auto written = write(dialog, "out");
        QVERIFY(written != nullptr && written->find(Conv) == nullptr);
        m_window->activateWindow();
        trigger("tensor.forget");
        QCOMPARE(wants(Conv), QString());
        trigger("edit.undo");
        QCOMPARE(wants(Conv), QStringLiteral("dropped"));
        answering("Discard", [this] { trigger("file.close"); });
        QVERIFY(m_fixture->open(m_dir->path("model"))); // opened again: nothing is remembered
        QVERIFY(document().hand()->empty());
        QVERIFY(!m_window->action(QStringLiteral("edit.undo"))->isEnabled() && !m_window->action(QStringLiteral("edit.redo"))->isEnabled());
    }

    /// What no rule asks for, from an older checkpoint: the dialog asks which, and takes it only where it is the same
    /// tensor.
    void takenFromADonor()
    {
        QVERIFY(m_fixture->open(m_fixture->demo()));
        const auto before = test::readTensors(document().checkpoint());
        std::string wide = test::widenBf16(before.at(Conv).second);
        for (std::size_t i = 0; i < wide.size(); i += 4) {
            wide[i] = '\x34'; // below half of BF16's last bit
        }
        const auto shape = document().checkpoint().find(Conv)->shape;
        test::SafetensorsFile donor;
        donor.add(Conv, "F32", {shape.begin(), shape.end()}, wide);
        donor.write(m_dir->path("donor.safetensors"));
        choose(Conv);
        trigger("tensor.donor");
        QCOMPARE(wants(Conv), QStringLiteral("donor"));
        QTRY_VERIFY_WITH_TIMEOUT(m_window->findChild<FixDialog*>() != nullptr, Patience);
        auto* dialog = m_window->findChild<FixDialog*>();
        auto* field = dialog->findChild<QLineEdit*>(QStringLiteral("fixDonor"));
        QTRY_VERIFY_WITH_TIMEOUT(field->hasFocus(), Patience);
        QVERIFY(dialog->findChild<QLabel*>(QStringLiteral("fixReason"))->text().contains(QStringLiteral("donor")));
        QVERIFY(!dialog->findChild<QPushButton*>(QStringLiteral("fixWrite"))->isEnabled());
        QTest::keyClicks(field, QString::fromStdString(m_dir->path("donor.safetensors")));
        QTest::keyClick(field, Qt::Key_Return);
        // the donor holds nothing else: A_log and dt_bias stay refused until they are cleared
        const auto refused = [dialog] { return dialog->findChild<QLabel*>(QStringLiteral("fixReason"))->text().contains(QStringLiteral("refused")); };
        QTRY_VERIFY_WITH_TIMEOUT(refused(), Patience);
        QVERIFY(groups(dialog).front().startsWith(QStringLiteral("From a donor, by hand (1):2")));
        auto* model = dialog->findChild<QTreeView*>(QStringLiteral("fixEdits"))->model();
        for (int group = 1; group < model->rowCount(); ++group) {
            model->setData(model->index(group, EditTreeModel::Tensor), Qt::Unchecked, Qt::CheckStateRole);
        }
        auto* write = dialog->findChild<QPushButton*>(QStringLiteral("fixWrite"));
        QTRY_VERIFY_WITH_TIMEOUT(write->isEnabled(), Patience);
        QVERIFY2(dialog->command().contains(QString::fromStdString("--donor-take " + Conv)), qPrintable(dialog->command()));
        const auto written = this->write(dialog, "out");
        QVERIFY(written != nullptr);
        QVERIFY(test::readTensors(*written).at(Conv) == (std::pair<std::string, std::string>{"F32", wide}));
    }

    /// Several at once, of which one holds no floats: no dtype is offered; narrowing asks first.
    void onlyWhatMakesSense()
    {
        test::SafetensorsFile file;
        file.addValue("a.weight", "F32", {4}, 1).addValue("b.ids", "I64", {2}, 3);
        file.write(m_dir->path("m.safetensors"));
        QVERIFY(m_fixture->open(m_dir->path("m.safetensors")));
        QVERIFY(!m_window->action(QStringLiteral("file.review"))->isEnabled());
        m_window->tensorView()->setMode(TensorView::Mode::Flat);
        m_window->tensorView()->view()->selectAll();
        QMenu* menu = m_window->action(QStringLiteral("tensor.cast"))->menu();
        Q_EMIT menu->aboutToShow();
        QCOMPARE(menu->actions().size(), 1);
        QVERIFY(!menu->actions().front()->isEnabled());
        choose("a.weight");
        castTo("BF16");
        QVERIFY(m_window->action(QStringLiteral("file.review"))->isEnabled());
        QVERIFY(!m_window->tensorView()->view(TensorView::Mode::Flat)->isColumnHidden(int(Column::Wants)));
        trigger("file.fix"); // it loses precision: the dialog asks
        QTRY_VERIFY_WITH_TIMEOUT(m_window->findChild<FixDialog*>() != nullptr, Patience);
        auto* dialog = m_window->findChild<FixDialog*>();
        QTRY_VERIFY_WITH_TIMEOUT(dialog->findChild<QPushButton*>(QStringLiteral("fixWrite"))->isEnabled(), Patience);
        const auto written = write(dialog, "out.safetensors");
        QVERIFY(written != nullptr);
        QCOMPARE(written->find("a.weight")->dtype, DType::BF16);
    }

    void metadataIsEditedThroughTheFix()
    {
        test::SafetensorsFile file;
        file.metadata("format", "pt").metadata("note", "old").metadata("other", "x").addValue("a.weight", "F32", {4}, 1);
        file.write(m_dir->path("m.safetensors"));
        QVERIFY(m_fixture->open(m_dir->path("m.safetensors")));
        MetadataPanel* panel = metadata();
        QAbstractItemModelTester tester(panel->model(), QAbstractItemModelTester::FailureReportingMode::Fatal);
        auto* edit = panel->findChild<QPushButton*>(QStringLiteral("metadataEdit"));
        QVERIFY(!edit->isEnabled()); // nothing is selected
        panel->view()->setCurrentIndex(row(panel->model(), "note"));
        panel->view()->setFocus();
        QTest::keyClick(panel->view(), Qt::Key_Return);
        auto* dialog = panel->findChild<MetadataDialog*>();
        QVERIFY(dialog != nullptr && dialog->findChild<QLineEdit*>(QStringLiteral("metadataKey"))->isReadOnly());
        dialog->findChild<QPlainTextEdit*>(QStringLiteral("metadataValue"))
            ->insertPlainText(QStringLiteral("new \u00e9\n2")); // what was there is selected
        QTest::mouseClick(dialog->findChild<QPushButton*>(QStringLiteral("metadataAccept")), Qt::LeftButton);
        const auto* entry = panel->model()->entry(row(panel->model(), "note"));
        QVERIFY(entry->edited && entry->from.contains(QStringLiteral("old")));
        // the edited row is still the current one; the next one goes by a key
        panel->view()->setCurrentIndex(row(panel->model(), "other"));
        QTest::keyClick(panel->view(), Qt::Key_Delete);
        QVERIFY(panel->model()->entry(row(panel->model(), "other"))->removed);
        QTest::mouseClick(panel->findChild<QPushButton*>(QStringLiteral("metadataAdd")), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(panel->findChild<MetadataDialog*>() != nullptr, Patience);
        auto* adding = panel->findChildren<MetadataDialog*>().last();
        auto* accept = adding->findChild<QPushButton*>(QStringLiteral("metadataAccept"));
        QVERIFY(!accept->isEnabled());
        adding->findChild<QLineEdit*>(QStringLiteral("metadataKey"))->setText(QStringLiteral("added"));
        QVERIFY(accept->isEnabled());
        QTest::mouseClick(accept, Qt::LeftButton);
        QVERIFY(row(panel->model(), "added").isValid());
        trigger("edit.undo");
        QVERIFY(!row(panel->model(), "added").isValid());
        trigger("edit.redo");

        FixDialog* review = this->review(); // no edit of a tensor: the metadata alone is written
        QVERIFY(review != nullptr);
        const QString summary = review->findChild<QLabel*>(QStringLiteral("fixSummary"))->text();
        QVERIFY2(summary.contains(QStringLiteral("other is removed")) && summary.contains(QStringLiteral("note = new")), qPrintable(summary));
        const QString command = review->command();
        QVERIFY2(command.contains(QStringLiteral("--remove-metadata other")) && command.contains(QStringLiteral("--set-metadata added=")),
                 qPrintable(command));
        const auto written = write(review, "out.safetensors");
        QVERIFY(written != nullptr);
        std::map<std::string, std::string> pairs;
        for (const MetadataEntry& one : written->metadata()) {
            pairs[one.key] = std::get<std::string>(one.value);
        }
        QCOMPARE(pairs, (std::map<std::string, std::string>{{"format", "pt"}, {"note", "new \xc3\xa9\n2"}, {"added", ""}}));
    }

    /// One tree: sections, nested keys, equal pairs of several shards once; searched, and copied with whole keys.
    void metadataTree()
    {
        QVERIFY(m_fixture->open(m_fixture->demo()));
        MetadataPanel* panel = metadata();
        QAbstractItemModelTester tester(panel->model(), QAbstractItemModelTester::FailureReportingMode::Fatal);
        QCOMPARE(panel->model()->index(0, 0).data().toString(), QStringLiteral("__metadata__"));
        const auto* format = panel->model()->entry(row(panel->model(), "format"));
        QVERIFY(format != nullptr && format->from.contains(QLatin1Char('2'))); // both shards, one row
        const QModelIndex nested = row(panel->model(), "architectures.0");
        QVERIFY(nested.isValid() && nested.data().toString() == QStringLiteral("0"));
        QCOMPARE(nested.parent().data().toString(), QStringLiteral("architectures"));
        test::retype(panel->findChild<QLineEdit*>(QStringLiteral("metadataSearch")), QStringLiteral("Qwen3NextFor"));
        QCOMPARE(panel->model()->shown(), std::uint64_t{1});
        QVERIFY(panel->view()->isExpanded(panel->model()->index(0, 0)));
        panel->view()->setFocus();
        panel->view()->selectAll();
        QTest::keyClick(m_window, Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QApplication::clipboard()->text(), QStringLiteral("architectures.0\tQwen3NextForCausalLM"));
    }

    void torchSourcesChooseTheirFormat()
    {
        test::writeTorchFolder(*m_dir, "torch");
        QVERIFY(m_fixture->open(m_dir->path("torch")));
        FixDialog* dialog = review();
        QVERIFY(dialog != nullptr);
        QVERIFY(dialog->findChild<QComboBox*>(QStringLiteral("fixTarget")) != nullptr);
        dialog->reject();

        test::TorchFile file;
        file.dense(ALog, "BFloat16Storage", 2, {4}, std::string(8, '\x3f'));
        file.dense("model.layers.0.linear_attn.in_proj_qkvz.weight", "BFloat16Storage", 2, {2, 2}, std::string(8, '\x3f'));
        m_dir->write("one.pt", file.bytes());
        QTRY_VERIFY_WITH_TIMEOUT(m_window->findChild<FixDialog*>() == nullptr, Patience);
        QVERIFY(m_fixture->open(m_dir->path("one.pt")));
        choose(ALog); // no rule knows what model it is
        castTo("F32");
        dialog = review();
        QVERIFY(dialog != nullptr);
        auto* target = dialog->findChild<QComboBox*>(QStringLiteral("fixTarget"));
        auto* output = dialog->findChild<QLineEdit*>(QStringLiteral("fixOutput"));
        QVERIFY(output->text().endsWith(QStringLiteral("/one-fixed.safetensors")));
        target->setFocus();
        QTest::keyClick(target, Qt::Key_Down);
        QVERIFY2(output->text().endsWith(QStringLiteral("/one-fixed.pt")), qPrintable(output->text()));
        QVERIFY(dialog->command().contains(QStringLiteral("--to torch")));
        const auto written = write(dialog, "mine.pt");
        QVERIFY(written != nullptr);
        QCOMPARE(written->format(), std::string("torch"));
        QCOMPARE(written->find(ALog)->dtype, DType::F32);
    }
};

QTEST_MAIN(TestHandEdits)
#include "tst_handedits.moc"
