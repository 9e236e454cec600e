/* SPDX-License-Identifier: BSD-2-Clause */
/* hosted: address spaces, what is mapped there, and what becomes of it. */
#include "tests/host/hosted/check.h"
#include "tests/host/hosted/unit.h"

#include <string.h>

#define READ ACCESS_READ
#define WRITE (ACCESS_READ | ACCESS_WRITE)
#define FIRST 40 /* free slots */
#define SPACE 32 /* a VSpace of its own */
#define AT 0x40000000ull
#define KIB 1024ull
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

static void make_space(unsigned size_bits)
{
    unit_make_from(ROOT_UNTYPED_2, OBJECT_VSPACE, size_bits, SPACE);
}

static struct vspace *space(void)
{
    return ref_pointer(root_slot(SPACE)->object);
}

static err_t map(unsigned frame, uint64_t address, uint64_t offset, uint64_t length,
                 unsigned access)
{
    return INVOKE(frame, frame_map, CAP_OF(SPACE), address, offset, length, access);
}

static void device(unsigned slot, uint64_t address, unsigned size_bits)
{
    REQUIRE(INVOKE(ROOT_PLATFORM, platform_device, CAP_OF(ROOT_CNODE), slot, address, size_bits) ==
            0);
}

/* The physical page behind a virtual address; 0: nothing. */
static uint64_t behind(uint64_t address)
{
    const struct translations *tables = seen_tables(space());
    for (unsigned i = 0; i < tables->count; i++) {
        const struct translation *one = &tables->list[i];
        if (address >> 12 >= one->page && address >> 12 < one->page + one->count)
            return one->physical + (address >> 12) - one->page;
    }
    return 0;
}

static void map_and_unmap(void)
{
    make_space(15);
    REQUIRE(map(ROOT_MODULE, AT, 0, 4 * MIB, WRITE) == 0);
    REQUIRE(behind(AT + 3 * MIB) == (MODULE_ADDRESS + 3 * MIB) >> 12);
    REQUIRE(space()->pool.used_count == 2);
    REQUIRE(INVOKE(ROOT_MODULE, frame_unmap, MIB, 4096) == 0);
    REQUIRE(behind(AT + MIB) == 0 && behind(AT + MIB + 4096) && behind(AT + MIB - 1));
    REQUIRE(INVOKE(ROOT_MODULE, frame_protect, 0, 4 * MIB, READ) == 0);
    REQUIRE(map(ROOT_MODULE, AT + MIB, MIB, 4096, WRITE) == 0);
    REQUIRE(INVOKE(ROOT_MODULE, frame_unmap, 0, 4 * MIB) == 0);
    REQUIRE(space()->pool.used_count == 0 && behind(AT) == 0);
    REQUIRE(ERR_CODE(INVOKE(ROOT_MODULE, frame_unmap, 0, 4096)) == ERROR_NOT_MAPPED);
}

/* A large page, then small ones, then a large one: none is passed over. */
static void large_and_small(void)
{
    make_space(15);
    device(FIRST, DEVICE_ADDRESS, 23);
    for (unsigned by_delete = 0; by_delete < 2; by_delete++) {
        REQUIRE(map(FIRST, AT, 0, 8 * MIB, WRITE) == 0);
        REQUIRE(INVOKE(FIRST, frame_unmap, 3 * MIB, 4096) == 0);
        REQUIRE(INVOKE(FIRST, frame_protect, 0, 8 * MIB, READ) == 0);
        for (unsigned i = 0; i < seen_tables(space())->count; i++)
            REQUIRE(!(seen_tables(space())->list[i].flags & PTE_WRITE));
        if (by_delete)
            REQUIRE(unit_delete(FIRST) == 0);
        else
            REQUIRE(INVOKE(FIRST, frame_unmap, 0, 8 * MIB) == 0);
        REQUIRE(seen_tables(space())->count == 0);
    }
}

/* More mappings than one step forgets, and the rest of the deletion never comes. */
static void destroyed_in_part(void)
{
    make_space(15);
    unit_make(OBJECT_FRAME, 12, FIRST);
    for (unsigned i = 1; i <= 80; i++) {
        unit_copy(FIRST, FIRST + i, 3);
        REQUIRE(map(FIRST + i, AT + i * 4096, 0, 4096, WRITE) == 0);
    }
    REQUIRE(INVOKE_ONCE(ROOT_CNODE, cnode_delete, SPACE));
    machine.user.rip += 2;
    REQUIRE(behind(AT + 4096) == 0 && behind(AT + 80 * 4096) == 0);
    REQUIRE(unit_delete(FIRST) == 0);
    REQUIRE(unit_delete(SPACE) == 0);
}

/* As large as a Frame can be. */
static void largest_frame(void)
{
    make_space(15);
    device(FIRST, DEVICE_ADDRESS, 36);
    for (unsigned by_unmap = 0; by_unmap < 2; by_unmap++) {
        REQUIRE(map(FIRST, 64 * GIB, 0, 64 * GIB, WRITE) == 0);
        REQUIRE(behind(64 * GIB + 63 * GIB) == (DEVICE_ADDRESS + 63 * GIB) >> 12);
        if (by_unmap)
            REQUIRE(INVOKE(FIRST, frame_unmap, 0, 64 * GIB) == 0);
        else
            REQUIRE(unit_delete(FIRST) == 0);
        REQUIRE(behind(64 * GIB) == 0 && behind(128 * GIB - 1) == 0);
        REQUIRE(!space()->mappings && space()->pool.used_count == 0);
        if (!by_unmap)
            device(FIRST, DEVICE_ADDRESS, 36);
    }
}

static void use_up_tables(void)
{
    for (unsigned i = 0; space()->pool.free_count; i++) {
        uint64_t far = space()->pool.free_count > 1 ? i * GIB : i * 2 * MIB;
        device(FIRST + 10 + i, 2 * DEVICE_ADDRESS, 12);
        REQUIRE(map(FIRST + 10 + i, 8 * GIB + far, 0, 4096, WRITE) == 0);
    }
}

/*
 * A window's end in another's large page, which nobody may split: there is no table for it. First
 * the other is of the same Frame, then of another.
 */
static void window_in_another_page(void)
{
    for (unsigned same = 0; same < 2; same++) {
        make_space(15);
        device(FIRST + 3, DEVICE_ADDRESS, 30);
        unit_copy(FIRST + 3, FIRST, 255);
        unit_copy(FIRST + 3, FIRST + 1, 255);
        device(FIRST + 2, DEVICE_ADDRESS + GIB, 30);
        REQUIRE(map(FIRST, AT, 0, 4096, WRITE) == 0);
        REQUIRE(map(FIRST, AT + 4 * MIB, 4 * MIB, 4096, WRITE) == 0);
        REQUIRE(INVOKE(FIRST, frame_unmap, 0, 8192) == 0);
        REQUIRE(map(same ? FIRST + 1 : FIRST + 2, AT, 0, 2 * MIB, WRITE) == 0);
        use_up_tables();
        REQUIRE(unit_delete(FIRST) == 0);
        REQUIRE(behind(AT + 8192) != 0 && behind(AT + 4 * MIB) == 0);
        REQUIRE(unit_revoke(ROOT_PLATFORM) == 0 && unit_delete(SPACE) == 0);
    }
}

/* A page of 1 GiB doesn't go where one of 2 MiB is. */
static void large_over_large(void)
{
    make_space(15);
    device(FIRST, DEVICE_ADDRESS, 30);
    device(FIRST + 1, DEVICE_ADDRESS + GIB, 30);
    REQUIRE(map(FIRST, AT, 0, 2 * MIB, WRITE) == 0);
    REQUIRE(map(FIRST + 1, AT, 0, GIB, WRITE) == ERR(ERROR_OCCUPIED, 2, 0, BLAME_CALLER));
    REQUIRE(behind(AT) == DEVICE_ADDRESS >> 12);
}

/* What makes tables goes, while a thread runs there. */
static void tables_go(void)
{
    unit_make(OBJECT_FRAME, 14, FIRST);
    unit_make(OBJECT_FRAME, 12, FIRST + 1);
    REQUIRE(INVOKE(FIRST + 1, frame_map, CAP_OF(ROOT_VSPACE), AT, 0, 4096, WRITE) == 0);
    REQUIRE(INVOKE(ROOT_VSPACE, vspace_supply, CAP_OF(FIRST)) == 0);
    REQUIRE(INVOKE(FIRST, frame_info, 0) ==
            ERR(ERROR_UNKNOWN_OPERATION, 0, OBJECT_TABLES, BLAME_CALLER));
    REQUIRE(unit_delete(FIRST) == 0);
    unit_make(OBJECT_FRAME, 14, FIRST);
    REQUIRE(INVOKE(ROOT_VSPACE, vspace_supply, CAP_OF(FIRST)) == 0);
    REQUIRE(INVOKE(FIRST + 1, frame_map, CAP_OF(ROOT_VSPACE), AT, 0, 4096, WRITE) == 0);
}

/* Whatever lies in memory that is given for tables, they begin empty. */
static void supplied_dirty(void)
{
    make_space(15);
    device(FIRST, DEVICE_ADDRESS, 12);
    use_up_tables();
    unit_make(OBJECT_FRAME, 14, FIRST + 1);
    memset(ref_pointer(root_slot(FIRST + 1)->object), 0xff, 1 << 14);
    REQUIRE(INVOKE(SPACE, vspace_supply, CAP_OF(FIRST + 1)) == 0);
    REQUIRE(space()->pool.free_count == 4);
    REQUIRE(map(FIRST, 128 * GIB, 0, 4096, WRITE) == 0);
    REQUIRE(behind(128 * GIB) == DEVICE_ADDRESS >> 12 && behind(128 * GIB + 4096) == 0);
    REQUIRE(unit_delete(FIRST) == 0 && space()->pool.free_count >= 3);
}

/* A change within a page of 1 GiB splits it in two steps. Meanwhile others unmap what it is about,
 * or use up the tables that it would have taken. */
static void split_in_steps(void)
{
    for (unsigned step = 1; step <= 2; step++) {
        for (unsigned use_up = 0; use_up < 2; use_up++) {
            make_space(16);
            device(FIRST, DEVICE_ADDRESS, 30);
            REQUIRE(map(FIRST, AT, 0, GIB, WRITE) == 0);
            uint32_t used = space()->pool.used_count;
            for (unsigned i = 0; i < step; i++)
                REQUIRE(INVOKE_ONCE(FIRST, frame_protect, 5 * 4096, 4096, READ));
            REQUIRE(space()->pool.used_count == used + step);
            REQUIRE(behind(AT + 5 * 4096) == (DEVICE_ADDRESS >> 12) + 5);
            machine.user.rip += 2;
            if (use_up)
                use_up_tables();
            else
                REQUIRE(INVOKE(FIRST, frame_unmap, 0, GIB - 4096) == 0);
            err_t error = INVOKE(FIRST, frame_protect, 5 * 4096, 4096, READ);
            REQUIRE(
                error ==
                (use_up && step == 1 ? ERR(ERROR_NO_TABLES, 0, OBJECT_FRAME, BLAME_RESOURCE) : 0));
            REQUIRE(unit_revoke(ROOT_PLATFORM) == 0 && unit_delete(SPACE) == 0);
        }
    }
}

/* Access is changed in steps of half a table; pages are unmapped by the table. */
static void runs(void)
{
    make_space(16);
    REQUIRE(map(ROOT_MODULE, AT, 4096, 3 * MIB, WRITE) == 0);
    REQUIRE(INVOKE_ONCE(ROOT_MODULE, frame_protect, 4096, 3 * MIB, 0));
    machine.user.rip += 2;
    uint64_t *table =
        pagetable_next(*pagetable_next(*pagetable_next(space()->root[0], AT, 2), AT, 1), AT, 0);
    REQUIRE(!(table[255] & PTE_USER) && (table[256] & PTE_USER));
    REQUIRE(INVOKE_ONCE(ROOT_MODULE, frame_unmap, 4096, 3 * MIB));
    machine.user.rip += 2;
    REQUIRE(behind(AT + 2 * MIB - 4096) == 0 && behind(AT + 2 * MIB) != 0);
    REQUIRE(INVOKE(ROOT_MODULE, frame_unmap, 4096, 3 * MIB) == 0);
}

int main(void)
{
    unit_run("vspace: map, split, protect, unmap", map_and_unmap);
    unit_run("vspace: large and small pages in one range", large_and_small);
    unit_run("vspace: a deletion that never ends leaves no page mapped", destroyed_in_part);
    unit_run("vspace: the largest Frame", largest_frame);
    unit_run("vspace: a window that ends in another's large page", window_in_another_page);
    unit_run("vspace: a large page over another", large_over_large);
    unit_run("vspace: the memory of tables goes", tables_go);
    unit_run("vspace: memory for tables that isn't zero", supplied_dirty);
    unit_run("vspace: a page split in steps", split_in_steps);
    unit_run("vspace: runs of entries", runs);
    return unit_end();
}
