// SPDX-License-Identifier: Apache-2.0
#include "core/fix/jsonedit.h"

#include "core/text/jsonescape.h"
#include "core/text/jsonscan.h"

#include <algorithm>

namespace ckptscope {

std::optional<JsonMembers> jsonMembers(std::string_view text, std::size_t at)
{
    JsonScanner scan(text);
    scan.seek(at == 0 ? byteOrderMark(text) : at);
    if (scan.peek() != JsonScanner::Kind::Object) {
        return std::nullopt;
    }
    JsonMembers out;
    out.open = scan.position();
    scan.take('{');
    if (scan.nextChar() == '}') {
        out.close = scan.position();
        return out;
    }
    while (true) {
        JsonMember member;
        std::string_view raw;
        bool escaped = false;
        (void)scan.nextChar();
        member.keyAt = scan.position();
        if (!scan.string(raw, escaped)) {
            return std::nullopt;
        }
        member.keyEnd = scan.position();
        if (!scan.take(':')) {
            return std::nullopt;
        }
        (void)scan.nextChar();
        member.valueAt = scan.position();
        if (!scan.skipValue()) {
            return std::nullopt;
        }
        member.valueEnd = scan.position();
        out.members.push_back(member);
        if (scan.take(',')) {
            continue;
        }
        if (scan.nextChar() != '}') {
            return std::nullopt;
        }
        out.close = scan.position();
        return out;
    }
}

namespace {

std::optional<std::string> unquote(std::string_view quoted)
{
    if (quoted.size() < 2 || quoted.front() != '"') {
        return std::nullopt;
    }
    const std::string_view raw = quoted.substr(1, quoted.size() - 2);
    if (raw.find('\\') == std::string_view::npos) {
        return std::string(raw);
    }
    std::string out;
    if (!JsonScanner::unescape(raw, out)) {
        return std::nullopt;
    }
    return out;
}

} // namespace

std::optional<std::string> jsonKey(std::string_view text, const JsonMember& member)
{
    return unquote(text.substr(member.keyAt, member.keyEnd - member.keyAt));
}

std::optional<std::string> jsonStringValue(std::string_view text, const JsonMember& member)
{
    return unquote(text.substr(member.valueAt, member.valueEnd - member.valueAt));
}

const JsonMember* jsonFind(std::string_view text, const JsonMembers& object, std::string_view key)
{
    const auto found =
        std::find_if(object.members.rbegin(), object.members.rend(), [&](const JsonMember& member) { return jsonKey(text, member) == key; });
    return found == object.members.rend() ? nullptr : &*found;
}

std::string jsonQuoted(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\') {
            appendJsonEscape(out, static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
    out += '"';
    return out;
}

void TextPatch::replace(std::size_t from, std::size_t to, std::string with)
{
    m_changes.push_back(Change{from, to, std::move(with)});
}

void TextPatch::dropMembers(const JsonMembers& object, const std::vector<bool>& drop)
{
    // What stands in front of a member (its comma and white space) goes with it, unless it is the first that stays: then what stands in front
    // of the object's first member stays, and everything up to this one goes.
    bool kept = false;
    for (std::size_t i = 0; i < object.members.size(); ++i) {
        const JsonMember& member = object.members[i];
        const std::size_t before = i == 0 ? object.members.front().keyAt : object.members[i - 1].valueEnd;
        if (drop[i]) {
            if (kept || i == 0) {
                replace(before, member.valueEnd, {});
            } else {
                replace(object.members[i - 1].valueEnd, member.valueEnd, {});
            }
        } else {
            if (!kept && i > 0) {
                replace(before, member.keyAt, {});
            }
            kept = true;
        }
    }
}

std::string TextPatch::text() const
{
    std::vector<Change> changes = m_changes;
    std::stable_sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) { return a.from < b.from; });
    std::string out;
    out.reserve(m_text.size());
    std::size_t at = 0;
    for (const Change& change : changes) {
        out.append(m_text.substr(at, change.from - at));
        out += change.with;
        at = change.to;
    }
    out.append(m_text.substr(at));
    return out;
}

} // namespace ckptscope
