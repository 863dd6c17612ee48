// SPDX-License-Identifier: Apache-2.0
#include "core/io/partfolder.h"

#include "core/text/jsonread.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace ckptscope {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view OwnerFile = "owner.json";
/// What PlanState is called until all is in it: a sweep removes it with the folder that a killed run left.
constexpr std::string_view StateInMaking = "plan";
constexpr std::uint64_t MostState = 256ULL << 20U;

std::string parentPath(const PartFolder::Place& place)
{
    return fs::path(place.output).parent_path().string();
}

std::string partialPath(const PartFolder::Place& place)
{
    return (fs::path(place.output).parent_path() / place.partialName).string();
}

Result<void> makeFolder(const Entry& entry, unsigned mode, const std::string& shownAs)
{
    return ::mkdirat(entry.folder, entry.name.c_str(), static_cast<mode_t>((mode & 0777U) | 0700U)) == 0 ? Result<void>()
                                                                                                         : Result<void>(writeError(errno, shownAs));
}

/// A regular file in an open folder, without following a symlink to it.
Result<File> openIn(const Entry& entry, const std::string& shownAs)
{
    struct stat status { };
    if (::fstatat(entry.folder, entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode)) {
        return inFile(fail(Code::FileNotFound), shownAs);
    }
    return File::open("/proc/self/fd/" + std::to_string(entry.folder) + '/' + entry.name, shownAs);
}

std::string ownerText(const PartFolder::Owner& owner)
{
    return R"({"schema":"ckptscope.parts/1","plan":")" + owner.plan + R"(","parts":)" + std::to_string(owner.parts) + "}\n";
}

std::optional<PartFolder::Owner> readOwner(const std::string& text)
{
    PartFolder::Owner owner;
    std::string schema;
    std::uint64_t parts = 0;
    JsonReader json(text);
    const bool read = json.object([&](std::string_view key) {
        return key == "schema" ? json.text(schema) : key == "plan" ? json.text(owner.plan) : key == "parts" ? json.number(parts) : json.skip();
    });
    if (!read || !json.end() || schema != "ckptscope.parts/1" || parts == 0 || parts > UINT32_MAX) {
        return std::nullopt;
    }
    owner.parts = static_cast<unsigned>(parts);
    return owner;
}

Result<void> writeNew(const Entry& entry, const std::string& text, const std::string& shownAs)
{
    const int fd = createExclusive(entry, 0644);
    if (fd < 0) {
        return writeError(errno, shownAs);
    }
    const NewFile file(fd, shownAs);
    auto done = file.writeAt(0, std::as_bytes(std::span(text.data(), text.size())));
    return done ? file.flush() : done;
}

/// A folder and all folders below, the innermost first.
Result<void> syncTree(int folder, const std::string& shownAs)
{
    for (const std::string& name : namesIn(folder)) {
        if (const Descriptor below = openFolderAt({folder, name})) {
            if (auto done = syncTree(below.get(), shownAs); !done) {
                return done;
            }
        }
    }
    return syncFolder(folder, shownAs);
}

} // namespace

PartFolder::Lock::Lock(int fd) noexcept
    : m_fd(fd)
{
}

PartFolder::Lock::Lock(Lock&& other) noexcept
    : m_fd(std::exchange(other.m_fd, -1))
{
}

PartFolder::Lock& PartFolder::Lock::operator=(Lock&& other) noexcept
{
    std::swap(m_fd, other.m_fd);
    return *this;
}

PartFolder::Lock::~Lock()
{
    if (m_fd >= 0) {
        ::close(m_fd);
    }
}

PartFolder::PartFolder(Place place)
    : m_place(std::move(place))
    , m_partial(partialPath(m_place))
    , m_out((fs::path(m_partial) / "out").string())
{
}

std::string PartFolder::state(const std::string& name) const
{
    return (fs::path(m_partial) / PlanState / name).string();
}

std::string PartFolder::shown(const std::string& name) const
{
    return m_place.outputIsFolder ? (fs::path(m_place.output) / name).string() : m_place.output;
}

Result<std::optional<PartFolder::Owner>> PartFolder::ownerOf(const Place& place)
{
    struct stat status { };
    const Descriptor parent = openFolder(parentPath(place));
    if (!parent || ::fstatat(parent.get(), place.partialName.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return std::optional<Owner>();
    }
    const PartFolder folder(place);
    const auto text = folder.readState(std::string(OwnerFile));
    auto owner = text ? readOwner(*text) : std::nullopt;
    if (!owner) {
        return inFile(fail(Code::PlanPartial), folder.m_partial);
    }
    return owner;
}

Result<std::unique_ptr<PartFolder>> PartFolder::open(const Place& place, const Owner& owner)
{
    if (place.partialName != fs::path(place.partialName).filename() || !isMarked(place.partialName, fs::path(place.output).filename().string())) {
        return fail(Code::Internal, {"not a name of a partial output: " + place.partialName});
    }
    std::unique_ptr<PartFolder> folder(new PartFolder(place)); // NOLINT: its constructor is private
    for (int i = 0; i < Tries; ++i) {
        auto found = ownerOf(place);
        if (!found) {
            return found.error();
        }
        if (*found) {
            if ((*found)->plan != owner.plan) {
                return inFile(fail(Code::PlanOther), folder->m_partial);
            }
            if ((*found)->parts != owner.parts) {
                return inFile(fail(Code::PlanParts, {std::to_string((*found)->parts), std::to_string(owner.parts)}), folder->m_partial);
            }
            return folder;
        }
        // Put together aside and renamed: nobody, no sweep either, ever sees it without its owner.
        const Descriptor parent = openFolder(parentPath(place));
        const Entry aside{parent.get(), newPartialName(place.output)};
        if (auto made = parent ? makeFolder(aside, 0777, place.output) : Result<void>(writeError(errno, place.output)); !made) {
            return made.error();
        }
        const Descriptor inside = openFolderAt(aside);
        if (!inside || !lockOwn(inside.get(), aside)) {
            continue; // a sweep of another run was faster
        }
        const Entry making{inside.get(), std::string(StateInMaking)};
        auto done = makeFolder(making, 0777, place.output);
        done = done ? makeFolder({inside.get(), "out"}, place.mode, place.output) : done;
        const Descriptor state = openFolderAt(making);
        done = done ? writeNew({state.get(), std::string(OwnerFile)}, ownerText(owner), place.output) : done;
        done = done ? syncFolder(state.get(), place.output) : done;
        int why = done ? renameNew(making, {inside.get(), std::string(PlanState)}) : 0;
        done = done && why == 0 ? syncFolder(inside.get(), place.output) : done;
        why = done && why == 0 ? renameNew(aside, {parent.get(), place.partialName}) : why;
        if (!done || why != 0) {
            removeTree(aside);
        }
        if (!done) {
            return done.error();
        }
        if (why != 0 && why != EEXIST && why != ENOTEMPTY && why != ENOENT) { // the last: swept on a file system whose locks do not reach so far
            return writeError(why, folder->m_partial);
        }
    }
    return inFile(fail(Code::FixBusy), place.output);
}

Result<std::optional<PartFolder::Lock>> PartFolder::lock(const std::string& name) const
{
    const Descriptor folder = stateFolder();
    const int fd = folder ? ::openat(folder.get(), name.c_str(), O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0644) : -1;
    if (fd < 0) {
        return writeError(errno, state(name));
    }
    Lock held(fd);
    struct flock range { };
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    int command = F_OFD_SETLK; // of this descriptor, so that threads and tests exclude each other too; over NFS an ordinary lock
    while (::fcntl(fd, command, &range) != 0) {
        if (errno == EINTR) {
            continue;
        }
        if (errno == EAGAIN || errno == EACCES) {
            return std::optional<Lock>();
        }
        if (errno != EINVAL || command == F_SETLK) {
            break; // no locks here: two of one part would write the same bytes
        }
        command = F_SETLK;
    }
    return std::optional<Lock>(std::move(held));
}

/// The partial as it is just now, and what is kept beside its output; no symlink leads out of it.
Descriptor PartFolder::partialFolder() const
{
    const Descriptor parent = openFolder(parentPath(m_place));
    return parent ? openFolderAt({parent.get(), m_place.partialName}) : Descriptor();
}

Descriptor PartFolder::stateFolder() const
{
    const Descriptor partial = partialFolder();
    return partial ? openFolderAt({partial.get(), std::string(PlanState)}) : Descriptor();
}

std::optional<std::string> PartFolder::readState(const std::string& name) const
{
    const Descriptor folder = stateFolder();
    const auto file = folder ? openIn({folder.get(), name}, state(name)) : Result<File>(fail(Code::FileNotFound));
    if (!file || file->size() > MostState) {
        return std::nullopt;
    }
    std::string text(file->size(), '\0');
    const auto got = file->readSome(0, std::as_writable_bytes(std::span(text.data(), text.size())));
    if (!got) {
        return std::nullopt;
    }
    text.resize(*got);
    return text;
}

Result<void> PartFolder::writeState(const std::string& name, const std::string& text) const
{
    const Descriptor folder = stateFolder();
    if (!folder) {
        return writeError(errno, state(name));
    }
    auto done = writeWholeAt({folder.get(), name}, state(name), [&text](const auto& put) { put(text); });
    return done ? syncFolder(folder.get(), state(name)) : done;
}

Result<void> PartFolder::appendState(const std::string& name, const std::string& text) const
{
    const std::string path = state(name);
    const Descriptor folder = stateFolder();
    const int fd = folder ? ::openat(folder.get(), name.c_str(), O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0644) : -1;
    if (fd < 0) {
        return writeError(errno, path);
    }
    const NewFile file(fd, path);
    struct stat status { };
    if (::fstat(fd, &status) != 0) {
        return writeError(errno, path);
    }
    auto done = file.writeAt(static_cast<std::uint64_t>(status.st_size), std::as_bytes(std::span(text.data(), text.size())));
    return done ? file.flush() : done;
}

void PartFolder::removeState(const std::string& name) const
{
    if (const Descriptor folder = stateFolder()) {
        (void)::unlinkat(folder.get(), name.c_str(), 0);
    }
}

/// The open folder that holds a file of the output. Each step refuses symlinks: a name never leads out of the partial.
Result<Descriptor> PartFolder::folderOf(const std::string& name, bool make) const
{
    const Descriptor partial = partialFolder();
    const Descriptor out = partial ? openFolderAt({partial.get(), "out"}) : Descriptor();
    return out ? openParentOf(out.get(), name, make, shown(name)) : Result<Descriptor>(writeError(errno, shown(name)));
}

Result<NewFile> PartFolder::create(const std::string& name, unsigned mode)
{
    const auto folder = folderOf(name, true);
    if (!folder) {
        return folder.error();
    }
    const Descriptor& parent = *folder;
    for (int i = 0; i < Tries; ++i) {
        const int fd = ::openat(parent.get(), lastName(name).c_str(), O_CREAT | O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                                static_cast<mode_t>((mode & 0777U) | 0600U));
        if (fd < 0) {
            if (errno == EINTR) {
                continue;
            }
            return writeError(errno, shown(name));
        }
        NewFile file(fd, shown(name));
        struct stat status { };
        if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
            return inFile(fail(Code::FileWrite, {"it is not a regular file"}), shown(name));
        }
        if (status.st_nlink == 1) {
            return file;
        }
        (void)::unlinkat(parent.get(), lastName(name).c_str(), 0); // a link to a source must not be written through
    }
    return inFile(fail(Code::FixBusy), shown(name));
}

bool PartFolder::link(const std::string& source, const std::string& name, std::string& why)
{
    const auto folder = folderOf(name, true);
    if (!folder) {
        why = "its folder cannot be made";
        return false;
    }
    const Descriptor& parent = *folder;
    for (int i = 0; i < 2; ++i) {
        if (::linkat(AT_FDCWD, source.c_str(), parent.get(), lastName(name).c_str(), AT_SYMLINK_FOLLOW) == 0) {
            return true;
        }
        if (errno != EEXIST) {
            break;
        }
        struct stat there { };
        struct stat here { };
        if (::fstatat(parent.get(), lastName(name).c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 && ::stat(source.c_str(), &here) == 0
            && there.st_dev == here.st_dev && there.st_ino == here.st_ino) {
            return true; // an earlier run of this part
        }
        (void)::unlinkat(parent.get(), lastName(name).c_str(), 0);
    }
    why = std::strerror(errno);
    return false;
}

Result<File> PartFolder::openFile(const std::string& name) const
{
    const auto folder = folderOf(name, false);
    if (!folder) {
        return folder.error();
    }
    const Descriptor& parent = *folder;
    return openIn({parent.get(), lastName(name)}, shown(name));
}

std::vector<std::string> PartFolder::files() const
{
    std::vector<std::string> names;
    std::error_code code;
    for (fs::recursive_directory_iterator it(m_out, code), end; !code && it != end; it.increment(code)) {
        std::error_code status;
        if (it->symlink_status(status).type() != fs::file_type::directory) {
            names.push_back(it->path().lexically_relative(m_out).generic_string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

Result<void> PartFolder::sync() const
{
    const Descriptor partial = partialFolder();
    const Descriptor out = partial ? openFolderAt({partial.get(), "out"}) : Descriptor();
    return out ? syncTree(out.get(), m_place.output) : Result<void>(writeError(errno, m_place.output));
}

bool PartFolder::published() const
{
    struct stat status { };
    const auto told = readState("finishing");
    return told && ::lstat(m_place.output.c_str(), &status) == 0 && *told == std::to_string(status.st_ino) + '\n';
}

void PartFolder::discard()
{
    const Descriptor parent = openFolder(parentPath(m_place));
    if (!parent) {
        return;
    }
    // What was killed while it made this folder aside left it under another name.
    const auto owner = ownerOf(m_place);
    sweepLeftovers(parent.get(), fs::path(m_place.output).filename().string(), [&](const Entry& other) {
        Place place = m_place;
        place.partialName = other.name;
        const auto others = ownerOf(place);
        return other.name != m_place.partialName && owner && *owner && others && *others && (*others)->plan == (*owner)->plan;
    });
    removeTree({parent.get(), m_place.partialName});
}

Result<void> PartFolder::publish(bool force)
{
    if (auto done = sync(); !done) {
        return done;
    }
    const Descriptor parent = openFolder(parentPath(m_place));
    const Descriptor partial = parent ? openFolderAt({parent.get(), m_place.partialName}) : Descriptor();
    const Descriptor inside = partial && !m_place.outputIsFolder ? openFolderAt({partial.get(), "out"}) : Descriptor();
    const Entry to{parent.get(), fs::path(m_place.output).filename().string()};
    const Entry from = m_place.outputIsFolder ? Entry{partial.get(), "out"} : Entry{inside.get(), to.name}; // what becomes OUT
    struct stat made { };
    if (from.folder < 0 || ::fstatat(from.folder, from.name.c_str(), &made, AT_SYMLINK_NOFOLLOW) != 0) {
        return writeError(errno, m_place.output);
    }
    if (m_place.outputIsFolder ? !S_ISDIR(made.st_mode) : !S_ISREG(made.st_mode)) {
        return inFile(fail(Code::PlanPartial), m_partial); // a symlink that somebody put there
    }
    // By its number a later run knows OUT as ours, should this one be killed behind the rename.
    if (auto done = writeState("finishing", std::to_string(made.st_ino) + '\n'); !done) {
        return done;
    }
    int why = renameNew(from, to);
    const bool there = why == EEXIST || why == ENOTEMPTY;
    if (there) {
        struct stat status { };
        const bool sameKind = ::fstatat(to.folder, to.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0
            && (m_place.outputIsFolder ? S_ISDIR(status.st_mode) : S_ISREG(status.st_mode));
        if (!force || !sameKind) {
            return inFile(fail(Code::FixOutputExists), m_place.output);
        }
        why = swapNames(from, to);
    }
    if (why != 0) {
        return writeError(why, m_place.output);
    }
    if (auto done = syncFolder(parent.get(), parentPath(m_place)); !done) {
        // Whether the name would survive a crash is not known: back to where nothing was published.
        (void)(there ? swapNames(from, to) : renameNew(to, from));
        return done;
    }
    discard(); // with force the old OUT, too
    return {};
}

} // namespace ckptscope
