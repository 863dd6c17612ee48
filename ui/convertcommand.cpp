// SPDX-License-Identifier: Apache-2.0
#include "ui/convertcommand.h"

#include "ui/text.h"

#include <string_view>

namespace ckptscope::ui {

std::string convertCommand(const Checkpoint& checkpoint, const ConvertOptions& options, const CheckOptions& how)
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
