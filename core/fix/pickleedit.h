// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

// Private to core/fix.
namespace ckptscope {

/// Replaces single values in a pickle's bytes and leaves every other byte as it is. Nothing is run. What the rest of
/// the pickle remembers of a replaced value (PUT and GET) is defined anew at its first use, so that a loader that knows
/// few opcodes, such as torch.load(weights_only=True), meets none that it did not meet before. FRAME and MEMOIZE become
/// what they stand for: none, and PUT.
class PickleEditor {
public:
    static constexpr std::uint32_t None = UINT32_MAX;

    /// The bytes that put one value on the stack.
    struct Item {
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
        std::uint32_t tuple = None; ///< its children, where it is a tuple that stands here
        char op = 0;                ///< the opcode that made it
    };

    /// Reads the opcodes once; fails where they are not a pickle of 4 GiB at most, or do what cannot be followed (POP,
    /// DUP).
    static Result<PickleEditor> open(std::string bytes);

    /// Arguments of the call whose REDUCE stands at `offset`; empty: there is none, or they do not stand there.
    [[nodiscard]] std::span<const Item> arguments(std::uint64_t offset) const;
    [[nodiscard]] std::span<const Item> children(const Item& tuple) const;

    /// Replacements must not overlap; the same one twice is one.
    void replace(const Item& item, std::string with);
    /// The new pickle; Code::FixTorchCannot where something that is needed elsewhere would be lost.
    Result<std::string> finish();

    // Spelled as pickle protocol 2 does.
    static std::string text(std::string_view text);
    static std::string global(std::string_view module, std::string_view name);
    static std::string integer(std::uint64_t value);

private:
    struct Definition {
        std::uint32_t begin = 0;
        std::uint32_t end = 0; ///< behind its PUT
        bool plain = false;    ///< of texts, numbers, names and tuples: it can stand elsewhere
        bool lost = false;     ///< it was in what is replaced, and is not yet defined anew
    };
    struct Replacement {
        Item item;
        std::string with;
    };

    Result<void> walk();
    bool emitRange(std::uint32_t begin, std::uint32_t end, bool replacing, std::string& out, int depth);

    std::string m_bytes;
    std::vector<Item> m_children;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> m_tuples; ///< first child and how many
    std::unordered_map<std::uint32_t, Item> m_calls;               ///< by the offset of REDUCE
    std::unordered_map<std::uint32_t, Definition> m_memo;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> m_puts; ///< where a PUT stands, what it defines; ascending
    std::vector<Replacement> m_replacements;
    std::size_t m_next = 0; ///< replacement, while emitting
};

} // namespace ckptscope
