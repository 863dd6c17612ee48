// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/plan.h"

#include <set>
#include <string>
#include <vector>

namespace ckptscope {

/// Files that lie beside a checkpoint's shards, or in folders below.
struct Companions {
    struct Taken {
        std::string name; ///< below the folder, with '/'
        std::string path; ///< to open it
        FileIdentity identity;
    };
    std::vector<Taken> taken;
    std::vector<std::string> leftOut; ///< folders with a trailing '/'
};

/// Needed: config, tokenizer, code and other small files and folders of them; not other weight files, `.git`, `.cache`, what is over 1 GiB.
/// All: every regular file. Never: leftovers of runs, what is no regular file. Symlinks to files are followed unless they leave the folder (and
/// `followOutside` is not given), to folders not.
/// `skip` names files of the folder itself that are dealt with elsewhere (shards).
Result<Companions> findCompanions(const std::string& folder, FilesChoice choice, const std::set<std::string>& skip, const JobContext& job,
                                  bool followOutside = false);

/// "NAME.partial-" and eight hex digits: what an unfinished run leaves behind.
[[nodiscard]] bool isPartialName(std::string_view name) noexcept;

} // namespace ckptscope
