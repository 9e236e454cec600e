/* SPDX-License-Identifier: BSD-2-Clause */
/* services, poweroff, reboot: what the supervisor tells and does. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "boot/bin/marcona/programs.h"
#include "libsys/newlib/system.h"
#include "libsys/supervisor_client.h"

static int services_list(cap_t supervisor)
{
    static const char *const state[] = {"stopped", "waiting", "running", "ended"};
    struct supervisor_program it;
    char name[33];
    uint32_t bytes;

    printf("%-12s %-8s %7s %8s %10s\n", "NAME", "STATE", "STARTED", "FAILURES", "SINCE");
    for (uint32_t i = 0;
         !supervisor_list(SYSTEM_CLIENT(supervisor), i, &it, name, sizeof(name) - 1, &bytes); i++) {
        name[bytes] = 0;
        printf("%-12s %-8s %7u %8u %8llu s\n", name, it.state < 4 ? state[it.state] : "?",
               it.started, it.failures, (unsigned long long)it.since / 1000000000);
    }
    return 0;
}

static int services_history(cap_t supervisor)
{
    struct supervisor_event event;
    char text[SUPERVISOR_TEXT_MAX + 1];
    uint32_t bytes;
    uint64_t number = 1;

    while (!supervisor_history(SYSTEM_CLIENT(supervisor), number, &event, text, sizeof(text) - 1,
                               &bytes)) {
        text[bytes] = 0;
        printf("[%5llu.%06llu] %s\n", (unsigned long long)event.time / 1000000000,
               (unsigned long long)event.time / 1000 % 1000000, text);
        number = event.number + 1;
    }
    return 0;
}

/* start, stop, restart, run. -1: none of them. */
static int services_act(cap_t supervisor, const char *what, const char *name)
{
    const struct rpc_client *client = SYSTEM_CLIENT(supervisor);
    int32_t status = 0;
    err_t error;

    if (strcmp(what, "start") == 0)
        error = supervisor_start(client, name);
    else if (strcmp(what, "stop") == 0)
        error = supervisor_stop(client, name);
    else if (strcmp(what, "restart") == 0)
        error = supervisor_restart(client, name);
    else if (strcmp(what, "run") == 0)
        error = supervisor_run(client, name, &status);
    else
        return -1;
    if (error == SUPERVISOR_ERROR_ESSENTIAL)
        return complain("%s: the system can't do without it", name);
    if (error == SUPERVISOR_ERROR_NO_PROGRAM)
        return complain("%s: no such program in the boot manifest", name);
    return error ? complain_error(name, error) : status;
}

int services_main(int count, char **argument)
{
    cap_t supervisor = service_find("supervisor");
    int status = -1;

    if (!supervisor)
        return 1;
    if (count == 1 || (count == 2 && strcmp(argument[1], "list") == 0))
        return services_list(supervisor);
    if (count == 2 && strcmp(argument[1], "history") == 0)
        return services_history(supervisor);
    if (count == 3)
        status = services_act(supervisor, argument[1], argument[2]);
    return status < 0 ? usage("[list | history | (start|stop|restart|run) NAME]") : status;
}

int poweroff_main(int count, char **argument)
{
    (void)argument;
    if (count > 1)
        return usage("");
    cap_t supervisor = service_find("supervisor");
    if (!supervisor)
        return 1;
    sync();
    return complain_error("supervisor", supervisor_power_off(supervisor, false));
}

int reboot_main(int count, char **argument)
{
    (void)argument;
    if (count > 1)
        return usage("");
    cap_t supervisor = service_find("supervisor");
    if (!supervisor)
        return 1;
    sync();
    return complain_error("supervisor", supervisor_reboot(supervisor));
}
