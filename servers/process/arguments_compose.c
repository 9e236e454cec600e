/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of arguments.h that makes no system call. */

#include <stddef.h>

#include "libsys/string.h"
#include "servers/process/arguments.h"

#define HEAD offsetof(struct process_arguments, offset)

static uint64_t texts_begin(uint64_t count)
{
    return HEAD + count * sizeof(uint32_t);
}

static bool text_ends(const char *bytes, uint32_t from, uint32_t size)
{
    while (from < size)
        if (bytes[from++] == 0)
            return true;
    return false;
}

bool arguments_check(const struct process_arguments *arguments, uint32_t bytes)
{
    if (bytes < HEAD || arguments->bytes != bytes)
        return false;
    uint64_t count = (uint64_t)arguments->argument_count + arguments->environment_count;
    if (texts_begin(count) > bytes)
        return false;
    for (uint64_t i = 0; i < count; i++)
        if (arguments->offset[i] < texts_begin(count) ||
            !text_ends((const char *)arguments, arguments->offset[i], bytes))
            return false;
    return true;
}

/* Where the next text goes. */
struct composing {
    struct process_arguments *made;
    uint64_t at, room;
    uint32_t count;
};

static void text_add(struct composing *composing, const char *text)
{
    uint64_t bytes = strlen(text) + 1;

    if (composing->at <= composing->room && bytes <= composing->room - composing->at) {
        memcpy((char *)composing->made + composing->at, text, bytes);
        composing->made->offset[composing->count] = (uint32_t)composing->at;
    }
    composing->count++;
    composing->at += bytes;
}

uint32_t arguments_compose(const struct process_arguments *old, const char *interpreter,
                           const char *option, const char *path, struct process_arguments *made,
                           uint32_t room)
{
    uint32_t kept = old->argument_count ? old->argument_count - 1 : 0;
    uint32_t arguments = kept + 2 + (option[0] != 0), environment = old->environment_count;
    struct composing composing = {made, texts_begin((uint64_t)arguments + environment), room, 0};

    if (composing.at > room)
        return 0;
    text_add(&composing, interpreter);
    if (option[0])
        text_add(&composing, option);
    text_add(&composing, path);
    for (uint32_t i = old->argument_count - kept; i < old->argument_count + environment; i++)
        text_add(&composing, (const char *)old + old->offset[i]);
    if (composing.at > room)
        return 0;
    made->bytes = (uint32_t)composing.at;
    made->argument_count = arguments;
    made->environment_count = environment;
    return made->bytes;
}
