// SPDX-License-Identifier: Apache-2.0
#include "core/io/output.h"
#include "core/io/outputfiles.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
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

/// What an open journal holds; empty where it cannot be read.
std::string textOf(int fd)
{
    constexpr off_t Most = 64 << 20;
    struct stat status { };
    const NewFile file(::fcntl(fd, F_DUPFD_CLOEXEC, 0), {});
    if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > Most) {
        return {};
    }
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    return file.readAt(0, std::as_writable_bytes(std::span(text.data(), text.size()))) ? text : std::string();
}

/// Renames what a journal lists, as far as that has not happened yet, then removes the journal.
Result<void> playJournal(int folder, const std::string& path, const std::vector<std::string>& names, const std::string& tail)
{
    for (const std::string& name : names) {
        if (::renameat(folder, (name + tail).c_str(), folder, name.c_str()) != 0 && errno != ENOENT) {
            return writeError(errno, (fs::path(path) / name).string());
        }
    }
    if (auto done = syncFolder(folder, path); !done) {
        return done;
    }
    const std::string journal = std::string(JournalStem) + tail;
    if (::unlinkat(folder, journal.c_str(), 0) != 0 && errno != ENOENT) {
        return writeError(errno, (fs::path(path) / journal).string());
    }
    return {};
}

/// A journal goes once what it stands for is gone for good: without it nobody would know whose leftovers those are.
void removeJournal(const Entry& journal)
{
    (void)syncFolder(journal.folder, {});
    (void)::unlinkat(journal.folder, journal.name.c_str(), 0);
}

/// completeInPlace() in an open folder.
Result<bool> completeIn(int folder, const std::string& path)
{
    bool any = false;
    const std::vector<std::string> names = namesIn(folder);
    for (const std::string& name : names) {
        if (!isMarked(name, JournalStem)) {
            continue;
        }
        const Entry journal{folder, name};
        const Descriptor lock = lockLeftover(journal);
        if (!lock) {
            continue;
        }
        const std::string tail = name.substr(JournalStem.size());
        const auto listed = journalNames(textOf(lock.get()));
        if (!listed.empty()) {
            if (auto done = playJournal(folder, path, listed, tail); !done) {
                return done.error();
            }
            any = true;
            continue;
        }
        for (const std::string& other : names) {
            if (other != name && other.size() > tail.size() && other.ends_with(tail)) {
                (void)::unlinkat(folder, other.c_str(), 0);
            }
        }
        removeJournal(journal);
        any = true;
    }
    return any;
}

class InPlaceStaging : public Staging {
public:
    InPlaceStaging(std::string folder, std::string_view partial)
        : m_folder(std::move(folder))
        , m_tail(partial.substr(partial.size() - MarkedTail))
        , m_journalName(JournalStem)
    {
        m_journalName += m_tail;
    }
    ~InPlaceStaging() override
    {
        if (m_journal.fd() >= 0 && !m_committed) {
            for (const std::string& name : m_names) {
                (void)::unlinkat(m_lock.get(), (name + m_tail).c_str(), 0);
            }
            removeJournal(journal());
        }
    }

    Result<void> begin()
    {
        // One at a time: of two that replace the same files the later would undo what the earlier did.
        m_lock = openFolder(m_folder);
        if (!m_lock) {
            return writeError(errno, m_folder);
        }
        if (::flock(m_lock.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
            return inFile(fail(Code::FixBusy), m_folder);
        }
        if (auto done = completeIn(m_lock.get(), m_folder); !done) {
            return done.error();
        }
        for (int i = 0; i < Tries; ++i) {
            const int fd = createExclusive(journal(), 0600);
            if (fd < 0) {
                return errno == EEXIST ? inFile(fail(Code::FixBusy), m_folder) : writeError(errno, shown(m_journalName));
            }
            NewFile made(fd, shown(m_journalName));
            if (lockOwn(fd, journal())) {
                m_journal = std::move(made);
                // Before any file beside it: what a loss of power leaves of them is found by the journal.
                return syncFolder(m_lock.get(), m_folder);
            }
        }
        return inFile(fail(Code::FixBusy), m_folder);
    }

    Result<NewFile> create(const std::string& name, unsigned mode) override
    {
        if (name.find('/') != std::string::npos) {
            return fail(Code::Internal, {"a file below a folder cannot be replaced in place"});
        }
        const int fd = createExclusive({m_lock.get(), name + m_tail}, mode);
        if (fd < 0) {
            return writeError(errno, shown(name));
        }
        m_names.push_back(name);
        return NewFile(fd, shown(name));
    }

    bool link(const std::string& /*source*/, const std::string& /*name*/, std::string& why) override
    {
        why = "the output is the source";
        return false;
    }

    Result<void> publish(bool /*force*/) override
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
        if (auto done = syncFolder(m_lock.get(), m_folder); !done) {
            return done;
        }
        if (auto done = m_journal.writeAt(0, std::as_bytes(std::span(text.data(), text.size()))); !done) {
            return done;
        }
        if (auto done = m_journal.flush(); !done) {
            return done;
        }
        m_committed = true;
        return playJournal(m_lock.get(), m_folder, m_names, m_tail);
    }

private:
    [[nodiscard]] Entry journal() const { return {m_lock.get(), m_journalName}; }
    [[nodiscard]] std::string shown(const std::string& name) const { return (fs::path(m_folder) / name).string(); }

    std::string m_folder;
    std::string m_tail; ///< ".partial-XXXXXXXX"
    std::string m_journalName;
    Descriptor m_lock; ///< the folder's
    NewFile m_journal;
    std::vector<std::string> m_names;
    bool m_committed = false;
};

} // namespace

Result<std::unique_ptr<Staging>> beginInPlace(const std::string& folder, const std::string& partialName)
{
    auto staging = std::make_unique<InPlaceStaging>(folder, partialName);
    if (auto done = staging->begin(); !done) {
        return done.error();
    }
    return std::unique_ptr<Staging>(std::move(staging));
}

Result<bool> completeInPlace(const std::string& folder)
{
    const Descriptor open = openFolder(folder);
    return open ? completeIn(open.get(), folder) : Result<bool>(false); // what cannot be opened is said when it is
}

} // namespace ckptscope
