// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "core/fix/donor.h"
#include "core/fix/handedits.h"
#include "core/job.h"
#include "core/model/checkpoint.h"
#include "core/result.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ckptscope {

enum class EditOp : std::uint8_t { Cast, Relabel, TakeFromDonor, Rename, Drop };
[[nodiscard]] std::string_view editOpName(EditOp op) noexcept; ///< "cast", "relabel", "donor", "rename", "drop"

/// One change to one tensor.
struct Edit {
    std::uint32_t tensor = 0; ///< index into the source's Checkpoint::tensors()
    EditOp op = EditOp::Cast;
    DType from = DType::Unknown;
    DType to = DType::Unknown;
    std::string key;    ///< as stored in the source
    std::string newKey; ///< for Rename
    std::string rule;   ///< what asked for it: a rule or audit id, "--cast", "--rename"; shown and grouped by
    [[nodiscard]] bool asked() const noexcept { return rule.starts_with("--"); } ///< by somebody, not by a finding
    Severity severity = Severity::Violation;
    bool lossless = true;
    std::int64_t bytesDelta = 0;            ///< by how much the output grows
    std::uint32_t donorTensor = UINT32_MAX; ///< TakeFromDonor: index into the donor's tensors
    bool operator==(const Edit&) const = default;
};

enum class FilesChoice : std::uint8_t { Needed, All };
enum class VerifyChoice : std::uint8_t { Edited, Full, None };
enum class LinkChoice : std::uint8_t { Auto, Copy, Reflink, Hard };
/// What a repaired torch checkpoint is written as; other formats are written as they are.
enum class FixTarget : std::uint8_t { Safetensors, Torch };
[[nodiscard]] std::optional<LinkChoice> linkChoiceFromName(std::string_view name) noexcept;
[[nodiscard]] std::optional<VerifyChoice> verifyChoiceFromName(std::string_view name) noexcept;

struct FixOptions {
    std::string output;                                        ///< where the repaired checkpoint goes; empty only with inPlace
    bool advice = false;                                       ///< also what advice asks for
    std::vector<std::string> only;                             ///< rule ids or key globs; empty: all
    std::vector<std::pair<std::string, DType>> casts;          ///< --cast GLOB=DTYPE
    std::vector<std::pair<std::string, std::string>> renames;  ///< --rename FROM=TO, prefixes
    std::vector<std::string> drops;                            ///< --drop GLOB
    std::vector<std::pair<std::string, std::string>> metadata; ///< --set-metadata K=V
    std::vector<std::string> metadataRemovals;                 ///< --remove-metadata K
    HandEdits
        hand; ///< the window's, of single tensors: beside, and before, what the others ask for; their rules are "--cast", "--drop", "--donor-take"
    std::optional<std::vector<std::uint32_t>> tensors; ///< the window's check boxes: only edits of these tensors; nullopt: all
    FixTarget to = FixTarget::Safetensors;
    FilesChoice files = FilesChoice::Needed;
    bool followOutside = false; ///< files that come along may be links that leave the folder, as OpenOptions::followOutside
    VerifyChoice verify = VerifyChoice::Edited;
    LinkChoice link = LinkChoice::Auto;
    std::string device = "auto"; ///< "auto", "cpu", "cuda", "cuda:N"
    /// Where precision comes from: the wide values of what findings ask to have cast to F32, and of contract tensors whose F32 is only storage.
    std::shared_ptr<const DonorMatcher> donor;
    bool donorPartial = false; ///< what the donor is refused for is widened; else planFix() gives a plan whose donorRefused() is true
    bool force = false;
    bool inPlace = false;
    std::vector<std::string> muted; ///< rules that the report was made without: named in the receipt
    bool hashes = true;             ///< SHA-256 of edited tensors, for the receipt
};

/// Elements of a source shard that are cast although no tensor of the list names just these: a torch storage that views share.
struct SourceView {
    std::uint32_t shard = 0;
    DType dtype = DType::Unknown;
    std::uint64_t elements = 0;
    ByteRange bytes;        ///< as stored
    std::uint64_t skip = 0; ///< decoded bytes in front of the first element (`codec`)
    std::string codec;      ///< as Packed::codec; empty: stored as they are
    bool operator==(const SourceView&) const = default;
};

/// A piece of an output file.
struct Segment {
    enum class Kind : std::uint8_t {
        Copy,    ///< bytes of a source file as they are
        Edited,  ///< what an edit makes of a tensor's elements
        Gather,  ///< a tensor's elements in row-major order, little-endian, whatever its layout
        Literal, ///< bytes of OutputFile::text
    } kind = Kind::Copy;
    std::uint64_t target = 0;          ///< from the output file's start
    std::uint64_t length = 0;          ///< in the output
    std::uint64_t source = 0;          ///< Copy: from the source file's start; Literal: from the text's start
    std::uint32_t edit = 0;            ///< Edited: index into FixPlan::edits
    std::uint32_t tensor = UINT32_MAX; ///< Gather: the source's tensor
    std::uint32_t shard = UINT32_MAX;  ///< Copy: the source's shard that is read; UINT32_MAX: OutputFile::sourcePath
    std::uint32_t view = UINT32_MAX;   ///< Edited: index into FixPlan::views, read in place of the edit's tensor
    bool shareable = false;            ///< source and target agree modulo 4096: blocks can be cloned
    bool operator==(const Segment&) const = default;
};

/// A CRC-32 that is known once a segment is written.
struct SegmentSum {
    std::uint32_t segment = 0;
    std::vector<std::uint64_t> places; ///< where it is written, four bytes little-endian, in Literal segments
    bool operator==(const SegmentSum&) const = default;
};

struct OutputFile {
    enum class Kind : std::uint8_t {
        Whole,     ///< a copy (or clone) of a source file, byte for byte
        Rewritten, ///< put together: header, then segments
        Text,      ///< small content that the plan holds: the index, config.json
    } kind = Kind::Whole;
    std::string name;                 ///< below the output folder; the file's name where the output is one file
    std::string sourcePath;           ///< Whole, Rewritten; empty: its segments name their shards
    std::uint32_t shard = UINT32_MAX; ///< which weight file it is, as the source numbers them where it is one of them; UINT32_MAX: none
    std::uint64_t bytes = 0;          ///< of the finished file
    std::string header;               ///< Rewritten: all bytes in front of the buffer (length, JSON, padding)
    std::vector<Segment> segments;    ///< Rewritten: ascending, dense behind the header
    std::string text;                 ///< Text; of Rewritten what Literal segments are made of
    std::vector<SegmentSum> sums;     ///< Rewritten
    bool operator==(const OutputFile&) const = default;
};

/// What a source file was when the plan was made; a plan is refused when it changed.
struct SourceFile {
    std::string path;
    FileIdentity identity;
    std::string headerHash; ///< hex xxh3-128 of a shard's header, empty for other files
    bool operator==(const SourceFile&) const = default;
};

/// How a process that has nothing but a saved plan finds a checkpoint again, and knows it (core/fix/planfile.h).
struct PlannedCheckpoint {
    std::vector<std::string> paths; ///< absolute, what openCheckpoint() is to be given; empty: the plan was not made to be saved
    bool follow = false;            ///< --follow
    std::string tensors;            ///< hex xxh3-128 of the list of tensors: keys, dtypes, shapes, places
    bool operator==(const PlannedCheckpoint&) const = default;
};

/// Everything that turns source into output; plain data.
struct FixPlan {
    std::string source; ///< as the user gave it
    std::string output; ///< absolute
    bool outputIsFolder = true;
    std::string partialName; ///< last part of the hidden-until-done sibling: "NAME.partial-XXXX"
    std::string profile;
    FixOptions options;
    std::vector<Edit> edits;
    std::vector<OutputFile> files;
    std::vector<SourceView> views;
    std::vector<SourceFile> sources;
    std::vector<Error> notes;         ///< what the user should know, worded by core/report/messages.h
    std::vector<std::string> leftOut; ///< files that are not taken along, with a trailing "/" for folders
    std::uint64_t outputBytes = 0;    ///< of all files
    std::uint64_t copiedBytes = 0;    ///< that must be written even where blocks are shared
    std::uint64_t shareableBytes = 0; ///< that a file system with shared blocks need not write
    std::uint64_t untouchedTensors = 0;
    std::uint64_t untouchedBytes = 0;
    std::uint64_t findingsLeft = 0; ///< violations that no edit of this plan mends
    std::uint64_t unmendable = 0;   ///< those of them that were to be mended, and no cast can
    bool repairsIndex = false;      ///< a finding asks for it: weight_map and total_size follow the shards
    bool always = false;            ///< written without an edit, too: another format is
    PlannedCheckpoint opening;
    PlannedCheckpoint donorOpening;
    std::vector<SourceFile> donorSources; ///< the donor's files, as they were
    std::vector<DonorMatch> donorMatches; ///< one a tensor that the donor was asked for, in the order of tensors
    /// A donor was asked for, and must not be taken for a tensor: applyPlan() refuses such a plan, unless the user wants what fits.
    [[nodiscard]] bool donorRefused() const noexcept
    {
        return !options.donorPartial
            && std::any_of(donorMatches.begin(), donorMatches.end(), [](const DonorMatch& match) { return !match.usable(); });
    }
    [[nodiscard]] bool empty() const noexcept
    {
        return !always && edits.empty() && options.metadata.empty() && options.metadataRemovals.empty() && !repairsIndex;
    }
};

/// Lists the edits that findings (and --cast, --rename, --drop) ask for, with no output laid out: what the dialog shows with check boxes.
/// `notes`, where given, takes what the user should know of what was asked for and isn't among them.
Result<std::vector<Edit>> proposeEdits(const Checkpoint& checkpoint, const CheckReport& report, const FixOptions& options,
                                       std::vector<Error>* notes = nullptr);

/// Lays out the whole output. Refuses: damaged checkpoints (Code::FixDamaged), formats it cannot write, OUT that is the source, lies inside
/// it or holds it, a missing parent, an existing OUT without force. Writes nothing;
/// reads element values only where there is a donor.
Result<FixPlan> planFix(const Checkpoint& checkpoint, const CheckReport& report, const FixOptions& options, const JobContext& job = {});

/// Whether the place where a plan writes can take it.
struct SpaceCheck {
    std::uint64_t free = 0;    ///< to this user
    std::uint64_t needed = 0;  ///< with blocks shared where the file system can
    std::uint64_t shared = 0;  ///< bytes that need no room
    bool sharesBlocks = false; ///< probed by cloning a block beside the output
    [[nodiscard]] bool enough() const noexcept { return free >= needed; }
};
Result<SpaceCheck> checkSpace(const FixPlan& plan);

} // namespace ckptscope
