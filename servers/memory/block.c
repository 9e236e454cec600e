/* SPDX-License-Identifier: BSD-2-Clause */
#include "servers/memory/record.h"
#include "servers/memory/space.h"

#define BUCKETS 8192u

static struct block *table[BUCKETS];

static struct block **bucket_of(const void *owner, uint64_t number)
{
    uint64_t key = ((uint64_t)owner >> 6) * 0x9e3779b97f4a7c15ull + number;
    return &table[(key ^ key >> 17) % BUCKETS];
}

struct block *block_find(const void *owner, uint64_t number)
{
    struct block *block = *bucket_of(owner, number);
    while (block && (block->number != number || block->owner != owner))
        block = block->hash_next;
    return block;
}

static void enter(struct block *block)
{
    struct block **bucket = bucket_of(block->owner, block->number);
    block->hash_next = *bucket;
    *bucket = block;
}

static void leave(const struct block *block)
{
    struct block **link = bucket_of(block->owner, block->number);
    while (*link != block)
        link = &(*link)->hash_next;
    *link = block->hash_next;
}

struct block *block_make(const void *owner, uint64_t number, uint32_t bytes)
{
    struct block *block = record_take(bytes);
    if (!block)
        return NULL;
    block->owner = owner;
    block->number = number;
    enter(block);
    return block;
}

void block_free(struct block *block)
{
    leave(block);
    record_give(block);
}

void block_give(struct block *block, const void *owner)
{
    leave(block);
    block->owner = owner;
    enter(block);
}
