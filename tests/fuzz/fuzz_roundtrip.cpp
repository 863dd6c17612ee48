// SPDX-License-Identifier: Apache-2.0
// RUNS: 1000
// What a fix or a conversion promises, on whatever opens: the first byte chooses what is done, the rest is a file of
// any format. The source stays as it was; an output that is refused leaves nothing; one that is written opens, holds
// every untouched tensor bit for bit, and every edited one in the dtype and with the hash that the receipt names; and a
// second fix of it has nothing left to do.
#include "core/convert/convert.h"
#include "core/fix/apply.h"
#include "core/report/messages.h"
#include "core/values/hash.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mutate.h"

#include <filesystem>
#include <map>
#include <numeric>
#include <set>

namespace {

using namespace ckptscope;

constexpr const char* Out = "out";
constexpr std::uint64_t MostOutput = 1U << 20U; ///< an expanded view of a few bytes may fill any disk

struct Wish {
    bool torch = false;
    bool full = false;
    bool convert = false;
    bool folder = false; ///< the file lies in a folder with a config.json
    bool advice = false;
    bool castAll = false;
    bool force = false;
    bool inPlace = false;
    explicit Wish(std::uint8_t byte)
        : torch((byte & 1U) != 0)
        , full((byte & 2U) != 0)
        , convert((byte & 4U) != 0)
        , folder((byte & 8U) != 0)
        , advice((byte & 16U) != 0)
        , castAll((byte & 32U) != 0)
        , force((byte & 64U) != 0)
        , inPlace((byte & 128U) != 0 && !convert)
    {
    }
};

std::string nameFor(std::string_view bytes)
{
    return bytes.starts_with("GGUF")                           ? "model.gguf"
        : bytes.starts_with("\x93NUMPY")                       ? "a.npy"
        : bytes.starts_with("PK") || bytes.starts_with("\x80") ? "pytorch_model.bin"
                                                               : "model.safetensors";
}

JobContext oneThread()
{
    JobContext job;
    job.threads = 1;
    job.maxMemory = 1U << 20U;
    return job;
}

std::vector<ElementsHash> hashes(const std::shared_ptr<const Checkpoint>& checkpoint)
{
    std::vector<std::uint32_t> all(checkpoint->tensors().size());
    std::iota(all.begin(), all.end(), 0U);
    auto result = hashTensors(checkpoint, all, oneThread());
    fuzz::require(result.has_value(), "what opened can be hashed");
    return *result;
}

std::set<std::string> namesIn(const std::string& folder)
{
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        names.insert(entry.path().filename().string());
    }
    return names;
}

FixOptions optionsFor(const Wish& wish, const std::string& output)
{
    FixOptions options;
    options.output = wish.inPlace ? std::string() : output;
    options.inPlace = wish.inPlace;
    options.force = wish.force;
    options.advice = wish.advice;
    options.device = "cpu";
    options.to = wish.torch ? FixTarget::Torch : FixTarget::Safetensors;
    options.verify = wish.full ? VerifyChoice::Full : VerifyChoice::Edited;
    if (wish.castAll) {
        options.casts.emplace_back("*", DType::F32);
    }
    return options;
}

/// What was written, compared with what it was made from.
class Comparison {
public:
    Comparison(std::shared_ptr<const Checkpoint> source, const std::vector<ElementsHash>& before, const Receipt& receipt)
        : m_source(std::move(source))
        , m_before(before)
    {
        for (const ReceiptEdit& edit : receipt.edits) {
            m_edits.emplace(edit.tensor, &edit);
        }
    }

    /// `output` has every tensor of the source under its own name.
    void names(const std::shared_ptr<const Checkpoint>& output) const
    {
        fuzz::require(!output->damaged(), "what was written is whole");
        const auto after = hashes(output);
        for (std::uint32_t i = 0; i < m_source->tensors().size(); ++i) {
            const TensorInfo& tensor = m_source->tensors()[i];
            const TensorInfo* found = output->find(tensor.key);
            if (found == nullptr) {
                continue; // a conversion may rename it and leave it out; fix() says so in `notes`
            }
            const ElementsHash& hash = after[output->indexOf(*found)];
            const auto edit = m_edits.find(std::string(tensor.key));
            if (edit == m_edits.end()) {
                fuzz::require(std::equal(tensor.shape.begin(), tensor.shape.end(), found->shape.begin(), found->shape.end()), "its shape stays");
                fuzz::require(hash.sha256.empty() || m_before[i].sha256.empty() || hash.sha256 == m_before[i].sha256,
                              "an untouched tensor is the same bit for bit");
            } else if (edit->second->op == EditOp::Cast) {
                fuzz::require(found->dtype == edit->second->to, "an edited tensor has the dtype that the receipt names");
                fuzz::require(edit->second->sha256After.empty() || hash.sha256.empty() || edit->second->sha256After == hash.sha256,
                              "an edited tensor has the hash that the receipt names");
            }
        }
    }

private:
    std::shared_ptr<const Checkpoint> m_source;
    const std::vector<ElementsHash>& m_before;
    std::multimap<std::string, const ReceiptEdit*> m_edits;
};

struct Done {
    std::optional<Receipt> receipt;
    bool written = false;
};

Done change(const std::shared_ptr<const Checkpoint>& checkpoint, const CheckReport& report, const Wish& wish, const std::string& output)
{
    Result<Receipt> receipt = fail(Code::Internal);
    if (wish.convert) {
        ConvertOptions options;
        options.output = output;
        options.force = wish.force;
        options.fix = wish.advice;
        options.keepNames = true;
        options.target = wish.torch ? ConvertTarget::Torch : wish.folder ? ConvertTarget::Folder : ConvertTarget::File;
        options.maxShardBytes = 512;
        options.dequantize = wish.castAll ? DType::F32 : DType::Unknown;
        const auto plan = planConvert(checkpoint, options, {}, oneThread());
        if (!plan || plan->outputBytes > MostOutput) {
            return {};
        }
        receipt = applyConvert(checkpoint, *plan, oneThread());
    } else {
        const auto plan = planFix(*checkpoint, report, optionsFor(wish, output), oneThread());
        if (!plan || plan->outputBytes > MostOutput) {
            return {};
        }
        receipt = applyPlan(*checkpoint, *plan, oneThread());
    }
    if (!receipt) {
        fuzz::require(!errorText(receipt.error()).empty(), "every refusal has words");
        return {};
    }
    return {*receipt, !receipt->output.empty()};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2) {
        return 0;
    }
    static const fuzz::MemoryFolder folder;
    const Wish wish(data[0]);
    const auto bytes = fuzz::textOf(data + 1, size - 1);
    const std::string in = wish.folder ? "in" : ".";
    const std::string name = (wish.folder ? "in/" : "") + nameFor(bytes);
    for (const auto& old : namesIn(folder.path())) {
        folder.remove(old);
    }
    if (wish.folder) {
        std::filesystem::create_directory(folder.path() + "/in");
        folder.write("in/config.json", R"({"architectures":["Qwen3NextForCausalLM"],"dtype":"bfloat16"})");
    }
    folder.write(name, bytes);
    const std::string path = folder.path() + '/' + (wish.folder ? in : name);
    const auto opened = openCheckpoint({path}, {}, oneThread());
    if (!opened) {
        return 0;
    }
    const auto report = runChecks(**opened);
    fuzz::require(report.has_value(), "what opened can be checked");
    const auto before = (*opened)->damaged() ? std::vector<ElementsHash>((*opened)->tensors().size()) : hashes(*opened);
    const auto namesBefore = namesIn(folder.path());
    const auto besideBefore = namesIn(folder.path() + '/' + in);
    const std::string output = folder.path() + '/' + Out;

    const Done done = change(*opened, **report, wish, output);
    fuzz::require(!done.written || !(*opened)->damaged(), "nothing is written from what is damaged");
    auto expected = namesBefore;
    if (done.written && !wish.inPlace) {
        expected.insert(Out);
    }
    fuzz::require(namesIn(folder.path()) == expected, "an output and nothing else, or nothing at all");
    fuzz::require(!wish.folder || namesIn(folder.path() + "/in") == besideBefore, "nothing comes to lie beside the source");
    if (!wish.inPlace || !done.written) {
        fuzz::require(folder.read(name) == bytes, "the source stays as it was");
    }
    if (!done.written) {
        return 0;
    }
    fuzz::require(done.receipt->equal, "the receipt says that it compared");
    const std::string result = wish.inPlace ? path : output;
    const auto again = openCheckpoint({result}, {}, oneThread());
    fuzz::require(again.has_value(), "what was written opens");
    Comparison(*opened, before, *done.receipt).names(*again);

    // Where everything was asked for, nothing is left: no tensor may be edited twice.
    const auto second = runChecks(**again);
    fuzz::require(second.has_value(), "what was written can be checked");
    if (!wish.convert) {
        Wish more = wish;
        more.inPlace = false;
        const auto plan = planFix(**again, **second, optionsFor(more, folder.path() + "/out2"), oneThread());
        fuzz::require(!plan || plan->empty(), "a second fix has nothing to do");
    }
    return 0;
}

/// The wish now and then, else the file behind it.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed)
{
    if (size < 2 || most < 2) {
        return fuzz::mutateBytes(data, size, most);
    }
    if (seed % 8 == 0) {
        data[0] = static_cast<std::uint8_t>(seed / 8);
        return size;
    }
    return 1 + fuzz::applyMutation(fuzz::mutateByKind, data + 1, size - 1, most - 1, seed / 8);
}
