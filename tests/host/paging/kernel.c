/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "tests/host/paging/kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libsys/syscall.h"
#include "libsys/table.h"

#define PAGE 4096ull
#define NOBODY 0u
#define POOL 6 /* tables that a VSpace begins with */

struct page_entry {
    uint64_t physical; /* + 1; 0: nothing */
    unsigned access;
};

struct slot {
    enum object_type type;
    uint32_t parent; /* slot it derives from */
    bool original;
    uint64_t address, bytes, used;
    uint32_t vspace; /* a Frame: slot of the VSpace where it's mapped; 0: nowhere */
    uint64_t base;   /* address of its first page there */
    uint64_t low, high;
    struct page_entry *table; /* VSpace original */
};

static struct slot slots[HOST_SLOTS];
static int ram;
static char *ram_view;
uint32_t host_refuse_retype, host_refuse_map;

static void require(bool good, const char *what)
{
    if (good)
        return;
    printf("not ok kernel: %s\n", what);
    exit(1);
}

static bool refuse(uint32_t one_of)
{
    return one_of && (uint32_t)rand() % one_of == 0;
}

static err_t fail(enum error_code code)
{
    return ERR(code, 0, 0, BLAME_RESOURCE);
}

static struct slot *at(uint64_t cap, enum object_type type)
{
    require(CAP_INDEX(cap) < HOST_SLOTS, "a handle within the table");
    struct slot *slot = &slots[CAP_INDEX(cap)];
    require(slot->type == type, "a capability of the right type");
    return slot;
}

void host_kernel_init(uint64_t bytes)
{
    ram = memfd_create("ram", 0);
    require(ram >= 0 && ftruncate(ram, (off_t)bytes) == 0, "memory");
    ram_view = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ram, 0);
    require(ram_view != MAP_FAILED, "a view of it");
    slots[CAP_INDEX(HOST_CNODE)].type = OBJECT_CNODE;
    slots[CAP_INDEX(HOST_VSPACE)].type = OBJECT_VSPACE;
    slots[CAP_INDEX(HOST_UNTYPED)] =
        (struct slot){.type = OBJECT_UNTYPED, .original = true, .bytes = bytes};
}

/* The VSpace original behind a capability. */
static struct slot *vspace_of(uint32_t index)
{
    while (!slots[index].original && slots[index].parent)
        index = slots[index].parent;
    return &slots[index];
}

static struct page_entry *entry_of(const struct slot *vspace, uint64_t address)
{
    uint64_t page = (address - WINDOW_BASE) / PAGE;
    require(vspace->table && page < WINDOW_PAGES, "an address within the window");
    return &vspace->table[page];
}

/* ---- mapping --------------------------------------------------------------------------------- */

static err_t map(struct slot *frame, const uint64_t *word)
{
    uint32_t target = CAP_INDEX(word[0]);
    uint64_t address = word[1], offset = word[2], length = word[3];
    require(offset + length <= frame->bytes && length && word[4], "a part of the Frame");
    if (word[0] == HOST_VSPACE) {
        void *place = mmap((void *)address, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                           ram, (off_t)(frame->address + offset));
        require(place == (void *)address, "the server's own mapping");
        return 0;
    }
    struct slot *vspace = vspace_of(target);
    require(!frame->vspace || (frame->vspace == target && frame->base == address - offset),
            "a mapping in line");
    for (uint64_t i = 0; i < length; i += PAGE)
        if (entry_of(vspace, address + i)->physical)
            return fail(ERROR_OCCUPIED);
    /* Half of it may be done when a table is missing. */
    uint64_t end = refuse(host_refuse_map) ? (length / PAGE / 2) * PAGE : length;
    for (uint64_t i = 0; i < end; i += PAGE)
        *entry_of(vspace, address + i) =
            (struct page_entry){frame->address + offset + i + 1, (unsigned)word[4]};
    if (end) {
        frame->low = frame->vspace && frame->low < offset ? frame->low : offset;
        frame->high = frame->vspace && frame->high > offset + end ? frame->high : offset + end;
        frame->vspace = target;
        frame->base = address - offset;
    }
    return end < length ? fail(ERROR_NO_TABLES) : 0;
}

static err_t change(struct slot *frame, uint64_t offset, uint64_t length, bool unmap,
                    unsigned access)
{
    require(offset + length <= frame->bytes && length, "a part of the Frame");
    if (!frame->vspace)
        return fail(ERROR_NOT_MAPPED);
    struct slot *vspace = vspace_of(frame->vspace);
    uint64_t begin = offset > frame->low ? offset : frame->low;
    uint64_t end = offset + length < frame->high ? offset + length : frame->high;
    for (uint64_t i = begin; i < end; i += PAGE) {
        struct page_entry *entry = entry_of(vspace, frame->base + i);
        if (entry->physical != frame->address + i + 1)
            continue;
        entry->access = access;
        if (unmap)
            entry->physical = 0;
    }
    if (unmap && begin == frame->low && end == frame->high)
        frame->vspace = 0;
    return 0;
}

void *host_page(cap_t vspace, uint64_t address, unsigned *access)
{
    const struct page_entry *entry = entry_of(vspace_of(CAP_INDEX(vspace)), address);
    *access = entry->access;
    return entry->physical && entry->access ? ram_view + (entry->physical - 1) : NULL;
}

uint32_t host_mapped(cap_t vspace)
{
    const struct slot *original = vspace_of(CAP_INDEX(vspace));
    uint32_t count = 0;
    for (uint32_t i = 0; i < WINDOW_PAGES; i++)
        count += original->table[i].physical != 0;
    return count;
}

/* ---- capabilities ---------------------------------------------------------------------------- */

static void clear(uint32_t index)
{
    struct slot *slot = &slots[index];
    if (slot->type == OBJECT_FRAME && slot->vspace)
        (void)change(slot, 0, slot->bytes, true, 0);
    free(slot->table);
    *slot = (struct slot){0};
}

static void revoke_all(uint32_t index)
{
    for (uint32_t i = 1; i < HOST_SLOTS; i++) {
        if (slots[i].type == OBJECT_NULL || slots[i].parent != index)
            continue;
        revoke_all(i);
        clear(i);
    }
    slots[index].used = 0;
}

static err_t remove_slot(uint32_t index)
{
    for (uint32_t i = 1; i < HOST_SLOTS; i++)
        if (slots[i].parent == index && index)
            require(!slots[index].original, "no original is deleted that others derive from");
    for (uint32_t i = 1; i < HOST_SLOTS; i++)
        if (index && slots[i].parent == index)
            slots[i].parent = slots[index].parent;
    clear(index);
    return 0;
}

static err_t retype(struct slot *untyped, uint32_t self, const uint64_t *word)
{
    uint64_t size = 1ull << word[4], begin = (untyped->used + size - 1) & -size;
    if (begin + size * word[2] > untyped->bytes || refuse(host_refuse_retype))
        return fail(ERROR_NO_MEMORY);
    for (uint64_t i = 0; i < word[2]; i++, begin += size) {
        struct slot *slot = &slots[word[1] + i];
        require(slot->type == OBJECT_NULL, "an empty slot");
        *slot = (struct slot){.type = (enum object_type)word[3],
                              .parent = self,
                              .original = true,
                              .address = untyped->address + begin,
                              .bytes = size};
        if (slot->type == OBJECT_VSPACE)
            slot->table = calloc(WINDOW_PAGES, sizeof *slot->table);
        if (slot->type != OBJECT_UNTYPED)
            memset(ram_view + slot->address, 0, size);
        untyped->used = begin + size;
    }
    return 0;
}

static err_t copy(uint64_t index, uint64_t source)
{
    struct slot *slot = &slots[index], *from = &slots[CAP_INDEX(source)];
    require(slot->type == OBJECT_NULL && from->type != OBJECT_NULL, "a copy into an empty slot");
    *slot = (struct slot){.type = from->type,
                          .parent = CAP_INDEX(source),
                          .address = from->address,
                          .bytes = from->bytes};
    return 0;
}

static err_t supply(uint64_t cap)
{
    struct slot *frame = at(cap, OBJECT_FRAME);
    require(frame->original && !frame->vspace, "a Frame of its own for tables");
    frame->type = OBJECT_TABLES;
    return 0;
}

static err_t invoke(cap_t cap, struct message *message)
{
    uint32_t index = CAP_INDEX(cap);
    struct slot *self = &slots[index];
    uint64_t *word = message->word;
    switch ((unsigned)self->type << 8 | (unsigned)message->tag) {
    case OBJECT_UNTYPED << 8 | OP_untyped_retype:
        return retype(self, index, word);
    case OBJECT_UNTYPED << 8 | OP_untyped_info:
        word[0] = self->address;
        word[1] = self->bytes;
        word[2] = self->bytes - self->used;
        word[3] = 0;
        return 0;
    case OBJECT_CNODE << 8 | OP_cnode_copy:
        return copy(word[0], word[1]);
    case OBJECT_CNODE << 8 | OP_cnode_delete:
        return remove_slot((uint32_t)word[0]);
    case OBJECT_CNODE << 8 | OP_cnode_revoke:
        revoke_all((uint32_t)word[0]);
        return 0;
    case OBJECT_FRAME << 8 | OP_frame_map:
        return map(self, word);
    case OBJECT_FRAME << 8 | OP_frame_protect:
        return change(self, word[0], word[1], false, (unsigned)word[2]);
    case OBJECT_FRAME << 8 | OP_frame_unmap:
        return change(self, word[0], word[1], true, 0);
    case OBJECT_VSPACE << 8 | OP_vspace_info:
        word[0] = POOL;
        return 0;
    case OBJECT_VSPACE << 8 | OP_vspace_supply:
        return supply(word[0]);
    default:
        require(false, "an operation that it knows");
        return 0;
    }
}

struct syscall_result host_syscall(enum syscall number, cap_t cap, struct message *message)
{
    require(number == SYSCALL_CALL, "no system call but CALL");
    err_t error = invoke(cap, message);
    return (struct syscall_result){.rax = error, .carry = error != 0};
}

/* Its table is as large as can be from the beginning. */
void table_grows(struct slots *table, uint32_t most, err_t (*memory)(unsigned bits, cap_t *untyped))
{
    (void)table, (void)most, (void)memory;
}
