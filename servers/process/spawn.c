/* SPDX-License-Identifier: BSD-2-Clause */
/* A new process with a program of its own. See life.h. */

#include "libsys/invoke.h"
#include "libsys/string.h"
#include "libsys/time.h"
#include "libsys/vfs_client.h"
#include "servers/process/build.h"
#include "servers/process/load.h"
#include "servers/process/signal.h"
#include "servers/process/terminal.h"
#include "servers/process/trace.h"

#define MODE_MASK 022u /* of a process without a parent */

/* ---- What it inherits ------------------------------------------------------------------------ */

static err_t files_copy(struct process *child, const struct process *parent,
                        const struct spawn *spawn)
{
    uint8_t *flags = process_page_of(child)->descriptor_flags;
    const uint8_t *from = parent ? process_page_of(parent)->descriptor_flags : NULL;
    err_t error = 0;

    for (uint32_t i = 0; i < spawn->file_count && parent && !error; i++) {
        if (spawn->files[i] == PROCESS_NO_FILE)
            continue;
        flags[i] = from[spawn->files[i]] & (uint8_t)~PROCESS_CLOSE_ON_EXEC;
        error = build_file(child, i, parent, spawn->files[i]);
    }
    return error;
}

static void words_inherit(struct process *child, const struct process *parent,
                          const struct spawn *spawn)
{
    struct process_page *page = process_page_of(child);

    page->mode_mask = parent ? process_page_of(parent)->mode_mask : MODE_MASK;
    if (parent) {
        page->blocked = process_page_of(parent)->blocked & ~SIGNALS_ALWAYS;
        page->ignored = process_page_of(parent)->ignored;
    }
    if (spawn->flags & SPAWN_SET_BLOCKED)
        page->blocked = (uint32_t)spawn->signals & ~SIGNALS_ALWAYS;
    if (spawn->flags & SPAWN_DEFAULT)
        page->ignored = page->ignored & ~(spawn->signals >> 32);
}

static void identity_inherit(struct process *child, const struct process *parent)
{
    child->born = time_ticks();
    if (!parent)
        return;
    child->user = parent->user;
    child->user_group = parent->user_group;
    child->nice = parent->nice;
    child->terminal = parent->terminal;
}

/* Its group and session, as asked for. */
static err_t job_begin(struct process *child, const struct spawn *spawn)
{
    int32_t group = spawn->group == 0 ? child->pid : spawn->group;

    if (spawn->flags & SPAWN_SET_SESSION) {
        child->session = child->group = child->pid;
        child->terminal = 0;
        return 0;
    }
    if (!(spawn->flags & SPAWN_SET_GROUP))
        return 0;
    if (group < 0 || (group != child->pid && !job_group_exists(group, child->session)))
        return PROCESS_ERROR_LEADER;
    child->group = group;
    return 0;
}

/* ---- Making it ------------------------------------------------------------------------------- */

static err_t client_make(struct process *child, const struct process *parent,
                         const struct spawn *spawn)
{
    return error_of_server(vfs_client_create(&own.vfs, parent ? parent->client : 0, spawn->files,
                                             spawn->file_count, row_cap(child, ROW_CLIENT),
                                             &child->client));
}

static err_t child_make(struct process *child, struct process *parent, const struct spawn *spawn,
                        struct placed *placed)
{
    const struct loading loading = {build_take_spare(child), row_cap(child, ROW_SPACE),
                                    row_cap(child, ROW_VSPACE)};
    err_t error = job_begin(child, spawn);

    if (!error && parent)
        error = load_find(parent->client, spawn, row_cap(child, ROW_PROGRAM));
    if (!error)
        error = build_objects(child, TABLE_BITS_FIRST);
    if (!error)
        error = client_make(child, parent, spawn);
    if (!error && !parent)
        error = load_find(child->client, spawn, row_cap(child, ROW_PROGRAM));
    if (!error)
        error = load_map(&loading, &child->space, placed);
    if (loading.spare && !child->space)
        build_give_spare(child, loading.spare);
    if (!error && !loading.spare)
        error = build_map_page(child, row_cap(child, ROW_VSPACE));
    if (!error)
        error = build_table(child);
    if (!error)
        error = files_copy(child, parent, spawn);
    if (!error && spawn->terminal)
        error = terminal_give_files(child, spawn->terminal);
    if (!error)
        error = build_thread(child);
    return error;
}

err_t process_spawn_child(struct process *parent, const struct spawn *spawn, struct process **made)
{
    struct process *child = build_take(parent);
    struct placed placed;

    if (!child)
        return PROCESS_ERROR_TOO_MANY;
    identity_inherit(child, parent);
    err_t error = child_make(child, parent, spawn, &placed);
    if (error) {
        build_undo(child);
        table_give(child);
        return error;
    }
    table_add(child, parent);
    words_inherit(child, parent, spawn);
    build_page(child);
    load_finish(child, spawn, &placed);
    child->executed = true;
    if (spawn->flags & SPAWN_FOREGROUND)
        terminal_set_foreground(child->terminal, child->group);
    *made = child;
    return trace_begin(child, &placed);
}

/* What it was started with, its terminal included. */
err_t process_spawn_first(struct spawn *spawn, cap_t event, struct process **first)
{
    static const uint8_t none;
    struct process *process = NULL;

    spawn->files = &none;
    err_t error = process_spawn_child(NULL, spawn, &process);
    if (error)
        return error;
    process->started = true;
    if (event) {
        process->event = row_cap(process, ROW_EVENT);
        (void)!cnode_copy(own.cnode, CAP_INDEX(process->event), event, RIGHT_NOTIFICATION_SIGNAL);
    }
    if (spawn->terminal && terminal_take(process, spawn->terminal))
        terminal_set_foreground(spawn->terminal, process->group);
    *first = process;
    return 0;
}
