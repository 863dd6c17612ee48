// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/dtypes/dtype.h"
#include "core/model/checkpoint.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace ckptscope {

/// What somebody asks of single tensors, and of `__metadata__`, beside what findings ask for: exact tensors (indexes
/// into Checkpoint::tensors()), no patterns. A tensor is in at most one of the four.
struct HandEdits {
    std::map<std::uint32_t, DType> casts;
    std::set<std::uint32_t> drops;                              ///< not in the output
    std::set<std::uint32_t> donor;                              ///< F32 values from the donor, whether or not a rule asks for them
    std::set<std::uint32_t> leftOut;                            ///< what findings ask of it is not done
    std::map<std::string, std::optional<std::string>> metadata; ///< key of `__metadata__` to its new value; nullopt: it goes

    [[nodiscard]] bool empty() const noexcept { return casts.empty() && drops.empty() && donor.empty() && leftOut.empty() && metadata.empty(); }
    /// Takes back what was asked of a tensor.
    void forget(std::uint32_t tensor);
    [[nodiscard]] bool has(std::uint32_t tensor) const noexcept
    {
        return casts.contains(tensor) || drops.contains(tensor) || donor.contains(tensor) || leftOut.contains(tensor);
    }
    /// Asks for a cast, in place of what was asked before; of a tensor that is stored so and that findings ask something of: to stay so. Else
    /// nothing is left to ask.
    void cast(const Checkpoint& checkpoint, std::uint32_t tensor, DType to, bool hasFinding);
    /// Asks for a value of `__metadata__`, or (nullopt) that the key goes; where it is stored so in every file, nothing.
    void setMetadata(const Checkpoint& checkpoint, const std::string& key, const std::optional<std::string>& value);
    bool operator==(const HandEdits&) const = default;
};

/// The same of the checkpoint as it was read anew: tensors are found by their keys. What is asked of one that is gone, or that has another dtype or
/// shape now, is left out and counted in `lost`.
[[nodiscard]] HandEdits carriedOver(const HandEdits& edits, const Checkpoint& before, const Checkpoint& after, std::size_t& lost);

/// The dtypes among F32, BF16, F16 and the two F8 of training that each of these tensors can be cast to and that change
/// at least one. Empty where one of them holds no floats.
[[nodiscard]] std::vector<DType> castChoices(const Checkpoint& checkpoint, std::span<const std::uint32_t> tensors);

/// True where the formats that `fix` writes can hold edits of this checkpoint: safetensors and torch files that are not
/// damaged.
[[nodiscard]] bool canEdit(const Checkpoint& checkpoint) noexcept;

/// True where a donor can give a tensor its values: a readable real float of at most 32 bits.
[[nodiscard]] bool canTakeFromDonor(const TensorInfo& tensor) noexcept;

} // namespace ckptscope
