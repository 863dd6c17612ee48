// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/formats/formatreader.h"

#include <cstdint>
#include <functional>
#include <string_view>

namespace ckptscope {

/// safetensors: 8 bytes length, a JSON header, a dense byte buffer. Judges as strictly as huggingface/safetensors
/// safetensors/src/tensor.rs (`read_metadata`, `validate`), yet lists every tensor whose entry can be read.
class SafetensorsReader : public FormatReader {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "safetensors"; }
    [[nodiscard]] bool recognises(const Source& source) const noexcept override;
    Result<CheckpointParts> open(const Source& source, const OpenOptions& options, const JobContext& job) const override;
};

/// Parses and validates a header that stands in memory; the core of SafetensorsReader::open, and the fuzzer's way in.
/// `header` may be shorter than `headerBytes` where the file ends early. `release(n)` is called when the first n bytes of the header are no
/// longer looked at, so that a caller can give their memory back. Of a header of several times `sliceBytes`, `job.threads` threads read one
/// stretch each; what comes out is the same.
[[nodiscard]] CheckpointParts parseSafetensorsHeader(std::string_view header, std::uint64_t headerBytes, std::uint64_t fileBytes,
                                                     const std::string& file, const JobContext& job = {},
                                                     const std::function<void(std::size_t)>& release = {}, std::size_t sliceBytes = 1U << 20U);

} // namespace ckptscope
