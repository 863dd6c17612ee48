// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/code.h"
#include "core/result.h"
#include "core/text/text.h"

#include <QString>

#include <cstdint>
#include <string>
#include <string_view>

namespace ckptscope {
struct TensorInfo;
}

namespace ckptscope::ui {

/// The one boundary between core's UTF-8 and Qt's text. Bytes that are not UTF-8 become U+FFFD: show core's displayName() instead.
[[nodiscard]] QString fromUtf8(std::string_view text);
[[nodiscard]] std::string toUtf8(const QString& text);

/// A name out of a file, made showable on one line; above `limit` characters its middle is cut (0: uncut).
[[nodiscard]] QString shownName(std::string_view raw, std::size_t limit = 500);
/// The same for a path of this machine.
[[nodiscard]] QString shownName(const QString& raw, std::size_t limit = 500);

/// Paths as bytes, the way the file system has them, and back: any bytes survive the way into text and out of it again.
[[nodiscard]] std::string toPath(const QString& path);
[[nodiscard]] QString fromPath(std::string_view path);
/// The last part of a path, made showable and cut to 80 characters.
[[nodiscard]] QString nameOf(const std::string& path);
/// A path made showable, with the home folder as "~".
[[nodiscard]] QString shownPath(std::string_view path);

/// Separators of the user's locale, in the form that core's formatters take.
[[nodiscard]] const NumberStyle& numberStyle();

[[nodiscard]] QString grouped(std::uint64_t count);        ///< "93,696"
[[nodiscard]] QString bytesText(std::uint64_t bytes);      ///< "65.3 GiB"
[[nodiscard]] QString exactBytesText(std::uint64_t bytes); ///< "70,115,213,312 bytes"
[[nodiscard]] QString shortCount(std::uint64_t count);     ///< "35.1 B"
[[nodiscard]] QString tensorsText(std::uint64_t count);    ///< "1 tensor", "93,696 tensors"
[[nodiscard]] QString elementsText(std::uint64_t count);   ///< "1 element", "4,096 elements"
[[nodiscard]] QString shapeText(const TensorInfo& tensor); ///< "4096 × 11008", "scalar"

/// "+ 4.50 KiB", with U+2212 where it is less; "0 B".
[[nodiscard]] QString bytesDelta(std::int64_t bytes);
/// A moment for lists: "14:05" today, "Yesterday", else a short date; empty: never.
[[nodiscard]] QString whenText(qint64 secondsSinceEpoch);

/// "damage", "violation", "advice", "note"; the icon and the colour that stand beside it are in ui/theme.h.
[[nodiscard]] QString severityWord(Severity severity);

/// Core's sentences in the language of the user's desktop: what its verdictText() and findingText() are asked with.
[[nodiscard]] std::string translated(const char* context, const char* source);

/// The sentence of a code, translated, without its place.
[[nodiscard]] QString sentence(const Error& error);
/// The same as a whole sentence: with a capital, unless it begins with a name, and a full stop.
[[nodiscard]] QString wholeSentence(const Error& error);
/// What the user can do about it in the window, translated; may be empty.
[[nodiscard]] QString hint(const Error& error);
/// "model.safetensors, at byte 8": where it is; empty where no file is to blame.
[[nodiscard]] QString place(const Error& error);

/// Place and sentence on one line: "model.safetensors, at byte 8: the header is not UTF-8".
[[nodiscard]] QString errorTitle(const Error& error);
/// Title, hint and the stable code: for Details and for copies.
[[nodiscard]] QString errorDetails(const Error& error);

/// A word that a POSIX shell reads back as exactly these bytes. Plain words stay as they are.
[[nodiscard]] std::string shellQuoted(std::string_view word);

/// Doubles `&`, for texts of actions and buttons.
[[nodiscard]] QString forAction(QString text);
/// Doubles `[*]`, Qt's own placeholder, for titles of windows.
[[nodiscard]] QString forWindowTitle(QString text);
/// Plain text for places that take rich text (tooltips), at most some 60 characters a line.
[[nodiscard]] QString forToolTip(const QString& text);

} // namespace ckptscope::ui
