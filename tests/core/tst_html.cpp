// SPDX-License-Identifier: Apache-2.0
// The HTML report: well-formed, complete, and deaf to what a file's names try.
#include "core/contracts/check.h"
#include "core/report/html.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/safetensorsfile.h"

#include <QRegularExpression>
#include <QSet>
#include <QTest>
#include <QXmlStreamReader>

using namespace ckptscope;

namespace {

struct Made {
    std::shared_ptr<const Checkpoint> checkpoint;
    std::shared_ptr<const CheckReport> report;
    QString page;
};

Made pageOf(const std::string& path)
{
    Made made;
    made.checkpoint = test::openOrDie(path);
    made.report = *runChecks(*made.checkpoint, {});
    std::string text;
    report::writeCheckHtml(*made.checkpoint, *made.report, findRoles(*made.checkpoint),
                           [&text](std::string_view piece) { text += piece; });
    made.page = QString::fromStdString(text);
    return made;
}

/// The page as XML: void elements closed, the doctype gone. Empty: not well-formed.
QStringList elementsOf(QString page)
{
    page.remove(QLatin1String("<!DOCTYPE html>\n"));
    page.replace(QRegularExpression(QStringLiteral("<(meta|br)([^>]*)>")), QStringLiteral("<\\1\\2/>"));
    QXmlStreamReader xml(page);
    QStringList names;
    while (!xml.atEnd()) {
        if (xml.readNext() == QXmlStreamReader::StartElement) {
            names << xml.name().toString();
        }
    }
    return xml.hasError() ? QStringList() : names;
}

} // namespace

class TestHtml : public QObject {
    Q_OBJECT

    test::TempDir m_dir;

private Q_SLOTS:
    void theDemo()
    {
        const Made made = pageOf(test::sourcePath("resources/demo/qwen3-next-tiny-bf16"));
        const QStringList elements = elementsOf(made.page);
        QVERIFY(!elements.isEmpty());
        QVERIFY(made.page.contains(QStringLiteral("<h1>24 tensors are stored too narrow")));
        QVERIFY(made.page.contains(QStringLiteral("model.layers.0.linear_attn.A_log")));
        QVERIFY(made.page.contains(QStringLiteral("gdn.qwen3_next.a_log")));
        QVERIFY(made.page.contains(QStringLiteral("model-00002-of-00002.safetensors")));
        for (const char* never : {"<script", "javascript:", "src=", "@import", "url("}) { // it stands alone
            QVERIFY2(!made.page.contains(QLatin1String(never), Qt::CaseInsensitive), never);
        }
        const QSet<QString> known{"html", "head", "meta", "title", "style", "body",  "header",  "h1",      "h2",
                                  "h3",   "p",    "dl",   "dt",    "dd",    "table", "tr",      "th",      "td",
                                  "div",  "span", "code", "br",    "ul",    "li",    "details", "summary", "a"};
        for (const QString& name : elements) {
            QVERIFY2(known.contains(name), qPrintable(name));
        }
    }

    void namesCannotBreakOut_data()
    {
        QTest::addColumn<QString>("key");
        QTest::newRow("script") << "</title></style><script>alert(1)</script>.A_log";
        QTest::newRow("attribute") << "\" onmouseover='x' a=\"";
        QTest::newRow("entity") << "&lt;b&gt; & &#39;";
        QTest::newRow("comment") << "<!-- --> ]]>";
        QTest::newRow("bidi") << QStringLiteral("a\u202etxt.\u0007x");
    }

    void namesCannotBreakOut()
    {
        QFETCH(QString, key);
        test::SafetensorsFile plain;
        plain.addValue("model.layers.0.linear_attn.A_log", "BF16", {4}, 1).addValue("harmless", "F32", {2}, 0);
        test::SafetensorsFile hostile;
        hostile.addValue("model.layers.0.linear_attn.A_log", "BF16", {4}, 1).addValue(key.toStdString(), "F32", {2}, 0);
        const QStringList expected = elementsOf(pageOf(m_dir.write("plain.safetensors", plain.bytes())).page);
        const Made made = pageOf(m_dir.write("hostile.safetensors", hostile.bytes()));
        const QStringList elements = elementsOf(made.page);
        QVERIFY(!elements.isEmpty());
        QVERIFY(!elements.contains(QStringLiteral("script")) && !elements.contains(QStringLiteral("b")));
        for (const QChar c : made.page) {
            QVERIFY(c == QLatin1Char('\n')
                    || !(c.category() == QChar::Other_Control || c.category() == QChar::Other_Format));
        }
        QVERIFY(made.page.contains(QStringLiteral("<td class=\"key\">")));
        QCOMPARE(elements.count(QStringLiteral("a")), expected.count(QStringLiteral("a")));
    }

    void aDamagedOne()
    {
        const std::string source = m_dir.copyTree("damaged", test::sourcePath("resources/demo/qwen3-next-tiny-bf16"));
        m_dir.truncate("damaged/model-00002-of-00002.safetensors", 3000);
        const Made made = pageOf(source);
        QVERIFY(!elementsOf(made.page).isEmpty());
        QVERIFY(made.page.contains(QStringLiteral("class=\"violation\">")));
    }
};

QTEST_GUILESS_MAIN(TestHtml)
#include "tst_html.moc"
