// SPDX-License-Identifier: Apache-2.0
// check as its user meets it: verdict and exit code, explanations, rule files of one's own.
#include "tests/support/runprogram.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace ckptscope;
using test::run;

namespace {

QString q(const std::string& text)
{
    return QString::fromStdString(text);
}

/// A folder with one GatedDeltaNet layer; `noted`: without "format", which is a note; `odd`: with advice.
struct Folder {
    std::string config = R"({"architectures":["Qwen3NextForCausalLM"]})";
    std::string decay = "F32";
    bool noted = false;
    bool odd = false;
    bool cut = false;
};

QString write(const test::TempDir& dir, const Folder& folder)
{
    test::SafetensorsFile file;
    if (!folder.noted) {
        file.metadata("format", "pt");
    }
    const bool plain = folder.decay.empty();
    if (!plain) {
        file.addValue("model.layers.0.linear_attn.A_log", folder.decay, {4}, 1);
        file.addValue("model.layers.0.linear_attn.dt_bias", folder.decay, {4}, 1);
        file.addValue("model.layers.0.linear_attn.in_proj_qkvz.weight", "BF16", {192, 64}, 1);
        file.addValue("model.layers.0.linear_attn.in_proj_ba.weight", "BF16", {8, 64}, 1);
    }
    file.addValue("model.norm.weight", "BF16", {8}, 1);
    file.write(dir.path("m/model.safetensors"));
    if (folder.odd) {
        test::SafetensorsFile().metadata("format", "pt").addValue("stray", "BF16", {8}, 1).write(dir.path("m/other.safetensors"));
    }
    if (!folder.config.empty()) {
        dir.write("m/config.json", folder.config);
    }
    if (folder.cut) {
        dir.truncate("m/model.safetensors", 1000);
    }
    return q(dir.path("m"));
}

constexpr auto MyRule =
    R"({"schema":"ckptscope.rules/1","profile":"default","rules":[{"id":"my.norm","title":"norm","architectures":[],
"key_regex":"norm","required_dtypes":["F64"],"severity":"violation","why":"because","sources":["me/mine#1"]}]})";

/// Its second rule is broken, in line 4.
constexpr auto HalfBroken =
    R"({"schema":"ckptscope.rules/1","profile":"default","rules":[{"id":"my.norm","title":"norm","architectures":[],
"key_regex":"norm","required_dtypes":["F64"],"severity":"violation","why":"because","sources":["me/mine#1"]},
{"id":"my.bad","title":"bad","architectures":[],"key_regex":"norm","required_dtypes":["F64"],"severity":"violation",
"why":"", "sources":["me/mine#2"]}]})";

} // namespace

Q_DECLARE_METATYPE(Folder)

class TestVerdicts : public QObject {
    Q_OBJECT

private slots:
    void exitCodes_data()
    {
        QTest::addColumn<Folder>("folder");
        QTest::addColumn<QString>("verdict");
        QTest::addColumn<int>("usual");
        QTest::addColumn<int>("advice");         // with --fail-on advice
        QTest::addColumn<int>("note");           // with --fail-on note
        const std::string mark = "\xEF\xBB\xBF"; // as Windows' editors begin a text
        const std::string llama = R"({"architectures":["LlamaForCausalLM"]})";
        Folder folder;
        QTest::newRow("clean") << folder << "clean" << 0 << 0 << 0;
        folder.noted = true;
        QTest::newRow("clean, with a note") << folder << "clean" << 0 << 0 << 1;
        folder.odd = true;
        QTest::newRow("advice") << folder << "advice" << 0 << 1 << 1;
        QTest::newRow("config.json with a byte order mark") << Folder{mark + Folder().config, "F32", false, false, false} << "advice" << 0 << 1 << 1;
        QTest::newRow("violations, and a byte order mark")
            << Folder{mark + Folder().config, "BF16", false, false, false} << "violations" << 1 << 1 << 1;
        QTest::newRow("violations") << Folder{Folder().config, "BF16", false, false, false} << "violations" << 1 << 1 << 1;
        QTest::newRow("violations, and what else is wrong") << Folder{Folder().config, "BF16", true, true, false} << "violations" << 1 << 1 << 1;
        QTest::newRow("damaged") << Folder{Folder().config, "F32", false, false, true} << "damaged" << 1 << 1 << 1;
        QTest::newRow("no contract") << Folder{llama, "", false, false, false} << "no-contract" << 0 << 0 << 0;
        QTest::newRow("no contract, and advice") << Folder{llama, "", false, true, false} << "no-contract" << 0 << 1 << 1;
        QTest::newRow("config.json lies: violations all the same") << Folder{llama, "BF16", false, false, false} << "violations" << 1 << 1 << 1;
        QTest::newRow("config.json lies: that alone is advice") << Folder{llama, "F32", false, false, false} << "advice" << 0 << 1 << 1;
        QTest::newRow("no config.json: a note says so") << Folder{"", "F32", false, false, false} << "clean" << 0 << 0 << 1;
    }
    void exitCodes()
    {
        QFETCH(Folder, folder);
        QFETCH(QString, verdict);
        const test::TempDir dir;
        const QString path = write(dir, folder);
        const auto plain = run({"check", "--json", path});
        QCOMPARE(plain.json()["verdict"].toString(), verdict);
        QTEST(plain.code, "usual");
        QTEST(run({"check", path, "--fail-on", "advice"}).code, "advice");
        QTEST(run({"check", path, "--fail-on", "note"}).code, "note");
        const bool unjudged = verdict == "no-contract";
        QFETCH(int, usual);
        QFETCH(int, advice);
        QCOMPARE(run({"check", path, "--fail-on", "no-contract"}).code, unjudged ? 1 : usual);
        QCOMPARE(run({"check", path, "--fail-on", "advice,no-contract"}).code, unjudged ? 1 : advice);
        QCOMPARE(run({"check", path, "--fail-on", "no-contract", "--fail-on", "advice"}).code, unjudged ? 1 : advice);
        const auto text = run({"check", path});
        QTEST(text.code, "usual");
        if (verdict == "no-contract") {
            QVERIFY2(text.out.startsWith("No rule covers LlamaForCausalLM."), text.out);
            QCOMPARE(text.out.contains("Nothing was judged."), !folder.odd); // an audit's advice is a judgement
            QCOMPARE(text.out.contains("Advice: "), folder.odd);
        }
    }

    void dangerousPickle()
    {
        const test::TempDir dir;
        const QString path = q(dir.write("evil.pt",
                                         std::string("\x80\x02"
                                                     "cos\nsystem\nX\x02\x00\x00\x00id\x85R.",
                                                     24)));
        const auto ran = run({"check", "--json", path});
        QCOMPARE(ran.json()["verdict"].toString(), QString("dangerous"));
        QCOMPARE(ran.code, 1);
        const auto text = run({"check", path});
        QVERIFY2(text.out.startsWith("This file names code to run (os.system). It was read as data; nothing was run."), text.out);
    }

    /// A guess is never silent: what speaks for it is told, in every form.
    void guessesAreShown()
    {
        const test::TempDir dir;
        const QString path = write(dir, Folder{"", "F32", false, false, false});
        const QByteArray evidence = "linear_attn.in_proj_qkvz.weight";
        const auto text = run({"check", path});
        QVERIFY2(text.out.contains("rules were chosen by key names") && text.out.contains(evidence), text.out);
        const auto explained = run({"check", path, "--explain", "model.layers.0.linear_attn.A_log"});
        QVERIFY2(explained.out.contains(evidence), explained.out);
        const auto json = run({"check", path, "--json", "--explain", "model.layers.0.linear_attn.A_log"});
        QVERIFY2(json.out.contains(evidence), json.out);
        QVERIFY(run({"check", "--json", path}).out.contains(evidence));
        QVERIFY(run({"check", "--sarif", path}).out.contains(evidence));
    }

    /// What is true of a whole role is told once, and names all its tensors.
    void rolesAreToldOnce()
    {
        const test::TempDir dir;
        test::SafetensorsFile file;
        file.metadata("format", "pt");
        for (int n = 0; n < 12; ++n) {
            file.addValue("model.layers." + std::to_string(n) + ".linear_attn.A_log", "F32", {n < 8 ? 8U : 4U}, 1);
        }
        file.write(dir.path("m/model.safetensors"));
        dir.write("m/config.json", R"({"architectures":["Qwen3NextForCausalLM"],"linear_num_value_heads":4})");
        const QString path = q(dir.path("m"));
        const auto findings = run({"check", "--json", path}).json()["findings"].toArray();
        QCOMPARE(findings.size(), 1);
        const auto finding = findings[0].toObject();
        QCOMPARE(finding["rule"].toString(), QString("shape.heads"));
        QCOMPARE(finding["tensor"].toString(), QString("model.layers.0.linear_attn.A_log"));
        QCOMPARE(finding["others"].toArray().size(), 7);
        QCOMPARE(finding["others"].toArray()[6].toString(), QString("model.layers.7.linear_attn.A_log"));
        const auto text = run({"check", path});
        QVERIFY2(text.out.contains("(8 of 12 tensors of its role)"), text.out);
        QVERIFY2(text.out.contains("    model.layers.1.linear_attn.A_log\n"), text.out);
        QVERIFY2(text.out.contains("    and 3 more\n"), text.out);
    }

    void explains()
    {
        const test::TempDir dir;
        const QString path = write(dir, Folder());
        const QString rules = q(dir.write("mine.json", MyRule));
        const auto text = run({"check", path, "--rules", rules, "--explain", "model.norm.weight"});
        QCOMPARE(text.code, 0);
        QVERIFY2(text.out.contains("my.norm  violation  wants F64: decides\n"), text.out);
        QVERIFY2(text.out.contains("because"), text.out);
        // every rule that was looked at, with the reason why it says nothing
        const auto root = run({"check", path, "--rules", rules, "--explain", "model.norm.weight", "--json"}).json();
        const auto list = root["rules"].toArray();
        QVERIFY(list.size() >= 2);
        QCOMPARE(list[0].toObject()["outcome"].toString(), QString("decides"));
        for (const auto& entry : list) {
            const auto one = entry.toObject();
            QVERIFY(!one["rule"].toString().isEmpty() && !one["outcome"].toString().isEmpty());
            if (one["rule"].toString() != "my.norm") {
                const QString outcome = one["outcome"].toString();
                QVERIFY2(outcome == "other-architecture" || outcome == "config-differs", qPrintable(outcome));
                QVERIFY(!one["detail"].toString().isEmpty()); // which architectures, which path
                QVERIFY2(text.out.contains(one["rule"].toString().toUtf8() + "  "), one["rule"].toString().toUtf8());
            }
        }
    }

    void brokenRuleFiles()
    {
        const test::TempDir dir;
        const QString path = write(dir, Folder());
        const QString half = q(dir.write("half.json", HalfBroken));
        const auto ran = run({"check", path, "--json", "--rules", half});
        QCOMPARE(ran.code, 1); // the good rule of the same file judges
        const auto findings = ran.json()["findings"].toArray();
        QCOMPARE(findings.size(), 1);
        QCOMPARE(findings[0].toObject()["rule"].toString(), QString("my.norm"));
        QVERIFY2(ran.err.contains("half.json") && ran.err.contains("line 4") && ran.err.contains("my.bad") && ran.err.contains("why"), ran.err);
        const QString none = q(dir.write("none.json", "{\n\"schema\": \"ckptscope.rules/9\"}"));
        const auto other = run({"check", path, "--json", "--rules", none});
        QCOMPARE(other.code, 2); // the built-in rules judge, but they are not what was asked for
        QCOMPARE(other.json()["verdict"].toString(), QString("clean"));
        QVERIFY2(other.err.contains("none.json") && other.err.contains("line 2") && other.err.contains("ckptscope.rules/9"), other.err);
        for (const auto& [file, code] : {std::pair(half, 1), std::pair(none, 1), std::pair(q(dir.write("good.json", MyRule)), 0)}) {
            QCOMPARE(run({"rules", "validate", file}).code, code);
        }
    }
};

QTEST_GUILESS_MAIN(TestVerdicts)
#include "tst_verdicts.moc"
