// SPDX-License-Identifier: Apache-2.0
// ckptscope.plan/1: what `fix --dry-run --json` prints. Edits come first, for people and scripts; the layout of every output file follows.
#include "core/report/exactjson.h"
#include "core/report/json.h"
#include "core/report/messages.h"
#include "core/text/text.h"

namespace ckptscope::report {

namespace {

std::string_view kindName(OutputFile::Kind kind) noexcept
{
    switch (kind) {
    case OutputFile::Kind::Whole:
        return "whole";
    case OutputFile::Kind::Rewritten:
        return "rewritten";
    case OutputFile::Kind::Text:
        return "text";
    }
    return "whole";
}

std::string_view kindName(Segment::Kind kind) noexcept
{
    switch (kind) {
    case Segment::Kind::Copy:
        return "copy";
    case Segment::Kind::Edited:
        return "edited";
    case Segment::Kind::Gather:
        return "gather";
    case Segment::Kind::Literal:
        return "literal";
    }
    return "copy";
}

std::string_view linkName(LinkChoice link) noexcept
{
    switch (link) {
    case LinkChoice::Auto:
        return "auto";
    case LinkChoice::Copy:
        return "copy";
    case LinkChoice::Reflink:
        return "reflink";
    case LinkChoice::Hard:
        return "hard";
    }
    return "auto";
}

void writeEdit(JsonWriter& json, const Edit& edit)
{
    json.open('{');
    exactText(json, "tensor", edit.key);
    if (!edit.newKey.empty()) {
        exactText(json, "new_name", edit.newKey);
    }
    json.key("op").text(editOpName(edit.op)).key("from").text(dtypeName(edit.from)).key("to").text(dtypeName(edit.to));
    json.key("rule").text(edit.rule).key("severity").text(severityName(edit.severity)).key("lossless").boolean(edit.lossless);
    json.key("bytes_delta").number(edit.bytesDelta).key("index").number(std::uint64_t{edit.tensor});
    if (edit.donorTensor != UINT32_MAX) {
        json.key("donor_index").number(std::uint64_t{edit.donorTensor});
    }
    json.closeNamed();
}

void writeFile(JsonWriter& json, const OutputFile& file)
{
    json.open('{');
    exactText(json, "name", file.name);
    json.key("kind").text(kindName(file.kind));
    exactText(json, "source", file.sourcePath);
    json.key("shard");
    if (file.shard == UINT32_MAX) {
        json.null();
    } else {
        json.number(std::uint64_t{file.shard});
    }
    json.key("bytes").number(file.bytes);
    if (file.kind == OutputFile::Kind::Text) {
        json.key("content_base64").text(base64(file.text));
    }
    if (file.kind == OutputFile::Kind::Rewritten) {
        json.key("header_base64").text(base64(file.header)).key("segments").open('[');
        for (const Segment& segment : file.segments) {
            json.open('{').key("kind").text(kindName(segment.kind)).key("target").number(segment.target);
            json.key("length").number(segment.length);
            switch (segment.kind) {
            case Segment::Kind::Copy:
                json.key("source").number(segment.source).key("shareable").boolean(segment.shareable);
                break;
            case Segment::Kind::Literal:
                json.key("source").number(segment.source);
                break;
            case Segment::Kind::Edited:
                json.key("edit").number(std::uint64_t{segment.edit});
                break;
            case Segment::Kind::Gather:
                json.key("index").number(std::uint64_t{segment.tensor});
            }
            if (segment.shard != UINT32_MAX) {
                json.key("shard").number(std::uint64_t{segment.shard});
            }
            if (segment.view != UINT32_MAX) {
                json.key("view").number(std::uint64_t{segment.view});
            }
            json.close('}');
        }
        json.close(']');
        if (!file.text.empty()) {
            json.key("literals_base64").text(base64(file.text)).key("sums").open('[');
            for (const SegmentSum& sum : file.sums) {
                json.open('{').key("segment").number(std::uint64_t{sum.segment}).key("places").open('[');
                for (const std::uint64_t place : sum.places) {
                    json.number(place);
                }
                json.close(']').close('}');
            }
            json.close(']');
        }
    }
    json.closeNamed();
}

void writeSources(JsonWriter& json, const std::vector<SourceFile>& sources)
{
    json.open('[');
    for (const SourceFile& source : sources) {
        json.open('{');
        exactText(json, "path", source.path);
        json.key("bytes").number(source.identity.bytes);
        json.key("modified_ns").number(source.identity.modifiedNs).key("device").number(source.identity.device);
        json.key("inode").number(source.identity.inode).key("header_hash").textOrNull(source.headerHash).closeNamed();
    }
    json.close(']');
}

/// How a process that has only the plan finds a checkpoint again.
void writeOpening(JsonWriter& json, const PlannedCheckpoint& opening)
{
    json.open('{').key("paths").open('[');
    for (const std::string& path : opening.paths) {
        json.open('{');
        exactText(json, "path", path);
        json.closeNamed();
    }
    json.close(']').key("follow").boolean(opening.follow).key("tensors_hash").textOrNull(opening.tensors).close('}');
}

} // namespace

void writePlanJson(const FixPlan& plan, const Write& write)
{
    JsonWriter json(write);
    json.open('{').key("schema").text("ckptscope.plan/1");
    exactText(json, "source", plan.source);
    exactText(json, "output", plan.empty() ? std::string() : plan.output); // null: nothing would be written
    json.key("output_is_folder").boolean(plan.outputIsFolder);
    exactText(json, "partial", plan.partialName);
    json.key("profile").text(plan.profile);
    json.key("edits").open('[');
    for (const Edit& edit : plan.edits) {
        writeEdit(json, edit);
    }
    json.close(']');
    if (plan.options.donor) {
        json.key("donor").text(plan.options.donor->donor()->path()).key("donor_matches").open('[');
        for (const DonorMatch& match : plan.donorMatches) {
            json.open('{').key("index").number(std::uint64_t{match.tensor}).key("agreement").number(match.agreement());
            json.key("refusal").textOrNull(match.refusal ? messageText(*match.refusal) : std::string()).closeNamed();
        }
        json.close(']');
    }
    json.key("set_metadata").open('{');
    for (const auto& [name, value] : plan.options.metadata) {
        json.nameKey(name).text(value);
    }
    json.close('}').key("remove_metadata").open('[');
    for (const std::string& name : plan.options.metadataRemovals) {
        json.text(name);
    }
    json.close(']').key("untouched").open('{').key("tensors").number(plan.untouchedTensors).key("bytes").number(plan.untouchedBytes);
    json.close('}').key("output_bytes").number(plan.outputBytes).key("copied_bytes").number(plan.copiedBytes);
    json.key("shareable_bytes").number(plan.shareableBytes).key("findings_left").number(plan.findingsLeft);
    json.key("findings_unmendable").number(plan.unmendable);
    json.key("link").text(linkName(plan.options.link)).key("verify").text(plan.options.verify == VerifyChoice::Full ? "full" : "edited");
    json.key("left_out").open('[');
    for (const std::string& name : plan.leftOut) {
        json.text(name);
    }
    json.close(']').key("notes").open('[');
    for (const Error& note : plan.notes) {
        exactError(json, note);
    }
    json.close(']').key("views").open('[');
    for (const SourceView& view : plan.views) {
        json.open('{').key("shard").number(std::uint64_t{view.shard}).key("dtype").text(dtypeName(view.dtype)).key("elements").number(view.elements);
        json.key("offset")
            .number(view.bytes.offset)
            .key("length")
            .number(view.bytes.length)
            .key("skip")
            .number(view.skip)
            .key("codec")
            .textOrNull(view.codec)
            .close('}');
    }
    json.close(']').key("sources");
    writeSources(json, plan.sources);
    const FixOptions& options = plan.options;
    json.key("options").open('{').key("force").boolean(options.force).key("in_place").boolean(options.inPlace);
    json.key("device").text(options.device).key("hashes").boolean(options.hashes).key("donor_partial").boolean(options.donorPartial);
    json.close('}').key("always").boolean(plan.always).key("repairs_index").boolean(plan.repairsIndex);
    if (!plan.opening.paths.empty()) {
        json.key("opening");
        writeOpening(json, plan.opening);
    }
    if (!plan.donorOpening.paths.empty()) {
        json.key("donor_opening");
        writeOpening(json, plan.donorOpening);
        json.key("donor_sources");
        writeSources(json, plan.donorSources);
    }
    json.key("files").open('[');
    for (const OutputFile& file : plan.files) {
        writeFile(json, file);
    }
    json.close(']').closeNamed().finish();
}

} // namespace ckptscope::report
