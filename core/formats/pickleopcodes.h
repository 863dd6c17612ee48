// SPDX-License-Identifier: Apache-2.0
#pragma once
// Opcodes of all pickle protocols, and how the argument of each is stored.

#include <array>
#include <cstddef>
#include <cstdint>

namespace ckptscope::pickle {

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
inline constexpr auto Arguments = makeArguments();

} // namespace ckptscope::pickle
