// SPDX-License-Identifier: Apache-2.0
#include "core/fix/plan.h"

#include "core/convert/fixplan.h"
#include "core/fix/companions.h"
#include "core/fix/donoredits.h"
#include "core/fix/header.h"
#include "core/fix/layout.h"
#include "core/fix/place.h"
#include "core/fix/texts.h"
#include "core/fix/torchlayout.h"
#include "core/formats/formatreader.h"
#include "core/io/output.h"
#include "core/text/text.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <sys/stat.h>
#include <unordered_map>

namespace ckptscope {

namespace {

namespace fs = std::filesystem;

/// What the edits make of one tensor.
struct TensorChange {
    std::uint32_t value = UINT32_MAX; ///< index of the Cast, Relabel or Drop into FixPlan::edits
    std::uint32_t name = UINT32_MAX;  ///< of the Rename
};

class Planner {
public:
    Planner(const Checkpoint& checkpoint, const CheckReport& report, const FixOptions& options, const JobContext& job)
        : m_checkpoint(checkpoint)
        , m_report(report)
        , m_job(job)
    {
        m_plan.options = options;
    }

    Result<FixPlan> run()
    {
        if (auto done = checkFormat(); !done) {
            return done.error();
        }
        if (auto done = collectMetadata(); !done) {
            return done.error();
        }
        auto edits = proposeEdits(m_checkpoint, m_report, m_plan.options, &m_plan.notes);
        if (!edits) {
            return edits.error();
        }
        m_plan.edits = *std::move(edits);
        if (m_plan.options.donor) {
            auto matched = matchDonor(m_checkpoint, m_report, m_plan.options, m_plan.edits, m_job);
            if (!matched) {
                return matched.error();
            }
            m_plan.donorMatches = *std::move(matched);
        }
        m_plan.source = m_checkpoint.path();
        m_plan.profile = m_report.profile;
        m_plan.outputIsFolder = m_checkpoint.isFolder();
        m_plan.repairsIndex = m_checkpoint.index() && indexIsToRepair();
        collectChanges();
        if (m_plan.empty()) {
            return std::move(m_plan);
        }
        if (m_torch && m_plan.options.to == FixTarget::Safetensors) {
            return convert::planRepair(m_checkpoint, m_report, std::move(m_plan), m_job);
        }
        if (auto done = m_torch ? checkTorchEdits() : Result<void>(); !done) {
            return done.error();
        }
        if (auto done = place(); !done) {
            return done.error();
        }
        for (std::uint32_t i = 0; i < m_checkpoint.shards().size(); ++i) {
            if (m_job.stop.stop_requested()) {
                return fail(Code::Cancelled);
            }
            if (auto done = shard(i); !done) {
                return done.error();
            }
            m_job.progress(Phase::Planning, i + 1, m_checkpoint.shards().size());
        }
        if (m_plan.outputIsFolder) {
            if (auto done = otherFiles(); !done) {
                return done.error();
            }
        }
        for (const OutputFile& file : m_plan.files) {
            m_plan.outputBytes += file.bytes;
            std::uint64_t shared = file.kind == OutputFile::Kind::Whole ? file.bytes : 0;
            for (const Segment& segment : file.segments) {
                shared += segment.shareable ? wholeBlockBytes(segment.target, segment.length) : 0;
            }
            m_plan.shareableBytes += shared;
            m_plan.copiedBytes += file.bytes - shared;
        }
        return std::move(m_plan);
    }

private:
    /// Which formats can be repaired, and that this one is whole.
    Result<void> checkFormat()
    {
        m_torch = m_checkpoint.format() == "torch";
        const bool toTorch = m_plan.options.to == FixTarget::Torch;
        const auto& problems = m_checkpoint.problems();
        const auto isError = [&](const Problem& problem) { return problem.severity == Severity::Error; };
        if (m_torch ? std::any_of(problems.begin(), problems.end(),
                                  [&](const Problem& each) { return isError(each) && !convert::namesCode(each.what.code); })
                    : m_checkpoint.damaged()) {
            return inFile(fail(Code::FixDamaged), m_checkpoint.path());
        }
        const auto& globals = m_checkpoint.globals();
        const bool runs =
            std::any_of(globals.begin(), globals.end(), [](const PickleGlobal& each) { return each.grade == PickleGlobal::Grade::Dangerous; });
        if (m_torch && toTorch && (runs || std::any_of(problems.begin(), problems.end(), isError))) {
            return inFile(fail(Code::FixTorchCannot, {m_checkpoint.path(), "its pickle names code that would run"}), m_checkpoint.path());
        }
        if (!m_torch && toTorch) {
            return inFile(fail(Code::FixTorchCannot, {m_checkpoint.path(), "it is a " + m_checkpoint.format() + " checkpoint"}), m_checkpoint.path());
        }
        if (m_torch && !toTorch && m_plan.options.inPlace) {
            return inFile(fail(Code::FixInPlaceFormat), m_checkpoint.path());
        }
        if (!m_torch && m_checkpoint.format() != "safetensors") {
            return inFile(fail(Code::FixFormat, {m_checkpoint.format()}), m_checkpoint.path());
        }
        return {};
    }

    /// What is asked of __metadata__, in one list. A removal of what no file has is a slip of the pen.
    Result<void> collectMetadata()
    {
        FixOptions& options = m_plan.options;
        for (const auto& [key, value] : options.hand.metadata) {
            if (value) {
                options.metadata.emplace_back(key, *value);
            } else {
                options.metadataRemovals.push_back(key);
            }
        }
        options.hand.metadata.clear();
        for (const auto& [key, value] : options.metadata) {
            m_metadata.emplace_back(key, value);
        }
        for (const std::string& key : options.metadataRemovals) {
            const auto& all = m_checkpoint.metadata();
            if (std::none_of(all.begin(), all.end(),
                             [&](const MetadataEntry& entry) { return entry.origin == "__metadata__" && entry.key == key; })) {
                return inFile(fail(Code::FixMetadataKey, {key}), m_checkpoint.path());
            }
            m_metadata.emplace_back(key, std::nullopt);
        }
        return {};
    }

    /// A key that is set is set in every file; one that goes is taken out of those that have it.
    [[nodiscard]] bool changesMetadata(std::uint32_t shard) const
    {
        if (!m_plan.options.metadata.empty()) {
            return true;
        }
        const auto& removals = m_plan.options.metadataRemovals;
        const auto& all = m_checkpoint.metadata();
        return !removals.empty() && std::any_of(all.begin(), all.end(), [&](const MetadataEntry& entry) {
            return entry.shard == shard && entry.origin == "__metadata__" && std::find(removals.begin(), removals.end(), entry.key) != removals.end();
        });
    }

    /// In a pickle only dtypes are changed.
    Result<void> checkTorchEdits()
    {
        for (const Edit& edit : m_plan.edits) {
            if (edit.op != EditOp::Cast && edit.op != EditOp::TakeFromDonor) {
                return inFile(
                    fail(Code::FixTorchCannot,
                         {edit.key, "it changes dtypes only (" + std::string(editOpName(edit.op)) + ", asked for by " + edit.rule + ")"}),
                    m_checkpoint.path());
            }
        }
        if (!m_metadata.empty()) {
            return inFile(fail(Code::FixTorchCannot, {"--set-metadata", "torch files have no __metadata__"}), m_checkpoint.path());
        }
        return {};
    }

    void collectChanges()
    {
        for (std::uint32_t i = 0; i < m_plan.edits.size(); ++i) {
            TensorChange& change = m_changes[m_plan.edits[i].tensor];
            (m_plan.edits[i].op == EditOp::Rename ? change.name : change.value) = i;
        }
        const auto& tensors = m_checkpoint.tensors();
        m_plan.untouchedTensors = tensors.size() - m_changes.size();
        m_plan.untouchedBytes = m_checkpoint.tensorBytes();
        for (const auto& [tensor, change] : m_changes) {
            m_plan.untouchedBytes -= tensors[tensor].bytes.length;
        }
        const Finding* unmendable = nullptr;
        for (const Finding& finding : m_report.findings) {
            if (finding.severity != Severity::Violation || !finding.tensor) {
                continue;
            }
            const Edit* edit = valueEdit(*finding.tensor);
            const bool mended =
                edit != nullptr && (edit->op == EditOp::Drop || std::find(finding.want.begin(), finding.want.end(), edit->to) != finding.want.end());
            m_plan.findingsLeft += mended ? 0 : 1;
            if (!mended && !finding.fix && wanted(finding)) {
                unmendable = m_plan.unmendable++ == 0 ? &finding : unmendable;
            }
        }
        if (unmendable != nullptr) {
            const TensorInfo& tensor = tensors[*unmendable->tensor];
            m_plan.notes.push_back(
                fail(Code::FixUnmendable,
                     {std::to_string(m_plan.unmendable), std::string(tensor.key), std::string(tensor.dtypeText()), unmendable->rule}));
        }
    }

    /// What --only keeps; a rule id is tried before a glob.
    [[nodiscard]] bool wanted(const Finding& finding) const
    {
        const auto& only = m_plan.options.only;
        const std::string_view key = m_checkpoint.tensors()[*finding.tensor].key;
        return only.empty() || std::any_of(only.begin(), only.end(), [&](const std::string& one) {
                   return finding.rule == one || ((!m_report.rules || m_report.rules->find(one) == nullptr) && globMatch(one, key));
               });
    }

    [[nodiscard]] bool indexIsToRepair() const
    {
        const auto& only = m_plan.options.only;
        return std::any_of(m_report.findings.begin(), m_report.findings.end(), [&](const Finding& finding) {
            const bool named = std::find(only.begin(), only.end(), finding.rule) != only.end();
            return finding.fix && finding.fix->op == FindingFix::Op::RepairIndex
                && (named || (only.empty() && (finding.severity >= Severity::Violation || m_plan.options.advice)));
        });
    }

    [[nodiscard]] const Edit* valueEdit(std::uint32_t tensor) const
    {
        const auto found = m_changes.find(tensor);
        return found == m_changes.end() || found->second.value == UINT32_MAX ? nullptr : &m_plan.edits[found->second.value];
    }

    [[nodiscard]] bool dropped(std::uint32_t tensor) const
    {
        const Edit* edit = valueEdit(tensor);
        return edit != nullptr && edit->op == EditOp::Drop;
    }

    Result<void> place()
    {
        std::string output = m_plan.options.output;
        if (m_plan.options.inPlace) {
            std::error_code code;
            output = m_plan.outputIsFolder ? m_checkpoint.folder() : m_checkpoint.shards().front().path;
            output = fs::absolute(output, code).lexically_normal().string();
            if (output.size() > 1 && output.back() == '/') {
                output.pop_back();
            }
        } else if (output.empty()) {
            return {}; // laid out to be looked at: applyPlan() refuses it
        } else if (auto done = checkPlace(m_checkpoint, m_plan.outputIsFolder, m_plan.options.force, output); !done) {
            return done;
        }
        m_plan.output = output;
        m_plan.partialName = newPartialName(output);
        return {};
    }

    /// Reads and hashes a shard's header; keeps its JSON where it is to be rewritten.
    Result<std::string> takeHeader(const Shard& shard, bool keep)
    {
        auto file = File::open(shard.path, shard.file);
        if (!file) {
            return file.error();
        }
        if (!(file->identity() == shard.identity)) {
            return inFile(fail(Code::FileChanged), shard.file);
        }
        auto hash = headerHash(shard.path, shard.dataStart);
        if (!hash) {
            return hash.error();
        }
        m_plan.sources.push_back(SourceFile{shard.path, shard.identity, *std::move(hash)});
        std::string header;
        if (keep) {
            header.resize(shard.dataStart);
            if (auto done = file->readAt(0, std::as_writable_bytes(std::span(header.data(), header.size()))); !done) {
                return done.error();
            }
        }
        return header;
    }

    Result<void> shard(std::uint32_t index)
    {
        const Shard& shard = m_checkpoint.shards()[index];
        bool edited = changesMetadata(index);
        for (auto it = m_changes.lower_bound(shard.firstTensor); it != m_changes.end() && it->first < shard.firstTensor + shard.tensors; ++it) {
            edited = true;
        }
        OutputFile out;
        out.kind = edited ? OutputFile::Kind::Rewritten : OutputFile::Kind::Whole;
        out.name = m_plan.outputIsFolder ? shard.file : fs::path(m_plan.output.empty() ? shard.file : m_plan.output).filename().string();
        out.sourcePath = shard.path;
        out.shard = index;
        out.bytes = shard.bytes;
        if (m_torch) {
            m_plan.sources.push_back(SourceFile{shard.path, shard.identity, {}});
        }
        auto header = m_torch ? Result<std::string>(std::string()) : takeHeader(shard, edited);
        if (!header) {
            return header.error();
        }
        if (edited && m_torch) {
            const auto editOf = [this](std::uint32_t tensor) {
                const auto found = m_changes.find(tensor);
                return found == m_changes.end() ? UINT32_MAX : found->second.value;
            };
            if (auto done = layOutTorch(m_checkpoint, index, editOf, m_plan, out, m_job); !done) {
                return done;
            }
        } else if (edited) {
            if (auto done = layOut(shard, *header, out); !done) {
                return done;
            }
        } else if (m_plan.options.inPlace) {
            return {};
        }
        m_plan.files.push_back(std::move(out));
        return {};
    }

    Result<void> layOut(const Shard& shard, const std::string& header, OutputFile& out)
    {
        const std::span<const TensorInfo> tensors(m_checkpoint.tensors().data() + shard.firstTensor, shard.tensors);
        std::vector<std::uint32_t> bySource;
        bySource.reserve(tensors.size());
        for (std::uint32_t i = 0; i < tensors.size(); ++i) {
            if (!dropped(shard.firstTensor + i)) {
                bySource.push_back(i);
            }
        }
        std::stable_sort(bySource.begin(), bySource.end(), [&](std::uint32_t a, std::uint32_t b) {
            return std::pair(tensors[a].bytes.offset, tensors[a].bytes.end()) < std::pair(tensors[b].bytes.offset, tensors[b].bytes.end());
        });
        std::vector<LayoutItem> items;
        std::vector<EntryChange> entries(tensors.size());
        items.reserve(bySource.size());
        for (std::uint32_t i = 0; i < tensors.size(); ++i) {
            entries[i].drop = dropped(shard.firstTensor + i);
            entries[i].dtype = tensors[i].dtype;
            if (const Edit* edit = valueEdit(shard.firstTensor + i)) {
                entries[i].dtype = edit->to;
            }
            const auto change = m_changes.find(shard.firstTensor + i);
            if (change != m_changes.end() && change->second.name != UINT32_MAX) {
                entries[i].newKey = m_plan.edits[change->second.name].newKey;
            }
        }
        for (const std::uint32_t i : bySource) {
            const TensorInfo& tensor = tensors[i];
            const Edit* edit = valueEdit(shard.firstTensor + i);
            LayoutItem item;
            item.source = tensor.bytes.offset;
            item.length = tensor.bytes.length;
            item.newLength = tensor.bytes.length;
            item.edited = edit != nullptr && (edit->op == EditOp::Cast || edit->op == EditOp::TakeFromDonor);
            if (item.edited) {
                const auto elements = elementCount(tensor);
                const auto bytes = elements ? byteSize(edit->to, *elements) : std::nullopt;
                if (!bytes) {
                    return inFile(fail(Code::CastUnsupported, {std::string(dtypeName(tensor.dtype)), std::string(dtypeName(edit->to))}), shard.file);
                }
                item.newLength = *bytes;
            }
            item.align = std::max<std::uint32_t>(1, dtypeInfo(entries[i].dtype).blockBits / 8U);
            items.push_back(item);
        }
        const BufferLayout layout = chooseLayout(items);
        for (std::size_t k = 0; k < items.size(); ++k) {
            entries[bySource[k]].begin = layout.begins[k];
            entries[bySource[k]].end = layout.begins[k] + items[k].newLength;
        }
        auto text = rewriteHeader(std::string_view(header).substr(8), shard.file, tensors, entries, m_metadata, layout.residue);
        if (!text) {
            return text.error();
        }
        out.header = *std::move(text);
        out.bytes = out.header.size() + layout.bytes;
        for (const std::uint32_t k : layout.order) {
            const LayoutItem& item = items[k];
            if (item.newLength == 0) {
                continue;
            }
            Segment segment;
            segment.target = out.header.size() + layout.begins[k];
            segment.length = item.newLength;
            if (item.edited) {
                segment.kind = Segment::Kind::Edited;
                segment.edit = m_changes.at(shard.firstTensor + bySource[k]).value;
                out.segments.push_back(segment);
                continue;
            }
            segment.source = item.source;
            if (!out.segments.empty()) {
                Segment& last = out.segments.back();
                if (last.kind == Segment::Kind::Copy && last.source + last.length == segment.source) { // one run, one copy
                    last.length += segment.length;
                    continue;
                }
            }
            out.segments.push_back(segment);
        }
        for (Segment& segment : out.segments) {
            segment.shareable = segment.kind == Segment::Kind::Copy && (segment.target - segment.source) % ShareBlock == 0
                && wholeBlockBytes(segment.target, segment.length) > 0;
        }
        return {};
    }

    Result<std::string> sourceText(const std::string& path, const std::string& shown, std::uint64_t limit)
    {
        auto file = File::open(path, shown);
        if (!file) {
            return file.error();
        }
        m_texts.push_back(SourceFile{path, file->identity(), {}});
        return readSmallFile(path, limit, shown);
    }

    void addText(std::string name, std::string path, std::string text)
    {
        OutputFile out;
        out.kind = OutputFile::Kind::Text;
        out.name = std::move(name);
        out.sourcePath = std::move(path);
        out.bytes = text.size();
        out.text = std::move(text);
        m_plan.files.push_back(std::move(out));
        m_plan.sources.push_back(std::move(m_texts.back()));
        m_texts.pop_back();
    }

    Result<void> otherFiles()
    {
        std::string indexName;
        std::optional<std::string> indexText;
        std::string indexPath;
        std::optional<SourceFile> indexSource;
        if (m_checkpoint.index()) {
            const IndexFacts& index = *m_checkpoint.index();
            auto text = sourceText(index.path, index.file, limits().indexJson);
            if (!text) {
                return text.error();
            }
            indexText = newIndex(*text);
            indexSource = std::move(m_texts.back());
            m_texts.pop_back();
            indexName = fs::path(index.path).filename().string();
            indexPath = index.path;
        }
        std::string configName;
        if (const auto types = mainDtypes(); types && m_checkpoint.config().state == ModelConfig::State::Ok) {
            const std::string path = (fs::path(m_checkpoint.folder()) / m_checkpoint.config().file).string();
            auto text = sourceText(path, m_checkpoint.config().file, limits().configJson);
            if (!text) {
                return text.error();
            }
            if (auto changed = rewriteConfigDtype(*text, types->first, types->second)) {
                configName = m_checkpoint.config().file;
                addText(configName, path, *std::move(changed));
            }
        }
        if (!m_plan.options.inPlace) {
            if (auto done = companions(configName, indexText ? indexName : std::string()); !done) {
                return done;
            }
        }
        if (indexText) { // last: in place it is renamed last
            m_texts.push_back(*std::move(indexSource));
            addText(indexName, indexPath, *std::move(indexText));
        }
        return {};
    }

    Result<void> companions(const std::string& configName, const std::string& indexName)
    {
        std::set<std::string> skip{configName, indexName};
        for (const Shard& shard : m_checkpoint.shards()) {
            skip.insert(shard.file);
        }
        auto found = findCompanions(m_checkpoint.folder(), m_plan.options.files, skip, m_job, m_plan.options.followOutside);
        if (!found) {
            return found.error();
        }
        for (Companions::Taken& taken : found->taken) {
            if (taken.name == configName) {
                continue; // below a folder, where `skip` does not reach
            }
            OutputFile out;
            out.kind = OutputFile::Kind::Whole;
            out.name = std::move(taken.name);
            out.sourcePath = taken.path;
            out.bytes = taken.identity.bytes;
            m_plan.files.push_back(std::move(out));
            m_plan.sources.push_back(SourceFile{std::move(taken.path), taken.identity, {}});
        }
        m_plan.leftOut = std::move(found->leftOut);
        return {};
    }

    std::optional<std::string> newIndex(const std::string& text)
    {
        std::unordered_map<std::string_view, IndexEntryChange> changes;
        for (const auto& [tensor, change] : m_changes) {
            IndexEntryChange entry;
            entry.drop = dropped(tensor);
            if (change.name != UINT32_MAX) {
                entry.newKey = m_plan.edits[change.name].newKey;
            }
            if (entry.drop || !entry.newKey.empty()) {
                changes.emplace(m_checkpoint.tensors()[tensor].key, std::move(entry));
            }
        }
        std::uint64_t total = 0;
        const auto& tensors = m_checkpoint.tensors();
        for (std::uint32_t i = 0; i < tensors.size(); ++i) {
            const Shard& shard = m_checkpoint.shards()[tensors[i].shard];
            if (!shard.listed || dropped(i)) {
                continue;
            }
            const Edit* edit = valueEdit(i);
            total += tensors[i].bytes.length + static_cast<std::uint64_t>(edit == nullptr ? 0 : edit->bytesDelta);
        }
        if (m_plan.repairsIndex) {
            std::map<std::string, std::string> weightMap;
            for (std::uint32_t i = 0; i < tensors.size(); ++i) {
                const auto change = changes.find(tensors[i].key);
                if (m_checkpoint.shards()[tensors[i].shard].listed && !dropped(i)) { // of two of one name the last file's counts, as for loaders
                    const bool renamed = change != changes.end() && !change->second.newKey.empty();
                    weightMap[renamed ? change->second.newKey : std::string(tensors[i].key)] = m_checkpoint.shards()[tensors[i].shard].file;
                }
            }
            return rebuildIndex(text, weightMap, total);
        }
        return rewriteIndex(
            text,
            [&](const std::string& key) {
                const auto found = changes.find(key);
                return found == changes.end() ? IndexEntryChange{} : found->second;
            },
            total);
    }

    /// The dtype of most float bytes before and after, where the user asked for casts and it changed.
    [[nodiscard]] std::optional<std::pair<DType, DType>> mainDtypes() const
    {
        if (m_plan.options.casts.empty()) {
            return std::nullopt;
        }
        std::map<DType, std::uint64_t> before;
        std::map<DType, std::uint64_t> after;
        const auto& tensors = m_checkpoint.tensors();
        for (std::uint32_t i = 0; i < tensors.size(); ++i) {
            if (!isRealFloat(tensors[i].dtype)) {
                continue;
            }
            // Elements, not bytes: a widened minority must not outweigh the rest.
            const std::uint64_t elements = elementCount(tensors[i]).value_or(0);
            before[tensors[i].dtype] += elements;
            if (!dropped(i)) {
                const Edit* edit = valueEdit(i);
                after[edit == nullptr ? tensors[i].dtype : edit->to] += elements;
            }
        }
        const auto most = [](const std::map<DType, std::uint64_t>& counts) {
            const auto found = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
            return found == counts.end() ? DType::Unknown : found->first;
        };
        const std::pair types(most(before), most(after));
        return types.first == types.second || types.second == DType::Unknown ? std::nullopt : std::optional(types);
    }

    const Checkpoint& m_checkpoint;
    const CheckReport& m_report;
    const JobContext& m_job;
    FixPlan m_plan;
    bool m_torch = false;                            ///< the source is one or several torch.save files
    std::map<std::uint32_t, TensorChange> m_changes; ///< by tensor
    MetadataEdits m_metadata;
    std::vector<SourceFile> m_texts; ///< read, not yet known whether they become output
};

} // namespace

Result<FixPlan> planFix(const Checkpoint& checkpoint, const CheckReport& report, const FixOptions& options, const JobContext& job)
{
    return Planner(checkpoint, report, options, job).run();
}

} // namespace ckptscope
