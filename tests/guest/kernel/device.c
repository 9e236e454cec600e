/* SPDX-License-Identifier: BSD-2-Clause */
/* Ports and interrupts: the rights to them, and the timer chip that comes with every PC. */

#include "libsys/program.h"
#include "tests/guest/kernel/pair.h"
#include "tests/guest/kernel/pit.h"

static void port_errors(void)
{
    uint64_t value;

    FAILS(OUT_OF_RANGE, 1, NOTHING, io_port_in, own.pit, 0x3f, 1, &value);
    FAILS(OUT_OF_RANGE, 1, NOTHING, io_port_in, own.pit, 0x44, 1, &value);
    FAILS(OUT_OF_RANGE, 1, NOTHING, io_port_in, own.pit, 0x43, 2, &value);
    FAILS(OUT_OF_RANGE, 1, NOTHING, io_port_in, own.pit, 0x41, 4, &value);
    FAILS(OUT_OF_RANGE, 1, NOTHING, io_port_in, own.pit, 0x10040, 1, &value);
    FAILS(OUT_OF_RANGE, 1, NOTHING, io_port_in, own.pit, 1ull << 32 | 0x40, 1, &value);
    FAILS(OUT_OF_RANGE, 1, NOTHING, io_port_in, own.pit, -1ull, 1, &value);
    FAILS(OUT_OF_RANGE, 2, NOTHING, io_port_in, own.pit, 0x40, 0, &value);
    FAILS(OUT_OF_RANGE, 2, NOTHING, io_port_in, own.pit, 0x40, 3, &value);
    FAILS(OUT_OF_RANGE, 2, NOTHING, io_port_in, own.pit, 0x40, 8, &value);
    FAILS(OUT_OF_RANGE, 2, NOTHING, io_port_in, own.pit, 0x40, 1ull << 32 | 1, &value);
    FAILS(OUT_OF_RANGE, 1, NOTHING, io_port_out, own.pit, 0x44, 1, 0);
    FAILS(OUT_OF_RANGE, 1, NOTHING, io_port_out, own.pit, 0x43, 2, 0);
    FAILS(OUT_OF_RANGE, 2, NOTHING, io_port_out, own.pit, 0x40, 5, 0);
}

/* The serial line's scratch register keeps what is written; a copy has the same range. */
static void ports(void)
{
    const struct program_cap *console = program_cap_find("console");
    uint64_t scratch = console->first + 7, value;
    cap_t copy = case_copy(own.console, RIGHT_ALL);

    OK(io_port_out, own.console, scratch, 1, 0xa5);
    OK(io_port_in, copy, scratch, 1, &value);
    EXPECT_EQUAL(value, 0xa5);
    OK(io_port_out, copy, scratch, 1, 0xffffff5a);
    OK(io_port_in, own.console, scratch, 1, &value);
    EXPECT_EQUAL(value, 0x5a);
    FAILS(OUT_OF_RANGE, 1, NOTHING, io_port_in, copy, console->first + 8, 1, &value);
}

/* ---- Interrupts ---- */

#define POLLS_MAX 10000000 /* some seconds, since the host may be busy with others */
#define WAKES_MAX 100
#define WOKEN 0x100 /* a flag of the runner */

/* The timer, at a notification of the case, whose flags are these. */
static cap_t timer_bind(uint32_t flags)
{
    cap_t notification = case_make(OBJECT_NOTIFICATION, 0);

    OK(irq_bind, own.timer, 0);
    OK(irq_bind, own.timer, case_mint(notification, RIGHT_NOTIFICATION_SIGNAL, flags));
    return notification;
}

/* Whether the timer's interrupt comes, and not that of something for which it was set before. */
static bool interrupt_comes(cap_t notification)
{
    uint64_t flags;

    pit_once(200);
    for (unsigned i = 0; i < POLLS_MAX; i++) {
        OK(notification_poll, notification, &flags);
        if (flags && pit_over())
            return true;
    }
    return false;
}

static void irq_errors(void)
{
    cap_t notification = timer_bind(4);

    FAILS(BOUND, 0, IRQ_HANDLER, irq_bind, own.timer, notification);
    OK(irq_ack, own.timer);
    OK(irq_bind, own.timer, 0);
    OK(irq_bind, own.timer, 0);
    FAILS(NOT_BOUND, 0, IRQ_HANDLER, irq_ack, own.timer);
}

/* It sets the badge's flags; again after each acknowledgement; not when unbound. */
static void interrupts(void)
{
    cap_t notification = timer_bind(0x700);

    for (unsigned i = 0; i < 5; i++) {
        EXPECT(interrupt_comes(notification));
        OK(irq_ack, own.timer);
    }
    OK(irq_bind, own.timer, 0);
    uint64_t flags;
    OK(notification_poll, notification, &flags); /* if one came before */
    pit_once(100);
    for (unsigned i = 0; i < 2000 || !pit_over(); i++) {
        OK(notification_poll, notification, &flags);
        EXPECT_EQUAL(flags, 0);
    }
    cap_t other = timer_bind(1);
    EXPECT(interrupt_comes(other));
}

/* The notification goes away: the handler is unbound. */
static void irq_notification_deleted(void)
{
    cap_t notification = timer_bind(1);

    OK(cnode_delete, own.cnode, CAP_INDEX(notification));
    FAILS(NOT_BOUND, 0, IRQ_HANDLER, irq_ack, own.timer);
    EXPECT(interrupt_comes(timer_bind(2)));
}

/* The driver waits for it once. Whether the worker was computing before it came. */
static bool wake(struct task *driver, cap_t handle, cap_t handler, cap_t signal,
                 const struct task *worker)
{
    OK(thread_suspend, driver->thread);
    driver->area->next = driver->area->count = 0;
    struct step *wait = step_operation(driver, handle, OP_notification_wait, 0, 0, 0, 0);
    wait->done = 0;
    step_operation(driver, handler, OP_irq_ack, 0, 0, 0, 0);
    step_add(driver, SYSCALL_SIGNAL, signal);
    task_run(driver);
    uint64_t before = worker->area->data[0];
    pit_once(20000);
    await_flag_alone(WOKEN);
    (void)take_flags();
    EXPECT_EQUAL(wait->out[R_RDI], 0x10);
    expect_clean(driver, wait);
    return worker->area->data[0] > before;
}

/*
 * A waiting thread is woken by it, in the middle of another one's computing. The other may have had
 * no time if the host was busy, or if an interrupt was due before: then it's tried again.
 */
static void irq_wakes(void)
{
    struct process *process = process_make();
    struct task *driver = task_make(process, PRIORITY_HIGH),
                *worker = task_make(process, PRIORITY_LOW);
    cap_t handle = process_give(process, timer_bind(0x10), RIGHT_ALL, 0);
    cap_t handler = process_give(process, own.timer, RIGHT_ALL, 0);
    cap_t signal = process_give(process, runner_signal(WOKEN), RIGHT_ALL, 0);
    unsigned good = 0;

    task_start(worker, victim_count);
    for (unsigned i = 0; i < WAKES_MAX && good < 3; i++)
        good += wake(driver, handle, handler, signal, worker);
    EXPECT_EQUAL(good, 3);
}

static const struct test device_tests[] = {
    {"ports: errors", port_errors},
    {"ports", ports},
    {"interrupts: errors", irq_errors},
    {"interrupts", interrupts},
    {"interrupt's notification deleted", irq_notification_deleted},
    {"interrupt wakes", irq_wakes},
};
GROUP("device", device_tests);
