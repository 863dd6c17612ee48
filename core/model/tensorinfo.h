// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/dtypes/dtype.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ckptscope {

/// A range of bytes in a shard's file, from the file's start.
struct ByteRange {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    [[nodiscard]] std::uint64_t end() const noexcept { return offset + length; }
    bool operator==(const ByteRange&) const = default;
};

/// A view of a storage that is not row-major and dense (torch), in elements.
struct Strided {
    ByteRange storage;                  ///< the whole storage in its shard
    std::uint64_t offset = 0;           ///< of element 0 in the storage, in elements
    std::vector<std::uint64_t> strides; ///< one a dimension, in elements
};

/// One block of a tensor that lies in several pieces (DCP).
struct Chunk {
    std::uint32_t shard = 0;
    ByteRange bytes;
    std::vector<std::uint64_t> start;   ///< of the block in the tensor, in elements
    std::vector<std::uint64_t> shape;   ///< of the block
    std::vector<std::uint64_t> strides; ///< of the block in its bytes, in elements
};

struct Chunks {
    std::vector<Chunk> chunks;
};

/// Bytes that must be decoded before elements can be counted off.
struct Packed {
    std::string codec;                  ///< "deflate"; "latin1": each byte is a character of UTF-8, as pickle protocols 1 and 2 spell bytes
    ByteRange bytes;                    ///< as stored
    std::vector<std::uint64_t> strides; ///< empty: row-major; else in elements of the decoded bytes
    std::uint64_t skip = 0;             ///< decoded bytes in front of the first element (an npy header)
};

/// Where a tensor's elements lie when they are not simply `TensorInfo::bytes`.
using Layout = std::variant<Strided, Chunks, Packed>;

/// What few tensors have; kept out of TensorInfo so that two million of them stay small.
struct TensorExtra {
    std::string spelling;           ///< the dtype as the file spells it, where DType::Unknown
    std::string unreadable;         ///< why elements can't be located; empty: they can
    std::optional<Layout> layout;   ///< absent: dense at TensorInfo::bytes
    std::string note;               ///< one line for Details: "conjugated view", "tied to ..."
    std::string quantizer;          ///< JSON object text of a quantised torch tensor; empty: none
    std::string sparseLayout;       ///< "sparse_coo" ...; empty: strided
    std::vector<std::string> parts; ///< keys of a sparse tensor's parts
    bool bigEndian = false;         ///< elements are stored big-endian
    bool conjugated = false;        ///< torch: imaginary parts are stored with the other sign
    bool negated = false;           ///< torch: elements are stored with the other sign
};

/// One tensor as a checkpoint's header describes it. Holds no element data; text and dimensions live in its Checkpoint.
struct TensorInfo {
    std::string_view key;                 ///< exactly as stored; usually UTF-8
    std::span<const std::uint64_t> shape; ///< row-major (slowest first); empty: a scalar
    ByteRange bytes;                      ///< dense elements in the shard's file; {0, stored bytes} where extra has a layout
    const TensorExtra* extra = nullptr;   ///< null for almost all
    std::uint32_t shard = 0;              ///< index into Checkpoint::shards()
    std::uint32_t headerOffset = 0;       ///< safetensors: where its entry (its key's quote) stands, from the header's start
    DType dtype = DType::Unknown;
    bool damaged = false; ///< a problem names it: its bytes must not be trusted

    [[nodiscard]] bool readable() const noexcept { return !damaged && (extra == nullptr || extra->unreadable.empty()); }
    [[nodiscard]] std::string_view dtypeText() const noexcept
    {
        return dtype == DType::Unknown && extra != nullptr ? std::string_view(extra->spelling) : dtypeName(dtype);
    }
};

/// Product of the dimensions, multiplied left to right as upstream does; nullopt where it overflows 64 bits, as in a crafted header.
[[nodiscard]] std::optional<std::uint64_t> elementCount(std::span<const std::uint64_t> shape) noexcept;
[[nodiscard]] inline std::optional<std::uint64_t> elementCount(const TensorInfo& tensor) noexcept
{
    return elementCount(tensor.shape);
}

/// The index of a row-major position, one number a dimension; no dimension may be 0.
[[nodiscard]] std::vector<std::uint64_t> unravelIndex(std::uint64_t position, std::span<const std::uint64_t> shape);
/// The same as text: "[3, 17]".
[[nodiscard]] std::string indexText(std::uint64_t position, std::span<const std::uint64_t> shape);

} // namespace ckptscope
