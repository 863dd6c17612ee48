// SPDX-License-Identifier: Apache-2.0
#include "core/audits/list.h"
#include "core/audits/sink.h"
#include "core/dtypes/dtype.h"
#include "core/model/roles.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

namespace ckptscope {

namespace {

constexpr std::size_t FewestSiblings = 4; ///< below, no dtype is the usual one

/// Plain floats only: quantisers leave out single layers on purpose, so their dtypes say nothing.
bool isPlainFloat(std::string_view dtype) noexcept
{
    constexpr std::array<std::string_view, 4> Floats{"BF16", "F16", "F32", "F64"};
    return std::find(Floats.begin(), Floats.end(), dtype) != Floats.end();
}

void oddDTypes(const Checkpoint& checkpoint, const std::vector<Role>& roles, AuditSink& sink)
{
    for (const Role& role : roles) {
        const bool plain = std::all_of(role.dtypes.begin(), role.dtypes.end(), [](const auto& dtype) { return isPlainFloat(dtype.first); });
        if (!plain || role.tensors.size() < FewestSiblings) {
            continue;
        }
        for (const std::uint32_t odd : role.odd) {
            const TensorInfo& tensor = checkpoint.tensors()[odd];
            sink.addOfRole(Code::AuditSiblingsOdd, tensor, {std::string(tensor.key), std::string(tensor.dtypeText()), role.dtypes.front().first});
        }
    }
}

/// Scales, zero points and the like: a quantiser leaves out whole modules, and audits/quantized.cpp looks at their
/// pairs.
bool isQuantizerPart(std::string_view pattern) noexcept
{
    constexpr std::array<std::string_view, 14> Parts{"scale",       "zero_point", "g_idx",   "qweight", "qzeros",  "absmax",  "quant_map",
                                                     "quant_state", "SCB",        "_packed", "_shape",  "_format", "_blocks", "qdata"};
    return std::any_of(Parts.begin(), Parts.end(), [pattern](std::string_view part) { return pattern.find(part) != std::string_view::npos; });
}

/// A list of like things: other numbers in a key may be places in a Sequential, of which some have no parameters.
bool isListName(std::string_view part) noexcept
{
    constexpr std::array<std::string_view, 7> Names{"layers", "blocks", "h", "block", "layer", "blk", "experts"};
    return std::find(Names.begin(), Names.end(), part) != Names.end();
}

/// "model.layers.[48].mlp.experts.[512].up_proj.weight" with {3, 511}: "model.layers.3.mlp.experts", "511",
/// "up_proj.weight".
struct Gap {
    std::string list;
    std::uint64_t number = 0;
    std::string rest;
};

Gap gapOf(std::string_view pattern, const std::vector<std::uint64_t>& numbers)
{
    Gap gap;
    std::size_t place = 0;
    std::string* text = &gap.list;
    for (std::size_t at = 0; at <= pattern.size();) {
        const auto dot = std::min(pattern.find('.', at), pattern.size());
        const auto part = pattern.substr(at, dot - at);
        at = dot + 1;
        if (part.starts_with('[') && place < numbers.size()) {
            if (++place == numbers.size()) {
                gap.number = numbers.back();
                text = &gap.rest;
                continue;
            }
            *text += (text->empty() ? "" : ".") + std::to_string(numbers[place - 1]);
        } else {
            (*text += text->empty() ? "" : ".") += part;
        }
    }
    return gap;
}

bool anyUnder(const Checkpoint& checkpoint, const std::string& prefix)
{
    const auto& order = checkpoint.byName();
    const auto found = std::lower_bound(order.begin(), order.end(), prefix,
                                        [&](std::uint32_t tensor, const std::string& text) { return checkpoint.tensors()[tensor].key < text; });
    return found != order.end() && checkpoint.tensors()[*found].key.starts_with(prefix);
}

/// Layers that are unlike each other on purpose (nvidia/Llama-3_1-Nemotron-Ultra-253B-v1 config.json): gaps say
/// nothing.
bool isSearched(const ModelConfig& config)
{
    return std::any_of(config.values.begin(), config.values.end(), [](const auto& value) { return value.first.starts_with("block_configs."); });
}

/// Lists of config.json with a word on each layer: {"layer_types", "hybrid_layer_pattern" ...}, by number.
std::vector<std::vector<std::string>> layerLists(const ModelConfig& config)
{
    std::map<std::string_view, std::vector<std::string>> lists;
    for (const auto& [path, value] : config.values) {
        const auto dot = path.rfind('.');
        if (dot == std::string::npos) {
            continue;
        }
        auto& list = lists[std::string_view(path).substr(0, dot)];
        if (std::string_view(path).substr(dot + 1) == std::to_string(list.size())) { // in file order: 0, 1, 2 ...
            list.push_back(configText(value));
        }
    }
    std::vector<std::vector<std::string>> result;
    for (auto& [path, list] : lists) {
        if (list.size() > 1) {
            result.push_back(std::move(list));
        }
    }
    return result;
}

/// Where one tensor of a role is missing.
struct Place {
    std::vector<std::uint64_t> numbers; ///< ascending
    std::uint64_t siblings = 0;
    std::uint64_t entries = 0; ///< of the list: one more than the last number
};

/// Numbers that follow a plan: at equal distances, or those of which config.json says what it says of no other.
bool isPlanned(const Place& place, const std::vector<std::vector<std::string>>& lists)
{
    constexpr std::size_t MostKinds = 4; ///< of layers; a list of more different words tells something else
    const auto& numbers = place.numbers;
    bool even = numbers.size() > 2;
    for (std::size_t n = 2; n < numbers.size(); ++n) {
        even = even && numbers[n] - numbers[n - 1] == numbers[1] - numbers[0];
    }
    const auto tells = [&](const std::vector<std::string>& list) {
        if (numbers.back() >= list.size() || list.size() < place.entries || std::set<std::string_view>(list.begin(), list.end()).size() > MostKinds) {
            return false;
        }
        std::set<std::string_view> of;
        for (const auto number : numbers) {
            of.insert(list[number]);
        }
        for (std::size_t n = 0; n < list.size(); ++n) {
            if (of.contains(list[n]) && !std::binary_search(numbers.begin(), numbers.end(), n)) {
                return false;
            }
        }
        return true;
    };
    return even || std::any_of(lists.begin(), lists.end(), tells);
}

/// By list and rest of the key; an empty rest: everything under that number.
std::map<std::pair<std::string, std::string>, Place> missingPlaces(const Checkpoint& checkpoint, const std::vector<Role>& roles)
{
    std::vector<std::string_view> named; // by the index, but not stored: it tells of these
    if (checkpoint.index() && std::any_of(roles.begin(), roles.end(), [](const Role& role) { return !role.missing.empty(); })) {
        for (const auto& [key, file] : checkpoint.index()->weightMap) {
            if (checkpoint.find(key) == nullptr) {
                named.push_back(key);
            }
        }
    }
    std::sort(named.begin(), named.end());
    std::map<std::pair<std::string, std::string>, Place> places;
    for (const Role& role : roles) {
        if (role.missing.empty() || isQuantizerPart(role.pattern)) {
            continue;
        }
        for (const auto& numbers : role.missing) {
            Gap gap = gapOf(role.pattern, numbers);
            const std::string entry = gap.list + '.' + std::to_string(gap.number) + '.';
            const auto dot = gap.list.rfind('.');
            const std::string_view name = std::string_view(gap.list).substr(dot == std::string::npos ? 0 : dot + 1);
            const bool experts = name == "experts";
            const bool told = std::any_of(named.begin(), named.end(), [&](std::string_view key) { return key.starts_with(entry); });
            if (!isListName(name) || told) {
                continue;
            }
            const bool whole = !anyUnder(checkpoint, entry);
            // audits/shapes.cpp tells of missing layers; the first and the last of a stage may be special
            const bool inside = anyUnder(checkpoint, gap.list + '.' + std::to_string(gap.number + 1) + '.')
                && (gap.number > 0 && anyUnder(checkpoint, gap.list + '.' + std::to_string(gap.number - 1) + '.'));
            if (!experts && (whole || !inside)) {
                continue;
            }
            Place& place = places[{gap.list, whole ? std::string() : gap.rest}];
            place.numbers.push_back(gap.number);
            place.siblings = role.tensors.size();
        }
    }
    for (auto& [name, place] : places) {
        std::sort(place.numbers.begin(), place.numbers.end());
        place.numbers.erase(std::unique(place.numbers.begin(), place.numbers.end()), place.numbers.end());
        place.entries = place.numbers.back() + 1;
        while (anyUnder(checkpoint, name.first + '.' + std::to_string(place.entries) + '.')) {
            ++place.entries;
        }
    }
    return places;
}

/// Lists that end early, each elsewhere, as a pyramid of experts does (rednote-hilab's dots vision encoder): patterns
/// of them.
std::set<std::string> unevenLists(const Checkpoint& checkpoint, const std::map<std::pair<std::string, std::string>, Place>& places)
{
    std::map<std::string, std::set<std::uint64_t>> ends;
    for (const auto& [name, place] : places) {
        if (name.second.empty() && !anyUnder(checkpoint, name.first + '.' + std::to_string(place.numbers.back() + 1) + '.')) {
            ends[rolePattern(name.first)].insert(place.numbers.front());
        }
    }
    std::set<std::string> uneven;
    for (const auto& [pattern, firsts] : ends) {
        if (firsts.size() > 1) {
            uneven.insert(pattern);
        }
    }
    return uneven;
}

void missingParts(const Checkpoint& checkpoint, const std::vector<Role>& roles, AuditSink& sink)
{
    const auto places = missingPlaces(checkpoint, roles);
    const auto lists = places.empty() ? std::vector<std::vector<std::string>>() : layerLists(checkpoint.config());
    const auto uneven = unevenLists(checkpoint, places);
    for (const auto& [name, place] : places) {
        const auto& [list, rest] = name;
        if (uneven.contains(rolePattern(list))) {
            continue;
        }
        if (rest.empty()) {
            sink.add(Code::AuditMissingLayers, std::string(), {numberRanges(place.numbers), list});
        } else if (!isPlanned(place, lists)) {
            Finding* finding =
                sink.add(Code::AuditSiblingsMissing, std::string(), {rest, numberRanges(place.numbers), list, std::to_string(place.siblings)});
            if (finding != nullptr && place.numbers.size() == 1 && rest.find('[') == std::string::npos) {
                finding->key = list + '.' + std::to_string(place.numbers.front()) + '.' + rest;
            }
        }
    }
}

} // namespace

void auditSiblings(const Checkpoint& checkpoint, const ArchitectureChoice&, std::vector<Finding>& findings)
{
    AuditSink sink(checkpoint, findings);
    const auto roles = findRoles(checkpoint);
    if (checkpoint.format() != "gguf") { // its converters choose each tensor's type by size and use
        oddDTypes(checkpoint, roles, sink);
    }
    if (!isPartial(checkpoint) && !isSearched(checkpoint.config())) {
        missingParts(checkpoint, roles, sink);
    }
}

} // namespace ckptscope
