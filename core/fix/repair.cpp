// SPDX-License-Identifier: Apache-2.0
#include "core/fix/repair.h"

#include "core/fix/donoredits.h"
#include "core/formats/formatreader.h"

#include <algorithm>
#include <set>

namespace ckptscope {

namespace {

/// F32 that lost precision has no edit where the donor is refused: it gets a row all the same, to be seen and cleared.
void addRefused(std::vector<Edit>& edits, const std::vector<DonorMatch>& matches, const Checkpoint& checkpoint, const CheckReport& report)
{
    std::set<std::uint32_t> edited;
    for (const Edit& edit : edits) {
        edited.insert(edit.tensor);
    }
    for (const DonorMatch& match : matches) {
        const std::uint32_t rule = match.tensor < report.tensors.size() ? report.tensors[match.tensor].rule : UINT32_MAX;
        const bool ruled = report.rules && rule < report.rules->rules().size();
        if (match.usable() || edited.contains(match.tensor)) {
            continue;
        }
        Edit row;
        row.tensor = match.tensor;
        row.op = EditOp::TakeFromDonor;
        row.from = row.to = checkpoint.tensors()[match.tensor].dtype;
        row.key = std::string(checkpoint.tensors()[match.tensor].key);
        row.rule = ruled ? report.rules->rules()[rule].id : std::string("--donor-take");
        row.severity = ruled ? report.rules->rules()[rule].severity : Severity::Note;
        edits.push_back(std::move(row));
    }
    std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.tensor < b.tensor; });
}

} // namespace

Result<FixProposal> proposeRepair(const std::shared_ptr<const Checkpoint>& checkpoint, std::shared_ptr<const CheckReport> report,
                                  const std::optional<CheckOptions>& recheck, FixOptions options, const std::string& donorPath,
                                  const std::shared_ptr<const DonorMatcher>& known, const JobContext& job)
{
    FixProposal proposal;
    proposal.report = std::move(report);
    if (recheck) {
        auto judged = runChecks(*checkpoint, *recheck, job);
        if (!judged) {
            return judged.error();
        }
        proposal.report = std::move(*judged);
    }
    auto edits = proposeEdits(*checkpoint, *proposal.report, options);
    if (!edits) {
        return edits.error();
    }
    proposal.edits = std::move(*edits);
    if (donorPath.empty()) {
        return proposal;
    }
    if (known && known->donor()->path() == donorPath) { // it keeps what it has compared
        proposal.donor = known;
    } else {
        auto donor = openCheckpoint({donorPath}, {}, job);
        if (!donor) {
            proposal.donorError = donor.error();
            return proposal;
        }
        proposal.donor = std::make_shared<DonorMatcher>(checkpoint, *donor);
    }
    options.donor = proposal.donor;
    auto matches = matchDonor(*checkpoint, *proposal.report, options, proposal.edits, job);
    if (!matches) {
        proposal.donor.reset();
        proposal.donorError = matches.error();
        return proposal;
    }
    proposal.matches = std::move(*matches);
    addRefused(proposal.edits, proposal.matches, *checkpoint, *proposal.report);
    return proposal;
}

Result<FixCheck> checkRepair(const Checkpoint& checkpoint, const CheckReport& report, const FixOptions& options, const JobContext& job)
{
    auto plan = planFix(checkpoint, report, options, job);
    if (!plan) {
        return plan.error();
    }
    auto space = checkSpace(*plan);
    if (!space) {
        return space.error();
    }
    return FixCheck{std::move(*plan), *space};
}

OneClickAnswer oneClickFix(const Checkpoint& checkpoint, const CheckReport& report, const FixOptions& options, const JobContext& job)
{
    OneClickAnswer answer;
    if (!options.hand.donor.empty() && !options.donor) {
        return answer; // a donor was asked for by hand: which one?
    }
    auto checked = checkRepair(checkpoint, report, options, job);
    if (!checked) {
        answer.question = checked.error();
        return answer;
    }
    FixPlan& plan = checked->plan;
    const bool lossy = std::any_of(plan.edits.begin(), plan.edits.end(), [](const Edit& edit) { return !edit.lossless; });
    if (!checked->space.enough()) {
        answer.question = inFile(fail(Code::FixNoSpace, {std::to_string(checked->space.free), std::to_string(checked->space.needed)}), plan.output);
    } else if (!plan.notes.empty()) { // what is written is not all that the source holds, or is named otherwise
        answer.question = plan.notes.front();
    } else if (!lossy && !plan.empty()) {
        answer.plan = std::move(plan);
    }
    return answer;
}

} // namespace ckptscope
