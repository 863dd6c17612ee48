// SPDX-License-Identifier: Apache-2.0
#include "app/cli/progressbar.h"

#include "core/text/text.h"

#include <algorithm>
#include <cstdio>
#include <string>

namespace ckptscope::cli {

namespace {

using namespace std::chrono_literals;
constexpr auto ShowAfter = 300ms; ///< what is over sooner shows no bar
constexpr auto Tick = 100ms;
constexpr std::uint64_t Cells = 24;

bool inBytes(Phase phase) noexcept
{
    return phase != Phase::Headers && phase != Phase::Checking && phase != Phase::Planning && phase != Phase::Publishing;
}

const char* phaseText(Phase phase) noexcept
{
    switch (phase) {
    case Phase::Headers:
        return "Reading headers";
    case Phase::Checking:
        return "Checking";
    case Phase::Scanning:
        return "Scanning values";
    case Phase::Hashing:
        return "Hashing";
    case Phase::Planning:
        return "Planning";
    case Phase::Copying:
        return "Copying";
    case Phase::Casting:
        return "Casting";
    case Phase::Verifying:
        return "Verifying";
    case Phase::Publishing:
        return "Publishing";
    }
    return "";
}

const char* phaseName(Phase phase) noexcept
{
    switch (phase) {
    case Phase::Headers:
        return "headers";
    case Phase::Checking:
        return "checking";
    case Phase::Scanning:
        return "scanning";
    case Phase::Hashing:
        return "hashing";
    case Phase::Planning:
        return "planning";
    case Phase::Copying:
        return "copying";
    case Phase::Casting:
        return "casting";
    case Phase::Verifying:
        return "verifying";
    case Phase::Publishing:
        return "publishing";
    }
    return "";
}

} // namespace

void ProgressBar::report(const Progress& progress)
{
    const std::lock_guard lock(m_mutex);
    const auto now = Clock::now();
    if (m_phase != progress.phase || progress.done < m_latest.done) {
        if (m_phase != progress.phase) {
            m_begin = now;
            m_beginDone = progress.done;
            m_last = {};
        } else { // another thread was faster: an older number comes late
            return;
        }
    }
    m_phase = progress.phase;
    m_latest = progress;
    m_written = false;
    const bool end = progress.total != 0 && progress.done >= progress.total;
    if (now - m_last < Tick && !(end && m_kind == Kind::Json)) {
        return;
    }
    if (m_kind == Kind::Bar && now - m_begin < ShowAfter) {
        return;
    }
    m_last = now;
    draw(progress, std::chrono::duration<double>(now - m_begin).count());
}

void ProgressBar::draw(const Progress& progress, double seconds)
{
    m_written = true;
    const std::uint64_t since = progress.done - std::min(progress.done, m_beginDone);
    const double rate = seconds > 0.05 ? static_cast<double>(since) / seconds : 0;
    if (m_kind == Kind::Json) {
        std::fprintf(stderr, "{\"phase\":\"%s\",\"done\":%llu,\"total\":%llu,\"unit\":\"%s\",\"per_second\":%.0f}\n", phaseName(progress.phase),
                     static_cast<unsigned long long>(progress.done), static_cast<unsigned long long>(progress.total),
                     inBytes(progress.phase) ? "bytes" : "items", rate);
        std::fflush(stderr);
        return;
    }
    std::string line = "\r\x1b[K";
    line += phaseText(progress.phase);
    const bool bytes = inBytes(progress.phase);
    const auto amount = [bytes](std::uint64_t value) { return bytes ? byteText(value) : groupedNumber(value); };
    if (progress.total > 0) {
        const std::uint64_t done = std::min(progress.done, progress.total);
        const auto full = static_cast<std::size_t>(static_cast<double>(done) / static_cast<double>(progress.total) * static_cast<double>(Cells));
        line += " [" + std::string(full, '#') + std::string(Cells - full, '-') + "] " + amount(done) + " of " + amount(progress.total);
        if (bytes && rate > 0) {
            line += ", " + byteText(static_cast<std::uint64_t>(rate)) + "/s";
            if (seconds > 3 && done < progress.total) {
                line += ", about " + durationText(static_cast<double>(progress.total - done) / rate);
            }
        }
    } else if (progress.done > 0) {
        line += ' ' + amount(progress.done);
    }
    std::fputs(line.c_str(), stderr);
    std::fflush(stderr);
    m_shown = true;
}

void ProgressBar::finish()
{
    const std::lock_guard lock(m_mutex);
    if (m_kind == Kind::Json && m_phase && !m_written) {
        draw(m_latest, std::chrono::duration<double>(Clock::now() - m_begin).count());
    }
    if (m_shown) {
        std::fputs("\r\x1b[K", stderr);
        std::fflush(stderr);
        m_shown = false;
    }
    m_phase.reset();
    m_latest = {};
}

} // namespace ckptscope::cli
