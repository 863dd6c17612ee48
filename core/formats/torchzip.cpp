// SPDX-License-Identifier: Apache-2.0
// torch.save archives and TorchScript archives: pytorch/pytorch torch/serialization.py,
// caffe2/serialize/inline_container.cc.
#include "core/formats/torchobject.h"
#include "core/formats/zip.h"

#include <algorithm>
#include <charconv>

namespace ckptscope::torch {

namespace {

/// Deflated bytes that are unpacked to look for pickles beside data.pkl, together: an archive of many would not be read quickly.
constexpr std::uint64_t OtherPickles = 512ULL << 20U;

class Archive {
public:
    Archive(const ZipArchive& zip, Reading& reading)
        : m_zip(zip)
        , m_reading(reading)
        , m_out(reading.out)
    {
    }
    Result<void> read(const std::string& prefix, const std::string& bare);

private:
    [[nodiscard]] const ZipEntry* record(std::string_view name) const { return m_zip.find(m_folder + std::string(name)); }
    std::string smallText(std::string_view name);
    std::optional<Error> otherKind() const;
    void checkVersion();
    void checkFolders();
    void readScriptClasses();
    bool readScriptModule(const std::string& module, std::string_view code, ScriptTensors& classes);
    void readStorages();
    void scanOthers(const ZipEntry* main);
    void reportStorages();
    void problem(Code code, std::vector<std::string> args, std::optional<std::uint64_t> at = std::nullopt)
    {
        m_out.problem(code, std::move(args), m_reading.file, at);
    }
    [[nodiscard]] std::uint64_t place(std::uint64_t at) const { return m_zip.source().fileOffset(at); }

    const ZipArchive& m_zip;
    Reading& m_reading;
    CheckpointBuilder& m_out;
    std::string m_folder; ///< with its slash
    StorageMap m_storages;
};

std::string Archive::smallText(std::string_view name)
{
    const auto* entry = record(name);
    if (entry == nullptr || entry->bytes > 4096) {
        return {};
    }
    std::vector<Problem> problems;
    const auto bytes = m_zip.unpack(*entry, m_reading.file, problems);
    return bytes ? std::string(asText(**bytes)) : std::string();
}

/// Archives of torch's that hold no data.pkl; named, so that the user knows what to do.
std::optional<Error> Archive::otherKind() const
{
    const auto named = [&](std::string_view end) {
        return std::any_of(m_zip.entries().begin(), m_zip.entries().end(), [end](const ZipEntry& entry) { return entry.name.ends_with(end); });
    };
    if (named("/models/model.json") || named("/archive_format") || named("/data/weights/weight_0") || named("serialized_exported_program.json")) {
        return inFile(fail(Code::FormatNamed, {"a torch.export archive (.pt2)"}), m_reading.file);
    }
    if (named("/model.json")) {
        return inFile(fail(Code::FormatNamed, {"a TorchScript archive of PyTorch 1.0 or 1.1"}), m_reading.file);
    }
    if (named("/.data/extern_modules")) {
        return inFile(fail(Code::FormatNamed, {"a torch.package archive"}), m_reading.file);
    }
    return std::nullopt;
}

void Archive::checkVersion()
{
    const auto* entry = record(".data/version");
    const std::string_view name = entry != nullptr ? ".data/version" : "version";
    const auto text = smallText(name);
    std::uint64_t version = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
    if (error != std::errc() || end == text.data()) {
        problem(Code::TorchVersion, {record(name) == nullptr ? "is missing" : "is not a number"});
    } else if (version < 1 || version > 10) {
        problem(Code::TorchVersion, {"is " + std::to_string(version) + "; PyTorch reads 1 to 10"});
    }
    const auto order = smallText("byteorder");
    m_storages.bigEndian = order == "big";
    if (!order.empty() && order != "big" && order != "little") {
        problem(Code::TorchByteOrderRecord, {order});
    }
}

void Archive::checkFolders()
{
    for (const auto& entry : m_zip.entries()) {
        if (!entry.name.starts_with(m_folder)) {
            problem(Code::TorchFolders, {entry.name, m_folder.empty() ? "" : m_folder.substr(0, m_folder.size() - 1)}, place(entry.header));
            return;
        }
    }
}

/// The names of parameters and buffers, from lines such as `__parameters__ = ["weight", "bias", ]` in a TorchScript
/// archive's code, which is only searched.
void Archive::readScriptClasses()
{
    constexpr std::uint64_t Cap = 16ULL << 20U; ///< bytes of code in sum
    const auto folder = m_folder + "code/";
    auto classes = std::make_shared<ScriptTensors>();
    std::uint64_t left = Cap;
    for (const auto& entry : m_zip.entries()) {
        if (!entry.name.starts_with(folder) || !entry.name.ends_with(".py") || entry.broken || entry.shared || entry.bytes > left) {
            continue;
        }
        left -= entry.bytes;
        std::vector<Problem> found;
        const auto bytes = m_zip.unpack(entry, m_reading.file, found);
        m_out.problems(std::move(found));
        auto module = entry.name.substr(folder.size(), entry.name.size() - folder.size() - 3);
        std::replace(module.begin(), module.end(), '/', '.');
        if (!bytes || !readScriptModule(module, asText(**bytes), *classes)) {
            return; // what is known in part only would hide tensors
        }
    }
    m_reading.scriptTensors = std::move(classes);
}

/// False where there is no memory for it.
bool Archive::readScriptModule(const std::string& module, std::string_view code, ScriptTensors& classes)
{
    std::set<std::string, std::less<>>* names = nullptr;
    while (!code.empty()) {
        const auto end = code.find('\n');
        auto line = code.substr(0, end);
        code.remove_prefix(end == std::string_view::npos ? code.size() : end + 1);
        if (line.starts_with("class ")) {
            const auto name = line.substr(6, line.find_first_of("(:") - 6);
            if (!m_reading.budget.take(160 + module.size() + name.size())) {
                return false;
            }
            names = &classes[module + "." + std::string(name)];
        } else if (names != nullptr && (line.starts_with("  __parameters__ = [") || line.starts_with("  __buffers__ = ["))) {
            for (auto quote = line.find('"'); quote != std::string_view::npos; quote = line.find('"')) {
                line.remove_prefix(quote + 1);
                const auto close = line.find('"');
                if (close == std::string_view::npos) {
                    break;
                }
                if (!m_reading.budget.take(96 + close)) {
                    return false;
                }
                names->emplace(line.substr(0, close));
                line.remove_prefix(close + 1);
            }
        }
    }
    return true;
}

void Archive::readStorages()
{
    const auto folder = m_folder + "data/";
    for (const auto& entry : m_zip.entries()) {
        if (!entry.name.starts_with(folder) || entry.name.size() == folder.size()) {
            continue;
        }
        StoragePlace storage;
        storage.bytes = {place(entry.data), entry.compressed};
        storage.codec = entry.stored() ? std::string_view() : "deflate";
        storage.unpacked = entry.bytes;
        if (entry.broken || entry.shared) {
            storage.missing = "its entry of the archive is damaged";
            storage.whole = false;
        } else if (!m_zip.source().stored()) {
            storage.missing = "it stands in an archive that is nested in text";
        }
        m_storages.places.emplace(entry.name.substr(folder.size()),
                                  std::move(storage)); // the first of duplicates, as find() has it
    }
}

/// Every other entry that may be a pickle: a loader may be talked into reading it.
void Archive::scanOthers(const ZipEntry* main)
{
    const auto folder = m_folder + "data/";
    std::uint64_t unpacked = 0;
    for (const auto& entry : m_zip.entries()) {
        if (&entry == main || entry.broken) {
            continue;
        }
        const bool storage = entry.name.starts_with(folder) && m_storages.used.contains(entry.name.substr(folder.size()));
        const bool pickleName = entry.name.ends_with(".pkl") || entry.name.ends_with(".pickle") || entry.name.ends_with(".PKL");
        if (storage || (!pickleName && !entry.startsLikePickle)) {
            continue;
        }
        if (!entry.stored()) {
            unpacked += entry.bytes;
            if (entry.bytes > OtherPickles || unpacked > OtherPickles) {
                problem(Code::LimitExceeded, {"the unpacked size of all further pickles", std::to_string(unpacked), std::to_string(OtherPickles)},
                        place(entry.header));
                return;
            }
        }
        std::vector<Problem> found;
        if (const auto content = m_zip.content(entry, m_reading.file, found)) {
            scanPickles(*content, 0, entry.name, m_reading, 1);
        }
        m_out.problems(std::move(found));
    }
}

void Archive::reportStorages()
{
    std::uint64_t orphans = 0;
    std::uint64_t bytes = 0;
    for (const auto& [key, storage] : m_storages.places) {
        if (!m_storages.used.contains(key)) {
            ++orphans;
            bytes += storage.unpacked;
        }
    }
    if (orphans > 0 && !m_reading.torchScript) { // TorchScript's constants share the folder
        problem(Code::TorchOrphan, {std::to_string(orphans), std::to_string(bytes)});
    }
}

Result<void> Archive::read(const std::string& prefix, const std::string& bare)
{
    const auto& first = m_zip.entries().front().name;
    const auto slash = first.find('/');
    m_folder = slash == std::string::npos ? std::string() : first.substr(0, slash + 1);
    const auto* main = record("data.pkl");
    if (main == nullptr) {
        // Not where torch looks; somewhere else, so that its names are told all the same.
        for (const auto& entry : m_zip.entries()) {
            if (entry.name == "data.pkl" || entry.name.ends_with("/data.pkl")) {
                main = &entry;
                m_folder = entry.name.substr(0, entry.name.size() - 8);
                problem(Code::TorchNoPickle, {entry.name}, place(entry.header));
                break;
            }
        }
    }
    if (main == nullptr) {
        if (auto other = otherKind()) {
            return *other;
        }
        scanOthers(nullptr);
        return inFile(fail(Code::TorchNotTorch), m_reading.file);
    }
    m_reading.torchScript = record("constants.pkl") != nullptr;
    checkVersion();
    checkFolders();
    readStorages();
    if (m_reading.torchScript) {
        readScriptClasses();
    }

    std::vector<Problem> found;
    const auto content = m_zip.content(*main, m_reading.file, found);
    m_out.problems(std::move(found));
    if (!content) {
        scanOthers(main);
        if (m_out.parts().globals.empty()) {
            return content.error();
        }
        m_out.problem(content.error());
        return {};
    }
    auto parsed = pickle::parse(*content, 0, m_reading.budget, m_reading.job);
    EmbeddedStorages embedded;
    reportPickle(parsed, *content, main->name, m_reading, 0, &embedded);
    if (parsed.stopped && parsed.stopped->code == Code::Cancelled) {
        return *parsed.stopped;
    }
    if (!parsed.stopped) {
        reportRest(*content, parsed.end, main->name, m_reading);
        listObject(parsed, *content, parsed.root, prefix, bare, m_storages, embedded, m_reading);
    }
    scanOthers(main);
    if (!parsed.stopped) {
        reportStorages();
    }
    return {};
}

} // namespace

Result<void> readTorchZip(const ByteSource& source, const std::string& prefix, const std::string& bare, Reading& reading)
{
    std::vector<Problem> problems;
    auto zip = ZipArchive::open(source, reading.file, problems, reading.job);
    if (!zip) {
        reading.out.problems(std::move(problems));
        return zip.error();
    }
    zip->checkSums(reading.sumsChecked, reading.file, problems);
    reading.out.problems(std::move(problems));
    return Archive(*zip, reading).read(prefix, bare);
}

} // namespace ckptscope::torch
