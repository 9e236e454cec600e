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

/* The timer, at a notification of the case, whose flags are these. */
static cap_t timer_bind(uint32_t flags)
{
    cap_t notification = case_make(OBJECT_NOTIFICATION, 0);

    OK(irq_bind, own.timer, 0);
    OK(irq_bind, own.timer, case_mint(notification, RIGHT_NOTIFICATION_SIGNAL, flags));
    return notification;
}

/* Whether the timer's interrupt comes: a victim of lower priority waits for it all the while. */
static bool interrupt_comes(cap_t notification)
{
    uint64_t flags;

    pit_once(200);
    for (unsigned i = 0; i < 200000; i++) {
        OK(notification_poll, notification, &flags);
        if (flags)
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
    pit_once(100);
    for (unsigned i = 0; i < 2000; i++) {
        uint64_t flags;
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

/* A waiting thread is woken by it, in the middle of another one's computing. */
static void irq_wakes(void)
{
    struct process *process = process_make();
    struct task *driver = task_make(process, PRIORITY_HIGH),
                *worker = task_make(process, PRIORITY_LOW);
    cap_t notification = timer_bind(0x10);
    cap_t handle = process_give(process, notification, RIGHT_ALL, 0);
    cap_t handler = process_give(process, own.timer, RIGHT_ALL, 0);
    struct step *wait[3];

    for (unsigned i = 0; i < 3; i++) {
        wait[i] = step_operation(driver, handle, OP_notification_wait, 0, 0, 0, 0);
        step_operation(driver, handler, OP_irq_ack, 0, 0, 0, 0);
        step_add(driver, SYSCALL_SIGNAL,
                 process_give(process, runner_signal(0x100u << i), RIGHT_ALL, 0));
    }
    task_run(driver);
    task_start(worker, victim_count);
    for (unsigned i = 0; i < 3; i++) {
        uint64_t before = worker->area->data[0];
        pit_once(20000);
        await_flag_alone(0x100u << i);
        EXPECT_EQUAL(wait[i]->out[R_RDI], 0x10);
        expect_clean(driver, wait[i]);
        EXPECT(worker->area->data[0] > before);
    }
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
