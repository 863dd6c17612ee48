// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/job.h"
#include "core/model/checkpoint.h"
#include "core/result.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ckptscope {

/// One tensor of a file that was exported.
struct ExportedTensor {
    std::uint32_t tensor = 0;     ///< index into the source's Checkpoint::tensors()
    DType dtype = DType::Unknown; ///< in the file
};

struct ExportReceipt {
    std::string file; ///< absolute
    std::uint64_t bytes = 0;
    std::vector<ExportedTensor> tensors; ///< in the order given
    std::vector<Error> notes;            ///< what is not as it was stored, worded by core/report/messages.h
};

/// Writes some tensors of a checkpoint, of any readable format, to one .safetensors file under the names that they
/// have: every bit as it is stored, blocks of ggml types as the F32 that ggml decodes (a note says so). Read back, then
/// renamed into place: whole or not at all. Others of the checkpoint may be damaged. Code::ExportCannot where
/// safetensors has no such dtype or name or the elements cannot be read, Code::ExportSameName, Code::Fix* as for any
/// output, Code::Cancelled. At most job.maxMemory bytes of buffers.
Result<ExportReceipt> exportSafetensors(const std::shared_ptr<const Checkpoint>& checkpoint, std::span<const std::uint32_t> tensors,
                                        std::string output, bool force, const JobContext& job = {});

/// The same by the file's ending: ".npy" holds one tensor, as core/values/npyfile.h writes it; every other name is a
/// safetensors file. Code::UsageError for several tensors in an .npy file.
Result<ExportReceipt> exportTensors(const std::shared_ptr<const Checkpoint>& checkpoint, std::span<const std::uint32_t> tensors, std::string output,
                                    bool force, const JobContext& job = {});

/// A file name, without an ending, for tensors that are exported: the key of one, with nothing in it that a shell, a
/// file system or a terminal takes for more than a name; of several the checkpoint's name and how many they are.
[[nodiscard]] std::string exportName(const Checkpoint& checkpoint, std::span<const std::uint32_t> tensors);

} // namespace ckptscope
