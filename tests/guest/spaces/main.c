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

static bool status_same(const struct memory_status *a, const struct memory_status *b)
{
    return a->regions == b->regions && a->objects == b->objects && a->used == b->used &&
           a->kernel == b->kernel;
}

#define ROUNDS 10

/*
 * What a group of cases used is free again. At first the server makes what it keeps for later
 * (address spaces with more and more page tables, Replies), and of these it keeps now one, now
 * another; so after some round it has what it had after an earlier one.
 */
static void run(const char *name, void (*cases)(void))
{
    static struct memory_status after[ROUNDS + 1];
    bool same = false;
    int round = 0;
    after[0] = status_now();
    while (round < ROUNDS && !same) {
        cases();
        after[++round] = status_now();
        for (int earlier = 0; earlier < round; earlier++)
            same = same || status_same(&after[earlier], &after[round]);
    }
    CHECK(name, same);
    for (int i = 0; i <= round && !same; i++)
        print("after round %d: used %lu, kernel %lu\n", i, after[i].used, after[i].kernel);
}

int main(const struct program_info *info)
{
    (void)info;
    tasks_init();
    case_hostile();
    cases_lending();
    case_kept_handles();
    case_mappings();
    run("basic: nothing is left", cases_basic);
    run("objects: nothing is left", cases_object);
    run("fork: nothing is left", cases_fork);
    run("authority: nothing is left", cases_authority);
    run("building: nothing is left", cases_build);
    run("errors: nothing is left", cases_errors);
    run("quota: nothing is left", cases_quota);
    tasks_use_small();
    run("shortage: nothing is left", cases_shortage);
    run("building without memory: nothing is left", cases_build_scarce);
    run("scarce: nothing is left", cases_scarce);
    case_servers();
    return check_failures;
}
