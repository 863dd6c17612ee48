// SPDX-License-Identifier: Apache-2.0
#include "core/fix/partreceipt.h"

#include "core/fix/parts.h"
#include "core/report/exactjson.h"

#include <algorithm>
#include <set>

namespace ckptscope {

namespace {

using report::JsonWriter;

void writeEdits(JsonWriter& json, const std::vector<EditResult>& edits)
{
    json.open('[');
    for (const EditResult& edit : edits) {
        json.open('{').key("index").number(std::uint64_t{edit.edit}).key("sha256_before").textOrNull(edit.outcome.sha256Before);
        json.key("sha256_after").textOrNull(edit.outcome.sha256After).key("changed").number(edit.outcome.loss.inexact);
        json.key("overflowed").number(edit.outcome.loss.overflowed).key("underflowed").number(edit.outcome.loss.flushed).close('}');
    }
    json.close(']');
}

void writeFile(JsonWriter& json, const FixPlan& plan, const PartFile& file)
{
    json.open('{');
    report::exactText(json, "file", plan.files[file.record.file].name);
    json.key("index").number(std::uint64_t{file.record.file}).key("pieces").open('[');
    for (const PieceRecord& piece : file.record.pieces) {
        json.open('{').key("offset").number(piece.offset).key("length").number(piece.length).key("xxh3").textOrNull(piece.xxh3).close('}');
    }
    json.close(']').key("edits");
    writeEdits(json, file.edits);
    json.closeNamed();
}

bool isHex(std::string_view text, std::size_t digits) noexcept
{
    return text.empty() || (text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos);
}

bool readEdits(JsonReader& json, const FixPlan& plan, std::vector<EditResult>& edits)
{
    return json.array([&] {
        EditResult& edit = edits.emplace_back();
        const bool read = json.object([&](std::string_view key) {
            return key == "index"        ? json.number(edit.edit)
                : key == "sha256_before" ? json.textOrNull(edit.outcome.sha256Before)
                : key == "sha256_after"  ? json.textOrNull(edit.outcome.sha256After)
                : key == "changed"       ? json.number(edit.outcome.loss.inexact)
                : key == "overflowed"    ? json.number(edit.outcome.loss.overflowed)
                : key == "underflowed"   ? json.number(edit.outcome.loss.flushed)
                                         : json.skip();
        });
        return read && edit.edit < plan.edits.size() && isHex(edit.outcome.sha256Before, 64) && isHex(edit.outcome.sha256After, 64);
    });
}

bool readFile(JsonReader& json, const FixPlan& plan, PartFile& file)
{
    std::vector<PieceRecord>& pieces = file.record.pieces;
    const bool read = json.object([&](std::string_view key) {
        if (key == "pieces") {
            return json.array([&] {
                PieceRecord& piece = pieces.emplace_back();
                return json.object([&](std::string_view name) {
                    return name == "offset" ? json.number(piece.offset)
                        : name == "length"  ? json.number(piece.length)
                        : name == "xxh3"    ? json.textOrNull(piece.xxh3)
                                            : json.skip();
                });
            });
        }
        return key == "index" ? json.number(file.record.file) : key == "edits" ? readEdits(json, plan, file.edits) : json.skip();
    });
    if (!read || file.record.file >= plan.files.size()) {
        return false;
    }
    const std::uint64_t size = plan.files[file.record.file].bytes;
    std::uint64_t at = 0;
    for (const PieceRecord& piece : pieces) {
        if (piece.offset < at || piece.offset > size || piece.length > size - piece.offset || !isHex(piece.xxh3, 32)) {
            return false;
        }
        at = piece.offset + piece.length;
    }
    return true;
}

} // namespace

std::string receiptText(const FixPlan& plan, const PartReceipt& receipt)
{
    std::string out;
    const report::Write write = [&](std::string_view text) { out += text; };
    {
        JsonWriter json(write);
        json.open('{').key("schema").text("ckptscope.part/1").key("plan").text(receipt.plan).key("part").number(std::uint64_t{receipt.part});
        json.key("parts").number(std::uint64_t{receipt.parts}).key("host").text(receipt.host).key("files").open('[');
        for (const PartFile& file : receipt.files) {
            writeFile(json, plan, file);
        }
        json.close(']').key("judged");
        writeEdits(json, receipt.judged);
        json.key("device").text(receipt.device).key("fallback").textOrNull(receipt.fallback).key("seconds").number(receipt.seconds);
        json.key("peak_rss_bytes").number(receipt.peakRssBytes).closeNamed().finish();
    }
    return out;
}

std::optional<PartReceipt> readReceipt(std::string_view text, const FixPlan& plan)
{
    PartReceipt receipt;
    std::string schema;
    JsonReader json(text);
    const bool read = json.object([&](std::string_view key) {
        if (key == "files") {
            return json.array([&] { return readFile(json, plan, receipt.files.emplace_back()); });
        }
        return key == "schema"        ? json.text(schema)
            : key == "plan"           ? json.text(receipt.plan)
            : key == "part"           ? json.number(receipt.part)
            : key == "parts"          ? json.number(receipt.parts)
            : key == "host"           ? json.text(receipt.host)
            : key == "judged"         ? readEdits(json, plan, receipt.judged)
            : key == "device"         ? json.text(receipt.device)
            : key == "fallback"       ? json.textOrNull(receipt.fallback)
            : key == "seconds"        ? json.number(receipt.seconds)
            : key == "peak_rss_bytes" ? json.number(receipt.peakRssBytes)
                                      : json.skip();
    });
    const bool good =
        read && json.end() && schema == "ckptscope.part/1" && receipt.part >= 1 && receipt.part <= receipt.parts && receipt.parts <= MostParts;
    return good ? std::optional(std::move(receipt)) : std::nullopt;
}

std::string journalLine(const FixPlan& plan, const PartFile& file)
{
    std::string out;
    const report::Write write = [&](std::string_view text) { out += text; };
    {
        JsonWriter json(write);
        writeFile(json, plan, file);
        json.finish();
    }
    return out;
}

std::vector<PartFile> readJournal(std::string_view text, const FixPlan& plan)
{
    std::vector<PartFile> files;
    std::set<std::uint32_t> seen;
    for (std::size_t at = 0, end = text.find('\n'); end != std::string_view::npos; at = end + 1, end = text.find('\n', at)) {
        JsonReader json(text.substr(at, end - at)); // a line without an end is torn
        PartFile file;
        if (readFile(json, plan, file) && json.end() && seen.insert(file.record.file).second) {
            files.push_back(std::move(file));
        }
    }
    return files;
}

} // namespace ckptscope
