/* SPDX-License-Identifier: BSD-2-Clause */
/* See stand_in.h. */

#include "tests/host/vfs/stand_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libsys/file_protocol.h"
#include "servers/vfs/clock.h"
#include "servers/vfs/heap.h"
#include "servers/vfs/ramfs.h"
#include "servers/vfs/wait.h"

#define REPLIES 8

unsigned stand_in_signals, stand_in_revoked;
struct stand_in_answer stand_in_answer;
struct view *stand_in_view;
struct rpc_server server;

static unsigned refuse_after;
static bool refused;
static long pieces, objects, slots;
static int64_t now;
static bool reply_taken[REPLIES + 1];

void stand_in_refuse(unsigned after)
{
    refuse_after = after;
    refused = false;
}

bool stand_in_refused(void)
{
    return refused;
}

static bool allowed(void)
{
    if (refuse_after == 1)
        refused = true;
    else if (refuse_after > 1)
        refuse_after--;
    return refuse_after != 1 || !refused;
}

long stand_in_pieces(void)
{
    return pieces;
}

long stand_in_objects(void)
{
    return objects;
}

long stand_in_slots(void)
{
    return slots;
}

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    printf("not ok vfs: %s\n", what);
    abort();
}

/* ---- The heap: each piece knows its size ----------------------------------------------------- */

struct head {
    uint64_t bytes, pad;
};

uint32_t heap_bytes(uint32_t bytes)
{
    return bytes > 2032 ? (bytes + 4095) / 4096 * 4096 : (bytes + 31) / 32 * 32;
}

void *heap_take(uint32_t bytes)
{
    struct head *head = allowed() ? malloc(sizeof(*head) + bytes) : NULL;

    if (!head)
        return NULL;
    head->bytes = bytes;
    memset(head + 1, 0xa5, bytes);
    pieces++;
    return head + 1;
}

void *heap_take_zeroed(uint32_t bytes)
{
    void *place = heap_take(bytes);

    if (place)
        memset(place, 0, bytes);
    return place;
}

void heap_give(void *place, uint32_t bytes)
{
    if (!place)
        return;
    struct head *head = (struct head *)place - 1;
    require(head->bytes == bytes, "a piece is given back with the size it was taken with");
    free(head);
    pieces--;
}

/* ---- The memory server ----------------------------------------------------------------------- */

/* Tables of handles: they stay. */
void *backing_take(uint64_t bytes)
{
    return allowed() ? malloc(bytes) : NULL;
}

err_t backing_make(struct backing *backing, uint64_t bytes)
{
    if (!allowed() || bytes > 1u << 28)
        return RPC_NO_MEMORY;
    *backing = (struct backing){.object = 64, .bytes = bytes, .mapped = bytes};
    backing->address = calloc(1, bytes);
    objects++;
    return 0;
}

/* It moves each time, so that old addresses are found out. */
err_t backing_resize(struct backing *backing, uint64_t bytes)
{
    uint8_t *moved = allowed() && bytes <= 1u << 28 ? calloc(1, bytes) : NULL;

    if (!moved)
        return RPC_NO_MEMORY;
    memcpy(moved, backing->address, bytes < backing->bytes ? bytes : backing->bytes);
    free(backing->address);
    backing->address = moved;
    backing->bytes = bytes;
    return 0;
}

void backing_end(struct backing *backing)
{
    free(backing->address);
    objects--;
}

err_t backing_share(struct backing *backing, bool writable, cap_t *cap)
{
    (void)writable;
    *cap = backing->object;
    return allowed() ? 0 : RPC_NO_MEMORY;
}

void backing_window_end(struct rpc_window *window)
{
    *window = (struct rpc_window){0};
}

void backing_status(uint64_t *total, uint64_t *free)
{
    *total = *free = 1u << 28;
}

/* ---- The kernel ------------------------------------------------------------------------------ */

cap_t server_slot(void)
{
    slots++;
    return CAP_OF(1000);
}

void server_slot_give(cap_t slot)
{
    (void)slot;
    slots--;
}

void server_slot_clear(cap_t slot)
{
    server_slot_give(slot);
}

cap_t server_endpoint_copy(void)
{
    return CAP_OF(2000);
}

void server_endpoint_revoke(cap_t copy)
{
    (void)copy;
    stand_in_revoked++;
}

err_t rpc_keep(struct rpc_request *request, cap_t cap)
{
    (void)request, (void)cap;
    if (!allowed())
        return RPC_FULL;
    slots++;
    return 0;
}

struct rpc_request stand_in_request(void)
{
    static struct rpc_room room = {.bytes = 65536};

    return (struct rpc_request){.room = &room};
}

void stand_in_leave(cap_t reply)
{
    reply_taken[CAP_INDEX(reply)] = false;
}

struct syscall_result host_syscall(enum syscall number, cap_t cap, struct message *message)
{
    uint32_t index = CAP_INDEX(cap);

    (void)message;
    if (number == SYSCALL_SIGNAL) {
        stand_in_signals++;
        return (struct syscall_result){0};
    }
    require(number == SYSCALL_DETACH && index > 0 && index <= REPLIES, "a Reply to detach to");
    if (reply_taken[index])
        return (struct syscall_result){.rax = ERR(ERROR_BOUND, 0, OBJECT_REPLY, BLAME_CALLER),
                                       .carry = true};
    reply_taken[index] = true;
    return (struct syscall_result){0};
}

static err_t answer(struct waiter *waiter, err_t error, const void *data, uint32_t bytes)
{
    uint32_t index = CAP_INDEX(waiter->later.reply);

    if (!reply_taken[index])
        return ERR(ERROR_NO_CALLER, 0, OBJECT_REPLY, BLAME_CALLER);
    reply_taken[index] = false;
    stand_in_answer.count++;
    stand_in_answer.error = error;
    stand_in_answer.bytes = bytes;
    if (data)
        memcpy(stand_in_answer.data, data, bytes);
    return 0;
}

err_t waiter_answer_read(struct waiter *waiter, err_t error, const void *data, uint32_t bytes)
{
    return answer(waiter, error, data, bytes);
}

err_t waiter_answer_write(struct waiter *waiter, err_t error, uint32_t written)
{
    return answer(waiter, error, NULL, written);
}

int64_t clock_now(void)
{
    return ++now;
}

void clock_set(int64_t nanoseconds, uint64_t since_boot)
{
    now = nanoseconds - (int64_t)since_boot;
}

/* ---- The beginning and the end --------------------------------------------------------------- */

struct client *stand_in_begin(void)
{
    static bool replies_made;
    struct attributes attributes = {.mode = MODE_DIRECTORY | 0755};
    struct client *client = NULL;

    if (!replies_made)
        waiters_init(CAP_OF(1), REPLIES);
    replies_made = true;
    stand_in_refuse(0);
    struct filesystem *filesystem = ramfs_make(1u << 27, "test", &attributes);
    stand_in_view = view_make(filesystem);
    require(client_make(stand_in_view, &client) == 0, "a client");
    return client;
}

/* Tables of handles stay. */
bool stand_in_end(struct client *client)
{
    if (client)
        client_end(client);
    view_put(stand_in_view);
    return objects == 0 && slots == 0;
}
