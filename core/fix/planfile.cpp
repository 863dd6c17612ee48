// SPDX-License-Identifier: Apache-2.0
#include "core/fix/planfile.h"

#include "core/fix/header.h"
#include "core/formats/formatreader.h"
#include "core/io/digest.h"
#include "core/io/output.h"
#include "core/report/json.h"
#include "core/values/elementstream.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <sys/stat.h>
#include <unordered_map>
#include <unordered_set>

namespace ckptscope {

namespace {

namespace fs = std::filesystem;

/// A number in a form of its own, so that lists cannot run into each other.
void addNumber(Digest128& digest, std::uint64_t value)
{
    std::byte bytes[8];
    for (std::size_t i = 0; i < sizeof(bytes); ++i) {
        bytes[i] = static_cast<std::byte>(value >> (8 * i) & 0xFFU);
    }
    digest.add(bytes);
}

std::string absolute(const std::string& path)
{
    std::error_code code;
    auto out = fs::absolute(path, code).lexically_normal();
    return path.starts_with('/') || code ? path : out.string();
}

/// Adds the files of a checkpoint that are not among these yet, and headers that were not hashed.
Result<void> addFiles(const Checkpoint& checkpoint, std::vector<SourceFile>& files)
{
    std::unordered_map<std::string, std::size_t> known;
    for (std::size_t i = 0; i < files.size(); ++i) {
        known.emplace(files[i].path, i);
    }
    for (const Shard& shard : checkpoint.shards()) {
        if (shard.state != Shard::State::Ok) {
            continue;
        }
        const std::string path = absolute(shard.path);
        const auto [found, fresh] = known.emplace(path, files.size());
        if (fresh) {
            files.push_back(SourceFile{path, shard.identity, {}});
        }
        SourceFile& file = files[found->second];
        if (file.headerHash.empty() && shard.dataStart > 0) {
            auto hash = headerHash(path, shard.dataStart);
            if (!hash) {
                return hash.error();
            }
            file.headerHash = *std::move(hash);
        }
    }
    return {};
}

Error changed(const std::string& path, std::string what)
{
    return inFile(fail(Code::PlanSourceChanged, {std::move(what)}), path);
}

/// Compares sizes and times; takes over how this machine numbers the file.
Result<void> recognise(std::vector<SourceFile>& sources, const JobContext& job)
{
    for (SourceFile& source : sources) {
        if (job.stop.stop_requested()) {
            return fail(Code::Cancelled);
        }
        struct stat status { };
        if (::stat(source.path.c_str(), &status) != 0) {
            return changed(source.path, "it is not there, or cannot be looked at");
        }
        const FileIdentity now = identityOf(status);
        const FileIdentity then = source.identity;
        if (now.bytes != then.bytes) {
            return changed(source.path, "it had " + std::to_string(then.bytes) + " bytes and has " + std::to_string(now.bytes));
        }
        if (now.modifiedNs != then.modifiedNs) {
            return changed(source.path, "it was modified since");
        }
        if (now.device == then.device && now.inode != then.inode) {
            return changed(source.path, "another file took its place");
        }
        source.identity = now;
    }
    return {};
}

Result<std::shared_ptr<const Checkpoint>> open(const PlannedCheckpoint& opening, std::vector<SourceFile>& sources, const JobContext& job)
{
    if (auto done = recognise(sources, job); !done) {
        return done.error();
    }
    OpenOptions how;
    how.followOutside = opening.follow;
    auto opened = openCheckpoint(opening.paths, how, job);
    if (!opened) {
        return opened;
    }
    std::unordered_map<std::string_view, const SourceFile*> byPath;
    for (const SourceFile& source : sources) {
        byPath.emplace(source.path, &source);
    }
    for (const Shard& shard : (*opened)->shards()) {
        const auto source = byPath.find(shard.path);
        if (source == byPath.end()) {
            if (shard.state == Shard::State::Ok) {
                return changed(shard.path, "it was not there");
            }
            continue;
        }
        if (!(source->second->identity == shard.identity)) {
            return changed(shard.path, "it changes just now");
        }
        if (!source->second->headerHash.empty()) {
            auto hash = headerHash(shard.path, std::min(shard.dataStart, shard.bytes));
            if (!hash) {
                return hash.error();
            }
            if (*hash != source->second->headerHash) {
                return changed(shard.path, "its header is another one");
            }
        }
    }
    if (tensorsHash(**opened) != opening.tensors) {
        return changed((*opened)->path(), "its list of tensors is another one");
    }
    return opened;
}

/// What a plan copies comes of the checkpoint and its folder, and of nowhere else.
Result<void> checkReach(const FixPlan& plan, const Checkpoint& checkpoint)
{
    std::unordered_set<std::string_view> known;
    for (const Shard& shard : checkpoint.shards()) {
        known.insert(shard.path);
    }
    if (checkpoint.index()) {
        known.insert(checkpoint.index()->path);
    }
    const std::string folder = checkpoint.folder() + '/';
    std::unordered_map<std::string_view, std::uint64_t> bytes;
    for (const SourceFile& source : plan.sources) {
        if (!known.contains(source.path) && !source.path.starts_with(folder)) {
            return inFile(fail(Code::PlanFile, {"it reads a file that does not belong to the checkpoint"}), source.path);
        }
        bytes.emplace(source.path, source.identity.bytes);
    }
    for (const OutputFile& file : plan.files) {
        for (const Segment& segment : file.segments) {
            if (segment.kind != Segment::Kind::Copy) {
                continue;
            }
            const bool shard = segment.shard < checkpoint.shards().size();
            const std::uint64_t size = shard ? checkpoint.shards()[segment.shard].bytes : file.sourcePath.empty() ? 0 : bytes[file.sourcePath];
            if (segment.source > size || segment.length > size - segment.source) {
                return inFile(fail(Code::PlanFile, {"a segment is copied from behind the end"}), file.name, segment.target);
            }
        }
    }
    return {};
}

} // namespace

std::string tensorsHash(const Checkpoint& checkpoint)
{
    Digest128 digest;
    digest.add(checkpoint.format());
    addNumber(digest, checkpoint.shards().size());
    for (const Shard& shard : checkpoint.shards()) {
        addNumber(digest, shard.file.size());
        digest.add(shard.file);
        addNumber(digest, shard.bytes);
    }
    addNumber(digest, checkpoint.tensors().size());
    for (const TensorInfo& tensor : checkpoint.tensors()) {
        addNumber(digest, tensor.key.size());
        digest.add(tensor.key);
        const std::string_view spelling = tensor.dtypeText();
        addNumber(digest, spelling.size());
        digest.add(spelling);
        addNumber(digest, tensor.shape.size());
        for (const std::uint64_t size : tensor.shape) {
            addNumber(digest, size);
        }
        addNumber(digest, tensor.shard);
        addNumber(digest, tensor.bytes.offset);
        addNumber(digest, tensor.bytes.length);
        addNumber(digest, tensor.extra != nullptr && tensor.extra->layout ? tensor.extra->layout->index() + 1 : 0);
    }
    return digest.hex();
}

Result<void> makeSavable(FixPlan& plan, const Checkpoint& checkpoint, const std::vector<std::string>& paths, bool follow,
                         const std::vector<std::string>& donorPaths)
{
    if (plan.options.inPlace) {
        return fail(Code::PlanInPlace);
    }
    plan.opening = {{}, follow, tensorsHash(checkpoint)};
    std::transform(paths.begin(), paths.end(), std::back_inserter(plan.opening.paths), absolute);
    for (SourceFile& source : plan.sources) {
        source.path = absolute(source.path);
    }
    for (OutputFile& file : plan.files) {
        file.sourcePath = file.sourcePath.empty() ? std::string() : absolute(file.sourcePath);
    }
    // Every shard that is opened is known, also one that nothing is taken from: the numbers of tensors depend on all.
    if (auto done = addFiles(checkpoint, plan.sources); !done) {
        return done;
    }
    if (plan.options.donor) {
        const Checkpoint& donor = *plan.options.donor->donor();
        plan.donorOpening = {{}, follow, tensorsHash(donor)};
        std::transform(donorPaths.begin(), donorPaths.end(), std::back_inserter(plan.donorOpening.paths), absolute);
        if (auto done = addFiles(donor, plan.donorSources); !done) {
            return done;
        }
    }
    return {};
}

Result<void> savePlan(const FixPlan& plan, const std::string& path)
{
    if (plan.donorRefused()) { // the file says nothing of those tensors but that they are widened: nobody would be asked again
        return *std::find_if(plan.donorMatches.begin(), plan.donorMatches.end(), [](const DonorMatch& match) { return !match.usable(); })->refusal;
    }
    return writeWhole(path, [&](const auto& put) { report::writePlanJson(plan, put); });
}

Result<SavedPlan> loadPlan(const std::string& path)
{
    auto text = readSmallFile(path, MostPlanBytes);
    if (!text) {
        return text.error();
    }
    auto plan = readPlan(*text, path);
    if (!plan) {
        return plan.error();
    }
    Digest128 digest;
    digest.add(*text);
    SavedPlan saved{*std::move(plan), digest.hex()};
    return saved.digest.empty() ? Result<SavedPlan>(fail(Code::Internal, {"no memory for a hash"})) : Result<SavedPlan>(std::move(saved));
}

Result<BoundPlan> bindPlan(SavedPlan saved, const JobContext& job)
{
    BoundPlan bound;
    bound.plan = std::move(saved.plan);
    bound.digest = std::move(saved.digest);
    auto source = open(bound.plan.opening, bound.plan.sources, job);
    if (!source) {
        return source.error();
    }
    bound.checkpoint = *std::move(source);
    if (auto done = checkReach(bound.plan, *bound.checkpoint); !done) {
        return done.error();
    }
    if (!bound.plan.donorOpening.paths.empty()) {
        auto donor = open(bound.plan.donorOpening, bound.plan.donorSources, job);
        if (!donor) {
            return donor.error();
        }
        bound.plan.options.donor = std::make_shared<DonorMatcher>(bound.checkpoint, *std::move(donor));
    }
    return bound;
}

} // namespace ckptscope
