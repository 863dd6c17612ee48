// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/formats/formatreader.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

/// A target defines LLVMFuzzerTestOneInput under this name: the one that libFuzzer calls is support.cpp's, which times
/// every input.
#define LLVMFuzzerTestOneInput ckptscopeFuzzOneInput
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

/// What the fuzzers share. A wrong answer ends the program, as a crash would.
namespace ckptscope::fuzz {

inline std::string_view textOf(const std::uint8_t* data, std::size_t size)
{
    return {reinterpret_cast<const char*>(data), size};
}

/// libFuzzer takes the abort for a crash and keeps the input.
inline void require(bool good, const char* what)
{
    if (!good) {
        std::fprintf(stderr, "fuzz: not so: %s\n", what);
        std::abort();
    }
}

/// A file in memory that File::open() takes for any other; it goes with the object.
class MemoryFile {
public:
    explicit MemoryFile(std::string_view bytes);
    ~MemoryFile();
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    [[nodiscard]] const std::string& path() const noexcept { return m_path; }

private:
    int m_fd = -1;
    std::string m_path;
};

/// A folder in memory where there is one (/dev/shm), removed with all in it when the object goes.
class MemoryFolder {
public:
    MemoryFolder();
    ~MemoryFolder();
    MemoryFolder(const MemoryFolder&) = delete;
    MemoryFolder& operator=(const MemoryFolder&) = delete;
    [[nodiscard]] const std::string& path() const noexcept { return m_path; }
    /// A file in it, replaced where it is there.
    void write(const std::string& name, std::string_view bytes) const;
    /// The whole of a file in it; ends the program where there is none.
    [[nodiscard]] std::string read(const std::string& name) const;
    /// A file or folder in it goes, whether it is there or not.
    void remove(const std::string& name) const;

private:
    std::string m_path;
};

/// The source that a reader is offered for a file of these bytes.
Source sourceOf(const MemoryFile& file, std::string name);

/// Opens the bytes with the reader of that name, looks at all that it lists, and runs the checks. `format` is
/// FormatReader::name().
void readEverything(std::string_view format, std::string_view bytes);
/// Looks at every tensor, problem and metadata entry, words and checks them, and requires what Checkpoint promises.
void visit(const Checkpoint& checkpoint);

} // namespace ckptscope::fuzz
