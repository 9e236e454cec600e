/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parties of calls, replies, transfers and faults that go at any moment: an interrupt of the timer
 * stops all where they are, and then one or two of them are ended in some way. Whoever is left must
 * come to its end, with errors that are true (steps.h), and nothing may be left of the others.
 *
 * What is done depends on the seed alone, where it strikes also on the machine. The program's
 * arguments "steps N" make it N rounds of each, and "seed S" begin with that one.
 */

#include "tests/guest/kernel/steps.h"

#include "tests/guest/kernel/chaos.h"
#include "tests/guest/kernel/time.h"
#include "tests/guest/kernel/worker.h"

#define ROUNDS 2
#define MINUTE 60000000ull
#define SLOT (PROCESS_SLOTS - 1) /* for what is received */

static uint64_t state;

static uint64_t pick(uint64_t below)
{
    return chaos_random(&state) % below;
}

struct round {
    cap_t endpoint, inner_endpoint, pager_endpoint, cpu;
    struct task *client, *server, *inner, *pager;
    bool client_gone, server_gone, endpoint_gone, pager_gone, inner_gone;
};

static void side_make(struct task *task, struct task *peer)
{
    struct side *side = side_of(task);

    side->table = process_give(task->process, task->process->cnode, RIGHT_ALL, 0);
    side->cap = process_give(task->process, case_make(OBJECT_NOTIFICATION, 0), RIGHT_ALL, 0);
    side->slot = SLOT;
    side->peer = side_of(peer);
    task->area->buffer.receive[0] = (uint32_t)CAP_OF(SLOT);
}

static struct task *party_make(bool passive, cap_t endpoint)
{
    struct process *process = process_make_apart();

    if (passive)
        return task_make_passive(process, endpoint);
    struct task *task = task_make(process, PRIORITY_USUAL);
    if (endpoint)
        task_serve(task, endpoint);
    return task;
}

/* Client, server, whom the server calls, and the client's pager: each with or without own time. */
static struct round round_make(void)
{
    struct round round = {.endpoint = case_make(OBJECT_ENDPOINT, 0),
                          .inner_endpoint = case_make(OBJECT_ENDPOINT, 0),
                          .pager_endpoint = case_make(OBJECT_ENDPOINT, 0)};
    bool passive = pick(2);
    uint32_t slot = case_slot();

    OK(cpu_limit, own.cpu, own.cnode, slot, PRIORITY_HIGH, 500000);
    round.cpu = CAP_OF(slot);
    round.inner = worker_server(round.inner_endpoint, pick(2) * PRIORITY_USUAL, 0);
    round.pager = worker_server(round.pager_endpoint, pick(2) * PRIORITY_USUAL, 0);
    round.server = party_make(passive, round.endpoint);
    round.client = party_make(false, 0);
    side_make(round.server, round.client);
    side_make(round.client, round.server);
    side_of(round.client)->handle =
        process_give(round.client->process, round.endpoint, RIGHT_ALL, 7);
    if (pick(2))
        side_of(round.server)->handle =
            process_give(round.server->process, round.inner_endpoint, RIGHT_ALL, 0);
    OK(thread_set_fault, round.client->thread,
       case_mint(round.pager_endpoint, RIGHT_ENDPOINT_CALL, 1));
    OK(sched_context_limit, round.client->sched, round.cpu, PRIORITY_USUAL, 0, 4000000, 10000000);
    task_start(round.server, passive ? steps_serve_passive : steps_serve);
    settle();
    task_start(round.client, steps_client);
    return round;
}

/* ---- What happens to them ---- */

static void client_deleted(struct round *round)
{
    OK(cnode_delete, own.cnode, CAP_INDEX(round->client->thread));
    round->client_gone = true;
}

static void client_suspended(struct round *round)
{
    OK(thread_suspend, round->client->thread);
    if (pick(2))
        runner_sleep((uint32_t)pick(200));
    (void)!thread_resume(round->client->thread); /* refused where a fault has ended it */
}

static void client_memory(struct round *round)
{
    OK(cnode_revoke, own.cnode, CAP_INDEX(round->client->process->memory));
    round->client_gone = true;
}

static void client_time(struct round *round)
{
    OK(cnode_delete, own.cnode, CAP_INDEX(round->client->sched));
    round->client_gone = true;
}

static void client_cpu(struct round *round)
{
    OK(cnode_delete, own.cnode, CAP_INDEX(round->cpu));
    round->client_gone = true;
}

static void client_budget(struct round *round)
{
    OK(sched_context_limit, round->client->sched, own.cpu, PRIORITY_USUAL, 0, 1000, 100000);
    runner_sleep((uint32_t)pick(400));
    OK(sched_context_configure, round->client->sched, own.cpu, PRIORITY_USUAL, 0);
}

static void client_deadline(struct round *round)
{
    deadline_in(round->client, pick(100));
    runner_sleep((uint32_t)pick(300));
    OK(sched_context_deadline, round->client->sched, 0);
}

static void server_deleted(struct round *round)
{
    OK(cnode_delete, own.cnode, CAP_INDEX(round->server->thread));
    round->server_gone = true;
}

static void server_suspended(struct round *round)
{
    OK(thread_suspend, round->server->thread);
    if (pick(2))
        runner_sleep((uint32_t)pick(200));
    OK(thread_resume, round->server->thread);
}

static void server_memory(struct round *round)
{
    OK(cnode_revoke, own.cnode, CAP_INDEX(round->server->process->memory));
    round->server_gone = true;
}

static void server_time(struct round *round)
{
    if (round->server->sched)
        OK(cnode_delete, own.cnode, CAP_INDEX(round->server->sched));
}

static void endpoint_deleted(struct round *round)
{
    OK(cnode_delete, own.cnode, CAP_INDEX(round->endpoint));
    round->endpoint_gone = true;
}

static void inner_deleted(struct round *round)
{
    OK(cnode_delete, own.cnode, CAP_INDEX(pick(2) ? round->inner->thread : round->inner_endpoint));
    round->inner_gone = true;
}

static void pager_deleted(struct round *round)
{
    OK(cnode_delete, own.cnode, CAP_INDEX(pick(2) ? round->pager->thread : round->pager_endpoint));
    round->pager_gone = true;
}

/* ---- And then ---- */

/* Nobody waits for one who is there, and has said what isn't true. */
static void round_check(const struct round *round, uint64_t seed)
{
    struct side *client = side_of(round->client), *server = side_of(round->server);

    if (client->wrong)
        FAIL("seed %lu: client, steps_victim.c:%lu, result 0x%lx", seed, client->wrong,
             client->error);
    if (server->wrong)
        FAIL("seed %lu: server, steps_victim.c:%lu, result 0x%lx", seed, server->wrong,
             server->error);
    if (round->client_gone || round->server_gone || round->pager_gone || round->inner_gone)
        return;
    unsigned now = task_state(round->client);
    if (now != THREAD_WAITING)
        FAIL("seed %lu: the client's state is %u", seed, now);
}

/* Callers that wait for somebody who is gone are let go by the end of the endpoints. */
static void round_end(struct round *round, uint64_t seed)
{
    (void)!cnode_delete(own.cnode, CAP_INDEX(round->inner_endpoint));
    (void)!cnode_delete(own.cnode, CAP_INDEX(round->endpoint));
    settle();
    if (!round->client_gone) {
        unsigned now = task_state(round->client);
        if (now == THREAD_CALLING || now == THREAD_QUEUED)
            FAIL("seed %lu: the client's state is %u, with no endpoint", seed, now);
    }
    if (!round->server_gone && round->server->sched && !round->endpoint_gone)
        EXPECT(task_state(round->server) != THREAD_IDLE);
}

typedef void event(struct round *round);

static void round_run(uint64_t seed, event *first)
{
    static event *const others[] = {client_suspended, client_deadline, client_budget,
                                    server_suspended};

    state = seed * 0x9e3779b97f4a7c15ull + 1;
    struct round round = round_make();
    runner_sleep(30 + (uint32_t)pick(300));
    for (unsigned i = (unsigned)pick(3); i > 0; i--) {
        others[pick(4)](&round);
        runner_sleep((uint32_t)pick(150));
    }
    first(&round);
    runner_sleep((uint32_t)pick(300));
    side_of(round.client)->stop = 1;
    if (!round.client_gone) /* so that it isn't in debt for long */
        OK(sched_context_configure, round.client->sched, own.cpu, PRIORITY_USUAL, 0);
    settle();
    round_check(&round, seed);
    round_end(&round, seed);
}

static void rounds(event *first)
{
    uint64_t begin = test_number("seed", 1), count = test_number("steps", ROUNDS);

    for (uint64_t seed = begin; seed < begin + count; seed++) {
        round_run(seed, first);
        runner_end();
        runner_begin();
    }
}

#define ROUNDS_OF(name)         \
    static void name##_at(void) \
    {                           \
        rounds(name);           \
    }

ROUNDS_OF(client_deleted)
ROUNDS_OF(client_suspended)
ROUNDS_OF(client_memory)
ROUNDS_OF(client_time)
ROUNDS_OF(client_cpu)
ROUNDS_OF(client_budget)
ROUNDS_OF(client_deadline)
ROUNDS_OF(server_deleted)
ROUNDS_OF(server_suspended)
ROUNDS_OF(server_memory)
ROUNDS_OF(server_time)
ROUNDS_OF(endpoint_deleted)
ROUNDS_OF(inner_deleted)
ROUNDS_OF(pager_deleted)

static const struct test steps_tests[] = {
    {"client deleted", client_deleted_at},
    {"client suspended", client_suspended_at},
    {"client's memory taken", client_memory_at},
    {"client's time deleted", client_time_at},
    {"client's Cpu deleted", client_cpu_at},
    {"client's budget ends", client_budget_at},
    {"client's deadline passes", client_deadline_at},
    {"server deleted", server_deleted_at},
    {"server suspended", server_suspended_at},
    {"server's memory taken", server_memory_at},
    {"server's time deleted", server_time_at},
    {"endpoint deleted", endpoint_deleted_at},
    {"server's server or its endpoint deleted", inner_deleted_at},
    {"pager or its endpoint deleted", pager_deleted_at},
};
GROUP("steps", steps_tests);
