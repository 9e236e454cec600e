/* SPDX-License-Identifier: BSD-2-Clause */
/* See flood.h. */

#include "tests/guest/kernel/flood.h"

#include "tests/guest/kernel/pit.h"
#include "tests/guest/kernel/runner.h"

#define PRIORITY_FLOOD 250

static cap_t notification, thread;
static volatile uint64_t interrupts;
static uint64_t stack[64] __attribute__((aligned(16)));

static _Noreturn void handle(void)
{
    for (;;) {
        uint64_t flags;
        if (notification_wait(notification, &flags) || irq_ack(own.timer))
            __builtin_trap();
        interrupts++;
    }
}

void flood_begin(void)
{
    cap_t time = time_make(PRIORITY_FLOOD);

    notification = case_make(OBJECT_NOTIFICATION, 0);
    thread = case_make(OBJECT_THREAD, 0);
    interrupts = 0;
    OK(irq_bind, own.timer, 0);
    OK(irq_bind, own.timer, case_mint(notification, RIGHT_ALL, 1));
    OK(thread_set_space, thread, own.cnode, own.vspace);
    OK(thread_set_sched, thread, time);
    OK(thread_start, thread, (uint64_t)handle, (uint64_t)(stack + 63), 0, 0);
    pit_again(5);
}

uint64_t flood_interrupts(void)
{
    return interrupts;
}

void flood_end(void)
{
    OK(irq_bind, own.timer, 0);
    OK(thread_suspend, thread);
    pit_once(50000);
}
