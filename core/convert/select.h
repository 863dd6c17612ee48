// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/convert/convert.h"

#include <string>
#include <vector>

// Private to core/convert.
namespace ckptscope::convert {

struct Chosen {
    std::uint32_t tensor = 0;
    std::string key;
};

/// Which tensors of the source are written, and under which names.
struct Selection {
    std::vector<Chosen> items; ///< in source order
    std::string part;
    std::vector<std::string> stripped;
    std::vector<std::string> leftOut; ///< first parts of the names that were left out
    std::uint64_t tensorsLeftOut = 0;
    std::vector<Error> notes;
};

Result<Selection> selectTensors(const Checkpoint& checkpoint, const ConvertOptions& options);

/// Of tensors that are the very same bytes one is kept, as transformers does: of a tied pair the embedding, else the name that sorts first
/// (huggingface/safetensors bindings/python/py_src/safetensors/torch.py `_remove_duplicate_names`). Gives dropped and kept names.
std::vector<std::pair<std::string, std::string>> dropAliases(const Checkpoint& checkpoint, std::vector<Chosen>& items, std::vector<Error>& notes);

} // namespace ckptscope::convert
