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

/*
 * What a group of cases used is free again. At first the server makes what it keeps for later
 * (address spaces, Replies); so it's the third time that counts.
 */
static void run(const char *name, void (*cases)(void))
{
    struct memory_status before, after;
    cases();
    cases();
    before = status_now();
    cases();
    after = status_now();
    CHECK(name, before.regions == after.regions && before.objects == after.objects &&
                    before.used == after.used && before.kernel == after.kernel);
    if (before.used != after.used)
        print("used before %lu, after %lu; kernel %lu, %lu\n", before.used, after.used,
              before.kernel, after.kernel);
}

int main(const struct program_info *info)
{
    (void)info;
    tasks_init();
    cases_lending();
    run("basic: nothing is left", cases_basic);
    run("objects: nothing is left", cases_object);
    run("fork: nothing is left", cases_fork);
    run("authority: nothing is left", cases_authority);
    run("quota: nothing is left", cases_quota);
    tasks_use_small();
    run("shortage: nothing is left", cases_shortage);
    return check_failures;
}
