// SPDX-License-Identifier: Apache-2.0
#include "core/report/elements.h"

#include "core/dtypes/convert.h"
#include "core/values/elementtext.h"

#include <algorithm>
#include <cmath>

namespace ckptscope::report {

namespace {

constexpr std::uint64_t SummaryAbove = 1000; ///< elements, as NumPy's print options have it
constexpr std::uint64_t Edge = 3;            ///< of a dimension's start and end
constexpr std::uint64_t WrapAt = 8;          ///< elements a line of a tensor of one dimension
constexpr std::uint64_t MaxPlanes = 36;      ///< grids of a summary
constexpr const char* Dots = "\u2026";

/// Which positions of a dimension are shown: all, or both ends.
struct Shown {
    std::vector<std::uint64_t> at;
    std::uint64_t head = 0; ///< so many, then a gap where there are more
    [[nodiscard]] bool gap() const noexcept { return head < at.size(); }
};

Shown shownOf(std::uint64_t count, bool cut)
{
    Shown shown;
    for (std::uint64_t i = 0; i < (cut ? std::min(count, Edge) : count); ++i) {
        shown.at.push_back(i);
    }
    shown.head = shown.at.size();
    if (cut && count > Edge) {
        for (std::uint64_t i = std::max(Edge, count - Edge); i < count; ++i) {
            shown.at.push_back(i);
        }
        if (count <= 2 * Edge) {
            shown.head = shown.at.size();
        }
    }
    return shown;
}

class Grid {
public:
    Grid(const ElementsView& view, ElementReader& reader, const TextStyle& style, const JobContext& job, const Write& write)
        : m_view(view)
        , m_reader(reader)
        , m_style(style)
        , m_job(job)
        , m_write(write)
        , m_cut(view.summarise && sliceElements(view.slice) > SummaryAbove)
        , m_now(view.slice)
    {
        for (std::size_t d = 0; d < view.slice.size(); ++d) {
            if (!view.slice[d].index) {
                m_dims.push_back(d);
            }
        }
    }

    Result<void> print()
    {
        const std::uint64_t elements = sliceElements(m_view.slice);
        if (elements == 0) {
            m_write("no elements\n");
            return {};
        }
        auto done = m_dims.empty() ? scalar() : m_dims.size() == 1 ? vector() : planes();
        if (done && m_printed < elements) {
            m_write(m_style.paint(groupedNumber(elements - m_printed, m_style.numbers) + " of " + groupedNumber(elements, m_style.numbers)
                                      + " elements are not shown; --slice shows a part, --npy FILE writes all",
                                  Ink::Muted)
                    + '\n');
        }
        return done;
    }

private:
    /// The elements of one line: what m_now says of the outer dimensions, and [first, first + count) of the last.
    Result<void> take(std::uint64_t first, std::uint64_t count, std::vector<std::string>& cells)
    {
        if (!m_dims.empty()) {
            const SliceRange& whole = m_view.slice[m_dims.back()];
            m_now[m_dims.back()] = {whole.start + first * whole.step, count, whole.step, false};
        }
        const auto data = readSlice(m_reader, *m_view.tensor, m_now, count, m_job);
        if (!data) {
            return data.error();
        }
        for (std::uint64_t i = 0; i < count; ++i) {
            cells.push_back(m_view.bits ? elementBits(data->dtype, data->packed, i) : elementText(data->dtype, data->packed, i));
        }
        m_printed += count;
        return {};
    }

    Result<void> scalar()
    {
        std::vector<std::string> cells;
        auto done = take(0, 1, cells);
        if (done) {
            m_write(cells.front() + '\n');
        }
        return done;
    }

    /// Eight a line, the position of the first in front.
    Result<void> vector()
    {
        const std::uint64_t count = m_view.slice[m_dims.back()].count;
        Table table("r" + std::string(std::min(count, WrapAt), 'r'));
        const auto lines = [&](std::uint64_t first, std::uint64_t end) -> Result<void> {
            for (; first < end; first += WrapAt) {
                std::vector<std::string> cells{position(m_dims.back(), first)};
                if (auto done = take(first, std::min(WrapAt, end - first), cells); !done) {
                    return done;
                }
                table.row(std::move(cells), Ink::Muted);
            }
            return {};
        };
        constexpr std::uint64_t Lines = Edge * WrapAt;
        auto done = lines(0, m_cut ? Lines : count);
        if (done && m_cut) {
            table.row({Dots}, Ink::Muted);
            done = lines(count - Lines, count);
        }
        table.write(m_style, "", m_write);
        return done;
    }

    /// The last two dimensions as a table, those in front one after the other.
    Result<void> planes()
    {
        const std::size_t outer = m_dims.size() - 2;
        std::vector<Shown> shown;
        for (const std::size_t d : m_dims) {
            shown.push_back(shownOf(m_view.slice[d].count, m_cut));
        }
        std::vector<std::size_t> at(outer, 0);
        for (std::uint64_t plane = 0; !m_cut || plane < MaxPlanes; ++plane) {
            std::string title;
            for (std::size_t i = 0; i < outer; ++i) {
                const SliceRange& range = m_view.slice[m_dims[i]];
                m_now[m_dims[i]] = {range.start + shown[i].at[at[i]] * range.step, 1, 1, true};
                title += position(m_dims[i], shown[i].at[at[i]]) + ", ";
            }
            if (outer > 0) {
                m_write((plane > 0 ? "\n" : "") + m_style.paint('[' + title + ":, :]", Ink::Muted) + '\n');
            }
            if (auto done = table(shown[outer], shown[outer + 1]); !done) {
                return done;
            }
            std::size_t i = outer;
            while (i > 0 && ++at[i - 1] == shown[i - 1].at.size()) {
                at[--i] = 0;
            }
            if (i == 0) {
                break;
            }
        }
        return {};
    }

    Result<void> table(const Shown& rows, const Shown& columns)
    {
        Table table("r" + std::string(columns.at.size() + 1, 'r'));
        const std::size_t rowDim = m_dims[m_dims.size() - 2];
        for (std::size_t r = 0; r < rows.at.size(); ++r) {
            if (rows.gap() && r == rows.head) {
                table.row({Dots}, Ink::Muted);
            }
            const SliceRange& range = m_view.slice[rowDim];
            m_now[rowDim] = {range.start + rows.at[r] * range.step, 1, 1, true};
            std::vector<std::string> cells{position(rowDim, rows.at[r])};
            auto done = take(0, columns.head, cells);
            if (done && columns.gap()) {
                cells.emplace_back(Dots);
                done = take(columns.at[columns.head], columns.at.size() - columns.head, cells);
            }
            if (!done) {
                return done;
            }
            table.row(std::move(cells), Ink::Muted);
        }
        table.write(m_style, "", m_write);
        return {};
    }

    /// Where in the tensor (not in the slice) it stands.
    [[nodiscard]] std::string position(std::size_t dimension, std::uint64_t index) const
    {
        const SliceRange& range = m_view.slice[dimension];
        return std::to_string(range.start + index * range.step);
    }

    const ElementsView& m_view;
    ElementReader& m_reader;
    const TextStyle& m_style;
    const JobContext& m_job;
    const Write& m_write;
    bool m_cut;
    Slice m_now;
    std::vector<std::size_t> m_dims; ///< of the slice that are not single indexes
    std::uint64_t m_printed = 0;
};

void writeShape(JsonWriter& json, std::span<const std::uint64_t> shape)
{
    json.open('[');
    for (const std::uint64_t dim : shape) {
        json.number(dim);
    }
    json.close(']');
}

void writeNumber(JsonWriter& json, const SliceData& data, std::uint64_t index)
{
    const DTypeFamily family = dtypeInfo(data.dtype).family;
    if (family == DTypeFamily::Complex) {
        json.open('[').number(decodeElement(data.dtype, data.packed, index)).number(decodeImag(data.dtype, data.packed, index)).close(']');
    } else if (family == DTypeFamily::Float || family == DTypeFamily::Block || family == DTypeFamily::Other) {
        json.number(decodeElement(data.dtype, data.packed, index));
    } else {
        json.raw(elementText(data.dtype, data.packed, index)); // an integer exactly, true or false
    }
}

Result<ElementReader> readerOf(const ElementsView& view)
{
    auto reader = ElementReader::open(std::make_shared<ShardFiles>(view.checkpoint), *view.tensor);
    if (reader && view.bits && (dtypeInfo(view.tensor->dtype).blockElements > 1 || dtypeInfo(view.tensor->dtype).blockBits % 8 != 0)) {
        return fail(Code::UsageError, {"--bits: an element of " + std::string(view.tensor->dtypeText()) + " is no whole number of bytes"});
    }
    return reader;
}

} // namespace

Result<void> writeElementsText(const ElementsView& view, const TextStyle& style, const JobContext& job, const Write& write)
{
    auto reader = readerOf(view);
    if (!reader) {
        return std::move(reader).error();
    }
    const TensorInfo& tensor = *view.tensor;
    std::string title = style.paint(displayName(tensor.key), Ink::Bold) + "  " + displayName(tensor.dtypeText()) + "  "
        + shapeText(tensor.shape.data(), tensor.shape.size());
    if (!view.sliceText.empty()) {
        const auto shape = sliceShape(view.slice);
        title += "  [" + displayName(view.sliceText) + "]: " + shapeText(shape.data(), shape.size());
    }
    write(title + '\n');
    return Grid(view, *reader, style, job, write).print();
}

Result<void> writeElementsJson(const ElementsView& view, const std::optional<NpyReceipt>& npy, const JobContext& job, const Write& write)
{
    // All that can fail comes first: the document is written once it is known to be whole.
    constexpr std::uint64_t PieceElements = 1U << 16U;
    auto reader = readerOf(view);
    if (!reader) {
        return std::move(reader).error();
    }
    std::vector<SliceData> pieces;
    if (!npy) {
        auto read = forEachPiece(*reader, *view.tensor, view.slice, PieceElements, job, [&](const SliceData& piece) -> Result<void> {
            pieces.push_back(piece);
            return {};
        });
        if (!read) {
            return read;
        }
    }
    const TensorInfo& tensor = *view.tensor;
    JsonWriter json(write);
    json.open('{').key("schema").text("ckptscope.show/1").key("path").text(view.checkpoint->path()).key("name").text(tensor.key);
    json.key("dtype").text(tensor.dtypeText()).key("shape");
    writeShape(json, tensor.shape);
    json.key("file").text(view.checkpoint->shards()[tensor.shard].file).key("slice").textOrNull(view.sliceText).key("slice_shape");
    writeShape(json, sliceShape(view.slice));
    json.key("elements").number(sliceElements(view.slice));
    if (npy) {
        json.key("npy")
            .open('{')
            .key("file")
            .text(npy->file)
            .key("dtype")
            .text(dtypeName(npy->type.dtype))
            .key("bytes")
            .number(npy->bytes)
            .closeNamed();
    } else {
        json.key(view.bits ? "bits" : "values").open('[');
        for (const SliceData& piece : pieces) {
            const std::uint64_t count = piece.packed.size() * 8 / dtypeInfo(piece.dtype).blockBits;
            for (std::uint64_t i = 0; i < count; ++i) {
                if (view.bits) {
                    json.text(elementBits(piece.dtype, piece.packed, i));
                } else {
                    writeNumber(json, piece, i);
                }
            }
        }
        json.close(']');
    }
    json.closeNamed().finish();
    return {};
}

} // namespace ckptscope::report
