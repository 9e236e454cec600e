/* SPDX-License-Identifier: BSD-2-Clause */
/* hosted: budgets, who pays, deadlines, help, and how deep calls may hang on each other. */
#include "tests/host/hosted/unit.h"

#define ENDPOINT 32
#define ENDPOINT_2 33
#define SLEEP 34 /* the root thread waits for this, and line 0 wakes it */
#define SIGNAL 35
#define LINE 36
#define SERVER 40 /* each with its SchedContext in the next slot */
#define SERVER_2 42
#define LOW 44
#define MIDDLE 46
#define HIGH 48
#define CPU 50
#define CHAIN 64

#define BUDGET 10000
#define PERIOD 100000

static struct sched_context *time_of(unsigned slot)
{
    return ref_pointer(root_slot(slot + 1)->object);
}

static void make_objects(void)
{
    unit_make(OBJECT_ENDPOINT, 8, ENDPOINT);
    unit_make(OBJECT_ENDPOINT, 8, ENDPOINT_2);
    unit_make(OBJECT_NOTIFICATION, 7, SLEEP);
    unit_mint(SLEEP, SIGNAL, 255, 1);
    REQUIRE(INVOKE(ROOT_PLATFORM, platform_irq, CAP_OF(ROOT_CNODE), LINE, 0, IRQ_EDGE) == 0);
    REQUIRE(INVOKE(LINE, irq_bind, CAP_OF(SIGNAL)) == 0);
}

static void root_sleeps(void)
{
    REQUIRE(INVOKE(SLEEP, notification_wait, 0) == HOSTED_SWITCHED);
}

static void root_wakes(void)
{
    hosted_irq(0);
    hosted_check();
    REQUIRE(unit_current() == hosted_root.thread);
    INVOKE(LINE, irq_ack, 0);
}

/* Time passes, and what is due by then happens. */
static void pass(uint64_t ticks)
{
    uint64_t end = machine.tsc + ticks;
    while (machine.timer && machine.timer <= end) {
        machine.tsc = machine.timer > machine.tsc ? machine.timer : machine.tsc;
        hosted_enter_trap(VECTOR_TIMER, 0);
        hosted_check();
    }
    machine.tsc = end > machine.tsc ? end : machine.tsc;
}

static struct thread *make_client(unsigned slot, unsigned priority)
{
    unit_thread(slot);
    REQUIRE(INVOKE(slot + 1, sched_context_configure, CAP_OF(ROOT_CPU), priority, 0) == 0);
    return unit_start(slot);
}

static struct thread *make_limited(unsigned slot, unsigned priority)
{
    struct thread *client = make_client(slot, priority);
    REQUIRE(INVOKE(slot + 1, sched_context_limit, CAP_OF(ROOT_CPU), priority, 0, BUDGET, PERIOD) ==
            0);
    return client;
}

/* A server with time of its own, of priority 40, that waits for calls. */
static struct thread *make_active(unsigned slot, unsigned endpoint)
{
    struct thread *server = unit_active(slot, endpoint);
    REQUIRE(INVOKE(slot + 1, sched_context_configure, CAP_OF(ROOT_CPU), 40, 0) == 0);
    return server;
}

/* What the kernel itself takes of a budget in these tests. */
static bool about(uint64_t value, uint64_t expected)
{
    return value + 300 > expected && value < expected + 300;
}

static bool failed(enum error_code code, enum object_type type)
{
    return (machine.user.rflags & RFLAGS_CF) && ERR_CODE(machine.user.rax) == code &&
           ERR_TYPE(machine.user.rax) == type;
}

/* --- budgets --- */

static void cut_off(void)
{
    make_objects();
    struct thread *client = make_limited(LOW, 10);
    root_sleeps();
    uint64_t begin = machine.tsc;
    for (unsigned period = 0; period < 5; period++) {
        REQUIRE(unit_current() == client);
        pass(BUDGET + 100);
        REQUIRE(machine.halted && time_of(LOW)->place == SCHED_DEPLETED);
        pass(begin + (period + 1) * PERIOD + 500 - machine.tsc);
    }
    REQUIRE(about(time_of(LOW)->used, 5 * BUDGET));
}

/* It blocks and is woken often: never more than its share, whatever the rhythm. */
static void no_more_by_sleeping(void)
{
    make_objects();
    struct thread *client = make_limited(LOW, 10);
    root_sleeps();
    uint64_t begin = machine.tsc;
    while (machine.tsc < begin + 50 * PERIOD) {
        if (unit_current() != client) {
            pass(700);
            continue;
        }
        pass(300);
        if (unit_current() != client)
            continue;
        machine.user.rip -= 2;
        INVOKE(LOW + 1, sched_context_deadline, machine.tsc + 1000);
        if (unit_current() == client)
            INVOKE(SLEEP, notification_poll, 0);
    }
    REQUIRE(time_of(LOW)->used < 51 * BUDGET + 2000);
}

/* --- who pays --- */

/* A passive server's client runs out of time: the next one helps, and pays nothing for it. */
static void debt(void)
{
    make_objects();
    struct thread *server = unit_passive(SERVER, ENDPOINT);
    struct thread *low = make_limited(LOW, 10), *high = make_client(HIGH, 20);
    uint64_t begin = machine.tsc;
    REQUIRE(INVOKE(HIGH, thread_suspend, 0) == 0);
    root_sleeps();
    REQUIRE(unit_current() == low);
    unit_call(ENDPOINT, 100);
    pass(BUDGET + 100);
    REQUIRE(machine.halted && time_of(LOW)->place == SCHED_DEPLETED);
    root_wakes();
    REQUIRE(INVOKE(HIGH, thread_resume, 0) == 0);
    root_sleeps();
    REQUIRE(unit_current() == high);
    unit_call(ENDPOINT, 200);
    REQUIRE(unit_current() == server && this_cpu()->sched == time_of(HIGH));
    uint64_t used = time_of(HIGH)->used;
    pass(2 * BUDGET);
    REQUIRE(unit_current() == server);
    unit_reply_wait(300);
    REQUIRE(about(time_of(HIGH)->used, used) && about(time_of(LOW)->used, 3 * BUDGET));
    REQUIRE(unit_current() == server && server->caller == high && unit_received(0, 200));
    unit_reply_wait(400);
    REQUIRE(unit_current() == high && unit_received(0, 400));
    root_wakes();
    REQUIRE(INVOKE(HIGH, thread_suspend, 0) == 0);
    root_sleeps();
    pass(begin + 2 * PERIOD + 1000 - machine.tsc); /* two budgets don't quite pay the debt */
    REQUIRE(machine.halted);
    pass(PERIOD);
    REQUIRE(unit_current() == low && unit_received(0, 300));
}

/* A server with time of its own finishes on that; its client pays. */
static void reserve(void)
{
    make_objects();
    struct thread *server = make_active(SERVER, ENDPOINT), *low = make_limited(LOW, 10);
    root_sleeps();
    REQUIRE(unit_current() == low);
    unit_call(ENDPOINT, 100);
    REQUIRE(unit_current() == server && this_cpu()->sched == time_of(LOW));
    pass(BUDGET + 100);
    REQUIRE(unit_current() == server && this_cpu()->sched == time_of(SERVER));
    uint64_t used = time_of(SERVER)->used;
    pass(BUDGET);
    REQUIRE(about(time_of(SERVER)->used, used));
    unit_reply_wait(200);
    REQUIRE(machine.halted && about(time_of(LOW)->used, 2 * BUDGET));
}

/* The client goes; its SchedContext still pays for what it began. */
static void debt_of_the_dead(void)
{
    make_objects();
    struct thread *server = make_active(SERVER, ENDPOINT), *low = make_limited(LOW, 10);
    root_sleeps();
    REQUIRE(unit_current() == low);
    unit_call(ENDPOINT, 100);
    pass(1000);
    root_wakes();
    REQUIRE(unit_delete(LOW) == 0);
    root_sleeps();
    REQUIRE(unit_current() == server && this_cpu()->sched == time_of(SERVER));
    pass(BUDGET);
    root_wakes();
    REQUIRE(about(time_of(LOW)->used, BUDGET + 1000));
    uint64_t used = time_of(SERVER)->used;
    REQUIRE(unit_delete(LOW + 1) == 0);
    root_sleeps();
    pass(BUDGET);
    root_wakes();
    REQUIRE(about(time_of(SERVER)->used, used + BUDGET));
}

/* --- help --- */

/* The high client waits for a server that works for the low one, through another: neither that nor
 * anything below runs before it. */
static void no_inversion(void)
{
    make_objects();
    struct thread *first = unit_passive(SERVER, ENDPOINT);
    struct thread *second = unit_passive(SERVER_2, ENDPOINT_2);
    struct thread *low = make_client(LOW, 10), *high = make_client(HIGH, 30);
    REQUIRE(INVOKE(HIGH, thread_suspend, 0) == 0);
    root_sleeps();
    REQUIRE(unit_current() == low);
    unit_call(ENDPOINT, 100);
    REQUIRE(unit_current() == first);
    unit_call(ENDPOINT_2, 200);
    REQUIRE(unit_current() == second);
    root_wakes();
    struct thread *middle = make_client(MIDDLE, 20);
    root_sleeps();
    REQUIRE(unit_current() == middle);
    root_wakes();
    REQUIRE(INVOKE(HIGH, thread_resume, 0) == 0);
    root_sleeps();
    REQUIRE(unit_current() == high);
    unit_call(ENDPOINT, 300);
    REQUIRE(unit_current() == second);
    unit_reply_wait(400);
    REQUIRE(unit_current() == first && unit_received(0, 400));
    unit_reply_wait(500);
    REQUIRE(unit_current() == first && first->caller == high && unit_received(0, 300));
    unit_reply_wait(600);
    REQUIRE(unit_current() == high && unit_received(0, 600));
}

/* --- deadlines --- */

static void deadline_while_served(void)
{
    make_objects();
    struct thread *server = make_active(SERVER, ENDPOINT), *low = make_client(LOW, 10);
    REQUIRE(INVOKE(LOW + 1, sched_context_deadline, machine.tsc + 50000) == 0);
    root_sleeps();
    REQUIRE(unit_current() == low);
    unit_call(ENDPOINT, 100);
    REQUIRE(unit_current() == server);
    pass(60000);
    REQUIRE(unit_current() == server && this_cpu()->sched == time_of(SERVER));
    unit_reply_wait(200);
    REQUIRE(unit_current() == low && failed(ERROR_OUTCOME_UNKNOWN, OBJECT_SCHED_CONTEXT));
    unit_call(ENDPOINT, 300);
    REQUIRE(unit_current() == low && failed(ERROR_NOT_DELIVERED, OBJECT_SCHED_CONTEXT));
    REQUIRE(INVOKE(SLEEP, notification_poll, 0) == 0);
    REQUIRE(INVOKE(LOW + 1, sched_context_deadline, 0) == 0);
    unit_call(ENDPOINT, 400);
    REQUIRE(unit_current() == server && unit_received(0, 400));
}

static void deadline_in_a_queue(void)
{
    make_objects();
    struct thread *server = unit_passive(SERVER, ENDPOINT);
    struct thread *low = make_client(LOW, 10), *high = make_client(HIGH, 20);
    REQUIRE(INVOKE(HIGH, thread_suspend, 0) == 0);
    root_sleeps();
    REQUIRE(unit_current() == low);
    unit_call(ENDPOINT, 100);
    root_wakes();
    REQUIRE(INVOKE(HIGH + 1, sched_context_deadline, machine.tsc + 50000) == 0);
    REQUIRE(INVOKE(HIGH, thread_resume, 0) == 0);
    root_sleeps();
    unit_call(ENDPOINT, 200);
    REQUIRE(unit_current() == server && this_cpu()->sched == time_of(HIGH));
    pass(60000);
    REQUIRE(unit_current() == high && failed(ERROR_NOT_DELIVERED, OBJECT_SCHED_CONTEXT));
}

/* Two in a row that are late: no answer above the second may leave by the fast path either. */
static void late_after_late(void)
{
    make_objects();
    struct thread *pager = unit_passive(SERVER, ENDPOINT), *low = make_client(LOW, 10);
    REQUIRE(INVOKE(LOW, thread_set_fault, CAP_OF(ENDPOINT)) == 0);
    REQUIRE(INVOKE(LOW + 1, sched_context_deadline, machine.tsc + 50000) == 0);
    root_sleeps();
    REQUIRE(unit_current() == low);
    hosted_enter_trap(VECTOR_PAGE_FAULT, 0);
    REQUIRE(unit_current() == pager);
    root_wakes();
    struct thread *high = make_client(HIGH, 20);
    REQUIRE(INVOKE(HIGH + 1, sched_context_deadline, machine.tsc + 10000) == 0);
    root_sleeps();
    REQUIRE(unit_current() == high);
    pass(60000);
    REQUIRE(unit_current() == high && this_cpu()->expired);
    REQUIRE(INVOKE(HIGH, thread_suspend, 0) == HOSTED_SWITCHED);
    REQUIRE(unit_current() == pager && this_cpu()->expired);
    unit_reply_wait(100);
    REQUIRE(unit_current() == low && thread_is_idle(pager));
}

/* --- slices --- */

/* An equal that gets there with a change of priority has its turn too. */
static void equal_by_priority(void)
{
    make_objects();
    struct thread *low = make_client(LOW, 10), *middle = make_client(MIDDLE, 20);
    REQUIRE(INVOKE(MIDDLE + 1, sched_context_configure, CAP_OF(ROOT_CPU), 20, 1000000) == 0);
    root_sleeps();
    REQUIRE(unit_current() == middle);
    REQUIRE(INVOKE(LOW + 1, sched_context_configure, CAP_OF(ROOT_CPU), 20, 0) == 0);
    REQUIRE(unit_current() == middle && this_cpu()->slice_end != NEVER);
    pass(this_cpu()->slice_end - machine.tsc);
    REQUIRE(unit_current() == low);
}

/* --- depth --- */

static void seventeen_calls(void)
{
    make_objects();
    unit_make(OBJECT_ENDPOINT, 8, CHAIN);
    for (unsigned i = 0; i <= CALL_DEPTH; i++) {
        unit_make(OBJECT_ENDPOINT, 8, CHAIN + 1 + i);
        unit_passive(CHAIN + 32 + i, CHAIN + 1 + i);
    }
    struct thread *client = make_client(LOW, 10);
    root_sleeps();
    REQUIRE(unit_current() == client);
    for (unsigned i = 0; i < CALL_DEPTH; i++) {
        unit_call(CHAIN + 1 + i, i * 100);
        REQUIRE(unit_received(0, i * 100));
    }
    const struct thread *last = unit_current();
    unit_call(CHAIN + 1 + CALL_DEPTH, 7);
    REQUIRE(unit_current() == last && failed(ERROR_TOO_DEEP, OBJECT_ENDPOINT));
    unit_reply_wait(1);
    unit_call(CHAIN + CALL_DEPTH, 2);
    REQUIRE(unit_current() == last && unit_received(0, 2));
}

static void circle(void)
{
    make_objects();
    struct thread *first = unit_passive(SERVER, ENDPOINT);
    struct thread *second = unit_passive(SERVER_2, ENDPOINT_2);
    struct thread *client = make_client(LOW, 10);
    root_sleeps();
    REQUIRE(unit_current() == client);
    unit_call(ENDPOINT, 100);
    unit_call(ENDPOINT_2, 200);
    REQUIRE(unit_current() == second);
    unit_call(ENDPOINT, 300);
    REQUIRE(unit_current() == second && failed(ERROR_TOO_DEEP, OBJECT_ENDPOINT));
    unit_reply_wait(400);
    REQUIRE(unit_current() == first && unit_received(0, 400));
}

/* --- shares --- */

static err_t limit(unsigned slot, unsigned cpu, uint64_t budget)
{
    return INVOKE(slot + 1, sched_context_limit, CAP_OF(cpu), 10, 0, budget, 1000000);
}

static void shares(void)
{
    make_objects();
    REQUIRE(INVOKE(ROOT_CPU, cpu_limit, CAP_OF(ROOT_CNODE), CPU, 10, 500000) == 0);
    unit_copy(CPU, CPU + 1, 255);
    unit_thread(LOW);
    unit_thread(HIGH);
    REQUIRE(ERR_CODE(INVOKE(LOW + 1, sched_context_configure, CAP_OF(CPU), 10, 0)) ==
            ERROR_NO_SHARE);
    REQUIRE(limit(LOW, CPU, 300000) == 0);
    REQUIRE(ERR_CODE(limit(HIGH, CPU + 1, 200001)) == ERROR_NO_SHARE);
    REQUIRE(limit(HIGH, CPU + 1, 200000) == 0);
    REQUIRE(limit(LOW, CPU, 300000) == 0 && limit(LOW, CPU, 100000) == 0);
    REQUIRE(ERR_CODE(INVOKE(CPU, cpu_limit, CAP_OF(ROOT_CNODE), CPU + 2, 5, 200001)) ==
            ERROR_NO_SHARE);
    REQUIRE(INVOKE(CPU, cpu_limit, CAP_OF(ROOT_CNODE), CPU + 2, 5, 200000) == 0);
    REQUIRE(unit_delete(HIGH + 1) == 0 && unit_delete(CPU + 2) == 0);
    REQUIRE(limit(LOW, CPU, 500000) == 0);
    REQUIRE(root_slot(ROOT_CPU)->given == 500000);
    unit_start(LOW);
    unit_turn(hosted_root.thread);
    REQUIRE(unit_delete(CPU) == 0 && slot_empty(root_slot(CPU + 1)));
    REQUIRE(time_of(LOW)->place == SCHED_DEPLETED && root_slot(ROOT_CPU)->given == 0);
    pass(10 * PERIOD);
    REQUIRE(time_of(LOW)->place == SCHED_DEPLETED);
    REQUIRE(limit(LOW, ROOT_CPU, 1000) == 0 && time_of(LOW)->place != SCHED_DEPLETED);
}

/* Asking again gives nothing twice; who has all of the CPU's time gives whole budgets. */
static void no_more_by_asking(void)
{
    make_objects();
    REQUIRE(INVOKE(ROOT_CPU, cpu_limit, CAP_OF(ROOT_CNODE), CPU, 10, 500000) == 0);
    unit_thread(LOW);
    REQUIRE(limit(LOW, CPU, 100000) == 0 && time_of(LOW)->left <= 0);
    unit_start(LOW);
    unit_turn(hosted_root.thread);
    REQUIRE(time_of(LOW)->place == SCHED_DEPLETED);
    pass(time_of(LOW)->renew - machine.tsc + 1);
    REQUIRE(time_of(LOW)->place != SCHED_DEPLETED && time_of(LOW)->left > 0);
    time_of(LOW)->left = 7;
    REQUIRE(limit(LOW, CPU, 200000) == 0 && time_of(LOW)->left == 7);
    time_of(LOW)->left = -7;
    REQUIRE(limit(LOW, CPU, 100000) == 0 && time_of(LOW)->left == -7);
    REQUIRE(time_of(LOW)->place == SCHED_DEPLETED);
    REQUIRE(limit(LOW, ROOT_CPU, 100000) == 0 && time_of(LOW)->left > 0);
}

int main(void)
{
    unit_run("budget: cut off, and renewed", cut_off);
    unit_run("budget: no more by sleeping", no_more_by_sleeping);
    unit_run("budget: what a request overruns is its client's debt", debt);
    unit_run("budget: a server's reserve finishes, its client pays", reserve);
    unit_run("budget: a client that has gone pays", debt_of_the_dead);
    unit_run("help: no inversion through two servers", no_inversion);
    unit_run("deadline: while a server works", deadline_while_served);
    unit_run("deadline: in a queue", deadline_in_a_queue);
    unit_run("deadline: late after late", late_after_late);
    unit_run("slice: an equal by a change of priority", equal_by_priority);
    unit_run("depth: the seventeenth call fails", seventeen_calls);
    unit_run("depth: a circle", circle);
    unit_run("cpu: shares come back", shares);
    unit_run("cpu: asking again gives nothing twice", no_more_by_asking);
    return unit_end();
}
