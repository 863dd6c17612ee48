// SPDX-License-Identifier: Apache-2.0
#include "core/report/svgplot.h"

#include "core/query/order.h"
#include "core/report/plotaxis.h"
#include "core/report/svgtext.h"
#include "core/report/text.h"

#include <algorithm>
#include <cmath>

namespace ckptscope::report {

namespace {

constexpr double Width = 960;
constexpr double Left = 78; ///< room for the numbers of the axis
constexpr double Right = 14;
constexpr double Top = 26;
constexpr double Bottom = 46; ///< ticks and what the axis counts
constexpr double Line = 15;

struct Box {
    double left = Left;
    double top = Top;
    double width = Width - Left - Right;
    double height = 0;
    [[nodiscard]] double bottom() const noexcept { return top + height; }
    [[nodiscard]] double x(const PlotAxis& axis, double value) const { return left + axis.place(value) * width; }
    [[nodiscard]] double y(const PlotAxis& axis, double value) const { return bottom() - axis.place(value) * height; }
};

void drawFrame(SvgPicture& svg, const Box& box, const PlotAxis& y, std::string_view title, std::string_view below)
{
    for (const double tick : y.ticks(6)) {
        svg.line(box.left, box.y(y, tick), box.left + box.width, box.y(y, tick), "grid");
        svg.text(box.left - 6, box.y(y, tick) + 4, shortNumber(tick), "e");
    }
    svg.line(box.left, box.bottom(), box.left + box.width, box.bottom(), "axis");
    if (!title.empty()) {
        svg.text(box.left, box.top - 10, title);
    }
    svg.text(box.left + box.width / 2, box.bottom() + 2 * Line + 6, below, "m");
}

/// A square around a point, as a part of a path.
std::string square(double x, double y)
{
    return 'M' + fixedText(x - 2) + ' ' + fixedText(y - 2) + "h4v4h-4z";
}

/// The same, hollow: what would be elsewhere, not what is stored here. The inner square goes the other way round, and so is a hole.
std::string hollowSquare(double x, double y, double side = 5)
{
    const std::string outer = fixedText(side);
    const std::string inner = fixedText(side - 2);
    return 'M' + fixedText(x - side / 2) + ' ' + fixedText(y - side / 2) + 'h' + outer + 'v' + outer + "h-" + outer + 'z' //
        + 'M' + fixedText(x - side / 2 + 1) + ' ' + fixedText(y - side / 2 + 1) + 'v' + inner + 'h' + inner + "v-" + inner + 'z';
}

std::string upright(double x, double from, double to)
{
    return 'M' + fixedText(x) + ' ' + fixedText(from) + 'V' + fixedText(to);
}

/// What one layer's heads are drawn with.
struct LayerPaths {
    std::string marks;
    std::string others; ///< the same in BF16, or the donor's
    std::string joins;
    std::string bars;
};

/// Half-lives have no ends of their own that fit a log axis: those of what is drawn.
class HalfLifeRange {
public:
    void add(double tokens) noexcept
    {
        if (std::isfinite(tokens) && tokens > 0) {
            m_low = std::min(m_low, tokens);
            m_high = std::max(m_high, tokens);
        }
    }
    [[nodiscard]] bool any() const noexcept { return m_high > 0; }
    [[nodiscard]] PlotAxis axis() const noexcept { return {m_low / 1.5, m_high * 1.5, true}; }
    [[nodiscard]] double low() const noexcept { return m_low; }
    [[nodiscard]] double high() const noexcept { return m_high; }

private:
    double m_low = INFINITY;
    double m_high = 0;
};

bool drawable(double tokens) noexcept
{
    return std::isfinite(tokens) && tokens > 0;
}

} // namespace

std::string_view dtypeClass(DType dtype) noexcept
{
    switch (dtype) {
    case DType::F64:
        return "d-f64";
    case DType::F32:
        return "d-f32";
    case DType::BF16:
        return "d-bf16";
    case DType::F16:
        return "d-f16";
    case DType::F8_E5M2:
    case DType::F8_E4M3:
    case DType::F8_E8M0:
    case DType::F8_E4M3FNUZ:
    case DType::F8_E5M2FNUZ:
        return "d-f8";
    case DType::F4:
    case DType::F6_E2M3:
    case DType::F6_E3M2:
        return "d-f4";
    default:
        break;
    }
    switch (dtypeInfo(dtype).family) {
    case DTypeFamily::Bool:
    case DTypeFamily::Integer:
        return "d-int";
    case DTypeFamily::Block:
        return "d-ggml";
    default:
        return "d-other";
    }
}

std::string_view plotStyle() noexcept
{
    return R"(:root{--f64:#4C3A8C;--f32:#1F5FA8;--bf16:#B85C00;--f16:#8A6D00;--f8:#A33B7A;--f4:#7B3FA0;--int:#2E7D5B;--ggml:#1D7A8C;--other:#5C636A;
--onfill:#fff;--outline:#7D848B}
@media(prefers-color-scheme:dark){:root{--f64:#B3A4F0;--f32:#7FB4F0;--bf16:#F0A35C;--f16:#D9C05A;--f8:#E89AC7;--f4:#C79BE8;--int:#7CCBA6;--ggml:#74C6D6;
--other:#A3ABB3;--onfill:#14171A;--outline:#7A828A}}
.d-f64{fill:var(--f64);background:var(--f64)}.d-f32{fill:var(--f32);background:var(--f32)}.d-bf16{fill:var(--bf16);background:var(--bf16)}
.d-f16{fill:var(--f16);background:var(--f16)}.d-f8{fill:var(--f8);background:var(--f8)}.d-f4{fill:var(--f4);background:var(--f4)}
.d-int{fill:var(--int);background:var(--int)}.d-ggml{fill:var(--ggml);background:var(--ggml)}.d-other{fill:var(--other);background:var(--other)}
.plot{display:block;width:100%;height:auto;margin:.4rem 0 1rem}.plot text{font:12px system-ui,sans-serif;fill:var(--ink)}
.plot .m{text-anchor:middle}.plot .e{text-anchor:end}.plot .grid{stroke:var(--line)}.plot .axis{stroke:var(--muted)}
.plot .bar2{stroke:var(--muted);fill:none}.plot .join{stroke:var(--muted);fill:none}.plot .mark{stroke:var(--muted);stroke-dasharray:3 3}
.plot .group{fill:var(--soft);stroke:var(--outline)}.plot .cell{stroke:var(--paper);stroke-width:.6}.plot .oncell{fill:var(--onfill)}
.plot .pin{fill:var(--violation);stroke:var(--paper)}.swatch{display:inline-block;width:.75em;height:.75em;margin:0 .3em 0 .8em}
.plot .mutedtext{fill:var(--muted)}
@media print{.plot{break-inside:avoid}})";
}

std::string histogramSvg(const Histogram& histogram, std::string_view below, std::string_view classes, const NumberStyle& style)
{
    if (histogram.counts.empty()) {
        return {};
    }
    Box box;
    box.height = 160;
    const std::uint64_t most = std::max<std::uint64_t>(*std::max_element(histogram.counts.begin(), histogram.counts.end()), 1);
    const PlotAxis x{histogram.low, histogram.high};
    const PlotAxis y{0, static_cast<double>(most)};
    const Statistics& known = histogram.statistics;
    const std::string label = std::string(below) + ": " + groupedNumber(known.count, style) + " values from " + shortNumber(known.min) + " to "
        + shortNumber(known.max) + ", median " + shortNumber(histogram.percentiles[1]) + ", " + groupedNumber(known.nan, style) + " NaN";
    SvgPicture svg(Width, box.top + box.height + Bottom, label);
    drawFrame(svg, box, y, "", below);
    svg.text(box.left - 6, box.top - 10, "count", "e");
    for (const double tick : x.ticks(8)) {
        svg.line(box.x(x, tick), box.bottom(), box.x(x, tick), box.bottom() + 3, "axis");
        svg.text(box.x(x, tick), box.bottom() + Line + 1, shortNumber(tick), "m");
    }
    const auto bins = static_cast<double>(histogram.counts.size());
    for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
        const std::uint64_t count = histogram.counts[i];
        if (count == 0) {
            continue;
        }
        const double height = std::max(1.0, static_cast<double>(count) / static_cast<double>(most) * box.height);
        svg.rect(box.left + static_cast<double>(i) / bins * box.width + 0.5, box.bottom() - height, std::max(0.5, box.width / bins - 1), height,
                 classes,
                 "[" + shortNumber(histogram.edge(i)) + ", " + shortNumber(histogram.edge(i + 1)) + (i + 1 == histogram.counts.size() ? "]: " : "): ")
                     + groupedNumber(count, style) + (count == 1 ? " value" : " values"));
    }
    constexpr std::array<std::string_view, 3> Names{"1 %", "50 %", "99 %"};
    double last = -1e9; // labels that would run into each other are left out, their lines are not
    for (std::size_t i = 0; i < Names.size(); ++i) {
        const double value = histogram.percentiles[i];
        if (!(value >= histogram.low && value <= histogram.high)) {
            continue;
        }
        const double at = box.x(x, value);
        svg.line(at, box.top, at, box.bottom(), "mark");
        if (at - last > 40) {
            svg.text(at, box.top - 10, Names[i], at > box.left + box.width - 20 ? "e mutedtext" : "m mutedtext");
            last = at;
        }
    }
    return svg.take();
}

std::string halfLifeSvg(const Checkpoint& checkpoint, std::span<const Decay> decays, const DonorDecays* donor, const NumberStyle& style)
{
    HalfLifeRange range;
    std::size_t heads = 0;
    bool narrow = false;
    std::vector<DType> dtypes; // distinct, of what is drawn
    const auto note = [&dtypes](DType dtype) {
        if (std::find(dtypes.begin(), dtypes.end(), dtype) == dtypes.end()) {
            dtypes.push_back(dtype);
        }
    };
    for (std::size_t d = 0; d < decays.size(); ++d) {
        heads = std::max(heads, decays[d].halfLives.size());
        for (const HalfLife& each : decays[d].halfLives) {
            range.add(each.tokens);
            narrow = narrow || (donor == nullptr && each.narrow != each.tokens && drawable(each.narrow));
        }
        if (donor != nullptr && donor->of[d]) {
            for (const HalfLife& each : donor->of[d]->halfLives) {
                range.add(each.tokens);
            }
        }
        note(decays[d].decayDtype);
    }
    if (!range.any()) {
        return {};
    }
    Box box;
    box.height = 240;
    const PlotAxis y = range.axis();
    const auto layers = static_cast<double>(decays.size());
    const std::string label = "Half-life: " + groupedNumber(decays.size(), style) + (decays.size() == 1 ? " layer, " : " layers, ")
        + groupedNumber(heads, style) + (heads == 1 ? " head each, " : " heads each, ") + shortNumber(range.low()) + " to "
        + shortNumber(range.high()) + " tokens";
    SvgPicture svg(Width, box.top + box.height + Bottom, label);
    drawFrame(svg, box, y, "half-life in tokens, at gate input 0", "layers by the number in their names; heads from left to right within each");
    const std::size_t step = std::max<std::size_t>(1, (decays.size() + 23) / 24); // two dozen numbers at most
    for (std::size_t d = 0; d < decays.size(); d += step) {
        const double at = box.left + static_cast<double>(d) / layers * box.width;
        const auto number = layerNumber(checkpoint.tensors()[decays[d].pair.decay].key);
        svg.line(at, box.bottom(), at, box.bottom() + 3, "axis");
        svg.text(at + box.width / layers / 2, box.bottom() + Line + 1, std::to_string(number.value_or(d)), "m");
    }
    for (std::size_t d = 0; d < decays.size(); ++d) {
        const Decay& decay = decays[d];
        const Decay* theirs = donor != nullptr && donor->of[d] ? &*donor->of[d] : nullptr;
        LayerPaths paths;
        double least = INFINITY;
        double most = 0;
        for (std::size_t h = 0; h < decay.halfLives.size(); ++h) {
            const HalfLife& each = decay.halfLives[h];
            if (!drawable(each.tokens)) {
                continue;
            }
            least = std::min(least, each.tokens);
            most = std::max(most, each.tokens);
            const double x = box.left
                + (static_cast<double>(d) + (static_cast<double>(h) + 0.5) / static_cast<double>(decay.halfLives.size())) / layers * box.width;
            const double at = box.y(y, each.tokens);
            const double other = theirs != nullptr ? theirs->halfLives[h].tokens : donor != nullptr ? each.tokens : each.narrow;
            if (drawable(other) && other != each.tokens) {
                paths.others += hollowSquare(x, box.y(y, other));
                paths.joins += upright(x, at, box.y(y, other));
            }
            if (drawable(each.low) && drawable(each.high)) {
                const double low = box.y(y, std::clamp(each.low, y.low, y.high));
                const double high = box.y(y, std::clamp(each.high, y.low, y.high));
                if (low - high > 4.5) { // else it is hidden behind its mark
                    paths.bars += upright(x, low, high);
                }
            }
            paths.marks += square(x, at);
        }
        if (paths.marks.empty()) {
            continue;
        }
        svg.open(displayName(checkpoint.tensors()[decay.pair.decay].key, 200) + ": " + groupedNumber(decay.halfLives.size(), style) + " heads, "
                 + shortNumber(least) + " to " + shortNumber(most)
                 + " tokens; worst drift after 4k, 32k, 256k tokens: " + shortNumber(100 * decay.drift[0]) + " %, "
                 + shortNumber(100 * decay.drift[1]) + " %, " + shortNumber(100 * decay.drift[2]) + " %");
        if (!paths.bars.empty()) {
            svg.path(paths.bars, "bar2");
        }
        if (!paths.joins.empty()) {
            svg.path(paths.joins, "join");
            svg.path(paths.others, donor != nullptr ? dtypeClass(theirs->decayDtype) : "d-bf16");
        }
        svg.path(paths.marks, dtypeClass(decay.decayDtype));
        svg.close();
    }
    // the legend stands at the right of the title's line
    double x = box.left + box.width;
    const auto legend = [&](std::string_view text, std::string_view classes, bool hollow) {
        x -= 7.0 * static_cast<double>(text.size());
        svg.text(x, box.top - 10, text);
        if (hollow) {
            svg.path(hollowSquare(x - 6.5, box.top - 13.5, 7), classes);
        } else {
            svg.rect(x - 10, box.top - 17, 7, 7, classes);
        }
        x -= 24;
    };
    if (donor != nullptr) {
        const auto first = std::find_if(donor->of.begin(), donor->of.end(), [](const auto& one) { return one.has_value(); });
        legend("the donor's", first != donor->of.end() ? dtypeClass((*first)->decayDtype) : "d-other", true);
    } else if (narrow) {
        legend("the same in BF16", "d-bf16", true);
    }
    for (const DType dtype : dtypes) {
        legend("stored as " + std::string(dtypeName(dtype)), dtypeClass(dtype), false);
    }
    return svg.take();
}

} // namespace ckptscope::report
