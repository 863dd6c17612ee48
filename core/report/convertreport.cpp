// SPDX-License-Identifier: Apache-2.0
#include "core/report/convertreport.h"

#include "core/report/messages.h"

namespace ckptscope::report {

void writeConvertJson(const ConvertPlan& plan, const Receipt* receipt, const Write& write)
{
    JsonWriter json(write);
    json.open('{').key("schema").text(receipt != nullptr ? "ckptscope.convert/1" : "ckptscope.convert-plan/1").key("source").text(plan.source);
    json.key("format").text(plan.sourceFormat).key("output").textOrNull(plan.output).key("part").textOrNull(plan.part).key("stripped").open('[');
    for (const std::string& wrapper : plan.stripped) {
        json.text(wrapper);
    }
    json.close(']').key("tensors").number(std::uint64_t{plan.items.size()}).key("bytes").number(plan.tensorBytes).key("files").open('[');
    for (const OutputFile& file : plan.files) {
        json.open('{').key("file").text(file.name).key("bytes").number(file.bytes).closeNamed();
    }
    json.close(']').key("aliases").open('[');
    for (const auto& [dropped, kept] : plan.aliases) {
        json.open('{').key("dropped").text(dropped).key("kept").text(kept).closeNamed();
    }
    json.close(']').key("tensors_left_out").number(plan.tensorsLeftOut).key("parts_left_out").open('[');
    for (const std::string& name : plan.leftOutTensors) {
        json.text(name);
    }
    json.close(']').key("files_left_out").open('[');
    for (const std::string& name : plan.leftOut) {
        json.text(name);
    }
    json.close(']').key("notes").open('[');
    for (const Error& note : plan.notes) {
        json.open('{').key("code").text(codeInfo(note.code).id).key("message").text(messageText(note)).closeNamed();
    }
    json.close(']').key("edits").open('[');
    for (const Edit& edit : plan.edits) {
        json.open('{')
            .key("tensor")
            .text(edit.key)
            .key("op")
            .text(editOpName(edit.op))
            .key("from")
            .text(dtypeName(edit.from))
            .key("to")
            .text(dtypeName(edit.to));
        json.key("rule").text(edit.rule).key("lossless").boolean(edit.lossless);
        const auto i = static_cast<std::size_t>(&edit - plan.edits.data());
        if (receipt != nullptr && !edit.lossless && i < receipt->edits.size()) { // one a line of the plan, in its order
            const CastLoss& lost = receipt->edits[i].loss;
            json.key("lost").open('{').key("changed").number(lost.inexact).key("overflowed").number(lost.overflowed);
            json.key("underflowed").number(lost.flushed).close('}');
        }
        json.closeNamed();
    }
    json.close(']').key("findings_left").number(plan.findingsLeft);
    if (receipt != nullptr) {
        json.key("copied_bytes").number(receipt->copiedBytes).key("compared_bytes").number(receipt->comparedBytes);
        json.key("seconds").number(receipt->seconds).key("peak_rss_bytes").number(receipt->peakRssBytes);
    }
    json.closeNamed().finish();
}

void writeConvertText(const ConvertPlan& plan, const Receipt* receipt, const TextStyle& style, const Write& write)
{
    const auto number = [&](std::uint64_t value) { return groupedNumber(value, style.numbers); };
    if (receipt != nullptr) {
        write(style.paint("Written and verified: " + displayName(plan.output), Ink::Clean) + '\n');
    } else {
        for (const Error& note : plan.notes) {
            write(messageText(note, style.numbers) + ".\n");
        }
    }
    write(number(plan.items.size()) + (plan.items.size() == 1 ? " tensor (" : " tensors (") + byteText(plan.tensorBytes, style.numbers) + ") from "
          + plan.sourceFormat + " in " + number(plan.weightFiles) + " safetensors " + (plan.weightFiles == 1 ? "file" : "files") + ", "
          + number(plan.files.size() - plan.weightFiles) + " other " + (plan.files.size() - plan.weightFiles == 1 ? "file" : "files") + ".\n");
    if (!plan.edits.empty()) {
        write(number(plan.edits.size()) + (plan.edits.size() == 1 ? " tensor is" : " tensors are")
              + " cast; widening restores the storage, not lost bits.\n");
    }
    if (receipt != nullptr) {
        write(byteText(receipt->copiedBytes, style.numbers) + " written, " + byteText(receipt->comparedBytes, style.numbers)
              + " read back and compared, in " + (receipt->seconds < 1 ? "under 1 s" : durationText(receipt->seconds)) + ".\n");
    }
    if (plan.findingsLeft > 0) {
        write(style.paint(number(plan.findingsLeft) + " violations left", Ink::Violation) + ": run ckptscope check on the result.\n");
    }
}

} // namespace ckptscope::report
