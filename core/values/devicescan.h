// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/upcast/blockfacts.h"
#include "core/upcast/deviceslots.h"
#include "core/values/statistics.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace ckptscope {

/// Works out on a device what a StatisticsAccumulator would, to the same bits: BF16, F16, F32 and F64 by blocks, dtypes
/// of 8 bits by counting. While one chunk is copied and looked at, the next is filled. What comes back is checked: of
/// each chunk one block is worked out on the CPU, too, and counts must add up to the sum of the bytes. Whatever goes
/// wrong gives the device up. One a thread.
class DeviceScanner {
public:
    DeviceScanner(DeviceUse& use, std::uint64_t pinnedBytes);
    DeviceScanner(const DeviceScanner&) = delete;
    DeviceScanner& operator=(const DeviceScanner&) = delete;
    ~DeviceScanner();

    [[nodiscard]] static bool supports(DType dtype) noexcept;
    /// False: the CPU must do it, for the dtype is none for it or the device was given up.
    bool begin(DType dtype);
    /// Whole elements, in order.
    void add(std::span<const std::byte> packed);
    /// Hands what was found to an accumulator of the same dtype, in which a multiple of BlockFacts::Values elements
    /// are. False: the device failed, nothing was handed over, and the CPU must do all of it from begin() on.
    bool finish(StatisticsAccumulator& into);

private:
    struct Chunk {
        std::size_t slot = 0;
        std::size_t bytes = 0;
    };
    void submit();
    void collect();
    void drain();
    bool isRight(const std::byte* in, std::size_t bytes, std::span<const std::byte> found);
    void take(std::span<const std::byte> found);
    [[nodiscard]] std::size_t foundBytes(std::size_t bytes) const noexcept;

    DeviceUse& m_use;
    DeviceSlots m_slots;
    DType m_dtype = DType::Unknown;
    std::size_t m_width = 1;    ///< bytes of an element
    std::size_t m_room = 0;     ///< bytes of elements that a slot takes
    std::size_t m_next = 0;     ///< slot that is being filled
    std::size_t m_filled = 0;   ///< bytes in it
    std::uint64_t m_chunks = 0; ///< so far; chooses the block that is checked
    bool m_failed = false;
    std::deque<Chunk> m_pending;
    std::uint64_t m_elements = 0;
    std::vector<BlockFacts> m_facts;
    std::array<std::uint64_t, 256> m_counts{};
};

/// Statistics of BF16, for chooseDevice().
[[nodiscard]] const DeviceWork& scanWork() noexcept;

} // namespace ckptscope
