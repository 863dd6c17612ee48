// SPDX-License-Identifier: Apache-2.0
#include "core/fix/apply.h"

#include "core/fix/exporter.h"
#include "core/fix/plancheck.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <set>
#include <string_view>
#include <sys/stat.h>
#include <utility>

namespace ckptscope {

namespace {

namespace fs = std::filesystem;

class Applying {
public:
    Applying(const Checkpoint& checkpoint, const FixPlan& plan, const JobContext& job)
        : m_checkpoint(checkpoint)
        , m_plan(plan)
        , m_job(job)
    {
    }

    Result<Receipt> run()
    {
        const auto start = std::chrono::steady_clock::now();
        if (auto done = checkPlanFits(m_checkpoint, m_plan); !done) {
            return done.error();
        }
        if (auto done = checkPlanSources(m_checkpoint, m_plan, true, m_job); !done) {
            return done.error();
        }
        const auto space = checkSpace(m_plan);
        if (!space) {
            return space.error();
        }
        if (!space->enough()) {
            return inFile(fail(Code::FixNoSpace, {std::to_string(space->free), std::to_string(space->needed)}), m_plan.output);
        }
        const bool clones = space->sharesBlocks && m_plan.options.link != LinkChoice::Copy;
        if (m_plan.options.link == LinkChoice::Reflink && !clones) {
            return inFile(fail(Code::FixLinkRefused, {"the file system does not offer it"}), m_plan.output);
        }
        if (auto done = beginStaging(); !done) {
            return done.error();
        }
        Exporter exporter(m_checkpoint, m_plan, m_job, clones);
        if (auto done = exporter.write(*m_staging); !done) {
            return done.error();
        }
        if (auto done = checkPlanSources(m_checkpoint, m_plan, false, m_job); !done) {
            return done.error();
        }
        m_job.progress(Phase::Publishing, m_plan.outputBytes, m_plan.outputBytes);
        if (auto done = m_staging->publish(m_plan.options.force); !done) {
            return done.error();
        }
        m_staging.reset();
        return receipt(start, exporter);
    }

private:
    Result<void> beginStaging()
    {
        const bool inPlace = m_plan.options.inPlace;
        const std::string output = inPlace && !m_plan.outputIsFolder ? fs::path(m_plan.output).parent_path().string() : m_plan.output;
        struct stat status { };
        const unsigned mode = ::stat(m_checkpoint.folder().c_str(), &status) == 0 ? status.st_mode & 0777U : 0777U;
        const auto kind = inPlace ? Staging::Kind::InPlace : m_plan.outputIsFolder ? Staging::Kind::Folder : Staging::Kind::File;
        auto staging = Staging::begin(kind, output, m_plan.partialName, mode);
        if (!staging) {
            return staging.error();
        }
        m_staging = *std::move(staging);
        return {};
    }

    Receipt receipt(std::chrono::steady_clock::time_point start, const Exporter& exporter)
    {
        Receipt out = makeReceipt(m_checkpoint, m_plan, exporter.outcomes());
        out.device = exporter.device().empty() ? "cpu" : exporter.device();
        out.fallback = exporter.fallback();
        out.comparedBytes = exporter.state().compared;
        out.clonedBytes = exporter.state().cloned;
        out.copiedBytes = exporter.state().copied;
        out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        out.peakRssBytes = peakRss();
        return out;
    }

    const Checkpoint& m_checkpoint;
    const FixPlan& m_plan;
    const JobContext& m_job;
    std::unique_ptr<Staging> m_staging;
};

} // namespace

std::uint64_t Receipt::changedTensors() const
{
    std::set<std::pair<std::string_view, std::string_view>> renamed; // a name may be in two files
    std::uint64_t count = 0;
    for (const ReceiptEdit& edit : edits) {
        if (edit.op == EditOp::Rename) {
            renamed.emplace(edit.file, edit.tensor);
        } else {
            ++count; // no tensor has two of them
        }
    }
    for (const ReceiptEdit& edit : edits) {
        if (edit.op != EditOp::Rename) {
            renamed.erase({edit.file, edit.tensor});
        }
    }
    return count + renamed.size();
}

Result<Receipt> applyPlan(const Checkpoint& checkpoint, const FixPlan& plan, const JobContext& job)
{
    if (plan.empty()) {
        Receipt nothing;
        nothing.source = plan.source;
        nothing.profile = plan.profile;
        nothing.untouchedTensors = plan.untouchedTensors;
        nothing.untouchedBytes = plan.untouchedBytes;
        nothing.findingsLeft = plan.findingsLeft;
        nothing.unmendable = plan.unmendable;
        nothing.muted = plan.options.muted;
        return nothing;
    }
    return Applying(checkpoint, plan, job).run();
}

} // namespace ckptscope
