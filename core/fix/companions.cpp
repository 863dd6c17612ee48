// SPDX-License-Identifier: Apache-2.0
#include "core/fix/companions.h"

#include "core/io/links.h"
#include "core/io/output.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <sys/stat.h>

namespace ckptscope {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t SmallFile = 1ULL << 30U; ///< cli.md, --files
constexpr int MaxDepth = 16;
constexpr std::size_t MaxFiles = 200'000;

std::string lowered(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
}

/// Weights of another kind, that a loader of safetensors does not need, or an index of them.
bool isOtherWeights(const std::string& name)
{
    static constexpr std::array<std::string_view, 16> Extensions{".bin",  ".pt",      ".pth",     ".ckpt",      ".gguf",   ".ggml",
                                                                 ".h5",   ".msgpack", ".onnx",    ".onnx_data", ".tflite", ".distcp",
                                                                 ".nemo", ".npz",     ".mlmodel", ".pkl"};
    const std::string lower = lowered(name);
    return lower.ends_with(".bin.index.json")
        || std::any_of(Extensions.begin(), Extensions.end(), [&](std::string_view extension) { return lower.ends_with(extension); });
}

class Walk {
public:
    Walk(std::string home, FilesChoice choice, bool followOutside, const JobContext& job)
        : m_home(std::move(home))
        , m_choice(choice)
        , m_followOutside(followOutside)
        , m_job(job)
    {
    }

    Result<void> folder(const fs::path& path, const std::string& prefix, const std::set<std::string>& skip, int depth)
    {
        std::error_code code;
        std::vector<std::string> names;
        for (fs::directory_iterator it(path, code), end; !code && it != end; it.increment(code)) {
            names.push_back(it->path().filename().string());
        }
        if (code) {
            return inFile(fail(code == std::errc::permission_denied ? Code::FilePermission : Code::FileOpen, {code.message()}), path.string());
        }
        std::sort(names.begin(), names.end());
        for (const std::string& name : names) {
            if (m_job.stop.stop_requested()) {
                return fail(Code::Cancelled);
            }
            if (skip.contains(name)) {
                continue;
            }
            if (auto done = entry((path / name).string(), prefix + name, name, depth); !done) {
                return done;
            }
        }
        return {};
    }

    Companions found;

private:
    Result<void> entry(const std::string& path, const std::string& shown, const std::string& name, int depth)
    {
        const bool all = m_choice == FilesChoice::All;
        struct stat link { };
        struct stat status { };
        if (::lstat(path.c_str(), &link) != 0 || ::stat(path.c_str(), &status) != 0 || isPartialName(name)) {
            found.leftOut.push_back(shown);
            return {};
        }
        if (S_ISDIR(status.st_mode)) {
            const bool wanted = all || (name != ".git" && name != ".cache");
            if (!wanted || S_ISLNK(link.st_mode) || depth >= MaxDepth) {
                found.leftOut.push_back(shown + '/');
                return {};
            }
            return folder(path, shown + '/', {}, depth + 1);
        }
        // A link to somewhere else on this machine would carry that file into the copy.
        if (S_ISLNK(link.st_mode) && !m_followOutside && leavesFolder(m_home, path)) {
            found.leftOut.push_back(shown);
            return {};
        }
        const auto bytes = static_cast<std::uint64_t>(status.st_size);
        if (!S_ISREG(status.st_mode) || (!all && (bytes > SmallFile || isOtherWeights(name)))) {
            found.leftOut.push_back(shown);
            return {};
        }
        if (found.taken.size() >= MaxFiles) {
            return fail(Code::LimitExceeded, {"the number of files in the folder", std::to_string(found.taken.size() + 1), std::to_string(MaxFiles)});
        }
        found.taken.push_back(Companions::Taken{shown, path, identityOf(status)});
        return {};
    }

    std::string m_home;
    FilesChoice m_choice;
    bool m_followOutside;
    const JobContext& m_job;
};

} // namespace

bool isPartialName(std::string_view name) noexcept
{
    constexpr std::string_view Mark = ".partial-";
    if (name.size() <= Mark.size() + 8) {
        return false;
    }
    const std::string_view tail = name.substr(name.size() - 8);
    return name.substr(name.size() - 8 - Mark.size(), Mark.size()) == Mark && tail.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<Companions> findCompanions(const std::string& folder, FilesChoice choice, const std::set<std::string>& skip, const JobContext& job,
                                  bool followOutside)
{
    Walk walk(folder, choice, followOutside, job);
    if (auto done = walk.folder(folder, {}, skip, 0); !done) {
        return done.error();
    }
    return std::move(walk.found);
}

} // namespace ckptscope
