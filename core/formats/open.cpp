// SPDX-License-Identifier: Apache-2.0
#include "core/formats/formatreader.h"
#include "core/formats/ggufsplit.h"
#include "core/formats/shardset.h"
#include "core/io/links.h"
#include "core/text/jsonscan.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <sys/stat.h>
#include <utility>

namespace ckptscope {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t SmallFile = 1ULL << 30U; ///< a companion file above this is not "needed", see cli.md `--files`

std::string lowerExtension(const std::string& name)
{
    const auto dot = name.rfind('.');
    if (dot == std::string::npos) {
        return {};
    }
    std::string extension = name.substr(dot);
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return extension;
}

/// Kinds of weight files, the one that loaders prefer first.
struct WeightKind {
    std::array<std::string_view, 4> extensions;
    bool unrelated; ///< several files of it without an index are several checkpoints, not shards of one
};
constexpr std::array Kinds{
    WeightKind{{".safetensors"}, false},
    WeightKind{{".bin", ".pt", ".pth", ".ckpt"}, true},
    WeightKind{{".gguf"}, true},
    WeightKind{{".npz", ".npy"}, true},
};

std::size_t kindOf(const std::string& name)
{
    const std::string extension = lowerExtension(name);
    for (std::size_t i = 0; i < Kinds.size(); ++i) {
        for (const std::string_view own : Kinds[i].extensions) {
            if (!own.empty() && own == extension) {
                return i;
            }
        }
    }
    return Kinds.size();
}

bool isIndexName(std::string_view name)
{
    return name.ends_with(".index.json") || (name.find(".index.") != std::string_view::npos && name.ends_with(".json"));
}

/// Trainer files that are pickles but no weights (huggingface/transformers src/transformers/trainer.py; vllm skips the same).
bool isTrainerFile(const std::string& name)
{
    static constexpr std::array<std::string_view, 5> Names{"training_args.bin", "optimizer.bin", "optimizer.pt", "scheduler.pt", "scaler.pt"};
    return std::find(Names.begin(), Names.end(), name) != Names.end() || name.starts_with("rng_state");
}

/// "prefix-00001-of-00003.ext" or the same pytorch style; the stem in front of the number, empty where it is no part.
std::string splitStem(const std::string& name)
{
    const auto of = name.rfind("-of-");
    if (of == std::string::npos || of < 6) {
        return {};
    }
    const auto digits = [&](std::size_t from, std::size_t to) { return to > from && name.find_first_not_of("0123456789", from) >= to; };
    const auto dash = name.rfind('-', of - 1);
    const auto end = name.find('.', of);
    if (dash == std::string::npos || end == std::string::npos || !digits(dash + 1, of) || !digits(of + 4, end)) {
        return {};
    }
    return name.substr(0, dash) + name.substr(of, end - of);
}

std::string shownBeside(const std::string& path, const std::string& name)
{
    return (fs::path(path) / name).string();
}

/// config.json beside the shards, or what an adapter has in its place; what is wrong with it becomes a problem.
void readConfig(CheckpointParts& parts, const OpenOptions& options)
{
    static constexpr std::string_view Adapter = "adapter_config.json"; // huggingface/peft src/peft/config.py
    static constexpr std::array<std::string_view, 3> Names{"config.json", ".hf_metadata/config.json", Adapter};
    for (const std::string_view name : Names) {
        const fs::path path = fs::path(parts.folder) / name;
        struct stat status { };
        if (::lstat(path.c_str(), &status) != 0) {
            continue;
        }
        auto text = options.followOutside || !leavesFolder(parts.folder, path.string())
            ? readSmallFile(path.string(), limits().configJson, std::string(name))
            : inFile(fail(Code::LinkOutside), std::string(name));
        if (!text) {
            parts.config.state = ModelConfig::State::Broken;
            parts.config.file = name;
            parts.config.why = std::string(codeInfo(text.error().code).id);
            Error error = text.error();
            parts.problems.push_back(Problem{Severity::Advice, std::move(error), std::nullopt});
            return;
        }
        parts.config = ModelConfig::parse(*std::move(text), std::string(name));
        parts.config.adapter = name == Adapter;
        if (byteOrderMark(parts.config.text) > 0) {
            parts.problems.push_back(Problem{Severity::Advice, inFile(fail(Code::JsonByteOrderMark), std::string(name)), std::nullopt});
        }
        if (parts.config.state == ModelConfig::State::Broken) {
            parts.problems.push_back(Problem{
                Severity::Advice, inFile(fail(Code::ConfigBroken, {parts.config.why}), std::string(name), parts.config.brokenAt), std::nullopt});
        }
        return;
    }
    if (parts.format == "safetensors" || parts.format == "torch") {
        parts.problems.push_back(Problem{Severity::Note, fail(Code::ConfigMissing), std::nullopt});
    }
}

void noteNeighbours(CheckpointParts& parts, const std::vector<FolderEntry>& entries)
{
    std::set<std::string_view> own;
    for (const Shard& shard : parts.shards) {
        own.insert(shard.file);
    }
    for (const FolderEntry& entry : entries) {
        if (own.contains(entry.name) || entry.folder) {
            continue;
        }
        Neighbour neighbour;
        neighbour.file = entry.name;
        neighbour.bytes = entry.bytes;
        if (!entry.regular) {
            neighbour.kind = Neighbour::Kind::Special;
        } else if (kindOf(entry.name) < Kinds.size() || lowerExtension(entry.name) == ".h5" || lowerExtension(entry.name) == ".msgpack"
                   || lowerExtension(entry.name) == ".distcp") {
            neighbour.kind = Neighbour::Kind::OtherWeights;
        } else if (entry.bytes > SmallFile) {
            neighbour.kind = Neighbour::Kind::Large;
        }
        parts.neighbours.push_back(std::move(neighbour));
    }
}

/// Shards of one folder, with the index (if any) and the listing.
Result<CheckpointParts> openSet(const std::string& folder, std::vector<std::string> names, std::optional<IndexFacts> index,
                                std::vector<Problem> indexProblems, const std::vector<FolderEntry>& entries, const OpenOptions& options,
                                const JobContext& job)
{
    std::set<std::string> wanted(names.begin(), names.end());
    if (index) {
        wanted.insert(index->shardFiles.begin(), index->shardFiles.end());
    }
    names.assign(wanted.begin(), wanted.end());
    auto parts = openShards(folder, names, options, job);
    if (!parts) {
        return parts.error();
    }
    parts->isFolder = true;
    if (index) {
        std::map<std::string_view, std::uint64_t> named;
        for (const auto& [tensor, shard] : index->weightMap) {
            ++named[shard];
        }
        for (Shard& shard : parts->shards) {
            const auto found = named.find(shard.file);
            shard.listed = found != named.end();
            if (shard.state == Shard::State::Missing) {
                parts->problems.push_back(
                    Problem{Severity::Error, inFile(fail(Code::IndexMissingShard, {std::to_string(shard.listed ? found->second : 0)}), shard.file),
                            std::nullopt});
            }
        }
    } else {
        for (const Shard& shard : parts->shards) {
            if (shard.state == Shard::State::Missing) {
                parts->problems.push_back(Problem{Severity::Error, inFile(fail(Code::FileNotFound), shard.file), std::nullopt});
            }
        }
    }
    parts->index = std::move(index);
    std::move(indexProblems.begin(), indexProblems.end(), std::back_inserter(parts->problems));
    noteNeighbours(*parts, entries);
    // Nothing was opened: the first reason is the answer.
    const bool any =
        std::any_of(parts->shards.begin(), parts->shards.end(), [&](const Shard& s) { return s.state == Shard::State::Ok || s.tensors > 0; });
    if (!any) {
        for (const Problem& problem : parts->problems) {
            if (problem.severity == Severity::Error) {
                Error error = problem.what;
                error.file = shownBeside(folder, error.file);
                return error;
            }
        }
        return inFile(fail(Code::FolderEmpty), folder);
    }
    return parts;
}

/// The index that counts in a folder: model.safetensors.index.json before others, safetensors before bin.
std::vector<std::string> indexNames(const std::vector<FolderEntry>& entries, std::size_t kind)
{
    std::vector<std::string> names;
    for (const FolderEntry& entry : entries) {
        if (!entry.folder && isIndexName(entry.name)) {
            const bool safetensors = entry.name.find("safetensors") != std::string::npos;
            if (kind == Kinds.size() || safetensors == (kind == 0)) {
                names.push_back(entry.name);
            }
        }
    }
    std::stable_sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
        const auto rank = [](const std::string& n) { return n == "model.safetensors.index.json" || n == "pytorch_model.bin.index.json" ? 0 : 1; };
        return rank(a) < rank(b);
    });
    return names;
}

/// An index that lies in a checkpoint's folder.
Result<IndexFacts> readIndexIn(const std::string& folder, const std::string& name, const OpenOptions& options, std::vector<Problem>& problems)
{
    const std::string path = (fs::path(folder) / name).string();
    if (!options.followOutside && leavesFolder(folder, path)) {
        return inFile(fail(Code::LinkOutside), name);
    }
    return readIndex(path, name, problems);
}

/// Reads the first of these indexes that can be read; what is wrong with the others becomes problems.
std::optional<IndexFacts> firstIndex(const std::string& folder, const std::vector<std::string>& names, const OpenOptions& options,
                                     std::vector<Problem>& problems)
{
    std::optional<IndexFacts> found;
    for (const std::string& name : names) {
        if (found) {
            break;
        }
        auto facts = readIndexIn(folder, name, options, problems);
        if (facts) {
            found = *std::move(facts);
        } else {
            problems.push_back(Problem{Severity::Error, facts.error(), std::nullopt});
        }
    }
    return found;
}

/// Folders beneath this one, by their paths from it, that have weight files or are distributed checkpoints: what a trainer, a diffusers
/// pipeline or the Hugging Face cache puts around checkpoints. Looks at few folders, follows no link and opens no file.
std::vector<std::string> foldersWithWeights(const std::string& path, const std::vector<FolderEntry>& entries)
{
    constexpr std::size_t MaxLooked = 200;
    constexpr std::ptrdiff_t MaxDepth = 3; // models--NAME/snapshots/REVISION
    const auto below = [](const std::string& prefix, const std::vector<FolderEntry>& list) {
        std::vector<std::string> folders;
        for (const FolderEntry& entry : list) {
            if (entry.folder && !entry.symlink && !entry.name.starts_with('.')) {
                folders.push_back(prefix + entry.name);
            }
        }
        std::sort(folders.begin(), folders.end());
        return folders;
    };
    std::vector<std::string> found;
    std::vector<std::string> looked = below({}, entries); // grows while it is walked
    for (std::size_t n = 0; n < looked.size() && n < MaxLooked; ++n) {
        const std::string name = looked[n];
        const auto listing = listFolder((fs::path(path) / name).string(), name);
        if (!listing) {
            continue;
        }
        const bool holds = std::any_of(listing->begin(), listing->end(), [](const FolderEntry& entry) {
            return !entry.folder && (entry.name == ".metadata" || (kindOf(entry.name) < Kinds.size() && !isTrainerFile(entry.name)));
        });
        if (holds) {
            found.push_back(name);
        } else if (std::count(name.begin(), name.end(), '/') + 1 < MaxDepth) {
            const auto deeper = below(name + '/', *listing);
            looked.insert(looked.end(), deeper.begin(), deeper.end());
        }
    }
    return found;
}

/// Nothing in this folder can be opened: where to look instead, if there is a place.
Error nothingIn(const std::string& path, const std::vector<FolderEntry>& entries)
{
    constexpr std::size_t MaxNamed = 5;
    const std::vector<std::string> folders = foldersWithWeights(path, entries);
    if (folders.empty()) {
        return inFile(fail(Code::FolderEmpty), path);
    }
    std::string list;
    for (std::size_t n = 0; n < std::min(folders.size(), MaxNamed); ++n) {
        list += (n > 0 ? ", " : "") + folders[n];
    }
    return inFile(fail(Code::FolderOfFolders, {folders.size() > MaxNamed ? list + " ..." : list}), path);
}

Result<CheckpointParts> openFolder(const std::string& path, const OpenOptions& options, const JobContext& job)
{
    auto source = makeSource(path, path);
    if (!source) {
        return source.error();
    }
    for (const FormatReader* reader : formatReaders()) {
        if (reader->recognises(*source)) { // DCP and other formats that are folders
            auto parts = reader->open(*source, options, job);
            if (parts) {
                parts->isFolder = true;
                noteNeighbours(*parts, source->entries);
            }
            return parts;
        }
    }
    for (std::size_t kind = 0; kind < Kinds.size(); ++kind) {
        std::vector<std::string> names;
        for (const FolderEntry& entry : source->entries) {
            // Not only regular files: a FIFO or a dangling link named like a shard must be told, not overlooked.
            if (kindOf(entry.name) == kind && !isTrainerFile(entry.name)) {
                names.push_back(entry.name);
            }
        }
        const auto indexes = kind < 2 ? indexNames(source->entries, kind) : std::vector<std::string>();
        if (names.empty() && indexes.empty()) {
            continue;
        }
        std::vector<Problem> problems;
        auto index = firstIndex(path, indexes, options, problems);
        if (names.empty() && !index) {
            Error error = problems.front().what;
            error.file = shownBeside(path, error.file);
            return error;
        }
        if (!index && Kinds[kind].unrelated && names.size() > 1) {
            std::set<std::string> stems;
            std::string list;
            for (const std::string& name : names) {
                const std::string stem = splitStem(name);
                stems.insert(stem.empty() ? name : stem);
                list += list.empty() ? name : ", " + name;
            }
            if (stems.size() > 1) {
                return inFile(fail(Code::SeveralCheckpoints, {list}), path);
            }
        }
        return openSet(path, std::move(names), std::move(index), std::move(problems), source->entries, options, job);
    }
    return nothingIn(path, source->entries);
}

/// The index beside a file that names it; nullopt: none does.
std::optional<IndexFacts> indexListing(const std::string& folder, const std::string& name, const std::vector<FolderEntry>& entries,
                                       const OpenOptions& options, std::vector<Problem>& problems)
{
    for (const std::string& candidate : indexNames(entries, Kinds.size())) {
        std::vector<Problem> own;
        auto facts = readIndexIn(folder, candidate, options, own);
        if (facts && std::binary_search(facts->shardFiles.begin(), facts->shardFiles.end(), name)) {
            problems = std::move(own);
            return *std::move(facts);
        }
    }
    return std::nullopt;
}

Result<CheckpointParts> openFile(const std::string& path, const OpenOptions& options, const JobContext& job)
{
    const fs::path asPath(path);
    const std::string folder = asPath.has_parent_path() ? asPath.parent_path().string() : std::string(".");
    const std::string name = asPath.filename().string();
    // A folder that cannot be listed still lets its file be read.
    const auto listing = listFolder(folder, folder);
    const std::vector<FolderEntry> entries = listing ? *listing : std::vector<FolderEntry>();
    std::vector<Problem> problems;
    if (isIndexName(name)) {
        auto facts = readIndex(path, name, problems);
        if (!facts) {
            return inFile(facts.error(), path);
        }
        return openSet(folder, {}, *std::move(facts), std::move(problems), entries, options, job);
    }
    if (auto index = indexListing(folder, name, entries, options, problems)) {
        std::vector<std::string> names{name};
        return openSet(folder, std::move(names), std::move(index), std::move(problems), entries, options, job);
    }
    if (const std::string stem = splitStem(name); !stem.empty() && lowerExtension(name) == ".gguf") {
        std::vector<std::string> names;
        for (const FolderEntry& entry : entries) {
            if (splitStem(entry.name) == stem && lowerExtension(entry.name) == ".gguf") {
                names.push_back(entry.name);
            }
        }
        return openSet(folder, std::move(names), std::nullopt, {}, entries, options, job);
    }
    OpenOptions trusted = options;
    trusted.followOutside = true; // the user named this very file
    auto parts = openShards(folder, {name}, trusted, job);
    if (!parts) {
        return parts.error();
    }
    if (parts->shards.front().state == Shard::State::Missing) {
        return inFile(fail(Code::FileNotFound), path);
    }
    if (parts->format.empty()) {
        for (Problem& problem : parts->problems) {
            return inFile(std::move(problem.what), path);
        }
    }
    noteNeighbours(*parts, entries);
    return parts;
}

Result<CheckpointParts> openParts(const std::vector<std::string>& paths, const OpenOptions& options, const JobContext& job)
{
    if (paths.size() == 1) {
        struct stat status { };
        if (::stat(paths.front().c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
            return openFolder(paths.front(), options, job);
        }
        return openFile(paths.front(), options, job);
    }
    // These cannot be one checkpoint; a word that is no path at all is the likelier slip.
    const auto refused = [&paths](Error error) {
        struct stat status { };
        const auto gone = std::find_if(paths.begin(), paths.end(), [&status](const std::string& one) { return ::lstat(one.c_str(), &status) != 0; });
        return gone != paths.end() ? inFile(fail(Code::FileNotFound), *gone) : std::move(error);
    };
    std::vector<std::string> names;
    std::string folder;
    for (const std::string& path : paths) {
        struct stat status { };
        if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
            return refused(
                inFile(fail(Code::UsageError, {"is a folder, and several paths must be shards of one checkpoint: name one folder at a time"}), path));
        }
        const fs::path asPath(path);
        const std::string own = asPath.has_parent_path() ? asPath.parent_path().string() : std::string(".");
        std::error_code error;
        if (folder.empty()) {
            folder = own;
        } else if (!fs::equivalent(folder, own, error)) {
            return refused(inFile(fail(Code::MixedPaths, {paths.front()}), path));
        }
        if (!isIndexName(asPath.filename().string())) {
            names.push_back(asPath.filename().string());
        }
    }
    const auto listing = listFolder(folder, folder);
    OpenOptions trusted = options;
    trusted.followOutside = true;
    return openSet(folder, std::move(names), std::nullopt, {}, listing ? *listing : std::vector<FolderEntry>(), trusted, job);
}

} // namespace

Result<std::shared_ptr<const Checkpoint>> openCheckpoint(const std::vector<std::string>& paths, const OpenOptions& options, const JobContext& job)
{
    if (paths.empty()) {
        return fail(Code::UsageError, {"no path was given"});
    }
    auto parts = openParts(paths, options, job);
    if (!parts) {
        return parts.error();
    }
    parts->path = paths.front();
    if (paths.size() > 1) {
        const auto parent = fs::path(paths.front()).parent_path().string();
        parts->path = parent.empty() ? "." : parent;
    }
    if (parts->folder.empty()) {
        parts->folder = paths.front();
    }
    std::error_code error;
    if (const auto real = fs::canonical(parts->folder, error); !error) {
        parts->folder = real.string();
    }
    for (Shard& shard : parts->shards) {
        shard.path = (fs::path(parts->folder) / shard.file).string();
    }
    readConfig(*parts, options);
    if (parts->format == "gguf") {
        checkGgufSplit(*parts);
    }
    return Checkpoint::make(*std::move(parts));
}

} // namespace ckptscope
