// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>
#include <string_view>

namespace ckptscope::ui {

/// The one boundary between core's UTF-8 and Qt's text. Bytes that are not UTF-8 become U+FFFD: show core's displayName() instead.
[[nodiscard]] QString fromUtf8(std::string_view text);

} // namespace ckptscope::ui
