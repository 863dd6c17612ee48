// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/plans.h"
#include "app/cli/session.h"
#include "core/convert/exporttensors.h"
#include "core/dtypes/ggmlblocks.h"
#include "core/query/nothingmatches.h"
#include "core/report/elements.h"
#include "core/report/exporttext.h"
#include "core/report/messages.h"
#include "core/report/plots.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <memory>
#include <span>
#include <unistd.h>

namespace ckptscope::cli {

namespace {

constexpr std::string_view ShowSchema = "ckptscope.show/1";

struct ShowOptions {
    std::string path;
    std::vector<std::string> keys;
    std::string slice;
    std::string npy;
    std::string heatmap;
    std::string safetensors;
    bool bits = false;
    bool force = false;
};

Error noSuchTensor(const Checkpoint& checkpoint, std::string_view key)
{
    const std::string text = "there is no tensor " + displayName(key);
    const std::string_view near = tensorMeant(key, checkpoint);
    if (near.empty()) {
        const auto& problems = checkpoint.problems();
        const auto damage = std::find_if(problems.begin(), problems.end(), [](const Problem& each) { return each.severity == Severity::Error; });
        if (damage != problems.end()) { // then it may be among what cannot be read
            return fail(Code::UsageError, {text + " among those that can be read: " + errorText(damage->what, false)});
        }
        return fail(Code::UsageError, {text + "; `ls` lists them"});
    }
    return fail(Code::UsageError, {text + ". Did you mean " + displayName(near) + "?"});
}

/// What part of a tensor a slice leaves a heatmap: single indexes, then two dimensions in steps of 1.
Result<HeatmapOptions> heatmapOptions(std::string_view size, const Slice& slice, std::span<const std::uint64_t> shape)
{
    HeatmapOptions out;
    const std::size_t by = size.find('x');
    const auto number = [](std::string_view text, std::uint32_t& value) {
        const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
        return read.ec == std::errc() && read.ptr == text.data() + text.size() && value >= 1 && value <= 4096;
    };
    if (by == std::string_view::npos || !number(size.substr(0, by), out.maxRows) || !number(size.substr(by + 1), out.maxColumns)) {
        return fail(Code::UsageError, {"--heatmap: ROWSxCOLUMNS are two numbers of 1 to 4096, for instance 64x128"});
    }
    const std::size_t rank = shape.size();
    for (std::size_t d = 0; d < rank; ++d) {
        const SliceRange& range = slice[d];
        const bool outer = d + 2 < rank;
        const bool rows = d + 2 == rank;
        if (range.count == 0) {
            return fail(Code::UsageError, {"--slice: there is no element in it"});
        }
        if (outer ? range.count != 1 : range.step != 1) {
            return fail(Code::UsageError,
                        {outer ? "--heatmap shows two dimensions: --slice takes one index of each before the last two"
                               : "--heatmap: --slice steps by 1 in the last two dimensions"});
        }
        if (outer) {
            out.outer.push_back(range.start);
        } else {
            (rows ? out.firstRow : out.firstColumn) = range.start;
            (rows ? out.rows : out.columns) = range.count;
        }
    }
    return out;
}

int showHeatmap(Session& session, const std::shared_ptr<const Checkpoint>& checkpoint, const TensorInfo& tensor, const ShowOptions& options)
{
    // without a slice the first matrix is shown
    std::string text = options.slice;
    for (std::size_t d = 0; options.slice.empty() && d + 2 < tensor.shape.size(); ++d) {
        text += "0,";
    }
    auto slice = parseSlice(options.slice.empty() ? text + "..." : text, tensor.shape);
    if (!slice) {
        return session.fails(ShowSchema, slice.error());
    }
    const auto wanted = heatmapOptions(options.heatmap, *slice, tensor.shape);
    if (!wanted) {
        return session.fails(ShowSchema, wanted.error());
    }
    const auto map = computeHeatmap(std::make_shared<ShardFiles>(checkpoint), checkpoint->indexOf(tensor), *wanted, session.job());
    session.endProgress();
    if (!map) {
        return session.fails(ShowSchema, map.error());
    }
    if (session.common.json) {
        report::writeHeatmapJson(*checkpoint, tensor, *map, wanted->outer, session.out());
    } else {
        report::writeHeatmapText(tensor, *map, session.outStyle(), session.out());
    }
    return Fine;
}

int exportAll(Session& session, const ShowOptions& options, const std::shared_ptr<const Checkpoint>& checkpoint,
              const std::vector<std::uint32_t>& tensors)
{
    auto written = exportSafetensors(checkpoint, tensors, options.safetensors, options.force, session.job());
    session.endProgress();
    if (!written) {
        return session.fails(ShowSchema, written.error());
    }
    for (const Error& note : written->notes) {
        session.note(messageText(note));
    }
    if (session.common.json) {
        report::writeExportJson(*checkpoint, *written, session.out());
    } else {
        session.out()(displayName(written->file) + ": " + (tensors.size() == 1 ? "1 tensor" : groupedNumber(tensors.size()) + " tensors") + ", "
                      + byteText(written->bytes) + '\n');
    }
    return Fine;
}

int run(Session& session, const ShowOptions& options)
{
    if (options.force && options.npy.empty() && options.safetensors.empty()) {
        return session.fails(ShowSchema, fail(Code::UsageError, {"--force replaces the FILE of --npy or --safetensors"}));
    }
    if (isStandard(options.safetensors)) { // it is read back before it appears
        return session.fails(ShowSchema,
                             fail(Code::UsageError, {"--safetensors writes a file, never to standard output; one tensor goes there with --npy -"}));
    }
    if (const auto taken = onlyOneStandard(session, {{"--npy", options.npy}})) {
        return session.fails(ShowSchema, *taken);
    }
    if (isStandard(options.npy) && isatty(STDOUT_FILENO) == 1) {
        return session.fails(ShowSchema, fail(Code::UsageError, {"--npy - is for a pipe or a file: a terminal cannot show it"}));
    }
    if (options.keys.size() > 1 && options.safetensors.empty()) {
        return session.fails(ShowSchema, fail(Code::UsageError, {"several tensors go into one file with --safetensors"}));
    }
    auto opened = session.open({options.path});
    if (!opened) {
        return session.fails(ShowSchema, opened.error());
    }
    report::ElementsView view;
    view.checkpoint = *opened;
    std::vector<std::uint32_t> tensors;
    for (const std::string& key : options.keys) {
        view.tensor = view.checkpoint->find(key);
        if (view.tensor == nullptr) {
            return session.fails(ShowSchema, noSuchTensor(*view.checkpoint, key));
        }
        const std::uint32_t index = view.checkpoint->indexOf(*view.tensor);
        if (std::find(tensors.begin(), tensors.end(), index) == tensors.end()) {
            tensors.push_back(index);
        }
    }
    if (!options.safetensors.empty()) {
        return exportAll(session, options, view.checkpoint, tensors);
    }
    if (!options.heatmap.empty()) {
        return showHeatmap(session, view.checkpoint, *view.tensor, options);
    }
    auto slice = parseSlice(options.slice, view.tensor->shape);
    if (!slice) {
        Error error = slice.error();
        error.args.front().insert(0, "--slice: ");
        return session.fails(ShowSchema, error);
    }
    view.slice = *std::move(slice);
    view.sliceText = options.slice;
    view.bits = options.bits;
    view.summarise = options.slice.empty();

    if (canDecodeGgml(view.tensor->dtype) && !options.bits) {
        session.note(displayName(view.tensor->dtypeText()) + ": blocks of " + std::to_string(dtypeInfo(view.tensor->dtype).blockElements)
                     + " elements, decoded as ggml does (in F32).");
    }

    std::optional<NpyReceipt> npy;
    if (!options.npy.empty()) {
        const BytesSink out = [&session](std::span<const std::byte> bytes) {
            session.out()(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())); // NOLINT(*reinterpret-cast): bytes as text
            return Result<void>();
        };
        auto written = isStandard(options.npy) ? streamNpy(view.checkpoint, *view.tensor, view.slice, out, session.job())
                                               : writeNpy(view.checkpoint, *view.tensor, view.slice, options.npy, options.force, session.job());
        session.endProgress();
        if (!written) {
            return session.fails(ShowSchema, written.error());
        }
        npy = *std::move(written);
        if (npy->type.dtype != view.tensor->dtype) {
            session.note("NumPy has no " + std::string(view.tensor->dtypeText()) + ": written as " + std::string(dtypeName(npy->type.dtype))
                         + ", which holds each value.");
        }
    }
    const std::uint64_t most = session.common.json ? report::MaxJsonElements : report::MaxTextElements;
    const std::uint64_t elements = sliceElements(view.slice);
    if (!npy && elements > most && (session.common.json || !view.summarise)) {
        return session.fails(ShowSchema,
                             fail(Code::UsageError,
                                  {groupedNumber(elements) + " elements are more than the " + groupedNumber(most)
                                   + " that are printed at once; --slice takes fewer, --npy FILE writes any number"}));
    }
    if (isStandard(options.npy)) {
        return Fine;
    }
    Result<void> done;
    if (session.common.json) {
        done = report::writeElementsJson(view, npy, session.job(), session.out());
    } else if (npy) {
        session.out()(displayName(npy->file) + ": " + groupedNumber(elements) + " elements, " + std::string(dtypeName(npy->type.dtype)) + ", "
                      + byteText(npy->bytes) + '\n');
    } else {
        done = report::writeElementsText(view, session.outStyle(), session.job(), session.out());
    }
    return done ? static_cast<int>(Fine) : session.fails(ShowSchema, done.error());
}

} // namespace

void addShow(CLI::App& app, Session& session)
{
    auto options = std::make_shared<ShowOptions>();
    CLI::App* command = app.add_subcommand("show", "Elements of one tensor as a grid, as JSON or as an .npy file; tensors as a .safetensors file");
    command->add_option("PATH", options->path, "A file, a folder or an index")->required()->type_name("");
    command->add_option("KEY", options->keys, "The tensor's name, as ls prints it; several with --safetensors")->required()->type_name("");
    CLI::Option* slice = command->add_option("--slice", options->slice, "A part, as Python indexes: '0:4,:8', '-1', '...,::2'; steps are positive")
                             ->type_name("SLICE");
    CLI::Option* npy =
        command
            ->add_option("--npy", options->npy, "Write the elements to FILE (-: standard output) for numpy.load; BF16 and smaller floats become F32")
            ->type_name("FILE");
    CLI::Option* safetensors =
        command->add_option("--safetensors", options->safetensors, "Write the tensors to FILE, bit for bit; blocks of ggml types become F32")
            ->type_name("FILE")
            ->excludes(npy)
            ->excludes(slice);
    command->add_flag("--force", options->force, "Replace FILE where it exists");
    CLI::Option* bits =
        command->add_flag("--bits", options->bits, "Stored bits as hexadecimal digits instead of values")->excludes(npy)->excludes(safetensors);
    command->add_option("--heatmap", options->heatmap, "The last two dimensions, downsampled to at most so many cells: mean, min and max of each")
        ->excludes(npy)
        ->excludes(bits)
        ->excludes(safetensors)
        ->type_name("ROWSxCOLUMNS");
    command->footer("Example, the first four decay parameters of a layer:\n"
                    "  ckptscope show --slice :4 Qwen3-Next-80B-A3B model.layers.0.linear_attn.A_log\n");
    command->callback([&session, options] {
        session.needs = [&session, options](SandboxAccess& access) {
            session.needsCheckpoint(access, {options->path});
            allowFile(access, options->npy);
            allowFile(access, options->safetensors);
        };
        session.command = [&session, options] { return run(session, *options); };
    });
}

} // namespace ckptscope::cli
