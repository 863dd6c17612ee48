// SPDX-License-Identifier: Apache-2.0
#include "core/query/order.h"
#include "core/report/htmlsections.h"
#include "core/report/text.h"

#include <algorithm>
#include <vector>

namespace ckptscope::report {

namespace {

constexpr std::size_t EditsShown = 1000;

std::string counted(std::uint64_t count, std::string_view one, const NumberStyle& style)
{
    return groupedNumber(count, style) + ' ' + std::string(one) + (count == 1 ? "" : "s");
}

std::string what(const ReceiptEdit& edit)
{
    switch (edit.op) {
    case EditOp::Drop:
        return "left out";
    case EditOp::Rename:
        return "renamed";
    default:
        return edit.source.empty() ? std::string(editOpName(edit.op)) : shown(edit.source, 40);
    }
}

std::string hash(const std::string& hex)
{
    return hex.empty() ? "\u2013" : "<code title=\"" + htmlText(hex) + "\">" + htmlText(hex.substr(0, 16)) + "\u2026</code>";
}

void listEdits(const Receipt& receipt, const Write& write, const NumberStyle& style)
{
    if (receipt.edits.empty()) {
        return;
    }
    write("<div class=\"wide\"><table><tr><th>Tensor</th><th>Old</th><th>New</th><th>How</th><th>SHA-256 "
          "before</th><th>after</th></tr>\n");
    std::vector<const ReceiptEdit*> edits;
    for (const ReceiptEdit& edit : receipt.edits) {
        edits.push_back(&edit);
    }
    std::stable_sort(edits.begin(), edits.end(), [](const ReceiptEdit* a, const ReceiptEdit* b) { return comparePaths(a->tensor, b->tensor) < 0; });
    for (std::size_t i = 0; i < std::min(edits.size(), EditsShown); ++i) {
        const ReceiptEdit& edit = *edits[i];
        write("<tr><td class=\"key\">" + shown(edit.tensor) + (edit.newKey.empty() ? "" : " \u2192 " + shown(edit.newKey)) + "</td><td>"
              + std::string(dtypeName(edit.from)) + "</td><td>" + (edit.op == EditOp::Drop ? "\u2013" : std::string(dtypeName(edit.to))) + "</td><td>"
              + what(edit) + (edit.loss.inexact > 0 ? ", " + counted(edit.loss.inexact, "value", style) + " rounded" : "") + "</td><td>"
              + hash(edit.sha256Before) + "</td><td>" + hash(edit.sha256After) + "</td></tr>\n");
    }
    write("</table></div>\n");
    if (receipt.edits.size() > EditsShown) {
        write("<p class=\"muted\">and " + groupedNumber(receipt.edits.size() - EditsShown, style) + " more</p>\n");
    }
}

} // namespace

std::string receiptSentence(const Receipt& receipt, const NumberStyle& style)
{
    if (receipt.output.empty()) {
        return "There was nothing to do. No file was written.";
    }
    return "Written and verified: " + displayName(receipt.output) + ". " + counted(receipt.changedTensors(), "tensor", style) + " changed, "
        + groupedNumber(receipt.untouchedTensors, style) + " byte-identical.";
}

void writeReceiptSection(const Receipt& receipt, const Write& write, const NumberStyle& style)
{
    const auto has = [&receipt](std::string_view source) {
        return std::any_of(receipt.edits.begin(), receipt.edits.end(), [source](const ReceiptEdit& edit) { return edit.source == source; });
    };
    write("<header class=\"verdict clean\"><h1>" + htmlText(receiptSentence(receipt, style)) + "</h1>");
    std::string second;
    second += has("donor") ? " Values come from the donor." : "";
    second += has("widened") ? " Widening restores the storage, not lost bits." : "";
    second += has("narrowed") ? " Narrowing rounded values to the nearest that the new dtype has." : "";
    if (receipt.findingsLeft > 0) {
        second += ' ' + counted(receipt.findingsLeft, "violation", style) + (receipt.findingsLeft == 1 ? " is left." : " are left.");
    }
    if (!second.empty()) {
        write("<p>" + htmlText(second.substr(1)) + "</p>");
    }
    write("</header>\n<dl>\n");
    const auto fact = [&write](std::string_view name, const std::string& html) {
        write("<dt>" + std::string(name) + "</dt><dd>" + html + "</dd>\n");
    };
    fact("Source", "<span class=\"key\">" + shown(receipt.source, 0) + "</span>");
    if (!receipt.output.empty()) {
        fact("Output", "<span class=\"key\">" + shown(receipt.output, 0) + "</span>");
        fact("Bytes",
             htmlText(byteText(receipt.copiedBytes, style) + " written, " + byteText(receipt.clonedBytes, style) + " shared with the source, "
                      + byteText(receipt.comparedBytes, style) + " read back and compared, "
                      + (receipt.equal ? "untouched bytes are the same" : "untouched bytes differ")));
        fact("Untouched", counted(receipt.untouchedTensors, "tensor", style) + ", " + htmlText(byteText(receipt.untouchedBytes, style)));
        fact("Device", shown(receipt.device, 80) + (receipt.fallback.empty() ? "" : "; " + shown(receipt.fallback, 0)));
    }
    if (!receipt.muted.empty()) {
        std::string names;
        for (const std::string& rule : receipt.muted) {
            names += (names.empty() ? "<code>" : ", <code>") + shown(rule, 120) + "</code>";
        }
        fact("Muted", names + ": what these rules find was neither mended nor counted");
    }
    if (!receipt.leftOut.empty()) {
        std::string names;
        for (std::size_t i = 0; i < std::min<std::size_t>(receipt.leftOut.size(), 20); ++i) {
            names += (names.empty() ? "" : ", ") + shown(receipt.leftOut[i], 120);
        }
        fact("Left out", names + (receipt.leftOut.size() > 20 ? " and " + groupedNumber(receipt.leftOut.size() - 20, style) + " more" : ""));
    }
    write("</dl>\n<h2>What was changed</h2>\n");
    if (receipt.edits.empty()) {
        write("<p>No tensor.</p>\n");
    }
    listEdits(receipt, write, style);
}

} // namespace ckptscope::report
