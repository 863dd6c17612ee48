// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/formats/formatreader.h"

namespace ckptscope {

/// What torch.save writes (zip since 1.6, and the legacy stream before), TorchScript archives, and bare pickles. A
/// pickle is read as data: nothing in it is imported, called or written. pytorch/pytorch torch/serialization.py.
class TorchReader : public FormatReader {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "torch"; }
    [[nodiscard]] bool recognises(const Source& source) const noexcept override;
    Result<CheckpointParts> open(const Source& source, const OpenOptions& options, const JobContext& job) const override;
};

} // namespace ckptscope
