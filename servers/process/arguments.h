/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arguments and environment on their way from the parent to the top of the child's stack. Usually
 * the memory server copies them from space to space, and nobody here looks at them; a script's are
 * read, and made anew with its interpreter in front.
 */
#ifndef PROCESS_ARGUMENTS_H
#define PROCESS_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "libsys/process.h"
#include "libsys/syscall.h"

/* Either own memory, or that of a space. */
struct arguments {
    const void *data; /* null: in `space`, at `address` */
    uint64_t space, address;
    uint32_t bytes;
};

/* Whether these bytes are arguments as libsys/process.h describes them, every text with its end. */
bool arguments_check(const struct process_arguments *arguments, uint32_t bytes);

/*
 * Put `interpreter`, `option` (unless it's empty) and `path` in place of the first argument.
 * Returns the size of what is in `made`; 0: there isn't so much room. `old` was checked.
 */
uint32_t arguments_compose(const struct process_arguments *old, const char *interpreter,
                           const char *option, const char *path, struct process_arguments *made,
                           uint32_t room);

/* Read them, and make them a script's. TOO_LARGE, MALFORMED, errors of the memory own. */
MUST_USE err_t arguments_for_script(struct arguments *arguments, const char *interpreter,
                                    const char *option, const char *path);

/* Write those that are in own memory into a space. */
MUST_USE err_t arguments_put(const struct arguments *arguments, uint64_t space, uint64_t at);

#endif
