// SPDX-License-Identifier: Apache-2.0
// Reads a saved plan. It may come from anywhere: what it says is checked here as far as it can be without a look at the
// files that it names, the rest in bindPlan() and checkPlanFits().
#include "core/fix/planfile.h"
#include "core/report/exactjson.h"
#include "core/text/text.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <unordered_map>
#include <unordered_set>

namespace ckptscope {

namespace {

namespace fs = std::filesystem;
using report::ExactText;

constexpr std::size_t MostNameBytes = 4096; ///< of a path
constexpr std::uint64_t MostFileBytes = std::numeric_limits<std::int64_t>::max();

/// "NAME.partial-XXXXXXXX".
bool isPartialOf(std::string_view partial, std::string_view name)
{
    constexpr std::string_view Mark = ".partial-";
    return partial.size() == name.size() + Mark.size() + 8 && partial.starts_with(name) && partial.substr(name.size(), Mark.size()) == Mark
        && partial.substr(name.size() + Mark.size()).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// A name that stays below the folder that it is put behind.
bool isBelow(std::string_view name)
{
    if (name.empty() || name.size() > MostNameBytes || name.find('\0') != std::string_view::npos) {
        return false;
    }
    for (std::size_t at = 0; at <= name.size();) {
        const std::size_t slash = std::min(name.find('/', at), name.size());
        const std::string_view step = name.substr(at, slash - at);
        if (step.empty() || step == "." || step == ".." || step.size() > 255) {
            return false;
        }
        at = slash + 1;
    }
    return true;
}

/// An absolute path without detours.
bool isPlain(const std::string& path)
{
    return path.size() <= MostNameBytes && path.starts_with('/') && path.size() > 1 && isBelow(std::string_view(path).substr(1));
}

class Reading {
public:
    explicit Reading(std::string_view text)
        : m_json(text)
    {
    }

    Result<FixPlan> run(const std::string& file)
    {
        if (!document() || !m_json.end()) {
            return inFile(fail(Code::PlanFile, {m_json.why().empty() ? "no JSON" : m_json.why()}), file, m_json.position());
        }
        if (const std::string why = flaw(); !why.empty()) {
            return inFile(fail(Code::PlanFile, {why}), file);
        }
        return std::move(m_plan);
    }

private:
    template<class Enum>
    bool oneOf(std::initializer_list<std::pair<std::string_view, Enum>> words, Enum& out)
    {
        std::string word;
        if (!m_json.text(word)) {
            return false;
        }
        for (const auto& [name, value] : words) {
            if (name == word) {
                out = value;
                return true;
            }
        }
        return m_json.no("a word that is not known: " + displayName(word, 40));
    }

    bool dtype(DType& out)
    {
        std::string name;
        if (!m_json.text(name)) {
            return false;
        }
        const auto table = dtypeTable();
        const auto row = std::find_if(table.begin(), table.end(), [&](const DTypeInfo& each) { return each.name == name; });
        if (row == table.end()) {
            return m_json.no("a dtype that is not known: " + displayName(name, 40));
        }
        out = row->dtype;
        return true;
    }

    bool severity(Severity& out)
    {
        std::string name;
        const auto known = m_json.text(name) ? severityFromName(name) : std::nullopt;
        out = known.value_or(Severity::Note);
        return known.has_value() || m_json.no("a severity that is not known");
    }

    bool bytes(std::string& out)
    {
        std::string text;
        return m_json.text(text) && (unbase64(text, out) || m_json.no("no Base64"));
    }

    bool readEdit(Edit& edit)
    {
        ExactText key;
        ExactText renamed;
        bool ok = true;
        const bool read = m_json.object([&](std::string_view name) {
            if (key.takes(m_json, name, "tensor", ok) || renamed.takes(m_json, name, "new_name", ok)) {
                return ok;
            }
            if (name == "op") {
                return oneOf({{"cast", EditOp::Cast},
                              {"relabel", EditOp::Relabel},
                              {"donor", EditOp::TakeFromDonor},
                              {"rename", EditOp::Rename},
                              {"drop", EditOp::Drop}},
                             edit.op);
            }
            return name == "from"       ? dtype(edit.from)
                : name == "to"          ? dtype(edit.to)
                : name == "rule"        ? m_json.text(edit.rule)
                : name == "severity"    ? severity(edit.severity)
                : name == "lossless"    ? m_json.boolean(edit.lossless)
                : name == "bytes_delta" ? m_json.number(edit.bytesDelta)
                : name == "index"       ? m_json.number(edit.tensor)
                : name == "donor_index" ? m_json.number(edit.donorTensor)
                                        : m_json.skip();
        });
        edit.key = std::move(key.value);
        edit.newKey = std::move(renamed.value);
        return read;
    }

    bool readView(SourceView& view)
    {
        return m_json.object([&](std::string_view name) {
            return name == "shard"   ? m_json.number(view.shard)
                : name == "dtype"    ? dtype(view.dtype)
                : name == "elements" ? m_json.number(view.elements)
                : name == "offset"   ? m_json.number(view.bytes.offset)
                : name == "length"   ? m_json.number(view.bytes.length)
                : name == "skip"     ? m_json.number(view.skip)
                : name == "codec"    ? m_json.textOrNull(view.codec)
                                     : m_json.skip();
        });
    }

    bool readSources(std::vector<SourceFile>& sources)
    {
        return m_json.array([&] {
            SourceFile source;
            ExactText path;
            bool ok = true;
            const bool read = m_json.object([&](std::string_view name) {
                return path.takes(m_json, name, "path", ok) ? ok
                    : name == "bytes"                       ? m_json.number(source.identity.bytes)
                    : name == "modified_ns"                 ? m_json.number(source.identity.modifiedNs)
                    : name == "device"                      ? m_json.number(source.identity.device)
                    : name == "inode"                       ? m_json.number(source.identity.inode)
                    : name == "header_hash"                 ? m_json.textOrNull(source.headerHash)
                                                            : m_json.skip();
            });
            source.path = std::move(path.value);
            sources.push_back(std::move(source));
            return read;
        });
    }

    bool readOpening(PlannedCheckpoint& opening)
    {
        return m_json.object([&](std::string_view name) {
            if (name == "paths") {
                return m_json.array([&] {
                    ExactText path;
                    bool ok = true;
                    const bool read = m_json.object([&](std::string_view key) { return path.takes(m_json, key, "path", ok) ? ok : m_json.skip(); });
                    opening.paths.push_back(std::move(path.value));
                    return read;
                });
            }
            return name == "follow" ? m_json.boolean(opening.follow) : name == "tensors_hash" ? m_json.textOrNull(opening.tensors) : m_json.skip();
        });
    }

    bool readSegment(Segment& segment)
    {
        return m_json.object([&](std::string_view name) {
            if (name == "kind") {
                return oneOf({{"copy", Segment::Kind::Copy},
                              {"edited", Segment::Kind::Edited},
                              {"gather", Segment::Kind::Gather},
                              {"literal", Segment::Kind::Literal}},
                             segment.kind);
            }
            return name == "target"   ? m_json.number(segment.target)
                : name == "length"    ? m_json.number(segment.length)
                : name == "source"    ? m_json.number(segment.source)
                : name == "edit"      ? m_json.number(segment.edit)
                : name == "index"     ? m_json.number(segment.tensor)
                : name == "shard"     ? m_json.number(segment.shard)
                : name == "view"      ? m_json.number(segment.view)
                : name == "shareable" ? m_json.boolean(segment.shareable)
                                      : m_json.skip();
        });
    }

    bool readSum(SegmentSum& sum)
    {
        return m_json.object([&](std::string_view name) {
            if (name == "places") {
                return m_json.array([&] { return m_json.number(sum.places.emplace_back()); });
            }
            return name == "segment" ? m_json.number(sum.segment) : m_json.skip();
        });
    }

    bool readFile(OutputFile& file)
    {
        ExactText fileName;
        ExactText source;
        bool ok = true;
        const bool read = m_json.object([&](std::string_view name) {
            if (fileName.takes(m_json, name, "name", ok) || source.takes(m_json, name, "source", ok)) {
                return ok;
            }
            if (name == "kind") {
                return oneOf({{"whole", OutputFile::Kind::Whole}, {"rewritten", OutputFile::Kind::Rewritten}, {"text", OutputFile::Kind::Text}},
                             file.kind);
            }
            if (name == "shard") {
                return m_json.atNull() ? m_json.null() : m_json.number(file.shard);
            }
            if (name == "segments") {
                return m_json.array([&] { return readSegment(file.segments.emplace_back()); });
            }
            if (name == "sums") {
                return m_json.array([&] { return readSum(file.sums.emplace_back()); });
            }
            return name == "bytes"                                      ? m_json.number(file.bytes)
                : name == "content_base64" || name == "literals_base64" ? bytes(file.text)
                : name == "header_base64"                               ? bytes(file.header)
                                                                        : m_json.skip();
        });
        file.name = std::move(fileName.value);
        file.sourcePath = std::move(source.value);
        return read;
    }

    bool readOptions()
    {
        FixOptions& options = m_plan.options;
        return m_json.object([&](std::string_view name) {
            return name == "force"        ? m_json.boolean(options.force)
                : name == "in_place"      ? m_json.boolean(options.inPlace)
                : name == "device"        ? m_json.text(options.device)
                : name == "hashes"        ? m_json.boolean(options.hashes)
                : name == "donor_partial" ? m_json.boolean(options.donorPartial)
                                          : m_json.skip();
        });
    }

    bool document()
    {
        FixPlan& plan = m_plan;
        std::string schema;
        ExactText source;
        ExactText output;
        ExactText partial;
        bool ok = true;
        const bool read = m_json.object([&](std::string_view name) {
            if (source.takes(m_json, name, "source", ok) || output.takes(m_json, name, "output", ok) || partial.takes(m_json, name, "partial", ok)) {
                return ok;
            }
            if (name == "edits") {
                return m_json.array([&] { return readEdit(plan.edits.emplace_back()); });
            }
            if (name == "views") {
                return m_json.array([&] { return readView(plan.views.emplace_back()); });
            }
            if (name == "files") {
                return m_json.array([&] { return readFile(plan.files.emplace_back()); });
            }
            if (name == "notes") {
                return m_json.array([&] { return report::readExactError(m_json, plan.notes.emplace_back()); });
            }
            if (name == "left_out") {
                return m_json.array([&] { return m_json.text(plan.leftOut.emplace_back()); });
            }
            if (name == "remove_metadata") {
                return m_json.array([&] { return m_json.text(plan.options.metadataRemovals.emplace_back()); });
            }
            if (name == "set_metadata") {
                return m_json.names([&](std::string key) {
                    plan.options.metadata.emplace_back(std::move(key), std::string());
                    return m_json.text(plan.options.metadata.back().second);
                });
            }
            if (name == "untouched") {
                return m_json.object([&](std::string_view key) {
                    return key == "tensors" ? m_json.number(plan.untouchedTensors)
                        : key == "bytes"    ? m_json.number(plan.untouchedBytes)
                                            : m_json.skip();
                });
            }
            if (name == "link") {
                return oneOf({{"auto", LinkChoice::Auto}, {"copy", LinkChoice::Copy}, {"reflink", LinkChoice::Reflink}, {"hard", LinkChoice::Hard}},
                             plan.options.link);
            }
            if (name == "verify") {
                return oneOf({{"edited", VerifyChoice::Edited}, {"full", VerifyChoice::Full}}, plan.options.verify);
            }
            return name == "schema"             ? m_json.text(schema)
                : name == "output_is_folder"    ? m_json.boolean(plan.outputIsFolder)
                : name == "profile"             ? m_json.text(plan.profile)
                : name == "output_bytes"        ? m_json.number(plan.outputBytes)
                : name == "copied_bytes"        ? m_json.number(plan.copiedBytes)
                : name == "shareable_bytes"     ? m_json.number(plan.shareableBytes)
                : name == "findings_left"       ? m_json.number(plan.findingsLeft)
                : name == "findings_unmendable" ? m_json.number(plan.unmendable)
                : name == "always"              ? m_json.boolean(plan.always)
                : name == "repairs_index"       ? m_json.boolean(plan.repairsIndex)
                : name == "sources"             ? readSources(plan.sources)
                : name == "donor_sources"       ? readSources(plan.donorSources)
                : name == "opening"             ? readOpening(plan.opening)
                : name == "donor_opening"       ? readOpening(plan.donorOpening)
                : name == "options"             ? readOptions()
                                                : m_json.skip();
        });
        plan.source = std::move(source.value);
        plan.output = std::move(output.value);
        plan.partialName = std::move(partial.value);
        return read && (schema == "ckptscope.plan/1" || m_json.no("its schema is not ckptscope.plan/1"));
    }

    /// What is wrong with it as a whole; empty: nothing.
    [[nodiscard]] std::string flaw()
    {
        const FixPlan& plan = m_plan;
        if (plan.empty() || plan.output.empty() || plan.opening.paths.empty()) {
            return "it was not made to be carried out";
        }
        if (plan.options.inPlace) {
            return "it would replace its source";
        }
        if (!isPlain(plan.output) || !isPartialOf(plan.partialName, fs::path(plan.output).filename().string())) {
            return "its output is no absolute path, or its partial does not belong to it";
        }
        const auto plain = [](const std::string& path) { return isPlain(path); };
        if (!std::all_of(plan.opening.paths.begin(), plan.opening.paths.end(), plain)
            || !std::all_of(plan.donorOpening.paths.begin(), plan.donorOpening.paths.end(), plain)) {
            return "it opens what is no absolute path";
        }
        for (const SourceFile& source : plan.sources) {
            if (!isPlain(source.path) || source.identity.bytes > MostFileBytes || !m_sizes.emplace(source.path, source.identity.bytes).second) {
                return "a source file is no absolute path, too large, or named twice: " + displayName(source.path, 100);
            }
        }
        if (plan.files.empty() || plan.files.size() >= UINT32_MAX || plan.edits.size() >= UINT32_MAX) {
            return "it writes no file, or too many";
        }
        if (!plan.outputIsFolder && (plan.files.size() != 1 || plan.files.front().name != fs::path(plan.output).filename().string())) {
            return "its output is one file, and it writes others";
        }
        std::unordered_set<std::string_view> names;
        std::vector<bool> made(plan.edits.size(), false);
        std::uint64_t total = 0;
        for (const OutputFile& file : plan.files) {
            if (!isBelow(file.name) || !names.insert(file.name).second) {
                return "a name that leaves the output, or stands twice: " + displayName(file.name, 100);
            }
            if (file.bytes > MostFileBytes - total) {
                return "its files are too large together";
            }
            total += file.bytes;
            if (!file.sourcePath.empty() && !m_sizes.contains(file.sourcePath)) {
                return displayName(file.name, 100) + " comes of a file that is not among its sources";
            }
            if (const char* why = fileFlaw(file, made)) {
                return displayName(file.name, 100) + ": " + why;
            }
        }
        return total == plan.outputBytes ? std::string() : "output_bytes is not the sum of its files";
    }

    /// `made`: edits that are made somewhere already.
    [[nodiscard]] const char* fileFlaw(const OutputFile& file, std::vector<bool>& made) const
    {
        switch (file.kind) {
        case OutputFile::Kind::Whole: {
            const auto source = m_sizes.find(file.sourcePath);
            return source == m_sizes.end() || source->second != file.bytes             ? "it is not as large as its source"
                : !file.segments.empty() || !file.sums.empty() || !file.header.empty() ? "a copy has no segments"
                                                                                       : nullptr;
        }
        case OutputFile::Kind::Text:
            return file.bytes != file.text.size() || !file.segments.empty() || !file.sums.empty() ? "its size is not that of its text" : nullptr;
        case OutputFile::Kind::Rewritten:
            break;
        }
        std::uint64_t at = file.header.size();
        for (const Segment& segment : file.segments) {
            if (segment.target != at || segment.length == 0 || at > file.bytes || segment.length > file.bytes - at) {
                return "its segments are not dense";
            }
            at += segment.length;
            if (segment.kind == Segment::Kind::Copy && (segment.source > MostFileBytes || segment.length > MostFileBytes - segment.source)) {
                return "a segment is copied from behind the end";
            }
            if (segment.kind == Segment::Kind::Copy && segment.shareable && (segment.target - segment.source) % 4096 != 0) {
                return "a segment that is out of step is called shareable";
            }
            if (segment.kind != Segment::Kind::Edited) {
                continue;
            }
            if (segment.edit >= made.size() || (segment.view != UINT32_MAX && segment.view >= m_plan.views.size())) {
                return "a segment names an edit that is not there";
            }
            if (segment.view == UINT32_MAX) { // who writes it, says what became of it: one
                if (made[segment.edit]) {
                    return "two segments are made by one edit";
                }
                made[segment.edit] = true;
            }
        }
        if (at != file.bytes) {
            return "its segments do not fill it";
        }
        for (const SegmentSum& sum : file.sums) {
            if (sum.segment >= file.segments.size() || file.segments[sum.segment].kind != Segment::Kind::Edited) {
                return "a sum is of no edited segment";
            }
            for (const std::uint64_t place : sum.places) {
                const auto next = std::upper_bound(file.segments.begin(), file.segments.end(), place,
                                                   [](std::uint64_t value, const Segment& segment) { return value < segment.target; });
                if (next == file.segments.begin()) {
                    return "a sum is written into the header";
                }
                const Segment& holds = *std::prev(next);
                if (holds.kind != Segment::Kind::Literal || place - holds.target > holds.length || holds.length - (place - holds.target) < 4) {
                    return "a sum is written into what is no literal";
                }
            }
        }
        return nullptr;
    }

    JsonReader m_json;
    FixPlan m_plan;
    std::unordered_map<std::string_view, std::uint64_t> m_sizes; ///< of sources, by path
};

} // namespace

Result<FixPlan> readPlan(std::string_view text, const std::string& file)
{
    if (text.size() > MostPlanBytes) {
        return inFile(fail(Code::FileTooLarge, {std::to_string(text.size()), std::to_string(MostPlanBytes)}), file);
    }
    return Reading(text).run(file);
}

} // namespace ckptscope
