// SPDX-License-Identifier: Apache-2.0
#include "core/fix/torchlayout.h"

#include "core/fix/pickleedit.h"
#include "core/fix/texts.h"
#include "core/fix/ziplayout.h"
#include "core/formats/torchobject.h"

#include <xxhash.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <unordered_map>
#include <unordered_set>

namespace ckptscope {

namespace {

constexpr std::uint32_t NoEdit = UINT32_MAX;
constexpr std::uint64_t NoCall = UINT64_MAX;
constexpr std::uint64_t UsualAlignment = 64;

/// Of the classes torch.load(weights_only=True) knows: pytorch/pytorch torch/_weights_only_unpickler.py.
std::string_view storageClass(DType dtype) noexcept
{
    switch (dtype) {
    case DType::F64:
        return "DoubleStorage";
    case DType::F32:
        return "FloatStorage";
    case DType::F16:
        return "HalfStorage";
    case DType::BF16:
        return "BFloat16Storage";
    default:
        return {};
    }
}

/// How one tensor of the list hangs on its storage.
struct Use {
    std::uint32_t tensor = 0;
    std::uint32_t edit = NoEdit;
    std::uint64_t call = NoCall; ///< where the REDUCE of its rebuild call stands in the pickle
    std::string key;
    std::string location;
    DType dtype = DType::Unknown;
    std::uint64_t storageBytes = 0; ///< as the pickle declares
    bool typed = true;              ///< its storage has its dtype
    bool untyped = false;           ///< its storage has none
    bool inStorage = false;
    std::uint64_t first = 0; ///< elements of the storage that it touches: [first, end)
    std::uint64_t end = 0;
    std::uint64_t elements = 0;
};

class TorchLayout {
public:
    TorchLayout(const Checkpoint& checkpoint, std::uint32_t shard, FixPlan& plan, OutputFile& out, const JobContext& job)
        : m_checkpoint(checkpoint)
        , m_shard(checkpoint.shards()[shard])
        , m_shardIndex(shard)
        , m_plan(plan)
        , m_out(out)
        , m_job(job)
    {
    }

    Result<void> run(const std::function<std::uint32_t(std::uint32_t)>& editOf)
    {
        if (auto done = open(); !done) {
            return done;
        }
        for (Use& use : m_uses) {
            use.edit = editOf(use.tensor);
        }
        if (auto done = checkCalls(); !done) {
            return done;
        }
        std::map<std::string, std::vector<const Use*>> storages;
        for (const Use& use : m_uses) {
            if (use.edit != NoEdit && !use.inStorage) {
                return cannot(use, "its elements stand in the pickle itself");
            }
            if (use.inStorage) {
                storages[use.key].push_back(&use);
            }
        }
        for (const auto& [key, uses] : storages) {
            if (std::any_of(uses.begin(), uses.end(), [](const Use* use) { return use->edit != NoEdit; })) {
                if (auto done = storage(key, uses); !done) {
                    return done;
                }
            }
        }
        return write();
    }

private:
    Error refuse(std::string what, std::string why) const
    {
        return inFile(fail(Code::FixTorchCannot, {std::move(what), std::move(why)}), m_shard.file);
    }
    Error cannot(const Use& use, std::string why) const { return refuse(std::string(m_checkpoint.tensors()[use.tensor].key), std::move(why)); }
    [[nodiscard]] const ZipEntry* record(std::string_view name) const { return m_zip.find(m_folder + std::string(name)); }

    Result<std::string> content(const ZipEntry& entry)
    {
        std::vector<Problem> problems;
        const auto source = m_zip.content(entry, m_shard.file, problems);
        if (!source) {
            return source.error();
        }
        std::string bytes(static_cast<std::size_t>(source->size()), '\0');
        if (auto got = source->read(0, std::as_writable_bytes(std::span(bytes))); !got) {
            return got.error();
        }
        return bytes;
    }

    Result<void> open()
    {
        auto file = File::open(m_shard.path, m_shard.file);
        if (!file) {
            return file.error();
        }
        m_file = *std::move(file);
        if (!(m_file.identity() == m_shard.identity)) {
            return inFile(fail(Code::FileChanged), m_shard.file);
        }
        const auto bytes = ByteSource::ofFile(m_file, {0, m_file.size()});
        std::vector<std::byte> head(static_cast<std::size_t>(std::min<std::uint64_t>(4, m_file.size())));
        if (auto got = bytes.read(0, head); !got || !startsLikeZip(head)) {
            return refuse(m_shard.file, "it is no zip archive, as torch.save writes since PyTorch 1.6");
        }
        std::vector<Problem> problems;
        auto zip = ZipArchive::open(bytes, m_shard.file, problems, m_job);
        if (!zip) {
            return zip.error();
        }
        m_zip = *std::move(zip);
        const std::string& first = m_zip.entries().front().name;
        const auto slash = first.find('/');
        m_folder = slash == std::string::npos ? std::string() : first.substr(0, slash + 1);
        const ZipEntry* pickle = record("data.pkl");
        if (pickle == nullptr || record("constants.pkl") != nullptr) {
            return refuse(m_shard.file, pickle == nullptr ? "its pickle is not where torch looks for it" : "it is a TorchScript archive");
        }
        std::unordered_set<std::string_view> names;
        for (const ZipEntry& entry : m_zip.entries()) {
            if (entry.broken || entry.shared || !names.insert(entry.name).second) {
                return refuse(m_shard.file, "its entry " + entry.name + " is damaged, or there twice");
            }
        }
        if (auto done = readRecords(); !done) {
            return done;
        }
        if (auto done = readUses(bytes); !done) {
            return done;
        }
        auto text = content(*pickle);
        if (!text) {
            return text.error();
        }
        auto editor = PickleEditor::open(*std::move(text));
        if (!editor) {
            return inFile(editor.error(), m_shard.file);
        }
        m_editor = *std::move(editor);
        return {};
    }

    Result<void> readRecords()
    {
        if (const ZipEntry* order = record("byteorder"); order != nullptr && order->bytes < 16) {
            const auto text = content(*order);
            if (text && *text == "big") {
                return refuse(m_shard.file, "its storages are big-endian");
            }
        }
        if (const ZipEntry* entry = record(".storage_alignment"); entry != nullptr && entry->bytes < 16) {
            if (const auto text = content(*entry)) {
                std::uint64_t value = 0;
                std::from_chars(text->data(), text->data() + text->size(), value);
                m_alignment = value > 0 && value <= 32768 ? value : UsualAlignment;
            }
        }
        return {};
    }

    /// Reads the file as its reader does, and takes down where each tensor comes from.
    Result<void> readUses(const ByteSource& bytes)
    {
        CheckpointBuilder builder;
        builder.parts().shards.resize(1);
        auto reading = torch::makeReading(builder, m_shard.file, m_job);
        reading.sumsChecked = 0; // they were, when it was opened
        reading.seen = [&](const torch::TensorView& view, const torch::Graph& graph) { take(view, graph); };
        if (auto done = torch::readTorchZip(bytes, {}, "tensor", reading); !done) {
            return done;
        }
        const auto& tensors = m_checkpoint.tensors();
        bool same = m_uses.size() == m_shard.tensors;
        for (std::uint32_t i = 0; same && i < m_uses.size(); ++i) {
            m_uses[i].tensor = m_shard.firstTensor + i;
            const TensorInfo& tensor = tensors[m_uses[i].tensor];
            m_uses[i].elements = elementCount(tensor).value_or(0);
            same = tensor.dtype == m_uses[i].dtype;
        }
        return same ? Result<void>() : inFile(fail(Code::FileChanged), m_shard.file);
    }

    void take(const torch::TensorView& view, const torch::Graph& graph)
    {
        Use use;
        use.dtype = view.element.dtype;
        use.inStorage = view.holds == torch::TensorView::Holds::Storage && view.storage.embedded == torch::NoNode && view.broken.empty()
            && view.storage.location != "meta";
        if (use.inStorage) {
            use.key = view.storage.key;
            use.location = view.storage.location;
            use.untyped = view.untyped;
            use.typed = view.storage.element == view.element;
            use.storageBytes = view.storage.elements * view.storage.element.bytes;
            use.first = view.offset;
            use.end = view.offset;
            if (std::find(view.shape.begin(), view.shape.end(), 0U) == view.shape.end()) { // checked against the storage when it was opened
                for (std::size_t i = 0; i < view.shape.size() && i < view.strides.size(); ++i) {
                    use.end += (view.shape[i] - 1) * view.strides[i];
                }
                ++use.end;
            }
        }
        if (graph.kind(view.call) == pickle::Kind::Object) {
            use.call = graph.object(view.call).offset;
        }
        m_uses.push_back(std::move(use));
    }

    /// One tensor object under two names is one tensor: it cannot become two.
    Result<void> checkCalls()
    {
        std::unordered_map<std::uint64_t, const Use*> calls;
        for (const Use& use : m_uses) {
            const auto [other, fresh] = calls.emplace(use.call, &use);
            if (fresh || use.call == NoCall) {
                continue;
            }
            const auto becomes = [&](const Use& each) { return each.edit == NoEdit ? DType::Unknown : m_plan.edits[each.edit].to; };
            if (becomes(use) != becomes(*other->second)) {
                return cannot(use,
                              "it is the same object as " + std::string(m_checkpoint.tensors()[other->second->tensor].key)
                                  + ", which is to have another dtype");
            }
        }
        return {};
    }

    Result<void> storage(const std::string& key, const std::vector<const Use*>& uses)
    {
        const ZipEntry* entry = record("data/" + key);
        if (entry == nullptr) {
            return cannot(*uses.front(), "its storage is not in the file");
        }
        bool whole = true;
        bool left = false;
        for (const Use* use : uses) {
            left = left || use->edit == NoEdit;
            whole = whole && use->edit != NoEdit && use->dtype == uses.front()->dtype && (use->typed || use->untyped)
                && m_plan.edits[use->edit].to == m_plan.edits[uses.front()->edit].to && use->storageBytes == entry->bytes;
        }
        if (whole) {
            return castWhole(*entry, uses);
        }
        if (!left) {
            m_gone.insert(entry->name); // all that used it has another one now
        }
        return castParts(*entry, uses);
    }

    Result<void> castWhole(const ZipEntry& entry, const std::vector<const Use*>& uses)
    {
        const std::uint64_t size = dtypeInfo(uses.front()->dtype).blockBits / 8U;
        if (size == 0 || entry.bytes % size != 0) {
            return cannot(*uses.front(), "its storage is not made of whole elements");
        }
        const std::uint64_t elements = entry.bytes / size;
        auto segment = edited(entry, uses, 0, elements, size);
        if (!segment) {
            return segment.error();
        }
        m_changed.emplace(entry.name, *segment);
        for (const Use* use : uses) {
            if (auto done = patch(*use, use->key, elements, std::nullopt); !done) {
                return done;
            }
        }
        return {};
    }

    /// The edited tensors of a storage that others need as it is; those that overlap stay together.
    Result<void> castParts(const ZipEntry& entry, const std::vector<const Use*>& uses)
    {
        std::vector<const Use*> sorted;
        std::copy_if(uses.begin(), uses.end(), std::back_inserter(sorted), [](const Use* use) { return use->edit != NoEdit; });
        const auto target = [&](const Use* use) { return m_plan.edits[use->edit].to; };
        std::stable_sort(sorted.begin(), sorted.end(), [&](const Use* a, const Use* b) {
            return std::tuple(a->dtype, target(a), a->first, a->end) < std::tuple(b->dtype, target(b), b->first, b->end);
        });
        for (std::size_t i = 0; i < sorted.size();) {
            const std::uint64_t first = sorted[i]->first;
            std::uint64_t end = sorted[i]->end;
            std::size_t next = i + 1;
            while (next < sorted.size() && sorted[next]->dtype == sorted[i]->dtype && target(sorted[next]) == target(sorted[i])
                   && sorted[next]->first < end) {
                end = std::max(end, sorted[next++]->end);
            }
            const std::vector<const Use*> together(sorted.begin() + static_cast<std::ptrdiff_t>(i),
                                                   sorted.begin() + static_cast<std::ptrdiff_t>(next));
            const std::uint64_t size = dtypeInfo(sorted[i]->dtype).blockBits / 8U;
            if (size == 0 || end > entry.bytes / size) {
                return cannot(*sorted[i], "its storage is not made of whole elements");
            }
            auto segment = edited(entry, together, first, end - first, size);
            if (!segment) {
                return segment.error();
            }
            const std::string key = newKey();
            m_added.emplace_back(m_folder + "data/" + key, *segment);
            for (const Use* use : together) {
                if (auto done = patch(*use, key, end - first, use->first - first); !done) {
                    return done;
                }
            }
            i = next;
        }
        return {};
    }

    /// What casts elements [first, first + elements) of a storage.
    Result<Segment> edited(const ZipEntry& entry, const std::vector<const Use*>& uses, std::uint64_t first, std::uint64_t elements,
                           std::uint64_t size)
    {
        const Use& use = *uses.front();
        const TensorInfo& tensor = m_checkpoint.tensors()[use.tensor];
        const auto length = byteSize(m_plan.edits[use.edit].to, elements);
        if (!length || dtypeInfo(use.dtype).blockBits % 8 != 0) {
            return cannot(use, "its elements are not whole bytes");
        }
        Segment segment;
        segment.kind = Segment::Kind::Edited;
        segment.edit = use.edit;
        segment.length = *length;
        const bool strided = tensor.extra != nullptr && tensor.extra->layout
            && (!std::holds_alternative<Packed>(*tensor.extra->layout) || !std::get<Packed>(*tensor.extra->layout).strides.empty());
        const bool signs = tensor.extra != nullptr && (tensor.extra->conjugated || tensor.extra->negated);
        if (uses.size() == 1 && use.first == first && use.elements == elements && !strided && !signs) {
            return segment; // just this tensor
        }
        for (const Use* each : uses) {
            if (m_plan.edits[each->edit].op == EditOp::TakeFromDonor) {
                return cannot(*each, "a donor's values are for a whole storage, and it is a view of one");
            }
        }
        SourceView view;
        view.shard = m_shardIndex;
        view.dtype = use.dtype;
        view.elements = elements;
        if (entry.stored()) {
            view.bytes = {entry.data + first * size, elements * size};
        } else {
            view.bytes = {entry.data, entry.compressed};
            view.skip = first * size;
            view.codec = "deflate";
        }
        segment.view = static_cast<std::uint32_t>(m_plan.views.size());
        m_plan.views.push_back(std::move(view));
        return segment;
    }

    /// Makes a tensor's rebuild call name another storage.
    Result<void> patch(const Use& use, const std::string& key, std::uint64_t elements, std::optional<std::uint64_t> offset)
    {
        const Edit& edit = m_plan.edits[use.edit];
        auto arguments = use.call == NoCall ? std::span<const PickleEditor::Item>() : m_editor.arguments(use.call);
        if (arguments.size() > 2 && arguments[0].op != 'Q') { // _rebuild_from_type_v2(function, type, arguments, state)
            arguments = m_editor.children(arguments[2]);
        }
        if (arguments.size() < 2 || arguments[0].op != 'Q') {
            return cannot(use, use.call == NoCall ? "it is a storage, not a tensor" : "its pickle does not spell its storage where torch.save does");
        }
        std::string type = PickleEditor::global("torch", storageClass(edit.to));
        std::uint64_t count = elements;
        if (use.untyped) {
            type = PickleEditor::global("torch.storage", "UntypedStorage");
            count = byteSize(edit.to, elements).value_or(0);
            if (arguments.size() < 7 || torchDtypeName(edit.to).empty()) {
                return cannot(use, "torch has no name for its new dtype");
            }
            m_editor.replace(arguments[6], PickleEditor::global("torch", torchDtypeName(edit.to)));
        } else if (storageClass(edit.to).empty()) {
            return cannot(use, "its new dtype needs a storage of another kind");
        }
        m_editor.replace(arguments[0],
                         '(' + PickleEditor::text("storage") + type + PickleEditor::text(key) + PickleEditor::text(use.location)
                             + PickleEditor::integer(count) + "tQ");
        if (offset && *offset != use.first) {
            m_editor.replace(arguments[1], PickleEditor::integer(*offset));
        }
        return {};
    }

    std::string newKey()
    {
        const std::string folder = m_folder + "data/";
        if (m_nextKey == 0) {
            for (const ZipEntry& entry : m_zip.entries()) {
                std::uint64_t number = 0;
                if (entry.name.starts_with(folder)) {
                    const char* begin = entry.name.data() + folder.size();
                    const char* end = entry.name.data() + entry.name.size();
                    const auto [at, error] = std::from_chars(begin, end, number);
                    m_nextKey = error == std::errc() && at == end && number < UINT64_MAX ? std::max(m_nextKey, number + 1) : m_nextKey;
                }
            }
        }
        while (m_zip.find(folder + std::to_string(m_nextKey)) != nullptr) {
            ++m_nextKey;
        }
        return std::to_string(m_nextKey++);
    }

    /// Another id for other content, the same for the same: torch only compares it.
    static std::string newIdentity(std::string identity, const std::string& pickle)
    {
        const std::string number = std::to_string(XXH3_64bits_withSeed(pickle.data(), pickle.size(), XXH3_64bits(identity.data(), identity.size())));
        constexpr std::size_t Digits = 20;
        return identity.size() == 2 * Digits ? identity.substr(0, Digits) + std::string(Digits - number.size(), '0') + number : identity;
    }

    Result<void> write()
    {
        auto pickle = m_editor.finish();
        if (!pickle) {
            return inFile(pickle.error(), m_shard.file);
        }
        const auto& entries = m_zip.entries();
        std::size_t lastStorage = 0;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            lastStorage = entries[i].name.starts_with(m_folder + "data/") || entries[i].name == m_folder + "data.pkl" ? i : lastStorage;
        }
        ZipLayout layout(m_out, m_alignment);
        for (std::size_t i = 0; i < entries.size(); ++i) {
            const ZipEntry& entry = entries[i];
            const auto changed = m_changed.find(entry.name);
            if (changed != m_changed.end()) {
                layout.edited(entry.name, changed->second);
            } else if (entry.name == m_folder + "data.pkl") {
                layout.text(entry.name, *pickle);
            } else if (entry.name == m_folder + ".data/serialization_id" && entry.bytes < 4096) {
                auto identity = content(entry);
                if (!identity) {
                    return identity.error();
                }
                layout.text(entry.name, newIdentity(*std::move(identity), *pickle));
            } else if (!m_gone.contains(entry.name)) {
                layout.copy(entry, m_shardIndex);
            }
            if (i == lastStorage) {
                for (const auto& [name, segment] : m_added) {
                    layout.edited(name, segment);
                }
            }
        }
        layout.finish();
        return {};
    }

    const Checkpoint& m_checkpoint;
    const Shard& m_shard;
    std::uint32_t m_shardIndex;
    FixPlan& m_plan;
    OutputFile& m_out;
    const JobContext& m_job;
    File m_file;
    ZipArchive m_zip;
    std::string m_folder; ///< with its slash
    std::uint64_t m_alignment = UsualAlignment;
    std::vector<Use> m_uses; ///< one a tensor of the shard, in order
    PickleEditor m_editor;
    std::unordered_map<std::string, Segment> m_changed; ///< entries whose storage is cast
    std::vector<std::pair<std::string, Segment>> m_added;
    std::unordered_set<std::string> m_gone;
    std::uint64_t m_nextKey = 0;
};

} // namespace

Result<void> layOutTorch(const Checkpoint& checkpoint, std::uint32_t shard, const std::function<std::uint32_t(std::uint32_t tensor)>& editOf,
                         FixPlan& plan, OutputFile& out, const JobContext& job)
{
    return TorchLayout(checkpoint, shard, plan, out, job).run(editOf);
}

} // namespace ckptscope
