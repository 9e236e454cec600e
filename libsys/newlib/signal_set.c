/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of signals: bit n - 1 for signal n. */

#include <errno.h>
#include <signal.h>
#include <stdbool.h>

static bool signal_is(int signal)
{
    if (signal >= 1 && signal < NSIG)
        return true;
    errno = EINVAL;
    return false;
}

int sigemptyset(sigset_t *set)
{
    *set = 0;
    return 0;
}

int sigfillset(sigset_t *set)
{
    *set = (1ul << (NSIG - 1)) - 1;
    return 0;
}

int sigaddset(sigset_t *set, int signal)
{
    if (!signal_is(signal))
        return -1;
    *set |= 1ul << (signal - 1);
    return 0;
}

int sigdelset(sigset_t *set, int signal)
{
    if (!signal_is(signal))
        return -1;
    *set &= ~(1ul << (signal - 1));
    return 0;
}

int sigismember(const sigset_t *set, int signal)
{
    if (!signal_is(signal))
        return -1;
    return (int)(*set >> (signal - 1) & 1);
}
