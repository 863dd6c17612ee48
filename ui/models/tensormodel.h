// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/document.h"

#include <QModelIndex>

#include <cstdint>
#include <optional>

namespace ckptscope::ui {

/// What list, tree and roles have in common, so that one view class can hold any of them.
class TensorModel {
public:
    TensorModel() = default;
    TensorModel(const TensorModel&) = delete;
    TensorModel& operator=(const TensorModel&) = delete;
    virtual ~TensorModel() = default;
    /// The tensor of a row; nullopt where the row stands for several.
    [[nodiscard]] virtual std::optional<std::uint32_t> tensorAt(const QModelIndex& index) const = 0;
    /// Appends the tensors that a row stands for.
    virtual void collect(const QModelIndex& index, Rows& out) const = 0;
    /// Column 0 of the tensor's row; invalid where a filter hides it. May build tree nodes.
    [[nodiscard]] virtual QModelIndex indexOf(std::uint32_t tensor) const = 0;
};

} // namespace ckptscope::ui
