/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A user's own pager, in a domain of its own: it's asked first, has the page in an object, and lets
 * the memory server map it. A fault's answer is empty: that it comes lets the thread try again.
 */
#include "libsys/invoke.h"
#include "libsys/memory_client.h"
#include "libsys/program.h"
#include "libsys/server.h"
#include "tests/bench/paging/paging.h"

/* A page that can't be mapped ends this program by a trap, which the root task reports. */
static inline __attribute__((always_inline)) enum answer
answer(void *context, err_t kind, uint32_t badge, struct message *message)
{
    const cap_t *space = context;

    (void)badge;
    if (kind == RECEIVE_FAULT && memory_forward_fault(*space, message->word[1], message->word[2]))
        __builtin_trap();
    return ANSWER_REGISTERS;
}

/* The first request, which starts it, only does that; the second brings the space's handle. */
err_t pager_serve(void)
{
    cap_t space = CAP_OF(program_info()->first_free_slot);

    program_buffer()->receive[0] = (uint32_t)space;
    return server_loop(answer, &space);
}
