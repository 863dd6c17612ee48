// SPDX-License-Identifier: Apache-2.0
#include "core/report/messages.h"

namespace ckptscope {
std::string fillMessage(std::string_view message, const std::vector<std::string>&, const NumberStyle&) { return std::string(message); }
std::string messageText(const Error& error, const NumberStyle& style) { return fillMessage(codeInfo(error.code).message, error.args, style); }
std::string errorText(const Error& error, bool, const NumberStyle& style) { return error.file + ": " + messageText(error, style); }
std::string findingText(const Checkpoint&, const Finding& finding, const NumberStyle&) { return finding.rule; }
VerdictText verdictText(const Checkpoint&, const CheckReport&, const NumberStyle&) { return {}; }
}
