// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "tests/support/tempdir.h"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ckptscope::test {

/// A small model's folder, put together in memory, then written: what tests break in one place, to see that just this
/// is told.
struct ModelFolder {
    struct Tensor {
        std::string key;
        std::string dtype;
        std::vector<std::uint64_t> shape;
    };
    std::map<std::string, std::vector<Tensor>> shards; ///< file -> tensors in file order
    std::map<std::string, std::string> formats;        ///< __metadata__'s format of a shard; not here: "pt", empty: no __metadata__
    std::map<std::string, std::string> files;          ///< what else lies there, or (after the shards) what replaces a shard
    std::string config;                                ///< config.json; empty: none

    bool hasIndex = true;
    std::string indexName = "model.safetensors.index.json";
    std::optional<std::string> indexText;                                      ///< instead of all below
    std::optional<std::vector<std::pair<std::string, std::string>>> weightMap; ///< not set: as the shards are when written
    std::optional<std::string> metadata; ///< JSON value of `metadata`; empty: no such key; not set: the true total_size

    /// Four layers in two shards, index, config.json: nothing wrong with it. Hidden size 8, vocabulary 16, two heads.
    static ModelFolder llama();
    /// One file model.safetensors and a config.json, no index.
    static ModelFolder single(std::string config, std::vector<Tensor> tensors);

    /// What transformers saves of one of tests/core/data/saved_models.txt, in one file, each tensor in the dtype that rules ask for; its
    /// layers `times` times over.
    static ModelFolder saved(const std::string& name, std::size_t times = 1);

    /// Replaces text of config.json; ends the program where it is not there.
    ModelFolder& say(const std::string& from, const std::string& to);
    /// Fixes the index as the shards are now: what is changed later contradicts it.
    ModelFolder& freeze();
    ModelFolder& add(const std::string& shard, std::string key, std::string dtype, std::vector<std::uint64_t> shape);
    ModelFolder& drop(const std::string& key); ///< from all shards
    Tensor& at(const std::string& key);        ///< the first of that name; ends the program where there is none
    ModelFolder& renameShard(const std::string& from, const std::string& to);
    ModelFolder& move(const std::string& key, const std::string& shard);

    [[nodiscard]] std::uint64_t totalSize() const;
    /// The folder's path.
    std::string write(const TempDir& dir) const;
};

/// What check finds in it, one line a finding, sorted: "ID PLACE | ARGUMENT | ..."; PLACE is a tensor's key, else a
/// file, else "-". Arguments that repeat the place are left out; of a dtype rule they are what is stored and what is
/// wanted. "refused ID": it does not open.
[[nodiscard]] std::vector<std::string> findingLines(const std::string& path);

/// One broken (or all but broken) folder and all that must be found in it.
struct FolderCase {
    const char* name;
    std::function<ModelFolder()> make;
    std::vector<std::string> expected;
};
/// Writes, checks and compares; empty: as expected, else both lists.
[[nodiscard]] std::string mismatch(const FolderCase& row);
using FolderCases = std::vector<FolderCase> (*)();
[[nodiscard]] std::vector<FolderCase> gathered(std::initializer_list<FolderCases> parts);
/// A Qt Test row for each, with a column `row`, its number.
void addFolderRows(const std::vector<FolderCase>& rows);

} // namespace ckptscope::test
