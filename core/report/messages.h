// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "core/model/checkpoint.h"
#include "core/result.h"
#include "core/text/text.h"

#include <functional>
#include <string>
#include <string_view>

namespace ckptscope {

/// Says core's sentences in another language: given a context ("codes", "verdict") and an English template, what stands for it. Empty: English.
using Translate = std::function<std::string(const char* context, const char* source)>;

/// Fills a sentence's places from args: {0} a name, made showable; {1:n} a count, grouped; {2:B} a size in bytes. A missing argument shows as "?".
/// Both programs word codes with this: English templates from codeInfo(), the ui's from its translation of them.
[[nodiscard]] std::string fillMessage(std::string_view message, const std::vector<std::string>& args, const NumberStyle& style = {});

/// What the user can do, as a template; empty where there is nothing, or where it speaks of an argument that this error does not have
/// ("Did you mean {1}?", and nothing is near).
[[nodiscard]] const char* hintTemplate(const Error& error) noexcept;

/// The sentence of a code without its place: "header is 12 bytes longer than the file".
[[nodiscard]] std::string messageText(const Error& error, const NumberStyle& style = {});
/// The sentence and, as a second one, what the user can do: for JSON, where file and offset have fields of their own.
[[nodiscard]] std::string messageWithHint(const Error& error, const NumberStyle& style = {});
/// "model.safetensors: at byte 8: ...", plus the hint on a second line where there is one.
[[nodiscard]] std::string errorText(const Error& error, bool withHint = true, const NumberStyle& style = {});

/// What a key is called in a sentence about many: its last part, or so many that it says something:
/// "A_log", "norm.weight", "gate_proj.weight".
[[nodiscard]] std::string_view keyKind(std::string_view key) noexcept;

/// "F32", "F32 or BF16", "F32, BF16 or F16".
[[nodiscard]] std::string dtypeChoice(const std::vector<DType>& dtypes);

/// One sentence for a finding: "A_log is stored as BF16; F32 is required" or an audit's.
[[nodiscard]] std::string findingText(const Checkpoint& checkpoint, const Finding& finding, const NumberStyle& style = {},
                                      const Translate& translate = {});

/// The verdict in a sentence, and what follows from it in a second one: the banner of both programs. What rules say of their reasons is in the
/// language of the rules: English.
struct VerdictText {
    std::string title;
    std::string detail;
};
[[nodiscard]] VerdictText verdictText(const Checkpoint& checkpoint, const CheckReport& report, const NumberStyle& style = {},
                                      const Translate& translate = {});

} // namespace ckptscope
