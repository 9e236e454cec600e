/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals: default actions, handlers, stopping, faults. Numbers are newlib's. */

#include <stddef.h>

#include "libsys/invoke.h"
#include "tests/guest/user/user.h"

#define BIT(signal) (1ull << ((signal)-1))
#define EXITED(code) ((code) << 8)

static int sleeper(void)
{
    user_idle();
}

static int spinner(void)
{
    for (volatile int forever = 1; forever;)
        continue;
    return 0;
}

static void exit_with_42(void)
{
    user_exit(42);
}

static int catching_sleeper(void)
{
    uint64_t flags;

    user_catch(15, exit_with_42);
    PAGE->blocked = 0;
    err_t error = notification_wait(PROCESS_CAP(NOTIFICATION), &flags);
    return ERR_CODE(error) == ERROR_CANCELLED && (PAGE->pending & BIT(15)) ? 43 : 1;
}

static int catching_spinner(void)
{
    user_catch(15, exit_with_42);
    PAGE->blocked = 0;
    return spinner();
}

/* Blocked until the child is ready for it. */
static int kill_of(int (*body)(void), int signal)
{
    PAGE->blocked = BIT(signal);
    int32_t child = user_fork(body);
    PAGE->blocked = 0;
    if (child <= 0)
        return -3;
    user_yield(20);
    if (process_kill(SELF, child, (uint32_t)signal))
        return -4;
    return user_wait(child);
}

static int ends(void)
{
    EXPECT(kill_of(catching_sleeper, 15) == EXITED(43));
    EXPECT(kill_of(catching_spinner, 15) == EXITED(42));
    int32_t child = user_fork(sleeper);
    EXPECT(child > 0 && !process_kill(SELF, child, 15) && user_wait(child) == 15);
    child = user_fork(spinner);
    EXPECT(child > 0 && !process_kill(SELF, child, 9) && user_wait(child) == 9);
    EXPECT(process_kill(SELF, 0, 32) == RPC_OUT_OF_RANGE);
    EXPECT(process_kill(SELF, 30000, 0) == PROCESS_ERROR_NO_PROCESS);
    EXPECT(!process_kill(SELF, PAGE->pid, 0));
    return 0;
}

static int ignores(void)
{
    PAGE->ignored = BIT(15);
    int32_t child = user_fork(sleeper);
    EXPECT(child > 0 && !process_kill(SELF, child, 15)); /* inherited */
    EXPECT(!process_kill(SELF, child, 20) && !process_kill(SELF, child, 28));
    EXPECT(!process_kill(SELF, child, 1) && user_wait(child) == 1);
    return 0;
}

static int news(int32_t child, uint32_t flags, int32_t expected)
{
    int32_t pid = 0, status = 0;
    uint64_t ticks;

    EXPECT(!process_wait(SELF, child, flags, &pid, &status, &ticks));
    EXPECT(pid == child && status == expected);
    return 0;
}

static int stops_one(int (*body)(void))
{
    int32_t child = user_fork(body);

    EXPECT(child > 0 && !process_kill(SELF, child, 17));
    EXPECT(!news(child, WAIT_STOPPED, 17 << 8 | 0x7f));
    EXPECT(!process_kill(SELF, child, 19));
    EXPECT(!news(child, WAIT_CONTINUED, 0xffff));
    EXPECT(!process_kill(SELF, child, 17));
    EXPECT(!process_kill(SELF, child, 9)); /* also of one that stands still */
    EXPECT(!news(child, 0, 9));
    return 0;
}

static int stops_itself(void)
{
    return process_kill(SELF, PAGE->pid, 17) ? 1 : 44;
}

static int stops(void)
{
    EXPECT(!stops_one(spinner));
    EXPECT(!stops_one(sleeper));
    int32_t child = user_fork(stops_itself);
    EXPECT(child > 0 && !news(child, WAIT_STOPPED, 17 << 8 | 0x7f));
    EXPECT(!process_kill(SELF, child, 19));
    EXPECT(user_wait(child) == EXITED(44)); /* its call succeeded */
    return 0;
}

static int raises(void)
{
    PAGE->caught = BIT(30);
    PAGE->signal_entry = 0x400000;
    EXPECT(!process_kill(SELF, PAGE->pid, 30) && (PAGE->pending & BIT(30)));
    PAGE->pending = 0;
    PAGE->blocked = BIT(15); /* its default would end us: */
    EXPECT(!process_kill(SELF, PAGE->pid, 15) && (PAGE->pending & BIT(15)));
    PAGE->ignored = BIT(15); /* it's ignored when it's unblocked: */
    PAGE->blocked = 0;
    EXPECT(!process_deliver(SELF) && !(PAGE->pending & BIT(15)));
    return 0;
}

static int sends_parent(void)
{
    user_yield(20);
    return process_kill(SELF, PAGE->parent, 30) ? 1 : 0;
}

static int awaits(void)
{
    PAGE->caught = BIT(30);
    PAGE->signal_entry = 0x400000;
    PAGE->blocked = ~0ull;
    int32_t child = user_fork(sends_parent);
    EXPECT(child > 0 && !process_sigwait(SELF, ~BIT(30)));
    EXPECT(PAGE->pending & BIT(30));
    EXPECT(!process_sigwait(SELF, ~BIT(30))); /* still pending */
    PAGE->pending = 0;
    EXPECT(user_wait(child) == 0);
    return 0;
}

/* A wait for a child ends when a signal with a handler comes. */
static int interrupts(void)
{
    int32_t pid, status;
    uint64_t ticks;

    PAGE->caught = BIT(30);
    PAGE->signal_entry = 0x400000;
    int32_t child = user_fork(sends_parent), other = user_fork(sleeper);
    EXPECT(child > 0 && other > 0);
    err_t error = process_wait(SELF, other, 0, &pid, &status, &ticks);
    EXPECT(ERR_CODE(error) == ERROR_OUTCOME_UNKNOWN && (PAGE->pending & BIT(30)));
    PAGE->pending = 0;
    EXPECT(user_wait(child) == 0);
    EXPECT(!process_kill(SELF, other, 9) && user_wait(other) == 9);
    return 0;
}

static volatile uint64_t bad_address = 16;

static int bad_read(void)
{
    return *(volatile int *)bad_address;
}

static int bad_jump(void)
{
    return ((int (*)(void))0x10000000)(); /* the process page: not executable */
}

static int bad_instruction(void)
{
    __asm__ volatile("ud2");
    return 0;
}

static int bad_division(void)
{
    volatile int zero = 0;

    // cppcheck-suppress zerodiv
    return 7 / zero; // NOLINT(clang-analyzer-core.DivideZero): it is to fault
}

static void fault_seen(void)
{
    user_exit(PAGE->fault_signal_address == 16 ? 45 : 1);
}

static int handled_read(void)
{
    user_catch(11, fault_seen);
    return bad_read();
}

static int faults(void)
{
    EXPECT(user_wait(user_fork(bad_read)) == 11);
    EXPECT(user_wait(user_fork(bad_jump)) == 11);
    EXPECT(user_wait(user_fork(bad_instruction)) == 4);
    EXPECT(user_wait(user_fork(bad_division)) == 8);
    EXPECT(user_wait(user_fork(handled_read)) == EXITED(45));
    return 0;
}

static int rings(void)
{
    uint64_t left = 1;
    int32_t child = user_fork(sleeper);

    EXPECT(!process_alarm(SELF, 1000000000000ull, 0, &left) && left == 0);
    EXPECT(!process_alarm(SELF, 0, 0, &left) && left > 900000000000ull);
    PAGE->blocked = ~0ull;
    PAGE->caught = BIT(14);
    PAGE->signal_entry = 0x400000;
    EXPECT(!process_alarm(SELF, 2000000, 2000000, &left) && left == 0);
    for (int i = 0; i < 3; i++) {
        EXPECT(!process_sigwait(SELF, ~BIT(14)) && (PAGE->pending & BIT(14)));
        PAGE->pending = 0;
    }
    EXPECT(!process_alarm(SELF, 1000000, UINT64_MAX - 1, &left));
    EXPECT(!process_sigwait(SELF, ~BIT(14)) && (PAGE->pending & BIT(14)));
    EXPECT(!process_alarm(SELF, 0, 0, &left) && left > 1ull << 62);
    EXPECT(!process_kill(SELF, child, 9) && user_wait(child) == 9);
    return 0;
}

const struct user_case user_signals[] = {
    {"ends", ends},     {"ignores", ignores}, {"stops", stops},
    {"raises", raises}, {"awaits", awaits},   {"interrupts", interrupts},
    {"faults", faults}, {"rings", rings},     {NULL, NULL},
};
