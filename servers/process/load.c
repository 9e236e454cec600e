/* SPDX-License-Identifier: BSD-2-Clause */
/* See load.h. */

#include "servers/process/load.h"

#include <stddef.h>

#include "libsys/string.h"

/* One request at a time is served. */
static struct program program;
static struct arguments arguments;

/* A script's interpreter in its place. */
static err_t script_resolve(uint64_t client, const struct spawn *spawn, cap_t object)
{
    const struct image *image = &program.image;
    char interpreter[INTERPRETER_ROOM];
    err_t error =
        arguments_for_script(&arguments, image->interpreter, image->argument, spawn->path);

    memcpy(interpreter, image->interpreter, sizeof(interpreter));
    slot_empty(object);
    if (!error)
        error = image_find(client, interpreter, object, &program);
    if (!error && program.image.is_script)
        error = PROCESS_ERROR_TOO_DEEP;
    return error;
}

err_t load_find(uint64_t client, const struct spawn *spawn, cap_t object)
{
    arguments = spawn->arguments;
    err_t error = image_find(client, spawn->path, object, &program);
    if (!error && program.image.is_script)
        error = script_resolve(client, spawn, object);
    return error;
}

err_t load_map(const struct loading *loading, uint64_t *space, struct placed *placed)
{
    err_t error = image_load(&program, &arguments, loading, space, placed);

    if (!error && arguments.data)
        error = arguments_put(&arguments, *space, placed->sp);
    return error;
}

static void name_set(struct process *process, const char *path)
{
    const char *name = path;

    for (const char *at = path; *at; at++)
        if (*at == '/' && at[1])
            name = at + 1;
    size_t length = strlen(name);
    if (length >= NAME_ROOM)
        length = NAME_ROOM - 1;
    memset(process->name, 0, NAME_ROOM);
    memcpy(process->name, name, length);
}

void load_finish(struct process *process, const struct spawn *spawn, const struct placed *placed)
{
    struct process_page *page = process_page_of(process);

    process->program = program.object == own.module ? own.module : row_cap(process, ROW_PROGRAM);
    process->file_offset = program.offset;
    process->file_bytes = program.size;
    page->image_low = placed->low;
    page->image_high = placed->high;
    page->image_bias = placed->bias;
    page->stack_low = placed->stack_low;
    page->stack_high = placed->stack_high;
    name_set(process, spawn->path);
}
