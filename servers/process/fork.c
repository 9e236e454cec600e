/* SPDX-License-Identifier: BSD-2-Clause */
/* A copy of a process. See life.h. */

#include "libsys/invoke.h"
#include "libsys/memory_client.h"
#include "libsys/string.h"
#include "libsys/time.h"
#include "libsys/vfs_client.h"
#include "servers/process/build.h"
#include "servers/process/life.h"
#include "servers/process/signal.h"
#include "servers/process/trace.h"

/* Where the library goes on in both, and what it knows of its thread, is written to at once. */
static err_t space_copy(struct process *child, const struct process *parent,
                        const struct forked *forked)
{
    uint64_t spare = build_take_spare(child);
    err_t error;

    if (!spare) {
        error = memory_space_fork(&own.authority, parent->space, USERS_GROUP, own.space_quota,
                                  forked->sp - 8, forked->fs_base, row_cap(child, ROW_SPACE),
                                  row_cap(child, ROW_VSPACE), &child->space);
        if (!error)
            error = build_map_page(child, row_cap(child, ROW_VSPACE));
        return error_of_server(error);
    }
    error = memory_space_fork_again(own.authority.cap, parent->space, spare, forked->sp - 8,
                                    forked->fs_base);
    if (error)
        build_give_spare(child, spare);
    else
        child->space = spare;
    return error_of_server(error);
}

static err_t client_copy(struct process *child, const struct process *parent)
{
    return error_of_server(
        vfs_client_fork(&own.vfs, parent->client, row_cap(child, ROW_CLIENT), &child->client));
}

/* Whatever the library says is open, and is there. */
static err_t files_copy(const struct process *child, const struct process *parent)
{
    const uint8_t *flags = process_page_of(child)->descriptor_flags;
    uint32_t count = (1u << child->table_bits) - PROCESS_SLOT_FILE;

    for (uint32_t i = 0; i < count; i++) {
        if (!(flags[i] & PROCESS_DESCRIPTOR_OPEN))
            continue;
        err_t error = build_file(child, i, parent, i);
        if (error && ERR_CODE(error) != ERROR_INVALID_CAPABILITY)
            return error;
    }
    return 0;
}

/* What of the page is the program's, not the process's. */
static void page_copy(const struct process *child, const struct process *parent)
{
    struct process_page *page = process_page_of(child);
    const struct process_page *from = process_page_of(parent);

    page->blocked = from->blocked & ~SIGNALS_ALWAYS;
    page->ignored = from->ignored;
    page->caught = from->caught;
    page->signal_entry = from->signal_entry;
    page->image_low = from->image_low;
    page->image_high = from->image_high;
    page->image_bias = from->image_bias;
    page->stack_low = from->stack_low;
    page->stack_high = from->stack_high;
    page->wall_clock = from->wall_clock;
    page->mode_mask = from->mode_mask;
    memcpy(page->descriptor_flags, from->descriptor_flags, sizeof(page->descriptor_flags));
}

static void identity_copy(struct process *child, const struct process *parent)
{
    child->born = time_ticks();
    child->user = parent->user;
    child->user_group = parent->user_group;
    child->nice = parent->nice;
    child->terminal = parent->terminal;
    child->file_offset = parent->file_offset;
    child->file_bytes = parent->file_bytes;
    memcpy(child->name, parent->name, sizeof(child->name));
}

static void program_copy(struct process *child, const struct process *parent)
{
    cap_t to = row_cap(child, ROW_PROGRAM);

    child->program = parent->program;
    if (parent->program && parent->program != own.module)
        child->program = cnode_copy(own.cnode, CAP_INDEX(to), parent->program, RIGHT_ALL) ? 0 : to;
}

static err_t child_make(struct process *child, const struct process *parent,
                        const struct forked *forked)
{
    err_t error = build_objects(child, parent->table_bits);

    if (!error)
        error = client_copy(child, parent);
    trace_lift(parent);
    if (!error)
        error = space_copy(child, parent, forked);
    trace_plant(parent);
    if (!error)
        error = build_table(child);
    if (error)
        return error;
    page_copy(child, parent);
    error = files_copy(child, parent);
    if (!error)
        error = build_thread(child);
    return error;
}

err_t process_fork_child(struct process *parent, const struct forked *forked, struct process **made)
{
    struct process *child = build_take(parent);

    if (!child)
        return PROCESS_ERROR_TOO_MANY;
    identity_copy(child, parent);
    err_t error = child_make(child, parent, forked);
    if (!error) {
        table_add(child, parent);
        build_page(child);
        error = thread_start(child->first.thread, forked->ip, forked->sp, forked->fs_base,
                             PROCESS_PAGE_ADDRESS);
    }
    if (error) { /* also registers that no thread may have */
        build_undo(child);
        table_give(child);
        return error_of_server(error);
    }
    program_copy(child, parent);
    *made = child;
    return 0;
}
