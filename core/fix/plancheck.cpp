// SPDX-License-Identifier: Apache-2.0
#include "core/fix/plancheck.h"

#include "core/fix/header.h"
#include "core/io/output.h"
#include "core/values/elementstream.h"

#include <algorithm>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unordered_map>
#include <utility>

namespace ckptscope {

namespace {

/// Where an edited tensor's values come from.
std::string_view sourceName(const Edit& edit) noexcept
{
    switch (edit.op) {
    case EditOp::Cast:
        return edit.rule == "--dequantize" ? "dequantized" : edit.lossless ? "widened" : "narrowed";
    case EditOp::Relabel:
        return "relabelled";
    case EditOp::TakeFromDonor:
        return "donor";
    case EditOp::Rename:
    case EditOp::Drop:
        break;
    }
    return {};
}

bool editFits(const Checkpoint& checkpoint, const FixPlan& plan, const Edit& edit)
{
    if (edit.tensor >= checkpoint.tensors().size()) {
        return false;
    }
    const TensorInfo& tensor = checkpoint.tensors()[edit.tensor];
    if (tensor.key != edit.key || tensor.dtype != edit.from) {
        return false;
    }
    if (edit.op != EditOp::TakeFromDonor) {
        return true;
    }
    if (!plan.options.donor || edit.donorTensor >= plan.options.donor->donor()->tensors().size()) {
        return false;
    }
    // as many values as there is room for: they are written one after the other
    const TensorInfo& theirs = plan.options.donor->donor()->tensors()[edit.donorTensor];
    return std::equal(tensor.shape.begin(), tensor.shape.end(), theirs.shape.begin(), theirs.shape.end());
}

bool segmentFits(const Checkpoint& checkpoint, const FixPlan& plan, const OutputFile& file, const Segment& segment)
{
    if (segment.shard != UINT32_MAX && segment.shard >= checkpoint.shards().size()) {
        return false;
    }
    switch (segment.kind) {
    case Segment::Kind::Copy:
        return segment.shard != UINT32_MAX || !file.sourcePath.empty();
    case Segment::Kind::Literal:
        return segment.source <= file.text.size() && segment.length <= file.text.size() - segment.source;
    case Segment::Kind::Gather:
        return segment.tensor < checkpoint.tensors().size() && logicalBytes(checkpoint.tensors()[segment.tensor]) == segment.length;
    case Segment::Kind::Edited:
        break;
    }
    if (segment.edit >= plan.edits.size() || (segment.view != UINT32_MAX && segment.view >= plan.views.size())) {
        return false;
    }
    const Edit& edit = plan.edits[segment.edit];
    if (edit.op == EditOp::Rename || edit.op == EditOp::Drop) {
        return false;
    }
    const auto elements = segment.view != UINT32_MAX ? plan.views[segment.view].elements : elementCount(checkpoint.tensors()[edit.tensor]);
    return elements && byteSize(edit.to, *elements) == segment.length;
}

} // namespace

Result<void> checkPlanFits(const Checkpoint& checkpoint, const FixPlan& plan)
{
    if (plan.output.empty() || plan.partialName.empty()) {
        return fail(Code::UsageError, {"the plan names no output"});
    }
    for (const DonorMatch& match : plan.donorMatches) {
        if (!match.usable() && !plan.options.donorPartial) {
            const bool known = match.tensor < checkpoint.tensors().size();
            return match.refusal ? *match.refusal
                                 : fail(Code::DonorMissing, {known ? std::string(checkpoint.tensors()[match.tensor].key) : std::string()});
        }
    }
    const auto changed = [&] { return inFile(fail(Code::FileChanged), plan.source); };
    const bool edits = std::all_of(plan.edits.begin(), plan.edits.end(), [&](const Edit& edit) { return editFits(checkpoint, plan, edit); });
    const bool views =
        std::all_of(plan.views.begin(), plan.views.end(), [&](const SourceView& view) { return view.shard < checkpoint.shards().size(); });
    if (!edits || !views) {
        return changed();
    }
    for (const OutputFile& file : plan.files) {
        if (!std::all_of(file.segments.begin(), file.segments.end(),
                         [&](const Segment& segment) { return segmentFits(checkpoint, plan, file, segment); })) {
            return changed();
        }
    }
    return {};
}

Result<void> checkPlanSources(const Checkpoint& checkpoint, const FixPlan& plan, bool headers, const JobContext& job)
{
    std::unordered_map<std::string_view, const SourceFile*> byPath;
    for (const SourceFile& source : plan.sources) {
        byPath.emplace(source.path, &source);
        struct stat status { };
        if (::stat(source.path.c_str(), &status) != 0) {
            auto file = File::open(source.path); // says why: gone, or not to be read any more
            return file ? inFile(fail(Code::FileChanged), source.path) : std::move(file).error();
        }
        if (!(identityOf(status) == source.identity)) {
            return inFile(fail(Code::FileChanged), source.path);
        }
        if (job.stop.stop_requested()) {
            return fail(Code::Cancelled);
        }
    }
    for (const Shard& shard : checkpoint.shards()) {
        const auto source = byPath.find(shard.path);
        if (!headers || source == byPath.end() || source->second->headerHash.empty()) {
            continue;
        }
        auto hash = headerHash(shard.path, shard.dataStart);
        if (!hash) {
            return hash.error();
        }
        if (*hash != source->second->headerHash) {
            return inFile(fail(Code::FileChanged), shard.path);
        }
    }
    return {};
}

Receipt makeReceipt(const Checkpoint& checkpoint, const FixPlan& plan, const std::vector<EditOutcome>& outcomes)
{
    Receipt out;
    out.source = plan.source;
    out.output = plan.output;
    out.profile = plan.profile;
    std::vector<std::string> names(checkpoint.shards().size());
    std::vector<const std::string*> places(plan.edits.size(), nullptr);
    for (const OutputFile& file : plan.files) {
        if (file.shard < names.size()) {
            names[file.shard] = file.name;
        }
        for (const Segment& segment : file.segments) {
            if (segment.kind == Segment::Kind::Edited) {
                places[segment.edit] = &file.name;
            }
        }
    }
    for (std::size_t i = 0; i < plan.edits.size(); ++i) {
        const Edit& edit = plan.edits[i];
        ReceiptEdit line;
        line.tensor = edit.key;
        line.newKey = edit.newKey;
        line.op = edit.op;
        line.from = edit.from;
        line.to = edit.to;
        line.file = places[i] != nullptr ? *places[i] : names[checkpoint.tensors()[edit.tensor].shard];
        line.sha256Before = outcomes[i].sha256Before;
        line.sha256After = outcomes[i].sha256After;
        line.loss = outcomes[i].loss;
        line.source = sourceName(edit);
        out.edits.push_back(std::move(line));
    }
    out.untouchedTensors = plan.untouchedTensors;
    out.untouchedBytes = plan.untouchedBytes;
    out.equal = plan.options.verify != VerifyChoice::None;
    out.leftOut = plan.leftOut;
    out.findingsLeft = plan.findingsLeft;
    out.unmendable = plan.unmendable;
    out.muted = plan.options.muted;
    return out;
}

std::uint64_t peakRss() noexcept
{
    struct rusage usage { };
    return ::getrusage(RUSAGE_SELF, &usage) == 0 ? static_cast<std::uint64_t>(usage.ru_maxrss) * 1024 : 0;
}

} // namespace ckptscope
