/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Budgets: nobody gets more than its own, whatever it calls; who pays for a request whose caller's
 * budget is gone; and that nobody else waits longer for it than the request takes.
 */

#include "tests/guest/kernel/await.h"
#include "tests/guest/kernel/time.h"
#include "tests/guest/kernel/worker.h"

#define MINUTE 60000000ull /* microseconds */

/* What a SchedContext had when it was given a budget. */
struct account {
    cap_t sched;
    uint64_t used, begin, budget, period; /* ticks */
};

static struct account limit(const struct task *task, uint64_t budget, uint64_t period)
{
    struct account account = {.sched = task->sched,
                              .used = usage_of(task->sched).used,
                              .begin = tsc(),
                              .budget = ticks_of(budget),
                              .period = ticks_of(period)};

    time_limit(task->sched, task->priority, budget, period);
    return account;
}

/*
 * It had no more than its share of the time up to the end of its present period: what is left of
 * that one has been given already, and debt is counted as had. True whatever the host does.
 */
static void expect_share_kept(const struct account *account)
{
    struct usage usage = usage_of(account->sched);
    uint64_t given = usage.used - account->used + (uint64_t)usage.left;
    unsigned __int128 most = (unsigned __int128)(usage.renew - account->begin) * account->budget;

    EXPECT(usage.renew <= usage.now + account->period);
    EXPECT(usage.left <= (int64_t)account->budget);
    if ((unsigned __int128)given * account->period > most + account->period)
        FAIL("used %lu, left %ld of %lu ticks each %lu, after %lu", usage.used - account->used,
             usage.left, account->budget, account->period, usage.now - account->begin);
}

/* Let the victims run until it has nothing left. */
static void await_depleted(const struct task *task)
{
    for (unsigned i = 0; usage_of(task->sched).left > 0; i++) {
        if (i == LOOKS_MAX)
            FAIL("task %u still has %ld ticks", task->id, usage_of(task->sched).left);
        runner_sleep(1000);
    }
}

static void let_run(uint64_t microseconds)
{
    await_time(tsc() + ticks_of(microseconds));
}

/* A task of low priority that runs whenever nobody else does. */
static struct task *spinner_start(unsigned priority)
{
    struct task *task = task_make(process_make(), priority);

    task_start(task, victim_count);
    return task;
}

/* ---- No more than the budget ---- */

static void alone(void)
{
    struct task *task = spinner_start(PRIORITY_USUAL);
    struct account account = limit(task, 300, 2000);

    for (unsigned i = 0; i < 10; i++) {
        let_run(10000);
        expect_share_kept(&account);
    }
    await_count(task); /* and it still has some, again and again */
    await_count(task);
    expect_share_kept(&account);
}

/*
 * A client has all the time that it gets spent by servers. All of the time is somebody's: what the
 * client didn't pay for, the one of low priority had, and the runner.
 */
static void calls_of(unsigned servers, unsigned server_priority)
{
    cap_t endpoint = 0;
    for (unsigned i = 0; i < servers; i++) {
        cap_t before = endpoint;
        endpoint = case_make(OBJECT_ENDPOINT, 0);
        worker_server(endpoint, server_priority, before);
    }
    struct task *client = worker_client(PRIORITY_USUAL, endpoint, 20000, 0);
    struct account account = limit(client, 500, 5000);
    struct task *rest = spinner_start(PRIORITY_LOW);
    struct usage before = usage_of(own.time);

    worker_start_client(client);
    for (unsigned i = 0; i < 20; i++) {
        let_run(10000);
        expect_share_kept(&account);
    }
    await_count(client);
    struct usage after = usage_of(own.time);
    uint64_t had = usage_of(client->sched).used, others = usage_of(rest->sched).used,
             all = after.now - before.now;
    EXPECT(work_of(client)->calls > 0 && work_of(client)->errors == 0);
    EXPECT(had > 0);
    uint64_t sum = had + others + after.used - before.used;
    if (sum > all + all / 100 || sum < all - all / 50)
        FAIL("of %lu ticks the client had %lu, others %lu, the runner %lu", all, had, others,
             after.used - before.used);
}

static void calls_passive(void)
{
    calls_of(1, 0);
}

static void calls_passive_nested(void)
{
    calls_of(3, 0);
}

static void calls_active(void)
{
    calls_of(2, PRIORITY_USUAL);
}

/* Several clients of one server: each has its own share. */
static void calls_of_many(void)
{
    cap_t endpoint = case_make(OBJECT_ENDPOINT, 0);
    struct account account[4];
    struct task *client[4];

    worker_server(endpoint, 0, 0);
    for (unsigned i = 0; i < 4; i++) {
        client[i] = worker_client(PRIORITY_USUAL + i, endpoint, 10000 << i, 0);
        account[i] = limit(client[i], 200 + 100 * i, 4000);
        worker_start_client(client[i]);
    }
    spinner_start(PRIORITY_LOW);
    for (unsigned i = 0; i < 20; i++) {
        let_run(10000);
        for (unsigned k = 0; k < 4; k++)
            expect_share_kept(&account[k]);
    }
    for (unsigned i = 0; i < 4; i++) {
        await_count(client[i]);
        EXPECT_EQUAL(work_of(client[i])->errors, 0);
    }
}

/* ---- A server whose caller is gone, or has no time ---- */

enum going { GOING_BUDGET, GOING_DELETED, GOING_SUSPENDED, GOING_TIME, GOING_DEADLINE };

static void let_go(const struct task *client, enum going going)
{
    switch (going) {
    case GOING_BUDGET:
        await_depleted(client);
        break;
    case GOING_DELETED:
        OK(cnode_delete, own.cnode, CAP_INDEX(client->thread));
        break;
    case GOING_SUSPENDED:
        OK(thread_suspend, client->thread);
        break;
    case GOING_TIME:
        OK(cnode_delete, own.cnode, CAP_INDEX(client->sched));
        break;
    default:
        OK(sched_context_deadline, client->sched, 1);
        await_time(tsc());
    }
}

#define FLAG_SERVED 0x100

/* A call is answered before anything of lower priority runs. */
static void expect_served_at_once(struct task *client, const struct task *rest)
{
    uint64_t others = rest->area->data[0];

    work_of(client)->signal =
        process_give(client->process, runner_signal(FLAG_SERVED), RIGHT_NOTIFICATION_SIGNAL, 0);
    worker_start_client(client);
    EXPECT(await_flag(FLAG_SERVED));
    EXPECT_EQUAL(rest->area->data[0], others);
    EXPECT_EQUAL(work_of(client)->errors, 0);
    (void)take_flags();
}

/* The next caller is served at once, before those of lower priority, on its own time. */
static void expect_next_served(struct task *server, struct task *rest, cap_t endpoint)
{
    struct task *next = worker_client(PRIORITY_USUAL, endpoint, 1, 1);
    uint64_t calls = work_of(server)->calls;

    worker_start_client(next);
    uint64_t others = rest->area->data[0];
    await_count(server); /* with what it had begun */
    EXPECT_EQUAL(rest->area->data[0], others);
    work_of(server)->stop = 1;
    await_report(next);
    expect_done(next);
    EXPECT_EQUAL(work_of(next)->errors, 0);
    EXPECT_EQUAL(work_of(server)->calls, calls + 1);
}

static void stranded(enum going going)
{
    cap_t endpoint = case_make(OBJECT_ENDPOINT, 0);
    struct task *server = worker_server(endpoint, 0, 0);
    struct task *client = worker_client(PRIORITY_USUAL, endpoint, ENDLESS, 1);

    worker_start_client(client);
    await_count(server);
    if (going == GOING_BUDGET)
        limit(client, 500, MINUTE);
    let_go(client, going);
    if (going == GOING_DEADLINE) /* it goes on itself, and comes to its end */
        await_report(client);
    struct task *rest = spinner_start(PRIORITY_LOW);
    uint64_t count = work_of(server)->count;
    await_count(rest);
    EXPECT_EQUAL(work_of(server)->count, count); /* nobody gives it time */
    expect_next_served(server, rest, endpoint);
}

static void stranded_budget(void)
{
    stranded(GOING_BUDGET);
}

static void stranded_deleted(void)
{
    stranded(GOING_DELETED);
}

static void stranded_suspended(void)
{
    stranded(GOING_SUSPENDED);
}

static void stranded_time(void)
{
    stranded(GOING_TIME);
}

static void stranded_deadline(void)
{
    stranded(GOING_DEADLINE);
}

/* One that has time of its own finishes without anybody's help, at the cost of whose it was. */
static void reserve(enum going going)
{
    cap_t endpoint = case_make(OBJECT_ENDPOINT, 0);
    struct task *server = worker_server(endpoint, PRIORITY_USUAL, 0);
    struct task *client = worker_client(PRIORITY_USUAL, endpoint, ENDLESS, 1);

    worker_start_client(client);
    await_count(server);
    struct account account = limit(client, 500, MINUTE);
    if (going != GOING_BUDGET)
        let_go(client, going);
    await_depleted(client);
    struct usage before = usage_of(client->sched);
    uint64_t own_used = usage_of(server->sched).used;
    let_run(20000);
    await_count(server);
    uint64_t paid = usage_of(client->sched).used - before.used;
    own_used = usage_of(server->sched).used - own_used;
    EXPECT(paid > 0);
    EXPECT(own_used <= paid / 20);
    EXPECT_EQUAL((uint64_t)(before.left - usage_of(client->sched).left), paid);
    work_of(server)->stop = 1;
    settle();
    EXPECT_EQUAL(task_state(server), THREAD_IDLE);
    expect_share_kept(&account);
}

static void reserve_budget(void)
{
    reserve(GOING_BUDGET);
}

static void reserve_deleted(void)
{
    reserve(GOING_DELETED);
}

static void reserve_suspended(void)
{
    reserve(GOING_SUSPENDED);
}

/* A caller that helps loses nothing: the first client pays for what is done for it. */
static void helped_by(enum going going)
{
    cap_t endpoint = case_make(OBJECT_ENDPOINT, 0);
    struct task *server = worker_server(endpoint, 0, 0);
    struct task *client = worker_client(PRIORITY_USUAL, endpoint, ENDLESS, 1);
    struct task *next = worker_client(PRIORITY_HIGH, endpoint, 1, 1);

    worker_start_client(client);
    await_count(server);
    if (going == GOING_BUDGET)
        limit(client, 500, MINUTE);
    let_go(client, going);
    uint64_t paid = usage_of(client->sched).used;
    worker_start_client(next);
    let_run(50000);
    await_count(server);
    uint64_t helper = usage_of(next->sched).used;
    paid = usage_of(client->sched).used - paid;
    if (helper > paid / 10)
        FAIL("the helper paid %lu, the client %lu", helper, paid);
    work_of(server)->stop = 1;
    await_report(next);
    expect_done(next);
    EXPECT_EQUAL(work_of(next)->errors, 0);
}

static void helped_depleted(void)
{
    helped_by(GOING_BUDGET);
}

static void helped_deleted(void)
{
    helped_by(GOING_DELETED);
}

static void helped_suspended(void)
{
    helped_by(GOING_SUSPENDED);
}

/* What was overrun is paid before it gets anything again. */
static void debt(void)
{
    cap_t endpoint = case_make(OBJECT_ENDPOINT, 0);
    struct task *server = worker_server(endpoint, 0, 0);
    struct task *client = worker_client(PRIORITY_USUAL, endpoint, ENDLESS, 0);
    struct task *next = worker_client(PRIORITY_HIGH, endpoint, 1, 1);

    worker_start_client(client);
    await_count(server);
    struct account account = limit(client, 1000, 10000);
    await_depleted(client);
    worker_start_client(next);
    let_run(50000); /* five budgets at least */
    await_count(server);
    work_of(server)->stop = 1;
    await_report(next);
    expect_done(next);
    struct usage usage = usage_of(client->sched);
    EXPECT(usage.left < 0);
    uint64_t periods = (uint64_t)-usage.left / account.budget;
    EXPECT(periods >= 1);
    uint64_t calls = work_of(client)->calls;
    await_time(usage.renew + (periods - 1) * account.period);
    if (usage_of(client->sched).now < usage.renew + periods * account.period) {
        EXPECT_EQUAL(work_of(client)->calls, calls);
        EXPECT_EQUAL(usage_of(client->sched).used, usage.used);
    }
    await_time(usage.renew + periods * account.period);
    await_count(client); /* its requests end at once now */
    expect_share_kept(&account);
}

/* ---- Requests that hardly have a budget, on every server thread ---- */

/* Who comes next waits for one request; and they don't get more by that than they have. */
static void all_servers(unsigned server_priority)
{
    time_need_fast();
    cap_t endpoint = case_make(OBJECT_ENDPOINT, 0);
    struct task *server[3], *attacker[3];
    struct account account[3];

    for (unsigned i = 0; i < 3; i++)
        server[i] = worker_server(endpoint, server_priority, 0);
    for (unsigned i = 0; i < 3; i++) {
        attacker[i] = worker_client(PRIORITY_USUAL, endpoint, 1000000, 0);
        OK(sched_context_configure, attacker[i]->sched, own.cpu, PRIORITY_USUAL, 10000);
        worker_start_client(attacker[i]);
    }
    for (unsigned i = 0; i < 3; i++)
        await_count(server[i]);
    for (unsigned i = 0; i < 3; i++) /* a budget in which one hardly comes to make a call */
        account[i] = limit(attacker[i], 1, 100);
    struct task *rest = spinner_start(PRIORITY_LOW);
    for (unsigned i = 0; i < 4; i++)
        expect_served_at_once(worker_client(PRIORITY_HIGH, endpoint, 10, 1), rest);
    for (unsigned i = 0; i < 3; i++)
        expect_share_kept(&account[i]);
    let_run(50000);
    for (unsigned i = 0; i < 3; i++)
        expect_share_kept(&account[i]);
    await_count(rest);
}

static void all_servers_passive(void)
{
    all_servers(0);
}

static void all_servers_active(void)
{
    all_servers(PRIORITY_USUAL);
}

/* ---- Time that is taken ---- */

static cap_t cpu_make(uint64_t share)
{
    uint32_t slot = case_slot();

    OK(cpu_limit, own.cpu, own.cnode, slot, PRIORITY_HIGH, share);
    return CAP_OF(slot);
}

enum taking { TAKING_DELETE_CPU, TAKING_REVOKE_CPU, TAKING_SCHED, TAKING_PARENT };

/* Two that run, one of them in a call: both stop at once. */
static void time_taken(enum taking taking)
{
    cap_t outer = cpu_make(500000), part, endpoint = case_make(OBJECT_ENDPOINT, 0);
    uint32_t slot = case_slot();

    OK(cpu_limit, outer, own.cnode, slot, PRIORITY_HIGH, 400000);
    part = CAP_OF(slot);
    struct task *server = worker_server(endpoint, 0, 0), *spinner = spinner_start(PRIORITY_USUAL);
    struct task *client = worker_client(PRIORITY_USUAL, endpoint, ENDLESS, 1);
    struct task *task[2] = {spinner, client};
    for (unsigned i = 0; i < 2; i++)
        OK(sched_context_limit, task[i]->sched, i ? case_copy(part, RIGHT_ALL) : part,
           PRIORITY_USUAL, 10000, 1000000, 5000000);
    worker_start_client(client);
    await_count(server);
    await_count(spinner);
    switch (taking) {
    case TAKING_DELETE_CPU:
        OK(cnode_delete, own.cnode, CAP_INDEX(part));
        break;
    case TAKING_REVOKE_CPU:
        OK(cnode_revoke, own.cnode, CAP_INDEX(part));
        break;
    case TAKING_PARENT:
        OK(cnode_revoke, own.cnode, CAP_INDEX(outer));
        break;
    default:
        for (unsigned i = 0; i < 2; i++)
            OK(cnode_delete, own.cnode, CAP_INDEX(task[i]->sched));
    }
    uint64_t served = work_of(server)->count, counted = spinner->area->data[0];
    settle();
    let_run(20000);
    EXPECT_EQUAL(work_of(server)->count, served);
    EXPECT_EQUAL(spinner->area->data[0], counted);
    if (taking == TAKING_SCHED)
        return;
    for (unsigned i = 0; i < 2; i++) /* given again, they go on */
        OK(sched_context_limit, task[i]->sched, own.cpu, PRIORITY_USUAL, 10000, 1000000, 5000000);
    await_count(server);
    await_count(spinner);
}

static void cpu_deleted(void)
{
    time_taken(TAKING_DELETE_CPU);
}

static void cpu_revoked(void)
{
    time_taken(TAKING_REVOKE_CPU);
}

static void cpu_parent_revoked(void)
{
    time_taken(TAKING_PARENT);
}

static void sched_deleted(void)
{
    time_taken(TAKING_SCHED);
}

static const struct test budget_tests[] = {
    {"alone", alone},
    {"spent by a passive server", calls_passive},
    {"spent by three passive servers", calls_passive_nested},
    {"spent by two servers with time", calls_active},
    {"of four clients of a passive server", calls_of_many},
    {"passive server, its client's budget ends", stranded_budget},
    {"passive server, its client deleted", stranded_deleted},
    {"passive server, its client suspended", stranded_suspended},
    {"passive server, its client's time deleted", stranded_time},
    {"passive server, its client's deadline passes", stranded_deadline},
    {"server finishes on its reserve", reserve_budget},
    {"server finishes on its reserve, client deleted", reserve_deleted},
    {"server finishes on its reserve, client suspended", reserve_suspended},
    {"helper pays nothing", helped_depleted},
    {"helper pays nothing, client deleted", helped_deleted},
    {"helper pays nothing, client suspended", helped_suspended},
    {"debt is paid first", debt},
    {"1 us, on every passive server", all_servers_passive},
    {"1 us, on every server", all_servers_active},
    {"Cpu deleted", cpu_deleted},
    {"Cpu revoked", cpu_revoked},
    {"Cpu's parent revoked", cpu_parent_revoked},
    {"time deleted", sched_deleted},
};
GROUP("budget", budget_tests);
