// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/formats/formatreader.h"

#include <string>
#include <string_view>
#include <vector>

namespace ckptscope {

/// Lists a folder, sorted by name, told apart without opening anything.
Result<std::vector<FolderEntry>> listFolder(const std::string& folder, const std::string& shownAs);

/// Opens `path` and takes its head and tail (a file) or its listing (a folder).
Result<Source> makeSource(const std::string& path, const std::string& shownAs);

/// A *.index.json of any stem. What is wrong is appended to `problems`; unsafe entries are left out of the weight map.
Result<IndexFacts> readIndex(const std::string& path, const std::string& shownAs, std::vector<Problem>& problems);
/// The same on text; the fuzzer's way in.
Result<IndexFacts> parseIndex(std::string_view text, const std::string& shownAs, std::vector<Problem>& problems);

/// A shard name of an index that is one plain file name: no folder, drive, "..", NUL (huggingface/huggingface_hub
/// src/huggingface_hub/serialization/_base.py and huggingface/transformers src/transformers/utils/hub.py refuse the same).
[[nodiscard]] bool isPlainFileName(std::string_view name) noexcept;

/// What a file is that no reader wants, from its first bytes: an error with the reason and what to do.
[[nodiscard]] Error describeUnknown(const Source& source);

/// Reads the named files of one folder, in parallel, and joins them. `names` become the shards' shown names.
/// Files that cannot be read become shards with a state and a problem.
Result<CheckpointParts> openShards(const std::string& folder, const std::vector<std::string>& names, const OpenOptions& options,
                                   const JobContext& job);

} // namespace ckptscope
