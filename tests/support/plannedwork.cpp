// SPDX-License-Identifier: Apache-2.0
#include "tests/support/plannedwork.h"

#include "core/convert/convert.h"
#include "core/fix/donor.h"
#include "tests/support/fixreport.h"
#include "tests/support/gdnfolder.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/torchfile.h"

#include <QtGlobal>

#include <filesystem>

namespace ckptscope::test {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void die(const Error& error)
{
    qFatal("cannot plan: %s %s", codeInfo(error.code).id.data(), error.args.empty() ? "" : error.args.front().c_str());
}

/// A donor whose F32 values round to the BF16 ones of a folder, each a little above.
std::string writeDonor(const TempDir& dir, const Checkpoint& checkpoint)
{
    SafetensorsFile file;
    for (const auto& [key, tensor] : readTensors(checkpoint)) {
        if (key.ends_with("A_log") || key.ends_with("dt_bias")) {
            std::string wide = widenBf16(tensor.second);
            for (std::size_t i = 0; i < wide.size(); i += 4) {
                const bool odd = (static_cast<unsigned char>(wide[i + 3]) & 0x7FU) == 0x7FU; // NaN and Inf stay what they are
                wide[i] = odd ? '\0' : '\1';
            }
            const std::uint64_t elements = wide.size() / 4;
            file.add(key, "F32", {elements}, std::move(wide));
        }
    }
    file.write(dir.path("donor/model.safetensors"));
    return dir.path("donor");
}

} // namespace

std::vector<std::string> plannedKinds()
{
    return {"folder",        "folder, full verification", "folder, copies", "folder, hard links",   "one file",
            "one huge file", "casts, names, metadata",    "torch",          "torch to safetensors", "convert",
            "donor"};
}

PlannedWork planWork(const TempDir& dir, const std::string& kind, const std::string& out, bool force)
{
    PlannedWork work;
    FixOptions options;
    options.force = force;
    std::string source;
    std::vector<std::string> donor;
    if (kind == "one file") {
        SafetensorsFile file;
        file.metadata("format", "pt").addValue("layers.0.linear_attn.A_log", "BF16", {32}, 1.5).addValue("layers.0.w", "BF16", {4096}, 2);
        source = dir.path("in.safetensors");
        file.write(source);
        options.output = dir.path(out + ".safetensors");
    } else if (kind == "one huge file") {
        GdnFolder what;
        what.shards = 1;
        what.plainShardAtEnd = false;
        what.layersPerShard = 6;
        what.longElements = 512 * 1024;
        source = writeGdnFolder(dir, "in", what);
    } else if (kind.starts_with("torch") || kind == "convert") {
        source = writeTorchFolder(dir, "in");
        options.to = kind == "torch" ? FixTarget::Torch : FixTarget::Safetensors;
    } else {
        source = writeGdnFolder(dir, "in");
    }
    if (options.output.empty()) {
        options.output = dir.path(out);
    }
    options.verify = kind == "folder, full verification" ? VerifyChoice::Full : VerifyChoice::Edited;
    options.link = kind == "folder, copies" ? LinkChoice::Copy : kind == "folder, hard links" ? LinkChoice::Hard : LinkChoice::Auto;
    if (kind == "casts, names, metadata") {
        options.casts = {{"*.in_proj_qkvz.weight", DType::F32}, {"*.out_proj.weight", DType::F16}};
        options.renames = {{"model.layers.0.", "model.layers.9."}};
        options.drops = {"model.norm.*"};
        options.metadata = {{"made", "by hand"}};
    }
    work.checkpoint = openOrDie(source);
    if (kind == "donor") {
        donor = {writeDonor(dir, *work.checkpoint)};
        options.donor = std::make_shared<DonorMatcher>(work.checkpoint, openOrDie(donor.front()));
    }
    if (kind == "convert") {
        ConvertOptions how;
        how.output = options.output;
        how.force = force;
        how.maxShardBytes = 4096;
        const auto planned = planConvert(work.checkpoint, how);
        if (!planned) {
            die(planned.error());
        }
        work.plan = planToApply(*work.checkpoint, *planned);
    } else {
        auto planned = planFix(*work.checkpoint, fp32Report(*work.checkpoint), options);
        if (!planned) {
            die(planned.error());
        }
        work.plan = *std::move(planned);
    }
    if (auto done = makeSavable(work.plan, *work.checkpoint, {source}, false, donor); !done) {
        die(done.error());
    }
    work.output = work.plan.output;
    return work;
}

Result<BoundPlan> bindSaved(const TempDir& dir)
{
    auto saved = loadPlan(dir.path("plan.json"));
    return saved ? bindPlan(*std::move(saved)) : Result<BoundPlan>(saved.error());
}

Result<BoundPlan> saveAndBind(const TempDir& dir, const PlannedWork& work)
{
    if (auto done = savePlan(work.plan, dir.path("plan.json")); !done) {
        return done.error();
    }
    return bindSaved(dir);
}

std::map<std::string, std::string> readOutput(const std::string& output)
{
    if (fs::is_directory(output)) {
        return readTree(output);
    }
    const fs::path path(output);
    std::map<std::string, std::string> all = readTree(path.parent_path().string());
    return {{path.filename().string(), all[path.filename().string()]}};
}

} // namespace ckptscope::test
