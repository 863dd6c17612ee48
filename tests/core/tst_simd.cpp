// SPDX-License-Identifier: Apache-2.0
// Every loop of every instruction set that this machine has gives the bits of the scalar reference: all codes, all
// short lengths, any start.
#include "core/diff/diffkernels.h"
#include "core/dtypes/castkernels.h"
#include "core/dtypes/convert.h"
#include "core/dtypes/dtype.h"
#include "core/dtypes/ggmlblocks.h"
#include "core/simd/simd.h"
#include "core/values/statistics.h"
#include "core/values/statkernels.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <random>

using namespace ckptscope;
using namespace ckptscope::kernels;

Q_DECLARE_METATYPE(ckptscope::SimdLevel)

namespace {

using Bytes = std::vector<std::byte>;

constexpr std::array NarrowTypes{DType::BF16, DType::F16, DType::F8_E4M3, DType::F8_E5M2, DType::F8_E4M3FNUZ, DType::F8_E5M2FNUZ, DType::F8_E8M0};

template<class T>
Bytes bytesOf(const std::vector<T>& values)
{
    Bytes bytes(values.size() * sizeof(T));
    if (!bytes.empty()) { // memcpy takes no null pointer, not even for nothing
        std::memcpy(bytes.data(), values.data(), bytes.size());
    }
    return bytes;
}

/// Floats of all kinds: each 16-bit code of BF16 and F16, its neighbours, ties between two codes of each narrow kind,
/// NaN payloads, subnormal numbers, and random bits.
const std::vector<std::uint32_t>& wideBits()
{
    static const std::vector<std::uint32_t> all = [] {
        std::vector<std::uint32_t> bits;
        for (std::uint32_t code = 0; code < 65'536; ++code) {
            const std::uint32_t bf16 = code << 16U;
            const auto f16 = std::bit_cast<std::uint32_t>(f16ToFloat(static_cast<std::uint16_t>(code)));
            for (const std::uint32_t add : {0U, 0x7FFFU, 0x8000U, 0x8001U}) {
                bits.push_back(bf16 + add);
            }
            for (const std::uint32_t add : {0U, 0x1000U, 0x1001U}) {
                bits.push_back(f16 + add);
            }
        }
        for (const DType dtype : NarrowTypes) {
            if (dtypeInfo(dtype).blockBits != 8) {
                continue;
            }
            for (unsigned code = 0; code < 256; ++code) { // half way to the next one, and a bit off
                const double here = std::abs(smallFloatToFloat(dtype, static_cast<std::uint8_t>(code)));
                const double next = std::abs(smallFloatToFloat(dtype, static_cast<std::uint8_t>(code + 1)));
                const auto tie = std::bit_cast<std::uint32_t>(static_cast<float>((here + next) / 2));
                for (const std::uint32_t sign : {0U, 0x8000'0000U}) {
                    bits.insert(bits.end(), {sign | (tie - 1), sign | tie, sign | (tie + 1)});
                }
            }
        }
        std::mt19937 random(9);
        for (int i = 0; i < 30'000; ++i) {
            bits.push_back(static_cast<std::uint32_t>(random()));
            bits.push_back(static_cast<std::uint32_t>(random()) >> 9U); // subnormal
        }
        return bits;
    }();
    return all;
}

/// The same as doubles, with what lies between two floats, and beyond them.
Bytes wideDoubles()
{
    std::vector<std::uint64_t> bits;
    std::mt19937_64 random(4);
    for (std::size_t i = 0; i < wideBits().size(); i += 7) {
        const auto value = std::bit_cast<std::uint64_t>(static_cast<double>(std::bit_cast<float>(wideBits()[i])));
        bits.insert(bits.end(), {value, value + 1, value - 1, value + 0x1000'0000U, random()});
    }
    return bytesOf(bits);
}

Bytes source(DType dtype)
{
    if (dtype == DType::F32) {
        return bytesOf(wideBits());
    }
    if (dtype == DType::F64) {
        return wideDoubles();
    }
    Bytes bytes;
    const bool wide = dtypeInfo(dtype).blockBits == 16;
    for (unsigned code = 0; code < 65'536; ++code) { // every code in every place of a vector
        bytes.push_back(static_cast<std::byte>(wide ? code & 0xFFU : code + code / 256));
        if (wide) {
            bytes.push_back(static_cast<std::byte>(code >> 8U));
        }
    }
    bytes.resize(bytes.size() / 3 * 3); // whole groups of 6-bit elements
    return bytes;
}

std::uint64_t elementsIn(DType dtype, std::size_t bytes)
{
    return bytes * 8 / dtypeInfo(dtype).blockBits / 8 * 8;
}

struct CastResult {
    Bytes out;
    CastLoss loss;
    bool operator==(const CastResult&) const = default;
};

/// Casts with `skew` bytes in front of both ends, so that nothing is aligned.
CastResult castAt(DType from, std::span<const std::byte> in, DType to, std::uint64_t elements, std::size_t skew)
{
    const auto inBytes = static_cast<std::size_t>(byteSize(from, elements).value_or(0));
    const auto outBytes = static_cast<std::size_t>(byteSize(to, elements).value_or(0));
    Bytes shifted(skew + inBytes);
    std::copy_n(in.begin(), inBytes, shifted.begin() + static_cast<std::ptrdiff_t>(skew));
    Bytes out(skew + outBytes + 1, std::byte{0xA5});
    const auto target = std::span(out).subspan(skew, outBytes);
    const auto loss = castElements(from, std::span(shifted).subspan(skew), to, target, elements);
    if (!loss || out.back() != std::byte{0xA5}) { // written beyond its end
        return {};
    }
    return {Bytes(target.begin(), target.end()), *loss};
}

/// The values of one test, at the reference's level and at the one of the row.
template<class Make>
auto atLevel(SimdLevel level, const Make& make)
{
    setSimdLevel(level);
    auto made = make();
    setSimdLevel(simdLevels().back());
    return made;
}

void levelRows()
{
    QTest::addColumn<SimdLevel>("level");
    for (const SimdLevel level : simdLevels()) {
        if (level != SimdLevel::Scalar) {
            QTest::newRow(std::string(simdName(level)).c_str()) << level;
        }
    }
    if (simdLevels().size() == 1) {
        QTest::newRow("scalar") << SimdLevel::Scalar;
    }
}

std::vector<float> ordinary(std::size_t count, unsigned seed, float mean = 0, float deviation = 0.02F)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(mean, deviation);
    std::vector<float> values(count);
    for (float& value : values) {
        value = normal(random);
    }
    return values;
}

bool sameBits(double a, double b)
{
    return (std::isnan(a) && std::isnan(b)) || std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

bool same(const Statistics& a, const Statistics& b)
{
    return a.count == b.count && a.finite == b.finite && a.nan == b.nan && a.positiveInf == b.positiveInf && a.negativeInf == b.negativeInf
        && a.zeros == b.zeros && a.denormals == b.denormals && sameBits(a.min, b.min) && sameBits(a.max, b.max) && sameBits(a.mean, b.mean)
        && sameBits(a.std, b.std) && sameBits(a.absMax, b.absMax) && a.minText == b.minText && a.maxText == b.maxText && a.constant == b.constant
        && a.exact == b.exact && a.narrowest == b.narrowest;
}

} // namespace

class TestSimd : public QObject {
    Q_OBJECT

private slots:
    void levels()
    {
        QCOMPARE(simdLevels().front(), SimdLevel::Scalar);
        for (const SimdLevel level : simdLevels()) {
            QVERIFY(simdFromName(simdName(level)) == level);
            setSimdLevel(level);
            QVERIFY(simdLevel() == level);
        }
        QVERIFY(!simdFromName("mmx"));
#if defined(__x86_64__) || defined(__aarch64__)
        QVERIFY2(simdLevels().size() > 1, "this processor has vectors");
#endif
    }

    void casts_data()
    {
        levelRows();
    }
    void casts()
    {
        QFETCH(SimdLevel, level);
        for (const DType from : {DType::F64, DType::F32, DType::BF16, DType::F16, DType::F8_E4M3, DType::F8_E5M2, DType::F8_E4M3FNUZ,
                                 DType::F8_E5M2FNUZ, DType::F8_E8M0, DType::F4, DType::F6_E2M3, DType::F6_E3M2}) {
            const Bytes in = source(from);
            for (const DType to : {DType::F64, DType::F32, DType::BF16, DType::F16, DType::F8_E4M3, DType::F8_E5M2, DType::F8_E4M3FNUZ,
                                   DType::F8_E5M2FNUZ, DType::F8_E8M0}) {
                const auto elements = elementsIn(from, in.size());
                const auto cast = [&] { return castAt(from, in, to, elements, 0); };
                const CastResult want = atLevel(SimdLevel::Scalar, cast);
                const CastResult have = atLevel(level, cast);
                const std::string name = std::string(dtypeName(from)) + " -> " + std::string(dtypeName(to));
                QVERIFY2(!want.out.empty(), name.c_str());
                const auto differs = std::mismatch(want.out.begin(), want.out.end(), have.out.begin(), have.out.end()).first;
                QVERIFY2(differs == want.out.end(), qPrintable(QString("%1 at byte %2").arg(name.c_str()).arg(differs - want.out.begin())));
                QVERIFY2(want.loss == have.loss, name.c_str());
            }
        }
    }

    void castsOfAnyLengthAndPlace_data()
    {
        levelRows();
    }
    void castsOfAnyLengthAndPlace()
    {
        QFETCH(SimdLevel, level);
        for (const auto& [from, to] : {std::pair{DType::BF16, DType::F32}, std::pair{DType::F32, DType::BF16}, std::pair{DType::F16, DType::F64},
                                       std::pair{DType::F64, DType::F8_E4M3}, std::pair{DType::F8_E5M2, DType::F16},
                                       std::pair{DType::F32, DType::F64}, std::pair{DType::F64, DType::F32}, std::pair{DType::F16, DType::F8_E5M2}}) {
            const Bytes all = source(from);
            for (std::uint64_t elements = 0; elements <= 130; ++elements) {
                const std::size_t at = elements * 331 * dtypeInfo(from).blockBits / 8;
                const auto in = std::span(all).subspan(at);
                const auto cast = [&, &f = from, &t = to] { return castAt(f, in, t, elements, elements % 9); };
                QVERIFY2(atLevel(SimdLevel::Scalar, cast) == atLevel(level, cast), std::to_string(elements).c_str());
            }
        }
    }

    /// Outputs beyond the caches are written past them.
    void largeCasts_data()
    {
        levelRows();
    }
    void largeCasts()
    {
        QFETCH(SimdLevel, level);
        std::vector<std::uint16_t> codes((8U << 20U) + 77);
        for (std::size_t i = 0; i < codes.size(); ++i) {
            codes[i] = static_cast<std::uint16_t>(i * 40'503U);
        }
        const Bytes in = bytesOf(codes);
        Bytes want(codes.size() * 4);
        scalarCastKernels().decode[0](in.data(), want.data(), codes.size());
        setSimdLevel(level);
        for (const std::size_t skew : {0U, 4U, 3U}) {
            Bytes out(want.size() + skew);
            const auto to = std::span(out).subspan(skew);
            QVERIFY(castElements(DType::BF16, in, DType::F32, to, codes.size()));
            QVERIFY(std::equal(to.begin(), to.end(), want.begin()));
        }
        setSimdLevel(simdLevels().back());
    }

    void trials_data()
    {
        levelRows();
    }
    void trials()
    {
        QFETCH(SimdLevel, level);
        const CastKernels& loops = castKernels(level);
        const Bytes all = bytesOf(wideBits());
        for (std::size_t kind = 0; kind < Trials; ++kind) {
            const auto reference = scalarCastKernels().outside[kind];
            std::vector<std::uint32_t> inside;
            for (std::size_t i = 0; i < wideBits().size(); ++i) {
                // alone in the last place of 19, so that the place among others is tried too
                std::array<std::uint32_t, 19> values{};
                values[i % 19] = wideBits()[i];
                const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
                const bool want = reference(bytes, values.size());
                if (loops.outside[kind](bytes, values.size()) != want) {
                    QFAIL(qPrintable(QString("kind %1, bits %2").arg(kind).arg(wideBits()[i], 8, 16, QChar('0'))));
                }
                if (!want) {
                    inside.push_back(wideBits()[i]);
                }
            }
            const Bytes good = bytesOf(inside);
            QVERIFY(!loops.outside[kind](good.data(), inside.size()));
        }
    }

    void decodesDoubles_data()
    {
        levelRows();
    }
    void decodesDoubles()
    {
        QFETCH(SimdLevel, level);
        for (const DType dtype : {DType::BF16, DType::F16, DType::F8_E4M3, DType::F8_E5M2, DType::F8_E8M0, DType::F32, DType::F64}) {
            const Bytes in = source(dtype);
            std::vector<double> out(elementsIn(dtype, in.size()));
            setSimdLevel(level);
            decodeElements(dtype, in, out);
            setSimdLevel(simdLevels().back());
            for (std::size_t i = 0; i < out.size(); ++i) {
                if (std::bit_cast<std::uint64_t>(out[i]) != std::bit_cast<std::uint64_t>(decodeElement(dtype, in, i))) { // NaN payloads too
                    QFAIL(qPrintable(QString("%1 element %2").arg(std::string(dtypeName(dtype)).c_str()).arg(i)));
                }
            }
        }
    }

    void ggmlBlocks_data()
    {
        levelRows();
    }
    void ggmlBlocks()
    {
        QFETCH(SimdLevel, level);
        std::mt19937 random(6);
        for (const DType dtype :
             {DType::GgmlQ4_0, DType::GgmlQ4_1, DType::GgmlQ5_0, DType::GgmlQ8_0, DType::GgmlQ4_K, DType::GgmlQ5_K, DType::GgmlQ6_K}) {
            const std::size_t block = dtypeInfo(dtype).blockBits / 8U;
            for (const std::size_t blocks : {0U, 1U, 7U, 500U}) {
                const std::size_t skew = blocks % 3;
                Bytes bytes(skew + blocks * block);
                for (std::byte& byte : bytes) {
                    byte = static_cast<std::byte>(random());
                }
                const auto make = [&] {
                    std::vector<float> out(blocks * dtypeInfo(dtype).blockElements);
                    const bool done = decodeGgmlBlocks(dtype, std::span<const std::byte>(bytes).subspan(skew), out);
                    return done ? bytesOf(out) : Bytes(1);
                };
                QVERIFY2(atLevel(SimdLevel::Scalar, make) == atLevel(level, make), std::string(dtypeName(dtype)).c_str());
            }
        }
    }

    /// Differences of all kinds of lengths; where one is NaN or Inf, both say so.
    void differences_data()
    {
        levelRows();
    }
    void differences()
    {
        QFETCH(SimdLevel, level);
        const auto check = [level](const auto& a, const auto& b, std::size_t count, std::size_t skew, DifferenceOf options, bool odd) {
            using T = typename std::decay_t<decltype(a)>::value_type;
            Bytes one(skew + count * sizeof(T));
            Bytes two(one.size());
            std::copy_n(reinterpret_cast<const std::byte*>(a.data()), count * sizeof(T), one.data() + skew);
            std::copy_n(reinterpret_cast<const std::byte*>(b.data()), count * sizeof(T), two.data() + skew);
            const auto run = [&](SimdLevel at, DifferenceSums& sums) {
                const auto& loops = diffKernels(at);
                return (sizeof(T) == 4 ? loops.singles : loops.doubles)(one.data() + skew, two.data() + skew, count, options, sums);
            };
            DifferenceSums want;
            DifferenceSums have;
            QCOMPARE(run(SimdLevel::Scalar, want), !odd);
            QCOMPARE(run(level, have), !odd);
            if (!odd) {
                QCOMPARE(have.differing, want.differing);
                QCOMPARE(have.beyond, want.beyond);
                for (const auto field : {&DifferenceSums::maxAbs, &DifferenceSums::squaresA, &DifferenceSums::squaresB, &DifferenceSums::product,
                                         &DifferenceSums::squaresOff}) {
                    QVERIFY(sameBits(have.*field, want.*field));
                }
            }
        };
        for (std::size_t count = 0; count <= 1030; count += count < 130 ? 1 : 75) {
            auto a = ordinary(count, static_cast<unsigned>(count));
            auto b = ordinary(count, static_cast<unsigned>(count) + 7);
            for (std::size_t i = 0; i < count; i += 3) {
                b[i] = a[i];
            }
            if (count > 5) {
                a[4] = 0.0F;
                b[4] = -0.0F;
            }
            for (const bool bits : {false, true}) {
                for (const double tolerance : {0.0, 0.01}) {
                    const DifferenceOf options{tolerance, bits};
                    check(a, b, count, count % 7, options, false);
                    check(std::vector<double>(a.begin(), a.end()), std::vector<double>(b.begin(), b.end()), count, count % 7, options, false);
                    if (count > 0) {
                        auto c = b;
                        c[count * 5 / 7] = count % 2 == 0 ? NAN : -INFINITY;
                        check(a, c, count, count % 3, options, true);
                        check(std::vector<double>(c.begin(), c.end()), std::vector<double>(a.begin(), a.end()), count, count % 3, options, true);
                    }
                }
            }
        }
    }

    void statistics_data()
    {
        levelRows();
    }
    void statistics()
    {
        QFETCH(SimdLevel, level);
        const auto check = [level](DType dtype, const Bytes& bytes, std::uint64_t elements, std::size_t skew, const std::string& what) {
            Bytes shifted(skew);
            shifted.insert(shifted.end(), bytes.begin(), bytes.end());
            const auto make = [&] {
                StatisticsAccumulator accumulator(dtype);
                accumulator.add(std::span<const std::byte>(shifted).subspan(skew), elements);
                return accumulator.finish();
            };
            const Statistics want = atLevel(SimdLevel::Scalar, make);
            const Statistics have = atLevel(level, make);
            QVERIFY2(same(want, have), what.c_str());
        };
        for (const DType dtype : {DType::BF16, DType::F16, DType::F32, DType::F64}) {
            const std::string name(dtypeName(dtype));
            const Bytes every = source(dtype);
            check(dtype, every, elementsIn(dtype, every.size()), 0, name + ", every code");
            for (std::size_t elements = 0; elements <= 130; ++elements) {
                for (const bool plain : {true, false}) {
                    const auto values = ordinary(elements, static_cast<unsigned>(elements), 3);
                    const auto bytes = castAt(DType::F32, bytesOf(values), dtype, elements, 0).out;
                    const std::size_t at = elements * 191 * dtypeInfo(dtype).blockBits / 8;
                    check(dtype, plain ? bytes : Bytes(every.begin() + static_cast<std::ptrdiff_t>(at), every.end()), elements, elements % 5,
                          name + " " + std::to_string(elements));
                }
            }
            const auto many = ordinary(30'011, 3, 0.5F);
            check(dtype, castAt(DType::F32, bytesOf(many), dtype, many.size(), 0).out, many.size(), 1, name + ", many");
            for (const float value : {0.0F, -0.0F, 1.5F, 0x1p-130F}) { // constant
                const std::vector<float> equal(9'000, value);
                check(dtype, castAt(DType::F32, bytesOf(equal), dtype, equal.size(), 0).out, equal.size(), 0, name + ", constant");
            }
        }
    }
};

QTEST_APPLESS_MAIN(TestSimd)
#include "tst_simd.moc"
