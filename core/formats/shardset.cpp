// SPDX-License-Identifier: Apache-2.0
#include "core/formats/shardset.h"

#include "core/formats/partsbuilder.h"
#include "core/io/links.h"
#include "core/text/jsonscan.h"
#include "core/text/text.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstring>
#include <dirent.h>
#include <filesystem>
#include <numeric>
#include <set>
#include <sys/stat.h>
#include <thread>

namespace ckptscope {

namespace {

constexpr std::size_t HeadBytes = 4096;
constexpr std::size_t TailBytes = 66'000;

std::string lowerAscii(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

/// What one shard's reader gave, before the shards are joined.
struct ShardOutcome {
    std::optional<CheckpointParts> parts;
    std::optional<Error> error;
    Shard::State state = Shard::State::Ok;
    FileIdentity identity;
};

ShardOutcome readOne(const std::string& folder, const std::string& name, const OpenOptions& options, const JobContext& job)
{
    ShardOutcome outcome;
    const std::filesystem::path path = std::filesystem::path(folder) / name;
    if (!options.followOutside && leavesFolder(folder, path.string())) {
        outcome.error = inFile(fail(Code::LinkOutside), name);
        outcome.state = Shard::State::Unreadable;
        return outcome;
    }
    auto source = makeSource(path.string(), name);
    if (!source) {
        outcome.error = source.error();
        const Code code = source.error().code;
        outcome.state = code == Code::FileNotFound ? Shard::State::Missing : Shard::State::Unreadable;
        return outcome;
    }
    outcome.identity = source->file.identity();
    const FormatReader* reader = nullptr;
    if (source->isFolder) {
        outcome.error = inFile(fail(Code::NotRegular, {"a folder"}), name);
        outcome.state = Shard::State::Unreadable;
        return outcome;
    }
    // Readers first: a safetensors length may spell the magic of something else.
    for (const FormatReader* candidate : formatReaders()) {
        if (candidate->recognises(*source)) {
            reader = candidate;
            break;
        }
    }
    if (reader == nullptr) {
        outcome.error = describeUnknown(*source);
        outcome.state = Shard::State::Damaged;
        return outcome;
    }
    auto parts = reader->open(*source, options, job);
    if (!parts) {
        outcome.error = parts.error();
        outcome.state = Shard::State::Damaged;
        return outcome;
    }
    outcome.parts = *std::move(parts);
    return outcome;
}

/// Appends one shard's parts to the whole; indexes move up.
void join(CheckpointParts& whole, CheckpointParts&& one, Shard shard)
{
    const auto shardIndex = static_cast<std::uint32_t>(whole.shards.size());
    const auto tensorIndex = static_cast<std::uint32_t>(whole.tensors.size());
    const Shard& read = one.shards.front();
    shard.bytes = shard.identity.bytes;
    shard.dataStart = read.dataStart;
    shard.headerBytes = read.headerBytes;
    shard.hasMetadata = read.hasMetadata;
    shard.metadataOffset = read.metadataOffset;
    shard.firstTensor = tensorIndex;
    shard.tensors = static_cast<std::uint32_t>(one.tensors.size());
    if (std::any_of(one.problems.begin(), one.problems.end(), [](const Problem& p) { return p.severity == Severity::Error; })) {
        shard.state = Shard::State::Damaged;
    }
    if (whole.format.empty()) {
        whole.format = one.format;
    }
    if (whole.ggufArchitecture.empty()) {
        whole.ggufArchitecture = std::move(one.ggufArchitecture);
    }
    whole.shards.push_back(std::move(shard));
    if (tensorIndex == 0 && whole.tensors.capacity() < one.tensors.size()) {
        whole.tensors = std::move(one.tensors);
    } else {
        whole.tensors.insert(whole.tensors.end(), one.tensors.begin(), one.tensors.end());
        one.tensors = {};
    }
    for (std::size_t i = tensorIndex; i < whole.tensors.size(); ++i) {
        whole.tensors[i].shard = shardIndex;
    }
    for (MetadataEntry& entry : one.metadata) {
        entry.shard = shardIndex;
        if (auto* place = std::get_if<MetadataPlace>(&entry.value)) {
            place->shard = shardIndex;
        }
        whole.metadata.push_back(std::move(entry));
    }
    for (PickleGlobal& global : one.globals) {
        global.shard = shardIndex;
        whole.globals.push_back(std::move(global));
    }
    for (Problem& problem : one.problems) {
        if (problem.tensor) {
            *problem.tensor += tensorIndex;
        }
        whole.problems.push_back(std::move(problem));
    }
    std::move(one.storage.begin(), one.storage.end(), std::back_inserter(whole.storage));
}

} // namespace

bool Source::hasExtension(std::string_view dotted) const noexcept
{
    if (name.size() < dotted.size()) {
        return false;
    }
    const std::string_view end = std::string_view(name).substr(name.size() - dotted.size());
    return std::equal(end.begin(), end.end(), dotted.begin(), [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

std::string_view Source::headText() const noexcept
{
    return {reinterpret_cast<const char*>(head.data()), head.size()};
}

Result<std::vector<FolderEntry>> listFolder(const std::string& folder, const std::string& shownAs)
{
    std::error_code error;
    std::filesystem::directory_iterator at(folder, error);
    if (error) {
        return inFile(error == std::errc::permission_denied ? fail(Code::FilePermission) : fail(Code::FileOpen, {error.message()}), shownAs);
    }
    std::vector<FolderEntry> entries;
    for (; at != std::filesystem::directory_iterator(); at.increment(error)) {
        FolderEntry entry;
        entry.name = at->path().filename().string();
        struct stat status { };
        struct stat link { };
        if (::lstat(at->path().c_str(), &link) != 0) {
            continue; // gone meanwhile
        }
        entry.symlink = S_ISLNK(link.st_mode);
        if (::stat(at->path().c_str(), &status) != 0) {
            entry.dangling = entry.symlink;
        } else {
            entry.regular = S_ISREG(status.st_mode);
            entry.folder = S_ISDIR(status.st_mode);
            entry.bytes = entry.regular ? static_cast<std::uint64_t>(status.st_size) : 0;
        }
        if (entry.symlink && !entry.dangling) {
            entry.outside = leavesFolder(folder, at->path().string());
        }
        entries.push_back(std::move(entry));
        if (error) {
            break;
        }
    }
    std::sort(entries.begin(), entries.end(), [](const FolderEntry& a, const FolderEntry& b) { return a.name < b.name; });
    return entries;
}

Result<Source> makeSource(const std::string& path, const std::string& shownAs)
{
    Source source;
    source.path = path;
    source.name = shownAs;
    struct stat status { };
    if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
        source.isFolder = true;
        auto entries = listFolder(path, shownAs);
        if (!entries) {
            return entries.error();
        }
        source.entries = *std::move(entries);
        return source;
    }
    auto file = File::open(path, shownAs);
    if (!file) {
        return file.error();
    }
    source.file = *std::move(file);
    const auto read = [&](std::uint64_t offset, std::size_t bytes, std::vector<std::byte>& out) -> Result<void> {
        out.resize(bytes);
        const auto got = source.file.readSome(offset, out);
        if (!got) {
            return got.error();
        }
        out.resize(*got);
        return {};
    };
    const std::uint64_t size = source.file.size();
    if (auto done = read(0, std::min<std::uint64_t>(size, HeadBytes), source.head); !done) {
        return done.error();
    }
    const auto tail = std::min<std::uint64_t>(size, TailBytes);
    if (auto done = read(size - tail, tail, source.tail); !done) {
        return done.error();
    }
    return source;
}

bool isPlainFileName(std::string_view name) noexcept
{
    if (name.empty() || name == "." || name == ".." || name.size() > 255) {
        return false;
    }
    if (name.find_first_of(std::string_view("/\\\0", 3)) != std::string_view::npos) {
        return false;
    }
    return name.size() < 2 || name[1] != ':'; // a Windows drive
}

Result<IndexFacts> parseIndex(std::string_view text, const std::string& shownAs, std::vector<Problem>& problems)
{
    IndexFacts facts;
    facts.file = shownAs;
    ProblemSink sink(problems);
    JsonScanner scan(text);
    if (const std::size_t mark = byteOrderMark(text); mark > 0) {
        scan.seek(mark);
        problems.push_back(Problem{Severity::Advice, inFile(fail(Code::JsonByteOrderMark), shownAs), std::nullopt});
    }
    const auto broken = [&](std::string_view why) { return inFile(fail(Code::IndexUnreadable, {std::string(why)}), shownAs, scan.position()); };
    const auto string = [&](std::string& out) {
        std::string_view raw;
        bool escaped = false;
        if (!scan.string(raw, escaped)) {
            return false;
        }
        if (escaped) {
            return JsonScanner::unescape(raw, out);
        }
        out.assign(raw);
        return true;
    };
    std::vector<std::size_t> positions; // of each weight_map entry, in the text
    bool mapSeen = false;
    const auto weightMap = [&]() -> std::optional<Error> {
        if (scan.peek() != JsonScanner::Kind::Object) {
            return broken("weight_map is not an object");
        }
        mapSeen = true;
        scan.take('{');
        if (scan.take('}')) {
            return std::nullopt;
        }
        const bool safetensorsIndex = shownAs.find("safetensors") != std::string::npos;
        std::string tensor;
        std::string shard;
        std::string judged; // the shard of the entry before
        bool safe = false;
        while (true) {
            const std::uint64_t at = scan.position();
            if (!string(tensor) || !scan.take(':')) {
                return broken(scan.why());
            }
            if (scan.peek() != JsonScanner::Kind::String) {
                return broken("weight_map holds a value that is not a string");
            }
            if (!string(shard)) {
                return broken(scan.why());
            }
            if (shard != judged) { // most entries name the shard that the one before names
                judged = shard;
                safe = isPlainFileName(shard) && !(safetensorsIndex && lowerAscii(shard).ends_with(".bin"));
            }
            if (!safe) {
                sink.add(inFile(fail(Code::IndexUnsafePath, {shard}), shownAs, at));
            } else {
                facts.weightMap.emplace_back(tensor, shard);
                positions.push_back(at);
            }
            if (scan.take(',')) {
                continue;
            }
            if (!scan.take('}')) {
                return broken(scan.why());
            }
            return std::nullopt;
        }
    };
    const auto metadata = [&]() -> std::optional<Error> {
        if (scan.peek() != JsonScanner::Kind::Object) {
            return scan.skipValue() ? std::nullopt : std::optional(broken(scan.why()));
        }
        facts.hasMetadata = true;
        scan.take('{');
        if (scan.take('}')) {
            return std::nullopt;
        }
        std::string key;
        while (true) {
            if (!string(key) || !scan.take(':')) {
                return broken(scan.why());
            }
            const std::size_t at = scan.position();
            if (std::uint64_t total = 0; key == "total_size" && scan.peek() == JsonScanner::Kind::Number && scan.unsignedInteger(total)) {
                facts.totalSize = total;
            } else {
                scan.seek(at);
                if (!scan.skipValue()) {
                    return broken(scan.why());
                }
            }
            if (scan.take(',')) {
                continue;
            }
            if (!scan.take('}')) {
                return broken(scan.why());
            }
            return std::nullopt;
        }
    };
    if (!scan.take('{')) {
        return broken("it is not a JSON object");
    }
    if (!scan.take('}')) {
        std::string key;
        while (true) {
            if (!string(key) || !scan.take(':')) {
                return broken(scan.why());
            }
            std::optional<Error> error;
            if (key == "weight_map" && mapSeen) {
                return broken("weight_map stands there twice");
            }
            if (key == "weight_map") {
                error = weightMap();
            } else if (key == "metadata") {
                error = metadata();
            } else if (!scan.skipValue()) {
                error = broken(scan.why());
            }
            if (error) {
                return *error;
            }
            if (scan.take(',')) {
                continue;
            }
            if (!scan.take('}')) {
                return broken(scan.why());
            }
            break;
        }
    }
    if (!scan.atEnd()) {
        return broken("text follows the object");
    }
    if (!mapSeen) {
        return broken("weight_map is missing");
    }
    // Equal names, which a DOM would merge, lie beside each other once sorted.
    std::vector<std::uint32_t> order(facts.weightMap.size());
    std::iota(order.begin(), order.end(), 0U);
    const auto less = [&](std::uint32_t a, std::uint32_t b) { return facts.weightMap[a].first < facts.weightMap[b].first; };
    if (!std::is_sorted(order.begin(), order.end(), less)) {
        std::stable_sort(order.begin(), order.end(), less);
    }
    for (std::size_t i = 1; i < order.size(); ++i) {
        const auto& [tensor, shard] = facts.weightMap[order[i]];
        const auto& before = facts.weightMap[order[i - 1]];
        if (tensor == before.first) {
            sink.add(
                inFile(fail(shard == before.second ? Code::IndexDuplicateSame : Code::IndexDuplicateKey, {tensor}), shownAs, positions[order[i]]));
        }
    }
    std::set<std::string_view> files;
    std::string_view last;
    for (const auto& [tensor, shard] : facts.weightMap) {
        if (files.empty() || shard != last) {
            last = *files.insert(shard).first;
        }
    }
    facts.shardFiles.assign(files.begin(), files.end());
    return facts;
}

Result<IndexFacts> readIndex(const std::string& path, const std::string& shownAs, std::vector<Problem>& problems)
{
    const auto text = readSmallFile(path, limits().indexJson, shownAs);
    if (!text) {
        return text.error();
    }
    auto facts = parseIndex(*text, shownAs, problems);
    if (facts) {
        facts->path = path;
    }
    return facts;
}

Error describeUnknown(const Source& source)
{
    struct Magic {
        std::string_view bytes;
        std::string_view what;
    };
    static constexpr std::string_view Zstd("\x28\xB5\x2F\xFD", 4);
    static constexpr std::string_view Lz4("\x04\x22\x4D\x18", 4);
    static constexpr std::string_view Xz("\xFD\x37\x7A\x58\x5A\x00", 6);
    static constexpr std::string_view Hdf5("\x89HDF\r\n\x1A\n", 8);
    static constexpr std::string_view SevenZip("\x37\x7A\xBC\xAF\x27\x1C", 6);
    static constexpr Magic Named[]{
        {"\x1F\x8B", "gzip-compressed data (decompress it first)"},
        {Zstd, "zstd-compressed data (decompress it first)"},
        {Lz4, "lz4-compressed data (decompress it first)"},
        {"BZh", "bzip2-compressed data (decompress it first)"},
        {Xz, "xz-compressed data (decompress it first)"},
        {SevenZip, "a 7z archive (unpack it first; pickle scanners cannot look inside)"},
        {Hdf5, "HDF5 (Keras .h5)"},
        {"ggml", "a pre-GGUF ggml file"},
        {"lmgg", "a pre-GGUF ggml file"},
        {"fmgg", "a pre-GGUF ggmf file"},
        {"ggmf", "a pre-GGUF ggmf file"},
        {"tjgg", "a pre-GGUF ggjt file"},
        {"ggjt", "a pre-GGUF ggjt file"},
        {"PYTORCH1", "a PyTorch preview container, which PyTorch itself refuses"},
    };
    const std::string_view head = source.headText();
    if (!source.isFolder && source.file.size() == 0) {
        return inFile(fail(Code::FileEmpty), source.name);
    }
    if (!head.empty() && head.find_first_not_of('\0') == std::string_view::npos) {
        return inFile(fail(Code::FileAllZero), source.name);
    }
    if (head.starts_with("version https://git-lfs.github.com/spec/")) {
        std::string size = "0";
        if (const auto at = head.find("\nsize "); at != std::string_view::npos) {
            const auto from = at + 6;
            size = std::string(head.substr(from, head.find_first_not_of("0123456789", from) - from));
        }
        return inFile(fail(Code::LfsPointer, {size.empty() ? "0" : size}), source.name);
    }
    const auto firstText = head.find_first_not_of(" \t\r\n");
    const std::string start = lowerAscii(head.substr(firstText == std::string_view::npos ? 0 : firstText, 16));
    if (start.starts_with("<!doctype") || start.starts_with("<html") || start.starts_with("{\"error\"")) {
        return inFile(fail(Code::WebPage), source.name);
    }
    for (const Magic& magic : Named) {
        if (head.starts_with(magic.bytes)) {
            return inFile(fail(Code::FormatNamed, {std::string(magic.what)}), source.name);
        }
    }
    std::string bytes;
    for (std::size_t i = 0; i < std::min<std::size_t>(head.size(), 8); ++i) {
        constexpr std::string_view Digits = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(head[i]);
        bytes += bytes.empty() ? "" : " ";
        bytes += {Digits[byte >> 4U], Digits[byte & 0xFU]};
    }
    return inFile(fail(Code::FormatUnknown, {bytes}), source.name);
}

Result<CheckpointParts> openShards(const std::string& folder, const std::vector<std::string>& names, const OpenOptions& options,
                                   const JobContext& job)
{
    std::vector<ShardOutcome> outcomes(names.size());
    const std::size_t wanted = job.threads != 0 ? job.threads : std::max(1U, std::thread::hardware_concurrency());
    const std::size_t workers = std::min(wanted, std::max<std::size_t>(names.size(), 1));
    JobContext each = job; // few shards: several threads may share one
    each.threads = static_cast<unsigned>(wanted / workers);
    std::atomic<std::size_t> next{0};
    std::atomic<std::size_t> done{0};
    const auto work = [&] {
        for (std::size_t i = next++; i < names.size(); i = next++) {
            if (job.stop.stop_requested()) {
                return;
            }
            outcomes[i] = readOne(folder, names[i], options, each);
            job.progress(Phase::Headers, ++done, names.size());
        }
    };
    {
        std::vector<std::jthread> helpers;
        for (std::size_t i = 1; i < workers; ++i) {
            helpers.emplace_back(work);
        }
        work();
    }
    if (job.stop.stop_requested()) {
        return fail(Code::Cancelled);
    }
    CheckpointParts whole;
    whole.folder = folder;
    std::size_t tensors = 0;
    for (const ShardOutcome& outcome : outcomes) { // the format that most readers chose decides what a stray is
        if (outcome.parts && whole.format.empty()) {
            whole.format = outcome.parts->format;
        }
        tensors += outcome.parts ? outcome.parts->tensors.size() : 0;
    }
    if (names.size() > 1) { // of one they are taken as they are
        whole.tensors.reserve(tensors);
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
        ShardOutcome& outcome = outcomes[i];
        Shard shard;
        shard.file = names[i];
        shard.path = (std::filesystem::path(folder) / names[i]).string();
        shard.state = outcome.state;
        shard.identity = outcome.identity;
        shard.bytes = outcome.identity.bytes;
        if (outcome.parts && outcome.parts->format != whole.format) {
            outcome.error = inFile(fail(Code::ShardUnreadable, {whole.format}), names[i]);
            outcome.parts.reset();
            shard.state = Shard::State::Damaged;
        }
        if (outcome.parts) {
            join(whole, *std::move(outcome.parts), std::move(shard));
            continue;
        }
        shard.firstTensor = static_cast<std::uint32_t>(whole.tensors.size());
        whole.shards.push_back(std::move(shard));
        if (outcome.error && outcome.state != Shard::State::Missing) {
            whole.problems.push_back(Problem{Severity::Error, *outcome.error, std::nullopt});
        }
    }
    return whole;
}

} // namespace ckptscope
