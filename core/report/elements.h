// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/report/jsonwriter.h"
#include "core/report/text.h"
#include "core/values/npyfile.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

/// A tensor's elements, as text and as JSON.
namespace ckptscope::report {

struct ElementsView {
    std::shared_ptr<const Checkpoint> checkpoint;
    const TensorInfo* tensor = nullptr;
    Slice slice;
    std::string sliceText;  ///< as the user gave it; empty: the whole tensor
    bool bits = false;      ///< stored bits instead of values
    bool summarise = false; ///< text: of a large tensor only its corners
};

inline constexpr std::uint64_t MaxTextElements = 1ULL << 16U; ///< of a grid that is not summarised
inline constexpr std::uint64_t MaxJsonElements = 1ULL << 20U;

/// Key, dtype and shape, then a grid; at its end how many elements are not shown.
Result<void> writeElementsText(const ElementsView& view, const TextStyle& style, const JobContext& job, const Write& write);
/// ckptscope.show/1; with `npy` that receipt in place of the elements.
Result<void> writeElementsJson(const ElementsView& view, const std::optional<NpyReceipt>& npy, const JobContext& job, const Write& write);

} // namespace ckptscope::report
