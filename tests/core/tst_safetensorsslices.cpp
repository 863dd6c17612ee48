// SPDX-License-Identifier: Apache-2.0
// A header that several threads read must give what one gives, whatever stands in it and wherever it is cut.
#include "core/formats/safetensors.h"
#include "tests/support/safetensorsfile.h"

#include <QRandomGenerator>
#include <QtTest>

using namespace ckptscope;

namespace {

std::string textOf(const Error& error)
{
    std::string text(codeInfo(error.code).id);
    text += '@' + (error.offset ? std::to_string(*error.offset) : "-");
    for (const std::string& arg : error.args) {
        text += ' ' + arg;
    }
    return text;
}

/// Everything that a parse gives, as lines.
std::string textOf(const CheckpointParts& parts)
{
    std::string text;
    for (const TensorInfo& tensor : parts.tensors) {
        text += std::string(tensor.key) + ' ' + std::string(tensor.dtypeText()) + " [";
        for (const std::uint64_t dim : tensor.shape) {
            text += std::to_string(dim) + ' ';
        }
        text += "] " + std::to_string(tensor.bytes.offset) + '+' + std::to_string(tensor.bytes.length) + " at " + std::to_string(tensor.headerOffset)
            + (tensor.damaged ? " damaged\n" : "\n");
    }
    for (const Problem& problem : parts.problems) {
        text += textOf(problem.what) + " of " + (problem.tensor ? std::to_string(*problem.tensor) : "-") + '\n';
    }
    for (const MetadataEntry& entry : parts.metadata) {
        text += entry.key + '\n';
    }
    const Shard& shard = parts.shards.front();
    return text + std::to_string(shard.tensors) + ' ' + std::to_string(shard.hasMetadata) + ' ' + std::to_string(shard.metadataOffset);
}

std::string parse(const std::string& header, std::uint64_t dataBytes, unsigned threads, std::size_t sliceBytes)
{
    JobContext job;
    job.threads = threads;
    return textOf(parseSafetensorsHeader(header, header.size(), 8 + header.size() + dataBytes, "x.safetensors", job, {}, sliceBytes));
}

} // namespace

class TestSafetensorsSlices : public QObject {
    Q_OBJECT

private slots:
    void sameAsOneThread_data()
    {
        QTest::addColumn<QStringList>("odd"); // entries that are put among sound ones, {n} replaced by a number
        QTest::addColumn<QString>("end");
        const auto row = [](const char* name, const QStringList& odd, const char* end = "}") {
            QTest::newRow(name) << odd << QString::fromLatin1(end);
        };
        row("sound", {});
        row("padded", {}, "}        ");
        row("text behind", {}, "}x");
        row("a comma at the end", {}, ",}");
        row("cut behind a comma", {}, ",");
        row("cut in an entry", {}, ",\"z\":{\"dtype\":\"F3");
        row("no brace", {}, "");
        row("names like seams",
            {"\"a},{n}\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[{b},{e}]}",
             "\"},{n}\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[{b},{e}]}",
             "\"},\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[{b},{e}]}"});
        row("escapes that hide seams", {"\"a\\\"},\\\"{n}\\\":{\\\"dtype\\\":\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[{b},{e}]}"});
        row("spaces", {" \"s{n}\" : { \"dtype\" : \"F32\" , \"shape\" : [ 1 ] , \"data_offsets\" : [ {b} , {e} ] } "});
        row("metadata in between", {"\"__metadata__\":{\"format\":\"pt\",\"a},\":\"b\"}"});
        row("twice", {"\"twice\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[{b},{e}]}"});
        row("odd names",
            {"\"../{n}\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[{b},{e}]}",
             "\"\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[{b},{e}]}"});
        row("plain slashes", {"\"a/{n}\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[{b},{e}]}"});
        row("beyond ASCII", {QStringLiteral("\"\u00e4{n}\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[{b},{e}]}")});
        row("unknown dtypes", {"\"u{n}\":{\"dtype\":\"Q3\",\"shape\":[1],\"data_offsets\":[{b},{e}]}"});
        row("wrong sizes",
            {"\"w{n}\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[{b},{e}]}",
             "\"v{n}\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[{e},{b}]}"});
        row("other orders of fields", {"\"o{n}\":{\"shape\":[1],\"dtype\":\"F32\",\"data_offsets\":[{b},{e}]}"});
        row("leading zeros", {"\"l{n}\":{\"dtype\":\"F32\",\"shape\":[01],\"data_offsets\":[{b},{e}]}"});
        row("numbers that are too long", {"\"n{n}\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[1234567890123456789,{e}]}"});
        row("many dimensions", {"\"d{n}\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],\"data_offsets\":[{b},{e}]}"});
        row("broken", {"\"b{n}\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[{b},{e}]"});
        row("no commas", {"\"c{n}\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[{b},{e}]}\"c\":"});
    }
    void sameAsOneThread()
    {
        QFETCH(QStringList, odd);
        QFETCH(QString, end);
        QRandomGenerator random(5);
        for (int n = 0; n < 15; ++n) {
            std::string header = "{";
            std::uint64_t bytes = 0;
            const int entries = static_cast<int>(random.bounded(60U));
            const bool sorted = random.bounded(2U) == 0;
            for (int i = 0; i < entries; ++i) {
                header += i > 0 ? "," : "";
                if (!odd.isEmpty() && random.bounded(8U) == 0) {
                    header += QString(odd[static_cast<int>(random.bounded(static_cast<quint32>(odd.size())))])
                                  .replace("{n}", QString::number(random.bounded(5U)))
                                  .replace("{b}", QString::number(bytes))
                                  .replace("{e}", QString::number(bytes + 4))
                                  .toStdString();
                    bytes += 4;
                    continue;
                }
                const std::uint64_t rows = random.bounded(4U);
                const std::string name = "layers." + std::to_string(sorted ? 1000 + i : static_cast<int>(random.bounded(10'000U))) + ".w";
                header += test::safetensorsEntry(name, random.bounded(2U) == 0 ? "BF16" : "F32",
                                                 random.bounded(3U) == 0 ? std::vector<std::uint64_t>{} : std::vector<std::uint64_t>{rows, 2}, bytes,
                                                 bytes + 8 * rows);
                bytes += 8 * rows;
            }
            header += end.toStdString();
            const std::string expected = parse(header, bytes, 1, 1U << 20U);
            for (const std::size_t sliceBytes : {std::size_t{1}, std::size_t{40}, std::size_t{300}}) {
                for (const unsigned threads : {2U, 3U, 7U}) {
                    QCOMPARE(QString::fromStdString(parse(header, bytes, threads, sliceBytes)), QString::fromStdString(expected));
                }
            }
        }
    }

    /// Every cut of one header.
    void cutAnywhere()
    {
        std::string header = "{";
        for (int i = 0; i < 12; ++i) {
            header += (i > 0 ? "," : "")
                + test::safetensorsEntry("a." + std::to_string(i), "F32", {1}, static_cast<std::uint64_t>(4 * i),
                                         static_cast<std::uint64_t>(4 * i + 4));
        }
        header += "}";
        for (std::size_t cut = 1; cut <= header.size(); ++cut) {
            const std::string some = header.substr(0, cut);
            QCOMPARE(QString::fromStdString(parse(some, 48, 3, 50)), QString::fromStdString(parse(some, 48, 1, 50)));
        }
    }
};

QTEST_APPLESS_MAIN(TestSafetensorsSlices)
#include "tst_safetensorsslices.moc"
