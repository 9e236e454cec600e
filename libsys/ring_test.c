/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ring's protocol under every interleaving of a producer and a consumer whose stores wait in a
 * buffer, as a processor's do; then its data between two threads, and a peer that writes nonsense.
 *
 * A side is run again from its beginning for each step, with the values that its loads had so far;
 * at the first access behind them it jumps out and says what it wants to do. So a state is a
 * few numbers, and all states can be visited. Left out on purpose, the fence must be missed.
 */

#include <pthread.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t host_load(uint32_t *place);
static void host_store(uint32_t *place, uint32_t value);
static void host_fence(void);

#define RING_LOAD(place) host_load(place)
#define RING_STORE(place, value) host_store(place, value)
#define RING_FENCE() host_fence()
#include "libsys/ring.h"

static int failures;

static void report(const char *name, bool good)
{
    printf(good ? "ok ring: %s\n" : "not ok ring: %s: not so\n", name);
    failures += !good;
}

/* ---- All interleavings ---------------------------------------------------------------------- */

#define STEPS 96
#define STORES 4

enum side { PRODUCER, CONSUMER, SIDES };
enum wish { LOAD, STORE, FENCE, NOTIFY, WAIT, DONE };

struct action {
    enum wish wish;
    bool is_tail;
    uint32_t value;
};

/* All there is: what each side's accesses gave, memory, stores on their way, notifications. */
struct state {
    uint8_t length[SIDES];
    uint8_t history[SIDES][STEPS];
    uint8_t index[SIDES];  /* head, tail as all see them */
    uint8_t stores[SIDES]; /* how many wait */
    uint8_t store[SIDES][STORES];
    uint8_t notified[SIDES];
};

static struct {
    bool active; /* accesses are steps of the model */
    bool fences; /* and fences work */
    uint32_t size, bytes, chunk;
    const struct state *state;
    enum side side;
    uint32_t at;
    struct action wanted;
    jmp_buf out;
    unsigned long states;
} model;

static struct {
    struct ring_shared shared;
    uint8_t data[4096];
} memory;

/* The next step of the side that runs: known from before, or the one that it wants now. */
static uint32_t model_step(struct action action)
{
    if (model.at < model.state->length[model.side])
        return model.state->history[model.side][model.at++];
    model.wanted = action;
    longjmp(model.out, 1);
}

static uint32_t host_load(uint32_t *place)
{
    if (!model.active)
        return __atomic_load_n(place, __ATOMIC_ACQUIRE);
    return model_step((struct action){LOAD, place == &memory.shared.tail, 0});
}

static void host_store(uint32_t *place, uint32_t value)
{
    if (model.active)
        model_step((struct action){STORE, place == &memory.shared.tail, value});
    else
        __atomic_store_n(place, value, __ATOMIC_RELEASE);
}

static void host_fence(void)
{
    if (!model.active)
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    else if (model.fences)
        model_step((struct action){FENCE, false, 0});
}

static void side_run(enum side side)
{
    struct ring ring = {.shared = &memory.shared, .size = model.size};
    uint8_t data[16] = {0};
    uint32_t done = 0;

    while (done < model.bytes) {
        uint32_t left = model.bytes - done, chunk = left < model.chunk ? left : model.chunk;
        bool notify = false;
        uint32_t count = side == PRODUCER ? ring_put(&ring, data, chunk, &notify)
                                          : ring_get(&ring, data, model.chunk, &notify);
        done += count;
        if (notify)
            model_step((struct action){NOTIFY, false, 0});
        if (count == 0)
            model_step((struct action){WAIT, false, 0});
        if (ring.broken)
            abort();
    }
    model_step((struct action){DONE, false, 0});
}

static struct action side_wants(const struct state *state, enum side side)
{
    model.state = state;
    model.side = side;
    model.at = 0;
    if (setjmp(model.out) == 0)
        side_run(side);
    return model.wanted;
}

/* A load sees the side's own last store on its way. */
static uint32_t state_load(const struct state *state, enum side side, bool tail)
{
    bool own = tail == (side == CONSUMER);

    if (own && state->stores[side] > 0)
        return state->store[side][state->stores[side] - 1];
    return state->index[tail];
}

static void state_flush(struct state *state, enum side side)
{
    state->index[side] = state->store[side][0];
    memmove(state->store[side], state->store[side] + 1, STORES - 1);
    state->store[side][--state->stores[side]] = 0;
}

/* Whether the step can be made now; then it's made. */
static bool state_step(struct state *state, enum side side, struct action action)
{
    uint32_t value = 0;

    if (action.wish == DONE || (action.wish == WAIT && !state->notified[side]) ||
        (action.wish == FENCE && state->stores[side] > 0) ||
        (action.wish == STORE && state->stores[side] == STORES))
        return false;
    if (action.wish == LOAD)
        value = state_load(state, side, action.is_tail);
    if (action.wish == STORE)
        state->store[side][state->stores[side]++] = (uint8_t)action.value;
    if (action.wish == NOTIFY)
        state->notified[!side] = 1;
    if (action.wish == WAIT)
        state->notified[side] = 0;
    if (state->length[side] == STEPS)
        abort();
    state->history[side][state->length[side]++] = (uint8_t)value;
    return true;
}

/* ---- States visited, by hash --------------------------------------------------------------- */

#define TABLE (1u << 22)
static uint64_t visited[TABLE];

static bool visit(const struct state *state)
{
    uint64_t hash = 14695981039346656037ull;

    for (size_t i = 0; i < sizeof(*state); i++)
        hash = (hash ^ ((const uint8_t *)state)[i]) * 1099511628211ull;
    hash |= 1;
    for (uint32_t i = hash >> 40;; i++) {
        uint64_t *place = &visited[i % TABLE];
        if (*place == hash)
            return false;
        if (*place == 0) {
            *place = hash;
            if (++model.states > TABLE / 2)
                abort();
            return true;
        }
    }
}

/* False if from here both can end up waiting. */
static bool explore(const struct state *state)
{
    struct action wants[SIDES] = {side_wants(state, PRODUCER), side_wants(state, CONSUMER)};
    bool moved = false;

    for (int side = 0; side < SIDES; side++) {
        struct state next = *state;
        if (state_step(&next, side, wants[side])) {
            moved = true;
            if (visit(&next) && !explore(&next))
                return false;
        }
        next = *state;
        if (next.stores[side] > 0) {
            moved = true;
            state_flush(&next, side);
            if (visit(&next) && !explore(&next))
                return false;
        }
    }
    return moved || (wants[PRODUCER].wish == DONE && wants[CONSUMER].wish == DONE);
}

static bool all_ends_well(uint32_t size, uint32_t bytes, uint32_t chunk, bool fences)
{
    struct state start = {0};

    memset(visited, 0, sizeof(visited));
    model.size = size;
    model.bytes = bytes;
    model.chunk = chunk;
    model.fences = fences;
    model.states = 0;
    model.active = true;
    bool good = explore(&start);
    model.active = false;
    printf("# ring of %u, %u bytes by %u%s: %lu states\n", size, bytes, chunk,
           fences ? "" : ", no fences", model.states);
    return good;
}

/* ---- Data between threads ------------------------------------------------------------------- */

#define TRAFFIC 2000000u
static uint32_t mismatches;

static void *produce(void *unused)
{
    struct ring ring = ring_producer(&memory.shared, 64);
    uint8_t data[48];

    for (uint32_t sent = 0; sent < TRAFFIC;) {
        uint32_t count = 1 + sent % sizeof(data);
        bool notify = false;
        for (uint32_t i = 0; i < count; i++)
            data[i] = (uint8_t)((sent + i) * 167 >> 3);
        sent += ring_put(&ring, data, count, &notify);
    }
    return unused;
}

static void *consume(void *unused)
{
    struct ring ring = ring_consumer(&memory.shared, 64);
    uint8_t data[48];

    for (uint32_t got = 0; got < TRAFFIC;) {
        bool notify = false;
        uint32_t count = ring_get(&ring, data, 1 + got % sizeof(data), &notify);
        for (uint32_t i = 0; i < count && got < TRAFFIC; i++, got++)
            mismatches += data[i] != (uint8_t)(got * 167 >> 3);
    }
    return unused;
}

static bool data_arrives(void)
{
    pthread_t threads[2];

    memset(&memory, 0, sizeof(memory));
    pthread_create(&threads[0], NULL, produce, NULL);
    pthread_create(&threads[1], NULL, consume, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return mismatches == 0;
}

/* ---- Nonsense ------------------------------------------------------------------------------- */

static bool nonsense_is_harmless(void)
{
    struct ring ring = ring_producer(&memory.shared, 64);
    uint8_t data[128] = {0};
    bool notify = false;

    memset(&memory, 0, sizeof(memory));
    ring.index = 10;
    memory.shared.tail = 11; /* taken out what was never put in */
    if (ring_put(&ring, data, 1, &notify) != 0 || ring.broken != 1)
        return false;
    ring = ring_consumer(&memory.shared, 64);
    memory.shared.head = ring.index + 65; /* more than fits */
    if (ring_get(&ring, data, sizeof(data), &notify) != 0 || ring.broken != 1)
        return false;
    memory.shared.head = ring.index + 64;
    return ring_get(&ring, data, sizeof(data), &notify) == 64 && notify;
}

/* The indices may run over. */
static bool runs_over(void)
{
    struct ring producer = {.shared = &memory.shared, .size = 64, .index = UINT32_MAX - 5};
    struct ring consumer = producer;
    uint8_t data[64], got[64];
    bool notify = false;

    memory.shared.head = memory.shared.tail = producer.index;
    for (int i = 0; i < 64; i++)
        data[i] = (uint8_t)i;
    return ring_put(&producer, data, 64, &notify) == 64 && notify &&
           ring_put(&producer, data, 1, &notify) == 0 &&
           ring_get(&consumer, got, 64, &notify) == 64 && memcmp(data, got, 64) == 0 &&
           ring_get(&consumer, got, 64, &notify) == 0;
}

int main(void)
{
    report("ring of 1, nobody waits for ever", all_ends_well(1, 3, 1, true));
    report("ring of 2, nobody waits for ever", all_ends_well(2, 4, 1, true));
    report("ring of 2 by twos, nobody waits for ever", all_ends_well(2, 5, 2, true));
    report("ring of 4 by threes, nobody waits for ever", all_ends_well(4, 7, 3, true));
    report("without the fence somebody does", !all_ends_well(1, 3, 1, false));
    report("data arrives in order", data_arrives());
    report("nonsense of the other side is harmless", nonsense_is_harmless());
    report("indices run over", runs_over());
    return failures != 0;
}
