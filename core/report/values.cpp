// SPDX-License-Identifier: Apache-2.0
#include "core/report/values.h"

#include "core/report/messages.h"
#include "core/report/plots.h"
#include "core/values/elementtext.h"

#include <algorithm>
#include <array>
#include <string>

namespace ckptscope::report {

namespace {

constexpr std::array<std::string_view, 3> DriftNames{"4k", "32k", "256k"};

std::string_view keyOf(const Checkpoint& checkpoint, std::uint32_t tensor)
{
    return checkpoint.tensors()[tensor].key;
}

void writeNumbers(JsonWriter& json, const std::vector<HalfLife>& halfLives, double HalfLife::*member)
{
    json.open('[');
    for (const HalfLife& one : halfLives) {
        json.number(one.*member);
    }
    json.close(']');
}

void writeOneTensor(JsonWriter& json, const Checkpoint& checkpoint, const TensorValues& values, const std::vector<Decay>& decays,
                    const Histogram* histogram, HistogramScale scale)
{
    const TensorInfo& tensor = checkpoint.tensors()[values.tensor];
    json.open('{').key("name").text(tensor.key).key("dtype").text(tensor.dtypeText());
    if (values.statistics) {
        const Statistics& s = *values.statistics;
        json.key("count").number(s.count).key("finite").number(s.finite).key("min").number(s.min).key("max").number(s.max);
        json.key("mean").number(s.mean).key("std").number(s.std).key("absmax").number(s.absMax).key("zeros").number(s.zeros);
        json.key("denormals").number(s.denormals).key("nan").number(s.nan).key("inf").number(s.inf());
        json.key("constant").boolean(s.constant).key("narrowest").text(dtypeName(s.narrowest));
        json.key("laundered_from");
        json.textOrNull(s.laundered(tensor.dtype) ? dtypeName(s.launderedFrom()) : std::string_view());
    } else {
        json.key("readable").boolean(false).key("reason").text(values.error ? messageText(*values.error) : std::string());
    }
    if (histogram != nullptr) {
        writeHistogramMembers(json, *histogram, scale);
    }
    const auto decay = std::find_if(decays.begin(), decays.end(), [&](const Decay& one) { return one.pair.decay == values.tensor; });
    if (decay != decays.end()) {
        json.key("decay");
        writeDecayJson(json, checkpoint, *decay);
    }
    json.closeNamed();
}

std::string percentText(double share)
{
    return shortNumber(100 * share) + " %";
}

} // namespace

std::string driftSentence(const DriftAt& at, const NumberStyle& style)
{
    switch (at.word()) {
    case DriftWord::None:
        return "none";
    case DriftWord::Slight:
        return "slight";
    case DriftWord::Some:
        return "some; that head still holds " + percentText(at.worstLeft) + " of what it saw";
    case DriftWord::Large:
        return "large; that head still holds " + percentText(at.worstLeft) + " of what it saw";
    case DriftWord::Forgotten:
        break;
    }
    const std::string text = "felt by nobody: that head has forgotten what it saw by then; ";
    return text
        + (at.holding == 0 ? std::string("no head still holds 1 % of it")
                           : "of the " + groupedNumber(at.holding, style) + (at.holding == 1 ? " head that still holds" : " heads that still hold")
                   + " 1 % of it the worst drifts by " + percentText(at.worstHolding));
}

std::string_view decayFormula() noexcept
{
    return "The state is multiplied at every token by exp(g), g = -exp(A_log) * softplus(x + dt_bias). With the gate's input x at 0, half of it is "
           "left "
           "after log(2) / (exp(A_log) * softplus(dt_bias)) tokens. Drift after N tokens is 1 - exp(-|r' - r| * N): r is the rate of the stored "
           "values, r' "
           "of the same in BF16, or half a step away where they are BF16 numbers already, or of the donor's. Bars show that half step.";
}

void writeDecayJson(JsonWriter& json, const Checkpoint& checkpoint, const Decay& decay)
{
    json.open('{').key("tensor").text(keyOf(checkpoint, decay.pair.decay)).key("bias");
    json.textOrNull(decay.pair.bias ? keyOf(checkpoint, *decay.pair.bias) : std::string_view());
    json.key("dtype").text(dtypeName(decay.decayDtype)).key("narrow").boolean(decay.decayIsNarrow);
    json.key("half_life");
    writeNumbers(json, decay.halfLives, &HalfLife::tokens);
    json.key("half_life_bf16");
    writeNumbers(json, decay.halfLives, &HalfLife::narrow);
    json.key("half_life_low");
    writeNumbers(json, decay.halfLives, &HalfLife::low);
    json.key("half_life_high");
    writeNumbers(json, decay.halfLives, &HalfLife::high);
    json.key("drift").open('{');
    for (std::size_t i = 0; i < DriftNames.size(); ++i) {
        json.key(DriftNames[i]).number(decay.drift[i]);
    }
    json.close('}').closeNamed();
}

void writeStatsJson(const Checkpoint& checkpoint, const std::vector<TensorValues>& values, const std::vector<Decay>& decays,
                    const StatsHistograms& histograms, const Write& write)
{
    JsonWriter json(write);
    json.open('{').key("schema").text("ckptscope.stats/1").key("path").text(checkpoint.path()).key("tensors").open('[');
    for (std::size_t i = 0; i < values.size(); ++i) {
        const bool counted = i < histograms.of.size() && histograms.of[i];
        writeOneTensor(json, checkpoint, values[i], decays, counted ? &*histograms.of[i] : nullptr, histograms.scale);
    }
    json.close(']').closeNamed().finish();
}

void writeStatsText(const Checkpoint& checkpoint, const std::vector<TensorValues>& values, const std::vector<Decay>& decays,
                    const StatsHistograms& histograms, const TextStyle& style, const Write& write)
{
    Table table("llrrrrrrrrl");
    if (style.headings) {
        table.row({"TENSOR", "DTYPE", "MIN", "MAX", "MEAN", "STD", "ABSMAX", "ZEROS", "NAN", "INF", "NARROWEST"}, Ink::Muted);
    }
    for (const TensorValues& one : values) {
        const TensorInfo& tensor = checkpoint.tensors()[one.tensor];
        if (!one.statistics) {
            table.row({displayName(tensor.key), displayName(tensor.dtypeText()), "", "", "", "", "", "", "", "",
                       one.error ? messageText(*one.error) : std::string()});
            continue;
        }
        const Statistics& s = *one.statistics;
        table.row({displayName(tensor.key), displayName(tensor.dtypeText()), s.minText, s.maxText, shortNumber(s.mean), shortNumber(s.std),
                   shortNumber(s.absMax), groupedNumber(s.zeros, style.numbers), groupedNumber(s.nan, style.numbers),
                   groupedNumber(s.inf(), style.numbers), std::string(dtypeName(s.narrowest))});
    }
    table.write(style, "", write);
    for (std::size_t i = 0; i < histograms.of.size(); ++i) {
        if (histograms.of[i]) {
            write("\n" + style.paint(displayName(keyOf(checkpoint, values[i].tensor)), Ink::Bold) + '\n');
            writeHistogramText(*histograms.of[i], histograms.scale, style, write);
        }
    }
    if (decays.empty()) {
        return;
    }
    write("\n" + style.paint("Decay: half-lives in tokens, and the worst drift that BF16 costs", Ink::Bold) + '\n');
    Table halves("lrrrrrr");
    halves.row({"TENSOR", "HEADS", "SHORTEST", "LONGEST", "4K", "32K", "256K"}, Ink::Muted);
    for (const Decay& decay : decays) {
        if (decay.halfLives.empty()) {
            continue;
        }
        const auto [least, most] = std::minmax_element(decay.halfLives.begin(), decay.halfLives.end(),
                                                       [](const HalfLife& a, const HalfLife& b) { return a.tokens < b.tokens; });
        halves.row({displayName(keyOf(checkpoint, decay.pair.decay)), groupedNumber(decay.halfLives.size(), style.numbers),
                    shortNumber(least->tokens), shortNumber(most->tokens), shortNumber(100 * decay.drift[0]) + " %",
                    shortNumber(100 * decay.drift[1]) + " %", shortNumber(100 * decay.drift[2]) + " %"});
    }
    halves.write(style, "", write);
}

} // namespace ckptscope::report
