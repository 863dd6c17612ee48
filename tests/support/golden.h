// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

/// Small files that other programs wrote.
namespace ckptscope::test {

/// PyTorch 1.13.1: torch.save({"a": torch.tensor([1., 2.])}), 747 bytes.
[[nodiscard]] std::string goldenTorchZip();
/// The same with _use_new_zipfile_serialization=False, 349 bytes.
[[nodiscard]] std::string goldenTorchLegacy();
/// A .metadata pickled by CPython 3.11.2 (protocol 4) from classes with torch.distributed.checkpoint's names, modules
/// and states: tensor `w` BF16 [4, 2] in two chunks (rows 0 and 1 in __0_0.distcp at 0, rows 2 and 3 in __1_0.distcp at
/// 0, 1234 bytes each), item `step` (__0_0.distcp at 1234, 900 bytes).
[[nodiscard]] std::string goldenDcpMetadata();

} // namespace ckptscope::test
