/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may send signals to whom. See life.h. */

#include "servers/process/life.h"
#include "servers/process/signal.h"

static bool may_signal(const struct process *from, const struct process *to, int signal)
{
    return from->user == 0 || from->user == to->user ||
           (signal == SIGNAL_CONT && from->session == to->session);
}

static bool is_meant(const struct process *from, const struct process *to, int32_t which)
{
    if (which > 0)
        return to->pid == which;
    if (which == -1)
        return to->pid != 1;
    return to->group == (which == 0 ? from->group : -which);
}

/* Its own comes last: it may end by that. */
err_t signal_kill(struct process *from, int32_t which, int signal)
{
    const struct process sender = *from;
    bool any = false, sent = false, own_too = false;

    FOR_EACH_PROCESS(p) {
        if (!is_meant(&sender, p, which) || (p == from && which == -1))
            continue;
        any = true;
        if (!may_signal(&sender, p, signal))
            continue;
        sent = true;
        own_too |= p == from;
        if (p != from && signal)
            signal_send(p, signal);
    }
    if (own_too && signal)
        signal_send(from, signal);
    if (sent)
        return 0;
    return any ? RPC_DENIED : PROCESS_ERROR_NO_PROCESS;
}
