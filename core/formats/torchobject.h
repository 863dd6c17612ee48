// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/formats/checkpointbuilder.h"
#include "core/formats/pickle.h"
#include "core/formats/torchvalue.h"

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace ckptscope::torch {

/// Where a storage's bytes are in the file.
struct StoragePlace {
    ByteRange bytes;            ///< as stored
    std::string_view codec;     ///< as in Packed::codec; empty: stored as they are
    std::uint64_t skip = 0;     ///< decoded bytes in front of the storage
    std::uint64_t unpacked = 0; ///< bytes of the storage itself
    std::string missing;        ///< why they can't be located; empty: they can
    bool whole = true;          ///< with `missing`: nothing is damaged, only out of our reach
};

/// Why a storage can't be located that stands in a legacy file that the pickle spells as text.
constexpr std::string_view NestedInText = "it stands in a file that is nested in text";

/// Storages by their key. `missing` answers for every key that is not in the map.
struct StorageMap {
    std::unordered_map<std::string, StoragePlace> places;
    std::unordered_set<std::string> used; ///< keys that a tensor was found for
    bool bigEndian = false;
};

/// Names of the parameters and buffers of each TorchScript class, by "module.Class".
using ScriptTensors = std::unordered_map<std::string, std::set<std::string, std::less<>>>;

/// What reading one file shares: where results go, and what is left of its budgets.
struct Reading {
    CheckpointBuilder& out;
    const std::string& file; ///< as messages call it
    std::uint32_t shard = 0;
    const JobContext& job;
    MemoryBudget budget;                                  ///< of graphs and names together
    std::uint32_t embeddedLeft = 20'000;                  ///< pickles in bytes that are still looked into
    std::uint64_t opcodesLeft = 100'000'000;              ///< of all pickles that are only scanned
    bool torchScript = false;                             ///< names below __torch__ are TorchScript's own classes
    std::shared_ptr<const ScriptTensors> scriptTensors{}; ///< null where the archive's code is not there
    std::uint64_t sumsChecked = 4ULL << 20U;              ///< bytes of an archive whose checksums are compared; more would not be quick
    /// Told of every tensor before it is added to `out`, in its order; may be empty.
    std::function<void(const TensorView& view, const Graph& graph)> seen{};
};
[[nodiscard]] Reading makeReading(CheckpointBuilder& out, const std::string& file, const JobContext& job);

/// A storage that stands in a legacy file inside a bytes object, as pickle.dumps(tensor) writes it.
struct EmbeddedStorage {
    ElementType element;
    std::uint64_t elements = 0;
    StoragePlace place;
};
using EmbeddedStorages = std::unordered_map<NodeId, EmbeddedStorage>;

/// Reports a parsed pickle's globals, oddities and end, and looks into pickles that hide in its bytes. Returns true
/// where nothing but known names was found. `what` names the pickle in messages ("data.pkl").
bool reportPickle(pickle::Parsed& parsed, const ByteSource& source, const std::string& what, Reading& reading, int depth = 0,
                  EmbeddedStorages* storages = nullptr);
/// Only reports: parses what may be one or several pickles from `start` on. Returns true where they name nothing but
/// known names.
bool scanPickles(const ByteSource& source, std::uint64_t start, const std::string& what, Reading& reading, int depth);
/// Looks at what stands behind the end of a pickle that should be the last thing of `source`.
void reportRest(const ByteSource& source, std::uint64_t end, const std::string& what, Reading& reading);

/// Lists the tensors of an object as dotted names, and its other leaves as metadata. `prefix` is put in front of names;
/// an object that is one bare tensor gets the name `bare`.
void listObject(const pickle::Parsed& parsed, const ByteSource& source, NodeId root, const std::string& prefix, const std::string& bare,
                StorageMap& storages, const EmbeddedStorages& embedded, Reading& reading);

/// Adds one tensor as `view` describes it: finds its elements in the storages, or says why it can't. Returns its index.
std::uint32_t addTensor(const std::string& name, TensorView view, const Graph& graph, const ByteSource& source, StorageMap& storages,
                        const EmbeddedStorages& embedded, Reading& reading);

// --- readers of one kind of file, see torchzip.cpp, torchlegacy.cpp, torch.cpp

/// A torch.save or TorchScript archive that fills `source`. Fails where it can't be opened at all.
Result<void> readTorchZip(const ByteSource& source, const std::string& prefix, const std::string& bare, Reading& reading);
/// A legacy torch file (five pickles, then storages) from the source's first byte on.
Result<void> readTorchLegacy(const ByteSource& source, const std::string& bare, Reading& reading);
/// A legacy file inside another file's bytes: its globals are reported; where its object is one storage, gives it.
std::optional<EmbeddedStorage> readEmbeddedLegacy(const ByteSource& source, Reading& reading, int depth, bool& clean);
[[nodiscard]] bool startsLikeLegacy(std::span<const std::byte> head) noexcept;

} // namespace ckptscope::torch
