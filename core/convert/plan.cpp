// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/mute.h"
#include "core/convert/convert.h"
#include "core/convert/fixplan.h"
#include "core/convert/select.h"
#include "core/convert/shards.h"
#include "core/dtypes/convert.h"
#include "core/dtypes/ggmlblocks.h"
#include "core/fix/companions.h"
#include "core/fix/place.h"
#include "core/io/links.h"
#include "core/io/output.h"
#include "core/text/text.h"
#include "core/values/elementstream.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

namespace ckptscope {

namespace {

namespace fs = std::filesystem;

/// What is at home beside a lone weight file; the rest of its folder is none of ours.
constexpr std::array Companionable{std::string_view("config.json"),
                                   std::string_view("generation_config.json"),
                                   std::string_view("tokenizer.json"),
                                   std::string_view("tokenizer.model"),
                                   std::string_view("tokenizer_config.json"),
                                   std::string_view("special_tokens_map.json"),
                                   std::string_view("added_tokens.json"),
                                   std::string_view("vocab.json"),
                                   std::string_view("vocab.txt"),
                                   std::string_view("merges.txt"),
                                   std::string_view("chat_template.jinja"),
                                   std::string_view("chat_template.json"),
                                   std::string_view("preprocessor_config.json"),
                                   std::string_view("processor_config.json"),
                                   std::string_view("adapter_config.json")};

class Planner {
public:
    /// With `edits`, of the source's tensors, those are made and nothing is judged.
    Planner(std::shared_ptr<const Checkpoint> checkpoint, const ConvertOptions& options, const CheckOptions& how, const JobContext& job,
            const std::vector<Edit>* edits = nullptr)
        : m_checkpoint(std::move(checkpoint))
        , m_how(how)
        , m_job(job)
        , m_given(edits)
    {
        m_plan.options = options;
    }

    Result<ConvertPlan> run()
    {
        m_plan.source = m_checkpoint->path();
        m_plan.sourceFormat = m_checkpoint->format();
        const bool damaged = std::any_of(m_checkpoint->problems().begin(), m_checkpoint->problems().end(), [](const Problem& problem) {
            return problem.severity == Severity::Error && !convert::namesCode(problem.what.code);
        });
        if (damaged) {
            return inFile(fail(Code::FixDamaged), m_checkpoint->path());
        }
        for (const auto step : {&Planner::choose, &Planner::judge, &Planner::place, &Planner::layOut, &Planner::companions}) {
            if (m_job.stop.stop_requested()) {
                return fail(Code::Cancelled);
            }
            if (auto done = (this->*step)(); !done) {
                return done.error();
            }
        }
        notes();
        for (const OutputFile& file : m_plan.files) {
            m_plan.outputBytes += file.bytes;
        }
        return std::move(m_plan);
    }

private:
    [[nodiscard]] const TensorInfo& tensorOf(const ConvertItem& item) const { return m_checkpoint->tensors()[item.tensor]; }

    Result<void> choose()
    {
        auto chosen = convert::selectTensors(*m_checkpoint, m_plan.options);
        if (!chosen) {
            return chosen.error();
        }
        m_plan.part = std::move(chosen->part);
        m_plan.stripped = std::move(chosen->stripped);
        m_plan.leftOutTensors = std::move(chosen->leftOut);
        m_plan.tensorsLeftOut = chosen->tensorsLeftOut;
        m_plan.notes = std::move(chosen->notes);
        m_plan.aliases = convert::dropAliases(*m_checkpoint, chosen->items, m_plan.notes);
        std::uint64_t refused = 0;
        std::uint64_t blocks = 0;
        Error cannot = fail(Code::ConvertCannot, {"", "", ""});
        Error blocked = fail(Code::ConvertBlocks, {"", "", ""});
        std::uint64_t dequantized = 0;
        for (convert::Chosen& one : chosen->items) {
            const TensorInfo& tensor = m_checkpoint->tensors()[one.tensor];
            ConvertItem item;
            item.tensor = one.tensor;
            item.key = std::move(one.key);
            item.dtype = tensor.dtype;
            const DTypeInfo& info = dtypeInfo(tensor.dtype);
            std::string why;
            if (!tensor.readable()) {
                why = tensor.extra != nullptr && !tensor.extra->unreadable.empty() ? tensor.extra->unreadable : "it is damaged";
            } else if (info.family == DTypeFamily::Block) {
                if (m_plan.options.dequantize == DType::Unknown) {
                    blocked.args = blocks++ == 0 ? std::vector<std::string>{std::string(tensor.key), "", std::string(info.name)} : blocked.args;
                    continue;
                }
                if (!canDecodeGgml(tensor.dtype)) {
                    why = "blocks of type " + std::string(info.name) + " are not decoded";
                } else {
                    item.dtype = m_plan.options.dequantize;
                    ++dequantized;
                }
            } else if (!info.safetensors) {
                why = "safetensors has no dtype " + std::string(tensor.dtypeText());
            } else if (tensor.extra != nullptr && !tensor.extra->quantizer.empty()) {
                why = "it is a quantised torch tensor, whose scale would be lost";
            }
            const auto elements = elementCount(tensor);
            const auto bytes = elements ? byteSize(item.dtype, *elements) : std::nullopt;
            if (why.empty() && !bytes) {
                why = "its size cannot be told";
            }
            if (!why.empty()) {
                cannot.args = refused++ == 0 ? std::vector<std::string>{std::string(tensor.key), "", why} : cannot.args;
                continue;
            }
            item.bytes = *bytes;
            m_plan.items.push_back(std::move(item));
        }
        if (blocks > 0) {
            blocked.args[1] = std::to_string(blocks);
            return inFile(blocked, m_checkpoint->path());
        }
        if (refused > 0) {
            cannot.args[1] = std::to_string(refused);
            return inFile(cannot, m_checkpoint->path());
        }
        if (dequantized > 0) {
            m_plan.notes.push_back(fail(Code::ConvertDequantized, {std::to_string(dequantized), std::string(dtypeName(m_plan.options.dequantize))}));
        }
        return checkNames();
    }

    Result<void> checkNames()
    {
        std::unordered_map<std::string_view, const ConvertItem*> seen;
        for (const ConvertItem& item : m_plan.items) {
            if (item.key == "__metadata__" || !isUtf8(item.key)) {
                return inFile(fail(Code::ConvertName, {std::string(tensorOf(item).key), item.key}), m_checkpoint->path());
            }
            const auto [other, fresh] = seen.emplace(item.key, &item);
            if (!fresh) {
                return inFile(fail(Code::ConvertSameName, {std::string(tensorOf(*other->second).key), std::string(tensorOf(item).key), item.key}),
                              m_checkpoint->path());
            }
        }
        return {};
    }

    /// The result as a checkpoint, so that rules see its names and dtypes and not the trainer's.
    std::shared_ptr<const Checkpoint> preview() const
    {
        CheckpointParts parts;
        parts.path = m_checkpoint->path();
        parts.folder = m_checkpoint->folder();
        parts.isFolder = m_checkpoint->isFolder();
        parts.format = "safetensors";
        parts.config = m_checkpoint->config();
        parts.ggufArchitecture = m_checkpoint->ggufArchitecture();
        auto keys = std::make_shared<std::vector<std::string>>();
        keys->reserve(m_plan.items.size());
        Shard shard;
        shard.file = "model.safetensors";
        shard.hasMetadata = true;
        std::uint64_t at = 0;
        for (const ConvertItem& item : m_plan.items) {
            TensorInfo tensor;
            tensor.key = keys->emplace_back(item.key);
            tensor.shape = tensorOf(item).shape;
            tensor.dtype = item.dtype;
            tensor.bytes = {at, item.bytes};
            at += item.bytes;
            parts.tensors.push_back(tensor);
        }
        shard.tensors = static_cast<std::uint32_t>(parts.tensors.size());
        shard.bytes = at;
        parts.shards.push_back(std::move(shard));
        parts.storage.push_back(std::move(keys));
        parts.storage.push_back(m_checkpoint);
        return Checkpoint::make(std::move(parts));
    }

    Result<void> judge()
    {
        for (ConvertItem& item : m_plan.items) {
            if (dtypeInfo(tensorOf(item).dtype).family == DTypeFamily::Block) {
                cast(item, item.dtype, "--dequantize", Severity::Note, true);
            }
        }
        if (m_given != nullptr) {
            takeGiven();
            return checkNames();
        }
        const FixOptions wanted = wantedEdits();
        if (!m_plan.options.fix && wanted.casts.empty() && wanted.hand.empty()) {
            return {};
        }
        const auto result = preview();
        auto report = verdict(*result);
        if (!report) {
            return report.error();
        }
        auto edits = proposeEdits(*result, **report, wanted, &m_plan.notes);
        if (!edits) {
            return edits.error();
        }
        std::set<std::uint32_t> dropped;
        std::set<std::uint32_t> mended;
        for (Edit& edit : *edits) {
            ConvertItem& item = m_plan.items[edit.tensor];
            switch (edit.op) {
            case EditOp::Drop:
                dropped.insert(edit.tensor);
                break;
            case EditOp::Rename:
                item.key = edit.newKey;
                break;
            default:
                mended.insert(edit.tensor);
                cast(item, edit.to, edit.rule, edit.severity, edit.lossless, edit.op);
            }
        }
        for (const Finding& finding : (*report)->findings) {
            const bool open =
                finding.severity == Severity::Violation && finding.tensor && !mended.contains(*finding.tensor) && !dropped.contains(*finding.tensor);
            m_plan.findingsLeft += open ? 1 : 0;
            m_plan.unmendable += open && !finding.fix ? 1 : 0;
        }
        m_plan.tensorsLeftOut += dropped.size();
        if (!dropped.empty()) {
            std::vector<ConvertItem> kept;
            for (std::uint32_t i = 0; i < m_plan.items.size(); ++i) {
                if (!dropped.contains(i)) {
                    kept.push_back(std::move(m_plan.items[i]));
                }
            }
            m_plan.items = std::move(kept);
        }
        return checkNames();
    }

    /// What is asked of the result, by its own numbers of tensors.
    [[nodiscard]] FixOptions wantedEdits() const
    {
        const FixOptions& asked = m_plan.options.edits;
        FixOptions wanted;
        if (m_plan.options.fix) {
            wanted = asked;
        } else {
            wanted.casts = asked.casts;
        }
        wanted.hand = {};
        for (std::uint32_t i = 0; i < m_plan.items.size(); ++i) {
            const std::uint32_t source = m_plan.items[i].tensor;
            if (const auto cast = asked.hand.casts.find(source); cast != asked.hand.casts.end()) {
                wanted.hand.casts.emplace(i, cast->second);
            }
            if (asked.hand.drops.contains(source)) {
                wanted.hand.drops.insert(i);
            }
            if (asked.hand.leftOut.contains(source)) {
                wanted.hand.leftOut.insert(i);
            }
        }
        return wanted;
    }

    /// What rules say of the result; without `fix` nobody asks them.
    Result<std::shared_ptr<const CheckReport>> verdict(const Checkpoint& result)
    {
        if (!m_plan.options.fix) {
            auto none = std::make_shared<CheckReport>();
            none->tensors.resize(result.tensors().size());
            return std::shared_ptr<const CheckReport>(std::move(none));
        }
        const auto& muted = m_plan.options.edits.muted;
        auto report = runChecksWithout(MutedRules(muted.begin(), muted.end()), result, m_how, m_job);
        if (report) {
            m_plan.profile = (*report)->profile;
        }
        return report;
    }

    /// Names are changed behind what is taken off in front of them.
    void takeGiven()
    {
        std::unordered_map<std::uint32_t, std::vector<const Edit*>> byTensor;
        for (const Edit& edit : *m_given) {
            byTensor[edit.tensor].push_back(&edit);
        }
        std::vector<ConvertItem> kept;
        for (ConvertItem& item : m_plan.items) {
            bool dropped = false;
            const auto found = byTensor.find(item.tensor);
            for (const Edit* edit : found == byTensor.end() ? std::vector<const Edit*>() : found->second) {
                if (edit->op == EditOp::Drop) {
                    dropped = true;
                } else if (edit->op == EditOp::Rename) {
                    // What was stripped in front of the name stays off.
                    const std::string_view key = tensorOf(item).key;
                    const std::size_t off = key.ends_with(item.key) ? key.size() - item.key.size() : 0;
                    item.key = edit->newKey.starts_with(key.substr(0, off)) ? edit->newKey.substr(off) : edit->newKey;
                } else {
                    cast(item, edit->to, edit->rule, edit->severity, edit->lossless, edit->op);
                    m_plan.edits[item.edit].donorTensor = edit->donorTensor;
                }
            }
            if (!dropped) {
                kept.push_back(std::move(item));
            }
        }
        m_plan.items = std::move(kept);
    }

    void cast(ConvertItem& item, DType to, std::string_view rule, Severity severity, bool lossless, EditOp op = EditOp::Cast)
    {
        const TensorInfo& tensor = tensorOf(item);
        if (item.edit == UINT32_MAX) {
            item.edit = static_cast<std::uint32_t>(m_plan.edits.size());
            m_plan.edits.emplace_back();
        }
        Edit& edit = m_plan.edits[item.edit];
        item.dtype = to;
        item.bytes = byteSize(to, elementCount(tensor).value_or(0)).value_or(item.bytes);
        edit.tensor = item.tensor;
        edit.op = op;
        edit.from = tensor.dtype;
        edit.to = to;
        edit.key = std::string(tensor.key);
        edit.newKey = item.key == tensor.key ? std::string() : item.key;
        edit.rule = std::string(rule);
        edit.severity = severity;
        edit.lossless = lossless;
        edit.bytesDelta = static_cast<std::int64_t>(item.bytes) - static_cast<std::int64_t>(tensor.bytes.length);
    }

    [[nodiscard]] bool toFolder() const { return m_plan.options.target == ConvertTarget::Folder; }

    Result<void> place()
    {
        std::string output = m_plan.options.output;
        if (output.empty()) {
            return {};
        }
        // A lone file's folder is no part of the source: the result may lie beside it. publish() looks at what OUT is by then.
        if (auto done = checkPlace(*m_checkpoint, toFolder() && m_checkpoint->isFolder(), m_plan.options.force, output); !done) {
            return done;
        }
        m_plan.output = output;
        m_plan.partialName = newPartialName(output);
        return {};
    }

    Result<void> layOut()
    {
        const std::uint32_t shards = convert::splitIntoShards(m_plan.items, toFolder() ? m_plan.options.maxShardBytes : UINT64_MAX);
        m_plan.weightFiles = shards;
        std::vector<std::vector<std::uint32_t>> members(shards);
        for (std::uint32_t i = 0; i < m_plan.items.size(); ++i) {
            members[m_plan.items[i].file].push_back(i);
            m_plan.tensorBytes += m_plan.items[i].bytes;
        }
        std::map<std::string, std::string> metadata(m_plan.aliases.begin(), m_plan.aliases.end());
        metadata["format"] = "pt";
        for (const auto& [key, value] : m_plan.options.edits.metadata) {
            metadata[key] = value;
        }
        for (const std::string& key : m_plan.options.edits.metadataRemovals) {
            metadata.erase(key);
        }
        for (const auto& [key, value] : m_plan.options.edits.hand.metadata) {
            if (value) {
                metadata[key] = *value;
            } else {
                metadata.erase(key);
            }
        }
        for (std::uint32_t i = 0; i < shards; ++i) {
            OutputFile out;
            out.kind = OutputFile::Kind::Rewritten;
            out.name = toFolder() ? weightFile(i, shards) : fs::path(m_plan.output).filename().string();
            out.shard = i;
            auto header = convert::layOutShard(m_plan.items, members[i], *m_checkpoint, metadata, out.name, out.bytes);
            if (!header) {
                return header.error();
            }
            out.header = *std::move(header);
            m_plan.files.push_back(std::move(out));
        }
        for (const Shard& shard : m_checkpoint->shards()) {
            if (shard.state == Shard::State::Ok) {
                m_plan.sources.push_back(SourceFile{shard.path, shard.identity, {}});
            }
        }
        return {};
    }

    /// An adapter is looked for by a name of its own, and in one file (huggingface/peft src/peft/utils/constants.py).
    [[nodiscard]] std::string weightFile(std::uint32_t index, std::uint32_t count) const
    {
        return count == 1 && m_checkpoint->config().adapter ? "adapter_model.safetensors" : convert::shardName(index, count);
    }

    Result<void> companions()
    {
        if (!toFolder()) {
            return {};
        }
        if (m_plan.weightFiles > 1) {
            OutputFile index;
            index.kind = OutputFile::Kind::Text;
            index.name = "model.safetensors.index.json";
            index.text = convert::indexText(m_plan);
            index.bytes = index.text.size();
            m_plan.files.push_back(std::move(index));
        }
        std::set<std::string> skip;
        for (const Shard& shard : m_checkpoint->shards()) {
            skip.insert(shard.file);
        }
        if (m_checkpoint->index()) {
            skip.insert(fs::path(m_checkpoint->index()->path).filename().string());
        }
        Companions found;
        if (m_checkpoint->isFolder()) {
            auto all = findCompanions(m_checkpoint->folder(), m_plan.options.files, skip, m_job, m_plan.options.followOutside);
            if (!all) {
                return all.error();
            }
            found = *std::move(all);
        } else if (m_checkpoint->config().state != ModelConfig::State::Absent) {
            for (const std::string_view name : Companionable) {
                const std::string path = (fs::path(m_checkpoint->folder()) / name).string();
                if (!m_plan.options.followOutside && leavesFolder(m_checkpoint->folder(), path)) {
                    found.leftOut.emplace_back(name);
                } else if (auto file = File::open(path)) {
                    found.taken.push_back({std::string(name), path, file->identity()});
                }
            }
        }
        for (Companions::Taken& taken : found.taken) {
            // Weights of another set would be loaded beside, or instead of, what is written.
            if (taken.name.find('/') == std::string::npos
                && (taken.name.ends_with(".safetensors") || taken.name.ends_with(".safetensors.index.json"))) {
                found.leftOut.push_back(std::move(taken.name));
                continue;
            }
            OutputFile out;
            out.kind = OutputFile::Kind::Whole;
            out.name = std::move(taken.name);
            out.sourcePath = taken.path;
            out.bytes = taken.identity.bytes;
            m_plan.files.push_back(std::move(out));
            m_plan.sources.push_back(SourceFile{std::move(taken.path), taken.identity, {}});
        }
        m_plan.leftOut = std::move(found.leftOut);
        return {};
    }

    void notes()
    {
        std::uint64_t values = 0;
        std::string first;
        for (const MetadataEntry& entry : m_checkpoint->metadata()) {
            if (entry.origin == "pickle") {
                first = values++ == 0 ? entry.key : first;
            }
        }
        if (values > 0) {
            m_plan.notes.push_back(fail(Code::ConvertValues, {std::to_string(values), first}));
        }
        const std::string name = fs::path(m_plan.output).filename().string();
        if (m_plan.options.target == ConvertTarget::File && !name.empty() && !name.ends_with(".safetensors")) {
            m_plan.notes.push_back(fail(Code::ConvertSuffix, {name}));
        }
        if (m_checkpoint->format() == "gguf") {
            m_plan.notes.push_back(fail(Code::ConvertGgufNames, {m_plan.items.front().key}));
        }
        if (toFolder() && m_checkpoint->config().state == ModelConfig::State::Absent) {
            m_plan.notes.push_back(fail(Code::ConvertNoConfig));
        }
    }

    std::shared_ptr<const Checkpoint> m_checkpoint;
    const CheckOptions& m_how;
    const JobContext& m_job;
    const std::vector<Edit>* m_given;
    ConvertPlan m_plan;
};

} // namespace

namespace convert {

bool namesCode(Code code) noexcept
{
    return code == Code::PickleDangerous || code == Code::PickleComputedName || code == Code::PickleEmbeddedLeft;
}

Result<FixPlan> planRepair(const Checkpoint& checkpoint, const CheckReport& report, FixPlan plan, const JobContext& job)
{
    ConvertOptions options;
    options.output = plan.options.output;
    options.target = checkpoint.isFolder() ? ConvertTarget::Folder : ConvertTarget::File;
    options.files = plan.options.files;
    options.force = plan.options.force;
    options.edits.metadata = plan.options.metadata;
    options.edits.metadataRemovals = plan.options.metadataRemovals;
    const std::shared_ptr<const Checkpoint> source(std::shared_ptr<void>(), &checkpoint); // the caller owns it
    auto converted = Planner(source, options, {}, job, &plan.edits).run();
    if (!converted) {
        return converted.error();
    }
    FixPlan out = toFixPlan(checkpoint, *converted);
    out.options = std::move(plan.options);
    out.options.link = LinkChoice::Copy;
    out.profile = std::move(plan.profile);
    out.donorMatches = std::move(plan.donorMatches);
    out.notes = std::move(plan.notes);
    out.notes.insert(out.notes.end(), converted->notes.begin(), converted->notes.end());
    out.unmendable = plan.unmendable;
    // Renames and drops are told with the rest; of tensors that are not written at all there is nothing to tell.
    std::set<std::uint32_t> written;
    for (const ConvertItem& item : converted->items) {
        written.insert(item.tensor);
    }
    for (Edit& edit : plan.edits) {
        if (edit.op == EditOp::Drop || (edit.op == EditOp::Rename && written.contains(edit.tensor))) {
            out.edits.push_back(std::move(edit));
        }
    }
    for (const Finding& finding : report.findings) {
        if (finding.severity == Severity::Violation && finding.tensor && written.contains(*finding.tensor)) {
            const auto mends = [&](const Edit& edit) {
                return edit.tensor == *finding.tensor && std::find(finding.want.begin(), finding.want.end(), edit.to) != finding.want.end();
            };
            out.findingsLeft += std::any_of(out.edits.begin(), out.edits.end(), mends) ? 0 : 1;
        }
    }
    return out;
}

} // namespace convert

Result<ConvertPlan> planConvert(const std::shared_ptr<const Checkpoint>& checkpoint, const ConvertOptions& options, const CheckOptions& how,
                                const JobContext& job)
{
    return Planner(checkpoint, options, how, job).run();
}

} // namespace ckptscope
