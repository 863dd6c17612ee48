// SPDX-License-Identifier: Apache-2.0
#include "core/report/messages.h"
#include "core/report/text.h"

#include <algorithm>
#include <map>

namespace ckptscope::report {

namespace {

constexpr std::size_t LeftOutShown = 8;

std::string plural(std::uint64_t count, std::string_view one, const NumberStyle& style)
{
    return groupedNumber(count, style) + ' ' + std::string(one) + (count == 1 ? "" : "s");
}

std::string growth(std::int64_t bytes, const NumberStyle& style)
{
    const auto size = static_cast<std::uint64_t>(bytes < 0 ? -bytes : bytes);
    return (bytes < 0 ? "- " : "+ ") + byteText(size, style);
}

void writeLeftOut(const std::vector<std::string>& names, const TextStyle& style, const Write& write)
{
    if (names.empty()) {
        return;
    }
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), LeftOutShown); ++i) {
        text += (i > 0 ? ", " : "") + displayName(names[i]);
    }
    if (names.size() > LeftOutShown) {
        text += " and " + groupedNumber(names.size() - LeftOutShown, style.numbers) + " more";
    }
    write("Not taken along: " + text + ".\n");
}

} // namespace

void writePlanText(const FixPlan& plan, const SpaceCheck* space, const TextStyle& style, const Write& write)
{
    struct Group {
        Severity severity = Severity::Note;
        std::uint64_t count = 0;
        std::int64_t bytes = 0;
        bool lossless = true;
        bool gone = false;
    };
    std::map<std::pair<std::string, std::string>, Group> groups; // rule; what is done
    for (const Edit& edit : plan.edits) {
        std::string what;
        switch (edit.op) {
        case EditOp::Cast:
        case EditOp::Relabel:
        case EditOp::TakeFromDonor:
            what = std::string(dtypeName(edit.from)) + " > " + std::string(dtypeName(edit.to)) + "  " + std::string(editOpName(edit.op));
            break;
        case EditOp::Rename:
        case EditOp::Drop:
            what = editOpName(edit.op);
            break;
        }
        Group& group = groups[{edit.rule, what}];
        group.severity = edit.severity;
        ++group.count;
        group.bytes += edit.bytesDelta;
        group.lossless = group.lossless && edit.lossless;
        group.gone = edit.op == EditOp::Drop;
    }
    write(style.paint(plural(plan.edits.size(), "edit", style.numbers), Ink::Bold) + ", " + plural(plan.untouchedTensors, "tensor", style.numbers)
          + " (" + byteText(plan.untouchedBytes, style.numbers) + ") stay as they are\n");
    Table table("lrllr");
    for (const auto& [name, group] : groups) {
        table.row({displayName(name.first), groupedNumber(group.count, style.numbers), name.second,
                   group.lossless   ? ""
                       : group.gone ? "is left out"
                                    : "loses precision",
                   growth(group.bytes, style.numbers)},
                  severityInk(group.severity));
    }
    for (const auto& [key, value] : plan.options.metadata) {
        table.row({"metadata", "1", displayName(key) + " = " + displayName(value), "", ""});
    }
    for (const std::string& key : plan.options.metadataRemovals) {
        table.row({"metadata", "1", displayName(key) + " removed", "", ""});
    }
    if (plan.repairsIndex) {
        table.row({"index", "1", "names and total_size follow the shards", "", ""});
    }
    table.write(style, "  ", write);
    std::uint64_t rewritten = 0;
    std::uint64_t whole = 0;
    std::uint64_t others = 0;
    for (const OutputFile& file : plan.files) {
        rewritten += file.kind == OutputFile::Kind::Rewritten ? 1 : 0;
        whole += file.kind == OutputFile::Kind::Whole && file.shard != UINT32_MAX ? 1 : 0;
        others += file.shard == UINT32_MAX ? 1 : 0;
    }
    write(plural(rewritten, "shard", style.numbers) + " rewritten, " + groupedNumber(whole, style.numbers) + " taken whole, "
          + plural(others, "other file", style.numbers) + "; " + byteText(plan.outputBytes, style.numbers) + " in all\n");
    if (space != nullptr) {
        write("Needs " + byteText(space->needed, style.numbers) + ", " + byteText(space->free, style.numbers) + " are free"
              + (space->shared > 0 ? "; " + byteText(space->shared, style.numbers) + " are shared with the source" : "") + ".\n");
    }
    writeLeftOut(plan.leftOut, style, write);
}

void writeReceiptText(const Receipt& receipt, const TextStyle& style, const Write& write)
{
    if (receipt.output.empty()) {
        write("Nothing to do: no edit is asked for. Nothing was written.\n");
        return;
    }
    write(style.paint("Written and verified: " + displayName(receipt.output), Ink::Clean) + '\n');
    const auto from = [&receipt](std::string_view source) -> std::uint64_t {
        return static_cast<std::uint64_t>(
            std::count_if(receipt.edits.begin(), receipt.edits.end(), [source](const ReceiptEdit& edit) { return edit.source == source; }));
    };
    const std::uint64_t donor = from("donor");
    const std::uint64_t widened = from("widened");
    write(plural(receipt.changedTensors(), "tensor", style.numbers) + " changed, " + groupedNumber(receipt.untouchedTensors, style.numbers)
          + " byte-identical (" + byteText(receipt.untouchedBytes, style.numbers) + ").");
    std::string values;
    if (donor > 0 && widened > 0) { // of which tensors the bits are lost, the table of the JSON receipt says
        values = " " + plural(donor, "tensor", style.numbers) + (donor == 1 ? " takes" : " take") + " the donor's values; "
            + groupedNumber(widened, style.numbers) + (widened == 1 ? " is" : " are") + " only widened, which restores the storage, not lost bits.";
    } else if (donor > 0) {
        values = " Values come from the donor.";
    } else if (widened > 0) {
        values = " Widening restores the storage, not lost bits.";
    }
    write(values + '\n');
    CastLoss lost;
    for (const ReceiptEdit& edit : receipt.edits) {
        lost.inexact += edit.loss.inexact;
        lost.overflowed += edit.loss.overflowed;
        lost.flushed += edit.loss.flushed;
    }
    if (lost.inexact > 0) {
        write(style.paint("Narrowing changed " + plural(lost.inexact, "value", style.numbers), Ink::Advice) + ": "
              + groupedNumber(lost.overflowed, style.numbers) + " overflowed, " + groupedNumber(lost.flushed, style.numbers)
              + " became zero, the rest were rounded.\n");
    }
    std::string copied = byteText(receipt.copiedBytes, style.numbers) + " written";
    if (receipt.clonedBytes > 0) {
        copied += ", " + byteText(receipt.clonedBytes, style.numbers) + " shared with the source";
    }
    write(copied + ", " + byteText(receipt.comparedBytes, style.numbers) + " read back and compared, in "
          + (receipt.seconds < 1 ? "under 1 s" : durationText(receipt.seconds)) + ", on " + displayName(receipt.device) + ".\n");
    if (!receipt.fallback.empty()) {
        write((receipt.device == "cpu" ? "The CPU did the casts: " : "The CPU did the other casts: ") + displayName(receipt.fallback) + ".\n");
    }
    writeLeftOut(receipt.leftOut, style, write);
    if (!receipt.muted.empty()) {
        std::string names;
        for (const std::string& rule : receipt.muted) {
            names += (names.empty() ? "" : ", ") + displayName(rule);
        }
        write("Muted, neither mended nor counted: " + names + ".\n");
    }
    if (receipt.findingsLeft > 0) {
        write(style.paint(plural(receipt.findingsLeft, "violation", style.numbers) + " left", Ink::Violation)
              + ": run ckptscope check on the result.\n");
    }
}

} // namespace ckptscope::report
