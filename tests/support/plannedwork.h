// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/apply.h"
#include "core/fix/planfile.h"
#include "tests/support/tempdir.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ckptscope::test {

/// A repair or conversion that can be written by one process, or saved and written in parts.
struct PlannedWork {
    std::shared_ptr<const Checkpoint> checkpoint;
    FixPlan plan; ///< savable; its output is "out" (or a file) in the folder
    std::string output;
};

/// The kinds of work that the exporter knows, by name: "folder", "folder, full verification", "folder, copies",
/// "folder, hard links", "one file", "one huge file", "casts, names, metadata", "torch", "torch to safetensors",
/// "convert", "donor".
[[nodiscard]] std::vector<std::string> plannedKinds();
/// Writes the source into the folder and plans; ends the program where that fails. `out` names the output.
[[nodiscard]] PlannedWork planWork(const TempDir& dir, const std::string& kind, const std::string& out = "out", bool force = false);

/// Saves it as plan.json and opens it as another process would.
[[nodiscard]] Result<BoundPlan> bindSaved(const TempDir& dir);
[[nodiscard]] Result<BoundPlan> saveAndBind(const TempDir& dir, const PlannedWork& work);

/// The output's bytes: of a folder all files, of a file that one.
[[nodiscard]] std::map<std::string, std::string> readOutput(const std::string& output);

} // namespace ckptscope::test
