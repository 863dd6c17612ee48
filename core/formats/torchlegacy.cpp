// SPDX-License-Identifier: Apache-2.0
// Legacy torch files: pickles one after the other, then the storages; pytorch/pytorch torch/serialization.py
// `_legacy_load`.
#include "core/formats/torchobject.h"

#include <algorithm>
#include <array>

namespace ckptscope::torch {

using pickle::Kind;

namespace {

/// 0x1950A86A20F9469CFC6C as LONG1 of ten bytes.
constexpr std::string_view Magic{"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 12};
constexpr std::string_view MagicText = "0x1950a86a20f9469cfc6c";

class LegacyFile {
public:
    LegacyFile(const ByteSource& source, Reading& reading, int depth)
        : m_source(source)
        , m_reading(reading)
        , m_depth(depth)
    {
    }
    Result<void> read(const std::string& bare);
    std::optional<EmbeddedStorage> readOne(bool& clean);

private:
    /// The next pickle of the stream; nullopt: it breaks off, which is reported.
    std::optional<pickle::Parsed> next(const std::string& what, EmbeddedStorages* embedded = nullptr);
    bool readHead();
    void findStorages(const pickle::Parsed& object);
    void readStorages(const pickle::Parsed& keys);
    void problem(Code code, std::vector<std::string> args, std::uint64_t at)
    {
        m_reading.out.problem(code, std::move(args), m_reading.file, m_source.fileOffset(at));
    }

    const ByteSource& m_source;
    Reading& m_reading;
    int m_depth;
    std::uint64_t m_at = 0;
    bool m_clean = true;
    StorageMap m_storages;
    struct Declared {
        std::uint64_t elements = 0;
        std::uint32_t bytes = 0; ///< of an element
    };
    std::unordered_map<std::string, Declared> m_declared;
    std::uint64_t m_classes = 0; ///< ("module", class, file, source text)
};

std::optional<pickle::Parsed> LegacyFile::next(const std::string& what, EmbeddedStorages* embedded)
{
    auto parsed = pickle::parse(m_source, m_at, m_reading.budget, m_reading.job);
    m_clean = reportPickle(parsed, m_source, what, m_reading, m_depth, embedded) && m_clean;
    m_at = parsed.end;
    if (parsed.stopped) {
        return std::nullopt;
    }
    return parsed;
}

bool LegacyFile::readHead()
{
    const auto magic = next("magic number");
    if (!magic) {
        return false;
    }
    if (magic->graph.kind(magic->root) != Kind::BigInt || magic->graph.text(magic->root) != MagicText) {
        problem(Code::TorchLegacy, {"its magic number is another one"}, 0);
        return false;
    }
    const auto versionAt = m_at;
    const auto version = next("protocol version");
    if (!version) {
        return false;
    }
    if (version->graph.kind(version->root) != Kind::Int || version->graph.integer(version->root) != 1001) {
        problem(Code::TorchLegacy, {"its protocol version is not 1001"}, versionAt);
        return false;
    }
    const auto infoAt = m_at;
    const auto info = next("system info");
    if (info && info->graph.kind(info->root) != Kind::Dict) {
        problem(Code::TorchLegacy, {"its system info is not a dictionary"}, infoAt);
    }
    return info.has_value();
}

/// The element type of each key stands only in the object's persistent ids.
void LegacyFile::findStorages(const pickle::Parsed& object)
{
    const auto& graph = object.graph;
    for (NodeId id = 0; id < graph.size(); ++id) {
        if (graph.kind(id) != Kind::Persistent) {
            continue;
        }
        if (const auto storage = readStorage(graph, id)) {
            const auto [at, added] = m_declared.try_emplace(std::string(storage->key), Declared{storage->elements, storage->element.bytes});
            if (!added && (at->second.elements != storage->elements || at->second.bytes != storage->element.bytes)) {
                problem(Code::TorchStorageTypes, {std::string(storage->key)}, graph.node(id).b);
            }
        } else if (graph.isText(graph.item(graph.persistentId(id), 0), "module")) {
            ++m_classes;
        }
    }
}

void LegacyFile::readStorages(const pickle::Parsed& keys)
{
    const auto& graph = keys.graph;
    Graph::Cursor cursor(graph, graph.items(keys.root));
    NodeId item = NoNode;
    bool lost = false; // from here on nothing can be located
    ByteWindow window(m_source, 4096);
    std::uint64_t n = 0;
    while (cursor.next(item)) {
        if ((n++ & 0xFFFU) == 0 && m_reading.job.stop.stop_requested()) {
            return;
        }
        if (graph.kind(item) != Kind::Text) {
            problem(Code::TorchLegacy, {"its list of storages holds something else than text"}, m_at);
            return;
        }
        const std::string key(graph.text(item));
        StoragePlace place;
        const auto declared = m_declared.find(key);
        if (!lost && declared == m_declared.end()) {
            problem(Code::TorchLegacy, {"its list of storages names " + key + ", whose type nothing tells; what follows cannot be located"}, m_at);
            lost = true;
        }
        const auto count = lost ? std::span<const std::byte>() : window.view(m_at, 8);
        if (!lost && count.size() < 8) {
            problem(Code::TorchTruncated, {}, m_source.size());
            lost = true;
        }
        if (lost) {
            place.missing = m_at >= m_source.size() || count.empty() ? "the file ends before it, or cannot be followed up to it"
                                                                     : "the file cannot be followed up to it";
            place.whole = false;
        } else {
            const auto elements = le64(count.data());
            if (elements != declared->second.elements) {
                problem(Code::TorchLegacy,
                        {"storage " + key + " has " + std::to_string(elements) + " elements, but " + std::to_string(declared->second.elements)
                         + " are declared"},
                        m_at);
            }
            m_at += 8;
            const auto left = m_source.size() - m_at;
            std::uint64_t bytes = 0;
            if (__builtin_mul_overflow(elements, std::uint64_t{declared->second.bytes}, &bytes) || bytes > left) {
                problem(Code::TorchTruncated, {}, m_source.size());
                bytes = left;
                lost = true;
            }
            place.bytes = {m_source.fileOffset(m_at), bytes};
            place.unpacked = bytes;
            if (!m_source.stored()) {
                place.missing = NestedInText;
                place.skip = m_at;
            }
            m_at += bytes;
        }
        m_storages.places.emplace(key, std::move(place));
    }
}

Result<void> LegacyFile::read(const std::string& bare)
{
    if (!readHead()) {
        return {};
    }
    EmbeddedStorages embedded;
    const auto objectAt = m_at;
    const auto object = next("the object", &embedded);
    if (!object) {
        return {};
    }
    findStorages(*object);
    if (m_classes > 0) {
        problem(Code::TorchSourceCode, {std::to_string(m_classes)}, objectAt);
    }
    if (const auto keys = next("the list of storages")) {
        readStorages(*keys);
        if (m_at < m_source.size()) {
            reportRest(m_source, m_at, "the file", m_reading);
        }
    }
    listObject(*object, m_source, object->root, {}, bare, m_storages, embedded, m_reading);
    return {};
}

std::optional<EmbeddedStorage> LegacyFile::readOne(bool& clean)
{
    std::optional<EmbeddedStorage> found;
    if (readHead()) {
        if (const auto object = next("the object")) {
            findStorages(*object);
            if (const auto keys = next("the list of storages")) {
                readStorages(*keys);
                const auto storage = readStorage(object->graph, object->root);
                if (const auto place = storage ? m_storages.places.find(std::string(storage->key)) : m_storages.places.end();
                    place != m_storages.places.end()) {
                    found = EmbeddedStorage{storage->element, storage->elements, place->second};
                }
                if (m_at < m_source.size()) { // torch reads no further; other loaders of streams would
                    m_clean = scanPickles(m_source, m_at, "bytes", m_reading, m_depth) && m_clean;
                }
            } else {
                m_clean = false;
            }
        } else {
            m_clean = false;
        }
    } else {
        m_clean = false;
    }
    clean = m_clean;
    return found;
}

} // namespace

bool startsLikeLegacy(std::span<const std::byte> head) noexcept
{
    const auto text = asText(head);
    if (text.size() < 14 || text[0] != '\x80') {
        return false;
    }
    // At protocol 4 and later a FRAME of nine bytes stands between.
    const auto skip = text[2] == '\x95' ? 11U : 2U;
    return text.substr(std::min<std::size_t>(skip, text.size())).starts_with(Magic);
}

Result<void> readTorchLegacy(const ByteSource& source, const std::string& bare, Reading& reading)
{
    return LegacyFile(source, reading, 0).read(bare);
}

std::optional<EmbeddedStorage> readEmbeddedLegacy(const ByteSource& source, Reading& reading, int depth, bool& clean)
{
    return LegacyFile(source, reading, depth).readOne(clean);
}

} // namespace ckptscope::torch
