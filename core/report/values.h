// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/checkpoint.h"
#include "core/report/jsonwriter.h"
#include "core/report/text.h"
#include "core/values/drift.h"
#include "core/values/histogram.h"
#include "core/values/valuescan.h"

#include <cstdint>
#include <optional>
#include <vector>

/// What element values say, as text and as JSON.
namespace ckptscope::report {

/// The object that `check --values --json` and `stats --json` hold for one decay parameter.
void writeDecayJson(JsonWriter& json, const Checkpoint& checkpoint, const Decay& decay);

/// What a drift means: "large: that head still holds 92 % of what it saw", and where it is of a head that has forgotten everything by then,
/// what drifts among those that have not.
[[nodiscard]] std::string driftSentence(const DriftAt& at, const NumberStyle& style = {});
/// How half-lives and drift are computed, in a few sentences.
[[nodiscard]] std::string_view decayFormula() noexcept;

/// Histograms of the same rows; none were asked for where it is empty.
struct StatsHistograms {
    HistogramScale scale = HistogramScale::Value;
    std::vector<std::optional<Histogram>> of; ///< absent where the tensor cannot be read
};

/// ckptscope.stats/1. `values` has one entry a row.
void writeStatsJson(const Checkpoint& checkpoint, const std::vector<TensorValues>& values, const std::vector<Decay>& decays,
                    const StatsHistograms& histograms, const Write& write);
void writeStatsText(const Checkpoint& checkpoint, const std::vector<TensorValues>& values, const std::vector<Decay>& decays,
                    const StatsHistograms& histograms, const TextStyle& style, const Write& write);

} // namespace ckptscope::report
