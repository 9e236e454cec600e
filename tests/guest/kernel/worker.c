/* SPDX-License-Identifier: BSD-2-Clause */
/* See worker.h. What victims execute has no data of its own. */

#include "tests/guest/kernel/worker.h"

#include "libsys/invoke.h"

struct task *worker_server(cap_t endpoint, unsigned priority, cap_t next)
{
    return worker_server_in(process_make(), endpoint, priority, next);
}

struct task *worker_server_in(struct process *process, cap_t endpoint, unsigned priority,
                              cap_t next)
{
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
    return worker_client_in(process_make(), priority, endpoint, units, most);
}

struct task *worker_client_in(struct process *process, unsigned priority, cap_t endpoint,
                              uint64_t units, uint64_t most)
{
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

struct task *worker_periodic(unsigned priority, uint64_t units, uint64_t period, uint64_t most)
{
    struct process *process = process_make();
    struct task *task = task_make(process, priority);
    struct work *work = work_of(task);

    *work = (struct work){.units = units, .period = period, .most = most};
    work->time = process_give(process, task->sched, RIGHT_SCHED_CONTEXT_USE, 0);
    work->nothing = process_give(process, case_make(OBJECT_NOTIFICATION, 0), RIGHT_ALL, 0);
    return task;
}

void worker_start_periodic(struct task *task, uint64_t release)
{
    work_of(task)->release = release;
    task_start(task, worker_periodic_entry);
}

struct task *worker_churn(unsigned priority, unsigned bits)
{
    struct process *process = process_make();
    struct task *task = task_make(process, priority);
    struct work *work = work_of(task);

    *work = (struct work){.slot = PROCESS_SLOTS - 1, .size_bits = bits};
    OK(cnode_move, process->cnode, PROCESS_SLOTS - 2, case_make(OBJECT_UNTYPED, bits));
    work->untyped = CAP_OF(PROCESS_SLOTS - 2);
    work->table = process_give(process, process->cnode, RIGHT_ALL, 0);
    task_start(task, worker_churn_entry);
    return task;
}

/* ---- What they execute ---- */

void worker_server_loop(struct area *area, uint64_t units);
void worker_client_loop(struct area *area);
_Noreturn void worker_churn_loop(struct area *area);
void worker_periodic_loop(struct area *area);

static void do_work(struct work *work, uint64_t units)
{
    for (; units > 0 && !(units == ENDLESS && work->stop); units -= units != ENDLESS)
        work->count++;
}

/* The answer is the next one's, or the error that it couldn't be asked for. */
static void pass_on(struct work *work, struct message *message)
{
    err_t error = call((cap_t)work->handle, message);

    if (error) {
        message->word[1] = error;
        work->errors++;
        work->error = error;
    }
}

/* It has received its first request. */
void worker_server_loop(struct area *area, uint64_t units)
{
    struct work *work = (struct work *)area->data;

    for (;;) {
        struct message message = {.word = {units}};
        uint32_t badge;
        work->calls++;
        if (work->handle)
            pass_on(work, &message);
        else
            do_work(work, units);
        err_t kind;
        while ((kind = reply_wait(&message, &badge))) { /* a fault has its answer, too */
            work->errors++;
            if (ERR_CODE(kind) == ERROR_NOT_BOUND)
                return; /* its endpoint is gone */
        }
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
        work->answer = message.word[1];
        work->calls++;
        work->count++;
    }
    if (work->signal && signal_flags((cap_t)work->signal))
        work->errors++;
}

/* Memory that is made into something large, zeroed, and taken back, again and again. */
_Noreturn void worker_churn_loop(struct area *area)
{
    struct work *work = (struct work *)area->data;

    for (;;) {
        if (untyped_retype((cap_t)work->untyped, (cap_t)work->table, work->slot, 1, OBJECT_FRAME,
                           work->size_bits) ||
            cnode_revoke((cap_t)work->table, CAP_INDEX(work->untyped)))
            work->errors++;
        work->count++;
    }
}

static uint64_t now(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

/* Sleeps until `time`, which the deadline of its own time tells. */
static void sleep_until(struct work *work, uint64_t time)
{
    uint64_t flags;

    if (sched_context_deadline((cap_t)work->time, time) ||
        notification_wait((cap_t)work->nothing, &flags) !=
            ERR(ERROR_CANCELLED, 0, OBJECT_SCHED_CONTEXT, BLAME_PEER) ||
        sched_context_deadline((cap_t)work->time, 0))
        work->errors++;
}

/* A job each period, of so many units; how long after its release it was done at the latest. */
void worker_periodic_loop(struct area *area)
{
    struct work *work = (struct work *)area->data;

    while (!work->most || work->calls < work->most) {
        sleep_until(work, work->release);
        do_work(work, work->units);
        uint64_t response = now() - work->release;
        if (work->calls == 0)
            work->first = response;
        if (response > work->worst)
            work->worst = response;
        work->release += work->period;
        work->calls++;
    }
}
