/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical memory, page by page. It comes in chunks of up to 4 MiB, each one Frame, made when free
 * pages run out. A chunk is mapped in this server at a place of its own, so that every page is
 * read, written and zeroed without a system call: page number n lies at DIRECT + n * 4096.
 *
 * Sixteen pages, aligned, are a group. Whoever wants a page that others can follow takes one from a
 * group that is wholly free: then its neighbours are likely to be free when they are wanted.
 *
 * A page has a count of holders, and is free when the last has put it. A page taken holds anything:
 * page_zero or page_fill says what becomes of it, before anybody else can see it.
 */
#ifndef SERVERS_MEMORY_PAGE_H
#define SERVERS_MEMORY_PAGE_H

#include "servers/memory/kernel.h"

#define PAGE 4096ull
#define PAGE_SHIFT 12
#define GROUP_PAGES 16u
#define CHUNK_SHIFT 22
#define CHUNK_PAGES 1024u
#define CHUNK_GROUPS 64u
#define CHUNKS_MAX 8192u
#define CHUNK_KEPT 4u
#define DIRECT 0x200000000000ull

typedef uint32_t page_t; /* its number; 0: none */

struct chunk {
    cap_t frame;         /* what mappings of its pages derive from */
    uint32_t number;     /* its first page is number * CHUNK_PAGES */
    uint64_t to_offset;  /* address of a page here + this = offset in the Frame */
    uint64_t whole;      /* groups that are wholly free, a bit each */
    uint64_t some;       /* groups with a free page */
    uint32_t free_count; /* pages */
    uint32_t kept_count; /* copies of `frame` that nothing is mapped by */
    cap_t kept[CHUNK_KEPT];
    struct chunk *next, *previous; /* in the list of those like it; both null: in none */
    uint64_t physical;             /* address of its first page */
    uint64_t offset, bytes;        /* its part of the Frame */
    struct kernel_object object;
    uint16_t free[CHUNK_GROUPS]; /* a bit for each page of a group */
    uint16_t zero[CHUNK_GROUPS]; /* free, or just taken, and known to be zero */
    uint32_t holders[CHUNK_PAGES];
};

extern struct chunk *chunk_table[CHUNKS_MAX];

static inline struct chunk *chunk_of(page_t page)
{
    return chunk_table[page / CHUNK_PAGES];
}

static inline void *page_data(page_t page)
{
    return (void *)(DIRECT + ((uint64_t)page << PAGE_SHIFT));
}

static inline page_t page_of(const void *data)
{
    return (page_t)(((uint64_t)data - DIRECT) >> PAGE_SHIFT);
}

/* Offset of a page in its chunk's Frame. */
static inline uint64_t page_offset(const struct chunk *chunk, page_t page)
{
    return DIRECT + ((uint64_t)page << PAGE_SHIFT) + chunk->to_offset;
}

static inline uint32_t page_holders(page_t page)
{
    return chunk_of(page)->holders[page % CHUNK_PAGES];
}

static inline void page_hold(page_t page)
{
    chunk_of(page)->holders[page % CHUNK_PAGES]++;
}

/* `vspace`: the server's own, where chunks are mapped. `reserve`: bytes of Untyped memory that no
 * chunk is made of, since they are wanted for kernel objects. */
void page_init(cap_t vspace, uint64_t reserve);

extern uint64_t pages_free_now; /* for the function below */

/*
 * A page of this chunk, if it's free and its group's state doesn't change by that: the usual case
 * of a fault beside the one before. The same as page_take_at, which does the rest.
 */
SYSCALL_INLINE bool page_take_quick(struct chunk *chunk, uint32_t place)
{
    uint32_t group = place / GROUP_PAGES;
    unsigned bit = 1u << place % GROUP_PAGES, free = chunk->free[group];
    if (!(free & bit) || free == bit || free == 0xffff)
        return false;
    chunk->free[group] = (uint16_t)(free & ~bit);
    chunk->free_count--;
    pages_free_now--;
    chunk->holders[place] = 1;
    return true;
}

/* A page with one holder; 0: no memory. */
MUST_USE page_t page_take(void);
/* This page, if it's free; else 0. */
MUST_USE page_t page_take_at(page_t page);
/*
 * The page at `index` (0 to 15) of a free group; any other page if there is no such group. `large`:
 * the groups around should be free too, and it's the one at `place` (0 to 31) of 2 MiB.
 */
MUST_USE page_t page_take_in_group(unsigned index, unsigned place, bool large);
/* So many physically contiguous pages, at most CHUNK_PAGES - GROUP_PAGES; the first one. */
MUST_USE page_t page_take_row(uint32_t count);

/* One holder less. */
void page_put(page_t page);

/* A page just taken becomes zero; or is going to be filled by the caller. */
void page_zero(page_t page);
void page_fill(page_t page);

/* Memory that isn't the pool's own, such as a boot module's: `pages` pages of a Frame from `offset`
 * on, held for ever, readable. The first one, or 0. */
MUST_USE page_t page_adopt(cap_t frame, uint64_t offset, uint32_t pages);

uint64_t page_physical(page_t page);

/* Bytes that chunks have, all in all; and that of it is free. */
uint64_t page_bytes_total(void);
uint64_t page_bytes_free(void);

static inline void words_copy(void *to, const void *from, uint64_t bytes)
{
#ifdef MARCONA_HOST
    __builtin_memcpy(to, from, bytes);
#else
    uint64_t words = bytes / 8;
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
#endif
}

static inline void words_zero(void *to, uint64_t bytes)
{
#ifdef MARCONA_HOST
    __builtin_memset(to, 0, bytes);
#else
    uint64_t words = bytes / 8;
    __asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(0) : "memory");
#endif
}

#endif
