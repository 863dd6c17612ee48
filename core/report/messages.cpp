// SPDX-License-Identifier: Apache-2.0
#include "core/report/messages.h"

#include "core/report/saying.h"

#include <algorithm>
#include <charconv>

namespace ckptscope {

namespace {

std::optional<std::uint64_t> wholeNumber(std::string_view text) noexcept
{
    std::uint64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

std::string argumentText(const std::string& arg, char kind, const NumberStyle& style)
{
    if (kind != '\0') {
        if (const auto value = wholeNumber(arg)) {
            return kind == 'B' ? byteText(*value, style) : groupedNumber(*value, style);
        }
    }
    return displayName(arg);
}

bool isNumber(std::string_view part) noexcept
{
    return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Parts that say nothing by themselves: every module has them.
bool isGenericPart(std::string_view part) noexcept
{
    return part == "weight" || part == "bias" || part == "scale" || part.empty() || isNumber(part);
}

} // namespace

std::string fillMessage(std::string_view message, const std::vector<std::string>& args, const NumberStyle& style)
{
    std::string out;
    out.reserve(message.size() + 32);
    for (std::size_t at = 0; at < message.size();) {
        const auto brace = message.find('{', at);
        out.append(message.substr(at, brace - at)); // npos - at: the rest
        if (brace == std::string_view::npos) {
            break;
        }
        // {N}, {N:n} or {N:B}; anything else stands for itself
        const auto close = message.find('}', brace);
        const auto inside = close == std::string_view::npos ? std::string_view() : message.substr(brace + 1, close - brace - 1);
        const auto colon = inside.find(':');
        const auto index = wholeNumber(inside.substr(0, colon));
        const auto kind = colon == std::string_view::npos ? std::string_view() : inside.substr(colon + 1);
        if (!index || !(kind.empty() || kind == "n" || kind == "B")) {
            out.push_back('{');
            at = brace + 1;
            continue;
        }
        out.append(*index < args.size() ? argumentText(args[static_cast<std::size_t>(*index)], kind.empty() ? '\0' : kind[0], style) : "?");
        at = close + 1;
    }
    return out;
}

const char* hintTemplate(const Error& error) noexcept
{
    const std::string_view hint = codeInfo(error.code).hint; // a literal, so data() ends with a zero
    for (std::size_t at = hint.find('{'); at != std::string_view::npos; at = hint.find('{', at + 1)) {
        std::size_t index = 0;
        const auto [end, code] = std::from_chars(hint.data() + at + 1, hint.data() + hint.size(), index);
        if (code == std::errc() && index >= error.args.size()) {
            return "";
        }
    }
    return hint.data() == nullptr ? "" : hint.data();
}

std::string messageText(const Error& error, const NumberStyle& style)
{
    return fillMessage(codeInfo(error.code).message, error.args, style);
}

std::string messageWithHint(const Error& error, const NumberStyle& style)
{
    std::string text = messageText(error, style);
    const std::string_view hint = hintTemplate(error);
    if (!hint.empty()) {
        text.append(". ").append(fillMessage(hint, error.args, style));
    }
    return text;
}

std::string errorText(const Error& error, bool withHint, const NumberStyle& style)
{
    std::string text;
    if (!error.file.empty()) {
        text = displayName(error.file) + ": ";
    }
    if (error.offset) {
        text += "at byte " + groupedNumber(*error.offset, style) + ": ";
    }
    text += messageText(error, style);
    const std::string_view hint = hintTemplate(error);
    if (withHint && !hint.empty()) {
        text.append("\n").append(fillMessage(hint, error.args, style));
    }
    return text;
}

std::string_view keyKind(std::string_view key) noexcept
{
    auto start = key.size();
    for (int parts = 0; parts < 4 && start > 0; ++parts) {
        const auto dot = key.rfind('.', start - 1);
        const auto part = dot == std::string_view::npos ? key.substr(0, start) : key.substr(dot + 1, start - dot - 1);
        start = dot == std::string_view::npos ? 0 : dot;
        if (!isGenericPart(part)) {
            break;
        }
    }
    return start == 0 && !key.starts_with('.') ? key : key.substr(start + 1);
}

std::string dtypeChoice(const std::vector<DType>& dtypes)
{
    std::string text;
    for (std::size_t i = 0; i < dtypes.size(); ++i) {
        if (i > 0) {
            text += i + 1 == dtypes.size() ? " or " : ", ";
        }
        text += dtypeName(dtypes[i]);
    }
    return text;
}

std::string findingText(const Checkpoint& checkpoint, const Finding& finding, const NumberStyle& style, const Translate& translate)
{
    const Saying say(style, translate);
    if (finding.what) {
        return say.sentence(*finding.what);
    }
    std::string_view key = finding.key;
    std::string_view have = dtypeName(finding.have);
    if (finding.tensor && *finding.tensor < checkpoint.tensors().size()) {
        const TensorInfo& tensor = checkpoint.tensors()[*finding.tensor];
        key = tensor.key;
        if (finding.have == DType::Unknown) {
            have = tensor.dtypeText();
        }
    }
    std::vector<std::string_view> names;
    for (const DType each : finding.want) {
        names.push_back(dtypeName(each));
    }
    const std::string want = say.list(names, QT_TRANSLATE_NOOP("verdict", "{0} or {1}"));
    const char* text = finding.severity == Severity::Advice ? QT_TRANSLATE_NOOP("verdict", "{0} is stored as {1}; some loaders keep {2}")
        : finding.severity == Severity::Note                ? QT_TRANSLATE_NOOP("verdict", "{0} is stored as {1}; {2} is usual")
                                                            : QT_TRANSLATE_NOOP("verdict", "{0} is stored as {1}; {2} is required");
    return say(text, {displayName(keyKind(key)), displayName(have), want});
}

} // namespace ckptscope
