/* SPDX-License-Identifier: BSD-2-Clause */
/* See entry.h. */

#include "servers/vfs/entry.h"

#include "libsys/string.h"
#include "servers/vfs/heap.h"

#define BUCKETS_FIRST 1024u
#define BUCKETS_MAX (1u << 22)

static struct entry *first_bucket[BUCKETS_FIRST];
static struct entry **bucket = first_bucket;
static uint32_t buckets = BUCKETS_FIRST, entries;
static uint64_t secret = 0x9e3779b97f4a7c15ull;

void entry_seed(uint64_t seed)
{
    secret ^= seed * 0xd6e8feb86659fd93ull;
}

/* Up to 8 bytes, at least 1, as a number; of equally many bytes it differs where they do. */
static inline uint64_t load(const char *text, uint32_t bytes)
{
    uint64_t whole = 0;
    uint32_t low, high;
    uint16_t first, last;

    if (bytes >= 8) {
        __builtin_memcpy(&whole, text, 8);
        return whole;
    }
    if (bytes >= 4) {
        __builtin_memcpy(&low, text, 4);
        __builtin_memcpy(&high, text + bytes - 4, 4);
        return (uint64_t)high << 32 | low;
    }
    if (bytes == 1)
        return (uint8_t)*text;
    __builtin_memcpy(&first, text, 2);
    __builtin_memcpy(&last, text + bytes - 2, 2);
    return (uint32_t)last << 16 | first;
}

/* Eight bytes at a time; what differs anywhere differs in the upper half. */
static uint32_t hash_of(const struct node *directory, struct name name)
{
    uint64_t hash = secret ^ directory->number;

    for (uint32_t at = 0; at < name.bytes; at += 8) {
        hash = (hash ^ load(name.text + at, name.bytes - at)) * 0x9fb21c651e98df25ull;
        hash ^= hash >> 32;
    }
    return (uint32_t)((hash * 0x9e3779b97f4a7c15ull) >> 32) ^ name.bytes;
}

static bool same_text(const char *a, const char *b, uint32_t bytes)
{
    for (uint32_t at = 0; at < bytes; at += 8)
        if (load(a + at, bytes - at) != load(b + at, bytes - at))
            return false;
    return true;
}

static bool matches(const struct entry *entry, const struct node *directory, struct name name,
                    uint32_t hash)
{
    return entry->hash == hash && entry->directory == directory && entry->bytes == name.bytes &&
           same_text(entry->name, name.text, name.bytes);
}

struct entry *entry_find(const struct node *directory, struct name name)
{
    uint32_t hash = hash_of(directory, name);

    for (struct entry *entry = bucket[hash & (buckets - 1)]; entry; entry = entry->hash_next)
        if (matches(entry, directory, name, hash))
            return entry;
    return NULL;
}

uint32_t entry_bytes(uint32_t name_bytes)
{
    uint32_t bytes = (uint32_t)offsetof(struct entry, name) + name_bytes;

    return bytes > sizeof(struct entry) ? bytes : sizeof(struct entry);
}

struct entry *entry_make(struct name name)
{
    struct entry *entry = heap_take(entry_bytes(name.bytes));

    if (!entry)
        return NULL;
    *entry = (struct entry){.bytes = (uint8_t)name.bytes};
    memcpy(entry->name, name.text, name.bytes);
    return entry;
}

void entry_free(struct entry *entry)
{
    heap_give(entry, entry_bytes(entry->bytes));
}

/* ---- The table ------------------------------------------------------------------------------- */

static void move_all(struct entry **to, uint32_t count)
{
    for (uint32_t i = 0; i < buckets; i++) {
        while (bucket[i]) {
            struct entry *entry = bucket[i];
            bucket[i] = entry->hash_next;
            entry->hash_next = to[entry->hash & (count - 1)];
            to[entry->hash & (count - 1)] = entry;
        }
    }
}

static void grow(void)
{
    uint32_t more = 4 * buckets;
    struct entry **to = heap_take_zeroed(more * (uint32_t)sizeof(struct entry *));

    if (!to)
        return;
    move_all(to, more);
    if (bucket != first_bucket)
        heap_give(bucket, buckets * (uint32_t)sizeof(struct entry *));
    bucket = to;
    buckets = more;
}

void entry_insert(struct entry *entry, struct node *directory, struct node *node)
{
    struct directory *in = &directory->directory;
    uint32_t hash = hash_of(directory, (struct name){entry->name, entry->bytes});

    if (entries >= 2 * buckets && buckets < BUCKETS_MAX)
        grow();
    entry->directory = directory;
    entry->node = node;
    entry->hash = hash;
    entry->sequence = ++in->sequence;
    entry->hash_next = bucket[hash & (buckets - 1)];
    bucket[hash & (buckets - 1)] = entry;
    entry->previous = in->last;
    entry->next = NULL;
    if (in->last)
        in->last->next = entry;
    else
        in->first = entry;
    in->last = entry;
    in->count++;
    entries++;
}

void entry_remove(struct entry *entry)
{
    struct directory *in = &entry->directory->directory;
    struct entry **link = &bucket[entry->hash & (buckets - 1)];

    while (*link != entry)
        link = &(*link)->hash_next;
    *link = entry->hash_next;
    if (entry->next)
        entry->next->previous = entry->previous;
    else
        in->last = entry->previous;
    if (entry->previous)
        entry->previous->next = entry->next;
    else
        in->first = entry->next;
    in->count--;
    in->removals++;
    entries--;
}
