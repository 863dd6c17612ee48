// SPDX-License-Identifier: Apache-2.0
#include "core/report/htmlsections.h"
#include "core/report/messages.h"
#include "core/report/svgplot.h"
#include "core/report/text.h"
#include "core/report/values.h"

namespace ckptscope::report {

namespace {

std::string headName(const Checkpoint& checkpoint, const HtmlExtras& extras, const DecayHead& head)
{
    return "<span class=\"key\">" + shown(checkpoint.tensors()[extras.decays[head.decay].pair.decay].key, 120) + "</span>, head "
        + std::to_string(head.head);
}

std::string percent(double share)
{
    return htmlText(shortNumber(100 * share)) + " %";
}

void writeDrift(const Checkpoint& checkpoint, const HtmlExtras& extras, const Write& write, const NumberStyle& style)
{
    const DonorDecays* donor = extras.donor && extras.donor->found > 0 ? &*extras.donor : nullptr;
    write("<table><tr><th class=\"n\">Tokens</th><th class=\"n\">Worst drift</th><th>Of</th><th>What it "
          "means</th></tr>\n");
    for (const DriftAt& at : driftOf(extras.decays, donor)) {
        write("<tr><td class=\"n\">" + groupedNumber(at.tokens, style) + "</td><td class=\"n\">" + percent(at.worst) + "</td><td>"
              + (at.worst > 0 ? headName(checkpoint, extras, at.worstHead) : std::string()) + "</td><td>" + htmlText(driftSentence(at, style))
              + "</td></tr>\n");
    }
    write("</table>\n");
}

} // namespace

void writeDecaySection(const Checkpoint& checkpoint, const HtmlExtras& extras, const Write& write, const NumberStyle& style)
{
    if (extras.decays.empty()) {
        return;
    }
    const DonorDecays* donor = extras.donor && extras.donor->found > 0 ? &*extras.donor : nullptr;
    write("<h2>How long heads remember</h2>\n");
    write(halfLifeSvg(checkpoint, extras.decays, donor, style));
    write(donor != nullptr ? "<p>Drift between these values and the donor's:</p>\n"
                           : "<p>Drift between these values and the same in BF16; where they are BF16 already, what "
                             "rounding to it may have cost:</p>\n");
    writeDrift(checkpoint, extras, write, style);
    write("<details><summary>Formula</summary><p>" + htmlText(decayFormula()) + "</p></details>\n");
    for (const DecayValues& values : extras.decayValues) {
        const std::string name = displayName(values.name, 80);
        write("<h3><code>" + htmlText(name) + "</code> <span class=\"muted\">" + groupedNumber(values.histogram.statistics.count, style)
              + " values of " + groupedNumber(values.tensors, style) + (values.tensors == 1 ? " tensor" : " tensors") + "</span></h3>\n");
        write(histogramSvg(values.histogram, "value of " + name, dtypeClass(values.dtype), style));
    }
}

void writeStatisticsSection(const Checkpoint& checkpoint, const HtmlExtras& extras, const Write& write, const NumberStyle& style)
{
    if (extras.statistics.empty()) {
        return;
    }
    write("<h2>Statistics</h2>\n<div class=\"wide\"><table><tr><th>Tensor</th><th>DType</th><th "
          "class=\"n\">Min</th><th class=\"n\">Max</th><th "
          "class=\"n\">Mean</th><th class=\"n\">Std</th><th class=\"n\">Zeros</th><th class=\"n\">NaN</th><th "
          "class=\"n\">Inf</th><th>Narrowest</th></tr>\n");
    std::uint64_t more = extras.moreStatistics;
    std::size_t rows = 0;
    for (const TensorValues& one : extras.statistics) {
        if (++rows > HtmlStatistics) {
            ++more;
            continue;
        }
        const TensorInfo& tensor = checkpoint.tensors()[one.tensor];
        write("<tr><td class=\"key\">" + shown(tensor.key) + "</td><td>" + shown(tensor.dtypeText(), 40) + "</td>");
        if (!one.statistics) {
            write("<td colspan=\"8\">" + htmlText(one.error ? messageText(*one.error) : std::string()) + "</td></tr>\n");
            continue;
        }
        const Statistics& s = *one.statistics;
        const auto cell = [&write](const std::string& text) { write("<td class=\"n\">" + htmlText(text) + "</td>"); };
        cell(shortNumber(s.min));
        cell(shortNumber(s.max));
        cell(shortNumber(s.mean));
        cell(shortNumber(s.std));
        cell(groupedNumber(s.zeros, style));
        cell(groupedNumber(s.nan, style));
        cell(groupedNumber(s.inf(), style));
        write("<td>" + std::string(dtypeName(s.narrowest)) + "</td></tr>\n");
    }
    write("</table></div>\n");
    if (more > 0) {
        write("<p class=\"muted\">and " + groupedNumber(more, style) + " more</p>\n");
    }
}

} // namespace ckptscope::report
