/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs the program that it's called by, or that its first argument names. */

#include <stdio.h>
#include <string.h>

#include "boot/bin/marcona/programs.h"

static const struct {
    const char *name;
    int (*main)(int count, char **argument);
} programs[] = {
    {"dmesg", dmesg_main},       {"free", free_main},       {"halt", poweroff_main},
    {"hostname", hostname_main}, {"mount", mount_main},     {"nproc", nproc_main},
    {"poweroff", poweroff_main}, {"ps", ps_main},           {"reboot", reboot_main},
    {"services", services_main}, {"session", session_main}, {"stty", stty_main},
    {"top", top_main},           {"umount", umount_main},   {"uptime", uptime_main},
};

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static int program_run(int count, char **argument)
{
    program_name = name_of(argument[0]);
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
        if (strcmp(program_name, programs[i].name) == 0)
            return programs[i].main(count, argument);
    return -1;
}

int main(int count, char **argument)
{
    int status = count > 0 ? program_run(count, argument) : -1;

    if (status < 0 && count > 1)
        status = program_run(count - 1, argument + 1);
    if (status >= 0)
        return fflush(stdout) ? 1 : status;
    fprintf(stderr, "usage: marcona PROGRAM [ARGUMENT...], where PROGRAM is one of\n");
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
        fprintf(stderr, "%s ", programs[i].name);
    fprintf(stderr, "\n");
    return 2;
}
