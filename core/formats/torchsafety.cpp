// SPDX-License-Identifier: Apache-2.0
// What a pickle would import and call, and what hides in it. Nothing here is run.
#include "core/formats/pickleglobals.h"
#include "core/formats/torchobject.h"
#include "core/formats/zip.h"

#include <algorithm>
#include <array>

namespace ckptscope::torch {

using pickle::Kind;
using Grade = PickleGlobal::Grade;

namespace {

/// What is inside a Bytes or Text node, as a source of its own; nullopt: it can't be had.
std::optional<ByteSource> contentOf(const Graph& graph, NodeId node, const ByteSource& source, MemoryBudget& budget)
{
    const auto& place = graph.place(node);
    const bool latin = graph.kind(node) == Kind::Text && !graph.node(node).flag;
    if (!latin && !place.decoded) {
        return source.part(place.offset, place.length);
    }
    // Protocol 2 spells bytes as text: each character is one byte.
    constexpr std::uint64_t Cap = 32ULL << 20U;
    if (place.length > Cap || !budget.take(2 * place.length)) {
        return std::nullopt;
    }
    std::string text(graph.text(node));
    if (graph.isLong(node)) {
        text.resize(static_cast<std::size_t>(place.length));
        if (!source.read(place.offset, std::as_writable_bytes(std::span(text)))) {
            return std::nullopt;
        }
    }
    auto bytes = std::make_shared<std::vector<std::byte>>();
    bytes->reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto c = static_cast<unsigned char>(text[i]);
        if (latin && (c == 0xC2 || c == 0xC3) && i + 1 < text.size()) {
            c = static_cast<unsigned char>((c & 3U) << 6U | (static_cast<unsigned char>(text[++i]) & 0x3FU));
        }
        bytes->push_back(static_cast<std::byte>(c));
    }
    return ByteSource::ofMemory(std::move(bytes), source.fileOffset(place.offset));
}

std::vector<std::byte> headOf(const ByteSource& source, std::size_t bytes = 32)
{
    std::vector<std::byte> head(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, source.size())));
    if (!source.read(0, head)) {
        head.clear();
    }
    return head;
}

/// Archives inside of a pickle's bytes: every entry that may be a pickle. nullopt: it can't be opened as one.
std::optional<bool> scanArchive(const ByteSource& source, const std::string& what, Reading& reading, int depth)
{
    std::vector<Problem> problems;
    auto archive = ZipArchive::open(source, reading.file, problems, reading.job);
    if (!archive) {
        return std::nullopt;
    }
    reading.out.problems(std::move(problems));
    bool clean = true;
    for (const auto& entry : archive->entries()) {
        if (entry.name.ends_with(".pkl") || entry.startsLikePickle) {
            std::vector<Problem> found;
            if (const auto content = archive->content(entry, reading.file, found)) {
                clean = scanPickles(*content, 0, what + ": " + entry.name, reading, depth) && clean;
            } else {
                clean = false;
            }
            reading.out.problems(std::move(found));
        }
    }
    return clean;
}

Code codeOf(pickle::Oddity::What what)
{
    using What = pickle::Oddity::What;
    switch (what) {
    case What::ProtocolMissing:
    case What::ProtocolMisplaced:
        return Code::PickleProtocol;
    case What::LeftoverStack:
        return Code::PickleLeftover;
    case What::ComputedName:
        return Code::PickleComputedName;
    case What::ComputedCall:
        return Code::PickleComputedCall;
    case What::ExtensionCode:
        return Code::PickleExtension;
    case What::OddBuild:
        break;
    }
    return Code::PickleOddBuild;
}

} // namespace

bool reportPickle(pickle::Parsed& parsed, const ByteSource& source, const std::string& what, Reading& reading, int depth, EmbeddedStorages* storages)
{
    auto& out = reading.out;
    const auto& graph = parsed.graph;
    bool clean = !parsed.stopped;
    bool embeddedClean = !parsed.embeddedLeftOut;
    if (parsed.embeddedLeftOut) {
        out.problem(Code::PickleEmbeddedLeft, {what, std::to_string(pickle::limits().embedded)}, reading.file);
    }
    for (const auto node : parsed.embedded) {
        if (depth >= pickle::limits().nesting || reading.embeddedLeft == 0) {
            out.problem(Code::PickleEmbeddedLeft, {what, std::to_string(pickle::limits().nesting)}, reading.file,
                        source.fileOffset(graph.place(node).offset));
            embeddedClean = false;
            break;
        }
        --reading.embeddedLeft;
        auto inner = reading; // what the inner pickle takes is free again when it is done
        const auto content = contentOf(graph, node, source, inner.budget);
        if (!content) {
            embeddedClean = false;
            continue;
        }
        const auto head = headOf(*content);
        bool good = true;
        if (startsLikeLegacy(head)) {
            if (auto storage = readEmbeddedLegacy(*content, inner, depth + 1, good); storage && storages != nullptr) {
                const auto& text = graph.place(node);
                if (storage->place.missing == NestedInText && source.stored() && !text.decoded) {
                    storage->place.missing.clear();
                    storage->place.codec = "latin1";
                    storage->place.bytes = {source.fileOffset(text.offset), text.length};
                }
                storages->emplace(node, std::move(*storage));
            }
        } else if (startsLikeZip(head)) {
            good = scanArchive(*content, what, inner, depth + 1).value_or(false);
        } else {
            good = scanPickles(*content, 0, what, inner, depth + 1);
        }
        reading.embeddedLeft = inner.embeddedLeft;
        reading.opcodesLeft = inner.opcodesLeft;
        embeddedClean = embeddedClean && good;
    }
    clean = clean && embeddedClean;

    for (const auto& global : graph.globals()) {
        PickleGlobal found;
        found.module = global.module;
        found.name = global.name;
        found.called = global.calls > 0;
        found.offset = source.fileOffset(global.offset);
        found.shard = reading.shard;
        found.grade = pickle::gradeGlobal(global.module, global.name);
        // What Python itself writes for an enum's member on 3.11; any other getattr is a way to code.
        if (global.name == "getattr" && global.calls > 0 && global.calls == global.benignCalls) {
            found.grade = Grade::Known;
        }
        // pickle.dumps(tensor): a torch file in bytes, which we looked into.
        if (global.module == "torch.storage" && global.name == "_load_from_bytes" && embeddedClean && !parsed.embedded.empty()) {
            found.grade = Grade::Known;
        }
        if (reading.torchScript && (global.module == "__torch__" || global.module.starts_with("__torch__."))) {
            found.grade = Grade::Known;
        }
        clean = clean && found.grade == Grade::Known;
        out.global(std::move(found));
    }
    for (const auto& odd : parsed.oddities) {
        out.problem(codeOf(odd.what), {what}, reading.file, source.fileOffset(odd.offset));
    }
    if (parsed.stopped) {
        auto error = *parsed.stopped;
        const auto at = source.fileOffset(error.offset.value_or(0));
        // Inside of bytes, what does not parse may simply be no pickle.
        if (depth == 0) {
            out.problem(inFile(std::move(error), reading.file, at));
        }
    }
    return clean;
}

bool scanPickles(const ByteSource& source, std::uint64_t start, const std::string& what, Reading& reading, int depth)
{
    bool clean = true;
    // Streams of several pickles are how legacy files are made; each starts where the one before ends.
    for (int n = 0; start < source.size() && n < 16; ++n) {
        if (reading.opcodesLeft == 0) {
            reading.out.problem(Code::LimitExceeded, {"the number of opcodes of all pickles", "100000000", "100000000"}, reading.file,
                                source.fileOffset(start));
            return false;
        }
        auto budget = reading.budget;
        auto parsed = pickle::parse(source, start, budget, reading.job);
        reading.opcodesLeft -= std::min(reading.opcodesLeft, parsed.opcodes);
        clean = reportPickle(parsed, source, what, reading, std::max(depth, 1)) && clean;
        if (parsed.stopped || parsed.end <= start) {
            break;
        }
        start = parsed.end;
    }
    return clean;
}

void reportRest(const ByteSource& source, std::uint64_t end, const std::string& what, Reading& reading)
{
    if (end >= source.size()) {
        return;
    }
    const auto rest = source.part(end, source.size() - end);
    const auto head = headOf(rest, 4096);
    if (pickle::looksLikePickle(head) || pickle::walksAsPickle(head, rest.size() > head.size())) {
        reading.out.problem(Code::PickleSecond, {what}, reading.file, source.fileOffset(end));
        scanPickles(source, end, what, reading, 1);
    } else if (startsLikeZip(head)) {
        reading.out.problem(Code::PickleTrailing, {what, std::to_string(rest.size())}, reading.file, source.fileOffset(end));
        // Its places count from the file's start, or from its own.
        if (!scanArchive(source, what, reading, 1)) {
            scanArchive(rest, what, reading, 1);
        }
    } else {
        reading.out.problem(Code::PickleTrailing, {what, std::to_string(rest.size())}, reading.file, source.fileOffset(end));
    }
}

} // namespace ckptscope::torch
