// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/embedded.h"
#include "core/contracts/jsontree.h"
#include "core/contracts/keymatcher.h"
#include "core/contracts/rule.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace ckptscope {

namespace {

using Kind = JsonNode::Kind;

constexpr std::string_view Schema = "ckptscope.rules/1";
constexpr std::size_t MaxRules = 20'000;
constexpr std::size_t MaxText = 64UL << 10U; ///< bytes of any one string of a rule
constexpr std::array<std::string_view, 12> RuleFields{"id",   "title", "architectures", "key_regex", "required_dtypes", "severity",
                                                      "when", "shape", "why",           "sources",   "covers",          "spares"};
constexpr std::array<std::string_view, 5> FileFields{"schema", "profile", "title", "updated", "rules"};

/// Why a rule is refused, and the line to look at.
struct Refusal {
    std::size_t offset = 0;
    std::string why;
};

std::string quoted(std::string_view text)
{
    return "'" + std::string(text) + "'";
}

/// The first member that has a wrong name or comes twice.
template<std::size_t N>
std::optional<Refusal> oddMember(const JsonNode& object, const std::array<std::string_view, N>& known)
{
    std::set<std::string_view> seen;
    for (const auto& [key, value] : object.members) {
        if (std::find(known.begin(), known.end(), key) == known.end()) {
            return Refusal{value.offset, "there is no field " + quoted(key)};
        }
        if (!seen.insert(key).second) {
            return Refusal{value.offset, "field " + quoted(key) + " comes twice"};
        }
    }
    return std::nullopt;
}

std::optional<Refusal> readText(const JsonNode& rule, std::string_view field, bool needed, std::string& out)
{
    const JsonNode* node = rule.find(field);
    if (node == nullptr || (!needed && node->kind == Kind::Null)) {
        return needed ? std::optional(Refusal{rule.offset, "it has no " + quoted(field)}) : std::nullopt;
    }
    if (node->kind != Kind::String) {
        return Refusal{node->offset, quoted(field) + " is not a string"};
    }
    if (node->text.size() > MaxText) {
        return Refusal{node->offset, quoted(field) + " is longer than 64 KiB"};
    }
    if (needed && node->text.find_first_not_of(" \t\r\n") == std::string::npos) {
        return Refusal{node->offset, quoted(field) + " is empty"};
    }
    out = node->text;
    return std::nullopt;
}

std::optional<Refusal> readTexts(const JsonNode& rule, std::string_view field, bool mayBeEmpty, std::vector<std::string>& out)
{
    const JsonNode* node = rule.find(field);
    if (node == nullptr) {
        return Refusal{rule.offset, "it has no " + quoted(field)};
    }
    if (node->kind != Kind::Array) {
        return Refusal{node->offset, quoted(field) + " is not a list of strings"};
    }
    for (const auto& item : node->items) {
        if (item.kind != Kind::String || item.text.find_first_not_of(" \t\r\n") == std::string::npos) {
            return Refusal{item.offset, quoted(field) + " holds something that is not a string, or an empty one"};
        }
        if (item.text.size() > MaxText) {
            return Refusal{item.offset, quoted(field) + " holds a string longer than 64 KiB"};
        }
        out.push_back(item.text);
    }
    if (out.empty() && !mayBeEmpty) {
        return Refusal{node->offset, quoted(field) + " is empty"};
    }
    return std::nullopt;
}

std::optional<Refusal> readDTypes(const JsonNode& rule, std::vector<DType>& out)
{
    std::vector<std::string> names;
    if (auto refusal = readTexts(rule, "required_dtypes", false, names)) {
        return refusal;
    }
    const std::size_t offset = rule.find("required_dtypes")->offset;
    for (const auto& name : names) {
        const auto table = dtypeTable();
        const auto row = std::find_if(table.begin(), table.end(), [&](const DTypeInfo& info) { return info.name == name; });
        if (row == table.end() || row->dtype == DType::Unknown) {
            return Refusal{offset, "there is no dtype " + quoted(name)};
        }
        if (std::find(out.begin(), out.end(), row->dtype) != out.end()) {
            return Refusal{offset, "dtype " + quoted(name) + " comes twice"};
        }
        out.push_back(row->dtype);
    }
    return std::nullopt;
}

std::optional<ConfigValue> configValue(const JsonNode& node)
{
    switch (node.kind) {
    case Kind::Null:
        return ConfigValue(nullptr);
    case Kind::Bool:
        return ConfigValue(node.boolean);
    case Kind::Integer:
        return ConfigValue(node.integer);
    case Kind::Number:
        return ConfigValue(node.number);
    case Kind::String:
        return ConfigValue(node.text);
    case Kind::Array:
    case Kind::Object:
        break;
    }
    return std::nullopt;
}

std::optional<Refusal> readWhen(const JsonNode& rule, std::vector<std::pair<std::string, std::vector<ConfigValue>>>& out)
{
    const JsonNode* node = rule.find("when");
    if (node == nullptr || node->kind == Kind::Null) {
        return std::nullopt;
    }
    if (node->kind != Kind::Object) {
        return Refusal{node->offset, "'when' is not an object of config paths and values"};
    }
    for (const auto& [path, values] : node->members) {
        if (path.empty()) {
            return Refusal{values.offset, "'when' names an empty config path"};
        }
        if (std::any_of(out.begin(), out.end(), [&key = path](const auto& entry) { return entry.first == key; })) {
            return Refusal{values.offset, "'when' names " + quoted(path) + " twice"};
        }
        std::vector<ConfigValue> list;
        const std::vector<JsonNode> one{values};
        for (const auto& item : values.kind == Kind::Array ? values.items : one) {
            auto value = configValue(item);
            if (!value) {
                return Refusal{item.offset, "'when' asks " + quoted(path) + " for a value that is neither text, number, true, false nor null"};
            }
            list.push_back(std::move(*value));
        }
        if (list.empty()) {
            return Refusal{values.offset, "'when' gives no value for " + quoted(path)};
        }
        out.emplace_back(path, std::move(list));
    }
    return std::nullopt;
}

std::optional<Refusal> readSeverity(const JsonNode& rule, Severity& out)
{
    std::string name;
    if (auto refusal = readText(rule, "severity", true, name)) {
        return refusal;
    }
    for (const Severity severity : {Severity::Violation, Severity::Advice, Severity::Note}) {
        if (severityName(severity) == name) {
            out = severity;
            return std::nullopt;
        }
    }
    return Refusal{rule.find("severity")->offset, "severity " + quoted(name) + " is not violation, advice or note"};
}

/// Keys that a rule gives as its own test: all of them match its pattern, or none.
std::optional<Refusal> readExamples(const JsonNode& node, std::string_view field, bool matches, bool trusted, const std::string& regex,
                                    std::vector<std::string>& out)
{
    const JsonNode* list = node.find(field);
    if (list == nullptr) {
        return std::nullopt;
    }
    if (auto refusal = readTexts(node, field, true, out)) {
        return refusal;
    }
    if (trusted) {
        return std::nullopt;
    }
    const KeyMatcher matcher({regex});
    std::vector<std::uint32_t> found;
    for (std::size_t n = 0; n < out.size(); ++n) {
        found.clear();
        matcher.match(out[n], found);
        if (found.empty() == matches) {
            return Refusal{list->items[n].offset,
                           "its key_regex " + std::string(matches ? "does not match " : "matches ") + quoted(out[n]) + ", which '"
                               + std::string(field) + "' names"};
        }
    }
    return std::nullopt;
}

/// `trusted`: patterns are not compiled, and examples not tried; the tests did.
std::optional<Refusal> readRule(const JsonNode& node, Rule& rule, bool trusted)
{
    if (auto refusal = oddMember(node, RuleFields)) {
        return refusal;
    }
    if (auto refusal = readText(node, "id", true, rule.id)) {
        return refusal;
    }
    constexpr std::string_view IdCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    if (rule.id.size() > 200 || rule.id.find_first_not_of(IdCharacters) != std::string::npos) {
        return Refusal{node.find("id")->offset, "an id has letters, digits, '.', '_' and '-' only, at most 200"};
    }
    if (auto refusal = readText(node, "title", true, rule.title)) {
        return refusal;
    }
    if (auto refusal = readTexts(node, "architectures", true, rule.architectures)) {
        return refusal;
    }
    if (std::find(rule.architectures.begin(), rule.architectures.end(), "*") != rule.architectures.end()) {
        if (rule.architectures.size() > 1) {
            return Refusal{node.find("architectures")->offset, "'architectures' names '*' and others"};
        }
        rule.architectures.clear();
    }
    if (auto refusal = readText(node, "key_regex", true, rule.keyRegex)) {
        return refusal;
    }
    if (const std::string problem = trusted ? std::string() : regexProblem(rule.keyRegex); !problem.empty()) {
        return Refusal{node.find("key_regex")->offset, "its key_regex is not RE2 syntax: " + problem};
    }
    if (auto refusal = readDTypes(node, rule.requiredDtypes)) {
        return refusal;
    }
    if (auto refusal = readSeverity(node, rule.severity)) {
        return refusal;
    }
    if (auto refusal = readWhen(node, rule.when)) {
        return refusal;
    }
    if (auto refusal = readText(node, "shape", false, rule.shape)) {
        return refusal;
    }
    if (auto refusal = readText(node, "why", true, rule.why)) {
        return refusal;
    }
    if (auto refusal = readTexts(node, "sources", false, rule.sources)) {
        return refusal;
    }
    if (auto refusal = readExamples(node, "covers", true, trusted, rule.keyRegex, rule.covers)) {
        return refusal;
    }
    return readExamples(node, "spares", false, trusted, rule.keyRegex, rule.spares);
}

class FileParser {
public:
    FileParser(std::string_view text, const std::string& file, bool trusted)
        : m_text(text)
        , m_file(file)
        , m_trusted(trusted)
    {
    }

    RuleFile result;

    void broken(std::size_t offset, std::string why)
    {
        const auto line = lineOf(m_text, offset);
        Error error = inFile(fail(Code::RuleFileBroken, {std::to_string(line), std::move(why)}), m_file, offset);
        result.problems.push_back({std::move(error), line, {}});
    }

    void refused(const Refusal& refusal, const std::string& rule)
    {
        const auto line = lineOf(m_text, refusal.offset);
        Error error = inFile(fail(Code::RuleRefused, {std::to_string(line), rule, refusal.why}), m_file, refusal.offset);
        result.problems.push_back({std::move(error), line, rule});
    }

    void parse(const std::string& family)
    {
        auto parsed = parseJsonTree(m_text);
        if (const auto* error = std::get_if<JsonTreeError>(&parsed)) {
            broken(error->offset, error->why);
            return;
        }
        const JsonNode& root = *std::get_if<JsonNode>(&parsed);
        result.profile = "default";
        const JsonNode* rules = root.kind == Kind::Array ? &root : head(root);
        if (rules == nullptr) {
            return;
        }
        if (rules->items.size() > MaxRules) {
            broken(rules->offset, "it has more than 20,000 rules");
            return;
        }
        std::set<std::string> ids;
        std::size_t number = 0;
        for (const auto& item : rules->items) {
            ++number;
            const JsonNode* id = item.kind == Kind::Object ? item.find("id") : nullptr;
            const std::string name = id != nullptr && id->kind == Kind::String && !id->text.empty() ? id->text : "number " + std::to_string(number);
            if (item.kind != Kind::Object) {
                refused({item.offset, "it is not an object"}, name);
                continue;
            }
            Rule rule;
            if (const auto refusal = readRule(item, rule, m_trusted)) {
                refused(*refusal, name);
            } else if (!ids.insert(rule.id).second) {
                refused({id->offset, "an earlier rule has this id"}, name);
            } else {
                rule.family = family;
                result.rules.push_back(std::move(rule));
            }
        }
    }

private:
    /// The list of rules of a file that is an object; nullptr: it is broken.
    const JsonNode* head(const JsonNode& root)
    {
        if (root.kind != Kind::Object) {
            broken(root.offset, "it is neither an object nor a list of rules");
            return nullptr;
        }
        if (const auto odd = oddMember(root, FileFields)) {
            broken(odd->offset, odd->why);
            return nullptr;
        }
        std::string schema;
        std::optional<Refusal> refusal = readText(root, "schema", true, schema);
        if (!refusal && schema != Schema) {
            refusal = Refusal{root.find("schema")->offset, "its schema is " + quoted(schema) + ", not " + quoted(Schema)};
        }
        if (!refusal) {
            refusal = readText(root, "profile", false, result.profile);
        }
        if (!refusal && result.profile != "default") {
            refusal = Refusal{root.find("profile")->offset, "rule files extend the profile 'default' only, not " + quoted(result.profile)};
        }
        if (!refusal) {
            refusal = readText(root, "title", false, result.title);
        }
        if (!refusal) {
            refusal = readText(root, "updated", false, result.updated);
        }
        const JsonNode* rules = root.find("rules");
        if (!refusal && (rules == nullptr || rules->kind != Kind::Array)) {
            refusal = Refusal{rules == nullptr ? root.offset : rules->offset, "it has no list 'rules'"};
        }
        if (refusal) {
            broken(refusal->offset, refusal->why);
            return nullptr;
        }
        return rules;
    }

    std::string_view m_text;
    const std::string& m_file;
    bool m_trusted;
};

} // namespace

RuleFile parseRuleFile(std::string_view text, const std::string& file, const std::string& family)
{
    FileParser parser(text, file, false);
    parser.parse(family);
    return std::move(parser.result);
}

RuleFile parseEmbeddedRules(const EmbeddedFile& embedded)
{
    const std::string name(embedded.name);
    FileParser parser(embedded.text, name, true);
    parser.parse(name.substr(0, name.find('.')));
    return std::move(parser.result);
}

} // namespace ckptscope
