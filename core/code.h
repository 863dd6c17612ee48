// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ckptscope {

/// How much a finding weighs. Order matters: a larger value is worse.
enum class Severity : std::uint8_t {
    Note,      ///< information
    Advice,    ///< only what some loaders keep
    Violation, ///< a trusted source demands another dtype; always has a tensor
    Error,     ///< damage, or a pickle that names code to run
};

/// Everything that core can say about a file, a folder or a job, one enumerator a sentence.
/// The table is core/codes.inc: a new code is a line there.
enum class Code : std::uint16_t {
#define CKPTSCOPE_CODE(name, id, severity, message, hint) name,
#include "core/codes.inc"
#undef CKPTSCOPE_CODE
};

/// What core/codes.inc says of a code.
struct CodeInfo {
    std::string_view id;      ///< stable, for JSON and scripts: "safetensors.truncated"
    Severity severity;        ///< its usual weight
    std::string_view message; ///< English, with {0}, {1:n} (a count), {2:B} (a size): see report/messages.h
    std::string_view hint;    ///< what the user can do; may be empty
};

[[nodiscard]] const CodeInfo& codeInfo(Code code) noexcept;
/// The code of an id; nullopt: there is none.
[[nodiscard]] std::optional<Code> codeFromId(std::string_view id) noexcept;
/// The severity of a name as severityName() gives it.
[[nodiscard]] std::optional<Severity> severityFromName(std::string_view name) noexcept;
/// "error", "violation", "advice", "note".
[[nodiscard]] std::string_view severityName(Severity severity) noexcept;

} // namespace ckptscope
