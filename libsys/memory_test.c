/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: libsys/memory.c libsys/slots.c */
/*
 * The memory bookkeeping over a little model of the kernel's Untypeds, which hands each out from
 * its start to its end, every object aligned to its size.
 */

#include <stdio.h>
#include <string.h>

#include "libsys/invoke.h"
#include "libsys/memory.h"

#define CNODE CAP_OF(1)
#define SLOTS 64

static struct {
    uint64_t bytes, used;
    bool device;
} kernel_untyped[SLOTS];
static bool kernel_slot[SLOTS];
static int failures;

static err_t kernel_retype(uint32_t untyped, const struct message *message)
{
    uint64_t index = message->word[1], count = message->word[2], size = 1ull << message->word[4];
    uint64_t begin = (kernel_untyped[untyped].used + size - 1) / size * size;

    if (message->word[0] != CNODE || index + count > SLOTS)
        return ERR(ERROR_OUT_OF_RANGE, 2, 0, BLAME_CALLER);
    for (uint64_t i = index; i < index + count; i++)
        if (kernel_slot[i])
            return ERR(ERROR_OCCUPIED, 2, 0, BLAME_CALLER);
    if (begin + count * size > kernel_untyped[untyped].bytes)
        return ERR(ERROR_NO_MEMORY, 0, OBJECT_UNTYPED, BLAME_RESOURCE);
    kernel_untyped[untyped].used = begin + count * size;
    memset(kernel_slot + index, 1, count);
    return 0;
}

struct syscall_result host_syscall(enum syscall number, cap_t cap, struct message *message)
{
    uint32_t slot = CAP_INDEX(cap);
    err_t error = 0;

    (void)number;
    if (cap == CNODE && message->tag == OP_cnode_delete) {
        kernel_slot[message->word[0]] = false;
    } else if (cap == CNODE && message->tag == OP_cnode_revoke) {
        kernel_untyped[message->word[0]].used = 0;
    } else if (kernel_untyped[slot].bytes == 0) {
        error = ERR(ERROR_WRONG_TYPE, 0, 0, BLAME_CALLER);
    } else if (message->tag == OP_untyped_retype) {
        error = kernel_retype(slot, message);
    } else {
        message->word[1] = kernel_untyped[slot].bytes;
        message->word[2] = kernel_untyped[slot].bytes - kernel_untyped[slot].used;
        message->word[3] = kernel_untyped[slot].device;
    }
    return (struct syscall_result){.rax = error, .carry = error != 0};
}

static void report(const char *name, bool good)
{
    printf(good ? "ok %s\n" : "not ok %s: wrong answer\n", name);
    failures += !good;
}

static void add(struct memory *memory, uint32_t slot, uint64_t bytes, bool device)
{
    kernel_untyped[slot].bytes = bytes;
    kernel_untyped[slot].device = device;
    kernel_slot[slot] = true;
    report("memory: add an Untyped", memory_add(memory, CAP_OF(slot)) == 0);
}

int main(void)
{
    static uint64_t bitmap[SLOTS_WORDS(SLOTS)];
    static struct memory memory;
    struct slots slots;
    cap_t cap;

    slots_init(&slots, bitmap, 8, SLOTS);
    memory_init(&memory, &slots, CNODE);
    report("memory: nothing to make it of",
           ERR_CODE(memory_make_one(&memory, OBJECT_FRAME, 12, &cap)) == ERROR_NO_MEMORY);
    add(&memory, 2, 1 << 20, false);
    add(&memory, 3, 1 << 14, false);
    add(&memory, 4, 1 << 12, true);
    report("memory: not an Untyped", ERR_CODE(memory_add(&memory, CAP_OF(5))) == ERROR_WRONG_TYPE);
    report("memory: free", memory_free(&memory) == (1 << 20) + (1 << 14));

    report("memory: the tightest fit, not the device",
           memory_make_one(&memory, OBJECT_FRAME, 12, &cap) == 0 && cap == CAP_OF(8) &&
               kernel_untyped[3].used == 4096);
    report("memory: alignment counts",
           memory_make_one(&memory, OBJECT_ENDPOINT, 7, &cap) == 0 &&
               memory_make_one(&memory, OBJECT_UNTYPED, 13, &cap) == 0 &&
               kernel_untyped[3].used == 1 << 14);
    report("memory: a row of slots", memory_make(&memory, OBJECT_FRAME, 12, 5, &cap) == 0 &&
                                         kernel_untyped[2].used == 5 * 4096);
    report("memory: too large",
           ERR_CODE(memory_make_one(&memory, OBJECT_FRAME, 21, &cap)) == ERROR_NO_MEMORY);
    report("memory: an absurd size",
           ERR_CODE(memory_make_one(&memory, OBJECT_FRAME, 64, &cap)) == ERROR_OUT_OF_RANGE);
    report("memory: no slots",
           ERR_CODE(memory_make(&memory, OBJECT_ENDPOINT, 7, 60, &cap)) == ERROR_FULL);

    uint32_t before = slots.free;
    kernel_slot[16] = true; /* what slots.c believes free isn't */
    report("memory: a refusal gives the slots back",
           ERR_CODE(memory_make_one(&memory, OBJECT_FRAME, 12, &cap)) == ERROR_OCCUPIED &&
               slots.free == before && cap == 0);
    kernel_slot[16] = false;
    report("memory: delete", memory_delete(&memory, CAP_OF(8)) == 0 && slots.free == before + 1);
    report("memory: reset",
           memory_reset(&memory) == 0 && memory_free(&memory) == (1 << 20) + (1 << 14));
    return failures != 0;
}
