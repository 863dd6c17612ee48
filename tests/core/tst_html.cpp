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

#include <clocale>

using namespace ckptscope;

namespace {

struct Made {
    std::shared_ptr<const Checkpoint> checkpoint;
    std::shared_ptr<const CheckReport> report;
    QString page;
};

Made pageOf(const std::string& path, const report::HtmlExtras* more = nullptr)
{
    Made made;
    made.checkpoint = test::openOrDie(path);
    made.report = *runChecks(*made.checkpoint, {});
    std::string text;
    const auto read = report::readHtmlExtras(made.checkpoint);
    if (!read) {
        qFatal("the decay parameters cannot be read");
    }
    report::HtmlExtras extras = *read;
    if (more != nullptr) {
        extras.receipt = more->receipt;
        extras.statistics = more->statistics;
        extras.moreStatistics = more->moreStatistics;
    }
    report::writeCheckHtml(
        made.checkpoint, *made.report, findRoles(*made.checkpoint), [&text](std::string_view piece) { text += piece; }, {}, extras);
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
        const QSet<QString> known{"html", "head", "meta",    "title",   "style", "body", "header", "h1",   "h2",   "h3",   "p",
                                  "dl",   "dt",   "dd",      "table",   "tr",    "th",   "td",     "div",  "span", "code", "br",
                                  "ul",   "li",   "details", "summary", "a",     "svg",  "rect",   "line", "path", "text", "g"};
        for (const QString& name : elements) {
            QVERIFY2(known.contains(name), qPrintable(name));
        }
        // the plots: where the bytes are, half-lives, and the values of two decay parameters
        QCOMPARE(elements.count(QStringLiteral("svg")), 4);
        QVERIFY(made.page.contains(QStringLiteral("aria-label=\"Half-life: 12 layers, 16 heads each, ")));
        QVERIFY(made.page.contains(QStringLiteral("value of A_log: 192 values from ")));
        QVERIFY(made.page.contains(QStringLiteral("value of dt_bias: 192 values from ")));
        QVERIFY(made.page.contains(QStringLiteral("Where the bytes are: 415 tensors")));
        QVERIFY(made.page.contains(QStringLiteral("What it means")));
        QVERIFY(!made.page.contains(QStringLiteral("Statistics</h2>"))); // no values were read
    }

    /// Numbers of pictures have points, whatever the program's locale says.
    void numbersOfPicturesHavePoints()
    {
        const char* before = std::setlocale(LC_NUMERIC, nullptr);
        const std::string kept = before != nullptr ? before : "C";
        const bool german = std::setlocale(LC_NUMERIC, "de_DE.UTF-8") != nullptr;
        const QString page = pageOf(test::sourcePath("resources/demo/qwen3-next-tiny-bf16")).page;
        std::setlocale(LC_NUMERIC, kept.c_str());
        const QRegularExpression number(QStringLiteral(" (?:x|y|x1|x2|y1|y2|width|height)=\"([^\"]*)\""));
        const QRegularExpression good(QStringLiteral("^-?[0-9]+(\\.[0-9])?$"));
        int numbers = 0;
        for (auto each = number.globalMatch(page); each.hasNext(); ++numbers) {
            const QString text = each.next().captured(1);
            QVERIFY2(good.match(text).hasMatch(), qPrintable(text));
        }
        QVERIFY(numbers > 500);
        if (!german) {
            qInfo("de_DE.UTF-8 is not installed: only the C locale was looked at");
        }
    }

    void theReceiptComesFirst()
    {
        const auto checkpoint = test::openOrDie(test::sourcePath("resources/demo/qwen3-next-tiny-bf16"));
        report::HtmlExtras extras;
        Receipt receipt;
        receipt.source = checkpoint->path();
        receipt.output = "/there/<b>OUT</b>";
        receipt.edits.resize(2);
        receipt.edits[0] = {"model.layers.0.linear_attn.A_log",
                            {},
                            EditOp::Cast,
                            DType::BF16,
                            DType::F32,
                            "f",
                            std::string(64, 'a'),
                            std::string(64, 'b'),
                            "widened",
                            {}};
        receipt.edits[1] = {"<script>x\u202e</script>", "new", EditOp::Drop, DType::F32, DType::F32, "f", {}, {}, "dropped", {}};
        receipt.untouchedTensors = 413;
        receipt.findingsLeft = 3;
        receipt.muted = {"gdn.qwen3_next.norm"};
        extras.receipt = receipt;
        TensorValues values;
        values.tensor = 0;
        values.statistics = Statistics();
        values.statistics->narrowest = DType::BF16;
        extras.statistics.push_back(values);
        extras.moreStatistics = 12;
        const Made made = pageOf(checkpoint->path(), &extras);
        const QStringList elements = elementsOf(made.page);
        QVERIFY(!elements.isEmpty());
        QVERIFY(!elements.contains(QStringLiteral("script")) && !elements.contains(QStringLiteral("b")));
        QCOMPARE(elements.count(QStringLiteral("h1")), 1);
        QVERIFY(made.page.contains(
            QStringLiteral("<h1>Written and verified: /there/&lt;b&gt;OUT&lt;/b&gt;. 2 tensors changed, 413 byte-identical.</h1>")));
        QVERIFY(made.page.contains(QStringLiteral("3 violations are left.")));
        QVERIFY(made.page.contains(QStringLiteral("<code>gdn.qwen3_next.norm</code>: what these rules find was neither mended nor counted")));
        QVERIFY(made.page.contains(QStringLiteral("<h3>24 tensors are stored too narrow"))); // what was before
        QVERIFY(made.page.indexOf(QStringLiteral("What was changed")) < made.page.indexOf(QStringLiteral("<h3>24 tensors")));
        QVERIFY(made.page.contains(QStringLiteral("Statistics</h2>")) && made.page.contains(QStringLiteral("and 12 more")));
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
            QVERIFY(c == QLatin1Char('\n') || !(c.category() == QChar::Other_Control || c.category() == QChar::Other_Format));
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
