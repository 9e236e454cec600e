/* SPDX-License-Identifier: BSD-2-Clause */
/* See waiters.h. */

#include "servers/console/waiters.h"

#include "libsys/invoke.h"
#include "libsys/process.h"

static struct waiter waiters[WAITERS_MAX];
static uint64_t orders;
static uint32_t waiting; /* places that are taken */

err_t waiters_init(cap_t pool, cap_t cnode, struct slots *slots)
{
    uint32_t first = slots_take(slots, WAITERS_MAX);

    if (first == 0)
        return RPC_FULL;
    for (uint32_t i = 0; i < WAITERS_MAX; i++)
        waiters[i].reply = CAP_OF(first + i);
    return untyped_retype(pool, cnode, first, WAITERS_MAX, OBJECT_REPLY, 6);
}

/* A Reply that is in use refuses another caller, unless its own is gone. */
static bool waiter_take(struct rpc_request *rpc, struct waiter *waiter)
{
    return rpc_defer(rpc, waiter->reply, &waiter->later) == 0;
}

static void count(uint32_t at[TERMINALS_MAX])
{
    for (uint32_t i = 0; i < TERMINALS_MAX; i++)
        at[i] = 0;
    for (uint32_t i = 0; i < WAITERS_MAX; i++)
        if (waiters[i].kind != WAITER_NONE)
            at[waiters[i].terminal]++;
}

/* Whether there is a place beside those that other terminals still have. */
static bool has_place(const uint32_t at[TERMINALS_MAX], uint32_t terminal)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < TERMINALS_MAX; i++)
        if (i != terminal && at[i] < WAITERS_KEPT)
            kept += WAITERS_KEPT - at[i];
    return waiting + kept < WAITERS_MAX;
}

static struct waiter *free_take(struct rpc_request *rpc)
{
    for (uint32_t i = 0; i < WAITERS_MAX; i++)
        if (waiters[i].kind == WAITER_NONE && waiter_take(rpc, &waiters[i]))
            return &waiters[i];
    return NULL;
}

/* Of a caller that has gone, from this terminal or one that has more than its own. */
static struct waiter *gone_take(struct rpc_request *rpc, const uint32_t at[TERMINALS_MAX],
                                uint32_t terminal)
{
    for (uint32_t i = 0; i < WAITERS_MAX; i++) {
        uint32_t of = waiters[i].terminal;
        bool may = waiters[i].kind != WAITER_NONE && (of == terminal || at[of] > WAITERS_KEPT);
        if (may && waiter_take(rpc, &waiters[i]))
            return &waiters[i];
    }
    return NULL;
}

err_t waiter_add(struct rpc_request *rpc, enum waiter_kind kind, uint32_t terminal,
                 struct waiter **made)
{
    uint32_t at[TERMINALS_MAX];

    count(at);
    struct waiter *found = has_place(at, terminal) ? free_take(rpc) : gone_take(rpc, at, terminal);
    if (!found)
        return RPC_QUOTA;
    waiting += found->kind == WAITER_NONE;
    found->kind = kind;
    found->terminal = terminal;
    found->order = ++orders;
    found->deadline = NEVER;
    *made = found;
    return 0;
}

struct waiter *waiter_first(enum waiter_kind kind, uint32_t terminal)
{
    struct waiter *first = NULL;

    for (uint32_t i = 0; i < WAITERS_MAX; i++)
        if (waiters[i].kind == kind && waiters[i].terminal == terminal &&
            (!first || waiters[i].order < first->order))
            first = &waiters[i];
    return first;
}

void waiter_end(struct waiter *waiter)
{
    waiter->kind = WAITER_NONE;
    waiting--;
}

bool waiters_any(void)
{
    return waiting > 0;
}

uint64_t waiters_deadline(void)
{
    uint64_t first = NEVER;

    for (uint32_t i = 0; i < WAITERS_MAX; i++)
        if (waiters[i].kind == WAITER_READ && waiters[i].deadline < first)
            first = waiters[i].deadline;
    return first;
}

bool waiters_drain(void)
{
    for (uint32_t i = 0; i < WAITERS_MAX; i++)
        if (waiters[i].kind == WAITER_DRAIN)
            return true;
    return false;
}
