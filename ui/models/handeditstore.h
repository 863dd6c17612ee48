// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/handedits.h"

#include <QString>

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace ckptscope::ui {

/// What the user asks of single tensors and of `__metadata__`; nothing is written before a fix. Changed on the ui's
/// thread, read from any; shared by all documents of a checkpoint.
class HandEditStore {
public:
    [[nodiscard]] HandEdits edits() const;
    void set(HandEdits edits);
    [[nodiscard]] bool empty() const;
    /// "→ BF16", "dropped", "donor", "left out"; empty: nothing was asked of it.
    [[nodiscard]] QString text(std::uint32_t tensor) const;
    /// Counts changes: what was made of older ones is out of date.
    [[nodiscard]] std::uint64_t version() const;

private:
    mutable std::mutex m_mutex;
    HandEdits m_edits;
    std::uint64_t m_version = 0;
};

} // namespace ckptscope::ui
