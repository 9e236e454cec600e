/* SPDX-License-Identifier: BSD-2-Clause */
/* A debugger's requests, one by one. See trace.h. */

#include "libsys/invoke.h"
#include "libsys/string.h"
#include "libsys/trace_server.h"
#include "servers/process/signal.h"
#include "servers/process/trace.h"

#define DEBUGGER 0x50004000u /* the handle: kind 5 */

/* Who asks may, and has a process. */
static err_t check(const struct rpc_request *rpc)
{
    current = NULL;
    if (rpc->badge != DEBUGGER)
        return RPC_DENIED;
    return trace.process ? 0 : TRACE_ERROR_NO_PROCESS;
}

/* The thread that it names, which stands still. */
static err_t check_thread(const struct rpc_request *rpc, uint32_t number, struct thread **thread)
{
    err_t error = check(rpc);

    if (!error && trace.news.state != TRACE_STOPPED)
        error = TRACE_ERROR_NOT_STOPPED;
    *thread = error ? NULL : thread_find(trace.process, number);
    return error || *thread ? error : TRACE_ERROR_NO_THREAD;
}

/* Nobody is attached or awaited: whom to tell from now on. */
static err_t begin(struct rpc_request *rpc, cap_t event)
{
    err_t error = rpc_keep(rpc, event);

    if (error)
        return error;
    if (trace.event) {
        slot_empty(trace.event);
        slots_give(&own.slots, CAP_INDEX(trace.event), 1);
    }
    trace.event = event;
    return 0;
}

static err_t check_begin(const struct rpc_request *rpc)
{
    err_t error = check(rpc);

    if (error == TRACE_ERROR_NO_PROCESS)
        return trace.awaited[0] ? RPC_BUSY : 0;
    return error ? error : RPC_BUSY;
}

static err_t trace_serve_attach(struct rpc_request *rpc, int32_t pid, cap_t event)
{
    err_t error = check_begin(rpc);
    struct process *process = error ? NULL : table_find(pid);

    if (!error && (!process || process->life == LIFE_ZOMBIE))
        error = TRACE_ERROR_NO_PROCESS;
    if (!error)
        error = begin(rpc, event);
    if (error)
        return error;
    trace_attach(process);
    trace_hold();
    return 0;
}

static err_t trace_serve_await(struct rpc_request *rpc, const char *name, cap_t event)
{
    err_t error = check_begin(rpc);

    if (!error)
        error = begin(rpc, event);
    if (error)
        return error;
    memcpy(trace.awaited, name, strlen(name) + 1);
    trace.news = (struct trace_event){.state = TRACE_NONE};
    return 0;
}

static err_t trace_serve_state(struct rpc_request *rpc, struct trace_event *event)
{
    err_t error = check(rpc);

    *event = trace.news;
    return error == RPC_DENIED ? error : 0;
}

static err_t trace_serve_halt(struct rpc_request *rpc)
{
    err_t error = check(rpc);

    if (!error && !trace.process->held)
        trace_hold();
    return error;
}

static err_t trace_serve_resume(struct rpc_request *rpc, uint32_t thread, uint32_t signal)
{
    err_t error = check(rpc);

    return error ? error : trace_go(thread, signal);
}

static err_t trace_serve_thread(struct rpc_request *rpc, uint32_t from, uint32_t *thread)
{
    err_t error = check(rpc);

    if (error)
        return error;
    for (*thread = from; *thread < PROCESS_THREADS_MAX; ++*thread)
        if (thread_find(trace.process, *thread))
            return 0;
    return TRACE_ERROR_NO_THREAD;
}

static err_t trace_serve_registers(struct rpc_request *rpc, uint32_t number, void *registers,
                                   uint32_t room, uint32_t *size)
{
    uint64_t v[REGISTER_COUNT + 5] = {0}; /* read eight at once */
    struct thread *thread;
    err_t error = check_thread(rpc, number, &thread);

    for (unsigned i = 0; i < REGISTER_COUNT && !error; i += 8) {
        unsigned count = REGISTER_COUNT - i < 8 ? REGISTER_COUNT - i : 8;
        if (thread_read_registers(thread->thread, i, count, &v[i], &v[i + 1], &v[i + 2], &v[i + 3],
                                  &v[i + 4], &v[i + 5], &v[i + 6], &v[i + 7]))
            error = TRACE_ERROR_NOT_STOPPED;
    }
    *size = REGISTER_COUNT * sizeof(v[0]);
    if (!error && room < *size)
        error = RPC_TOO_LARGE;
    if (!error)
        memcpy(registers, v, *size);
    return error;
}

static err_t trace_serve_set_register(struct rpc_request *rpc, uint32_t number, uint32_t which,
                                      uint64_t value)
{
    struct thread *thread;
    err_t error = check_thread(rpc, number, &thread);

    if (error)
        return error;
    error = thread_write_registers(thread->thread, which, 1, value, 0, 0, 0);
    if (error)
        return ERR_CODE(error) == ERROR_OUT_OF_RANGE ? RPC_OUT_OF_RANGE : TRACE_ERROR_NOT_STOPPED;
    return 0;
}

/* ---- Memory ---------------------------------------------------------------------------------- */

static err_t trace_serve_read(struct rpc_request *rpc, uint64_t address, uint32_t count, void *data,
                              uint32_t room, uint32_t *size)
{
    err_t error = check(rpc);

    *size = 0;
    return error ? error : trace_read(address, data, count < room ? count : room, size);
}

static err_t trace_serve_write(struct rpc_request *rpc, uint64_t address, const void *data,
                               uint32_t size)
{
    err_t error = check(rpc);

    return error ? error : trace_write(address, data, size);
}

static err_t trace_serve_insert(struct rpc_request *rpc, uint64_t address)
{
    err_t error = check(rpc);

    return error ? error : trace_insert(address);
}

static err_t trace_serve_remove(struct rpc_request *rpc, uint64_t address)
{
    err_t error = check(rpc);

    if (!error)
        trace_remove(address);
    return error;
}

/* ---- The end --------------------------------------------------------------------------------- */

static err_t trace_serve_detach(struct rpc_request *rpc)
{
    err_t error = check(rpc);

    if (error == RPC_DENIED)
        return error;
    trace_detach();
    return 0;
}

static err_t trace_serve_kill(struct rpc_request *rpc)
{
    err_t error = check(rpc);

    if (!error)
        process_end(trace.process, STATUS_SIGNALED(SIGNAL_KILL));
    return error;
}

enum answer trace_serve(struct rpc_request *request, struct message *message)
{
    return trace_dispatch(request, message);
}
