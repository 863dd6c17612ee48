// SPDX-License-Identifier: Apache-2.0
#include "core/convert/select.h"

#include "core/query/nothingmatches.h"
#include "core/text/text.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace ckptscope::convert {

namespace {

constexpr std::size_t MaxListed = 100;

/// Names of the model in what trainers save: Lightning, NeMo, DeepSpeed, fairseq, timm, plain loops. In this order of trust.
constexpr std::array SureWrappers{std::string_view("state_dict"), std::string_view("model_state_dict"), std::string_view("model_state"),
                                  std::string_view("model_weights")};
/// The same, but also how models themselves call their trunk: only where something else says that a trainer wrote it.
constexpr std::array MaybeWrappers{std::string_view("model"), std::string_view("module"), std::string_view("net"), std::string_view("network")};
/// What stands beside the model there.
const std::unordered_set<std::string_view>& trainerParts()
{
    static const std::unordered_set<std::string_view> names{"optimizer",
                                                            "optimizers",
                                                            "optim",
                                                            "opt",
                                                            "optimizer_state_dict",
                                                            "optimizer_states",
                                                            "optimizer_state",
                                                            "optim_state",
                                                            "lr_scheduler",
                                                            "lr_schedulers",
                                                            "scheduler",
                                                            "schedulers",
                                                            "lr_scheduler_state_dict",
                                                            "scheduler_state_dict",
                                                            "opt_param_scheduler",
                                                            "scaler",
                                                            "grad_scaler",
                                                            "amp",
                                                            "amp_scaler",
                                                            "epoch",
                                                            "epochs",
                                                            "step",
                                                            "steps",
                                                            "global_step",
                                                            "iteration",
                                                            "iter",
                                                            "global_samples",
                                                            "best_loss",
                                                            "best_acc",
                                                            "best_metric",
                                                            "rng_state",
                                                            "rng_states",
                                                            "cuda_rng_state",
                                                            "rng",
                                                            "args",
                                                            "hyper_parameters",
                                                            "hparams",
                                                            "callbacks",
                                                            "loops",
                                                            "pytorch-lightning_version",
                                                            "train_state",
                                                            "dataloader",
                                                            "dataloaders",
                                                            "param_groups",
                                                            "client_lr_scheduler",
                                                            "data_sampler",
                                                            "random_ltd",
                                                            "skipped_steps",
                                                            "sparse_tensor_module_names",
                                                            "loss",
                                                            "losses",
                                                            "ema",
                                                            "ema_model",
                                                            "model_ema",
                                                            "ema_state_dict"};
    return names;
}
/// One level around all of it, as PyTorch's own examples of Stateful have it.
constexpr std::array Outer{std::string_view("app"), std::string_view("app_state"), std::string_view("state"), std::string_view("checkpoint")};
/// Module wrappers that say nothing wherever they stand in a name.
constexpr std::array WrapperParts{std::string_view("_orig_mod."), std::string_view("_fsdp_wrapped_module."),
                                  std::string_view("_checkpoint_wrapped_module."), std::string_view("_forward_module.")};

std::string_view firstPart(std::string_view key)
{
    return key.substr(0, key.find('.'));
}

template<class List>
bool has(const List& list, std::string_view name)
{
    return std::find(list.begin(), list.end(), name) != list.end();
}

class Selector {
public:
    Selector(const Checkpoint& checkpoint, const ConvertOptions& options)
        : m_checkpoint(checkpoint)
        , m_options(options)
    {
    }

    Result<Selection> run()
    {
        const auto& tensors = m_checkpoint.tensors();
        m_keep.assign(tensors.size(), true);
        // Of several tensors of one name loaders take the one that sorts last.
        for (std::uint32_t i = 0; i < tensors.size(); ++i) {
            m_keep[i] = m_checkpoint.find(tensors[i].key) == &tensors[i];
        }
        if (auto done = globs(); !done) {
            return done.error();
        }
        if (m_options.only.empty() && !m_options.keepNames) {
            choosePart();
        }
        for (std::uint32_t i = 0; i < tensors.size(); ++i) {
            if (m_keep[i]) {
                m_out.items.push_back({i, std::string(tensors[i].key.substr(m_out.part.size()))});
            }
        }
        if (m_out.items.empty()) {
            return inFile(fail(Code::ConvertNothing), m_checkpoint.path());
        }
        if (!m_options.keepNames) {
            unwrap();
        }
        if (auto done = strip(); !done) {
            return done.error();
        }
        tellRest();
        return std::move(m_out);
    }

private:
    Result<void> globs()
    {
        const auto& tensors = m_checkpoint.tensors();
        std::vector<bool> wanted(tensors.size(), m_options.only.empty());
        for (const bool only : {true, false}) {
            for (const std::string& glob : only ? m_options.only : m_options.drops) {
                bool any = false;
                for (std::uint32_t i = 0; i < tensors.size(); ++i) {
                    if (globMatch(glob, tensors[i].key)) {
                        any = true;
                        wanted[i] = only;
                    }
                }
                if (!any) {
                    return nothingMatches(glob, m_checkpoint);
                }
            }
        }
        for (std::uint32_t i = 0; i < tensors.size(); ++i) {
            m_keep[i] = m_keep[i] && wanted[i];
        }
        return {};
    }

    void choosePart()
    {
        std::set<std::string_view> tops; // of tensors
        std::string outer;
        const auto collect = [&] {
            tops.clear();
            for (const TensorInfo& tensor : m_checkpoint.tensors()) {
                if (tensor.key.starts_with(outer)) {
                    tops.insert(firstPart(tensor.key.substr(outer.size())));
                }
            }
        };
        collect();
        if (tops.size() == 1 && has(Outer, *tops.begin()) && m_checkpoint.tensors().front().key.size() > tops.begin()->size()) {
            outer = std::string(*tops.begin()) + '.';
            collect();
        }
        bool trainer = std::any_of(tops.begin(), tops.end(), [](std::string_view top) { return trainerParts().contains(top); });
        for (const MetadataEntry& entry : m_checkpoint.metadata()) {
            trainer = trainer
                || (entry.origin == "pickle" && entry.key.starts_with(outer)
                    && trainerParts().contains(firstPart(std::string_view(entry.key).substr(outer.size()))));
        }
        for (const std::string_view name : SureWrappers) {
            if (tops.contains(name)) {
                return take(outer + std::string(name) + '.');
            }
        }
        // A trunk is seldom called the same twice: `{"model": model.state_dict()}` of a model whose trunk is `model`. Not of safetensors,
        // which have no dictionaries.
        if (!trainer && outer.empty() && tops.size() == 1 && has(MaybeWrappers, *tops.begin()) && m_checkpoint.format() != "safetensors") {
            const std::string once = std::string(*tops.begin()) + '.';
            const std::string twice = once + once;
            trainer = std::any_of(m_checkpoint.tensors().begin(), m_checkpoint.tensors().end(),
                                  [&](const TensorInfo& tensor) { return tensor.key.starts_with(twice); });
        }
        if (!trainer && outer.empty()) {
            return;
        }
        const bool restIsTrainers =
            std::all_of(tops.begin(), tops.end(), [](std::string_view top) { return trainerParts().contains(top) || has(MaybeWrappers, top); });
        for (const std::string_view name : MaybeWrappers) {
            if (tops.contains(name) && restIsTrainers) {
                return take(outer + std::string(name) + '.');
            }
        }
        // No wrapper around the model: all but what is surely the trainer's.
        for (std::uint32_t i = 0; i < m_keep.size(); ++i) {
            const std::string_view key = m_checkpoint.tensors()[i].key;
            const std::string_view top = firstPart(key.substr(std::min(outer.size(), key.size())));
            if (m_keep[i] && key.starts_with(outer)
                && (top.starts_with("optim") || top == "opt" || top.find("scheduler") != std::string_view::npos || top.find("rng") == 0
                    || top == "scaler")) {
                m_keep[i] = false;
            }
        }
        m_out.part = outer;
    }

    void take(const std::string& part)
    {
        m_out.part = part;
        for (std::uint32_t i = 0; i < m_keep.size(); ++i) {
            m_keep[i] = m_keep[i] && m_checkpoint.tensors()[i].key.starts_with(part) && m_checkpoint.tensors()[i].key.size() > part.size();
        }
    }

    void tellStripped(std::string_view what, std::uint64_t count)
    {
        m_out.stripped.emplace_back(what);
        m_out.notes.push_back(fail(Code::ConvertStripped, {std::string(what), std::to_string(count)}));
    }

    void unwrap()
    {
        for (const std::string_view wrapper : WrapperParts) {
            std::uint64_t count = 0;
            for (Chosen& item : m_out.items) {
                bool any = false;
                for (std::size_t at = item.key.find(wrapper); at != std::string::npos; at = item.key.find(wrapper, at)) {
                    if (at == 0 || item.key[at - 1] == '.') {
                        item.key.erase(at, wrapper.size());
                        any = true;
                    } else {
                        ++at;
                    }
                }
                count += any ? 1 : 0;
            }
            if (count > 0) {
                tellStripped(wrapper, count);
            }
        }
        constexpr std::string_view Module = "module."; // DataParallel, DeepSpeed
        const auto all = [&] {
            return std::all_of(m_out.items.begin(), m_out.items.end(),
                               [&](const Chosen& item) { return item.key.size() > Module.size() && item.key.starts_with(Module); });
        };
        bool any = false;
        while (all()) {
            for (Chosen& item : m_out.items) {
                item.key.erase(0, Module.size());
            }
            any = true;
        }
        if (any) {
            tellStripped(Module, m_out.items.size());
        }
    }

    Result<void> strip()
    {
        for (const std::string& prefix : m_options.strip) {
            std::uint64_t count = 0;
            for (Chosen& item : m_out.items) {
                if (item.key.size() > prefix.size() && item.key.starts_with(prefix)) {
                    item.key.erase(0, prefix.size());
                    ++count;
                }
            }
            if (count == 0 || prefix.empty()) {
                return fail(Code::FixNothingMatches, {prefix});
            }
            tellStripped(prefix, count);
        }
        return {};
    }

    void tellRest()
    {
        std::set<std::string> tops;
        std::uint64_t count = 0;
        for (std::uint32_t i = 0; i < m_keep.size(); ++i) {
            if (!m_keep[i]) {
                ++count;
                tops.insert(std::string(firstPart(m_checkpoint.tensors()[i].key)));
            }
        }
        m_out.tensorsLeftOut = count;
        for (const std::string& top : tops) {
            if (m_out.leftOut.size() < MaxListed) {
                m_out.leftOut.push_back(top);
            }
        }
        if (!m_out.part.empty()) {
            m_out.notes.insert(
                m_out.notes.begin(),
                fail(Code::ConvertPart, {m_out.part.substr(0, m_out.part.size() - 1), std::to_string(m_out.items.size()), std::to_string(count)}));
        } else if (count > 0 && m_options.only.empty() && m_options.drops.empty()) {
            m_out.notes.insert(m_out.notes.begin(), fail(Code::ConvertLeftOut, {*tops.begin(), std::to_string(count)}));
        }
    }

    const Checkpoint& m_checkpoint;
    const ConvertOptions& m_options;
    std::vector<bool> m_keep;
    Selection m_out;
};

/// A key that equal bytes of one place have in common.
std::string placeOf(const TensorInfo& tensor)
{
    std::string out = std::to_string(tensor.shard) + '|' + std::string(tensor.dtypeText());
    const auto add = [&](std::uint64_t number) {
        out += ' ';
        out += std::to_string(number);
    };
    for (const std::uint64_t dim : tensor.shape) {
        add(dim);
    }
    out += '|';
    if (tensor.extra == nullptr || !tensor.extra->layout) {
        add(tensor.bytes.offset);
    } else if (const auto* strided = std::get_if<Strided>(&*tensor.extra->layout)) {
        out += 's';
        add(strided->storage.offset);
        add(strided->offset);
        for (const std::uint64_t stride : strided->strides) {
            add(stride);
        }
    } else if (const auto* packed = std::get_if<Packed>(&*tensor.extra->layout)) {
        out += 'p';
        add(packed->bytes.offset);
        add(packed->skip);
        for (const std::uint64_t stride : packed->strides) {
            add(stride);
        }
    } else {
        return {}; // pieces of a distributed checkpoint are one tensor's own
    }
    if (tensor.extra != nullptr && (tensor.extra->conjugated || tensor.extra->negated)) {
        out += tensor.extra->conjugated ? "|conj" : "|neg";
    }
    return out;
}

/// What transformers ties to the embedding (`_tied_weights_keys` of its models): dropped before any other name.
bool isTiedHead(std::string_view key)
{
    static constexpr std::array Heads{std::string_view("lm_head.weight"),
                                      std::string_view("embed_out.weight"),
                                      std::string_view("output.weight"),
                                      std::string_view("lm_head.bias"),
                                      std::string_view("cls.predictions.decoder.weight"),
                                      std::string_view("cls.predictions.decoder.bias"),
                                      std::string_view("encoder.embed_tokens.weight"),
                                      std::string_view("decoder.embed_tokens.weight"),
                                      std::string_view("output_projection.weight")};
    return std::any_of(Heads.begin(), Heads.end(), [&](std::string_view head) {
        return key.ends_with(head) && (key.size() == head.size() || key[key.size() - head.size() - 1] == '.');
    });
}

} // namespace

Result<Selection> selectTensors(const Checkpoint& checkpoint, const ConvertOptions& options)
{
    return Selector(checkpoint, options).run();
}

std::vector<std::pair<std::string, std::string>> dropAliases(const Checkpoint& checkpoint, std::vector<Chosen>& items, std::vector<Error>& notes)
{
    std::unordered_map<std::string, std::vector<std::uint32_t>> places;
    for (std::uint32_t i = 0; i < items.size(); ++i) {
        const TensorInfo& tensor = checkpoint.tensors()[items[i].tensor];
        if (tensor.readable() && tensor.bytes.length > 0) {
            if (auto place = placeOf(tensor); !place.empty()) {
                places[std::move(place)].push_back(i);
            }
        }
    }
    const ConfigValue* ties = checkpoint.config().find("tie_word_embeddings");
    const bool untied = ties != nullptr && std::holds_alternative<bool>(*ties) && !std::get<bool>(*ties);
    std::vector<bool> drop(items.size());
    std::vector<std::pair<std::string, std::string>> out;
    std::uint64_t twice = 0;
    std::string twiceName;
    for (auto& [place, group] : places) {
        if (group.size() < 2) {
            continue;
        }
        const auto better = [&](std::uint32_t a, std::uint32_t b) {
            return std::pair(isTiedHead(items[a].key), std::string_view(items[a].key))
                < std::pair(isTiedHead(items[b].key), std::string_view(items[b].key));
        };
        std::sort(group.begin(), group.end(), better);
        for (std::size_t i = 1; i < group.size(); ++i) {
            if (untied && isTiedHead(items[group[i]].key)) {
                ++twice; // a loader that is told so would look for both
                twiceName = items[group[i]].key;
                continue;
            }
            drop[group[i]] = true;
            out.emplace_back(items[group[i]].key, items[group.front()].key);
        }
    }
    std::sort(out.begin(), out.end());
    if (!out.empty()) {
        notes.push_back(fail(Code::ConvertAliases, {std::to_string(out.size()), out.front().first, out.front().second}));
    }
    if (twice > 0) {
        notes.push_back(fail(Code::ConvertTwice, {twiceName}));
    }
    std::size_t next = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (!drop[i]) {
            if (next != i) {
                items[next] = std::move(items[i]);
            }
            ++next;
        }
    }
    items.resize(next);
    return out;
}

} // namespace ckptscope::convert
