// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"

#include <span>
#include <string_view>
#include <vector>

namespace ckptscope {

/// A check that needs no dtype rule and reads no element: it judges the facts that readers stored in Checkpoint.
/// A new audit is one audits/NAME.cpp and one line in audits/registry.cpp.
struct Audit {
    std::string_view id;    ///< prefix of its findings' ids: "index"
    std::string_view title;
    void (*run)(const Checkpoint& checkpoint, const ArchitectureChoice& architecture, std::vector<Finding>& findings);
};

[[nodiscard]] std::span<const Audit> audits() noexcept;

} // namespace ckptscope
