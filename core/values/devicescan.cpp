// SPDX-License-Identifier: Apache-2.0
#include "core/values/devicescan.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace ckptscope {

namespace {

constexpr std::size_t CounterBytes = std::size_t{256} * CounterCopies * sizeof(std::uint32_t);

/// The same block on the CPU. `values` is aligned to any element.
BlockFacts hostFacts(DType dtype, const std::byte* values, std::size_t elements)
{
    const auto count = static_cast<std::uint32_t>(elements);
    const void* first = values;
    switch (dtypeInfo(dtype).blockBits) {
    case 16:
        return factsOf(dtype, static_cast<const std::uint16_t*>(first), count);
    case 32:
        return factsOf(dtype, static_cast<const std::uint32_t*>(first), count);
    default:
        return factsOf(dtype, static_cast<const std::uint64_t*>(first), count);
    }
}

} // namespace

DeviceScanner::DeviceScanner(DeviceUse& use, std::uint64_t pinnedBytes)
    : m_use(use)
    , m_slots(use, pinnedBytes)
{
}

DeviceScanner::~DeviceScanner()
{
    drain();
}

bool DeviceScanner::supports(DType dtype) noexcept
{
    if (dtype == DType::BF16 || dtype == DType::F16 || dtype == DType::F32 || dtype == DType::F64) {
        return true; // by blocks, as the accumulator does
    }
    return dtypeInfo(dtype).blockBits == 8 && dtypeInfo(dtype).blockElements == 1; // what it counts
}

std::size_t DeviceScanner::foundBytes(std::size_t bytes) const noexcept
{
    const std::size_t elements = bytes / m_width;
    return m_width == 1 ? CounterBytes : (elements + BlockFacts::Values - 1) / BlockFacts::Values * sizeof(BlockFacts);
}

bool DeviceScanner::begin(DType dtype)
{
    drain(); // of a tensor that was left in the middle
    if (!supports(dtype) || !m_slots.open()) {
        return false;
    }
    m_dtype = dtype;
    m_width = dtypeInfo(dtype).blockBits / 8U;
    m_elements = 0;
    m_facts.clear();
    m_counts.fill(0);
    m_failed = false;
    // Whole blocks, and their facts behind them.
    const std::size_t block = std::size_t{BlockFacts::Values} * m_width;
    const std::size_t room = m_slots.bytes() - DeviceSlots::Align;
    m_room = m_width == 1 ? (room - CounterBytes) / DeviceSlots::Align * DeviceSlots::Align : room / (block + sizeof(BlockFacts)) * block;
    return m_room > 0;
}

void DeviceScanner::add(std::span<const std::byte> packed)
{
    while (!packed.empty() && !m_failed) {
        if (m_filled == 0 && m_pending.size() == m_slots.size()) {
            collect();
            continue;
        }
        const auto now = packed.first(std::min(packed.size(), m_room - m_filled));
        std::memcpy(m_slots[m_next].host->data() + m_filled, now.data(), now.size());
        m_filled += now.size();
        packed = packed.subspan(now.size());
        if (m_filled == m_room) {
            submit();
        }
    }
}

void DeviceScanner::submit()
{
    DeviceSlots::Slot& slot = m_slots[m_next];
    const std::size_t behind = (m_filled + DeviceSlots::Align - 1) / DeviceSlots::Align * DeviceSlots::Align;
    std::byte* found = slot.device->data() + behind;
    const std::span<std::byte> answer(slot.host->data() + behind, foundBytes(m_filled));
    auto done = slot.stream->upload(slot.device->data(), {slot.host->data(), m_filled});
    if (done && m_width == 1) {
        done = slot.stream->clear(found, CounterBytes);
        done = done ? slot.stream->countBytes(slot.device->data(), m_filled, found) : done;
    } else if (done) {
        done = slot.stream->lookAtBlocks(m_dtype, slot.device->data(), m_filled / m_width, found);
    }
    done = done ? slot.stream->download(answer, found) : done;
    m_pending.push_back({m_next, m_filled});
    m_next = (m_next + 1) % m_slots.size();
    m_filled = 0;
    if (!done) {
        m_failed = true;
        m_use.giveUp(deviceWords(done.error()));
    }
}

/// Waits for the oldest chunk.
void DeviceScanner::collect()
{
    const Chunk chunk = m_pending.front();
    m_pending.pop_front();
    DeviceSlots::Slot& slot = m_slots[chunk.slot];
    const auto done = slot.stream->finish();
    if (!done) {
        m_failed = true;
        m_use.giveUp(deviceWords(done.error()));
    }
    if (m_failed) {
        return;
    }
    const std::size_t behind = (chunk.bytes + DeviceSlots::Align - 1) / DeviceSlots::Align * DeviceSlots::Align;
    const std::span<const std::byte> found(slot.host->data() + behind, foundBytes(chunk.bytes));
    if (!isRight(slot.host->data(), chunk.bytes, found)) {
        m_failed = true;
        m_use.giveUp("it gave a wrong result");
        return;
    }
    take(found);
    m_elements += chunk.bytes / m_width;
    ++m_chunks;
}

bool DeviceScanner::isRight(const std::byte* in, std::size_t bytes, std::span<const std::byte> found)
{
    if (m_width == 1) {
        std::array<std::uint32_t, CounterBytes / sizeof(std::uint32_t)> counters{};
        std::memcpy(counters.data(), found.data(), found.size());
        std::uint64_t count = 0;
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < counters.size(); ++i) {
            count += counters[i];
            sum += counters[i] * (i % 256);
        }
        const auto want =
            std::accumulate(in, in + bytes, std::uint64_t{0}, [](std::uint64_t all, std::byte one) { return all + std::to_integer<unsigned>(one); });
        return count == bytes && sum == want;
    }
    const std::size_t elements = bytes / m_width;
    const std::size_t blocks = found.size() / sizeof(BlockFacts);
    const std::size_t block = m_chunks * 7 % blocks;
    const std::size_t first = block * BlockFacts::Values;
    const BlockFacts want = hostFacts(m_dtype, in + first * m_width, std::min<std::size_t>(BlockFacts::Values, elements - first));
    return std::memcmp(&want, found.data() + block * sizeof(BlockFacts), sizeof(BlockFacts)) == 0;
}

void DeviceScanner::take(std::span<const std::byte> found)
{
    if (m_width == 1) {
        for (std::size_t i = 0; i < found.size() / sizeof(std::uint32_t); ++i) {
            std::uint32_t one = 0;
            std::memcpy(&one, found.data() + i * sizeof(one), sizeof(one));
            m_counts[i % 256] += one;
        }
        return;
    }
    const std::size_t before = m_facts.size();
    m_facts.resize(before + found.size() / sizeof(BlockFacts));
    std::memcpy(m_facts.data() + before, found.data(), found.size());
}

void DeviceScanner::drain()
{
    for (const Chunk& chunk : m_pending) {
        (void)m_slots[chunk.slot].stream->finish();
    }
    m_pending.clear();
    m_filled = 0;
}

bool DeviceScanner::finish(StatisticsAccumulator& into)
{
    if (m_filled > 0 && !m_failed) {
        submit();
    }
    while (!m_pending.empty() && !m_failed) {
        collect();
    }
    if (m_failed || m_use.device() == nullptr) { // what a device says that another thread caught lying is worth nothing
        drain();
        m_slots.close();
        return false;
    }
    const bool taken = m_width == 1 ? into.addCounts(m_counts) : into.addBlocks(m_facts);
    if (taken) {
        m_use.addDone(m_elements);
    }
    return taken;
}

namespace {

constexpr std::size_t WorkBuffer = 256U << 10U;

std::vector<std::byte> workBytes()
{
    std::vector<std::byte> bytes(WorkBuffer);
    std::uint32_t state = 1;
    for (std::size_t i = 0; i + 2 <= bytes.size(); i += 2) { // weights, as it were: signs and mantissas at random, magnitudes below 1
        state = state * 1664525U + 1013904223U;
        const auto code = static_cast<std::uint16_t>((state >> 16U & 0x807FU) | (0x3C00U + (state >> 9U & 0x0180U)));
        std::memcpy(bytes.data() + i, &code, sizeof(code));
    }
    return bytes;
}

void scanOnCpu(std::uint64_t bytes)
{
    const auto buffer = workBytes();
    StatisticsAccumulator accumulator(DType::BF16);
    for (std::uint64_t done = 0; done < bytes; done += buffer.size()) {
        accumulator.add(buffer, buffer.size() / 2);
    }
}

bool scanOnDevice(DeviceUse& use, std::uint64_t bytes)
{
    const auto buffer = workBytes();
    DeviceScanner scanner(use, 24ULL << 20U);
    for (std::uint64_t done = 0; done < bytes;) {
        StatisticsAccumulator accumulator(DType::BF16);
        if (!scanner.begin(DType::BF16)) {
            return false;
        }
        for (const std::uint64_t end = done + StatisticsAccumulator::PartElements * 2; done < end; done += buffer.size()) {
            scanner.add(buffer);
        }
        if (!scanner.finish(accumulator)) {
            return false;
        }
    }
    return true;
}

} // namespace

const DeviceWork& scanWork() noexcept
{
    static constexpr DeviceWork Scan{"scan", 64, scanOnCpu, scanOnDevice};
    return Scan;
}

} // namespace ckptscope
