/* SPDX-License-Identifier: BSD-2-Clause */
/* All processes at one moment, for ps and top. */
#ifndef BOOT_BIN_MARCONA_PROCESSES_H
#define BOOT_BIN_MARCONA_PROCESSES_H

#include <stddef.h>
#include <stdint.h>

#include "libsys/process_client.h"

struct processes {
    uint64_t ticks; /* TSC when they were looked at */
    size_t count;
    struct process_info *info;
};

/* Look. False: no memory. */
bool processes_get(struct processes *processes);
void processes_put(struct processes *processes);

/* Name, state and processor time of one. */
const char *process_name(const struct process_info *info);
char process_state_letter(const struct process_info *info);
const char *process_time(const struct process_info *info, char text[16]);

/* "tty1"; "-" without one. */
const char *process_terminal(const struct process_info *info, char text[16]);

#endif
