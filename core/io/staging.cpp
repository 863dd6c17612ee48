// SPDX-License-Identifier: Apache-2.0
#include "core/io/output.h"
#include "core/io/outputfiles.h"
#include "core/io/unfinished.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace ckptscope {

namespace {

namespace fs = std::filesystem;

std::mutex g_unfinishedMutex;
std::set<std::string> g_unfinished;

/// Tells unfinishedOutputs() of a partial, as long as it lives.
class Unfinished {
public:
    explicit Unfinished(std::string path)
        : m_path(std::move(path))
    {
        const std::scoped_lock lock(g_unfinishedMutex);
        g_unfinished.insert(m_path);
    }
    ~Unfinished()
    {
        const std::scoped_lock lock(g_unfinishedMutex);
        g_unfinished.erase(m_path);
    }
    Unfinished(const Unfinished&) = delete;
    Unfinished& operator=(const Unfinished&) = delete;

private:
    std::string m_path;
};

/// A folder or one file that becomes OUT in one step.
class BesideStaging : public Staging {
public:
    BesideStaging(std::string output, std::string partial, bool folder)
        : m_output(std::move(output))
        , m_partialName(std::move(partial))
        , m_folder(folder)
    {
    }
    ~BesideStaging() override
    {
        if (!m_made || m_published) {
            return;
        }
        // Only what is ours: what another came to put in its place stays.
        if (m_folder) {
            emptyFolder(m_lock.get());
        }
        if (isSame(m_lock.get(), partial())) {
            removeTree(partial());
        }
    }

    Result<void> begin(unsigned mode)
    {
        m_parent = openFolder(fs::path(m_output).parent_path().string());
        if (!m_parent) {
            return writeError(errno, m_output);
        }
        sweepLeftovers(m_parent.get(), out().name);
        if (!m_folder) {
            return {}; // made by create()
        }
        for (int i = 0; i < Tries; ++i) {
            if (::mkdirat(m_parent.get(), m_partialName.c_str(), static_cast<mode_t>((mode & 0777U) | 0700U)) != 0) {
                return errno == EEXIST ? busy() : writeError(errno, m_output);
            }
            m_lock = openFolderAt(partial());
            if (!m_lock && errno != ENOENT) {
                const Error error = writeError(errno, m_output);
                (void)::unlinkat(m_parent.get(), m_partialName.c_str(), AT_REMOVEDIR);
                return error;
            }
            if (m_lock && lockOwn(m_lock.get(), partial())) {
                made();
                return {};
            }
        }
        return busy();
    }

    Result<NewFile> create(const std::string& name, unsigned mode) override
    {
        if (!m_folder) {
            for (int i = 0; i < Tries; ++i) {
                const int fd = createExclusive(partial(), mode);
                if (fd < 0) {
                    return errno == EEXIST ? busy() : writeError(errno, m_output);
                }
                NewFile file(fd, m_output);
                if (lockOwn(fd, partial())) {
                    m_lock = Descriptor(::fcntl(fd, F_DUPFD_CLOEXEC, 0)); // shares the lock, which lives as long as the staging
                    if (!m_lock) {
                        const Error error = writeError(errno, m_output);
                        removeTree(partial());
                        return error;
                    }
                    made();
                    return file;
                }
            }
            return busy();
        }
        const auto parent = parentOf(name);
        if (!parent) {
            return parent.error();
        }
        const int fd = createExclusive({parent->get(), lastName(name)}, mode);
        if (fd < 0) {
            return writeError(errno, shown(name));
        }
        return NewFile(fd, shown(name));
    }

    bool link(const std::string& source, const std::string& name, std::string& why) override
    {
        if (!m_folder) {
            why = "the output is one file";
            return false;
        }
        const auto parent = parentOf(name);
        if (!parent || ::linkat(AT_FDCWD, source.c_str(), parent->get(), lastName(name).c_str(), AT_SYMLINK_FOLLOW) != 0) {
            why = std::strerror(errno);
            return false;
        }
        return true;
    }

    Result<void> publish(bool force) override
    {
        if (m_folder) {
            for (const std::string& below : m_below) {
                const auto parent = openParentOf(m_lock.get(), below + '/', false, shown(below));
                if (auto done = parent ? syncFolder(parent->get(), shown(below)) : Result<void>(parent.error()); !done) {
                    return done;
                }
            }
            if (auto done = syncFolder(m_lock.get(), m_output); !done) {
                return done;
            }
        }
        if (!isSame(m_lock.get(), partial())) {
            return replaced();
        }
        int why = renameNew(partial(), out());
        if (why == EEXIST || why == ENOTEMPTY) {
            struct stat status { };
            const bool there = ::fstatat(m_parent.get(), out().name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
            const bool sameKind = there && (m_folder ? S_ISDIR(status.st_mode) : S_ISREG(status.st_mode));
            if (!force || !sameKind) {
                return inFile(fail(Code::FixOutputExists), m_output);
            }
            return replace();
        }
        if (why != 0) {
            return writeError(why, m_output);
        }
        // Another's thing under our name, or a name that may not survive a crash: back to where nothing was published.
        const bool ours = isSame(m_lock.get(), out());
        auto done = ours ? syncFolder(m_parent.get(), fs::path(m_output).parent_path().string()) : replaced();
        m_published = done || renameNew(out(), partial()) != 0;
        if (done) {
            m_unfinished.reset();
        }
        return done;
    }

private:
    [[nodiscard]] Entry partial() const { return {m_parent.get(), m_partialName}; }
    [[nodiscard]] Entry out() const { return {m_parent.get(), fs::path(m_output).filename().string()}; }
    [[nodiscard]] Error busy() const { return inFile(fail(Code::FixBusy), m_output); }
    [[nodiscard]] Error replaced() const { return inFile(fail(Code::FileWrite, {"another program replaced " + m_partialName}), m_output); }
    [[nodiscard]] std::string shown(const std::string& name) const { return (fs::path(m_output) / name).string(); }
    void made()
    {
        m_made = true;
        m_unfinished.emplace((fs::path(m_output).parent_path() / m_partialName).string());
    }

    /// The folder that a file of the output lies in, made where it is missing.
    Result<Descriptor> parentOf(const std::string& name)
    {
        auto parent = openParentOf(m_lock.get(), name, true, shown(name));
        for (std::size_t slash = name.find('/'); parent && slash != std::string::npos; slash = name.find('/', slash + 1)) {
            m_below.insert(name.substr(0, slash));
        }
        return parent;
    }

    Result<void> replace()
    {
        if (const int why = swapNames(partial(), out()); why != 0) {
            return writeError(why, m_output);
        }
        const bool ours = isSame(m_lock.get(), out());
        if (auto done = ours ? syncFolder(m_parent.get(), fs::path(m_output).parent_path().string()) : replaced(); !done) {
            m_published = swapNames(partial(), out()) != 0;
            return done;
        }
        m_published = true;
        m_unfinished.reset();
        removeTree(partial()); // the old one; should it be cut short, the next run does it
        return {};
    }

    std::string m_output;
    std::string m_partialName;
    bool m_folder;
    std::optional<Unfinished> m_unfinished;
    bool m_made = false;
    bool m_published = false;
    Descriptor m_parent;           ///< in which both names are
    Descriptor m_lock;             ///< the partial itself, whatever it is called meanwhile
    std::set<std::string> m_below; ///< folders made below the partial
};

} // namespace

std::vector<std::string> unfinishedOutputs()
{
    const std::scoped_lock lock(g_unfinishedMutex);
    return {g_unfinished.begin(), g_unfinished.end()};
}

Result<std::unique_ptr<Staging>> Staging::begin(Kind kind, const std::string& output, const std::string& partialName, unsigned mode)
{
    if (partialName.size() <= MarkedTail || partialName.find('/') != std::string::npos
        || !isMarked(partialName, std::string_view(partialName).substr(0, partialName.size() - MarkedTail))) {
        return fail(Code::Internal, {"not a name of a partial output: " + partialName});
    }
    if (kind == Kind::InPlace) {
        return beginInPlace(output, partialName);
    }
    auto staging = std::make_unique<BesideStaging>(output, partialName, kind == Kind::Folder);
    if (auto done = staging->begin(mode); !done) {
        return done.error();
    }
    return std::unique_ptr<Staging>(std::move(staging));
}

} // namespace ckptscope
