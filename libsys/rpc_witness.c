/* SPDX-License-Identifier: BSD-2-Clause */
/* See rpc_witness.h. */

#include "libsys/rpc_witness.h"

#include "libsys/rpc_error.h"

#define PAIRS_MAX 600 /* all protocols together declare fewer */

static struct {
    uint64_t tag;
    err_t error;
} seen[PAIRS_MAX];
static unsigned count, told;

static bool is_known(uint64_t tag, err_t error)
{
    for (unsigned i = 0; i < count; i++)
        if (seen[i].tag == tag && seen[i].error == error)
            return true;
    return false;
}

void rpc_witness(uint64_t tag, err_t error)
{
    if (!rpc_is_error(error) || is_known(tag, error))
        return;
    if (count == PAIRS_MAX)
        __builtin_trap();
    seen[count].tag = tag;
    seen[count].error = error;
    count++;
}

bool rpc_witness_next(struct rpc_witnessed *next)
{
    if (told == count)
        return false;
    next->interface = rpc_interface_name(seen[told].tag);
    next->operation = rpc_operation_name(seen[told].tag);
    next->error = rpc_error_name(seen[told].error);
    told++;
    return true;
}
