// SPDX-License-Identifier: Apache-2.0
#include "core/fix/applyparts.h"

#include "core/fix/exporter.h"
#include "core/fix/layout.h"
#include "core/fix/partreceipt.h"
#include "core/fix/parts.h"
#include "core/fix/parttruth.h"
#include "core/fix/place.h"
#include "core/fix/plancheck.h"
#include "core/io/partfolder.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace ckptscope {

namespace {

using Clock = std::chrono::steady_clock;

std::string partName(unsigned part)
{
    return "part-" + std::to_string(part);
}

std::string hostName()
{
    char name[256] = {};
    return ::gethostname(name, sizeof(name) - 1) == 0 ? name : "";
}

PartFolder::Place placeOf(const FixPlan& plan, const Checkpoint* checkpoint)
{
    PartFolder::Place place{plan.output, plan.outputIsFolder, plan.partialName, 0777};
    struct stat status { };
    if (checkpoint != nullptr && ::stat(checkpoint->folder().c_str(), &status) == 0) {
        place.mode = status.st_mode & 0777U; // as a repair by one process makes it
    }
    return place;
}

Error noSpace(const FixPlan& plan, std::uint64_t free, std::uint64_t needed)
{
    return inFile(fail(Code::FixNoSpace, {std::to_string(free), std::to_string(needed)}), plan.output);
}

/// The plan may be carried out here, and its OUT may appear.
Result<void> checkBound(const BoundPlan& bound, const JobContext& job)
{
    if (auto done = checkPlanFits(*bound.checkpoint, bound.plan); !done) {
        return done;
    }
    std::string output = bound.plan.output;
    if (auto done = checkPlace(*bound.checkpoint, bound.plan.outputIsFolder && bound.checkpoint->isFolder(), bound.plan.options.force, output);
        !done) {
        return done;
    }
    if (output != bound.plan.output) { // a folder on the way became a symlink
        return inFile(fail(Code::FixOutputParent, {output}), bound.plan.output);
    }
    return checkPlanSources(*bound.checkpoint, bound.plan, false, job);
}

/// Whether blocks are to be shared, once there is room for what is not.
Result<bool> checkRoom(const FixPlan& plan, const std::vector<FileRange>& ranges, bool begun)
{
    const auto space = checkSpace(plan);
    if (!space) {
        return space.error();
    }
    const bool clones = space->sharesBlocks && plan.options.link != LinkChoice::Copy;
    if (plan.options.link == LinkChoice::Reflink && !clones) {
        return inFile(fail(Code::FixLinkRefused, {"the file system does not offer it"}), plan.output);
    }
    if (clones || begun || plan.options.link == LinkChoice::Hard) {
        return clones; // what is shared, or there already, needs no room; a disk that fills up all the same says so
                       // itself
    }
    std::uint64_t needed = 0;
    for (const FileRange& range : ranges) {
        const std::uint64_t size = plan.files[range.file].bytes;
        needed += std::min(range.end, size) - std::min(range.begin, size);
    }
    return space->free < needed ? Result<bool>(noSpace(plan, space->free, needed)) : Result<bool>(clones);
}

void count(PartReport& report, const std::vector<PartFile>& files)
{
    for (const PartFile& file : files) {
        ++report.files;
        report.edits += file.edits.size();
        for (const PieceRecord& piece : file.record.pieces) {
            (piece.xxh3.empty() ? report.sharedBytes : report.writtenBytes) += piece.length;
        }
    }
}

/// A list of parts for people: "part 2, 5 and 7 of 8", no more than a few named.
std::string partsText(const std::vector<unsigned>& missing, unsigned parts)
{
    constexpr std::size_t Named = 12;
    std::string text = missing.size() == 1 ? "part " : "parts ";
    for (std::size_t i = 0; i < std::min(missing.size(), Named); ++i) {
        text += (i == 0 ? "" : i + 1 == missing.size() ? " and " : ", ") + std::to_string(missing[i]);
    }
    return text + (missing.size() > Named ? " and " + std::to_string(missing.size() - Named) + " more" : "") + " of " + std::to_string(parts);
}

/// Every byte of every file that parts write, once.
Result<void> checkCover(const FixPlan& plan, const std::vector<PartReceipt>& receipts)
{
    std::vector<std::vector<std::pair<std::uint64_t, std::uint64_t>>> pieces(plan.files.size());
    for (const PartReceipt& receipt : receipts) {
        for (const PartFile& file : receipt.files) {
            for (const PieceRecord& piece : file.record.pieces) {
                pieces[file.record.file].emplace_back(piece.offset, piece.length);
            }
        }
    }
    for (std::size_t i = 0; i < plan.files.size(); ++i) {
        const OutputFile& file = plan.files[i];
        if (isSmall(file)) {
            continue;
        }
        std::sort(pieces[i].begin(), pieces[i].end());
        std::uint64_t at = 0;
        for (const auto& [offset, length] : pieces[i]) {
            if (offset != at) {
                break;
            }
            at += length;
        }
        if (at != file.bytes || pieces[i].empty()) {
            return inFile(fail(Code::PlanMissing, {"no part says that it wrote all of " + file.name}), plan.output, at);
        }
    }
    return {};
}

Receipt receiptOf(const BoundPlan& bound, const std::vector<PartReceipt>& receipts)
{
    std::vector<EditOutcome> outcomes(bound.plan.edits.size());
    std::set<std::string> devices;
    Receipt sums;
    for (const PartReceipt& receipt : receipts) {
        for (const EditResult& edit : receipt.judged) {
            outcomes[edit.edit] = edit.outcome;
        }
        for (const PartFile& file : receipt.files) {
            for (const EditResult& edit : file.edits) {
                outcomes[edit.edit] = edit.outcome;
            }
            for (const PieceRecord& piece : file.record.pieces) {
                (piece.xxh3.empty() ? sums.clonedBytes : sums.copiedBytes) += piece.length;
            }
        }
        devices.insert(receipt.device);
        sums.fallback = sums.fallback.empty() ? receipt.fallback : sums.fallback;
        sums.seconds += receipt.seconds;
        sums.peakRssBytes = std::max(sums.peakRssBytes, receipt.peakRssBytes);
    }
    Receipt out = makeReceipt(*bound.checkpoint, bound.plan, outcomes);
    out.device.clear();
    for (const std::string& device : devices) {
        out.device += (out.device.empty() ? "" : ", ") + device;
    }
    out.fallback = sums.fallback;
    out.clonedBytes = sums.clonedBytes;
    out.copiedBytes = sums.copiedBytes;
    out.comparedBytes = sums.copiedBytes;
    out.seconds = sums.seconds;
    out.peakRssBytes = std::max(sums.peakRssBytes, peakRss());
    return out;
}

} // namespace

Result<unsigned> begunParts(const FixPlan& plan)
{
    const auto owner = PartFolder::ownerOf(placeOf(plan, nullptr));
    return owner ? Result<unsigned>(*owner ? (*owner)->parts : 0U) : Result<unsigned>(owner.error());
}

Result<PartReport> applyPart(const BoundPlan& bound, unsigned part, unsigned parts, const JobContext& job)
{
    const auto start = Clock::now();
    const FixPlan& plan = bound.plan;
    if (parts < 1 || parts > MostParts || part < 1 || part > parts) {
        return fail(Code::UsageError, {"a part is I/N, with I from 1 to N and N at most " + std::to_string(MostParts)});
    }
    if (auto done = checkBound(bound, job); !done) {
        return done.error();
    }
    auto folder = PartFolder::open(placeOf(plan, bound.checkpoint.get()), {bound.digest, parts});
    if (!folder) {
        return folder.error();
    }
    const auto lock = (*folder)->lock(partName(part) + ".lock");
    if (!lock) {
        return lock.error();
    }
    if (!*lock) {
        return inFile(fail(Code::PlanBusy, {std::to_string(part), std::to_string(parts)}), plan.output);
    }
    PartReport report;
    report.part = part;
    report.parts = parts;
    report.partial = (*folder)->path();
    const PartTruth truth(bound, **folder, job);
    if (const auto text = (*folder)->readState(partName(part) + ".json")) {
        const auto receipt = readReceipt(*text, plan);
        if (receipt && receipt->plan == bound.digest && receipt->part == part && receipt->parts == parts
            && truth.check(receipt->files, part, false)) {
            report.already = true;
            count(report, receipt->files);
            report.device = receipt->device;
            report.fallback = receipt->fallback;
            report.seconds = std::chrono::duration<double>(Clock::now() - start).count();
            report.peakRssBytes = peakRss();
            return report;
        }
        (*folder)->removeState(partName(part) + ".json");
    }
    std::vector<FileRange> ranges = cutIntoParts(plan, parts)[part - 1];
    PartReceipt receipt{bound.digest, part, parts, hostName(), {}, {}, {}, {}, 0, 0};
    const std::string journal = partName(part) + ".journal";
    const auto begun = (*folder)->readState(journal);
    if (begun) {
        for (PartFile& file : readJournal(*begun, plan)) {
            const auto ours = [&](const FileRange& range) { return range.file == file.record.file; };
            if (std::any_of(ranges.begin(), ranges.end(), ours) && truth.check({file}, part, false)) {
                ranges.erase(std::remove_if(ranges.begin(), ranges.end(), ours), ranges.end());
                receipt.files.push_back(std::move(file));
            }
        }
        report.resumedFiles = receipt.files.size();
    }
    const auto clones = checkRoom(plan, ranges, begun.has_value());
    if (!clones) {
        return clones.error();
    }
    Exporter exporter(*bound.checkpoint, plan, job, *clones);
    std::vector<std::uint32_t> judged;
    const auto judges = [&](std::uint32_t edit) {
        const bool ours = judgeOf(edit, parts) == part - 1;
        if (ours) {
            judged.push_back(edit);
        }
        return ours;
    };
    exporter.restrictTo(ranges, judges, [&](const FileRecord& record, std::span<const std::uint32_t> edits) -> Result<void> {
        PartFile file{record, {}};
        for (const std::uint32_t edit : edits) {
            file.edits.push_back({edit, exporter.outcomes()[edit]});
        }
        auto noted = (*folder)->appendState(journal, journalLine(plan, file));
        receipt.files.push_back(std::move(file));
        return noted;
    });
    if (auto done = exporter.write(**folder); !done) {
        return done.error();
    }
    if (auto done = checkPlanSources(*bound.checkpoint, plan, false, job); !done) {
        return done.error();
    }
    if (auto done = (*folder)->sync(); !done) {
        return done.error();
    }
    for (const std::uint32_t edit : judged) {
        receipt.judged.push_back({edit, exporter.outcomes()[edit]});
    }
    std::sort(receipt.files.begin(), receipt.files.end(), [](const PartFile& a, const PartFile& b) { return a.record.file < b.record.file; });
    receipt.device = exporter.device().empty() ? "cpu" : exporter.device();
    receipt.fallback = exporter.fallback();
    receipt.peakRssBytes = peakRss();
    receipt.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (auto done = (*folder)->writeState(partName(part) + ".json", receiptText(plan, receipt)); !done) {
        return done.error();
    }
    (*folder)->removeState(journal);
    count(report, receipt.files);
    report.edits += receipt.judged.size();
    report.device = receipt.device;
    report.fallback = receipt.fallback;
    report.seconds = receipt.seconds;
    report.peakRssBytes = receipt.peakRssBytes;
    return report;
}

Result<Receipt> finishPlan(const BoundPlan& bound, bool full, const JobContext& job)
{
    const auto start = Clock::now();
    const FixPlan& plan = bound.plan;
    const PartFolder::Place place = placeOf(plan, bound.checkpoint.get());
    const auto owner = PartFolder::ownerOf(place);
    if (!owner) {
        return owner.error();
    }
    if (!*owner) {
        std::error_code error;
        if (const auto there = std::filesystem::symlink_status(plan.output, error); !plan.options.force && std::filesystem::exists(there)) {
            return inFile(fail(Code::PlanFinished), plan.output); // a job that a scheduler ran twice
        }
        return inFile(fail(Code::PlanMissing, {"no part has been begun"}), plan.output);
    }
    const unsigned parts = (*owner)->parts;
    auto folder = PartFolder::open(place, {bound.digest, parts});
    if (!folder) {
        return folder.error();
    }
    const auto lock = (*folder)->lock("finish.lock");
    if (!lock) {
        return lock.error();
    }
    if (!*lock) {
        return inFile(fail(Code::FixBusy), plan.output);
    }
    std::vector<PartReceipt> receipts;
    std::vector<unsigned> missing;
    for (unsigned part = 1; part <= parts; ++part) {
        const auto held = (*folder)->lock(partName(part) + ".lock");
        if (held && !*held) {
            return inFile(fail(Code::PlanBusy, {std::to_string(part), std::to_string(parts)}), plan.output);
        }
        const auto text = (*folder)->readState(partName(part) + ".json");
        auto receipt = text ? readReceipt(*text, plan) : std::nullopt;
        if (receipt && receipt->plan == bound.digest && receipt->part == part && receipt->parts == parts) {
            receipts.push_back(*std::move(receipt));
        } else {
            missing.push_back(part);
        }
    }
    if (!missing.empty()) {
        return inFile(fail(Code::PlanMissing, {partsText(missing, parts)}), plan.output);
    }
    if ((*folder)->published()) { // an earlier finish was killed behind its rename
        (*folder)->discard();
        return receiptOf(bound, receipts);
    }
    if (auto done = checkBound(bound, job); !done) {
        return done.error();
    }
    if (auto done = checkCover(plan, receipts); !done) {
        return done.error();
    }
    const PartTruth truth(bound, **folder, job);
    if (auto done = truth.checkAll(receipts, full); !done) {
        return done.error();
    }
    const std::vector<FileRange> small = smallFiles(plan);
    const auto clones = checkRoom(plan, small, false);
    if (!clones) {
        return clones.error();
    }
    Exporter exporter(*bound.checkpoint, plan, job, *clones);
    exporter.restrictTo(
        small, [](std::uint32_t) { return false; }, [](const FileRecord&, std::span<const std::uint32_t>) { return Result<void>(); });
    if (auto done = exporter.write(**folder); !done) {
        return done.error();
    }
    std::set<std::string_view> names;
    for (const OutputFile& file : plan.files) {
        names.insert(file.name);
    }
    for (const std::string& name : (*folder)->files()) {
        if (!names.contains(name)) {
            return inFile(fail(Code::PlanForeign), (*folder)->path() + "/out/" + name);
        }
    }
    if (auto done = checkPlanSources(*bound.checkpoint, plan, false, job); !done) {
        return done.error();
    }
    if (job.stop.stop_requested()) {
        return fail(Code::Cancelled);
    }
    job.progress(Phase::Publishing, plan.outputBytes, plan.outputBytes);
    if (auto done = (*folder)->publish(plan.options.force); !done) {
        return done.error();
    }
    Receipt out = receiptOf(bound, receipts);
    out.comparedBytes += exporter.state().compared;
    out.copiedBytes += exporter.state().copied;
    out.clonedBytes += exporter.state().cloned;
    out.seconds += std::chrono::duration<double>(Clock::now() - start).count();
    return out;
}

Result<bool> discardPlan(const SavedPlan& saved)
{
    const PartFolder::Place place = placeOf(saved.plan, nullptr);
    const auto owner = PartFolder::ownerOf(place);
    if (!owner) {
        return owner.error();
    }
    if (!*owner) {
        return false;
    }
    auto folder = PartFolder::open(place, {saved.digest, (*owner)->parts});
    if (!folder) {
        return folder.error();
    }
    for (unsigned part = 1; part <= (*owner)->parts; ++part) {
        const auto held = (*folder)->lock(partName(part) + ".lock");
        if (held && !*held) {
            return inFile(fail(Code::PlanBusy, {std::to_string(part), std::to_string((*owner)->parts)}), saved.plan.output);
        }
    }
    (*folder)->discard();
    return true;
}

} // namespace ckptscope
