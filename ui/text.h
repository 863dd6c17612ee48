// SPDX-License-Identifier: Apache-2.0
#pragma once

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

/// Separators of the user's locale, in the form that core's formatters take.
[[nodiscard]] const NumberStyle& numberStyle();

[[nodiscard]] QString grouped(std::uint64_t count);       ///< "93,696"
[[nodiscard]] QString bytesText(std::uint64_t bytes);     ///< "65.3 GiB"
[[nodiscard]] QString exactBytesText(std::uint64_t bytes);///< "70,115,213,312 bytes"
[[nodiscard]] QString shortCount(std::uint64_t count);    ///< "35.1 B"
[[nodiscard]] QString shapeText(const TensorInfo& tensor);///< "4096 × 11008", "scalar"

/// The sentence of a code, translated, without its place.
[[nodiscard]] QString sentence(const Error& error);
/// What the user can do about it, translated; may be empty.
[[nodiscard]] QString hint(const Error& error);
/// "model.safetensors, at byte 8": where it is; empty where no file is to blame.
[[nodiscard]] QString place(const Error& error);

/// Doubles `&`, for texts of actions and buttons.
[[nodiscard]] QString forAction(QString text);
/// Plain text for places that take rich text (tooltips), at most some 60 characters a line.
[[nodiscard]] QString forToolTip(const QString& text);

} // namespace ckptscope::ui
