/* SPDX-License-Identifier: BSD-2-Clause */
/* See worker.h. What victims execute has no data of its own. */

#include "tests/guest/kernel/worker.h"

struct task *worker_server(cap_t endpoint, unsigned priority, cap_t next)
{
    struct process *process = process_make();
    struct task *task =
        priority ? task_make(process, priority) : task_make_passive(process, endpoint);

    if (priority)
        task_serve(task, endpoint);
    if (next)
        work_of(task)->handle = process_give(process, next, RIGHT_ENDPOINT_CALL, 0);
    task_start(task, priority ? worker_serve : worker_serve_passive);
    settle();
    return task;
}

struct task *worker_client(unsigned priority, cap_t endpoint, uint64_t units, uint64_t most)
{
    struct process *process = process_make();
    struct task *task = task_make(process, priority);
    struct work *work = work_of(task);

    work->handle = process_give(process, endpoint, RIGHT_ENDPOINT_CALL, 0);
    work->units = units;
    work->most = most;
    return task;
}

void worker_start_client(struct task *client)
{
    task_start(client, worker_call);
}

/* ---- What they execute ---- */

_Noreturn void worker_server_loop(struct area *area, uint64_t units);
void worker_client_loop(struct area *area);

static void do_work(struct work *work, uint64_t units)
{
    for (; units > 0 && !(units == ENDLESS && work->stop); units -= units != ENDLESS)
        work->count++;
}

/* It has received its first request. */
_Noreturn void worker_server_loop(struct area *area, uint64_t units)
{
    struct work *work = (struct work *)area->data;

    for (;;) {
        struct message message = {.word = {units}};
        uint32_t badge;
        work->calls++;
        if (work->handle)
            message.word[0] = call((cap_t)work->handle, &message);
        else
            do_work(work, units);
        while (reply_wait(&message, &badge))
            work->errors++;
        units = message.word[0];
    }
}

void worker_client_loop(struct area *area)
{
    struct work *work = (struct work *)area->data;

    while (!work->most || work->calls < work->most) {
        struct message message = {.word = {work->units}};
        err_t error = call((cap_t)work->handle, &message);
        if (error) {
            work->errors++;
            work->error = error;
        }
        work->calls++;
        work->count++;
    }
    if (work->signal && signal_flags((cap_t)work->signal))
        work->errors++;
}
