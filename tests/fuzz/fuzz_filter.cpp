// SPDX-License-Identifier: Apache-2.0
// A filter expression, on a checkpoint of three tensors; the first byte places the cursor of its completion.
#include "core/query/filter.h"
#include "core/report/messages.h"
#include "tests/fuzz/fuzz.h"

namespace {

std::string smallFile()
{
    std::string header = R"({"model.layers.0.linear_attn.A_log":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},)"
                         R"("lm_head.weight":{"dtype":"F32","shape":[1,1],"data_offsets":[4,8]},"s":{"dtype":"U8","shape":[],"data_offsets":[8,9]}})";
    header.append((8 - header.size() % 8) % 8, ' ');
    return std::string(1, static_cast<char>(header.size() & 0xffU)) + std::string(1, static_cast<char>(header.size() >> 8U)) + std::string(6, '\0')
        + header + "abcdefghi";
}

std::shared_ptr<const ckptscope::Checkpoint> smallCheckpoint()
{
    using namespace ckptscope;
    static const fuzz::MemoryFile file(smallFile());
    const auto source = fuzz::sourceOf(file, "small");
    for (const auto* reader : formatReaders()) {
        if (reader->name() == "safetensors") {
            auto parts = reader->open(source, {}, {});
            fuzz::require(parts.has_value(), "a good file opens");
            return Checkpoint::make(std::move(parts).value());
        }
    }
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace ckptscope;
    static const auto checkpoint = smallCheckpoint();
    static const auto report = runChecks(*checkpoint);
    if (size == 0) {
        return 0;
    }
    const auto text = fuzz::textOf(data + 1, size - 1);
    FilterContext context;
    context.checkpoint = checkpoint.get();
    context.report = report ? report->get() : nullptr;

    const auto parsed = Filter::parse(text);
    if (const auto* error = std::get_if<FilterError>(&parsed)) {
        fuzz::require(error->position <= text.size() && error->length <= text.size() - error->position, "a mistake lies in the text");
        fuzz::require(!errorText(error->what).empty(), "every mistake has words");
    } else {
        const auto& filter = std::get<Filter>(parsed);
        const auto matches = filter.match(context);
        fuzz::require(matches.size() == checkpoint->tensors().size(), "one answer a tensor");
        for (const auto match : matches) {
            fuzz::require(match <= 1 && (match == 1 || !filter.matchesAll()), "an empty filter matches all");
        }
    }
    const auto cursor = text.empty() ? 0 : data[0] % (text.size() + 1);
    const auto completion = completeFilter(text, cursor, context);
    fuzz::require(completion.choices.size() <= 12, "twelve choices at most");
    fuzz::require(completion.start <= text.size() && completion.length <= text.size() - completion.start, "a choice replaces text");
    return 0;
}
