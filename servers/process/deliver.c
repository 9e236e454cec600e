/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals reach a process. A signal is a bit in `pending` of its page first; then either the server
 * acts, or one of the process's threads is made to look:
 *
 *     runs, or its fault is being served   it goes on in the signal trampoline
 *     waits and nobody works for it        its wait ends; the library looks
 *     a server works for it                left alone: the library looks after each call. Should
 *                                          that server have it wait, signal_look_again finds it
 */

#include <stddef.h>

#include "libsys/invoke.h"
#include "servers/process/build.h"
#include "servers/process/life.h"
#include "servers/process/signal.h"
#include "servers/process/trace.h"

#define RED_ZONE 128u

struct process *current;
bool signal_again;

static void pending_set(const struct process *process, uint64_t bits)
{
    (void)__atomic_fetch_or(&process_page_of(process)->pending, bits, __ATOMIC_SEQ_CST);
}

static uint64_t pending_clear(const struct process *process, uint64_t bits)
{
    return __atomic_fetch_and(&process_page_of(process)->pending, ~bits, __ATOMIC_SEQ_CST) & bits;
}

static struct signal_masks masks_of(const struct process *process)
{
    const struct process_page *page = process_page_of(process);

    return (struct signal_masks){page->blocked, page->ignored, page->caught};
}

/* ---- Threads --------------------------------------------------------------------------------- */

bool signal_redirect(struct process *process, const struct thread *thread)
{
    struct process_page *page = process_page_of(process);
    struct process_thread *part = &page->thread[thread->number];
    uint64_t flags, ip, sp, unused, entry = page->signal_entry;

    if (!entry || thread_read_registers(thread->thread, REGISTER_RFLAGS, 3, &flags, &ip, &sp,
                                        &unused, &unused, &unused, &unused, &unused))
        return false;
    part->saved_flags = flags;
    part->saved_ip = ip;
    part->saved_sp = sp;
    __atomic_store_n(&part->in_trampoline, 1, __ATOMIC_SEQ_CST);
    return !thread_write_registers(thread->thread, REGISTER_RIP, 2, entry, (sp - RED_ZONE) & ~15ull,
                                   0, 0);
}

enum told { TOLD, TOLD_LATER, NOT_TOLD };

static enum told thread_tell(struct process *process, const struct thread *thread)
{
    uint64_t state, callee, vector;

    if (thread->suspended || thread_info(thread->thread, &state, &callee, &vector))
        return NOT_TOLD;
    if (state == THREAD_CALLING && callee)
        return process == current ? TOLD : TOLD_LATER;
    bool runs = state == THREAD_READY || state == THREAD_FAULTED;
    if (runs && process_page_of(process)->thread[thread->number].in_trampoline)
        return TOLD;
    if (state == THREAD_STOPPED || thread_suspend(thread->thread))
        return NOT_TOLD;
    bool told = !runs || signal_redirect(process, thread);
    return thread_resume(thread->thread) || !told ? NOT_TOLD : TOLD;
}

/* One of the threads looks at what is pending. */
static void process_tell(struct process *process)
{
    bool later = false;

    FOR_EACH_THREAD(t, process) {
        enum told told = thread_tell(process, t);
        if (told == TOLD)
            return;
        later |= told == TOLD_LATER;
    }
    process->again |= later;
    signal_again |= later;
}

/* ---- Stopping and going on ------------------------------------------------------------------- */

/* The call that stops its own process is answered when that goes on. */
static bool stop_caller(struct process *process, struct thread *thread)
{
    if (process != current || rpc_defer(&(struct rpc_request){0}, thread->reply, &thread->later))
        return false;
    thread->waiting = WAITING_TO_CONTINUE;
    return true;
}

static void threads_stop(struct process *process)
{
    FOR_EACH_THREAD(t, process) {
        uint64_t state, callee, vector;
        if (t->suspended || thread_info(t->thread, &state, &callee, &vector))
            continue;
        if (state == THREAD_CALLING && callee) {
            if (!stop_caller(process, t))
                signal_again = process->again = true;
        } else if (t->waiting != WAITING_TO_CONTINUE && !thread_suspend(t->thread)) {
            t->suspended = true;
        }
    }
}

/* What its threads waited for has ended with their stopping: they'll ask again. */
static void requests_forget(struct process *process)
{
    for (struct thread *t = &process->first; t; t = t->next)
        if (t->waiting != WAITING_TO_CONTINUE)
            t->waiting = WAITING_FOR_NOTHING;
}

static void process_stop(struct process *process, int signal)
{
    if (process->life != LIFE_RUNNING)
        return;
    threads_stop(process);
    requests_forget(process);
    process->life = LIFE_STOPPED;
    process->status = STATUS_STOPPED(signal);
    process->stop_told = process->continued = false;
    wait_news(process);
}

void signal_hold(struct process *process)
{
    threads_stop(process);
    requests_forget(process);
}

void signal_release(const struct process *process, struct thread *thread)
{
    if (!thread->suspended || process->held || process->life != LIFE_RUNNING)
        return;
    (void)!thread_resume(thread->thread);
    thread->suspended = false;
}

static void process_continue(struct process *process)
{
    if (process->life != LIFE_STOPPED)
        return;
    process->life = LIFE_RUNNING;
    process->continued = true;
    for (struct thread *t = &process->first; t; t = t->next) {
        if (t->waiting == WAITING_TO_CONTINUE) {
            t->waiting = WAITING_FOR_NOTHING;
            (void)!answer_done(&t->later);
        }
        signal_release(process, t);
    }
    if (process->held)
        threads_stop(process);
    wait_news(process);
}

/* ---- Deciding -------------------------------------------------------------------------------- */

/* A thread in sigwait, with the mask that it waits with; null: there is none. */
static struct thread *sigwaiting(struct process *process)
{
    for (struct thread *t = &process->first; t; t = t->next)
        if (t->waiting == WAITING_FOR_SIGNAL)
            return t;
    return NULL;
}

/* Whether it was still there, and has its answer. */
static bool sigwait_answer(struct thread *thread)
{
    thread->waiting = WAITING_FOR_NOTHING;
    return answer_done(&thread->later) == 0;
}

static void act(struct process *process, int signal)
{
    struct signal_masks masks = masks_of(process);
    struct thread *waits = sigwaiting(process);
    bool orphaned =
        (SIGNAL_BIT(signal) & SIGNALS_STOP) && job_group_is_orphaned(process->group, NULL);

    if (waits)
        masks.blocked = waits->mask;
    switch (signal_decide(signal, masks, orphaned)) {
    case SIGNAL_DROP:
        (void)pending_clear(process, SIGNAL_BIT(signal));
        break;
    case SIGNAL_KEEP:
        break;
    case SIGNAL_HANDLE:
        if (!waits || !sigwait_answer(waits))
            process_tell(process);
        break;
    case SIGNAL_DO_STOP:
        if (pending_clear(process, SIGNAL_BIT(signal)))
            process_stop(process, signal);
        break;
    case SIGNAL_END:
        process_end(process, STATUS_SIGNALED(signal));
        break;
    }
}

void signal_look(struct process *process)
{
    uint64_t pending = process_page_of(process)->pending & SIGNALS_ALL;

    for (int signal = 1; signal <= SIGNAL_MAX && process->life == LIFE_RUNNING && !process->held;
         signal++)
        if (pending & SIGNAL_BIT(signal))
            act(process, signal);
}

bool signal_interrupts(const struct process *process)
{
    const struct process_page *page = process_page_of(process);

    return page->pending & ~page->blocked & page->caught;
}

void signal_send(struct process *process, int signal)
{
    if (process->life != LIFE_RUNNING && process->life != LIFE_STOPPED)
        return;
    if (SIGNAL_BIT(signal) & SIGNALS_STOP)
        (void)pending_clear(process, SIGNAL_BIT(SIGNAL_CONT));
    pending_set(process, SIGNAL_BIT(signal));
    if (signal == SIGNAL_CONT) {
        (void)pending_clear(process, SIGNALS_STOP);
        process_continue(process);
        signal_look(process); /* what came while it stood still */
    } else if ((process->life == LIFE_RUNNING && !process->held) || signal == SIGNAL_KILL) {
        act(process, signal);
    }
}

bool signal_look_again(void)
{
    bool again = false;

    FOR_EACH_PROCESS(p) {
        if (!p->again)
            continue;
        p->again = false;
        if (p->life == LIFE_STOPPED || p->held)
            threads_stop(p);
        else
            signal_look(p);
        again |= p->again;
    }
    trace_look();
    signal_again = again;
    return again;
}
