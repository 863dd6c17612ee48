// SPDX-License-Identifier: Apache-2.0
#include "app/cli/heap.h"

#include <cstdint>
#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace ckptscope::cli {

void preferLargePages() noexcept
{
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    constexpr std::uintptr_t Large = 2U << 20U;
    constexpr int Step = 64 << 20;
    (void)::mallopt(M_MMAP_THRESHOLD, 32 << 20); // else each large array is mapped anew, and given back at once
    (void)::mallopt(M_TRIM_THRESHOLD, 4 * Step);
    (void)::mallopt(M_TOP_PAD, Step);
    auto* const before = static_cast<std::uint8_t*>(::sbrk(0));
    void* volatile block = std::malloc(1U << 20U); // grows it by a step of address space; pages come when they are touched
    std::free(block);                              // volatile: a compiler may leave out both calls
    auto* const after = static_cast<std::uint8_t*>(::sbrk(0));
    const std::uintptr_t skip = (Large - reinterpret_cast<std::uintptr_t>(before) % Large) % Large;
    if (after > before && static_cast<std::uintptr_t>(after - before) > skip + Large) {
        (void)::madvise(before + skip, static_cast<std::size_t>(after - before) - skip, MADV_HUGEPAGE); // refused: small pages will do
    }
#endif
}

} // namespace ckptscope::cli
