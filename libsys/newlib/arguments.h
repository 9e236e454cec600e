/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments and environment in one piece, as they travel to another program. */
#ifndef LIBSYS_NEWLIB_ARGUMENTS_H
#define LIBSYS_NEWLIB_ARGUMENTS_H

#include "libsys/process.h"

#define ARGUMENTS_ROOM_WORDS 256

/*
 * In `room` if they fit there, else allocated. A null pointer and errno: E2BIG, ENOMEM. A null
 * pointer as a list is an empty one.
 */
struct process_arguments *arguments_make(char *const argv[], char *const envp[],
                                         uint64_t room[ARGUMENTS_ROOM_WORDS]);
void arguments_free(struct process_arguments *arguments, const uint64_t *room);

#endif
