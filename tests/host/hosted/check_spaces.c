/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address spaces. Each page-table entry that is present lies in the window of a Frame capability
 * in the space's list, maps that Frame's memory at the right place, and allows no more than the
 * capability; tables count their entries; each page of the pool is free or a table, once; and what
 * the processor may have cached is what the tables say.
 */
#include "tests/host/hosted/check.h"

#include <string.h>

#include "kernel/arch/x86_64/features.h"

#define SPACES_MAX 64
#define COUNT_SHIFT 52
#define FLAGS_MASK (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_PWT | PTE_PCD | PTE_NX)

static struct translations tables[SPACES_MAX];
static const struct vspace *owner[SPACES_MAX];
static unsigned space_count;

static uint32_t pool_page[ARENA_BYTES >> PAGE_BITS]; /* taken by the pool or table of this check */
static uint32_t check_number;

const struct translations *seen_tables(const struct vspace *vspace)
{
    for (unsigned i = 0; i < space_count; i++)
        if (owner[i] == vspace)
            return &tables[i];
    return NULL;
}

/* --- tables --- */

/* A page of the pool: in the space's own memory, or in what was supplied to it. */
static void take_page(const struct vspace *vspace, const void *page)
{
    uint64_t number = ((uint64_t)page - PHYS_BASE) >> PAGE_BITS;
    const struct slot *original = seen_original_at(page);
    EXPECT((uint64_t)page % PAGE_SIZE == 0 && original, "a table's page is nobody's memory");
    bool own = original->type == OBJECT_VSPACE && ref_pointer(original->object) == vspace &&
               (const char *)page >= (const char *)vspace + VSPACE_BYTES;
    bool supplied = original->type == OBJECT_TABLES && ref_pointer(original->vspace) == vspace;
    EXPECT(own || supplied, "a table's page belongs to an object of type %u", original->type);
    EXPECT(pool_page[number] != check_number, "a table's page is used twice");
    pool_page[number] = check_number;
}

struct table_walk {
    const struct vspace *vspace;
    struct translations *found;
    unsigned used;
};

static void check_leaf(struct table_walk *walk, uint64_t entry, uint64_t page, unsigned level)
{
    uint64_t span = 1ull << 9 * level, physical = (entry & PTE_ADDRESS) >> PAGE_BITS;
    EXPECT(!(entry & PTE_WRITE) || (entry & PTE_NX), "page %lx is writable and executable", page);
    EXPECT(!(entry & PTE_WRITE) || (entry & PTE_USER), "page %lx is writable by the kernel", page);
    EXPECT(!(entry & PTE_GLOBAL), "a global user page");
    EXPECT(physical % span == 0, "page %lx is misaligned", page);
    translations_append(walk->found,
                        (struct translation){page, span, physical, entry & FLAGS_MASK});
}

/* The number of entries in use. Four levels: the recursion of this test is bounded. */
static unsigned check_table(struct table_walk *walk, const uint64_t *table, unsigned level,
                            uint64_t first_page)
{
    unsigned count = 0, entries = level == 3 ? 256 : 512;
    for (unsigned i = 0; i < entries; i++) {
        uint64_t entry = table[i], page = first_page + ((uint64_t)i << 9 * level);
        if (!(entry & PTE_PRESENT)) {
            EXPECT(entry == 0, "an absent entry holds %lx", entry);
            continue;
        }
        count++;
        if (level == 0 || (entry & PTE_LARGE)) {
            EXPECT(level < 3, "a large page in the root");
            check_leaf(walk, entry, page, level);
            continue;
        }
        EXPECT((entry & (PTE_WRITE | PTE_USER | PTE_NX)) == (PTE_WRITE | PTE_USER),
               "a table's entry restricts what is below");
        const uint64_t *below = phys_pointer(entry & PTE_ADDRESS);
        take_page(walk->vspace, below);
        walk->used++;
        unsigned in_use = check_table(walk, below, level - 1, page);
        EXPECT(in_use && in_use == (entry >> COUNT_SHIFT & 0x3ff),
               "a table has %u entries in use, counted as %lu", in_use,
               entry >> COUNT_SHIFT & 0x3ff);
    }
    return count;
}

/* The pages of a list: how many. They are all zero but for what links them, if they must be. */
static unsigned check_free(const struct vspace *vspace, const struct free_tables *list, bool clean)
{
    unsigned count = 0;
    for (; list; list = list->next) {
        for (uint64_t i = 0; i < list->pages; i++, count++) {
            const uint64_t *page = (const uint64_t *)list + i * 512;
            take_page(vspace, page);
            for (unsigned word = i ? 0 : 2; word < 512 && clean && check_number % 16 == 0; word++)
                EXPECT(page[word] == 0, "a free table isn't zero");
        }
    }
    return count;
}

static void check_pool(const struct vspace *vspace, unsigned used)
{
    unsigned count = check_free(vspace, vspace->pool.clean, true);
    count += check_free(vspace, vspace->pool.dirty, false);
    EXPECT(count == vspace->pool.free_count, "%u tables are free, counted as %u", count,
           vspace->pool.free_count);
    EXPECT(used == vspace->pool.used_count, "%u tables are used, counted as %u", used,
           vspace->pool.used_count);
}

/* --- mappings --- */

static uint64_t window_begin(const struct slot *frame)
{
    return (frame->map_page + frame->low) & ((1ull << 36) - 1);
}

/* How many pages of `rest`, from its start, the capability accounts for. */
static uint64_t accounted(const struct slot *frame, const struct translation *rest)
{
    uint64_t begin = window_begin(frame), end = begin + frame->high - frame->low;
    if (rest->page < begin || rest->page >= end)
        return 0;
    if (rest->physical != frame->frame_page + frame->low + (rest->page - begin))
        return 0;
    if ((rest->flags & PTE_WRITE && !(frame->rights & RIGHT_FRAME_WRITE)) ||
        (rest->flags & PTE_USER && !(frame->rights & RIGHT_FRAME_READ)) ||
        (!(rest->flags & PTE_NX) && !(frame->rights & RIGHT_FRAME_EXECUTE)))
        return 0;
    bool device = frame->flags & SLOT_DEVICE;
    if (device != ((rest->flags & (PTE_PWT | PTE_PCD)) != 0) && rest->flags & PTE_USER)
        return 0;
    return rest->count < end - rest->page ? rest->count : end - rest->page;
}

static void check_accounted(const struct vspace *vspace, const struct translation *one)
{
    struct translation rest = *one;
    while (rest.count) {
        uint64_t pages = 0;
        for (ref_t ref = vspace->mappings; ref && !pages; ref = slot_of(ref)->map_next)
            pages = accounted(slot_of(ref), &rest);
        EXPECT(pages, "page %lx maps physical page %lx, flags %lx, with no capability's leave",
               rest.page, rest.physical, rest.flags);
        rest.page += pages;
        rest.physical += pages;
        rest.count -= pages;
    }
}

static unsigned check_list(ref_t list, ref_t vspace, enum object_type type)
{
    ref_t before = 0;
    unsigned count = 0;
    for (ref_t ref = list; ref; before = ref, ref = slot_of(ref)->map_next) {
        const struct slot *slot = slot_of(ref);
        EXPECT(seen_slot(slot) && slot->type == type && !(slot->flags & SLOT_EMBEDDED),
               "a list of mappings holds what is no mapping");
        EXPECT(slot->vspace == vspace && slot->map_prev == before, "a list of mappings is broken");
        EXPECT(++count < CAPS_MAX, "a list of mappings doesn't end");
        if (type == OBJECT_FRAME)
            EXPECT(slot->low < slot->high && slot->high <= 1ull << (slot->size_bits - PAGE_BITS),
                   "a window is empty, or behind its Frame's end");
    }
    return count;
}

static void check_cached(const struct vspace *vspace, const struct translations *found)
{
    unsigned pcid = vspace->cr3 & 0xfff;
    uint64_t page, root = phys_of(vspace->root);
    bool loaded = (machine.cr3 & PTE_ADDRESS) == root;
    if (pcid == 0 && !loaded)
        return;
    EXPECT(translations_within(tlb_cached(pcid), found, &page),
           "page %lx was changed, and the TLB isn't told", page);
    if (loaded)
        tlb_fill(pcid, found);
}

static unsigned check_space(const struct slot *original)
{
    const struct vspace *vspace = ref_pointer(original->object);
    EXPECT(space_count < SPACES_MAX, "more spaces than the test has room for");
    struct table_walk walk = {vspace, &tables[space_count], 0};
    owner[space_count++] = vspace;
    walk.found->count = 0;
    check_table(&walk, vspace->root, 3, 0);
    check_pool(vspace, walk.used);
    EXPECT(vspace->root[KERNEL_ROOT_INDEX] == kmap_root_entry(), "the kernel isn't mapped");
    EXPECT((vspace->cr3 & PTE_ADDRESS) == phys_of(vspace->root), "cr3 isn't the root table");
    unsigned lists = check_list(vspace->mappings, original->object, OBJECT_FRAME) +
                     check_list(vspace->supplies, original->object, OBJECT_TABLES);
    for (unsigned i = 0; i < walk.found->count; i++)
        check_accounted(vspace, &walk.found->list[i]);
    check_cached(vspace, walk.found);
    return lists;
}

/* PCIDs are apart, and what is cached belongs to one of the spaces. */
static void check_pcids(void)
{
    bool used[TLB_SPACES] = {true};
    for (unsigned i = 0; i < space_count; i++) {
        unsigned pcid = owner[i]->cr3 & 0xfff;
        EXPECT(pcid < TLB_SPACES && (pcid != 0) == cpu_features.pcid, "PCID %u", pcid);
        EXPECT(pcid == 0 || !used[pcid], "two spaces have PCID %u", pcid);
        used[pcid] = true;
    }
    for (unsigned i = 0; i < TLB_SPACES; i++)
        EXPECT(used[i] || tlb_cached(i)->count == 0,
               "a space is gone, and cached translations stay");
}

void check_spaces(void)
{
    unsigned in_lists = 0, mapped = 0;
    check_number++;
    space_count = 0;
    for (unsigned i = 0; i < seen.range_count; i++)
        if (seen.range[i].slot && seen.range[i].slot->type == OBJECT_VSPACE)
            in_lists += check_space(seen.range[i].slot);
    check_pcids();
    for (unsigned i = 1; i < seen.cap_count; i++) {
        const struct slot *slot = seen.cap[i].slot;
        bool mapping = slot->type == OBJECT_FRAME || slot->type == OBJECT_TABLES;
        if (!mapping || (slot->flags & SLOT_EMBEDDED) || !slot->vspace)
            continue;
        mapped++;
        EXPECT(seen_object(ref_pointer(slot->vspace), OBJECT_VSPACE),
               "mapped in a space that isn't there");
    }
    EXPECT(mapped == in_lists, "%u capabilities are mapped, %u in lists", mapped, in_lists);
}

void hosted_check(void)
{
    check_tree();
    check_threads();
    check_sched();
    check_spaces();
}
