// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/checkpoint.h"
#include "core/report/jsonwriter.h"
#include "core/report/text.h"
#include "core/values/decay.h"
#include "core/values/valuescan.h"

#include <cstdint>
#include <vector>

/// What element values say, as text and as JSON.
namespace ckptscope::report {

/// The object that `check --values --json` and `stats --json` hold for one decay parameter.
void writeDecayJson(JsonWriter& json, const Checkpoint& checkpoint, const Decay& decay);

/// ckptscope.stats/1. `values` has one entry a row.
void writeStatsJson(const Checkpoint& checkpoint, const std::vector<TensorValues>& values, const std::vector<Decay>& decays, const Write& write);
void writeStatsText(const Checkpoint& checkpoint, const std::vector<TensorValues>& values, const std::vector<Decay>& decays, const TextStyle& style,
                    const Write& write);

} // namespace ckptscope::report
