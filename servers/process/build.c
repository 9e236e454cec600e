/* SPDX-License-Identifier: BSD-2-Clause */
/* See build.h. */

#include "servers/process/build.h"

#include "kernel/abi/hash.h"
#include "libsys/invoke.h"
#include "libsys/memory_client.h"
#include "libsys/program.h"
#include "libsys/string.h"
#include "libsys/vfs_client.h"

#define PROCESS_PAGE_BESIDE 0x1000f000ull /* the last page of the room for pages of its kind */
#define SLICE 10000000u /* nanoseconds until processes of one priority take turns */
#define TIME_BITS 8
#define NOTIFICATION_BITS 7
#define REPLY_BITS 6
#define PAGE_BITS 12
#define CALL_RIGHTS (RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_TRANSFER)

static uint32_t page_made[(PROCESSES_MAX + 31) / 32]; /* records that have one */

/* ---- Kernel objects -------------------------------------------------------------------------- */

/* What the first table and the first thread take together. */
static unsigned home_bits(void)
{
    uint64_t bytes = (64u << TABLE_BITS_FIRST) + (1u << own.thread_bits) + (1u << TIME_BITS) +
                     (1u << NOTIFICATION_BITS) + (1u << REPLY_BITS);
    unsigned bits = POOL_BITS_MIN;

    while ((1u << bits) < bytes)
        bits++;
    return bits;
}

static err_t make(cap_t untyped, cap_t slot, enum object_type type, unsigned bits)
{
    return untyped_retype(untyped, own.cnode, CAP_INDEX(slot), 1, type, bits);
}

static err_t page_make(const struct process *process)
{
    uint32_t bit = 1u << process->index % 32, *word = &page_made[process->index / 32];
    cap_t page = row_cap(process, ROW_PAGE), here = row_cap(process, ROW_PAGE_HERE), untyped;

    if (*word & bit)
        return 0;
    err_t error = pool_take(PAGE_BITS, &untyped);
    if (error)
        return error;
    error = make(untyped, page, OBJECT_FRAME, PAGE_BITS);
    if (!error)
        error = cnode_copy(own.cnode, CAP_INDEX(here), page, RIGHT_ALL);
    if (!error)
        error = frame_map(here, own.vspace, (uint64_t)process_page_of(process), 0,
                          PROCESS_PAGE_BYTES, ACCESS_READ | ACCESS_WRITE);
    if (error)
        pool_give(PAGE_BITS, untyped);
    else
        *word |= bit;
    return error;
}

static err_t table_make(struct process *process, uint32_t table_bits)
{
    cap_t from = process->first.untyped;

    process->table_bits = table_bits;
    if (table_bits > TABLE_BITS_FIRST) {
        err_t error = pool_take(table_bits + CAP_SHIFT, &process->cnode_untyped);
        if (error)
            return error;
        from = process->cnode_untyped;
    }
    return make(from, row_cap(process, ROW_CNODE), OBJECT_CNODE, table_bits + CAP_SHIFT);
}

static err_t thread_make(struct process *process)
{
    struct thread *thread = &process->first;

    thread->thread = row_cap(process, ROW_THREAD);
    thread->time = row_cap(process, ROW_TIME);
    thread->notification = row_cap(process, ROW_NOTIFICATION);
    thread->reply = row_cap(process, ROW_REPLY);
    err_t error = make(thread->untyped, thread->thread, OBJECT_THREAD, own.thread_bits);
    if (!error)
        error = make(thread->untyped, thread->time, OBJECT_SCHED_CONTEXT, TIME_BITS);
    if (!error)
        error = make(thread->untyped, thread->notification, OBJECT_NOTIFICATION, NOTIFICATION_BITS);
    if (!error)
        error = make(thread->untyped, thread->reply, OBJECT_REPLY, REPLY_BITS);
    return error;
}

/* A record's row, when it's first used. */
static bool row_make(struct process *process)
{
    process->row = slots_take(&own.slots, ROW_SLOTS);
    if (process->row &&
        cnode_copy(own.cnode, CAP_INDEX(row_cap(process, ROW_SELF)), own.self, CALL_RIGHTS)) {
        slots_give(&own.slots, process->row, ROW_SLOTS);
        process->row = 0;
    }
    return process->row;
}

/* Before a record's generations begin again, handles that somebody kept of it are taken back. */
struct process *build_take(const struct process *parent)
{
    struct process *process = table_take(parent);

    if (process && !process->row && !row_make(process)) {
        table_give(process);
        return NULL;
    }
    if (process && process->generation == 1)
        (void)!cnode_revoke(own.cnode, CAP_INDEX(row_cap(process, ROW_SELF)));
    return process;
}

err_t build_objects(struct process *process, uint32_t table_bits)
{
    err_t error = page_make(process);

    if (!error)
        error = pool_take(home_bits(), &process->first.untyped);
    if (error)
        return error;
    process->threads = 1;
    error = table_make(process, table_bits);
    if (!error)
        error = thread_make(process);
    if (!error)
        memset(process_page_of(process), 0, PROCESS_PAGE_BYTES);
    return error;
}

#define SPARE_MAX 16

static struct process *spares[SPARE_MAX]; /* records that have one */
static uint32_t spare_count;

uint64_t build_take_spare(struct process *process)
{
    uint64_t spare = process->spare;

    for (uint32_t i = 0; i < spare_count && spare; i++)
        if (spares[i] == process) {
            spares[i] = spares[--spare_count];
            break;
        }
    process->spare = 0;
    return spare;
}

void build_give_spare(struct process *process, uint64_t spare)
{
    process->spare = spare;
    spares[spare_count++] = process;
}

/* The memory server keeps VSpaces for the next: nothing of ours is to be mapped then. */
static void space_end(const struct process *process, uint64_t space)
{
    (void)!frame_unmap(row_cap(process, ROW_PAGE), 0, PROCESS_PAGE_BYTES);
    if (memory_space_destroy(own.authority.cap, space))
        slot_empty(row_cap(process, ROW_VSPACE));
    slot_empty(row_cap(process, ROW_SPACE));
}

/* The lowest records are the next to be used: one further up gives its spare space away. */
static bool spare_room(const struct process *process)
{
    struct process *last = spares[0];

    if (spare_count < SPARE_MAX)
        return true;
    for (uint32_t i = 1; i < SPARE_MAX; i++)
        if (spares[i] > last)
            last = spares[i];
    if (last < process)
        return false;
    space_end(last, build_take_spare(last));
    return true;
}

/*
 * The next process of this record has the same space: nobody else has a handle of it then, and all
 * in it is gone but the process page.
 */
static bool space_keep(struct process *process)
{
    if (process->life == LIFE_FREE || process->spoiled || !spare_room(process))
        return false;
    if (cnode_revoke(own.cnode, CAP_INDEX(row_cap(process, ROW_SPACE))))
        __builtin_trap(); /* a slot of one's own, with the space's handle */
    if (memory_space_empty(own.authority.cap, process->space))
        return false;
    build_give_spare(process, process->space);
    return true;
}

void build_undo(struct process *process)
{
    if (process->first.untyped)
        pool_give(home_bits(), process->first.untyped);
    if (process->cnode_untyped)
        pool_give(process->table_bits + CAP_SHIFT, process->cnode_untyped);
    process->first.untyped = process->cnode_untyped = 0;
    if (process->client) {
        (void)!vfs_client_end(own.vfs.cap, process->client);
        slot_empty(row_cap(process, ROW_CLIENT));
    }
    if (process->space && !space_keep(process))
        space_end(process, process->space);
    process->client = process->space = 0;
    if (process->program != own.module)
        slot_empty(row_cap(process, ROW_PROGRAM));
    process->program = 0;
}

/* ---- The table ------------------------------------------------------------------------------- */

static err_t enter(const struct process *process, uint32_t slot, cap_t cap, uint32_t rights)
{
    return cap ? cnode_copy(row_cap(process, ROW_CNODE), slot, cap, rights) : 0;
}

/* What its user may find. */
static cap_t name_of(const struct process *process)
{
    return process->user == 0 ? own.name : own.user_name;
}

void build_name(const struct process *process)
{
    (void)!cnode_delete(row_cap(process, ROW_CNODE), PROCESS_SLOT_NAME);
    (void)!enter(process, PROCESS_SLOT_NAME, name_of(process), CALL_RIGHTS);
}

err_t build_table(const struct process *process)
{
    cap_t cnode = row_cap(process, ROW_CNODE);
    err_t error = enter(process, PROCESS_SLOT_CNODE, cnode, RIGHT_CNODE_WRITE);

    if (!error)
        error = cnode_mint(cnode, PROCESS_SLOT_PROCESS, row_cap(process, ROW_SELF), CALL_RIGHTS,
                           table_badge(process));
    if (!error)
        error = enter(process, PROCESS_SLOT_MEMORY, row_cap(process, ROW_SPACE), CALL_RIGHTS);
    if (!error)
        error = enter(process, PROCESS_SLOT_VFS, row_cap(process, ROW_CLIENT), CALL_RIGHTS);
    if (!error)
        error = enter(process, PROCESS_SLOT_NAME, name_of(process), CALL_RIGHTS);
    if (!error)
        error = enter(process, PROCESS_SLOT_LOG, own.log, RIGHT_ENDPOINT_CALL);
    if (!error)
        error = enter(process, PROCESS_SLOT_TIME, process->first.time, RIGHT_SCHED_CONTEXT_USE);
    if (!error)
        error = enter(process, PROCESS_SLOT_NOTIFICATION, process->first.notification, RIGHT_ALL);
    return error;
}

err_t build_file(const struct process *process, uint32_t descriptor, const struct process *from,
                 uint32_t from_descriptor)
{
    return cnode_fetch(row_cap(process, ROW_CNODE), PROCESS_SLOT_FILE + descriptor,
                       row_cap(from, ROW_CNODE), PROCESS_SLOT_FILE + from_descriptor, CALL_RIGHTS);
}

/* ---- The page -------------------------------------------------------------------------------- */

static err_t page_map(cap_t copy, cap_t vspace)
{
    return frame_map(copy, vspace, PROCESS_PAGE_ADDRESS, 0, PROCESS_PAGE_BYTES,
                     ACCESS_READ | ACCESS_WRITE);
}

/* The memory server gives a space page tables when it maps: so it maps a page beside, the same
 * empty one in all. */
static err_t tables_get(uint64_t space)
{
    uint64_t mapped;

    return memory_space_map(&own.authority, own.empty, space, PROCESS_PAGE_BESIDE,
                            PROCESS_PAGE_BYTES, 0, MEMORY_READ | MEMORY_FIXED | MEMORY_POPULATE,
                            &mapped);
}

err_t build_map_page(const struct process *process, cap_t vspace)
{
    err_t error = page_map(row_cap(process, ROW_PAGE), vspace);

    if (error && ERR_CODE(error) == ERROR_NO_TABLES) {
        error = tables_get(process->space);
        if (!error)
            error = page_map(row_cap(process, ROW_PAGE), vspace);
    }
    return error;
}

/* The table of its 2 MiB; and that of its GiB, if nothing of the program lies there. */
err_t build_reserve_page(uint64_t space, cap_t vspace, uint64_t image_low)
{
    uint64_t free = 0, used, needed = image_low >> 30 == PROCESS_PAGE_ADDRESS >> 30 ? 1 : 2;

    if (vspace_info(vspace, &free, &used) || free < needed)
        return tables_get(space);
    return 0;
}

void build_page_refresh(const struct process *process)
{
    struct process_page *page = process_page_of(process);

    page->parent = process->parent ? process->parent->pid : 0;
    page->group = process->group;
    page->session = process->session;
    page->user = process->user;
    page->group_id = process->user_group;
    page->terminal = process->terminal;
}

void build_page(const struct process *process)
{
    const struct program_info *info = program_info();
    struct process_page *page = process_page_of(process);

    page->abi_hash = ABI_HASH;
    page->pid = process->pid;
    page->table_slots = 1u << process->table_bits;
    page->tsc_khz = info->tsc_khz;
    page->clock = info->time;
    page->wall_clock = wall_origin();
    page->features = own.features;
    page->thread_count = 1;
    for (unsigned i = 0; i < 4; i++)
        page->random[i] = random_word();
    page->thread[0] = (struct process_thread){
        .buffer_offset = offsetof(struct process_page, buffer),
        .time = PROCESS_CAP(TIME),
        .notification = PROCESS_CAP(NOTIFICATION),
    };
    build_page_refresh(process);
}

/* ---- The thread ------------------------------------------------------------------------------ */

/* A process of nice 0 is in the middle of what there is; each step of two is one of priority. */
static uint32_t priority_of(const struct process *process)
{
    int32_t priority = (int32_t)own.user_priority - process->nice / 2;

    return priority > 1 ? (uint32_t)priority : 1;
}

err_t build_time(const struct process *process, const struct thread *thread)
{
    return sched_context_configure(thread->time, own.cpu, priority_of(process), SLICE);
}

err_t build_thread(const struct process *process)
{
    const struct thread *thread = &process->first;
    err_t error =
        thread_set_space(thread->thread, row_cap(process, ROW_CNODE), row_cap(process, ROW_VSPACE));

    if (!error)
        error = thread_set_fault(thread->thread, row_cap(process, ROW_SPACE));
    if (!error)
        error = thread_set_buffer(thread->thread, row_cap(process, ROW_PAGE),
                                  offsetof(struct process_page, buffer));
    if (!error)
        error = build_time(process, thread);
    if (!error)
        error = thread_set_sched(thread->thread, thread->time);
    return error;
}

err_t build_user(struct process *process, uint32_t user, uint32_t group)
{
    err_t error = vfs_client_set_user(own.vfs.cap, process->client, user, group);

    if (error)
        return error;
    process->user = user;
    process->user_group = group;
    build_name(process);
    build_page_refresh(process);
    return 0;
}
