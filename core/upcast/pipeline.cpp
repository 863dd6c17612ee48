// SPDX-License-Identifier: Apache-2.0
#include "core/upcast/pipeline.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

namespace ckptscope {

namespace {

constexpr std::uint64_t Grain = 64;               ///< chunks start at multiples of it: whole bytes of any dtype, and aligned for a device
constexpr std::size_t Align = DeviceSlots::Align; ///< of the results in a slot
constexpr std::uint64_t SampleElements = 256;

std::uint64_t bitsOf(DType dtype) noexcept
{
    return dtypeInfo(dtype).blockBits;
}

std::size_t bytesOf(DType dtype, std::uint64_t elements) noexcept
{
    return static_cast<std::size_t>(byteSize(dtype, elements).value_or(0));
}

std::size_t aligned(std::size_t bytes) noexcept
{
    return (bytes + Align - 1) / Align * Align;
}

} // namespace

bool samplesAreRight(DType from, std::span<const std::byte> in, DType to, std::span<const std::byte> out, std::uint64_t elements)
{
    std::array<std::byte, SampleElements * 8> want{};
    const std::uint64_t last = elements <= SampleElements ? 0 : (elements - SampleElements) / Grain * Grain;
    for (const std::uint64_t first : {std::uint64_t{0}, last / 2 / Grain * Grain, last}) {
        const std::uint64_t count = std::min(SampleElements, elements - first);
        const auto made = std::span(want).first(bytesOf(to, count));
        const auto loss = castElements(from, in.subspan(bytesOf(from, first), bytesOf(from, count)), to, made, count);
        if (!loss || std::memcmp(made.data(), out.data() + bytesOf(to, first), made.size()) != 0) {
            return false;
        }
    }
    return true;
}

/// Nobody may touch a slot while a device copies from or to it, however run() is left.
class CastPipeline::Drain {
public:
    explicit Drain(CastPipeline& pipeline)
        : m_pipeline(pipeline)
    {
    }
    Drain(const Drain&) = delete;
    Drain& operator=(const Drain&) = delete;
    ~Drain()
    {
        for (const Pending& chunk : m_pipeline.m_pending) {
            (void)m_pipeline.m_slots[chunk.slot].stream->finish();
        }
        m_pipeline.m_pending.clear();
        if (m_pipeline.m_use.device() == nullptr) {
            m_pipeline.m_slots.close();
        }
    }

private:
    CastPipeline& m_pipeline;
};

CastPipeline::CastPipeline(DeviceUse& use, std::span<std::byte> in, std::span<std::byte> out, std::uint64_t pinnedBytes)
    : m_use(use)
    , m_in(in)
    , m_out(out)
    , m_slots(use, pinnedBytes)
{
}

Result<void> CastPipeline::run(DType from, DType to, std::uint64_t elements, const CastSteps& steps)
{
    std::uint64_t at = 0;
    if (from != to && canCast(from, to) && m_slots.open()) {
        const Drain drain(*this);
        if (auto done = onDevice(from, to, elements, steps, at); !done) {
            return done;
        }
    }
    return onCpu(from, to, elements, steps, at);
}

/// Until the end, or until the device is given up: `at` is then the first element that nobody has cast.
Result<void> CastPipeline::onDevice(DType from, DType to, std::uint64_t elements, const CastSteps& steps, std::uint64_t& at)
{
    const std::size_t slotBytes = m_slots.bytes();
    const std::uint64_t most = std::max<std::uint64_t>(Grain, (slotBytes - Align) * 8 / (bitsOf(from) + bitsOf(to)) / Grain * Grain);
    std::size_t next = 0; // slot
    while (at < elements && m_use.device() != nullptr && !steps.stopped()) {
        if (m_pending.size() == m_slots.size()) {
            const Pending oldest = m_pending.front();
            m_pending.pop_front();
            if (auto done = finish(oldest, from, to, steps); !done) {
                return done;
            }
            continue; // the device may be lost by now
        }
        Pending chunk;
        chunk.slot = next;
        chunk.first = at;
        chunk.elements = std::min(most, elements - at);
        const std::span<std::byte> host(m_slots[next].host->data(), slotBytes);
        const auto in = host.first(bytesOf(from, chunk.elements));
        chunk.in = in;
        chunk.out = host.subspan(aligned(in.size()), bytesOf(to, chunk.elements));
        if (auto got = steps.read(at, in); !got) {
            return got;
        }
        submit(chunk, from, to);
        m_pending.push_back(chunk);
        at += chunk.elements;
        next = (next + 1) % m_slots.size();
    }
    while (!m_pending.empty() && !steps.stopped()) {
        const Pending oldest = m_pending.front();
        m_pending.pop_front();
        if (auto done = finish(oldest, from, to, steps); !done) {
            return done;
        }
    }
    return {};
}

void CastPipeline::submit(const Pending& chunk, DType from, DType to)
{
    DeviceStream& stream = *m_slots[chunk.slot].stream;
    std::byte* in = m_slots[chunk.slot].device->data();
    std::byte* out = in + aligned(chunk.in.size());
    auto done = stream.upload(in, chunk.in);
    done = done ? stream.cast(from, in, to, out, chunk.elements) : done;
    done = done ? stream.download(chunk.out, out) : done;
    if (!done) {
        m_use.giveUp(deviceWords(done.error()));
    }
}

Result<void> CastPipeline::finish(const Pending& chunk, DType from, DType to, const CastSteps& steps)
{
    const auto loss = m_slots[chunk.slot].stream->finish(); // also where not all was queued: nothing may be under way
    if (!loss) {
        m_use.giveUp(deviceWords(loss.error()));
    }
    if (m_use.device() == nullptr) { // what else it says is worth nothing
        return takeOnCpu(chunk, from, to, steps);
    }
    if (!samplesAreRight(from, chunk.in, to, chunk.out, chunk.elements)) {
        m_use.giveUp("it gave a wrong result");
        return takeOnCpu(chunk, from, to, steps);
    }
    m_use.addDone(chunk.elements);
    return steps.take(CastChunk{chunk.first, chunk.elements, chunk.in, chunk.out, *loss, true});
}

/// Casts what was read for the device. Its results' place is left alone: a device in trouble may still write there.
Result<void> CastPipeline::takeOnCpu(const Pending& chunk, DType from, DType to, const CastSteps& steps)
{
    const std::uint64_t most = std::max<std::uint64_t>(8, m_out.size() * 8 / bitsOf(to) / 8 * 8);
    for (std::uint64_t at = 0; at < chunk.elements && !steps.stopped();) {
        const std::uint64_t count = std::min(most, chunk.elements - at);
        const auto in = chunk.in.subspan(bytesOf(from, at), bytesOf(from, count));
        const auto out = m_out.first(bytesOf(to, count));
        const auto loss = castElements(from, in, to, out, count);
        if (!loss) {
            return loss.error();
        }
        if (auto done = steps.take(CastChunk{chunk.first + at, count, in, out, *loss, false}); !done) {
            return done;
        }
        at += count;
    }
    return {};
}

Result<void> CastPipeline::onCpu(DType from, DType to, std::uint64_t elements, const CastSteps& steps, std::uint64_t at)
{
    const std::uint64_t bits = std::max(bitsOf(from), bitsOf(to));
    // Whole bytes also of 4- and 6-bit elements.
    const std::uint64_t most = std::max<std::uint64_t>(8, std::min(m_in.size(), m_out.size()) * 8 / std::max<std::uint64_t>(bits, 1) / 8 * 8);
    while (at < elements && !steps.stopped()) {
        const std::uint64_t count = std::min(most, elements - at);
        const auto in = m_in.first(bytesOf(from, count));
        const auto out = m_out.first(bytesOf(to, count));
        if (auto got = steps.read(at, in); !got) {
            return got;
        }
        const auto loss = castElements(from, in, to, out, count);
        if (!loss) {
            return loss.error();
        }
        if (auto done = steps.take(CastChunk{at, count, in, out, *loss, false}); !done) {
            return done;
        }
        at += count;
    }
    return {};
}

} // namespace ckptscope
