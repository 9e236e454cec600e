/* SPDX-License-Identifier: BSD-2-Clause */
/* Called from entry.S, with the current thread's registers stored; on return it leaves for whichever
 * thread is then current. */
#ifndef KERNEL_IPC_SYSCALL_H
#define KERNEL_IPC_SYSCALL_H

#include "kernel/object/thread.h"

/* `slot_or_handle` is the slot for CALL, SIGNAL, INSPECT and CALL_BUFFER, else what was in rdx. */
void syscall_dispatch(struct thread *thread, unsigned number, uint64_t slot_or_handle);

/* An exception of the thread, or an interrupt while it ran (or while the CPU was idle). */
void trap_dispatch(struct thread *thread, unsigned vector, uint64_t error);

#endif
