// SPDX-License-Identifier: Apache-2.0
#include "core/io/output.h"
#include "core/io/outputfiles.h"
#include "core/io/unfinished.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace ckptscope {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view JournalStem = ".ckptscope";
constexpr std::string_view JournalHead = "ckptscope.in-place/1";

bool isSame(int fd, const std::string& path)
{
    struct stat open { };
    struct stat named { };
    return ::fstat(fd, &open) == 0 && ::lstat(path.c_str(), &named) == 0 && open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

/// Opens and locks a leftover; empty where a living process holds it, or it is not to be had.
Descriptor lockLeftover(const std::string& path)
{
    Descriptor fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 || !isSame(fd.get(), path)) {
        return Descriptor();
    }
    return fd;
}

/// Removes what dead runs of this OUT left in its parent folder.
void sweep(const std::string& parent, const std::string& stem)
{
    for (const std::string& name : namesIn(parent)) {
        if (isMarked(name, stem)) {
            const std::string path = (fs::path(parent) / name).string();
            if (isOfPlan(path)) {
                continue; // parts of a saved plan come and go, on other machines too
            }
            if (const Descriptor lock = lockLeftover(path)) {
                removeTree(path);
            }
        }
    }
}

/// Takes the lock of what was just made. False: a sweep of another run was faster, make it anew. A file system without locks is no reason
/// to refuse: then nothing is taken for a leftover either.
bool lockOwn(int fd, const std::string& path)
{
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        return false;
    }
    return isSame(fd, path);
}

constexpr int Tries = 8;

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
        , m_parent(fs::path(m_output).parent_path().string())
        , m_partial((fs::path(m_parent) / partial).string())
        , m_folder(folder)
    {
    }
    ~BesideStaging() override
    {
        if (m_made && !m_published) {
            removeTree(m_partial);
        }
    }

    Result<void> begin(unsigned mode)
    {
        sweep(m_parent, fs::path(m_output).filename().string());
        if (!m_folder) {
            return {}; // made by create()
        }
        for (int i = 0; i < Tries; ++i) {
            if (::mkdir(m_partial.c_str(), static_cast<mode_t>((mode & 0777U) | 0700U)) != 0) {
                return errno == EEXIST ? busy() : writeError(errno, m_output);
            }
            m_lock = Descriptor(::open(m_partial.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
            if (!m_lock && errno != ENOENT) {
                const Error error = writeError(errno, m_output);
                (void)::rmdir(m_partial.c_str());
                return error;
            }
            if (m_lock && lockOwn(m_lock.get(), m_partial)) {
                m_made = true;
                m_unfinished.emplace(m_partial);
                return {};
            }
        }
        return busy();
    }

    Result<NewFile> create(const std::string& name, unsigned mode) override
    {
        if (!m_folder) {
            for (int i = 0; i < Tries; ++i) {
                const int fd = createExclusive(m_partial, mode);
                if (fd < 0) {
                    return errno == EEXIST ? busy() : writeError(errno, m_output);
                }
                NewFile file(fd, m_output);
                if (lockOwn(fd, m_partial)) {
                    m_made = true;
                    m_unfinished.emplace(m_partial);
                    m_lock = Descriptor(::fcntl(fd, F_DUPFD_CLOEXEC, 0)); // shares the lock, which lives as long as the staging
                    return file;
                }
            }
            return busy();
        }
        const std::string path = (fs::path(m_partial) / name).string();
        if (auto made = makeFolders(name); !made) {
            return made.error();
        }
        const int fd = createExclusive(path, mode);
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
        const std::string path = (fs::path(m_partial) / name).string();
        if (!makeFolders(name) || ::linkat(AT_FDCWD, source.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) != 0) {
            why = std::strerror(errno); // NOLINT(concurrency-mt-unsafe)
            return false;
        }
        return true;
    }

    Result<void> publish(bool force) override
    {
        if (m_folder) {
            for (const std::string& below : m_below) {
                if (auto done = syncFolder((fs::path(m_partial) / below).string()); !done) {
                    return done;
                }
            }
            if (auto done = syncFolder(m_partial); !done) {
                return done;
            }
        }
        int why = renameNew(m_partial, m_output);
        if (why == EEXIST || why == ENOTEMPTY) {
            struct stat status { };
            const bool there = ::lstat(m_output.c_str(), &status) == 0;
            const bool sameKind = there && (m_folder ? S_ISDIR(status.st_mode) : S_ISREG(status.st_mode));
            if (!force || !sameKind) {
                return inFile(fail(Code::FixOutputExists), m_output);
            }
            return replace();
        }
        if (why != 0) {
            return writeError(why, m_output);
        }
        if (auto done = syncFolder(m_parent); !done) {
            // Whether the name would survive a crash is not known: back to where nothing was published.
            m_published = renameNew(m_output, m_partial) != 0;
            return done;
        }
        m_published = true;
        m_unfinished.reset();
        return {};
    }

private:
    [[nodiscard]] Error busy() const { return inFile(fail(Code::FixBusy), m_output); }
    [[nodiscard]] std::string shown(const std::string& name) const { return (fs::path(m_output) / name).string(); }

    Result<void> makeFolders(const std::string& name)
    {
        for (std::size_t slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1)) {
            const std::string below = name.substr(0, slash);
            if (!m_below.contains(below)) {
                if (::mkdir((fs::path(m_partial) / below).c_str(), 0777) != 0) {
                    return writeError(errno, shown(below));
                }
                m_below.insert(below);
            }
        }
        return {};
    }

    Result<void> replace()
    {
        if (const int why = swapNames(m_partial, m_output); why != 0) {
            return writeError(why, m_output);
        }
        if (auto done = syncFolder(m_parent); !done) {
            m_published = swapNames(m_partial, m_output) != 0;
            return done;
        }
        m_published = true;
        m_unfinished.reset();
        removeTree(m_partial); // the old one; should it be cut short, the next run does it
        return {};
    }

    std::string m_output;
    std::string m_parent;
    std::string m_partial;
    bool m_folder;
    std::optional<Unfinished> m_unfinished;
    bool m_made = false;
    bool m_published = false;
    Descriptor m_lock;
    std::set<std::string> m_below; ///< folders made below the partial
};

/// The names that a finished journal lists; empty: it was not finished.
std::vector<std::string> journalNames(const std::string& text)
{
    // HEAD NUL name NUL name NUL ... "end" NUL; a torn write lacks the end.
    std::vector<std::string> names;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = text.find('\0', at);
        if (end == std::string::npos) {
            return {};
        }
        names.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    if (names.size() < 3 || names.front() != JournalHead || names.back() != "/end") {
        return {};
    }
    names.erase(names.begin());
    names.pop_back();
    const bool plain = std::all_of(names.begin(), names.end(), [](const std::string& name) {
        return !name.empty() && name.find('/') == std::string::npos && name != "." && name != "..";
    });
    return plain ? names : std::vector<std::string>{};
}

/// Renames what a journal lists, as far as that has not happened yet, then removes the journal.
Result<void> playJournal(const std::string& folder, const std::vector<std::string>& names, const std::string& tail, const std::string& journal)
{
    for (const std::string& name : names) {
        const std::string from = (fs::path(folder) / (name + tail)).string();
        const std::string to = (fs::path(folder) / name).string();
        if (::rename(from.c_str(), to.c_str()) != 0 && errno != ENOENT) {
            return writeError(errno, to);
        }
    }
    if (auto done = syncFolder(folder); !done) {
        return done;
    }
    if (::unlink(journal.c_str()) != 0 && errno != ENOENT) {
        return writeError(errno, journal);
    }
    return {};
}

/// A journal goes once what it stands for is gone for good: without it nobody would know whose leftovers those are.
void removeJournal(const std::string& folder, const std::string& journal)
{
    (void)syncFolder(folder);
    (void)::unlink(journal.c_str());
}

class InPlaceStaging : public Staging {
public:
    InPlaceStaging(std::string folder, std::string_view partial)
        : m_folder(std::move(folder))
        , m_tail(partial.substr(partial.size() - MarkedTail))
        , m_journalPath((fs::path(m_folder) / (std::string(JournalStem) + m_tail)).string())
    {
    }
    ~InPlaceStaging() override
    {
        if (m_journal.fd() >= 0 && !m_committed) {
            for (const std::string& name : m_names) {
                (void)::unlink((fs::path(m_folder) / (name + m_tail)).c_str());
            }
            removeJournal(m_folder, m_journalPath);
        }
    }

    Result<void> begin()
    {
        // One at a time: of two that replace the same files the later would undo what the earlier did.
        m_lock = Descriptor(::open(m_folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!m_lock) {
            return writeError(errno, m_folder);
        }
        if (::flock(m_lock.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
            return inFile(fail(Code::FixBusy), m_folder);
        }
        if (auto done = completeInPlace(m_folder); !done) {
            return done.error();
        }
        for (int i = 0; i < Tries; ++i) {
            const int fd = createExclusive(m_journalPath, 0600);
            if (fd < 0) {
                return errno == EEXIST ? inFile(fail(Code::FixBusy), m_folder) : writeError(errno, m_journalPath);
            }
            NewFile journal(fd, m_journalPath);
            if (lockOwn(fd, m_journalPath)) {
                m_journal = std::move(journal);
                // Before any file beside it: what a loss of power leaves of them is found by the journal.
                return syncFolder(m_folder);
            }
        }
        return inFile(fail(Code::FixBusy), m_folder);
    }

    Result<NewFile> create(const std::string& name, unsigned mode) override
    {
        if (name.find('/') != std::string::npos) {
            return fail(Code::Internal, {"a file below a folder cannot be replaced in place"});
        }
        const std::string path = (fs::path(m_folder) / (name + m_tail)).string();
        const std::string shown = (fs::path(m_folder) / name).string();
        const int fd = createExclusive(path, mode);
        if (fd < 0) {
            return writeError(errno, shown);
        }
        m_names.push_back(name);
        return NewFile(fd, shown);
    }

    bool link(const std::string&, const std::string&, std::string& why) override
    {
        why = "the output is the source";
        return false;
    }

    Result<void> publish(bool) override
    {
        std::string text(JournalHead);
        text += '\0';
        for (const std::string& name : m_names) {
            text += name;
            text += '\0';
        }
        text += "/end";
        text += '\0';
        // The new files' names first, then the journal: once that is there, the outcome is settled and any later run can bring it about.
        if (auto done = syncFolder(m_folder); !done) {
            return done;
        }
        if (auto done = m_journal.writeAt(0, std::as_bytes(std::span(text.data(), text.size()))); !done) {
            return done;
        }
        if (auto done = m_journal.flush(); !done) {
            return done;
        }
        m_committed = true;
        return playJournal(m_folder, m_names, m_tail, m_journalPath);
    }

private:
    std::string m_folder;
    std::string m_tail; ///< ".partial-XXXXXXXX"
    std::string m_journalPath;
    Descriptor m_lock; ///< the folder's
    NewFile m_journal;
    std::vector<std::string> m_names;
    bool m_committed = false;
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
        auto staging = std::make_unique<InPlaceStaging>(output, partialName);
        if (auto done = staging->begin(); !done) {
            return done.error();
        }
        return std::unique_ptr<Staging>(std::move(staging));
    }
    auto staging = std::make_unique<BesideStaging>(output, partialName, kind == Kind::Folder);
    if (auto done = staging->begin(mode); !done) {
        return done.error();
    }
    return std::unique_ptr<Staging>(std::move(staging));
}

Result<bool> completeInPlace(const std::string& folder)
{
    bool any = false;
    const std::vector<std::string> names = namesIn(folder);
    for (const std::string& name : names) {
        if (!isMarked(name, JournalStem)) {
            continue;
        }
        const std::string journal = (fs::path(folder) / name).string();
        const Descriptor lock = lockLeftover(journal);
        if (!lock) {
            continue;
        }
        const std::string tail = name.substr(JournalStem.size());
        const auto text = readSmallFile(journal, 64ULL << 20U);
        const auto listed = text ? journalNames(*text) : std::vector<std::string>{};
        if (!listed.empty()) {
            if (auto done = playJournal(folder, listed, tail, journal); !done) {
                return done.error();
            }
            any = true;
            continue;
        }
        for (const std::string& other : names) {
            if (other != name && other.size() > tail.size() && other.ends_with(tail)) {
                (void)::unlink((fs::path(folder) / other).c_str());
            }
        }
        removeJournal(folder, journal);
        any = true;
    }
    return any;
}

} // namespace ckptscope
