// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/job.h"
#include "core/model/checkpoint.h"
#include "core/result.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ckptscope {

/// One entry of a folder listing.
struct FolderEntry {
    std::string name;
    std::uint64_t bytes = 0;
    bool regular = false; ///< after following a symlink
    bool folder = false;
    bool symlink = false;
    bool dangling = false; ///< a symlink to nothing
    bool outside = false;  ///< a symlink that leaves the folder, other than into the Hugging Face cache's blobs
};

/// What the user named, opened just far enough to tell what it is.
struct Source {
    std::string path; ///< to open it
    std::string name; ///< as shown in messages
    bool isFolder = false;
    File file;                                                               ///< open, where it is a file
    std::vector<std::byte> head;                                             ///< first 4096 bytes of a file, or fewer
    std::vector<std::byte> tail;                                             ///< last 66,000 bytes of a file, or fewer (zip end records)
    std::vector<FolderEntry> entries;                                        ///< of a folder, sorted by name
    [[nodiscard]] bool hasExtension(std::string_view dotted) const noexcept; ///< ".safetensors", case ignored
    [[nodiscard]] std::string_view headText() const noexcept;
};

struct OpenOptions {
    bool followOutside = false; ///< --follow: symlinks that leave the folder
};

/// One checkpoint format. Stateless: open() may run on several threads at once.
/// A new format is one formats/NAME.cpp and one line in formats.inc.
class FormatReader {
public:
    virtual ~FormatReader() = default;
    [[nodiscard]] virtual std::string_view name() const noexcept = 0;
    /// Decides from what the source offers cheaply: first and last bytes, names in a folder; never fails.
    [[nodiscard]] virtual bool recognises(const Source& source) const noexcept = 0;
    /// Reads headers, not weights. For a file: exactly one shard (index 0) with file and path left to the caller.
    /// Fails only where nothing at all can be listed; else what is wrong stands in `problems`.
    virtual Result<CheckpointParts> open(const Source& source, const OpenOptions& options, const JobContext& job) const = 0;
};

#define CKPTSCOPE_FORMAT(reader) [[nodiscard]] const FormatReader& reader() noexcept;
#include "core/formats/formats.inc"
#undef CKPTSCOPE_FORMAT

/// Every reader, in the order in which they are asked.
[[nodiscard]] std::span<const FormatReader* const> formatReaders() noexcept;

/// Caps on what a file may claim; tests lower them. Sources: formats.md section 9.
struct Limits {
    std::uint64_t safetensorsHeader = 100'000'000; ///< huggingface/safetensors safetensors/src/tensor.rs MAX_HEADER_SIZE
    std::uint64_t tensorsPerFile = 2'000'000;
    std::uint32_t rank = 64;
    std::uint64_t indexJson = 256ULL << 20U;
    std::uint64_t configJson = 16ULL << 20U;
    std::uint64_t ggufKeys = 1'000'000;        ///< keys of a file
    std::uint64_t ggufKeyBytes = 65'535;       ///< of a key: ggml-org/ggml docs/gguf.md
    std::uint64_t ggufString = 64ULL << 20U;   ///< bytes of one string value
    std::uint64_t ggufArray = 1ULL << 30U;     ///< elements of one array: ggml-org/ggml src/gguf.cpp
    std::uint64_t ggufAlignment = 1ULL << 20U; ///< general.alignment
    int ggufNesting = 4;                       ///< arrays in arrays
    std::uint64_t heldMetadata = 16ULL << 20U; ///< bytes of metadata text held in memory; the rest stays a MetadataPlace
    std::uint64_t npyHeader = 1ULL << 20U;     ///< bytes of a header; NumPy itself wants allow_pickle above 10,000
    std::uint32_t problemsPerCode = 200;       ///< further ones are counted, not kept
};
[[nodiscard]] Limits& limits() noexcept;

/// Opens what the user named: a file, a folder, an index, or several shards of one checkpoint. Resolves which files belong together,
/// reads them in parallel, adds config.json, and records index facts for the audits.
Result<std::shared_ptr<const Checkpoint>> openCheckpoint(const std::vector<std::string>& paths, const OpenOptions& options = {},
                                                         const JobContext& job = {});

} // namespace ckptscope
