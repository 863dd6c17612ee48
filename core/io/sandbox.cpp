// SPDX-License-Identifier: Apache-2.0
#include "core/io/sandbox.h"

#include "core/io/seccompfilter.h"

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ckptscope {

namespace {

namespace fs = std::filesystem;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool Sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool Sanitized = true;
#else
constexpr bool Sanitized = false;
#endif
#else
constexpr bool Sanitized = false;
#endif

/// torvalds/linux include/uapi/linux/landlock.h: rights that came after Debian 12's headers, and the attributes that
/// hold them.
constexpr std::uint64_t AccessTruncate = 1ULL << 14U; ///< ABI 3
constexpr std::uint64_t AccessIoctlDev = 1ULL << 15U; ///< ABI 5
constexpr std::uint64_t NetBindTcp = 1ULL << 0U;      ///< ABI 4
constexpr std::uint64_t NetConnectTcp = 1ULL << 1U;
constexpr std::uint64_t ScopeAbstractSocket = 1ULL << 0U; ///< ABI 6
constexpr std::uint64_t ScopeSignal = 1ULL << 1U;
struct RulesetAttributes {
    std::uint64_t files = 0;
    std::uint64_t net = 0;   ///< ABI 4
    std::uint64_t scope = 0; ///< ABI 6
};

constexpr std::uint64_t Read = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t Write = Read | LANDLOCK_ACCESS_FS_WRITE_FILE | AccessTruncate | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR
    | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REFER;
constexpr std::uint64_t Device = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | AccessIoctlDev;
/// What can be said of a file that is no folder.
constexpr std::uint64_t OfFiles =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | AccessTruncate | AccessIoctlDev;

std::uint64_t handledFiles(int abi)
{
    std::uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1U) - 1; // ABI 1: all up to this one
    all |= abi >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0;
    all |= abi >= 3 ? AccessTruncate : 0;
    all |= abi >= 5 ? AccessIoctlDev : 0;
    return all;
}

class Ruleset {
public:
    explicit Ruleset(int abi)
        : m_handled(handledFiles(abi))
    {
        RulesetAttributes attributes;
        attributes.files = m_handled;
        attributes.net = abi >= 4 ? NetBindTcp | NetConnectTcp : 0;
        attributes.scope = abi >= 6 ? ScopeAbstractSocket | ScopeSignal : 0;
        const std::size_t bytes = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
        m_fd = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, bytes, 0));
    }
    ~Ruleset()
    {
        if (m_fd >= 0) {
            ::close(m_fd);
        }
    }
    Ruleset(const Ruleset&) = delete;
    Ruleset& operator=(const Ruleset&) = delete;

    void allow(const std::string& path, std::uint64_t rights) const
    {
        const int fd = ::open(path.c_str(), O_PATH | O_CLOEXEC);
        if (fd < 0) {
            return; // not there: then whoever wants it says so
        }
        struct stat status { };
        landlock_path_beneath_attr rule{};
        rule.parent_fd = fd;
        rule.allowed_access = rights & m_handled;
        if (::fstat(fd, &status) == 0 && !S_ISDIR(status.st_mode)) {
            rule.allowed_access &= OfFiles;
        }
        (void)::syscall(SYS_landlock_add_rule, m_fd, LANDLOCK_RULE_PATH_BENEATH, &rule,
                        0); // refused: then the file stays closed
        ::close(fd);
    }
    /// 0 or errno.
    [[nodiscard]] int enter() const { return m_fd < 0 || ::syscall(SYS_landlock_restrict_self, m_fd, 0) != 0 ? errno : 0; }

private:
    std::uint64_t m_handled;
    int m_fd = -1;
};

/// NVIDIA's user-space driver: what libcuda opens and loads when a device is first used.
void allowGpu(const Ruleset& rules)
{
    std::error_code code;
    bool any = false;
    for (fs::directory_iterator it("/dev", code), end; !code && it != end; it.increment(code)) {
        const std::string name = it->path().filename().string();
        if (name.starts_with("nvidia")) {
            rules.allow(it->path().string(), name == "nvidia-caps" ? Device | Read : Device);
            any = true;
        }
    }
    if (!any) {
        return;
    }
    for (const char* path : {"/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local", "/opt", "/etc/ld.so.cache", "/etc/ld.so.conf",
                             "/etc/ld.so.conf.d", "/sys", "/proc", "/dev/char"}) {
        rules.allow(path, Read);
    }
    rules.allow("/dev/shm", Write);
    rules.allow("/proc/self/task", Read | LANDLOCK_ACCESS_FS_WRITE_FILE); // the driver names its threads
    if (const char* home = std::getenv("HOME")) {                         // before any thread
        rules.allow(std::string(home) + "/.nv", Write);
    }
}

std::string confineFiles(const SandboxAccess& access, int& abi)
{
    const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) {
        return errno == EOPNOTSUPP ? "it is switched off in this kernel" : "this kernel has none";
    }
    const Ruleset rules(static_cast<int>(version));
    for (const std::string& path : access.reads) {
        rules.allow(path, Read);
    }
    for (const std::string& path : access.lists) {
        rules.allow(path, LANDLOCK_ACCESS_FS_READ_DIR);
    }
    for (const std::string& path : access.writes) {
        rules.allow(path, Write);
    }
    rules.allow("/dev/null", Read | LANDLOCK_ACCESS_FS_WRITE_FILE | AccessTruncate);
    if (access.gpu) {
        allowGpu(rules);
    }
    if (const int number = rules.enter(); number != 0) {
        return std::strerror(number);
    }
    abi = static_cast<int>(version);
    return {};
}

std::string folderOf(const std::string& path)
{
    std::error_code code;
    fs::path whole = fs::absolute(path, code).lexically_normal();
    if (!whole.has_filename()) {
        whole = whole.parent_path(); // "OUT/"
    }
    return whole.parent_path().string();
}

} // namespace

void SandboxAccess::writeBeside(const std::string& output)
{
    if (!output.empty()) {
        writes.push_back(folderOf(output));
    }
}

void SandboxAccess::writeFile(const std::string& file)
{
    if (file.empty()) {
        return;
    }
    struct stat status { };
    writes.push_back(::stat(file.c_str(), &status) == 0 ? file : folderOf(file));
}

std::string SandboxState::text() const
{
    std::string out;
    if (landlockAbi > 0) {
        out = "Landlock ABI " + std::to_string(landlockAbi);
    }
    if (seccomp) {
        out += std::string(out.empty() ? "" : " + ") + "seccomp";
    }
    out += out.empty() ? "" : " on";
    if (!why.empty()) {
        out += (out.empty() ? "not on: " : "; ") + why;
    }
    return out;
}

SandboxState enterSandbox(const SandboxAccess& access)
{
    SandboxState state;
    if (Sanitized) {
        state.why = "this build has sanitizers, which open files and start programs of their own";
        return state;
    }
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        state.why = "no_new_privs is refused";
        return state;
    }
    if (const std::string reason = confineFiles(access, state.landlockAbi); !reason.empty()) {
        state.why = "no Landlock: " + reason;
    }
    const std::string reason = denySystemCalls();
    state.seccomp = reason.empty();
    if (!state.seccomp) {
        state.why += std::string(state.why.empty() ? "" : "; ") + "no seccomp: " + reason;
    }
    return state;
}

} // namespace ckptscope
