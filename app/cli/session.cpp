// SPDX-License-Identifier: Apache-2.0
#include "app/cli/session.h"

#include "core/formats/formatreader.h"
#include "core/io/machinelimits.h"
#include "core/report/json.h"
#include "core/report/messages.h"
#include "core/text/text.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace ckptscope::cli {

namespace {

int g_writeError = 0; ///< errno of the first failed write to standard output

/// Every flush counts: a failed one empties the buffer, and the last one then has nothing left to fail on.
void flushOut()
{
    if (std::fflush(stdout) != 0 && g_writeError == 0) {
        g_writeError = errno;
    }
}

} // namespace

void Session::writeOut(std::string_view text)
{
    if (g_writeError == 0 && std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) {
        g_writeError = errno != 0 ? errno : EIO;
    }
}

OutputEnd closeOutput()
{
    flushOut();
    if (g_writeError == 0 || g_writeError == EPIPE) {
        return g_writeError == 0 ? OutputEnd::Written : OutputEnd::ReaderLeft;
    }
    std::fprintf(stderr, "ckptscope: standard output cannot be written: %s\n", std::strerror(g_writeError));
    return OutputEnd::Failed;
}

bool Session::prepare()
{
    const MachineLimits& machine = machineLimits(); // read now: the sandbox closes what it is read from
    const auto memory = common.maxMemory.empty() ? std::optional(defaultMaxMemory(machine)) : parseSize(common.maxMemory);
    if (!memory || *memory < (1U << 20U)) {
        error("--max-memory " + displayName(common.maxMemory) + " is not a size of at least 1MiB");
        return false;
    }
    m_maxMemory = *memory;
    if (!common.ioRate.empty()) {
        std::string text = common.ioRate;
        if (text.ends_with("/s")) {
            text.resize(text.size() - 2);
        }
        const auto rate = parseSize(text);
        if (!rate || *rate == 0) {
            error("--io-rate " + displayName(common.ioRate) + " is not a rate such as 200MiB/s");
            return false;
        }
        m_ioRate = *rate;
    }
    const bool terminal = isatty(STDERR_FILENO) == 1;
    m_progress.start(common.progress == "json"                                    ? ProgressBar::Kind::Json
                         : common.progress == "none" || common.quiet || !terminal ? ProgressBar::Kind::None
                                                                                  : ProgressBar::Kind::Bar);
    return true;
}

void Session::confine()
{
    const char* refused = std::getenv("CKPTSCOPE_NO_SANDBOX");
    const bool byEnvironment = refused != nullptr && *refused != '\0';
    if (common.noSandbox || byEnvironment) {
        m_sandbox.why = common.noSandbox ? "--no-sandbox" : "CKPTSCOPE_NO_SANDBOX is set";
        note("Not confined (" + m_sandbox.why + "): this run could open any file that you can.");
        return;
    }
    SandboxAccess access;
    if (needs) {
        needs(access);
    }
    m_sandbox = enterSandbox(access);
}

void Session::needsCheckpoint(SandboxAccess& access, const std::vector<std::string>& paths) const
{
    allowCheckpoint(access, paths, OpenOptions{common.follow});
}

JobContext Session::job()
{
    JobContext context;
    context.stop = stop.get_token();
    context.threads = common.threads != 0 ? common.threads : machineLimits().processors;
    context.maxMemory = m_maxMemory;
    context.ioRate = m_ioRate;
    if (m_progress.wanted()) {
        context.report = [this](const Progress& progress) { m_progress.report(progress); };
    }
    return context;
}

bool Session::colours(int fd) const
{
    if (common.colour != "auto") {
        return common.colour == "always";
    }
    const char* terminal = std::getenv("TERM");
    const char* refused = std::getenv("NO_COLOR"); // https://no-color.org
    return isatty(fd) == 1 && (refused == nullptr || *refused == '\0') && terminal != nullptr && std::strcmp(terminal, "dumb") != 0;
}

report::TextStyle Session::outStyle() const
{
    report::TextStyle style;
    style.colour = colours(STDOUT_FILENO);
    style.headings = isatty(STDOUT_FILENO) == 1;
    return style;
}

void Session::error(const std::string& text)
{
    m_progress.finish();
    flushOut();
    std::fprintf(stderr, "ckptscope: %s\n", text.c_str());
}

void Session::noteDevice(const std::string& device, const std::string& fallback)
{
    if (!fallback.empty()) {
        note((device == "cpu" ? "The CPU looked at the values: " : "The CPU looked at some of the values: ") + displayName(fallback) + ".");
    } else if (device != "cpu") {
        note("Values were looked at on " + displayName(device) + ".");
    }
}

void Session::note(const std::string& text)
{
    if (!common.quiet) {
        m_progress.finish();
        flushOut();
        std::fprintf(stderr, "%s\n", text.c_str());
    }
}

int Session::fails(std::string_view schema, const Error& what)
{
    m_progress.finish();
    if (what.code == Code::Cancelled) {
        m_stopped = true;
    }
    if (common.json) {
        report::writeErrorJson(schema, what, m_out);
    }
    std::string text = errorText(what);
    for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) {
        text.insert(at + 1, "  ");
    }
    if (what.code == Code::FilePermission && m_sandbox.landlockAbi > 0 && ::access(what.file.c_str(), R_OK) == 0) {
        text += "\n  You may read it: the sandbox is what refuses it. --no-sandbox runs without.";
    }
    error(text);
    return CouldNot;
}

int Session::grade(std::uint64_t errors, std::uint64_t violations, std::uint64_t advice, std::uint64_t notes) const noexcept
{
    const bool byNote = std::find(common.failOn.begin(), common.failOn.end(), "note") != common.failOn.end();
    const bool byAdvice = byNote || std::find(common.failOn.begin(), common.failOn.end(), "advice") != common.failOn.end();
    const bool complain = errors > 0 || violations > 0 || (byAdvice && advice > 0) || (byNote && notes > 0);
    return complain ? Complaints : Fine;
}

int Session::gradeVerdict(Verdict verdict) const noexcept
{
    const bool asked = std::find(common.failOn.begin(), common.failOn.end(), verdictName(Verdict::NoContract)) != common.failOn.end();
    return asked && verdict == Verdict::NoContract ? Complaints : Fine;
}

int Session::gradeProblems(const Checkpoint& checkpoint) const
{
    std::uint64_t errors = 0;
    std::uint64_t warnings = 0;
    std::uint64_t notes = 0;
    for (const Problem& problem : checkpoint.problems()) {
        (problem.severity == Severity::Error ? errors : problem.severity == Severity::Note ? notes : warnings) += 1;
    }
    return grade(errors, 0, warnings, notes);
}

void Session::tellProblems(const Checkpoint& checkpoint)
{
    constexpr std::size_t Shown = 20;
    std::string problems;
    report::writeProblemsText(checkpoint, Shown, {}, [&](std::string_view text) { problems += text; });
    if (!problems.empty()) {
        problems.pop_back();
        note(problems);
    }
}

Result<std::shared_ptr<const Checkpoint>> Session::open(const std::vector<std::string>& paths)
{
    if (std::find(paths.begin(), paths.end(), std::string()) != paths.end()) { // a script's variable that nothing was put into
        return fail(Code::UsageError, {"a path is empty"});
    }
    if (std::any_of(paths.begin(), paths.end(), [](const std::string& path) { return isStandard(path); })) {
        return fail(Code::UsageError, {"a checkpoint cannot be read from standard input: name its file (./- where it is called so)"});
    }
    OpenOptions options;
    options.followOutside = common.follow;
    auto opened = openCheckpoint(paths, options, job());
    m_progress.finish();
    return opened;
}

} // namespace ckptscope::cli
