// SPDX-License-Identifier: Apache-2.0
#include "core/formats/access.h"

#include "core/io/links.h"

#include <algorithm>
#include <filesystem>

namespace ckptscope {

namespace {

namespace fs = std::filesystem;

constexpr int MaxDepth = 8;
constexpr std::size_t MaxLinks = 100'000;
constexpr std::size_t MaxBeside = 10'000;

/// Whether a file stands for all of its folder: an index, one part of several, or where an index lies beside it.
bool isOfSet(const fs::path& file, const fs::path& folder)
{
    const auto isIndex = [](const std::string& name) { return name.find(".index.") != std::string::npos && name.ends_with(".json"); };
    if (isIndex(file.filename().string()) || file.filename().string().find("-of-") != std::string::npos) {
        return true;
    }
    std::error_code code;
    for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
        if (isIndex(it->path().filename().string())) {
            return true;
        }
    }
    return false;
}

/// A file that stands alone: it and its folder's other files (config.json, tokenizer), but no hidden ones and no
/// folders below.
void allowAlone(SandboxAccess& access, const fs::path& folder)
{
    access.lists.push_back(folder.string());
    std::error_code code;
    std::size_t left = MaxBeside;
    for (fs::directory_iterator it(folder, code), end; !code && it != end && left > 0; it.increment(code)) {
        std::error_code own;
        if (!it->path().filename().string().starts_with('.') && !it->is_symlink(own) && it->is_regular_file(own)) {
            access.read(it->path().string());
            --left;
        }
    }
    access.read((folder / ".hf_metadata").string());
}

/// Where the links in a folder, and in folders below it, lead.
void allowTargets(SandboxAccess& access, const fs::path& folder, int depth, std::size_t& left)
{
    std::error_code code;
    for (fs::directory_iterator it(folder, code), end; !code && it != end && left > 0; it.increment(code)) {
        std::error_code own;
        if (it->is_symlink(own)) {
            --left;
            if (const fs::path target = fs::canonical(it->path(), own); !own) {
                access.read(target.string());
            }
        } else if (depth < MaxDepth && it->is_directory(own)) {
            allowTargets(access, it->path(), depth + 1, left);
        }
    }
}

} // namespace

void allowCheckpoint(SandboxAccess& access, const std::vector<std::string>& paths, const OpenOptions& options)
{
    std::string last;
    for (const std::string& path : paths) {
        if (path.empty()) {
            continue;
        }
        std::error_code code;
        const bool isFolder = fs::is_directory(path, code);
        const fs::path parent = fs::path(path).parent_path();
        const std::string folder = isFolder ? path : parent.empty() ? "." : parent.string();
        if (!isFolder) {
            access.read(path); // through a link that the user named
        }
        if (folder == last) {
            continue;
        }
        last = folder;
        if (isFolder || paths.size() > 1 || isOfSet(path, folder)) {
            access.read(folder);
        } else {
            allowAlone(access, folder);
        }
        if (const std::string blobs = hubBlobs(folder); !blobs.empty()) {
            access.read(blobs);
        }
        if (options.followOutside) {
            std::size_t left = MaxLinks;
            allowTargets(access, folder, 0, left);
        }
    }
}

} // namespace ckptscope
