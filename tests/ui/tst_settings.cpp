// SPDX-License-Identifier: Apache-2.0
#include "ui/settings.h"

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace ckptscope::ui;
using namespace Qt::StringLiterals;

class TestSettings : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void everythingComesBack();
    void wreckedFilesGiveDefaults_data();
    void wreckedFilesGiveDefaults();
    void oddValuesGiveDefaults_data();
    void oddValuesGiveDefaults();
    void recentIsOrderedAndCapped();
    void pathsKeepTheirBytes();
    void forgetting();
    void filterHistory();

private:
    void write(const QByteArray& content) const;
    QTemporaryDir m_folder;
    QString m_file;
};

void TestSettings::init()
{
    m_file = m_folder.filePath(u"settings.ini"_s);
    QFile::remove(m_file);
    QFile::remove(m_file + u".broken"_s);
}

void TestSettings::write(const QByteArray& content) const
{
    QFile file(m_file);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(content);
}

void TestSettings::everythingComesBack()
{
    Preferences wanted;
    wanted.theme = Theme::Dark;
    wanted.reopenLast = true;
    wanted.reviewBeforeFixing = true;
    wanted.scanOnOpen = true;
    wanted.profile = u"nemo-automodel"_s;
    wanted.ruleFiles = {u"/a, b/rules.json"_s, u"/ü/r.json"_s};
    wanted.outputSuffix = u"-f32"_s;
    wanted.verifyAll = true;
    wanted.hardLinks = true;
    wanted.device = u"cuda:0"_s;
    {
        Settings settings(m_file);
        QSignalSpy changed(&settings, &Settings::preferencesChanged);
        settings.setPreferences(wanted);
        settings.setPreferences(wanted);
        QCOMPARE(changed.size(), 1);
        settings.setWindow("geo\0metry"_ba, "state"_ba);
        settings.setLastFolder(u"open"_s, u"/data"_s);
        settings.setValue(u"view/mode"_s, u"tree"_s);
    }
    Settings settings(m_file);
    QVERIFY(settings.wasReadable());
    QCOMPARE(settings.preferences(), wanted);
    QCOMPARE(settings.geometry(), "geo\0metry"_ba);
    QCOMPARE(settings.windowState(), "state"_ba);
    QCOMPARE(settings.lastFolder(u"open"_s), u"/data"_s);
    QCOMPARE(settings.lastFolder(u"export"_s), QString());
    QCOMPARE(settings.value(u"view/mode"_s).toString(), u"tree"_s);
}

void TestSettings::wreckedFilesGiveDefaults_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("bytes") << QByteArray("\x00\xff\xfe[[[\n\x01\n====\n]", 15);
    QTest::newRow("no key") << QByteArray("[general\ntheme\n");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("a page") << QByteArray("<html><body>404</body></html>\n");
}

void TestSettings::wreckedFilesGiveDefaults()
{
    QFETCH(QByteArray, content);
    write(content);
    {
        Settings settings(m_file);
        QCOMPARE(settings.preferences(), Preferences());
        QVERIFY(settings.recent().empty());
        Preferences changed;
        changed.theme = Theme::Light; // and it can be written to again
        settings.setPreferences(changed);
    }
    QCOMPARE(Settings(m_file).preferences().theme, Theme::Light);
}

void TestSettings::oddValuesGiveDefaults_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("theme") << QByteArray("[general]\ntheme=mauve\n");
    QTest::newRow("flags") << QByteArray("[general]\nreopenLast=7\nscanOnOpen=maybe\n[privacy]\nrememberRecent=@Variant(\\0\\0)\n");
    QTest::newRow("suffix with a path") << QByteArray("[fix]\nsuffix=/../../etc\n");
    QTest::newRow("empty suffix") << QByteArray("[fix]\nsuffix=\n");
    QTest::newRow("profile") << QByteArray("[rules]\nprofile=strict\n");
    QTest::newRow("list for a text") << QByteArray("[fix]\nsuffix=a, b\n");
    QTest::newRow("long") << QByteArray("[fix]\ndevice=") + QByteArray(200'000, 'x') + "\n";
}

void TestSettings::oddValuesGiveDefaults()
{
    QFETCH(QByteArray, content);
    write(content);
    QCOMPARE(Settings(m_file).preferences(), Preferences());
}

void TestSettings::recentIsOrderedAndCapped()
{
    {
        Settings settings(m_file);
        QSignalSpy changed(&settings, &Settings::recentChanged);
        for (int i = 0; i < 25; ++i) {
            settings.addRecent({"/data/" + std::to_string(i), u"clean"_s, 10, 20, 1000 + i});
        }
        settings.addRecent({"/data/20", u"violations"_s, 93696, 70115341926, 5000}); // again: to the front, not twice
        QCOMPARE(changed.size(), 26);
    }
    Settings settings(m_file);
    QCOMPARE(settings.recent().size(), std::size_t(Settings::MaxRecent));
    QCOMPARE(settings.recent()[0], (RecentEntry{"/data/20", u"violations"_s, 93696, 70115341926, 5000}));
    QCOMPARE(settings.recent()[1].path, std::string("/data/24"));
    settings.removeRecent("/data/24");
    QCOMPARE(Settings(m_file).recent()[1].path, std::string("/data/23"));
}

void TestSettings::pathsKeepTheirBytes()
{
    const std::string odd("/data/\xff\xfe caf\xc3\xa9, \"x\" [*]\n%1");
    Settings(m_file).addRecent({odd, u"violations"_s, 1, 2, 3});
    QCOMPARE(Settings(m_file).recent().at(0).path, odd);
}

void TestSettings::forgetting()
{
    Settings settings(m_file);
    settings.addRecent({"/data/secret-model", {}, 1, 2, 3});
    settings.addFilter(u"secret-filter"_s);
    settings.setLastFolder(u"open"_s, u"/data/secret-folder"_s);
    Preferences preferences;
    preferences.rememberRecent = false;
    settings.setPreferences(preferences);
    settings.addRecent({"/data/secret-again", {}, 1, 2, 3});
    settings.addFilter(u"secret-again"_s);
    settings.setLastFolder(u"open"_s, u"/data/secret-again"_s);
    QVERIFY(settings.recent().empty());
    QVERIFY(Settings(m_file).filterHistory().isEmpty());
    QFile file(m_file);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(!file.readAll().contains("secret"));
}

void TestSettings::filterHistory()
{
    Settings settings(m_file);
    for (int i = 0; i < 25; ++i) {
        settings.addFilter(u"layer:%1"_s.arg(i));
    }
    settings.addFilter(u"  layer:20 "_s);
    settings.addFilter(u"   "_s);
    QCOMPARE(settings.filterHistory().size(), Settings::MaxFilters);
    QCOMPARE(settings.filterHistory().first(), u"layer:20"_s);
    QCOMPARE(Settings(m_file).filterHistory(), settings.filterHistory());
}

QTEST_GUILESS_MAIN(TestSettings)
#include "tst_settings.moc"
