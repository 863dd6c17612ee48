// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "core/model/checkpoint.h"
#include "core/report/jsonwriter.h"

namespace ckptscope::report {

/// A check as SARIF 2.1.0 (OASIS; schema sarif-schema-2.1.0.json), for code scanning. Findings become results; the tensor is a logical location.
/// Severities error and violation are level "error", advice "warning", note "note".
void writeSarif(const Checkpoint& checkpoint, const CheckReport& report, const Write& write);
/// A run that could not do its job.
void writeFailedSarif(const Error& error, const Write& write);

} // namespace ckptscope::report
