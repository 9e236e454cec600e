/* SPDX-License-Identifier: BSD-2-Clause */
/* See servers.h. A fault's answer is empty: that it comes is what lets the thread try again. */

#include "tests/bench/bench-server/servers.h"

#include "libsys/invoke.h"
#include "libsys/program.h"
#include "libsys/server.h"
#include "tests/bench/protocol.h"

#define PAGE 4096ull

struct pager {
    cap_t frame, vspace;
    uint64_t address; /* of the Frame's first byte there */
};

/* A page that can't be mapped ends this server by a trap, which the root task reports. */
static void page_in(const struct pager *pager, uint64_t fault_address)
{
    uint64_t page = fault_address & ~(PAGE - 1);

    if (frame_map(pager->frame, pager->vspace, page, page - pager->address, PAGE, ACCESS_READ))
        __builtin_trap();
}

static inline __attribute__((always_inline)) enum answer
pager_answer(void *context, err_t kind, uint32_t badge, struct message *message)
{
    struct pager *pager = context;

    (void)badge;
    if (kind == RECEIVE_FAULT)
        page_in(pager, message->word[1]);
    else if (TAG_LABEL(message->tag) == PAGER_SERVE)
        pager->address = message->word[0];
    return ANSWER_REGISTERS;
}

err_t pager_serve(void)
{
    uint32_t first = program_info()->first_free_slot;
    struct pager pager = {.frame = CAP_OF(first), .vspace = CAP_OF(first + 1)};
    err_t error = buffer_open();

    if (error)
        return error;
    buffer_offer(first, 2);
    return server_loop(pager_answer, &pager);
}
