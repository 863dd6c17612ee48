// SPDX-License-Identifier: Apache-2.0
// Single tensors as a file of their own: the bytes, what is refused, and that nothing is left behind. What other
// programs read in the result is tests/interop/test_export.py.
#include "core/convert/exporttensors.h"
#include "core/formats/formatreader.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"
#include "tests/support/torchfile.h"

#include <QTest>

using namespace ckptscope;
using ckptscope::test::SafetensorsFile;
using ckptscope::test::TempDir;

namespace {

std::shared_ptr<const Checkpoint> opened(const std::string& path)
{
    auto result = openCheckpoint({path});
    if (!result) {
        qFatal("cannot open %s", path.c_str());
    }
    return *result;
}

std::vector<std::uint32_t> named(const Checkpoint& checkpoint, const std::vector<std::string>& keys)
{
    std::vector<std::uint32_t> out;
    for (const std::string& key : keys) {
        out.push_back(checkpoint.indexOf(*checkpoint.find(key)));
    }
    return out;
}

} // namespace

class TestExportTensors : public QObject {
    Q_OBJECT

    TempDir m_dir;

private slots:
    void writesTheBitsThatAreStored()
    {
        const std::string nan("\x01\x00\xc0\x7f\x00\x00\x80\xff", 8); // a payload, -Inf
        const std::string path = m_dir.path("a.safetensors");
        SafetensorsFile().add("w", "BF16", {3}, "abcdef").add("odd", "F32", {2}, nan).add("left", "U8", {1}, "x").write(path);
        const auto checkpoint = opened(path);
        const auto written = exportSafetensors(checkpoint, named(*checkpoint, {"w", "odd"}), m_dir.path("out.safetensors"), false);
        QVERIFY(written);
        QVERIFY(written->notes.empty());
        // as safetensors' own writer has it: the wider dtype first, the header padded to a multiple of eight
        std::string header = R"({"__metadata__":{"format":"pt"},"odd":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                             R"("w":{"dtype":"BF16","shape":[3],"data_offsets":[8,14]}})";
        header.resize((header.size() + 7) / 8 * 8, ' ');
        QCOMPARE(m_dir.read("out.safetensors"), test::rawSafetensors(header, nan + "abcdef"));
        QCOMPARE(written->bytes, m_dir.read("out.safetensors").size());
        QCOMPARE(written->tensors.size(), 2U);
        QCOMPARE(written->tensors[0].dtype, DType::BF16);
    }

    void viewsBecomeContiguous()
    {
        test::TorchFile torch;
        const auto storage = torch.storage("FloatStorage", 4, "aaaabbbbccccddddeeeeffff");
        torch.tensor("t", storage, 0, {3, 2}, {1, 3});
        const auto checkpoint = opened(m_dir.write("m.pt", torch.bytes()));
        QVERIFY(exportTensors(checkpoint, named(*checkpoint, {"t"}), m_dir.path("t.safetensors"), false));
        QVERIFY(m_dir.read("t.safetensors").ends_with("aaaaddddbbbbeeeeccccffff"));
        QVERIFY(exportTensors(checkpoint, named(*checkpoint, {"t"}), m_dir.path("t.NPY"), false));
        QVERIFY(m_dir.read("t.NPY").starts_with("\x93NUMPY"));
        QVERIFY(m_dir.read("t.NPY").ends_with("aaaaddddbbbbeeeeccccffff"));
    }

    void otherTensorsMayBeDamaged()
    {
        const std::string path = m_dir.path("cut.safetensors");
        SafetensorsFile().add("whole", "U8", {4}, "good").add("cut", "U8", {64}, std::string(64, 'x')).write(path);
        m_dir.truncate("cut.safetensors", m_dir.read("cut.safetensors").size() - 10);
        const auto checkpoint = opened(path);
        QVERIFY(checkpoint->damaged());
        QVERIFY(exportTensors(checkpoint, named(*checkpoint, {"whole"}), m_dir.path("whole.safetensors"), false));
        QVERIFY(m_dir.read("whole.safetensors").ends_with("good"));
        const auto refused = exportTensors(checkpoint, named(*checkpoint, {"whole", "cut"}), m_dir.path("no"), false);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, Code::ExportCannot);
        QCOMPARE(refused.error().args[0], std::string("cut"));
        QVERIFY(!m_dir.exists("no"));
    }

    void refusals()
    {
        const std::string path = m_dir.path("b.safetensors");
        SafetensorsFile().add("a", "U8", {1}, "a").add("b", "U8", {1}, "b").write(path);
        const auto checkpoint = opened(path);
        const auto both = named(*checkpoint, {"a", "b"});
        const auto code = [&](const std::vector<std::uint32_t>& tensors, const std::string& to, bool force = false) {
            const auto result = exportTensors(checkpoint, tensors, to, force);
            return result ? Code::Internal : result.error().code;
        };
        const auto before = m_dir.list();
        QCOMPARE(code(both, m_dir.path("two.npy")), Code::ExportNpyOne);
        QCOMPARE(code({}, m_dir.path("none.safetensors")), Code::ConvertNothing);
        QCOMPARE(code({0, 0}, m_dir.path("twice.safetensors")), Code::ExportSameName);
        QCOMPARE(code(both, path, true), Code::FixOutputIsSource);
        QCOMPARE(code(both, "/no/such/x.safetensors"), Code::FixOutputParent);
        std::stop_source stop;
        stop.request_stop();
        JobContext job;
        job.stop = stop.get_token();
        const auto cancelled = exportTensors(checkpoint, both, m_dir.path("cancelled.safetensors"), false, job);
        QVERIFY(!cancelled && cancelled.error().code == Code::Cancelled);
        QCOMPARE(m_dir.list(), before);
        const std::string mine = m_dir.write("mine.safetensors", "mine");
        QCOMPARE(code(both, mine), Code::FixOutputExists);
        QCOMPARE(m_dir.read("mine.safetensors"), std::string("mine"));
        QVERIFY(exportTensors(checkpoint, both, mine, true));
        QCOMPARE(opened(mine)->tensors().size(), 2U);
    }

    void dtypesThatSafetensorsLacks()
    {
        std::string text = "{'descr': '<c16', 'fortran_order': False, 'shape': (1,), }";
        text.append(127 - 10 - text.size(), ' ');
        text += '\n';
        std::string npy("\x93NUMPY\x01\x00", 8);
        npy += static_cast<char>(text.size());
        npy += '\0';
        const auto checkpoint = opened(m_dir.write("c.npy", npy + text + std::string(16, 'c')));
        const auto refused = exportTensors(checkpoint, std::vector<std::uint32_t>{0}, m_dir.path("c.safetensors"), false);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, Code::ExportCannot);
        QVERIFY(exportTensors(checkpoint, std::vector<std::uint32_t>{0}, m_dir.path("again.npy"), false));
    }

    void names_data()
    {
        QTest::addColumn<QByteArray>("key");
        QTest::addColumn<QByteArray>("name");
        QTest::newRow("plain") << QByteArray("model.layers.0.linear_attn.A_log") << QByteArray("model.layers.0.linear_attn.A_log");
        QTest::newRow("path") << QByteArray("../../etc/passwd") << QByteArray("etc_passwd");
        QTest::newRow("option") << QByteArray("-rf *") << QByteArray("rf");
        QTest::newRow("hidden") << QByteArray(".bashrc") << QByteArray("bashrc");
        QTest::newRow("bidi and control") << QByteArray("a\xe2\x80\xae\x1b[31mb\nc") << QByteArray("a_31mb_c");
        QTest::newRow("not UTF-8") << QByteArray("\xff\xfe") << QByteArray("tensor");
        QTest::newRow("nothing") << QByteArray("") << QByteArray("tensor");
        QTest::newRow("long") << QByteArray(5000, 'k') + "end" << QByteArray(60, 'k') + "__" + QByteArray(55, 'k') + "end";
    }
    void names()
    {
        QFETCH(QByteArray, key);
        QFETCH(QByteArray, name);
        const std::string stored = key.toStdString();
        CheckpointParts parts;
        parts.path = "/x/NAME";
        parts.folder = "/x";
        Shard shard;
        shard.tensors = 2;
        parts.shards = {shard};
        TensorInfo tensor;
        tensor.key = stored;
        parts.tensors = {tensor, tensor};
        const auto checkpoint = Checkpoint::make(std::move(parts));
        QCOMPARE(QByteArray::fromStdString(exportName(*checkpoint, std::vector<std::uint32_t>{0})), name);
        QCOMPARE(exportName(*checkpoint, std::vector<std::uint32_t>{0, 1}), std::string("NAME-2-tensors"));
    }
};

QTEST_APPLESS_MAIN(TestExportTensors)
#include "tst_exporttensors.moc"
