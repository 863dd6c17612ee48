// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/io/output.h"
#include "core/io/outputfiles.h"
#include "core/result.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ckptscope {

/// Where the parts of a saved plan put their output together: OUT.partial-XXXXXXXX, a folder, with `out/` in it, which
/// becomes OUT (or holds the one file that does), and `.ckptscope-plan/`, which says whose it is and holds the parts'
/// locks and receipts. Unlike other partials it outlives the processes that write it, may be written by several of them
/// on several machines, and is never swept. It asks of the file system an atomic rename and O_EXCL; fcntl locks, where
/// there are some, keep two processes from doing the same work twice (it would be the same bytes at the same places).
class PartFolder final : public Staging {
public:
    struct Place {
        std::string output; ///< absolute
        bool outputIsFolder = true;
        std::string partialName; ///< "NAME.partial-XXXXXXXX", NAME that of the output
        unsigned mode = 0777;    ///< of OUT's folder, less the umask
    };
    /// Whose it is.
    struct Owner {
        std::string plan;   ///< digest of the plan
        unsigned parts = 0; ///< how many it is cut into
    };

    /// Who owns it; nullopt: it is not there. Code::PlanPartial where it is there and no plan's.
    static Result<std::optional<Owner>> ownerOf(const Place& place);
    /// Makes it for this owner, in one step, unless it is there. Code::PlanOther where it belongs to another plan,
    /// Code::PlanParts where it is cut differently.
    static Result<std::unique_ptr<PartFolder>> open(const Place& place, const Owner& owner);

    /// Keeps another process from the same work; lives as long as the descriptor.
    class Lock {
    public:
        explicit Lock(int fd = -1) noexcept;
        Lock(Lock&& other) noexcept;
        Lock& operator=(Lock&& other) noexcept;
        Lock(const Lock&) = delete;
        Lock& operator=(const Lock&) = delete;
        ~Lock();

    private:
        int m_fd;
    };
    /// nullopt: another process holds it.
    Result<std::optional<Lock>> lock(const std::string& name) const;

    /// Small files beside the output: receipts, journals. Names without '/'.
    [[nodiscard]] std::optional<std::string> readState(const std::string& name) const; ///< nullopt: not there, or not to be read
    Result<void> writeState(const std::string& name,
                            const std::string& text) const; ///< whole or not at all, and on the disk
    Result<void> appendState(const std::string& name,
                             const std::string& text) const; ///< on the disk; may be torn by a crash
    void removeState(const std::string& name) const;

    /// A file of the output, to be read. What is not a regular file is refused.
    Result<File> openFile(const std::string& name) const;
    /// All files of the output, relative to it, sorted.
    [[nodiscard]] std::vector<std::string> files() const;
    /// Folders of the output are on the disk.
    Result<void> sync() const;
    /// It became OUT already; only what it held beside is left.
    [[nodiscard]] bool published() const;
    /// Removes it with all in it.
    void discard();

    /// As it is there, or new; never emptied: others may be writing into it.
    Result<NewFile> create(const std::string& name, unsigned mode) override;
    bool link(const std::string& source, const std::string& name, std::string& why) override;
    Result<void> publish(bool force) override;

    [[nodiscard]] const std::string& path() const noexcept { return m_partial; }

private:
    explicit PartFolder(Place place);
    [[nodiscard]] std::string state(const std::string& name) const;
    [[nodiscard]] std::string shown(const std::string& name) const;
    [[nodiscard]] Descriptor partialFolder() const;
    [[nodiscard]] Descriptor stateFolder() const;
    Result<Descriptor> folderOf(const std::string& name, bool make) const;

    Place m_place;
    std::string m_partial;
    std::string m_out;
};

} // namespace ckptscope
