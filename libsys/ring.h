/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A queue of bytes in memory that two programs share: one puts in, one takes out. This header is
 * the protocol between a driver and its client (after sDDF's queues).
 *
 * Each side keeps its own index to itself, tells the other by storing it in shared memory, and
 * believes nothing that it reads there but a fill level that can be: a peer gone wild can give
 * wrong bytes and no more (`ring->broken` counts what can't be).
 *
 * A side that finds nothing to do (0 bytes taken or put) waits for a notification. It is sent by
 * the other only when that one may be waiting: when the ring was empty, or full, as seen after the
 * new index was stored. The rules are, and libsys/ring_test.c tries all interleavings of them:
 *
 *     producer: store head, fence, load tail; tail is where head was  -> signal
 *     consumer: store tail, fence, load head; the ring had been full  -> signal
 *     both:     wait only after a call that returned 0
 *
 * Without the fence a processor may load before its store is seen, and both sides wait for ever.
 */
#ifndef LIBSYS_RING_H
#define LIBSYS_RING_H

#include <stdbool.h>
#include <stdint.h>

/* The test puts its own in here. */
#ifndef RING_LOAD
#define RING_LOAD(place) __atomic_load_n(place, __ATOMIC_ACQUIRE)
#define RING_STORE(place, value) __atomic_store_n(place, value, __ATOMIC_RELEASE)
#define RING_FENCE() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#endif

/* In shared memory, all zero at first. Indices count bytes since then, modulo 2^32. */
struct ring_shared {
    _Alignas(64) uint32_t head; /* bytes put in: the producer's */
    _Alignas(64) uint32_t tail; /* bytes taken out: the consumer's */
    _Alignas(64) uint8_t data[];
};

/* One side's view. `size` is a power of two; a program that starts again finds its index. */
struct ring {
    struct ring_shared *shared;
    uint32_t size;
    uint32_t index;  /* one's own */
    uint32_t broken; /* times that the other's index couldn't be */
};

#define RING_BYTES(size) (sizeof(struct ring_shared) + (size))

static inline struct ring ring_producer(void *memory, uint32_t size)
{
    struct ring_shared *shared = memory;
    return (struct ring){.shared = shared, .size = size, .index = RING_LOAD(&shared->head)};
}

static inline struct ring ring_consumer(void *memory, uint32_t size)
{
    struct ring_shared *shared = memory;
    return (struct ring){.shared = shared, .size = size, .index = RING_LOAD(&shared->tail)};
}

/* A fill level as the other's index gives it; what can't be counts as `otherwise`. */
static inline uint32_t ring_level(struct ring *ring, uint32_t level, uint32_t otherwise)
{
    if (level <= ring->size)
        return level;
    ring->broken++;
    return otherwise;
}

/* Bytes in the ring, as its producer sees it. */
static inline uint32_t ring_filled(struct ring *ring)
{
    return ring_level(ring, ring->index - RING_LOAD(&ring->shared->tail), ring->size);
}

/* Put in as many as fit. `*notify` becomes true if the consumer is to be signalled. */
static inline uint32_t ring_put(struct ring *ring, const uint8_t *data, uint32_t count,
                                bool *notify)
{
    uint32_t before = ring->index, room = ring->size - ring_filled(ring);

    if (count > room)
        count = room;
    if (count == 0)
        return 0;
    for (uint32_t i = 0; i < count; i++)
        ring->shared->data[(before + i) & (ring->size - 1)] = data[i];
    ring->index = before + count;
    RING_STORE(&ring->shared->head, ring->index);
    RING_FENCE();
    if (RING_LOAD(&ring->shared->tail) == before)
        *notify = true;
    return count;
}

/* Take out up to `room` bytes. `*notify` becomes true if the producer is to be signalled. */
static inline uint32_t ring_get(struct ring *ring, uint8_t *data, uint32_t room, bool *notify)
{
    uint32_t before = ring->index;
    uint32_t count = ring_level(ring, RING_LOAD(&ring->shared->head) - before, 0);

    if (count > room)
        count = room;
    if (count == 0)
        return 0;
    for (uint32_t i = 0; i < count; i++)
        data[i] = ring->shared->data[(before + i) & (ring->size - 1)];
    ring->index = before + count;
    RING_STORE(&ring->shared->tail, ring->index);
    RING_FENCE();
    if (RING_LOAD(&ring->shared->head) - before >= ring->size)
        *notify = true;
    return count;
}

/* ---- Who shares which rings ----------------------------------------------------------------- */

/* The Frame between serial and console. Little of the output waits in it, so that Ctrl-S works. */
#define SERIAL_RECEIVE_OFFSET 0
#define SERIAL_RECEIVE_SIZE 4096
#define SERIAL_SEND_OFFSET 8192
#define SERIAL_SEND_SIZE 1024
#define SERIAL_RINGS_BYTES 16384

/* The Frame between keyboard and console. */
#define KEYBOARD_RING_SIZE 1024
#define KEYBOARD_RING_BYTES 4096

#endif
