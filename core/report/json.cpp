// SPDX-License-Identifier: Apache-2.0
#include "core/report/json.h"

#include "core/report/messages.h"
#include "core/report/values.h"

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <unordered_set>

namespace ckptscope::report {

namespace {

template<class Range>
void textList(JsonWriter& json, const Range& items)
{
    json.open('[');
    for (const auto& item : items) {
        json.text(item);
    }
    json.close(']');
}

void numberList(JsonWriter& json, std::span<const std::uint64_t> numbers)
{
    json.open('[');
    for (const std::uint64_t number : numbers) {
        json.number(number);
    }
    json.close(']');
}

void offsetOrNull(JsonWriter& json, const std::optional<std::uint64_t>& offset)
{
    if (offset) {
        json.number(*offset);
    } else {
        json.null();
    }
}

std::string_view fileOf(const Checkpoint& checkpoint, std::uint32_t shard)
{
    return shard < checkpoint.shards().size() ? std::string_view(checkpoint.shards()[shard].file) : std::string_view();
}

struct MetadataWriter {
    JsonWriter& json;
    void operator()(std::nullptr_t) const { json.null(); }
    void operator()(bool value) const { json.boolean(value); }
    void operator()(std::int64_t value) const { json.number(value); }
    void operator()(std::uint64_t value) const { json.number(value); }
    void operator()(double value) const { json.number(value); }
    void operator()(const std::string& value) const { json.text(value); }
    void operator()(const MetadataPlace& place) const
    {
        json.open('{').key("type").text(place.type).key("count").number(place.count).key("bytes").number(place.bytes.length).close('}');
    }
};

/// The first damage that names a tensor, for its "reason"; where none does, its shard's: Checkpoint::damageOf().
std::unordered_map<std::uint32_t, const Problem*> damageByTensor(const Checkpoint& checkpoint)
{
    std::unordered_map<std::uint32_t, const Problem*> found;
    for (const Problem& problem : checkpoint.problems()) {
        if (problem.tensor && problem.severity == Severity::Error) {
            found.emplace(*problem.tensor, &problem);
        }
    }
    return found;
}

/// Rows that are parts of a tensor that is in the list, too, by their keys.
std::unordered_map<std::string_view, std::size_t> partsOfOthers(const Checkpoint& checkpoint, const std::vector<std::uint32_t>& rows)
{
    std::unordered_map<std::string_view, std::size_t> found;
    for (const std::uint32_t row : rows) {
        const TensorExtra* extra = checkpoint.tensors()[row].extra;
        for (std::size_t i = 0; extra != nullptr && i < extra->parts.size(); ++i) {
            found.emplace(extra->parts[i], SIZE_MAX);
        }
    }
    for (std::size_t i = 0; !found.empty() && i < rows.size(); ++i) {
        const TensorInfo& tensor = checkpoint.tensors()[rows[i]];
        const auto part = found.find(tensor.key);
        if (part != found.end() && part->second == SIZE_MAX && (tensor.extra == nullptr || tensor.extra->parts.empty())) {
            part->second = i;
        }
    }
    std::erase_if(found, [](const auto& part) { return part.second == SIZE_MAX; });
    return found;
}

void writeLayout(JsonWriter& json, const Checkpoint& checkpoint, const Layout& layout)
{
    if (const auto* strided = std::get_if<Strided>(&layout)) {
        json.key("strides");
        numberList(json, strided->strides);
    } else if (const auto* packed = std::get_if<Packed>(&layout)) {
        if (!packed->strides.empty()) {
            json.key("strides");
            numberList(json, packed->strides);
        }
        json.key("codec").text(packed->codec);
    } else if (const auto* chunks = std::get_if<Chunks>(&layout)) {
        json.key("chunks").open('[');
        for (const Chunk& chunk : chunks->chunks) {
            json.open('{').key("file").text(fileOf(checkpoint, chunk.shard)).key("offset").number(chunk.bytes.offset).key("start");
            numberList(json, chunk.start);
            json.key("shape");
            numberList(json, chunk.shape);
            json.key("strides");
            numberList(json, chunk.strides);
            json.close('}');
        }
        json.close(']');
    }
}

void writeOffset(JsonWriter& json, const TensorInfo& tensor)
{
    const Layout* layout = tensor.extra != nullptr && tensor.extra->layout ? &*tensor.extra->layout : nullptr;
    if (layout == nullptr) {
        json.key("offset").number(tensor.bytes.offset);
    } else if (const auto* strided = std::get_if<Strided>(layout)) {
        const auto before = byteSize(tensor.dtype, strided->offset);
        json.key("offset").number(strided->storage.offset + before.value_or(0));
    } else if (const auto* packed = std::get_if<Packed>(layout)) {
        json.key("offset").number(packed->bytes.offset);
    }
}

/// Writes one part of a sparse or quantised tensor, by its key.
using PartWriter = std::function<void(std::string_view key)>;

void writeTensor(JsonWriter& json, const Checkpoint& checkpoint, const TensorInfo& tensor, const Problem* damage, const ElementsHash* hash,
                 const PartWriter& writePart = {})
{
    json.open('{').key("name").text(tensor.key).key("dtype").text(tensor.dtypeText()).key("shape");
    numberList(json, tensor.shape);
    json.key("elements");
    offsetOrNull(json, elementCount(tensor));
    json.key("bytes").number(tensor.bytes.length).key("file").text(fileOf(checkpoint, tensor.shard));
    const bool located = tensor.extra == nullptr || tensor.extra->unreadable.empty();
    if (located) {
        writeOffset(json, tensor);
    }
    if (tensor.extra != nullptr) {
        if (tensor.extra->layout) {
            writeLayout(json, checkpoint, *tensor.extra->layout);
        }
        if (!tensor.extra->sparseLayout.empty()) {
            json.key("layout").text(tensor.extra->sparseLayout);
        }
        if (!tensor.extra->parts.empty()) {
            json.key("parts").open('[');
            for (const std::string& part : tensor.extra->parts) {
                if (writePart) {
                    writePart(part);
                } else {
                    json.text(part);
                }
            }
            json.close(']');
        }
        if (!tensor.extra->quantizer.empty()) {
            json.key("quantizer").raw(tensor.extra->quantizer);
        }
    }
    std::string reason;
    if (!tensor.readable()) {
        json.key("readable").boolean(false);
        reason = !located ? tensor.extra->unreadable : damage != nullptr ? messageText(damage->what) : "damaged";
    }
    if (hash != nullptr && !hash->sha256.empty()) {
        json.key("sha256").text(hash->sha256);
    } else if (hash != nullptr && reason.empty()) {
        reason = hash->reason;
    }
    if (!reason.empty()) {
        json.key("reason").text(reason);
    }
    json.closeNamed();
}

void writeErrorObject(JsonWriter& json, const Error& error)
{
    json.key("code").text(codeInfo(error.code).id).key("message").text(messageWithHint(error)).key("file").textOrNull(error.file).key("offset");
    offsetOrNull(json, error.offset);
}

std::string_view fixOpName(FindingFix::Op op) noexcept
{
    switch (op) {
    case FindingFix::Op::Cast:
        return "cast";
    case FindingFix::Op::Relabel:
        return "relabel";
    case FindingFix::Op::StripHolder:
        return "strip_holder";
    case FindingFix::Op::Drop:
        return "drop";
    case FindingFix::Op::RepairIndex:
        return "repair_index";
    }
    return "cast";
}

void writeFix(JsonWriter& json, const FindingFix& fix, bool donorRestores)
{
    json.open('{').key("op").text(fixOpName(fix.op));
    if (fix.op == FindingFix::Op::Cast || fix.op == FindingFix::Op::Relabel) {
        // No edit of a file brings back bits that were rounded off before it was written; only a donor does.
        json.key("to").text(dtypeName(fix.to)).key("lossless").boolean(fix.lossless).key("restores_lost_bits").boolean(donorRestores);
    } else if (fix.op == FindingFix::Op::StripHolder) {
        json.key("to").text(fix.newKey);
    }
    json.close('}');
}

const DonorMatch* matchOf(const DonorAnswer& donor, std::uint32_t tensor)
{
    const auto found = std::find_if(donor.matches.begin(), donor.matches.end(), [&](const DonorMatch& match) { return match.tensor == tensor; });
    return found != donor.matches.end() ? &*found : nullptr;
}

void writeDonor(JsonWriter& json, const Checkpoint& checkpoint, const DonorAnswer& answer)
{
    json.key("donor").open('{').key("path").text(answer.donor->path()).key("tensors").open('[');
    for (const DonorMatch& match : answer.matches) {
        json.open('{').key("tensor").text(checkpoint.tensors()[match.tensor].key).key("donor_tensor");
        json.textOrNull(match.donorTensor ? answer.donor->tensors()[*match.donorTensor].key : std::string_view());
        json.key("donor_dtype").textOrNull(match.donorTensor ? dtypeName(match.donorDtype) : std::string_view());
        json.key("fits").boolean(match.usable()).key("elements").number(match.elements).key("disagreeing").number(match.disagreeing);
        json.key("code").textOrNull(match.refusal ? codeInfo(match.refusal->code).id : std::string_view());
        json.key("reason").textOrNull(match.refusal ? messageText(*match.refusal) : std::string()).closeNamed();
    }
    json.close(']').closeNamed();
}

void writeFinding(JsonWriter& json, const Checkpoint& checkpoint, const CheckReport& report, const Finding& finding, const DonorAnswer* donor)
{
    const TensorInfo* tensor = finding.tensor && *finding.tensor < checkpoint.tensors().size() ? &checkpoint.tensors()[*finding.tensor] : nullptr;
    const Rule* rule = report.rules && finding.ruleIndex < report.rules->rules().size() ? &report.rules->rules()[finding.ruleIndex] : nullptr;
    json.open('{').key("rule").text(finding.rule).key("severity").text(severityName(finding.severity));
    json.key("tensor");
    if (tensor != nullptr) {
        json.text(tensor->key);
    } else {
        json.textOrNull(finding.key);
    }
    if (!finding.others.empty()) {
        json.key("others").open('[');
        for (const std::uint32_t other : finding.others) {
            json.text(checkpoint.tensors()[other].key);
        }
        json.close(']');
    }
    json.key("file").textOrNull(finding.file).key("offset");
    offsetOrNull(json, finding.offset);
    json.key("have");
    if (finding.have != DType::Unknown) {
        json.text(dtypeName(finding.have));
    } else if (rule != nullptr && tensor != nullptr) {
        json.text(tensor->dtypeText());
    } else {
        json.null();
    }
    json.key("want").open('[');
    for (const DType dtype : finding.want) {
        json.text(dtypeName(dtype));
    }
    json.close(']').key("message").text(finding.what ? messageWithHint(*finding.what) : findingText(checkpoint, finding));
    json.key("why").textOrNull(rule != nullptr ? std::string_view(rule->why) : std::string_view()).key("sources");
    if (rule != nullptr) {
        textList(json, rule->sources);
    } else {
        json.open('[').close(']');
    }
    json.key("fix");
    if (finding.fix) {
        const DonorMatch* match = donor != nullptr && finding.tensor ? matchOf(*donor, *finding.tensor) : nullptr;
        writeFix(json, *finding.fix, match != nullptr && match->usable());
    } else {
        json.null();
    }
    json.closeNamed();
}

struct ConfigWriter {
    JsonWriter& json;
    void operator()(std::nullptr_t) const { json.null(); }
    void operator()(bool value) const { json.boolean(value); }
    void operator()(std::int64_t value) const { json.number(value); }
    void operator()(double value) const { json.number(value); }
    void operator()(const std::string& value) const { json.text(value); }
};

} // namespace

std::string_view problemGrade(Severity severity) noexcept
{
    return severity == Severity::Error ? "error" : severity == Severity::Note ? "note" : "warning";
}

std::string_view outcomeName(Explanation::Outcome outcome) noexcept
{
    switch (outcome) {
    case Explanation::Outcome::Decides:
        return "decides";
    case Explanation::Outcome::Agrees:
        return "agrees";
    case Explanation::Outcome::Overruled:
        return "overruled";
    case Explanation::Outcome::OtherArchitecture:
        return "other-architecture";
    case Explanation::Outcome::ConfigDiffers:
        return "config-differs";
    case Explanation::Outcome::NotInProfile:
        return "not-in-profile";
    }
    return "decides";
}

void writeErrorJson(std::string_view schema, const Error& error, const Write& write)
{
    JsonWriter json(write);
    json.open('{').key("schema").text(schema).key("error").open('{');
    writeErrorObject(json, error);
    json.closeNamed().close('}').finish();
}

void writeListJson(const Checkpoint& checkpoint, const std::vector<std::uint32_t>& rows, const std::vector<ElementsHash>& hashes, const Write& write)
{
    JsonWriter json(write);
    json.open('{').key("schema").text("ckptscope.ls/1").key("path").text(checkpoint.path()).key("format").text(checkpoint.format());
    json.key("architectures");
    textList(json, checkpoint.config().architectures);
    json.key("shards").open('[');
    for (const Shard& shard : checkpoint.shards()) {
        if (shard.state == Shard::State::Missing) {
            continue; // a problem names it
        }
        json.open('{').key("file").text(shard.file).key("bytes").number(shard.bytes).key("tensors").number(std::uint64_t{shard.tensors});
        json.closeNamed();
    }
    json.close(']').key("metadata").open('{');
    std::unordered_set<std::string_view> seen; // shards repeat it; the first one counts
    for (const MetadataEntry& entry : checkpoint.metadata()) {
        if (seen.insert(entry.key).second) {
            json.nameKey(entry.key);
            std::visit(MetadataWriter{json}, entry.value);
        }
    }
    json.closeNamed();
    const auto damage = damageByTensor(checkpoint);
    json.key("tensors").open('[');
    // A sparse tensor, and one that is quantised by channels, is one entry with its parts in it.
    const auto parts = partsOfOthers(checkpoint, rows);
    const auto write1 = [&](std::size_t row, const PartWriter& writePart) {
        const auto problem = damage.find(rows[row]);
        const TensorInfo& tensor = checkpoint.tensors()[rows[row]];
        writeTensor(json, checkpoint, tensor,
                    problem != damage.end() ? problem->second
                        : tensor.damaged    ? checkpoint.damageOf(tensor)
                                            : nullptr,
                    row < hashes.size() ? &hashes[row] : nullptr, writePart);
    };
    const PartWriter writePart = [&](std::string_view key) {
        const auto part = parts.find(key);
        if (part != parts.end()) {
            write1(part->second, {});
        } else {
            json.text(key);
        }
    };
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto part = parts.empty() ? parts.end() : parts.find(checkpoint.tensors()[rows[i]].key);
        if (part == parts.end() || part->second != i) {
            write1(i, writePart);
        }
    }
    json.close(']').key("problems").open('[');
    for (const Problem& problem : checkpoint.problems()) {
        json.open('{').key("severity").text(problemGrade(problem.severity)).key("code").text(codeInfo(problem.what.code).id);
        json.key("file").textOrNull(problem.what.file).key("offset");
        offsetOrNull(json, problem.what.offset);
        json.key("message").text(messageWithHint(problem.what)).closeNamed();
    }
    json.close(']').close('}').finish();
}

void writeTensorJson(const Checkpoint& checkpoint, const TensorInfo& tensor, const Write& write)
{
    const Problem* damage = nullptr;
    if (tensor.damaged) {
        const auto found = damageByTensor(checkpoint);
        const auto at = found.find(checkpoint.indexOf(tensor));
        damage = at == found.end() ? checkpoint.damageOf(tensor) : at->second;
    }
    JsonWriter json(write);
    writeTensor(json, checkpoint, tensor, damage, nullptr);
}

void writeRolesJson(const Checkpoint& checkpoint, const std::vector<Role>& roles, const Write& write)
{
    JsonWriter json(write);
    json.open('{').key("schema").text("ckptscope.roles/1").key("path").text(checkpoint.path()).key("roles").open('[');
    for (const Role& role : roles) {
        json.open('{').key("pattern").text(role.pattern).key("count").number(std::uint64_t{role.tensors.size()}).key("shapes").open('[');
        for (const auto& shape : role.shapes) {
            numberList(json, shape);
        }
        json.close(']').key("dtypes").open('{');
        for (const auto& [dtype, count] : role.dtypes) {
            json.nameKey(dtype).number(count);
        }
        json.close('}').key("bytes").number(role.bytes).key("elements").number(role.elements).key("missing").open('[');
        for (const auto& numbers : role.missing) {
            numberList(json, numbers);
        }
        json.close(']').key("odd").open('[');
        for (const std::uint32_t tensor : role.odd) {
            json.text(checkpoint.tensors()[tensor].key);
        }
        json.close(']').closeNamed();
    }
    json.close(']').close('}').finish();
}

void writeCheckJson(const Checkpoint& checkpoint, const CheckReport& report, const Write& write, const std::vector<Decay>* decays,
                    const DonorAnswer* donor)
{
    JsonWriter json(write);
    json.open('{').key("schema").text("ckptscope.check/1").key("path").text(checkpoint.path()).key("profile").text(report.profile);
    json.key("architectures");
    textList(json, report.architecture.names);
    if (report.architecture.from == ArchitectureChoice::From::Inferred) {
        json.key("inferred_from");
        textList(json, report.architecture.evidence);
    }
    json.key("verdict").text(verdictName(report.verdict)).key("counts").open('{');
    for (const Severity severity : {Severity::Error, Severity::Violation, Severity::Advice, Severity::Note}) {
        json.key(severityName(severity)).number(report.count(severity));
    }
    json.close('}').key("rules_applied");
    textList(json, report.rulesApplied);
    json.key("tensors_checked").number(report.tensorsChecked).key("findings").open('[');
    for (const Finding& finding : report.findings) {
        writeFinding(json, checkpoint, report, finding, donor);
    }
    json.close(']');
    if (decays != nullptr) {
        json.key("decay").open('[');
        for (const Decay& decay : *decays) {
            writeDecayJson(json, checkpoint, decay);
        }
        json.close(']');
    }
    if (donor != nullptr) {
        writeDonor(json, checkpoint, *donor);
    }
    json.close('}').finish();
}

void writeExplainJson(const Checkpoint& checkpoint, const CheckReport& report, std::string_view key, const std::vector<Explanation>& explanations,
                      const Write& write)
{
    JsonWriter json(write);
    json.open('{').key("schema").text("ckptscope.explain/1").key("path").text(checkpoint.path()).key("profile").text(report.profile);
    json.key("architectures");
    textList(json, report.architecture.names);
    if (!report.architecture.evidence.empty()) {
        json.key("inferred_from");
        textList(json, report.architecture.evidence);
    }
    json.key("key").text(key).key("dtype");
    const TensorInfo* tensor = checkpoint.find(key);
    json.textOrNull(tensor != nullptr ? tensor->dtypeText() : std::string_view()).key("rules").open('[');
    for (const Explanation& explanation : explanations) {
        const Rule& rule = report.rules->rules()[explanation.ruleIndex];
        json.open('{').key("rule").text(rule.id).key("severity").text(severityName(rule.severity)).key("want").open('[');
        for (const DType dtype : rule.requiredDtypes) {
            json.text(dtypeName(dtype));
        }
        json.close(']').key("outcome").text(outcomeName(explanation.outcome)).key("detail").textOrNull(explanation.detail);
        json.key("why").text(rule.why).key("sources");
        textList(json, rule.sources);
        json.close('}');
    }
    json.close(']').closeNamed().finish();
}

void writeReceiptJson(const Receipt& receipt, const Write& write)
{
    JsonWriter json(write);
    json.open('{').key("schema").text("ckptscope.receipt/1").key("source").text(receipt.source).key("output").textOrNull(receipt.output);
    json.key("profile").text(receipt.profile).key("device").text(receipt.device).key("fallback").textOrNull(receipt.fallback);
    json.key("edits").open('[');
    for (const ReceiptEdit& edit : receipt.edits) {
        json.open('{').key("tensor").text(edit.tensor);
        if (!edit.newKey.empty()) {
            json.key("new_name").text(edit.newKey);
        }
        json.key("op").text(editOpName(edit.op)).key("from").text(dtypeName(edit.from)).key("to").text(dtypeName(edit.to));
        json.key("file").text(edit.file).key("sha256_before").textOrNull(edit.sha256Before).key("sha256_after").textOrNull(edit.sha256After);
        json.key("source").textOrNull(edit.source);
        if (edit.source == "narrowed") {
            json.key("lost").open('{').key("changed").number(edit.loss.inexact).key("overflowed").number(edit.loss.overflowed);
            json.key("underflowed").number(edit.loss.flushed).close('}');
        }
        json.closeNamed();
    }
    json.close(']').key("untouched").open('{').key("tensors").number(receipt.untouchedTensors).key("bytes").number(receipt.untouchedBytes);
    json.key("compared_bytes").number(receipt.comparedBytes).key("cloned_bytes").number(receipt.clonedBytes);
    json.key("equal").boolean(receipt.equal).close('}').key("copied_bytes").number(receipt.copiedBytes).key("left_out");
    textList(json, receipt.leftOut);
    json.key("seconds").number(receipt.seconds).key("peak_rss_bytes").number(receipt.peakRssBytes);
    json.key("findings_left").number(receipt.findingsLeft).key("findings_unmendable").number(receipt.unmendable).key("muted");
    textList(json, receipt.muted);
    json.closeNamed().finish();
}

void writeRulesJson(const std::vector<Rule>& rules, std::string_view profile, const Write& write)
{
    JsonWriter json(write);
    json.open('{').key("schema").text("ckptscope.rules/1").key("profile").text(profile).key("rules").open('[');
    for (const Rule& rule : rules) {
        json.open('{').key("id").text(rule.id).key("title").text(rule.title).key("architectures");
        textList(json, rule.architectures);
        json.key("key_regex").text(rule.keyRegex).key("required_dtypes").open('[');
        for (const DType dtype : rule.requiredDtypes) {
            json.text(dtypeName(dtype));
        }
        json.close(']').key("severity").text(severityName(rule.severity));
        if (!rule.when.empty()) {
            json.key("when").open('{');
            for (const auto& [path, values] : rule.when) {
                json.nameKey(path).open('[');
                for (const ConfigValue& value : values) {
                    std::visit(ConfigWriter{json}, value);
                }
                json.close(']');
            }
            json.close('}');
        }
        if (!rule.shape.empty()) {
            json.key("shape").text(rule.shape);
        }
        json.key("why").text(rule.why).key("sources");
        textList(json, rule.sources);
        json.close('}');
    }
    json.close(']').close('}').finish();
}

} // namespace ckptscope::report
