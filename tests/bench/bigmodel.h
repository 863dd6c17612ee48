// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ckptscope::bench {

/// As many as 61 layers of 512 experts with three matrices each have.
inline constexpr std::size_t WideTensors = 93'696;

/// A checkpoint with the names of a large mixture of experts (Qwen3-Next's layers, 61 or more of them, 512 experts
/// each), whose A_log and dt_bias are stored as BF16.
struct BigModel {
    std::size_t tensors = WideTensors;
    std::uint64_t hidden = 2048;
    std::uint64_t expertWidth = 512;
    bool holes = true; ///< no element takes room on disk; false: all are BF16 numbers of magnitude 0.03 to 2
};

/// Makes `folder`, which must not be there, with model.safetensors and config.json. Returns its path; ends the program
/// where it cannot.
std::string writeBigModel(const std::string& folder, const BigModel& model);

/// `count` tensors of `elements` BF16 values each, all of them real, in one file. Returns the file's path.
std::string writeValues(const std::string& file, std::size_t count, std::uint64_t elements);

} // namespace ckptscope::bench
