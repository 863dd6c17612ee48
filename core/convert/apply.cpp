// SPDX-License-Identifier: Apache-2.0
#include "core/convert/convert.h"
#include "core/convert/fixplan.h"

#include <algorithm>

namespace ckptscope {

namespace convert {

namespace {

/// Its elements stand in the file as they are to be written.
bool isPlain(const TensorInfo& tensor) noexcept
{
    return tensor.extra == nullptr || (!tensor.extra->layout && !tensor.extra->bigEndian && !tensor.extra->conjugated && !tensor.extra->negated);
}

} // namespace

FixPlan toFixPlan(const Checkpoint& checkpoint, const ConvertPlan& plan)
{
    FixPlan out;
    out.source = plan.source;
    out.output = plan.output;
    out.outputIsFolder = plan.options.target == ConvertTarget::Folder;
    out.partialName = plan.partialName;
    out.profile = plan.profile;
    out.options = plan.options.edits;
    out.options.verify = plan.options.verify ? VerifyChoice::Edited : VerifyChoice::None;
    out.options.link = LinkChoice::Copy;
    out.options.force = plan.options.force;
    out.options.metadata.clear();
    out.options.inPlace = false;
    out.always = true;
    out.edits = plan.edits;
    out.files = plan.files;
    out.sources = plan.sources;
    out.leftOut = plan.leftOut;
    out.outputBytes = plan.outputBytes;
    out.copiedBytes = plan.outputBytes;
    out.findingsLeft = plan.findingsLeft;
    for (const ConvertItem& item : plan.items) {
        const TensorInfo& tensor = checkpoint.tensors()[item.tensor];
        const bool edited = item.edit != UINT32_MAX;
        out.untouchedTensors += edited ? 0 : 1;
        out.untouchedBytes += edited ? 0 : item.bytes;
        if (item.bytes == 0) {
            continue;
        }
        Segment segment;
        segment.target = item.target;
        segment.length = item.bytes;
        if (edited) {
            segment.kind = Segment::Kind::Edited;
            segment.edit = item.edit;
        } else if (isPlain(tensor)) {
            segment.shard = tensor.shard;
            segment.source = tensor.bytes.offset;
        } else {
            segment.kind = Segment::Kind::Gather;
            segment.tensor = item.tensor;
        }
        out.files[item.file].segments.push_back(segment);
    }
    for (OutputFile& file : out.files) {
        std::sort(file.segments.begin(), file.segments.end(), [](const Segment& a, const Segment& b) { return a.target < b.target; });
    }
    return out;
}

} // namespace convert

FixPlan planToApply(const Checkpoint& checkpoint, const ConvertPlan& plan)
{
    return convert::toFixPlan(checkpoint, plan);
}

Result<Receipt> applyConvert(const std::shared_ptr<const Checkpoint>& checkpoint, const ConvertPlan& plan, const JobContext& job)
{
    return applyPlan(*checkpoint, convert::toFixPlan(*checkpoint, plan), job);
}

} // namespace ckptscope
