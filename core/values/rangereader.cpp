// SPDX-License-Identifier: Apache-2.0
#include "core/values/rangereader.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <zlib.h>

namespace ckptscope::values {

namespace {

constexpr std::size_t WindowBytes = 256U << 10U;
constexpr std::uint64_t NearBytes = 16U << 10U; ///< runs closer than that are read together
constexpr std::size_t PackedBytes = 64U << 10U;

} // namespace

Result<void> FileRange::read(std::uint64_t offset, std::span<std::byte> out)
{
    if (offset > m_range.length || out.size() > m_range.length - offset) {
        return inFile(fail(Code::ElementsLayout, {"a tensor"}), m_file.name(), m_range.offset);
    }
    return m_file.readAt(m_range.offset + offset, out);
}

struct DeflatedRange::State {
    z_stream stream{};
    std::array<std::byte, PackedBytes> input{};
    std::uint64_t read = 0; ///< packed bytes handed to zlib so far
    bool open = false;
};

DeflatedRange::DeflatedRange(const File& file, ByteRange packed)
    : m_file(file)
    , m_packed(packed)
    , m_state(std::make_unique<State>())
{
}

DeflatedRange::~DeflatedRange()
{
    if (m_state->open) {
        inflateEnd(&m_state->stream);
    }
}

Result<void> DeflatedRange::restart()
{
    if (m_state->open) {
        inflateEnd(&m_state->stream);
        m_state->open = false;
    }
    m_state->stream = {};
    m_state->read = 0;
    m_at = 0;
    if (inflateInit2(&m_state->stream, -MAX_WBITS) != Z_OK) { // raw: a zip member has no zlib header
        return fail(Code::Internal, {"zlib"});
    }
    m_state->open = true;
    return {};
}

Result<void> DeflatedRange::decode(std::span<std::byte> out)
{
    z_stream& stream = m_state->stream;
    while (!out.empty()) {
        if (stream.avail_in == 0) {
            const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(PackedBytes, m_packed.length - m_state->read));
            if (length > 0) {
                if (auto got = m_file.readAt(m_packed.offset + m_state->read, std::span(m_state->input).first(length)); !got) {
                    return got;
                }
            }
            m_state->read += length;
            stream.next_in = reinterpret_cast<Bytef*>(m_state->input.data()); // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast): zlib's type
            stream.avail_in = static_cast<uInt>(length);
        }
        const auto want = static_cast<uInt>(std::min<std::size_t>(out.size(), 1U << 30U));
        stream.next_out = reinterpret_cast<Bytef*>(out.data()); // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast): zlib's type
        stream.avail_out = want;
        const uInt before = stream.avail_in;
        const int code = inflate(&stream, Z_NO_FLUSH);
        const std::size_t made = want - stream.avail_out;
        out = out.subspan(made);
        m_at += made;
        const bool stuck = made == 0 && stream.avail_in == before;
        if ((code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) || (stuck || (code == Z_STREAM_END && !out.empty()))) {
            return inFile(fail(Code::ElementsDeflate, {std::to_string(m_at)}), m_file.name(), m_packed.offset);
        }
    }
    return {};
}

Result<void> DeflatedRange::read(std::uint64_t offset, std::span<std::byte> out)
{
    if (!m_state->open || offset < m_at) {
        if (auto ready = restart(); !ready) {
            return ready;
        }
    }
    if (offset > m_at) {
        std::vector<std::byte> skipped(static_cast<std::size_t>(std::min<std::uint64_t>(offset - m_at, PackedBytes)));
        while (offset > m_at) {
            const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(offset - m_at, skipped.size()));
            if (auto done = decode(std::span(skipped).first(length)); !done) {
                return done;
            }
        }
    }
    return decode(out);
}

Result<void> LatinRange::read(std::uint64_t offset, std::span<std::byte> out)
{
    if (offset < m_at) {
        m_held = 0;
        m_taken = 0;
        m_at = 0;
    }
    while (m_at < offset) {
        if (auto skipped = next(); !skipped) {
            return skipped.error();
        }
    }
    for (std::byte& byte : out) {
        auto read = next();
        if (!read) {
            return read.error();
        }
        byte = *read;
    }
    return {};
}

Result<std::byte> LatinRange::next()
{
    const auto take = [this]() -> Result<std::byte> {
        if (m_held == 0) {
            m_held = static_cast<std::size_t>(std::min<std::uint64_t>(PackedBytes, m_text.length - m_taken));
            if (m_held == 0) {
                return inFile(fail(Code::ElementsLayout, {"a tensor"}), m_file.name(), m_text.end());
            }
            m_window.resize(m_held);
            if (auto got = m_file.readAt(m_text.offset + m_taken, m_window); !got) {
                m_held = 0;
                return got.error();
            }
        }
        ++m_taken;
        return m_window[m_window.size() - m_held--];
    };
    auto first = take();
    if (!first) {
        return first.error();
    }
    std::byte value = *first;
    if ((value & std::byte{0x80}) != std::byte{0}) {
        const auto second = take();
        if (!second) {
            return second.error();
        }
        if ((value != std::byte{0xC2} && value != std::byte{0xC3}) || (*second & std::byte{0xC0}) != std::byte{0x80}) {
            return inFile(fail(Code::ElementsLayout, {"a tensor"}), m_file.name(), m_text.offset + m_taken - 2);
        }
        value = (value & std::byte{3}) << 6 | (*second & std::byte{0x3F});
    }
    ++m_at;
    return value;
}

namespace {

/// Drops dimensions of one, puts the largest source strides outside, joins dimensions that run on in both places.
void simplify(BoxCopy& box)
{
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < box.shape.size(); ++i) {
        if (box.shape[i] != 1) {
            order.push_back(i);
        }
    }
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return box.fromStrides[a] > box.fromStrides[b]; });
    BoxCopy out{box.from, box.elementBytes, {}, {}, {}};
    for (const std::size_t i : order) {
        if (!out.shape.empty() && out.fromStrides.back() == box.fromStrides[i] * box.shape[i]
            && out.toStrides.back() == box.toStrides[i] * box.shape[i]) {
            out.shape.back() *= box.shape[i];
            out.fromStrides.back() = box.fromStrides[i];
            out.toStrides.back() = box.toStrides[i];
        } else {
            out.shape.push_back(box.shape[i]);
            out.fromStrides.push_back(box.fromStrides[i]);
            out.toStrides.push_back(box.toStrides[i]);
        }
    }
    box = std::move(out);
}

/// Serves short runs out of one larger read.
class Window {
public:
    Window(RangeReader& reader, std::uint64_t end, bool ahead)
        : m_reader(reader)
        , m_end(end)
        , m_ahead(ahead)
    {
    }

    Result<const std::byte*> at(std::uint64_t offset, std::size_t length)
    {
        if (offset < m_start || offset + length > m_start + m_bytes.size()) {
            const std::uint64_t wanted = m_ahead ? std::max<std::uint64_t>(length, std::min<std::uint64_t>(WindowBytes, m_end - offset)) : length;
            m_bytes.resize(static_cast<std::size_t>(wanted));
            m_start = offset;
            if (auto got = m_reader.read(offset, m_bytes); !got) {
                m_bytes.clear();
                return got.error();
            }
        }
        return static_cast<const std::byte*>(m_bytes.data() + (offset - m_start));
    }

private:
    RangeReader& m_reader;
    std::uint64_t m_end;
    bool m_ahead;
    std::uint64_t m_start = 0;
    std::vector<std::byte> m_bytes;
};

/// One run along the innermost dimension.
Result<void> copyRun(RangeReader& reader, Window& window, const BoxCopy& box, std::uint64_t from, std::byte* to)
{
    const std::size_t size = box.elementBytes;
    const std::uint64_t count = box.shape.back();
    const std::uint64_t step = box.fromStrides.back();
    const std::uint64_t toStep = box.toStrides.back();
    if (step == size && toStep == size && count * size >= WindowBytes / 4) {
        return reader.read(from, std::span(to, static_cast<std::size_t>(count * size)));
    }
    const std::uint64_t together = step == 0 ? count : step > NearBytes ? 1 : std::max<std::uint64_t>(1, (WindowBytes - size) / step);
    for (std::uint64_t first = 0; first < count; first += together) {
        const std::uint64_t now = std::min(together, count - first);
        auto bytes = window.at(from + first * step, static_cast<std::size_t>((now - 1) * step + size));
        if (!bytes) {
            return bytes.error();
        }
        const std::byte* in = *bytes;
        std::byte* out = to + first * toStep;
        if (step == size && toStep == size) {
            std::memcpy(out, in, static_cast<std::size_t>(now * size));
            continue;
        }
        for (std::uint64_t i = 0; i < now; ++i) {
            std::memcpy(out + i * toStep, in + i * step, size);
        }
    }
    return {};
}

} // namespace

Result<void> copyBox(RangeReader& reader, BoxCopy box, std::byte* to)
{
    if (std::find(box.shape.begin(), box.shape.end(), 0U) != box.shape.end()) {
        return {};
    }
    simplify(box);
    if (box.shape.empty()) {
        return reader.read(box.from, std::span(to, box.elementBytes));
    }
    std::uint64_t end = box.from + box.elementBytes;
    for (std::size_t i = 0; i < box.shape.size(); ++i) {
        end += (box.shape[i] - 1) * box.fromStrides[i];
    }
    const std::size_t outer = box.shape.size() - 1;
    Window window(reader, end, outer > 0 && box.fromStrides[outer - 1] <= NearBytes + box.shape[outer] * box.fromStrides[outer]);
    std::vector<std::uint64_t> index(outer, 0);
    std::uint64_t from = box.from;
    while (true) {
        if (auto done = copyRun(reader, window, box, from, to); !done) {
            return done;
        }
        std::size_t d = outer;
        while (d > 0) {
            --d;
            from += box.fromStrides[d];
            to += box.toStrides[d];
            if (++index[d] < box.shape[d]) {
                break;
            }
            from -= box.fromStrides[d] * box.shape[d];
            to -= box.toStrides[d] * box.shape[d];
            index[d] = 0;
            if (d == 0) {
                return {};
            }
        }
        if (outer == 0) {
            return {};
        }
    }
}

} // namespace ckptscope::values
