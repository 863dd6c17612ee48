// SPDX-License-Identifier: Apache-2.0
#include "core/report/saying.h"

namespace ckptscope {

std::string Saying::translated(const char* context, const char* source) const
{
    return m_translate && *source != '\0' ? m_translate(context, source) : std::string(source);
}

std::string Saying::operator()(const char* source, std::initializer_list<std::string> shown) const
{
    const std::string text = translated("verdict", source);
    std::string out;
    out.reserve(text.size() + 64);
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool place = at + 2 < text.size() && text[at] == '{' && text[at + 2] == '}' && text[at + 1] >= '0' && text[at + 1] <= '9';
        if (!place) {
            out.push_back(text[at]);
            continue;
        }
        const auto index = static_cast<std::size_t>(text[at + 1] - '0');
        out += index < shown.size() ? *(shown.begin() + index) : std::string("?");
        at += 2;
    }
    return out;
}

std::string Saying::sentence(const Error& error) const
{
    // messages and hints are literals, so data() ends with a zero
    return fillMessage(translated("codes", codeInfo(error.code).message.data()), error.args, m_style);
}

std::string Saying::hint(const Error& error) const
{
    return fillMessage(translated("codes", hintTemplate(error)), error.args, m_style);
}

std::string Saying::placed(const Error& error) const
{
    std::string text;
    if (!error.file.empty()) {
        text = displayName(error.file) + ": ";
    }
    if (error.offset) {
        text += (*this)(QT_TRANSLATE_NOOP("verdict", "at byte {0}: "), {number(*error.offset)});
    }
    return text + sentence(error);
}

} // namespace ckptscope
