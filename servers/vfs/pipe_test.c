/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/vfs/pipe.c servers/vfs/wait.c */
/* sources: tests/host/vfs/stand_in.c servers/vfs/ramfs.c servers/vfs/entry.c servers/vfs/node.c */
/* sources: servers/vfs/view.c servers/vfs/client.c servers/vfs/table.c servers/vfs/device.c */
/* sources: servers/vfs/descriptors.c servers/vfs/open_file.c servers/vfs/contents.c */
/* Pipes: order, atomic writes, those that wait and those of them that have gone. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "servers/vfs/pipe.h"
#include "tests/host/vfs/stand_in.h"

static uint8_t bytes[PIPE_ROOM], back[PIPE_ROOM];
static struct pipe *pipe;
static uint32_t done;
static int failures;

static void report(const char *name, bool good)
{
    printf(good ? "ok vfs pipe: %s\n" : "not ok vfs pipe: %s: not so\n", name);
    failures += !good;
}

static void begin(void)
{
    stand_in_refuse(0);
    pipe = pipe_make(0);
    if (!pipe)
        abort();
    memset(&stand_in_answer, 0, sizeof(stand_in_answer));
    stand_in_signals = 0;
}

/* Both ends are closed; nothing is left. */
static bool end(void)
{
    pipe_close(pipe, true);
    pipe_close(pipe, false);
    return stand_in_pieces() == 0 && stand_in_slots() == 0 && waiters_count() == 0;
}

static uint32_t user; /* who waits */

static err_t wait_to_read(uint32_t count)
{
    struct rpc_request request = stand_in_request();

    return pipe_read_later(pipe, &request, user, count);
}

static err_t wait_to_write(const void *data, uint32_t count)
{
    struct rpc_request request = stand_in_request();

    return pipe_write_later(pipe, &request, user, data, count);
}

static cap_t last_reply(const struct waiters *waiters)
{
    return waiters->last->later.reply;
}

/* ---- Cases ----------------------------------------------------------------------------------- */

/* A stream of pieces comes out as it went in. */
static bool stream(void)
{
    uint8_t in = 0, out = 0;
    bool good = true;

    begin();
    for (int i = 0; i < 3000 && good; i++) {
        uint32_t count = 1 + (uint32_t)rand() % (rand() % 4 ? 600 : 9000);
        if (rand() % 2) {
            for (uint32_t j = 0; j < count; j++)
                bytes[j] = (uint8_t)(in + j);
            if (pipe_write(pipe, bytes, count, &done) == 0)
                in = (uint8_t)(in + done);
        } else if (pipe_read(pipe, back, count, &done) == 0) {
            for (uint32_t j = 0; j < done; j++)
                good = good && back[j] == out++;
        }
        good = good && (uint8_t)(out + pipe->used) == in;
    }
    return end() && good;
}

static bool full_and_empty(void)
{
    begin();
    bool good = pipe_read(pipe, back, 1, &done) == RPC_AGAIN &&
                pipe_read(pipe, back, 0, &done) == 0 && done == 0 &&
                pipe_write(pipe, bytes, PIPE_ROOM - 100, &done) == 0 && done == PIPE_ROOM - 100 &&
                pipe_write(pipe, bytes, 101, &done) == RPC_AGAIN && done == 0 &&
                pipe_write(pipe, bytes, PIPE_ATOMIC + 1, &done) == 0 && done == 100 &&
                pipe_write(pipe, bytes, PIPE_ROOM, &done) == RPC_AGAIN &&
                pipe_ready_to_write(pipe) == 0 && pipe_ready_to_read(pipe) == FILE_READABLE &&
                pipe_read(pipe, back, PIPE_ROOM, &done) == 0 && done == PIPE_ROOM;
    return end() && good;
}

static bool ends(void)
{
    begin();
    bool good = pipe_write(pipe, "abc", 3, &done) == 0;
    pipe_close(pipe, true);
    good = good && pipe_ready_to_read(pipe) == (FILE_READABLE | FILE_HANG_UP) &&
           pipe_read(pipe, back, 10, &done) == 0 && done == 3 &&
           pipe_read(pipe, back, 10, &done) == 0 && done == 0;
    pipe_close(pipe, false);
    begin();
    pipe_close(pipe, false);
    good = good && pipe_write(pipe, "abc", 3, &done) == FILE_ERROR_BROKEN_PIPE &&
           (pipe_ready_to_write(pipe) & FILE_ERROR);
    pipe_close(pipe, true);
    return good && stand_in_pieces() == 0;
}

static bool readers_wait(void)
{
    begin();
    bool good = wait_to_read(4) == 0 && wait_to_read(100) == 0 &&
                pipe_write(pipe, "abcdef", 6, &done) == 0 && done == 6 &&
                stand_in_answer.count == 2 && stand_in_answer.bytes == 2 &&
                memcmp(stand_in_answer.data, "ef", 2) == 0 && pipe->used == 0;
    good = good && wait_to_read(5) == 0;
    pipe_close(pipe, true);
    good = good && stand_in_answer.count == 3 && stand_in_answer.bytes == 0 &&
           stand_in_answer.error == 0;
    pipe_close(pipe, false);
    return good && stand_in_pieces() == 0 && waiters_count() == 0;
}

/* What a reader that has gone would have got is for the next one. */
static bool reader_gone(void)
{
    begin();
    bool good = wait_to_read(4) == 0;
    cap_t reply = last_reply(&pipe->readers);
    good = good && wait_to_read(3) == 0;
    stand_in_leave(reply);
    good = good && pipe_write(pipe, "abcdef", 6, &done) == 0 && stand_in_answer.count == 1 &&
           memcmp(stand_in_answer.data, "abc", 3) == 0 && pipe->used == 3;
    return end() && good;
}

/* A caller that is interrupted again and again doesn't use up the Replies. */
static bool gone_again_and_again(void)
{
    bool good = true;

    begin();
    for (int i = 0; i < 1000 && good; i++) {
        good = wait_to_read(4) == 0;
        stand_in_leave(last_reply(&pipe->readers));
    }
    good = good && waiters_count() == 1;
    return end() && good;
}

static uint32_t waits_of(uint32_t whose, err_t *error)
{
    uint32_t count = 0;

    user = whose;
    while (!(*error = wait_to_read(1)))
        count++;
    user = 0;
    return count;
}

/* Six of eight are for user 0, one for each other; whose caller has gone has room again. */
static bool too_many(void)
{
    err_t error;

    begin();
    bool good = waits_of(0, &error) == 6 && error == RPC_QUOTA;
    good = good && waits_of(5, &error) == 1 && error == RPC_QUOTA;
    cap_t reply = last_reply(&pipe->readers);
    good = good && waits_of(6, &error) == 1 && error == RPC_QUOTA;
    good = good && waits_of(7, &error) == 0 && error == RPC_NO_MEMORY;
    stand_in_leave(reply);
    good = good && waits_of(5, &error) == 1 && error == RPC_QUOTA;
    good = good && pipe_write(pipe, "abcdefghij", 10, &done) == 0 && stand_in_answer.count == 8 &&
           pipe->used == 2;
    return end() && good;
}

static bool writers_wait(void)
{
    begin();
    memset(bytes, 'x', PIPE_ROOM);
    bool good = pipe_write(pipe, bytes, PIPE_ROOM, &done) == 0 && done == PIPE_ROOM &&
                wait_to_write("first", 5) == 0 && wait_to_write("second", 6) == 0 &&
                pipe_read(pipe, back, 4, &done) == 0 && stand_in_answer.count == 0 &&
                pipe_write(pipe, "late", 1, &done) == RPC_AGAIN &&
                pipe_read(pipe, back, 4, &done) == 0 && stand_in_answer.count == 1 &&
                stand_in_answer.bytes == 5 && pipe_read(pipe, back, PIPE_ROOM, &done) == 0 &&
                memcmp(back + done - 5, "first", 5) == 0 && stand_in_answer.count == 2 &&
                pipe_read(pipe, back, PIPE_ROOM, &done) == 0 && done == 6 &&
                memcmp(back, "second", 6) == 0;
    return end() && good;
}

static bool writer_gone(void)
{
    begin();
    bool good = pipe_write(pipe, bytes, PIPE_ROOM, &done) == 0 && wait_to_write("gone", 4) == 0;
    stand_in_leave(last_reply(&pipe->writers));
    good = good && pipe_read(pipe, back, PIPE_ROOM, &done) == 0 && done == PIPE_ROOM &&
           pipe_read(pipe, back, 1, &done) == RPC_AGAIN;
    good = good && pipe_write(pipe, bytes, PIPE_ROOM, &done) == 0 && wait_to_write("left", 4) == 0;
    pipe_close(pipe, false);
    good = good && stand_in_answer.error == FILE_ERROR_BROKEN_PIPE;
    pipe_close(pipe, true);
    return good && stand_in_pieces() == 0 && waiters_count() == 0;
}

/* Somebody closes what he himself reads. */
static bool closed_while_waiting(void)
{
    begin();
    bool good = wait_to_read(1) == 0;
    pipe_close(pipe, false);
    good = good && stand_in_answer.error == RPC_BAD_HANDLE && waiters_count() == 0;
    pipe_close(pipe, true);
    return good && stand_in_pieces() == 0;
}

static bool polling(void)
{
    struct rpc_request request = stand_in_request();

    begin();
    bool good = true;
    for (unsigned i = 0; i < POLLERS_MAX; i++)
        good = good && pollers_add(&pipe->read_pollers, &request, 64) == 0;
    good = good && stand_in_signals == 0 && pollers_add(&pipe->read_pollers, &request, 64) == 0 &&
           stand_in_signals == 1 && pipe_write(pipe, "x", 1, &done) == 0 &&
           stand_in_signals == 1 + POLLERS_MAX && pipe->read_pollers.count == 0 &&
           stand_in_slots() == 0;
    good = good && pipe_write(pipe, bytes, PIPE_ROOM, &done) == 0 &&
           pollers_add(&pipe->write_pollers, &request, 64) == 0 &&
           pipe_read(pipe, back, 100, &done) == 0 && stand_in_signals == 1 + POLLERS_MAX &&
           pipe_read(pipe, back, PIPE_ATOMIC, &done) == 0 && stand_in_signals == 2 + POLLERS_MAX;
    return end() && good;
}

static bool refusals(void)
{
    begin();
    stand_in_refuse(1);
    bool good = pipe_write(pipe, "x", 1, &done) == RPC_NO_MEMORY && pipe->used == 0;
    stand_in_refuse(0);
    good = good && pipe_write(pipe, bytes, PIPE_ATOMIC, &done) == 0;
    stand_in_refuse(1);
    good = good && pipe_write(pipe, "x", 1, &done) == RPC_AGAIN &&
           wait_to_write("x", 1) == RPC_NO_MEMORY;
    stand_in_refuse(0);
    good = good && pipe_write(pipe, "x", 1, &done) == 0;
    return end() && good;
}

/* When too many rings have grown, others stay small, and work. */
static bool many_large(void)
{
    static struct pipe *many[1000];
    uint32_t large = 0;
    bool good = true;

    stand_in_refuse(0);
    for (int i = 0; i < 1000 && good; i++) {
        many[i] = pipe_make(0);
        good = pipe_write(many[i], bytes, PIPE_ROOM, &done) == 0 && done >= PIPE_ATOMIC &&
               pipe_read(many[i], back, PIPE_ROOM, &done) == 0;
        large += many[i]->room == PIPE_ROOM;
    }
    for (int i = 0; i < 1000; i++) {
        pipe_close(many[i], true);
        pipe_close(many[i], false);
    }
    return good && large > 400 && large <= 512 && full_and_empty() && stand_in_pieces() == 0;
}

int main(void)
{
    waiters_init(CAP_OF(1), 8);
    report("a stream", stream());
    report("full and empty", full_and_empty());
    report("its ends", ends());
    report("readers that wait", readers_wait());
    report("a reader that has gone", reader_gone());
    report("a thousand readers that have gone", gone_again_and_again());
    report("too many that wait", too_many());
    report("writers that wait", writers_wait());
    report("a writer that has gone", writer_gone());
    report("closed while somebody waits", closed_while_waiting());
    report("polling", polling());
    report("many large rings", many_large());
    report("memory refused", refusals());
    return failures != 0;
}
