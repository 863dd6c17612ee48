// SPDX-License-Identifier: Apache-2.0
#include "core/audits/list.h"
#include "core/audits/sink.h"

namespace ckptscope {

void auditMetadata(const Checkpoint& checkpoint, const ArchitectureChoice&, std::vector<Finding>& findings)
{
    if (checkpoint.format() != "safetensors") {
        return;
    }
    AuditSink sink(checkpoint, findings);
    const auto& shards = checkpoint.shards();
    std::vector<std::string_view> formats(shards.size());
    for (const auto& entry : checkpoint.metadata()) {
        if (entry.origin == "__metadata__" && entry.key == "format" && entry.shard < shards.size()) {
            if (const auto* text = std::get_if<std::string>(&entry.value)) {
                formats[entry.shard] = *text;
            }
        }
    }
    std::uint64_t without = 0;
    std::uint64_t readable = 0;
    std::string firstWithout;
    std::string_view format;
    std::string firstOther;
    for (std::size_t n = 0; n < shards.size(); ++n) {
        const auto state = shards[n].state;
        if (state == Shard::State::Missing || state == Shard::State::Unreadable || (state == Shard::State::Damaged && shards[n].tensors == 0)) {
            continue; // its header was not read
        }
        ++readable;
        if (formats[n].empty()) {
            firstWithout = without++ == 0 ? shards[n].file : firstWithout;
        } else if (format.empty()) {
            format = formats[n];
        } else if (formats[n] != format && firstOther.empty()) {
            firstOther = shards[n].file;
            sink.add(Code::AuditFormatDiffers, firstOther, {std::string(formats[n]), std::string(format)});
        }
    }
    if (without > 0) {
        sink.add(Code::AuditNoFormat, firstWithout, {std::to_string(without), std::to_string(readable)});
    }
}

} // namespace ckptscope
