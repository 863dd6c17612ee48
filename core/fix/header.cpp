// SPDX-License-Identifier: Apache-2.0
#include "core/fix/header.h"

#include "core/fix/jsonedit.h"
#include "core/io/digest.h"
#include "core/io/file.h"
#include "core/text/jsonscan.h"

#include <algorithm>

namespace ckptscope {

namespace {

constexpr std::uint64_t LengthBytes = 8;
constexpr std::uint64_t MaxHeader = 100'000'000; ///< huggingface/safetensors safetensors/src/tensor.rs MAX_HEADER_SIZE
constexpr std::string_view MetadataKey = "__metadata__";

/// The value of __metadata__ with some pairs set, some taken out; the others, and the way it is written, stay.
std::string withMetadata(std::string_view json, const JsonMember& member, const MetadataEdits& metadata)
{
    const std::string_view value = json.substr(member.valueAt, member.valueEnd - member.valueAt);
    const auto object = jsonMembers(value);
    std::string out = "{";
    bool any = false;
    std::size_t at = 0; // behind what is in `out`
    std::vector<bool> found(metadata.size());
    if (object) { // else null
        at = object->open + 1;
        for (const JsonMember& old : object->members) {
            const std::string_view before = value.substr(at, old.keyAt - at);
            at = old.valueEnd;
            const auto key = jsonKey(value, old);
            const auto edit = std::find_if(metadata.begin(), metadata.end(), [&](const auto& each) { return key == each.first; });
            if (edit != metadata.end() && !edit->second) {
                continue;
            }
            const std::size_t comma = before.find(',');
            out.append(any || comma == std::string_view::npos ? before : before.substr(comma + 1)); // none in front of the first that stays
            any = true;
            out.append(value.substr(old.keyAt, old.valueAt - old.keyAt));
            if (edit == metadata.end()) {
                out.append(value.substr(old.valueAt, old.valueEnd - old.valueAt));
            } else {
                out += jsonQuoted(*edit->second);
                found[static_cast<std::size_t>(edit - metadata.begin())] = true;
            }
        }
    }
    for (std::size_t i = 0; i < metadata.size(); ++i) {
        if (!found[i] && metadata[i].second) {
            out += (any ? "," : "") + jsonQuoted(metadata[i].first) + ':' + jsonQuoted(*metadata[i].second);
            any = true;
        }
    }
    if (object) {
        out.append(value.substr(at, object->close + 1 - at));
        return out;
    }
    return out + '}';
}

/// One tensor's value. `at` is where it stands in `json`; false: it is not the entry that it was.
bool appendEntry(std::string& out, std::string_view json, const JsonMember& member, const TensorInfo& tensor, const EntryChange& change)
{
    const std::string begin = std::to_string(change.begin);
    const std::string end = std::to_string(change.end);
    const auto object = jsonMembers(json, member.valueAt);
    if (!object || object->open != member.valueAt) {
        // serde's other spelling, a list: nobody else reads it, so it becomes the usual one.
        out += R"({"dtype":")";
        out += dtypeName(change.dtype);
        out += R"(","shape":[)";
        for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
            out += (i > 0 ? "," : "") + std::to_string(tensor.shape[i]);
        }
        out += "],\"data_offsets\":[" + begin + ',' + end + "]}";
        return true;
    }
    std::size_t at = member.valueAt;
    bool offsets = false;
    for (const JsonMember& field : object->members) {
        const auto name = jsonKey(json, field);
        if (name == "dtype" && change.dtype != tensor.dtype) {
            out.append(json.substr(at, field.valueAt - at));
            out += '"';
            out += dtypeName(change.dtype);
            out += '"';
            at = field.valueEnd;
        } else if (name == "data_offsets") {
            JsonScanner scan(json);
            scan.seek(field.valueAt);
            std::uint64_t number = 0;
            if (!scan.take('[')) {
                return false;
            }
            (void)scan.nextChar();
            const std::size_t first = scan.position();
            if (!scan.unsignedInteger(number)) {
                return false;
            }
            const std::size_t firstEnd = scan.position();
            if (!scan.take(',')) {
                return false;
            }
            (void)scan.nextChar();
            const std::size_t second = scan.position();
            if (!scan.unsignedInteger(number)) {
                return false;
            }
            out.append(json.substr(at, first - at));
            out += begin;
            out.append(json.substr(firstEnd, second - firstEnd));
            out += end;
            at = scan.position();
            offsets = true;
        }
    }
    out.append(json.substr(at, member.valueEnd - at));
    return offsets;
}

} // namespace

Result<std::string> rewriteHeader(std::string_view json, const std::string& file, std::span<const TensorInfo> tensors,
                                  std::span<const EntryChange> changes, const MetadataEdits& metadata, std::optional<std::uint64_t> residue)
{
    const auto changed = [&] { return inFile(fail(Code::FileChanged), file); };
    const auto object = jsonMembers(json);
    if (!object) {
        return changed();
    }
    const bool hasMetadata = jsonFind(json, *object, MetadataKey) != nullptr;
    std::string out(LengthBytes, '\0');
    out.reserve(json.size() + json.size() / 16 + ShareBlock);
    // White space in front of the object would be the only thing that strict readers refuse: it goes.
    out += '{';
    const bool sets = std::any_of(metadata.begin(), metadata.end(), [](const auto& each) { return each.second.has_value(); });
    if (sets && !hasMetadata) {
        out += jsonQuoted(MetadataKey) + ':' + withMetadata("null", JsonMember{0, 0, 0, 4}, metadata);
        out += tensors.empty() ? "" : ",";
    }
    std::size_t tensor = 0;
    std::size_t at = object->open + 1; // where what stands in front of the next member begins
    bool any = false;
    for (const JsonMember& member : object->members) {
        const bool isMetadata = hasMetadata && jsonKey(json, member) == MetadataKey;
        const std::string_view before = json.substr(at, member.keyAt - at);
        at = member.valueEnd;
        const EntryChange* change = nullptr;
        if (!isMetadata) {
            if (tensor == tensors.size() || tensors[tensor].headerOffset != member.keyAt) {
                return changed();
            }
            change = &changes[tensor++];
            if (change->drop) {
                continue;
            }
        }
        // In front of the first that stays there must be no comma.
        const std::size_t comma = before.find(',');
        if (any) {
            out.append(comma == std::string_view::npos ? std::string_view(",") : before);
        } else {
            out.append(comma == std::string_view::npos ? before : before.substr(comma + 1));
        }
        any = true;
        if (isMetadata) {
            out.append(json.substr(member.keyAt, member.valueAt - member.keyAt));
            if (metadata.empty()) {
                out.append(json.substr(member.valueAt, member.valueEnd - member.valueAt));
            } else {
                out += withMetadata(json, member, metadata);
            }
            continue;
        }
        out += change->newKey.empty() ? std::string(json.substr(member.keyAt, member.keyEnd - member.keyAt)) : jsonQuoted(change->newKey);
        out.append(json.substr(member.keyEnd, member.valueAt - member.keyEnd));
        if (!appendEntry(out, json, member, tensors[tensor - 1], *change)) {
            return changed();
        }
    }
    if (tensor != tensors.size()) {
        return changed();
    }
    if (!any && out.back() == ',') {
        out.pop_back(); // all tensors dropped behind a __metadata__ of ours
    }
    out.append(json.substr(at, object->close + 1 - at));
    std::uint64_t size = out.size();
    if (residue) {
        size += (*residue - size) % ShareBlock; // modulo 2^64, a multiple of ShareBlock
    } else {
        size = (size + 7) / 8 * 8;
    }
    if (size - LengthBytes > MaxHeader) {
        return inFile(fail(Code::LimitExceeded, {"the header's length", std::to_string(size - LengthBytes), std::to_string(MaxHeader)}), file);
    }
    out.resize(size, ' ');
    for (std::size_t i = 0; i < LengthBytes; ++i) {
        out[i] = static_cast<char>((size - LengthBytes) >> (8 * i) & 0xFFU);
    }
    return out;
}

Result<std::string> headerHash(const std::string& path, std::uint64_t dataStart)
{
    auto file = File::open(path);
    if (!file) {
        return file.error();
    }
    Digest128 digest;
    std::vector<std::byte> piece(std::min<std::uint64_t>(dataStart, 1U << 20U));
    for (std::uint64_t at = 0; at < dataStart; at += piece.size()) {
        const auto part = std::span(piece).first(std::min<std::uint64_t>(piece.size(), dataStart - at));
        if (auto done = file->readAt(at, part); !done) {
            return done.error();
        }
        digest.add(part);
    }
    std::string hex = digest.hex();
    return hex.empty() ? Result<std::string>(fail(Code::Internal, {"no memory for a hash"})) : Result<std::string>(std::move(hex));
}

} // namespace ckptscope
