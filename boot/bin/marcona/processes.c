/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks the process server for one process after the other. */

#include <stdio.h>
#include <stdlib.h>

#include "boot/bin/marcona/processes.h"
#include "boot/bin/marcona/programs.h"
#include "libsys/newlib/system.h"
#include "libsys/time.h"

bool processes_get(struct processes *processes)
{
    int32_t pid = 0;

    *processes = (struct processes){.ticks = time_ticks()};
    while (!process_next(PROCESS_CAP(PROCESS), pid, &pid) && pid) {
        if (processes->count % 16 == 0) {
            struct process_info *more =
                realloc(processes->info, (processes->count + 16) * sizeof(*more));
            if (!more)
                return false;
            processes->info = more;
        }
        /* One that has ended since then is passed over. */
        if (!process_info(system_process(), pid, &processes->info[processes->count]))
            processes->count++;
    }
    return true;
}

void processes_put(struct processes *processes)
{
    free(processes->info);
    processes->info = NULL;
    processes->count = 0;
}

const char *process_name(const struct process_info *info)
{
    return (const char *)&info->name0;
}

char process_state_letter(const struct process_info *info)
{
    static const char letter[] = "?RSTZ";

    return info->state < sizeof(letter) - 1 ? letter[info->state] : '?';
}

const char *process_time(const struct process_info *info, char text[16])
{
    unsigned long long hundredths =
        time_to_nanoseconds(&process_page()->clock, info->ticks) / 10000000;

    snprintf(text, 16, "%llu:%02llu.%02llu", hundredths / 6000, hundredths / 100 % 60,
             hundredths % 100);
    return text;
}

const char *process_terminal(const struct process_info *info, char text[16])
{
    if (!info->terminal)
        return "-";
    snprintf(text, 16, "tty%u", (unsigned)info->terminal);
    return text;
}
