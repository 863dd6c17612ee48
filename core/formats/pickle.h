// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/formats/picklegraph.h"
#include "core/job.h"

#include <optional>
#include <vector>

namespace ckptscope::pickle {

/// Caps on one pickle; tests lower them. Each one that is hit gives Code::LimitExceeded.
struct Limits {
    std::uint64_t bytes = 256ULL << 20U; ///< looked at; long strings are stepped over and not counted
    std::uint64_t opcodes = 50'000'000;
    std::uint64_t memory = 160ULL << 20U; ///< of the graph and the machine together
    std::uint32_t globals = 50'000;       ///< different ones that are kept
    std::uint32_t line = 32U << 10U;      ///< of a text line (protocol 0)
    std::uint32_t keptText = 64U << 10U;  ///< longer texts are only kept as places; at most a block of Graph's pool
    std::uint32_t bigInteger = 1U << 20U; ///< bytes of one integer; over 4 KiB only its size is kept
    std::uint32_t embedded = 10'000;      ///< pickles in bytes that are looked into
    int nesting = 4;                      ///< pickles in bytes in pickles
    std::uint64_t visits = 3'000'000;     ///< values of the unfolded object that are listed
    std::size_t depth = 10'000;           ///< of the unfolded object
};
[[nodiscard]] Limits& limits() noexcept;

/// Something odd that does not stop the machine.
struct Oddity {
    enum class What : std::uint8_t {
        ProtocolMissing, ///< protocol 2 or later opcodes without PROTO
        ProtocolMisplaced,
        LeftoverStack,
        ComputedName, ///< STACK_GLOBAL whose operands are not plain texts
        ComputedCall, ///< what is called is itself the result of a call
        ExtensionCode,
        OddBuild, ///< BUILD on what cannot have a state
    } what;
    std::uint64_t offset = 0; ///< in the source
};

/// What the machine found. Always given, also where the pickle breaks off half-way: what stands before the break has
/// run already when a loader meets it.
struct Parsed {
    Graph graph;
    NodeId root = NoNode;  ///< NoNode where it broke off
    std::uint64_t end = 0; ///< first byte behind STOP; where it stopped otherwise
    int protocol = 0;
    std::optional<Error> stopped; ///< why it broke off, offset in the source
    std::vector<Oddity> oddities; ///< the first few of each kind
    std::vector<NodeId> embedded; ///< Bytes and Texts that look like, or are handed to a loader as, a pickle or an archive
    bool embeddedLeftOut = false; ///< there were more than Limits::embedded
    std::uint64_t opcodes = 0;
};

/// Interprets one pickle, protocols 0 to 5, from the source's byte `start` on. Runs nothing. `opcodes`: a cap for callers who expect more of them
/// than Limits::opcodes.
[[nodiscard]] Parsed parse(const ByteSource& source, std::uint64_t start, MemoryBudget& budget, const JobContext& job, std::uint64_t opcodes = 0);

/// Whether these first bytes of something look like a pickle: PROTO 2 to 5 and an opcode. Protocol 0 and 1 have no
/// mark.
[[nodiscard]] bool looksLikePickle(std::span<const std::byte> head) noexcept;
/// Steps over whole opcodes of what may be a pickle without a mark (protocol 0, 1): true where they are well-formed up
/// to STOP, or, with `cut`, up to the end of `head`.
[[nodiscard]] bool walksAsPickle(std::span<const std::byte> head, bool cut) noexcept;

} // namespace ckptscope::pickle
