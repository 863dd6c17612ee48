// SPDX-License-Identifier: Apache-2.0
// What torch itself says of the results is in tests/interop/test_fix_torch.py; here: hostile pickles, and what must not
// change.
#include "core/fix/apply.h"
#include "core/fix/pickleedit.h"
#include "core/fix/planfile.h"
#include "core/formats/formatreader.h"
#include "core/report/json.h"
#include "core/report/messages.h"
#include "core/values/elementstream.h"
#include "tests/support/fixreport.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/torchfile.h"

#include <QTest>

using namespace ckptscope;
using namespace ckptscope::test;

namespace {

#define VERIFY_OK(result) QVERIFY2((result).has_value(), (result).has_value() ? "" : codeInfo((result).error().code).id.data())

std::string pickleOf(const std::string& archive)
{
    const auto at = archive.find("\x80\x02}");
    return archive.substr(at, archive.find("u.", at) + 2 - at);
}

std::string sample()
{
    TorchFile file;
    file.dense("A_log", "BFloat16Storage", 2, {4}, std::string(8, '1')).dense("w", "BFloat16Storage", 2, {2, 2}, std::string(8, '2'));
    return pickleOf(file.bytes());
}

} // namespace

class TestFixTorch : public QObject {
    Q_OBJECT

private slots:
    void changesNothingUnasked()
    {
        const std::string pickle = sample();
        auto editor = PickleEditor::open(pickle + "behind the end");
        VERIFY_OK(editor);
        const auto out = editor->finish();
        VERIFY_OK(out);
        QVERIFY(*out == pickle);
    }

    void followsWhatIsRemembered()
    {
        // ('a' remembered as 0, 'b') twice: the first is replaced, so that the second has to say 'a' itself, and
        // remember it for the third
        const std::string first = std::string("(X\x01\0\0\0a", 7) + std::string("q\0", 2) + std::string("X\x01\0\0\0bt", 7);
        const std::string again = std::string("(h\0X\x01\0\0\0bt", 10);
        const std::string call = "cm\nf\n";
        std::string pickle = "\x80\x02(" + call + "(" + first + "tR" + call + "(" + again + "tR" + call + "(" + again + "tRt.";
        auto editor = PickleEditor::open(pickle);
        VERIFY_OK(editor);
        const auto reduce = pickle.find("tR") + 1;
        const auto arguments = editor->arguments(reduce);
        QCOMPARE(arguments.size(), std::size_t{1});
        QCOMPARE(editor->children(arguments[0]).size(), std::size_t{2});
        editor->replace(arguments[0], PickleEditor::integer(7));
        const auto out = editor->finish();
        VERIFY_OK(out);
        QVERIFY(*out == "\x80\x02(" + call + "(K\x07" + "tR" + call + "(" + first + "tR" + call + "(" + again + "tRt.");
    }

    void refusesPickles_data()
    {
        QTest::addColumn<QByteArray>("pickle");
        QTest::newRow("nothing") << QByteArray();
        QTest::newRow("no end") << QByteArray("\x80\x02N");
        QTest::newRow("POP") << QByteArray("\x80\x02NN0.");
        QTest::newRow("DUP") << QByteArray("\x80\x02N2t.");
        QTest::newRow("a tuple of nothing") << QByteArray("\x80\x02\x85.");
        QTest::newRow("no mark") << QByteArray("\x80\x02Nt.");
        QTest::newRow("REDUCE under the mark") << QByteArray("\x80\x02N(NR.");
        QTest::newRow("PUT of nothing") << QByteArray("\x80\x02q\x01.", 5);
        QTest::newRow("one number for two") << QByteArray("\x80\x02Nq\x01Nq\x01\x86.");
        QTest::newRow("a text longer than all") << QByteArray("\x80\x02X\xff\xff\xff\x7f"
                                                              "a.");
        QTest::newRow("a length of 2^64 - 1") << QByteArray("\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xff"
                                                            "a.");
        QTest::newRow("a line without end") << QByteArray("\x80\x02"
                                                          "cabc");
        QTest::newRow("an unknown opcode") << QByteArray("\x80\x02\xff.");
    }
    void refusesPickles()
    {
        QFETCH(QByteArray, pickle);
        const auto editor = PickleEditor::open(pickle.toStdString());
        QVERIFY(!editor.has_value());
        QCOMPARE(editor.error().code, Code::FixTorchCannot);
    }

    void survivesDamage()
    {
        const std::string pickle = sample();
        for (std::size_t at = 0; at < pickle.size(); ++at) {
            QVERIFY(!PickleEditor::open(pickle.substr(0, at)).has_value());
            for (const int bit : {1, 0x20, 0x80}) {
                std::string broken = pickle;
                broken[at] = static_cast<char>(broken[at] ^ bit);
                if (auto editor = PickleEditor::open(broken)) {
                    for (std::size_t reduce = 0; reduce < pickle.size(); ++reduce) {
                        if (const auto arguments = editor->arguments(reduce); !arguments.empty()) {
                            editor->replace(arguments[0], "N");
                        }
                    }
                    (void)editor->finish();
                }
            }
        }
    }

    void integers_data()
    {
        QTest::addColumn<quint64>("value");
        QTest::addColumn<QByteArray>("spelled");
        QTest::newRow("0") << quint64{0} << QByteArray("K\0", 2);
        QTest::newRow("255") << quint64{255} << QByteArray("K\xff");
        QTest::newRow("256") << quint64{256} << QByteArray("M\0\x01", 3);
        QTest::newRow("65535") << quint64{65535} << QByteArray("M\xff\xff");
        QTest::newRow("2^31 - 1") << quint64{0x7fffffff} << QByteArray("J\xff\xff\xff\x7f");
        QTest::newRow("2^31") << quint64{0x80000000} << QByteArray("\x8a\x08\0\0\0\x80\0\0\0\0", 10);
        QTest::newRow("2^64 - 1") << quint64{UINT64_MAX} << QByteArray("\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\0", 11);
    }
    void integers()
    {
        QFETCH(quint64, value);
        QTEST(QByteArray::fromStdString(PickleEditor::integer(value)), "spelled");
    }

    void folder()
    {
        const TempDir dir;
        const std::string source = writeTorchFolder(dir, "in");
        const auto before = readTree(source);
        for (const VerifyChoice verify : {VerifyChoice::Edited, VerifyChoice::Full}) {
            const auto checkpoint = openOrDie(source);
            QCOMPARE(checkpoint->problems().size(), std::size_t{0});
            FixOptions options;
            options.output = dir.path("out");
            options.to = FixTarget::Torch;
            options.verify = verify;
            options.force = true;
            const auto plan = planFix(*checkpoint, fp32Report(*checkpoint), options);
            VERIFY_OK(plan);
            const auto receipt = applyPlan(*checkpoint, *plan);
            VERIFY_OK(receipt);
            QCOMPARE(receipt->edits.size(), std::size_t{4});
            QVERIFY(receipt->comparedBytes >= plan->outputBytes);
        }
        QVERIFY(readTree(source) == before);
        const auto now = openOrDie(dir.path("out"));
        QVERIFY2(now->problems().empty(), "checksums, sizes and names are right");
        QVERIFY(now->format() == "torch");
        const auto old = openOrDie(source);
        QCOMPARE(now->tensors().size(), old->tensors().size());
        for (std::size_t i = 0; i < old->tensors().size(); ++i) {
            const TensorInfo& one = old->tensors()[i];
            const TensorInfo& two = now->tensors()[i];
            QVERIFY(one.key == two.key);
            const bool edited = one.key.ends_with("A_log") || one.key.ends_with("dt_bias");
            QVERIFY(two.dtype == (edited ? DType::F32 : one.dtype));
        }
    }

    /// Views that share a storage, and one that is transposed: the whole storage is cast once, and the views stay what they were.
    /// The plan of it can be saved and read back.
    void views_data()
    {
        QTest::addColumn<bool>("deflated");
        QTest::newRow("stored") << false;
        QTest::newRow("deflated") << true;
    }
    void views()
    {
        QFETCH(bool, deflated);
        std::vector<std::string> numbers; // 1.0, 2.0 ... as BF16
        for (const char* bits : {"\x80\x3f", "\x00\x40", "\x40\x40", "\x80\x40", "\xa0\x40", "\xc0\x40", "\xe0\x40", "\x00\x41"}) {
            numbers.emplace_back(bits, 2);
        }
        std::string data;
        for (const std::string& number : numbers) {
            data += number;
        }
        TorchFile file;
        const auto shared = file.storage("BFloat16Storage", 2, data);
        file.tensor("l.0.linear_attn.A_log", shared, 2, {2, 2}, {1, 2}).tensor("l.0.linear_attn.dt_bias", shared, 2, {4}, {1});
        file.dense("l.0.w", "BFloat16Storage", 2, {8}, data);
        const TempDir dir;
        const auto checkpoint = openOrDie(dir.write("in.pt", file.bytes(deflated)));
        QVERIFY(checkpoint->problems().empty() || checkpoint->problems().front().what.code == Code::ConfigMissing);
        FixOptions options;
        options.output = dir.path("out.pt");
        options.to = FixTarget::Torch;
        auto plan = planFix(*checkpoint, fp32Report(*checkpoint), options);
        VERIFY_OK(plan);
        QVERIFY(!plan->views.empty());
        const std::vector<std::string> opening{dir.path("in.pt")};
        const auto savable = makeSavable(*plan, *checkpoint, opening, false, {});
        VERIFY_OK(savable);
        std::string text;
        report::writePlanJson(*plan, [&](std::string_view piece) { text += piece; });
        const auto read = readPlan(text, "plan.json");
        VERIFY_OK(read);
        QVERIFY(read->views == plan->views && read->files == plan->files && read->edits == plan->edits);
        VERIFY_OK(applyPlan(*checkpoint, *read));
        const auto out = openOrDie(dir.path("out.pt"));
        QVERIFY(!out->damaged());
        const auto values = [&](const char* key) {
            const TensorInfo* tensor = out->find(key);
            auto stream = ElementStream::open(std::make_shared<ShardFiles>(out), *tensor);
            std::string bytes(static_cast<std::size_t>(stream ? stream->bytes() : 0), '\0');
            if (const auto done = stream ? stream->read(0, std::as_writable_bytes(std::span(bytes))) : Result<void>(stream.error()); !done) {
                return errorText(done.error());
            }
            return std::string(dtypeName(tensor->dtype)) + bytes;
        };
        const auto floats = [&](const std::vector<std::size_t>& which) {
            std::string bytes;
            for (const std::size_t i : which) {
                bytes += numbers[i];
            }
            return "F32" + widenBf16(bytes);
        };
        QCOMPARE(QByteArray::fromStdString(values("l.0.linear_attn.A_log")).toHex(),
                 QByteArray::fromStdString(floats({2, 4, 3, 5})).toHex()); // transposed: as it was
        QCOMPARE(values("l.0.linear_attn.dt_bias"), floats({2, 3, 4, 5}));
        QCOMPARE(values("l.0.w"), "BF16" + data);
    }

    void refuses_data()
    {
        QTest::addColumn<QString>("what");
        for (const char* what : {"rename", "drop", "metadata", "not a torch file", "in place as safetensors"}) {
            QTest::newRow(what) << what;
        }
    }
    void refuses()
    {
        QFETCH(QString, what);
        const TempDir dir;
        const std::string source = what == "not a torch file" ? writeGdnFolder(dir, "in") : writeTorchFolder(dir, "in");
        const auto checkpoint = openOrDie(source);
        FixOptions options;
        options.output = dir.path("out");
        options.to = FixTarget::Torch;
        if (what == "rename") {
            options.renames = {{"model.", "m."}};
        } else if (what == "drop") {
            options.drops = {"*mlp*"};
        } else if (what == "metadata") {
            options.metadata = {{"a", "b"}};
        } else if (what.startsWith("in place")) {
            options.output.clear();
            options.inPlace = true;
            options.to = FixTarget::Safetensors;
        }
        const auto plan = planFix(*checkpoint, fp32Report(*checkpoint), options);
        QVERIFY(!plan.has_value());
        QCOMPARE(plan.error().code, what.startsWith("in place") ? Code::FixInPlaceFormat : Code::FixTorchCannot);
        QVERIFY(!dir.exists("out"));
    }
};

QTEST_APPLESS_MAIN(TestFixTorch)
#include "tst_fixtorch.moc"
