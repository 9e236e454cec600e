/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See system.h. `system-test GROUP` runs one group; the status is whether anything failed.
 * `system-test GROUP exact` also holds against bounds how long things take.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libsys/memory_client.h"
#include "libsys/newlib/system.h"
#include "libsys/process_client.h"
#include "libsys/rpc_witness.h"
#include "tests/system/system.h"

static int failures;
bool test_exact;

void result(const char *name, bool good, const char *why, ...)
{
    struct rpc_witnessed next;
    va_list more;

    if (good) {
        printf("ok system: %s\n", name);
    } else {
        printf("not ok system: %s: ", name);
        va_start(more, why);
        vprintf(why, more);
        va_end(more);
        printf("\n");
        failures++;
    }
    while (rpc_witness_next(&next))
        printf("answered %s.%s %s\n", next.interface, next.operation, next.error);
    fflush(stdout);
}

/* ---- What there is --------------------------------------------------------------------------- */

#define SETTLE_TRIES 50

static struct inventory look(void)
{
    struct memory_status status = {0};
    struct inventory now = {0};
    int32_t pid = 0;

    if (memory_system_status(PROCESS_CAP(MEMORY), &status))
        return now;
    while (process_next(PROCESS_CAP(PROCESS), pid, &pid) == 0 && pid > 0)
        now.processes++;
    now.kernel = status.kernel;
    now.pages = status.used - status.kernel;
    now.spaces = status.regions;
    now.objects = status.objects;
    return now;
}

struct inventory inventory_take(void)
{
    struct inventory last = look(), now;

    for (int i = 0; i < SETTLE_TRIES; i++) {
        usleep(50000);
        now = look();
        if (memcmp(&now, &last, sizeof(now)) == 0)
            break;
        last = now;
    }
    return now;
}

void inventory_compare(const char *name, const struct inventory *before, uint64_t pages,
                       uint64_t kernel)
{
    struct inventory now = inventory_take();

    printf("  pages %ld KiB more, kernel objects %ld KiB\n",
           (long)(now.pages - before->pages) / 1024, (long)(now.kernel - before->kernel) / 1024);
    result(name,
           now.pages <= before->pages + pages && now.kernel <= before->kernel + kernel &&
               now.spaces == before->spaces && now.objects == before->objects &&
               now.processes == before->processes,
           "%lu KiB of pages, %lu before; %lu KiB of kernel objects, %lu; %lu spaces, %lu; "
           "%lu objects, %lu; %lu processes, %lu",
           now.pages >> 10, before->pages >> 10, now.kernel >> 10, before->kernel >> 10, now.spaces,
           before->spaces, now.objects, before->objects, now.processes, before->processes);
}

/* ---- Groups ---------------------------------------------------------------------------------- */

static const struct group {
    const char *name;
    void (*run)(void);
} groups[] = {
    {"malformed", test_malformed},
    {"garbage", test_garbage},
    {"storms", test_storms},
};

int main(int argc, char **argv)
{
    test_exact = argc > 2 && strcmp(argv[2], "exact") == 0;
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        if (argc < 2 || strcmp(argv[1], groups[i].name) == 0)
            groups[i].run();
    printf("system-test: %d failed\n", failures);
    return failures != 0;
}
