// SPDX-License-Identifier: Apache-2.0
#include "core/formats/pickle.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <unordered_map>
#include <unordered_set>

namespace ckptscope::pickle {

Limits& limits() noexcept
{
    static Limits table;
    return table;
}

namespace {

// Opcode values: python/cpython Lib/pickle.py, which documents each.
enum Op : unsigned char {
    Mark = '(',
    Stop = '.',
    Pop = '0',
    PopMark = '1',
    Dup = '2',
    FloatLine = 'F',
    IntLine = 'I',
    BinInt = 'J',
    BinInt1 = 'K',
    LongLine = 'L',
    BinInt2 = 'M',
    NoneOp = 'N',
    PersId = 'P',
    BinPersId = 'Q',
    Reduce = 'R',
    StringLine = 'S',
    BinString = 'T',
    ShortBinString = 'U',
    UnicodeLine = 'V',
    BinUnicode = 'X',
    Append = 'a',
    Build = 'b',
    GlobalOp = 'c',
    DictOp = 'd',
    EmptyDict = '}',
    Appends = 'e',
    Get = 'g',
    BinGet = 'h',
    Inst = 'i',
    LongBinGet = 'j',
    ListOp = 'l',
    EmptyList = ']',
    Obj = 'o',
    Put = 'p',
    BinPut = 'q',
    LongBinPut = 'r',
    SetItem = 's',
    TupleOp = 't',
    EmptyTuple = ')',
    SetItems = 'u',
    BinFloat = 'G',
    BinBytes = 'B',
    ShortBinBytes = 'C',
    Proto = 0x80,
    NewObj = 0x81,
    Ext1 = 0x82,
    Ext2 = 0x83,
    Ext4 = 0x84,
    Tuple1 = 0x85,
    Tuple2 = 0x86,
    Tuple3 = 0x87,
    NewTrue = 0x88,
    NewFalse = 0x89,
    Long1 = 0x8a,
    Long4 = 0x8b,
    ShortBinUnicode = 0x8c,
    BinUnicode8 = 0x8d,
    BinBytes8 = 0x8e,
    EmptySet = 0x8f,
    AddItems = 0x90,
    FrozenSet = 0x91,
    NewObjEx = 0x92,
    StackGlobal = 0x93,
    Memoize = 0x94,
    Frame = 0x95,
    ByteArray8 = 0x96,
    NextBuffer = 0x97,
    ReadonlyBuffer = 0x98,
};

/// How an opcode's argument is stored.
enum class Argument : std::uint8_t { Unknown, None, Fixed1, Fixed2, Fixed4, Fixed8, Line, TwoLines, Counted1, Counted4, Counted8 };

constexpr std::array<Argument, 256> makeArguments()
{
    std::array<Argument, 256> table{};
    const auto set = [&table](std::initializer_list<int> ops, Argument argument) {
        for (const auto op : ops) {
            table[static_cast<std::size_t>(op)] = argument;
        }
    };
    set({Mark,    Stop,     Pop,       PopMark,  Dup,       NoneOp,   BinPersId,   Reduce,   Append,     Build,         DictOp, EmptyDict,
         Appends, ListOp,   EmptyList, Obj,      SetItem,   TupleOp,  EmptyTuple,  SetItems, NewObj,     Tuple1,        Tuple2, Tuple3,
         NewTrue, NewFalse, EmptySet,  AddItems, FrozenSet, NewObjEx, StackGlobal, Memoize,  NextBuffer, ReadonlyBuffer},
        Argument::None);
    set({BinInt1, BinGet, BinPut, Proto, Ext1}, Argument::Fixed1);
    set({BinInt2, Ext2}, Argument::Fixed2);
    set({BinInt, LongBinGet, LongBinPut, Ext4}, Argument::Fixed4);
    set({BinFloat, Frame}, Argument::Fixed8);
    set({FloatLine, IntLine, LongLine, PersId, StringLine, UnicodeLine, Get, Put}, Argument::Line);
    set({GlobalOp, Inst}, Argument::TwoLines);
    set({ShortBinString, ShortBinBytes, ShortBinUnicode, Long1}, Argument::Counted1);
    set({BinString, BinUnicode, BinBytes, Long4}, Argument::Counted4);
    set({BinUnicode8, BinBytes8, ByteArray8}, Argument::Counted8);
    return table;
}
constexpr auto Arguments = makeArguments();

std::string hexOf(unsigned value)
{
    std::array<char, 8> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value, 16).ptr;
    return "0x" + std::string(text.data(), end);
}

int hexDigit(char c) noexcept
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void appendUtf8(std::string& out, std::uint32_t c)
{
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0U | c >> 6U);
        out += static_cast<char>(0x80U | (c & 0x3FU));
    } else if (c < 0x10000) { // lone surrogates too, as Python's "surrogatepass"
        out += static_cast<char>(0xE0U | c >> 12U);
        out += static_cast<char>(0x80U | (c >> 6U & 0x3FU));
        out += static_cast<char>(0x80U | (c & 0x3FU));
    } else {
        out += static_cast<char>(0xF0U | (c >> 18U & 7U));
        out += static_cast<char>(0x80U | (c >> 12U & 0x3FU));
        out += static_cast<char>(0x80U | (c >> 6U & 0x3FU));
        out += static_cast<char>(0x80U | (c & 0x3FU));
    }
}

/// "raw-unicode-escape": bytes are Latin-1, and \uXXXX, \UXXXXXXXX are characters.
std::string unescapeUnicodeLine(std::string_view line)
{
    std::string out;
    for (std::size_t i = 0; i < line.size();) {
        const std::size_t digits = line[i] != '\\' || i + 1 >= line.size() ? 0 : line[i + 1] == 'u' ? 4 : line[i + 1] == 'U' ? 8 : 0;
        std::uint32_t value = 0;
        bool good = digits > 0 && i + 2 + digits <= line.size();
        for (std::size_t d = 0; good && d < digits; ++d) {
            const auto digit = hexDigit(line[i + 2 + d]);
            good = digit >= 0;
            value = value << 4U | static_cast<std::uint32_t>(digit & 15);
        }
        if (good) {
            appendUtf8(out, value);
            i += 2 + digits;
        } else {
            appendUtf8(out, static_cast<unsigned char>(line[i]));
            ++i;
        }
    }
    return out;
}

/// A quoted Python string literal; nullopt where it is not one.
std::optional<std::string> unquote(std::string_view line)
{
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) {
        line.remove_suffix(1);
    }
    if (line.size() < 2 || (line.front() != '"' && line.front() != '\'') || line.back() != line.front()) {
        return std::nullopt;
    }
    line = line.substr(1, line.size() - 2);
    std::string out;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] != '\\' || i + 1 >= line.size()) {
            out += line[i];
            continue;
        }
        const auto c = line[++i];
        constexpr std::string_view From = "nrtabfv\\'\"0";
        constexpr std::string_view To{"\n\r\t\a\b\f\v\\'\"\0", 11};
        if (c == 'x' && i + 2 < line.size() + 0 && hexDigit(line[i + 1]) >= 0 && hexDigit(line[i + 2]) >= 0) {
            out += static_cast<char>(hexDigit(line[i + 1]) << 4 | hexDigit(line[i + 2]));
            i += 2;
        } else if (c >= '0' && c <= '7') {
            unsigned value = 0;
            std::size_t n = 0;
            for (; n < 3 && i + n < line.size() && line[i + n] >= '0' && line[i + n] <= '7'; ++n) {
                value = value << 3U | static_cast<unsigned>(line[i + n] - '0');
            }
            out += static_cast<char>(value);
            i += n - 1;
        } else if (const auto at = From.find(c); at != std::string_view::npos) {
            out += To[at];
        } else {
            out += '\\';
            out += c;
        }
    }
    return out;
}

/// Memo slots; a pickle may leave gaps (LONG_BINPUT 4,000,000,000), so far ones are hashed.
class Memo {
public:
    [[nodiscard]] NodeId get(std::uint64_t slot) const noexcept
    {
        if (slot < m_dense.size()) {
            return m_dense[slot];
        }
        const auto found = m_sparse.find(slot);
        return found == m_sparse.end() ? NoNode : found->second;
    }
    [[nodiscard]] bool put(std::uint64_t slot, NodeId node, MemoryBudget& budget)
    {
        if (slot < m_dense.size()) {
            m_count += m_dense[slot] == NoNode ? 1 : 0;
            m_dense[slot] = node;
            return true;
        }
        if (slot == m_dense.size() && m_sparse.empty()) {
            ++m_count;
            return m_dense.push(node, budget);
        }
        if (!m_sparse.contains(slot)) {
            ++m_count;
            if (!budget.take(64)) { // node, bucket and allocator
                return false;
            }
        }
        m_sparse[slot] = node;
        return true;
    }
    [[nodiscard]] std::uint64_t count() const noexcept { return m_count; }

private:
    BlockPool<NodeId> m_dense;
    std::unordered_map<std::uint64_t, NodeId> m_sparse;
    std::uint64_t m_count = 0;
};

bool looksEmbedded(std::span<const std::byte> head) noexcept
{
    const auto text = asText(head);
    return looksLikePickle(head) || text.starts_with("PK\x03\x04") || text.starts_with("7z\xBC\xAF");
}

class Machine {
public:
    Machine(const ByteSource& source, std::uint64_t start, MemoryBudget& budget, const JobContext& job, std::uint64_t opcodes, Parsed& out)
        : m_window(source)
        , m_at(start)
        , m_start(start)
        , m_opcodes(opcodes)
        , m_budget(budget)
        , m_job(job)
        , m_out(out)
        , m_graph(out.graph)
    {
        m_small.fill(NoNode);
    }

    void run();

private:
    bool step();
    bool stepContainer(unsigned char op);
    bool stepObject(unsigned char op);
    bool stepScalar(unsigned char op);
    bool stepText(unsigned char op);
    bool stepMemo(unsigned char op);

    bool broken(std::string why) // the pickle, at the current opcode
    {
        return stop(fail(Code::PickleMalformed, {std::move(why)}));
    }
    bool over(std::string what, std::uint64_t is, std::uint64_t limit)
    {
        return stop(fail(Code::LimitExceeded, {std::move(what), std::to_string(is), std::to_string(limit)}));
    }
    bool noMemory() { return over("the memory that the pickle takes", m_budget.total(), m_budget.total()); }
    bool stop(Error error)
    {
        if (!m_out.stopped) {
            error.offset = m_opcode;
            m_out.stopped = std::move(error);
        }
        return false;
    }
    void odd(Oddity::What what)
    {
        auto& seen = m_odd[static_cast<std::size_t>(what)];
        if (seen++ < 3) {
            m_out.oddities.push_back({what, m_opcode});
        }
    }

    /// `n` bytes of argument behind the opcode; false: there are fewer.
    bool fixed(std::size_t n, const std::byte*& p)
    {
        const auto bytes = m_window.view(m_at, n);
        if (bytes.size() < n) {
            return cut();
        }
        p = bytes.data();
        m_at += n;
        return true;
    }
    bool cut() { return m_window.failure() ? stop(*m_window.failure()) : broken("it is cut short"); }
    bool counted(unsigned char op, std::uint64_t& length);
    bool line(std::string& out);

    bool push(NodeId node) { return (node != NoNode && m_stack.push(node, m_budget)) || noMemory(); }
    bool push(const Node& node) { return push(m_graph.add(node, m_budget)); }
    bool pushInteger(std::int64_t value);
    bool pushCached(Kind kind, bool flag, std::size_t slot);
    bool pushBig(std::span<const std::byte> bytes);
    [[nodiscard]] std::size_t fence() const noexcept { return m_marks.empty() ? 0 : m_marks[m_marks.size() - 1]; }
    /// At least `n` items stand above the last mark.
    bool need(std::size_t n) { return m_stack.size() - fence() >= n || broken("an opcode finds too few items on the stack"); }
    bool popMark(std::size_t& from)
    {
        if (m_marks.empty()) {
            return broken("an opcode finds no MARK");
        }
        from = m_marks[m_marks.size() - 1];
        m_marks.truncate(m_marks.size() - 1);
        return true;
    }
    NodeId pop()
    {
        const auto node = m_stack[m_stack.size() - 1];
        m_stack.truncate(m_stack.size() - 1);
        return node;
    }
    [[nodiscard]] NodeId top(std::size_t below = 0) const noexcept { return m_stack[m_stack.size() - 1 - below]; }

    bool pushGlobal(const std::string& module, const std::string& name);
    NodeId globalNode(const std::string& module, const std::string& name);
    bool pushCall(Made made, NodeId callee, NodeId args, NodeId kwargs = NoNode);
    void noteCall(NodeId callee, NodeId args);
    bool addTo(NodeId container, NodeId child, bool dictionary);
    void noteEmbedded(NodeId id);
    void keepEmbedded(NodeId id);

    ByteWindow m_window;
    std::uint64_t m_at;
    std::uint64_t m_opcode = 0; ///< offset of the current opcode
    std::uint64_t m_start;
    std::uint64_t m_opcodes; ///< cap on them
    std::uint64_t m_skipped = 0;
    MemoryBudget& m_budget;
    const JobContext& m_job;
    Parsed& m_out;
    Graph& m_graph;
    BlockPool<NodeId> m_stack;
    BlockPool<std::size_t> m_marks;
    Memo m_memo;
    std::unordered_map<std::string, std::uint32_t> m_globalIndex;
    std::array<NodeId, 1024 + 4> m_small{}; ///< shared nodes of None, False, True, () and small integers
    std::array<std::uint32_t, 8> m_odd{};
    std::unordered_set<NodeId> m_embeddedSeen;
    std::string m_line;
    bool m_done = false;
};

void Machine::run()
{
    while (!m_done) {
        m_opcode = m_at;
        if ((m_out.opcodes & 0xFFFFU) == 0 && m_job.stop.stop_requested()) {
            stop(fail(Code::Cancelled));
            break;
        }
        if (++m_out.opcodes > m_opcodes) {
            over("the number of opcodes", m_out.opcodes, m_opcodes);
            break;
        }
        if (m_at - m_start - m_skipped > limits().bytes) {
            over("the pickle's size", m_at - m_start - m_skipped, limits().bytes);
            break;
        }
        if (!step()) {
            break;
        }
    }
    m_out.end = m_at;
}

bool Machine::counted(unsigned char op, std::uint64_t& length)
{
    const std::byte* p = nullptr;
    switch (Arguments[op]) {
    case Argument::Counted1:
        if (!fixed(1, p)) {
            return false;
        }
        length = std::to_integer<std::uint64_t>(*p);
        break;
    case Argument::Counted4:
        if (!fixed(4, p)) {
            return false;
        }
        length = le32(p);
        if ((op == BinString || op == Long4) && length > INT32_MAX) {
            return broken("a length is negative");
        }
        break;
    default:
        if (!fixed(8, p)) {
            return false;
        }
        length = le64(p);
    }
    if (length > m_window.source().size() - m_at) {
        return broken("a text or integer of " + std::to_string(length) + " bytes is longer than what follows");
    }
    return true;
}

bool Machine::line(std::string& out)
{
    const auto bytes = asText(m_window.view(m_at, limits().line));
    const auto end = bytes.find('\n');
    if (end == std::string_view::npos) {
        return bytes.size() < limits().line ? cut() : broken("a line has no end");
    }
    out.assign(bytes.substr(0, end));
    m_at += end + 1;
    return true;
}

bool Machine::step()
{
    const std::byte* p = nullptr;
    if (!fixed(1, p)) {
        return false;
    }
    const auto op = std::to_integer<unsigned char>(*p);
    if (op >= Proto && m_out.protocol < 2 && op != Proto) {
        m_out.protocol = 2;
        odd(Oddity::What::ProtocolMissing);
    }
    switch (op) {
    case Proto:
        if (!fixed(1, p)) {
            return false;
        }
        if (std::to_integer<int>(*p) > 5) {
            return broken("protocol " + std::to_string(std::to_integer<int>(*p)) + " is not known");
        }
        if (m_opcode != m_start) {
            odd(Oddity::What::ProtocolMisplaced);
        }
        m_out.protocol = std::to_integer<int>(*p);
        return true;
    case Frame:
        if (!fixed(8, p)) {
            return false;
        }
        return le64(p) <= m_window.source().size() - m_at || broken("a frame is longer than what follows");
    case Stop:
        if (!need(1)) {
            return false;
        }
        m_out.root = pop();
        if (!m_stack.empty() || !m_marks.empty()) {
            odd(Oddity::What::LeftoverStack);
        }
        m_done = true;
        return true;
    case Mark:
        return m_marks.push(m_stack.size(), m_budget) || noMemory();
    case Pop:
        if (!m_marks.empty() && fence() == m_stack.size()) { // as CPython: takes the mark
            m_marks.truncate(m_marks.size() - 1);
            return true;
        }
        if (!need(1)) {
            return false;
        }
        pop();
        return true;
    case PopMark: {
        std::size_t from = 0;
        if (!popMark(from)) {
            return false;
        }
        m_stack.truncate(from);
        return true;
    }
    case Dup:
        return need(1) && push(top());
    case NextBuffer:
    case ReadonlyBuffer:
        return broken("it asks for buffers outside of the file (protocol 5)");
    case Get:
    case BinGet:
    case LongBinGet:
    case Put:
    case BinPut:
    case LongBinPut:
    case Memoize:
        return stepMemo(op);
    case Reduce:
    case Build:
    case NewObj:
    case NewObjEx:
    case Inst:
    case Obj:
    case GlobalOp:
    case StackGlobal:
    case PersId:
    case BinPersId:
    case Ext1:
    case Ext2:
    case Ext4:
        return stepObject(op);
    case StringLine:
    case BinString:
    case ShortBinString:
    case UnicodeLine:
    case BinUnicode:
    case ShortBinUnicode:
    case BinUnicode8:
    case BinBytes:
    case ShortBinBytes:
    case BinBytes8:
    case ByteArray8:
        return stepText(op);
    case Append:
    case Appends:
    case SetItem:
    case SetItems:
    case AddItems:
    case EmptyTuple:
    case EmptyList:
    case EmptyDict:
    case EmptySet:
    case FrozenSet:
    case TupleOp:
    case ListOp:
    case DictOp:
    case Tuple1:
    case Tuple2:
    case Tuple3:
        return stepContainer(op);
    default:
        return stepScalar(op);
    }
}

bool Machine::stepScalar(unsigned char op)
{
    const std::byte* p = nullptr;
    switch (op) {
    case NoneOp:
        return pushCached(Kind::None, false, 0);
    case NewFalse:
        return pushCached(Kind::Bool, false, 1);
    case NewTrue:
        return pushCached(Kind::Bool, true, 2);
    case BinInt1:
        return fixed(1, p) && pushInteger(std::to_integer<std::int64_t>(*p));
    case BinInt2:
        return fixed(2, p) && pushInteger(le16(p));
    case BinInt:
        return fixed(4, p) && pushInteger(static_cast<std::int32_t>(le32(p)));
    case BinFloat: {
        if (!fixed(8, p)) {
            return false;
        }
        std::uint64_t bits = 0; // big-endian
        for (int i = 0; i < 8; ++i) {
            bits = bits << 8U | std::to_integer<std::uint64_t>(p[i]);
        }
        return push(Node{Kind::Float, false, 0, bits});
    }
    case Long1:
    case Long4: {
        std::uint64_t length = 0;
        if (!counted(op, length)) {
            return false;
        }
        if (length > limits().bigInteger) {
            return over("the size of an integer", length, limits().bigInteger);
        }
        const auto bytes = m_window.view(m_at, static_cast<std::size_t>(std::min<std::uint64_t>(length, 4096)));
        m_at += length;
        return pushBig(length > 4096 ? std::span<const std::byte>() : bytes);
    }
    case IntLine:
    case LongLine: {
        if (!line(m_line)) {
            return false;
        }
        auto text = std::string_view(m_line);
        if (op == IntLine && (text == "00" || text == "01")) {
            return pushCached(Kind::Bool, text == "01", text == "01" ? 2 : 1);
        }
        while (!text.empty() && (text.back() == 'L' || text.back() == ' ' || text.back() == '\r')) {
            text.remove_suffix(1);
        }
        while (!text.empty() && (text.front() == ' ' || text.front() == '+')) {
            text.remove_prefix(1);
        }
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error == std::errc() && end == text.data() + text.size()) {
            return pushInteger(value);
        }
        const auto digits = text.substr(text.starts_with('-') ? 1 : 0);
        if (digits.empty() || digits.front() < '0' || digits.front() > '9'
            || digits.find_first_not_of("0123456789_xXabcdefABCDEF") != std::string_view::npos) {
            return broken("an integer is not a number");
        }
        return push(m_graph.addText(Kind::BigInt, false, {m_opcode, text.size(), UINT64_MAX, true}, text, m_budget));
    }
    case FloatLine: {
        if (!line(m_line)) {
            return false;
        }
        auto text = std::string_view(m_line);
        while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) {
            text.remove_suffix(1);
        }
        double value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if ((error != std::errc() && error != std::errc::result_out_of_range) || end != text.data() + text.size()) {
            return broken("a float is not a number");
        }
        return push(Node{Kind::Float, false, 0, std::bit_cast<std::uint64_t>(value)});
    }
    default:
        return broken("opcode " + hexOf(op) + " is not known");
    }
}

bool Machine::pushCached(Kind kind, bool flag, std::size_t slot)
{
    if (m_small[slot] == NoNode) {
        m_small[slot] = m_graph.add(Node{kind, flag, 0, 0}, m_budget);
    }
    return push(m_small[slot]);
}

bool Machine::pushInteger(std::int64_t value)
{
    if (value < 0 || value >= 1024) {
        return push(Node{Kind::Int, false, 0, static_cast<std::uint64_t>(value)});
    }
    auto& slot = m_small[4 + static_cast<std::size_t>(value)];
    if (slot == NoNode) {
        slot = m_graph.add(Node{Kind::Int, false, 0, static_cast<std::uint64_t>(value)}, m_budget);
    }
    return push(slot);
}

bool Machine::pushBig(std::span<const std::byte> bytes) // little-endian two's complement; no bytes: 0
{
    const bool negative = !bytes.empty() && (bytes.back() & std::byte{0x80}) != std::byte{0};
    const auto sign = negative ? std::byte{0xFF} : std::byte{0};
    while (bytes.size() > 1 && bytes.back() == sign && ((bytes[bytes.size() - 2] ^ sign) & std::byte{0x80}) == std::byte{0}) {
        bytes = bytes.first(bytes.size() - 1);
    }
    if (bytes.size() <= 8) {
        std::uint64_t value = negative ? UINT64_MAX : 0;
        for (std::size_t i = bytes.size(); i-- > 0;) {
            value = value << 8U | std::to_integer<std::uint64_t>(bytes[i]);
        }
        return pushInteger(static_cast<std::int64_t>(value));
    }
    std::vector<std::byte> magnitude(bytes.begin(), bytes.end());
    if (negative) {
        unsigned carry = 1;
        for (auto& b : magnitude) {
            const auto sum = std::to_integer<unsigned>(~b) + carry;
            b = static_cast<std::byte>(sum & 0xFFU);
            carry = sum >> 8U;
        }
    }
    std::string text = negative ? "-0x" : "0x";
    bool leading = true;
    for (auto b = magnitude.rbegin(); b != magnitude.rend(); ++b) {
        for (const auto half : {std::to_integer<unsigned>(*b) >> 4U, std::to_integer<unsigned>(*b) & 15U}) {
            leading = leading && half == 0;
            if (!leading) {
                text += "0123456789abcdef"[half];
            }
        }
    }
    return push(m_graph.addText(Kind::BigInt, false, {m_opcode, text.size(), UINT64_MAX, true}, text, m_budget));
}

bool Machine::stepText(unsigned char op)
{
    if (op == StringLine || op == UnicodeLine) {
        if (!line(m_line)) {
            return false;
        }
        std::string text;
        if (op == UnicodeLine) {
            text = unescapeUnicodeLine(m_line);
        } else if (auto unquoted = unquote(m_line)) {
            text = std::move(*unquoted);
        } else {
            return broken("a string has no quotes");
        }
        const auto id = m_graph.addText(Kind::Text, op == StringLine, {m_opcode + 1, text.size(), UINT64_MAX, true}, text, m_budget);
        if (!push(id)) {
            return false;
        }
        noteEmbedded(id);
        return true;
    }
    std::uint64_t length = 0;
    if (!counted(op, length)) {
        return false;
    }
    const bool bytes = op == BinBytes || op == ShortBinBytes || op == BinBytes8 || op == ByteArray8;
    const TextPlace place{m_at, length, UINT64_MAX, false};
    std::string_view copy;
    if (!bytes && length <= limits().keptText && length > 0) {
        copy = asText(m_window.view(m_at, static_cast<std::size_t>(length)));
        if (copy.size() < length) {
            return cut();
        }
    }
    const bool raw = op == BinString || op == ShortBinString;
    const auto id = m_graph.addText(bytes ? Kind::Bytes : Kind::Text, raw, place, copy, m_budget);
    if (!push(id)) {
        return false;
    }
    noteEmbedded(id);
    m_at += length;
    m_skipped += length > limits().keptText ? length : 0;
    return true;
}

void Machine::noteEmbedded(NodeId id)
{
    const auto& place = m_graph.place(id);
    if (place.length < 4) {
        return;
    }
    std::array<std::byte, 8> head{};
    std::size_t n = 0;
    const auto text =
        m_graph.kind(id) == Kind::Text && place.pool != UINT64_MAX ? std::as_bytes(std::span(m_graph.text(id))) : m_window.view(place.offset, 16);
    const bool latin = m_graph.kind(id) == Kind::Text && !m_graph.node(id).flag; // characters that stand for bytes (protocol 2)
    for (std::size_t i = 0; i < text.size() && n < head.size(); ++i) {
        auto c = std::to_integer<unsigned>(text[i]);
        if (latin && (c == 0xC2 || c == 0xC3) && i + 1 < text.size()) {
            c = (c & 3U) << 6U | (std::to_integer<unsigned>(text[++i]) & 0x3FU);
        }
        head[n++] = static_cast<std::byte>(c);
    }
    if (looksEmbedded(std::span(head).first(n))) {
        keepEmbedded(id);
    }
}

void Machine::keepEmbedded(NodeId id)
{
    if (m_embeddedSeen.contains(id)) {
        return;
    }
    if (m_out.embedded.size() >= limits().embedded) {
        m_out.embeddedLeftOut = true;
        return;
    }
    m_embeddedSeen.insert(id);
    m_out.embedded.push_back(id);
}

bool Machine::stepMemo(unsigned char op)
{
    std::uint64_t slot = m_memo.count();
    const std::byte* p = nullptr;
    if (op == Get || op == Put) {
        if (!line(m_line)) {
            return false;
        }
        auto text = std::string_view(m_line);
        while (!text.empty() && (text.back() == '\r' || text.back() == ' ')) {
            text.remove_suffix(1);
        }
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), slot);
        if (error != std::errc() || end != text.data() + text.size()) {
            return broken("a memo slot is not a number");
        }
    } else if (op == BinGet || op == BinPut) {
        if (!fixed(1, p)) {
            return false;
        }
        slot = std::to_integer<std::uint64_t>(*p);
    } else if (op != Memoize) {
        if (!fixed(4, p)) {
            return false;
        }
        slot = le32(p);
    }
    if (op == Get || op == BinGet || op == LongBinGet) {
        const auto node = m_memo.get(slot);
        return node == NoNode ? broken("memo slot " + std::to_string(slot) + " is read before it is written") : push(node);
    }
    return need(1) && (m_memo.put(slot, top(), m_budget) || noMemory());
}

bool Machine::stepContainer(unsigned char op)
{
    constexpr std::uint64_t NoItems = UINT64_MAX; // first and last segment
    std::size_t from = 0;
    switch (op) {
    case EmptyTuple:
        if (m_small[3] == NoNode) {
            m_small[3] = m_graph.add(Node{Kind::Tuple, false, 0, NoItems}, m_budget);
        }
        return push(m_small[3]);
    case EmptyList:
        return push(Node{Kind::List, false, 0, NoItems});
    case EmptyDict:
        return push(Node{Kind::Dict, false, 0, NoItems});
    case EmptySet:
        return push(Node{Kind::Set, false, 0, NoItems});
    case Tuple1:
    case Tuple2:
    case Tuple3: {
        const auto n = static_cast<std::size_t>(op - Tuple1 + 1);
        if (!need(n)) {
            return false;
        }
        const auto tuple = m_graph.addTuple(m_stack, m_stack.size() - n, m_budget);
        m_stack.truncate(m_stack.size() - n);
        return push(tuple);
    }
    case TupleOp: {
        if (!popMark(from)) {
            return false;
        }
        const auto tuple = m_graph.addTuple(m_stack, from, m_budget);
        m_stack.truncate(from);
        return push(tuple);
    }
    case ListOp:
    case DictOp:
    case FrozenSet: {
        if (!popMark(from)) {
            return false;
        }
        if (op == DictOp && (m_stack.size() - from) % 2 != 0) {
            return broken("a dictionary has a key without a value");
        }
        const auto kind = op == ListOp ? Kind::List : op == DictOp ? Kind::Dict : Kind::Set;
        const auto container = m_graph.add(Node{kind, false, 0, NoItems}, m_budget);
        if (container == NoNode) {
            return noMemory();
        }
        for (auto i = from; i < m_stack.size(); ++i) {
            if (!m_graph.appendItem(container, m_stack[i], m_budget)) {
                return noMemory();
            }
        }
        m_stack.truncate(from);
        return push(container);
    }
    case Append: {
        if (!need(2)) {
            return false;
        }
        const auto child = pop();
        return addTo(top(), child, false);
    }
    case SetItem: {
        if (!need(3)) {
            return false;
        }
        const auto value = pop();
        const auto key = pop();
        return addTo(top(), key, true) && addTo(top(), value, true);
    }
    default: { // Appends, SetItems, AddItems
        if (!popMark(from)) {
            return false;
        }
        if (from <= fence()) {
            return broken("an opcode finds too few items on the stack");
        }
        if (op == SetItems && (m_stack.size() - from) % 2 != 0) {
            return broken("a dictionary has a key without a value");
        }
        const auto container = m_stack[from - 1];
        for (auto i = from; i < m_stack.size(); ++i) {
            if (!addTo(container, m_stack[i], op == SetItems)) {
                return false;
            }
        }
        m_stack.truncate(from);
        return true;
    }
    }
}

bool Machine::addTo(NodeId container, NodeId child, bool dictionary)
{
    switch (m_graph.kind(container)) {
    case Kind::Object: {
        auto& object = m_graph.mutableObject(container);
        return m_graph.append(dictionary ? object.dict : object.list, child, m_budget) || noMemory();
    }
    case Kind::Dict:
        return !dictionary ? broken("an item is appended to a dictionary") : m_graph.appendItem(container, child, m_budget) || noMemory();
    case Kind::List:
    case Kind::Set:
        return dictionary ? broken("an item of a list is set by key") : m_graph.appendItem(container, child, m_budget) || noMemory();
    default:
        return broken("an item is added to what is not a container");
    }
}

bool Machine::stepObject(unsigned char op)
{
    const std::byte* p = nullptr;
    switch (op) {
    case GlobalOp: {
        std::string module;
        std::string name;
        return line(module) && line(name) && pushGlobal(module, name);
    }
    case StackGlobal: {
        if (!need(2)) {
            return false;
        }
        const auto name = pop();
        const auto module = pop();
        if (m_graph.kind(name) != Kind::Text || m_graph.kind(module) != Kind::Text || m_graph.isLong(name) || m_graph.isLong(module)) {
            odd(Oddity::What::ComputedName);
            return pushGlobal("(computed)", "(computed)");
        }
        return pushGlobal(std::string(m_graph.text(module)), std::string(m_graph.text(name)));
    }
    case Reduce: {
        if (!need(2)) {
            return false;
        }
        const auto args = pop();
        return pushCall(Made::Call, pop(), args);
    }
    case NewObj: {
        if (!need(2)) {
            return false;
        }
        const auto args = pop();
        return pushCall(Made::New, pop(), args);
    }
    case NewObjEx: {
        if (!need(3)) {
            return false;
        }
        const auto kwargs = pop();
        const auto args = pop();
        return pushCall(Made::New, pop(), args, kwargs);
    }
    case Inst: {
        std::string module;
        std::string name;
        std::size_t from = 0;
        if (!line(module) || !line(name) || !popMark(from)) {
            return false;
        }
        const auto args = m_graph.addTuple(m_stack, from, m_budget);
        m_stack.truncate(from);
        const auto callee = globalNode(module, name);
        return args == NoNode || callee == NoNode ? noMemory() : pushCall(Made::Instance, callee, args);
    }
    case Obj: {
        std::size_t from = 0;
        if (!popMark(from)) {
            return false;
        }
        if (m_stack.size() == from) {
            return broken("OBJ names no class");
        }
        const auto callee = m_stack[from];
        const auto args = m_graph.addTuple(m_stack, from + 1, m_budget);
        m_stack.truncate(from);
        return args == NoNode ? noMemory() : pushCall(Made::Instance, callee, args);
    }
    case Build: {
        if (!need(2)) {
            return false;
        }
        const auto state = pop();
        if (m_graph.kind(top()) != Kind::Object) {
            odd(Oddity::What::OddBuild);
            return true;
        }
        auto& object = m_graph.mutableObject(top());
        if (!m_graph.append(object.states, state, m_budget)) {
            return noMemory();
        }
        return true;
    }
    case PersId: {
        if (!line(m_line)) {
            return false;
        }
        const auto text = m_graph.addText(Kind::Text, false, {m_opcode + 1, m_line.size(), UINT64_MAX, true}, m_line, m_budget);
        return text == NoNode ? noMemory() : push(Node{Kind::Persistent, false, text, m_opcode});
    }
    case BinPersId:
        return need(1) && push(Node{Kind::Persistent, false, pop(), m_opcode});
    default: { // Ext1, Ext2, Ext4
        const auto bytes = op == Ext1 ? 1U : op == Ext2 ? 2U : 4U;
        if (!fixed(bytes, p)) {
            return false;
        }
        odd(Oddity::What::ExtensionCode);
        const auto code = bytes == 1 ? std::to_integer<std::uint32_t>(*p) : bytes == 2 ? le16(p) : le32(p);
        return push(Node{Kind::Extension, false, 0, code});
    }
    }
}

NodeId Machine::globalNode(const std::string& module, const std::string& name)
{
    auto key = module;
    key += '\n';
    key += name;
    auto found = m_globalIndex.find(key);
    if (found == m_globalIndex.end()) {
        if (m_graph.globals().size() >= limits().globals) {
            over("the number of different globals", limits().globals + 1ULL, limits().globals);
            return NoNode;
        }
        if (!m_budget.take(2 * key.size() + 256)) {
            return NoNode;
        }
        found = m_globalIndex.emplace(std::move(key), static_cast<std::uint32_t>(m_graph.globals().size())).first;
        m_graph.globals().push_back({module, name, m_opcode, 0, 0});
    }
    return m_graph.add(Node{Kind::Global, false, found->second, 0}, m_budget);
}

bool Machine::pushGlobal(const std::string& module, const std::string& name)
{
    return push(globalNode(module, name));
}

bool Machine::pushCall(Made made, NodeId callee, NodeId args, NodeId kwargs)
{
    noteCall(callee, args);
    ObjectData object;
    object.callee = callee;
    object.args = args;
    object.kwargs = kwargs;
    object.made = made;
    object.offset = m_opcode;
    return push(m_graph.addObject(object, m_budget));
}

void Machine::noteCall(NodeId callee, NodeId args)
{
    if (m_graph.kind(callee) != Kind::Global) {
        if (m_graph.kind(callee) != Kind::Persistent) { // legacy torch hands classes over as persistent ids
            odd(Oddity::What::ComputedCall);
        }
        return;
    }
    auto& global = m_graph.globals()[m_graph.node(callee).a];
    global.calls += global.calls < UINT32_MAX ? 1 : 0;
    const auto first = m_graph.item(args, 0);
    // What Python itself writes for a member of an enum on CPython 3.11: getattr(torch...metadata._MEM_FORMAT_ENCODING,
    // "TORCH_...").
    if (global.name == "getattr" && m_graph.count(args) == 2 && m_graph.isGlobal(first, {}, "_MEM_FORMAT_ENCODING")
        && m_graph.global(first).module.starts_with("torch.distributed.")) {
        const auto member = m_graph.item(args, 1);
        if (m_graph.isText(member, "TORCH_CONTIGUOUS_FORMAT") || m_graph.isText(member, "TORCH_CHANNELS_LAST")
            || m_graph.isText(member, "TORCH_PRESERVE_FORMAT")) {
            ++global.benignCalls;
        }
    }
    // Whatever is handed to something that loads: look into it, also where its first bytes tell nothing (protocol 0).
    const auto& name = global.name;
    if (name == "loads" || name == "_loads" || name == "load" || name == "_load_from_bytes" || name == "Unpickler" || name == "read_pickle") {
        auto data = first;
        if (m_graph.isCallOf(data, {}, "encode") || m_graph.isCallOf(data, {}, "BytesIO") || m_graph.isCallOf(data, {}, "bytes")) {
            data = m_graph.item(m_graph.object(data).args, 0);
        }
        if (m_graph.kind(data) == Kind::Bytes || m_graph.kind(data) == Kind::Text) {
            keepEmbedded(data);
        }
    }
}

} // namespace

Parsed parse(const ByteSource& source, std::uint64_t start, MemoryBudget& budget, const JobContext& job, std::uint64_t opcodes)
{
    Parsed out;
    out.end = start;
    Machine(source, start, budget, job, std::max(opcodes, limits().opcodes), out).run();
    return out;
}

bool looksLikePickle(std::span<const std::byte> head) noexcept
{
    if (head.size() < 3 || head[0] != std::byte{Proto} || head[1] > std::byte{5}) {
        return false;
    }
    const auto op = std::to_integer<unsigned char>(head[2]);
    return Arguments[op] != Argument::Unknown;
}

bool walksAsPickle(std::span<const std::byte> head, bool cut) noexcept
{
    const auto text = asText(head);
    for (std::size_t at = 0; at < head.size();) {
        const auto op = std::to_integer<unsigned char>(head[at++]);
        std::uint64_t skip = 0;
        const auto left = head.size() - at;
        switch (Arguments[op]) {
        case Argument::Unknown:
            return false;
        case Argument::None:
            if (op == Stop) {
                return at > 1;
            }
            break;
        case Argument::Fixed1:
            skip = 1;
            break;
        case Argument::Fixed2:
            skip = 2;
            break;
        case Argument::Fixed4:
            skip = 4;
            break;
        case Argument::Fixed8:
            skip = 8;
            break;
        case Argument::Line:
        case Argument::TwoLines:
            for (int lines = Arguments[op] == Argument::Line ? 1 : 2; lines > 0; --lines) {
                const auto end = text.find('\n', at);
                if (end == std::string_view::npos) {
                    return cut;
                }
                at = end + 1;
            }
            continue;
        case Argument::Counted1:
            skip = left < 1 ? UINT64_MAX : 1 + std::to_integer<std::uint64_t>(head[at]);
            break;
        case Argument::Counted4:
            skip = left < 4 ? UINT64_MAX : 4 + static_cast<std::uint64_t>(le32(head.data() + at));
            break;
        case Argument::Counted8:
            skip = left < 8 || le64(head.data() + at) > left - 8 ? UINT64_MAX : 8 + le64(head.data() + at);
            break;
        }
        if (skip > left) {
            return cut;
        }
        at += static_cast<std::size_t>(skip);
    }
    return cut;
}

} // namespace ckptscope::pickle
