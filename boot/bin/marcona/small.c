/* SPDX-License-Identifier: BSD-2-Clause */
/* free, uptime, hostname, nproc: a few lines each. */

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "boot/bin/marcona/programs.h"
#include "libsys/memory_client.h"
#include "libsys/newlib/system.h"

/* Bytes in the unit of the option: b, k, m, or h for whatever fits. */
static void amount_print(uint64_t bytes, int unit)
{
    char text[8];

    if (unit == 'h')
        printf(" %11s", size_text(bytes, text));
    else
        printf(" %11llu", (unsigned long long)(bytes >> (unit == 'b' ? 0 : unit == 'm' ? 20 : 10)));
}

int free_main(int count, char **argument)
{
    struct memory_status status = {0};
    int unit = 'k';

    for (int option; (option = getopt(count, argument, "bkmh")) != -1; unit = option)
        if (option == '?')
            return usage("[-b|-k|-m|-h]");
    err_t error = memory_system_status(PROCESS_CAP(MEMORY), &status);
    if (error)
        return complain_error("memory server", error);
    printf("%8s %11s %11s %11s %11s %11s\n", "", "total", "used", "free", "tables", "kernel");
    printf("%8s", "Memory:");
    amount_print(status.total, unit);
    amount_print(status.used, unit);
    amount_print(status.total - status.used, unit);
    amount_print(status.tables, unit);
    amount_print(status.kernel, unit);
    printf("\n%llu page faults, %llu spaces, %llu objects\n", (unsigned long long)status.faults,
           (unsigned long long)status.regions, (unsigned long long)status.objects);
    return 0;
}

int uptime_main(int count, char **argument)
{
    (void)argument;
    if (count > 1)
        return usage("");
    unsigned long long seconds = time_since_boot() / 1000000000;
    printf("up %llu days, %llu:%02llu:%02llu\n", seconds / 86400, seconds / 3600 % 24,
           seconds / 60 % 60, seconds % 60);
    return 0;
}

int hostname_main(int count, char **argument)
{
    struct utsname names;

    (void)argument;
    if (count > 1)
        return usage("");
    if (uname(&names))
        return complain("no name");
    puts(names.nodename);
    return 0;
}

int nproc_main(int count, char **argument)
{
    (void)argument;
    if (count > 1)
        return usage("");
    printf("%ld\n", sysconf(_SC_NPROCESSORS_ONLN));
    return 0;
}
