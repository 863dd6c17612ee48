// SPDX-License-Identifier: Apache-2.0
#include "core/values/slice.h"

#include "core/dtypes/convert.h"
#include "core/dtypes/ggmlblocks.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>

namespace ckptscope {

namespace {

std::string_view trimmed(std::string_view text) noexcept
{
    while (!text.empty() && text.front() == ' ') {
        text.remove_prefix(1);
    }
    while (!text.empty() && text.back() == ' ') {
        text.remove_suffix(1);
    }
    return text;
}

bool parseNumber(std::string_view text, std::int64_t& value) noexcept
{
    text = trimmed(text);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

Error wrong(std::string_view part, std::string_view why)
{
    return fail(Code::UsageError, {"'" + std::string(part) + "' " + std::string(why)});
}

/// An end of a range: negative ones count from the back, both are cut to the dimension.
std::uint64_t clamped(std::int64_t value, std::uint64_t dim) noexcept
{
    if (value < 0) {
        const std::uint64_t back = std::uint64_t{0} - static_cast<std::uint64_t>(value);
        return back > dim ? 0 : dim - back;
    }
    return std::min(static_cast<std::uint64_t>(value), dim);
}

Result<SliceRange> parseRange(std::string_view part, std::uint64_t dim)
{
    std::int64_t value = 0;
    const std::size_t first = part.find(':');
    if (first == std::string_view::npos) {
        if (!parseNumber(part, value)) {
            return wrong(part, "is no index and no range such as 0:4");
        }
        const std::uint64_t back = std::uint64_t{0} - static_cast<std::uint64_t>(value);
        if (value < 0 ? back > dim : static_cast<std::uint64_t>(value) >= dim) {
            return wrong(part, "is outside of a dimension of " + std::to_string(dim));
        }
        return SliceRange{value < 0 ? dim - back : static_cast<std::uint64_t>(value), 1, 1, true};
    }
    const std::size_t second = part.find(':', first + 1);
    const std::string_view startText = trimmed(part.substr(0, first));
    const std::string_view stopText = trimmed(part.substr(first + 1, second == std::string_view::npos ? second : second - first - 1));
    const std::string_view stepText = second == std::string_view::npos ? std::string_view() : trimmed(part.substr(second + 1));
    SliceRange range;
    std::uint64_t stop = dim;
    if (!startText.empty()) {
        if (!parseNumber(startText, value)) {
            return wrong(part, "does not start with a number");
        }
        range.start = clamped(value, dim);
    }
    if (!stopText.empty()) {
        if (!parseNumber(stopText, value)) {
            return wrong(part, "does not end with a number");
        }
        stop = clamped(value, dim);
    }
    if (!stepText.empty()) {
        if (!parseNumber(stepText, value) || value < 1) {
            return wrong(part, "has a step that is no positive number");
        }
        range.step = static_cast<std::uint64_t>(value);
    }
    const std::uint64_t span = stop > range.start ? stop - range.start : 0;
    range.count = span == 0 ? 0 : (span - 1) / range.step + 1;
    return range;
}

/// Copies elements out of what an ElementReader gave; decodes those that are no whole bytes.
class Collector {
public:
    Collector(ElementReader& reader, DType dtype, std::vector<std::byte>& out)
        : m_reader(reader)
        , m_dtype(dtype)
        , m_decode(dtypeInfo(dtype).blockElements > 1 || dtypeInfo(dtype).blockBits % 8 != 0)
        , m_out(out)
    {
    }

    [[nodiscard]] bool decodes() const noexcept { return m_decode; }

    /// Every `step`-th of the elements from `first` on, `count` of them.
    Result<void> take(std::uint64_t first, std::uint64_t count, std::uint64_t step)
    {
        const std::uint64_t grain = m_reader.grain();
        while (count > 0) {
            const std::uint64_t from = first / grain * grain;
            const std::uint64_t most = std::max<std::uint64_t>(1, PieceElements / step);
            const std::uint64_t now = std::min(count, most);
            const std::uint64_t last = first + (now - 1) * step;
            const std::uint64_t until = std::min(m_reader.elements(), (last / grain + 1) * grain);
            const auto piece = m_reader.read(from, until - from);
            if (!piece) {
                return piece.error();
            }
            append(*piece, until - from, first - from, now, step);
            first = last + step;
            count -= now;
        }
        return {};
    }

private:
    static constexpr std::uint64_t PieceElements = 1ULL << 16U;

    void append(std::span<const std::byte> piece, std::uint64_t held, std::uint64_t first, std::uint64_t count, std::uint64_t step)
    {
        if (!m_decode) {
            const std::size_t size = dtypeInfo(m_dtype).blockBits / 8U;
            if (step == 1) {
                const auto run = piece.subspan(static_cast<std::size_t>(first) * size, static_cast<std::size_t>(count) * size);
                m_out.insert(m_out.end(), run.begin(), run.end());
                return;
            }
            for (std::uint64_t i = 0; i < count; ++i) {
                const auto one = piece.subspan(static_cast<std::size_t>(first + i * step) * size, size);
                m_out.insert(m_out.end(), one.begin(), one.end());
            }
            return;
        }
        m_values.resize(static_cast<std::size_t>(held));
        if (!decodeGgmlBlocks(m_dtype, piece, m_values)) {
            for (std::size_t i = 0; i < m_values.size(); ++i) {
                m_values[i] = static_cast<float>(decodeElement(m_dtype, piece, i));
            }
        }
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto bytes = std::as_bytes(std::span(m_values).subspan(static_cast<std::size_t>(first + i * step), 1));
            m_out.insert(m_out.end(), bytes.begin(), bytes.end());
        }
    }

    ElementReader& m_reader;
    DType m_dtype;
    bool m_decode;
    std::vector<std::byte>& m_out;
    std::vector<float> m_values;
};

} // namespace

Result<Slice> parseSlice(std::string_view text, std::span<const std::uint64_t> shape)
{
    std::vector<std::string_view> parts;
    text = trimmed(text);
    for (std::size_t at = 0; !text.empty() && at <= text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        parts.push_back(trimmed(text.substr(at, comma - at)));
        at = comma + 1;
    }
    const auto ellipsis = std::find(parts.begin(), parts.end(), "...");
    const std::size_t named = parts.size() - (ellipsis != parts.end() ? 1U : 0U);
    if (named > shape.size()) {
        return wrong(text, "has more parts than the tensor has dimensions (" + std::to_string(shape.size()) + ")");
    }
    Slice slice;
    for (auto part = parts.begin(); part != parts.end(); ++part) {
        if (part == ellipsis) {
            for (std::size_t i = 0; i < shape.size() - named; ++i) {
                slice.push_back({0, shape[slice.size()], 1, false});
            }
            continue;
        }
        auto range = *part == "..." ? Result<SliceRange>(wrong(text, "has more than one '...'")) : parseRange(*part, shape[slice.size()]);
        if (!range) {
            return std::move(range).error();
        }
        slice.push_back(*range);
    }
    while (slice.size() < shape.size()) {
        slice.push_back({0, shape[slice.size()], 1, false});
    }
    return slice;
}

std::vector<std::uint64_t> sliceShape(const Slice& slice)
{
    std::vector<std::uint64_t> shape;
    for (const SliceRange& range : slice) {
        if (!range.index) {
            shape.push_back(range.count);
        }
    }
    return shape;
}

Result<SliceData> readSlice(ElementReader& reader, const TensorInfo& tensor, const Slice& slice, std::uint64_t maxElements, const JobContext& job)
{
    if (slice.size() != tensor.shape.size()) {
        return fail(Code::Internal, {"a slice of another rank"});
    }
    if (dtypeInfo(tensor.dtype).family == DTypeFamily::Block && !canDecodeGgml(tensor.dtype)) {
        return fail(Code::ValuesUnreadable, {"ckptscope knows no values of " + std::string(tensor.dtypeText())});
    }
    std::uint64_t elements = 1;
    for (std::size_t d = 0; d < slice.size(); ++d) {
        const SliceRange& range = slice[d];
        if (range.count > 0
            && (range.step == 0 || range.start >= tensor.shape[d] || (tensor.shape[d] - 1 - range.start) / range.step < range.count - 1)) {
            return fail(Code::Internal, {"a slice outside of the tensor"});
        }
        if (__builtin_mul_overflow(elements, range.count, &elements)) {
            elements = UINT64_MAX;
        }
    }
    if (elements > maxElements) {
        return fail(Code::LimitExceeded, {"the number of elements", std::to_string(elements), std::to_string(maxElements)});
    }
    SliceData data;
    data.shape = sliceShape(slice);
    Collector collector(reader, tensor.dtype, data.packed);
    data.dtype = collector.decodes() ? DType::F32 : tensor.dtype;
    if (elements == 0) {
        return data;
    }
    // trailing dimensions that are whole make one run with the range in front of them
    std::size_t outer = slice.size();
    std::uint64_t runFirst = 0;
    std::uint64_t runCount = 1;
    std::uint64_t runStep = 1;
    std::uint64_t stride = 1; // elements of the dimensions behind
    while (outer > 0 && slice[outer - 1].step == 1 && slice[outer - 1].count == tensor.shape[outer - 1]) {
        stride *= tensor.shape[--outer];
    }
    runCount = stride;
    if (outer > 0 && (slice[outer - 1].step == 1 || stride == 1)) {
        const SliceRange& range = slice[--outer];
        runFirst = range.start * stride;
        runCount = range.count * stride;
        runStep = range.step;
        stride *= tensor.shape[outer];
    }
    std::vector<std::uint64_t> strides(outer);
    for (std::size_t d = outer; d-- > 0;) {
        strides[d] = stride;
        stride *= tensor.shape[d];
    }
    std::vector<std::uint64_t> at(outer, 0);
    while (true) {
        if (job.stop.stop_requested()) {
            return fail(Code::Cancelled);
        }
        std::uint64_t first = runFirst;
        for (std::size_t d = 0; d < outer; ++d) {
            first += (slice[d].start + at[d] * slice[d].step) * strides[d];
        }
        if (auto taken = collector.take(first, runCount, runStep); !taken) {
            return std::move(taken).error();
        }
        std::size_t d = outer;
        while (d > 0 && ++at[d - 1] == slice[d - 1].count) {
            at[--d] = 0;
        }
        if (d == 0) {
            return data;
        }
    }
}

} // namespace ckptscope
