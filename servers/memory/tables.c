/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VSpaces. One that is no longer needed is kept, with the memory for page tables that it got, and
 * is the next space's: so its memory isn't zeroed again. Nothing is mapped in it then, and nobody
 * has a capability of it.
 */
#include "libsys/invoke.h"
#include "servers/memory/record.h"
#include "servers/memory/space.h"

#define VSPACE_BITS 15
#define FEED_BITS 12 /* one table at first, which suffices a small program; then twice as much … */
#define FEED_BITS_LATER 16  /* … each time, up to 16 */
#define TABLES_FOR_SPLITS 4 /* two ends, two levels each */
#define KEPT_MAX 8
#define KEPT_LARGE_MAX 4            /* of them: more than a small program needs */
#define KEPT_BYTES_MAX (256u << 10) /* with more it isn't kept */
#define SPARE (8u << 10)            /* so much more than is wanted does no harm */

struct feed {
    struct feed *next;
    struct kernel_object frame;
};

struct tables {
    struct tables *next; /* kept ones */
    struct feed *feeds;
    struct kernel_object vspace;
    uint64_t bytes;
};

static struct tables *kept;
static unsigned kept_count, kept_large;
static uint64_t bytes_in_all;

static bool is_large(const struct tables *tables)
{
    return tables->bytes > (1u << VSPACE_BITS) + SPARE;
}

/* The least that has so much, else the most. */
static bool is_better(const struct tables *a, const struct tables *b, uint64_t bytes)
{
    bool less = a->bytes < b->bytes;
    return a->bytes != b->bytes && (less ? a->bytes >= bytes : b->bytes < bytes);
}

/* A kept one of about `bytes`, and of `most` at most; null: there is none. */
static struct tables *take_kept(uint64_t bytes, uint64_t most)
{
    struct tables **best = &kept;
    for (struct tables **link = &kept; *link; link = &(*link)->next)
        if (is_better(*link, *best, bytes))
            best = link;
    struct tables *tables = *best;
    if (!tables || tables->bytes > most)
        return NULL;
    *best = tables->next;
    kept_count--;
    kept_large -= is_large(tables);
    return tables;
}

static struct tables *make(void)
{
    struct tables *tables = record_take(sizeof *tables);
    if (!tables)
        return NULL;
    if (kernel_make(OBJECT_VSPACE, VSPACE_BITS, &tables->vspace)) {
        record_give(tables);
        return NULL;
    }
    tables->bytes = 1u << VSPACE_BITS;
    bytes_in_all += tables->bytes;
    return tables;
}

static void free_all(struct tables *tables)
{
    bytes_in_all -= tables->bytes;
    kernel_free(&tables->vspace);
    while (tables->feeds) {
        struct feed *feed = tables->feeds;
        tables->feeds = feed->next;
        kernel_free(&feed->frame);
        record_give(feed);
    }
    record_give(tables);
}

/* What a copy needs, or a small program: larger ones wait for who needs them. */
err_t tables_make(struct space *space, const struct space *parent)
{
    uint64_t bytes = parent ? parent->table_bytes : 1u << VSPACE_BITS;
    struct tables *tables = take_kept(bytes, bytes + SPARE);
    if (!tables)
        tables = make();
    if (!tables)
        tables = take_kept(bytes, UINT64_MAX);
    if (!tables)
        return RPC_NO_MEMORY;
    err_t error = account_charge(&space->account, tables->bytes);
    if (error) {
        free_all(tables);
        return error;
    }
    space->tables = tables;
    space->vspace = tables->vspace.cap;
    space->table_bytes = tables->bytes;
    return 0;
}

bool tables_may_stay(const struct space *space)
{
    return space->tables && !is_large(space->tables);
}

void tables_free(struct space *space)
{
    struct tables *tables = space->tables;
    account_return(&space->account, space->table_bytes);
    space->tables = NULL;
    bool has_place = kept_count < KEPT_MAX && (!is_large(tables) || kept_large < KEPT_LARGE_MAX);
    if (has_place && tables->bytes <= KEPT_BYTES_MAX &&
        !cnode_revoke(kernel_cnode(), CAP_INDEX(space->vspace))) {
        tables->next = kept;
        kept = tables;
        kept_count++;
        kept_large += is_large(tables);
    } else {
        free_all(tables);
    }
}

/* An attached space: the Frame stays with its VSpace, which root ends; the server keeps nothing. */
static err_t feed_attached(struct space *space, struct kernel_object *frame)
{
    err_t error = vspace_supply(space->vspace, frame->cap);
    if (error)
        kernel_free(frame);
    return error ? RPC_NO_MEMORY : 0;
}

/* What it gets next, by what it has got. */
static unsigned feed_bits(const struct space *space)
{
    unsigned bits = FEED_BITS;
    for (uint64_t had = 1u << VSPACE_BITS; had < space->table_bytes && bits < FEED_BITS_LATER;
         bits++)
        had += 1u << bits;
    return bits;
}

static err_t feed_with(struct space *space, unsigned bits)
{
    struct tables *tables = space->tables;
    struct kernel_object frame;
    err_t error = account_charge(&space->account, 1u << bits);
    if (error)
        return error;
    error = kernel_make(OBJECT_FRAME, bits, &frame);
    if (!error && !tables)
        error = feed_attached(space, &frame);
    if (!error && tables) {
        struct feed *feed = record_take(sizeof *feed);
        error = feed ? vspace_supply(space->vspace, frame.cap) : RPC_NO_MEMORY;
        if (error) {
            kernel_free(&frame);
            if (feed)
                record_give(feed);
        } else {
            *feed = (struct feed){tables->feeds, frame};
            tables->feeds = feed;
            tables->bytes += 1u << bits;
            bytes_in_all += 1u << bits;
        }
    }
    if (error) {
        account_return(&space->account, 1u << bits);
        return RPC_NO_MEMORY;
    }
    space->table_bytes += 1u << bits;
    return 0;
}

/* Where there's too little for so many, fewer will do for now. */
err_t tables_feed(struct space *space)
{
    unsigned bits = feed_bits(space);
    err_t error = feed_with(space, bits);
    while (error && bits > FEED_BITS)
        error = feed_with(space, --bits);
    return error;
}

void tables_reserve(struct space *space)
{
    uint64_t free = 0, used;
    if (!space->large || vspace_info(space->vspace, &free, &used) || free >= TABLES_FOR_SPLITS)
        return;
    (void)!tables_feed(space);
}

uint64_t tables_bytes(void)
{
    return bytes_in_all;
}
