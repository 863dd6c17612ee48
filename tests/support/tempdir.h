// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QTemporaryDir>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ckptscope::test {

/// A folder that goes when the object does. Every name is relative to it; missing folders on the way are made. A step
/// that fails ends the test program with the reason: a test that goes on without its files would say nothing.
class TempDir {
public:
    TempDir();

    [[nodiscard]] const std::string& path() const noexcept { return m_path; }
    /// The absolute path of `name`, whether it exists or not.
    [[nodiscard]] std::string path(std::string_view name) const;
    [[nodiscard]] bool exists(std::string_view name) const; ///< of the link itself, where it is one

    /// Each returns the absolute path of what it made.
    std::string write(std::string_view name, std::string_view bytes) const; ///< replaces
    std::string folder(std::string_view name) const;
    std::string symlink(std::string_view name, std::string_view target) const; ///< the target is not looked at
    std::string hardlink(std::string_view name, std::string_view existing) const;
    std::string fifo(std::string_view name) const;
    std::string sparse(std::string_view name, std::uint64_t bytes) const; ///< holes only
    std::string copyTree(std::string_view name,
                         const std::string& from) const; ///< a folder of this repository, or any other

    [[nodiscard]] std::string read(std::string_view name) const;
    void truncate(std::string_view name, std::uint64_t bytes) const;
    void patch(std::string_view name, std::uint64_t offset, std::string_view bytes) const; ///< overwrites in place
    void remove(std::string_view name) const;                                              ///< a folder with all in it
    [[nodiscard]] std::vector<std::string> list(std::string_view name = {}) const;         ///< names in a folder, sorted

private:
    QTemporaryDir m_dir;
    std::string m_path;
};

/// A path in the source tree: sourcePath("resources/demo").
[[nodiscard]] std::string sourcePath(std::string_view relative);
/// A program of this build: programPath("ckptscope").
[[nodiscard]] std::string programPath(std::string_view name);

} // namespace ckptscope::test
