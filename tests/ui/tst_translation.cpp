// SPDX-License-Identifier: Apache-2.0
// The window in another language: the German catalogue stands for all of them.
#include "core/report/messages.h"
#include "tests/support/windowfixture.h"
#include "ui/text.h"
#include "ui/translation.h"
#include "ui/views/bannerwidget.h"

#include <QLabel>
#include <QMenuBar>
#include <QRegularExpression>
#include <QTest>

using namespace ckptscope;
using namespace Qt::StringLiterals;

class TestTranslation : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        QLocale::setDefault(QLocale(QLocale::German, QLocale::Germany));
        ui::installTranslations(*QCoreApplication::instance(), QLocale());
        m_fixture = std::make_unique<test::WindowFixture>();
    }
    void cleanupTestCase() { m_fixture.reset(); }

    void sentences_data()
    {
        QTest::addColumn<QString>("context");
        QTest::addColumn<QString>("source");
        QTest::addColumn<int>("count");
        QTest::addColumn<QString>("german");
        QTest::newRow("plain") << "ckptscope::ui::MainWindow"
                               << "Open Folder" << -1 << u"Ordner \u00f6ffnen"_s;
        QTest::newRow("one") << "ckptscope::ui::MainWindow"
                             << "Copied %n line(s)." << 1 << "1 Zeile kopiert.";
        QTest::newRow("many") << "ckptscope::ui::MainWindow"
                              << "Copied %n line(s)." << 5 << "5 Zeilen kopiert.";
        QTest::newRow("core's") << "verdict"
                                << "This checkpoint holds no tensors." << -1 << "Dieser Checkpoint hat keine Tensoren.";
        QTest::newRow("beyond ASCII") << "ckptscope::ui::ComparisonModel"
                                      << u"\u2016A\u2212B\u2016 / \u2016A\u2016 over values that are finite on both sides"_s << -1
                                      << u"\u2016A\u2212B\u2016 / \u2016A\u2016 \u00fcber Werte, die auf beiden Seiten endlich sind"_s;
        QTest::newRow("not in the catalogue") << "ckptscope::ui::MainWindow"
                                              << "never said" << -1 << "never said";
    }
    void sentences()
    {
        QFETCH(QString, context);
        QFETCH(QString, source);
        QFETCH(int, count);
        QTEST(QCoreApplication::translate(context.toUtf8().constData(), source.toUtf8().constData(), nullptr, count), "german");
    }

    void everyMenuSpeaksGerman()
    {
        QStringList english;
        for (const QString& name : m_fixture->window.actionNames()) {
            const QString text = m_fixture->window.action(name)->text();
            QVERIFY2(!text.isEmpty(), qPrintable(name));
            if (QRegularExpression(u"\\b(Open|Copy|Save|Export|Show|Next|Previous|Select|Close|Quit|This|All|Folder|Columns?)\\b"_s)
                    .match(QString(text).remove(u'&'))
                    .hasMatch()) {
                english << text;
            }
        }
        QVERIFY2(english.isEmpty(), qPrintable(english.join(u", "_s)));
        QCOMPARE(m_fixture->window.action(u"file.reload"_s)->text(), u"Neu &laden"_s);
    }

    void theVerdictIsSaidInGerman()
    {
        QVERIFY(m_fixture->open(m_fixture->demo()));
        const CheckReport& report = m_fixture->window.document()->report();
        const VerdictText text = verdictText(m_fixture->window.document()->checkpoint(), report, ui::numberStyle(), ui::translated);
        QVERIFY2(text.title.find("sind zu schmal gespeichert") != std::string::npos, text.title.c_str());
        bool shown = false;
        for (const QLabel* label : m_fixture->window.banner()->findChildren<QLabel*>()) {
            shown = shown || label->text() == ui::fromUtf8(text.title);
        }
        QVERIFY(shown);
        QVERIFY(m_fixture->window.windowTitle().contains(u"Verst\u00f6\u00dfe"_s));
    }

    void mnemonicsOfAMenuAreItsOwn()
    {
        QStringList twice;
        for (const QAction* top : m_fixture->window.menuBar()->actions()) {
            QHash<QChar, QString> taken;
            for (const QAction* action : top->menu()->actions()) {
                const qsizetype at = QString(action->text()).replace(u"&&"_s, u"  "_s).indexOf(u'&');
                if (at < 0 || at + 1 >= action->text().size()) {
                    continue;
                }
                const QChar letter = action->text().at(at + 1).toLower();
                if (taken.contains(letter)) {
                    twice << taken.value(letter) + u" / "_s + action->text();
                }
                taken.insert(letter, action->text());
            }
        }
        QVERIFY2(twice.isEmpty(), qPrintable(twice.join(u", "_s)));
    }

private:
    std::unique_ptr<test::WindowFixture> m_fixture;
};

QTEST_MAIN(TestTranslation)
#include "tst_translation.moc"
