/* SPDX-License-Identifier: BSD-2-Clause */
/* A user's process as target: the process server does it all (libsys/trace.idl). */

#include "libsys/process_client.h"
#include "libsys/string.h"
#include "libsys/trace_client.h"
#include "servers/debug/target.h"

_Static_assert((int)WHY_SIGNAL == (int)TRACE_BY_SIGNAL && (int)WHY_BREAK == (int)TRACE_BY_BREAK &&
                   (int)WHY_EXEC == (int)TRACE_BY_EXEC && (int)WHY_HALT == (int)TRACE_BY_HALT,
               "the protocol's numbers");
_Static_assert(THREAD_ALL == TRACE_ALL, "the protocol's number");

static struct rpc_client client(void)
{
    return (struct rpc_client){debug.process, &debug.context};
}

bool process_next_after(int32_t after, int32_t *pid, char name[NAME_ROOM])
{
    struct rpc_client inspector = {debug.inspector, &debug.context};
    struct process_info info = {0};

    *pid = 0;
    if (process_next(inspector.cap, after, pid) || *pid == 0)
        return false;
    if (process_inspect(&inspector, *pid, &info))
        info.name0 = 0;
    memcpy(name, &info.name0, NAME_ROOM);
    name[NAME_ROOM - 1] = 0;
    return true;
}

err_t process_attach(int32_t pid)
{
    struct rpc_client server = client();

    return trace_attach(&server, pid, debug.process_event);
}

err_t process_await(const char *name)
{
    struct rpc_client server = client();

    return trace_await(&server, name, debug.process_event);
}

static struct target_event state(void)
{
    static const enum target_state states[] = {
        [TRACE_RUNS] = TARGET_RUNS,
        [TRACE_STOPPED] = TARGET_STOPPED,
        [TRACE_ENDED] = TARGET_ENDED,
        [TRACE_NONE] = TARGET_NONE,
    };
    struct trace_event event = {.state = TRACE_NONE};

    if (trace_state(debug.process, &event) || event.state > TRACE_NONE)
        return (struct target_event){.state = TARGET_NONE};
    return (struct target_event){
        .state = states[event.state],
        .why = (enum target_why)event.why,
        .thread = event.thread,
        .signal = event.signal,
        .status = event.status,
        .bias = event.bias,
    };
}

static err_t halt(void)
{
    return trace_halt(debug.process);
}

static err_t resume(uint32_t thread, uint32_t signal)
{
    return trace_resume(debug.process, thread, signal);
}

static err_t next_thread(uint32_t from, uint32_t *thread)
{
    return trace_thread(debug.process, from, thread);
}

static err_t registers(uint32_t thread, uint64_t value[REGISTER_COUNT])
{
    struct rpc_client server = client();
    uint32_t size = 0;
    err_t error = trace_registers(&server, thread, value, REGISTER_COUNT * 8, &size);

    return error || size == REGISTER_COUNT * 8 ? error : RPC_BAD_ANSWER;
}

static err_t set_register(uint32_t thread, uint32_t which, uint64_t value)
{
    return trace_set_register(debug.process, thread, which, value);
}

static err_t read(uint64_t address, void *data, uint32_t count, uint32_t *size)
{
    struct rpc_client server = client();
    err_t error = 0;

    *size = 0;
    while (*size < count && !error) {
        uint32_t part = count - *size < TRACE_DATA_MAX ? count - *size : TRACE_DATA_MAX, got = 0;
        error = trace_read(&server, address + *size, part, (uint8_t *)data + *size, part, &got);
        *size += got;
        if (got < part)
            break;
    }
    return *size ? 0 : error;
}

static err_t write(uint64_t address, const void *data, uint32_t size)
{
    struct rpc_client server = client();
    err_t error = 0;

    for (uint32_t done = 0, part; done < size && !error; done += part) {
        part = size - done < TRACE_DATA_MAX ? size - done : TRACE_DATA_MAX;
        error = trace_write(&server, address + done, (const uint8_t *)data + done, part);
    }
    return error;
}

static err_t insert(uint64_t address)
{
    return trace_insert(debug.process, address);
}

static err_t remove(uint64_t address)
{
    return trace_remove(debug.process, address);
}

static bool is_idle(uint32_t thread)
{
    (void)thread;
    return false;
}

static void leave(void)
{
    (void)!trace_detach(debug.process);
}

static err_t kill(void)
{
    return trace_kill(debug.process);
}

const struct target process_target = {
    state, halt,   resume, next_thread, registers, set_register, read,
    write, insert, remove, is_idle,     leave,     kill,
};
