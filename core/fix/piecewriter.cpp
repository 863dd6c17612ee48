// SPDX-License-Identifier: Apache-2.0
#include "core/fix/piecewriter.h"

#include "core/dtypes/convert.h"
#include "core/io/extentcopy.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <zlib.h>

namespace ckptscope {

ExportState::ExportState(const JobContext& job, std::uint64_t totalBytes)
    : m_job(job)
    , m_total(totalBytes)
    , m_throttle(job.ioRate)
    , m_linked(job.stop, [this] { m_halt.request_stop(); })
{
}

void ExportState::fail(Error error)
{
    const std::scoped_lock lock(m_mutex);
    if (!m_error) {
        m_error = std::move(error);
    }
    m_failed.store(true, std::memory_order_relaxed);
    m_halt.request_stop();
}

std::optional<Error> ExportState::outcome()
{
    const std::scoped_lock lock(m_mutex);
    if (m_error) {
        return m_error;
    }
    if (m_job.stop.stop_requested()) {
        return ckptscope::fail(Code::Cancelled);
    }
    return std::nullopt;
}

void ExportState::tell(Phase phase, std::uint64_t bytes)
{
    const std::uint64_t done = m_done.fetch_add(bytes) + bytes;
    std::uint64_t told = m_told.load();
    if (done - told >= m_total / 1000 && done > told && m_told.compare_exchange_strong(told, done)) { // in steps of 1/1000
        m_job.progress(phase, std::min(done, m_total), m_total);
    }
}

void ExportState::advance(Phase phase, std::uint64_t bytes)
{
    tell(phase, bytes);
    pace(bytes);
}

void ExportState::advanceShared(std::uint64_t bytes)
{
    tell(Phase::Copying, bytes);
}

PieceWriter::PieceWriter(ExportState& state, std::uint64_t bufferBytes, DeviceUse& device, std::uint64_t pinnedBytes)
    : m_state(state)
    , m_device(device)
    , m_in(bufferBytes)
    , m_out(bufferBytes)
    , m_back(bufferBytes)
    , m_pipeline(device, m_in, m_out, pinnedBytes)
{
}

void CastNotes::add(std::span<const std::byte> in, std::span<const std::byte> out, const CastLoss& lost)
{
    if (before != nullptr) {
        before->add(in);
    }
    if (after != nullptr) {
        after->add(out);
    }
    loss.inexact += lost.inexact;
    loss.overflowed += lost.overflowed;
    loss.flushed += lost.flushed;
    if (sum) {
        crc = static_cast<std::uint32_t>(
            ::crc32_z(crc, reinterpret_cast<const Bytef*>(out.data()), out.size())); // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
    }
}

Result<void> PieceWriter::compareChunk(const NewFile& to, std::uint64_t target, std::span<const std::byte> want)
{
    const auto back = std::span(m_back).first(want.size());
    if (auto done = to.readAt(target, back); !done) {
        return done;
    }
    if (!want.empty() && std::memcmp(back.data(), want.data(), want.size()) != 0) {
        const auto differs = std::mismatch(back.begin(), back.end(), want.begin()).first;
        return inFile(fail(Code::FixVerify), to.name(), target + static_cast<std::uint64_t>(differs - back.begin()));
    }
    m_state.compared += want.size();
    if (m_digest != nullptr) {
        m_digest->add(back);
    }
    return {};
}

Result<void> PieceWriter::digest(const NewFile& of, std::uint64_t offset, std::uint64_t length, Digest128& into)
{
    for (std::uint64_t at = 0; at < length && !m_state.stopped();) {
        const auto back = std::span(m_back).first(std::min<std::uint64_t>(m_back.size(), length - at));
        if (auto done = of.readAt(offset + at, back); !done) {
            return done;
        }
        into.add(back);
        at += back.size();
    }
    return {};
}

Result<void> PieceWriter::put(const NewFile& to, std::uint64_t target, std::span<const std::byte> bytes, bool verify)
{
    if (auto done = to.writeAt(target, bytes); !done) {
        return done;
    }
    m_state.copied += bytes.size();
    m_state.advance(Phase::Copying, bytes.size());
    if (verify) {
        if (auto equal = compareWith(to, target, bytes); !equal) {
            return equal;
        }
    }
    return behind(to, target, bytes.size());
}

Result<void> PieceWriter::compareWith(const NewFile& to, std::uint64_t target, std::span<const std::byte> bytes)
{
    for (std::size_t at = 0; at < bytes.size() && !m_state.stopped(); at += m_back.size()) {
        if (auto done = compareChunk(to, target + at, bytes.subspan(at, std::min(m_back.size(), bytes.size() - at))); !done) {
            return done;
        }
    }
    return {};
}

Result<void> PieceWriter::copy(const File& from, std::uint64_t source, const NewFile& to, std::uint64_t target, std::uint64_t length, bool kernel,
                               bool verify)
{
    std::uint64_t left = 0; // so many are left behind in the source
    for (std::uint64_t at = 0; at < length && !m_state.stopped();) {
        const std::uint64_t step = std::min<std::uint64_t>(m_in.size(), length - at);
        bool done = false;
        if (kernel) {
            const auto copied = kernelCopy(from.fd(), source + at, to.fd(), target + at, step, to.name());
            if (!copied) {
                return copied.error();
            }
            done = *copied == step;
            kernel = done;
            if (done && verify) {
                if (auto equal = compare(from, source + at, to, target + at, step); !equal) {
                    return equal;
                }
            }
        }
        if (!done) {
            const auto chunk = std::span(m_in).first(step);
            if (auto got = from.readAt(source + at, chunk); !got) {
                return got;
            }
            if (auto put = to.writeAt(target + at, chunk); !put) {
                return put;
            }
            if (verify) { // while both are still in the processor's cache
                if (auto equal = compareChunk(to, target + at, chunk); !equal) {
                    return equal;
                }
            }
        }
        if (auto handed = behind(to, target + at, step); !handed) {
            return handed;
        }
        at += step;
        if (m_read != nullptr && (at - left >= WriteBehind::Step || at == length)) {
            m_read->passed(source + left, at - left);
            left = at;
        }
        m_state.copied += step;
        m_state.advance(Phase::Copying, step);
    }
    return {};
}

Result<void> PieceWriter::compare(const File& from, std::uint64_t source, const NewFile& to, std::uint64_t target, std::uint64_t length)
{
    for (std::uint64_t at = 0; at < length && !m_state.stopped();) {
        const std::uint64_t step = std::min<std::uint64_t>(m_in.size(), length - at);
        const auto chunk = std::span(m_in).first(step);
        if (auto got = from.readAt(source + at, chunk); !got) {
            return got;
        }
        if (auto equal = compareChunk(to, target + at, chunk); !equal) {
            return equal;
        }
        at += step;
    }
    return {};
}

Result<void> PieceWriter::behind(const NewFile& to, std::uint64_t target, std::uint64_t length)
{
    if (m_written == nullptr) {
        return {};
    }
    if (target != m_stretchEnd) {
        if (auto done = endBehind(to); !done) {
            return done;
        }
        m_stretch = target;
    }
    m_stretchEnd = target + length;
    return m_stretchEnd - m_stretch >= WriteBehind::Step ? endBehind(to) : Result<void>();
}

Result<void> PieceWriter::endBehind(const NewFile& to)
{
    constexpr std::uint64_t Least = 1ULL << 20U; // smaller ones are better left to fsync, which puts them together
    const std::uint64_t length = m_stretchEnd - m_stretch;
    const std::uint64_t offset = std::exchange(m_stretch, m_stretchEnd);
    return m_written != nullptr && length >= Least ? m_written->wrote(to.fd(), offset, length, to.name()) : Result<void>();
}

std::uint64_t PieceWriter::elementsPerChunk(const CastJob& job) const
{
    const std::uint64_t bits = std::max(dtypeInfo(job.from).blockBits, dtypeInfo(job.to).blockBits);
    return std::max<std::uint64_t>(8, m_in.size() * 8 / bits / 8 * 8); // whole bytes also of 4- and 6-bit elements
}

Result<void> PieceWriter::cast(const File& from, const CastJob& job, const NewFile& to, bool verify, CastNotes& notes)
{
    CastSteps steps;
    steps.read = [&](std::uint64_t first, std::span<std::byte> in) { return from.readAt(job.source + byteSize(job.from, first).value_or(0), in); };
    steps.take = [&](const CastChunk& chunk) { return writeCast(from, job, chunk, to, verify, notes); };
    steps.stopped = [&] { return m_state.stopped(); };
    auto done = m_pipeline.run(job.from, job.to, job.elements, steps);
    return done || !done.error().file.empty() ? done : inFile(std::move(done).error(), from.name(), job.source);
}

Result<void> PieceWriter::writeCast(const File& from, const CastJob& job, const CastChunk& chunk, const NewFile& to, bool verify, CastNotes& notes)
{
    const CastJob piece{job.from, job.to, chunk.elements, job.source + byteSize(job.from, chunk.first).value_or(0),
                        job.target + byteSize(job.to, chunk.first).value_or(0)};
    if (chunk.onDevice) {
        return writeDeviceCast(from, piece, chunk, to, notes);
    }
    notes.add(chunk.in, chunk.out, chunk.loss);
    if (auto put = to.writeAt(piece.target, chunk.out); !put) {
        return put;
    }
    m_state.copied += chunk.out.size();
    m_state.advance(Phase::Casting, chunk.out.size());
    if (verify) { // memory's mistakes would show
        if (auto equal = compareCast(from, piece, to); !equal) {
            return equal.error();
        }
    }
    return behind(to, piece.target, chunk.out.size());
}

/// Always verified, whatever was asked for: what a device made is not published on its word.
Result<void> PieceWriter::writeDeviceCast(const File& from, const CastJob& piece, const CastChunk& chunk, const NewFile& to, CastNotes& notes)
{
    if (auto put = to.writeAt(piece.target, chunk.out); !put) {
        return put;
    }
    const auto equal = compareCast(from, piece, to);
    if (equal) {
        if (!(*equal == chunk.loss) && !m_state.stopped()) {
            m_device.giveUp("it miscounted what a cast lost");
        }
        notes.add(chunk.in, chunk.out, *equal);
        m_state.copied += chunk.out.size();
        m_state.advance(Phase::Casting, chunk.out.size());
        return behind(to, piece.target, chunk.out.size());
    }
    if (equal.error().code != Code::FixVerify) {
        return equal.error();
    }
    m_device.giveUp("it gave a wrong result, which verification found");
    m_digestSpoiled = true;
    // Once more, all of it, from the bytes that the device was given.
    const std::uint64_t most = elementsPerChunk(piece);
    for (std::uint64_t at = 0; at < chunk.elements && !m_state.stopped();) {
        const std::uint64_t count = std::min(most, chunk.elements - at);
        const auto in = chunk.in.subspan(byteSize(piece.from, at).value_or(0), byteSize(piece.from, count).value_or(0));
        const auto out = std::span(m_out).first(byteSize(piece.to, count).value_or(0));
        const auto loss = castElements(piece.from, in, piece.to, out, count);
        if (!loss) {
            return loss.error();
        }
        if (auto done = writeCast(from, piece, CastChunk{at, count, in, out, *loss, false}, to, true, notes); !done) {
            return done;
        }
        at += count;
    }
    return {};
}

Result<CastLoss> PieceWriter::compareCast(const File& from, const CastJob& job, const NewFile& to)
{
    CastLoss loss;
    const std::uint64_t most = elementsPerChunk(job);
    std::uint64_t source = job.source;
    std::uint64_t target = job.target;
    for (std::uint64_t at = 0; at < job.elements && !m_state.stopped();) {
        const std::uint64_t elements = std::min(most, job.elements - at);
        const auto in = std::span(m_in).first(*byteSize(job.from, elements));
        const auto out = std::span(m_out).first(*byteSize(job.to, elements));
        if (auto got = from.readAt(source, in); !got) {
            return got.error();
        }
        const auto made = castElements(job.from, in, job.to, out, elements);
        if (!made) {
            return inFile(made.error(), from.name(), source);
        }
        if (auto equal = compareChunk(to, target, out); !equal) {
            return equal.error();
        }
        loss.inexact += made->inexact;
        loss.overflowed += made->overflowed;
        loss.flushed += made->flushed;
        at += elements;
        source += in.size();
        target += out.size();
    }
    return loss;
}

Result<void> PieceWriter::takeFromDonor(const DonorMatcher& donor, std::uint32_t donorTensor, DType dtype, const NewFile& to, std::uint64_t target,
                                        bool verify, CastNotes& notes)
{
    std::uint64_t at = 0;
    return readDonorValues(donor, donorTensor, dtype, {}, [&](std::span<const std::byte> packed) -> Result<void> {
        if (m_state.stopped()) {
            return fail(Code::Cancelled);
        }
        if (auto put = to.writeAt(target + at, packed); !put) {
            return put;
        }
        notes.add({}, packed, {});
        if (verify) {
            if (auto equal = compareWith(to, target + at, packed); !equal) {
                return equal;
            }
        }
        at += packed.size();
        m_state.copied += packed.size();
        m_state.advance(Phase::Casting, packed.size());
        return behind(to, target + at - packed.size(), packed.size());
    });
}

Result<void> PieceWriter::compareDonor(const DonorMatcher& donor, std::uint32_t donorTensor, DType dtype, const NewFile& to, std::uint64_t target)
{
    std::uint64_t at = 0;
    return readDonorValues(donor, donorTensor, dtype, {}, [&](std::span<const std::byte> packed) -> Result<void> {
        if (m_state.stopped()) {
            return fail(Code::Cancelled);
        }
        auto equal = compareWith(to, target + at, packed);
        at += packed.size();
        return equal;
    });
}

} // namespace ckptscope
