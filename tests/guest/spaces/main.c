/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory server, from outside: with the authority over spaces, and threads in spaces of its
 * making.
 */
#include "libsys/rpc_error.h"
#include "tests/guest/spaces/cases.h"

static struct memory_status status_now(void)
{
    struct memory_status status = {0};
    must("the machine's status", memory_system_status(self.cap, &status));
    return status;
}

/* What a group of cases used is free again. */
static void run(const char *name, void (*cases)(void))
{
    struct memory_status before = status_now(), after;
    cases();
    after = status_now();
    CHECK(name, before.regions == after.regions && before.objects == after.objects);
}

int main(const struct program_info *info)
{
    (void)info;
    tasks_init();
    run("basic: no space or object is left", cases_basic);
    return check_failures;
}
