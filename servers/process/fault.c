/* SPDX-License-Identifier: BSD-2-Clause */
/* See fault.h. */

#include "servers/process/fault.h"

#include <stddef.h>

#include "libsys/invoke.h"
#include "servers/process/signal.h"
#include "servers/process/trace.h"

/* Exceptions: Intel SDM vol. 3, table 6-1. */
static int exception_signal(uint64_t vector)
{
    switch (vector) {
    case 0:  /* division */
    case 16: /* x87 */
    case 19: /* SIMD */
        return SIGNAL_FPE;
    case 1:
    case 3:
        return SIGNAL_TRAP;
    case 6:
        return SIGNAL_ILL;
    case 17:
        return SIGNAL_BUS;
    default:
        return SIGNAL_SEGV;
    }
}

static int fault_signal(const struct memory_fault *fault)
{
    if (fault->kind == FAULT_SYSCALL)
        return SIGNAL_SYS;
    if (fault->kind == FAULT_EXCEPTION)
        return exception_signal(fault->address);
    if (is_shortage(fault) || fault->reason == ERR_CODE(RPC_FULL))
        return SIGNAL_KILL;
    return fault->reason == ERR_CODE(RPC_OUT_OF_RANGE) ? SIGNAL_BUS : SIGNAL_SEGV;
}

static struct process *process_of_space(uint64_t space)
{
    FOR_EACH_PROCESS(p)
        if (p->life != LIFE_ZOMBIE && p->space == space)
            return p;
    return NULL;
}

/* The thread whose fault waits, by its registers; null: it has gone meanwhile. */
static struct thread *thread_of(struct process *process, const struct memory_fault *fault)
{
    FOR_EACH_THREAD(t, process) {
        uint64_t state, unused, ip, sp;
        if (thread_info(t->thread, &state, &unused, &unused) || state != THREAD_FAULTED)
            continue;
        if (thread_read_registers(t->thread, REGISTER_RIP, 2, &ip, &sp, &unused, &unused, &unused,
                                  &unused, &unused, &unused))
            continue;
        if (ip == fault->ip && sp == fault->sp)
            return t;
    }
    return NULL;
}

/* Its handler is to run, and can: not one that faults on its own way to it. */
static bool handle(struct process *process, const struct thread *thread,
                   const struct memory_fault *fault, int signal)
{
    struct process_page *page = process_page_of(process);
    struct signal_masks masks = {page->blocked, page->ignored, page->caught};

    if (signal == SIGNAL_KILL || signal_decide(signal, masks, false) != SIGNAL_HANDLE ||
        page->thread[thread->number].in_trampoline)
        return false;
    page->fault_signal_address = fault->kind == FAULT_PAGE ? fault->address : fault->ip;
    (void)__atomic_fetch_or(&page->pending, SIGNAL_BIT(signal), __ATOMIC_SEQ_CST);
    return signal_redirect(process, thread);
}

/* The thread can try again: of all that fault at once, one makes room for the others. */
static bool try_again(const struct memory_fault *fault, struct process *process, bool *relieved)
{
    if (!is_shortage(fault))
        return false;
    bool already = *relieved;
    *relieved = true;
    return already || shortage_relieve(process);
}

static void fault_serve(const struct memory_fault *fault, bool *relieved)
{
    struct process *process = process_of_space(fault->space);
    struct thread *thread = process ? thread_of(process, fault) : NULL;
    int signal = fault_signal(fault);

    if (!process)
        return;
    if (thread && !is_shortage(fault) && trace_fault(process, thread, fault, signal))
        return;
    if (!thread || handle(process, thread, fault, signal) || try_again(fault, process, relieved)) {
        (void)!memory_resume_fault(own.authority.cap, fault->number);
        return;
    }
    report_fault(process, thread, fault, signal);
    process_end(process, STATUS_SIGNALED(signal));
}

void faults_take(void)
{
    struct memory_fault fault;
    bool relieved = false;

    while (!memory_take_fault(own.authority.cap, &fault))
        fault_serve(&fault, &relieved);
}
