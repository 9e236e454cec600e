/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests, one by one: who asks, whether he may, and the words of the answer. */

#include <stddef.h>

#include "libsys/invoke.h"
#include "libsys/memory_client.h"
#include "libsys/process_server.h"
#include "libsys/program.h"
#include "libsys/string.h"
#include "libsys/time.h"
#include "libsys/vfs_client.h"
#include "servers/process/alarm.h"
#include "servers/process/build.h"
#include "servers/process/fault.h"
#include "servers/process/life.h"
#include "servers/process/serve.h"
#include "servers/process/signal.h"
#include "servers/process/terminal.h"
#include "servers/process/trace.h"

/* Kinds of handles, beside a process's (1). */
#define STARTER 0x20004000u
#define INSPECTOR 0x30004000u
#define CONSOLE 0x40004000u

#define NICE_MIN (-20)
#define NICE_MAX 19

/* Of a request by a process. Null: the handle is stale, or somebody else's. */
static struct process *caller(const struct rpc_request *rpc)
{
    current = table_of_badge(rpc->badge);
    return current;
}

err_t answer_news(struct rpc_later *later, const struct child_news *news)
{
    return process_answer_wait(&own.rpc, later, 0, news->pid, news->status, news->ticks);
}

/* An answer without words is the same for all operations. */
err_t answer_done(struct rpc_later *later)
{
    return process_answer_sigwait(&own.rpc, later, 0);
}

/* ---- Programs -------------------------------------------------------------------------------- */

static err_t arguments_bytes_check(uint32_t bytes)
{
    if (bytes > PROCESS_ARGUMENTS_MAX)
        return RPC_TOO_LARGE;
    return bytes < offsetof(struct process_arguments, offset) ? RPC_MALFORMED : 0;
}

static err_t process_serve_spawn(struct rpc_request *rpc, uint32_t flags, int32_t group,
                                 uint64_t signals, const char *path, const void *files,
                                 uint32_t files_size, uint64_t arguments, uint32_t arguments_bytes,
                                 int32_t *pid)
{
    struct process *parent = caller(rpc), *child = NULL;
    err_t error = parent ? arguments_bytes_check(arguments_bytes) : RPC_BAD_HANDLE;

    if (error)
        return error;
    struct spawn spawn = {
        .path = path,
        .arguments = {.space = parent->space, .address = arguments, .bytes = arguments_bytes},
        .flags = flags,
        .group = group,
        .signals = signals,
        .files = files,
        .file_count = files_size,
    };
    error = process_spawn_child(parent, &spawn, &child);
    if (!error)
        *pid = child->pid;
    return error;
}

static err_t process_serve_fork(struct rpc_request *rpc, uint64_t ip, uint64_t sp, uint64_t fs_base,
                                int32_t *pid)
{
    struct process *parent = caller(rpc), *child = NULL;
    const struct forked forked = {ip, sp, fs_base};
    err_t error = parent ? process_fork_child(parent, &forked, &child) : RPC_BAD_HANDLE;

    if (!error)
        *pid = child->pid;
    return error;
}

/* If it succeeds, whoever called is no more, and nobody gets the answer. */
static err_t process_serve_exec(struct rpc_request *rpc, const char *path, const void *files,
                                uint32_t files_size, uint64_t arguments, uint32_t arguments_bytes)
{
    struct process *process = caller(rpc);
    err_t error = process ? arguments_bytes_check(arguments_bytes) : RPC_BAD_HANDLE;

    if (error)
        return error;
    struct spawn spawn = {
        .path = path,
        .arguments = {.space = process->space, .address = arguments, .bytes = arguments_bytes},
        .files = files,
        .file_count = files_size,
    };
    return process_become(process, &spawn);
}

static err_t process_serve_exit(struct rpc_request *rpc, int32_t status)
{
    struct process *process = caller(rpc);

    if (!process)
        return RPC_BAD_HANDLE;
    process_end(process, STATUS_EXITED(status));
    return 0;
}

static err_t process_serve_wait(struct rpc_request *rpc, int32_t which, uint32_t flags,
                                int32_t *pid, int32_t *status, uint64_t *ticks)
{
    struct process *parent = caller(rpc);
    struct child_news news;
    err_t error = parent ? wait_now(parent, which, flags, &news) : RPC_BAD_HANDLE;

    if (error)
        return error;
    *pid = news.pid;
    *status = news.status;
    *ticks = news.ticks;
    if (news.pid || (flags & WAIT_NO_HANG))
        return 0;
    if (signal_interrupts(parent))
        return RPC_CANCELLED;
    struct thread *thread = defer(parent, rpc, WAITING_FOR_CHILD);
    if (!thread)
        return RPC_INTERNAL;
    thread->which = which;
    thread->flags = flags;
    return 0;
}

/* ---- Signals --------------------------------------------------------------------------------- */

static err_t process_serve_kill(struct rpc_request *rpc, int32_t which, uint32_t signal)
{
    struct process *from = caller(rpc);

    if (!from)
        return RPC_BAD_HANDLE;
    if (signal > SIGNAL_MAX || which == INT32_MIN)
        return RPC_OUT_OF_RANGE;
    return signal_kill(from, which, (int)signal);
}

static err_t process_serve_deliver(struct rpc_request *rpc)
{
    struct process *process = caller(rpc);

    if (!process)
        return RPC_BAD_HANDLE;
    signal_look(process);
    return 0;
}

static err_t process_serve_sigwait(struct rpc_request *rpc, uint64_t mask)
{
    struct process *process = caller(rpc);

    if (!process)
        return RPC_BAD_HANDLE;
    mask &= ~SIGNALS_ALWAYS;
    if (process_page_of(process)->pending & ~mask & process_page_of(process)->caught)
        return 0;
    struct thread *thread = defer(process, rpc, WAITING_FOR_SIGNAL);
    if (!thread)
        return RPC_INTERNAL;
    thread->mask = mask;
    current = NULL; /* it waits now: what is pending by its default ends or stops it so */
    signal_look(process);
    return 0;
}

static err_t process_serve_alarm(struct rpc_request *rpc, uint64_t nanoseconds, uint64_t interval,
                                 uint64_t *left)
{
    struct process *process = caller(rpc);

    return process ? alarm_set(process, nanoseconds, interval, left) : RPC_BAD_HANDLE;
}

/* ---- Groups, sessions, users ----------------------------------------------------------------- */

static err_t process_serve_set_group(struct rpc_request *rpc, int32_t pid, int32_t group)
{
    struct process *process = caller(rpc);
    err_t error = process ? job_set_group(process, pid, group) : RPC_BAD_HANDLE;

    if (!error)
        build_page_refresh(pid ? table_find(pid) : process);
    return error;
}

static err_t process_serve_set_session(struct rpc_request *rpc, int32_t *session)
{
    struct process *process = caller(rpc);
    err_t error = process ? job_set_session(process) : RPC_BAD_HANDLE;

    if (error)
        return error;
    build_page_refresh(process);
    *session = process->session;
    return 0;
}

static err_t process_serve_set_terminal(struct rpc_request *rpc, uint32_t terminal)
{
    struct process *process = caller(rpc);

    return process ? terminal_take(process, terminal) : RPC_BAD_HANDLE;
}

static err_t process_serve_set_user(struct rpc_request *rpc, uint32_t user, uint32_t group)
{
    struct process *process = caller(rpc);

    if (!process)
        return RPC_BAD_HANDLE;
    if (process->user != 0 && (user != process->user || group != process->user_group))
        return RPC_DENIED;
    return error_of_server(build_user(process, user, group));
}

static err_t process_serve_set_priority(struct rpc_request *rpc, int32_t pid, int32_t nice)
{
    const struct process *process = caller(rpc);
    struct process *of = pid == 0 ? current : table_find(pid);
    err_t error = 0;

    if (!process)
        return RPC_BAD_HANDLE;
    if (!of || of->life == LIFE_ZOMBIE)
        return PROCESS_ERROR_NO_PROCESS;
    if (nice < NICE_MIN || nice > NICE_MAX)
        return RPC_OUT_OF_RANGE;
    if (process->user != 0 && (process->user != of->user || nice < of->nice))
        return RPC_DENIED;
    of->nice = nice;
    FOR_EACH_THREAD(t, of)
        if (!error)
            error = build_time(of, t);
    return error_of_server(error);
}

/* ---- What is known --------------------------------------------------------------------------- */

static err_t process_serve_info(struct rpc_request *rpc, int32_t pid, struct process_info *info)
{
    struct process *process = caller(rpc);

    if (!process)
        return RPC_BAD_HANDLE;
    if (pid)
        process = table_find(pid);
    if (!process)
        return PROCESS_ERROR_NO_PROCESS;
    process_describe(process, info);
    return 0;
}

static err_t process_serve_inspect(struct rpc_request *rpc, int32_t pid, struct process_info *info)
{
    struct process *process = table_find(pid);

    if (rpc->badge != INSPECTOR && rpc->badge != STARTER)
        return RPC_DENIED;
    if (!process)
        return PROCESS_ERROR_NO_PROCESS;
    process_describe(process, info);
    return 0;
}

static err_t process_serve_next(struct rpc_request *rpc, int32_t after, int32_t *pid)
{
    const struct process *next = table_next(after);

    if (!caller(rpc) && rpc->badge != INSPECTOR && rpc->badge != STARTER)
        return RPC_BAD_HANDLE;
    *pid = next ? next->pid : 0;
    return 0;
}

static err_t process_serve_set_name(struct rpc_request *rpc, const char *name)
{
    struct process *process = caller(rpc);

    if (!process)
        return RPC_BAD_HANDLE;
    memset(process->name, 0, NAME_ROOM);
    memcpy(process->name, name, strlen(name));
    return 0;
}

/* ---- Threads --------------------------------------------------------------------------------- */

static err_t process_serve_thread_create(struct rpc_request *rpc, uint64_t ip, uint64_t sp,
                                         uint64_t fs_base, uint64_t argument, uint32_t *number,
                                         uint32_t *slots)
{
    struct process *process = caller(rpc);
    struct thread *thread = NULL;
    err_t error =
        process ? thread_new(process, ip, sp, fs_base, argument, false, &thread) : RPC_BAD_HANDLE;

    if (error)
        return error;
    *number = thread->number;
    *slots = thread->slot;
    return 0;
}

static err_t process_serve_server_create(struct rpc_request *rpc, uint64_t ip, uint64_t sp,
                                         uint64_t fs_base, uint64_t argument, uint32_t *number,
                                         uint32_t *slots, cap_t *endpoint)
{
    struct process *process = caller(rpc);
    struct thread *thread = NULL;
    err_t error =
        process ? thread_new(process, ip, sp, fs_base, argument, true, &thread) : RPC_BAD_HANDLE;

    if (error)
        return error;
    error = rpc_give_copy(&own.rpc, thread->endpoint, RIGHT_ALL, endpoint);
    if (error) {
        thread_end(process, thread);
        return error;
    }
    *number = thread->number;
    *slots = thread->slot;
    return 0;
}

static err_t process_serve_thread_exit(struct rpc_request *rpc, uint32_t number, uint64_t address)
{
    static const uint32_t zero;
    struct process *process = caller(rpc);
    struct thread *thread = process ? thread_find(process, number) : NULL;

    if (!thread)
        return process ? PROCESS_ERROR_NO_PROCESS : RPC_BAD_HANDLE;
    if (process->threads == 1) {
        process_end(process, STATUS_EXITED(0));
        return 0;
    }
    if (address)
        (void)!memory_space_write(&own.authority, process->space, address, &zero, sizeof(zero));
    thread_end(process, thread);
    return 0;
}

static err_t process_serve_thread_join(struct rpc_request *rpc, uint32_t number)
{
    struct process *process = caller(rpc);

    if (!process)
        return RPC_BAD_HANDLE;
    if (number >= PROCESS_THREADS_MAX)
        return PROCESS_ERROR_NO_PROCESS;
    if (!thread_find(process, number))
        return 0;
    if (signal_interrupts(process))
        return RPC_CANCELLED;
    struct thread *thread = defer(process, rpc, WAITING_FOR_THREAD);
    if (!thread)
        return RPC_INTERNAL;
    thread->which = (int32_t)number;
    return 0;
}

static err_t process_serve_grow_table(struct rpc_request *rpc, uint32_t *slots)
{
    struct process *process = caller(rpc);
    err_t error = process ? thread_grow_table(process) : RPC_BAD_HANDLE;

    if (!error)
        *slots = 1u << process->table_bits;
    return error;
}

static err_t process_serve_set_pager(struct rpc_request *rpc, cap_t pager)
{
    struct process *process = caller(rpc);

    return process ? error_of_server(thread_set_pager(process, pager)) : RPC_BAD_HANDLE;
}

static err_t process_serve_pager_space(struct rpc_request *rpc, cap_t *vspace, cap_t *space)
{
    struct process *process = caller(rpc);

    if (!process)
        return RPC_BAD_HANDLE;
    process->spoiled = true;
    err_t error = rpc_give_copy(&own.rpc, row_cap(process, ROW_VSPACE), RIGHT_ALL, vspace);
    if (!error)
        error = rpc_give_copy(&own.rpc, row_cap(process, ROW_SPACE),
                              RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_TRANSFER, space);
    return error;
}

/* ---- The starter and the console ------------------------------------------------------------- */

static err_t process_serve_start(struct rpc_request *rpc, uint32_t terminal, const char *path,
                                 const void *arguments, uint32_t arguments_size, cap_t event,
                                 int32_t *pid)
{
    struct spawn spawn = {
        .path = path,
        .arguments = {.data = arguments, .bytes = arguments_size},
        .terminal = terminal,
    };
    struct process *process = NULL;

    current = NULL;
    if (rpc->badge != STARTER)
        return RPC_DENIED;
    if (!arguments_check(arguments, arguments_size))
        return RPC_MALFORMED;
    err_t error = process_spawn_first(&spawn, event, &process);
    if (!error)
        *pid = process->pid;
    return error;
}

static err_t process_serve_ended(struct rpc_request *rpc, int32_t pid, int32_t *status)
{
    struct process *process = table_find(pid);

    if (rpc->badge != STARTER)
        return RPC_DENIED;
    if (!process || !process->started)
        return PROCESS_ERROR_NO_PROCESS;
    if (process->life != LIFE_ZOMBIE)
        return RPC_AGAIN;
    *status = process->status;
    if (process->event)
        slot_empty(process->event);
    process_reap(process);
    return 0;
}

static err_t process_serve_terminal_signals(struct rpc_request *rpc, cap_t frame,
                                            cap_t *notification)
{
    if (rpc->badge != CONSOLE)
        return RPC_DENIED;
    err_t error = terminal_page_set(frame);
    if (!error)
        error = rpc_keep(rpc, frame);
    if (error)
        return error;
    return rpc_give_copy(&own.rpc, own.terminal_event, RIGHT_NOTIFICATION_SIGNAL, notification);
}

/* ---- The loop -------------------------------------------------------------------------------- */

static void events_take(uint64_t flags)
{
    current = NULL;
    if (flags & EVENT_FAULT)
        faults_take();
    if (flags & EVENT_TERMINAL)
        terminal_signals_take();
    if (flags & EVENT_TIMER)
        alarm_tick();
    if (flags & EVENT_CLOCK)
        wall_was_set();
}

enum answer serve(void *context, err_t kind, uint32_t badge, struct message *message)
{
    struct rpc_request request = rpc_begin(context, kind, badge);
    enum answer answer = ANSWER_REGISTERS;

    if (UNLIKELY(kind == RECEIVE_NOTIFICATION)) {
        events_take(message->word[0]);
        *message = (struct message){0};
    } else {
        answer = UNLIKELY(rpc_interface(message) == TRACE_INTERFACE)
                     ? trace_serve(&request, message)
                     : process_dispatch(&request, message);
    }
    if (UNLIKELY(signal_again))
        alarm_for_signals();
    return answer;
}
