/* SPDX-License-Identifier: BSD-2-Clause */
/* See thread.h. What each thread has of its own: newlib's state, and what stubs need to call. */

#include "libsys/newlib/thread.h"

#include <string.h>

#include "libsys/memory_client.h"
#include "libsys/newlib/lock.h"
#include "libsys/vfs_client.h"

struct _reent *__getreent(void)
{
    return thread_self()->reent;
}

static void context_set(struct thread *thread, struct message_buffer *buffer)
{
    thread->context = (struct rpc_context){
        .buffer = buffer,
        .session = PROCESS_CAP(VFS),
    };
}

void thread_context_init(struct thread *thread)
{
    const struct process_thread *part = &process_page()->thread[thread->number];

    context_set(thread, (struct message_buffer *)(PROCESS_PAGE_ADDRESS + part->buffer_offset));
}

void thread_first_init(struct thread *thread, struct process_page *page)
{
    *thread = (struct thread){
        .self = thread,
        .reent = _GLOBAL_REENT,
        .time = PROCESS_CAP(TIME),
        .notification = PROCESS_CAP(NOTIFICATION),
        .wake_slot = -1,
        .alive = 1,
    };
    context_set(thread, &page->buffer);
}

/* The child has but this thread, with the first one's capabilities and buffer. */
void thread_forked(struct thread *thread)
{
    thread->number = 0;
    thread->time = PROCESS_CAP(TIME);
    thread->notification = PROCESS_CAP(NOTIFICATION);
    thread->wake_slot = -1; /* its descriptor is the parent's */
    context_set(thread, &process_page()->buffer);
}

struct rpc_context *system_context(void)
{
    return &thread_self()->context;
}

/* ---- The window of the vfs session: the first thread's; others go without -------------------- */

static struct {
    struct lock lock;
    uint64_t address; /* 0: none yet */
    bool refused;     /* there can be none: not asked again */
} window;

/* An object of our own, mapped here and by the vfs. */
static uint64_t window_make(void)
{
    uint64_t physical, mapped = 0;
    cap_t object = CAP_OF(PROCESS_SLOT_FREE + 1);

    if (memory_object_create(system_memory(), SYSTEM_WINDOW_BYTES, 0, object, &physical))
        return 0;
    err_t error = memory_map(system_memory(), object, 0, SYSTEM_WINDOW_BYTES, 0,
                             MEMORY_READ | MEMORY_WRITE | MEMORY_NO_FORK, &mapped);
    if (!error && vfs_set_window(system_vfs(), object)) {
        (void)!memory_unmap(PROCESS_CAP(MEMORY), mapped, SYSTEM_WINDOW_BYTES);
        mapped = 0;
    }
    (void)!memory_object_close(system_memory(), object);
    slot_clear(CAP_INDEX(object));
    return error ? 0 : mapped;
}

void system_window_open(void)
{
    struct rpc_context *context = system_context();

    if (context->window.bytes || window.refused || thread_self()->number != 0)
        return;
    lock_take(&window.lock);
    if (!window.address && !window.refused) {
        window.address = window_make();
        window.refused = window.address == 0;
    }
    lock_give(&window.lock);
    if (window.address)
        context->window = (struct rpc_window){(void *)window.address, SYSTEM_WINDOW_BYTES};
}

/* What wasn't used isn't written: the page is shared with the parent. */
void system_window_forget(void)
{
    if (window.address || window.refused)
        memset(&window, 0, sizeof(window));
    system_context()->window = (struct rpc_window){0};
}
