// SPDX-License-Identifier: Apache-2.0
#include "core/model/treemap.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/safetensorsfile.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace ckptscope;
using Kind = TreemapRect::Kind;

class TestTreemap : public QObject {
    Q_OBJECT

    test::TempDir m_dir;

    std::shared_ptr<const Checkpoint> open(const std::vector<std::pair<std::string, std::uint64_t>>& tensors)
    {
        test::SafetensorsFile file;
        for (const auto& [key, elements] : tensors) {
            file.addSparse(key, "F32", {elements});
        }
        const std::string path = m_dir.path("model.safetensors");
        file.write(path);
        return test::openOrDie(path);
    }
    static double overlapOf(const TreemapRect& a, const TreemapRect& b)
    {
        const double width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
        const double height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
        return width > 0 && height > 0 ? width * height : 0;
    }

private Q_SLOTS:
    void areasAreWeights_data()
    {
        QTest::addColumn<double>("width");
        QTest::addColumn<double>("height");
        QTest::newRow("wide") << 900.0 << 200.0;
        QTest::newRow("high") << 150.0 << 700.0;
        QTest::newRow("square") << 300.0 << 300.0;
    }

    void areasAreWeights()
    {
        QFETCH(double, width);
        QFETCH(double, height);
        std::vector<std::pair<std::string, std::uint64_t>> tensors;
        for (std::uint64_t i = 1; i <= 20; ++i) {
            tensors.emplace_back("t" + std::to_string(i), i * i * 10);
        }
        const Treemap map(open(tensors));
        const auto rects = map.layout(map.root(), TreemapWeight::Bytes, width, height, {16, 2, 0.001});
        QCOMPARE(rects.size(), std::size_t(20));
        const auto all = static_cast<double>(map.weightOf(map.root(), TreemapWeight::Bytes));
        double sum = 0;
        for (std::size_t i = 0; i < rects.size(); ++i) {
            const TreemapRect& rect = rects[i];
            QVERIFY(rect.kind == Kind::Tensor);
            QVERIFY(rect.x >= -1e-6 && rect.y >= -1e-6 && rect.x + rect.width <= width + 1e-6 && rect.y + rect.height <= height + 1e-6);
            const double wanted = static_cast<double>(map.weightOf(rect.node, TreemapWeight::Bytes)) / all * width * height;
            QVERIFY2(std::abs(rect.width * rect.height - wanted) < 1e-6 * width * height, rect.name.c_str());
            sum += rect.width * rect.height;
            for (std::size_t j = 0; j < i; ++j) {
                QVERIFY(overlapOf(rect, rects[j]) < 1e-6);
            }
        }
        QVERIFY(std::abs(sum - width * height) < 1e-6 * width * height);
        // squarified: the larger ones are no slivers
        for (std::size_t i = 0; i < 10; ++i) {
            QVERIFY(std::max(rects[i].width / rects[i].height, rects[i].height / rects[i].width) < 4);
        }
    }

    void groupsHoldTheirContent()
    {
        std::vector<std::pair<std::string, std::uint64_t>> tensors{{"lm_head.weight", 4000}, {"model.embed_tokens.weight", 4000}};
        for (int layer = 0; layer < 12; ++layer) {
            const std::string at = "model.layers." + std::to_string(layer) + ".linear_attn.";
            tensors.emplace_back(at + "A_log", 1);
            tensors.emplace_back(at + "in_proj.weight", 3000);
        }
        const Treemap map(open(tensors));
        const auto rects = map.layout(map.root(), TreemapWeight::Bytes, 800, 600);
        std::vector<std::string> names;
        std::uint64_t tensorsSeen = 0;
        for (const TreemapRect& rect : rects) {
            names.push_back(rect.name);
            if (rect.kind == Kind::Group) {
                continue;
            }
            for (const TreemapNode& node : rect.members) {
                tensorsSeen += node.last - node.first;
            }
        }
        QCOMPARE(tensorsSeen, std::uint64_t(tensors.size())); // each once, seen or merged
        for (const char* name : {"lm_head.weight", "model", "layers", "embed_tokens.weight", "0.linear_attn", "in_proj.weight"}) {
            QVERIFY2(std::find(names.begin(), names.end(), name) != names.end(), name);
        }
        for (std::size_t i = 0; i < rects.size(); ++i) { // what lies deeper lies inside
            for (std::size_t j = 0; j < i; ++j) {
                const double both = overlapOf(rects[i], rects[j]);
                const bool inside = rects[j].kind == Kind::Group && rects[j].level < rects[i].level;
                QVERIFY(both < 1e-6 || (inside && std::abs(both - rects[i].width * rects[i].height) < 1e-6));
            }
        }
    }

    void namesAndParents()
    {
        const Treemap map(open({{"a.x.0.w", 10}, {"a.x.1.w", 10}, {"a.x.1.b", 10}, {"b", 10}}));
        QCOMPARE(map.nameOf(map.root()), std::string());
        const auto rects = map.layout(map.root(), TreemapWeight::Count, 400, 400);
        const auto found = std::find_if(rects.begin(), rects.end(), [](const TreemapRect& rect) { return rect.name == "a.x"; });
        QVERIFY(found != rects.end());
        QCOMPARE(map.nameOf(found->node), std::string("a.x"));
        QCOMPARE(found->node.last - found->node.first, 3U);
        const auto inner = map.layout(found->node, TreemapWeight::Count, 400, 400);
        const auto one = std::find_if(inner.begin(), inner.end(), [](const TreemapRect& rect) { return rect.name == "1"; });
        QVERIFY(one != inner.end());
        QCOMPARE(map.nameOf(one->node), std::string("a.x.1"));
        QVERIFY(map.parentOf(one->node) == found->node);
        QVERIFY(map.parentOf(found->node) == map.root());
        QVERIFY(map.parentOf(map.root()) == map.root());
    }

    /// 100,000 tensors of a mixture of experts: the small ones are merged, none is lost, and the picture stays small.
    void manyAreMerged()
    {
        std::vector<std::pair<std::string, std::uint64_t>> tensors;
        for (int layer = 0; layer < 8; ++layer) {
            for (int expert = 0; expert < 512; ++expert) {
                tensors.emplace_back("model.layers." + std::to_string(layer) + ".mlp.experts." + std::to_string(expert) + ".up_proj.weight", 1);
            }
        }
        tensors.emplace_back("embed", 100000);
        const Treemap map(open(tensors));
        const auto rects = map.layout(map.root(), TreemapWeight::Bytes, 1000, 200);
        QVERIFY(rects.size() < 1000);
        std::uint64_t seen = 0;
        for (const TreemapRect& rect : rects) {
            if (rect.kind != Kind::Group) {
                seen = std::accumulate(rect.members.begin(), rect.members.end(), seen,
                                       [](std::uint64_t sum, const TreemapNode& node) { return sum + node.last - node.first; });
            }
        }
        QCOMPARE(seen, std::uint64_t(tensors.size()));
    }

    void nothing()
    {
        const Treemap empty(open({{"none", 0}}));
        QVERIFY(empty.layout(empty.root(), TreemapWeight::Bytes, 0, 100).empty());
        QCOMPARE(empty.layout(empty.root(), TreemapWeight::Bytes, 100, 100).size(),
                 std::size_t(1)); // one tensor is the whole picture
        const Treemap two(open({{"none", 0}, {"nil", 0}}));
        QVERIFY(two.layout(two.root(), TreemapWeight::Bytes, 100, 100).empty());
        QCOMPARE(two.layout(two.root(), TreemapWeight::Count, 100, 100).size(), std::size_t(2));
    }
};

QTEST_GUILESS_MAIN(TestTreemap)
#include "tst_treemap.moc"
