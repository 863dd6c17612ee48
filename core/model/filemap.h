// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/checkpoint.h"

#include <cstdint>
#include <vector>

namespace ckptscope {

/// A run of bytes of one file, and whose they are.
struct FilePiece {
    enum class Kind : std::uint8_t {
        Header, ///< in front of the byte buffer (safetensors)
        Tensor,
        Overlap, ///< of two tensors and more
        Other,   ///< of no tensor: padding, a hole, or what a container keeps there
        Missing, ///< behind the file's end, though a tensor lies there
    } kind = Kind::Other;
    std::uint64_t offset = 0; ///< from the file's start
    std::uint64_t length = 0;
    std::uint32_t tensor = UINT32_MAX; ///< the first one that lies there; UINT32_MAX: none
    [[nodiscard]] std::uint64_t end() const noexcept { return offset + length; }
    bool operator==(const FilePiece&) const = default;
};

/// One file of a checkpoint from its first byte to its last (or to the last that a tensor claims), without gaps:
/// adjoining pieces of one kind and tensor are one. Tensors whose elements are packed or lie in pieces have the bytes
/// that they are stored in; tensors without bytes have no piece.
[[nodiscard]] std::vector<FilePiece> fileMap(const Checkpoint& checkpoint, std::uint32_t shard);

} // namespace ckptscope
