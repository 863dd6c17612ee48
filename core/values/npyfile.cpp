// SPDX-License-Identifier: Apache-2.0
#include "core/values/npyfile.h"

#include "core/dtypes/convert.h"
#include "core/fix/place.h"
#include "core/io/output.h"

#include <algorithm>
#include <filesystem>
#include <span>

namespace ckptscope {

namespace {

constexpr std::uint64_t PieceElements = 1ULL << 18U; ///< at most 4 MiB a piece

std::string header(const NpyType& type, const std::vector<std::uint64_t>& shape)
{
    std::string text = "{'descr': '" + std::string(type.descr) + "', 'fortran_order': False, 'shape': (";
    for (const std::uint64_t dim : shape) {
        text += std::to_string(dim) + (shape.size() == 1 ? "," : ", ");
    }
    if (shape.size() > 1) {
        text.resize(text.size() - 2);
    }
    text += "), }";
    constexpr std::size_t Prefix = 10; // magic, version, length
    constexpr std::size_t Alignment = 64;
    const std::size_t whole = (Prefix + text.size() + 1 + Alignment - 1) / Alignment * Alignment;
    text.resize(whole - Prefix - 1, ' ');
    text += '\n';
    std::string out("\x93NUMPY\x01\x00", 8);
    out += static_cast<char>(text.size() & 0xFFU);
    out += static_cast<char>(text.size() >> 8U);
    return out + text;
}

/// A piece in the dtype that is written.
Result<std::span<const std::byte>> converted(const SliceData& piece, DType to, std::vector<std::byte>& scratch)
{
    if (piece.dtype == to && to != DType::BOOL) {
        return std::span<const std::byte>(piece.packed);
    }
    if (to == DType::BOOL) { // NumPy's bool is 0 or 1; torch takes every other byte as true
        scratch.resize(piece.packed.size());
        std::transform(piece.packed.begin(), piece.packed.end(), scratch.begin(),
                       [](std::byte byte) { return byte != std::byte{0} ? std::byte{1} : std::byte{0}; });
        return std::span<const std::byte>(scratch);
    }
    const bool halves = piece.dtype == DType::C32; // two F16 each
    const DType from = halves ? DType::F16 : piece.dtype;
    const std::uint64_t numbers = piece.packed.size() * 8 / dtypeInfo(from).blockBits;
    scratch.resize(static_cast<std::size_t>(numbers) * sizeof(float));
    if (auto cast = castElements(from, piece.packed, DType::F32, scratch, numbers); !cast) {
        return std::move(cast).error();
    }
    return std::span<const std::byte>(scratch);
}

Result<void> readPieces(ElementReader& reader, const TensorInfo& tensor, const Slice& slice, std::uint64_t pieceElements, const JobContext& job,
                        const PieceSink& sink)
{
    if (sliceElements(slice) <= pieceElements) {
        const auto piece = readSlice(reader, tensor, slice, pieceElements, job);
        return piece ? sink(*piece) : Result<void>(piece.error());
    }
    const auto widest = std::find_if(slice.begin(), slice.end(), [](const SliceRange& range) { return range.count > 1; });
    const auto dimension = static_cast<std::size_t>(widest - slice.begin());
    Slice half = slice;
    half[dimension].count = slice[dimension].count / 2;
    if (auto done = readPieces(reader, tensor, half, pieceElements, job, sink); !done) {
        return done;
    }
    half[dimension].start = slice[dimension].start + half[dimension].count * slice[dimension].step;
    half[dimension].count = slice[dimension].count - half[dimension].count;
    return readPieces(reader, tensor, half, pieceElements, job, sink);
}

/// An .npy file about to be made.
struct Npy {
    NpyType type;
    std::string head;
    std::uint64_t bytes = 0; ///< of the whole
    std::unique_ptr<ElementReader> reader;
};

Result<Npy> prepare(const std::shared_ptr<const Checkpoint>& checkpoint, const TensorInfo& tensor, const Slice& slice, const std::string& output)
{
    auto reader = ElementReader::open(std::make_shared<ShardFiles>(checkpoint), tensor);
    if (!reader) {
        return std::move(reader).error();
    }
    Npy npy;
    npy.type = npyType(tensor.dtype);
    npy.head = header(npy.type, sliceShape(slice));
    constexpr std::uint64_t MaxFile = 1ULL << 62U;
    constexpr std::size_t MaxHeader = 65535; // of version 1.0
    if (__builtin_mul_overflow(sliceElements(slice), std::uint64_t{dtypeInfo(npy.type.dtype).blockBits / 8U}, &npy.bytes) || npy.bytes > MaxFile
        || npy.head.size() > MaxHeader) {
        return inFile(fail(Code::UsageError, {"the slice is too large for an .npy file"}), output);
    }
    npy.bytes += npy.head.size();
    npy.reader = std::make_unique<ElementReader>(*std::move(reader));
    return npy;
}

/// Header and elements, one piece after the other.
Result<void> produce(Npy& npy, const TensorInfo& tensor, const Slice& slice, const BytesSink& sink, const JobContext& job)
{
    if (auto done = sink(std::as_bytes(std::span(npy.head))); !done) {
        return done;
    }
    std::uint64_t at = npy.head.size();
    std::vector<std::byte> scratch;
    return forEachPiece(*npy.reader, tensor, slice, PieceElements, job, [&](const SliceData& piece) -> Result<void> {
        const auto bytes = converted(piece, npy.type.dtype, scratch);
        if (!bytes) {
            return bytes.error();
        }
        at += bytes->size();
        auto written = sink(*bytes);
        job.progress(Phase::Copying, at, npy.bytes);
        return written;
    });
}

} // namespace

NpyType npyType(DType dtype) noexcept
{
    switch (dtype) {
    case DType::Unknown:
        return {};
    case DType::BOOL:
        return {dtype, "|b1"};
    case DType::U8:
        return {dtype, "|u1"};
    case DType::I8:
        return {dtype, "|i1"};
    case DType::I16:
        return {dtype, "<i2"};
    case DType::U16:
        return {dtype, "<u2"};
    case DType::F16:
        return {dtype, "<f2"};
    case DType::I32:
        return {dtype, "<i4"};
    case DType::U32:
        return {dtype, "<u4"};
    case DType::F64:
        return {dtype, "<f8"};
    case DType::I64:
        return {dtype, "<i8"};
    case DType::U64:
        return {dtype, "<u8"};
    case DType::C32:
    case DType::C64:
        return {DType::C64, "<c8"};
    case DType::C128:
        return {dtype, "<c16"};
    default:
        return {DType::F32, "<f4"};
    }
}

std::uint64_t sliceElements(const Slice& slice) noexcept
{
    std::uint64_t elements = 1;
    bool overflow = false;
    for (const SliceRange& range : slice) {
        if (range.count == 0) {
            return 0;
        }
        overflow = __builtin_mul_overflow(elements, range.count, &elements) || overflow;
    }
    return overflow ? UINT64_MAX : elements;
}

Result<void> forEachPiece(ElementReader& reader, const TensorInfo& tensor, const Slice& slice, std::uint64_t pieceElements, const JobContext& job,
                          const PieceSink& sink)
{
    return readPieces(reader, tensor, slice, std::max<std::uint64_t>(1, pieceElements), job, sink);
}

Result<NpyReceipt> writeNpy(const std::shared_ptr<const Checkpoint>& checkpoint, const TensorInfo& tensor, const Slice& slice, std::string output,
                            bool force, const JobContext& job)
{
    if (auto place = checkPlace(*checkpoint, false, force, output); !place) {
        return std::move(place).error();
    }
    auto npy = prepare(checkpoint, tensor, slice, output);
    if (!npy) {
        return std::move(npy).error();
    }
    NpyReceipt receipt;
    receipt.file = output;
    receipt.type = npy->type;
    std::error_code code;
    const auto room = std::filesystem::space(std::filesystem::path(output).parent_path(), code);
    if (!code && room.available < npy->bytes) {
        return inFile(fail(Code::FixNoSpace, {std::to_string(room.available), std::to_string(npy->bytes)}), output);
    }
    auto staging = Staging::begin(Staging::Kind::File, output, newPartialName(output), 0777);
    if (!staging) {
        return std::move(staging).error();
    }
    auto file = (*staging)->create(std::filesystem::path(output).filename().string(), 0666);
    if (!file) {
        return std::move(file).error();
    }
    const BytesSink sink = [&](std::span<const std::byte> bytes) {
        auto written = file->writeAt(receipt.bytes, bytes);
        receipt.bytes += bytes.size();
        return written;
    };
    auto done = produce(*npy, tensor, slice, sink, job);
    if (done) {
        done = file->flush();
    }
    if (done) {
        done = (*staging)->publish(force);
    }
    return done ? Result<NpyReceipt>(std::move(receipt)) : Result<NpyReceipt>(std::move(done).error());
}

Result<NpyReceipt> streamNpy(const std::shared_ptr<const Checkpoint>& checkpoint, const TensorInfo& tensor, const Slice& slice, const BytesSink& sink,
                             const JobContext& job)
{
    auto npy = prepare(checkpoint, tensor, slice, {});
    if (!npy) {
        return std::move(npy).error();
    }
    if (auto done = produce(*npy, tensor, slice, sink, job); !done) {
        return std::move(done).error();
    }
    NpyReceipt receipt;
    receipt.type = npy->type;
    receipt.bytes = npy->bytes;
    return receipt;
}

} // namespace ckptscope
