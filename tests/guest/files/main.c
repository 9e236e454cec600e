/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/guest/files/test.h"

static uint64_t objects_now(void)
{
    struct memory_status status = {0};

    must("the machine's memory", memory_system_status(memory_self.cap, &status));
    return status.objects;
}

/* No file or window that a group made is left. */
static void run(const char *name, void (*cases)(void))
{
    uint64_t before = objects_now();

    cases();
    CHECK(name, objects_now() == before);
}

int main(const struct program_info *info)
{
    (void)info;
    test_init();
    run("basic: no object is left", cases_basic);
    run("waiting: no object is left", cases_waiting);
    run("errors: no object is left", cases_errors);
    run("paths: no object is left", cases_paths);
    run("devices: no object is left", cases_devices);
    run("hostile: no object is left", cases_hostile);
    cases_cost();
    test_use_scarce();
    cases_shares();
    cases_scarce();
    return check_failures;
}
