// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/progressbar.h"
#include "core/contracts/check.h"
#include "core/formats/access.h"
#include "core/job.h"
#include "core/model/checkpoint.h"
#include "core/report/text.h"
#include "core/result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace ckptscope::cli {

enum ExitCode : int { Fine = 0, Complaints = 1, CouldNot = 2 };

/// Options that every command has.
struct Common {
    unsigned threads = 0;
    bool quiet = false;
    bool json = false;
    bool follow = false;
    bool noSandbox = false;
    std::string colour = "auto";
    std::string progress = "auto";
    std::string maxMemory; ///< empty: what core takes
    std::string ioRate;
    std::vector<std::string> failOn; ///< "advice", "note", "no-contract"
};

/// What a command works with: the common options, the two outputs, stop and progress.
class Session {
public:
    Common common;
    std::stop_source stop;
    std::function<int()> command; ///< set by the parser: what to run
    /// Set beside `command`: the files that it needs. What is not named here cannot be opened once it runs; see confine().
    std::function<void(SandboxAccess&)> needs;

    /// Checks and takes over the common options; false: one of them is wrong, and was said.
    bool prepare();
    /// Goes into the sandbox with what the command needs, unless the user does not want it. Before any thread is started.
    void confine();
    /// A checkpoint that the command opens, for `needs`.
    void needsCheckpoint(SandboxAccess& access, const std::vector<std::string>& paths) const;
    [[nodiscard]] const SandboxState& sandbox() const noexcept { return m_sandbox; }
    /// For core's long functions.
    [[nodiscard]] JobContext job();
    /// Writes results to standard output.
    [[nodiscard]] const report::Write& out() const noexcept { return m_out; }
    [[nodiscard]] report::TextStyle outStyle() const;
    /// One line on standard error; notes only where the user did not ask for quiet.
    void error(const std::string& text);
    void note(const std::string& text);
    /// A note where a scan ran on a device, or was to and did not.
    void noteDevice(const std::string& device, const std::string& fallback);
    /// Says an error: as JSON on standard output where JSON was asked for, as words on standard error. Gives the exit code.
    int fails(std::string_view schema, const Error& what);
    /// The exit code for findings so graded.
    [[nodiscard]] int grade(std::uint64_t errors, std::uint64_t violations, std::uint64_t advice, std::uint64_t notes) const noexcept;
    /// The exit code of a verdict: none is a complaint where the user asked for one.
    [[nodiscard]] int gradeVerdict(Verdict verdict) const noexcept;
    /// The exit code for what is wrong with the files themselves.
    [[nodiscard]] int gradeProblems(const Checkpoint& checkpoint) const;
    /// Says what is wrong with the files on standard error, unless asked to be quiet; the first twenty.
    void tellProblems(const Checkpoint& checkpoint);
    /// Opens PATH..., with progress.
    Result<std::shared_ptr<const Checkpoint>> open(const std::vector<std::string>& paths);
    void endProgress() { m_progress.finish(); }
    /// A command gave up because it was asked to stop.
    [[nodiscard]] bool stopped() const noexcept { return m_stopped; }

private:
    [[nodiscard]] bool colours(int fd) const;

    std::uint64_t m_maxMemory = 64ULL << 20U;
    std::uint64_t m_ioRate = 0;
    bool m_stopped = false;
    SandboxState m_sandbox;
    ProgressBar m_progress;
    report::Write m_out = [](std::string_view text) { writeOut(text); };
    static void writeOut(std::string_view text);
};

/// Whether a FILE is "-": standard output. A file of that name is written "./-".
[[nodiscard]] inline bool isStandard(std::string_view file) noexcept
{
    return file == "-";
}

/// How standard output ended. A reader that left (`| head`) is no failure to speak of; a full disk is, and was said.
enum class OutputEnd { Written, ReaderLeft, Failed };
OutputEnd closeOutput();

} // namespace ckptscope::cli
