// SPDX-License-Identifier: Apache-2.0
#include "core/io/seccompfilter.h"

#include <array>
#include <asm/ioctls.h>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace ckptscope {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t Machine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t Machine = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t Machine = 0;
#endif

// clang-format off
constexpr std::array Denied {
    // the network
    SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4,
    // other programs, and what goes round this filter
    SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_pidfd_open, SYS_pidfd_getfd,
    SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
    // namespaces, mounts, files by handle (which Landlock does not see)
    SYS_unshare, SYS_setns, SYS_chroot, SYS_pivot_root, SYS_mount, SYS_umount2, SYS_open_tree, SYS_move_mount, SYS_fsopen, SYS_fsconfig,
    SYS_fsmount, SYS_fspick, SYS_mount_setattr, SYS_open_by_handle_at, SYS_name_to_handle_at,
    // permissions, owners, times and attributes of files (which Landlock does not confine)
    SYS_fchmod, SYS_fchmodat, SYS_fchown, SYS_fchownat, SYS_utimensat, SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr, SYS_removexattr,
    SYS_lremovexattr, SYS_fremovexattr,
#if defined(__x86_64__)
    SYS_chmod, SYS_chown, SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat, SYS_uselib,
#endif
    // the kernel
    SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_add_key, SYS_request_key, SYS_keyctl, SYS_init_module, SYS_finit_module,
    SYS_delete_module, SYS_kexec_load, SYS_reboot, SYS_swapon, SYS_swapoff, SYS_quotactl, SYS_acct, SYS_syslog, SYS_settimeofday,
    SYS_clock_settime, SYS_sethostname, SYS_setdomainname,
};
// clang-format on

constexpr std::uint32_t NewNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

constexpr std::uint32_t refuse(int number)
{
    return SECCOMP_RET_ERRNO | (static_cast<std::uint32_t>(number) & SECCOMP_RET_DATA);
}

class Filter {
public:
    Filter()
    {
        load(offsetof(seccomp_data, arch));
        jumpUnless(Machine, 1);
        skip(1);
        answer(refuse(EPERM)); // the system calls of another machine: numbers mean something else there
        load(offsetof(seccomp_data, nr));
#if defined(__x86_64__)
        constexpr std::uint32_t X32 = 0x40000000U;
        add(BPF_JMP | BPF_JGE | BPF_K, X32, 0, 1);
        answer(refuse(EPERM));
#endif
        for (const long number : Denied) {
            jumpUnless(static_cast<std::uint32_t>(number), 1);
            answer(refuse(EPERM));
        }
        // clone3 hides its flags from filters: the C library then takes clone, whose flags show whether it is a thread.
        jumpUnless(SYS_clone3, 1);
        answer(refuse(ENOSYS));
        jumpUnless(SYS_clone, 4);
        load(argument(0));
        add(BPF_JMP | BPF_JSET | BPF_K, NewNamespaces, 0, 1);
        answer(refuse(EPERM));
        answer(SECCOMP_RET_ALLOW);
        // Letters put into the terminal's input are run by its shell.
        jumpUnless(SYS_ioctl, 5);
        load(argument(1));
        add(BPF_JMP | BPF_JEQ | BPF_K, TIOCSTI, 1, 0);
        add(BPF_JMP | BPF_JEQ | BPF_K, TIOCLINUX, 0, 1);
        answer(refuse(EPERM));
        answer(SECCOMP_RET_ALLOW);
        answer(SECCOMP_RET_ALLOW);
    }
    [[nodiscard]] sock_fprog program()
    {
        return {static_cast<unsigned short>(m_steps.size()), m_steps.data()};
    }

private:
    void add(unsigned code, std::uint32_t value, unsigned ifTrue = 0, unsigned ifFalse = 0)
    {
        m_steps.push_back({static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(ifTrue), static_cast<std::uint8_t>(ifFalse), value});
    }
    void load(std::size_t at)
    {
        add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(at));
    }
    void answer(std::uint32_t what)
    {
        add(BPF_RET | BPF_K, what);
    }
    void skip(std::uint32_t steps)
    {
        add(BPF_JMP | BPF_JA, steps);
    }
    /// Goes on where the loaded number is this one, else passes over so many steps.
    void jumpUnless(std::uint32_t number, unsigned steps)
    {
        add(BPF_JMP | BPF_JEQ | BPF_K, number, 0, steps);
    }
    /// The lower half of an argument: little-endian machines only.
    static std::size_t argument(std::size_t index)
    {
        return offsetof(seccomp_data, args) + index * sizeof(std::uint64_t);
    }

    std::vector<sock_filter> m_steps;
};

} // namespace

std::string denySystemCalls()
{
    if constexpr (Machine == 0) {
        return "its filter does not know this kind of CPU";
    }
    Filter filter;
    const sock_fprog program = filter.program();
    if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0) {
        return errno == ENOSYS || errno == EINVAL ? "this kernel has none" : std::strerror(errno);
    }
    return {};
}

} // namespace ckptscope
