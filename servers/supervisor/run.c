/* SPDX-License-Identifier: BSD-2-Clause */
/* See run.h. */

#include "servers/supervisor/run.h"

#include "libsys/root_client.h"
#include "servers/supervisor/clock.h"
#include "servers/supervisor/supervisor.h"

static struct {
    cap_t reply;
    uint32_t index; /* POLICY_NOBODY: none runs */
    struct rpc_later later;
} run = {.index = POLICY_NOBODY};

void run_init(cap_t reply)
{
    run.reply = reply;
}

err_t run_begin(struct rpc_request *request, uint32_t index)
{
    enum policy_state state = supervisor.policy.program[index].state;

    if (run.index != POLICY_NOBODY || state == POLICY_RUNNING || state == POLICY_WAITING)
        return RPC_BUSY;
    err_t error = rpc_defer(request, run.reply, &run.later);
    if (error)
        return error;
    run.index = index;
    policy_want(&supervisor.policy, index, clock_now());
    return 0;
}

/* End what it needed, and nobody else does. */
static void helpers_end(void)
{
    uint32_t index;

    while ((index = policy_idle(&supervisor.policy)) != POLICY_NOBODY) {
        (void)!root_stop(supervisor.root.cap, index);
        policy_unwant(&supervisor.policy, index, clock_now());
    }
}

void run_ended(uint32_t index, int32_t status)
{
    if (index != run.index)
        return;
    run.index = POLICY_NOBODY;
    helpers_end();
    supervisor_run_ended(&run.later, status);
}

void run_look(void)
{
    uint32_t index = run.index;

    if (index == POLICY_NOBODY || !policy_is_stuck(&supervisor.policy, index))
        return;
    policy_unwant(&supervisor.policy, index, clock_now());
    run_ended(index, -1);
}
