// SPDX-License-Identifier: Apache-2.0
#include "core/values/heatmap.h"

#include "core/values/elementsource.h"
#include "core/values/statistics.h"
#include "core/values/valuedecoder.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

namespace ckptscope {

namespace {

constexpr std::uint32_t MostCells = 4096; ///< a side
constexpr double NoValue = std::numeric_limits<double>::quiet_NaN();

/// count * cell / cells, rounded down, without the product.
std::uint64_t startOf(std::uint64_t count, std::uint32_t cells, std::uint32_t cell) noexcept
{
    return count / cells * cell + count % cells * cell / cells;
}

/// Sums values into cells as they come, row by row from the part's first element on.
class Painter {
public:
    explicit Painter(Heatmap& map)
        : m_map(map)
        , m_counts(map.cells.size(), 0)
    {
    }

    /// Values of the part's current row from column `column` (of the part) on.
    void add(std::uint64_t row, std::uint64_t column, const double* values, std::uint64_t count, std::uint64_t perElement)
    {
        std::uint32_t cellRow = cellOf(row, m_map.rows, m_map.cellRows);
        std::uint32_t cell = cellOf(column, m_map.columns, m_map.cellColumns);
        while (count > 0) {
            const std::uint64_t end = m_map.columnStart(cell + 1) - m_map.firstColumn;
            const std::uint64_t run = std::min(count, end - column);
            const std::size_t at = std::size_t{cellRow} * m_map.cellColumns + cell;
            if (perElement == 1) {
                addRun(at, values, run);
            } else {
                m_magnitudes.resize(run);
                for (std::uint64_t i = 0; i < run; ++i) {
                    m_magnitudes[i] = std::hypot(values[2 * i], values[2 * i + 1]);
                }
                addRun(at, m_magnitudes.data(), run);
            }
            values += run * perElement;
            count -= run;
            column += run;
            ++cell;
        }
    }

    void finish()
    {
        for (std::size_t i = 0; i < m_map.cells.size(); ++i) {
            Heatmap::Cell& cell = m_map.cells[i];
            if (m_counts[i] == 0) {
                cell.mean = cell.min = cell.max = NoValue;
            } else {
                cell.mean /= static_cast<double>(m_counts[i]);
            }
        }
    }

    /// The cell that an index belongs to: the last whose start is not behind it.
    static std::uint32_t cellOf(std::uint64_t index, std::uint64_t count, std::uint32_t cells) noexcept
    {
        const double guess = static_cast<double>(index) / static_cast<double>(count) * cells;
        auto cell = std::min(static_cast<std::uint32_t>(guess), cells - 1);
        while (cell > 0 && startOf(count, cells, cell) > index) {
            --cell;
        }
        while (cell + 1 < cells && startOf(count, cells, cell + 1) <= index) {
            ++cell;
        }
        return cell;
    }

private:
    void addRun(std::size_t at, const double* values, std::uint64_t run)
    {
        Heatmap::Cell& cell = m_map.cells[at];
        double sum = 0;
        double low = m_counts[at] == 0 ? std::numeric_limits<double>::infinity() : cell.min;
        double high = m_counts[at] == 0 ? -std::numeric_limits<double>::infinity() : cell.max;
        std::uint64_t finite = 0;
        for (std::uint64_t i = 0; i < run; ++i) {
            const double value = values[i];
            if (!std::isfinite(value)) {
                continue;
            }
            sum += value;
            low = std::min(low, value);
            high = std::max(high, value);
            ++finite;
        }
        m_counts[at] += finite;
        cell.odd += run - finite;
        cell.mean += sum;
        cell.min = low;
        cell.max = high;
    }

    Heatmap& m_map;
    std::vector<std::uint64_t> m_counts; ///< finite values of a cell
    std::vector<double> m_magnitudes;
};

class HeatmapJob {
public:
    HeatmapJob(ElementSource& source, const JobContext& job)
        : m_source(source)
        , m_decoder(source.dtype())
        , m_job(job)
    {
    }

    /// `base`: the element at row 0, column 0 of the matrix.
    Result<Heatmap> run(Heatmap map, std::uint64_t base)
    {
        if (map.rows == 0 || map.columns == 0) {
            return map;
        }
        map.cells.assign(std::size_t{map.cellRows} * map.cellColumns, {});
        Painter painter(map);
        const std::uint64_t total = map.rows * map.columns;
        // whole rows lie behind one another: one long read
        const bool whole = map.columns == map.tensorColumns;
        const std::uint64_t reads = whole ? 1 : map.rows;
        const std::uint64_t length = whole ? total : map.columns;
        for (std::uint64_t read = 0; read < reads; ++read) {
            const std::uint64_t first = base + (map.firstRow + read) * map.tensorColumns + map.firstColumn;
            const std::uint64_t done = read * length;
            auto taken = range(first, length, [&](std::uint64_t position, const double* values, std::uint64_t count) {
                for (std::uint64_t at = 0; at < count;) {
                    const std::uint64_t place = done + position + at;
                    const std::uint64_t column = place % map.columns;
                    const std::uint64_t now = std::min(count - at, map.columns - column);
                    painter.add(place / map.columns, column, values + at * m_decoder.perElement(), now, m_decoder.perElement());
                    at += now;
                }
                m_job.progress(Phase::Scanning, done + position + count, total);
            });
            if (!taken) {
                return taken.error();
            }
        }
        painter.finish();
        return map;
    }

private:
    /// Decoded elements [first, first + count), in pieces, with their place from `first` on.
    template<class Use>
    Result<void> range(std::uint64_t first, std::uint64_t count, Use use)
    {
        const std::uint64_t grain = m_source.grain();
        const std::uint64_t start = first - first % grain;
        const std::uint64_t end = std::min((first + count + grain - 1) / grain * grain, m_source.elements());
        std::uint64_t at = start;
        return m_source.forEach(start, end - start, m_job, [&](std::span<const std::byte> packed, std::uint64_t elements) {
            const auto values = m_decoder.decode(packed, elements);
            const std::uint64_t from = std::max(at, first);
            const std::uint64_t to = std::min(at + elements, first + count);
            if (from < to) {
                use(from - first, values.data() + (from - at) * m_decoder.perElement(), to - from);
            }
            at += elements;
        });
    }

    ElementSource& m_source;
    ValueDecoder m_decoder;
    const JobContext& m_job;
};

} // namespace

double Heatmap::Cell::value(HeatmapValue which) const noexcept
{
    switch (which) {
    case HeatmapValue::Mean:
        return mean;
    case HeatmapValue::Min:
        return min;
    case HeatmapValue::Max:
        return max;
    case HeatmapValue::AbsMax:
        return std::max(std::abs(min), std::abs(max));
    }
    return NoValue;
}

std::uint64_t Heatmap::edge(std::uint64_t first, std::uint64_t count, std::uint32_t cells, std::uint32_t cell) noexcept
{
    return cells == 0 ? first : first + startOf(count, cells, cell);
}

std::uint64_t Heatmap::odd() const noexcept
{
    return std::accumulate(cells.begin(), cells.end(), std::uint64_t{0}, [](std::uint64_t sum, const Cell& cell) { return sum + cell.odd; });
}

double Heatmap::limit(HeatmapValue which, bool robust) const
{
    std::vector<double> sizes;
    sizes.reserve(cells.size());
    for (const Cell& cell : cells) {
        const double size = std::abs(cell.value(which));
        if (std::isfinite(size)) {
            sizes.push_back(size);
        }
    }
    if (sizes.empty()) {
        return 0;
    }
    const std::size_t last = robust ? (sizes.size() * 99 + 99) / 100 - 1 : sizes.size() - 1;
    std::nth_element(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(last), sizes.end());
    // a matrix of zeros but for a few: these are what there is to see
    return sizes[last] > 0 ? sizes[last] : *std::max_element(sizes.begin(), sizes.end());
}

Result<Heatmap> computeHeatmap(const std::shared_ptr<ShardFiles>& files, std::uint32_t tensor, const HeatmapOptions& options, const JobContext& job)
{
    const TensorInfo& info = files->checkpoint().tensors()[tensor];
    if (!StatisticsAccumulator::supports(info.dtype)) {
        return fail(Code::ValuesUnreadable, {"ckptscope knows no values of " + std::string(info.dtypeText())});
    }
    auto reader = ElementReader::open(files, info); // refuses shapes that contradict the bytes: products below do not overflow
    if (!reader) {
        return std::move(reader).error();
    }
    TensorElements elements(std::move(*reader), info.dtype);
    return computeHeatmap(elements, info.shape, options, job);
}

Result<Heatmap> computeHeatmap(ElementSource& elements, std::span<const std::uint64_t> shape, const HeatmapOptions& options, const JobContext& job)
{
    const std::size_t rank = shape.size();
    if (rank == 0) {
        return fail(Code::UsageError, {"a scalar has no rows and columns"});
    }
    if (options.maxRows == 0 || options.maxColumns == 0 || options.maxRows > MostCells || options.maxColumns > MostCells) {
        return fail(Code::UsageError, {"a heatmap has 1 to 4096 cells a side"});
    }
    Heatmap map;
    map.tensorRows = rank >= 2 ? shape[rank - 2] : 1;
    map.tensorColumns = shape[rank - 1];
    std::uint64_t base = 0;
    for (std::size_t d = 0; d + 2 < rank; ++d) {
        const std::uint64_t index = d < options.outer.size() ? options.outer[d] : 0;
        if (index >= shape[d]) {
            return fail(Code::UsageError, {"index " + std::to_string(index) + " is outside of a dimension of " + std::to_string(shape[d])});
        }
        base = base * shape[d] + index;
    }
    base *= map.tensorRows * map.tensorColumns;
    const auto part = [](std::uint64_t size, std::uint64_t first, std::uint64_t wanted) {
        const std::uint64_t left = size - std::min(first, size);
        return wanted == 0 ? left : std::min(wanted, left);
    };
    map.firstRow = std::min(options.firstRow, map.tensorRows);
    map.firstColumn = std::min(options.firstColumn, map.tensorColumns);
    map.rows = part(map.tensorRows, map.firstRow, options.rows);
    map.columns = part(map.tensorColumns, map.firstColumn, options.columns);
    map.cellRows = static_cast<std::uint32_t>(std::min<std::uint64_t>(map.rows, options.maxRows));
    map.cellColumns = static_cast<std::uint32_t>(std::min<std::uint64_t>(map.columns, options.maxColumns));
    return HeatmapJob(elements, job).run(std::move(map), base);
}

} // namespace ckptscope
