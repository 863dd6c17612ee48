// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/checkpoint.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace ckptscope {

struct CheckReport;

/// An index may name a million tensors of which none is there: a list of them all would say no more than this many.
inline constexpr std::size_t MostMissing = 200'000;

/// What a list shows: the checkpoint's tensors, at the same positions, and behind them those that its index names but
/// that no shard holds, in key order, at most `most`. Each has the shard in which it should be, no bytes, no dtype, and
/// a shape of no elements: nothing that is counted or added up changes. Lists, filters, sort orders and roles take it;
/// whatever reads, repairs or compares takes the checkpoint itself. The same pointer where nothing is missing. A head
/// that is tied to the embeddings is not missing.
[[nodiscard]] std::shared_ptr<const Checkpoint> withMissing(const std::shared_ptr<const Checkpoint>& checkpoint, std::size_t most = MostMissing);

/// True for those that withMissing() adds.
[[nodiscard]] bool isMissing(const TensorInfo& tensor) noexcept;

/// How many tensors the index names that no shard holds; not capped.
[[nodiscard]] std::uint64_t missingTensors(const Checkpoint& checkpoint);

/// For each tensor that withMissing() added, the finding that tells why: index into report.findings, UINT32_MAX where
/// none does (an audit names only so many). A finding names its key, or it is an error of the shard in which it should
/// be.
[[nodiscard]] std::vector<std::uint32_t> missingFindings(const Checkpoint& listed, const CheckReport& report);

/// Whether a key that no shard holds may be an alias of the input embedding, which safetensors cannot store twice.
[[nodiscard]] bool mayBeTied(const Checkpoint& checkpoint, std::string_view key);

} // namespace ckptscope
