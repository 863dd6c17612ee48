// SPDX-License-Identifier: Apache-2.0
// RUNS: 5000
// A distributed checkpoint: two bytes say how long its .metadata is, which follows; the rest is its __0_0.distcp.
#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace {

void write(const std::string& path, std::string_view bytes)
{
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// A folder in memory where there is one, removed when the program ends.
class Folder {
public:
    Folder()
    {
        char name[] = "/dev/shm/ckptscope-fuzz-XXXXXX"; // NOLINT(modernize-avoid-c-arrays): mkdtemp writes into it
        if (::mkdtemp(name) == nullptr) {
            char other[] = "/tmp/ckptscope-fuzz-XXXXXX"; // NOLINT(modernize-avoid-c-arrays)
            ckptscope::fuzz::require(::mkdtemp(other) != nullptr, "a folder can be made");
            m_path = other;
        } else {
            m_path = name;
        }
    }
    ~Folder()
    {
        ::unlink((m_path + "/.metadata").c_str());
        ::unlink((m_path + "/__0_0.distcp").c_str());
        ::rmdir(m_path.c_str());
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] const std::string& path() const noexcept { return m_path; }

private:
    std::string m_path;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const Folder folder;
    auto bytes = ckptscope::fuzz::textOf(data, size);
    if (bytes.size() < 2) {
        return 0;
    }
    const auto length = static_cast<std::size_t>(data[0]) | static_cast<std::size_t>(data[1]) << 8U;
    bytes.remove_prefix(2);
    write(folder.path() + "/.metadata", bytes.substr(0, length));
    write(folder.path() + "/__0_0.distcp", bytes.substr(std::min(length, bytes.size())));
    if (const auto checkpoint = ckptscope::openCheckpoint({folder.path()})) {
        ckptscope::fuzz::visit(**checkpoint);
    }
    return 0;
}
