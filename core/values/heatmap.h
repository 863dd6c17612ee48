// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/job.h"
#include "core/result.h"
#include "core/values/elementstream.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace ckptscope {

/// Which part of a tensor, and into how many cells.
struct HeatmapOptions {
    std::vector<std::uint64_t> outer; ///< an index for each dimension but the last two; missing ones are 0
    std::uint64_t firstRow = 0;
    std::uint64_t rows = 0; ///< 0: to the end
    std::uint64_t firstColumn = 0;
    std::uint64_t columns = 0;   ///< 0: to the end
    std::uint32_t maxRows = 256; ///< cells, at most 4096
    std::uint32_t maxColumns = 512;
};

/// What a cell's colour stands for.
enum class HeatmapValue : std::uint8_t { Mean, Min, Max, AbsMax };

/// The last two dimensions of a tensor, downsampled: cell (r, c) covers rows [firstRow + r * rows / cellRows, the next
/// one's start) and columns likewise, so that sizes differ by at most one. Of complex numbers the magnitude counts. A
/// vector is one row.
struct Heatmap {
    struct Cell {
        double mean = 0; ///< of the finite values; NaN where there are none, as the others
        double min = 0;
        double max = 0;
        std::uint64_t odd = 0; ///< NaN and Inf, which the others leave out
        [[nodiscard]] double value(HeatmapValue which) const noexcept;
    };
    std::uint64_t tensorRows = 0;
    std::uint64_t tensorColumns = 0;
    std::uint64_t firstRow = 0;
    std::uint64_t rows = 0;
    std::uint64_t firstColumn = 0;
    std::uint64_t columns = 0;
    std::uint32_t cellRows = 0;
    std::uint32_t cellColumns = 0;
    std::vector<Cell> cells; ///< row-major; empty where the part holds no element
    [[nodiscard]] std::uint64_t rowStart(std::uint32_t cell) const noexcept { return edge(firstRow, rows, cellRows, cell); }
    [[nodiscard]] std::uint64_t columnStart(std::uint32_t cell) const noexcept { return edge(firstColumn, columns, cellColumns, cell); }
    [[nodiscard]] std::uint64_t odd() const noexcept;

    /// The magnitude at which the colours end, symmetric about 0: the largest of the cells, or with `robust` the
    /// smallest that 99 % of them do not exceed, unless that is 0. 0 where no cell has another value.
    [[nodiscard]] double limit(HeatmapValue which, bool robust) const;

private:
    [[nodiscard]] static std::uint64_t edge(std::uint64_t first, std::uint64_t count, std::uint32_t cells, std::uint32_t cell) noexcept;
};

/// One pass over the part, in bounded buffers. Code::UsageError for a scalar, an index outside, or no cells;
/// Code::ValuesUnreadable as computeHistogram(). Reports Phase::Scanning in elements.
Result<Heatmap> computeHeatmap(const std::shared_ptr<ShardFiles>& files, std::uint32_t tensor, const HeatmapOptions& options = {},
                               const JobContext& job = {});

class ElementSource;

/// The same of elements from anywhere, that have this shape.
Result<Heatmap> computeHeatmap(ElementSource& elements, std::span<const std::uint64_t> shape, const HeatmapOptions& options = {},
                               const JobContext& job = {});

} // namespace ckptscope
