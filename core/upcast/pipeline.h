// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/upcast/deviceslots.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>

namespace ckptscope {

/// Elements that were cast, on their way out.
struct CastChunk {
    std::uint64_t first = 0; ///< number of its first element
    std::uint64_t elements = 0;
    std::span<const std::byte> in;
    std::span<const std::byte> out;
    CastLoss loss;
    bool onDevice = false; ///< only samples of it were compared with what the CPU makes of it
};

/// What a pipeline asks of its user, always on the thread that calls run().
struct CastSteps {
    /// Reads elements from number `first` on.
    std::function<Result<void>(std::uint64_t first, std::span<std::byte> in)> read;
    /// Takes chunks, in order and without gaps. The bytes are the pipeline's, and may be used as scratch only in the
    /// CPU's buffers.
    std::function<Result<void>(const CastChunk& chunk)> take;
    std::function<bool()> stopped;
};

/// Casts a run of elements chunk by chunk: read, cast, hand out. On a device several chunks are under way at once, each
/// in a slot of its own (pinned memory, device memory, a stream): while one is copied or cast, the next is read and the
/// one before is written. Whatever goes wrong there (no memory, a copy that fails, a device that is gone, a sample that
/// is not what the CPU makes of it) gives the device up with the reason; the chunk it happened to and all that follow
/// are cast by the CPU, from the bytes that were read. One a thread.
class CastPipeline {
public:
    /// `in` and `out`: the CPU's buffers. `pinnedBytes`: how much pinned host memory the slots may take together.
    CastPipeline(DeviceUse& use, std::span<std::byte> in, std::span<std::byte> out, std::uint64_t pinnedBytes);
    CastPipeline(const CastPipeline&) = delete;
    CastPipeline& operator=(const CastPipeline&) = delete;

    /// The first error of a step, or castElements()'s; {} also where it was stopped. Nothing is under way when it
    /// returns.
    Result<void> run(DType from, DType to, std::uint64_t elements, const CastSteps& steps);

private:
    struct Pending {
        std::size_t slot = 0;
        std::uint64_t first = 0;
        std::uint64_t elements = 0;
        std::span<const std::byte> in;
        std::span<std::byte> out;
    };
    class Drain;

    Result<void> onDevice(DType from, DType to, std::uint64_t elements, const CastSteps& steps, std::uint64_t& at);
    void submit(const Pending& chunk, DType from, DType to);
    Result<void> finish(const Pending& chunk, DType from, DType to, const CastSteps& steps);
    Result<void> onCpu(DType from, DType to, std::uint64_t elements, const CastSteps& steps, std::uint64_t at);
    Result<void> takeOnCpu(const Pending& chunk, DType from, DType to, const CastSteps& steps);

    DeviceUse& m_use;
    std::span<std::byte> m_in;
    std::span<std::byte> m_out;
    DeviceSlots m_slots;
    std::deque<Pending> m_pending;
};

/// Compares some of what a device cast with what the CPU makes of it: the start, the middle and the end; all of what is
/// short.
[[nodiscard]] bool samplesAreRight(DType from, std::span<const std::byte> in, DType to, std::span<const std::byte> out, std::uint64_t elements);

} // namespace ckptscope
