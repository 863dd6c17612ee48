// SPDX-License-Identifier: Apache-2.0
#include "core/formats/picklemachine.h"

#include "core/formats/pickleopcodes.h"
#include "core/formats/pickletext.h"

#include <algorithm>
#include <bit>
#include <charconv>

namespace ckptscope::pickle {

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
    std::reverse(magnitude.begin(), magnitude.end());
    for (const std::byte b : magnitude) {
        for (const auto half : {std::to_integer<unsigned>(b) >> 4U, std::to_integer<unsigned>(b) & 15U}) {
            leading = leading && half == 0;
            if (!leading) {
                text += "0123456789abcdef"[half];
            }
        }
    }
    return push(m_graph.addText(Kind::BigInt, false, {m_opcode, text.size(), UINT64_MAX, true}, text, m_budget));
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

} // namespace ckptscope::pickle
