// SPDX-License-Identifier: Apache-2.0
// usage: ckptscope_sandboxed [read|write PATH]... -- TRY [ARGUMENT]
// Enters the sandbox with these rights, then tries something as an injected instruction would, in this thread and in a
// new one. Prints "allowed", "refused: REASON", or "no sandbox: WHY".
#include "core/io/sandbox.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

/// 0 or the errno.
int attempt(std::string_view what, const std::string& path)
{
    const auto opened = [&](int flags) {
        const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
        return fd < 0 ? errno : 0;
    };
    const auto done = [](int result) { return result < 0 ? errno : 0; };
    if (what == "open") {
        return opened(O_RDONLY);
    }
    if (what == "list") {
        return opened(O_RDONLY | O_DIRECTORY);
    }
    if (what == "overwrite") {
        return opened(O_WRONLY);
    }
    if (what == "truncate") {
        return done(::truncate(path.c_str(), 0));
    }
    if (what == "create") {
        return opened(O_WRONLY | O_CREAT | O_EXCL);
    }
    if (what == "remove") {
        return done(::unlink(path.c_str()));
    }
    if (what == "rename") {
        return done(::rename(path.c_str(), (path + ".moved").c_str()));
    }
    if (what == "folder") {
        return done(::mkdir(path.c_str(), 0700));
    }
    if (what == "symlink") {
        return done(::symlink("/etc/passwd", path.c_str()));
    }
    if (what == "chmod") {
        return done(::chmod(path.c_str(), 0777));
    }
    if (what == "xattr") {
        return done(::setxattr(path.c_str(), "user.x", "1", 1, 0));
    }
    if (what == "socket") {
        return done(::socket(AF_INET, SOCK_STREAM, 0));
    }
    if (what == "unixsocket") {
        return done(::socket(AF_UNIX, SOCK_STREAM, 0));
    }
    if (what == "exec") {
        char name[] = "/bin/true";
        char* const arguments[] = {name, nullptr};
        ::execv(name, arguments);
        return errno;
    }
    if (what == "fexec") {
        char name[] = "true";
        char* const arguments[] = {name, nullptr};
        const int fd = ::memfd_create("program", MFD_CLOEXEC);
        ::fexecve(fd, arguments, ::environ);
        return errno;
    }
    if (what == "type") { // into the terminal
        return done(::ioctl(0, TIOCSTI, "x"));
    }
    if (what == "fork") {
        const pid_t child = ::fork();
        if (child == 0) {
            _exit(attempt("open", path) == 0 ? 0 : 1); // a child has no more rights
        }
        int status = 0;
        return child < 0 ? errno : ::waitpid(child, &status, 0) == child && status == 0 ? 0 : EACCES;
    }
    return ENOSYS;
}

} // namespace

int main(int argc, char** argv)
{
    ckptscope::SandboxAccess access;
    int at = 1;
    for (; at + 1 < argc && std::string_view(argv[at]) != "--"; at += 2) {
        const std::string_view right = argv[at];
        if (right == "read") {
            access.read(argv[at + 1]);
        } else if (right == "beside") {
            access.writeBeside(argv[at + 1]);
        } else {
            access.writeFile(argv[at + 1]);
        }
    }
    if (at + 1 >= argc) {
        return 2;
    }
    const ckptscope::SandboxState state = ckptscope::enterSandbox(access);
    if (!state.on()) {
        std::printf("no sandbox: %s\n", state.text().c_str());
        return 0;
    }
    const std::string what = argv[at + 1];
    const std::string path = at + 2 < argc ? argv[at + 2] : "";
    int number = attempt(what, path);
    if (number != 0) { // what a thread is refused, the first one must be, and the other way round
        int there = 0;
        std::thread([&] { there = attempt(what, path); }).join();
        number = there == number ? number : 0;
    }
    std::printf("%s\n", number == 0 ? "allowed" : (std::string("refused: ") + std::strerror(number)).c_str());
    return 0;
}
