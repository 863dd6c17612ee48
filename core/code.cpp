// SPDX-License-Identifier: Apache-2.0
#include "core/code.h"

#include <cstddef>
#include <iterator>

// Marks the sentences for lupdate, which the ui translates them with; core itself knows no Qt.
#define QT_TRANSLATE_NOOP(context, text) text

namespace ckptscope {

namespace {

// not std::array: Clang 14 deduces at most 256 of its elements
constexpr CodeInfo Codes[] = {
#define CKPTSCOPE_CODE(name, id, severity, message, hint) CodeInfo{id, Severity::severity, message, hint},
#include "core/codes.inc"
#undef CKPTSCOPE_CODE
};

} // namespace

const CodeInfo& codeInfo(Code code) noexcept
{
    return Codes[static_cast<std::size_t>(code)];
}

std::optional<Code> codeFromId(std::string_view id) noexcept
{
    for (std::size_t i = 0; i < std::size(Codes); ++i) {
        if (Codes[i].id == id) {
            return static_cast<Code>(i);
        }
    }
    return std::nullopt;
}

std::optional<Severity> severityFromName(std::string_view name) noexcept
{
    for (const Severity each : {Severity::Note, Severity::Advice, Severity::Violation, Severity::Error}) {
        if (severityName(each) == name) {
            return each;
        }
    }
    return std::nullopt;
}

std::string_view severityName(Severity severity) noexcept
{
    switch (severity) {
    case Severity::Note:
        return "note";
    case Severity::Advice:
        return "advice";
    case Severity::Violation:
        return "violation";
    case Severity::Error:
        return "error";
    }
    return "error";
}

} // namespace ckptscope
