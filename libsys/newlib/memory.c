/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory: mmap and its like, and the heap. The heap is one large region, reserved once and paid for
 * as it is touched; sbrk moves its end.
 */

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libsys/file_client.h"
#include "libsys/memory_client.h"
#include "libsys/newlib/lock.h"
#include "libsys/newlib/system.h"

#define HEAP_BYTES (1ull << 30)
#define ACCESS_ALL (PROT_READ | PROT_WRITE | PROT_EXEC)

_Static_assert(PROT_READ == MEMORY_READ && PROT_WRITE == MEMORY_WRITE &&
                   PROT_EXEC == MEMORY_EXECUTE,
               "one encoding of access");

static uint64_t page_up(uint64_t bytes)
{
    return (bytes + SYSTEM_PAGE - 1) & ~(SYSTEM_PAGE - 1);
}

static uint32_t map_access(int protection, int flags)
{
    return (uint32_t)(protection & ACCESS_ALL) | (flags & MAP_FIXED ? MEMORY_FIXED : 0) |
           (flags & MAP_PRIVATE ? MEMORY_PRIVATE : 0) |
           (flags & MAP_POPULATE ? MEMORY_POPULATE : 0);
}

static struct lock slot_lock; /* of PROCESS_SLOT_FREE */

/* Map the object that lies in the slot for it. */
static err_t object_map(uint64_t address, uint64_t length, uint32_t access, uint64_t offset,
                        uint64_t *mapped)
{
    return SYSTEM_CALL(
        memory_map(system_memory(), PROCESS_CAP(FREE), address, length, offset, access, mapped));
}

/* The file's contents as an object. */
static err_t file_mapped(uint64_t address, uint64_t length, uint32_t access, int descriptor,
                         off_t offset, uint64_t *mapped)
{
    uint64_t size;

    lock_take(&slot_lock);
    err_t error = SYSTEM_CALL(file_map(system_file(descriptor), access, PROCESS_CAP(FREE), &size));
    if (!error) {
        error = object_map(address, length, access, (uint64_t)offset, mapped);
        slot_clear(PROCESS_SLOT_FREE);
    }
    lock_give(&slot_lock);
    return error;
}

/* Memory that children share: an object of its own, which ends with its last region. */
static err_t shared_mapped(uint64_t address, uint64_t length, uint32_t access, uint64_t *mapped)
{
    uint64_t physical;

    lock_take(&slot_lock);
    err_t error =
        SYSTEM_CALL(memory_object_create(system_memory(), length, 0, PROCESS_CAP(FREE), &physical));
    if (!error) {
        error = object_map(address, length, access, 0, mapped);
        (void)!memory_object_close(system_memory(), PROCESS_CAP(FREE));
        slot_clear(PROCESS_SLOT_FREE);
    }
    lock_give(&slot_lock);
    return error;
}

void *mmap(void *wish, size_t length, int protection, int flags, int descriptor, off_t offset)
{
    uint64_t address = (uint64_t)wish, mapped = 0;
    uint32_t access = map_access(protection, flags);
    err_t error;

    if (length == 0 || offset < 0 || offset % (off_t)SYSTEM_PAGE ||
        !(flags & (MAP_PRIVATE | MAP_SHARED))) {
        errno = EINVAL;
        return MAP_FAILED;
    }
    if (flags & MAP_ANONYMOUS && flags & MAP_SHARED)
        error = shared_mapped(address, page_up(length), access, &mapped);
    else if (flags & MAP_ANONYMOUS)
        error = SYSTEM_CALL(
            memory_map_anonymous(PROCESS_CAP(MEMORY), address, page_up(length), access, &mapped));
    else if (descriptor_check(descriptor))
        error = file_mapped(address, page_up(length), access, descriptor, offset, &mapped);
    else
        return MAP_FAILED;
    return system_result(error) ? MAP_FAILED : (void *)mapped;
}

int munmap(void *address, size_t length)
{
    return system_result(
        SYSTEM_CALL(memory_unmap(PROCESS_CAP(MEMORY), (uint64_t)address, page_up(length))));
}

int mprotect(void *address, size_t length, int protection)
{
    return system_result(
        SYSTEM_CALL(memory_protect(PROCESS_CAP(MEMORY), (uint64_t)address, page_up(length),
                                   (uint32_t)(protection & ACCESS_ALL))));
}

/* What is mapped from a file is the file's own memory. */
int msync(void *address, size_t length, int flags)
{
    (void)address, (void)length, (void)flags;
    return 0;
}

int getpagesize(void)
{
    return (int)SYSTEM_PAGE;
}

/* ---- The heap -------------------------------------------------------------------------------- */

#define HEAP_STEP (1ull << 20)      /* the quota is looked at when the heap has grown by so much */
#define HEAP_RESERVE (256ull << 10) /* that isn't the heap's */
#define HEAP_SPARE (4ull << 20)     /* so much behind its end stays, for when it grows again */

static struct {
    char *begin, *end, *granted, *limit; /* what's behind `granted` was never touched */
} heap;

/* As much address space as the quota allows; nothing is paid for yet. */
static int heap_open(void)
{
    uint64_t mapped = 0;
    err_t error = 0;

    for (uint64_t bytes = HEAP_BYTES; bytes >= 65536; bytes /= 2) {
        error = SYSTEM_CALL(memory_map_anonymous(
            PROCESS_CAP(MEMORY), 0, bytes, MEMORY_READ | MEMORY_WRITE | MEMORY_PRIVATE, &mapped));
        if (!error) {
            heap.begin = heap.end = heap.granted = (char *)mapped;
            heap.limit = heap.begin + bytes;
            return 0;
        }
    }
    return system_result(error);
}

/* What the space may still have, less what page tables for it and the stack may need. */
static uint64_t memory_left(void)
{
    struct memory_status status = {0};

    if (SYSTEM_CALL(memory_status(PROCESS_CAP(MEMORY), &status)) || !status.total)
        return UINT64_MAX;
    uint64_t left = status.total > status.used ? status.total - status.used : 0;
    uint64_t reserve = HEAP_RESERVE + left / 64;
    return left > reserve ? left - reserve : 0;
}

/*
 * A program gets its ENOMEM here, where it can bear it, and isn't killed where it touches what the
 * quota doesn't allow. Only what is touched counts: malloc may give more than there is, as
 * elsewhere.
 */
static bool heap_grant(char *end)
{
    if (end <= heap.granted)
        return true;
    uint64_t left = memory_left(), wanted = (uint64_t)(end - heap.end);
    if (wanted > left)
        return false;
    uint64_t step = left - wanted < HEAP_STEP ? left - wanted : HEAP_STEP;
    heap.granted = (uint64_t)(heap.limit - end) < step ? heap.limit : end + step;
    return true;
}

/* Much that isn't used any more is mapped anew, so that nobody pays for it. */
static void heap_give_back(void)
{
    uint64_t from = page_up((uint64_t)heap.end), mapped;
    if ((uint64_t)heap.granted < from + HEAP_SPARE)
        return;
    if (!SYSTEM_CALL(memory_map_anonymous(
            PROCESS_CAP(MEMORY), from, page_up((uint64_t)heap.granted) - from,
            MEMORY_READ | MEMORY_WRITE | MEMORY_PRIVATE | MEMORY_FIXED, &mapped)))
        heap.granted = (char *)from;
}

void *sbrk(ptrdiff_t change)
{
    if (!heap.begin && heap_open())
        return (void *)-1;
    char *old = heap.end;
    if (change > heap.limit - old || change < heap.begin - old || !heap_grant(old + change)) {
        errno = ENOMEM;
        return (void *)-1;
    }
    heap.end += change;
    if (change < 0)
        heap_give_back();
    return old;
}
