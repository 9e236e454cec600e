/* SPDX-License-Identifier: BSD-2-Clause */
/* dmesg: what the servers have said so far. */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "boot/bin/marcona/programs.h"
#include "libsys/log_client.h"
#include "libsys/newlib/system.h"

#define LEVELS "error, warning, notice, information, debugging"

static void entry_print(const struct log_entry *entry, const char *name, const char *text)
{
    unsigned long long micros = time_of_ticks(entry->time) / 1000;

    printf("[%5llu.%06llu] %s: %s\n", micros / 1000000, micros % 1000000, name, text);
}

/* Print what there is from a number on; returns the number after the last. */
static uint64_t entries_print(cap_t log, uint64_t number, uint32_t most)
{
    struct log_entry entry;
    char name[33], text[201];
    uint32_t name_bytes, text_bytes;

    while (!log_read(SYSTEM_CLIENT(log), number, &entry, name, sizeof(name) - 1, &name_bytes, text,
                     sizeof(text) - 1, &text_bytes)) {
        name[name_bytes] = text[text_bytes] = 0;
        if (entry.level <= most)
            entry_print(&entry, name, text);
        number = entry.number + 1;
    }
    return number;
}

int dmesg_main(int count, char **argument)
{
    uint32_t most = LOG_LEVELS;
    bool follow = false;

    for (int option; (option = getopt(count, argument, "wl:")) != -1;)
        if (option == 'w')
            follow = true;
        else if (option != 'l' || (most = (uint32_t)atoi(optarg)) < 1 || most > LOG_LEVELS)
            return usage("[-w] [-l 1..5]: -w waits for more; up to that level, " LEVELS);
    cap_t log = service_find("log");
    if (!log)
        return 1;
    uint64_t next = entries_print(log, 1, most);
    while (follow) {
        fflush(stdout);
        usleep(250000);
        next = entries_print(log, next, most);
    }
    return 0;
}
