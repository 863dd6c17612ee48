// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "core/job.h"
#include "core/values/elementstream.h"
#include "core/values/statistics.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace ckptscope {

/// Tensors that hold the very bytes of others: layers that a merge repeated, a head that could be tied. Statistics tell
/// which may be equal, so nothing is read again but what seems to be a copy. Constant tensors, and those of fewer than
/// 1024 values, are alike by chance.
class DuplicateSearch {
public:
    /// Remembers what a scan found of a tensor.
    void add(const Checkpoint& checkpoint, std::uint32_t tensor, const Statistics& statistics);

    /// One Code::ValuesDuplicate for all copies; nullopt: there are none, or the job was stopped. `onRead`: bytes,
    /// before they are read.
    [[nodiscard]] std::optional<Finding> find(const Checkpoint& checkpoint, const std::shared_ptr<ShardFiles>& files, const JobContext& job,
                                              const std::function<void(std::uint64_t)>& onRead);

private:
    struct Seen {
        std::uint32_t tensor = 0;
        double min = 0;
        double max = 0;
        double mean = 0;
        double std = 0;
        std::uint64_t zeros = 0;
        std::uint64_t nan = 0;
    };
    std::vector<Seen> m_seen;
};

} // namespace ckptscope
