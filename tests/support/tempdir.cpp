// SPDX-License-Identifier: Apache-2.0
#include "tests/support/tempdir.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <system_error>

namespace fs = std::filesystem;

namespace ckptscope::test {
namespace {

[[noreturn]] void die(const char* what, const std::string& path)
{
    std::fprintf(stderr, "tests/support/tempdir.cpp: cannot %s %s\n", what, path.c_str());
    std::abort();
}

void check(bool good, const char* what, const std::string& path)
{
    if (!good) {
        die(what, path);
    }
}

void makeParent(const std::string& path)
{
    std::error_code error;
    fs::create_directories(fs::path(path).parent_path(), error);
    check(!error, "make the folder of", path);
}

} // namespace

TempDir::TempDir()
    : m_path(m_dir.path().toStdString())
{
    check(m_dir.isValid(), "make", m_path);
}

std::string TempDir::path(std::string_view name) const
{
    return m_path + "/" + std::string(name);
}

bool TempDir::exists(std::string_view name) const
{
    std::error_code error;
    return fs::exists(fs::symlink_status(path(name), error));
}

std::string TempDir::write(std::string_view name, std::string_view bytes) const
{
    auto file = path(name);
    makeParent(file);
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    check(!out.fail(), "write", file);
    return file;
}

std::string TempDir::folder(std::string_view name) const
{
    auto made = path(name);
    std::error_code error;
    fs::create_directories(made, error);
    check(!error, "make", made);
    return made;
}

std::string TempDir::symlink(std::string_view name, std::string_view target) const
{
    auto link = path(name);
    makeParent(link);
    std::error_code error;
    fs::create_symlink(std::string(target), link, error);
    check(!error, "link", link);
    return link;
}

std::string TempDir::hardlink(std::string_view name, std::string_view existing) const
{
    auto link = path(name);
    makeParent(link);
    std::error_code error;
    fs::create_hard_link(path(existing), link, error);
    check(!error, "link", link);
    return link;
}

std::string TempDir::fifo(std::string_view name) const
{
    auto made = path(name);
    makeParent(made);
    check(::mkfifo(made.c_str(), 0600) == 0, "make the FIFO", made);
    return made;
}

std::string TempDir::sparse(std::string_view name, std::uint64_t bytes) const
{
    auto file = write(name, {});
    truncate(name, bytes);
    return file;
}

std::string TempDir::copyTree(std::string_view name, const std::string& from) const
{
    auto to = path(name);
    makeParent(to);
    std::error_code error;
    fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::copy_symlinks, error);
    check(!error, "copy to", to);
    return to;
}

std::string TempDir::read(std::string_view name) const
{
    const auto file = path(name);
    std::ifstream in(file, std::ios::binary);
    check(in.is_open(), "read", file);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void TempDir::truncate(std::string_view name, std::uint64_t bytes) const
{
    std::error_code error;
    fs::resize_file(path(name), bytes, error);
    check(!error, "resize", path(name));
}

void TempDir::patch(std::string_view name, std::uint64_t offset, std::string_view bytes) const
{
    const auto file = path(name);
    std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(static_cast<std::streamoff>(offset));
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    check(!out.fail(), "patch", file);
}

void TempDir::remove(std::string_view name) const
{
    std::error_code error;
    fs::remove_all(path(name), error);
    check(!error, "remove", path(name));
}

std::vector<std::string> TempDir::list(std::string_view name) const
{
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(path(name), error)) {
        names.push_back(entry.path().filename().string());
    }
    check(!error, "list", path(name));
    std::sort(names.begin(), names.end());
    return names;
}

std::string sourcePath(std::string_view relative)
{
    return std::string(CKPTSCOPE_SOURCE_DIR "/").append(relative);
}

std::string programPath(std::string_view name)
{
    return std::string(CKPTSCOPE_BIN_DIR "/").append(name);
}

} // namespace ckptscope::test
