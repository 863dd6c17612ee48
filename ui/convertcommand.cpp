// SPDX-License-Identifier: Apache-2.0
#include "ui/convertcommand.h"

#include "core/text/text.h"
#include "ui/text.h"

#include <algorithm>
#include <string_view>

namespace ckptscope::ui {

std::string convertCommand(const Checkpoint& checkpoint, const ConvertOptions& options, const CheckOptions& how, const ConvertPlan* plan)
{
    std::string command = "ckptscope convert";
    const auto add = [&command](std::string_view option, std::string_view value = {}) {
        command += ' ';
        command += option;
        if (!value.empty()) {
            command += ' ';
            command += shellQuoted(value);
        }
    };
    const std::string& path = checkpoint.path();
    add(shellQuoted(path.starts_with('-') ? "./" + path : path));
    add("-o", options.output);
    if (options.maxShardBytes != ConvertOptions().maxShardBytes) {
        add("--max-shard-size", std::to_string(options.maxShardBytes));
    }
    if (options.fix) {
        add("--fix");
        if (options.edits.advice) {
            add("--advice");
        }
        if (how.profile != "default" && !how.profile.empty()) {
            add("--profile", how.profile);
        }
        if (!how.architecture.empty()) {
            add("--arch", how.architecture);
        }
    }
    for (const std::string& glob : options.only) {
        add("--only", glob);
    }
    for (const std::string& glob : options.drops) {
        add("--drop", glob);
    }
    const HandEdits& hand = options.edits.hand;
    for (const std::uint32_t tensor : hand.drops) {
        add("--drop", globQuoted(checkpoint.tensors()[tensor].key));
    }
    const auto cast = [&](std::uint32_t tensor, DType to) {
        std::string_view key = checkpoint.tensors()[tensor].key;
        if (plan != nullptr) {
            const auto item = std::find_if(plan->items.begin(), plan->items.end(), [tensor](const ConvertItem& one) { return one.tensor == tensor; });
            if (item == plan->items.end()) {
                return; // it is not written
            }
            key = item->key;
        }
        add("--cast", globQuoted(key) + '=' + std::string(dtypeName(to)));
    };
    for (const auto& [tensor, to] : hand.casts) {
        cast(tensor, to);
    }
    for (const std::uint32_t tensor : hand.leftOut) { // a cast to what it is: that counts more than what a rule asks for
        if (options.fix) {
            cast(tensor, checkpoint.tensors()[tensor].dtype);
        }
    }
    for (const auto& [key, value] : hand.metadata) {
        if (value) { // a removal leaves nothing behind either way: the source's are not taken along
            add("--set-metadata", key + '=' + *value);
        }
    }
    for (const std::string& prefix : options.strip) {
        add("--strip-prefix", prefix);
    }
    if (options.keepNames) {
        add("--keep-names");
    }
    if (options.dequantize != DType::Unknown) {
        add("--dequantize", dtypeName(options.dequantize));
    }
    if (options.force) {
        add("--force");
    }
    return command;
}

} // namespace ckptscope::ui
