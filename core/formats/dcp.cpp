// SPDX-License-Identifier: Apache-2.0
#include "core/formats/dcp.h"

#include "core/formats/shardset.h"
#include "core/formats/torchobject.h"
#include "core/formats/zip.h"
#include "core/io/links.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

namespace ckptscope {

namespace dcp {

namespace {

constexpr std::string_view MetadataName = ".metadata";
constexpr std::uint64_t MetadataBytes = 256ULL << 20U; ///< cap on .metadata: about 1.5 million chunks
constexpr std::uint64_t GraphMemory = 16;              ///< bytes of memory a byte of .metadata; real ones need nine

constexpr std::size_t Round = 4096;         ///< items whose archives are held at once
constexpr std::size_t EdgeBytes = 4096;     ///< of both ends of an item's archive, read at once: all but the elements of most
constexpr std::uint64_t SumsChecked = 4096; ///< bytes of one chunk's archive whose checksums are compared: its small records

/// What one item's archive held.
struct Blob {
    CheckpointParts parts;
    std::optional<Error> error;
};

/// Where one chunk's elements are, after its archive.
struct Located {
    const TensorRecord* record = nullptr;
    std::size_t chunk = 0;
    ByteRange bytes;
    std::vector<std::uint64_t> strides; ///< empty: row-major
    std::string broken;                 ///< why they can't be read; empty: they can
    bool told = false;                  ///< a problem of its own says why
};

class Folder {
public:
    Folder(const Source& source, const OpenOptions& options, const JobContext& job)
        : m_source(source)
        , m_options(options)
        , m_job(job)
    {
    }
    Result<CheckpointParts> read();

private:
    struct Task {
        std::uint32_t item = 0;
        const std::string* object = nullptr;  ///< name of a byte item; null: a tensor's chunk
        const TensorRecord* record = nullptr; ///< whose chunk it is
        std::size_t chunk = 0;
    };

    Result<void> readMetadataFile();
    void openFiles();
    void openOne(std::uint32_t shard);
    void readBlobs();
    std::vector<Task> tasks();
    void readBlob(const Task& task, Blob& out, Located& located) const;
    Located locate(const Task& task, const Blob& blob) const;
    void takeBlob(Blob& blob, const Task& task);
    void addTensor(const TensorRecord& record);
    std::string place(const TensorRecord& record, std::size_t chunk, Piece& piece, bool& told) const;
    void reportItems();
    [[nodiscard]] std::uint32_t itemOf(const std::string& name, const std::vector<std::uint64_t>* start) const
    {
        const auto found = m_metadata.keys.find(itemKey(name, start));
        return found == m_metadata.keys.end() ? UINT32_MAX : found->second;
    }
    [[nodiscard]] std::string pathOf(const std::string& name) const { return (std::filesystem::path(m_source.path) / name).string(); }

    const Source& m_source;
    const OpenOptions& m_options;
    const JobContext& m_job;
    CheckpointBuilder m_out;
    Metadata m_metadata;
    std::map<std::string, std::uint32_t, std::less<>> m_shardOf; ///< file to shard; unsafe names have none
    std::vector<File> m_files;                                   ///< one a shard; not open where it can't be
    std::map<std::uint32_t, std::uint64_t> m_lost;               ///< shard that is missing, and how many items it held
    std::vector<Located> m_located;                              ///< by Item::task
};

Result<void> Folder::readMetadataFile()
{
    if (!m_options.followOutside && leavesFolder(m_source.path, pathOf(std::string(MetadataName)))) {
        return inFile(fail(Code::LinkOutside), std::string(MetadataName));
    }
    auto file = File::open(pathOf(std::string(MetadataName)), std::string(MetadataName));
    if (!file) {
        return file.error();
    }
    auto& shard = m_out.parts().shards.emplace_back();
    shard.file = MetadataName;
    shard.path = pathOf(shard.file);
    shard.bytes = file->size();
    shard.identity = file->identity();
    m_files.push_back(*std::move(file));
    const auto& metadata = m_files.front();
    if (metadata.size() > MetadataBytes) {
        return inFile(fail(Code::LimitExceeded, {"the size of .metadata", std::to_string(metadata.size()), std::to_string(MetadataBytes)}),
                      shard.file);
    }
    auto reading = torch::makeReading(m_out, m_out.parts().shards.front().file, m_job);
    // Large models have more than any other pickle may hold; what does not even begin like one gets no more than others.
    std::array<std::byte, 64> head{};
    const auto begin = std::span(head).first(static_cast<std::size_t>(std::min<std::uint64_t>(head.size(), metadata.size())));
    const auto source = ByteSource::ofFile(metadata, {0, metadata.size()});
    std::uint64_t opcodes = 0;
    if (source.read(0, begin) && asText(begin).find("torch.distributed.") != std::string_view::npos) {
        reading.budget = MemoryBudget(std::max(pickle::limits().memory, GraphMemory * metadata.size()));
        opcodes = metadata.size();
    }
    auto parsed = pickle::parse(source, 0, reading.budget, m_job, opcodes);
    torch::reportPickle(parsed, source, std::string(MetadataName), reading);
    if (parsed.stopped) {
        return inFile(*parsed.stopped, std::string(MetadataName), parsed.stopped->offset);
    }
    torch::reportRest(source, parsed.end, std::string(MetadataName), reading);
    auto read = readMetadata(parsed.graph, parsed.root);
    if (!read) {
        return inFile(fail(Code::DcpMetadata, {"it does not describe a checkpoint"}), std::string(MetadataName));
    }
    m_metadata = *std::move(read);
    return {};
}

void Folder::openFiles()
{
    std::set<std::string> names;
    std::map<std::string, std::uint64_t> items;
    for (const auto& item : m_metadata.items) {
        if (isPlainFileName(item.file)) {
            names.insert(item.file);
        }
        ++items[item.file];
    }
    for (const auto& [name, count] : items) {
        if (!names.contains(name)) {
            m_out.problem(Code::DcpUnsafePath, {name, std::to_string(count)}, std::string(MetadataName));
        }
    }
    std::set<std::uint64_t> ranks;
    const auto addRank = [&ranks](const std::string& name) { // __RANK_N.distcp
        std::uint64_t rank = 0;
        if (name.starts_with("__")) {
            const auto [end, error] = std::from_chars(name.data() + 2, name.data() + name.size(), rank);
            if (error == std::errc() && *end == '_') {
                ranks.insert(rank);
            }
        }
    };
    for (const auto& entry : m_source.entries) {
        if (entry.folder || !entry.name.ends_with(".distcp") || names.contains(entry.name)) {
            continue;
        }
        if (entry.regular && entry.bytes == 0) {
            addRank(entry.name); // so torch writes it where a rank has nothing to say
        } else {
            m_out.problem(Code::DcpStray, {}, entry.name);
        }
    }
    for (const auto& name : names) {
        const auto shard = static_cast<std::uint32_t>(m_out.parts().shards.size());
        m_shardOf.emplace(name, shard);
        auto& added = m_out.parts().shards.emplace_back();
        added.file = name;
        added.path = pathOf(name);
        m_files.emplace_back();
        openOne(shard);
        if (m_out.parts().shards[shard].state != Shard::State::Ok) {
            m_lost[shard] = items[name];
            m_out.problem(Code::DcpMissingFile, {std::to_string(items[name])}, name);
        }
        addRank(name);
    }
    if (!ranks.empty() && *ranks.rbegin() + 1 > ranks.size()) {
        m_out.problem(Code::DcpRanks, {std::to_string(*ranks.rbegin() + 1 - ranks.size()), std::to_string(*ranks.rbegin() + 1)},
                      std::string(MetadataName));
    }
}

void Folder::openOne(std::uint32_t index)
{
    auto& shard = m_out.parts().shards[index];
    const auto entry = std::lower_bound(m_source.entries.begin(), m_source.entries.end(), shard.file,
                                        [](const FolderEntry& a, const std::string& name) { return a.name < name; });
    if (entry == m_source.entries.end() || entry->name != shard.file || entry->dangling) {
        shard.state = Shard::State::Missing;
        return;
    }
    if (entry->outside && !m_options.followOutside) {
        m_out.problem(Code::LinkOutside, {}, shard.file);
        shard.state = Shard::State::Unreadable;
        return;
    }
    auto file = File::open(shard.path, shard.file);
    if (!file) {
        m_out.problem(file.error());
        shard.state = file.error().code == Code::FileNotFound ? Shard::State::Missing : Shard::State::Unreadable;
        return;
    }
    shard.bytes = file->size();
    shard.identity = file->identity();
    m_files[index] = *std::move(file);
}

void Folder::readBlob(const Task& task, Blob& out, Located& located) const
{
    const auto& item = m_metadata.items[task.item];
    const auto shard = m_shardOf.find(item.file);
    if (shard == m_shardOf.end() || !m_files[shard->second].isOpen()) {
        return; // told once, for the file
    }
    const auto& file = m_files[shard->second];
    if (item.offset > file.size() || item.length > file.size() - item.offset) {
        out.error = inFile(fail(Code::DcpBeyond, {std::to_string(item.length)}), item.file, item.offset);
    } else if (!item.transforms.empty()) {
        out.error = inFile(fail(Code::DcpTransform, {item.transforms}), item.file, item.offset);
    } else {
        CheckpointBuilder builder;
        auto reading = torch::makeReading(builder, item.file, m_job);
        reading.shard = shard->second;
        const auto source = ByteSource::ofFileEdges(file, {item.offset, item.length}, EdgeBytes);
        std::array<std::byte, 16> head{};
        const auto known = std::span(head).first(static_cast<std::size_t>(std::min<std::uint64_t>(head.size(), source.size())));
        Result<void> read = source.read(0, known);
        if (read) {
            const auto prefix = task.object == nullptr ? std::string() : *task.object;
            if (startsLikeZip(known)) {
                if (task.object == nullptr) {
                    reading.sumsChecked = SumsChecked;
                }
                read = torch::readTorchZip(source, prefix, "chunk", reading);
            } else if (torch::startsLikeLegacy(known)) {
                read = torch::readTorchLegacy(source, prefix.empty() ? "chunk" : prefix, reading);
            } else {
                read = inFile(fail(Code::DcpBlob, {"it is not a torch.save archive"}), item.file, item.offset);
            }
        }
        out.parts = builder.finish();
        if (!read) {
            out.error = read.error();
        }
    }
    if (task.record != nullptr) {
        located = locate(task, out);
        out.parts.tensors.clear();
        out.parts.storage.clear(); // its names and shapes: thousands of these would be held at once
    }
}

/// Where a chunk's elements are, and whether they are what the metadata says.
Located Folder::locate(const Task& task, const Blob& blob) const
{
    const auto& record = *task.record;
    const auto& box = record.chunks[task.chunk];
    const auto& file = m_metadata.items[task.item].file;
    Located found;
    found.record = task.record;
    found.chunk = task.chunk;
    const auto broken = [&](std::string why) {
        found.broken = "has a chunk in " + file + why;
        return found;
    };
    if (blob.error) {
        found.told = true;
        return broken(" that cannot be read");
    }
    const auto& tensors = blob.parts.tensors;
    if (tensors.size() != 1 || tensors.front().key != "chunk") {
        return broken(" that is not a tensor");
    }
    const auto& stored = tensors.front();
    if (!stored.readable()) {
        return broken(" that cannot be read" + (stored.extra != nullptr ? ": " + stored.extra->unreadable : std::string()));
    }
    auto shape = std::vector<std::uint64_t>(stored.shape.begin(), stored.shape.end());
    if (stored.dtype == DType::F4 && !shape.empty()) {
        shape.back() /= 2;
    }
    if (shape != box.shape) {
        return broken(" of another shape than the metadata says");
    }
    const auto wanted = record.element.dtype == DType::Unknown ? std::string_view(record.element.spelling) : dtypeName(record.element.dtype);
    if (stored.dtype != record.element.dtype || stored.dtypeText() != wanted) {
        return broken(" of dtype " + std::string(stored.dtypeText()) + ", but the metadata says " + std::string(wanted));
    }
    found.bytes = stored.bytes;
    if (stored.extra != nullptr && stored.extra->layout) {
        const auto* strided = std::get_if<Strided>(&*stored.extra->layout);
        if (strided == nullptr) {
            return broken(" that is compressed");
        }
        const auto skip = strided->offset * record.element.bytes; // inside the storage, as addTensor() checked
        found.bytes = {strided->storage.offset + skip, strided->storage.length - skip};
        found.strides = strided->strides;
    }
    if (stored.extra != nullptr && (stored.extra->bigEndian || stored.extra->conjugated || stored.extra->negated)) {
        return broken(" that is big-endian or a conjugated view");
    }
    return found;
}

/// Moves what an item's archive said, apart from its tensors, to the whole.
void Folder::takeBlob(Blob& blob, const Task& task)
{
    for (auto& global : blob.parts.globals) {
        m_out.global(std::move(global));
    }
    for (auto& problem : blob.parts.problems) {
        problem.tensor.reset();
    }
    m_out.problems(std::move(blob.parts.problems));
    if (blob.error) {
        m_out.problem(*blob.error);
    }
    if (task.object == nullptr) {
        return;
    }
    const auto shard = m_shardOf.find(m_metadata.items[task.item].file);
    for (auto& entry : blob.parts.metadata) {
        m_out.metadata(std::move(entry.key), std::move(entry.value), "pickle", shard == m_shardOf.end() ? 0 : shard->second);
    }
    for (const auto& tensor : blob.parts.tensors) {
        auto& copy = m_out.tensor(tensor.key, {tensor.shape.begin(), tensor.shape.end()}, tensor.dtype, tensor.shard);
        copy.bytes = tensor.bytes;
        copy.damaged = tensor.damaged;
        if (tensor.extra != nullptr) {
            m_out.extra(copy) = *tensor.extra;
        }
    }
}

/// Every item that something asks for, in file order: neighbours share pages, and every worker reads forwards.
std::vector<Folder::Task> Folder::tasks()
{
    std::vector<Task> tasks;
    const auto ask = [&](std::uint32_t item, const std::string* object, const TensorRecord* record, std::size_t chunk) {
        if (m_metadata.items[item].task == Item::NoTask) {
            m_metadata.items[item].task = 0; // its number is known after sorting
            tasks.push_back({item, object, record, chunk});
        }
    };
    for (const auto& record : m_metadata.tensors) {
        for (std::size_t i = 0; i < record.chunks.size(); ++i) {
            if (const auto item = itemOf(record.name, &record.chunks[i].start); item != UINT32_MAX) {
                ask(item, nullptr, &record, i);
            }
        }
    }
    for (const auto& name : m_metadata.objects) {
        if (const auto item = itemOf(name, nullptr); item != UINT32_MAX) {
            ask(item, &name, nullptr, 0);
        } else {
            m_out.problem(Code::DcpNoPlace, {name}, std::string(MetadataName));
        }
    }
    std::sort(tasks.begin(), tasks.end(), [this](const Task& a, const Task& b) {
        const auto& x = m_metadata.items[a.item];
        const auto& y = m_metadata.items[b.item];
        return std::tie(x.file, x.offset, a.item) < std::tie(y.file, y.offset, b.item);
    });
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        m_metadata.items[tasks[i].item].task = static_cast<std::uint32_t>(i);
    }
    return tasks;
}

void Folder::readBlobs()
{
    const auto all = tasks();
    m_located.resize(all.size());
    std::vector<Blob> found;
    for (std::size_t begin = 0; begin < all.size() && !m_job.stop.stop_requested(); begin += Round) {
        const auto end = std::min(begin + Round, all.size());
        found.clear();
        found.resize(end - begin);
        std::atomic<std::size_t> next{begin};
        constexpr std::size_t Batch = 16;
        const auto work = [&] {
            for (auto from = next.fetch_add(Batch); from < end; from = next.fetch_add(Batch)) {
                for (auto i = from; i < std::min(from + Batch, end) && !m_job.stop.stop_requested(); ++i) {
                    readBlob(all[i], found[i - begin], m_located[i]);
                }
            }
        };
        {
            const std::size_t wanted = m_job.threads != 0 ? m_job.threads : std::max(1U, std::thread::hardware_concurrency());
            std::vector<std::jthread> helpers;
            for (std::size_t i = 1; i < std::min(wanted, (end - begin) / (2 * Batch)); ++i) {
                helpers.emplace_back(work);
            }
            work();
        }
        for (std::size_t i = begin; i < end; ++i) {
            takeBlob(found[i - begin], all[i]);
        }
        m_job.progress(Phase::Headers, end, all.size());
    }
    for (const auto& record : m_metadata.tensors) {
        addTensor(record);
    }
}

/// Locates one chunk; the reason where it can't be. `told`: a problem of its own says so already.
std::string Folder::place(const TensorRecord& record, std::size_t chunk, Piece& piece, bool& told) const
{
    const auto item = itemOf(record.name, &record.chunks[chunk].start);
    if (item == UINT32_MAX) {
        return "has a chunk that no file holds";
    }
    const auto& where = m_metadata.items[item];
    const auto shard = m_shardOf.find(where.file);
    if (shard == m_shardOf.end() || m_lost.contains(shard->second)) {
        told = true;
        return "lies in the file " + where.file + ", which is not there";
    }
    const auto& found = m_located[where.task];
    if (found.record != &record || found.chunk != chunk) {
        return "has a chunk whose bytes are also another one's"; // its shape was compared with that one's
    }
    if (!found.broken.empty()) {
        told = found.told;
        return found.broken;
    }
    piece = {shard->second, found.bytes, found.strides.empty() ? rowMajor(record.chunks[chunk].shape) : found.strides};
    return {};
}

void Folder::addTensor(const TensorRecord& record)
{
    std::string broken = record.broken;
    bool told = false;
    std::vector<Piece> pieces(record.chunks.size());
    if (broken.empty() && elementCount(record.shape)) {
        for (std::size_t i = 0; i < record.chunks.size() && broken.empty(); ++i) {
            const auto& box = record.chunks[i].shape;
            // Ranks and bounds are checked with the others; an empty piece needs no bytes.
            if (box.size() == record.shape.size() && std::find(box.begin(), box.end(), 0U) == box.end()
                && coverage(record.shape, {record.chunks[i]}).broken.empty()) {
                broken = place(record, i, pieces[i], told);
            }
        }
    }
    const auto index = addAssembled(m_out, record.name, record.element, record.shape, record.chunks, pieces, broken, std::string(MetadataName));
    if (!broken.empty()) {
        m_out.parts().tensors[index].damaged = true;
        if (!told) {
            m_out.problem(Code::DcpTensor, {record.name, broken}, std::string(MetadataName), std::nullopt, index);
        }
    }
}

void Folder::reportItems()
{
    std::uint64_t unused = 0;
    std::vector<std::uint32_t> order(m_metadata.items.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) {
        order[i] = i;
        unused += m_metadata.items[i].task == Item::NoTask ? 1 : 0;
    }
    if (unused > 0 || m_metadata.oddEntries > 0) {
        m_out.problem(Code::DcpUnasked, {std::to_string(unused + m_metadata.oddEntries)}, std::string(MetadataName));
    }
    std::sort(order.begin(), order.end(), [this](auto a, auto b) {
        return std::tie(m_metadata.items[a].file, m_metadata.items[a].offset) < std::tie(m_metadata.items[b].file, m_metadata.items[b].offset);
    });
    std::map<std::string, std::uint64_t> ends;
    for (const auto i : order) {
        const auto& item = m_metadata.items[i];
        auto& end = ends[item.file];
        if (item.offset < end) {
            m_out.problem(Code::DcpSharedBytes, {}, item.file, item.offset);
        }
        end = std::max(end, item.offset + std::min(item.length, UINT64_MAX - item.offset));
    }
    for (const auto& [name, shard] : m_shardOf) {
        if (m_files[shard].isOpen() && m_files[shard].size() > ends[name]) {
            m_out.problem(Code::DcpTrailing, {std::to_string(m_files[shard].size() - ends[name])}, name, ends[name]);
        }
    }
    if (!m_metadata.writtenTo.empty()) {
        m_out.problem(Code::DcpPathTold, {m_metadata.writtenTo}, std::string(MetadataName));
    }
}

Result<CheckpointParts> Folder::read()
{
    m_out.parts().format = "dcp";
    m_out.parts().isFolder = true;
    m_out.parts().folder = m_source.path;
    const auto has = [&](auto test) { return std::any_of(m_source.entries.begin(), m_source.entries.end(), test); };
    if (!has([](const FolderEntry& e) { return e.name == MetadataName; })) {
        const bool ranks = has([](const FolderEntry& e) { return e.name.starts_with("__") && e.name.ends_with(".metadata"); });
        return inFile(fail(ranks ? Code::DcpRankMetadata : Code::DcpNoMetadata), m_source.name);
    }
    if (auto read = readMetadataFile(); !read) {
        auto parts = m_out.finish();
        if (parts.globals.empty() || read.error().code == Code::Cancelled) {
            return read.error();
        }
        // The names that it would import are told, whatever else is broken.
        const auto same = [&](const Problem& p) { return p.what.code == read.error().code; };
        if (std::none_of(parts.problems.begin(), parts.problems.end(), same)) {
            parts.problems.push_back({Severity::Error, read.error(), std::nullopt});
        }
        return parts;
    }
    openFiles();
    readBlobs();
    if (m_job.stop.stop_requested()) {
        return fail(Code::Cancelled);
    }
    reportItems();
    return m_out.finish();
}

} // namespace

} // namespace dcp

bool DcpReader::recognises(const Source& source) const noexcept
{
    if (!source.isFolder) {
        return source.hasExtension(".distcp") || source.hasExtension("/.metadata") || source.name == ".metadata";
    }
    return std::any_of(source.entries.begin(), source.entries.end(), [](const FolderEntry& entry) {
        return !entry.folder && (entry.name == ".metadata" || entry.name.ends_with(".distcp") || dcp::huggingFaceRank(entry.name));
    });
}

Result<CheckpointParts> DcpReader::open(const Source& source, const OpenOptions& options, const JobContext& job) const
{
    if (!source.isFolder) {
        return inFile(fail(Code::DcpPart), source.name);
    }
    const bool own = std::any_of(source.entries.begin(), source.entries.end(),
                                 [](const FolderEntry& e) { return e.name == ".metadata" || e.name.ends_with(".distcp"); });
    return own ? dcp::Folder(source, options, job).read() : dcp::openHuggingFace(source, options, job);
}

const FormatReader& dcpReader() noexcept
{
    static const DcpReader reader;
    return reader;
}

} // namespace ckptscope
