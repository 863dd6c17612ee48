// SPDX-License-Identifier: Apache-2.0
#include "ui/text.h"

namespace ckptscope::ui {
QString fromUtf8(std::string_view text) { return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())); }
}
