/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The programs that know Marcona's servers: one file, /bin/marcona, with a link for each name. What
 * they share is here.
 */
#ifndef BOOT_BIN_MARCONA_PROGRAMS_H
#define BOOT_BIN_MARCONA_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/abi/types.h"

/* As main; the result is the exit status. */
int dmesg_main(int count, char **argument);
int free_main(int count, char **argument);
int hostname_main(int count, char **argument);
int mount_main(int count, char **argument);
int nproc_main(int count, char **argument);
int poweroff_main(int count, char **argument);
int ps_main(int count, char **argument);
int reboot_main(int count, char **argument);
int services_main(int count, char **argument);
int session_main(int count, char **argument);
int stty_main(int count, char **argument);
int top_main(int count, char **argument);
int umount_main(int count, char **argument);
int uptime_main(int count, char **argument);

/* The name that the program was called by. */
extern const char *program_name;

/* "ps: " and the text with what is in it, as printf, to standard error. Returns 1. */
int complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "ps: WHAT: " and the error in words. Returns 1. */
int complain_error(const char *what, err_t error);

/* "usage: ps TEXT". Returns 2. */
int usage(const char *text);

/* The service of this name, as a capability in one of the free slots; 0: it complained. */
cap_t service_find(const char *name);

/* "12.3M": bytes in at most five characters. */
const char *size_text(uint64_t bytes, char text[8]);

/* Nanoseconds since boot, of now and of a TSC value. */
uint64_t time_since_boot(void);
uint64_t time_of_ticks(uint64_t ticks);

#endif
