// SPDX-License-Identifier: Apache-2.0
#include "core/diff/differences.h"

#include "core/diff/diffkernels.h"
#include "core/dtypes/castkernels.h"
#include "core/dtypes/ggmlblocks.h"
#include "core/values/elements.h"
#include "core/values/elementtext.h"
#include "core/values/scanbehind.h"
#include "core/values/statistics.h"
#include "core/values/throttle.h"
#include "core/values/units.h"
#include "core/values/valuedecoder.h"
#include "core/values/workers.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <mutex>
#include <optional>
#include <utility>

namespace ckptscope {

namespace {

constexpr std::uint64_t PieceElements = 1ULL << 17U; ///< a multiple of every block's elements
constexpr std::uint64_t PartElements = StatisticsAccumulator::PartElements;
constexpr std::uint64_t PieceBytes = 1ULL << 20U; ///< where elements are not known

/// What a part of a tensor gives; joined in element order, so that sums do not depend on threads.
struct Part {
    std::uint64_t differing = 0;
    std::uint64_t beyond = 0;
    std::uint64_t oneNan = 0;
    std::optional<std::uint64_t> first;
    std::string firstA;
    std::string firstB;
    double maxAbs = 0;
    double squaresA = 0;
    double squaresB = 0;
    double squaresOff = 0; ///< of A-B
    double product = 0;
    bool equal = true; ///< bit for bit; then its sums are not known yet
    bool summed = false;

    void join(Part&& next)
    {
        differing += next.differing;
        beyond += next.beyond;
        oneNan += next.oneNan;
        if (!first && next.first) {
            first = next.first;
            firstA = std::move(next.firstA);
            firstB = std::move(next.firstB);
        }
        maxAbs = std::max(maxAbs, next.maxAbs);
        squaresA += next.squaresA;
        squaresB += next.squaresB;
        squaresOff += next.squaresOff;
        product += next.product;
        equal = equal && next.equal;
    }
};

using Unit = TensorUnit;

struct Progressing {
    std::vector<Part> parts;
    std::uint32_t done = 0;
    std::optional<Error> error;
};

/// One side of a pair.
struct Side {
    const std::shared_ptr<ShardFiles>& files;
    const TensorInfo& tensor;
};

bool sameBits(double a, double b) noexcept
{
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

bool sameNumber(double a, double b) noexcept
{
    return a == b || (a != a && b != b);
}

/// Compares two pieces of elements by their numbers.
class PieceComparer {
public:
    PieceComparer(DType a, DType b, double tolerance)
        : m_dtypeA(a)
        , m_dtypeB(b)
        , m_decodeA(a)
        , m_decodeB(b)
        , m_runsA(a)
        , m_runsB(b)
        , m_tolerance(tolerance)
        , m_bytes(a == b && dtypeInfo(a).blockElements == 1 && dtypeInfo(a).blockBits % 8 == 0 ? dtypeInfo(a).blockBits / 8U : 0U)
    {
    }

    /// `at`: of the first element in the tensor.
    void compare(std::span<const std::byte> a, std::span<const std::byte> b, std::uint64_t at, std::uint64_t elements, Part& part)
    {
        Part piece;
        for (std::uint64_t done = 0; done < elements; done += Run) {
            const std::uint64_t now = std::min(Run, elements - done);
            const auto runA = m_runsA.packed(a, done, now);
            const auto runB = m_runsB.packed(b, done, now);
            if (!compareRun(runA, runB, at + done, now, piece)) {
                compareOne(runA, runB, at + done, now, piece);
            }
        }
        piece.summed = true;
        part.join(std::move(piece));
    }

private:
    static constexpr std::uint64_t Run = 1024; ///< a multiple of every block's elements; decoded it fits the first-level cache

    /// One side's elements of a piece.
    class Runs {
    public:
        explicit Runs(DType dtype)
            : m_dtype(dtype)
            , m_kind(kernels::narrowKind(dtype))
        {
        }
        [[nodiscard]] bool single() const noexcept { return m_kind || m_dtype == DType::F32 || block(); }
        [[nodiscard]] bool real() const noexcept { return single() || m_dtype == DType::F64; }
        [[nodiscard]] std::span<const std::byte> packed(std::span<const std::byte> piece, std::uint64_t first, std::uint64_t elements) const noexcept
        {
            const auto from = byteSize(m_dtype, first).value_or(0); // whole bytes: runs are multiples of 8 elements
            return piece.subspan(static_cast<std::size_t>(from))
                .first(static_cast<std::size_t>(std::min<std::uint64_t>(piece.size() - from, byteSize(m_dtype, elements).value_or(UINT64_MAX))));
        }
        /// As floats, which hold them exactly.
        [[nodiscard]] const std::byte* singles(std::span<const std::byte> run, std::uint64_t elements)
        {
            if (m_dtype == DType::F32) {
                return run.data();
            }
            const auto values = std::span(m_singles).first(static_cast<std::size_t>(elements));
            if (block()) {
                decodeGgmlBlocks(m_dtype, run, values);
            } else {
                kernels::castKernels().decode[static_cast<std::size_t>(*m_kind)](run.data(), std::as_writable_bytes(values).data(), values.size());
            }
            return std::as_bytes(values).data();
        }
        [[nodiscard]] const std::byte* doubles(std::span<const std::byte> run, std::uint64_t elements)
        {
            if (m_dtype == DType::F64) {
                return run.data();
            }
            const auto values = std::span(m_doubles).first(static_cast<std::size_t>(elements));
            kernels::castKernels().f32ToF64(singles(run, elements), std::as_writable_bytes(values).data(), values.size());
            return std::as_bytes(values).data();
        }

    private:
        [[nodiscard]] bool block() const noexcept { return dtypeInfo(m_dtype).family == DTypeFamily::Block; }

        DType m_dtype;
        std::optional<kernels::Narrow> m_kind;
        std::array<float, Run> m_singles;
        std::array<double, Run> m_doubles;
    };

    /// False where that is not possible: no real floats, or one of them is NaN or Inf.
    bool compareRun(std::span<const std::byte> a, std::span<const std::byte> b, std::uint64_t at, std::uint64_t elements, Part& piece)
    {
        if (!m_runsA.real() || !m_runsB.real()) {
            return false;
        }
        const bool single = m_runsA.single() && m_runsB.single();
        const std::byte* x = single ? m_runsA.singles(a, elements) : m_runsA.doubles(a, elements);
        const std::byte* y = single ? m_runsB.singles(b, elements) : m_runsB.doubles(b, elements);
        const auto& loops = kernels::diffKernels();
        kernels::DifferenceSums sums;
        const kernels::DifferenceOf options{m_tolerance, m_dtypeA == m_dtypeB};
        if (!(single ? loops.singles : loops.doubles)(x, y, static_cast<std::size_t>(elements), options, sums)) {
            return false;
        }
        piece.squaresA += sums.squaresA;
        piece.squaresB += sums.squaresB;
        piece.product += sums.product;
        piece.squaresOff += sums.squaresOff;
        piece.maxAbs = std::max(piece.maxAbs, sums.maxAbs);
        piece.differing += sums.differing;
        piece.beyond += m_tolerance == 0 ? sums.differing : sums.beyond;
        if (sums.differing > 0 && !piece.first) {
            Part found; // which is the first, and what are its values?
            compareOne(a, b, at, elements, found);
            piece.first = found.first;
            piece.firstA = std::move(found.firstA);
            piece.firstB = std::move(found.firstB);
        }
        return true;
    }

    /// Any dtype, and NaN and Inf.
    void compareOne(std::span<const std::byte> a, std::span<const std::byte> b, std::uint64_t at, std::uint64_t elements, Part& piece)
    {
        const auto numbersA = m_decodeA.decode(a, elements);
        const auto numbersB = m_decodeB.decode(b, elements);
        const auto per = static_cast<std::size_t>(m_decodeA.perElement());
        for (std::size_t i = 0; i < elements; ++i) {
            double off = 0; // |A-B|, squared where there are two parts
            bool equal = m_bytes == 0 || std::memcmp(a.data() + i * m_bytes, b.data() + i * m_bytes, m_bytes) == 0;
            bool odd = false; // NaN or Inf against something else
            bool oneNan = false;
            for (std::size_t k = i * per; k < (i + 1) * per; ++k) {
                const double x = numbersA[k];
                const double y = numbersB[k];
                equal = equal && (m_bytes != 0 || (m_dtypeA == m_dtypeB ? sameBits(x, y) : sameNumber(x, y)));
                const double away = std::abs(x - y);
                if (std::isfinite(x) && std::isfinite(y)) {
                    piece.squaresA += x * x;
                    piece.squaresB += y * y;
                    piece.product += x * y;
                    piece.squaresOff += away * away;
                    off = per == 1 ? away : std::hypot(off, away);
                } else if (!sameNumber(x, y)) {
                    odd = true;
                    oneNan = oneNan || (x != x) != (y != y);
                    off = away == away ? std::max(off, away) : off;
                }
            }
            if (!equal) {
                ++piece.differing;
                piece.beyond += odd || off > m_tolerance || m_tolerance == 0 ? 1U : 0U;
                piece.oneNan += oneNan ? 1U : 0U;
                piece.maxAbs = std::max(piece.maxAbs, off);
                if (!piece.first) {
                    piece.first = at + i;
                    piece.firstA = textOf(m_dtypeA, a, numbersA, i);
                    piece.firstB = textOf(m_dtypeB, b, numbersB, i);
                }
            }
        }
    }

    static std::string textOf(DType dtype, std::span<const std::byte> packed, std::span<const double> numbers, std::size_t index)
    {
        return dtypeInfo(dtype).family == DTypeFamily::Block ? valueText(DType::F32, numbers[index]) : elementText(dtype, packed, index);
    }

    DType m_dtypeA;
    DType m_dtypeB;
    ValueDecoder m_decodeA;
    ValueDecoder m_decodeB;
    Runs m_runsA;
    Runs m_runsB;
    double m_tolerance;
    std::size_t m_bytes; ///< of an element, where bits are compared as they are stored; 0: the decoded numbers are
};

class Comparing {
public:
    Comparing(const Comparison& comparison, std::span<const std::uint32_t> rows, const DifferenceOptions& options, const DifferenceSink& sink,
              const JobContext& job)
        : m_comparison(comparison)
        , m_options(options)
        , m_sink(sink)
        , m_job(job)
        , m_throttle(job.ioRate)
        , m_filesA(std::make_shared<ShardFiles>(comparison.a()))
        , m_filesB(std::make_shared<ShardFiles>(comparison.b()))
    {
        for (const std::uint32_t row : rows) {
            if (comparison.rows()[row].comparable()) {
                m_results.emplace_back().row = row;
            }
        }
        m_states.resize(m_results.size());
    }

    Result<std::vector<ValueDifference>> run()
    {
        cut();
        shareWork(m_job, m_units.size(), workersFor(m_job, m_units.size(), MemoryPerThread),
                  [this](std::size_t unit) { return work(m_units[unit]); });
        if (m_job.stop.stop_requested()) {
            return fail(Code::Cancelled);
        }
        m_job.progress(Phase::Scanning, m_total, m_total);
        return std::move(m_results);
    }

private:
    static constexpr std::uint64_t MemoryPerThread = 8ULL << 20U; ///< two pieces as stored and two decoded, of the widest dtypes

    [[nodiscard]] const ComparisonRow& rowAt(std::uint32_t place) const { return m_comparison.rows()[m_results[place].row]; }
    [[nodiscard]] Side sideA(std::uint32_t place) const { return {m_filesA, m_comparison.a()->tensors()[*rowAt(place).a]}; }
    [[nodiscard]] Side sideB(std::uint32_t place) const { return {m_filesB, m_comparison.b()->tensors()[*rowAt(place).b]}; }

    /// The same bytes of the same file, read the same way.
    [[nodiscard]] bool isOneTensor(std::uint32_t place) const
    {
        const TensorInfo& one = sideA(place).tensor;
        const TensorInfo& two = sideB(place).tensor;
        const Shard& shardA = m_comparison.a()->shards()[one.shard];
        const Shard& shardB = m_comparison.b()->shards()[two.shard];
        return one.extra == nullptr && two.extra == nullptr && one.dtype == two.dtype && one.bytes == two.bytes && one.readable() && two.readable()
            && shardA.identity.inode != 0 && shardA.identity == shardB.identity;
    }

    void cut()
    {
        const auto order = inFileOrder(m_results.size(), [this](std::uint32_t place) -> const TensorInfo& { return sideA(place).tensor; });
        for (const std::uint32_t place : order) {
            m_total += logicalBytes(sideA(place).tensor).value_or(0) + logicalBytes(sideB(place).tensor).value_or(0);
            const std::uint64_t elements = elementCount(sideA(place).tensor).value_or(0);
            m_results[place].elements = elements;
            const bool dense = !hasLayout(sideA(place).tensor) && !hasLayout(sideB(place).tensor) && !bitsAlone(place);
            const bool readable = sideA(place).tensor.readable() && sideB(place).tensor.readable();
            const std::uint64_t part = dense && readable ? PartElements : std::max<std::uint64_t>(elements, 1);
            m_states[place].parts.resize(cutTensor(m_units, place, elements, part));
        }
        m_behindA.emplace(m_filesA, m_total);
        m_behindB.emplace(m_filesB, m_total);
    }

    static bool hasLayout(const TensorInfo& tensor) noexcept { return tensor.extra != nullptr && tensor.extra->layout; }

    /// Both of one dtype whose values are not known.
    [[nodiscard]] bool bitsAlone(std::uint32_t place) const
    {
        const TensorInfo& one = sideA(place).tensor;
        return !rowAt(place).dtype && !StatisticsAccumulator::supports(one.dtype);
    }

    bool work(const Unit& unit)
    {
        auto part = compareUnit(unit, false);
        if (!part && part.error().code == Code::Cancelled) {
            return false;
        }
        take(unit, std::move(part));
        return true;
    }

    /// `sums`: even of a part whose bits are equal.
    Result<Part> compareUnit(const Unit& unit, bool sums)
    {
        if (isOneTensor(unit.place) && !sums) {
            count(bytesOf(unit.place, unit.count));
            return Part{};
        }
        if (bitsAlone(unit.place)) {
            return compareBytes(unit);
        }
        const Side a = sideA(unit.place);
        const Side b = sideB(unit.place);
        for (const Side* side : {&a, &b}) {
            if (!StatisticsAccumulator::supports(side->tensor.dtype)) {
                return fail(Code::ValuesUnreadable, {"ckptscope knows no values of " + std::string(side->tensor.dtypeText())});
            }
        }
        if (ValueDecoder(a.tensor.dtype).perElement() != ValueDecoder(b.tensor.dtype).perElement()) {
            return fail(Code::ValuesUnreadable, {"only one of them is complex"});
        }
        auto readerA = ElementReader::open(a.files, a.tensor, static_cast<std::size_t>(PieceBytes));
        if (!readerA) {
            return std::move(readerA).error();
        }
        auto readerB = ElementReader::open(b.files, b.tensor, static_cast<std::size_t>(PieceBytes));
        if (!readerB) {
            return std::move(readerB).error();
        }
        TensorBehind behindA(*m_behindA, a.tensor, readerA->bytesOf(unit.first));
        TensorBehind behindB(*m_behindB, b.tensor, readerB->bytesOf(unit.first));
        const bool oneDtype = a.tensor.dtype == b.tensor.dtype;
        PieceComparer comparer(a.tensor.dtype, b.tensor.dtype, m_options.tolerance);
        Part part;
        bool decode = sums || !oneDtype;
        for (std::uint64_t at = unit.first; at < unit.first + unit.count;) {
            if (m_job.stop.stop_requested()) {
                return fail(Code::Cancelled);
            }
            const std::uint64_t now = std::min(PieceElements, unit.first + unit.count - at);
            const auto pieceA = readerA->read(at, now);
            if (!pieceA) {
                return pieceA.error();
            }
            const auto pieceB = readerB->read(at, now);
            if (!pieceB) {
                return pieceB.error();
            }
            const bool equal = oneDtype && std::memcmp(pieceA->data(), pieceB->data(), pieceA->size()) == 0;
            if (!equal && !decode && at > unit.first) { // what was equal so far is needed for the sums after all
                decode = true;
                part = {};
                at = unit.first;
                continue;
            }
            decode = decode || !equal;
            part.equal = part.equal && equal;
            if (decode) {
                comparer.compare(*pieceA, *pieceB, at, now, part);
                part.summed = true;
            }
            at += now;
            behindA.read(pieceA->size());
            behindB.read(pieceB->size());
        }
        if (!sums) {
            pass(unit.place, unit.count);
        }
        return part;
    }

    Result<Part> compareBytes(const Unit& unit)
    {
        auto streamA = ElementStream::open(m_filesA, sideA(unit.place).tensor, static_cast<std::size_t>(PieceBytes));
        if (!streamA) {
            return std::move(streamA).error();
        }
        auto streamB = ElementStream::open(m_filesB, sideB(unit.place).tensor, static_cast<std::size_t>(PieceBytes));
        if (!streamB) {
            return std::move(streamB).error();
        }
        TensorBehind behindA(*m_behindA, sideA(unit.place).tensor);
        TensorBehind behindB(*m_behindB, sideB(unit.place).tensor);
        Part part;
        part.summed = true;
        part.equal = streamA->bytes() == streamB->bytes();
        std::vector<std::byte> bytesA(static_cast<std::size_t>(PieceBytes));
        std::vector<std::byte> bytesB(bytesA.size());
        for (std::uint64_t at = 0; part.equal && at < streamA->bytes(); at += PieceBytes) {
            if (m_job.stop.stop_requested()) {
                return fail(Code::Cancelled);
            }
            const auto now = static_cast<std::size_t>(std::min(PieceBytes, streamA->bytes() - at));
            if (auto read = streamA->read(at, std::span(bytesA).first(now)); !read) {
                return std::move(read).error();
            }
            if (auto read = streamB->read(at, std::span(bytesB).first(now)); !read) {
                return std::move(read).error();
            }
            part.equal = std::memcmp(bytesA.data(), bytesB.data(), now) == 0;
            behindA.read(now);
            behindB.read(now);
        }
        pass(unit.place, unit.count);
        return part;
    }

    /// Of so many elements, on both sides.
    [[nodiscard]] std::uint64_t bytesOf(std::uint32_t place, std::uint64_t elements) const
    {
        std::uint64_t bytes = 0;
        for (const Side& side : {sideA(place), sideB(place)}) {
            bytes += bitsAlone(place) ? side.tensor.bytes.length : byteSize(side.tensor.dtype, elements).value_or(0);
        }
        return bytes;
    }

    void count(std::uint64_t bytes) { m_job.progress(Phase::Scanning, std::min(m_total, m_bytes += bytes), m_total); }

    void pass(std::uint32_t place, std::uint64_t elements)
    {
        const std::uint64_t bytes = bytesOf(place, elements);
        m_throttle.pass(bytes, m_job.stop);
        count(bytes);
    }

    void take(const Unit& unit, Result<Part> part)
    {
        Progressing state;
        {
            const std::lock_guard lock(m_mutex);
            Progressing& shared = m_states[unit.place];
            if (part) {
                shared.parts[unit.part] = std::move(*part);
            } else if (!shared.error) {
                shared.error = part.error();
            }
            if (++shared.done < shared.parts.size()) {
                return;
            }
            state = std::move(shared);
        }
        if (!finish(unit.place, state)) {
            return; // stopped
        }
        const std::lock_guard lock(m_sinkMutex);
        if (m_sink) {
            m_sink(m_results[unit.place]);
        }
    }

    bool finish(std::uint32_t place, Progressing& state)
    {
        ValueDifference& result = m_results[place];
        if (state.error) {
            result.error = std::move(state.error);
            return true;
        }
        const bool equal = std::all_of(state.parts.begin(), state.parts.end(), [](const Part& part) { return part.equal; });
        result.decoded = !bitsAlone(place);
        result.equalBits = equal && !rowAt(place).dtype;
        if (result.equalBits || !result.decoded) {
            return true;
        }
        Part whole;
        for (std::size_t i = 0; i < state.parts.size(); ++i) {
            if (!state.parts[i].summed) {
                const std::uint64_t first = i * PartElements;
                auto again = compareUnit({place, static_cast<std::uint32_t>(i), first, std::min(PartElements, result.elements - first)}, true);
                if (!again) {
                    result.error = again.error();
                    return again.error().code != Code::Cancelled;
                }
                state.parts[i] = std::move(*again);
            }
            whole.join(std::move(state.parts[i]));
        }
        result.differing = whole.differing;
        result.beyond = whole.beyond;
        result.oneNan = whole.oneNan;
        result.first = whole.first;
        result.firstA = std::move(whole.firstA);
        result.firstB = std::move(whole.firstB);
        result.maxAbs = whole.maxAbs;
        if (whole.squaresOff > 0) {
            result.relative = std::sqrt(whole.squaresOff / whole.squaresA); // Infinity where A is all zero
            result.cosine = whole.product / (std::sqrt(whole.squaresA) * std::sqrt(whole.squaresB));
        }
        return true;
    }

    const Comparison& m_comparison;
    const DifferenceOptions& m_options;
    const DifferenceSink& m_sink;
    const JobContext& m_job;
    Throttle m_throttle;
    std::shared_ptr<ShardFiles> m_filesA;
    std::shared_ptr<ShardFiles> m_filesB;
    std::optional<ScanBehind> m_behindA;
    std::optional<ScanBehind> m_behindB;
    std::vector<ValueDifference> m_results; ///< one a row that is compared; each written by the thread that finishes it
    std::vector<Progressing> m_states;      ///< likewise
    std::vector<Unit> m_units;
    std::uint64_t m_total = 0;
    std::atomic<std::uint64_t> m_bytes = 0;
    std::mutex m_mutex;     ///< of m_states
    std::mutex m_sinkMutex; ///< of whoever listens
};

} // namespace

Result<std::vector<ValueDifference>> compareValues(const Comparison& comparison, std::span<const std::uint32_t> rows,
                                                   const DifferenceOptions& options, const DifferenceSink& sink, const JobContext& job)
{
    return Comparing(comparison, rows, options, sink, job).run();
}

} // namespace ckptscope
