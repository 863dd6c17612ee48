// SPDX-License-Identifier: Apache-2.0
// What a check says in the end: verdict, architecture, explanation.
#include "core/contracts/architecture.h"
#include "core/contracts/check.h"
#include "core/query/order.h"
#include "core/report/text.h"
#include "core/values/valuescan.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/support/modelfolder.h"

#include <QtTest>

using namespace ckptscope;
using test::CheckpointBuilder;

using Change = std::function<void(CheckpointBuilder&)>;
Q_DECLARE_METATYPE(Change)
Q_DECLARE_METATYPE(ckptscope::Verdict)

namespace {

const std::string Next = "{\"architectures\": [\"Qwen3NextForCausalLM\"]}";
const std::string Llama = "{\"architectures\": [\"LlamaForCausalLM\"]}";

/// The layers that tell Qwen3-Next from others.
Change gdnLayer(const std::string& dtype)
{
    return [dtype](CheckpointBuilder& b) {
        b.shard("model.safetensors").metadata("format", "pt");
        b.add("model.layers.0.linear_attn.A_log", dtype, {4}).add("model.layers.0.linear_attn.dt_bias", dtype, {4});
        b.add("model.layers.0.linear_attn.in_proj_qkvz.weight", "BF16", {192, 64})
            .add("model.layers.0.linear_attn.in_proj_ba.weight", "BF16", {8, 64});
    };
}

Change plainLayer()
{
    return [](CheckpointBuilder& b) {
        b.shard("model.safetensors").metadata("format", "pt");
        b.add("model.layers.0.self_attn.q_proj.weight", "BF16", {8, 8}).add("model.norm.weight", "BF16", {8});
    };
}

Rule rule(const std::string& id, const std::string& pattern, DType want, Severity severity = Severity::Violation)
{
    Rule made;
    made.id = id;
    made.title = id;
    made.keyRegex = pattern;
    made.requiredDtypes = {want};
    made.severity = severity;
    made.why = "because";
    made.sources = {"somebody/somewhere"};
    return made;
}

Rule of(Rule made, std::vector<std::string> architectures)
{
    made.architectures = std::move(architectures);
    return made;
}

Rule when(Rule made, const std::string& path, const std::string& value)
{
    made.when.push_back({path, {ConfigValue(value)}});
    return made;
}

std::string outcomeName(Explanation::Outcome outcome)
{
    constexpr const char* Names[]{"decides", "agrees", "overruled", "other architecture", "config differs", "not in profile"};
    return Names[static_cast<std::size_t>(outcome)];
}

std::vector<std::string> idsOf(const CheckReport& report)
{
    std::vector<std::string> ids;
    for (const auto& finding : report.findings) {
        ids.push_back(finding.rule);
    }
    return ids;
}

QString joined(const std::vector<std::string>& words)
{
    QStringList list;
    for (const auto& word : words) {
        list << QString::fromStdString(word);
    }
    return list.join(" | ");
}

} // namespace

class TestCheck : public QObject {
    Q_OBJECT

private slots:
    void verdicts_data()
    {
        QTest::addColumn<Change>("layer");
        QTest::addColumn<Change>("more");
        QTest::addColumn<Verdict>("verdict");
        const Change nothing = [](CheckpointBuilder& b) { b.config(Next); };
        const auto with = [](const std::string& config, const Change& more) {
            return Change([=](CheckpointBuilder& b) {
                b.config(config);
                more(b);
            });
        };
        const Change damage = [](CheckpointBuilder& b) { b.problem(Severity::Error, fail(Code::IndexMissingShard, {"1"})); };
        const Change danger = [](CheckpointBuilder& b) { b.global("os", "system", PickleGlobal::Grade::Dangerous, 7); };
        const Change stranger = [](CheckpointBuilder& b) { b.global("my", "Thing", PickleGlobal::Grade::Unknown, 7); };
        const Change advice = [](CheckpointBuilder& b) { b.problem(Severity::Advice, fail(Code::AuditShardCount, {"2", "1"})); };
        const Change note = [](CheckpointBuilder& b) { b.problem(Severity::Note, fail(Code::AuditNoFormat, {"1", "1"})); };
        const Change none = [](CheckpointBuilder&) {};
        QTest::newRow("as required") << gdnLayer("F32") << nothing << Verdict::Clean;
        QTest::newRow("a note spoils nothing") << gdnLayer("F32") << with(Next, note) << Verdict::Clean;
        QTest::newRow("advice") << gdnLayer("F32") << with(Next, advice) << Verdict::Advice;
        QTest::newRow("an unknown global is advice") << gdnLayer("F32") << with(Next, stranger) << Verdict::Advice;
        QTest::newRow("violations") << gdnLayer("BF16") << nothing << Verdict::Violations;
        QTest::newRow("violations over advice") << gdnLayer("BF16") << with(Next, advice) << Verdict::Violations;
        QTest::newRow("dangerous") << gdnLayer("F32") << with(Next, danger) << Verdict::Dangerous;
        QTest::newRow("dangerous over violations") << gdnLayer("BF16") << with(Next, danger) << Verdict::Dangerous;
        QTest::newRow("damaged") << gdnLayer("F32") << with(Next, damage) << Verdict::Damaged;
        QTest::newRow("damaged over dangerous") << gdnLayer("BF16") << with(Next, [=](CheckpointBuilder& b) {
            damage(b);
            danger(b);
        }) << Verdict::Damaged;
        QTest::newRow("nobody's rules") << plainLayer() << with(Llama, none) << Verdict::NoContract;
        QTest::newRow("nobody's rules, and advice") << plainLayer() << with(Llama, advice) << Verdict::NoContract;
        QTest::newRow("nobody's rules, and danger") << plainLayer() << with(Llama, danger) << Verdict::Dangerous;
        QTest::newRow("nothing is known at all") << plainLayer() << with("{}", none) << Verdict::NoContract;
        QTest::newRow("a rule for any architecture covers a tensor")
            << plainLayer() << with(Llama, [](CheckpointBuilder& b) { b.add("model.layers.0.self_attn.k_scale", "F32", {1}); }) << Verdict::Clean;
        QTest::newRow("rules name the architecture, though nothing is covered") << plainLayer() << nothing << Verdict::Clean;
    }
    void verdicts()
    {
        QFETCH(Change, layer);
        QFETCH(Change, more);
        CheckpointBuilder builder;
        layer(builder);
        more(builder);
        const auto report = runChecks(*builder.make());
        QVERIFY(report);
        QTEST((*report)->verdict, "verdict");
        std::array<std::uint64_t, 4> counts{};
        for (const auto& finding : (*report)->findings) {
            ++counts[static_cast<std::size_t>(finding.severity)];
        }
        QCOMPARE((*report)->counts, counts);
        QVERIFY(std::is_sorted((*report)->findings.begin(), (*report)->findings.end(),
                               [](const Finding& a, const Finding& b) { return a.severity > b.severity; }));
    }

    /// Of several findings about one tensor its verdict is the worst one; a finding of a whole role speaks for each of
    /// them.
    void tensorVerdicts()
    {
        CheckpointBuilder builder;
        builder.shard("model.safetensors")
            .metadata("format", "pt")
            .config("{\"linear_num_value_heads\": 4, \"architectures\": [\"Qwen3NextForCausalLM\"]}");
        for (int n = 0; n < 3; ++n) {
            builder.add("model.layers." + std::to_string(n) + ".linear_attn.A_log", n == 1 ? "BF16" : "F32", {8});
        }
        const auto report = runChecks(*builder.make());
        QCOMPARE((*report)->tensors[0].worst, Severity::Advice);
        QCOMPARE((*report)->tensors[1].worst, Severity::Violation);
        QCOMPARE((*report)->tensors[2].worst, Severity::Advice);
        QCOMPARE((*report)->tensors[0].finding, (*report)->tensors[2].finding);
        QCOMPARE((*report)->count(Severity::Advice), std::uint64_t{1});
    }

    void architecture_data()
    {
        using From = ArchitectureChoice::From;
        QTest::addColumn<Change>("make");
        QTest::addColumn<QString>("argument");
        QTest::addColumn<int>("from");
        QTest::addColumn<QString>("names");
        QTest::addColumn<QString>("findings"); ///< architecture.*
        QTest::addColumn<QString>("evidence"); ///< the first sentence
        const auto config = [](const Change& layer, const std::string& text) {
            return Change([=](CheckpointBuilder& b) {
                layer(b);
                b.config(text);
            });
        };
        const auto row = [](const char* name, const Change& make, const QString& argument, From from, const QString& names, const QString& findings,
                            const QString& evidence) {
            QTest::newRow(name) << make << argument << static_cast<int>(from) << names << findings << evidence;
        };
        const QString qkvz = "1 key that ends in linear_attn.in_proj_qkvz.weight, the first is "
                             "model.layers.0.linear_attn.in_proj_qkvz.weight.";
        row("config.json says it", config(gdnLayer("F32"), Next), "", From::Config, "Qwen3NextForCausalLM", "", "");
        row("a nested one does", config(gdnLayer("F32"), "{\"text_config\": " + Next + "}"), "", From::Config, "Qwen3NextForCausalLM", "", "");
        row("diffusers' class", config(plainLayer(), "{\"_class_name\": \"WanTransformer3DModel\"}"), "", From::Config, "WanTransformer3DModel", "",
            "");
        row("no config.json", gdnLayer("F32"), "", From::Inferred, "Qwen3NextForCausalLM", "architecture.inferred", qkvz);
        row("a text instead of a list", config(gdnLayer("F32"), "{\"architectures\": \"LlamaForCausalLM\"}"), "", From::Inferred,
            "Qwen3NextForCausalLM", "architecture.inferred", qkvz);
        row("an empty list", config(gdnLayer("F32"), "{\"architectures\": []}"), "", From::Inferred, "Qwen3NextForCausalLM", "architecture.inferred",
            qkvz);
        row("a broken config.json", config(gdnLayer("F32"), "{\"architectures\": [\"Llama"), "", From::Inferred, "Qwen3NextForCausalLM",
            "architecture.inferred", qkvz);
        row("keys that tell nothing, and a model_type", config(plainLayer(), "{\"architectures\": null, \"model_type\": \"glm4_moe\"}"), "",
            From::ModelType, "Glm4MoeForCausalLM", "architecture.of_type", "");
        row("keys that tell nothing, and a model_type that no rule knows", config(plainLayer(), "{\"model_type\": \"llama\"}"), "", From::None, "",
            "architecture.unknown", "");
        row("a model_type against distinctive keys", config(gdnLayer("F32"), "{\"model_type\": \"glm4_moe\"}"), "", From::Inferred,
            "Qwen3NextForCausalLM", "architecture.inferred", qkvz);
        row("wrapped by FSDP2", config(gdnLayer("F32"), "{\"architectures\": [\"FSDPQwen3NextForCausalLM\"]}"), "", From::Config,
            "Qwen3NextForCausalLM", "architecture.wrapped", "");
        row("wrapped by FSDP2, and a lie", config(gdnLayer("F32"), "{\"architectures\": [\"FSDPLlamaForCausalLM\"]}"), "", From::Inferred,
            "Qwen3NextForCausalLM", "architecture.contradicted | architecture.wrapped",
            "config.json names LlamaForCausalLM, which has none of these keys.");
        row("FSDP in front of what nobody knows", config(gdnLayer("F32"), "{\"architectures\": [\"FSDPMyNextForCausalLM\"]}"), "", From::Config,
            "FSDPMyNextForCausalLM", "architecture.likeness", "");
        row("keys that tell nothing", plainLayer(), "", From::None, "", "architecture.unknown", "");
        row("keys that tell nothing, and a name", config(plainLayer(), Llama), "", From::Config, "LlamaForCausalLM", "", "");
        row("a lie: an architecture without such layers", config(gdnLayer("F32"), Llama), "", From::Inferred, "Qwen3NextForCausalLM",
            "architecture.contradicted", "config.json names LlamaForCausalLM, which has none of these keys.");
        row("a lie: an architecture with other layers", config(gdnLayer("F32"), "{\"architectures\": [\"Mamba2ForCausalLM\"]}"), "", From::Inferred,
            "Qwen3NextForCausalLM", "architecture.contradicted", "config.json names Mamba2ForCausalLM, which has none of these keys.");
        row("a class that nobody knows is believed, and the likeness told", config(gdnLayer("F32"), "{\"architectures\": [\"MyNextForCausalLM\"]}"),
            "", From::Config, "MyNextForCausalLM", "architecture.likeness", "");
        row("a family that rules know under another class", config(gdnLayer("F32"), "{\"architectures\": [\"Qwen3NextModel\"]}"), "", From::Family,
            "Qwen3NextForCausalLM", "architecture.of_family", "");
        row("a language model alone, of a family that rules know", config(gdnLayer("F32"), "{\"architectures\": [\"Qwen3NextTextModel\"]}"), "",
            From::Family, "Qwen3NextForCausalLM", "architecture.of_family", "");
        row("a family's name without its keys", config(plainLayer(), "{\"architectures\": [\"Qwen3NextModel\"]}"), "", From::Config, "Qwen3NextModel",
            "", "");
        const auto adapter = [&](const Change& layer, const std::string& text) {
            return Change([=](CheckpointBuilder& b) {
                layer(b);
                b.config(text);
                b.parts.config.adapter = true;
            });
        };
        const Change saved = [](CheckpointBuilder& b) { // what modules_to_save adds to an adapter
            b.shard("adapter_model.safetensors").metadata("format", "pt").add("base_model.model.model.layers.0.linear_attn.A_log", "BF16", {4});
        };
        const std::string base = "{\"base_model_name_or_path\": \"Qwen/Qwen3-Next-80B-A3B-Instruct\"";
        row("an adapter, by its base model and its keys", adapter(saved, base + "}"), "", From::Family, "Qwen3NextForCausalLM",
            "architecture.of_base", "");
        row("an adapter without a key that a rule speaks of", adapter(plainLayer(), base + "}"), "", From::None, "", "architecture.adapter", "");
        row("an adapter of what nobody knows", adapter(saved, "{\"base_model_name_or_path\": \"me/mine\"}"), "", From::None, "",
            "architecture.adapter", "");
        row("an adapter that names its base model's class",
            adapter(saved, base + ", \"auto_mapping\": {\"base_model_class\": \"Qwen3_5ForCausalLM\"}}"), "", From::Config, "Qwen3_5ForCausalLM", "",
            "");
        row("an adapter with keys that tell", adapter(gdnLayer("F32"), "{\"base_model_name_or_path\": \"me/mine\"}"), "", From::Inferred,
            "Qwen3NextForCausalLM", "architecture.inferred", qkvz);
        const auto routed = [](const std::string& text) { // as transformers saves GLM-4 MoE, dots.llm1 and Solar Open alike
            return Change([=](CheckpointBuilder& b) {
                b.shard("model.safetensors").metadata("format", "pt");
                for (const char* key : {"self_attn.q_proj.weight", "mlp.experts.0.up_proj.weight", "mlp.shared_experts.up_proj.weight"}) {
                    b.add(std::string("model.layers.1.") + key, "BF16", {8, 8});
                }
                b.add("model.layers.1.mlp.gate.e_score_correction_bias", "BF16", {8});
                if (!text.empty()) {
                    b.config(text);
                }
            });
        };
        row("keys of several, for which rules are of several weights", routed({}), "", From::Inferred,
            "Glm4MoeForCausalLM | Dots1ForCausalLM | SolarOpenForCausalLM", "architecture.inferred",
            "1 key that ends in self_attn.q_proj.weight, the first is model.layers.1.self_attn.q_proj.weight.");
        row("one of them, by name", routed("{\"architectures\": [\"Glm4MoeForCausalLM\"]}"), "", From::Config, "Glm4MoeForCausalLM", "", "");
        row("another of them, by name", routed("{\"architectures\": [\"ExaoneMoeForCausalLM\"]}"), "", From::Config, "ExaoneMoeForCausalLM", "", "");
        row(
            "Hunyuan V4 by the names of its class, beside the keys that it shares with DeepSeek V3.2",
            [](CheckpointBuilder& b) {
                b.shard("model.safetensors").metadata("format", "pt");
                for (const char* key : {"attn_hc.fn", "self_attn.sinks", "self_attn.kv_a_proj_with_mqa.weight",
                                        "self_attn.indexer.weights_proj.weight", "mlp.gate.e_score_correction_bias"}) {
                    b.add(std::string("model.layers.0.") + key, "F32", {8});
                }
                b.config("{\"architectures\": [\"HYV4ForCausalLM\"]}");
            },
            "", From::Config, "HYV4ForCausalLM", "", "");
        row("an argument with a slip", config(gdnLayer("F32"), Llama), "Qwen3NextForCasualLM", From::Argument, "Qwen3NextForCasualLM",
            "architecture.mistyped", "");
        row("the argument is a model_type", config(gdnLayer("F32"), Llama), "qwen3_next", From::Argument, "qwen3_next", "architecture.mistyped", "");
        row("an argument like no other", config(gdnLayer("F32"), Llama), "Nope", From::Argument, "Nope", "", "");
        row("the argument is taken at its word", config(gdnLayer("F32"), Llama), "MambaForCausalLM", From::Argument, "MambaForCausalLM", "", "");
        row(
            "part of a checkpoint proves nothing",
            [](CheckpointBuilder& b) {
                gdnLayer("F32")(b);
                b.config(Llama);
                b.parts.isFolder = false;
                b.parts.shards.front().file = "model-00001-of-00002.safetensors";
            },
            "", From::Config, "LlamaForCausalLM", "", "");
        row(
            "two architectures of the same keys",
            [](CheckpointBuilder& b) {
                b.shard("model.safetensors").metadata("format", "pt");
                b.add("backbone.layers.0.mixer.A_log", "F32", {64, 8}).add("backbone.layers.0.mixer.x_proj.weight", "F32", {8, 64});
                b.add("backbone.layers.0.mixer.dt_proj.weight", "F32", {64, 4});
            },
            "", From::Inferred, "MambaForCausalLM | FalconMambaForCausalLM", "architecture.inferred",
            "1 key that ends in mixer.A_log, the first is backbone.layers.0.mixer.A_log.");
        row(
            "two architectures of the same keys, and the model_type of one",
            [](CheckpointBuilder& b) {
                b.shard("model.safetensors").metadata("format", "pt").config("{\"model_type\": \"falcon_mamba\"}");
                b.add("backbone.layers.0.mixer.A_log", "F32", {64, 8}).add("backbone.layers.0.mixer.x_proj.weight", "F32", {8, 64});
                b.add("backbone.layers.0.mixer.dt_proj.weight", "F32", {64, 4});
            },
            "", From::Inferred, "FalconMambaForCausalLM", "architecture.inferred",
            "1 key that ends in mixer.A_log, the first is backbone.layers.0.mixer.A_log.");
        row("a hostile name is shown, not obeyed", config(gdnLayer("F32"), "{\"architectures\": [\"\\u001b[2J\"]}"), "", From::Config, "\x1b[2J",
            "architecture.likeness", "");
    }
    void architecture()
    {
        QFETCH(Change, make);
        QFETCH(QString, argument);
        QFETCH(QString, evidence);
        CheckpointBuilder builder;
        builder.parts.isFolder = true;
        make(builder);
        CheckOptions options;
        options.architecture = argument.toStdString();
        const auto report = runChecks(*builder.make(), options);
        QVERIFY(report);
        const auto& choice = (*report)->architecture;
        QTEST(static_cast<int>(choice.from), "from");
        QTEST(joined(choice.names), "names");
        std::vector<std::string> told = idsOf(**report);
        std::erase_if(told, [](const std::string& id) { return !id.starts_with("architecture."); });
        QTEST(joined(told), "findings");
        if (choice.from == ArchitectureChoice::From::Inferred) {
            QCOMPARE(QString::fromStdString(choice.evidence.front()), evidence);
            QVERIFY(choice.evidence.size() >= 3); // keys, and what they mean
        } else {
            QVERIFY(choice.evidence.empty());
        }
    }

    /// Keys that several architectures share: nothing is demanded that one of them does not demand, until something tells which it is.
    void theMildestOfSeveralJudges_data()
    {
        QTest::addColumn<QString>("config");
        QTest::addColumn<QString>("rule");
        QTest::addColumn<Severity>("severity");
        QTest::newRow("keys alone") << ""
                                    << "router.strict_others.bias" << Severity::Advice;
        QTest::newRow("a model_type") << R"({"model_type":"glm4_moe"})"
                                      << "router.glm.bias" << Severity::Violation;
        QTest::newRow("a name") << R"({"architectures":["Glm4MoeForCausalLM"]})"
                                << "router.glm.bias" << Severity::Violation;
        QTest::newRow("two names are a claim, not a guess") << R"({"architectures":["Glm4MoeForCausalLM","Dots1ForCausalLM"]})"
                                                            << "router.glm.bias" << Severity::Violation;
    }
    void theMildestOfSeveralJudges()
    {
        QFETCH(QString, config);
        QFETCH(QString, rule);
        CheckpointBuilder builder;
        builder.parts.isFolder = true;
        builder.shard("model.safetensors").metadata("format", "pt");
        for (const char* key : {"self_attn.q_proj.weight", "mlp.experts.0.up_proj.weight", "mlp.shared_experts.up_proj.weight"}) {
            builder.add(std::string("model.layers.1.") + key, "BF16", {8, 8});
        }
        const std::string bias = "model.layers.1.mlp.gate.e_score_correction_bias";
        builder.add(bias, "BF16", {8});
        if (!config.isEmpty()) {
            builder.config(config.toStdString());
        }
        const auto checkpoint = builder.make();
        const auto report = runChecks(*checkpoint);
        QVERIFY(report);
        const auto& findings = (*report)->findings;
        const auto found = std::find_if(findings.begin(), findings.end(), [&](const Finding& finding) { return finding.rule == rule.toStdString(); });
        QVERIFY(found != findings.end());
        QTEST(found->severity, "severity");
        const auto explained = explainKey(*checkpoint, **report, bias);
        QCOMPARE(QString::fromStdString((*report)->rules->rules()[explained.front().ruleIndex].id), rule);
        QCOMPARE(explained.front().outcome, Explanation::Outcome::Decides);
    }

    /// The command that is offered is one that does it: formats without a writer are converted.
    void offersWhatCanBeDone()
    {
        for (const auto& [format, command] :
             {std::pair("safetensors", "ckptscope fix in -o in-fixed\n"), std::pair("dcp", "ckptscope convert in -o in-fixed --fix\n")}) {
            CheckpointBuilder builder;
            gdnLayer("BF16")(builder);
            builder.parts.isFolder = true;
            builder.parts.format = format;
            builder.parts.path = "in";
            builder.parts.folder = "in";
            const auto checkpoint = builder.make();
            const auto report = runChecks(*checkpoint);
            QVERIFY(report);
            std::string text;
            report::writeCheckText(*checkpoint, **report, {}, [&](std::string_view piece) { text += piece; });
            QVERIFY2(text.ends_with(std::string("To repair a copy: ") + command), text.c_str());
        }
    }

    /// A lie must not hide what is wrong: the rules of what the keys are apply.
    void lyingConfigHidesNothing()
    {
        for (const auto& [config, violations] : std::vector<std::pair<std::string, std::uint64_t>>{{Llama, 2}, {Next, 2}}) {
            CheckpointBuilder builder;
            builder.parts.isFolder = true;
            gdnLayer("BF16")(builder);
            builder.config(config);
            const auto report = runChecks(*builder.make());
            QCOMPARE((*report)->count(Severity::Violation), violations);
            QCOMPARE((*report)->verdict, Verdict::Violations);
        }
    }

    void explanations_data()
    {
        QTest::addColumn<int>("row");
        for (std::size_t n = 0; n < explainRows().size(); ++n) {
            QTest::newRow(explainRows()[n].name) << static_cast<int>(n);
        }
    }
    void explanations()
    {
        QFETCH(int, row);
        const auto& [name, rules, config, dtype, expected] = explainRows()[static_cast<std::size_t>(row)];
        CheckpointBuilder builder;
        builder.shard("model.safetensors").metadata("format", "pt").add("a.w", dtype, {4}).config(config);
        const auto checkpoint = builder.make();
        CheckOptions options;
        options.rules = RuleSet::make(rules);
        const auto report = runChecks(*checkpoint, options);
        QVERIFY(report);
        QStringList lines;
        for (const auto& one : explainKey(*checkpoint, **report, "a.w")) {
            lines << QString::fromStdString(rules[one.ruleIndex].id + ": " + outcomeName(one.outcome)
                                            + (one.detail.empty() ? "" : ", " + one.detail));
        }
        QCOMPARE(lines.join(" | "), QString(expected));
        // what decides in words decides in deeds
        const auto& verdict = (*report)->tensors.front();
        const bool decided = lines.front().endsWith(": decides");
        QCOMPARE(verdict.judged, decided);
        if (decided) {
            QCOMPARE(lines.front(), QString::fromStdString(rules[verdict.rule].id) + ": decides");
        }
        QVERIFY(explainKey(*checkpoint, **report, "b.v").empty());
    }

    void builtinExplanations()
    {
        CheckpointBuilder builder;
        gdnLayer("BF16")(builder);
        builder.config(Next);
        const auto checkpoint = builder.make();
        const std::string key = "model.layers.0.linear_attn.A_log";
        const auto report = runChecks(*checkpoint);
        const auto all = explainKey(*checkpoint, **report, key);
        const auto& rules = (*report)->rules->rules();
        QCOMPARE(rules[all.front().ruleIndex].id, std::string("gdn.qwen3_next.a_log"));
        QCOMPARE(all.front().outcome, Explanation::Outcome::Decides);
        QVERIFY(all.size() > 1);
        for (std::size_t n = 1; n < all.size(); ++n) { // every other rule with this pattern, of other architectures
            QCOMPARE(all[n].outcome, Explanation::Outcome::OtherArchitecture);
        }
        CheckOptions nemo;
        nemo.profile = "nemo-automodel";
        const auto narrow = runChecks(*checkpoint, nemo);
        const auto fewer = explainKey(*checkpoint, **narrow, key);
        QCOMPARE((*narrow)->rules->rules()[fewer.front().ruleIndex].id, std::string("nemo.gated_delta_net_fp32.a_log"));
        QVERIFY(std::any_of(fewer.begin(), fewer.end(), [](const Explanation& e) { return e.outcome == Explanation::Outcome::NotInProfile; }));
    }

    /// Findings stand in the order of names, not of the file, and so do all tensors of one that is told once.
    void findingsInPathOrder()
    {
        CheckpointBuilder builder;
        builder.shard("model.safetensors").metadata("format", "pt").config(Next);
        for (const int layer : {10, 9, 1, 0, 2, 11}) {
            const std::string prefix = "model.layers." + std::to_string(layer) + ".linear_attn.";
            builder.add(prefix + "A_log", "BF16", {4}).add(prefix + "dt_bias", "BF16", {4});
            builder.add(prefix + "in_proj_qkvz.weight", "BF16", {192, 64}).add(prefix + "in_proj_ba.weight", "BF16", {8, 64});
        }
        const auto checkpoint = builder.make();
        const auto keysOf = [&](const CheckReport& report, std::string_view rule) {
            QStringList keys;
            for (const Finding& finding : report.findings) {
                if (finding.rule == rule && finding.tensor) {
                    keys << QString::fromStdString(std::string(checkpoint->tensors()[*finding.tensor].key)).section('.', 2, 2);
                }
            }
            return keys.join(' ');
        };
        const auto report = *runChecks(*checkpoint);
        QCOMPARE(keysOf(*report, "gdn.qwen3_next.a_log"), QString("0 1 2 9 10 11"));
        QCOMPARE(keysOf(*report, "gdn.qwen3_next.dt_bias"), QString("0 1 2 9 10 11"));
        for (std::uint32_t n = 0; n < report->findings.size(); ++n) { // each tensor still knows its own
            if (report->findings[n].tensor && report->findings[n].severity == Severity::Violation) {
                QCOMPARE(report->tensors[*report->findings[n].tensor].finding, n);
            }
        }
        // the same of what is added later, and of so many that places are made once
        std::vector<Finding> more;
        for (std::size_t i = 0; i < 5000; ++i) {
            Finding finding;
            finding.rule = "values.test";
            finding.severity = Severity::Note;
            finding.tensor = static_cast<std::uint32_t>(i % checkpoint->tensors().size());
            more.push_back(std::move(finding));
        }
        const auto both = withFindings(*checkpoint, *report, more);
        QString before;
        for (const Finding& finding : both->findings) {
            if (finding.rule == "values.test") {
                const QString key = QString::fromStdString(std::string(checkpoint->tensors()[*finding.tensor].key));
                QVERIFY(before.isEmpty() || comparePaths(before.toStdString(), key.toStdString()) <= 0);
                before = key;
            }
        }
        QVERIFY(!before.isEmpty());
        std::vector<std::uint32_t> tensors{0, 4, 8, 12, 16, 20};
        putInPathOrder(*checkpoint, tensors);
        QVERIFY((tensors == std::vector<std::uint32_t>{12, 8, 16, 4, 0, 20}));
    }

    void unknownProfile()
    {
        CheckpointBuilder builder;
        plainLayer()(builder);
        CheckOptions options;
        options.profile = "mine";
        const auto report = runChecks(*builder.make(), options);
        QVERIFY(!report);
        QCOMPARE(report.error().code, Code::ProfileUnknown);
    }

    /// A broken file, or a broken rule in a good one, is refused with line and reason; everything else goes on.
    void userFiles()
    {
        const auto one = [](const std::string& id, const std::string& dtype) {
            return "{\"id\": \"" + id + "\", \"title\": \"t\", \"architectures\": [],\n \"key_regex\": \"norm\", \"required_dtypes\": [\"" + dtype
                + "\"],\n \"severity\": \"violation\", \"why\": \"because\", \"sources\": [\"me\"]}";
        };
        const auto file = [](const std::string& rules) { return "{\"schema\": \"ckptscope.rules/1\",\n \"rules\": [\n" + rules + "]}"; };
        const test::TempDir dir;
        const std::vector<std::string> paths{dir.write("broken.json", "{\n\"schema\": oops}"),
                                             dir.write("half.json", file(one("my.bad", "F33") + ",\n" + one("my.norm", "F32"))),
                                             dir.path("absent.json"), dir.write("taken.json", file(one("gdn.qwen3_next.a_log", "F64"))),
                                             dir.write("again.json", file(one("my.norm", "F64")))};
        std::vector<RuleFileProblem> problems;
        CheckOptions options;
        options.rules = RuleSet::withFiles(paths, problems);
        QCOMPARE(problems.size(), std::size_t{5});
        QCOMPARE(QString::fromStdString(problems[0].what.file), QString::fromStdString(paths[0]));
        QCOMPARE(problems[0].line, std::uint64_t{2});
        QCOMPARE(problems[1].rule, std::string("my.bad"));
        QCOMPARE(problems[1].line, std::uint64_t{4});
        QVERIFY(problems[1].what.args.back().find("F33") != std::string::npos);
        QCOMPARE(problems[2].what.code, Code::FileNotFound);
        QCOMPARE(problems[3].rule, std::string("gdn.qwen3_next.a_log"));
        QCOMPARE(problems[3].line, std::uint64_t{3});
        QCOMPARE(problems[4].rule, std::string("my.norm"));
        QCOMPARE(options.rules->rules().size(), RuleSet::builtin()->rules().size() + 1);

        CheckpointBuilder builder;
        gdnLayer("BF16")(builder);
        builder.add("model.norm.weight", "BF16", {8}).config(Next);
        const auto report = runChecks(*builder.make(), options);
        QCOMPARE(joined(idsOf(**report)), QString("gdn.qwen3_next.a_log | gdn.qwen3_next.dt_bias | my.norm"));
    }

private:
    struct ExplainRow {
        const char* name;
        std::vector<Rule> rules;
        std::string config;
        const char* dtype;
        const char* expected;
    };
    static const std::vector<ExplainRow>& explainRows()
    {
        const std::string foo = "{\"architectures\": [\"Foo\"], \"quantization_config\": {\"quant_method\": \"fp8\"}}";
        const auto method = [](Rule made, const char* value) { return when(std::move(made), "quantization_config.quant_method", value); };
        const auto number = [](Rule made, const ConfigValue& value) {
            made.when.push_back({"number", {value}});
            return made;
        };
        static const std::vector<ExplainRow> rows{
            {"one", {rule("one", "w$", DType::F32)}, foo, "BF16", "one: decides"},
            {"none for this architecture", {of(rule("one", "w$", DType::F32), {"Bar"})}, foo, "BF16", "one: other architecture, Bar"},
            {"a condition that holds", {method(rule("one", "w$", DType::F32), "fp8")}, foo, "BF16", "one: decides"},
            {"a condition that does not",
             {method(rule("one", "w$", DType::F32), "awq")},
             foo,
             "BF16",
             "one: config differs, quantization_config.quant_method is fp8"},
            {"a condition on a number that JSON spells as 2.0",
             {number(rule("one", "w$", DType::F32), std::int64_t{2})},
             "{\"architectures\": [\"Foo\"], \"number\": 2.0}",
             "BF16",
             "one: decides"},
            {"a condition on a fraction that JSON spells as 2",
             {number(rule("one", "w$", DType::F32), 2.0)},
             "{\"architectures\": [\"Foo\"], \"number\": 2}",
             "BF16",
             "one: decides"},
            {"a condition on a number, where a text stands",
             {number(rule("one", "w$", DType::F32), std::int64_t{2})},
             "{\"architectures\": [\"Foo\"], \"number\": \"2\"}",
             "BF16",
             "one: config differs, number is 2"},
            {"a condition on the language model's own quantization",
             {method(rule("one", "w$", DType::F32), "fp8")},
             "{\"architectures\": [\"Foo\"], \"text_config\": {\"quantization_config\": {\"quant_method\": \"fp8\"}}}",
             "BF16",
             "one: decides"},
            {"a condition on what is not there",
             {when(rule("one", "w$", DType::F32), "mlp_bias", "x")},
             foo,
             "BF16",
             "one: config differs, mlp_bias is not there"},
            {"the more severe decides",
             {rule("advice", "w$", DType::F16, Severity::Advice), rule("violation", "w$", DType::F32)},
             foo,
             "BF16",
             "violation: decides | advice: agrees, violation"},
            {"and overrules where they differ",
             {rule("advice", "w$", DType::F16, Severity::Advice), rule("violation", "w$", DType::F32)},
             foo,
             "F16",
             "violation: decides | advice: overruled, violation"},
            {"severity before specificity",
             {of(rule("special", "w$", DType::F16, Severity::Advice), {"Foo"}), rule("severe", "w$", DType::F32)},
             foo,
             "F16",
             "severe: decides | special: overruled, severe"},
            {"the one that names the architecture",
             {rule("any", "w$", DType::F16), of(rule("own", "w$", DType::F32), {"Foo"})},
             foo,
             "F32",
             "own: decides | any: overruled, own"},
            {"the one with a condition",
             {rule("always", "w$", DType::F16), method(rule("sometimes", "w$", DType::F32), "fp8")},
             foo,
             "F32",
             "sometimes: decides | always: overruled, sometimes"},
            {"the architecture before the condition",
             {method(rule("sometimes", "w$", DType::F16), "fp8"), of(rule("own", "w$", DType::F32), {"Foo"})},
             foo,
             "F32",
             "own: decides | sometimes: overruled, own"},
            {"of equals the earlier",
             {rule("first", "w$", DType::F32), rule("second", "a", DType::F16)},
             foo,
             "F32",
             "first: decides | second: overruled, first"},
            {"what applies before what does not",
             {of(rule("bar", "w$", DType::F64), {"Bar"}), method(rule("awq", "w$", DType::F64), "awq"), rule("one", "w$", DType::F32)},
             foo,
             "F32",
             "one: decides | bar: other architecture, Bar | awq: config differs, quantization_config.quant_method is fp8"},
        };
        return rows;
    }
};

QTEST_APPLESS_MAIN(TestCheck)
#include "tst_check.moc"
