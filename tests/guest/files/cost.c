/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What requests cost, in TSC ticks: instructions, when the emulator counts them (`tools/run
 * --icount 1`). Printed only: elsewhere ticks say little. The marks are for tools/profiler.
 */
#include "libsys/marker.h"
#include "libsys/string.h"
#include "libsys/time.h"
#include "tests/guest/files/test.h"

#define ROUNDS 5

static struct actor actor;
static char data[4096];

static void read_small(void)
{
    struct rpc_client file = actor_file(&actor, 0);
    uint32_t got;

    must("reading", file_read(&file, 0, 384, 0, 0, data, 384, &got));
}

static void write_small(void)
{
    struct rpc_client file = actor_file(&actor, 0);
    uint32_t written;

    must("writing", file_write(&file, 0, 0, 0, data, 384, &written));
}

static void read_byte(void)
{
    struct rpc_client file = actor_file(&actor, 0);
    uint32_t got;

    must("reading", file_read(&file, 0, 1, 0, 0, data, 1, &got));
}

static void read_page(void)
{
    struct rpc_client file = actor_file(&actor, 0);
    uint32_t got;

    must("reading", file_read(&file, 0, 4096, 0, 0, data, 4096, &got));
}

static void status(void)
{
    struct file_status told;
    uint32_t bytes;

    must("status", vfs_status(&actor.vfs, "/tmp/cost", 0, &told, sizeof(told), &bytes));
}

static void open_close(void)
{
    uint32_t kind, device;

    must("opening",
         vfs_open(&actor.vfs, "/tmp/cost", OPEN_READ, 0, 1, actor.file[1], &kind, &device));
    actor_close(&actor, 1);
}

static void pipe_byte(void)
{
    uint32_t done;

    must("writing", actor_write(&actor, 3, data, 1, &done));
    must("reading", actor_read(&actor, 2, data, 1, &done));
}

static void measure(uint32_t id, const char *name, void (*operation)(void))
{
    uint64_t least = UINT64_MAX;

    for (int i = 0; i < ROUNDS; i++) {
        uint64_t before = time_ticks();
        RS_BEGIN(id);
        operation();
        RS_END(id);
        uint64_t ticks = time_ticks() - before;
        least = ticks < least ? ticks : least;
    }
    print("# %s: %lu ticks\n", name, least);
}

void cases_cost(void)
{
    uint32_t written;

    actor_make(&actor);
    actor_set_window(&actor);
    must("a file", actor_open(&actor, "/tmp/cost", OPEN_READ | OPEN_WRITE | OPEN_CREATE, 0));
    must("a page of it", actor_write(&actor, 0, data, sizeof(data), &written));
    must("a pipe", actor_pipe(&actor, 2));
    measure(1, "read of 1 byte", read_byte);
    measure(2, "read of 384 bytes", read_small);
    measure(3, "write of 384 bytes", write_small);
    measure(4, "read of 4096 bytes", read_page);
    measure(5, "status of a path", status);
    measure(6, "open and close", open_close);
    measure(7, "a byte through a pipe", pipe_byte);
    must("unlinking", vfs_unlink(&actor.vfs, "/tmp/cost", false));
    actor_end(&actor);
}
