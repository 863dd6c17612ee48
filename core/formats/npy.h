// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/formats/formatreader.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ckptscope {

class PartsStorage;

/// What stands in front of the elements of a .npy array (numpy/numpy numpy/lib/format.py).
struct NpyHeader {
    DType dtype = DType::Unknown;
    std::string spelling;        ///< "numpy:<U3", "numpy:[('a', '<f4')]"; UTF-8
    std::uint64_t itemBytes = 0; ///< of an element; 0 for Python objects, whose size nothing tells
    bool bigEndian = false;
    bool fortranOrder = false; ///< column-major
    bool object = false;       ///< the data are a pickle
    std::vector<std::uint64_t> shape;
    std::uint64_t dataStart = 0; ///< bytes from the array's start
    std::uint64_t dataBytes = 0; ///< product of the shape and itemBytes, checked
};

/// Where the elements start, from the first 12 bytes (10 suffice for version 1.0); also checks magic, version and the cap on headers.
/// Error offsets count from the array's start.
Result<std::uint64_t> npyDataStart(std::span<const std::byte> start);

/// Parses a whole header: `bytes` begins at the magic and holds at least npyDataStart() bytes. The header's Python literal is read as
/// data by a small parser of strings, integers, True, False, tuples, lists and one dict; nothing is evaluated.
Result<NpyHeader> parseNpyHeader(std::span<const std::byte> bytes);

/// The tensor that a header describes, in a file (or member) of which `available` bytes follow the header. `place` is where the elements
/// start in the shard. Tells what is wrong through `problems`.
TensorInfo npyTensor(const NpyHeader& header, std::string_view key, ByteRange place, PartsStorage& storage, std::vector<Error>& problems);

/// One .npy array: a checkpoint of one tensor that is named after the file.
class NpyReader : public FormatReader {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "npy"; }
    [[nodiscard]] bool recognises(const Source& source) const noexcept override;
    Result<CheckpointParts> open(const Source& source, const OpenOptions& options, const JobContext& job) const override;
};

} // namespace ckptscope
