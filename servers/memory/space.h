/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address spaces and what they consist of.
 *
 *     space ── regions ── blocks of 16 entries: which page is mapped, and through which
 *       └───── mappings ◀───────────────────────┘
 *
 * A region is a range of addresses with one access and one source (anonymous memory or an object).
 * A block says for 64 KiB of a region which pages are present; it's found by hash. A mapping is a
 * capability derived from a chunk's Frame: all pages of that chunk which lie in the space at the
 * same distance from their physical place are mapped through it, in any number of operations.
 *
 * `own` marks entries that the space pays for: anonymous pages, and private copies. A page with
 * more holders than one entry is never writable in a private region; so a page with one holder may
 * be opened for writing without a look at anybody else.
 *
 * An entry may say that a page is present while the page table hasn't it (after mapping_renew): a
 * fault there maps it again.
 */
#ifndef SERVERS_MEMORY_SPACE_H
#define SERVERS_MEMORY_SPACE_H

#include "libsys/memory_protocol.h"
#include "servers/memory/account.h"
#include "servers/memory/page.h"

#define BLOCK_SHIFT 16
#define BLOCK_ENTRIES 16u

#define USER_LOW 0x10000ull
#define USER_HIGH 0x7fffffff0000ull

/* MEMORY_* that a region keeps. */
#define REGION_ACCESS (MEMORY_READ | MEMORY_WRITE | MEMORY_EXECUTE)
#define REGION_KINDS (MEMORY_PRIVATE | MEMORY_NO_FORK | MEMORY_GROWS_DOWN)

struct space;
struct object;

/* Of a region, or, without what follows `page`, of an object. */
struct block {
    struct block *hash_next;
    struct block *next; /* of the same owner */
    const void *owner;
    uint64_t number;            /* address, or offset in the object, / 64 KiB */
    uint16_t writable, own;     /* a bit for each entry */
    page_t page[BLOCK_ENTRIES]; /* 0: not present */
    struct mapping *mapping[BLOCK_ENTRIES];
};
#define BLOCK_BYTES_OBJECT offsetof(struct block, mapping)
_Static_assert(sizeof(struct block) <= 256 && BLOCK_BYTES_OBJECT <= 128, "records");

struct mapping {
    struct mapping *hash_next;
    struct mapping *next, *previous; /* of its space */
    struct space *space;
    struct chunk *chunk;
    uint64_t shift; /* address in the space - address in this server */
    cap_t cap;
    uint32_t pages; /* entries that use it */
};
_Static_assert(sizeof(struct mapping) <= 64, "a record");

struct region {
    struct region *left, *right; /* of the space's tree */
    uint64_t start, end;
    struct space *space;
    struct block *blocks, *blocks_end; /* by `next`: the first, the last */
    struct object *object;             /* null: anonymous */
    uint64_t offset;                   /* of `start` in the object */
    struct region *object_next, *object_previous;
    uint32_t priority;
    uint32_t access;  /* MEMORY_* */
    uint32_t allowed; /* of MEMORY_WRITE: what protect may give */
};
_Static_assert(sizeof(struct region) <= 128, "a record");

struct space {
    struct account account;
    struct region *root, *recent; /* the tree; what was found last */
    struct mapping *mappings;
    struct tables *tables;  /* the VSpace and memory for its tables; null: attached */
    struct object *objects; /* that it made, by `next_made` */
    cap_t vspace;
    uint32_t badge, mapping_count;
    bool resident;      /* what is mapped is present before the call ends */
    bool large;         /* it may have large pages */
    bool kept;          /* empty, for the next */
    uint64_t low, high; /* where it may have regions */
    uint64_t cursor;    /* the next one lies below */
    uint64_t regions, object_count, own_pages, faults, table_bytes;
};
_Static_assert(sizeof(struct space) <= 256, "a record");

static inline bool region_is_private(const struct region *region)
{
    return !region->object || (region->access & MEMORY_PRIVATE);
}

/* ---- block.c --------------------------------------------------------------------------------- */

struct block *block_find(const void *owner, uint64_t number);
/* A new one; the caller puts it into its owner's list. Null: no memory. */
struct block *block_make(const void *owner, uint64_t number, uint32_t bytes);
/* It leaves the hash table, and is gone. */
void block_free(struct block *block);
/* The same block for another owner. */
void block_give(struct block *block, const void *owner);

/* ---- region.c -------------------------------------------------------------------------------- */

/* The region with the lowest end above `address`; null: none. */
struct region *region_above(const struct space *space, uint64_t address);
/* The one that contains `address`. */
struct region *region_at(struct space *space, uint64_t address);
/* Whether something lies in the range, or in the page that a stack there needs below. */
struct region *region_overlapping(const struct space *space, uint64_t start, uint64_t end);
void region_insert(struct region *region);
void region_remove(struct region *region);
/* The region's part from `address` on becomes one of its own. NO_MEMORY, QUOTA: unchanged. */
MUST_USE err_t region_split(struct region *region, uint64_t address);
/* A record of a region, paid by the space; null with *error. */
struct region *region_make(struct space *space, err_t *error);
void region_free(struct region *region);
/* The block for an address of the region, made if it isn't there. */
MUST_USE err_t region_block(struct region *region, uint64_t address, struct block **block);

/* ---- mapping.c ------------------------------------------------------------------------------- */

/* The mapping by which `page` lies at `address`, made if it isn't there. It counts no page yet. */
MUST_USE err_t mapping_get(struct space *space, page_t page, uint64_t address,
                           struct mapping **mapping);
/* One that counts no page goes. */
void mapping_drop_unused(struct mapping *mapping);
/* Nothing is mapped through it any more: entries that say otherwise fault, and are mapped anew. */
void mapping_renew(struct mapping *mapping);
/* All of a space's go; the entries aren't looked at. */
void mapping_drop_all(struct space *space);

/* Pages in a row that are mapped through one capability. */
struct run {
    struct mapping *mapping; /* null: empty */
    uint64_t address, bytes;
    unsigned access; /* ACCESS_* */
};

MUST_USE err_t run_map(const struct run *run);
void run_protect(const struct run *run);
/* Entries were counted off before: a mapping with none left goes. */
void run_unmap(const struct run *run);

/* Whether this page continues the run. */
static inline bool run_continues(const struct run *run, const struct mapping *mapping,
                                 uint64_t address, unsigned access)
{
    return run->mapping == mapping && run->address + run->bytes == address && run->access == access;
}

/* ---- tables.c -------------------------------------------------------------------------------- */

/* A VSpace with nothing in it. `parent`: about as large as that space's; may be null. */
MUST_USE err_t tables_make(struct space *space, const struct space *parent);
/* Whoever has a capability of it loses it. All mappings are gone. */
void tables_free(struct space *space);
/* They are few enough to be kept with an empty space. */
bool tables_may_stay(const struct space *space);
/* More page tables. */
MUST_USE err_t tables_feed(struct space *space);
/* Before a range is unmapped or protected: see to it that large pages at its ends can be split, if
 * there is memory for it. */
void tables_reserve(struct space *space);
/* Bytes of all VSpaces with their page tables. */
uint64_t tables_bytes(void);

/* ---- space.c --------------------------------------------------------------------------------- */

struct map_request {
    struct object *object; /* null: anonymous */
    uint64_t address, length, offset;
    uint32_t access;
    bool read_only; /* the handle of the object was */
};

MUST_USE err_t space_create(uint32_t group, uint64_t quota, struct space **space);
/* For a copy of the parent. */
MUST_USE err_t space_create_child(const struct space *parent, uint32_t group, uint64_t quota,
                                  struct space **space);
MUST_USE err_t space_attach(cap_t vspace, uint64_t low, uint64_t length, struct space **space);
void space_destroy(struct space *space);
/* All that is in it goes; its badge and VSpace stay. RPC_TOO_LARGE: nothing was done. */
MUST_USE err_t space_empty(struct space *space);
/* The same, however large its tables are. */
void space_clear(struct space *space);
/* One that is empty gets something. RPC_BUSY: it isn't. */
MUST_USE err_t space_begin_again(struct space *space);
struct space *space_of(uint32_t badge);
/* What its handle is made of. */
cap_t space_endpoint(const struct space *space);
/* But for those that are kept empty. */
uint32_t space_count(void);

MUST_USE err_t space_map(struct space *space, const struct map_request *request, uint64_t *mapped);
MUST_USE err_t space_unmap(struct space *space, uint64_t address, uint64_t length);
MUST_USE err_t space_protect(struct space *space, uint64_t address, uint64_t length,
                             uint32_t access);
void space_status(const struct space *space, struct memory_status *status);
MUST_USE err_t space_region(const struct space *space, uint64_t address,
                            struct memory_region *region);

/* ---- place.c --------------------------------------------------------------------------------- */

/* Where a new region of that length goes; 0: nowhere. `wish`: there, if it's free. */
uint64_t place_choose(struct space *space, uint64_t wish, uint64_t length);
void place_init(struct space *space);

/* ---- entry.c --------------------------------------------------------------------------------- */

extern uint64_t faults_served; /* in all */

/* Serve a fault: FAULT_* bits of `code`. `around`: pages beside it that are there, too. */
MUST_USE err_t space_fault(struct space *space, uint64_t address, uint64_t code, bool around);
/* The same for that page alone. */
MUST_USE err_t space_fault_page(struct space *space, uint64_t address, uint64_t code);
/* An empty entry gets a page with the contents of `from`, writable. The space has paid for it, but
 * own_pages doesn't count it yet. */
MUST_USE err_t entry_fill_copy(const struct region *region, struct block *block, unsigned i,
                               page_t from);
/* Make all of a region present. After an error the caller unmaps it. */
MUST_USE err_t region_populate(struct region *region, uint64_t start, uint64_t end);
/* The page at an address, present; `write`: this space's own, or shared, to be written by
 * the server whatever the region's access. */
MUST_USE err_t space_page(struct space *space, uint64_t address, bool write, page_t *page);

/* ---- entries.c ------------------------------------------------------------------------------- */

/* Empty the region's entries from `start` to `end`, unmap them, put the pages. */
void region_clear(struct region *region, uint64_t start, uint64_t end);
/* The region's access has changed: present pages follow. */
void region_access_changed(struct region *region);

static inline uint64_t entry_address(const struct block *block, unsigned i)
{
    return block->number << BLOCK_SHIFT | (uint64_t)i << PAGE_SHIFT;
}

/* Nobody else has this entry's page. */
static inline bool entry_is_sole(const struct block *block, unsigned i)
{
    return (block->own >> i & 1) && page_holders(block->page[i]) == 1;
}

/* What an entry may be mapped with. */
static inline unsigned entry_access(const struct region *region, const struct block *block,
                                    unsigned i)
{
    unsigned access = region->access & REGION_ACCESS;
    return block->writable >> i & 1 ? access : access & ~(unsigned)MEMORY_WRITE;
}

/* ---- bytes.c --------------------------------------------------------------------------------- */

/* At most 1 MiB. OUT_OF_RANGE. */
MUST_USE err_t space_copy_bytes(struct space *source, uint64_t from_address, struct space *target,
                                uint64_t to_address, uint64_t length);
MUST_USE err_t space_write_bytes(struct space *space, uint64_t address, const void *data,
                                 uint32_t size);
/* `*size`, which begins as 0, is how many could be read; an error only if none could. */
MUST_USE err_t space_read_bytes(struct space *space, uint64_t address, void *data, uint32_t room,
                                uint32_t *size);

/* ---- fork.c ---------------------------------------------------------------------------------- */

#define FORK_WRITTEN 2

/* `written`: addresses that both write to soon, such as their stack's: pages that the parent has of
 * its own there are copied now, and stay writable in both. 0: none. */
MUST_USE err_t space_fork(struct space *parent, uint32_t group, uint64_t quota,
                          const uint64_t written[FORK_WRITTEN], struct space **child);
/* The same into an empty space, which holds something after an error. */
MUST_USE err_t space_fork_into(struct space *parent, const uint64_t written[FORK_WRITTEN],
                               struct space *child);

/* ---- build.c --------------------------------------------------------------------------------- */

/* Parts of an empty space, which may hold something after an error. `object` may be null. */
MUST_USE err_t space_build(struct space *space, struct object *object, bool read_only,
                           const struct memory_part *parts, uint32_t count);

#endif
