/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a processor may have cached of page tables, at worst: each translation that was there while
 * its space was loaded, until it's flushed. A stale one is a hole in memory protection.
 */
#ifndef TESTS_HOST_HOSTED_TLB_H
#define TESTS_HOST_HOSTED_TLB_H

#include "kernel/lib/types.h"

/* Pages in a row that map pages in a row with the same flags. */
struct translation {
    uint64_t page, count, physical; /* page numbers */
    uint64_t flags; /* of the entry; address, accessed, dirty and PTE_LARGE masked */
};

/* Sorted by page, apart from each other, and merged where they can be. */
struct translations {
    unsigned count;
    struct translation *list;
    unsigned room;
};

/* Behind the last one, merged with it if it goes on from there. */
void translations_append(struct translations *set, struct translation one);

/* Whether all of `small` is the same in `large`; if not, *page is the first that isn't. */
bool translations_within(const struct translations *small, const struct translations *large,
                         uint64_t *page);

#define TLB_SPACES 64 /* PCIDs that a test may use */

void tlb_reset(void);
void tlb_flush(unsigned pcid);
void tlb_flush_page(unsigned pcid, uint64_t page);

/* What may be cached of this PCID. */
const struct translations *tlb_cached(unsigned pcid);
/* The space is loaded, and has these tables: any of it may be cached from now on. */
void tlb_fill(unsigned pcid, const struct translations *tables);

#endif
