// SPDX-License-Identifier: Apache-2.0
#include "core/diff/differences.h"
#include "core/diff/filtering.h"
#include "core/diff/order.h"
#include "core/diff/tensordifference.h"
#include "core/formats/formatreader.h"
#include "core/report/diff.h"
#include "tests/support/gguffile.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>
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

    /// A filter by findings asks each side for its own: what a repair mended is found on the side that it mended.
    void filtersByFindings()
    {
        const std::string key = "model.layers.0.linear_attn.A_log";
        const std::string bf16("\x80\x3f\x00\x40", 4);
        TempDir dir;
        for (const char* side : {"a", "b"}) {
            dir.write(side + std::string("/config.json"), R"({"architectures":["Qwen3NextForCausalLM"]})");
        }
        const auto comparison =
            Comparison::make(opened(dir.write("a/model.safetensors", Pair::file({{key, "BF16", {2}, bf16}, {"w", "BF16", {2}, bf16}}))),
                             opened(dir.write("b/model.safetensors", Pair::file({{key, "F32", {2}, floats({1, 2})}, {"w", "BF16", {2}, bf16}}))));
        const auto hits = [&](const JobContext& job) { return matchRows(*comparison, {}, std::get<Filter>(Filter::parse("is:violation")), job); };
        const auto found = hits({});
        QVERIFY(found);
        QCOMPARE(*found, (std::vector<std::uint8_t>{1, 0}));
        std::stop_source stop;
        stop.request_stop();
        JobContext job;
        job.stop = stop.get_token();
        QVERIFY(!hits(job));
        QVERIFY(!matchRows(*comparison, {}, std::get<Filter>(Filter::parse("w")), job));
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

    /// What is not there comes last either way, also behind infinity.
    void sortsByColumn_data()
    {
        QTest::addColumn<int>("column");
        QTest::addColumn<QString>("ascending");
        QTest::addColumn<QString>("descending");
        const auto row = [](const char* name, DiffColumn column, const char* ascending, const char* descending) {
            QTest::newRow(name) << int(column) << ascending << descending;
        };
        row("change", DiffColumn::Change, "dtype only changed nan far", "changed nan far only dtype");
        row("dtype of A", DiffColumn::DTypeA, "dtype changed nan far only", "only changed nan far dtype");
        row("dtype of B", DiffColumn::DTypeB, "only changed nan far dtype", "changed nan far dtype only");
        row("shape of A", DiffColumn::ShapeA, "only changed dtype far nan", "nan far changed dtype only");
        row("shape of B", DiffColumn::ShapeB, "changed dtype far nan only", "nan far changed dtype only");
        row("largest difference", DiffColumn::MaxAbs, "dtype changed far nan only", "nan far changed dtype only");
        row("relative", DiffColumn::Relative, "nan dtype changed far only", "far changed nan dtype only");
        row("cosine", DiffColumn::Cosine, "far changed nan dtype only", "nan dtype changed far only");
        row("share that differs", DiffColumn::Differing, "dtype nan changed far only", "far changed nan dtype only");
    }
    void sortsByColumn()
    {
        const Pair pair({{"changed", "F32", {2}, floats({1, 2})},
                         {"nan", "F32", {4}, floats({1, 1, 1, 1})},
                         {"far", "F32", {3}, floats({1, 1, 1})},
                         {"only", "I32", {}, floats({1})},
                         {"dtype", "BF16", {2}, std::string("\x80\x3f\x00\x40", 4)}},
                        {{"changed", "F32", {2}, floats({1, 4})},
                         {"nan", "F32", {4}, floats({NAN, 1, 1, 1})},
                         {"far", "F32", {3}, floats({9, 9, 0})},
                         {"dtype", "F32", {2}, floats({1, 2})}});
        const auto view = pair.view();
        QFETCH(int, column);
        const auto sorted = [&](bool descending) {
            auto rows = view.rows;
            sortRows(view, rows, DiffColumn(column), descending);
            QStringList names;
            for (const std::uint32_t row : rows) {
                const auto& key = pair.comparison->shown(pair.comparison->rows()[row]).key;
                names << QString::fromUtf8(key.data(), qsizetype(key.size()));
            }
            return names.join(' ');
        };
        QTEST(sorted(false), "ascending");
        QTEST(sorted(true), "descending");
    }

    /// Each line of the text and each member of the JSON, of every kind of difference.
    void words_data()
    {
        QTest::addColumn<bool>("headings");
        QTest::newRow("for a pipe") << false;
        QTest::newRow("for a terminal") << true;
    }
    void words()
    {
        TempDir dir;
        const auto a = opened(dir.write("a.safetensors",
                                        test::rawSafetensors(R"({"odd":{"dtype":"F99","shape":[2],"data_offsets":[0,6]},)"
                                                             R"("w":{"dtype":"F32","shape":[2,2],"data_offsets":[6,22]},)"
                                                             R"("z":{"dtype":"C64","shape":[1],"data_offsets":[22,30]},)"
                                                             R"("gone":{"dtype":"U8","shape":[],"data_offsets":[30,31]}})",
                                                             "abcdef" + floats({1, 2, 3, NAN}) + floats({1, 0}) + "g")));
        const auto b = opened(dir.write("b.safetensors",
                                        test::rawSafetensors(R"({"odd":{"dtype":"F99","shape":[2],"data_offsets":[0,6]},)"
                                                             R"("model.w":{"dtype":"F32","shape":[2,2],"data_offsets":[6,22]},)"
                                                             R"("z":{"dtype":"F32","shape":[1],"data_offsets":[22,26]}})",
                                                             "abcdef" + floats({1, 2, 5, 4}) + floats({1}))));
        const auto comparison = Comparison::make(a, b);
        std::vector<std::uint32_t> all(comparison->rows().size());
        std::iota(all.begin(), all.end(), 0U);
        auto values = compareValues(*comparison, all);
        QVERIFY(values);
        const report::DiffView view{comparison.get(), all, std::move(*values), true, 0};
        QFETCH(bool, headings);
        report::TextStyle style;
        style.headings = headings;
        QString text;
        report::writeDiffText(view, style, [&](std::string_view piece) { text += QString::fromUtf8(piece.data(), qsizetype(piece.size())); });
        QStringList lines = text.split('\n', Qt::SkipEmptyParts);
        for (QString& line : lines) {
            line.replace(QRegularExpression("  +"), "; ");
        }
        if (headings) {
            QCOMPARE(lines.takeFirst(), QStringLiteral("CHANGE; TENSOR; A; B; MAX |A-B|; RELATIVE; COSINE; DIFFERING; FIRST"));
        }
        QCOMPARE(lines.join('\n'),
                 QStringList({"unreadable; odd; F99 [2]; F99 [2]; the elements of odd cannot be read: its dtype is not known",
                              "value; w (B: model.w); F32 [2 × 2]; F32 [2 × 2]; 2, NaN; 0.5345; 0.9759; 2 of 4; [1, 0] 3 : 5",
                              "dtype, unreadable; z; C64 [1]; F32 [1]; its values cannot be read: only one of them is complex",
                              "removed; gone; U8 [scalar]"})
                     .join('\n'));
        QCOMPARE(QString::fromStdString(report::diffSentence(view)),
                 QStringLiteral("3 keys in both, 1 only in A, 0 only in B (1 matched without its prefix or holder); 1 differs in dtype, 0 in shape, "
                                "1 in value, 2 cannot be compared"));
        std::string json;
        report::writeDiffJson(view, [&](std::string_view piece) { json += piece; });
        const auto differences = QJsonDocument::fromJson(QByteArray::fromStdString(json)).object()["differences"].toArray();
        QCOMPARE(differences.size(), 4);
        const auto unread = differences[2].toObject()["values"].toObject();
        QCOMPARE(unread["readable"].toBool(true), false);
        QVERIFY(unread["reason"].toString().contains("only one of them is complex"));
        QVERIFY(differences[3].toObject()["b"].isNull());
        // A plot is refused for the same reasons.
        for (const auto& [row, reason] : {std::pair{0U, "ckptscope knows no values of F99"}, std::pair{2U, "only one of them is complex"}}) {
            const auto histogram = differenceHistogram(*comparison, row, {});
            QVERIFY(!histogram);
            QCOMPARE(histogram.error().code, Code::ValuesUnreadable);
            QCOMPARE(histogram.error().args.front(), std::string(reason));
            QVERIFY(!differenceHeatmap(*comparison, row, {}));
        }
        const auto sides = sideHistograms(*comparison, 0, {});
        QVERIFY(!sides && sides.error().code == Code::ValuesUnreadable);
    }

    /// Of a dtype whose values are not known the stored bits are compared.
    void bitsAlone()
    {
        TempDir dir;
        const auto npy = [&](const std::string& folder, const std::string& bytes) {
            std::string header = "{'descr': '|S3', 'fortran_order': False, 'shape': (2,), }";
            header.resize(117, ' ');
            return opened(dir.write(folder + "/w.npy", std::string("\x93NUMPY\1\0\x76\0", 10) + header + "\n" + bytes));
        };
        const auto a = npy("a", "abcdef");
        const auto compared = [&](const std::shared_ptr<const Checkpoint>& b, report::TextStyle style = {}) {
            const auto comparison = Comparison::make(a, b);
            auto values = compareValues(*comparison, std::vector<std::uint32_t>{0});
            const report::DiffView view{comparison.get(), {0}, std::move(*values), true, 0};
            QString text;
            report::writeDiffText(view, style, [&](std::string_view piece) { text += QString::fromUtf8(piece.data(), qsizetype(piece.size())); });
            return text.simplified();
        };
        QCOMPARE(compared(npy("b", "abcdef")), QString());
        QCOMPARE(compared(npy("c", "abcdeF")), QStringLiteral("value w numpy:|S3 [2] numpy:|S3 [2] stored bits differ"));
        const auto cut = npy("d", "abcdef");
        dir.truncate("d/w.npy", 130);
        QVERIFY(compared(cut).startsWith("unreadable w"));
    }

    /// GGML's blocks are compared as the numbers that they stand for, and wide floats as what they are.
    void blocksAndDoubles()
    {
        TempDir dir;
        std::string block("\x00\x38", 2); // F16 0.5, then 32 bytes: Q8_0
        std::vector<float> values;
        std::vector<double> doubles;
        for (int i = 0; i < 32; ++i) {
            block += static_cast<char>(i - 16);
            values.push_back(0.5F * static_cast<float>(i - 16));
            doubles.push_back(0.5 * (i - 16));
        }
        const auto q8 = opened(dir.write("a.gguf", test::GgufFile().tensor("w", {32}, 8, 0).data(block).bytes()));
        const auto same = opened(dir.write("b.safetensors", Pair::file({{"w", "F32", {32}, floats(values)}})));
        values[7] += 0.25F;
        doubles[7] += 0.25;
        const auto other = opened(dir.write("c.safetensors", Pair::file({{"w", "F32", {32}, floats(values)}})));
        const auto wide = opened(dir.write(
            "d.safetensors", Pair::file({{"w", "F64", {32}, std::string(reinterpret_cast<const char*>(doubles.data()), doubles.size() * 8)}})));
        const std::vector<std::uint32_t> row{0};
        const auto compared = [&](const auto& a, const auto& b) {
            const auto comparison = Comparison::make(a, b);
            auto result = compareValues(*comparison, row);
            return result ? std::move(result->front()) : ValueDifference();
        };
        QVERIFY(compared(q8, same).decoded && !compared(q8, same).changed());
        for (const auto& [a, b] : {std::pair{q8, other}, std::pair{other, q8}, std::pair{q8, wide}, std::pair{wide, q8}, std::pair{wide, same}}) {
            const auto found = compared(a, b);
            QCOMPARE(found.differing, std::uint64_t{1});
            QCOMPARE(*found.first, std::uint64_t{7});
            QCOMPARE(found.maxAbs, 0.25);
        }
        QVERIFY(!compared(wide, other).changed());
    }

    /// One value on both sides: the bins that NumPy gives equal values.
    void sidesOfOneValue()
    {
        const Pair pair({{"w", "F32", {2}, floats({3, 3})}}, {{"w", "F32", {2}, floats({3, 3})}});
        const auto sides = sideHistograms(*pair.comparison, 0, {4});
        QVERIFY(sides);
        for (const Histogram* side : {&sides->a, &sides->b}) {
            QCOMPARE(side->low, 2.5);
            QCOMPARE(side->high, 3.5);
            QCOMPARE(side->counts, (std::vector<std::uint64_t>{0, 0, 2, 0}));
        }
    }

    /// A side that was cut after its header was read ends a plot with the reason, whichever it is.
    void plotsOfAFileThatVanished()
    {
        TempDir dir;
        const auto whole = opened(dir.write("a.safetensors", Pair::file({{"w", "F32", {2}, floats({1, 2})}})));
        const auto cut = opened(dir.write("b.safetensors", Pair::file({{"w", "F32", {2}, floats({1, 2})}})));
        dir.write("b.safetensors", "cut");
        for (const auto& comparison : {Comparison::make(whole, cut), Comparison::make(cut, whole)}) {
            QVERIFY(!differenceHistogram(*comparison, 0, {}));
            QVERIFY(!differenceHeatmap(*comparison, 0, {}));
            QVERIFY(!sideHistograms(*comparison, 0, {}));
        }
    }
};

QTEST_APPLESS_MAIN(TestDiff)
#include "tst_diff.moc"
