/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Further threads of a process. Each has an Untyped for its kernel objects and a page for its
 * message buffer, which is mapped behind the process page. Its process has three capabilities of
 * it, from the end of its table downwards.
 */

#include <stddef.h>

#include "libsys/invoke.h"
#include "libsys/memory_client.h"
#include "libsys/string.h"
#include "servers/process/build.h"
#include "servers/process/life.h"

#define THREADS_MAX 256
#define THREAD_SLOTS 6 /* that one takes in the server's table */
#define SLOTS_GIVEN 3
#define PAGE_BITS 12

static struct thread records[THREADS_MAX];

static cap_t record_cap(const struct thread *thread, unsigned slot)
{
    return CAP_OF(thread->row + slot);
}

/* ---- Records --------------------------------------------------------------------------------- */

static struct thread *record_free(void)
{
    for (unsigned i = 0; i < THREADS_MAX; i++)
        if (!records[i].untyped)
            return &records[i];
    return NULL;
}

struct thread *thread_find(struct process *process, uint32_t number)
{
    FOR_EACH_THREAD(t, process)
        if (t->number == number)
            return t;
    return NULL;
}

static uint32_t number_free(struct process *process)
{
    uint32_t number = 1;

    while (number < PROCESS_THREADS_MAX && thread_find(process, number))
        number++;
    return number;
}

/* ---- Making one ------------------------------------------------------------------------------ */

static unsigned objects_bits(void)
{
    uint64_t bytes =
        (1u << PAGE_BITS) + (1u << own.thread_bits) + (1u << own.endpoint_bits) + 256 + 128 + 64;
    unsigned bits = POOL_BITS_MIN;

    while ((1u << bits) < bytes)
        bits++;
    return bits;
}

static err_t objects_make(struct thread *thread, bool serves)
{
    static const enum object_type types[] = {OBJECT_FRAME, OBJECT_THREAD, OBJECT_SCHED_CONTEXT,
                                             OBJECT_NOTIFICATION, OBJECT_REPLY};
    const unsigned bits[] = {PAGE_BITS, own.thread_bits, 8, 7, 6};

    thread->row = slots_take(&own.slots, THREAD_SLOTS);
    err_t error = thread->row ? pool_take(objects_bits(), &thread->untyped) : RPC_FULL;
    for (unsigned i = 0; i < sizeof(bits) / sizeof(bits[0]) && !error; i++)
        error = untyped_retype(thread->untyped, own.cnode, CAP_INDEX(record_cap(thread, i)), 1,
                               types[i], bits[i]);
    thread->thread = record_cap(thread, 1);
    thread->time = record_cap(thread, 2);
    thread->notification = record_cap(thread, 3);
    thread->reply = record_cap(thread, 4);
    if (serves && !error) {
        thread->endpoint = record_cap(thread, 5);
        error = untyped_retype(thread->untyped, own.cnode, CAP_INDEX(thread->endpoint), 1,
                               OBJECT_ENDPOINT, own.endpoint_bits);
    }
    return error;
}

static err_t thread_bind(const struct process *process, const struct thread *thread)
{
    cap_t page = record_cap(thread, 0);
    err_t error = frame_map(page, row_cap(process, ROW_VSPACE),
                            PROCESS_PAGE_ADDRESS + (uint64_t)thread->number * PROCESS_PAGE_BYTES, 0,
                            PROCESS_PAGE_BYTES, ACCESS_READ | ACCESS_WRITE);

    if (!error)
        error = thread_set_space(thread->thread, row_cap(process, ROW_CNODE),
                                 row_cap(process, ROW_VSPACE));
    if (!error)
        error = thread_set_fault(thread->thread, row_cap(process, ROW_SPACE));
    if (!error)
        error = thread_set_buffer(thread->thread, page, 0);
    if (!error)
        error = build_time(process, thread);
    if (!error)
        error = thread_set_sched(thread->thread, thread->time);
    if (!error && thread->endpoint)
        error = thread_set_endpoint(thread->thread, thread->endpoint);
    return error;
}

/* Three empty slots of its process's table, as near to the end as there are. */
static err_t slots_find(const struct process *process, struct thread *thread)
{
    uint32_t run = 0;

    for (uint32_t slot = 1u << process->table_bits; slot-- > PROCESS_SLOT_FILE + 3;) {
        uint64_t what, badge;
        err_t error = cnode_inspect(row_cap(process, ROW_CNODE), slot, &what, &badge);
        if (error)
            return error;
        run = what & 0xff ? 0 : run + 1;
        thread->slot = slot;
        if (run == SLOTS_GIVEN)
            return 0;
    }
    return PROCESS_ERROR_TOO_MANY;
}

static err_t slots_fill(const struct process *process, struct thread *thread)
{
    cap_t cnode = row_cap(process, ROW_CNODE);
    err_t error = slots_find(process, thread);

    if (!error)
        error = cnode_copy(cnode, thread->slot, thread->time, RIGHT_SCHED_CONTEXT_USE);
    if (!error)
        error = cnode_copy(cnode, thread->slot + 1, thread->notification, RIGHT_ALL);
    if (!error)
        error = cnode_copy(cnode, thread->slot + 2, thread->thread, RIGHT_THREAD_OBSERVE);
    return error;
}

static void page_part(const struct process *process, const struct thread *thread)
{
    struct process_page *page = process_page_of(process);

    page->thread[thread->number] = (struct process_thread){
        .buffer_offset = thread->number * PROCESS_PAGE_BYTES,
        .time = CAP_OF(thread->slot),
        .notification = CAP_OF(thread->slot + 1),
    };
    page->thread_count = process->threads;
}

static void objects_end(struct thread *thread)
{
    if (thread->untyped)
        pool_give(objects_bits(), thread->untyped);
    if (thread->row)
        slots_give(&own.slots, thread->row, THREAD_SLOTS);
    *thread = (struct thread){0};
}

err_t thread_new(struct process *process, uint64_t ip, uint64_t sp, uint64_t fs_base,
                 uint64_t argument, bool serves, struct thread **made)
{
    uint32_t number = number_free(process);
    struct thread *thread = number < PROCESS_THREADS_MAX ? record_free() : NULL;

    if (!thread)
        return PROCESS_ERROR_TOO_MANY;
    thread->number = number;
    err_t error = objects_make(thread, serves);
    if (!error)
        error = thread_bind(process, thread);
    if (!error)
        error = slots_fill(process, thread);
    if (!error) {
        process->threads++;
        page_part(process, thread);
        error = thread_start(thread->thread, ip, sp, fs_base, argument);
        process->threads -= error != 0;
    }
    if (error) { /* what the table got of it goes with the objects */
        objects_end(thread);
        return error_of_server(error);
    }
    thread->next = process->first.next;
    process->first.next = thread;
    *made = thread;
    return 0;
}

/* ---- Its end --------------------------------------------------------------------------------- */

static void joiners_answer(struct process *process, uint32_t number)
{
    for (struct thread *t = &process->first; t; t = t->next)
        if (t->waiting == WAITING_FOR_THREAD && t->which == (int32_t)number) {
            t->waiting = WAITING_FOR_NOTHING;
            (void)!answer_done(&t->later);
        }
}

static void unlink_record(struct process *process, const struct thread *thread)
{
    struct thread *before = &process->first;

    while (before->next != thread)
        before = before->next;
    before->next = thread->next;
}

/* A request in its Reply is another thread's: that one asks again. */
static void other_request_end(struct thread *thread)
{
    if (thread->waiting)
        (void)!rpc_later_refuse(&thread->later, RPC_CANCELLED, PROCESS_INTERFACE);
    thread->waiting = WAITING_FOR_NOTHING;
}

void thread_end(struct process *process, struct thread *thread)
{
    uint32_t number = thread->number;
    uint64_t used = 0, unused;

    process->threads--;
    if (thread == &process->first) { /* its objects are the process's */
        thread->ended = true;
        (void)!thread_suspend(thread->thread);
    } else {
        if (!sched_context_info(thread->time, &used, &unused, &unused, &unused, &unused))
            process->ticks += used;
        unlink_record(process, thread);
        other_request_end(thread);
        objects_end(thread);
    }
    joiners_answer(process, number);
    if (process->first.untyped)
        process_page_of(process)->thread_count = process->threads;
}

void thread_end_others(struct process *process)
{
    while (process->first.next)
        thread_end(process, process->first.next);
    if (process->first.ended) {
        process->first.ended = false;
        process->threads++;
    }
}

/* ---- Faults ---------------------------------------------------------------------------------- */

err_t thread_set_pager(struct process *process, cap_t pager)
{
    err_t error = 0;

    FOR_EACH_THREAD(t, process)
        if (!error && !t->endpoint)
            error = thread_set_fault(t->thread, pager ? pager : row_cap(process, ROW_SPACE));
    return error;
}

/* ---- A larger table -------------------------------------------------------------------------- */

/* The thread that calls: the one that a server, this one, works for. Null: there are several. */
static struct thread *calling(struct process *process)
{
    struct thread *found = NULL;

    FOR_EACH_THREAD(t, process) {
        uint64_t state, callee, vector;
        if (thread_info(t->thread, &state, &callee, &vector) || !callee)
            continue;
        if (found)
            return NULL;
        found = t;
    }
    return found;
}

/* The answer that the stopped caller finds in its registers. */
static err_t caller_answer(const struct thread *thread, uint64_t word)
{
    uint64_t flags, unused;
    err_t error = thread_read_registers(thread->thread, REGISTER_RFLAGS, 1, &flags, &unused,
                                        &unused, &unused, &unused, &unused, &unused, &unused);

    if (!error)
        error = thread_write_registers(thread->thread, REGISTER_RFLAGS, 1, flags & ~1ull, 0, 0, 0);
    if (!error)
        error = thread_write_registers(thread->thread, REGISTER_RDI, 1, word, 0, 0, 0);
    if (!error)
        error = thread_write_registers(thread->thread, REGISTER_R15, 3, 0, 0, 0, 0);
    return error;
}

static err_t spaces_set(struct process *process, cap_t cnode, const struct thread *caller)
{
    err_t error = 0;

    FOR_EACH_THREAD(t, process) {
        if (!error && !t->suspended)
            error = thread_suspend(t->thread);
        if (!error)
            error = thread_set_space(t->thread, cnode, row_cap(process, ROW_VSPACE));
        if (!error && t == caller)
            error = caller_answer(t, 2u << process->table_bits);
        if (!error && !t->suspended)
            error = thread_resume(t->thread);
    }
    return error;
}

/* Copies of all; that of its own table is of the new one. */
static err_t table_fill(const struct process *process, cap_t cnode)
{
    err_t error = cnode_copy(cnode, PROCESS_SLOT_CNODE, cnode, RIGHT_CNODE_WRITE);

    for (uint32_t i = PROCESS_SLOT_PROCESS; i < 1u << process->table_bits && !error; i++) {
        error = cnode_fetch(cnode, i, row_cap(process, ROW_CNODE), i, RIGHT_ALL);
        if (ERR_CODE(error) == ERROR_INVALID_CAPABILITY)
            error = 0;
    }
    return error;
}

err_t thread_grow_table(struct process *process)
{
    unsigned bits = process->table_bits + 1 + CAP_SHIFT;
    cap_t made = row_cap(process, ROW_NEW_CNODE), old = row_cap(process, ROW_CNODE), untyped;
    const struct thread *caller = calling(process);

    if (process->table_bits >= TABLE_BITS_MAX)
        return RPC_TOO_LARGE;
    if (!caller)
        return RPC_BUSY;
    err_t error = pool_take(bits, &untyped);
    if (error)
        return error_of_server(error);
    error = untyped_retype(untyped, own.cnode, CAP_INDEX(made), 1, OBJECT_CNODE, bits);
    if (!error)
        error = table_fill(process, made);
    if (!error)
        error = spaces_set(process, made, caller);
    if (error) {
        pool_give(bits, untyped);
        return error_of_server(error);
    }
    slot_empty(old);
    (void)!cnode_move(own.cnode, CAP_INDEX(old), made);
    if (process->cnode_untyped)
        pool_give(process->table_bits + CAP_SHIFT, process->cnode_untyped);
    process->cnode_untyped = untyped;
    process->table_bits++;
    process_page_of(process)->table_slots = 1u << process->table_bits;
    return 0;
}
