/* SPDX-License-Identifier: BSD-2-Clause */
/* Stopping and going on for a debugger. See trace.h. */

#include "servers/process/trace.h"

#include "libsys/invoke.h"
#include "libsys/string.h"
#include "servers/process/signal.h"

#define VECTOR_STEP 1
#define VECTOR_BREAK 3
#define FLAGS_STEP 0x100ull

struct trace trace = {.news = {.state = TRACE_NONE}};

/* ---- Standing still -------------------------------------------------------------------------- */

static bool all_stand_still(void)
{
    FOR_EACH_THREAD(t, trace.process)
        if (!t->suspended && t->waiting != WAITING_TO_CONTINUE)
            return false;
    return true;
}

void trace_look(void)
{
    if (!trace.process || !trace.process->held || trace.news.state != TRACE_RUNS ||
        !all_stand_still())
        return;
    trace.news.state = TRACE_STOPPED;
    (void)!signal_flags(trace.event);
}

void trace_hold(void)
{
    trace.process->held = true;
    signal_hold(trace.process);
    trace_look();
}

void trace_attach(struct process *process)
{
    trace.process = process;
    trace.awaited[0] = 0;
    trace.news = (struct trace_event){
        .pid = process->pid,
        .bias = process_page_of(process)->image_bias,
    };
}

/* ---- Going on -------------------------------------------------------------------------------- */

err_t trace_go(uint32_t thread, uint32_t signal)
{
    struct process *process = trace.process;

    if (trace.news.state != TRACE_STOPPED)
        return TRACE_ERROR_NOT_STOPPED;
    if (thread != TRACE_ALL && !thread_find(process, thread))
        return TRACE_ERROR_NO_THREAD;
    process->held = false;
    trace.news.state = TRACE_RUNS;
    trace.news.why = TRACE_BY_HALT;
    FOR_EACH_THREAD(t, process)
        if (thread == TRACE_ALL || t->number == thread)
            signal_release(process, t);
    if (signal)
        signal_send(process, (int)signal);
    else
        signal_look(process);
    return 0;
}

void trace_detach(void)
{
    struct process *process = trace.process;

    trace.awaited[0] = 0;
    trace.news = (struct trace_event){.state = TRACE_NONE};
    if (!process)
        return;
    trace_lift(process);
    trace_memory_forget();
    trace.process = NULL;
    process->held = false;
    FOR_EACH_THREAD(t, process)
        signal_release(process, t);
    signal_look(process);
}

/* ---- What happens to it ---------------------------------------------------------------------- */

/* The instruction at which it stopped, as if nothing had been there; why. */
static uint32_t fault_undo(const struct thread *thread, const struct memory_fault *fault)
{
    uint64_t flags, ip, unused;

    if (fault->kind != FAULT_EXCEPTION ||
        thread_read_registers(thread->thread, REGISTER_RFLAGS, 2, &flags, &ip, &unused, &unused,
                              &unused, &unused, &unused, &unused))
        return TRACE_BY_SIGNAL;
    if (fault->address == VECTOR_STEP)
        (void)!thread_write_registers(thread->thread, REGISTER_RFLAGS, 1, flags & ~FLAGS_STEP, 0, 0,
                                      0);
    if (fault->address != VECTOR_BREAK || !trace_has_break(ip - 1))
        return TRACE_BY_SIGNAL;
    (void)!thread_write_registers(thread->thread, REGISTER_RIP, 1, ip - 1, 0, 0, 0);
    return TRACE_BY_BREAK;
}

/* If it isn't the first that stops it, it faults again when it goes on. */
bool trace_fault(struct process *process, struct thread *thread, const struct memory_fault *fault,
                 int signal)
{
    if (process != trace.process || signal == SIGNAL_KILL || thread_suspend(thread->thread))
        return false;
    thread->suspended = true;
    (void)!memory_resume_fault(own.authority.cap, fault->number);
    uint32_t why = fault_undo(thread, fault);
    if (!process->held) {
        trace.news.why = why;
        trace.news.thread = thread->number;
        trace.news.signal = (uint32_t)signal;
    }
    trace_hold();
    return true;
}

/* Zero but for those that say where and with what it begins. */
static err_t registers_begin(const struct process *process, const struct placed *placed)
{
    cap_t thread = process->first.thread;
    err_t error = thread_write_registers(thread, 0, 4, PROCESS_PAGE_ADDRESS, 0, 0, 0);

    for (unsigned i = 4; i < REGISTER_RIP && !error; i += 4)
        error = thread_write_registers(thread, i, 4, 0, 0, 0, 0);
    if (!error)
        error = thread_write_registers(thread, REGISTER_RIP, 3, placed->entry, placed->sp,
                                       placed->fs_base, 0);
    return error;
}

err_t trace_begin(struct process *process, const struct placed *placed)
{
    if (!trace.process && trace.awaited[0] && string_equal(trace.awaited, process->name))
        trace_attach(process);
    if (!trace.process || process != trace.process)
        return thread_start(process->first.thread, placed->entry, placed->sp, placed->fs_base,
                            PROCESS_PAGE_ADDRESS);
    trace_memory_forget();
    err_t error = registers_begin(process, placed);
    if (error)
        return error;
    process->first.suspended = true;
    trace.news = (struct trace_event){
        .why = TRACE_BY_EXEC,
        .signal = SIGNAL_TRAP,
        .pid = process->pid,
        .bias = placed->bias,
    };
    trace_hold();
    return 0;
}

void trace_ended(const struct process *process, int32_t status)
{
    if (process != trace.process)
        return;
    trace_memory_forget();
    trace.process = NULL;
    trace.news.state = TRACE_ENDED;
    trace.news.status = status;
    (void)!signal_flags(trace.event);
}
