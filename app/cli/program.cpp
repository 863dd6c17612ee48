// SPDX-License-Identifier: Apache-2.0
#include "app/cli/program.h"

#include "app/cli/commands.h"
#include "app/cli/generate.h"
#include "app/cli/session.h"
#include "app/cli/signals.h"
#include "core/contracts/rule.h"
#include "core/text/text.h"
#include "core/upcast/upcaster.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#ifdef CKPTSCOPE_COVERAGE
extern "C" void __gcov_dump(); // libgcov's, NOLINT(bugprone-reserved-identifier)
#endif

namespace ckptscope::cli {

namespace {

std::string versionText()
{
    return "ckptscope " CKPTSCOPE_VERSION "\nCUDA: " + std::string(hasDeviceBackend() ? "yes" : "no") + "\nrules: " + RuleSet::databaseVersion();
}

void addCommon(CLI::App& app, Common& common)
{
    app.add_flag("--json", common.json, "Print one JSON document, and nothing else, on standard output");
    app.add_option("-j,--threads", common.threads, "Threads (default: as many as there are CPUs, or as the cgroup allows)")
        ->type_name("N")
        ->check(CLI::Range(1U, 1024U));
    app.add_flag("-q,--quiet", common.quiet, "No progress and no notes on standard error");
    app.add_option("--fail-on", common.failOn,
                   "Exit with 1 also on advice, on notes (and advice), or where no contract covers the model; several with commas")
        ->type_name("advice|note|no-contract")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember({"advice", "note", "no-contract"}));
    app.add_option("--color,--colour", common.colour, "auto, always or never (default: auto)")
        ->type_name("WHEN")
        ->check(CLI::IsMember({"auto", "always", "never"}));
    app.add_option("--progress", common.progress, "auto (a bar on a terminal), json (a line of JSON a tick, on standard error) or none")
        ->type_name("HOW")
        ->check(CLI::IsMember({"auto", "json", "none"}));
    app.add_option("--max-memory", common.maxMemory, "Cap of all buffers together (default: 64MiB, less in a small cgroup)")->type_name("SIZE");
    app.add_option("--io-rate", common.ioRate, "Read and write at most so much a second")->type_name("SIZE/s");
    app.add_flag("--follow", common.follow, "Follow symbolic links that leave the checkpoint's folder");
    app.add_flag("--no-sandbox", common.noSandbox, "Do not confine this run to the files that the command needs (see doctor)");
}

bool isCommand(const CLI::App& app, const std::string& word)
{
    const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
    return std::any_of(commands.begin(), commands.end(), [&](const CLI::App* command) { return command->get_name() == word; });
}

/// Whether an option takes the next word as its value. "-j4" and "--opt=value" carry theirs.
bool takesNext(const CLI::App& app, const std::string& word)
{
    const auto equals = word.find('=');
    if (equals != std::string::npos || (!word.starts_with("--") && word.size() > 2)) {
        return false;
    }
    for (const CLI::App* one : {&app, static_cast<const CLI::App*>(app.get_subcommand("check"))}) {
        if (const CLI::Option* option = one->get_option_no_throw(word)) {
            return option->get_expected_min() > 0 && option->get_type_size_min() > 0;
        }
    }
    return false;
}

/// `ckptscope PATH` means `ckptscope check PATH`: puts the command in where the first word that is no option is none. Gives that word.
std::string insertCheck(const CLI::App& app, std::vector<std::string>& words)
{
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (word.size() > 1 && word.starts_with('-') && word != "--") {
            i += takesNext(app, word) ? 1 : 0;
            continue;
        }
        std::string first = word == "--" ? "" : word;
        if (word == "--" ? i + 1 < words.size() : !isCommand(app, word)) {
            words.insert(words.begin(), "check");
            return first;
        }
        break;
    }
    return {};
}

/// Behind `--` nothing is an option. CLI11 2.1 forgets that once a command has the words that it needs, so say it in its terms: as a path.
void resolveDoubleDash(std::vector<std::string>& words)
{
    const auto dashes = std::find(words.begin(), words.end(), "--");
    if (dashes == words.end()) {
        return;
    }
    for (auto word = dashes + 1; word != words.end(); ++word) {
        if (word->starts_with('-')) {
            word->insert(0, "./");
        }
    }
    words.erase(dashes);
}

/// A mistyped command looks like a PATH that does not exist.
bool isMistyped(const CLI::App& app, const std::string& word, std::string& meant)
{
    std::error_code code;
    if (word.empty() || std::filesystem::exists(std::filesystem::symlink_status(word, code))) {
        return false;
    }
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(command->get_name());
    }
    const std::vector<std::string_view> views(names.begin(), names.end());
    meant = nearestWord(word, views.data(), views.size());
    return !meant.empty();
}

/// The options that a command, or the program, knows: for "Did you mean".
void collectNames(const CLI::App& app, std::vector<std::string>& names)
{
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) {
            names.push_back("--" + name);
        }
    }
}

/// Of an option that has one value the last one counts, as with most programs: a script may put its own behind those of a variable.
void lastCounts(CLI::App& app)
{
    for (CLI::Option* option : app.get_options([](const CLI::Option* one) { return !one->get_positional() && one->get_items_expected_max() == 1; })) {
        option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }
    for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        lastCounts(*command);
    }
}

/// The option that lacks its value, in CLI11's "--threads: 1 required N:UINT in [1 - 1024] missing".
std::string withoutValue(const CLI::App& app, std::string_view text)
{
    const std::string name(text.substr(0, text.find(':')));
    for (const CLI::App* one = &app; one != nullptr; one = one->get_parent()) {
        if (const CLI::Option* option = one->get_option_no_throw(name)) {
            std::string type = option->get_type_name();
            type.resize(std::min(type.size(), type.find(':'))); // what follows are its checks
            return name + " needs a value" + (type.empty() ? "" : ": " + type);
        }
    }
    return std::string(text);
}

std::string complaint(const CLI::App& app, const CLI::ParseError& error)
{
    const CLI::App* at = &app;
    while (!at->get_subcommands().empty()) {
        at = at->get_subcommands().front();
    }
    std::string text = displayName(error.what(), 0);
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError)) {
        std::vector<std::string> left = app.remaining(true);
        const auto odd = std::find_if(left.begin(), left.end(), [](const std::string& word) { return word.starts_with('-'); });
        if (odd != left.end()) {
            const std::string word = odd->substr(0, odd->find('='));
            std::vector<std::string> names;
            for (const CLI::App* one = at; one != nullptr; one = one->get_parent()) {
                collectNames(*one, names);
            }
            const std::vector<std::string_view> views(names.begin(), names.end());
            const std::string_view near = nearestWord(word, views.data(), views.size());
            text = "unknown option " + displayName(word) + (near.empty() ? "" : ". Did you mean " + std::string(near) + "?");
        } else if (!left.empty()) {
            text = "unexpected word " + displayName(left.front());
        }
    } else if (const std::size_t from = text.find(": --"), to = text.find(" = "); // "Could not convert: --sarif = maybe", a flag with a value
               error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ConversionError) && from < to && to != std::string::npos) {
        text = text.substr(from + 2, to - from - 2) + " does not take the value " + text.substr(to + 3);
    } else if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ArgumentMismatch)) {
        text = withoutValue(*at, text);
    } else if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError)) {
        text = at == &app ? "a command or a PATH is needed" : at->get_name() + ": " + text;
    }
    std::string command;
    for (const CLI::App* one = at; one != nullptr && one->get_parent() != nullptr; one = one->get_parent()) {
        command = ' ' + one->get_name() + command;
    }
    return text + "\nSee ckptscope" + command + " --help.";
}

std::vector<std::string> words(int argc, char** argv)
{
    return {argv + std::min(argc, 1), argv + argc};
}

} // namespace

int runProgram(int argc, char** argv)
{
    Session session;
    CLI::App app("Open a model checkpoint, say which tensors are stored in a dtype that the model's numerics cannot bear, and write a repaired copy.",
                 "ckptscope");
    app.set_help_flag("-h,--help", "Print this help");
    app.set_version_flag("--version", versionText, "Print version, build options and rule database version");
    addCommon(app, session.common);
    std::string generated;
    CLI::Option* generate = app.add_option("--generate", generated)
                                ->group("")
                                ->check(CLI::IsMember({"completion-bash", "completion-zsh", "completion-fish", "man", "markdown"}));
    app.require_subcommand(0, 1);
    app.footer("Example:\n  ckptscope Qwen3-Next-80B-A3B\n\nExit codes: 0 nothing to complain of, 1 findings, 2 it could not be done.\n");
    addCheck(app, session);
    addFix(app, session);
    addConvert(app, session);
    addApply(app, session);
    addFinish(app, session);
    addLs(app, session);
    addStats(app, session);
    addShow(app, session);
    addDiff(app, session);
    addRules(app, session);
    addKeys(app, session);
    addDoctor(app, session);
    lastCounts(app);
    for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        command->fallthrough(); // common options may stand behind the command
        command->set_help_flag("-h,--help", "Print this help");
    }
    std::vector<std::string> line = words(argc, argv);
    std::string meant;
    if (isMistyped(app, insertCheck(app, line), meant)) {
        session.error("there is neither a command nor a file of that name. Did you mean the command " + meant + "?\nSee ckptscope --help.");
        return CouldNot;
    }
    resolveDoubleDash(line);
    std::reverse(line.begin(), line.end()); // as CLI11 wants it
    try {
        app.parse(std::move(line));
    } catch (const CLI::CallForHelp&) {
        const CLI::App* at = &app;
        while (!at->get_subcommands().empty()) {
            at = at->get_subcommands().front();
        }
        std::fputs(helpText(app, *at).c_str(), stdout);
        return closeOutput() == OutputEnd::Written ? Fine : CouldNot;
    } catch (const CLI::CallForVersion&) {
        std::puts(versionText().c_str());
        return closeOutput() == OutputEnd::Written ? Fine : CouldNot;
    } catch (const CLI::ParseError& error) {
        session.error(complaint(app, error));
        return CouldNot;
    }
    if (generate->count() > 0) {
        std::fputs(generateText(app, generated).c_str(), stdout);
        return closeOutput() == OutputEnd::Written ? Fine : CouldNot;
    }
    if (!session.command) {
        std::fputs(helpText(app, app).c_str(), stderr);
        return CouldNot;
    }
    if (!session.prepare()) {
        return CouldNot;
    }
    session.confine(); // first of all: a thread keeps the rights that it began with
    const Signals signals(session.stop);
    int code = session.command();
    session.endProgress();
    const OutputEnd end = closeOutput();
    if (end == OutputEnd::Failed || (end == OutputEnd::ReaderLeft && code == Fine)) {
        code = CouldNot; // findings that nobody can read are no answer
    }
    if (const int stopped = Signals::exitCode(); stopped != 0 && session.stopped()) {
        code = stopped;
    }
    // Not exit(): the thread that waits for signals still runs, and nothing is left to be done.
    std::fflush(nullptr);
#ifdef CKPTSCOPE_COVERAGE
    __gcov_dump();
#endif
    std::_Exit(code);
}

} // namespace ckptscope::cli
