// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

/// Mutations that keep a file's outer structure right (lengths, checksums, counts), so that the damage lands deeper
/// than the first test of a reader. Each spends a part of its tries on plain bytes, since a length that lies is an
/// input, too. `seed` decides what is done.
namespace ckptscope::fuzz {

/// LLVMFuzzerMutate, with its dictionary; where another driver (AFL++) has none, the bytes stay. Returns the new size.
std::size_t mutateBytes(std::uint8_t* data, std::size_t size, std::size_t most);
/// The same on text.
void mutateText(std::string& text, std::size_t most);
/// Puts text where a custom mutator's result goes; cut where it is too long. Returns its size.
std::size_t store(std::uint8_t* data, std::size_t most, const std::string& text);

/// Length and JSON header of a safetensors file: entries doubled, dropped, renamed, their numbers and dtypes changed,
/// or made dense and valid; the length agrees with the header.
void mutateSafetensors(std::string& file, std::size_t most, unsigned seed);
/// The entries of a zip archive: contents, names, order and compression; checksums, sizes and the directory agree.
void mutateZip(std::string& file, std::size_t most, unsigned seed);
/// The keys and tensors of a GGUF file (little-endian): doubled, dropped, their texts, types and dimensions changed;
/// the counts agree.
void mutateGguf(std::string& file, std::size_t most, unsigned seed);
/// Whichever of these the bytes are of.
void mutateByKind(std::string& file, std::size_t most, unsigned seed);

/// What LLVMFuzzerCustomMutator of a target is made of.
using Mutation = void (*)(std::string& file, std::size_t most, unsigned seed);
std::size_t applyMutation(Mutation mutation, std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed);

} // namespace ckptscope::fuzz
