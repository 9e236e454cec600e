/* SPDX-License-Identifier: BSD-2-Clause */
/* See pair.h. */

#include "tests/guest/kernel/pair.h"

#include "kernel/abi/bootinfo.h"
#include "libsys/program.h"

static struct task *make_task(struct process *process, bool vectors)
{
    if (!vectors)
        return task_make(process, PRIORITY_USUAL);
    struct task *task = task_make_vector(process, PRIORITY_USUAL);
    task_use_vectors(task);
    return task;
}

struct pair pair_make(unsigned flags)
{
    struct pair pair = {.endpoint = case_make(OBJECT_ENDPOINT, 0)};
    struct process *process = process_make_apart();

    if (flags & PAIR_PASSIVE)
        pair.server = task_make_passive(process, pair.endpoint);
    else
        pair.server = make_task(process, flags & PAIR_SERVER_VECTOR);
    process = flags & PAIR_ONE_SPACE ? process_beside(process) : process_make_apart();
    pair.client = make_task(process, flags & PAIR_CLIENT_VECTOR);
    pair.handle = process_give(process, pair.endpoint, RIGHT_ALL, PAIR_BADGE);
    if (!(flags & PAIR_PASSIVE))
        task_serve(pair.server, pair.endpoint);
    if (flags & PAIR_RFLAGS) {
        pair.server->area->flags |= AREA_RFLAGS;
        pair.client->area->flags |= AREA_RFLAGS;
    }
    if (flags & PAIR_BASES) {
        if (!(program_info()->features & BOOT_FEATURE_FSGSBASE))
            test_skip("the CPU has no FSGSBASE");
        pair.server->area->flags |= AREA_BASES;
        pair.client->area->flags |= AREA_BASES;
    }
    return pair;
}

struct task *pair_client(const struct pair *pair, unsigned priority, uint32_t badge, cap_t *handle)
{
    struct process *process = process_make();
    struct task *client = task_make(process, priority);

    *handle = process_give(process, pair->endpoint, RIGHT_ALL, badge);
    return client;
}

void pair_run(const struct pair *pair)
{
    task_run(pair->server);
    settle();
    task_run(pair->client);
    settle();
}

struct exchange pair_exchange(const struct pair *pair)
{
    return (struct exchange){
        .wait = step_add(pair->server, SYSCALL_REPLY_WAIT, 0),
        .answer = step_add(pair->server, SYSCALL_REPLY_WAIT, 0),
        .request = step_add(pair->client, SYSCALL_CALL, pair->handle),
    };
}
