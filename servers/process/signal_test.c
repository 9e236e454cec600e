/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/process/signal.c */
/* What becomes of a signal: every signal, with each mask. */

#include <stdio.h>
#include <string.h>

#include "servers/process/signal.h"

static int failures;

static void check(const char *name, bool good)
{
    printf(good ? "ok process signal: %s\n" : "not ok process signal: %s: not so\n", name);
    failures += !good;
}

/* For those of `which`, an action; for the others, another. */
static bool all(uint64_t which, struct signal_masks masks, bool orphaned, enum signal_action action)
{
    for (int signal = 1; signal <= SIGNAL_MAX; signal++)
        if ((which & SIGNAL_BIT(signal)) && signal_decide(signal, masks, orphaned) != action)
            return false;
    return true;
}

int main(void)
{
    const struct signal_masks none = {0, 0, 0};
    const struct signal_masks blocked = {~0ull, 0, ~0ull}, ignored = {0, ~0ull, 0};
    const struct signal_masks caught = {0, ~0ull, ~0ull};
    const uint64_t terminal = SIGNALS_STOP & ~SIGNALS_ALWAYS;
    const uint64_t end = SIGNALS_ALL & ~SIGNALS_STOP & ~SIGNALS_DEFAULT_IGNORED;

    check("by default most end", all(end, none, false, SIGNAL_END));
    check("by default some stop", all(SIGNALS_STOP, none, false, SIGNAL_DO_STOP));
    check("by default some are dropped", all(SIGNALS_DEFAULT_IGNORED, none, false, SIGNAL_DROP));
    check("a terminal doesn't stop orphans", all(terminal, none, true, SIGNAL_DROP));
    check("SIGSTOP does", signal_decide(SIGNAL_STOP, none, true) == SIGNAL_DO_STOP);
    check("blocked ones wait", all(SIGNALS_ALL & ~SIGNALS_ALWAYS, blocked, false, SIGNAL_KEEP));
    check("ignored ones go", all(SIGNALS_ALL & ~SIGNALS_ALWAYS, ignored, false, SIGNAL_DROP));
    check("caught ones are handled",
          all(SIGNALS_ALL & ~SIGNALS_ALWAYS, caught, false, SIGNAL_HANDLE));
    check("SIGKILL heeds nothing", signal_decide(SIGNAL_KILL, blocked, false) == SIGNAL_END &&
                                       signal_decide(SIGNAL_KILL, ignored, false) == SIGNAL_END);
    check("nor does SIGSTOP", signal_decide(SIGNAL_STOP, blocked, false) == SIGNAL_DO_STOP);
    check("names", strcmp(signal_name(SIGNAL_SEGV), "SIGSEGV") == 0 && !signal_name(0) &&
                       !signal_name(32) && !signal_name(29));
    check("statuses", STATUS_EXITED(3) == 0x300 && STATUS_SIGNALED(9) == 9 &&
                          STATUS_STOPPED(18) == 0x127f && STATUS_EXITED(256) == 0);
    return failures != 0;
}
