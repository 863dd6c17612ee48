// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/formats/formatreader.h"
#include "core/io/sandbox.h"

#include <string>
#include <vector>

namespace ckptscope {

/// Lets a sandbox read what openCheckpoint() with these arguments may read: the folder of the shards (of a file that
/// stands alone, it and what lies beside it and is not hidden), the Hugging Face cache's blobs of a snapshot, a named
/// file that is a link, and with `followOutside` where the links in the folder lead.
void allowCheckpoint(SandboxAccess& access, const std::vector<std::string>& paths, const OpenOptions& options);

} // namespace ckptscope
