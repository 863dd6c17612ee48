// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/io/file.h"
#include "core/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct stat;

namespace ckptscope {

[[nodiscard]] FileIdentity identityOf(const struct ::stat& status) noexcept;
/// Code::FileWrite with the reason, for a file that is being written.
[[nodiscard]] Error writeError(int number, const std::string& shownAs, std::optional<std::uint64_t> offset = std::nullopt);

/// A file that is being written; not there for others until its staging is published.
class NewFile {
public:
    NewFile() = default;
    NewFile(int fd, std::string shownAs) noexcept;
    NewFile(NewFile&& other) noexcept;
    NewFile& operator=(NewFile&& other) noexcept;
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    ~NewFile();

    [[nodiscard]] int fd() const noexcept { return m_fd; }
    [[nodiscard]] const std::string& name() const noexcept { return m_name; }
    Result<void> setSize(std::uint64_t bytes) const;
    /// Retries short writes.
    Result<void> writeAt(std::uint64_t offset, std::span<const std::byte> bytes) const;
    Result<void> readAt(std::uint64_t offset, std::span<std::byte> out) const;
    /// fsync: what was written survives a crash, and late write errors come to light.
    Result<void> flush() const;

private:
    int m_fd = -1;
    std::string m_name;
};

/// Where an output is put together, beside its final place, until it is whole. Holds a lock (flock, on the folder or file itself, so that
/// nothing more comes to lie in the output) by which the next run tells leftovers of a dead one from work in progress.
/// The destructor removes everything, unless it was published.
class Staging {
public:
    enum class Kind : std::uint8_t {
        Folder,  ///< OUT.partial-XXXXXXXX, a folder, becomes OUT in one step
        File,    ///< the same with one file
        InPlace, ///< FILE.partial-XXXXXXXX beside each FILE of OUT (a folder); publish() renames one after the other, in the order of create()
    };

    /// Removes leftovers of dead runs of the same OUT, or completes one that died while it published in place. Then makes the partial.
    /// `output` is absolute; `partialName` is "NAME.partial-XXXXXXXX"; `mode` is that of OUT's folder, less the umask.
    static Result<std::unique_ptr<Staging>> begin(Kind kind, const std::string& output, const std::string& partialName, unsigned mode);
    virtual ~Staging() = default;
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;

    /// A new, empty file that will be called `name` (with '/' for folders below, which are made); `mode` less the umask, always with u+rw.
    virtual Result<NewFile> create(const std::string& name, unsigned mode) = 0;
    /// A hard link to a source file in place of a file of its own; false: not possible here, `why` says so.
    virtual bool link(const std::string& source, const std::string& name, std::string& why) = 0;
    /// Makes the output appear: whole, or not at all. Every file was flushed before. Code::FixOutputExists where OUT came to be meanwhile and
    /// `force` is not given; with it the old OUT is swapped out in one step and removed.
    virtual Result<void> publish(bool force) = 0;

protected:
    Staging() = default;
};

/// Finishes what an in-place run left half published in `folder` (it had written and verified everything): true where there was something.
/// Call it before opening a checkpoint that is to be repaired in place. Leftovers that cannot be completed are removed.
Result<bool> completeInPlace(const std::string& folder);

/// Writes a small file in one step, and to the disk: who reads it sees the old one or the new one. What was there before is replaced.
/// `produce` hands out its text in pieces.
Result<void> writeWhole(const std::string& path, const std::function<void(const std::function<void(std::string_view)>&)>& produce);
Result<void> writeWhole(const std::string& path, std::string_view text);

/// "NAME.partial-XXXXXXXX", by chance.
[[nodiscard]] std::string newPartialName(const std::string& output);

} // namespace ckptscope
