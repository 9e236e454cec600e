/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What processes cost, from the first instruction of the request to the last of the answer to
 * wait: told in the log, in TSC ticks. With `icount=1` of tools/run those are instructions.
 */

#include <stddef.h>

#include "libsys/format.h"
#include "libsys/log_client.h"
#include "libsys/marker.h"
#include "libsys/memory_client.h"
#include "libsys/time.h"
#include "tests/guest/user/user.h"

#define PASSES 15
#define TOUCHED (4ull << 20)
#define WRITTEN 16

static volatile char *touched;

static int nothing(void)
{
    return 0;
}

static int writes(void)
{
    for (unsigned i = 0; i < WRITTEN; i++)
        touched[4096 * i] = 1;
    return 0;
}

static int32_t spawn(void)
{
    err_t error;

    return user_spawn(PATH, "0", &error);
}

static int32_t fork_nothing(void)
{
    return user_fork(nothing);
}

static int32_t fork_writes(void)
{
    return user_fork(writes);
}

static int execs(void)
{
    (void)!user_exec(PATH, "0");
    return 1;
}

static int32_t fork_exec(void)
{
    return user_fork(execs);
}

/* The median of some passes; 0: one failed. */
static uint64_t cost(int32_t (*child)(void))
{
    uint64_t sample[PASSES];

    for (unsigned i = 0; i < PASSES; i++) {
        RS_BEGIN(1);
        uint64_t begin = time_ticks();
        int32_t pid = child();
        if (pid <= 0 || user_wait(pid) != 0)
            return 0;
        uint64_t ticks = time_ticks() - begin;
        RS_END(1);
        unsigned at = i;
        for (; at > 0 && sample[at - 1] > ticks; at--)
            sample[at] = sample[at - 1];
        sample[at] = ticks;
    }
    return sample[PASSES / 2];
}

static int tell(const char *name, uint64_t ticks)
{
    struct rpc_client log = {PROCESS_CAP(LOG), user_client.context};
    char text[64];

    format_buffer(text, sizeof(text), "cost %s %lu", name, ticks);
    (void)!log_append(&log, 2, text);
    return ticks ? 0 : __LINE__;
}

static int size(void)
{
    struct process_info info;
    int32_t child = user_fork(user_idle_body);

    EXPECT(child > 0);
    user_yield(4);
    EXPECT(!process_info(&user_client, child, &info));
    EXPECT(!tell("size.space", info.memory));
    EXPECT(!process_kill(SELF, child, 9) && user_wait(child) == 9);
    return 0;
}

static int touch(uint64_t bytes)
{
    uint64_t address = 0;

    EXPECT(
        !memory_map_anonymous(PROCESS_CAP(MEMORY), 0, bytes, MEMORY_READ | MEMORY_WRITE, &address));
    EXPECT(address != 0);
    touched = (volatile char *)address;
    for (uint64_t i = 0; i < bytes; i += 4096)
        touched[i] = 1;
    return 0;
}

static int costs(void)
{
    EXPECT(!tell("proc.spawn", cost(spawn)));
    EXPECT(!tell("proc.fork", cost(fork_nothing)));
    EXPECT(!tell("proc.exec", cost(fork_exec)));
    EXPECT(!size());
    EXPECT(!touch(WRITTEN * 4096));
    EXPECT(!tell("proc.fork.write", cost(fork_writes)));
    EXPECT(!touch(TOUCHED));
    EXPECT(!tell("proc.fork.4m", cost(fork_nothing)));
    return 0;
}

const struct user_case user_costs[] = {{"costs", costs}, {NULL, NULL}};
