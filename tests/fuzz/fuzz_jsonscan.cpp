// SPDX-License-Identifier: Apache-2.0
// RUNS: 50000
// JSON text, against nlohmann_json: what the one refuses the other must refuse.
#include "core/text/jsonscan.h"
#include "tests/fuzz/fuzz.h"

#include <nlohmann/json.hpp>

namespace {

using ckptscope::JsonScanner;

/// Walks as a reader does, value by value, with its own bound on depth.
bool walk(JsonScanner& scanner, int depth)
{
    std::string_view raw;
    bool escaped = false;
    std::string text;
    switch (scanner.peek()) {
    case JsonScanner::Kind::Object: {
        if (depth == 0) {
            return scanner.skipValue();
        }
        (void)scanner.take('{');
        if (scanner.take('}')) {
            return true;
        }
        do {
            if (!scanner.string(raw, escaped) || !JsonScanner::unescape(raw, text) || !scanner.take(':') || !walk(scanner, depth - 1)) {
                return false;
            }
        } while (scanner.take(','));
        return scanner.take('}');
    }
    case JsonScanner::Kind::Array: {
        if (depth == 0) {
            return scanner.skipValue();
        }
        (void)scanner.take('[');
        if (scanner.take(']')) {
            return true;
        }
        do {
            if (!walk(scanner, depth - 1)) {
                return false;
            }
        } while (scanner.take(','));
        return scanner.take(']');
    }
    case JsonScanner::Kind::String:
        return scanner.string(raw, escaped) && JsonScanner::unescape(raw, text);
    case JsonScanner::Kind::Number:
        return scanner.number(raw);
    case JsonScanner::Kind::True:
        return scanner.literal("true");
    case JsonScanner::Kind::False:
        return scanner.literal("false");
    case JsonScanner::Kind::Null:
        return scanner.literal("null");
    case JsonScanner::Kind::Invalid:
        break;
    }
    return false;
}

/// How deep brackets nest at most, strings aside: the scanner's limit is no mistake.
int deepest(std::string_view text)
{
    int depth = 0;
    int most = 0;
    bool inString = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (inString) {
            i += text[i] == '\\' ? 1U : 0U;
            inString = i >= text.size() || text[i] != '"';
        } else if (text[i] == '"') {
            inString = true;
        } else if (text[i] == '[' || text[i] == '{') {
            most = std::max(most, ++depth);
        } else if (text[i] == ']' || text[i] == '}') {
            --depth;
        }
    }
    return most;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto text = ckptscope::fuzz::textOf(data, size);
    JsonScanner skipping(text);
    const bool skipped = skipping.skipValue() && skipping.atEnd();
    JsonScanner walking(text);
    const bool walked = walk(walking, 40) && walking.atEnd();
    ckptscope::fuzz::require(skipping.position() <= size && walking.position() <= size, "the position stays in the text");
    ckptscope::fuzz::require(skipped || !skipping.why().empty() || !skipping.atEnd(), "a refusal says why");
    ckptscope::fuzz::require(skipped || !walked, "what can be walked can be skipped");

    // nlohmann skips a byte order mark, takes NUL for the end, and refuses numbers beyond a double; serde_json and we
    // do not.
    const bool mark = text.starts_with("\xEF\xBB\xBF") || text.find('\0') != std::string_view::npos;
    const bool other = nlohmann::json::accept(text);
    if (!mark) {
        ckptscope::fuzz::require(walked || !other || deepest(text) > 40, "nlohmann takes it, so should we");
    }
    const bool huge = text.find_first_of("eE") != std::string_view::npos || size > 300;
    ckptscope::fuzz::require(other || !walked || huge || deepest(text) > 40, "nlohmann refuses it, so should we");
    return 0;
}
