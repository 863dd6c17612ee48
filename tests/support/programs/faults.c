/* SPDX-License-Identifier: Apache-2.0
 * Preloaded into a program under test: lets one system call fail, or the program die at it.
 *
 *   CKPTSCOPE_FAULT=CALL:N:WHAT   the Nth CALL (from 1) after ckptscope_faults_arm() does WHAT:
 *                                 an errno number, "short" (half of a write or copy), "zero" (nothing of it, and no error),
 *                                 "kill" (SIGKILL before the call),
 *                                 "run" (the shell command in CKPTSCOPE_FAULT_RUN first, then the call as usual)
 *   CKPTSCOPE_FAULT=count         counts; ckptscope_faults_report() prints "CALL N" lines to stdout
 *   CKPTSCOPE_FAULT_FSTYPE=6969   every volume is of this type (a magic number, hexadecimal: NFS), whatever it is
 *
 * A program that does not call the two functions is left alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
    Open,
    Openat,
    Mkdir,
    Pread,
    Pwrite,
    Ftruncate,
    Fsync,
    CopyFileRange,
    Ioctl,
    Rename,
    Renameat2,
    Linkat,
    Unlink,
    Unlinkat,
    Flock,
    SyncFileRange,
    Calls
};
static const char* const Names[Calls] = {"open", "openat", "mkdir", "pread", "pwrite", "ftruncate", "fsync", "copy_file_range",
                                         "ioctl", "rename", "renameat2", "linkat", "unlink", "unlinkat", "flock", "sync_file_range"};
static atomic_int Counts[Calls];
static atomic_int Armed;
static int FaultCall = -1;
static int FaultAt;
static int FaultErrno;
static int FaultShort;
static int FaultZero;
static int FaultKill;
static long VolumeType;
static int FaultRun;

void ckptscope_faults_arm(void)
{
    const char* type = getenv("CKPTSCOPE_FAULT_FSTYPE");
    VolumeType = type != NULL ? strtol(type, NULL, 16) : 0;
    const char* wish = getenv("CKPTSCOPE_FAULT");
    if (wish == NULL) {
        return;
    }
    char name[32];
    char what[32];
    if (sscanf(wish, "%31[^:]:%d:%31s", name, &FaultAt, what) == 3) {
        for (int i = 0; i < Calls; ++i) {
            if (strcmp(name, Names[i]) == 0) {
                FaultCall = i;
            }
        }
        FaultShort = strcmp(what, "short") == 0;
        FaultZero = strcmp(what, "zero") == 0;
        FaultKill = strcmp(what, "kill") == 0;
        FaultRun = strcmp(what, "run") == 0;
        FaultErrno = atoi(what);
    }
    atomic_store(&Armed, 1);
}

void ckptscope_faults_report(void)
{
    atomic_store(&Armed, 0);
    for (int i = 0; i < Calls; ++i) {
        printf("%s %d\n", Names[i], atomic_load(&Counts[i]));
    }
    fflush(stdout);
}

/* 1: this call is the one. */
static int hit(int call)
{
    if (!atomic_load(&Armed)) {
        return 0;
    }
    const int now = atomic_fetch_add(&Counts[call], 1) + 1;
    if (call != FaultCall || now != FaultAt) {
        return 0;
    }
    if (FaultKill) {
        kill(getpid(), SIGKILL);
    }
    if (FaultRun) {
        const char* command = getenv("CKPTSCOPE_FAULT_RUN");
        atomic_store(&Armed, 0);
        if (command == NULL || system(command) != 0) {
            abort();
        }
        atomic_store(&Armed, 1);
        return 0;
    }
    return 1;
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (real == NULL) { \
        *(void**)&real = dlsym(RTLD_NEXT, #name); \
    }
#define FAIL_IF_HIT(call) \
    if (hit(call)) { \
        errno = FaultErrno; \
        return -1; \
    }

int open(const char* path, int flags, ...)
{
    REAL(open)
    FAIL_IF_HIT(Open)
    mode_t mode = 0;
    if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
        va_list args;
        va_start(args, flags);
        mode = va_arg(args, mode_t);
        va_end(args);
    }
    return real(path, flags, mode);
}

/* What is opened in an open folder; opening by a path from here is "open". */
int openat(int folder, const char* path, int flags, ...)
{
    REAL(openat)
    FAIL_IF_HIT(folder == AT_FDCWD ? Open : Openat)
    mode_t mode = 0;
    if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
        va_list args;
        va_start(args, flags);
        mode = va_arg(args, mode_t);
        va_end(args);
    }
    return real(folder, path, flags, mode);
}

int mkdirat(int folder, const char* path, mode_t mode)
{
    REAL(mkdirat)
    FAIL_IF_HIT(Mkdir)
    return real(folder, path, mode);
}

int mkdir(const char* path, mode_t mode)
{
    REAL(mkdir)
    FAIL_IF_HIT(Mkdir)
    return real(path, mode);
}

ssize_t pread(int fd, void* out, size_t count, off_t at)
{
    REAL(pread)
    if (hit(Pread)) {
        if (FaultShort) {
            return real(fd, out, (count + 1) / 2, at);
        }
        if (FaultZero) {
            return 0;
        }
        errno = FaultErrno;
        return -1;
    }
    return real(fd, out, count, at);
}

ssize_t pwrite(int fd, const void* bytes, size_t count, off_t at)
{
    REAL(pwrite)
    if (hit(Pwrite)) {
        if (FaultShort) {
            return real(fd, bytes, (count + 1) / 2, at);
        }
        if (FaultZero) {
            return 0;
        }
        errno = FaultErrno;
        return -1;
    }
    return real(fd, bytes, count, at);
}

int ftruncate(int fd, off_t size)
{
    REAL(ftruncate)
    FAIL_IF_HIT(Ftruncate)
    return real(fd, size);
}

int fsync(int fd)
{
    REAL(fsync)
    FAIL_IF_HIT(Fsync)
    return real(fd);
}

ssize_t copy_file_range(int from, off_t* source, int to, off_t* target, size_t count, unsigned flags)
{
    REAL(copy_file_range)
    if (hit(CopyFileRange)) {
        if (FaultShort) {
            return real(from, source, to, target, (count + 1) / 2, flags);
        }
        if (FaultZero) {
            return 0;
        }
        errno = FaultErrno;
        return -1;
    }
    return real(from, source, to, target, count, flags);
}

int fstatfs(int fd, struct statfs* volume)
{
    REAL(fstatfs)
    const int done = real(fd, volume);
    if (done == 0 && VolumeType != 0) {
        volume->f_type = VolumeType;
    }
    return done;
}

int ioctl(int fd, unsigned long request, ...)
{
    REAL(ioctl)
    FAIL_IF_HIT(Ioctl)
    va_list args;
    va_start(args, request);
    void* argument = va_arg(args, void*);
    va_end(args);
    return real(fd, request, argument);
}

int rename(const char* from, const char* to)
{
    REAL(rename)
    FAIL_IF_HIT(Rename)
    return real(from, to);
}

int renameat(int fromFolder, const char* from, int toFolder, const char* to)
{
    REAL(renameat)
    FAIL_IF_HIT(Rename)
    return real(fromFolder, from, toFolder, to);
}

int renameat2(int fromFolder, const char* from, int toFolder, const char* to, unsigned flags)
{
    REAL(renameat2)
    FAIL_IF_HIT(Renameat2)
    return real(fromFolder, from, toFolder, to, flags);
}

int linkat(int fromFolder, const char* from, int toFolder, const char* to, int flags)
{
    REAL(linkat)
    FAIL_IF_HIT(Linkat)
    return real(fromFolder, from, toFolder, to, flags);
}

int unlink(const char* path)
{
    REAL(unlink)
    FAIL_IF_HIT(Unlink)
    return real(path);
}

int unlinkat(int folder, const char* path, int flags)
{
    REAL(unlinkat)
    FAIL_IF_HIT(Unlinkat)
    return real(folder, path, flags);
}

extern int flock(int fd, int operation);
int flock(int fd, int operation)
{
    REAL(flock)
    FAIL_IF_HIT(Flock)
    return real(fd, operation);
}

/* Counts those that wait: the others only ask. */
int sync_file_range(int fd, off_t offset, off_t length, unsigned flags)
{
    REAL(sync_file_range)
    if ((flags & SYNC_FILE_RANGE_WAIT_AFTER) != 0) {
        FAIL_IF_HIT(SyncFileRange)
    }
    return real(fd, offset, length, flags);
}
