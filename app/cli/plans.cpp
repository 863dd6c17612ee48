// SPDX-License-Identifier: Apache-2.0
#include "app/cli/plans.h"

#include "app/cli/session.h"
#include "core/fix/planfile.h"
#include "core/report/json.h"
#include "core/report/messages.h"

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace ckptscope::cli {

void allowFile(SandboxAccess& access, const std::string& file)
{
    if (!isStandard(file)) {
        access.writeBeside(file);
    }
}

std::optional<Error> onlyOneStandard(const Session& session, std::initializer_list<std::pair<std::string_view, std::string_view>> files)
{
    std::string_view taken = session.common.json ? "--json" : "";
    for (const auto& [option, file] : files) {
        if (!isStandard(file)) {
            continue;
        }
        if (!taken.empty()) {
            return fail(Code::UsageError, {std::string(option) + " - writes to standard output, and so does " + std::string(taken)});
        }
        taken = option;
    }
    return std::nullopt;
}

Result<void> writeBeside(const std::string& path, const std::function<void(const report::Write&)>& fill)
{
    std::FILE* file = std::fopen(path.c_str(), "we");
    if (file == nullptr) {
        return inFile(fail(Code::FileWrite, {std::strerror(errno)}), path);
    }
    bool ok = true;
    fill([&](std::string_view text) { ok = std::fwrite(text.data(), 1, text.size(), file) == text.size() && ok; });
    ok = std::fflush(file) == 0 && ok;
    const int number = errno;
    ok = std::fclose(file) == 0 && ok;
    return ok ? Result<void>() : inFile(fail(Code::FileWrite, {std::strerror(number)}), path);
}

std::optional<PartOf> partOf(std::string_view text) noexcept
{
    const std::size_t slash = text.find('/');
    PartOf out;
    const auto number = [](std::string_view digits, unsigned& value) {
        const auto [end, why] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return why == std::errc() && end == digits.data() + digits.size() && !digits.empty();
    };
    const bool good = slash != std::string_view::npos && number(text.substr(0, slash), out.part) && number(text.substr(slash + 1), out.parts)
        && out.part >= 1 && out.part <= out.parts;
    return good ? std::optional(out) : std::nullopt;
}

std::vector<std::string> absolutePaths(const std::vector<std::string>& paths)
{
    std::vector<std::string> out;
    for (const std::string& path : paths) {
        std::error_code code;
        std::string absolute = std::filesystem::absolute(path, code).lexically_normal().string();
        while (absolute.size() > 1 && absolute.ends_with('/')) {
            absolute.pop_back();
        }
        out.push_back(code ? path : absolute);
    }
    return out;
}

namespace {

constexpr std::string_view SavedPlanSchema = "ckptscope.saved-plan/1";

/// `file` is empty where none was written, for there is nothing to do.
void writeSavedPlanJson(Session& session, const FixPlan& plan, const std::string& file)
{
    const bool saved = !file.empty();
    report::JsonWriter json(session.out());
    json.open('{').key("schema").text(SavedPlanSchema).key("plan").textOrNull(file).key("source").text(plan.source);
    json.key("output").textOrNull(saved ? std::string_view(plan.output) : std::string_view());
    json.key("partial").textOrNull(saved ? std::string_view(plan.partialName) : std::string_view());
    json.key("edits").number(std::uint64_t{plan.edits.size()}).key("files").number(std::uint64_t{saved ? plan.files.size() : 0});
    json.key("output_bytes").number(saved ? plan.outputBytes : 0).closeNamed().finish();
}

} // namespace

int tellNoPlan(Session& session, const FixPlan& plan)
{
    writeSavedPlanJson(session, plan, {});
    return Fine;
}

int tellSavedPlan(Session& session, const FixPlan& plan, const SpaceCheck* space, const std::string& file)
{
    if (isStandard(file)) { // for a program, or a file that the shell makes
        report::writePlanJson(plan, session.out());
        if (space != nullptr && !space->enough()) {
            session.note("There is not enough room for it now.");
        }
        return Fine;
    }
    if (auto done = savePlan(plan, file); !done) {
        return session.fails(SavedPlanSchema, done.error());
    }
    if (session.common.json) {
        writeSavedPlanJson(session, plan, file);
    } else {
        report::writePlanText(plan, space, session.outStyle(), session.out());
        session.out()("Saved as " + displayName(file) + "; nothing else was written. Carry it out with\n  ckptscope apply --plan " + displayName(file)
                      + " --part 1/N   (to N/N, in any order and on any machine)\n  ckptscope finish --plan " + displayName(file) + '\n');
    }
    if (space != nullptr && !space->enough()) {
        session.note("There is not enough room for it now.");
    }
    return Fine;
}

int tellReceipt(Session& session, const Receipt& receipt, const std::string& receiptFile, bool outputTaken)
{
    if (session.common.json || isStandard(receiptFile)) {
        report::writeReceiptJson(receipt, session.out());
    } else if (!outputTaken) {
        report::writeReceiptText(receipt, session.outStyle(), session.out());
    }
    if (!session.common.json && (outputTaken || isStandard(receiptFile))) {
        std::string text;
        report::writeReceiptText(receipt, {}, [&](std::string_view piece) { text += piece; });
        text.resize(text.empty() ? 0 : text.size() - 1);
        session.note(text);
    }
    if (!receiptFile.empty() && !isStandard(receiptFile)) {
        const auto fill = [&receipt](const report::Write& write) { report::writeReceiptJson(receipt, write); };
        if (auto written = writeBeside(receiptFile, fill); !written) {
            session.error("the receipt was not written, but the repair is complete: " + errorText(written.error(), false));
            return CouldNot;
        }
    }
    return receipt.unmendable > 0 ? Complaints : Fine;
}

} // namespace ckptscope::cli
