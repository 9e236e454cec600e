/* SPDX-License-Identifier: BSD-2-Clause */
/* The name server: set-up and requests. Which names there are is in names.c. */

#include "libsys/invoke.h"
#include "libsys/log.h"
#include "libsys/name_server.h"
#include "libsys/program.h"
#include "libsys/string.h"
#include "libsys/subscribers.h"
#include "servers/name/names.h"

#define SLOTS 512
#define WAITERS 32
#define SUBSCRIBERS 64
#define REPLY_BITS 6

/* A caller of `wait`; the badge names its namespace. */
struct waiter {
    uint32_t badge; /* 0: a free place */
    uint32_t family;
    cap_t reply;
    struct rpc_later later;
    char name[NAME_MAX + 1];
};

struct subscriber {
    uint32_t badge; /* 0: a free place */
    uint32_t family;
    cap_t event;
    char name[NAME_MAX + 1];
};

static struct names names;
static cap_t service_cap[NAMES_SERVICES];
static struct waiter waiters[WAITERS];
static struct subscriber subscribers[SUBSCRIBERS];
static uint64_t bitmap[SLOTS_WORDS(SLOTS)];
static struct slots slots;
static struct rpc_server server;

static void cap_drop(cap_t cap)
{
    (void)!cnode_delete(server.cnode, CAP_INDEX(cap));
    slots_give(&slots, CAP_INDEX(cap), 1);
}

/* ---- Who is told ----------------------------------------------------------------------------- */

static void subscriber_end(struct subscriber *subscriber)
{
    (void)!signal_flags(subscriber->event);
    cap_drop(subscriber->event);
    subscriber->badge = 0;
}

/* A name appeared or went: those who see it, or saw it, are told. */
static void tell(const char *name)
{
    for (uint32_t i = 0; i < SUBSCRIBERS; i++)
        if (subscribers[i].badge && names_match(subscribers[i].name, name))
            subscriber_end(&subscribers[i]);
}

/* A place, as long as the family has its share. Whose Notification is gone doesn't need its own. */
static struct subscriber *subscriber_place(uint32_t family)
{
    uint32_t used[NAMES_GIVEN] = {0};
    struct subscriber *found = NULL;

    for (uint32_t i = 0; i < SUBSCRIBERS; i++) {
        struct subscriber *subscriber = &subscribers[i];
        if (subscriber->badge && cap_is_gone(subscriber->event))
            subscriber_end(subscriber);
        if (subscriber->badge)
            used[subscriber->family]++;
        else
            found = subscriber;
    }
    return names_may(used, family, SUBSCRIBERS) ? found : NULL;
}

/* Answer callers of `wait` whose name is there now, or whose namespace isn't any more. */
static void waiters_serve(void)
{
    for (uint32_t i = 0; i < WAITERS; i++) {
        struct waiter *waiter = &waiters[i];
        const struct names_space *space = waiter->badge ? names_space(&names, waiter->badge) : NULL;
        uint32_t service = space ? names_find(&names, space, waiter->name) : NAMES_NONE;
        if (!waiter->badge || (space && service == NAMES_NONE))
            continue;
        (void)!name_answer_wait(&server, &waiter->later, space ? 0 : RPC_BAD_HANDLE,
                                space ? service_cap[service] : 0);
        waiter->badge = 0;
    }
}

/* A Reply whose caller is gone takes another: one of this family, or where another has much. */
static struct waiter *waiter_gone(struct rpc_request *rpc, const uint32_t used[NAMES_GIVEN],
                                  uint32_t family)
{
    for (uint32_t i = 0; i < WAITERS; i++) {
        const struct waiter *waiter = &waiters[i];
        bool may = waiter->badge &&
                   (waiter->family == family || used[waiter->family] > WAITERS / NAMES_GIVEN / 2);
        if (may && rpc_defer(rpc, waiter->reply, &waiters[i].later) == 0)
            return &waiters[i];
    }
    return NULL;
}

static struct waiter *waiter_place(struct rpc_request *rpc, uint32_t family)
{
    uint32_t used[NAMES_GIVEN] = {0};

    for (uint32_t i = 0; i < WAITERS; i++)
        if (waiters[i].badge)
            used[waiters[i].family]++;
    if (!names_may(used, family, WAITERS))
        return waiter_gone(rpc, used, family);
    for (uint32_t i = 0; i < WAITERS; i++)
        if (!waiters[i].badge && rpc_defer(rpc, waiters[i].reply, &waiters[i].later) == 0)
            return &waiters[i];
    return NULL;
}

/* ---- Requests -------------------------------------------------------------------------------- */

/* The namespace that was called, with a name that may be one. */
static err_t space_get(const struct rpc_request *rpc, const char *name, struct names_space **space)
{
    *space = names_space(&names, rpc->badge);
    if (!*space)
        return RPC_BAD_HANDLE;
    return name && !names_valid(name) ? RPC_MALFORMED : 0;
}

static err_t name_serve_publish(struct rpc_request *rpc, const char *name, cap_t service)
{
    struct names_space *space;
    uint32_t number;
    err_t error = space_get(rpc, name, &space);

    if (!error && !names_may_publish(rpc->badge))
        error = RPC_DENIED;
    if (!error)
        error = names_publish(&names, space, name, &number);
    if (error)
        return error;
    error = rpc_keep(rpc, service);
    if (error) {
        (void)names_withdraw(&names, space, number);
        return error;
    }
    service_cap[number] = service;
    tell(name);
    waiters_serve();
    return 0;
}

static err_t name_serve_withdraw(struct rpc_request *rpc, const char *name)
{
    struct names_space *space;
    err_t error = space_get(rpc, name, &space);

    if (!error && !names_may_publish(rpc->badge))
        error = RPC_DENIED;
    uint32_t number = error ? NAMES_NONE : names_find(&names, space, name);
    if (number == NAMES_NONE)
        return error ? error : RPC_NOT_FOUND;
    if (names_withdraw(&names, space, number))
        cap_drop(service_cap[number]);
    tell(name);
    return 0;
}

static err_t name_serve_lookup(struct rpc_request *rpc, const char *name, cap_t *service)
{
    struct names_space *space;
    err_t error = space_get(rpc, name, &space);
    uint32_t number = error ? NAMES_NONE : names_find(&names, space, name);

    if (number == NAMES_NONE)
        return error ? error : RPC_NOT_FOUND;
    *service = service_cap[number];
    return 0;
}

static err_t name_serve_wait(struct rpc_request *rpc, const char *name, cap_t *service)
{
    err_t error = name_serve_lookup(rpc, name, service);

    if (error != RPC_NOT_FOUND)
        return error;
    uint32_t family = names_family(&names, names_space(&names, rpc->badge));
    struct waiter *waiter = waiter_place(rpc, family);
    if (!waiter)
        return RPC_FULL;
    waiter->badge = rpc->badge;
    waiter->family = family;
    memcpy(waiter->name, name, strlen(name) + 1);
    return 0;
}

static err_t name_serve_subscribe(struct rpc_request *rpc, const char *name, cap_t event)
{
    struct names_space *space;
    err_t error = space_get(rpc, name, &space);
    uint32_t family = error ? 0 : names_family(&names, space);
    struct subscriber *place = error ? NULL : subscriber_place(family);

    if (!place)
        return error ? error : RPC_FULL;
    place->badge = 0;
    error = rpc_keep(rpc, event);
    if (error)
        return error;
    *place = (struct subscriber){.badge = rpc->badge, .family = family, .event = event};
    memcpy(place->name, name, strlen(name) + 1);
    return 0;
}

static err_t name_serve_list(struct rpc_request *rpc, uint32_t index, void *name,
                             uint32_t name_room, uint32_t *name_size)
{
    struct names_space *space;
    err_t error = space_get(rpc, NULL, &space);
    uint32_t number = error ? NAMES_NONE : names_nth(&names, space, index);

    if (number == NAMES_NONE)
        return error ? error : RPC_NOT_FOUND;
    uint32_t size = (uint32_t)strlen(names.service[number].name);
    *name_size = size < name_room ? size : name_room;
    memcpy(name, names.service[number].name, *name_size);
    return 0;
}

static err_t name_serve_create(struct rpc_request *rpc, bool empty, bool publish, cap_t *made)
{
    struct names_space *space;
    uint32_t gone[NAMES_SERVICES];
    err_t error = space_get(rpc, NULL, &space);

    if (!error && publish && !names_may_publish(rpc->badge))
        error = RPC_DENIED;
    if (error)
        return error;
    uint32_t badge = names_create(&names, space, empty, publish);
    if (badge == 0)
        return RPC_FULL;
    error = rpc_give_handle(&server, badge, RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_TRANSFER, made);
    if (error)
        (void)names_destroy(&names, names_space(&names, badge), gone);
    return error;
}

static err_t name_serve_destroy(struct rpc_request *rpc, uint32_t which)
{
    struct names_space *space, *ended = names_space(&names, which);
    uint32_t gone[NAMES_SERVICES];
    err_t error = space_get(rpc, NULL, &space);

    if (error || !ended)
        return RPC_BAD_HANDLE;
    if (ended < names.space + NAMES_GIVEN || &names.space[ended->parent] != space)
        return RPC_DENIED;
    uint32_t count = names_destroy(&names, ended, gone);
    for (uint32_t i = 0; i < count; i++)
        cap_drop(service_cap[gone[i]]);
    waiters_serve();
    return 0;
}

static enum answer serve(void *context, err_t kind, uint32_t badge, struct message *message)
{
    struct rpc_request request = rpc_begin(context, kind, badge);

    return name_dispatch(&request, message);
}

/* ---- Set-up ---------------------------------------------------------------------------------- */

static err_t replies_make(void)
{
    uint32_t first = slots_take(&slots, WAITERS);

    for (uint32_t i = 0; i < WAITERS; i++)
        waiters[i].reply = CAP_OF(first + i);
    return untyped_retype(program_cap("pool"), server.cnode, first, WAITERS, OBJECT_REPLY,
                          REPLY_BITS);
}

int main(const struct program_info *info)
{
    err_t error = rpc_server_open(&server, &slots, bitmap, SLOTS);

    (void)info;
    names_init(&names);
    if (!error)
        error = replies_make();
    if (error) {
        log_failure("set-up", error);
        return 1;
    }
    return (int)server_run(serve, &server);
}
