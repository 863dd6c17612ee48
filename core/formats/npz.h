// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/formats/formatreader.h"

namespace ckptscope {

/// .npz: a zip archive of .npy arrays, stored (numpy.savez) or deflated (savez_compressed). Each array is a tensor named after its member
/// without ".npy". A stored one is read in place; of a deflated one only the header is unpacked, its elements are when somebody reads them.
class NpzReader : public FormatReader {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "npz"; }
    [[nodiscard]] bool recognises(const Source& source) const noexcept override;
    Result<CheckpointParts> open(const Source& source, const OpenOptions& options, const JobContext& job) const override;
};

} // namespace ckptscope
