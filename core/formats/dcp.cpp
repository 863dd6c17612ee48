// SPDX-License-Identifier: Apache-2.0
#include "core/formats/dcp.h"

#include "core/formats/shardset.h"
#include "core/formats/torchobject.h"
#include "core/formats/zip.h"

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
constexpr std::uint64_t MetadataBytes = 1ULL << 30U; ///< cap on .metadata

std::vector<std::uint64_t> rowMajor(const std::vector<std::uint64_t>& shape)
{
    std::vector<std::uint64_t> strides(shape.size());
    std::uint64_t step = 1;
    for (std::size_t d = shape.size(); d-- > 0;) {
        strides[d] = step;
        step *= std::max<std::uint64_t>(shape[d], 1); // the box lies in a tensor whose volume was checked
    }
    return strides;
}

bool isDense(const std::vector<std::uint64_t>& shape, const std::vector<std::uint64_t>& strides)
{
    const auto dense = rowMajor(shape);
    for (std::size_t d = 0; d < shape.size(); ++d) {
        if (shape[d] != 1 && strides[d] != dense[d]) {
            return false;
        }
    }
    return true;
}

/// What one item's archive held.
struct Blob {
    CheckpointParts parts;
    std::optional<Error> error;
    bool read = false;
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
        const std::string* object = nullptr; ///< name of a byte item; null: a tensor's chunk
    };

    Result<void> readMetadataFile();
    void openFiles();
    void openOne(std::uint32_t shard);
    void readBlobs();
    void readBlob(const Task& task, Blob& out) const;
    void takeBlob(Blob& blob, std::uint32_t item, const std::string* object);
    void addTensor(const TensorRecord& record, std::map<std::uint32_t, Blob>& blobs);
    std::string place(const TensorRecord& record, std::size_t chunk, std::map<std::uint32_t, Blob>& blobs, Piece& piece, bool& told);
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
};

Result<void> Folder::readMetadataFile()
{
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
        return inFile(fail(Code::LimitExceeded, {"the size of .metadata", std::to_string(metadata.size()), std::to_string(MetadataBytes)}), shard.file);
    }
    auto reading = torch::makeReading(m_out, m_out.parts().shards.front().file, m_job);
    // About four bytes of memory a byte of file is what real ones need; large models have hundreds of MB.
    reading.budget = MemoryBudget(std::max(pickle::limits().memory, 6 * metadata.size()));
    const auto source = ByteSource::ofFile(metadata, {0, metadata.size()});
    auto parsed = pickle::parse(source, 0, reading.budget, m_job);
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
        m_out.problem(Code::DcpRanks, {std::to_string(*ranks.rbegin() + 1 - ranks.size()), std::to_string(*ranks.rbegin() + 1)}, std::string(MetadataName));
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

void Folder::readBlob(const Task& task, Blob& out) const
{
    const auto& item = m_metadata.items[task.item];
    const auto shard = m_shardOf.find(item.file);
    if (shard == m_shardOf.end() || !m_files[shard->second].isOpen()) {
        return; // told once, for the file
    }
    out.read = true;
    const auto& file = m_files[shard->second];
    if (item.offset > file.size() || item.length > file.size() - item.offset) {
        out.error = inFile(fail(Code::DcpBeyond, {std::to_string(item.length)}), item.file, item.offset);
        return;
    }
    if (!item.transforms.empty()) {
        out.error = inFile(fail(Code::DcpTransform, {item.transforms}), item.file, item.offset);
        return;
    }
    CheckpointBuilder builder;
    auto reading = torch::makeReading(builder, item.file, m_job);
    reading.shard = shard->second;
    const auto source = ByteSource::ofFile(file, {item.offset, item.length});
    std::array<std::byte, 16> head {};
    const auto known = std::span(head).first(static_cast<std::size_t>(std::min<std::uint64_t>(head.size(), source.size())));
    Result<void> read = source.read(0, known);
    if (read) {
        const auto prefix = task.object == nullptr ? std::string() : *task.object;
        if (startsLikeZip(known)) {
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

/// Moves what an item's archive said, apart from its tensors, to the whole.
void Folder::takeBlob(Blob& blob, std::uint32_t item, const std::string* object)
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
    if (object == nullptr) {
        return;
    }
    const auto shard = m_shardOf.find(m_metadata.items[item].file);
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

void Folder::readBlobs()
{
    // Items in file order: neighbours share pages, and every worker reads forwards.
    std::vector<Task> tasks;
    std::map<std::uint32_t, const std::string*> objects;
    for (const auto& name : m_metadata.objects) {
        if (const auto item = itemOf(name, nullptr); item != UINT32_MAX) {
            objects.emplace(item, &name);
        } else {
            m_out.problem(Code::DcpNoPlace, {name}, std::string(MetadataName));
        }
    }
    for (const auto& record : m_metadata.tensors) {
        for (const auto& chunk : record.chunks) {
            if (const auto item = itemOf(record.name, &chunk.start); item != UINT32_MAX && !m_metadata.items[item].used) {
                m_metadata.items[item].used = true;
                tasks.push_back({item, nullptr});
            }
        }
    }
    for (const auto& [item, name] : objects) {
        if (!m_metadata.items[item].used) {
            m_metadata.items[item].used = true;
            tasks.push_back({item, name});
        }
    }
    std::sort(tasks.begin(), tasks.end(), [this](const Task& a, const Task& b) {
        const auto& x = m_metadata.items[a.item];
        const auto& y = m_metadata.items[b.item];
        return std::tie(x.file, x.offset) < std::tie(y.file, y.offset);
    });
    std::vector<Blob> found(tasks.size());
    std::atomic<std::size_t> next {0};
    std::atomic<std::size_t> done {0};
    constexpr std::size_t Batch = 16;
    const auto work = [&] {
        for (auto from = next.fetch_add(Batch); from < tasks.size(); from = next.fetch_add(Batch)) {
            for (auto i = from; i < std::min(from + Batch, tasks.size()) && !m_job.stop.stop_requested(); ++i) {
                readBlob(tasks[i], found[i]);
            }
            done += Batch;
            m_job.progress(Phase::Headers, std::min<std::size_t>(done, tasks.size()), tasks.size());
        }
    };
    {
        const std::size_t wanted = m_job.threads != 0 ? m_job.threads : std::max(1U, std::thread::hardware_concurrency());
        std::vector<std::jthread> helpers;
        for (std::size_t i = 1; i < std::min(wanted, tasks.size() / (2 * Batch)); ++i) {
            helpers.emplace_back(work);
        }
        work();
    }
    std::map<std::uint32_t, Blob> blobs;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        takeBlob(found[i], tasks[i].item, tasks[i].object);
        if (tasks[i].object == nullptr) {
            blobs.emplace(tasks[i].item, std::move(found[i]));
        }
    }
    for (const auto& record : m_metadata.tensors) {
        addTensor(record, blobs);
    }
}

/// Locates one chunk; the reason where it can't be. `told`: a problem of its own says so already.
std::string Folder::place(const TensorRecord& record, std::size_t chunk, std::map<std::uint32_t, Blob>& blobs, Piece& piece, bool& told)
{
    const auto& box = record.chunks[chunk];
    const auto item = itemOf(record.name, &box.start);
    if (item == UINT32_MAX) {
        return "has a chunk that no file holds";
    }
    const auto& where = m_metadata.items[item];
    const auto shard = m_shardOf.find(where.file);
    if (shard == m_shardOf.end() || m_lost.contains(shard->second)) {
        told = true;
        return "lies in the file " + where.file + ", which is not there";
    }
    piece.shard = shard->second;
    const auto found = blobs.find(item);
    if (found == blobs.end() || !found->second.read || found->second.error) {
        told = true;
        return "has a chunk in " + where.file + " that cannot be read";
    }
    const auto& tensors = found->second.parts.tensors;
    if (tensors.size() != 1 || tensors.front().key != "chunk") {
        return "has a chunk in " + where.file + " that is not a tensor";
    }
    const auto& stored = tensors.front();
    if (!stored.readable()) {
        return "has a chunk in " + where.file + " that cannot be read" + (stored.extra != nullptr ? ": " + stored.extra->unreadable : "");
    }
    auto shape = std::vector<std::uint64_t>(stored.shape.begin(), stored.shape.end());
    if (stored.dtype == DType::F4 && !shape.empty()) {
        shape.back() /= 2;
    }
    if (shape != box.shape) {
        return "has a chunk in " + where.file + " of another shape than the metadata says";
    }
    if (stored.dtype != record.element.dtype || stored.dtypeText() != (record.element.dtype == DType::Unknown ? record.element.spelling : dtypeName(record.element.dtype))) {
        return "has a chunk in " + where.file + " of dtype " + std::string(stored.dtypeText()) + ", but the metadata says "
            + std::string(record.element.dtype == DType::Unknown ? record.element.spelling : dtypeName(record.element.dtype));
    }
    piece.bytes = stored.bytes;
    piece.strides = rowMajor(box.shape);
    if (stored.extra != nullptr && stored.extra->layout) {
        const auto* strided = std::get_if<Strided>(&*stored.extra->layout);
        if (strided == nullptr) {
            return "has a chunk in " + where.file + " that is compressed";
        }
        const auto skip = strided->offset * record.element.bytes; // inside the storage, as addTensor() checked
        piece.bytes = {strided->storage.offset + skip, strided->storage.length - skip};
        piece.strides = strided->strides;
    }
    if (stored.extra != nullptr && (stored.extra->bigEndian || stored.extra->conjugated || stored.extra->negated)) {
        return "has a chunk in " + where.file + " that is big-endian or a conjugated view";
    }
    return {};
}

void Folder::addTensor(const TensorRecord& record, std::map<std::uint32_t, Blob>& blobs)
{
    std::string broken = record.broken;
    bool told = false;
    std::vector<Piece> pieces(record.chunks.size());
    if (broken.empty() && elementCount(record.shape)) {
        for (std::size_t i = 0; i < record.chunks.size() && broken.empty(); ++i) {
            const auto& box = record.chunks[i].shape;
            // Ranks and bounds are checked with the others; an empty piece needs no bytes.
            if (box.size() == record.shape.size() && std::find(box.begin(), box.end(), 0U) == box.end() && coverage(record.shape, {record.chunks[i]}).broken.empty()) {
                broken = place(record, i, blobs, pieces[i], told);
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
        unused += m_metadata.items[i].used ? 0 : 1;
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

std::uint32_t addAssembled(CheckpointBuilder& out, const std::string& name, const torch::ElementType& element, const std::vector<std::uint64_t>& shape,
                           const std::vector<Box>& boxes, const std::vector<Piece>& pieces, const std::string& broken, const std::string& file)
{
    auto shown = shape;
    const bool pairs = element.dtype == DType::F4 && !shown.empty() && !__builtin_mul_overflow(shown.back(), std::uint64_t{2}, &shown.back());
    const auto index = out.tensorCount();
    auto& tensor = out.tensor(name, shown, element.dtype, pieces.empty() ? 0 : pieces.front().shard);
    if (element.dtype == DType::Unknown) {
        out.extra(tensor).spelling = element.spelling.empty() ? "unknown" : element.spelling;
    }
    const auto damaged = [&](std::string why, Code code, std::vector<std::string> args) {
        out.problem(code, std::move(args), file, std::nullopt, index);
        out.unreadable(tensor, std::move(why));
        tensor.damaged = true;
        return index;
    };
    if (shown.size() > limits().rank) {
        return damaged("too many dimensions", Code::DcpTensor, {name, "has " + std::to_string(shown.size()) + " dimensions; at most " + std::to_string(limits().rank) + " are read"});
    }
    const auto held = coverage(shape, boxes);
    if (!held.broken.empty()) {
        return damaged(held.broken, Code::DcpTensor, {name, held.broken});
    }
    if (held.overlaps) {
        return damaged("two of its chunks overlap", Code::DcpOverlap, {name});
    }
    if (held.missing > 0) {
        return damaged(std::to_string(held.missing) + " of its elements are not stored", Code::DcpGap, {name, std::to_string(held.missing)});
    }
    if (!broken.empty()) {
        out.unreadable(tensor, "it " + broken);
        return index;
    }
    const auto elements = elementCount(shape).value_or(0);
    std::uint64_t bytes = 0;
    if (__builtin_mul_overflow(elements, std::uint64_t{element.bytes}, &bytes)) {
        return damaged("too large", Code::DcpTensor, {name, "has more bytes than 64 bits can count"});
    }
    if (elements == 0) {
        return index;
    }
    std::vector<std::size_t> full;
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        if (std::find(boxes[i].shape.begin(), boxes[i].shape.end(), 0U) == boxes[i].shape.end()) {
            full.push_back(i);
        }
    }
    tensor.shard = pieces[full.front()].shard;
    const auto& first = pieces[full.front()];
    if (full.size() == 1 && isDense(shape, first.strides)) {
        tensor.bytes = {first.bytes.offset, bytes};
        return index;
    }
    if (pairs || element.dtype == DType::Unknown) {
        out.unreadable(tensor, "it lies in pieces of a type whose elements are not whole bytes or not known");
        return index;
    }
    tensor.bytes = {0, bytes};
    if (full.size() == 1) {
        out.extra(tensor).layout = Strided {first.bytes, 0, first.strides};
        return index;
    }
    Chunks chunks;
    for (const auto i : full) {
        chunks.chunks.push_back({pieces[i].shard, pieces[i].bytes, boxes[i].start, boxes[i].shape, pieces[i].strides});
    }
    out.extra(tensor).layout = std::move(chunks);
    return index;
}

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

} // namespace ckptscope
