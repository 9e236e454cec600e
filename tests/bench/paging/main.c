/* SPDX-License-Identifier: BSD-2-Clause */
#include "libsys/invoke.h"
#include "libsys/print.h"
#include "libsys/program.h"
#include "libsys/rpc_error.h"
#include "libsys/slots.h"
#include "libsys/string.h"
#include "tests/bench/paging/paging.h"

#define SLOTS 1024

static uint64_t bitmap[SLOTS_WORDS(SLOTS)];
static struct slots slots;

void must(const char *what, err_t error)
{
    if (!error)
        return;
    print("bench: %s: %s\n", what, rpc_error_name(error));
    program_exit(1);
}

void figure(const char *name, unsigned region, unsigned passes, unsigned divisor)
{
    print("BENCH %s id=%u n=%u min=0 median=0 p99=0 max=0 unit=instructions div=%u\n", name, region,
          passes, divisor);
}

cap_t slot_take(void)
{
    return CAP_OF(slots_take(&slots, 1));
}

void slot_drop(cap_t slot)
{
    must("emptying a slot", cnode_delete(program_cap("cnode"), CAP_INDEX(slot)));
    slots_give(&slots, CAP_INDEX(slot), 1);
}

int main(const struct program_info *info)
{
    if (string_equal(program_text(info->arguments), "pager"))
        return (int)pager_serve();
    slots_init(&slots, bitmap, info->first_free_slot, 1u << info->cnode_bits);
    memory_measure();
    return 0;
}
