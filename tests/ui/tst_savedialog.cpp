// SPDX-License-Identifier: Apache-2.0
// Where to save, as a user answers it: another kind changes the name's ending, a file that is there is asked about; and what a report then holds.
#include "tests/support/safetensorsfile.h"
#include "tests/support/windowfixture.h"
#include "ui/dialogs/savedialog.h"
#include "ui/text.h"
#include "ui/translation.h"

#include <QAction>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QTimer>

#include <memory>

using namespace ckptscope;
using namespace ckptscope::ui;
using test::Patience;

namespace {

/// Waits for the dialog that is asked with; nullptr: none came.
QFileDialog* shownDialog()
{
    return qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
}

} // namespace

class TestSaveDialog : public QObject {
    Q_OBJECT

    test::TempDir m_dir;
    QString path(const char* name) const { return QString::fromStdString(m_dir.path(name)); }

private Q_SLOTS:
    void initTestCase()
    {
        QCoreApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
        installTranslations(*QCoreApplication::instance(), QLocale::c());
    }

    void answers_data()
    {
        QTest::addColumn<int>("kind"); // that is chosen
        QTest::addColumn<QString>("typed");
        QTest::addColumn<QString>("answer");
        QTest::newRow("as suggested") << 0 << QString() << "map.png";
        QTest::newRow("another kind") << 1 << QString() << "map.svg";
        QTest::newRow("another kind, another name") << 2 << "mine"
                                                    << "mine.csv";
        QTest::newRow("a name without an ending") << 0 << "mine"
                                                  << "mine.png";
        QTest::newRow("an ending that was typed") << 0 << "mine.csv"
                                                  << "mine.csv";
    }
    void answers()
    {
        QFETCH(int, kind);
        QFETCH(QString, typed);
        QFETCH(QString, answer);
        QWidget parent;
        parent.show();
        QTimer::singleShot(0, &parent, [&] {
            QTRY_VERIFY(shownDialog() != nullptr);
            auto* dialog = shownDialog();
            auto* kinds = dialog->findChild<QComboBox*>(QStringLiteral("fileTypeCombo"));
            QVERIFY(kinds != nullptr);
            kinds->setFocus();
            for (int i = 0; i < kind; ++i) {
                QTest::keyClick(kinds, Qt::Key_Down);
            }
            Q_EMIT dialog->filterSelected(kinds->currentText()); // as a click in its list says it
            auto* name = dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"));
            if (!typed.isEmpty()) {
                test::retype(name, typed);
            }
            QTest::keyClick(name, Qt::Key_Return);
            QTest::keyClick(name, Qt::Key_Return); // the first may only take a completion
        });
        const QString file = chooseSaveFile(&parent, QStringLiteral("Save"), path("map.png"),
                                            {QStringLiteral("PNG (*.png)"), QStringLiteral("SVG (*.svg)"), QStringLiteral("CSV (*.csv)")});
        QCOMPARE(file, QFileInfo(path("x")).path() + QLatin1Char('/') + answer);
    }

    /// The new ending names a file that is there: nothing is replaced without a question.
    void asksAboutAnotherKindsFile()
    {
        m_dir.write("taken.csv", "mine");
        QWidget parent;
        parent.show();
        bool asked = false;
        QTimer::singleShot(0, &parent, [&] {
            QTRY_VERIFY(shownDialog() != nullptr);
            auto* dialog = shownDialog();
            auto* kinds = dialog->findChild<QComboBox*>(QStringLiteral("fileTypeCombo"));
            kinds->setCurrentIndex(1);
            Q_EMIT dialog->filterSelected(kinds->currentText());
            auto* name = dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"));
            QCOMPARE(name->text(), QStringLiteral("taken.csv"));
            QTimer::singleShot(0, dialog, [&] {
                QTRY_VERIFY(qobject_cast<QMessageBox*>(QApplication::activeModalWidget()) != nullptr);
                asked = true;
                QTest::keyClick(QApplication::activeModalWidget(), Qt::Key_Escape);
            });
            dialog->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Save)->click();
            QTRY_VERIFY(shownDialog() == dialog);
            dialog->reject();
        });
        QCOMPARE(chooseSaveFile(&parent, QStringLiteral("Save"), path("taken.png"), {QStringLiteral("PNG (*.png)"), QStringLiteral("CSV (*.csv)")}),
                 QString());
        QVERIFY(asked);
    }

    void survivesItsParent()
    {
        auto* parent = new QWidget;
        parent->show();
        QTimer::singleShot(0, qApp, [&] {
            QTRY_VERIFY(shownDialog() != nullptr);
            shownDialog()->reject();
            delete parent;
        });
        QCOMPARE(chooseSaveFile(parent, QStringLiteral("Save"), path("x.png"), {QStringLiteral("PNG (*.png)")}), QString());
    }

    /// Findings as a table: one row each, exact, and nothing in it that a spreadsheet would run.
    void writesFindingsAsTables()
    {
        test::WindowFixture fixture;
        const std::string folder = fixture.demo();
        QVERIFY(fixture.open(folder));
        const auto saved = [&](const char* name) {
            fixture.window.exportReport(QString::fromStdString(fixture.dir.path(name)));
            return QTest::qWaitFor([&] { return fixture.window.idle(); }, Patience) ? QString::fromStdString(fixture.dir.read(name)) : QString();
        };
        const QString csv = saved("findings.csv");
        QVERIFY2(csv.startsWith(QStringLiteral("severity,rule,tensor,file,offset,finding,fix\r\n")), qPrintable(csv.left(200)));
        QCOMPARE(csv.count(QStringLiteral("\r\nviolation,")), 24);
        QVERIFY(
            csv.contains(QStringLiteral("\r\nviolation,gdn.qwen3_next.a_log,model.layers.0.linear_attn.A_log,model-00001-of-00002.safetensors,")));
        const QString markdown = saved("findings.md");
        QVERIFY(markdown.startsWith(QStringLiteral("| severity | rule | tensor | file | offset | finding | fix |\n|---|")));
        QCOMPARE(markdown.count(QStringLiteral("\n| violation |")), 24);
    }
};

QTEST_MAIN(TestSaveDialog)
#include "tst_savedialog.moc"
