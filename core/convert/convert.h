// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "core/fix/apply.h"
#include "core/fix/plan.h"
#include "core/job.h"
#include "core/model/checkpoint.h"
#include "core/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ckptscope {

/// What a conversion writes.
enum class ConvertTarget : std::uint8_t {
    Folder, ///< a Hugging Face folder: model.safetensors, or shards and an index, and the small files beside the source
    File,   ///< one .safetensors file
    Torch,  ///< one torch.save file
};

struct ConvertOptions {
    std::string output; ///< where it goes; empty: only to be looked at
    ConvertTarget target = ConvertTarget::Folder;
    std::uint64_t maxShardBytes = 5'000'000'000; ///< of tensors in a shard; a larger tensor has a shard to itself
    std::vector<std::string> only;               ///< key globs; given: nothing is chosen automatically
    std::vector<std::string> drops;              ///< key globs, left out
    std::vector<std::string> strip;              ///< prefixes to take off names, one after the other
    bool keepNames = false;                      ///< choose no part and take no wrapper off: every tensor under its own name
    DType dequantize = DType::Unknown;           ///< F32, F16, BF16 (or F64): what values of quantised blocks become; Unknown: they are refused
    bool fix = false;                            ///< also what rules ask of the result, as `edits` says
    /// With `fix`: advice, only, renames, tensors, muted. Always: casts (names of the result), metadata, device, and the edits by hand of the
    /// source's tensors, but for those that need a donor: a conversion has none. Of the rest nothing is used.
    FixOptions edits;
    FilesChoice files = FilesChoice::Needed;
    bool followOutside = false; ///< files that come along may be links that leave the folder, as OpenOptions::followOutside
    bool verify = true;         ///< read back what was written
    bool force = false;         ///< replace an OUT that exists, in one step
};

/// One tensor of the result.
struct ConvertItem {
    std::uint32_t tensor = 0;        ///< index into the source's Checkpoint::tensors()
    std::string key;                 ///< in the result
    DType dtype = DType::Unknown;    ///< in the result
    std::uint64_t bytes = 0;         ///< in the result
    std::uint32_t file = 0;          ///< index into ConvertPlan::files
    std::uint64_t target = 0;        ///< its place in that file, from the file's start
    std::uint32_t edit = UINT32_MAX; ///< index into ConvertPlan::edits of the cast, where there is one
};

/// Everything that turns a checkpoint of any format into safetensors; plain data.
struct ConvertPlan {
    std::string source;       ///< as the user gave it
    std::string sourceFormat; ///< "torch", "dcp", "gguf" ...
    std::string output;       ///< absolute
    std::string partialName;
    std::string profile;
    ConvertOptions options;
    std::string part;                                         ///< the part of a trainer's checkpoint that was chosen, with its dot; empty: all
    std::vector<std::string> stripped;                        ///< wrappers that were taken off names
    std::vector<ConvertItem> items;                           ///< in source order
    std::vector<OutputFile> files;                            ///< Rewritten: weights; Whole and Text: what comes along
    std::vector<Edit> edits;                                  ///< of values: by rules, casts, dequantisation; `tensor` is the source's index
    std::vector<std::pair<std::string, std::string>> aliases; ///< dropped name, kept name: one storage
    std::vector<SourceFile> sources;
    std::vector<Error> notes;                ///< what the user should know, worded by core/report/messages.h
    std::vector<std::string> leftOut;        ///< files that are not taken along
    std::vector<std::string> leftOutTensors; ///< in front of what names the left out tensors have: "optimizer", "epoch"; at most 100
    std::uint64_t tensorsLeftOut = 0;
    std::uint64_t weightFiles = 0;
    std::uint64_t tensorBytes = 0;  ///< of the result
    std::uint64_t outputBytes = 0;  ///< of all files
    std::uint64_t findingsLeft = 0; ///< violations in the result (only with `fix`)
    std::uint64_t unmendable = 0;   ///< those of them that no cast can mend
};

/// Chooses tensors, names and shards. Refuses: damaged checkpoints, tensors that safetensors cannot hold (Code::ConvertCannot,
/// Code::ConvertBlocks: say so or drop them), names that collide, places as planFix() does. Touches no file.
Result<ConvertPlan> planConvert(const std::shared_ptr<const Checkpoint>& checkpoint, const ConvertOptions& options, const CheckOptions& how = {},
                                const JobContext& job = {});

/// The same work as the plan of a repair, which can be saved and carried out in parts (core/fix/planfile.h).
[[nodiscard]] FixPlan planToApply(const Checkpoint& checkpoint, const ConvertPlan& plan);

/// Writes the result beside its final name, flushes, reads back, renames: whole or not at all. On any error, or a stop request
/// (Code::Cancelled), nothing is left. Streams in at most job.maxMemory bytes of buffers; reports Phase::Copying in bytes.
Result<Receipt> applyConvert(const std::shared_ptr<const Checkpoint>& checkpoint, const ConvertPlan& plan, const JobContext& job = {});

} // namespace ckptscope
