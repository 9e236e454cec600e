/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Another program in a process. All that can fail for want of something is done in a second space
 * first; then the process changes over, and what fails after that ends it.
 */

#include "libsys/invoke.h"
#include "libsys/memory_client.h"
#include "libsys/string.h"
#include "libsys/vfs_client.h"
#include "servers/process/build.h"
#include "servers/process/load.h"
#include "servers/process/signal.h"
#include "servers/process/trace.h"

/* Descriptors that don't stay. */
static void files_close(const struct process *process, const struct spawn *spawn)
{
    uint8_t *flags = process_page_of(process)->descriptor_flags;
    uint32_t count = (1u << process->table_bits) - PROCESS_SLOT_FILE;

    (void)!vfs_client_exec(&own.vfs, process->client, spawn->files, spawn->file_count);
    for (uint32_t i = 0; i < count; i++) {
        if (!flags[i] || (i < spawn->file_count && spawn->files[i]))
            continue;
        (void)!cnode_delete(row_cap(process, ROW_CNODE), PROCESS_SLOT_FILE + i);
        flags[i] = 0;
    }
}

static void page_clear(const struct process *process)
{
    struct process_page *page = process_page_of(process);

    page->caught = 0;
    page->signal_entry = 0;
    memset(page->thread, 0, sizeof(page->thread));
    memset(&page->buffer, 0, sizeof(page->buffer));
    build_page(process);
}

/* The space that was made becomes the process's. */
static err_t space_change(struct process *process, uint64_t space)
{
    const cap_t thread = process->first.thread, cnode = row_cap(process, ROW_CNODE);
    const uint64_t old = process->space;
    err_t error = thread_set_space(thread, cnode, row_cap(process, ROW_NEW_VSPACE));

    process->space = space;
    (void)!frame_unmap(row_cap(process, ROW_PAGE), 0, PROCESS_PAGE_BYTES);
    (void)!memory_space_destroy(own.authority.cap, old);
    for (unsigned i = 0; i < 2; i++) {
        cap_t to = row_cap(process, ROW_SPACE + i);
        slot_empty(to);
        if (!error)
            error = cnode_move(own.cnode, CAP_INDEX(to), row_cap(process, ROW_NEW_SPACE + i));
    }
    (void)!cnode_delete(cnode, PROCESS_SLOT_MEMORY);
    if (!error)
        error = cnode_copy(cnode, PROCESS_SLOT_MEMORY, row_cap(process, ROW_SPACE),
                           RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_TRANSFER);
    if (!error)
        error = thread_set_fault(thread, row_cap(process, ROW_SPACE));
    if (!error)
        error = build_map_page(process, row_cap(process, ROW_VSPACE));
    return error;
}

/* What was loaded is the process's; its object, where it has one of its own, was put aside. */
static void program_change(const struct process *process)
{
    cap_t to = row_cap(process, ROW_PROGRAM);

    slot_empty(to);
    if (process->program == to)
        (void)!cnode_move(own.cnode, CAP_INDEX(to), row_cap(process, ROW_NEW_PROGRAM));
}

static err_t change_over(struct process *process, const struct spawn *spawn, uint64_t space,
                         const struct placed *placed)
{
    thread_end_others(process);
    err_t error = thread_suspend(process->first.thread);
    process->first.suspended = process->first.ended = false;
    process->first.waiting = WAITING_FOR_NOTHING;
    if (!error)
        error = space_change(process, space);
    files_close(process, spawn);
    page_clear(process);
    load_finish(process, spawn, placed);
    program_change(process);
    process->executed = true;
    return error ? error : trace_begin(process, placed);
}

static void abandon(const struct process *process, uint64_t space)
{
    if (space)
        (void)!memory_space_destroy(own.authority.cap, space);
    slot_empty(row_cap(process, ROW_NEW_SPACE));
    slot_empty(row_cap(process, ROW_NEW_VSPACE));
    slot_empty(row_cap(process, ROW_NEW_PROGRAM));
}

err_t process_become(struct process *process, const struct spawn *spawn)
{
    struct placed placed = {0};
    uint64_t space = 0;
    const struct loading loading = {0, row_cap(process, ROW_NEW_SPACE),
                                    row_cap(process, ROW_NEW_VSPACE)};
    err_t error = load_find(process->client, spawn, row_cap(process, ROW_NEW_PROGRAM));

    if (!error)
        error = load_map(&loading, &space, &placed);
    if (!error)
        error = build_reserve_page(space, loading.vspace, placed.low);
    if (error) {
        abandon(process, space);
        return error_of_server(error);
    }
    process->spoiled = true;
    if (!change_over(process, spawn, space, &placed))
        process->spoiled = false;
    else
        process_end(process, STATUS_SIGNALED(SIGNAL_KILL));
    return 0;
}
