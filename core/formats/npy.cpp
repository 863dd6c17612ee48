// SPDX-License-Identifier: Apache-2.0
#include "core/formats/npy.h"

#include "core/formats/partsbuilder.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>

namespace ckptscope {

namespace {

constexpr std::string_view Magic = "\x93NUMPY";
constexpr std::uint64_t NumpyMaxHeader = 10'000; ///< numpy.lib.format's _MAX_HEADER_SIZE
constexpr int MaxDepth = 16;                     ///< of a structured dtype
constexpr std::size_t MaxNodes = 200'000;

std::uint64_t littleEndian(std::span<const std::byte> bytes) noexcept
{
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) {
        value = value << 8U | static_cast<std::uint64_t>(bytes[i]);
    }
    return value;
}

/// A value of a Python literal.
struct Node {
    enum class Kind : std::uint8_t { String, Integer, Bool, None, Tuple, List, Dict } kind = Kind::None;
    std::string text;         ///< String
    std::uint64_t number = 0; ///< Integer, Bool
    bool negative = false;
    std::vector<Node> items; ///< Dict: key, value, key, value
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// Reads the few kinds of Python literal that NumPy's headers hold; never evaluates.
class LiteralParser {
public:
    explicit LiteralParser(std::string_view text)
        : m_text(text)
    {
    }

    bool parse(Node& node) { return value(node, 0) && (space(), m_at == m_text.size() || no("something follows the dict")); }
    [[nodiscard]] const std::string& why() const noexcept { return m_why; }
    [[nodiscard]] std::size_t position() const noexcept { return m_at; }

private:
    bool no(std::string why)
    {
        if (m_why.empty()) {
            m_why = std::move(why);
        }
        return false;
    }

    void space() noexcept
    {
        while (m_at < m_text.size() && (m_text[m_at] == ' ' || m_text[m_at] == '\n' || m_text[m_at] == '\t' || m_text[m_at] == '\r')) {
            ++m_at;
        }
    }

    bool take(char c) noexcept
    {
        space();
        if (m_at < m_text.size() && m_text[m_at] == c) {
            ++m_at;
            return true;
        }
        return false;
    }

    bool word(std::string_view expected) noexcept
    {
        if (m_text.substr(m_at).starts_with(expected)) {
            m_at += expected.size();
            return true;
        }
        return false;
    }

    bool value(Node& node, int depth)
    {
        space();
        if (depth > MaxDepth || ++m_nodes > MaxNodes) {
            return no("it nests too deep or holds too much");
        }
        if (m_at >= m_text.size()) {
            return no("it ends too early");
        }
        node.begin = m_at;
        const char c = m_text[m_at];
        const bool good = c == '{'               ? dict(node, depth)
            : c == '(' || c == '['               ? sequence(node, depth)
            : c == '\'' || c == '"'              ? string(node)
            : c == '-' || (c >= '0' && c <= '9') ? integer(node)
                                                 : constant(node);
        node.end = m_at;
        return good;
    }

    bool constant(Node& node)
    {
        const bool truth = word("True");
        if (truth || word("False")) {
            node.kind = Node::Kind::Bool;
            node.number = truth ? 1 : 0;
            return true;
        }
        return word("None") || no("it holds something other than text, numbers, True and False");
    }

    bool integer(Node& node)
    {
        node.kind = Node::Kind::Integer;
        node.negative = word("-");
        const char* first = m_text.data() + m_at;
        const auto [end, error] = std::from_chars(first, m_text.data() + m_text.size(), node.number);
        if (error != std::errc() || (*first == '0' && end - first > 1)) {
            return no("a number is not one that 64 bits hold");
        }
        m_at += static_cast<std::size_t>(end - first);
        word("L"); // a long of Python 2
        return m_at >= m_text.size() || std::string_view(" \n\t\r,)]}:").find(m_text[m_at]) != std::string_view::npos
            || no("a number is not an integer");
    }

    bool string(Node& node)
    {
        node.kind = Node::Kind::String;
        const char quote = m_text[m_at++];
        while (m_at < m_text.size() && m_text[m_at] != quote) {
            if (m_text[m_at] == '\n') {
                return no("a text has no end");
            }
            if (m_text[m_at] == '\\') {
                node.text += m_text[m_at++]; // kept as it is: names are only shown
                if (m_at >= m_text.size()) {
                    break;
                }
            }
            node.text += m_text[m_at++];
        }
        return m_at++ < m_text.size() || no("a text has no end");
    }

    bool sequence(Node& node, int depth)
    {
        const bool tuple = m_text[m_at++] == '(';
        const char close = tuple ? ')' : ']';
        node.kind = tuple ? Node::Kind::Tuple : Node::Kind::List;
        bool comma = false;
        while (!take(close)) {
            if (!node.items.empty() && !comma) {
                return no("a comma is missing");
            }
            if (!value(node.items.emplace_back(), depth + 1)) {
                return false;
            }
            comma = take(',');
        }
        if (tuple && node.items.size() == 1 && !comma) { // (3) is an int in parentheses
            Node inner = std::move(node.items.front());
            node = std::move(inner);
        }
        return true;
    }

    bool dict(Node& node, int depth)
    {
        ++m_at;
        node.kind = Node::Kind::Dict;
        bool comma = true;
        while (!take('}')) {
            if (!comma) {
                return no("a comma is missing");
            }
            if (depth > 0) {
                return no("it holds a dict inside the dict");
            }
            if (!value(node.items.emplace_back(), depth + 1) || !(take(':') || no("a colon is missing"))
                || !value(node.items.emplace_back(), depth + 1)) {
                return false;
            }
            comma = take(',');
        }
        return true;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    std::size_t m_nodes = 0;
    std::string m_why;
};

/// Turns a parsed dict into a NpyHeader; every `no` says why it is none of NumPy's.
class HeaderBuilder {
public:
    explicit HeaderBuilder(NpyHeader& out)
        : m_out(out)
    {
    }
    [[nodiscard]] const std::string& why() const noexcept { return m_why; }

    bool build(const Node& dict, std::string_view text)
    {
        if (dict.kind != Node::Kind::Dict) {
            return no("it is not a dict");
        }
        const Node* descr = nullptr;
        const Node* order = nullptr;
        const Node* shape = nullptr;
        for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
            const Node& key = dict.items[i];
            const Node** slot = key.kind != Node::Kind::String ? nullptr
                : key.text == "descr"                          ? &descr
                : key.text == "fortran_order"                  ? &order
                : key.text == "shape"                          ? &shape
                                                               : nullptr;
            if (slot == nullptr || *slot != nullptr) {
                return no(slot == nullptr ? "it has a key that NumPy does not know" : "a key stands there twice");
            }
            *slot = &dict.items[i + 1];
        }
        if (descr == nullptr || order == nullptr || shape == nullptr) {
            return no("one of descr, fortran_order and shape is missing");
        }
        if (order->kind != Node::Kind::Bool) {
            return no("fortran_order is not True or False");
        }
        m_out.fortranOrder = order->number != 0;
        return dims(*shape) && type(*descr, text);
    }

private:
    bool no(std::string why)
    {
        if (m_why.empty()) {
            m_why = std::move(why);
        }
        return false;
    }

    bool dims(const Node& shape)
    {
        if (shape.kind != Node::Kind::Tuple) {
            return no("shape is not a tuple");
        }
        if (shape.items.size() > limits().rank) {
            return no("the array has " + std::to_string(shape.items.size()) + " dimensions");
        }
        for (const Node& dim : shape.items) {
            if (dim.kind != Node::Kind::Integer || dim.negative) {
                return no("a dimension is not a whole number of elements");
            }
            m_out.shape.push_back(dim.number);
        }
        return true;
    }

    bool type(const Node& descr, std::string_view text)
    {
        m_out.spelling = "numpy:";
        if (descr.kind == Node::Kind::String) {
            m_out.spelling += descr.text;
            std::uint64_t bytes = 0;
            if (!scalar(descr.text, bytes, m_out.dtype, m_out.bigEndian)) {
                return false;
            }
            m_out.itemBytes = m_out.object ? 0 : bytes;
            return true;
        }
        if (descr.kind != Node::Kind::List) {
            return no("descr is neither a text nor a list of fields");
        }
        constexpr std::size_t ShownFields = 1000;
        m_out.spelling += text.substr(descr.begin, std::min(descr.end - descr.begin, ShownFields));
        m_out.spelling += descr.end - descr.begin > ShownFields ? "..." : "";
        return record(descr, m_out.itemBytes, 0) && (m_out.itemBytes = m_out.object ? 0 : m_out.itemBytes, true);
    }

    /// A list of fields: (name, descr) or (name, descr, shape).
    bool record(const Node& fields, std::uint64_t& bytes, int depth)
    {
        for (const Node& field : fields.items) {
            const bool titled = field.kind == Node::Kind::Tuple && !field.items.empty() && field.items[0].kind == Node::Kind::Tuple;
            if (depth > MaxDepth || field.kind != Node::Kind::Tuple || field.items.size() < 2 || field.items.size() > 3
                || !(titled || field.items[0].kind == Node::Kind::String)) {
                return no("a field of descr is not (name, dtype) or (name, dtype, shape)");
            }
            std::uint64_t size = 0;
            DType ignored = DType::Unknown;
            bool order = false;
            const Node& inner = field.items[1];
            if (inner.kind == Node::Kind::String ? !scalar(inner.text, size, ignored, order)
                                                 : inner.kind != Node::Kind::List || !record(inner, size, depth + 1)) {
                return no("a field of descr has a dtype that NumPy does not know");
            }
            if (field.items.size() == 3 && !repeated(field.items[2], size)) {
                return false;
            }
            if (__builtin_add_overflow(bytes, size, &bytes)) {
                return no("descr gives more bytes than 64 bits can count");
            }
        }
        return true;
    }

    bool repeated(const Node& shape, std::uint64_t& size)
    {
        const std::span<const Node> dims = shape.kind == Node::Kind::Tuple ? std::span<const Node>(shape.items) : std::span(&shape, 1);
        for (const Node& dim : dims) {
            if (dim.kind != Node::Kind::Integer || dim.negative || __builtin_mul_overflow(size, dim.number, &size)) {
                return no("the shape of a field of descr is not one");
            }
        }
        return true;
    }

    /// "<f4", "|b1", "U3", "<M8[ns]".
    bool scalar(std::string_view descr, std::uint64_t& bytes, DType& dtype, bool& bigEndian)
    {
        const std::string_view all = descr;
        if (!descr.empty() && std::string_view("<>|=").find(descr[0]) != std::string_view::npos) {
            bigEndian = descr[0] == '>' || (descr[0] == '=' && std::endian::native == std::endian::big);
            descr.remove_prefix(1);
        }
        if (descr == "?") {
            descr = "b1";
        }
        if (descr.starts_with('O')) {
            m_out.object = true;
            return true;
        }
        if (descr.empty() || std::string_view("biufcSaUVMmW").find(descr[0]) == std::string_view::npos) {
            return no("the dtype " + std::string(all.substr(0, 40)) + " is none that NumPy knows");
        }
        const char kind = descr[0];
        descr.remove_prefix(1);
        const auto [end, error] = std::from_chars(descr.data(), descr.data() + descr.size(), bytes);
        if (end == descr.data() && (kind == 'S' || kind == 'a' || kind == 'U' || kind == 'V')) {
            bytes = 0; // without a number: empty
        } else if (end == descr.data() && (kind == 'M' || kind == 'm')) {
            bytes = 8;
        } else if (error != std::errc()) {
            return no("the dtype " + std::string(all.substr(0, 40)) + " has no size");
        }
        const std::string_view rest(end, static_cast<std::size_t>(descr.data() + descr.size() - end));
        const bool unit = (kind == 'M' || kind == 'm') && rest.size() >= 2 && rest.front() == '[' && rest.back() == ']';
        if ((!rest.empty() && !unit) || (kind == 'U' && __builtin_mul_overflow(bytes, std::uint64_t{4}, &bytes))) {
            return no("the dtype " + std::string(all.substr(0, 40)) + " is none that NumPy knows");
        }
        return known(kind, bytes, dtype) || no("the dtype " + std::string(all.substr(0, 40)) + " is none that NumPy knows");
    }

    static bool known(char kind, std::uint64_t bytes, DType& dtype) noexcept
    {
        struct Row {
            char kind;
            std::uint8_t bytes;
            DType dtype;
        };
        // ml_dtypes writes float8_e5m2 as <f1; its other types are void (<V1, <V2), and NumPy's long doubles have no dtype here
        static constexpr std::array Rows{
            Row{'b', 1, DType::BOOL}, Row{'i', 1, DType::I8},  Row{'i', 2, DType::I16}, Row{'i', 4, DType::I32}, Row{'i', 8, DType::I64},
            Row{'u', 1, DType::U8},   Row{'u', 2, DType::U16}, Row{'u', 4, DType::U32}, Row{'u', 8, DType::U64}, Row{'f', 1, DType::F8_E5M2},
            Row{'f', 2, DType::F16},  Row{'f', 4, DType::F32}, Row{'f', 8, DType::F64}, Row{'c', 8, DType::C64}, Row{'c', 16, DType::C128},
        };
        for (const Row& row : Rows) {
            if (row.kind == kind && row.bytes == bytes) {
                dtype = row.dtype;
                return true;
            }
        }
        switch (kind) {
        case 'b':
        case 'i':
        case 'u':
            return false;
        case 'f':
            return bytes == 12 || bytes == 16;
        case 'c':
            return bytes == 24 || bytes == 32;
        case 'M':
        case 'm':
            return bytes == 8;
        case 'W':
            return bytes == 4;
        default:
            return true;
        }
    }

    NpyHeader& m_out;
    std::string m_why;
};

std::string utf8FromLatin1(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            out += c;
        } else {
            out += static_cast<char>(0xC0U | byte >> 6U);
            out += static_cast<char>(0x80U | (byte & 0x3FU));
        }
    }
    return out;
}

std::string stem(std::string_view name)
{
    const std::size_t slash = name.find_last_of('/');
    if (slash != std::string_view::npos) {
        name.remove_prefix(slash + 1);
    }
    const std::size_t dot = name.find_last_of('.');
    return std::string(dot == std::string_view::npos || dot == 0 ? name : name.substr(0, dot));
}

} // namespace

Result<std::uint64_t> npyDataStart(std::span<const std::byte> start)
{
    if (start.size() < 10 || std::memcmp(start.data(), Magic.data(), Magic.size()) != 0) {
        return inFile(fail(Code::NpyHeader, {"it is too short, or its first bytes are others"}), {}, 0);
    }
    const auto major = static_cast<unsigned>(start[6]);
    const auto minor = static_cast<unsigned>(start[7]);
    if (major < 1 || major > 3 || minor != 0) {
        return inFile(fail(Code::NpyVersion, {std::to_string(major) + "." + std::to_string(minor)}), {}, 6);
    }
    const std::size_t lengthBytes = major == 1 ? 2 : 4;
    if (start.size() < 8 + lengthBytes) {
        return inFile(fail(Code::NpyHeader, {"it is too short"}), {}, 8);
    }
    const std::uint64_t length = littleEndian(start.subspan(8, lengthBytes));
    if (length > limits().npyHeader) {
        return inFile(fail(Code::LimitExceeded, {"the header's length", std::to_string(length), std::to_string(limits().npyHeader)}), {}, 8);
    }
    return 8 + lengthBytes + length;
}

Result<NpyHeader> parseNpyHeader(std::span<const std::byte> bytes)
{
    const auto dataStart = npyDataStart(bytes);
    if (!dataStart) {
        return dataStart.error();
    }
    const bool utf8 = bytes[6] == std::byte{3};
    const std::size_t textStart = bytes[6] == std::byte{1} ? 10 : 12;
    if (bytes.size() < *dataStart) {
        return inFile(
            fail(Code::NpyHeaderEnds, {std::to_string(*dataStart - textStart), std::to_string(bytes.size() - std::min(bytes.size(), textStart))}), {},
            8);
    }
    const auto raw = bytes.subspan(textStart, static_cast<std::size_t>(*dataStart) - textStart);
    const std::string_view text(reinterpret_cast<const char*>(raw.data()), raw.size());
    Node dict;
    LiteralParser parser(text);
    if (!parser.parse(dict)) {
        return inFile(fail(Code::NpyHeader, {parser.why()}), {}, textStart + std::min(parser.position(), text.size()));
    }
    NpyHeader header;
    header.dataStart = *dataStart;
    HeaderBuilder builder(header);
    if (!builder.build(dict, text)) {
        return inFile(fail(Code::NpyHeader, {builder.why()}), {}, textStart);
    }
    if (!utf8) {
        header.spelling = utf8FromLatin1(header.spelling);
    }
    const auto elements = elementCount(header.shape);
    if (!elements || __builtin_mul_overflow(*elements, header.itemBytes, &header.dataBytes)) {
        return inFile(fail(Code::NpyOverflow), {}, textStart);
    }
    return header;
}

TensorInfo npyTensor(const NpyHeader& header, std::string_view key, ByteRange place, PartsStorage& storage, std::vector<Error>& problems)
{
    TensorInfo tensor;
    tensor.key = storage.text(key);
    tensor.shape = storage.shape(header.shape);
    tensor.dtype = header.dtype;
    tensor.bytes = {place.offset, header.dataBytes};
    const bool transposed = header.fortranOrder && header.shape.size() > 1 && !header.object;
    if (header.dtype == DType::Unknown || header.bigEndian || transposed) {
        TensorExtra* extra = storage.extra();
        extra->spelling = header.spelling;
        extra->bigEndian = header.bigEndian;
        if (transposed && header.dtype == DType::Unknown) {
            extra->note = "column-major (Fortran order)";
        } else if (transposed) {
            Strided view;
            view.storage = tensor.bytes;
            std::uint64_t stride = 1;
            for (const std::uint64_t dim : header.shape) {
                view.strides.push_back(stride);
                stride *= dim; // wraps only where another dimension is 0
            }
            extra->layout = std::move(view);
            extra->note = "column-major (Fortran order)";
        }
        if (header.object) {
            extra->unreadable = "Python objects, stored as a pickle";
        }
        tensor.extra = extra;
    }
    if (header.object) {
        tensor.bytes.length = place.length;
        problems.push_back(inFile(fail(Code::NpyObject), {}, place.offset));
    } else if (place.length < header.dataBytes) {
        tensor.damaged = true;
        problems.push_back(
            inFile(fail(Code::NpyTruncated,
                        {std::to_string(header.dataBytes - place.length), std::to_string(header.dataBytes), std::to_string(place.length)}),
                   {}, place.end()));
    } else if (place.length > header.dataBytes) {
        problems.push_back(inFile(fail(Code::NpyTrailing, {std::to_string(place.length - header.dataBytes)}), {}, place.offset + header.dataBytes));
    }
    const std::uint64_t textBytes = header.dataStart - 10;
    if (textBytes > NumpyMaxHeader) {
        problems.push_back(inFile(fail(Code::NpyLargeHeader, {std::to_string(textBytes)}), {}, 8));
    }
    if (tensor.extra != nullptr && tensor.extra->layout) {
        tensor.bytes.offset = 0;
    }
    return tensor;
}

bool NpyReader::recognises(const Source& source) const noexcept
{
    return !source.isFolder && source.headText().starts_with(Magic);
}

Result<CheckpointParts> NpyReader::open(const Source& source, const OpenOptions& /*options*/, const JobContext& /*job*/) const
{
    const std::uint64_t size = source.file.size();
    std::vector<std::byte> bytes(static_cast<std::size_t>(std::min<std::uint64_t>(size, 12)));
    if (auto read = source.file.readAt(0, bytes); !read) {
        return read.error();
    }
    const auto dataStart = npyDataStart(bytes);
    if (!dataStart) {
        return inFile(dataStart.error(), source.name);
    }
    bytes.resize(static_cast<std::size_t>(std::min(size, *dataStart)));
    if (auto read = source.file.readAt(0, bytes); !read) {
        return read.error();
    }
    const auto header = parseNpyHeader(bytes);
    if (!header) {
        return inFile(header.error(), source.name);
    }
    auto storage = std::make_shared<PartsStorage>();
    CheckpointParts parts;
    std::vector<Error> problems;
    parts.tensors.push_back(npyTensor(*header, stem(source.name), {header->dataStart, size - header->dataStart}, *storage, problems));
    for (Error& problem : problems) {
        const Severity severity = codeInfo(problem.code).severity;
        parts.problems.push_back({severity, inFile(std::move(problem), source.name), 0U});
    }
    Shard shard;
    shard.identity = source.file.identity();
    shard.bytes = size;
    shard.dataStart = header->dataStart;
    shard.tensors = 1;
    parts.format = "npy";
    parts.shards.push_back(std::move(shard));
    parts.storage.push_back(std::move(storage));
    return parts;
}

const FormatReader& npyReader() noexcept
{
    static const NpyReader reader;
    return reader;
}

} // namespace ckptscope
