// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace ckptscope {

/// The Hugging Face cache keeps the files of snapshots/REV, and of folders below it, in snapshots/../blobs: that
/// folder, resolved, where `folder` lies in such a snapshot; else empty.
[[nodiscard]] std::string hubBlobs(const std::string& folder);

/// Whether `path`, something in a checkpoint's `folder`, leads out of it through a symbolic link, other than into the
/// Hugging Face cache's blobs. What does not exist leads nowhere.
[[nodiscard]] bool leavesFolder(const std::string& folder, const std::string& path);

} // namespace ckptscope
