/* SPDX-License-Identifier: BSD-2-Clause */
/* See pipe.h. */

#include "servers/vfs/pipe.h"

#include "libsys/string.h"
#include "servers/vfs/heap.h"

#define ROOM_FIRST PIPE_ATOMIC
#define ROOM_STEP 4u
#define LARGE_MAX (32u << 20) /* bytes of all rings that have grown */

static uint32_t large_bytes;
static uint8_t straight[PIPE_ROOM]; /* bytes that lie around the ring's end, put in a row */

struct pipe *pipe_make(int64_t now)
{
    static uint64_t last_number;
    struct pipe *pipe = heap_take_zeroed(sizeof(*pipe));

    if (!pipe)
        return NULL;
    pipe->read_open = pipe->write_open = true;
    pipe->number = ++last_number;
    pipe->made = pipe->changed = now;
    return pipe;
}

/* ---- The ring -------------------------------------------------------------------------------- */

static void ring_copy_out(const struct pipe *pipe, uint8_t *to, uint32_t count)
{
    uint32_t first = pipe->room - pipe->start;

    if (first > count)
        first = count;
    rpc_copy(to, pipe->ring + pipe->start, first);
    rpc_copy(to + first, pipe->ring, count - first);
}

static void ring_drop(struct pipe *pipe, uint32_t count)
{
    pipe->used -= count;
    pipe->start = pipe->used ? (pipe->start + count) & (pipe->room - 1) : 0;
}

static void ring_put(struct pipe *pipe, const uint8_t *from, uint32_t count)
{
    uint32_t at = (pipe->start + pipe->used) & (pipe->room - 1), first = pipe->room - at;

    if (first > count)
        first = count;
    rpc_copy(pipe->ring + at, from, first);
    rpc_copy(pipe->ring, from + first, count - first);
    pipe->used += count;
}

/* The bytes in a row, wherever they are. */
static const uint8_t *ring_straight(const struct pipe *pipe, uint32_t count)
{
    if (count <= pipe->room - pipe->start)
        return pipe->ring + pipe->start;
    ring_copy_out(pipe, straight, count);
    return straight;
}

static void ring_end(struct pipe *pipe)
{
    heap_give(pipe->ring, pipe->room);
    large_bytes -= pipe->room > ROOM_FIRST ? pipe->room : 0;
}

static bool ring_grow(struct pipe *pipe)
{
    uint32_t room = pipe->room ? pipe->room * ROOM_STEP : ROOM_FIRST;
    uint8_t *ring = pipe->room && large_bytes + room > LARGE_MAX ? NULL : heap_take(room);

    if (!ring)
        return false;
    if (pipe->used)
        ring_copy_out(pipe, ring, pipe->used);
    ring_end(pipe);
    large_bytes += room > ROOM_FIRST ? room : 0;
    pipe->ring = ring;
    pipe->room = room;
    pipe->start = 0;
    return true;
}

/* How many of so many bytes can be put in now: 0 if that would tear what belongs together. */
static uint32_t ring_fits(struct pipe *pipe, uint32_t count)
{
    while (pipe->room - pipe->used < count && pipe->room < PIPE_ROOM && ring_grow(pipe))
        ;
    uint32_t free = pipe->room - pipe->used;
    if (free >= count)
        return count;
    return count > PIPE_ATOMIC ? free : 0;
}

/* ---- Those that wait ------------------------------------------------------------------------- */

static bool serve_reader(struct pipe *pipe)
{
    struct waiter *waiter = pipe->readers.first;

    if (!waiter || (pipe->used == 0 && pipe->write_open))
        return false;
    uint32_t count = waiter->count < pipe->used ? waiter->count : pipe->used;
    if (count > waiter->later.room.bytes)
        count = waiter->later.room.bytes;
    err_t error =
        waiter_answer_read(waiter, 0, count ? ring_straight(pipe, count) : straight, count);
    if (error == RPC_TOO_LARGE) /* its window has become another */
        (void)!waiter_answer_read(waiter, RPC_CANCELLED, NULL, 0);
    else if (!error && count)
        ring_drop(pipe, count);
    waiters_drop_first(&pipe->readers);
    return true;
}

static bool serve_writer(struct pipe *pipe)
{
    struct waiter *waiter = pipe->writers.first;

    if (!waiter)
        return false;
    if (!pipe->read_open) {
        (void)!waiter_answer_write(waiter, FILE_ERROR_BROKEN_PIPE, 0);
    } else {
        uint32_t count = ring_fits(pipe, waiter->count);
        if (count == 0)
            return false;
        if (!waiter_answer_write(waiter, 0, count))
            ring_put(pipe, waiter->data, count);
    }
    waiters_drop_first(&pipe->writers);
    return true;
}

static void settle(struct pipe *pipe)
{
    bool again;

    do {
        again = serve_reader(pipe);
        again |= serve_writer(pipe);
    } while (again);
    if (pipe->read_pollers.count && pipe_ready_to_read(pipe))
        pollers_signal(&pipe->read_pollers);
    if (pipe->write_pollers.count && pipe_ready_to_write(pipe))
        pollers_signal(&pipe->write_pollers);
}

err_t pipe_read_later(struct pipe *pipe, struct rpc_request *request, uint32_t user, uint32_t count)
{
    return waiters_add(&pipe->readers, request, user, NULL, count);
}

/* Of a long write only a part is kept: the caller is told how much was written. */
err_t pipe_write_later(struct pipe *pipe, struct rpc_request *request, uint32_t user,
                       const void *data, uint32_t count)
{
    return waiters_add(&pipe->writers, request, user, data,
                       count < PIPE_ATOMIC ? count : PIPE_ATOMIC);
}

/* ---- Reading and writing --------------------------------------------------------------------- */

err_t pipe_read(struct pipe *pipe, void *data, uint32_t count, uint32_t *bytes)
{
    *bytes = count < pipe->used ? count : pipe->used;
    if (pipe->used == 0)
        return pipe->write_open && count ? RPC_AGAIN : 0;
    ring_copy_out(pipe, data, *bytes);
    ring_drop(pipe, *bytes);
    settle(pipe);
    return 0;
}

err_t pipe_write(struct pipe *pipe, const void *data, uint32_t count, uint32_t *written)
{
    *written = 0;
    if (!pipe->read_open)
        return FILE_ERROR_BROKEN_PIPE;
    if (count == 0)
        return 0;
    *written = pipe->writers.first ? 0 : ring_fits(pipe, count);
    if (*written == 0)
        return pipe->room ? RPC_AGAIN : RPC_NO_MEMORY;
    ring_put(pipe, data, *written);
    settle(pipe);
    return 0;
}

uint32_t pipe_ready_to_read(const struct pipe *pipe)
{
    return (pipe->used || !pipe->write_open ? FILE_READABLE : 0) |
           (pipe->write_open ? 0 : FILE_HANG_UP);
}

uint32_t pipe_ready_to_write(const struct pipe *pipe)
{
    if (!pipe->read_open)
        return FILE_WRITABLE | FILE_ERROR;
    return !pipe->writers.first && PIPE_ROOM - pipe->used >= PIPE_ATOMIC ? FILE_WRITABLE : 0;
}

/* ---- The end --------------------------------------------------------------------------------- */

static void refuse_all(struct waiters *waiters, err_t (*answer)(struct waiter *waiter, err_t error))
{
    while (waiters->first) {
        (void)!answer(waiters->first, RPC_BAD_HANDLE);
        waiters_drop_first(waiters);
    }
}

static err_t refuse_reader(struct waiter *waiter, err_t error)
{
    return waiter_answer_read(waiter, error, NULL, 0);
}

static err_t refuse_writer(struct waiter *waiter, err_t error)
{
    return waiter_answer_write(waiter, error, 0);
}

void pipe_close(struct pipe *pipe, bool writing)
{
    refuse_all(writing ? &pipe->writers : &pipe->readers, writing ? refuse_writer : refuse_reader);
    pollers_signal(writing ? &pipe->write_pollers : &pipe->read_pollers);
    if (writing)
        pipe->write_open = false;
    else
        pipe->read_open = false;
    if (pipe->read_open || pipe->write_open) {
        settle(pipe);
        return;
    }
    ring_end(pipe);
    heap_give(pipe, sizeof(*pipe));
}
