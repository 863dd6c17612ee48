/* SPDX-License-Identifier: Apache-2.0
 * Preloaded into a program under test: the time of day jumps.
 *
 *   CKPTSCOPE_CLOCK=back     an hour back at every other question
 *   CKPTSCOPE_CLOCK=forth    a day forward at every question
 *   CKPTSCOPE_CLOCK=still    it stands still
 *   CKPTSCOPE_CLOCK=zero     it is the epoch, as on a board without a battery
 *   CKPTSCOPE_CLOCK=far      it is the year 2200
 *
 * The monotonic clock is left alone: Linux never sets it back, and waits of the kernel go by it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

static atomic_long Questions;

int clock_gettime(clockid_t clock, struct timespec* out)
{
    static __typeof__(&clock_gettime) real;
    if (real == NULL) {
        *(void**)&real = dlsym(RTLD_NEXT, "clock_gettime");
    }
    const int done = real(clock, out);
    const char* wish = getenv("CKPTSCOPE_CLOCK");
    if (done != 0 || wish == NULL || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) {
        return done;
    }
    const long count = atomic_fetch_add(&Questions, 1) + 1;
    if (strcmp(wish, "back") == 0) {
        out->tv_sec -= count % 2 * 3600;
    } else if (strcmp(wish, "forth") == 0) {
        out->tv_sec += count * 24 * 3600;
    } else if (strcmp(wish, "still") == 0) {
        out->tv_sec = 1000000000;
        out->tv_nsec = 0;
    } else if (strcmp(wish, "zero") == 0) {
        out->tv_sec = 0;
    } else if (strcmp(wish, "far") == 0) {
        out->tv_sec = 7258118400;
    }
    return 0;
}

int gettimeofday(struct timeval* out, void* zone)
{
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    out->tv_sec = now.tv_sec;
    out->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t* out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL) {
        *out = now.tv_sec;
    }
    return now.tv_sec;
}
