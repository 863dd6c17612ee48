// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/io/file.h"
#include "core/model/modelconfig.h"
#include "core/model/tensorinfo.h"
#include "core/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ckptscope {

/// What is wrong, or worth saying, about a file or folder that did open. Wording: core/report/messages.h.
struct Problem {
    Severity severity = Severity::Error;
    Error what;                          ///< code, file, offset, args
    std::optional<std::uint32_t> tensor; ///< index into Checkpoint::tensors()
};

/// A metadata value that is too long to hold: read it from its shard when somebody looks.
struct MetadataPlace {
    std::uint32_t shard = 0;
    ByteRange bytes;
    std::string type;        ///< "string", "array of u32" ...
    std::uint64_t count = 0; ///< elements of an array, else 0
    bool operator==(const MetadataPlace&) const = default;
};
using MetadataValue = std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, MetadataPlace>;

struct MetadataEntry {
    std::string key; ///< dotted where the source nests
    MetadataValue value;
    std::string origin; ///< "__metadata__", "gguf", "pickle"
    std::uint32_t shard = 0;
};

/// A global that a pickle names. Nothing is ever imported or called.
struct PickleGlobal {
    enum class Grade : std::uint8_t { Known, Unknown, Dangerous };
    std::string module;
    std::string name;
    Grade grade = Grade::Unknown;
    bool called = false;      ///< by REDUCE, NEWOBJ, OBJ, INST or BUILD; else only mentioned
    std::uint64_t offset = 0; ///< in the shard's file
    std::uint32_t shard = 0;
};

/// One file of a checkpoint.
struct Shard {
    enum class State : std::uint8_t { Ok, Missing, Unreadable, Damaged };
    std::string file; ///< as shown: relative to the checkpoint's folder
    std::string path; ///< to open it
    State state = State::Ok;
    bool listed = true;            ///< false: lies in the folder, but the index does not name it
    FileIdentity identity;         ///< when it was read
    std::uint64_t bytes = 0;       ///< of the file
    std::uint64_t dataStart = 0;   ///< safetensors: 8 + N, where the byte buffer begins
    std::uint64_t headerBytes = 0; ///< safetensors: N
    std::uint32_t tensors = 0;
    std::uint32_t firstTensor = 0;    ///< its tensors are [firstTensor, firstTensor + tensors) of Checkpoint::tensors()
    bool hasMetadata = false;         ///< a __metadata__ object stands in the header, maybe empty
    std::uint32_t metadataOffset = 0; ///< of the "__metadata__" key in the header
};

/// What *.index.json says.
struct IndexFacts {
    std::string file; ///< as shown
    std::string path;
    std::vector<std::pair<std::string, std::string>>
        weightMap; ///< tensor, shard file; in file order, duplicates kept, only entries whose path is safe
    std::optional<std::uint64_t> totalSize;
    bool hasMetadata = false;
    std::vector<std::string> shardFiles; ///< distinct, sorted as a loader reads them
};

/// A weight file of another kind, or other file, that lies beside the checkpoint's shards.
struct Neighbour {
    std::string file;
    std::uint64_t bytes = 0;
    enum class Kind : std::uint8_t { Small, OtherWeights, Large, Special } kind = Kind::Small; ///< Special: FIFO, socket, dangling link ...
    bool operator==(const Neighbour&) const = default;
};

/// What a reader puts together. Private to formats/ and tests; everybody else sees Checkpoint.
struct CheckpointParts {
    std::string path;      ///< as the user gave it
    std::string folder;    ///< absolute folder that holds the shards
    bool isFolder = false; ///< PATH is one file that stands alone: false
    std::string format;    ///< "safetensors", "torch", "dcp", "gguf", "npy", "npz"
    std::vector<Shard> shards;
    std::vector<TensorInfo> tensors;
    std::vector<MetadataEntry> metadata;
    std::vector<PickleGlobal> globals;
    std::vector<Problem> problems;
    std::optional<IndexFacts> index;
    std::vector<Neighbour> neighbours; ///< filled by openCheckpoint: files of the folder that are not shards
    ModelConfig config;
    std::string ggufArchitecture;                     ///< general.architecture; empty elsewhere
    std::vector<std::shared_ptr<const void>> storage; ///< owns what keys, shapes and extras point to
};

/// A checkpoint: one set of named tensors, parsed once and immutable, shared by shared_ptr<const>. Holds no element data.
class Checkpoint {
public:
    /// Sorts names. Tensors of one shard must be adjacent and shards in order.
    static std::shared_ptr<const Checkpoint> make(CheckpointParts parts);

    [[nodiscard]] const std::string& path() const noexcept { return m_parts.path; }
    [[nodiscard]] const std::string& folder() const noexcept { return m_parts.folder; }
    [[nodiscard]] bool isFolder() const noexcept { return m_parts.isFolder; }
    [[nodiscard]] const std::string& format() const noexcept { return m_parts.format; }
    [[nodiscard]] const std::vector<Shard>& shards() const noexcept { return m_parts.shards; }
    /// In file order: shard by shard, as each header lists them.
    [[nodiscard]] const std::vector<TensorInfo>& tensors() const noexcept { return m_parts.tensors; }
    [[nodiscard]] const std::vector<MetadataEntry>& metadata() const noexcept { return m_parts.metadata; }
    [[nodiscard]] const std::vector<PickleGlobal>& globals() const noexcept { return m_parts.globals; }
    [[nodiscard]] const std::vector<Problem>& problems() const noexcept { return m_parts.problems; }
    [[nodiscard]] const std::optional<IndexFacts>& index() const noexcept { return m_parts.index; }
    [[nodiscard]] const std::vector<Neighbour>& neighbours() const noexcept { return m_parts.neighbours; }
    [[nodiscard]] const ModelConfig& config() const noexcept { return m_parts.config; }
    [[nodiscard]] const std::string& ggufArchitecture() const noexcept { return m_parts.ggufArchitecture; }

    /// Tensor indexes in bytewise key order; ties in file order.
    [[nodiscard]] const std::vector<std::uint32_t>& byName() const noexcept { return m_byName; }
    /// Of several tensors of one name the one that sorts last by file, as loaders take it; nullptr: none.
    [[nodiscard]] const TensorInfo* find(std::string_view key) const noexcept;
    [[nodiscard]] std::uint32_t indexOf(const TensorInfo& tensor) const noexcept
    {
        return static_cast<std::uint32_t>(&tensor - m_parts.tensors.data());
    }
    /// Why the bytes of a tensor are not there: the error that names it, else the first of its shard, among the first thousand; nullptr: none.
    [[nodiscard]] const Problem* damageOf(const TensorInfo& tensor) const noexcept;
    /// True where a problem of severity Error was found: a fix would not be whole.
    [[nodiscard]] bool damaged() const noexcept { return m_damaged; }
    [[nodiscard]] std::uint64_t tensorBytes() const noexcept { return m_tensorBytes; }
    [[nodiscard]] std::uint64_t parameters() const noexcept { return m_parameters; } ///< elements, saturating

private:
    explicit Checkpoint(CheckpointParts parts);
    CheckpointParts m_parts;
    std::vector<std::uint32_t> m_byName;
    std::uint64_t m_tensorBytes = 0;
    std::uint64_t m_parameters = 0;
    bool m_damaged = false;
};

} // namespace ckptscope
