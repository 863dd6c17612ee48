// SPDX-License-Identifier: Apache-2.0
#include "core/formats/compactentries.h"

#include "core/formats/formatreader.h"
#include "core/text/jsonscan.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <thread>

namespace ckptscope {

namespace {

constexpr std::uint64_t Ones = 0x0101010101010101ULL;
constexpr std::uint64_t Highs = 0x8080808080808080ULL;
constexpr char DTypeField[] = R"({"dtype":")";
constexpr char ShapeField[] = R"(","shape":[)";
constexpr char OffsetsField[] = R"(,"data_offsets":[)";
constexpr std::string_view Seam = R"(},")";

std::uint64_t loadEight(const char* at) noexcept
{
    std::uint64_t eight = 0;
    std::memcpy(&eight, at, 8);
    return eight;
}

/// High bits set where a byte is 0; exact up to and with the first such byte.
std::uint64_t zeroBytes(std::uint64_t eight) noexcept
{
    return (eight - Ones) & ~eight & Highs;
}

template<std::size_t N>
constexpr std::size_t length(const char (&)[N]) noexcept
{
    return N - 1; // without the closing zero
}

/// Compares eight bytes at a time, the last ones maybe twice; a call of memcmp costs more than that.
template<std::size_t N>
bool startsWith(const char* at, const char* end, const char (&text)[N]) noexcept
{
    constexpr std::size_t Bytes = N - 1;
    if (static_cast<std::size_t>(end - at) < Bytes) {
        return false;
    }
    if constexpr (Bytes < 8) {
        return std::memcmp(at, text, Bytes) == 0;
    } else {
        std::uint64_t differs = loadEight(at + Bytes - 8) ^ loadEight(text + Bytes - 8);
        for (std::size_t n = 0; n + 8 < Bytes; n += 8) {
            differs |= loadEight(at + n) ^ loadEight(text + n);
        }
        return differs == 0;
    }
}

/// Decimal digits that stand right here, 18 at most, without a leading zero; nullptr: anything else.
const char* digits(const char* at, const char* end, std::uint64_t& value) noexcept
{
    constexpr std::ptrdiff_t Most = 18; // that always fit 64 bits
    const char* const start = at;
    std::uint64_t sum = 0;
    while (at < end) {
        const auto digit = static_cast<unsigned>(static_cast<unsigned char>(*at)) - '0';
        if (digit > 9) {
            break;
        }
        if (at - start == Most) {
            return nullptr;
        }
        sum = sum * 10 + digit;
        ++at;
    }
    value = sum;
    return at == start || (at - start > 1 && *start == '0') ? nullptr : at;
}

} // namespace

std::string_view oddName(std::string_view key) noexcept
{
    if (key.empty()) {
        return "empty";
    }
    // One look at the bytes decides for nearly every name.
    const auto special = [](std::uint64_t eight) {
        return zeroBytes(eight ^ (Ones * '/')) | zeroBytes(eight ^ (Ones * '\\')) | zeroBytes(eight ^ (Ones * 0x7F))
            | ((eight - Ones * 0x20) & ~eight & Highs);
    };
    std::uint64_t any = 0;
    std::size_t at = 0;
    for (; at + 8 <= key.size(); at += 8) {
        any |= special(loadEight(key.data() + at));
    }
    if (at < key.size() && any == 0) {
        std::uint64_t rest = Ones * 'a';
        std::memcpy(&rest, key.data() + at, key.size() - at);
        any = special(rest);
    }
    if (any == 0) {
        return {};
    }
    const bool control = std::any_of(key.begin(), key.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    const bool slash = key.find_first_of("/\\") != std::string_view::npos;
    if (control) {
        return "made of control characters";
    }
    if (slash && (key.front() == '/' || key.front() == '\\' || key.find("..") != std::string_view::npos)) {
        return "like a path";
    }
    return {};
}

const char* CompactEntries::name(const char* at, const char* end, std::string_view& key) noexcept
{
    if (at == end || *at != '"') {
        return nullptr;
    }
    const char* const start = ++at;
    const auto stops = [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x80; };
    if constexpr (std::endian::native == std::endian::little) {
        while (end - at >= 8) {
            const std::uint64_t eight = loadEight(at);
            const std::uint64_t stop =
                (zeroBytes(eight ^ (Ones * '"')) | zeroBytes(eight ^ (Ones * '\\')) | ((eight - Ones * 0x20) & ~eight) | eight) & Highs;
            if (stop != 0) {
                at += std::countr_zero(stop) / 8;
                break;
            }
            at += 8;
        }
    }
    while (at < end && !stops(*at)) {
        ++at;
    }
    if (at == end || *at != '"') {
        return nullptr;
    }
    key = std::string_view(start, static_cast<std::size_t>(at - start));
    return at + 1;
}

const char* CompactEntries::shape(const char* at, const char* end, std::span<const std::uint64_t>& out)
{
    const auto left = static_cast<std::size_t>(end - at);
    for (std::size_t n = 0; n < m_known.size(); ++n) {
        const Known& known = m_known[(m_knownNext + n) % m_known.size()];
        if (known.bytes != 0 && left >= known.bytes && std::memcmp(at, known.text.data(), known.bytes) == 0) {
            out = known.shape;
            return at + known.bytes;
        }
    }
    const char* const start = at;
    m_dims.clear();
    if (at < end && *at == ']') {
        ++at;
    } else {
        for (;;) {
            std::uint64_t dim = 0;
            at = digits(at, end, dim);
            if (at == nullptr || at == end || m_dims.size() >= limits().rank) {
                return nullptr;
            }
            m_dims.push_back(dim);
            const char c = *at++;
            if (c == ']') {
                break;
            }
            if (c != ',') {
                return nullptr;
            }
        }
    }
    out = m_storage.shape(m_dims);
    const auto bytes = static_cast<std::size_t>(at - start);
    if (Known& oldest = m_known[m_knownNext]; bytes <= oldest.text.size()) {
        std::memcpy(oldest.text.data(), start, bytes);
        oldest.bytes = bytes;
        oldest.shape = out;
        m_knownNext = (m_knownNext + 1) % m_known.size();
    }
    return at;
}

const char* CompactEntries::value(const char* at, const char* end, TensorInfo& tensor)
{
    if (!startsWith(at, end, DTypeField)) {
        return nullptr;
    }
    at += length(DTypeField);
    if (m_dtypeText.empty() || static_cast<std::size_t>(end - at) < m_dtypeText.size()
        || std::memcmp(at, m_dtypeText.data(), m_dtypeText.size()) != 0) {
        const std::string_view rest(at, std::min<std::size_t>(16, static_cast<std::size_t>(end - at)));
        const std::string_view spelled = rest.substr(0, rest.find('"'));
        const auto known = dtypeFromSafetensors(spelled);
        if (!known || !startsWith(at + spelled.size(), end, ShapeField)) {
            return nullptr;
        }
        m_dtype = *known;
        m_dtypeText.assign(at, spelled.size() + length(ShapeField));
    }
    at += m_dtypeText.size();
    std::span<const std::uint64_t> dims;
    at = shape(at, end, dims);
    if (at == nullptr || !startsWith(at, end, OffsetsField)) {
        return nullptr;
    }
    ByteRange bytes;
    at = digits(at + length(OffsetsField), end, bytes.offset);
    if (at == nullptr || at == end || *at != ',') {
        return nullptr;
    }
    at = digits(at + 1, end, bytes.length);
    if (at == nullptr || !startsWith(at, end, "]}")) {
        return nullptr;
    }
    tensor.dtype = m_dtype;
    tensor.shape = dims;
    tensor.bytes = bytes;
    return at + 2;
}

namespace {

/// Reads from `from` to where an entry starts at `to` or later, or to the object's end.
void readSlice(std::string_view header, std::size_t from, std::size_t to, EntrySlice& slice, const std::stop_token& stop)
{
    constexpr std::size_t StopEvery = 8192; // entries
    slice.storage = std::make_shared<PartsStorage>();
    slice.tensors.reserve((to - from) / 64 + 1); // room that is only touched as it fills
    CompactEntries entries(*slice.storage);
    const char* const begin = header.data();
    const char* const end = begin + header.size();
    const char* at = begin + from;
    slice.end = from;
    slice.ascending = true;
    std::string_view before;
    while (slice.end < to) {
        if (slice.tensors.size() % StopEvery == 0 && stop.stop_requested()) {
            return;
        }
        std::string_view key;
        at = CompactEntries::name(at, end, key);
        if (at == nullptr || at == end || *at != ':' || key == "__metadata__" || !oddName(key).empty()) {
            return;
        }
        TensorInfo tensor;
        at = entries.value(at + 1, end, tensor);
        if (at == nullptr || at == end || (*at != ',' && *at != '}')) {
            return;
        }
        tensor.headerOffset = static_cast<std::uint32_t>(slice.end);
        tensor.key = slice.storage->text(key);
        slice.ascending = slice.ascending && (slice.tensors.empty() || before < tensor.key);
        before = tensor.key;
        slice.tensors.push_back(tensor);
        const bool last = *at == '}';
        at += last ? 0 : 1;
        slice.end = static_cast<std::size_t>(at - begin);
        if (last) {
            break;
        }
    }
    slice.whole = true;
}

} // namespace

std::vector<EntrySlice> readEntrySlices(std::string_view header, std::size_t from, std::size_t to, unsigned threads, const std::stop_token& stop)
{
    std::vector<std::size_t> starts{from};
    const std::size_t step = (to - from) / std::max(1U, threads);
    for (unsigned n = 1; n < threads; ++n) {
        const std::size_t seam = header.find(Seam, std::max(from + n * step, starts.back() + 1));
        if (seam == std::string_view::npos || seam + 2 >= to) {
            break;
        }
        starts.push_back(seam + 2);
    }
    std::vector<EntrySlice> slices(starts.size());
    {
        std::vector<std::jthread> helpers;
        for (std::size_t n = 1; n < slices.size(); ++n) {
            helpers.emplace_back([&, n] { readSlice(header, starts[n], n + 1 < starts.size() ? starts[n + 1] : to, slices[n], stop); });
        }
        readSlice(header, starts[0], starts.size() > 1 ? starts[1] : to, slices[0], stop);
    }
    for (std::size_t n = 0; n + 1 < slices.size(); ++n) {
        slices[n].whole = slices[n].whole && slices[n].end == starts[n + 1];
    }
    return slices;
}

} // namespace ckptscope
