// SPDX-License-Identifier: Apache-2.0
#include "core/fix/layout.h"

#include <QTest>

#include <algorithm>
#include <numeric>
#include <random>

using namespace ckptscope;

namespace {

using Items = std::vector<LayoutItem>;

/// Appends a tensor behind the last one.
void add(Items& items, std::uint64_t start, std::uint64_t length, std::uint64_t newLength, std::uint32_t align, bool edited)
{
    const std::uint64_t source = items.empty() ? start : items.back().source + items.back().length;
    items.push_back(LayoutItem{source, length, newLength, align, edited});
}

/// Where each item's bytes lie, if the buffer begins at the smallest place that the layout allows.
std::uint64_t dataStart(const BufferLayout& layout)
{
    std::uint64_t start = 1000;
    while (layout.residue ? start % ShareBlock != *layout.residue : start % 8 != 0) {
        ++start;
    }
    return start;
}

/// Dense, complete, aligned in the file; returns the bytes that are in step with the source, in whole blocks of each run.
std::uint64_t checkLayout(const Items& items, const BufferLayout& layout)
{
    std::vector<std::uint32_t> sorted = layout.order;
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::uint32_t> all(items.size());
    std::iota(all.begin(), all.end(), 0U);
    if (sorted != all || layout.begins.size() != items.size()) {
        qFatal("not a permutation");
    }
    const std::uint64_t start = dataStart(layout);
    std::uint64_t at = 0;
    std::uint64_t inStep = 0;
    std::uint64_t runSource = 0;
    std::uint64_t runTarget = 0;
    std::uint64_t run = 0;
    const auto close = [&] {
        inStep += (runTarget - runSource) % ShareBlock == 0 ? wholeBlockBytes(runTarget, run) : 0;
        run = 0;
    };
    for (const std::uint32_t i : layout.order) {
        const LayoutItem& item = items[i];
        if (layout.begins[i] != at) {
            qFatal("a hole or an overlap");
        }
        if (item.newLength > 0 && (start + at) % item.align != 0) {
            qFatal("not aligned");
        }
        if (item.edited || run == 0 || runSource + run != item.source) {
            close();
            runSource = item.source;
            runTarget = start + at;
        }
        run = item.edited ? 0 : run + item.newLength;
        at += item.newLength;
    }
    close();
    if (at != layout.bytes) {
        qFatal("wrong size");
    }
    return inStep;
}

std::uint64_t longRunBytes(const Items& items)
{
    std::uint64_t total = 0;
    for (const LayoutItem& item : items) {
        total += item.edited || item.length < LongRun ? 0 : item.length;
    }
    return total;
}

} // namespace

class TestLayout : public QObject {
    Q_OBJECT

private slots:
    /// The case that it is made for: safetensors' own order (by name), everything BF16, A_log and dt_bias widened.
    void gatedDeltaNet_data()
    {
        QTest::addColumn<int>("layers");
        QTest::addColumn<int>("heads");
        QTest::addColumn<int>("start");
        QTest::newRow("one layer") << 1 << 32 << 4096;
        QTest::newRow("48 layers") << 48 << 32 << 12345 * 8;
        QTest::newRow("odd header") << 12 << 32 << 1234 * 8;
        QTest::newRow("16 heads") << 24 << 16 << 808;
        QTest::newRow("48 heads") << 24 << 48 << 808;
        QTest::newRow("64 heads") << 24 << 64 << 808;
    }
    void gatedDeltaNet()
    {
        QFETCH(int, layers);
        QFETCH(int, heads);
        QFETCH(int, start);
        const auto bytes = static_cast<std::uint64_t>(heads) * 2;
        Items items;
        for (int layer = 0; layer < layers; ++layer) {
            const auto origin = static_cast<std::uint64_t>(start);
            add(items, origin, 4096, 4096, 2, false);           // input_layernorm
            add(items, origin, bytes, bytes * 2, 4, true);      // A_log
            add(items, origin, 65536, 65536, 2, false);         // conv1d
            add(items, origin, bytes, bytes * 2, 4, true);      // dt_bias
            add(items, origin, 1U << 20U, 1U << 20U, 2, false); // in_proj and others
            add(items, origin, 1U << 19U, 1U << 19U, 2, false); // out_proj
        }
        const BufferLayout layout = chooseLayout(items);
        const std::uint64_t inStep = checkLayout(items, layout);
        QVERIFY(layout.residue.has_value());
        QVERIFY(inStep >= layout.shareable);
        // every long run, less at most two blocks at its ends
        QVERIFY(inStep + static_cast<std::uint64_t>(layers) * 2 * ShareBlock >= longRunBytes(items));
        // all dt_bias at the front
        for (int layer = 0; layer < layers; ++layer) {
            const std::uint32_t dtBias = static_cast<std::uint32_t>(layer) * 6 + 3;
            const bool taken = std::find(layout.order.begin(), layout.order.begin() + layers + 2, dtBias) != layout.order.begin() + layers + 2;
            QVERIFY(taken || layer == layers - 1 || layer == 0);
        }
    }

    void oneGapKeepsTheLargerPart()
    {
        // A dropped tensor in front of the larger part: nothing can bring both into step, so the larger one stays.
        Items items;
        add(items, 808, 1U << 18U, 1U << 18U, 2, false);
        items.push_back(LayoutItem{items.back().source + items.back().length + 100, 1U << 22U, 1U << 22U, 2, false});
        const BufferLayout layout = chooseLayout(items);
        QVERIFY(checkLayout(items, layout) >= (1U << 22U) - 2 * ShareBlock);
    }

    void onlySecondGapsHelp()
    {
        // Only one tensor a layer is widened: each shifts by its old size, so every second run can be kept.
        Items items;
        for (int layer = 0; layer < 10; ++layer) {
            add(items, 808, 64, 128, 4, true);
            add(items, 808, 1U << 20U, 1U << 20U, 2, false);
        }
        const BufferLayout layout = chooseLayout(items);
        QVERIFY(checkLayout(items, layout) >= 5 * ((1U << 20U) - 2 * ShareBlock));
    }

    void nothingToShare()
    {
        Items items;
        for (int i = 0; i < 5; ++i) {
            add(items, 808, 100, 200, 4, true);
        }
        const BufferLayout layout = chooseLayout(items);
        checkLayout(items, layout);
        QVERIFY(!layout.residue);
        QCOMPARE(layout.order, (std::vector<std::uint32_t>{0, 1, 2, 3, 4})); // the source's order
        checkLayout({}, chooseLayout({}));
    }

    void unalignedSourceBecomesAligned()
    {
        Items items; // a header that was not padded: everything lies at odd places
        add(items, 1001, 1U << 20U, 1U << 20U, 2, false);
        add(items, 1001, 7, 7, 1, false);
        add(items, 1001, 400, 400, 4, false);
        add(items, 1001, 64, 128, 4, true);
        add(items, 1001, 1U << 20U, 1U << 20U, 2, false);
        checkLayout(items, chooseLayout(items));
    }

    void anyShard_data()
    {
        QTest::addColumn<unsigned>("seed");
        for (unsigned seed = 0; seed < 40; ++seed) {
            QTest::addRow("seed %u", seed) << seed;
        }
    }
    void anyShard()
    {
        QFETCH(unsigned, seed);
        std::mt19937 random(seed);
        const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
        for (int round = 0; round < 10; ++round) {
            Items items;
            const std::uint64_t start = below(3) == 0 ? below(100000) : below(10000) * 8U;
            const std::uint32_t editOneIn = 1 + below(6);
            const std::uint32_t longOneIn = 1 + below(4);
            for (std::uint32_t i = below(60); i > 0; --i) {
                const std::uint32_t width = 1U << below(4);
                const std::uint32_t newWidth = 1U << below(4);
                std::uint64_t elements = below(8) == 0 ? 0 : 1 + below(below(2) == 0 ? 5000 : 64);
                elements = below(longOneIn) == 0 ? LongRun + below(100000) : elements;
                const bool edited = below(editOneIn) == 0;
                add(items, start, elements * width, elements * (edited ? newWidth : width), edited ? newWidth : width, edited);
                if (below(10) == 0) { // a dropped one
                    items.back().source += 1 + below(300);
                }
            }
            const BufferLayout layout = chooseLayout(items);
            const std::uint64_t inStep = checkLayout(items, layout);
            QVERIFY(inStep >= layout.shareable);
            const BufferLayout again = chooseLayout(items);
            QCOMPARE(again.order, layout.order);
            QCOMPARE(again.residue, layout.residue);
        }
    }
};

QTEST_APPLESS_MAIN(TestLayout)
#include "tst_layout.moc"
