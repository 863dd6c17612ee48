// SPDX-License-Identifier: Apache-2.0
#include "core/model/treemap.h"
#include "core/report/svgplot.h"
#include "core/report/svgtext.h"

#include <vector>

namespace ckptscope::report {

namespace {

constexpr double Width = 960;
constexpr double Height = 380;
constexpr double Character = 7.4; ///< about the width of one at 12 px

std::string svgPin(double x, double y)
{
    return 'M' + fixedText(x - 4) + ' ' + fixedText(y) + "a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z";
}

} // namespace

std::string treemapSvg(const std::shared_ptr<const Checkpoint>& checkpoint, const CheckReport& report, const NumberStyle& style)
{
    const Treemap map(checkpoint);
    TreemapStyle look;
    look.title = 17;
    look.least = 90; // the page is to be mailed: a few thousand rectangles at most
    const auto rects = map.layout(map.root(), TreemapWeight::Bytes, Width, Height, look);
    if (rects.empty()) {
        return {};
    }
    const auto& tensors = checkpoint->tensors();
    std::vector<std::uint64_t> before(map.order().size() + 1); // violations in path order, summed up
    for (std::size_t i = 0; i < map.order().size(); ++i) {
        const std::uint32_t tensor = map.order()[i];
        const bool violated =
            tensor < report.tensors.size() && report.tensors[tensor].finding != UINT32_MAX && report.tensors[tensor].worst == Severity::Violation;
        before[i + 1] = before[i] + (violated ? 1U : 0U);
    }
    SvgPicture svg(Width, Height,
                   "Where the bytes are: " + groupedNumber(tensors.size(), style) + " tensors, " + byteText(checkpoint->tensorBytes(), style));
    std::string pins;
    for (const TreemapRect& rect : rects) {
        std::uint64_t bytes = 0;
        std::uint64_t count = 0;
        std::uint64_t violations = 0;
        std::uint32_t largest = map.order()[rect.members.front().first];
        for (const TreemapNode& node : rect.members) {
            bytes += map.weightOf(node, TreemapWeight::Bytes);
            count += node.last - node.first;
            violations += before[node.last] - before[node.first];
            if (rect.kind != TreemapRect::Kind::Group) {
                for (std::uint32_t at = node.first; at < node.last; ++at) {
                    largest = tensors[map.order()[at]].bytes.length > tensors[largest].bytes.length ? map.order()[at] : largest;
                }
            }
        }
        const bool many = rect.kind == TreemapRect::Kind::Merged && rect.members.size() != 1;
        const std::string name =
            many ? groupedNumber(rect.members.size(), style) + " smaller parts" : displayName(map.nameOf(rect.members.front()), 200);
        const std::string title = name + ": "
            + (count == 1 ? displayName(tensors[largest].dtypeText(), 40) : groupedNumber(count, style) + " tensors") + ", " + byteText(bytes, style)
            + (violations == 0 ? std::string() : ", " + groupedNumber(violations, style) + (violations == 1 ? " violation" : " violations"));
        const bool group = rect.kind == TreemapRect::Kind::Group;
        svg.rect(rect.x, rect.y, rect.width, rect.height, group ? "group" : "cell " + std::string(dtypeClass(tensors[largest].dtype)), title);
        const std::string shown = rect.name.empty() ? name : displayName(rect.name, 200);
        const auto room = static_cast<std::size_t>(rect.width > 8 ? (rect.width - 8) / Character : 0);
        if (group ? rect.titled : rect.height > 17) {
            const std::string with = shown + " \u00b7 " + byteText(bytes, style);
            const std::string text = group && with.size() <= room ? with : cutText(shown, room);
            if (!text.empty()) {
                svg.text(rect.x + 4, rect.y + 13, text, group ? "" : "oncell");
            }
        }
        if (!group && violations > 0) {
            pins += svgPin(rect.x + rect.width / 2, rect.y + rect.height / 2);
        }
    }
    if (!pins.empty()) {
        svg.path(pins, "pin");
    }
    return svg.take();
}

} // namespace ckptscope::report
