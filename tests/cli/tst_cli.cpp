// SPDX-License-Identifier: Apache-2.0
// The command line's contract (docs/cli.md): exit codes, where things go, documents. The program itself is run.
#include "tests/support/runprogram.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"

#include <QCryptographicHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>
#include <QRegularExpression>
#include <QTest>

#include <filesystem>

using namespace ckptscope;
using test::run;

namespace {

QString q(const std::string& text)
{
    return QString::fromStdString(text);
}

const QString Demo = q(test::sourcePath("resources/demo/qwen3-next-tiny-bf16"));

constexpr auto GoodRules =
    "{\"schema\":\"ckptscope.rules/1\",\"profile\":\"default\",\"rules\":[{\"id\":\"my.w\",\"title\":\"w\",\"architectures\":[],"
    "\"key_regex\":\"\\\\.w$\",\"required_dtypes\":[\"F64\"],\"severity\":\"violation\",\"why\":\"because\",\"sources\":[\"me/mine#1\"]}]}";
constexpr auto BadRules = "{\"schema\":\"ckptscope.rules/1\",\"profile\":\"default\",\"rules\":[{\"id\":\"my.x\"}]}";

/// A file alone: an architecture that no rule knows stays unjudged.
std::string plainFile(const test::TempDir& dir, const std::string& name = "plain.safetensors")
{
    const std::string path = dir.path(name);
    test::SafetensorsFile()
        .addValue("layers.2.w", "F32", {2, 3}, 1.5)
        .addValue("layers.10.w", "BF16", {8}, 2)
        .addValue("a", "I64", {}, 7)
        .write(path);
    return path;
}

QStringList firstWords(const QByteArray& text)
{
    QStringList words;
    for (const QByteArray& line : text.split('\n')) {
        if (!line.isEmpty()) {
            words << QString::fromUtf8(line.split(' ').front());
        }
    }
    return words;
}

} // namespace

class TestCli : public QObject {
    Q_OBJECT

private slots:
    void exitCodes_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("says"); // on standard error
        const QString none = "/no/such/file";
        QTest::newRow("no word at all") << QStringList() << 2 << "Usage:";
        QTest::newRow("options alone") << QStringList{"--json"} << 2 << "Usage:";
        QTest::newRow("path alone checks") << QStringList{Demo} << 1 << "";
        QTest::newRow("check") << QStringList{"check", Demo} << 1 << "";
        QTest::newRow("missing file") << QStringList{"check", none} << 2 << "no such file or folder";
        QTest::newRow("missing file, ls") << QStringList{"ls", none} << 2 << "no such file or folder";
        QTest::newRow("no such device") << QStringList{"fix", "--device", "gpu", none} << 2 << "is no device; it is auto, cpu, cuda or cuda:N";
        QTest::newRow("missing file, doctor") << QStringList{"doctor", none} << 2 << "no such file or folder";
        QTest::newRow("unknown option") << QStringList{"check", "--jsno", Demo} << 2 << "unknown option --jsno. Did you mean --json?";
        QTest::newRow("unknown option, far from any") << QStringList{"--quixotic", Demo} << 2 << "unknown option --quixotic";
        QTest::newRow("command not there yet") << QStringList{"ls", "--donor", "x", Demo} << 2 << "unknown option --donor";
        QTest::newRow("mistyped command") << QStringList{"chek", Demo} << 2 << "Did you mean the command check?";
        QTest::newRow("mistyped command, two letters swapped") << QStringList{"chekc", Demo} << 2 << "Did you mean the command check?";
        QTest::newRow("an option twice: the last one counts")
            << QStringList{"ls", Demo, "--sort", "name", "-j", "0", "-j", "2", "--sort=size"} << 2 << "--threads: Value 0 not in range";
        QTest::newRow("a common option twice") << QStringList{"-j", "1", "ls", Demo, "-j", "2", "--max-memory", "1G", "--max-memory", "2G"} << 0
                                               << "";
        QTest::newRow("an option without its value") << QStringList{"ls", Demo, "-j"} << 2 << "--threads needs a value: N\n";
        QTest::newRow("a command's option without its value") << QStringList{"ls", Demo, "--sort"} << 2 << "--sort needs a value: ORDER\n";
        QTest::newRow("a flag with a value") << QStringList{"check", Demo, "--sarif=maybe"} << 2 << "--sarif does not take the value maybe\n";
        QTest::newRow("fail-on, none of them") << QStringList{"check", Demo, "--fail-on", "advice,clean"} << 2 << "clean not in";
        QTest::newRow("only, a mistyped rule") << QStringList{"fix", Demo, "-o", "/x/y", "--only", "gdn.qwen3_next.a_lgo"} << 2
                                               << "Did you mean gdn.qwen3_next.a_log?";
        QTest::newRow("only, a mistyped name") << QStringList{"fix", Demo, "-o", "/x/y", "--only", "model.layers.0.linear_attn.A_lgo"} << 2
                                               << "Did you mean model.layers.0.linear_attn.A_log?";
        QTest::newRow("cast, the end of a name") << QStringList{"fix", Demo, "-o", "/x/y", "--cast", "A_log=F32"} << 2 << "Did you mean *.A_log?";
        QTest::newRow("drop, like nothing") << QStringList{"fix", Demo, "-o", "/x/y", "--drop", "zzz"} << 2
                                            << "zzz matches no tensor, rule or edit\n";
        QTest::newRow("convert, the end of a name") << QStringList{"convert", Demo, "-o", "/x/y", "--only", "A_log"} << 2 << "Did you mean *.A_log?";
        QTest::newRow("a checkpoint from standard input") << QStringList{"check", "-"} << 2 << "cannot be read from standard input";
        QTest::newRow("a donor from standard input")
            << QStringList{"fix", Demo, "-o", "/x/y", "--donor", "-"} << 2 << "cannot be read from standard input";
        QTest::newRow("fix to standard output") << QStringList{"fix", Demo, "-o", "-"} << 2 << "cannot go to standard output";
        QTest::newRow("convert to standard output") << QStringList{"convert", Demo, "-o", "-"} << 2 << "cannot go to standard output";
        QTest::newRow("show, safetensors to standard output")
            << QStringList{"show", Demo, "model.norm.weight", "--safetensors", "-"} << 2 << "never to standard output";
        QTest::newRow("show, npy and json to standard output")
            << QStringList{"show", Demo, "model.norm.weight", "--npy", "-", "--json"} << 2 << "--npy - writes to standard output, and so does --json";
        QTest::newRow("fix, two to standard output") << QStringList{"fix", Demo, "-o", "/x/y", "--receipt", "-", "--html", "-"} << 2
                                                     << "--html - writes to standard output, and so does --receipt";
        QTest::newRow("a plan from standard input") << QStringList{"apply", "--plan", "-"} << 2 << "cannot be read from standard input";
        QTest::newRow("two folders") << QStringList{"check", Demo, q(test::sourcePath("resources/contracts"))} << 2 << "name one folder at a time";
        QTest::newRow("an empty path") << QStringList{"check", ""} << 2 << "a path is empty";
        QTest::newRow("an empty path among others") << QStringList{"diff", Demo, ""} << 2 << "a path is empty";
        QTest::newRow("mistyped architecture") << QStringList{"rules", "coverage", "qwen3_next"} << 0 << "Did you mean Qwen3NextForCausalLM?";
        QTest::newRow("fix, no verdict") << QStringList{"fix", Demo, "--dry-run", "--arch", "Nope"} << 0
                                         << "No rule covers Nope. Nothing was judged.";
        QTest::newRow("fix, rules that are not there")
            << QStringList{"fix", Demo, "-o", "/x/y", "--rules", none} << 2 << "rules that you gave were not understood; nothing was written";
        QTest::newRow("convert, rules that are not there") << QStringList{"convert", Demo, "-o", "/x/y", "--fix", "--rules", none} << 2
                                                           << "rules that you gave were not understood; nothing was written";
        QTest::newRow("no path") << QStringList{"ls"} << 2 << "PATH is required";
        QTest::newRow("value that is none of them") << QStringList{"ls", "--sort", "colour", Demo} << 2 << "colour not in";
        QTest::newRow("bad thread count") << QStringList{"-j", "0", "ls", Demo} << 2 << "not in range";
        QTest::newRow("bad size") << QStringList{"--max-memory", "lots", "ls", Demo} << 2 << "--max-memory lots";
        QTest::newRow("bad rate") << QStringList{"--io-rate", "0/s", "ls", Demo} << 2 << "--io-rate 0/s";
        QTest::newRow("good rate and size") << QStringList{"--io-rate", "1GiB/s", "--max-memory", "16MiB", "ls", Demo} << 0 << "";
        QTest::newRow("bad profile") << QStringList{"check", "--profile", "mine", Demo} << 2 << "there is no profile mine";
        QTest::newRow("common option in front") << QStringList{"--json", "-q", "check", Demo} << 1 << "";
        QTest::newRow("common option behind") << QStringList{"check", Demo, "--json", "-j2"} << 1 << "";
        QTest::newRow("option between") << QStringList{"ls", "-q", Demo, "--sort=size"} << 0 << "";
        QTest::newRow("option with value in front of a path alone") << QStringList{"-j", "2", Demo} << 1 << "";
        QTest::newRow("command's option in front of a path alone") << QStringList{"--profile", "nemo-automodel", Demo} << 1 << "";
        QTest::newRow("fix without a place") << QStringList{"fix", Demo} << 2 << "-o OUT";
        QTest::newRow("convert without a place") << QStringList{"convert", Demo} << 2 << "-o OUT";
        QTest::newRow("convert, shard size") << QStringList{"convert", Demo, "-o", "/x/y", "--max-shard-size", "many"} << 2
                                             << "--max-shard-size many";
        QTest::newRow("convert, cast without dtype") << QStringList{"convert", Demo, "-o", "/x/y", "--cast", "a=F33"} << 2 << "--cast a=F33";
        QTest::newRow("convert, metadata without a value")
            << QStringList{"convert", Demo, "-o", "/x/y", "--set-metadata", "a"} << 2 << "--set-metadata a";
        QTest::newRow("fix, cast without dtype") << QStringList{"fix", Demo, "-o", "/x/y", "--cast", "a=F33"} << 2 << "--cast a=F33";
        QTest::newRow("sarif and json") << QStringList{"check", Demo, "--sarif", "--json"} << 2 << "--sarif";
        QTest::newRow("html and sarif") << QStringList{"check", Demo, "--sarif", "--html"} << 2 << "--html";
        QTest::newRow("html") << QStringList{"check", Demo, "--html"} << 1 << "";
        QTest::newRow("rules, unknown id") << QStringList{"rules", "show", "gdn.qwen3_next.a_lgo"} << 2 << "Did you mean gdn.qwen3_next.a_log?";
        QTest::newRow("rules, missing file") << QStringList{"rules", "validate", none} << 2 << "no such file or folder";
        QTest::newRow("rules, a file that is none") << QStringList{"rules", "validate", Demo + "/config.json"} << 1 << "is not a rule file";
        QTest::newRow("rules, good file") << QStringList{"rules", "validate", q(test::sourcePath("resources/contracts/gdn.json"))} << 0 << "";
        QTest::newRow("show") << QStringList{"show", Demo, "model.layers.0.linear_attn.A_log", "--slice=:2"} << 0 << "";
        QTest::newRow("show, mistyped key") << QStringList{"show", Demo, "model.layers.0.linear_attn.A_lgo"} << 2
                                            << "Did you mean model.layers.0.linear_attn.A_log?";
        QTest::newRow("show, the end of a key") << QStringList{"show", Demo, "linear_attn.A_log"} << 2
                                                << "Did you mean model.layers.0.linear_attn.A_log?";
        QTest::newRow("explain, a mistyped key") << QStringList{"check", Demo, "-q", "--explain", "model.layers.0.linear_attn.A_lgo"} << 0 << "";
        QTest::newRow("show, no key like it") << QStringList{"show", Demo, "x"} << 2 << "there is no tensor x";
        QTest::newRow("show without a key") << QStringList{"show", Demo} << 2 << "KEY is required";
        QTest::newRow("show, bad slice") << QStringList{"show", Demo, "model.layers.0.linear_attn.A_log", "--slice", "0:1,2"} << 2
                                         << "--slice: '0:1,2' has more parts";
        QTest::newRow("show, nowhere to write") << QStringList{"show", Demo, "model.layers.0.linear_attn.A_log", "--npy", "/no/such/x.npy"} << 2
                                                << "cannot be written";
        QTest::newRow("show, force without a file") << QStringList{"show", Demo, "model.layers.0.linear_attn.A_log", "--force"} << 2 << "--npy";
        QTest::newRow("diff, the same") << QStringList{"diff", Demo, Demo, "--values"} << 0 << "";
        QTest::newRow("diff, one path") << QStringList{"diff", Demo} << 2 << "B is required";
        QTest::newRow("diff, missing file") << QStringList{"diff", Demo, none} << 2 << "no such file or folder";
        QTest::newRow("diff, tolerance below zero") << QStringList{"diff", Demo, Demo, "--tolerance=-1"} << 2 << "--tolerance";
        QTest::newRow("diff, filter by change") << QStringList{"diff", Demo, Demo, "--filter", "change:value"} << 0 << "";
        QTest::newRow("filter by change without a second one") << QStringList{"ls", Demo, "--filter", "change:value"} << 2 << "change";
        QTest::newRow("architecture that nobody knows") << QStringList{"check", "--arch", "FooForCausalLM", Demo} << 0 << "";
    }
    void exitCodes()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QString, says);
        const auto ran = run(arguments);
        QTEST(ran.code, "code");
        QVERIFY2(says.isEmpty() ? !ran.err.contains("ckptscope:") : ran.err.contains(says.toUtf8()), ran.err.constData());
        if (ran.code == 2) {
            QVERIFY2(ran.out.isEmpty() || ran.out.startsWith("{\"schema\""), ran.out.constData());
        }
    }

    void showOfADamagedFileSaysTheDamage()
    {
        const test::TempDir dir;
        const std::string whole = test::SafetensorsFile().addValue("first.weight", "U8", {4}, 1).bytes();
        const auto ran = run({"show", q(dir.write("cut.safetensors", whole.substr(0, whole.size() - 2))), "second"});
        QCOMPARE(ran.code, 2);
        QVERIFY2(ran.err.contains("there is no tensor second among those that can be read: ") && ran.err.contains("cut.safetensors"),
                 ran.err.constData());
    }

    void helpIsComplete()
    {
        const auto top = run({"--help"});
        QCOMPARE(top.code, 0);
        QVERIFY(top.err.isEmpty());
        for (const char* command : {"ls", "check", "fix", "apply", "finish", "convert", "stats", "show", "diff", "rules", "keys", "doctor"}) {
            QVERIFY(top.out.contains(QByteArray("\n  ") + command + ' '));
            const auto help = run({command, "--help"});
            QCOMPARE(help.code, 0);
            QVERIFY2(help.out.contains("\nExample"), command);
            QVERIFY(help.out.contains("--json"));
        }
        for (const QStringList& arguments : {QStringList{"--help"}, QStringList{"check", "--help"}, QStringList{"fix", "--help"}}) {
            QVERIFY(!run(arguments).out.contains("  --generate "));
        }
        const auto version = run({"--version"});
        QCOMPARE(version.code, 0);
        QVERIFY(version.out.startsWith("ckptscope "));
        QVERIFY(version.out.contains("CUDA: ") && version.out.contains("rules: "));
        const auto roff = run({"--generate", "man"});
        QVERIFY(roff.out.startsWith(".\\\"") && roff.out.contains(".SH EXIT STATUS"));
        for (const char* shell : {"completion-bash", "completion-zsh", "completion-fish"}) {
            const auto script = run({"--generate", shell});
            QVERIFY(script.code == 0 && script.out.contains("fail-on") && script.out.contains("doctor"));
        }
    }

    void oddPaths()
    {
        const test::TempDir dir;
        plainFile(dir, "ls");
        plainFile(dir, "-q");
        plainFile(dir, "check.safetensors");
        const auto in = [&](const QStringList& arguments) { return run(arguments, {}, q(dir.path())); };
        QCOMPARE(in({"ls", "-q", "ls"}).code, 0);
        QCOMPARE(in({"check", "ls"}).code, 0);
        QCOMPARE(in({"--", "ls"}).code, 0);
        const auto dashed = in({"ls", "--", "-q"});
        QCOMPARE(dashed.code, 0);
        QVERIFY(dashed.err.contains("3 tensors")); // no option: it was not quiet
    }

    void listText()
    {
        const test::TempDir dir;
        const QString path = q(plainFile(dir));
        const auto ran = run({"ls", path});
        QCOMPARE(ran.code, 0);
        QCOMPARE(firstWords(ran.out), QStringList({"layers.2.w", "layers.10.w", "a"}));
        QVERIFY(ran.err.contains("safetensors, 1 file, 3 tensors"));
        QCOMPARE(run({"ls", "-q", path}).err, QByteArray());
        QCOMPARE(firstWords(run({"ls", "--sort", "name", path}).out), QStringList({"a", "layers.10.w", "layers.2.w"}));
        QCOMPARE(firstWords(run({"ls", "--sort", "size", path}).out), QStringList({"a", "layers.10.w", "layers.2.w"}));
        QCOMPARE(firstWords(run({"ls", "--sort", "dtype", path}).out), QStringList({"layers.10.w", "layers.2.w", "a"}));
        QCOMPARE(firstWords(run({"ls", "--filter", "-layer:2 rank:1", path}).out), QStringList({"layers.10.w"}));
        QCOMPARE(firstWords(run({"ls", "--roles", path}).out), QStringList({"a", "layers.[2].w"}));
    }

    void filterMistakes()
    {
        const auto ran = run({"ls", "--filter", "abc dtyp:F32", Demo});
        QCOMPARE(ran.code, 2);
        QCOMPARE(ran.out, QByteArray());
        QVERIFY(ran.err.contains("at character 5: unknown field 'dtyp'. Did you mean dtype?"));
        QVERIFY(ran.err.contains("\n  abc dtyp:F32\n      ^^^^\n"));
        const auto json = run({"ls", "--filter", "abc dtyp:F32", "--json", Demo});
        QCOMPARE(json.code, 2);
        QCOMPARE(json.json()["error"].toObject()["code"].toString(), QString("filter.unknown_field"));
        QCOMPARE(json.json()["error"].toObject()["offset"].toInt(), 4);
        QVERIFY(run({"ls", "--filter", "nan>0", Demo}).err.contains("'nan' needs a scan of the values"));
    }

    void listJson()
    {
        const test::TempDir dir;
        const QString path = q(plainFile(dir));
        const auto root = run({"ls", "--json", "--hash", path}).json();
        QCOMPARE(root["schema"].toString(), QString("ckptscope.ls/1"));
        QCOMPARE(root["format"].toString(), QString("safetensors"));
        const auto tensors = root["tensors"].toArray();
        QCOMPARE(tensors.size(), 3);
        const auto first = tensors[0].toObject();
        QCOMPARE(first["name"].toString(), QString("layers.2.w"));
        QCOMPARE(first["shape"].toArray(), QJsonArray({2, 3}));
        const std::string bytes = dir.read("plain.safetensors");
        const auto at = static_cast<std::size_t>(first["offset"].toInt());
        const auto hash = QCryptographicHash::hash(QByteArray::fromStdString(bytes.substr(at, 24)), QCryptographicHash::Sha256).toHex();
        QCOMPARE(first["sha256"].toString().toLatin1(), hash);
        const auto roles = run({"ls", "--json", "--roles", path}).json();
        QCOMPARE(roles["schema"].toString(), QString("ckptscope.roles/1"));
        QCOMPARE(roles["roles"].toArray().size(), 2);
        QVERIFY(!run({"ls", "--json", path}).json()["tensors"].toArray()[0].toObject().contains("sha256"));
    }

    void errorsAreJsonToo_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("schema");
        QTest::newRow("ls") << QStringList{"ls"} << "ckptscope.ls/1";
        QTest::newRow("roles") << QStringList{"ls", "--roles"} << "ckptscope.roles/1";
        QTest::newRow("check") << QStringList{"check"} << "ckptscope.check/1";
        QTest::newRow("path alone") << QStringList() << "ckptscope.check/1";
        QTest::newRow("fix") << QStringList{"fix", "-o", "/x/y"} << "ckptscope.receipt/1";
        QTest::newRow("plan") << QStringList{"fix", "--dry-run"} << "ckptscope.plan/1";
        QTest::newRow("convert") << QStringList{"convert", "-o", "/x/y"} << "ckptscope.convert/1";
    }
    void errorsAreJsonToo()
    {
        QFETCH(QStringList, arguments);
        const test::TempDir dir;
        const QString empty = q(dir.write("empty.safetensors", ""));
        const auto ran = run(arguments << "--json" << empty);
        QCOMPARE(ran.code, 2);
        QTEST(ran.json()["schema"].toString(), "schema");
        const auto error = ran.json()["error"].toObject();
        QCOMPARE(error["code"].toString(), QString("open.empty_file"));
        QVERIFY(error.contains("message") && error.contains("file") && error.contains("offset"));
        QVERIFY(ran.err.contains("is empty (0 bytes)"));
    }

    void checkVerdicts()
    {
        const auto demo = run({"check", "--json", Demo});
        QCOMPARE(demo.code, 1);
        QCOMPARE(demo.json()["verdict"].toString(), QString("violations"));
        QCOMPARE(demo.json()["counts"].toObject()["violation"].toInt(), 24);
        const auto text = run({"check", Demo}).out;
        QVERIFY(text.startsWith("24 tensors are stored too narrow: 12 A_log and 12 dt_bias are BF16, this model needs F32.\n"));
        QVERIFY(text.contains("ckptscope fix "));

        const test::TempDir dir;
        plainFile(dir, "llama/model.safetensors");
        dir.write("llama/config.json", R"({"architectures":["LlamaForCausalLM"]})");
        const auto llama = run({"check", q(dir.path("llama"))});
        QCOMPARE(llama.code, 0);
        QVERIFY(llama.out.startsWith("No rule covers LlamaForCausalLM. Nothing was judged.\n"));
        QVERIFY(!llama.out.toLower().contains("clean"));
        QCOMPARE(run({"check", "--json", q(dir.path("llama"))}).json()["verdict"].toString(), QString("no-contract"));

        const std::string cut = plainFile(dir, "cut.safetensors");
        dir.truncate("cut.safetensors", 200);
        const auto damaged = run({"check", "--json", q(cut)});
        QCOMPARE(damaged.code, 1);
        QCOMPARE(damaged.json()["verdict"].toString(), QString("damaged"));
        for (const char* command : {"ls", "stats"}) { // the list goes on with what can be read; the exit code tells
            const auto listed = run({command, q(cut)});
            QCOMPARE(listed.code, 1);
            QVERIFY2(listed.err.contains("ends"), listed.err);
        }
        const auto listed = run({"ls", "--json", q(cut)});
        QCOMPARE(listed.code, 1);
        QCOMPARE(listed.json()["problems"].toArray()[0].toObject()["severity"].toString(), QString("error"));
    }

    void failOnLowersTheBar()
    {
        const test::TempDir dir;
        const auto fixed = run({"fix", Demo, "-o", q(dir.path("out"))});
        QCOMPARE(fixed.code, 0);
        const QString model = q(dir.path("out"));
        QCOMPARE(run({"check", model}).code, 0);
        QCOMPARE(run({"check", model, "--fail-on", "note"}).code, 0);
        std::filesystem::remove(dir.path("out/config.json")); // now a note says that rules were chosen by names
        const auto counts = run({"check", "--json", model}).json()["counts"].toObject();
        QVERIFY(counts["note"].toInt() + counts["advice"].toInt() > 0);
        QCOMPARE(run({"check", model, "--fail-on", "note"}).code, 1);
        QCOMPARE(run({"check", model, "--fail-on", "advice"}).code, counts["advice"].toInt() > 0 ? 1 : 0);
        QCOMPARE(run({"check", model, "--fail-on", "error"}).code, 2);
    }

    void explainsAsksBack()
    {
        const auto ran = run({"check", Demo, "--explain", "A_log"});
        QCOMPARE(ran.code, 0); // what the rules say of a name that is nowhere may be asked
        QVERIFY2(ran.err.contains("There is no tensor A_log. Did you mean model.layers.0.linear_attn.A_log?"), ran.err);
    }

    void explains()
    {
        const QString key = "model.layers.0.linear_attn.A_log";
        const auto text = run({"check", "--explain", key, Demo});
        QCOMPARE(text.code, 0);
        QVERIFY(text.out.contains("gdn.qwen3_next.a_log  violation  wants F32: decides"));
        const auto root = run({"check", "--explain", key, "--json", Demo}).json();
        QCOMPARE(root["schema"].toString(), QString("ckptscope.explain/1"));
        QCOMPARE(root["rules"].toArray()[0].toObject()["outcome"].toString(), QString("decides"));
        QVERIFY(run({"check", "--explain", "nothing.like.it", Demo}).out.contains("No rule's pattern matches this key."));
    }

    void ownRules()
    {
        const test::TempDir dir;
        const QString model = q(plainFile(dir));
        const QString good = q(dir.write("good.json", GoodRules));
        QCOMPARE(run({"check", model}).code, 0);
        const auto ran = run({"check", "--rules", good, "--json", model}); // the path is no second rule file
        QCOMPARE(ran.code, 1);
        QCOMPARE(ran.json()["counts"].toObject()["violation"].toInt(), 2);
        const QString bad = q(dir.write("bad.json", BadRules));
        const auto broken = run({"check", "--rules", bad, "--rules", good, "--json", model});
        QCOMPARE(broken.code, 1); // the rest goes on
        QVERIFY(broken.err.contains("bad.json"));
        // What would be clean is no answer where rules of the user's own did not judge: not to a pipeline that asks for exit code 0.
        const auto alone = run({"check", "--rules", bad, "--json", model});
        QCOMPARE(alone.code, 2);
        QCOMPARE(alone.json()["counts"].toObject()["violation"].toInt(), 0);
        QCOMPARE(run({"check", "--rules", "/no/such/file", model}).code, 2);
        QCOMPARE(run({"check", "--rules", "/no/such/file", "--explain", "a", model}).code, 2);
    }

    /// The page of a check has plots, with --values statistics; that of a fix says what was done in front of what was wrong.
    void webPages()
    {
        const test::TempDir dir;
        const auto plain = run({"check", Demo, "--html"});
        QCOMPARE(plain.code, 1);
        QCOMPARE(plain.out.count("<svg "), 4);
        QVERIFY(!plain.out.contains("Statistics</h2>"));
        const auto values = run({"check", Demo, "--html", "--values", "--donor", Demo});
        QCOMPARE(values.code, 1);
        QVERIFY(values.out.contains("Statistics</h2>") && values.out.contains("<td>BF16</td></tr>")
                && values.out.contains("between these values and the donor's"));
        const auto fixed = run({"fix", Demo, "-o", q(dir.path("out")), "--html", q(dir.path("page.html"))});
        QCOMPARE(fixed.code, 0);
        const QByteArray page = QByteArray::fromStdString(dir.read("page.html"));
        QVERIFY(page.startsWith("<!DOCTYPE html>") && page.endsWith("</body></html>\n"));
        QVERIFY(page.contains(">Written and verified: ") && page.contains("24 tensors changed, 391 byte-identical"));
        QVERIFY(page.contains("<h3>24 tensors are stored too narrow"));
        QCOMPARE(page.count("<svg "), 4);
        const auto nowhere = run({"fix", Demo, "-o", q(dir.path("second")), "--html", "/no/such/page.html"});
        QCOMPARE(nowhere.code, 2);
        QVERIFY(nowhere.err.contains("the repair is complete") && dir.exists("second"));
    }

    void fixesAndHasNothingToDo()
    {
        const test::TempDir dir;
        // Two edits of one tensor are one changed tensor.
        const auto renamed = run({"fix", Demo, "-o", q(dir.path("renamed")), "--rename", "model.layers.0.linear_attn.=x."});
        const auto counts = QRegularExpression("(\\d+) tensors changed, (\\d+) byte-identical").match(QString::fromUtf8(renamed.out));
        QVERIFY2(counts.hasMatch(), renamed.out);
        QCOMPARE(counts.captured(1).toInt() + counts.captured(2).toInt(), 415);
        const QString out = q(dir.path("out"));
        const auto plan = run({"fix", "--dry-run", "--json", Demo, "-o", out});
        QCOMPARE(plan.code, 0);
        QCOMPARE(plan.json()["schema"].toString(), QString("ckptscope.plan/1"));
        QCOMPARE(plan.json()["edits"].toArray().size(), 24);
        QVERIFY(!dir.exists("out"));
        QVERIFY(run({"fix", "--dry-run", Demo}).out.contains("gdn.qwen3_next.a_log"));

        const auto ran = run({"fix", "--json", Demo, "-o", out, "--receipt", q(dir.path("receipt.json"))});
        QCOMPARE(ran.code, 0);
        const auto receipt = ran.json();
        QCOMPARE(receipt["schema"].toString(), QString("ckptscope.receipt/1"));
        QCOMPARE(receipt["edits"].toArray().size(), 24);
        QCOMPARE(receipt["untouched"].toObject()["equal"].toBool(), true);
        QCOMPARE(receipt["edits"].toArray()[0].toObject()["source"].toString(), QString("widened"));
        QCOMPARE(QByteArray::fromStdString(dir.read("receipt.json")), ran.out);
        for (const std::string& name : dir.list("out")) {
            QVERIFY2(name.find("receipt") == std::string::npos && name.find("partial") == std::string::npos, name.c_str());
        }
        QCOMPARE(run({"check", out}).code, 0);

        QCOMPARE(run({"fix", Demo, "-o", out}).code, 2); // exists
        QCOMPARE(run({"fix", Demo, "-o", out, "--force"}).code, 0);
        const auto again = run({"fix", out, "-o", q(dir.path("second"))});
        QCOMPARE(again.code, 0);
        QVERIFY(again.out.contains("Nothing to do"));
        QVERIFY(!dir.exists("second"));
        const auto json = run({"fix", "--json", out, "-o", q(dir.path("second"))}).json();
        QVERIFY(json["output"].isNull() && json["edits"].toArray().isEmpty());
        // only a part
        const auto part = run({"fix", "--json", Demo, "-o", q(dir.path("part")), "--only", "gdn.qwen3_next.a_log"}).json();
        QCOMPARE(part["edits"].toArray().size(), 12);
        QCOMPARE(part["findings_left"].toInt(), 12);
    }

    /// "-" is standard output, and takes it for itself: what else is said goes to standard error.
    void filesThatAreStandardOutput()
    {
        const test::TempDir dir;
        const QString folder = q(dir.path());
        const QString key = "model.layers.0.linear_attn.A_log";
        QCOMPARE(run({"show", Demo, key, "--npy", "a.npy", "--slice", ":3"}, {}, folder).code, 0);
        const auto array = run({"show", Demo, key, "--npy", "-", "--slice", ":3"}, {}, folder);
        QCOMPARE(array.code, 0);
        QCOMPARE(array.out, QByteArray::fromStdString(dir.read("a.npy")));
        QVERIFY2(array.err.contains("written as F32"), array.err);
        const auto receipt = run({"fix", Demo, "-o", "out", "--receipt", "-"}, {}, folder);
        QCOMPARE(receipt.code, 0);
        QCOMPARE(receipt.json()["schema"].toString(), QString("ckptscope.receipt/1"));
        QVERIFY2(receipt.err.contains("tensors changed"), receipt.err);
        const auto page = run({"fix", Demo, "-o", "paged", "--html", "-"}, {}, folder);
        QCOMPARE(page.code, 0);
        QVERIFY2(page.out.startsWith("<!DOCTYPE html>") && page.err.contains("tensors changed"), page.err);
        const auto both = run({"fix", Demo, "-o", "twice", "--receipt", "-", "--json"}, {}, folder);
        QCOMPARE(both.json()["schema"].toString(), QString("ckptscope.receipt/1"));
        const auto plan = run({"fix", Demo, "-o", "planned", "--plan", "-"}, {}, folder);
        QCOMPARE(plan.code, 0);
        QCOMPARE(plan.json()["schema"].toString(), QString("ckptscope.plan/1"));
        dir.write("plan.json", plan.out.toStdString());
        QCOMPARE(run({"apply", "--plan", "plan.json"}, {}, folder).code, 0);
        const auto finished = run({"finish", "--plan", "plan.json", "--receipt", "-"}, {}, folder);
        QCOMPARE(finished.code, 0);
        QCOMPARE(finished.json()["edits"].toArray().size(), 24);
        const auto nothing = run({"fix", "out", "-o", "again", "--plan", "-"}, {}, folder);
        QCOMPARE(nothing.code, 0);
        QVERIFY2(nothing.out.isEmpty() && nothing.err.contains("Nothing to do"), nothing.err);
        const auto part = run({"check", Demo, "--values", "--part", "1/2", "--part-out", "-"}, {}, folder);
        QCOMPARE(part.code, 0);
        QCOMPARE(part.json()["schema"].toString(), QString("ckptscope.values-part/1"));
        QVERIFY(!dir.exists("-"));
    }

    /// What no cast mends is said, and is no success; what the user left out is.
    void leavesWhatItCannotMend()
    {
        const test::TempDir dir;
        for (const bool half : {true, false}) {
            test::SafetensorsFile file;
            file.metadata("format", "pt").addValue("model.layers.0.linear_attn.A_log", "I8", {4}, 1);
            file.addValue("model.layers.0.linear_attn.dt_bias", half ? "BF16" : "F32", {4}, 1);
            file.write(dir.path(half ? "half/model.safetensors" : "none/model.safetensors"));
            dir.write(half ? "half/config.json" : "none/config.json", R"({"architectures":["Qwen3NextForCausalLM"]})");
        }
        const QString folder = q(dir.path());
        const auto half = run({"fix", "half", "-o", "out"}, {}, folder);
        QCOMPARE(half.code, 1);
        QVERIFY2(half.err.contains("model.layers.0.linear_attn.A_log (I8) stays in violation of gdn.qwen3_next.a_log"), half.err);
        QVERIFY(dir.exists("out/model.safetensors"));
        QCOMPARE(run({"check", "out"}, {}, folder).code, 1);
        const auto json = run({"fix", "half", "-o", "out", "--force", "--json"}, {}, folder);
        QCOMPARE(json.code, 1);
        QCOMPARE(json.json()["findings_left"].toInt(), 1);
        QCOMPARE(json.json()["findings_unmendable"].toInt(), 1);
        const auto none = run({"fix", "none", "-o", "never"}, {}, folder);
        QCOMPARE(none.code, 1); // there is nothing to edit, but something to complain of
        QVERIFY(!dir.exists("never"));
        QCOMPARE(run({"fix", "half", "-o", "part", "--only", "*.dt_bias"}, {}, folder).code, 0);
        QCOMPARE(run({"fix", "half", "-o", "dropped", "--drop", "*.A_log"}, {}, folder).code, 0);
        QCOMPARE(run({"fix", "half", "--dry-run"}, {}, folder).code, 0); // says what would be done
        QCOMPARE(run({"convert", "half", "-o", "converted", "--fix"}, {}, folder).code, 1);
        QCOMPARE(run({"convert", "half", "-o", "plain"}, {}, folder).code, 0);
        QCOMPARE(run({"fix", "half", "-o", "later", "--plan", "plan.json"}, {}, folder).code, 0);
        QCOMPARE(run({"apply", "--plan", "plan.json"}, {}, folder).code, 0);
        QCOMPARE(run({"finish", "--plan", "plan.json"}, {}, folder).code, 1);
    }

    /// What modules_to_save adds to an adapter (huggingface/peft) is judged, mended, and keeps the name that it is looked for by.
    void adapters()
    {
        const test::TempDir dir;
        test::SafetensorsFile file;
        file.metadata("format", "pt").addValue("base_model.model.model.layers.0.linear_attn.A_log", "BF16", {4}, 1);
        file.addValue("base_model.model.model.layers.3.self_attn.q_proj.lora_A.weight", "BF16", {2, 8}, 1);
        file.write(dir.path("in/adapter_model.safetensors"));
        dir.write("in/adapter_config.json", R"({"base_model_name_or_path":"Qwen/Qwen3-Next-80B-A3B-Instruct","peft_type":"LORA"})");
        const QString folder = q(dir.path());
        const auto checked = run({"check", "--json", "in"}, {}, folder);
        QCOMPARE(checked.code, 1);
        QCOMPARE(checked.json()["architectures"].toArray(), QJsonArray({"Qwen3NextForCausalLM"}));
        QVERIFY2(!checked.out.contains("config.missing") && checked.out.contains("architecture.of_base"), checked.out);
        // NeMo's own functions know exact names only
        QCOMPARE(run({"check", "--json", "in", "--profile", "nemo-automodel"}, {}, folder).json()["verdict"].toString(), QString("no-contract"));
        QCOMPARE(run({"fix", "in", "-o", "out"}, {}, folder).code, 0);
        QCOMPARE(run({"check", "out"}, {}, folder).code, 0);
        QCOMPARE(run({"convert", "in", "-o", "converted", "--fix"}, {}, folder).code, 0);
        QCOMPARE(dir.list("converted"), (std::vector<std::string>{"adapter_config.json", "adapter_model.safetensors"}));
        QCOMPARE(dir.read("converted/adapter_config.json"), dir.read("in/adapter_config.json"));
    }

    void fixOfWhatNobodyJudges()
    {
        const test::TempDir dir;
        const QString path = q(plainFile(dir));
        QCOMPARE(run({"fix", path, "-o", q(dir.path("out"))}).code, 0);
        QCOMPARE(run({"fix", path, "-o", q(dir.path("out")), "--fail-on", "no-contract"}).code, 1);
        QCOMPARE(run({"ls", path, "--fail-on", "no-contract"}).code, 0);
    }

    void keys_data()
    {
        QTest::addColumn<QByteArray>("input");
        QTest::addColumn<QByteArrayList>("lines");
        const auto line = [](const QByteArray& key, bool tracked, const QByteArray& stripped, const QByteArray& routed, bool lossy = false) {
            return QByteArray("{\"key\":\"" + key + "\",\"is_fp32_param\":" + (tracked ? "true" : "false") + ",\"stripped\":\"" + stripped
                              + "\",\"routed\":" + (routed.isEmpty() ? "null" : "\"" + routed + '"')
                              + ",\"forced_mapping\":" + (tracked ? "\"F32\"" : "null") + (lossy ? ",\"lossy_name\":true}" : "}"));
        };
        const QByteArray bare = "m.linear_attn.A_log";
        const QByteArray held = "m.linear_attn._fp32_params.A_log";
        QTest::newRow("nothing") << QByteArray() << QByteArrayList();
        QTest::newRow("a key") << bare + '\n' << QByteArrayList{line(bare, true, bare, held)};
        QTest::newRow("no line end at the end") << bare << QByteArrayList{line(bare, true, bare, held)};
        QTest::newRow("held") << held + '\n' << QByteArrayList{line(held, true, bare, "")};
        QTest::newRow("an empty line is a key") << QByteArray("\n\n") << QByteArrayList{line("", false, "", ""), line("", false, "", "")};
        QTest::newRow("carriage return and spaces stay") << " " + bare + "\r\n"
                                                         << QByteArrayList{line(" " + bare + "\\r", false, " " + bare + "\\r", "")};
        QTest::newRow("NUL stays") << QByteArray("a\0b\n", 4) << QByteArrayList{line("a\\u0000b", false, "a\\u0000b", "")};
        QTest::newRow("not UTF-8") << QByteArray("\xff\n") << QByteArrayList{line("\\\\xff", false, "\\\\xff", "", true)};
    }
    void keys()
    {
        QFETCH(QByteArray, input);
        QFETCH(QByteArrayList, lines);
        const auto ran = run({"keys", "--json"}, input);
        QCOMPARE(ran.code, 0);
        QCOMPARE(ran.out, lines.isEmpty() ? QByteArray() : lines.join('\n') + '\n');
        QCOMPARE(run({"keys"}, input).out.count('\n'), lines.size());
    }

    void longKeys()
    {
        QByteArray input;
        for (int i = 0; i < 50; ++i) {
            input += QByteArray(70000 + i, 'x') + ".linear_attn.dt_bias\n"; // over the edges of what is read at once
        }
        const auto ran = run({"keys", "--json"}, input);
        QCOMPARE(ran.code, 0);
        const auto lines = ran.out.split('\n');
        QCOMPARE(lines.size(), 51);
        for (int i = 0; i < 50; ++i) {
            const auto object = QJsonDocument::fromJson(lines[i]).object();
            QCOMPARE(object["key"].toString().size(), 70000 + i + 20);
            QVERIFY(object["is_fp32_param"].toBool());
        }
    }

    void hostileNamesCannotSteerTheTerminal()
    {
        const test::TempDir dir;
        const std::string evil = "model\x1b]0;title\x07.\xc2\x9b"
                                 "2J\r\xe2\x80\xae.A_log";
        const std::string path = dir.path("evil\x1b[31m\n.safetensors");
        test::SafetensorsFile().addValue(evil, "BF16", {2}, 1).metadata("format", "pt").write(path);
        dir.write("config.json", "{\"architectures\":[\"Qwen3Next\\u001b[1mForCausalLM\"]}");
        for (const QStringList& arguments : {QStringList{"ls"},
                                             {"ls", "--roles"},
                                             {"check"},
                                             {"check", "--explain", q(evil)},
                                             {"fix", "--dry-run", "--cast", "*=F32"},
                                             {"doctor"},
                                             {"check", "--sarif"},
                                             {"check", "--html"},
                                             {"ls", "--json"},
                                             {"check", "--json"},
                                             {"ls", "--filter",
                                              "zz\x1b"
                                              "q:1"},
                                             {"ls", "--sort", "\x1b[2J"},
                                             {"check", "--profile", "\x1b[2J"}}) {
            const auto ran = run(QStringList(arguments) << q(path));
            QVERIFY(ran.code >= 0);
            for (const QByteArray& text : {ran.out, ran.err}) {
                QVERIFY2(!text.contains('\x1b') && !text.contains('\x07') && !text.contains('\r') && !text.contains("\xc2\x9b")
                             && !text.contains("\xe2\x80\xae"),
                         qPrintable(arguments.join(' ') + ": " + QString::fromUtf8(text)));
            }
        }
    }

    void coloursOnlyWhenAsked()
    {
        QVERIFY(!run({"check", Demo}).out.contains('\x1b'));
        QVERIFY(run({"check", "--color", "always", Demo}).out.contains("\x1b[31m"));
        QVERIFY(!run({"check", "--color", "never", Demo}).out.contains('\x1b'));
        QVERIFY(!run({"check", "--color", "always", "--json", Demo}).out.contains('\x1b'));
    }

    void progressLines()
    {
        const test::TempDir dir;
        test::SafetensorsFile().addSparse("big", "F32", {8U << 20U}).write(dir.path("big.safetensors"));
        const auto ran = run({"ls", "--hash", "--json", "--progress", "json", q(dir.path("big.safetensors"))});
        QCOMPARE(ran.code, 0);
        (void)ran.json();
        QJsonObject last;
        for (const QByteArray& line : ran.err.split('\n')) {
            if (!line.isEmpty() && !line.startsWith("Not confined (CKPTSCOPE_NO_SANDBOX")) { // as script/coverage has it
                QJsonParseError error;
                const auto object = QJsonDocument::fromJson(line, &error).object();
                QCOMPARE(error.error, QJsonParseError::NoError);
                QVERIFY(object.contains("phase") && object.contains("done") && object.contains("total"));
                last = object["phase"] == "hashing" ? object : last;
            }
        }
        QCOMPARE(last["done"].toDouble(), 33554432.0);
        QCOMPARE(last["total"].toDouble(), 33554432.0);
    }

    void doctor()
    {
        const test::TempDir dir;
        const QString path = q(plainFile(dir));
        const auto before = dir.list();
        const auto root = run({"doctor", "--json", path}).json();
        QCOMPARE(root["schema"].toString(), QString("ckptscope.doctor/1"));
        QVERIFY(root.contains("simd") && root.contains("devices") && root.contains("shares_blocks") && root["free_bytes"].toDouble() > 0);
        QCOMPARE(dir.list(), before); // no litter
        QCOMPARE(run({"doctor"}).code, 0);
    }

    void rules()
    {
        const auto all = run({"rules", "list", "--json"}).json();
        QCOMPARE(all["schema"].toString(), QString("ckptscope.rules/1"));
        QVERIFY(all["rules"].toArray().size() > 100);
        QCOMPARE(run({"rules", "--json"}).json(), all);
        const auto one = run({"rules", "show", "gdn.qwen3_next.a_log", "--json"}).json();
        QCOMPARE(one["rules"].toArray().size(), 1);
        QVERIFY(!one["rules"].toArray()[0].toObject()["why"].toString().isEmpty());
        const auto covered = run({"rules", "coverage", "Qwen3NextForCausalLM", "--json"}).json()["rules"].toArray();
        QVERIFY(covered.size() >= 2);
        QVERIFY(run({"rules", "coverage", "Qwen3NextForCausalML"}).err.contains("Did you mean Qwen3NextForCausalLM?"));
    }

    void diff()
    {
        QTemporaryDir out;
        const QString fixed = out.filePath("fixed");
        QCOMPARE(run({"fix", Demo, "-o", fixed, "-q"}).code, 0);
        const auto edits = run({"fix", Demo, "-o", out.filePath("x"), "--dry-run", "--json"}).json()["edits"].toArray().size();
        QVERIFY(edits > 0);
        const auto ran = run({"diff", Demo, fixed, "--values", "--json"});
        QCOMPARE(ran.code, 1);
        const auto said = ran.json();
        QCOMPARE(said["schema"].toString(), QString("ckptscope.diff/1"));
        QCOMPARE(said["counts"].toObject()["dtype"].toInt(), int(edits)); // a repair changes dtypes, and not a value
        QCOMPARE(said["counts"].toObject()["value"].toInt(), 0);
        const auto differences = said["differences"].toArray();
        QCOMPARE(differences.size(), edits);
        QCOMPARE(differences[0].toObject()["b"].toObject()["dtype"].toString(), QString("F32"));
        QVERIFY(run({"diff", Demo, fixed}).err.contains("values not compared (--values compares them)"));
        QCOMPARE(run({"diff", Demo, fixed, "--filter", "change:added", "--json"}).code, 0);
    }

    void checkAsksADonor_data()
    {
        QTest::addColumn<double>("donors"); // value of dt_bias in the donor; ours is 1
        QTest::addColumn<QString>("code");
        QTest::newRow("fits") << 1.0009765625 << "";
        QTest::newRow("another model") << 1.5 << "donor.disagrees";
        QTest::newRow("no finer") << 1.0 << "donor.laundered";
    }
    void checkAsksADonor()
    {
        QFETCH(double, donors);
        QFETCH(QString, code);
        QTemporaryDir out;
        const std::string key = "model.layers.0.linear_attn.A_log";
        const auto write = [&](const char* name, const char* dtype, double value) {
            test::SafetensorsFile file;
            file.addValue(key, dtype, {4}, value);
            const QString path = out.filePath(name);
            QFile to(path);
            const std::string bytes = file.bytes();
            return to.open(QIODevice::WriteOnly) && to.write(bytes.data(), qsizetype(bytes.size())) == qsizetype(bytes.size()) ? path : QString();
        };
        const QString ours = write("ours.safetensors", "BF16", 1);
        const QString donor = write("donor.safetensors", "F32", donors);
        const auto ran = run({"check", ours, "--arch", "Qwen3NextForCausalLM", "--donor", donor, "--json"});
        QCOMPARE(ran.code, 1);
        const auto told = ran.json()["donor"].toObject()["tensors"].toArray();
        QCOMPARE(told.size(), 1);
        QCOMPARE(told[0].toObject()["fits"].toBool(), code.isEmpty());
        QCOMPARE(told[0].toObject()["code"].toString(), code);
        const auto findings = ran.json()["findings"].toArray();
        bool restores = false;
        for (const auto& finding : findings) {
            restores = restores || finding.toObject()["fix"].toObject()["restores_lost_bits"].toBool();
        }
        QCOMPARE(restores, code.isEmpty());
        QCOMPARE(run({"check", ours, "--donor", "/no/such/file"}).code, 2);
        QCOMPARE(QDir(out.path()).entryList(QDir::Files).size(), 2); // nothing is written
    }

    void aFullDiskIsNoSuccess_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::newRow("ls, quiet") << QStringList{"ls", "-q", Demo};
        QTest::newRow("ls, with notes") << QStringList{"ls", Demo}; // they flush what is printed
        QTest::newRow("stats") << QStringList{"stats", Demo};
        QTest::newRow("check, with violations") << QStringList{"check", Demo};
        QTest::newRow("check as JSON") << QStringList{"check", "--json", Demo};
        QTest::newRow("diff") << QStringList{"diff", Demo, "plain"}; // a file that is made below
    }
    void aFullDiskIsNoSuccess()
    {
        QFETCH(QStringList, arguments);
        const test::TempDir other;
        if (arguments.front() == "diff") {
            arguments.back() = q(plainFile(other));
        }
        QProcess process;
        process.setStandardOutputFile("/dev/full");
        process.start(q(test::programPath("ckptscope")), arguments);
        QVERIFY(process.waitForFinished());
        QCOMPARE(process.exitCode(), 2);
        QVERIFY(process.readAllStandardError().contains("standard output cannot be written"));
    }
};

QTEST_GUILESS_MAIN(TestCli)
#include "tst_cli.moc"
