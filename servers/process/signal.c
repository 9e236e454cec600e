/* SPDX-License-Identifier: BSD-2-Clause */
/* See signal.h. */

#include "servers/process/signal.h"

#include <stddef.h>

static enum signal_action default_action(uint64_t bit, bool orphaned)
{
    if (bit & SIGNALS_DEFAULT_IGNORED)
        return SIGNAL_DROP;
    if (!(bit & SIGNALS_STOP))
        return SIGNAL_END;
    /* POSIX: a terminal doesn't stop what no shell would let go on. */
    return orphaned && !(bit & SIGNALS_ALWAYS) ? SIGNAL_DROP : SIGNAL_DO_STOP;
}

enum signal_action signal_decide(int signal, struct signal_masks masks, bool orphaned)
{
    uint64_t bit = SIGNAL_BIT(signal);

    if (bit & SIGNALS_ALWAYS)
        return default_action(bit, orphaned);
    if (masks.blocked & bit)
        return SIGNAL_KEEP; /* ignored or not may change before it's unblocked */
    if (masks.caught & bit)
        return SIGNAL_HANDLE;
    if (masks.ignored & bit)
        return SIGNAL_DROP;
    return default_action(bit, orphaned);
}

const char *signal_name(int signal)
{
    static const char *const names[SIGNAL_MAX + 1] = {
        [SIGNAL_HUP] = "SIGHUP",   [SIGNAL_INT] = "SIGINT",   [SIGNAL_QUIT] = "SIGQUIT",
        [SIGNAL_ILL] = "SIGILL",   [SIGNAL_TRAP] = "SIGTRAP", [SIGNAL_ABRT] = "SIGABRT",
        [SIGNAL_FPE] = "SIGFPE",   [SIGNAL_KILL] = "SIGKILL", [SIGNAL_BUS] = "SIGBUS",
        [SIGNAL_SEGV] = "SIGSEGV", [SIGNAL_SYS] = "SIGSYS",   [SIGNAL_PIPE] = "SIGPIPE",
        [SIGNAL_ALRM] = "SIGALRM", [SIGNAL_TERM] = "SIGTERM", [SIGNAL_STOP] = "SIGSTOP",
        [SIGNAL_TSTP] = "SIGTSTP", [SIGNAL_CONT] = "SIGCONT", [SIGNAL_CHLD] = "SIGCHLD",
        [SIGNAL_TTIN] = "SIGTTIN", [SIGNAL_TTOU] = "SIGTTOU",
    };

    return signal >= 1 && signal <= SIGNAL_MAX ? names[signal] : NULL;
}
