// SPDX-License-Identifier: Apache-2.0
#include "core/values/heatmap.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/gguffile.h"
#include "tests/support/safetensorsfile.h"

#include <QTest>

#include <cmath>
#include <cstring>

using namespace ckptscope;

namespace {

std::string floats(const std::vector<float>& values)
{
    std::string bytes(values.size() * sizeof(float), '\0');
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}

/// Values without a pattern that a wrong stride would repeat.
std::vector<float> values(std::size_t count)
{
    std::vector<float> out(count);
    std::uint32_t state = 12345;
    for (float& value : out) {
        state = state * 1664525U + 1013904223U;
        value = static_cast<float>(static_cast<std::int32_t>(state >> 8U) - (1 << 23)) / 65536.0F;
    }
    return out;
}

} // namespace

class TestHeatmap : public QObject {
    Q_OBJECT

    test::TempDir m_dir;

    std::shared_ptr<ShardFiles> files(const test::SafetensorsFile& file)
    {
        return std::make_shared<ShardFiles>(test::openOrDie(m_dir.write("model.safetensors", file.bytes())));
    }

private Q_SLOTS:
    /// Each cell against the plain loop over its elements.
    void cells_data()
    {
        QTest::addColumn<QList<int>>("shape");
        QTest::addColumn<QList<int>>("outer");
        QTest::addColumn<QList<int>>("part"); ///< first row, rows, first column, columns
        QTest::addColumn<QList<int>>("most"); ///< rows, columns of cells
        using L = QList<int>;
        QTest::newRow("one element a cell") << L{3, 5} << L{} << L{0, 0, 0, 0} << L{8, 8};
        QTest::newRow("even") << L{64, 96} << L{} << L{0, 0, 0, 0} << L{8, 12};
        QTest::newRow("uneven") << L{67, 101} << L{} << L{0, 0, 0, 0} << L{10, 7};
        QTest::newRow("a part") << L{67, 101} << L{} << L{5, 23, 17, 60} << L{10, 7};
        QTest::newRow("beyond the end") << L{67, 101} << L{} << L{60, 100, 90, 100} << L{4, 4};
        QTest::newRow("a vector") << L{1000} << L{} << L{0, 0, 0, 0} << L{4, 33};
        QTest::newRow("a slice") << L{2, 3, 40, 50} << L{1, 2} << L{0, 0, 0, 0} << L{7, 9};
        QTest::newRow("a part of a slice") << L{4, 40, 50} << L{3} << L{3, 9, 4, 11} << L{9, 4};
        QTest::newRow("larger than a buffer") << L{700, 1100} << L{} << L{0, 0, 0, 0} << L{16, 16};
    }

    void cells()
    {
        QFETCH(QList<int>, shape);
        QFETCH(QList<int>, outer);
        QFETCH(QList<int>, part);
        QFETCH(QList<int>, most);
        std::vector<std::uint64_t> dims;
        std::size_t count = 1;
        for (const int dim : shape) {
            dims.push_back(static_cast<std::uint64_t>(dim));
            count *= static_cast<std::size_t>(dim);
        }
        const auto all = values(count);
        HeatmapOptions options;
        std::size_t base = 0;
        for (int d = 0; d < outer.size(); ++d) {
            options.outer.push_back(static_cast<std::uint64_t>(outer[d]));
            base = base * dims[static_cast<std::size_t>(d)] + static_cast<std::size_t>(outer[d]);
        }
        options.firstRow = static_cast<std::uint64_t>(part[0]);
        options.rows = static_cast<std::uint64_t>(part[1]);
        options.firstColumn = static_cast<std::uint64_t>(part[2]);
        options.columns = static_cast<std::uint64_t>(part[3]);
        options.maxRows = static_cast<std::uint32_t>(most[0]);
        options.maxColumns = static_cast<std::uint32_t>(most[1]);
        const auto map = computeHeatmap(files(test::SafetensorsFile().add("w", "F32", dims, floats(all))), 0, options);
        QVERIFY(bool(map));
        const std::uint64_t columns = dims.back();
        const std::uint64_t rows = dims.size() > 1 ? dims[dims.size() - 2] : 1;
        base *= rows * columns;
        QCOMPARE(map->tensorRows, rows);
        QCOMPARE(map->tensorColumns, columns);
        QVERIFY(map->cellRows <= options.maxRows && map->cellColumns <= options.maxColumns);
        QCOMPARE(map->rowStart(map->cellRows), map->firstRow + map->rows);
        QCOMPARE(map->columnStart(map->cellColumns), map->firstColumn + map->columns);
        QCOMPARE(map->firstRow + map->rows, options.rows == 0 ? rows : std::min(rows, options.firstRow + options.rows));
        for (std::uint32_t r = 0; r < map->cellRows; ++r) {
            for (std::uint32_t c = 0; c < map->cellColumns; ++c) {
                double sum = 0;
                double low = INFINITY;
                double high = -INFINITY;
                std::uint64_t number = 0;
                for (std::uint64_t i = map->rowStart(r); i < map->rowStart(r + 1); ++i) {
                    for (std::uint64_t j = map->columnStart(c); j < map->columnStart(c + 1); ++j) {
                        const double value = static_cast<double>(all[base + i * columns + j]);
                        sum += value;
                        low = std::min(low, value);
                        high = std::max(high, value);
                        ++number;
                    }
                }
                const Heatmap::Cell& cell = map->cells[r * map->cellColumns + c];
                QVERIFY(number > 0);
                QCOMPARE(cell.min, low);
                QCOMPARE(cell.max, high);
                QVERIFY(std::abs(cell.mean - sum / static_cast<double>(number)) <= 1e-9);
                QCOMPARE(cell.odd, std::uint64_t(0));
            }
        }
    }

    void whatIsNoNumberIsCountedAndLeftOut()
    {
        const auto map =
            computeHeatmap(files(test::SafetensorsFile().add("w", "F32", {2, 4}, floats({1, NAN, INFINITY, NAN, 3, -4, -INFINITY, NAN}))), 0,
                           {{}, 0, 0, 0, 0, 1, 2});
        QVERIFY(bool(map));
        QCOMPARE(map->cells.size(), std::size_t(2));
        QCOMPARE(map->cells[0].odd, std::uint64_t(1));
        QCOMPARE(map->cells[0].mean, 0.0); // of 1, 3, -4
        QCOMPARE(map->cells[0].value(HeatmapValue::AbsMax), 4.0);
        QCOMPARE(map->cells[1].odd, std::uint64_t(4));
        QVERIFY(std::isnan(map->cells[1].mean) && std::isnan(map->cells[1].min));
        QCOMPARE(map->odd(), std::uint64_t(5));
        QCOMPARE(map->limit(HeatmapValue::AbsMax, false), 4.0);
    }

    void limits()
    {
        std::vector<float> hundred(100, 1.0F);
        hundred[7] = -1000; // one cell of a hundred: the robust end does not see it
        const auto map = computeHeatmap(files(test::SafetensorsFile().add("w", "F32", {10, 10}, floats(hundred))), 0);
        QVERIFY(bool(map));
        QCOMPARE(map->limit(HeatmapValue::Mean, false), 1000.0);
        QCOMPARE(map->limit(HeatmapValue::Mean, true), 1.0);
    }

    /// Blocks can only be read from their start: a part that begins within one.
    void quantisedBlocks()
    {
        std::string data;
        for (int block = 0; block < 4; ++block) { // 2 rows of 64: Q8_0, scale 1 as F16, then the numbers
            data += std::string("\x00\x3c", 2);
            for (int i = 0; i < 32; ++i) {
                data += static_cast<char>(block * 32 + i - 64);
            }
        }
        test::GgufFile gguf;
        gguf.string("general.architecture", "llama").tensor("w", {64, 2}, 8, 0).data(data);
        const auto shards = std::make_shared<ShardFiles>(test::openOrDie(m_dir.write("model.gguf", gguf.bytes())));
        const auto map = computeHeatmap(shards, 0, {{}, 1, 1, 5, 3, 8, 8});
        QVERIFY(bool(map));
        QCOMPARE(map->cells.size(), std::size_t(3));
        for (std::size_t i = 0; i < 3; ++i) {
            QCOMPARE(map->cells[i].mean, static_cast<double>(i) + 5); // row 1 begins with 0
        }
    }

    void refusals()
    {
        const auto shards = files(test::SafetensorsFile()
                                      .add("cube", "F32", {2, 2, 2}, floats({1, 2, 3, 4, 5, 6, 7, 8}))
                                      .add("none", "F32", {0, 4}, "")
                                      .add("scalar", "F32", {}, floats({1})));
        const auto at = [&](const char* key) { return shards->checkpoint().indexOf(*shards->checkpoint().find(key)); };
        QVERIFY(!computeHeatmap(shards, at("scalar")));
        QVERIFY(!computeHeatmap(shards, at("cube"), {{2}, 0, 0, 0, 0, 8, 8}));
        QVERIFY(!computeHeatmap(shards, at("cube"), {{}, 0, 0, 0, 0, 0, 8}));
        QVERIFY(!computeHeatmap(shards, at("cube"), {{}, 0, 0, 0, 0, 8, 5000}));
        const auto none = computeHeatmap(shards, at("none"));
        QVERIFY(none && none->cells.empty());
        std::stop_source stop;
        stop.request_stop();
        JobContext job;
        job.stop = stop.get_token();
        const auto cancelled = computeHeatmap(shards, at("cube"), {}, job);
        QVERIFY(!cancelled && cancelled.error().code == Code::Cancelled);
    }
};

QTEST_GUILESS_MAIN(TestHeatmap)
#include "tst_heatmap.moc"
