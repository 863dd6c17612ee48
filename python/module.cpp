// SPDX-License-Identifier: Apache-2.0
// ckptscope._core: thin. Documents leave as the JSON that the command line prints; python/ckptscope makes dictionaries
// of them.
#include "app/cli/program.h"
#include "core/contracts/check.h"
#include "core/fix/apply.h"
#include "core/fix/donor.h"
#include "core/fix/plan.h"
#include "core/formats/formatreader.h"
#include "core/query/filter.h"
#include "core/report/json.h"
#include "core/report/messages.h"
#include "core/values/decay.h"
#include "core/values/hash.h"
#include "core/values/valuescan.h"
#include "python/working.h"

#include <algorithm>
#include <memory>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <numeric>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace nb = nanobind;
using namespace nb::literals;

namespace ckptscope::python {

void raise(const Error& error)
{
    const nb::object type = nb::module_::import_("ckptscope._errors").attr("Error");
    const nb::object file = error.file.empty() ? nb::object(nb::none()) : nb::object(nb::str(displayName(error.file, 0).c_str()));
    const nb::object offset = error.offset ? nb::object(nb::int_(*error.offset)) : nb::object(nb::none());
    const nb::object value = type(messageWithHint(error), std::string(codeInfo(error.code).id), file, offset);
    PyErr_SetObject(type.ptr(), value.ptr());
    throw nb::python_error();
}

namespace {

using Opened = std::shared_ptr<const Checkpoint>;
using Words = std::vector<std::string>;

/// Names are UTF-8 nearly always; bytes that are not come as Python's surrogates, as with file names.
nb::str nameText(std::string_view name)
{
    return nb::steal<nb::str>(PyUnicode_DecodeUTF8(name.data(), static_cast<Py_ssize_t>(name.size()), "surrogateescape"));
}

/// The names of a checkpoint as a sequence. They stay where the checkpoint holds them: of each a str is made when it is
/// asked for.
struct Names {
    Opened checkpoint;
};

/// An open checkpoint: parsed once, immutable.
struct Handle {
    Opened checkpoint;
    unsigned threads = 0;
};

/// Paths come as the bytes that the file system knows them by.
std::string text(const nb::bytes& path)
{
    return {path.c_str(), path.size()};
}

Words texts(const std::vector<nb::bytes>& paths)
{
    Words out;
    std::transform(paths.begin(), paths.end(), std::back_inserter(out), text);
    return out;
}

nb::bytes document(const std::string& json)
{
    return nb::bytes(json.data(), json.size());
}

report::Write into(std::string& text)
{
    return [&text](std::string_view piece) { text += piece; };
}

Result<CheckOptions> judging(const std::string& profile, const Words& ruleFiles, const std::string& architecture)
{
    CheckOptions options;
    options.profile = profile;
    options.architecture = architecture;
    if (!ruleFiles.empty()) {
        std::vector<RuleFileProblem> problems;
        options.rules = RuleSet::withFiles(ruleFiles, problems);
        if (!problems.empty()) {
            return problems.front().what; // a script has nobody to read a warning
        }
    }
    return options;
}

Handle openAt(const std::vector<nb::bytes>& given, bool follow, unsigned threads)
{
    const Words paths = texts(given);
    return {working(threads, [&](const JobContext& job) { return openCheckpoint(paths, OpenOptions{follow}, job); }), threads};
}

nb::bytes ls(const Handle& handle, const std::string& filter, bool hash)
{
    const Opened& checkpoint = handle.checkpoint;
    return document(working(handle.threads, [&](const JobContext& job) -> Result<std::string> {
        auto outcome = Filter::parse(filter);
        if (const auto* error = std::get_if<FilterError>(&outcome)) {
            Error what = error->what;
            what.offset = error->position;
            return what;
        }
        const Filter parsed = std::get<Filter>(std::move(outcome));
        if (const std::string_view word = parsed.needsScan().empty() ? parsed.needsComparison() : parsed.needsScan(); !word.empty()) {
            return fail(Code::UsageError, {"the filter asks for '" + std::string(word) + "', which a list does not know"});
        }
        FilterContext context;
        context.checkpoint = checkpoint.get();
        std::shared_ptr<const CheckReport> judged;
        if (parsed.needsReport()) {
            auto checked = runChecks(*checkpoint, {}, job);
            if (!checked) {
                return std::move(checked).error();
            }
            judged = *checked;
            context.report = judged.get();
        }
        const auto hits = parsed.match(context, job);
        if (job.stop.stop_requested()) {
            return fail(Code::Cancelled);
        }
        std::vector<std::uint32_t> rows(checkpoint->tensors().size());
        std::iota(rows.begin(), rows.end(), 0U);
        std::erase_if(rows, [&](std::uint32_t row) { return hits[row] == 0; });
        std::vector<ElementsHash> hashes;
        if (hash) {
            auto hashed = hashTensors(checkpoint, rows, job);
            if (!hashed) {
                return std::move(hashed).error();
            }
            hashes = *std::move(hashed);
        }
        std::string json;
        report::writeListJson(*checkpoint, rows, hashes, into(json));
        return json;
    }));
}

nb::bytes check(const Handle& handle, const std::string& profile, const std::vector<nb::bytes>& ruleFiles, const std::string& architecture,
                bool values)
{
    const Words rules = texts(ruleFiles);
    const Opened& checkpoint = handle.checkpoint;
    return document(working(handle.threads, [&](const JobContext& job) -> Result<std::string> {
        const auto how = judging(profile, rules, architecture);
        if (!how) {
            return how.error();
        }
        auto checked = runChecks(*checkpoint, *how, job);
        if (!checked) {
            return std::move(checked).error();
        }
        std::vector<Decay> decays;
        if (values) {
            std::vector<std::uint32_t> all(checkpoint->tensors().size());
            std::iota(all.begin(), all.end(), 0U);
            auto scanned = scanValues(checkpoint, all, checked->get(), {}, job);
            if (!scanned) {
                return std::move(scanned).error();
            }
            auto computed = computeDecays(checkpoint, job);
            if (!computed) {
                return std::move(computed).error();
            }
            decays = *std::move(computed);
            checked = withFindings(*checkpoint, **checked, std::move(scanned->findings));
        }
        std::string json;
        report::writeCheckJson(*checkpoint, **checked, into(json), values ? &decays : nullptr);
        return json;
    }));
}

struct Fixing {
    std::string donor;
    bool follow = false;
    bool dryRun = false;
    FixOptions options;
};

Result<std::string> repair(const Opened& checkpoint, Fixing& fixing, const CheckOptions& how, const JobContext& job)
{
    auto checked = runChecks(*checkpoint, how, job);
    if (!checked) {
        return std::move(checked).error();
    }
    if (!fixing.donor.empty()) {
        auto donor = openCheckpoint({fixing.donor}, OpenOptions{fixing.follow}, job);
        if (!donor) {
            return std::move(donor).error();
        }
        fixing.options.donor = std::make_shared<DonorMatcher>(checkpoint, *donor);
    }
    auto plan = planFix(*checkpoint, **checked, fixing.options, job);
    if (!plan) {
        return std::move(plan).error();
    }
    std::string json;
    if (fixing.dryRun) {
        report::writePlanJson(*plan, into(json));
        return json;
    }
    for (const DonorMatch& match : plan->donorMatches) {
        if (plan->donorRefused() && match.refusal) {
            return *match.refusal;
        }
    }
    Receipt receipt;
    if (plan->empty()) {
        receipt.source = plan->source;
        receipt.profile = plan->profile;
        receipt.untouchedTensors = checkpoint->tensors().size();
        receipt.untouchedBytes = checkpoint->tensorBytes();
        receipt.findingsLeft = plan->findingsLeft;
    } else {
        const auto space = checkSpace(*plan);
        if (!space) {
            return space.error();
        }
        if (!space->enough()) {
            return inFile(fail(Code::FixNoSpace, {std::to_string(space->free), std::to_string(space->needed)}), plan->output);
        }
        auto applied = applyPlan(*checkpoint, *plan, job);
        if (!applied) {
            return std::move(applied).error();
        }
        receipt = *std::move(applied);
    }
    report::writeReceiptJson(receipt, into(json));
    return json;
}

nb::bytes fix(const Handle& handle, const nb::bytes& output, const std::string& profile, const std::vector<nb::bytes>& ruleFiles,
              const std::string& architecture, const nb::bytes& donor, bool donorPartial, bool advice, const Words& only, const Words& drop,
              const std::string& files, const std::string& verify, bool force, bool follow, bool dryRun)
{
    const Words rules = texts(ruleFiles);
    Fixing fixing;
    fixing.donor = text(donor);
    fixing.follow = follow;
    fixing.dryRun = dryRun;
    FixOptions& options = fixing.options;
    options.output = text(output);
    options.donorPartial = donorPartial;
    options.advice = advice;
    options.only = only;
    options.drops = drop;
    options.files = files == "all" ? FilesChoice::All : FilesChoice::Needed;
    options.followOutside = follow;
    options.force = force;
    const auto verifying = verifyChoiceFromName(verify);
    if (!verifying || (files != "needed" && files != "all")) {
        raise(fail(Code::UsageError, {!verifying ? "verify is 'edited' or 'full'" : "files is 'needed' or 'all'"}));
    }
    options.verify = *verifying;
    return document(working(handle.threads, [&](const JobContext& job) -> Result<std::string> {
        const auto how = judging(profile, rules, architecture);
        return how ? repair(handle.checkpoint, fixing, *how, job) : Result<std::string>(how.error());
    }));
}

/// The command line, in this process; does not return.
int commandLine(const std::vector<nb::bytes>& given)
{
    Words words = texts(given);
    std::vector<char*> arguments;
    std::transform(words.begin(), words.end(), std::back_inserter(arguments), [](std::string& word) { return word.data(); });
    arguments.push_back(nullptr);
    return cli::runProgram(static_cast<int>(words.size()), arguments.data());
}

std::size_t rowOf(const Names& names, Py_ssize_t index)
{
    const auto count = static_cast<Py_ssize_t>(names.checkpoint->tensors().size());
    const Py_ssize_t row = index < 0 ? index + count : index;
    if (row < 0 || row >= count) {
        throw nb::index_error("there is no tensor of this number");
    }
    return static_cast<std::size_t>(row);
}

} // namespace

NB_MODULE(_core, m)
{
    nb::class_<Names>(m, "Names")
        .def("__len__", [](const Names& names) { return names.checkpoint->tensors().size(); })
        .def("__getitem__", [](const Names& names, Py_ssize_t index) { return nameText(names.checkpoint->tensors()[rowOf(names, index)].key); })
        .def("__contains__", [](const Names& names, const std::string& name) { return names.checkpoint->find(name) != nullptr; });
    nb::class_<Handle>(m, "Handle")
        .def_prop_ro("path", [](const Handle& handle) { return nameText(handle.checkpoint->path()); })
        .def_prop_ro("format", [](const Handle& handle) { return handle.checkpoint->format(); })
        .def_prop_ro("architectures", [](const Handle& handle) { return handle.checkpoint->config().architectures; })
        .def_prop_ro("tensor_bytes", [](const Handle& handle) { return handle.checkpoint->tensorBytes(); })
        .def_prop_ro("parameters", [](const Handle& handle) { return handle.checkpoint->parameters(); })
        .def_prop_ro("names", [](const Handle& handle) { return Names{handle.checkpoint}; })
        .def("ls", &ls, "filter"_a, "hash"_a)
        .def("check", &check, "profile"_a, "rules"_a, "architecture"_a, "values"_a)
        .def("fix", &fix, "output"_a, "profile"_a, "rules"_a, "architecture"_a, "donor"_a, "donor_partial"_a, "advice"_a, "only"_a, "drop"_a,
             "files"_a, "verify"_a, "force"_a, "follow"_a, "dry_run"_a);
    m.def("open", &openAt, "paths"_a, "follow"_a, "threads"_a);
    m.def("command_line", &commandLine, "words"_a);
    m.attr("version") = CKPTSCOPE_VERSION;
}

} // namespace ckptscope::python
