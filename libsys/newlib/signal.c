/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals. Actions, masks and handlers are all here, in user mode: the process server reads three
 * words of the process page (blocked, ignored, caught), sets bits in a fourth (pending), and takes
 * a running thread to signal_entry, or ends what a thread waits for.
 */

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "libsys/newlib/system.h"
#include "libsys/newlib/thread.h"
#include "libsys/process_client.h"

#define SIGNALS 32
#define ALWAYS (signal_bit(SIGKILL) | signal_bit(SIGSTOP)) /* can't be blocked */

static struct sigaction actions[SIGNALS]; /* by number */

void signal_entered(uint64_t *back);

static uint64_t signal_bit(int signal)
{
    return 1ull << (signal - 1);
}

static bool signal_check(int signal)
{
    if (signal >= 1 && signal < SIGNALS)
        return true;
    errno = EINVAL;
    return false;
}

/* ---- Running handlers ------------------------------------------------------------------------ */

static void handler_call(int signal, const struct sigaction *action)
{
    if (action->sa_flags & SA_SIGINFO) {
        siginfo_t info = {
            .si_signo = signal,
            .si_addr = (void *)process_page()->fault_signal_address,
        };
        action->sa_sigaction(signal, &info, NULL);
    } else {
        action->sa_handler(signal);
    }
}

/* One that is pending, taken out; whether its handler ran. */
static bool signal_take(int signal, bool *restart)
{
    struct process_page *page = process_page();
    struct sigaction action = actions[signal];
    uint64_t blocked = page->blocked;

    if (!(page->caught & signal_bit(signal))) {
        if (page->ignored & signal_bit(signal))
            (void)__atomic_fetch_and(&page->pending, ~signal_bit(signal), __ATOMIC_SEQ_CST);
        else
            (void)!process_deliver(PROCESS_CAP(PROCESS)); /* the default action is the server's */
        return false;
    }
    if (!(__atomic_fetch_and(&page->pending, ~signal_bit(signal), __ATOMIC_SEQ_CST) &
          signal_bit(signal)))
        return false;
    if (action.sa_flags & SA_RESETHAND) {
        actions[signal].sa_handler = SIG_DFL;
        page->caught &= ~signal_bit(signal);
    }
    page->blocked = (blocked | (uint64_t)(action.sa_mask) |
                     (action.sa_flags & SA_NODEFER ? 0 : signal_bit(signal))) &
                    ~ALWAYS;
    int number = errno;
    handler_call(signal, &action);
    errno = number;
    page->blocked = blocked;
    *restart = *restart && action.sa_flags & SA_RESTART;
    return true;
}

struct signals_run signals_run(void)
{
    struct process_page *page = process_page();
    struct signals_run run = {.restart = true};
    uint64_t seen = 0, now;

    /* One that the server leaves pending (it stopped nobody) isn't looked at twice. */
    while ((now = page->pending & ~page->blocked & ~seen) != 0) {
        int signal = __builtin_ctzll(now) + 1;
        if (signal >= SIGNALS || !signal_take(signal, &run.restart))
            seen |= signal_bit(signal);
        else
            run.ran = true;
    }
    return run;
}

/* From signal_entry: where the thread was goes below its red zone, for popfq and ret. */
void signal_entered(uint64_t *back)
{
    struct process_thread *part = &process_page()->thread[thread_self()->number];
    struct rpc_interrupted aside;
    uint64_t *frame = (uint64_t *)(part->saved_sp - 144);

    frame[0] = part->saved_flags;
    frame[1] = part->saved_ip;
    *back = (uint64_t)frame;
    rpc_interrupt_begin(system_context(), &aside); /* a call may just be made, or answered */
    __atomic_store_n(&part->in_trampoline, 0, __ATOMIC_SEQ_CST);
    (void)signals_run();
    rpc_interrupt_end(system_context(), &aside);
}

void signals_forked(void)
{
    struct process_page *page = process_page();

    page->signal_entry = (uint64_t)signal_entry;
}

/* ---- Actions --------------------------------------------------------------------------------- */

static void words_set(int signal, void (*handler)(int))
{
    struct process_page *page = process_page();
    uint64_t bit = signal_bit(signal);

    page->ignored = handler == SIG_IGN ? page->ignored | bit : page->ignored & ~bit;
    page->caught =
        handler == SIG_IGN || handler == SIG_DFL ? page->caught & ~bit : page->caught | bit;
}

int sigaction(int signal, const struct sigaction *action, struct sigaction *old)
{
    const struct process_page *page = process_page();

    if (!signal_check(signal))
        return -1;
    if (old) {
        *old = actions[signal];
        if (page->ignored & signal_bit(signal))
            old->sa_handler = SIG_IGN;
    }
    if (!action)
        return 0;
    if (ALWAYS & signal_bit(signal)) {
        errno = EINVAL;
        return -1;
    }
    actions[signal] = *action;
    words_set(signal, action->sa_handler);
    return 0;
}

_sig_func_ptr signal(int signal, _sig_func_ptr handler)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;

    return sigaction(signal, &action, &old) ? SIG_ERR : old.sa_handler;
}

int siginterrupt(int signal, int flag)
{
    if (!signal_check(signal))
        return -1;
    if (flag)
        actions[signal].sa_flags &= ~SA_RESTART;
    else
        actions[signal].sa_flags |= SA_RESTART;
    return 0;
}

/* ---- Masks ----------------------------------------------------------------------------------- */

int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
    struct process_page *page = process_page();
    uint64_t before = page->blocked;

    if (old)
        *old = (sigset_t)before;
    if (!set)
        return 0;
    if (how == SIG_BLOCK) {
        page->blocked = (before | (uint64_t)(*set)) & ~ALWAYS;
    } else if (how == SIG_UNBLOCK) {
        page->blocked = before & ~(uint64_t)(*set);
    } else if (how == SIG_SETMASK) {
        page->blocked = (uint64_t)(*set) & ~ALWAYS;
    } else {
        errno = EINVAL;
        return -1;
    }
    if (page->pending & ~page->blocked)
        (void)signals_run();
    return 0;
}

int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    return sigprocmask(how, set, old) ? errno : 0;
}

int sigpending(sigset_t *set)
{
    *set = (sigset_t)(process_page()->pending & process_page()->blocked);
    return 0;
}

/* All is blocked while it waits, so that no handler runs between looking and waiting. */
int sigsuspend(const sigset_t *set)
{
    struct process_page *page = process_page();
    uint64_t before = page->blocked, mask = (uint64_t)(*set) & ~ALWAYS;

    page->blocked = ~0ull & ~ALWAYS;
    (void)!process_sigwait(PROCESS_CAP(PROCESS), mask);
    page->blocked = mask;
    (void)signals_run();
    page->blocked = before;
    if (page->pending & ~before)
        (void)signals_run();
    errno = EINTR;
    return -1;
}

int sigpause(int signal)
{
    sigset_t set = (sigset_t)(process_page()->blocked & ~signal_bit(signal));

    return sigsuspend(&set);
}

int pause(void)
{
    sigset_t set = (sigset_t)(process_page()->blocked);

    return sigsuspend(&set);
}

/* ---- Sending --------------------------------------------------------------------------------- */

int kill(pid_t which, int signal)
{
    int result =
        system_result(SYSTEM_CALL(process_kill(PROCESS_CAP(PROCESS), which, (uint32_t)signal)));

    if (result && errno == EACCES)
        errno = EPERM;
    return result;
}

int killpg(pid_t group, int signal)
{
    return kill(-group, signal);
}

int raise(int signal)
{
    return kill(getpid(), signal);
}

/* ---- Alarms ---------------------------------------------------------------------------------- */

unsigned alarm(unsigned seconds)
{
    uint64_t left = 0;

    if (system_result(
            SYSTEM_CALL(process_alarm(PROCESS_CAP(PROCESS), seconds * 1000000000ull, 0, &left))))
        return 0;
    return (unsigned)((left + 999999999) / 1000000000);
}
