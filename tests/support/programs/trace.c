/* SPDX-License-Identifier: Apache-2.0
 * Preloaded into a program under test: writes down every change that it makes to a file system, for tests/support/crashmodel.h.
 *
 *   CKPTSCOPE_TRACE=FILE        appended to, after ckptscope_trace_arm(): one line "CALL \t NUMBER \t NUMBER \t PATH \t PATH \n" a call that
 *                               succeeded; behind "write" follow the bytes
 *   CKPTSCOPE_TRACE_SKIP=N      the Nth fsync (from 1) is not made and not written down, though it says that it was: is that noticed?
 *   CKPTSCOPE_TRACE_STOP=K      SIGSTOP to itself before every Kth change
 *
 * For programs of one thread. What a program does in other ways (mmap, io_uring) is not seen; the test compares the end with the disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum { PathBytes = 4096 };

static int Trace = -1;
static int Skip;
static int Syncs;
static int StopEvery;
static int Changes;

void ckptscope_trace_arm(void)
{
    const char* path = getenv("CKPTSCOPE_TRACE");
    if (path != NULL) {
        Trace = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
    const char* skip = getenv("CKPTSCOPE_TRACE_SKIP");
    Skip = skip != NULL ? atoi(skip) : 0;
    const char* stop = getenv("CKPTSCOPE_TRACE_STOP");
    StopEvery = stop != NULL ? atoi(stop) : 0;
}

static void put(const void* bytes, size_t count)
{
    while (count > 0) {
        const long done = syscall(SYS_write, Trace, bytes, count);
        if (done <= 0) {
            abort();
        }
        bytes = (const char*)bytes + done;
        count -= (size_t)done;
    }
}

/* What was just done; errno stays. */
static void note(const char* call, long long a, long long b, const char* path, const char* other)
{
    char line[2 * PathBytes + 128];
    const int saved = errno;
    const int length = snprintf(line, sizeof(line), "%s\t%lld\t%lld\t%s\t%s\n", call, a, b, path, other);
    put(line, (size_t)length);
    errno = saved;
}

static void before(void)
{
    if (Trace >= 0 && StopEvery > 0 && ++Changes % StopEvery == 0) {
        raise(SIGSTOP);
    }
}

/* The path that a descriptor has now; empty: it has none (removed, or of another kind). */
static const char* pathOf(int fd, char* out)
{
    char link[64];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    const long length = syscall(SYS_readlinkat, AT_FDCWD, link, out, PathBytes - 1);
    out[length > 0 ? length : 0] = '\0';
    if (out[0] != '/' || strstr(out, " (deleted)") != NULL) {
        out[0] = '\0';
    }
    return out;
}

static const char* pathAt(int folder, const char* path, char* out)
{
    if (path[0] == '/' || folder == AT_FDCWD) {
        return path;
    }
    pathOf(folder, out);
    snprintf(out + strlen(out), PathBytes - strlen(out), "/%s", path);
    return out;
}

/* Bytes that a descriptor was given, as they stand there now: however they came. */
static void noteBytes(int fd, off_t at, long long count)
{
    static char block[1 << 16];
    char path[PathBytes];
    if (Trace < 0 || pathOf(fd, path)[0] == '\0' || count <= 0) {
        return;
    }
    const int saved = errno;
    note("write", at, count, path, "");
    while (count > 0) {
        const long got = syscall(SYS_pread64, fd, block, count < (long long)sizeof(block) ? (size_t)count : sizeof(block), at);
        if (got <= 0) {
            abort();
        }
        put(block, (size_t)got);
        at += got;
        count -= got;
    }
    errno = saved;
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (real == NULL) { \
        *(void**)&real = dlsym(RTLD_NEXT, #name); \
    }

static int opened(int fd, int flags, int existed, const char* path)
{
    if (Trace >= 0 && fd >= 0 && (flags & O_TMPFILE) != O_TMPFILE) {
        if ((flags & O_CREAT) != 0 && !existed) {
            note("create", 0, 0, path, "");
        } else if ((flags & O_TRUNC) != 0) {
            note("size", 0, 0, path, "");
        }
    }
    return fd;
}

#define MODE(flags) \
    mode_t mode = 0; \
    if (((flags) & O_CREAT) != 0 || ((flags) & O_TMPFILE) == O_TMPFILE) { \
        va_list args; \
        va_start(args, flags); \
        mode = va_arg(args, mode_t); \
        va_end(args); \
        before(); \
    }

int open(const char* path, int flags, ...)
{
    REAL(open)
    MODE(flags)
    const int existed = syscall(SYS_faccessat, AT_FDCWD, path, F_OK, 0) == 0;
    return opened(real(path, flags, mode), flags, existed, path);
}

int openat(int folder, const char* path, int flags, ...)
{
    REAL(openat)
    MODE(flags)
    char whole[PathBytes];
    const int existed = syscall(SYS_faccessat, folder, path, F_OK, 0) == 0;
    return opened(real(folder, path, flags, mode), flags, existed, pathAt(folder, path, whole));
}

int mkdir(const char* path, mode_t mode)
{
    REAL(mkdir)
    before();
    const int done = real(path, mode);
    if (done == 0 && Trace >= 0) {
        note("mkdir", 0, 0, path, "");
    }
    return done;
}

int mkdirat(int folder, const char* path, mode_t mode)
{
    REAL(mkdirat)
    before();
    const int done = real(folder, path, mode);
    char whole[PathBytes];
    if (done == 0 && Trace >= 0) {
        note("mkdir", 0, 0, pathAt(folder, path, whole), "");
    }
    return done;
}

ssize_t pwrite(int fd, const void* bytes, size_t count, off_t at)
{
    REAL(pwrite)
    before();
    const ssize_t done = real(fd, bytes, count, at);
    noteBytes(fd, at, done);
    return done;
}

int ftruncate(int fd, off_t size)
{
    REAL(ftruncate)
    before();
    const int done = real(fd, size);
    char path[PathBytes];
    if (done == 0 && Trace >= 0 && pathOf(fd, path)[0] != '\0') {
        note("size", size, 0, path, "");
    }
    return done;
}

static int synced(int fd, int (*real)(int))
{
    before();
    if (Trace >= 0 && ++Syncs == Skip) {
        return 0;
    }
    const int done = real(fd);
    char path[PathBytes];
    if (done == 0 && Trace >= 0 && pathOf(fd, path)[0] != '\0') {
        note("sync", 0, 0, path, "");
    }
    return done;
}

int fsync(int fd)
{
    REAL(fsync)
    return synced(fd, real);
}

int fdatasync(int fd)
{
    REAL(fdatasync)
    return synced(fd, real);
}

ssize_t copy_file_range(int from, off_t* source, int to, off_t* target, size_t count, unsigned flags)
{
    REAL(copy_file_range)
    before();
    const off_t at = target != NULL ? *target : 0;
    const ssize_t done = real(from, source, to, target, count, flags);
    noteBytes(to, at, done);
    return done;
}

int ioctl(int fd, unsigned long request, ...)
{
    REAL(ioctl)
    va_list args;
    va_start(args, request);
    void* argument = va_arg(args, void*);
    va_end(args);
    before();
    const int done = real(fd, request, argument);
    if (done == 0 && request == FICLONERANGE) {
        const struct file_clone_range* range = argument;
        noteBytes(fd, (off_t)range->dest_offset, (long long)range->src_length);
    }
    return done;
}

int rename(const char* from, const char* to)
{
    REAL(rename)
    before();
    const int done = real(from, to);
    if (done == 0 && Trace >= 0) {
        note("rename", 0, 0, from, to);
    }
    return done;
}

int renameat(int fromFolder, const char* from, int toFolder, const char* to)
{
    REAL(renameat)
    before();
    const int done = real(fromFolder, from, toFolder, to);
    char first[PathBytes];
    char second[PathBytes];
    if (done == 0 && Trace >= 0) {
        note("rename", 0, 0, pathAt(fromFolder, from, first), pathAt(toFolder, to, second));
    }
    return done;
}

int renameat2(int fromFolder, const char* from, int toFolder, const char* to, unsigned flags)
{
    REAL(renameat2)
    before();
    const int done = real(fromFolder, from, toFolder, to, flags);
    char first[PathBytes];
    char second[PathBytes];
    if (done == 0 && Trace >= 0) {
        note((flags & RENAME_EXCHANGE) != 0 ? "exchange" : "rename", 0, 0, pathAt(fromFolder, from, first), pathAt(toFolder, to, second));
    }
    return done;
}

int linkat(int fromFolder, const char* from, int toFolder, const char* to, int flags)
{
    REAL(linkat)
    before();
    const int done = real(fromFolder, from, toFolder, to, flags);
    char first[PathBytes];
    char second[PathBytes];
    if (done == 0 && Trace >= 0) {
        note("link", 0, 0, pathAt(fromFolder, from, first), pathAt(toFolder, to, second));
    }
    return done;
}

int unlink(const char* path)
{
    REAL(unlink)
    before();
    const int done = real(path);
    if (done == 0 && Trace >= 0) {
        note("unlink", 0, 0, path, "");
    }
    return done;
}

int unlinkat(int folder, const char* path, int flags)
{
    REAL(unlinkat)
    before();
    char whole[PathBytes];
    const char* name = pathAt(folder, path, whole);
    const int done = real(folder, path, flags);
    if (done == 0 && Trace >= 0) {
        note("unlink", 0, 0, name, "");
    }
    return done;
}

int rmdir(const char* path)
{
    REAL(rmdir)
    before();
    const int done = real(path);
    if (done == 0 && Trace >= 0) {
        note("unlink", 0, 0, path, "");
    }
    return done;
}

int remove(const char* path)
{
    REAL(remove)
    before();
    const int done = real(path);
    if (done == 0 && Trace >= 0) {
        note("unlink", 0, 0, path, "");
    }
    return done;
}
