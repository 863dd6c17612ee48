// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/job.h"
#include "core/result.h"
#include "core/values/slice.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ckptscope {

/// What a dtype becomes in NumPy's format, where BF16 and everything smaller than F16 have no dtype: F32, which holds
/// their every value.
struct NpyType {
    DType dtype = DType::Unknown; ///< Unknown: it has no values
    std::string_view descr;       ///< "<f4"
};
[[nodiscard]] NpyType npyType(DType dtype) noexcept;

/// Elements of a slice, saturating.
[[nodiscard]] std::uint64_t sliceElements(const Slice& slice) noexcept;

using PieceSink = std::function<Result<void>(const SliceData& piece)>;
/// Reads a slice of any size in row-major pieces of at most `pieceElements`. Elements only: a piece's shape says
/// nothing of the whole.
Result<void> forEachPiece(ElementReader& reader, const TensorInfo& tensor, const Slice& slice, std::uint64_t pieceElements, const JobContext& job,
                          const PieceSink& sink);

struct NpyReceipt {
    std::string file; ///< absolute
    NpyType type;
    std::uint64_t bytes = 0;
};

/// Writes a slice as an .npy file (format version 1.0, row-major) that appears whole or not at all. Code::Fix* as for
/// any output.
Result<NpyReceipt> writeNpy(const std::shared_ptr<const Checkpoint>& checkpoint, const TensorInfo& tensor, const Slice& slice, std::string output,
                            bool force, const JobContext& job);

/// The same bytes, to wherever they go one after the other: a pipe. What was given cannot be taken back when an error comes; `file` stays empty.
using BytesSink = std::function<Result<void>(std::span<const std::byte> bytes)>;
Result<NpyReceipt> streamNpy(const std::shared_ptr<const Checkpoint>& checkpoint, const TensorInfo& tensor, const Slice& slice, const BytesSink& sink,
                             const JobContext& job);

} // namespace ckptscope
