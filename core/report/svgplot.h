// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "core/model/checkpoint.h"
#include "core/text/text.h"
#include "core/values/drift.h"
#include "core/values/histogram.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>

/// Plots as inline SVG for the HTML report: plain elements, names as escaped text, colours by class, so that the page's
/// style sheet makes them light or dark. What a mark is stands in its `title` element: a browser shows it on hover, without a
/// script.
namespace ckptscope::report {

/// The style of everything below, with the colours of dtype families as --f32 and so on, and class "d-f32" to fill with
/// one.
[[nodiscard]] std::string_view plotStyle() noexcept;
/// "d-f32", "d-bf16": the class of a dtype's family.
[[nodiscard]] std::string_view dtypeClass(DType dtype) noexcept;

/// Counts as bars over their values, with marks at 1, 50 and 99 %. `below`: what the axis counts, plain text.
[[nodiscard]] std::string histogramSvg(const Histogram& histogram, std::string_view below, std::string_view classes, const NumberStyle& style = {});

/// A mark a head over its layer on a log axis of tokens, with the bar of what rounding may have moved; beside it,
/// joined, the same in BF16 where that differs, or the donor's. Empty: no head has a finite half-life.
[[nodiscard]] std::string halfLifeSvg(const Checkpoint& checkpoint, std::span<const Decay> decays, const DonorDecays* donor = nullptr,
                                      const NumberStyle& style = {});

/// Where the bytes are: nested rectangles by module, coloured by dtype, violations as pins. Empty: nothing has bytes.
[[nodiscard]] std::string treemapSvg(const std::shared_ptr<const Checkpoint>& checkpoint, const CheckReport& report, const NumberStyle& style = {});

} // namespace ckptscope::report
