/* SPDX-License-Identifier: BSD-2-Clause */
/* See wait.h. */

#include "servers/vfs/wait.h"

#include "libsys/string.h"
#include "servers/vfs/heap.h"
#include "servers/vfs/server.h"

#define TRIES 8 /* waiters of one list that are looked at, each time */

static struct waiter waiter[WAITERS_MAX];
static struct waiter *free_waiter;
static uint32_t waiting, total;

void waiters_init(cap_t first_reply, uint32_t count)
{
    total = count < WAITERS_MAX ? count : WAITERS_MAX;
    for (uint32_t i = total; i > 0; i--) {
        waiter[i - 1].later.reply = first_reply + CAP_OF(i - 1);
        waiter[i - 1].next = free_waiter;
        free_waiter = &waiter[i - 1];
    }
}

uint32_t waiters_count(void)
{
    return waiting;
}

static void waiter_free(struct waiter *gone)
{
    if (gone->data)
        heap_give(gone->data, gone->count);
    gone->data = NULL;
    gone->list = NULL;
    gone->next = free_waiter;
    free_waiter = gone;
    waiting--;
}

static void append(struct waiters *waiters, struct waiter *new)
{
    new->next = NULL;
    new->list = waiters;
    if (waiters->last)
        waiters->last->next = new;
    else
        waiters->first = new;
    waiters->last = new;
}

void waiters_drop_first(struct waiters *waiters)
{
    struct waiter *gone = waiters->first;

    waiters->first = gone->next;
    if (!waiters->first)
        waiters->last = NULL;
    waiter_free(gone);
}

static err_t defer_to(struct waiter *to, struct rpc_request *request)
{
    struct rpc_later later;
    err_t error = rpc_defer(request, to->later.reply, &later);

    if (!error)
        to->later = later;
    return error;
}

/* Out of the list, whose `link` points to it. */
static void unlink_at(struct waiters *waiters, struct waiter **link, struct waiter *before)
{
    *link = (*link)->next;
    if (!*link)
        waiters->last = before;
}

/* The place of a caller that has gone takes this one; null: all of these still wait. */
static struct waiter *reuse(struct waiters *waiters, struct rpc_request *request)
{
    struct waiter **link = &waiters->first, *before = NULL;

    for (int i = 0; i < TRIES && *link; i++) {
        struct waiter *found = *link;
        if (!defer_to(found, request)) {
            unlink_at(waiters, link, before);
            return found;
        }
        before = found;
        link = &found->next;
    }
    return NULL;
}

/* `data` is the new contents of a waiter, whose old ones go. */
static void fill(struct waiter *new, uint8_t *data, uint32_t count)
{
    if (new->data)
        heap_give(new->data, new->count);
    new->data = data;
    new->count = count;
}

static void unlink(struct waiter *gone)
{
    struct waiter **link = &gone->list->first, *before = NULL;

    while (*link != gone) {
        before = *link;
        link = &before->next;
    }
    unlink_at(gone->list, link, before);
}

/* ---- Shares ---------------------------------------------------------------------------------- */

static uint32_t share_of(uint32_t user)
{
    return user == 0 ? total / 4 * 3 : total / 8;
}

/* While few wait, nobody has more than his share. */
static bool has_share(uint32_t user)
{
    uint32_t share = share_of(user), count = 0;

    if (waiting < share)
        return false;
    for (uint32_t i = 0; i < total; i++)
        count += waiter[i].list && waiter[i].user == user;
    return count >= share;
}

/* The place of a caller that has gone from any list; only of this user's, if `own`. */
static struct waiter *reuse_any(struct rpc_request *request, uint32_t user, bool own)
{
    for (uint32_t i = 0; i < total; i++) {
        struct waiter *found = &waiter[i];
        if (!found->list || (own && found->user != user) || defer_to(found, request))
            continue;
        unlink(found);
        return found;
    }
    return NULL;
}

static err_t place_for(struct waiters *waiters, struct rpc_request *request, uint32_t user,
                       struct waiter **found)
{
    bool own = has_share(user);

    *found = own ? NULL : reuse(waiters, request);
    if (*found)
        return 0;
    if (own || !free_waiter) {
        *found = reuse_any(request, user, own);
        return *found ? 0 : own ? RPC_QUOTA : RPC_NO_MEMORY;
    }
    if (defer_to(free_waiter, request))
        return RPC_NO_MEMORY;
    *found = free_waiter;
    free_waiter = (*found)->next;
    waiting++;
    return 0;
}

err_t waiters_add(struct waiters *waiters, struct rpc_request *request, uint32_t user,
                  const void *data, uint32_t count)
{
    uint8_t *copy = data ? heap_take(count) : NULL;
    struct waiter *found;

    if (data && !copy)
        return RPC_NO_MEMORY;
    if (copy)
        memcpy(copy, data, count);
    err_t error = place_for(waiters, request, user, &found);
    if (error) {
        heap_give(copy, count);
        return error;
    }
    found->user = user;
    fill(found, copy, count);
    append(waiters, found);
    return 0;
}

/* ---- Notifications --------------------------------------------------------------------------- */

/* It may have ended: then nobody is signalled. */
static void signal_first(struct pollers *pollers)
{
    cap_t notification = pollers->notification[0];

    (void)!signal_flags(notification);
    server_slot_clear(notification);
    pollers->count--;
    for (uint32_t i = 0; i < pollers->count; i++)
        pollers->notification[i] = pollers->notification[i + 1];
}

err_t pollers_add(struct pollers *pollers, struct rpc_request *request, cap_t notification)
{
    err_t error = rpc_keep(request, notification);

    if (error)
        return error;
    if (pollers->count == POLLERS_MAX)
        signal_first(pollers);
    pollers->notification[pollers->count++] = notification;
    return 0;
}

void pollers_signal(struct pollers *pollers)
{
    while (pollers->count > 0)
        signal_first(pollers);
}
