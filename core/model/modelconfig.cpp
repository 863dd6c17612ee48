// SPDX-License-Identifier: Apache-2.0
#include "core/model/modelconfig.h"

#include "core/text/jsonscan.h"
#include "core/text/text.h"

#include <array>
#include <charconv>
#include <map>

namespace ckptscope {

namespace {

constexpr std::size_t MaxValues = 200'000; ///< far above any real config (token lists); the rest is not flattened

/// Walks the JSON without recursion and notes each scalar under its dotted path.
class Flattener {
public:
    Flattener(std::string_view text, ModelConfig& config)
        : m_scan(text)
        , m_config(config)
    {
        m_scan.seek(byteOrderMark(text));
    }

    bool run()
    {
        if (m_scan.peek() != JsonScanner::Kind::Object) {
            m_config.why = "it is not an object";
            m_config.brokenAt = m_scan.position();
            return false;
        }
        if (!walk() || !m_scan.atEnd()) {
            m_config.why = m_scan.why().empty() ? "text follows the object" : std::string(m_scan.why());
            m_config.brokenAt = m_scan.position();
            return false;
        }
        return true;
    }

private:
    struct Level {
        bool object = false;
        std::size_t item = 0;
        std::size_t pathLength = 0; ///< of the container itself
    };

    bool walk()
    {
        std::vector<Level> levels;
        std::string path;
        while (true) {
            bool opened = false;
            switch (const auto kind = m_scan.peek()) {
            case JsonScanner::Kind::Object:
            case JsonScanner::Kind::Array: {
                const bool object = kind == JsonScanner::Kind::Object;
                if (levels.size() >= JsonScanner::MaxDepth) {
                    return false;
                }
                if (!m_scan.take(object ? '{' : '[')) {
                    return false;
                }
                if (!m_scan.take(object ? '}' : ']')) {
                    levels.push_back(Level{object, 0, path.size()});
                    opened = true;
                }
                break;
            }
            case JsonScanner::Kind::Invalid:
                return false;
            default:
                if (!scalar(kind, path)) {
                    return false;
                }
            }
            while (!opened) {
                if (levels.empty()) {
                    return true;
                }
                path.resize(levels.back().pathLength);
                if (m_scan.take(',')) {
                    ++levels.back().item;
                    break;
                }
                if (!m_scan.take(levels.back().object ? '}' : ']')) {
                    return false;
                }
                path.resize(levels.back().pathLength);
                levels.pop_back();
            }
            if (!step(levels.back(), path)) {
                return false;
            }
        }
    }

    /// Reads the key of the next member, or counts the next item, and puts it behind the path.
    bool step(const Level& level, std::string& path)
    {
        if (!path.empty()) {
            path += '.';
        }
        if (!level.object) {
            path += std::to_string(level.item);
            return true;
        }
        std::string_view raw;
        bool escaped = false;
        if (!m_scan.string(raw, escaped) || !m_scan.take(':')) {
            return false;
        }
        std::string key(raw);
        if (escaped && !JsonScanner::unescape(raw, key)) {
            return false;
        }
        path += key;
        return true;
    }

    bool scalar(JsonScanner::Kind kind, const std::string& path)
    {
        ConfigValue value = nullptr;
        std::string_view raw;
        bool escaped = false;
        switch (kind) {
        case JsonScanner::Kind::String: {
            if (!m_scan.string(raw, escaped)) {
                return false;
            }
            std::string text(raw);
            if (escaped && !JsonScanner::unescape(raw, text)) {
                return false;
            }
            value = std::move(text);
            break;
        }
        case JsonScanner::Kind::Number: {
            if (!m_scan.number(raw)) {
                return false;
            }
            std::int64_t whole = 0;
            const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), whole);
            if (error == std::errc() && end == raw.data() + raw.size()) {
                value = whole;
            } else {
                double number = 0;
                std::from_chars(raw.data(), raw.data() + raw.size(), number);
                value = number;
            }
            break;
        }
        case JsonScanner::Kind::True:
            if (!m_scan.literal("true")) {
                return false;
            }
            value = true;
            break;
        case JsonScanner::Kind::False:
            if (!m_scan.literal("false")) {
                return false;
            }
            value = false;
            break;
        default:
            if (!m_scan.literal("null")) {
                return false;
            }
        }
        if (m_config.values.size() < MaxValues) {
            m_config.values.emplace_back(path, std::move(value));
        }
        return true;
    }

    JsonScanner m_scan;
    ModelConfig& m_config;
};

/// The list at `path`: its items, if all of them are strings.
std::vector<std::string> stringList(const ModelConfig& config, const std::string& path)
{
    std::vector<std::string> items;
    const std::string prefix = path + ".";
    for (const auto& [key, value] : config.values) {
        if (key.size() > prefix.size() && key.starts_with(prefix) && key.find_first_not_of("0123456789", prefix.size()) == std::string::npos) {
            if (const auto* text = std::get_if<std::string>(&value)) {
                items.push_back(*text);
            }
        }
    }
    return items;
}

} // namespace

std::string configText(const ConfigValue& value)
{
    struct Text {
        std::string operator()(std::nullptr_t) const { return "null"; }
        std::string operator()(bool b) const { return b ? "true" : "false"; }
        std::string operator()(std::int64_t i) const { return std::to_string(i); }
        std::string operator()(double d) const { return numberText(d); }
        std::string operator()(const std::string& s) const { return s; }
    };
    return std::visit(Text{}, value);
}

ModelConfig ModelConfig::parse(std::string text, std::string file)
{
    ModelConfig config;
    config.file = std::move(file);
    config.text = std::move(text);
    if (!Flattener(config.text, config).run()) {
        config.state = State::Broken;
        config.values.clear();
        return config;
    }
    config.state = State::Ok;
    config.architectures = stringList(config, "architectures");
    if (!config.architectures.empty()) {
        config.architecturesFrom = "architectures";
        return config;
    }
    constexpr std::string_view Tail = ".architectures.0";
    for (const auto& [key, value] : config.values) {
        if (key.ends_with(Tail) && std::holds_alternative<std::string>(value)) {
            config.architecturesFrom = key.substr(0, key.size() - 2);
            config.architectures = stringList(config, config.architecturesFrom);
            break;
        }
    }
    return config;
}

const ConfigValue* ModelConfig::find(std::string_view path) const noexcept
{
    const ConfigValue* found = nullptr; // the last one, as Python's json takes it
    for (const auto& [key, value] : values) {
        if (key == path) {
            found = &value;
        }
    }
    return found;
}

std::optional<std::int64_t> ModelConfig::dimension(std::string_view name) const noexcept
{
    static constexpr std::array<std::string_view, 5> Places{"", "text_config.", "language_config.", "llm_config.", "thinker_config.text_config."};
    for (const std::string_view place : Places) {
        std::string path(place);
        path += name;
        if (const ConfigValue* value = find(path)) {
            if (const auto* number = std::get_if<std::int64_t>(value)) {
                return *number;
            }
        }
    }
    return std::nullopt;
}

} // namespace ckptscope
