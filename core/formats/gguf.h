// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/formats/formatreader.h"

namespace ckptscope {

/// GGUF versions 2 and 3, both byte orders; one file. Shapes come slowest dimension first, the reverse of the file's order.
/// Arrays and strings over 64 KiB stay places; see ggufvalue.h for paging through them.
class GgufReader : public FormatReader {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "gguf"; }
    [[nodiscard]] bool recognises(const Source& source) const noexcept override;
    Result<CheckpointParts> open(const Source& source, const OpenOptions& options, const JobContext& job) const override;
};

} // namespace ckptscope
