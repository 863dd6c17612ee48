// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/gated_delta_net_fp32.h"

#include <QtTest>

using namespace ckptscope;
using namespace ckptscope::gated_delta_net_fp32;

namespace {

std::string text(const QByteArray& bytes)
{
    return bytes.toStdString();
}

} // namespace

/// What NVIDIA-NeMo/Automodel nemo_automodel/components/models/common/gated_delta_net_fp32.py (0.7.0) was seen to do.
class TestGdnContract : public QObject {
    Q_OBJECT

private slots:
    void keys_data()
    {
        QTest::addColumn<QByteArray>("key");
        QTest::addColumn<bool>("is");
        QTest::addColumn<QByteArray>("stripped");
        QTest::addColumn<QByteArray>("routed");
        const auto row = [](QByteArray key, bool is, QByteArray stripped = "=", QByteArray routed = "=") {
            QTest::newRow(key.isEmpty() ? "(empty)" : key.toPercentEncoding("[]*,= ").constData())
                << key << is << (stripped == "=" ? key : stripped) << (routed == "=" ? key : routed);
        };
        row("model.layers.0.linear_attn.A_log", true, "=", "model.layers.0.linear_attn._fp32_params.A_log");
        row("model.layers.0.linear_attn.dt_bias", true, "=", "model.layers.0.linear_attn._fp32_params.dt_bias");
        row("model.layers.0.linear_attn._fp32_params.A_log", true, "model.layers.0.linear_attn.A_log");
        row("model.layers.0.linear_attn.xA_log", true, "=", "model.layers.0.linear_attn._fp32_params.xA_log");
        row("a.linear_attn.x.A_log", true, "=", "a.linear_attn._fp32_params.x.A_log");
        row(".linear_attn.A_log", true, "=", ".linear_attn._fp32_params.A_log");
        row("linear_attn.A_log", false);
        row("xlinear_attn.A_log", false);
        row("a.Xlinear_attn.A_log", false);
        row("a.linear_attn.A_log.weight", false);
        row("a.linear_attn.conv1d.weight", false);
        row("a.self_attn.A_log", false);
        row("", false);
        row("m.linear_attn._fp32_params.norm.weight", false, "m.linear_attn.norm.weight");
        row("a.linear_attn.b.linear_attn.A_log", true, "=", "a.linear_attn.b.linear_attn._fp32_params.A_log");
        row("a.linear_attn._fp32_params.b.linear_attn._fp32_params.A_log", true, "a.linear_attn.b.linear_attn.A_log");
        row("a.linear_attn._fp32_params._fp32_params.A_log", true, "a.linear_attn._fp32_params.A_log");
        row("a.self_attn._fp32_params.A_log", false);
        // the dot behind a holder is part of the match, so the next one needs a dot of its own
        row("a.linear_attn._fp32_params.linear_attn._fp32_params.A_log", true, "a.linear_attn.linear_attn._fp32_params.A_log");
        row("a._fp32_params.linear_attn.A_log", true);
        row("a.linear_attn.A_log\n", false); // str.endswith, unlike `$` of a regex, sees the newline
        row("a\n.linear_attn.A_log", true, "=", "a\n.linear_attn._fp32_params.A_log");
        row(QByteArray("a.linear_attn.\0A_log", 20), true, "=", QByteArray("a.linear_attn._fp32_params.\0A_log", 33));
        row(QByteArray("a\0.linear_attn._fp32_params.w", 29), false, QByteArray("a\0.linear_attn.w", 16));
        row("a\xff.linear_attn.\xc3"
            "A_log",
            true, "=",
            "a\xff.linear_attn._fp32_params.\xc3"
            "A_log");
        row("a.linear_attn.A_log\r", false);
        row("a.LINEAR_ATTN.A_log", false);
        row("a.linear_attn.a_log", false);
    }
    void keys()
    {
        QFETCH(QByteArray, key);
        QFETCH(bool, is);
        QFETCH(QByteArray, stripped);
        QFETCH(QByteArray, routed);
        QCOMPARE(is_gated_delta_net_fp32_param_key(text(key)), is);
        QCOMPARE(QByteArray::fromStdString(strip_fp32_holder_key(text(key))), stripped);
        QCOMPARE(QByteArray::fromStdString(route_fp32_holder_key(text(key))), routed);
    }

    void otherNames()
    {
        constexpr std::array<std::string_view, 1> Own{"norm.weight"};
        QVERIFY(is_gated_delta_net_fp32_param_key("m.linear_attn.norm.weight", Own));
        QVERIFY(!is_gated_delta_net_fp32_param_key("m.linear_attn.A_log", Own));
        QVERIFY(!is_gated_delta_net_fp32_param_key("m.linear_attn.A_log", ParamNames{}));
        QCOMPARE(route_fp32_holder_key("m.linear_attn.norm.weight", Own), std::string("m.linear_attn._fp32_params.norm.weight"));
        QCOMPARE(route_fp32_holder_key("m.linear_attn.A_log", Own), std::string("m.linear_attn.A_log"));
        QCOMPARE(upcast_gated_delta_net_fp32_state_tensor("m.linear_attn.norm.weight", DType::BF16, Own), std::optional(DType::F32));
        QCOMPARE(upcast_gated_delta_net_fp32_state_tensor("m.linear_attn.A_log", DType::BF16, Own), std::optional<DType>());
    }

    void architectures_data()
    {
        QTest::addColumn<QStringList>("names");
        QTest::addColumn<bool>("has");
        QTest::newRow("none") << QStringList{} << false;
        QTest::newRow("Llama") << QStringList{"LlamaForCausalLM"} << false;
        QTest::newRow("near miss: lower case") << QStringList{"qwen3nextforcausallm"} << false;
        QTest::newRow("near miss: suffix") << QStringList{"Qwen3NextForCausalLM2"} << false;
        QTest::newRow("near miss: another head") << QStringList{"Qwen3NextForSequenceClassification"} << false;
        QTest::newRow("second of two") << QStringList{"LlamaForCausalLM", "Qwen3_5ForCausalLM"} << true;
        for (const auto name : GDN_FP32_CHECKPOINT_ARCHITECTURES) {
            QTest::newRow(std::string(name).c_str()) << QStringList{QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()))} << true;
        }
    }
    void architectures()
    {
        QFETCH(QStringList, names);
        QFETCH(bool, has);
        std::vector<std::string> list;
        for (const auto& name : names) {
            list.push_back(name.toStdString());
        }
        QCOMPARE(has_gated_delta_net_fp32_checkpoint_contract(list), has);
    }

    void upcast_data()
    {
        QTest::addColumn<QString>("dtype");
        QTest::addColumn<bool>("cast");
        QTest::addColumn<bool>("forced");
        for (const char* name : {"BF16", "F16", "F64", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"}) {
            QTest::newRow(name) << QString(name) << true << true;
        }
        QTest::newRow("F32") << "F32" << false << true;
        for (const char* name : {"I8", "U8", "I16", "U16", "I32", "U32", "I64", "U64", "BOOL", "C64"}) {
            QTest::newRow(name) << QString(name) << false << false;
        }
    }
    void upcast()
    {
        QFETCH(QString, dtype);
        QFETCH(bool, cast);
        QFETCH(bool, forced);
        const auto type = dtypeFromSafetensors(dtype.toStdString());
        QVERIFY(type);
        const std::string key = "model.layers.0.linear_attn.A_log";
        QCOMPARE(upcast_gated_delta_net_fp32_state_tensor(key, *type), cast ? std::optional(DType::F32) : std::nullopt);
        QCOMPARE(upcast_gated_delta_net_fp32_state_tensor("model.layers.0.linear_attn.norm.weight", *type), std::optional<DType>());
        const std::vector<std::pair<std::string_view, DType>> state{{key, *type}, {"a.self_attn.A_log", *type}};
        const auto mapping = forced_gated_delta_net_fp32_dtype_mapping(state);
        QCOMPARE(mapping.size(), forced ? 1U : 0U);
        if (forced) {
            QCOMPARE(mapping.begin()->first, key);
            QCOMPARE(mapping.begin()->second, DType::F32);
        }
    }
};

QTEST_APPLESS_MAIN(TestGdnContract)
#include "tst_gdn_contract.moc"
