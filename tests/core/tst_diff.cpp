// SPDX-License-Identifier: Apache-2.0
#include "core/diff/differences.h"
#include "core/diff/filtering.h"
#include "core/formats/formatreader.h"
#include "core/report/diff.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"

#include <QTest>

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
        : comparison(
            Comparison::make(opened(dir.write("a.safetensors", file(a))), opened(dir.write("b.safetensors", file(b)))))
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
            text += std::string(view.comparison->shown(view.comparison->rows()[row]).key) + ": "
                + report::changeWords(view, row);
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
        QTest::newRow("a plain name that fits two shapes alike is no guess")
            << 7 << "w: removed\nmodel.w: added\nmodule.w: added";
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
            {{{"w", "F32", {1}, std::string("\x01\x00\xc0\x7f", 4)}},
             {{"w", "F32", {1}, std::string("\x01\x00\xc0\x7f", 4)}}},
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
        const Pair pair({{"w", "F32", {2, 3}, floats({0, 1, 2, 3, 4, 5})}},
                        {{"w", "F32", {2, 3}, floats({0, 1, 2, 3, 6, 4})}});
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
        QCOMPARE(QString::fromStdString(report::diffSentence(view)),
                 QStringLiteral("same 1 key; 0 differ in dtype, 0 in shape, 1 in value"));
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
};

QTEST_APPLESS_MAIN(TestDiff)
#include "tst_diff.moc"
