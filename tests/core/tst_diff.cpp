// SPDX-License-Identifier: Apache-2.0
#include "core/diff/differences.h"
#include "core/diff/filtering.h"
#include "core/diff/order.h"
#include "core/diff/tensordifference.h"
#include "core/formats/formatreader.h"
#include "core/report/diff.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"

#include <QTest>

#include <cmath>
#include <cstring>
#include <numeric>

using namespace ckptscope;
using ckptscope::test::SafetensorsFile;
using ckptscope::test::TempDir;

namespace {

std::string floats(const std::vector<float>& values)
{
    std::string bytes(values.size() * sizeof(float), '\0');
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}

std::shared_ptr<const Checkpoint> opened(const std::string& path)
{
    auto checkpoint = openCheckpoint({path});
    if (!checkpoint) {
        qFatal("%s", std::string(codeInfo(checkpoint.error().code).id).c_str());
    }
    return *checkpoint;
}

struct Tensor {
    std::string key;
    std::string dtype;
    std::vector<std::uint64_t> shape;
    std::string bytes;
};
using Tensors = std::vector<Tensor>;

struct Pair {
    TempDir dir;
    std::shared_ptr<const Comparison> comparison;
    Pair(const Tensors& a, const Tensors& b)
        : comparison(Comparison::make(opened(dir.write("a.safetensors", file(a))), opened(dir.write("b.safetensors", file(b)))))
    {
    }
    static std::string file(const Tensors& tensors)
    {
        SafetensorsFile made;
        for (const Tensor& one : tensors) {
            made.add(one.key, one.dtype, one.shape, one.bytes);
        }
        return made.bytes();
    }
    [[nodiscard]] std::vector<std::uint32_t> all() const
    {
        std::vector<std::uint32_t> rows(comparison->rows().size());
        std::iota(rows.begin(), rows.end(), 0U);
        return rows;
    }
    [[nodiscard]] report::DiffView view(double tolerance = 0, unsigned threads = 2) const
    {
        JobContext job;
        job.threads = threads;
        auto values = compareValues(*comparison, all(), {tolerance}, {}, job);
        if (!values) {
            qFatal("not compared");
        }
        return {comparison.get(), all(), std::move(*values), true, tolerance};
    }
};

/// "KEY: words" of the rows that differ, one a line.
QString told(const report::DiffView& view)
{
    std::string text;
    for (const std::uint32_t row : view.rows) {
        if (view.differs(row)) {
            text += text.empty() ? "" : "\n";
            text += std::string(view.comparison->shown(view.comparison->rows()[row]).key) + ": " + report::changeWords(view, row);
        }
    }
    return QString::fromStdString(text);
}

} // namespace

class TestDiff : public QObject {
    Q_OBJECT

private slots:
    void rows_data()
    {
        QTest::addColumn<int>("which");
        QTest::addColumn<QString>("changes");
        QTest::newRow("nothing") << 0 << "";
        QTest::newRow("value") << 1 << "w: value";
        QTest::newRow("dtype alone") << 2 << "w: dtype";
        QTest::newRow("shape, values not compared") << 3 << "w: shape";
        QTest::newRow("added and removed") << 4 << "w: removed\nv: added";
        QTest::newRow("prefix is no difference") << 5 << "";
        QTest::newRow("holder is no difference, its value is") << 6 << "layers.0.A_log: value";
        QTest::newRow("a plain name that fits two shapes alike is no guess") << 7 << "w: removed\nmodel.w: added\nmodule.w: added";
        QTest::newRow("of two that fit by name the one of the shape") << 8 << "module.w: added";
        QTest::newRow("one of ours is taken once") << 9 << "module.w: removed";
        QTest::newRow("negative zero is another bit pattern") << 10 << "w: value";
        QTest::newRow("NaN of the same bits is the same") << 11 << "";
        QTest::newRow("empty tensors are equal") << 12 << "";
        QTest::newRow("scalar") << 13 << "w: value";
        QTest::newRow("elements that are no bytes") << 14 << "w: value";
    }

    void rows()
    {
        QFETCH(int, which);
        const std::string two = floats({1, 2});
        const Tensor w{"w", "F32", {2}, two};
        const std::vector<std::pair<Tensors, Tensors>> cases{
            {{w}, {w}},
            {{w}, {{"w", "F32", {2}, floats({1, 2.5F})}}},
            {{{"w", "BF16", {2}, std::string("\x80\x3f\x00\x40", 4)}}, {w}},
            {{w}, {{"w", "F32", {1, 2}, floats({3, 4})}}},
            {{w}, {{"v", "F32", {2}, two}}},
            {{w}, {{"model.w", "F32", {2}, two}}},
            {{{"layers.0.A_log", "F32", {2}, two}}, {{"layers.0._fp32_params.A_log", "F32", {2}, floats({1, 3})}}},
            {{w}, {{"model.w", "F32", {2}, two}, {"module.w", "F32", {2}, two}}},
            {{w}, {{"model.w", "F32", {2}, two}, {"module.w", "F32", {1}, floats({1})}}},
            {{{"model.w", "F32", {2}, two}, {"module.w", "F32", {2}, two}}, {w}},
            {{{"w", "F32", {1}, floats({0.0F})}}, {{"w", "F32", {1}, floats({-0.0F})}}},
            {{{"w", "F32", {1}, std::string("\x01\x00\xc0\x7f", 4)}}, {{"w", "F32", {1}, std::string("\x01\x00\xc0\x7f", 4)}}},
            {{{"w", "F32", {0, 7}, ""}}, {{"w", "F32", {0, 7}, ""}}},
            {{{"w", "F32", {}, floats({1})}}, {{"w", "F32", {}, floats({2})}}},
            {{{"w", "F4", {4}, std::string("\x21\x43", 2)}}, {{"w", "F4", {4}, std::string("\x21\x53", 2)}}},
        };
        const auto& [a, b] = cases[static_cast<std::size_t>(which)];
        const Pair pair(a, b);
        QFETCH(QString, changes);
        QCOMPARE(told(pair.view()), changes);
    }

    void numbers()
    {
        const Pair pair({{"w", "F32", {2, 3}, floats({0, 1, 2, 3, 4, 5})}}, {{"w", "F32", {2, 3}, floats({0, 1, 2, 3, 6, 4})}});
        const auto view = pair.view();
        QCOMPARE(view.values.size(), std::size_t{1});
        const ValueDifference& w = view.values.front();
        QCOMPARE(w.elements, std::uint64_t{6});
        QCOMPARE(w.differing, std::uint64_t{2});
        QCOMPARE(w.beyond, std::uint64_t{2});
        QCOMPARE(*w.first, std::uint64_t{4});
        QCOMPARE(QString::fromStdString(w.firstA + " " + w.firstB), QStringLiteral("4 6"));
        QCOMPARE(w.maxAbs, 2.0);
        QCOMPARE(w.relative, std::sqrt(5.0 / 55.0));
        QCOMPARE(w.cosine, (1 + 4 + 9 + 24 + 20) / (std::sqrt(55.0) * std::sqrt(66.0)));
        QVERIFY(!w.equalBits);
        QCOMPARE(QString::fromStdString(report::diffSentence(view)), QStringLiteral("same 1 key; 0 differ in dtype, 0 in shape, 1 in value"));
        QCOMPARE(pair.view(1).values.front().beyond, std::uint64_t{1});
        QVERIFY(!pair.view(2).values.front().changed());
    }

    /// A change behind parts and pieces that are equal: their sums count, and threads change nothing.
    void threads()
    {
        std::vector<float> values((1U << 22U) + 400'077);
        for (std::size_t i = 0; i < values.size(); ++i) {
            values[i] = static_cast<float>(i % 1013) * 0.25F - 100;
        }
        auto other = values;
        other[(1U << 22U) + 300'000] += 1;
        const auto count = values.size();
        const Pair pair({{"w", "F32", {count}, floats(values)}}, {{"w", "F32", {count}, floats(other)}});
        double squares = 0;
        double theirs = 0;
        double product = 0;
        for (std::size_t i = 0; i < count; ++i) {
            squares += static_cast<double>(values[i]) * values[i];
            theirs += static_cast<double>(other[i]) * other[i];
            product += static_cast<double>(values[i]) * other[i];
        }
        const auto one = pair.view(0, 1).values.front();
        const auto four = pair.view(0, 4).values.front();
        QCOMPARE(*one.first, std::uint64_t{(1U << 22U) + 300'000});
        QVERIFY(std::abs(one.relative - std::sqrt(1 / squares)) < 1e-12 * one.relative);
        QVERIFY(std::abs(one.cosine - product / std::sqrt(squares * theirs)) < 1e-12);
        QCOMPARE(one.relative, four.relative);
        QCOMPARE(one.cosine, four.cosine);
        QCOMPARE(one.differing, four.differing);
    }

    void oneFile()
    {
        TempDir dir;
        const auto a = opened(dir.write("a.safetensors", Pair::file({{"w", "F32", {2}, floats({1, 2})}})));
        const auto comparison = Comparison::make(a, a);
        const std::vector<std::uint32_t> rows{0};
        std::uint64_t last = 0;
        JobContext job;
        job.report = [&](const Progress& progress) { last = std::max(last, progress.done); };
        const auto values = compareValues(*comparison, rows, {}, {}, job);
        QVERIFY(values);
        QVERIFY(values->front().equalBits);
        QCOMPARE(last, std::uint64_t{16});
    }

    void cancelled()
    {
        const Pair pair({{"w", "F32", {2}, floats({1, 2})}}, {{"w", "F32", {2}, floats({1, 3})}});
        std::stop_source stop;
        stop.request_stop();
        JobContext job;
        job.stop = stop.get_token();
        const auto values = compareValues(*pair.comparison, pair.all(), {}, {}, job);
        QVERIFY(!values);
        QCOMPARE(values.error().code, Code::Cancelled);
    }

    /// A file that was cut after its header was read.
    void vanished()
    {
        TempDir dir;
        const auto a = opened(dir.write("a.safetensors", Pair::file({{"w", "F32", {2}, floats({1, 2})}})));
        const auto b = opened(dir.write("b.safetensors", Pair::file({{"w", "F32", {2}, floats({1, 2})}})));
        dir.write("b.safetensors", "cut");
        const auto comparison = Comparison::make(a, b);
        const std::vector<std::uint32_t> rows{0};
        const auto values = compareValues(*comparison, rows);
        QVERIFY(values);
        QVERIFY(values->front().error);
        QVERIFY(!values->front().changed());
        const report::DiffView view{comparison.get(), rows, *values, true, 0};
        QVERIFY(view.differs(0));
        QVERIFY(!view.counts().same());
    }

    void filters_data()
    {
        QTest::addColumn<QString>("filter");
        QTest::addColumn<QString>("keys");
        QTest::newRow("all") << ""
                             << "dtype value shape removed same added";
        for (const char* word : {"dtype", "value", "shape", "removed", "added"}) {
            QTest::newRow(word) << QStringLiteral("change:") + word << word;
        }
        QTest::newRow("two") << "change:added,removed"
                             << "removed added";
        QTest::newRow("what became F32") << "dtype:F32 change:dtype"
                                         << "dtype";
        QTest::newRow("a word") << "same"
                                << "same";
    }

    void filters()
    {
        QFETCH(QString, filter);
        const std::string two = floats({1, 2});
        const Pair pair({{"dtype", "BF16", {2}, std::string("\x80\x3f\x00\x40", 4)},
                         {"value", "F32", {2}, two},
                         {"shape", "F32", {2}, two},
                         {"removed", "F32", {2}, two},
                         {"same", "F32", {2}, two}},
                        {{"dtype", "F32", {2}, two},
                         {"value", "F32", {2}, floats({2, 2})},
                         {"shape", "F32", {1}, floats({1})},
                         {"same", "F32", {2}, two},
                         {"added", "F32", {2}, two}});
        const auto view = pair.view();
        auto parsed = Filter::parse(filter.toStdString());
        const auto hits = matchRows(*pair.comparison, view.values, std::get<Filter>(parsed));
        QVERIFY(hits);
        std::string keys;
        for (const std::uint32_t row : view.rows) {
            if ((*hits)[row] != 0) {
                keys += keys.empty() ? "" : " ";
                keys += pair.comparison->shown(pair.comparison->rows()[row]).key;
            }
        }
        QTEST(QString::fromStdString(keys), "keys");
    }

    /// What the plots of a difference show is what the same plots show of a tensor that holds the difference.
    void plotsOfADifference_data()
    {
        QTest::addColumn<QString>("dtypeB");
        QTest::newRow("one dtype") << "F32";
        QTest::newRow("B in double") << "F64";
    }
    void plotsOfADifference()
    {
        QFETCH(QString, dtypeB);
        constexpr std::uint64_t Rows = 300;
        constexpr std::uint64_t Columns = 700; // several pieces
        std::vector<float> a(Rows * Columns);
        std::vector<float> b(a.size());
        std::vector<double> wideB(a.size());
        std::vector<double> difference(a.size());
        for (std::size_t i = 0; i < a.size(); ++i) {
            a[i] = std::sin(static_cast<float>(i)) * 3;
            b[i] = i % 7 == 0 ? a[i] : a[i] + std::cos(static_cast<float>(i)) / 100;
        }
        a[5] = NAN;
        b[6] = INFINITY;
        a[7] = b[7] = INFINITY;
        for (std::size_t i = 0; i < a.size(); ++i) {
            wideB[i] = static_cast<double>(b[i]);
            difference[i] = static_cast<double>(a[i]) - wideB[i];
        }
        const auto bytes = [](const auto& values) {
            return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof values[0]);
        };
        const Pair pair({{"w", "F32", {Rows, Columns}, bytes(a)}},
                        {{"w", dtypeB.toStdString(), {Rows, Columns}, dtypeB == "F32" ? bytes(b) : bytes(wideB)}});
        const auto made = opened(pair.dir.write("d.safetensors", Pair::file({{"w", "F64", {Rows, Columns}, bytes(difference)}})));
        const auto files = std::make_shared<ShardFiles>(made);
        for (const HistogramScale scale : {HistogramScale::Value, HistogramScale::Log10Magnitude}) {
            const auto have = differenceHistogram(*pair.comparison, 0, {64, scale});
            const auto want = computeHistogram(files, 0, {64, scale});
            QVERIFY(have && want);
            QCOMPARE(have->counts, want->counts);
            QCOMPARE(have->low, want->low);
            QCOMPARE(have->high, want->high);
            QCOMPARE(have->percentiles, want->percentiles);
            QCOMPARE(have->statistics.nan, 2U);
            QCOMPARE(have->statistics.inf(), 1U);
            QCOMPARE(have->statistics.mean, want->statistics.mean);
        }
        HeatmapOptions part;
        part.firstRow = 11;
        part.columns = 123;
        part.maxRows = 20;
        part.maxColumns = 30;
        const auto have = differenceHeatmap(*pair.comparison, 0, part);
        const auto want = computeHeatmap(files, 0, part);
        QVERIFY(have && want);
        QCOMPARE(have->cells.size(), 600U);
        QCOMPARE(have->odd(), want->odd());
        for (std::size_t i = 0; i < 600; ++i) {
            QCOMPARE(have->cells[i].mean, want->cells[i].mean);
            QCOMPARE(have->cells[i].max, want->cells[i].max);
        }
        const auto sides = sideHistograms(*pair.comparison, 0, {64});
        QVERIFY(sides);
        QCOMPARE(sides->a.edge(3), sides->b.edge(3));
        QCOMPARE(sides->a.low, std::min(sides->a.statistics.min, sides->b.statistics.min));
        QCOMPARE(sides->a.high, std::max(sides->a.statistics.max, sides->b.statistics.max));
        QCOMPARE(std::accumulate(sides->b.counts.begin(), sides->b.counts.end(), std::uint64_t{0}), sides->b.statistics.finite);
        JobContext stopped;
        std::stop_source stop;
        stop.request_stop();
        stopped.stop = stop.get_token();
        QCOMPARE(differenceHistogram(*pair.comparison, 0, {}, stopped).error().code, Code::Cancelled);
    }

    void plotsThatCannotBe()
    {
        const std::string two = floats({1, 2});
        const Pair pair({{"c", "C64", {1}, two}, {"removed", "F32", {2}, two}, {"shape", "F32", {2}, two}, {"empty", "F32", {0}, {}}},
                        {{"c", "F64", {1}, two}, {"shape", "F32", {1}, floats({1})}, {"empty", "F32", {0}, {}}});
        QCOMPARE(differenceHistogram(*pair.comparison, 0).error().code, Code::ValuesUnreadable);
        QCOMPARE(differenceHistogram(*pair.comparison, 1).error().code, Code::UsageError);
        QCOMPARE(sideHistograms(*pair.comparison, 1).error().code, Code::UsageError);
        QCOMPARE(differenceHeatmap(*pair.comparison, 2).error().code, Code::UsageError);
        QVERIFY(differenceHistogram(*pair.comparison, 3)->counts.empty());
        QVERIFY(sideHistograms(*pair.comparison, 3)->a.counts.empty());
    }

    /// Numbers in names by value; what B adds stands among what A has.
    void keyOrder()
    {
        const std::string two = floats({1, 2});
        const Pair pair({{"layers.10.w", "F32", {2}, two}, {"layers.2.w", "F32", {2}, two}, {"b", "F32", {2}, two}},
                        {{"layers.10.w", "F32", {2}, two}, {"layers.9.w", "F32", {2}, two}, {"layers.1.w", "F32", {2}, two}, {"a", "F32", {2}, two}});
        const auto view = pair.view();
        auto rows = view.rows;
        const auto names = [&] {
            std::string text;
            for (const std::uint32_t row : rows) {
                text += std::string(pair.comparison->shown(pair.comparison->rows()[row]).key) + ' ';
            }
            return text;
        };
        sortRows(view, rows, DiffColumn::Key, false);
        QCOMPARE(names(), std::string("a b layers.1.w layers.2.w layers.9.w layers.10.w "));
        sortRows(view, rows, DiffColumn::Key, true);
        QCOMPARE(names(), std::string("layers.10.w layers.9.w layers.2.w layers.1.w b a "));
        sortRows(view, rows, DiffColumn::EqualBits, true);
        QCOMPARE(names().substr(0, 12), std::string("layers.10.w "));
    }
};

QTEST_APPLESS_MAIN(TestDiff)
#include "tst_diff.moc"
