// SPDX-License-Identifier: Apache-2.0
#include "ui/models/marks.h"

#include "ui/text.h"

#include <QCoreApplication>

namespace ckptscope::ui {

namespace {

QString say(const char* text)
{
    return QCoreApplication::translate("ckptscope::ui::Mark", text);
}

QString counted(const char* one, const char* many, std::uint64_t count)
{
    return say(count == 1 ? one : many).arg(grouped(count));
}

} // namespace

std::optional<Mark> tensorMark(const Checkpoint& checkpoint, const CheckReport& report, std::uint32_t tensor) noexcept
{
    if (checkpoint.tensors()[tensor].damaged) {
        return Mark::Damaged;
    }
    if (tensor >= report.tensors.size()) {
        return std::nullopt;
    }
    const TensorVerdict& verdict = report.tensors[tensor];
    if (verdict.finding < report.findings.size()) {
        return markOf(report.findings[verdict.finding].severity);
    }
    return verdict.judged ? std::optional(Mark::Clean) : std::nullopt;
}

QString markTitle(std::optional<Mark> mark)
{
    if (!mark) {
        return say("No rule covers this tensor");
    }
    switch (*mark) {
    case Mark::Clean:
        return say("Stored as required");
    case Mark::Note:
        return say("Note");
    case Mark::Unjudged:
        return say("Not judged");
    case Mark::Advice:
        return say("Advice");
    case Mark::Violation:
        return say("Violation");
    case Mark::Damaged:
        return say("Damaged");
    case Mark::Missing:
        return say("Missing");
    case Mark::Laundered:
        break;
    }
    return say("Laundered");
}

QString markCount(Mark mark, std::uint64_t count)
{
    switch (mark) {
    case Mark::Unjudged:
    case Mark::Laundered:
        break;
    case Mark::Clean:
        return counted("%1 holds", "%1 hold", count);
    case Mark::Note:
        return counted("%1 note", "%1 notes", count);
    case Mark::Advice:
        return counted("%1 advice", "%1 advice", count);
    case Mark::Violation:
        return counted("%1 violation", "%1 violations", count);
    case Mark::Damaged:
        return counted("%1 damaged", "%1 damaged", count);
    case Mark::Missing:
        return counted("%1 missing", "%1 missing", count);
    }
    return {};
}

QString verdictWord(const CheckReport& report)
{
    switch (report.verdict) {
    case Verdict::Damaged:
        return say("damaged");
    case Verdict::Dangerous:
        return say("names code to run");
    case Verdict::Violations:
        return markCount(Mark::Violation, report.count(Severity::Violation));
    case Verdict::NoContract:
        return say("not judged");
    case Verdict::Advice:
        return say("advice");
    case Verdict::Clean:
        break;
    }
    return say("clean");
}

void MarkCounts::add(std::optional<Mark> mark) noexcept
{
    if (!mark) {
        return;
    }
    switch (*mark) {
    case Mark::Damaged:
        ++damaged;
        break;
    case Mark::Missing:
        ++missing;
        break;
    case Mark::Violation:
        ++violations;
        break;
    case Mark::Advice:
    case Mark::Laundered:
        ++advice;
        break;
    case Mark::Note:
        ++notes;
        break;
    case Mark::Clean:
        ++clean;
        break;
    case Mark::Unjudged:
        break;
    }
}

std::optional<Mark> MarkCounts::worst() const noexcept
{
    return damaged != 0   ? std::optional(Mark::Damaged)
        : missing != 0    ? std::optional(Mark::Missing)
        : violations != 0 ? std::optional(Mark::Violation)
        : advice != 0     ? std::optional(Mark::Advice)
        : notes != 0      ? std::optional(Mark::Note)
        : clean != 0      ? std::optional(Mark::Clean)
                          : std::nullopt;
}

std::uint64_t MarkCounts::worstCount() const noexcept
{
    return damaged != 0 ? damaged : missing != 0 ? missing : violations != 0 ? violations : advice != 0 ? advice : notes != 0 ? notes : clean;
}

QString MarkCounts::text() const
{
    const auto mark = worst();
    return mark ? markCount(*mark, worstCount()) : QString();
}

} // namespace ckptscope::ui
