// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ckptscope {

/// How numbers are written; both programs hand one in, core knows no locale.
struct NumberStyle {
    std::string groupSeparator = ","; ///< UTF-8; may be empty or several bytes (a narrow no-break space)
    std::string decimalPoint = ".";
};

/// "93,696".
[[nodiscard]] std::string groupedNumber(std::uint64_t value, const NumberStyle& style = {});
/// Three digits and a binary unit: "128 B", "4.10 MiB", "65.3 GiB", "1,023 KiB" never: 1023.9 KiB is "1.00 MiB".
[[nodiscard]] std::string byteText(std::uint64_t bytes, const NumberStyle& style = {});
/// Three digits and K, M, B, T: "35.1 B" parameters; below 1000 the number itself.
[[nodiscard]] std::string countText(std::uint64_t count, const NumberStyle& style = {});
/// Shortest decimal text that reads back to the same double; "NaN", "Infinity", "-Infinity".
[[nodiscard]] std::string numberText(double value);
/// "3 s", "1 min 20 s", "2 h 5 min".
[[nodiscard]] std::string durationText(double seconds);
/// "4096 × 11008" (U+00D7), "scalar".
[[nodiscard]] std::string shapeText(const std::uint64_t* dims, std::size_t rank);

/// A hostile name made showable on one line: control, bidi and zero-width characters as `\u{202e}`, bytes that are not UTF-8 as `\xff`,
/// backslash doubled, outer spaces as U+2423, and above `limit` characters the middle cut to U+2026. limit 0: uncut.
[[nodiscard]] std::string displayName(std::string_view raw, std::size_t limit = 500);

/// True where the text is well-formed UTF-8 (no overlong forms, no surrogates, up to U+10FFFF).
[[nodiscard]] bool isUtf8(std::string_view text) noexcept;
/// Every byte that is not part of well-formed UTF-8 as `\xNN`, the rest untouched; for JSON together with "lossy_name": true.
[[nodiscard]] std::string escapeInvalidUtf8(std::string_view text);

/// "1KiB", "4 MB", "1.5G", "65536": B, KiB..TiB are 1024s, KB..TB and K M B T (bare) 1000s. nullopt: not a size, or too large.
[[nodiscard]] std::optional<std::uint64_t> parseSize(std::string_view text) noexcept;

/// Glob with * and ? over the whole text, bytewise; * crosses dots. `\*`, `\?` and `\\` are these characters themselves. Every other
/// character, brackets too and any other backslash, stands for itself.
/// Costs at most |pattern| x |text| steps.
[[nodiscard]] bool globMatch(std::string_view pattern, std::string_view text) noexcept;

/// A * or ? without a backslash stands in it: it may match more than one text.
[[nodiscard]] bool isGlob(std::string_view pattern) noexcept;
/// The glob that matches this text alone.
[[nodiscard]] std::string globQuoted(std::string_view text);

/// The nearest of some words by edit distance (at most a third of the length; two neighbours swapped are one edit), for "Did you mean ...?"; empty: none.
[[nodiscard]] std::string_view nearestWord(std::string_view word, const std::string_view* words, std::size_t count);

} // namespace ckptscope
