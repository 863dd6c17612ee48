// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "core/fix/apply.h"
#include "core/model/checkpoint.h"
#include "core/model/roles.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// The JSON documents of the command line (cli.md, "JSON"): a contract, versioned by their `schema`. Each writer hands out text in pieces,
/// so that a list of two million tensors never stands in memory as one string.
namespace ckptscope::report {

using Write = std::function<void(std::string_view)>;

/// {"schema":SCHEMA,"error":{...}} when nothing could be opened.
void writeErrorJson(std::string_view schema, const Error& error, const Write& write);
/// ckptscope.ls/1 for these tensors (indexes, in the order to print). `hashes` is empty, or one hex SHA-256 (or empty) a listed tensor.
void writeListJson(const Checkpoint& checkpoint, const std::vector<std::uint32_t>& rows, const std::vector<std::string>& hashes, const Write& write);
void writeRolesJson(const Checkpoint& checkpoint, const std::vector<Role>& roles, const Write& write);
void writeCheckJson(const Checkpoint& checkpoint, const CheckReport& report, const Write& write);
void writeReceiptJson(const Receipt& receipt, const Write& write);
void writePlanJson(const FixPlan& plan, const Write& write);

} // namespace ckptscope::report
