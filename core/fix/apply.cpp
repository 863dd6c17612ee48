// SPDX-License-Identifier: Apache-2.0
#include "core/fix/apply.h"

#include "core/fix/exporter.h"
#include "core/fix/header.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <unordered_map>

#include <sys/resource.h>
#include <sys/stat.h>

namespace ckptscope {

namespace {

namespace fs = std::filesystem;

/// Where an edited tensor's values come from.
std::string_view sourceName(const Edit& edit) noexcept
{
    switch (edit.op) {
    case EditOp::Cast:
        return edit.rule == "--dequantize" ? "dequantized" : edit.lossless ? "widened" : "narrowed";
    case EditOp::Relabel:
        return "relabelled";
    case EditOp::TakeFromDonor:
        return "donor";
    case EditOp::Rename:
    case EditOp::Drop:
        break;
    }
    return {};
}

class Applying {
public:
    Applying(const Checkpoint& checkpoint, const FixPlan& plan, const JobContext& job)
        : m_checkpoint(checkpoint)
        , m_plan(plan)
        , m_job(job)
    {
        for (const SourceFile& source : plan.sources) {
            m_sources.emplace(source.path, &source);
        }
    }

    Result<Receipt> run()
    {
        const auto start = std::chrono::steady_clock::now();
        if (auto done = checkPlan(); !done) {
            return done.error();
        }
        if (auto done = checkSources(true); !done) {
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
        if (auto done = checkSources(false); !done) {
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
    /// A plan may come from a file: its edits must be of this very checkpoint.
    Result<void> checkPlan()
    {
        if (m_plan.output.empty() || m_plan.partialName.empty()) {
            return fail(Code::UsageError, {"the plan names no output"});
        }
        const auto changed = [&] { return inFile(fail(Code::FileChanged), m_plan.source); };
        for (const DonorMatch& match : m_plan.donorMatches) {
            if (!match.usable() && !m_plan.options.donorPartial) {
                return match.refusal ? *match.refusal : fail(Code::DonorMissing, {std::string(m_checkpoint.tensors()[match.tensor].key)});
            }
        }
        for (const Edit& edit : m_plan.edits) {
            if (edit.tensor >= m_checkpoint.tensors().size()) {
                return changed();
            }
            if (edit.op == EditOp::TakeFromDonor && (!m_plan.options.donor || edit.donorTensor >= m_plan.options.donor->donor()->tensors().size())) {
                return changed();
            }
            const TensorInfo& tensor = m_checkpoint.tensors()[edit.tensor];
            if (tensor.key != edit.key || tensor.dtype != edit.from) {
                return changed();
            }
        }
        for (const OutputFile& file : m_plan.files) {
            for (const Segment& segment : file.segments) {
                if ((segment.shard != UINT32_MAX && segment.shard >= m_checkpoint.shards().size())
                    || (segment.kind == Segment::Kind::Gather && segment.tensor >= m_checkpoint.tensors().size())
                    || (segment.kind == Segment::Kind::Literal && (segment.source > file.text.size() || segment.length > file.text.size() - segment.source))) {
                    return changed();
                }
                if (segment.kind != Segment::Kind::Edited) {
                    continue;
                }
                if (segment.edit >= m_plan.edits.size() || (segment.view != UINT32_MAX && segment.view >= m_plan.views.size())) {
                    return changed();
                }
                const Edit& edit = m_plan.edits[segment.edit];
                const auto elements =
                    segment.view != UINT32_MAX ? m_plan.views[segment.view].elements : elementCount(m_checkpoint.tensors()[edit.tensor]);
                if (!elements || byteSize(edit.to, *elements) != segment.length) {
                    return changed();
                }
            }
        }
        return {};
    }

    /// Sizes, times and inodes of all sources, and where asked for the headers, are as they were when the plan was made.
    Result<void> checkSources(bool headers)
    {
        for (const SourceFile& source : m_plan.sources) {
            struct stat status {};
            if (::stat(source.path.c_str(), &status) != 0) {
                auto file = File::open(source.path); // says why: gone, or not to be read any more
                return file ? inFile(fail(Code::FileChanged), source.path) : std::move(file).error();
            }
            if (!(identityOf(status) == source.identity)) {
                return inFile(fail(Code::FileChanged), source.path);
            }
            if (m_job.stop.stop_requested()) {
                return fail(Code::Cancelled);
            }
        }
        for (const Shard& shard : m_checkpoint.shards()) {
            const auto source = m_sources.find(shard.path);
            if (!headers || source == m_sources.end() || source->second->headerHash.empty()) {
                continue;
            }
            auto hash = headerHash(shard.path, shard.dataStart);
            if (!hash) {
                return hash.error();
            }
            if (*hash != source->second->headerHash) {
                return inFile(fail(Code::FileChanged), shard.path);
            }
        }
        return {};
    }

    Result<void> beginStaging()
    {
        const bool inPlace = m_plan.options.inPlace;
        const std::string output = inPlace && !m_plan.outputIsFolder ? fs::path(m_plan.output).parent_path().string() : m_plan.output;
        struct stat status {};
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
        Receipt out;
        out.source = m_plan.source;
        out.output = m_plan.output;
        out.profile = m_plan.profile;
        out.device = exporter.device().empty() ? "cpu" : exporter.device();
        out.fallback = exporter.fallback();
        std::vector<std::string> names(m_checkpoint.shards().size());
        std::vector<const std::string*> places(m_plan.edits.size(), nullptr);
        for (const OutputFile& file : m_plan.files) {
            if (file.shard < names.size()) {
                names[file.shard] = file.name;
            }
            for (const Segment& segment : file.segments) {
                if (segment.kind == Segment::Kind::Edited) {
                    places[segment.edit] = &file.name;
                }
            }
        }
        for (std::size_t i = 0; i < m_plan.edits.size(); ++i) {
            const Edit& edit = m_plan.edits[i];
            ReceiptEdit line;
            line.tensor = edit.key;
            line.newKey = edit.newKey;
            line.op = edit.op;
            line.from = edit.from;
            line.to = edit.to;
            line.file = places[i] != nullptr ? *places[i] : names[m_checkpoint.tensors()[edit.tensor].shard];
            line.sha256Before = exporter.outcomes()[i].sha256Before;
            line.sha256After = exporter.outcomes()[i].sha256After;
            line.loss = exporter.outcomes()[i].loss;
            line.source = sourceName(edit);
            out.edits.push_back(std::move(line));
        }
        out.untouchedTensors = m_plan.untouchedTensors;
        out.untouchedBytes = m_plan.untouchedBytes;
        out.comparedBytes = exporter.state().compared;
        out.clonedBytes = exporter.state().cloned;
        out.copiedBytes = exporter.state().copied;
        out.equal = m_plan.options.verify != VerifyChoice::None;
        out.leftOut = m_plan.leftOut;
        out.findingsLeft = m_plan.findingsLeft;
        out.muted = m_plan.options.muted;
        out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        struct rusage usage {};
        if (::getrusage(RUSAGE_SELF, &usage) == 0) {
            out.peakRssBytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
        }
        return out;
    }

    const Checkpoint& m_checkpoint;
    const FixPlan& m_plan;
    const JobContext& m_job;
    std::unordered_map<std::string_view, const SourceFile*> m_sources; ///< by path
    std::unique_ptr<Staging> m_staging;
};

} // namespace

Result<Receipt> applyPlan(const Checkpoint& checkpoint, const FixPlan& plan, const JobContext& job)
{
    if (plan.empty()) {
        Receipt nothing;
        nothing.source = plan.source;
        nothing.profile = plan.profile;
        nothing.untouchedTensors = plan.untouchedTensors;
        nothing.untouchedBytes = plan.untouchedBytes;
        nothing.findingsLeft = plan.findingsLeft;
        nothing.muted = plan.options.muted;
        return nothing;
    }
    return Applying(checkpoint, plan, job).run();
}

} // namespace ckptscope
