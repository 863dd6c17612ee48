// SPDX-License-Identifier: Apache-2.0
#include "core/io/links.h"

#include <algorithm>
#include <filesystem>

namespace ckptscope {

namespace {

namespace fs = std::filesystem;

fs::path resolved(const std::string& path)
{
    std::error_code code;
    fs::path real = fs::canonical(path, code);
    return code ? fs::path() : real;
}

} // namespace

std::string hubBlobs(const std::string& folder)
{
    for (fs::path at = resolved(folder); at.has_relative_path(); at = at.parent_path()) {
        if (at.parent_path().filename() == "snapshots") {
            return (at.parent_path().parent_path() / "blobs").string();
        }
    }
    return {};
}

bool leavesFolder(const std::string& folder, const std::string& path)
{
    const fs::path target = resolved(path);
    const fs::path home = resolved(folder);
    if (target.empty() || home.empty()) {
        return false;
    }
    if (std::mismatch(home.begin(), home.end(), target.begin(), target.end()).first == home.end()) {
        return false;
    }
    return target.parent_path() != hubBlobs(folder);
}

} // namespace ckptscope
