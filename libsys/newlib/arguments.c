/* SPDX-License-Identifier: BSD-2-Clause */
/* See arguments.h. */

#include "libsys/newlib/arguments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libsys/process_client.h"

/* Adds up what a list takes; how many texts it has. */
static uint32_t list_measure(char *const list[], uint64_t *bytes)
{
    uint32_t count = 0;

    for (; list && list[count]; count++)
        *bytes += sizeof(uint32_t) + strlen(list[count]) + 1;
    return count;
}

/* Copy the texts behind `at`; returns where they end. */
static uint32_t list_put(struct process_arguments *arguments, uint32_t first, char *const list[],
                         uint32_t count, uint32_t at)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t bytes = (uint32_t)strlen(list[i]) + 1;
        arguments->offset[first + i] = at;
        memcpy((char *)arguments + at, list[i], bytes);
        at += bytes;
    }
    return at;
}

struct process_arguments *arguments_make(char *const argv[], char *const envp[],
                                         uint64_t room[ARGUMENTS_ROOM_WORDS])
{
    uint64_t bytes = sizeof(struct process_arguments);
    uint32_t arguments_count = list_measure(argv, &bytes);
    uint32_t environment_count = list_measure(envp, &bytes);

    if (bytes > PROCESS_ARGUMENTS_MAX) {
        errno = E2BIG;
        return NULL;
    }
    struct process_arguments *made =
        bytes <= 8 * ARGUMENTS_ROOM_WORDS ? (struct process_arguments *)room : malloc(bytes);
    if (!made)
        return NULL;
    *made = (struct process_arguments){
        .bytes = (uint32_t)bytes,
        .argument_count = arguments_count,
        .environment_count = environment_count,
    };
    uint32_t at =
        (uint32_t)(sizeof(*made) + (arguments_count + environment_count) * sizeof(uint32_t));
    at = list_put(made, 0, argv, arguments_count, at);
    (void)list_put(made, arguments_count, envp, environment_count, at);
    return made;
}

void arguments_free(struct process_arguments *arguments, const uint64_t *room)
{
    if ((const uint64_t *)arguments != room)
        free(arguments);
}
