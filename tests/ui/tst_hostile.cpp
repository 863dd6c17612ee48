// SPDX-License-Identifier: Apache-2.0
// What a file can name must neither run nor pose as something else in the window.
#include "tests/support/windowfixture.h"
#include "ui/views/bannerwidget.h"
#include "ui/views/detailspanel.h"
#include "ui/views/findingspanel.h"
#include "ui/views/messagebar.h"

#include <QAbstractItemModelTester>
#include <QAccessible>
#include <QAction>
#include <QClipboard>
#include <QFile>
#include <QGuiApplication>
#include <QLabel>
#include <QPushButton>
#include <QTreeView>

#include <memory>

using namespace ckptscope;
using namespace ckptscope::ui;
using test::Patience;

namespace {

/// Control, bidi and zero-width characters, which change how the text around them looks.
bool spoofs(const QString& text, bool tooltip)
{
    for (const QChar each : text) {
        const ushort code = each.unicode();
        const bool lineEnd = tooltip && code == '\n';
        if ((code < 0x20 && !lineEnd) || (code >= 0x7f && code < 0xa0) || (code >= 0x200b && code <= 0x200f) || (code >= 0x202a && code <= 0x202e)
            || (code >= 0x2066 && code <= 0x2069)) {
            return true;
        }
    }
    return false;
}

} // namespace

class TestHostile : public QObject {
    Q_OBJECT

    std::unique_ptr<test::WindowFixture> m_fixture;
    const test::TempDir* m_dir = nullptr;
    MainWindow* m_window = nullptr;

    void openAndWait(const std::string& path) { QVERIFY(m_fixture->open(path)); }

private Q_SLOTS:
    void init()
    {
        m_fixture = std::make_unique<test::WindowFixture>();
        m_dir = &m_fixture->dir;
        m_window = &m_fixture->window;
    }
    void cleanup() { m_fixture.reset(); }

    void aPickleThatRunsCodeIsSaidInTheBanner()
    {
        constexpr char Pickle[] = "\x80\x02}X\x01\x00\x00\x00wcposix\nsystem\nX\x04\x00\x00\x00true\x85Rs.";
        openAndWait(m_dir->write("evil.pt", std::string_view(Pickle, sizeof Pickle - 1)));
        QCOMPARE(m_window->document()->report().verdict, Verdict::Dangerous);
        QVERIFY(m_window->banner()->isVisible());
        QVERIFY2(m_window->banner()->title().contains(QStringLiteral("posix.system")), qPrintable(m_window->banner()->title()));
        QVERIFY(m_window->windowTitle().contains(QStringLiteral("names code to run")));
        auto* show = m_window->findChild<QPushButton*>(QStringLiteral("showButton"));
        QVERIFY(show != nullptr && show->isVisible());
        QTest::mouseClick(show, Qt::LeftButton);
        QVERIFY(m_window->findings()->view()->currentIndex().isValid());
    }

    void namesCannotSpoof_data()
    {
        QTest::addColumn<QByteArray>("json"); // the key inside the header's JSON
        QTest::newRow("newline") << QByteArray("a\\nb.weight");
        QTest::newRow("ansi") << QByteArray("\\u001b[31mred.weight");
        QTest::newRow("rtl") << QByteArray("\\u202egnp.weight");
        QTest::newRow("zero width") << QByteArray("a\\u200bb.weight");
        QTest::newRow("rich text") << QByteArray("<b>bold</b><img src=x>.weight");
        QTest::newRow("long") << QByteArray(5000, 'k');
        QTest::newRow("title marker") << QByteArray("[*].&weight");
    }
    void namesCannotSpoof()
    {
        QFETCH(QByteArray, json);
        const QByteArray header = "{\"" + json + "\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
        QByteArray file;
        for (int i = 0; i < 8; ++i) {
            file.append(static_cast<char>((static_cast<quint64>(header.size()) >> (8 * i)) & 0xffU));
        }
        file += header + QByteArray(4, '\0');
        openAndWait(m_dir->write("hostile.safetensors", std::string_view(file.constData(), std::size_t(file.size()))));
        QCOMPARE(m_window->document()->size(), 1U);
        for (const auto mode : {TensorView::Mode::Roles, TensorView::Mode::Tree, TensorView::Mode::Flat}) {
            m_window->tensorView()->setMode(mode);
            const QAbstractItemModel* model = m_window->tensorView()->view()->model();
            const QAbstractItemModelTester tester(m_window->tensorView()->view()->model(), QAbstractItemModelTester::FailureReportingMode::Fatal);
            for (int column = 0; column < model->columnCount(); ++column) {
                const QModelIndex cell = model->index(0, column);
                QVERIFY(!spoofs(cell.data().toString(), false));
                QVERIFY(cell.data().toString().size() <= 600);
                QVERIFY(!spoofs(cell.data(Qt::ToolTipRole).toString(), true));
                QVERIFY(!cell.data(Qt::ToolTipRole).toString().contains(QStringLiteral("<img")));
                QVERIFY(!spoofs(cell.data(Qt::AccessibleTextRole).toString(), false));
            }
        }
        QVERIFY(!spoofs(m_window->windowTitle(), false));
        m_window->tensorView()->view()->setCurrentIndex(m_window->tensorView()->view()->model()->index(0, 0));
        m_window->action(QStringLiteral("edit.copy"))->trigger();
        QVERIFY(!spoofs(QGuiApplication::clipboard()->text().remove(QLatin1Char('\t')), false));
    }

    void aFileThatGoesOrShrinksIsNamed_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<QString>("said");
        QTest::newRow("cut") << "cut"
                             << "model-00001-of-00002.safetensors became shorter: 100 B of ";
        QTest::newRow("gone") << "gone"
                              << "model-00001-of-00002.safetensors cannot be opened any more.";
        QTest::newRow("written to") << "grown"
                                    << "model-00001-of-00002.safetensors was replaced or written to.";
    }
    void aFileThatGoesOrShrinksIsNamed()
    {
        QFETCH(QString, what);
        QFETCH(QString, said);
        const std::string folder = m_fixture->demo();
        openAndWait(folder);
        QFile file(QString::fromStdString(folder) + QLatin1String("/model-00001-of-00002.safetensors"));
        if (what == QLatin1String("cut")) {
            QVERIFY(file.resize(100));
        } else if (what == QLatin1String("gone")) {
            QVERIFY(file.remove());
        } else {
            QVERIFY(file.resize(file.size() + 1));
        }
        const auto words = [this] {
            QString all;
            for (const QLabel* label : m_window->messages()->findChildren<QLabel*>()) {
                all += label->text() + QLatin1Char('\n');
            }
            return all;
        };
        QTRY_VERIFY2_WITH_TIMEOUT(words().contains(said), qPrintable(words()), Patience);
        QVERIFY(words().contains(QLatin1String("What is shown is what was read before.")));
        m_window->action(QStringLiteral("file.reload"))->trigger(); // whichever way: then it is true no more
        QTRY_VERIFY_WITH_TIMEOUT(!words().contains(QLatin1String("What is shown is what was read before.")), Patience);
    }

    void aFolderThatLooksLikeMarkupIsTextInTooltips()
    {
        const std::string folder = m_dir->copyTree("a<img src=x>b&amp;c", test::sourcePath("resources/demo/qwen3-next-tiny-bf16"));
        openAndWait(folder);
        const QString tip = m_window->action(QStringLiteral("file.fix"))->toolTip();
        QVERIFY2(tip.contains(QLatin1String("&lt;img src=x&gt;")) && !tip.contains(QLatin1String("<img")), qPrintable(tip));
        bool found = false;
        for (const QAction* action : m_window->findChildren<QAction*>()) {
            QVERIFY2(!action->toolTip().contains(QLatin1String("<img")), qPrintable(action->toolTip()));
            found = found || action->toolTip().contains(QLatin1String("&lt;img"));
        }
        QVERIFY(found);
    }
};

QTEST_MAIN(TestHostile)
#include "tst_hostile.moc"
