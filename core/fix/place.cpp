// SPDX-License-Identifier: Apache-2.0
#include "core/fix/place.h"

#include "core/fix/layout.h"
#include "core/io/extentcopy.h"
#include "core/io/output.h"

#include <algorithm>
#include <filesystem>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace ckptscope {

namespace {

namespace fs = std::filesystem;

/// True where `inner` is `outer` or lies below it; both absolute and resolved.
bool isBelow(const fs::path& inner, const fs::path& outer)
{
    auto a = inner.begin();
    for (auto b = outer.begin(); b != outer.end(); ++b, ++a) {
        if (b->empty()) { // a trailing separator
            continue;
        }
        if (a == inner.end() || *a != *b) {
            return false;
        }
    }
    return true;
}

fs::path resolved(const fs::path& path)
{
    std::error_code code;
    fs::path out = fs::weakly_canonical(path, code);
    return code ? fs::absolute(path, code).lexically_normal() : out;
}

bool sameFile(const std::string& a, const std::string& b)
{
    struct stat first { };
    struct stat second { };
    return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

} // namespace

Result<void> checkPlace(const Checkpoint& checkpoint, bool outputIsFolder, bool force, std::string& output)
{
    const std::string given = output;
    std::error_code code;
    fs::path target = fs::absolute(output, code).lexically_normal();
    if (!target.has_filename()) {
        target = target.parent_path(); // "OUT/"
    }
    const auto refuse = [&](Code why, std::vector<std::string> args = {}) { return inFile(fail(why, std::move(args)), given); };
    if (code || output.empty() || output.find('\0') != std::string::npos || !target.has_filename() || target.filename() == "..") {
        return refuse(Code::FixOutputParent, {target.parent_path().string()});
    }
    const fs::path parent = fs::canonical(target.parent_path(), code);
    struct stat status { };
    if (code || ::stat(parent.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || ::access(parent.c_str(), W_OK | X_OK) != 0) {
        return refuse(Code::FixOutputParent, {target.parent_path().string()});
    }
    const fs::path place = parent / target.filename();
    output = place.string();
    const fs::path real = resolved(place); // through a symlink that OUT may be

    const fs::path folder = resolved(checkpoint.folder());
    if (outputIsFolder) {
        if (place == folder || real == folder || sameFile(output, checkpoint.folder())) {
            return refuse(Code::FixOutputIsSource);
        }
        if (isBelow(place, folder) || isBelow(real, folder) || isBelow(folder, real) || isBelow(folder, place)) {
            return refuse(Code::FixOutputInside);
        }
    }
    for (const Shard& shard : checkpoint.shards()) {
        if (sameFile(output, shard.path)) {
            return refuse(Code::FixOutputIsSource);
        }
        // Shards may be symlinks to elsewhere: replacing the folder that holds what they point to would destroy the source.
        const fs::path file = resolved(shard.path);
        if (isBelow(file, real) || isBelow(file, place) || isBelow(resolved(fs::path(shard.path).parent_path()), real)) {
            return refuse(Code::FixOutputInside);
        }
    }
    if (::lstat(output.c_str(), &status) == 0) {
        // A folder is never replaced by a file, nor the other way round: that is a slip, not a wish.
        const bool sameKind = outputIsFolder ? S_ISDIR(status.st_mode) : S_ISREG(status.st_mode);
        if (!force || !sameKind) {
            return refuse(Code::FixOutputExists);
        }
    }
    return {};
}

Result<SpaceCheck> checkSpace(const FixPlan& plan)
{
    SpaceCheck space;
    if (plan.output.empty()) {
        return space;
    }
    const std::string parent = plan.options.inPlace && plan.outputIsFolder ? plan.output : fs::path(plan.output).parent_path().string();
    struct statvfs volume { };
    if (::statvfs(parent.c_str(), &volume) != 0) {
        return inFile(fail(Code::FixOutputParent, {parent}), plan.output);
    }
    space.free = static_cast<std::uint64_t>(volume.f_bavail) * volume.f_frsize;
    struct stat status { };
    const bool known = ::stat(parent.c_str(), &status) == 0;
    for (const OutputFile& file : plan.files) {
        if (file.kind != OutputFile::Kind::Text && !file.sourcePath.empty() && plan.options.link != LinkChoice::Copy) {
            space.sharesBlocks = canShareBlocks(parent, file.sourcePath);
            break;
        }
    }
    constexpr std::uint64_t Slack = 4096; ///< what a file costs beside its bytes
    for (const OutputFile& file : plan.files) {
        struct stat source { };
        const bool linked = plan.options.link == LinkChoice::Hard && file.kind == OutputFile::Kind::Whole && file.shard != UINT32_MAX && known
            && ::stat(file.sourcePath.c_str(), &source) == 0 && source.st_dev == status.st_dev;
        std::uint64_t shared = linked ? file.bytes : 0;
        if (!linked && space.sharesBlocks) {
            if (file.kind == OutputFile::Kind::Whole) {
                shared = file.bytes;
            }
            for (const Segment& segment : file.segments) {
                shared += segment.shareable ? wholeBlockBytes(segment.target, segment.length) : 0;
            }
        }
        space.shared += shared;
        space.needed += file.bytes - std::min(shared, file.bytes) + Slack;
    }
    return space;
}

std::string defaultOutput(const Checkpoint& checkpoint, std::string_view suffix, FixTarget to)
{
    std::string path = checkpoint.path();
    while (path.size() > 1 && path.ends_with('/')) {
        path.pop_back();
    }
    if (checkpoint.isFolder()) {
        // a shard or an index may have been named; "." and ".." have no name to add to
        const fs::path name = fs::path(path).filename();
        const bool named = name == fs::path(checkpoint.folder()).filename();
        return (named ? path : checkpoint.folder()) + std::string(suffix);
    }
    const fs::path file(path);
    const std::string extension = to == FixTarget::Torch || checkpoint.format() == "safetensors" ? file.extension().string() : ".safetensors";
    return (file.parent_path() / (file.stem().string() + std::string(suffix) + extension)).string();
}

} // namespace ckptscope
