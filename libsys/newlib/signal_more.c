/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals taken by hand, and what there isn't: another stack for handlers. */

#include <errno.h>
#include <signal.h>

#include "libsys/newlib/system.h"
#include "libsys/process_client.h"

/* The least of `set` that is pending, taken out; 0: none. */
static int signal_pick(const sigset_t *set)
{
    struct process_page *page = process_page();

    for (;;) {
        uint64_t found = page->pending & *set;
        if (!found)
            return 0;
        uint64_t bit = found & -found;
        if (__atomic_fetch_and(&page->pending, ~bit, __ATOMIC_SEQ_CST) & bit)
            return __builtin_ctzll(bit) + 1;
    }
}

/* The signals of the set must be blocked, as POSIX wants. EINTR: another's handler ran. */
int sigwaitinfo(const sigset_t *set, siginfo_t *info)
{
    struct process_page *page = process_page();
    int signal;

    while ((signal = signal_pick(set)) == 0) {
        (void)!process_sigwait(PROCESS_CAP(PROCESS), page->blocked & ~*set);
        if ((page->pending & ~page->blocked) && signals_run().ran) {
            errno = EINTR;
            return -1;
        }
    }
    if (info)
        *info = (siginfo_t){.si_signo = signal, .si_code = SI_USER};
    return signal;
}

int sigwait(const sigset_t *set, int *signal)
{
    int got;

    do
        got = sigwaitinfo(set, NULL);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return errno;
    *signal = got;
    return 0;
}

int sigaltstack(const stack_t *restrict stack, stack_t *restrict old)
{
    if (old)
        *old = (stack_t){.ss_flags = SS_DISABLE};
    if (!stack || stack->ss_flags & SS_DISABLE)
        return 0;
    errno = ENOSYS;
    return -1;
}
