// SPDX-License-Identifier: Apache-2.0
// Where a repair goes by default, and what one click may write without asking.
#include "core/fix/place.h"
#include "core/fix/repair.h"
#include "core/formats/formatreader.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"
#include "tests/support/torchfile.h"

#include <QTest>

using namespace ckptscope;
using namespace ckptscope::test;

namespace {

std::string torchBytes(const std::string& prefix)
{
    TorchFile file;
    file.dense(prefix + "model.layers.0.linear_attn.A_log", "BFloat16Storage", 2, {4}, std::string(8, '\x3f'));
    file.dense(prefix + "model.layers.0.linear_attn.in_proj_qkvz.weight", "BFloat16Storage", 2, {2, 2}, std::string(8, '\x3f'));
    return file.bytes();
}

std::string safetensorsBytes(const char* dtype = "BF16")
{
    return SafetensorsFile().addValue("model.layers.0.linear_attn.A_log", dtype, {4}, 1).bytes();
}

std::shared_ptr<const Checkpoint> opened(const std::string& path)
{
    auto checkpoint = openCheckpoint({path});
    if (!checkpoint) {
        qFatal("%s", std::string(codeInfo(checkpoint.error().code).id).c_str());
    }
    return *checkpoint;
}

} // namespace

class TestRepair : public QObject {
    Q_OBJECT

private slots:
    void defaultOutputs_data()
    {
        QTest::addColumn<QString>("file"); // in the folder "m.1"
        QTest::addColumn<bool>("torch");
        QTest::addColumn<QString>("named");  // what the user says
        QTest::addColumn<QString>("target"); // "torch": --to torch
        QTest::addColumn<QString>("output");
        QTest::newRow("a safetensors file") << "a.safetensors" << false << "m.1/a.safetensors"
                                            << ""
                                            << "m.1/a-fixed.safetensors";
        QTest::newRow("its extension stays") << "a.st" << false << "m.1/a.st"
                                             << ""
                                             << "m.1/a-fixed.st";
        QTest::newRow("a torch file becomes safetensors") << "a.b.pt" << true << "m.1/a.b.pt"
                                                          << ""
                                                          << "m.1/a.b-fixed.safetensors";
        QTest::newRow("a torch file stays torch") << "a.pt" << true << "m.1/a.pt"
                                                  << "torch"
                                                  << "m.1/a-fixed.pt";
        QTest::newRow("a torch file without extension") << "weights" << true << "m.1/weights"
                                                        << ""
                                                        << "m.1/weights-fixed.safetensors";
        QTest::newRow("a folder") << "model.safetensors" << false << "m.1"
                                  << ""
                                  << "m.1-fixed";
        QTest::newRow("a folder with a slash") << "model.safetensors" << false << "m.1/"
                                               << ""
                                               << "m.1-fixed";
        QTest::newRow("the folder by a dot") << "model.safetensors" << false << "m.1/."
                                             << ""
                                             << "m.1-fixed";
        QTest::newRow("a folder of torch shards") << "pytorch_model.bin" << true << "m.1"
                                                  << ""
                                                  << "m.1-fixed";
    }
    void defaultOutputs()
    {
        QFETCH(QString, file);
        QFETCH(bool, torch);
        QFETCH(QString, named);
        QFETCH(QString, target);
        QFETCH(QString, output);
        const TempDir dir;
        dir.folder("m.1");
        dir.write("m.1/" + file.toStdString(), torch ? torchBytes("") : safetensorsBytes());
        dir.write("m.1/config.json", "{}");
        const auto checkpoint = opened(dir.path() + "/" + named.toStdString());
        const std::string got = defaultOutput(*checkpoint, "-fixed", target == "torch" ? FixTarget::Torch : FixTarget::Safetensors);
        QCOMPARE(QString::fromStdString(got), QString::fromStdString(dir.path() + "/") + output);
    }

    void oneClick_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("place");
        QTest::addColumn<bool>("writes");
        QTest::addColumn<QString>("question");
        const auto q = [](const std::string& text) { return QByteArray::fromStdString(text); };
        QTest::newRow("nothing is open") << q(safetensorsBytes()) << "out.safetensors" << true << "";
        QTest::newRow("nothing to do") << q(safetensorsBytes("F32")) << "out.safetensors" << false << "";
        QTest::newRow("a torch file, whole and by its names") << q(torchBytes("")) << "out.safetensors" << true << "";
        QTest::newRow("names would change") << q(torchBytes("module.")) << "out.safetensors" << false << "convert.stripped";
        QTest::newRow("a name that says another format") << q(torchBytes("")) << "out.pt" << false << "convert.suffix";
        QTest::newRow("the place is taken") << q(safetensorsBytes()) << "in" << false << "fix.output_is_source";
    }
    void oneClick()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, place);
        QFETCH(QString, question);
        const TempDir dir;
        const auto checkpoint = opened(dir.write("in", bytes.toStdString()));
        CheckOptions judge;
        judge.architecture = "Qwen3NextForCausalLM";
        const auto report = runChecks(*checkpoint, judge);
        QVERIFY(report);
        FixOptions options;
        options.output = dir.path(place.toStdString());
        const OneClickAnswer answer = oneClickFix(*checkpoint, **report, options, {});
        QTEST(answer.plan.has_value(), "writes");
        QCOMPARE(QString::fromStdString(answer.question ? std::string(codeInfo(answer.question->code).id) : std::string()), question);
    }
};

QTEST_APPLESS_MAIN(TestRepair)
#include "tst_repair.moc"
