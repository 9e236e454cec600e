/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread of a program, as the C library sees it: what the FS base points to. Its first word is
 * its own address (the ELF TLS ABI). The first thread's lies where the process server left room
 * for it, 256 bytes; another's at the top of its stack.
 */
#ifndef LIBSYS_NEWLIB_THREAD_H
#define LIBSYS_NEWLIB_THREAD_H

#include <reent.h>

#include "libsys/newlib/system.h"

#define THREAD_CONTROL_BYTES 256

struct thread {
    struct thread *self;
    struct _reent *reent;
    struct rpc_context context; /* for stubs */
    uint32_t number;            /* in the process page */
    cap_t time, notification;   /* its own SchedContext and Notification */
    cap_t wake;                 /* the same, badged, for other threads; 0: not made yet */
    int wake_slot;              /* the descriptor number whose slot that is; -1: none */
    uint32_t alive;             /* cleared by the process server when it has left its stack */
    uint32_t ready;             /* its creator has set what it needs */
    bool is_detached;
    void *stack; /* another than the first: what is to be unmapped */
    uint64_t stack_bytes;
    void *(*start)(void *);
    void *argument, *result;
    struct thread *next; /* in the list of detached ones */
};
_Static_assert(sizeof(struct thread) <= THREAD_CONTROL_BYTES, "room left by the process server");

static inline struct thread *thread_self(void)
{
    struct thread *self;

    __asm__("mov %%fs:0, %0" : "=r"(self));
    return self;
}

/*
 * The same before the first word is set: the FS base isn't readable where the CPU lacks FSGSBASE,
 * so it is found from the top of the first thread's stack.
 */
static inline struct thread *thread_self_unset(void)
{
    return (struct thread *)(process_page()->stack_high - THREAD_CONTROL_BYTES);
}

void thread_first_init(struct thread *thread, struct process_page *page);

/* In the child, after fork. */
void thread_forked(struct thread *thread);

#define THREAD_WAKE_FLAG 1 /* of its Notification */

/* Stubs can be used, once the number is known. */
void thread_context_init(struct thread *thread);

/* Run the destructors of thread-specific data. */
void thread_keys_end(struct thread *thread);

/* Copy the program's thread-local variables to below a control block. */
void thread_local_init(char *control);

/* signal_entry.S: where a thread goes on that a signal took away. */
void signal_entry(void);

#endif
