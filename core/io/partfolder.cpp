// SPDX-License-Identifier: Apache-2.0
#include "core/io/partfolder.h"

#include "core/io/outputfiles.h"
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
constexpr std::uint64_t MostState = 256ULL << 20U;
constexpr int Tries = 8;

std::string partialPath(const PartFolder::Place& place)
{
    return (fs::path(place.output).parent_path() / place.partialName).string();
}

bool exists(const std::string& path)
{
    struct stat status { };
    return ::lstat(path.c_str(), &status) == 0;
}

bool isFolder(const std::string& path)
{
    struct stat status { };
    return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::string ownerText(const PartFolder::Owner& owner)
{
    return "{\"schema\":\"ckptscope.parts/1\",\"plan\":\"" + owner.plan + "\",\"parts\":" + std::to_string(owner.parts) + "}\n";
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

Result<void> writeNew(const std::string& path, const std::string& text)
{
    const int fd = createExclusive(path, 0644);
    if (fd < 0) {
        return writeError(errno, path);
    }
    const NewFile file(fd, path);
    auto done = file.writeAt(0, std::as_bytes(std::span(text.data(), text.size())));
    return done ? file.flush() : done;
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
    const std::string partial = partialPath(place);
    if (!exists(partial)) {
        return std::optional<Owner>();
    }
    const std::string state = (fs::path(partial) / PlanState).string();
    const bool folders = isFolder(partial) && isFolder(state); // and no symlinks to elsewhere
    auto text = folders ? readSmallFile((fs::path(state) / OwnerFile).string(), MostState) : Result<std::string>(fail(Code::PlanPartial));
    auto owner = text ? readOwner(*text) : std::nullopt;
    if (!owner) {
        return inFile(fail(Code::PlanPartial), partial);
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
        const std::string aside = (fs::path(folder->m_partial).parent_path() / newPartialName(place.output)).string();
        const auto make = [](const std::string& path, unsigned mode) {
            return ::mkdir(path.c_str(), static_cast<mode_t>((mode & 0777U) | 0700U)) == 0 ? Result<void>() : Result<void>(writeError(errno, path));
        };
        auto done = make(aside, 0777);
        done = done ? make((fs::path(aside) / PlanState).string(), 0777) : done;
        done = done ? make((fs::path(aside) / "out").string(), place.mode) : done;
        done = done ? writeNew((fs::path(aside) / PlanState / OwnerFile).string(), ownerText(owner)) : done;
        done = done ? syncFolder((fs::path(aside) / PlanState).string()) : done;
        done = done ? syncFolder(aside) : done;
        const int why = done ? renameNew(aside, folder->m_partial) : 0;
        if (!done || why != 0) {
            removeTree(aside);
        }
        if (!done) {
            return done.error();
        }
        if (why != 0 && why != EEXIST && why != ENOTEMPTY) {
            return writeError(why, folder->m_partial);
        }
    }
    return inFile(fail(Code::FixBusy), place.output);
}

Result<std::optional<PartFolder::Lock>> PartFolder::lock(const std::string& name) const
{
    const std::string path = state(name);
    const int fd = ::open(path.c_str(), O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0) {
        return writeError(errno, path);
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

std::optional<std::string> PartFolder::readState(const std::string& name) const
{
    auto text = readSmallFile(state(name), MostState);
    return text ? std::optional<std::string>(*std::move(text)) : std::nullopt;
}

Result<void> PartFolder::writeState(const std::string& name, const std::string& text) const
{
    auto done = writeWhole(state(name), text);
    return done ? syncFolder((fs::path(m_partial) / PlanState).string()) : done;
}

Result<void> PartFolder::appendState(const std::string& name, const std::string& text) const
{
    const std::string path = state(name);
    const int fd = ::open(path.c_str(), O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0644);
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
    (void)::unlink(state(name).c_str());
}

/// The open folder that holds a file of the output. Each step refuses symlinks: a name never leads out of the partial.
Result<int> PartFolder::folderOf(const std::string& name, bool make) const
{
    int fd = ::open(m_partial.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const std::string below = "out/" + name;
    for (std::size_t at = 0, slash = below.find('/'); fd >= 0 && slash != std::string::npos; at = slash + 1, slash = below.find('/', at)) {
        const std::string step = below.substr(at, slash - at);
        if (step.empty() || step == "." || step == "..") {
            ::close(fd);
            return fail(Code::Internal, {"a name that leaves the output: " + name});
        }
        if (make && at > 0 && ::mkdirat(fd, step.c_str(), 0777) != 0 && errno != EEXIST) {
            const int why = errno;
            ::close(fd);
            return writeError(why, shown(name));
        }
        const int next = ::openat(fd, step.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        const int why = errno;
        ::close(fd);
        errno = why;
        fd = next;
    }
    return fd >= 0 ? Result<int>(fd) : Result<int>(writeError(errno, shown(name)));
}

namespace {

std::string lastName(const std::string& name)
{
    const std::size_t slash = name.rfind('/');
    return slash == std::string::npos ? name : name.substr(slash + 1);
}

} // namespace

Result<NewFile> PartFolder::create(const std::string& name, unsigned mode)
{
    const auto folder = folderOf(name, true);
    if (!folder) {
        return folder.error();
    }
    const Descriptor parent(*folder);
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
    const Descriptor parent(*folder);
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
    why = std::strerror(errno); // NOLINT(concurrency-mt-unsafe)
    return false;
}

Result<File> PartFolder::openFile(const std::string& name) const
{
    const auto folder = folderOf(name, false);
    if (!folder) {
        return folder.error();
    }
    const Descriptor parent(*folder);
    // through the folder that was walked to; File itself would follow a symlink at the end, so that is looked at first
    struct stat status { };
    if (::fstatat(parent.get(), lastName(name).c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode)) {
        return inFile(fail(Code::FileNotFound), shown(name));
    }
    return File::open("/proc/self/fd/" + std::to_string(parent.get()) + '/' + lastName(name), shown(name));
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
    std::error_code code;
    for (fs::recursive_directory_iterator it(m_out, code), end; !code && it != end; it.increment(code)) {
        std::error_code status;
        if (it->symlink_status(status).type() == fs::file_type::directory) {
            if (auto done = syncFolder(it->path().string()); !done) {
                return done;
            }
        }
    }
    return syncFolder(m_out);
}

/// What becomes OUT.
std::string PartFolder::result() const
{
    return m_place.outputIsFolder ? m_out : (fs::path(m_out) / fs::path(m_place.output).filename()).string();
}

bool PartFolder::published() const
{
    struct stat status { };
    const auto told = readState("finishing");
    return told && ::lstat(m_place.output.c_str(), &status) == 0 && *told == std::to_string(status.st_ino) + '\n';
}

void PartFolder::discard()
{
    removeTree(m_partial);
}

Result<void> PartFolder::publish(bool force)
{
    if (auto done = sync(); !done) {
        return done;
    }
    const std::string from = result();
    struct stat made { };
    if (::lstat(from.c_str(), &made) != 0) {
        return writeError(errno, m_place.output);
    }
    // By its number a later run knows OUT as ours, should this one be killed behind the rename.
    if (auto done = writeState("finishing", std::to_string(made.st_ino) + '\n'); !done) {
        return done;
    }
    const std::string parent = fs::path(m_place.output).parent_path().string();
    int why = renameNew(from, m_place.output);
    const bool there = why == EEXIST || why == ENOTEMPTY;
    if (there) {
        struct stat status { };
        const bool sameKind =
            ::lstat(m_place.output.c_str(), &status) == 0 && (m_place.outputIsFolder ? S_ISDIR(status.st_mode) : S_ISREG(status.st_mode));
        if (!force || !sameKind) {
            return inFile(fail(Code::FixOutputExists), m_place.output);
        }
        why = swapNames(from, m_place.output);
    }
    if (why != 0) {
        return writeError(why, m_place.output);
    }
    if (auto done = syncFolder(parent); !done) {
        // Whether the name would survive a crash is not known: back to where nothing was published.
        (void)(there ? swapNames(from, m_place.output) : renameNew(m_place.output, from));
        return done;
    }
    discard(); // with force the old OUT, too
    return {};
}

} // namespace ckptscope
