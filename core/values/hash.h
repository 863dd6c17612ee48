// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/job.h"
#include "core/model/checkpoint.h"
#include "core/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ckptscope {

/// The hash of one tensor's elements, or why there is none.
struct ElementsHash {
    std::string sha256; ///< hex; empty: there is none
    std::string reason; ///< why not
    bool operator==(const ElementsHash&) const = default;
};

/// SHA-256 of the logical elements (row-major, little-endian; see ElementStream) of these tensors, in their order: equal across formats for
/// equal tensors. An unreadable tensor, and one whose logical bytes exceed 1 GiB and also its stored bytes (an expanded view), has a reason
/// instead. Reads on job.threads threads; fails where a file can't be read, or with Code::Cancelled.
Result<std::vector<ElementsHash>> hashTensors(const std::shared_ptr<const Checkpoint>& checkpoint, const std::vector<std::uint32_t>& tensors,
                                              const JobContext& job = {});

} // namespace ckptscope
