// SPDX-License-Identifier: Apache-2.0
// The pickle machine and its safety report: what a file would import is told, and nothing is run.
#include "core/contracts/check.h"
#include "core/formats/formatreader.h"
#include "core/formats/pickle.h"
#include "core/formats/pickleglobals.h"
#include "core/formats/torchvalue.h"
#include "core/report/messages.h"
#include "tests/support/tempdir.h"

#include <QTest>

#include <algorithm>

using namespace ckptscope;
using namespace std::string_literals;
using Grade = PickleGlobal::Grade;

namespace {

pickle::Parsed parse(const std::string& bytes)
{
    MemoryBudget budget(pickle::limits().memory);
    return pickle::parse(ByteSource::borrowed(std::as_bytes(std::span(bytes))), 0, budget, {});
}

/// The value as describe() words it, or why there is none.
std::string valueOf(const std::string& bytes)
{
    const auto parsed = parse(bytes);
    return parsed.stopped ? std::string(codeInfo(parsed.stopped->code).id) : torch::describe(parsed.graph, parsed.root);
}

std::string u32(std::uint32_t value)
{
    std::string out;
    for (int i = 0; i < 4; ++i) {
        out += static_cast<char>(value >> (8 * i) & 0xFF);
    }
    return out;
}

std::string repeated(const std::string& what, std::size_t times)
{
    std::string out;
    out.reserve(what.size() * times);
    for (std::size_t i = 0; i < times; ++i) {
        out += what;
    }
    return out;
}

/// pickle.dumps at protocol 4 of a call: module, name, one text argument.
std::string stackCall(const std::string& module, const std::string& name)
{
    const auto text = [](const std::string& s) { return "\x8c"s + static_cast<char>(s.size()) + s; };
    return "\x80\x04"s + text(module) + text(name) + "\x93" + text("id") + "\x85R.";
}

} // namespace

class PickleTest : public QObject {
    Q_OBJECT
private slots:
    /// Values as CPython's pickle.loads gives them.
    void values_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("value");
        const auto row = [](const char* name, const std::string& bytes, const char* value) {
            QTest::newRow(name) << QByteArray::fromStdString(bytes) << QString::fromUtf8(value);
        };
        row("none", "N.", "None");
        row("true, protocol 0", "I01\n.", "True");
        row("true, protocol 2", "\x80\x02\x88.", "True");
        row("int line", "I-12\n.", "-12");
        row("long line", "L12L\n.", "12");
        row("long line over 64 bits", "L18446744073709551616L\n.", "18446744073709551616");
        row("BININT", "J\xff\xff\xff\xff.", "-1");
        row("BININT2", "M\xff\xff.", "65535");
        row("LONG1, empty", "\x80\x02\x8a\0."s, "0");
        row("LONG1, 2**31", "\x80\x02\x8a\x05\0\0\0\x80\0."s, "2147483648");
        row("LONG1, -2**63", "\x80\x02\x8a\x08\0\0\0\0\0\0\0\x80."s, "-9223372036854775808");
        row("LONG1, 2**63", "\x80\x02\x8a\x09\0\0\0\0\0\0\0\x80\0."s, "0x8000000000000000");
        row("LONG1, -2**64", "\x80\x02\x8a\x09\0\0\0\0\0\0\0\0\xff."s, "-0x10000000000000000");
        row("float line", "F0.5\n.", "0.5");
        row("BINFLOAT is big-endian", "G\x3f\xb9\x99\x99\x99\x99\x99\x9a.", "0.1");
        row("string line", "S'a\\x41\\n'\n.", "'aA\n'");
        row("unicode line", "Va\\u00e9\n.", "'aé'");
        row("unicode line is Latin-1", "V\xe9\n.", "'é'");
        row("unicode line, upper case", "V\\u00C9\\u20AC\n.", "'É€'");
        row("unicode line of eight digits", "V\\U0001F600\n.", "'😀'");
        row("string line, octal", "S'\\101\\0602'\n.", "'A02'");
        row("BINUNICODE", "X\2\0\0\0hi."s, "'hi'");
        row("SHORT_BINUNICODE", "\x80\x04\x8c\2hi."s, "'hi'");
        row("bytes",
            "\x80\x03"
            "C\3abc.",
            "3 bytes");
        row("tuple of marks", "(K\1K\2t."s, "(1, 2)");
        row("tuples", "\x80\x02K\1\x85K\2\x86."s, "((1,), 2)");
        row("list", "](K\1K\2e."s, "[1, 2]");
        row("list of marks", "(K\1K\2l."s, "[1, 2]");
        row("dict", "}(K\1K\2u."s, "{1: 2}");
        row("dict of marks", "(K\1K\2d."s, "{1: 2}");
        row("set", "\x80\x04\x8f(K\1\x90."s, "{1}");
        row("frozenset", "\x80\x04(K\1\x91."s, "{1}");
        row("memo", "]q\0(K\1h\0e."s, "[1, [1, […, …]]]");
        row("memo with a gap",
            "K\1r\xff\xff\xff\xee"
            "0j\xff\xff\xff\xee."s,
            "1");
        row("MEMOIZE counts", "\x80\x04K\1\x94K\2\x94h\1\x86."s, "(2, 2)");
        row("pop and dup",
            "K\1K\2"
            "02\x86."s,
            "(1, 1)");
        row("pop takes a mark", "K\1(0."s, "1");
        row("POP_MARK",
            "K\1(K\2K\3"
            "1."s,
            "1");
        row("FRAME", "\x80\x04\x95\2\0\0\0\0\0\0\0N."s, "None");
        row("call", "cos\nsystem\n(S'id'\ntR.", "os.system('id')");
    }
    void values()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, value);
        const auto got = valueOf(bytes.toStdString());
        if (bytes.startsWith("]q")) { // a list in itself: words end somewhere
            QVERIFY(got.starts_with("[1, [1, [1,"));
        } else {
            QCOMPARE(QString::fromStdString(got), value);
        }
    }

    void rejects_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        const auto row = [](const char* name, const std::string& bytes) { QTest::newRow(name) << QByteArray::fromStdString(bytes); };
        row("nothing", "");
        row("no STOP", "N");
        row("STOP without a value", ".");
        row("unknown opcode", "\xff.");
        row("protocol 6", "\x80\x06N.");
        row("POP of nothing", "0.");
        row("DUP of nothing", "2.");
        row("APPEND below a mark", "](K\1a."s);
        row("APPENDS without a mark", "]K\1e."s);
        row("SETITEMS of three", "}(K\1K\2K\3u."s);
        row("DICT of three", "(K\1K\2K\3d."s);
        row("SETITEM on a list", "]K\1K\2s."s);
        row("APPEND on a dict", "}K\1a."s);
        row("APPEND on a number", "K\1K\2a."s);
        row("GET before PUT", "h\0."s);
        row("PUT of nothing", "q\0."s);
        row("memo slot is no number", "gx\n.");
        row("text longer than the file",
            "X\xff\xff\xff\x7f"
            "a.");
        row("text of 2**64 - 1",
            "\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xff"
            "a.");
        row("negative length",
            "T\xff\xff\xff\xff"
            "a.");
        row("frame longer than the file", "\x80\x04\x95\xff\xff\0\0\0\0\0\0N."s);
        row("line without an end", "cos\nsystem");
        row("string without quotes", "Sabc\n.");
        row("int is no number", "Ix\n.");
        row("float is no number", "Fx\n.");
        row("out-of-band buffer", "\x80\x05\x97.");
        row("OBJ without a class", "(o.");
        row("TUPLE2 of one", "\x80\x02K\1\x86."s);
        row("STACK_GLOBAL of one", "\x80\x04\x8c\1a\x93."s);
    }
    void rejects()
    {
        QFETCH(QByteArray, bytes);
        const auto parsed = parse(bytes.toStdString());
        QVERIFY(parsed.stopped);
        QCOMPARE(parsed.stopped->code, Code::PickleMalformed);
        QVERIFY(parsed.stopped->offset && *parsed.stopped->offset <= static_cast<std::uint64_t>(bytes.size()));
    }

    /// Streams that are made to take memory or time: a limit ends each.
    void bombs_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        const auto row = [](const char* name, const std::string& bytes) { QTest::newRow(name) << QByteArray::fromStdString(bytes); };
        row("lists", repeated("]", 300'000));
        row("marks", repeated("(", 300'000));
        row("duplicates", "]" + repeated("2", 500'000));
        row("far memo slots", [] {
            std::string out = "N";
            for (std::uint32_t i = 0; i < 50'000; ++i) {
                out += "r" + u32(i * 37 + 1'000'000);
            }
            return out;
        }());
        row("globals", [] {
            std::string out;
            for (std::uint32_t i = 0; i < 10'000; ++i) {
                out += "ca\n" + std::to_string(i) + "\n0";
            }
            return out;
        }());
        row("opcodes", repeated("N0", 260'000));
        row("one integer", "\x8b" + u32(2'000'000) + std::string(2'000'000, '\1'));
    }
    void bombs()
    {
        QFETCH(QByteArray, bytes);
        const auto before = pickle::limits(); // a hundredth of it shows the same in a hundredth of the time
        pickle::limits().memory /= 100;
        pickle::limits().opcodes /= 100;
        pickle::limits().globals /= 100;
        const auto parsed = parse(bytes.toStdString());
        pickle::limits() = before;
        QVERIFY(parsed.stopped);
        QCOMPARE(parsed.stopped->code, Code::LimitExceeded);
    }

    void grades_data()
    {
        QTest::addColumn<QByteArray>("module");
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<int>("grade");
        const auto row = [](const char* module, const char* name, Grade grade) {
            QTest::newRow(qPrintable(QStringLiteral("%1 %2").arg(module, name))) << QByteArray(module) << QByteArray(name) << static_cast<int>(grade);
        };
        for (const char* name : {"FloatStorage", "bfloat16", "float8_e4m3fn", "Size", "device", "FloatTensor", "per_channel_affine"}) {
            row("torch", name, Grade::Known);
        }
        row("torch._utils", "_rebuild_tensor_v2", Grade::Known);
        row("torch.storage", "UntypedStorage", Grade::Known);
        row("collections", "OrderedDict", Grade::Known);
        row("__builtin__", "set", Grade::Known);
        row("copy_reg", "_reconstructor", Grade::Known);
        row("numpy.core.multiarray", "_reconstruct", Grade::Known);
        row("torch.nn.modules.linear", "Linear", Grade::Unknown);
        row("argparse", "Namespace", Grade::Unknown);
        row("my.project", "Config.Inner", Grade::Unknown);
        row("builtins", "ValueError", Grade::Unknown);
        row("torch", "FloatStorageX", Grade::Unknown);
        for (const auto& [module, name] : std::initializer_list<std::pair<const char*, const char*>>{
                 {"os", "system"},
                 {"posix", "system"},
                 {"nt", "system"},
                 {"subprocess", "Popen"},
                 {"builtins", "eval"},
                 {"__builtin__", "exec"},
                 {"__builtin__", "apply"},
                 {"builtins", "getattr"},
                 {"builtins", "__import__"},
                 {"builtins", "compile"},
                 {"sys", "exit"},
                 {"runpy", "_run_code"},
                 {"socket", "socket"},
                 {"shutil", "rmtree"},
                 {"operator", "attrgetter"},
                 {"_operator", "methodcaller"},
                 {"functools", "partial"},
                 {"pickle", "loads"},
                 {"_pickle", "loads"},
                 {"marshal", "loads"},
                 {"types", "FunctionType"},
                 {"types", "CodeType"},
                 {"importlib", "import_module"},
                 {"asyncio.unix_events", "_UnixSubprocessTransport._start"},
                 {"torch.hub", "load"},
                 {"torch.serialization", "load"},
                 {"torch", "load"},
                 {"torch._dynamo.guards", "GuardBuilder.get"},
                 {"torch.utils.collect_env", "run"},
                 {"torch.jit.unsupported_tensor_ops", "execWrapper"},
                 {"torch.utils._config_module", "ConfigModule.load_config"},
                 {"numpy.f2py.crackfortran", "getlincoef"},
                 {"numpy.testing._private.utils", "runstring"},
                 {"pip", "main"},
                 {"pydoc", "pipepager"},
                 {"logging", "FileHandler"},
                 {"uuid", "_get_command_stdout"},
                 {"imaplib", "IMAP4_stream"},
                 {"_osx_support", "_read_output"},
                 {"_pyrepl.pager", "pipe_pager"},
                 {"lib2to3.pgen2.grammar", "Grammar.loads"},
                 {"_io", "FileIO"},
                 {"io", "open"},
                 {"cloudpickle.cloudpickle", "_make_function"},
                 {"test.support.script_helper", "assert_python_ok"},
                 {"commands", "getoutput"},
                 {"torch.fx.experimental.symbolic_shapes", "ShapeEnv.evaluate_guards_expression"},
                 {"httplib", "HTTPSConnection"},
                 {"ctypes", "CDLL"},
                 // dotted names, which walk from a harmless module to another
                 {"torch", "hub.load"},
                 {"torch", "serialization.os.system"},
                 {"random", "_os.system"},
                 {"collections", "abc.sys.modules"},
                 {"torch._utils", "importlib.import_module"},
                 {"collections", "OrderedDict.__reduce__"},
                 {"logging.handlers", "x"}}) {
            row(module, name, Grade::Dangerous);
        }
    }
    void grades()
    {
        QFETCH(QByteArray, module);
        QFETCH(QByteArray, name);
        QFETCH(int, grade);
        QCOMPARE(static_cast<int>(pickle::gradeGlobal(module.toStdString(), name.toStdString())), grade);
    }

    /// Whole files: the report names what a loader would have run.
    void malicious_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("named"); ///< "module.name", called
        const auto row = [](const char* name, const std::string& bytes, const char* named = "os.system") {
            QTest::newRow(name) << QByteArray::fromStdString(bytes) << QString::fromLatin1(named);
        };
        row("REDUCE",
            "\x80\x02"
            "cos\nsystem\nX\2\0\0\0id\x85R."s);
        row("REDUCE, protocol 0", "cos\nsystem\n(S'id'\ntR.");
        row("REDUCE, protocol 4", stackCall("os", "system"));
        row("INST", "(S'id'\nios\nsystem\n.");
        row("OBJ", "(cos\nsystem\nS'id'\no.");
        row("NEWOBJ",
            "\x80\x02"
            "cos\nsystem\nX\2\0\0\0id\x85\x81."s);
        row("NEWOBJ_EX", "\x80\x04\x8c\2os\x8c\6system\x93)}\x92."s);
        row("BUILD",
            "\x80\x02"
            "cos\nsystem\n)\x81}X\1\0\0\0aK\1sb."s);
        row("in a list, before the rest", "\x80\x02]cos\nsystem\nX\2\0\0\0id\x85Ra."s);
        row("value dropped by POP",
            "\x80\x02"
            "cos\nsystem\nX\2\0\0\0id\x85R0N."s);
        row("value dropped by POP_MARK", "\x80\x02N(cos\nsystem\nX\2\0\0\0id\x85R1."s);
        row("broken behind the call",
            "\x80\x02"
            "cos\nsystem\nX\2\0\0\0id\x85R\xff\xff"s);
        row("cut behind the call",
            "\x80\x02"
            "cos\nsystem\nX\2\0\0\0id\x85R"s);
        row("names through the memo",
            "\x80\x04\x8c\6system\x94\x8c\2os\x94"
            "00h\1h\0\x93\x8c\2id\x85R."s);
        row("memo slot written twice",
            "\x80\x04\x8c\1a\x94\x8c\2osq\0"
            "00h\0\x8c\6system\x93\x8c\2id\x85R."s);
        row("names with PUT between", "\x80\x04\x8c\2osq\7\x8c\6systemq\x08\x93q\x09\x8c\2id\x85R."s);
        row("several PROTO",
            "\x80\x02\x80\x04\x80\x02"
            "cos\nsystem\nX\2\0\0\0id\x85R."s);
        row("second pickle",
            "\x80\x02N.\x80\x02"
            "cos\nsystem\nX\2\0\0\0id\x85R."s);
        row("second pickle of protocol 0", "\x80\x02N.cos\nsystem\n(S'id'\ntR."s);
        row("computed name", "\x80\x04\x8c\2os\x8c\1a)\x93)R\x93)R."s, "(computed).(computed)");
        row("nested: pickle.loads of bytes",
            "\x80\x03"
            "cpickle\nloads\nC\x13\x80\x02"
            "cos\nsystem\nX\0\0\0\0.\x85R."s);
        row("nested: protocol 0 in loads",
            "\x80\x03"
            "c_pickle\nloads\nC\x15"
            "cos\nsystem\n(S'id'\ntR.\x85R."s);
        row("nested: bytes that nobody loads",
            "\x80\x03"
            "C\x13\x80\x02"
            "cos\nsystem\nX\0\0\0\0.\x85."s);
        row("nested: as text, protocol 2",
            "\x80\x02"
            "ctorch.storage\n_load_from_bytes\nc_codecs\nencode\nX\x14\0\0\0\xc2\x80\x02"
            "cos\nsystem\nX\0\0\0\0.X\x06\0\0\0latin1\x86R\x85R."s);
        row("dotted", stackCall("torch", "serialization.os.system"), "torch.serialization.os.system");
        row("marshal and FunctionType", stackCall("marshal", "loads"), "marshal.loads");
        row("getattr",
            "\x80\x02"
            "c__builtin__\ngetattr\nc__builtin__\n__import__\nX\2\0\0\0os\x85RX\6\0\0\0system\x86RX\2\0\0\0id\x85R."s,
            "__builtin__.getattr");
    }
    void malicious()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, named);
        const test::TempDir dir;
        const auto path = dir.write("x.pkl", bytes.toStdString());
        const auto checkpoint = openCheckpoint({path});
        QVERIFY2(checkpoint, checkpoint ? "" : errorText(checkpoint.error()).c_str());
        const auto& globals = (*checkpoint)->globals();
        const auto found =
            std::find_if(globals.begin(), globals.end(), [&](const PickleGlobal& g) { return g.module + "." + g.name == named.toStdString(); });
        QVERIFY(found != globals.end());
        QCOMPARE(static_cast<int>(found->grade), static_cast<int>(Grade::Dangerous));
        QVERIFY(found->called || bytes.contains("C\x13") || bytes.contains("C\x15") || bytes.contains("\xc2\x80")); // nested ones are only named
        QVERIFY(found->offset < static_cast<std::uint64_t>(bytes.size()));
    }

    /// Each name is one finding, however many there are and however long they are.
    void everyNameIsAFinding()
    {
        std::string bytes = "\x80\x02";
        for (int i = 0; i < 200; ++i) {
            const auto line = "cos\nname_that_no_small_buffer_holds_" + std::to_string(i) + "\n0";
            bytes += line + line;
        }
        const test::TempDir dir;
        const auto checkpoint = openCheckpoint({dir.write("x.pkl", bytes + "N.")});
        QVERIFY(checkpoint);
        const auto report = runChecks(**checkpoint);
        QVERIFY(report);
        QCOMPARE(std::count_if((*report)->findings.begin(), (*report)->findings.end(),
                               [](const auto& finding) { return finding.rule == "pickle.dangerous"; }),
                 std::ptrdiff_t{200});
    }

    /// Objects that unfold to far more than the file holds end in a problem, not in a hang.
    void unfolds_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        const auto row = [](const char* name, const std::string& bytes) { QTest::newRow(name) << QByteArray::fromStdString(bytes); };
        row("billion laughs by DUP", "\x80\x02(K\1l" + repeated("2\x86", 100) + ".");
        row("billion laughs of dictionaries", [] {
            std::string out = "\x80\x02}X\1\0\0\0aK\1s"s;
            for (int i = 0; i < 60; ++i) {
                out += "q\1"
                       "0}(X\1\0\0\0ah\1X\1\0\0\0bh\1u"s;
            }
            return out + ".";
        }());
        row("a million lists deep", "\x80\x02" + repeated("]", 1'000'000) + repeated("a", 999'999) + ".");
        row("a million calls deep",
            "\x80\x02"
            "ca\nb\n"
                + repeated(")R", 1'000'000) + ".");
    }
    void unfolds()
    {
        QFETCH(QByteArray, bytes);
        const test::TempDir dir;
        const auto checkpoint = openCheckpoint({dir.write("x.pkl", bytes.toStdString())});
        QVERIFY(!checkpoint || (*checkpoint)->damaged() || !(*checkpoint)->globals().empty());
    }

    /// The getattr that CPython 3.11 writes for an enum's member is told apart from every other.
    void benignGetattr()
    {
        const test::TempDir dir;
        const auto with = [&](const std::string& name) {
            const auto path = dir.write("x.pkl",
                                        "\x80\x02"
                                        "c__builtin__\ngetattr\nctorch.distributed.checkpoint.metadata\n_MEM_FORMAT_ENCODING\nX"
                                            + u32(static_cast<std::uint32_t>(name.size())) + name + "\x86R.");
            const auto checkpoint = openCheckpoint({path});
            return checkpoint ? (*checkpoint)->globals().at(0).grade : Grade::Unknown;
        };
        QCOMPARE(static_cast<int>(with("TORCH_CONTIGUOUS_FORMAT")), static_cast<int>(Grade::Known));
        QCOMPARE(static_cast<int>(with("__class__")), static_cast<int>(Grade::Dangerous));
    }
};

QTEST_APPLESS_MAIN(PickleTest)
#include "tst_pickle.moc"
