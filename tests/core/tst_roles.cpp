// SPDX-License-Identifier: Apache-2.0
#include "core/model/roles.h"

#include <QTest>

#include <algorithm>
#include <map>

using namespace ckptscope;

namespace {

struct Row {
    std::string key;
    DType dtype = DType::BF16;
    std::vector<std::uint64_t> shape{4};
};

std::shared_ptr<const Checkpoint> build(const std::vector<Row>& rows)
{
    CheckpointParts parts;
    auto owned = std::make_shared<std::vector<Row>>(rows);
    parts.storage.push_back(owned);
    parts.shards.emplace_back();
    for (const Row& row : *owned) {
        TensorInfo tensor;
        tensor.key = row.key;
        tensor.dtype = row.dtype;
        tensor.shape = row.shape;
        tensor.bytes = {0, byteSize(row.dtype, *elementCount(tensor)).value_or(0)};
        parts.tensors.push_back(tensor);
    }
    return Checkpoint::make(std::move(parts));
}

std::string layer(int i, const std::string& rest)
{
    return "model.layers." + std::to_string(i) + '.' + rest;
}

/// pattern -> missing as text "17 3,511"
std::map<QString, QString> gaps(const std::vector<Row>& rows)
{
    std::map<QString, QString> out;
    for (const Role& role : findRoles(*build(rows))) {
        QStringList tuples;
        for (const auto& tuple : role.missing) {
            QStringList numbers;
            for (const auto number : tuple) {
                numbers << QString::number(number);
            }
            tuples << numbers.join(',');
        }
        if (!tuples.isEmpty()) {
            out[QString::fromStdString(role.pattern)] = tuples.join(' ');
        }
    }
    return out;
}

/// A mixed stack as Qwen3-Next has it: full attention in every fourth layer, experts in all but the first.
std::vector<Row> hybrid(int layers, int experts)
{
    std::vector<Row> rows{{"model.embed_tokens.weight", DType::BF16, {100, 8}}};
    for (int i = 0; i < layers; ++i) {
        if (i % 4 == 3) {
            rows.push_back({layer(i, "self_attn.q_proj.weight")});
        } else {
            rows.push_back({layer(i, "linear_attn.A_log")});
        }
        rows.push_back({layer(i, "input_layernorm.weight")});
        if (i == 0) {
            rows.push_back({layer(i, "mlp.gate_proj.weight")});
        }
        for (int e = 0; i > 0 && e < experts; ++e) {
            rows.push_back({layer(i, "mlp.experts." + std::to_string(e) + ".up_proj.weight")});
            rows.push_back({layer(i, "mlp.experts." + std::to_string(e) + ".down_proj.weight")});
        }
    }
    return rows;
}

void drop(std::vector<Row>& rows, const std::string& prefix)
{
    std::erase_if(rows, [&](const Row& row) { return row.key.starts_with(prefix); });
}

} // namespace

class TestRoles : public QObject {
    Q_OBJECT

private slots:
    void groups()
    {
        auto rows = hybrid(12, 16);
        std::reverse(rows.begin(), rows.end()); // the order in the file does not matter
        const auto checkpoint = build(rows);
        const auto roles = findRoles(*checkpoint);
        QStringList patterns;
        std::size_t total = 0;
        for (const Role& role : roles) {
            patterns << QString::fromStdString(role.pattern) + ' ' + QString::number(role.tensors.size());
            total += role.tensors.size();
            QCOMPARE(role.bytes, role.elements * 2);
        }
        QCOMPARE(total, rows.size());
        QCOMPARE(patterns,
                 QStringList({"model.embed_tokens.weight 1", "model.layers.[12].input_layernorm.weight 12", "model.layers.[9].linear_attn.A_log 9",
                              "model.layers.[1].mlp.gate_proj.weight 1", "model.layers.[11].mlp.experts.[16].down_proj.weight 176",
                              "model.layers.[11].mlp.experts.[16].up_proj.weight 176", "model.layers.[3].self_attn.q_proj.weight 3"}));
        // tensors of a role stand in path order: layer 2 before layer 10
        QCOMPARE(checkpoint->tensors()[roles[1].tensors[2]].key, std::string_view("model.layers.2.input_layernorm.weight"));
    }

    void wholeModelsRaiseNoAlarm_data()
    {
        QTest::addColumn<int>("which");
        QTest::newRow("mixed stack, dense first layer") << 0;
        QTest::newRow("sequential with modules that have no parameters") << 1;
        QTest::newRow("projector") << 2;
        QTest::newRow("first layer without its norm") << 3;
        QTest::newRow("attention in every eighth layer") << 4;
        QTest::newRow("detector with layers that have no parameters") << 5;
    }
    void wholeModelsRaiseNoAlarm()
    {
        QFETCH(int, which);
        std::vector<Row> rows;
        if (which == 0) {
            rows = hybrid(48, 8);
        } else if (which == 1) { // torchvision VGG16
            for (const int i : {0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28}) {
                rows.push_back({"features." + std::to_string(i) + ".weight"});
                rows.push_back({"features." + std::to_string(i) + ".bias"});
            }
        } else if (which == 2) {
            for (const int i : {0, 1, 3}) {
                rows.push_back({"multi_modal_projector." + std::to_string(i) + ".weight"});
                rows.push_back({"multi_modal_projector." + std::to_string(i) + ".bias"});
            }
        } else if (which == 3) { // ModernBERT
            for (int i = 0; i < 22; ++i) {
                rows.push_back({layer(i, "mlp_norm.weight")});
                if (i > 0) {
                    rows.push_back({layer(i, "attn_norm.weight")});
                }
            }
        } else if (which == 4) { // Jamba
            for (int i = 0; i < 32; ++i) {
                rows.push_back({layer(i, i % 8 == 4 ? "self_attn.q_proj.weight" : "mamba.A_log")});
                rows.push_back({layer(i, i % 2 == 1 ? "feed_forward.router.weight" : "feed_forward.up_proj.weight")});
                rows.push_back({layer(i, "input_layernorm.weight")});
            }
        } else { // YOLOv5
            for (int i = 0; i < 25; ++i) {
                if (i != 11 && i != 12 && i != 15 && i != 16 && i != 19 && i != 22) {
                    rows.push_back({"model." + std::to_string(i) + ".conv.weight"});
                    rows.push_back({"model." + std::to_string(i) + ".bn.weight"});
                }
            }
        }
        const auto found = gaps(rows);
        QVERIFY2(found.empty(), found.empty() ? "" : qPrintable(found.begin()->first + ": " + found.begin()->second));
    }

    void aMissingLayerIsNamed()
    {
        auto rows = hybrid(48, 2);
        drop(rows, layer(17, ""));
        const auto found = gaps(rows);
        QCOMPARE(found.at("model.layers.[47].input_layernorm.weight"), QString("17"));
        QCOMPARE(found.size(), std::size_t{1}); // of the others nobody knows whether layer 17 had them
    }

    void aMissingLayerOfFour()
    {
        auto rows = hybrid(4, 2);
        drop(rows, layer(2, ""));
        QCOMPARE(gaps(rows).at("model.layers.[3].input_layernorm.weight"), QString("2"));
    }

    void aMissingTensorIsNamed()
    {
        auto rows = hybrid(48, 2);
        drop(rows, layer(17, "linear_attn.A_log"));
        const auto found = gaps(rows);
        QCOMPARE(found.size(), std::size_t{1});
        QCOMPARE(found.at("model.layers.[35].linear_attn.A_log"), QString("17"));
    }

    void aMissingExpertIsNamed()
    {
        auto rows = hybrid(12, 16);
        drop(rows, layer(3, "mlp.experts.15."));
        drop(rows, layer(5, "mlp.experts.4.up_proj"));
        const auto found = gaps(rows);
        QCOMPARE(found.size(), std::size_t{2});
        QCOMPARE(found.at("model.layers.[11].mlp.experts.[16].down_proj.weight"), QString("3,15"));
        QCOMPARE(found.at("model.layers.[11].mlp.experts.[16].up_proj.weight"), QString("3,15 5,4"));
    }

    void oddOnes()
    {
        std::vector<Row> rows;
        for (int i = 0; i < 48; ++i) {
            rows.push_back({layer(i, "A_log"), i == 17 ? DType::F32 : DType::BF16, {64}});
            rows.push_back({layer(i, "mixed"), i % 2 == 0 ? DType::F32 : DType::BF16, {64}});
        }
        rows[4].shape = {32};
        const auto checkpoint = build(rows);
        const auto roles = findRoles(*checkpoint);
        QCOMPARE(roles.size(), std::size_t{2});
        QCOMPARE(roles[0].odd.size(), std::size_t{1});
        QCOMPARE(checkpoint->tensors()[roles[0].odd[0]].key, std::string_view("model.layers.17.A_log"));
        QCOMPARE(roles[0].dtypes, (std::vector<std::pair<std::string, std::uint64_t>>{{"BF16", 47}, {"F32", 1}}));
        QCOMPARE(roles[0].shapes, (std::vector<std::vector<std::uint64_t>>{{64}, {32}}));
        QVERIFY(roles[1].odd.empty()); // half and half is a mixture
    }

    void numbersAndNames()
    {
        const auto roles =
            findRoles(*build({{"0"}, {"1"}, {"a.1234567890123456789.b"}, {"a.12x"}, {""}, {"..3"}, {"conv1.weight"}, {"conv2.weight"}}));
        QStringList patterns;
        for (const Role& role : roles) {
            patterns << QString::fromStdString(role.pattern);
        }
        QCOMPARE(patterns, QStringList({"", "..[1]", "[2]", "a.12x", "a.1234567890123456789.b", "conv1.weight", "conv2.weight"}));
    }

    /// Names made to be slow: many lists, many numbers, no order.
    void hostileNumbering()
    {
        std::vector<Row> rows;
        for (std::uint64_t i = 0; i < 20000; ++i) {
            rows.push_back({"a." + std::to_string(i * i * 1000003ULL % 1000000007ULL) + ".b." + std::to_string(i * 7919 % 20011)});
            rows.push_back({"c." + std::to_string(i % 100) + ".r" + std::to_string(i / 100)});
        }
        rows.push_back({"a.999999999999999999.b.0"});
        const auto roles = findRoles(*build(rows));
        QVERIFY(!roles.empty());
        for (const Role& role : roles) {
            QVERIFY(role.missing.size() <= 1000);
        }
    }
};

QTEST_APPLESS_MAIN(TestRoles)
#include "tst_roles.moc"
