// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/report/messages.h"

#include <initializer_list>
#include <string>
#include <string_view>

#ifndef QT_TRANSLATE_NOOP // core itself knows no Qt
/// Marks a template for lupdate, with its context.
#define QT_TRANSLATE_NOOP(context, text) text
#endif

namespace ckptscope {

/// Whole sentences made from templates that can be translated. Pieces that vary are its arguments, never parts glued together, so that a
/// language may put them elsewhere.
class Saying {
public:
    Saying(const NumberStyle& style, const Translate& translate)
        : m_style(style)
        , m_translate(translate)
    {
    }
    /// The template with {0}, {1}... filled by texts that are fit to be shown. One pass: a `{1}` inside an argument stays.
    [[nodiscard]] std::string operator()(const char* source, std::initializer_list<std::string> shown = {}) const;
    /// `one` where count is 1, else `many`.
    [[nodiscard]] std::string counted(std::uint64_t count, const char* one, const char* many, std::initializer_list<std::string> shown = {}) const
    {
        return (*this)(count == 1 ? one : many, shown);
    }
    [[nodiscard]] std::string number(std::uint64_t count) const { return groupedNumber(count, m_style); }
    /// "a, b or c" in the language's words; `last` is the template of the last two, {0} and {1}.
    template<class Range>
    [[nodiscard]] std::string list(const Range& words, const char* last) const
    {
        std::string text;
        std::size_t i = 0;
        for (const auto& word : words) {
            text = i == 0 ? std::string(word) : i + 1 == words.size() ? (*this)(last, {text, std::string(word)}) : text + ", " + std::string(word);
            ++i;
        }
        return text;
    }
    /// An error's sentence and its hint.
    [[nodiscard]] std::string sentence(const Error& error) const;
    [[nodiscard]] std::string hint(const Error& error) const;
    /// "model.safetensors: at byte 8: ...": with its place.
    [[nodiscard]] std::string placed(const Error& error) const;

private:
    [[nodiscard]] std::string translated(const char* context, const char* source) const;
    const NumberStyle& m_style;
    const Translate& m_translate;
};

} // namespace ckptscope
