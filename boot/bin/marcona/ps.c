/* SPDX-License-Identifier: BSD-2-Clause */
/* ps: a line for each process. There are few, so it shows all, whatever the usual options say. */

#include <stdio.h>
#include <string.h>

#include "boot/bin/marcona/processes.h"
#include "boot/bin/marcona/programs.h"

int ps_main(int count, char **argument)
{
    struct processes processes;
    char terminal[16], time[16], memory[8];

    for (int i = 1; i < count; i++)
        if (argument[i][strspn(argument[i], "-aAefluwx")])
            return usage("[-e] (all processes, their memory and processor time)");
    if (!processes_get(&processes))
        return complain("no memory");
    printf("%5s %5s %5s %-5s S %4s %6s %9s %s\n", "PID", "PPID", "PGRP", "TTY", "THR", "MEM",
           "TIME", "COMMAND");
    for (size_t i = 0; i < processes.count; i++) {
        const struct process_info *info = &processes.info[i];
        printf("%5d %5d %5d %-5s %c %4u %6s %9s %s\n", (int)info->pid, (int)info->parent,
               (int)info->group, process_terminal(info, terminal), process_state_letter(info),
               (unsigned)info->threads, size_text(info->memory, memory), process_time(info, time),
               process_name(info));
    }
    processes_put(&processes);
    return 0;
}
