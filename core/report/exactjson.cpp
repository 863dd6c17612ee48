// SPDX-License-Identifier: Apache-2.0
#include "core/report/exactjson.h"

#include "core/report/messages.h"
#include "core/text/text.h"

namespace ckptscope::report {

namespace {

constexpr std::string_view Tail = "_base64";
constexpr std::size_t MostArgs = 64;

} // namespace

void exactText(JsonWriter& json, std::string_view key, std::string_view value)
{
    json.key(key).textOrNull(value);
    if (!isUtf8(value)) {
        json.key(std::string(key) + std::string(Tail)).text(base64(value));
    }
}

void exactError(JsonWriter& json, const Error& error)
{
    json.open('{').key("code").text(codeInfo(error.code).id).key("message").text(messageText(error));
    exactText(json, "file", error.file);
    if (error.offset) {
        json.key("offset").number(*error.offset);
    }
    json.key("args").open('[');
    for (const std::string& arg : error.args) {
        json.open('{');
        exactText(json, "text", arg);
        json.close('}');
    }
    json.close(']').closeNamed();
}

bool ExactText::takes(JsonReader& json, std::string_view key, std::string_view name, bool& ok)
{
    if (key == name) {
        std::string text;
        ok = json.textOrNull(text);
        if (ok && !m_exact) {
            value = std::move(text);
        }
        return true;
    }
    if (key.size() != name.size() + Tail.size() || !key.starts_with(name) || !key.ends_with(Tail)) {
        return false;
    }
    std::string text;
    ok = json.text(text) && (unbase64(text, value) || json.no("no Base64"));
    m_exact = true;
    return true;
}

bool readExactError(JsonReader& json, Error& error)
{
    std::string id;
    ExactText file;
    error = Error();
    const bool read = json.object([&](std::string_view key) {
        bool ok = true;
        if (key == "code") {
            return json.text(id);
        }
        if (key == "offset") {
            std::uint64_t offset = 0;
            ok = json.number(offset);
            error.offset = offset;
            return ok;
        }
        if (key == "args") {
            return json.array([&] {
                ExactText arg;
                bool good = true;
                const bool object = json.object([&](std::string_view name) { return arg.takes(json, name, "text", good) ? good : json.skip(); });
                error.args.push_back(std::move(arg.value));
                return object && (error.args.size() <= MostArgs || json.no("too many arguments"));
            });
        }
        return file.takes(json, key, "file", ok) ? ok : json.skip();
    });
    const auto code = codeFromId(id);
    if (!read || !code) {
        return json.no("a code that is not known");
    }
    error.code = *code;
    error.file = std::move(file.value);
    return true;
}

} // namespace ckptscope::report
