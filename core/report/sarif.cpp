// SPDX-License-Identifier: Apache-2.0
#include "core/report/sarif.h"

#include "core/report/messages.h"

#include <xxhash.h>

#include <algorithm>
#include <map>
#include <set>

namespace ckptscope::report {

namespace {

constexpr std::string_view SchemaUri = "https://json.schemastore.org/sarif-2.1.0.json";

std::string_view levelName(Severity severity) noexcept
{
    return severity == Severity::Note ? "note" : severity == Severity::Advice ? "warning" : "error";
}

/// Plain text as a SARIF message says it (3.11.5, 3.11.6): braces would be placeholders, brackets links.
std::string messageEscaped(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (c == '{' || c == '}') {
            out += c;
        } else if (c == '[' || c == ']' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out;
}

/// A path as a URI reference (RFC 3986): an absolute one as file:.
std::string uriOf(std::string_view path)
{
    static constexpr char Digits[] = "0123456789ABCDEF";
    std::string out = path.starts_with('/') ? "file://" : "";
    for (const char c : path) {
        const bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~' || c == '/';
        if (plain) {
            out += c;
        } else {
            out += '%';
            out += Digits[static_cast<unsigned char>(c) >> 4U];
            out += Digits[static_cast<unsigned char>(c) & 15U];
        }
    }
    return out;
}

std::string joinedPath(const Checkpoint& checkpoint, const std::string& file)
{
    if (file.empty() || !checkpoint.isFolder()) {
        return checkpoint.path();
    }
    std::string path = checkpoint.path();
    if (path.ends_with(".json") || path.ends_with(".safetensors")) { // an index or shard was named; files lie beside it
        const auto slash = path.rfind('/');
        path = slash == std::string::npos ? "" : path.substr(0, slash + 1);
        return path + file;
    }
    return path.ends_with('/') ? path + file : path + '/' + file;
}

void message(JsonWriter& json, std::string_view text)
{
    json.open('{').key("text").text(messageEscaped(text)).close('}');
}

void openRun(JsonWriter& json)
{
    json.open('{').key("$schema").text(SchemaUri).key("version").text("2.1.0").key("runs").open('[').open('{');
    json.key("tool").open('{').key("driver").open('{').key("name").text("ckptscope").key("version").text(CKPTSCOPE_VERSION);
    json.key("semanticVersion").text(CKPTSCOPE_VERSION);
}

/// The rules that results refer to, in the order of their first finding.
std::vector<const Finding*> distinctRules(const CheckReport& report, std::map<std::string_view, std::uint64_t>& indexes)
{
    std::vector<const Finding*> rules;
    for (const Finding& finding : report.findings) {
        if (indexes.emplace(finding.rule, rules.size()).second) {
            rules.push_back(&finding);
        }
    }
    return rules;
}

void writeRule(JsonWriter& json, const CheckReport& report, const Finding& finding)
{
    json.open('{').key("id").text(finding.rule);
    if (report.rules && finding.ruleIndex < report.rules->rules().size()) {
        const Rule& rule = report.rules->rules()[finding.ruleIndex];
        json.key("shortDescription").open('{').key("text").text(rule.title.empty() ? rule.id : rule.title).close('}');
        json.key("fullDescription").open('{').key("text").text(rule.why).close('}');
        std::string help = rule.why + "\nSources:";
        for (const std::string& source : rule.sources) {
            help += "\n" + source;
        }
        json.key("help").open('{').key("text").text(help).close('}');
    } else if (finding.what) {
        json.key("shortDescription").open('{').key("text").text(codeInfo(finding.what->code).message).close('}');
        const auto hint = codeInfo(finding.what->code).hint;
        if (!hint.empty()) {
            json.key("help").open('{').key("text").text(hint).close('}');
        }
    }
    json.key("defaultConfiguration").open('{').key("level").text(levelName(finding.severity)).close('}').close('}');
}

constexpr std::size_t MostNames = 1000; ///< of tensors of which one result is true

void writeResult(JsonWriter& json, const Checkpoint& checkpoint, const Finding& finding, std::uint64_t ruleIndex)
{
    const TensorInfo* tensor = finding.tensor && *finding.tensor < checkpoint.tensors().size() ? &checkpoint.tensors()[*finding.tensor] : nullptr;
    const std::string_view key = tensor != nullptr ? tensor->key : std::string_view(finding.key);
    std::string text = finding.what ? messageWithHint(*finding.what) : findingText(checkpoint, finding);
    if (!key.empty() && !finding.what) {
        text = displayName(key) + ": " + text;
    }
    json.open('{').key("ruleId").text(finding.rule).key("ruleIndex").number(ruleIndex).key("level").text(levelName(finding.severity));
    json.key("message");
    message(json, text);
    std::string file = finding.file;
    if (file.empty() && tensor != nullptr && tensor->shard < checkpoint.shards().size()) {
        file = checkpoint.shards()[tensor->shard].file;
    }
    json.key("locations").open('[').open('{').key("physicalLocation").open('{').key("artifactLocation").open('{');
    json.key("uri").text(uriOf(joinedPath(checkpoint, file))).close('}');
    if (finding.offset && *finding.offset <= INT64_MAX) {
        json.key("region").open('{').key("byteOffset").number(*finding.offset).close('}');
    }
    json.close('}');
    if (!key.empty()) {
        std::set<std::string_view> names; // each once, as the schema asks for
        const auto name = [&](std::string_view one) {
            if (names.size() < MostNames && names.insert(one).second) {
                json.open('{').key("fullyQualifiedName").text(displayName(one, 0)).key("kind").text("member").close('}');
            }
        };
        json.key("logicalLocations").open('[');
        name(key);
        for (const std::uint32_t other : finding.others) { // an audit tells once of a whole role
            if (other < checkpoint.tensors().size()) {
                name(checkpoint.tensors()[other].key);
            }
        }
        json.close(']');
    }
    json.close('}').close(']');
    // what makes this finding the same one in the next run, wherever the file lies then
    XXH3_state_t* state = XXH3_createState();
    XXH3_64bits_reset(state);
    for (const std::string_view part : {std::string_view(finding.rule), key, std::string_view(file)}) {
        XXH3_64bits_update(state, part.data(), part.size());
        XXH3_64bits_update(state, "\0", 1);
    }
    const auto hash = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    json.key("partialFingerprints").open('{').key("ckptscopeFinding/v1").text(std::to_string(hash)).close('}').close('}');
}

} // namespace

void writeSarif(const Checkpoint& checkpoint, const CheckReport& report, const Write& write)
{
    JsonWriter json(write);
    openRun(json);
    std::map<std::string_view, std::uint64_t> indexes;
    json.key("rules").open('[');
    for (const Finding* finding : distinctRules(report, indexes)) {
        writeRule(json, report, *finding);
    }
    json.close(']').close('}').close('}');
    json.key("invocations").open('[').open('{').key("executionSuccessful").boolean(true).close('}').close(']');
    json.key("results").open('[');
    for (const Finding& finding : report.findings) {
        writeResult(json, checkpoint, finding, indexes[finding.rule]);
    }
    json.close(']').key("columnKind").text("unicodeCodePoints");
    json.key("properties").open('{').key("verdict").text(verdictName(report.verdict)).key("profile").text(report.profile);
    json.key("architectures").open('[');
    for (const std::string& name : report.architecture.names) {
        json.text(name);
    }
    json.close(']').key("tensorsChecked").number(report.tensorsChecked).close('}').close('}').close(']').close('}').finish();
}

void writeFailedSarif(const Error& error, const Write& write)
{
    JsonWriter json(write);
    openRun(json);
    json.close('}').close('}').key("invocations").open('[').open('{').key("executionSuccessful").boolean(false);
    json.key("toolExecutionNotifications").open('[').open('{').key("level").text("error").key("message");
    message(json, errorText(error));
    json.key("descriptor").open('{').key("id").text(codeInfo(error.code).id).close('}');
    json.close('}').close(']').close('}').close(']').key("results").open('[').close(']').close('}').close(']').close('}').finish();
}

} // namespace ckptscope::report
