// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/tempdir.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ckptscope::test {

/// Builds a flat state dict as torch.save writes it (zip, pickle protocol 2, memo used as Python's pickler does).
class TorchFile {
public:
    /// A storage; gives its key.
    std::uint32_t storage(std::string type, std::uint32_t elementBytes, std::string data);
    /// A tensor in it.
    TorchFile& tensor(const std::string& name, std::uint32_t storage, std::uint64_t offset, const std::vector<std::uint64_t>& shape,
                      const std::vector<std::uint64_t>& strides);
    /// One with a storage of its own, "BFloat16Storage" and the like.
    TorchFile& dense(const std::string& name, const std::string& type, std::uint32_t elementBytes, const std::vector<std::uint64_t>& shape,
                     std::string data);
    /// `deflated`: its storages are, as a repacked archive has them.
    [[nodiscard]] std::string bytes(bool deflated = false) const;

private:
    struct Storage {
        std::string type;
        std::uint32_t elementBytes = 0;
        std::string data;
    };
    struct Tensor {
        std::string name;
        std::uint32_t storage = 0;
        std::uint64_t offset = 0;
        std::vector<std::uint64_t> shape;
        std::vector<std::uint64_t> strides;
    };
    std::vector<Storage> m_storages;
    std::vector<Tensor> m_tensors;
};

/// A folder of two pytorch_model shards with index and config.json: BF16 layers, of which one has A_log and dt_bias in
/// one storage with others.
std::string writeTorchFolder(const TempDir& dir, const std::string& name);

} // namespace ckptscope::test
