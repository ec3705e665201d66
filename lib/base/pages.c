#include "base/pages.h"

#include <stdint.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 2 * 1024 * 1024 };

void pages_prefer_huge(void *memory, size_t size) {
    uintptr_t start = (uintptr_t)memory, end = (start + size) & ~(uintptr_t)(HUGE_PAGE - 1);
    size_t skipped = -start & (HUGE_PAGE - 1);
    if (start + skipped < end)
        (void)madvise((char *)memory + skipped, end - start - skipped, MADV_HUGEPAGE);
}
