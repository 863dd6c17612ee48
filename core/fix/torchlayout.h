// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/plan.h"

#include <functional>

// Private to core/fix.
namespace ckptscope {

/// Lays out a torch.save archive of the source with other dtypes in it: the same entries in the same order, storages
/// that no edit concerns byte for byte, and the pickle as it is but for the storages of edited tensors. A storage whose
/// tensors all become one dtype is cast as a whole, so that views of it stay views; else the edited ones get a storage
/// of their own, with strides as they were. `editOf` gives a tensor's edit in plan.edits, or UINT32_MAX.
/// Code::FixTorchCannot where torch files have no way to say it.
Result<void> layOutTorch(const Checkpoint& checkpoint, std::uint32_t shard, const std::function<std::uint32_t(std::uint32_t tensor)>& editOf,
                         FixPlan& plan, OutputFile& out, const JobContext& job);

} // namespace ckptscope
