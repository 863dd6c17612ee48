// SPDX-License-Identifier: Apache-2.0
#include "core/dtypes/ggmlblocks.h"

#include "core/dtypes/convert.h"
#include "core/dtypes/ggmlgrids.h"
#include "core/dtypes/ggmlkernels.h"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

// Layouts: ggml-org/ggml src/ggml-common.h; arithmetic: src/ggml-quants.c, ggml-org/llama.cpp gguf-py/gguf/quants.py. A product and the sum
// behind it are separate statements everywhere, so that no compiler fuses them (Clang contracts only inside one expression).

namespace ckptscope {

namespace {

using Byte = std::uint8_t;

constexpr std::array<std::int8_t, 16> Iq4Values{-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
constexpr std::array<std::int8_t, 16> Fp4Values{0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12}; ///< E2M1, doubled

int low(Byte b) noexcept
{
    return b & 0x0F;
}

int high(Byte b) noexcept
{
    return b >> 4;
}

float half(const Byte* at) noexcept
{
    return f16ToFloat(static_cast<std::uint16_t>(at[0] | (at[1] << 8)));
}

std::uint32_t word(const Byte* at) noexcept
{
    return static_cast<std::uint32_t>(at[0]) | static_cast<std::uint32_t>(at[1]) << 8U | static_cast<std::uint32_t>(at[2]) << 16U
        | static_cast<std::uint32_t>(at[3]) << 24U;
}

int signedByte(Byte b) noexcept
{
    return static_cast<std::int8_t>(b);
}

float product(float scale, int value) noexcept
{
    return scale * static_cast<float>(value);
}

void q4_0(const Byte* b, float* y) noexcept
{
    const float d = half(b);
    for (int j = 0; j < 16; ++j) {
        y[j] = product(d, low(b[2 + j]) - 8);
        y[j + 16] = product(d, high(b[2 + j]) - 8);
    }
}

void q4_1(const Byte* b, float* y) noexcept
{
    const float d = half(b);
    const float m = half(b + 2);
    for (int j = 0; j < 16; ++j) {
        const float first = product(d, low(b[4 + j]));
        const float second = product(d, high(b[4 + j]));
        y[j] = first + m;
        y[j + 16] = second + m;
    }
}

int fiveBits(int nibble, std::uint32_t bits, int at) noexcept
{
    return nibble | static_cast<int>((bits >> static_cast<unsigned>(at)) & 1U) << 4;
}

void q5_0(const Byte* b, float* y) noexcept
{
    const float d = half(b);
    const std::uint32_t bits = word(b + 2);
    for (int j = 0; j < 16; ++j) {
        y[j] = product(d, fiveBits(low(b[6 + j]), bits, j) - 16);
        y[j + 16] = product(d, fiveBits(high(b[6 + j]), bits, j + 16) - 16);
    }
}

void q5_1(const Byte* b, float* y) noexcept
{
    const float d = half(b);
    const float m = half(b + 2);
    const std::uint32_t bits = word(b + 4);
    for (int j = 0; j < 16; ++j) {
        const float first = product(d, fiveBits(low(b[8 + j]), bits, j));
        const float second = product(d, fiveBits(high(b[8 + j]), bits, j + 16));
        y[j] = first + m;
        y[j + 16] = second + m;
    }
}

void q8_0(const Byte* b, float* y) noexcept
{
    const float d = half(b);
    for (int j = 0; j < 32; ++j) {
        y[j] = product(d, signedByte(b[2 + j]));
    }
}

void q8_1(const Byte* b, float* y) noexcept
{
    const float d = half(b); // behind it the f16 d * sum, which only dot products use
    for (int j = 0; j < 32; ++j) {
        y[j] = product(d, signedByte(b[4 + j]));
    }
}

void q2_k(const Byte* b, float* y) noexcept
{
    const Byte* scales = b;
    const float d = half(b + 80);
    const float dmin = half(b + 82);
    for (int group = 0; group < 2; ++group) {
        const Byte* q = b + 16 + 32 * group;
        for (int shift = 0; shift < 8; shift += 2) {
            for (int run = 0; run < 2; ++run) {
                const float scale = product(d, low(*scales));
                const float minimum = product(dmin, high(*scales));
                ++scales;
                for (int l = 0; l < 16; ++l) {
                    const float value = product(scale, (q[16 * run + l] >> shift) & 3);
                    *y++ = value - minimum;
                }
            }
        }
    }
}

void q3_k(const Byte* b, float* y) noexcept
{
    const Byte* mask = b;
    const Byte* packed = b + 96;
    const float d = half(b + 108);
    int k = 0;
    for (int group = 0; group < 2; ++group) {
        const Byte* q = b + 32 + 32 * group;
        for (int shift = 0; shift < 8; shift += 2) {
            const int bit = 4 * group + shift / 2;
            for (int run = 0; run < 2; ++run, ++k) {
                const int scale = (k < 8 ? low(packed[k]) : high(packed[k - 8])) | ((packed[8 + k % 4] >> (2 * (k / 4))) & 3) << 4;
                const float dl = product(d, scale - 32);
                for (int l = 0; l < 16; ++l) {
                    const int at = 16 * run + l;
                    const int value = (q[at] >> shift) & 3;
                    *y++ = product(dl, ((mask[at] >> bit) & 1) != 0 ? value : value - 4);
                }
            }
        }
    }
}

/// The 6-bit scale and minimum of sub-block s (0..7) of Q4_K and Q5_K.
std::pair<int, int> scaleAndMinimum(const Byte* packed, int s) noexcept
{
    if (s < 4) {
        return {packed[s] & 63, packed[s + 4] & 63};
    }
    return {low(packed[s + 4]) | (packed[s - 4] >> 6) << 4, high(packed[s + 4]) | (packed[s] >> 6) << 4};
}

/// Q4_K and Q5_K; `fifth` is Q5_K's 32 bytes of fifth bits, or null.
void q45_k(const Byte* b, const Byte* fifth, const Byte* q, float* y) noexcept
{
    const float d = half(b);
    const float dmin = half(b + 2);
    for (int s = 0; s < 8; ++s) {
        const auto [scale, minimum] = scaleAndMinimum(b + 4, s);
        const float dl = product(d, scale);
        const float ml = product(dmin, minimum);
        const Byte* at = q + 32 * (s / 2);
        for (int l = 0; l < 32; ++l) {
            const int nibble = s % 2 == 0 ? low(at[l]) : high(at[l]);
            const float value = product(dl, fifth == nullptr ? nibble : nibble | ((fifth[l] >> s) & 1) << 4);
            *y++ = value - ml;
        }
    }
}

void q4_k(const Byte* b, float* y) noexcept
{
    q45_k(b, nullptr, b + 16, y);
}

void q5_k(const Byte* b, float* y) noexcept
{
    q45_k(b, b + 16, b + 48, y);
}

void q6_k(const Byte* b, float* y) noexcept
{
    const float d = half(b + 208);
    for (int group = 0; group < 2; ++group) {
        const Byte* lows = b + 64 * group;
        const Byte* highs = b + 128 + 32 * group;
        const Byte* scales = b + 192 + 8 * group;
        for (int quarter = 0; quarter < 4; ++quarter) {
            for (int l = 0; l < 32; ++l) {
                const Byte packed = lows[l + 32 * (quarter % 2)];
                const int value = (quarter < 2 ? low(packed) : high(packed)) | ((highs[l] >> (2 * quarter)) & 3) << 4;
                const float dl = product(d, signedByte(scales[2 * quarter + l / 16]));
                *y++ = product(dl, value - 32);
            }
        }
    }
}

void q8_k(const Byte* b, float* y) noexcept
{
    const float d = std::bit_cast<float>(word(b));
    for (int j = 0; j < 256; ++j) {
        y[j] = product(d, signedByte(b[4 + j]));
    }
}

void table16(float d, const Byte* q, const std::array<std::int8_t, 16>& table, int half, float* y) noexcept
{
    for (int j = 0; j < half; ++j) {
        y[j] = product(d, table[static_cast<std::size_t>(low(q[j]))]);
        y[j + half] = product(d, table[static_cast<std::size_t>(high(q[j]))]);
    }
}

void iq4_nl(const Byte* b, float* y) noexcept
{
    table16(half(b), b + 2, Iq4Values, 16, y);
}

void iq4_xs(const Byte* b, float* y) noexcept
{
    const float d = half(b);
    const int highs = b[2] | b[3] << 8;
    for (int s = 0; s < 8; ++s) {
        const Byte packed = b[4 + s / 2];
        const int scale = (s % 2 == 0 ? low(packed) : high(packed)) | ((highs >> (2 * s)) & 3) << 4;
        table16(product(d, scale - 32), b + 8 + 16 * s, Iq4Values, 16, y + 32 * s);
    }
}

void mxfp4(const Byte* b, float* y) noexcept
{
    // 2^(e - 128): half the E8M0 scale, since the table is doubled; e = 255 is not taken for NaN
    const std::uint32_t e = b[0];
    const std::uint32_t bits = e < 2 ? 0x00200000U << e : (e - 1) << 23U;
    table16(std::bit_cast<float>(bits), b + 1, Fp4Values, 16, y);
}

float unsignedE4m3(Byte b) noexcept
{
    if (b == 0 || b == 0x7F) {
        return 0.0F;
    }
    const int exponent = (b >> 3) & 0xF; // the sign bit is ignored
    const int mantissa = b & 7;
    // (1 + m/8) * 2^(e - 7), below it m * 2^-9; all exact
    return exponent == 0 ? static_cast<float>(mantissa) * 0x1p-9F
                         : static_cast<float>(8 + mantissa) * std::bit_cast<float>(static_cast<std::uint32_t>(exponent - 10 + 127) << 23U);
}

void nvfp4(const Byte* b, float* y) noexcept
{
    for (int s = 0; s < 4; ++s) {
        table16(unsignedE4m3(b[s]) * 0.5F, b + 4 + 8 * s, Fp4Values, 8, y + 16 * s);
    }
}

/// One base-3 digit: the n-th of a byte that holds the digits as a fraction of 256.
int ternary(Byte packed, int power) noexcept
{
    const auto shifted = static_cast<Byte>(packed * power);
    return ((shifted * 3) >> 8) - 1;
}

void tq1_0(const Byte* b, float* y) noexcept
{
    constexpr std::array Powers{1, 3, 9, 27, 81};
    const float d = half(b + 52);
    const auto run = [&](const Byte* q, int bytes, int digits) {
        for (int n = 0; n < digits; ++n) {
            for (int l = 0; l < bytes; ++l) {
                *y++ = product(d, ternary(q[l], Powers[static_cast<std::size_t>(n)]));
            }
        }
    };
    run(b, 32, 5);
    run(b + 32, 16, 5);
    run(b + 48, 4, 4);
}

void tq2_0(const Byte* b, float* y) noexcept
{
    const float d = half(b + 64);
    for (int group = 0; group < 2; ++group) {
        for (int shift = 0; shift < 8; shift += 2) {
            for (int l = 0; l < 32; ++l) {
                *y++ = product(d, ((b[32 * group + l] >> shift) & 3) - 1);
            }
        }
    }
}

void q1_0(const Byte* b, float* y) noexcept
{
    const float d = half(b);
    for (int j = 0; j < 128; ++j) {
        y[j] = ((b[2 + j / 8] >> (j % 8)) & 1) != 0 ? d : -d;
    }
}

void q2_0(const Byte* b, float* y) noexcept
{
    const float d = half(b);
    for (int j = 0; j < 64; ++j) {
        y[j] = product(d, ((b[2 + j / 4] >> (2 * (j % 4))) & 3) - 1);
    }
}

/// What is swapped in a block of a big-endian file: `count` fields of `bytes` bytes from `offset`.
struct Field {
    std::uint16_t offset;
    std::uint8_t bytes;
    std::uint8_t count;
};

struct BlockCodec {
    DType dtype;
    void (*decode)(const Byte* block, float* out) noexcept;                ///< null: not decoded
    std::array<Field, 2> fields;                                           ///< unused ones have count 0
    kernels::GgmlKernels::Decode kernels::GgmlKernels::*vectors = nullptr; ///< the same for many blocks, where there is one
};

constexpr std::array Codecs{
    BlockCodec{DType::GgmlQ4_0, q4_0, {{{0, 2, 1}, {}}}, &kernels::GgmlKernels::q4_0},
    BlockCodec{DType::GgmlQ4_1, q4_1, {{{0, 2, 2}, {}}}, &kernels::GgmlKernels::q4_1},
    BlockCodec{DType::GgmlQ5_0, q5_0, {{{0, 2, 1}, {}}}}, // the fifth bits are four bytes, in one order everywhere
    BlockCodec{DType::GgmlQ5_1, q5_1, {{{0, 2, 2}, {}}}},
    BlockCodec{DType::GgmlQ8_0, q8_0, {{{0, 2, 1}, {}}}, &kernels::GgmlKernels::q8_0},
    BlockCodec{DType::GgmlQ8_1, q8_1, {{{0, 2, 2}, {}}}},
    BlockCodec{DType::GgmlQ2_K, q2_k, {{{80, 2, 2}, {}}}},
    BlockCodec{DType::GgmlQ3_K, q3_k, {{{108, 2, 1}, {}}}},
    BlockCodec{DType::GgmlQ4_K, q4_k, {{{0, 2, 2}, {}}}, &kernels::GgmlKernels::q4_k},
    BlockCodec{DType::GgmlQ5_K, q5_k, {{{0, 2, 2}, {}}}, &kernels::GgmlKernels::q5_k},
    BlockCodec{DType::GgmlQ6_K, q6_k, {{{208, 2, 1}, {}}}, &kernels::GgmlKernels::q6_k},
    BlockCodec{DType::GgmlQ8_K, q8_k, {{{0, 4, 1}, {260, 2, 16}}}},
    BlockCodec{DType::GgmlIQ2_XXS, ggml::iq2Xxs, {{{0, 2, 33}, {}}}},
    BlockCodec{DType::GgmlIQ2_XS, ggml::iq2Xs, {{{0, 2, 33}, {}}}},
    BlockCodec{DType::GgmlIQ3_XXS, ggml::iq3Xxs, {{{0, 2, 1}, {}}}},
    BlockCodec{DType::GgmlIQ1_S, ggml::iq1S, {{{0, 2, 1}, {34, 2, 8}}}},
    BlockCodec{DType::GgmlIQ4_NL, iq4_nl, {{{0, 2, 1}, {}}}},
    BlockCodec{DType::GgmlIQ3_S, ggml::iq3S, {{{0, 2, 1}, {}}}},
    BlockCodec{DType::GgmlIQ2_S, ggml::iq2S, {{{0, 2, 1}, {}}}},
    BlockCodec{DType::GgmlIQ4_XS, iq4_xs, {{{0, 2, 2}, {}}}},
    BlockCodec{DType::GgmlIQ1_M, ggml::iq1M, {{{48, 2, 4}, {}}}},
    BlockCodec{DType::GgmlTQ1_0, tq1_0, {{{52, 2, 1}, {}}}},
    BlockCodec{DType::GgmlTQ2_0, tq2_0, {{{64, 2, 1}, {}}}},
    BlockCodec{DType::GgmlMXFP4, mxfp4, {{{}, {}}}},
    BlockCodec{DType::GgmlNVFP4, nvfp4, {{{}, {}}}},
    BlockCodec{DType::GgmlQ1_0, q1_0, {{{0, 2, 1}, {}}}},
    BlockCodec{DType::GgmlQ2_0, q2_0, {{{0, 2, 1}, {}}}},
};

constexpr auto FirstBlockType = static_cast<std::size_t>(DType::GgmlQ4_0);

constexpr bool codecsInOrder()
{
    for (std::size_t i = 0; i < Codecs.size(); ++i) {
        if (static_cast<std::size_t>(Codecs[i].dtype) != FirstBlockType + i) {
            return false;
        }
    }
    return true;
}
static_assert(codecsInOrder(), "a row for every ggml block type, in DType's order");

const BlockCodec* codecOf(DType dtype) noexcept
{
    const auto row = static_cast<std::size_t>(dtype);
    return row < FirstBlockType || row - FirstBlockType >= Codecs.size() ? nullptr : &Codecs[row - FirstBlockType];
}

constexpr std::array Types{
    GgmlType{DType::F32, "F32"},
    GgmlType{DType::F16, "F16"},
    GgmlType{DType::GgmlQ4_0, "Q4_0"},
    GgmlType{DType::GgmlQ4_1, "Q4_1"},
    GgmlType{DType::Unknown, "Q4_2", true},
    GgmlType{DType::Unknown, "Q4_3", true},
    GgmlType{DType::GgmlQ5_0, "Q5_0"},
    GgmlType{DType::GgmlQ5_1, "Q5_1"},
    GgmlType{DType::GgmlQ8_0, "Q8_0"},
    GgmlType{DType::GgmlQ8_1, "Q8_1"},
    GgmlType{DType::GgmlQ2_K, "Q2_K"},
    GgmlType{DType::GgmlQ3_K, "Q3_K"},
    GgmlType{DType::GgmlQ4_K, "Q4_K"},
    GgmlType{DType::GgmlQ5_K, "Q5_K"},
    GgmlType{DType::GgmlQ6_K, "Q6_K"},
    GgmlType{DType::GgmlQ8_K, "Q8_K"},
    GgmlType{DType::GgmlIQ2_XXS, "IQ2_XXS"},
    GgmlType{DType::GgmlIQ2_XS, "IQ2_XS"},
    GgmlType{DType::GgmlIQ3_XXS, "IQ3_XXS"},
    GgmlType{DType::GgmlIQ1_S, "IQ1_S"},
    GgmlType{DType::GgmlIQ4_NL, "IQ4_NL"},
    GgmlType{DType::GgmlIQ3_S, "IQ3_S"},
    GgmlType{DType::GgmlIQ2_S, "IQ2_S"},
    GgmlType{DType::GgmlIQ4_XS, "IQ4_XS"},
    GgmlType{DType::I8, "I8"},
    GgmlType{DType::I16, "I16"},
    GgmlType{DType::I32, "I32"},
    GgmlType{DType::I64, "I64"},
    GgmlType{DType::F64, "F64"},
    GgmlType{DType::GgmlIQ1_M, "IQ1_M"},
    GgmlType{DType::BF16, "BF16"},
    GgmlType{DType::Unknown, "Q4_0_4_4", true},
    GgmlType{DType::Unknown, "Q4_0_4_8", true},
    GgmlType{DType::Unknown, "Q4_0_8_8", true},
    GgmlType{DType::GgmlTQ1_0, "TQ1_0"},
    GgmlType{DType::GgmlTQ2_0, "TQ2_0"},
    GgmlType{DType::Unknown, "IQ4_NL_4_4", true},
    GgmlType{DType::Unknown, "IQ4_NL_4_8", true},
    GgmlType{DType::Unknown, "IQ4_NL_8_8", true},
    GgmlType{DType::GgmlMXFP4, "MXFP4"},
    GgmlType{DType::GgmlNVFP4, "NVFP4"},
    GgmlType{DType::GgmlQ1_0, "Q1_0"},
    GgmlType{DType::GgmlQ2_0, "Q2_0"},
};

} // namespace

GgmlType ggmlType(std::int32_t id) noexcept
{
    return id < 0 || static_cast<std::size_t>(id) >= Types.size() ? GgmlType{} : Types[static_cast<std::size_t>(id)];
}

bool canDecodeGgml(DType dtype) noexcept
{
    const BlockCodec* codec = codecOf(dtype);
    return codec != nullptr && codec->decode != nullptr;
}

bool decodeGgmlBlocks(DType dtype, std::span<const std::byte> blocks, std::span<float> out) noexcept
{
    const BlockCodec* codec = codecOf(dtype);
    if (codec == nullptr || codec->decode == nullptr) {
        return false;
    }
    const DTypeInfo& info = dtypeInfo(dtype);
    const std::size_t bytes = info.blockBits / 8U;
    const std::size_t count = blocks.size() / bytes;
    if (blocks.size() % bytes != 0 || out.size() % info.blockElements != 0 || out.size() / info.blockElements != count) {
        return false;
    }
    const auto* from = reinterpret_cast<const Byte*>(blocks.data());
    float* to = out.data();
    if (codec->vectors != nullptr) {
        if (const auto decode = kernels::ggmlKernels().*codec->vectors) {
            decode(from, to, count);
            return true;
        }
    }
    for (std::size_t i = 0; i < count; ++i) {
        codec->decode(from, to);
        from += bytes;
        to += info.blockElements;
    }
    return true;
}

void swapGgmlBlocks(DType dtype, std::span<std::byte> blocks) noexcept
{
    const BlockCodec* codec = codecOf(dtype);
    if (codec == nullptr) {
        return;
    }
    const std::size_t bytes = dtypeInfo(dtype).blockBits / 8U;
    for (; blocks.size() >= bytes; blocks = blocks.subspan(bytes)) {
        for (const Field& field : codec->fields) {
            for (std::size_t i = 0; i < field.count; ++i) {
                std::byte* at = blocks.data() + field.offset + i * field.bytes;
                std::swap(at[0], at[field.bytes - 1]);
                if (field.bytes == 4) {
                    std::swap(at[1], at[2]);
                }
            }
        }
    }
}

} // namespace ckptscope
