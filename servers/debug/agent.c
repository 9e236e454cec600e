/* SPDX-License-Identifier: BSD-2-Clause */
/* See agent.h. */

#include "servers/debug/agent.h"

#include "libsys/invoke.h"
#include "libsys/program.h"
#include "libsys/string.h"
#include "servers/debug/target.h"

#define PAGE_BITS 12
#define CNODE_BITS 10
#define PRIORITY 187 /* above our own */

/* In our space, and in the program's: within the page table of its information page. */
#define WINDOW_DATA 0x20000000ull
#define WINDOW_CODE 0x20001000ull
#define AGENT_CODE (PROGRAM_INFO_ADDRESS + 0x100000)
#define AGENT_DATA (AGENT_CODE + AGENT_BYTES)

static const uint8_t code[] = {0xf3, 0xa4, 0x0f, 0x0b}; /* REP MOVSB; UD2 */
#define CODE_END (AGENT_CODE + 2)

static struct {
    cap_t thread, time, cnode, code, data;
    cap_t code_there, data_there; /* copies, mapped in the program's space */
} agent;

/* ---- Its parts ------------------------------------------------------------------------------- */

static err_t make(cap_t untyped, enum object_type type, unsigned bits, cap_t *cap)
{
    *cap = slot_take();
    return *cap ? untyped_retype(untyped, debug.cnode, CAP_INDEX(*cap), 1, type, bits) : RPC_FULL;
}

static err_t code_fill(void)
{
    err_t error = frame_map(agent.code, debug.vspace, WINDOW_CODE, 0, AGENT_BYTES,
                            ACCESS_READ | ACCESS_WRITE);

    if (error)
        return error;
    memcpy((void *)WINDOW_CODE, code, sizeof(code));
    return frame_unmap(agent.code, 0, AGENT_BYTES);
}

/* The largest first, so that none is lost for alignment. */
err_t agent_make(cap_t untyped, cap_t cpu)
{
    err_t error = make(untyped, OBJECT_FRAME, PAGE_BITS, &agent.code);

    if (!error)
        error = make(untyped, OBJECT_FRAME, PAGE_BITS, &agent.data);
    if (!error)
        error = make(untyped, OBJECT_THREAD, program_info()->thread_bits, &agent.thread);
    if (!error)
        error = make(untyped, OBJECT_CNODE, CNODE_BITS, &agent.cnode);
    if (!error)
        error = make(untyped, OBJECT_SCHED_CONTEXT, 8, &agent.time);
    if (!error)
        error = sched_context_configure(agent.time, cpu, PRIORITY, 0);
    if (!error)
        error = thread_set_sched(agent.thread, agent.time);
    if (!error)
        error = frame_map(agent.data, debug.vspace, WINDOW_DATA, 0, AGENT_BYTES,
                          ACCESS_READ | ACCESS_WRITE);
    return error ? error : code_fill();
}

/* ---- Coming and going ------------------------------------------------------------------------ */

static err_t page_enter(cap_t vspace, cap_t frame, uint64_t address, uint32_t access, cap_t *copy)
{
    *copy = slot_take();
    err_t error = *copy ? cnode_copy(debug.cnode, CAP_INDEX(*copy), frame, RIGHT_ALL) : RPC_FULL;

    return error ? error : frame_map(*copy, vspace, address, 0, AGENT_BYTES, access);
}

err_t agent_enter(cap_t vspace)
{
    err_t error =
        page_enter(vspace, agent.code, AGENT_CODE, ACCESS_READ | ACCESS_EXECUTE, &agent.code_there);

    if (!error)
        error = page_enter(vspace, agent.data, AGENT_DATA, ACCESS_READ | ACCESS_WRITE,
                           &agent.data_there);
    if (!error)
        error = thread_set_space(agent.thread, agent.cnode, vspace);
    if (error)
        agent_leave();
    return error;
}

void agent_leave(void)
{
    slot_drop(&agent.code_there);
    slot_drop(&agent.data_there);
}

/* ---- Work ------------------------------------------------------------------------------------ */

/* It runs before this goes on. Returns how many bytes it didn't copy. */
static uint64_t copy(uint64_t from, uint64_t to, uint64_t count)
{
    cap_t thread = agent.thread;
    uint64_t left = count, ip = 0, sp, unused;
    err_t error = thread_write_registers(thread, REGISTER_RDI, 2, to, from, 0, 0);

    if (!error)
        error = thread_write_registers(thread, REGISTER_RCX, 1, count, 0, 0, 0);
    if (!error)
        error = thread_write_registers(thread, REGISTER_RFLAGS, 2, 0, AGENT_CODE, 0, 0);
    if (!error)
        error = thread_resume(thread);
    if (!error)
        error = thread_read_registers(thread, REGISTER_RCX, 5, &left, &unused, &unused, &ip, &sp,
                                      &unused, &unused, &unused);
    if (error)
        return count;
    return ip == CODE_END ? 0 : left;
}

uint32_t agent_read(uint64_t address, void *data, uint32_t count)
{
    uint32_t size = count < AGENT_BYTES ? count : AGENT_BYTES;

    size -= (uint32_t)copy(address, AGENT_DATA, size);
    memcpy(data, (const void *)WINDOW_DATA, size);
    return size;
}

uint32_t agent_write(uint64_t address, const void *data, uint32_t count)
{
    uint32_t size = count < AGENT_BYTES ? count : AGENT_BYTES;

    memcpy((void *)WINDOW_DATA, data, size);
    return size - (uint32_t)copy(AGENT_DATA, address, size);
}
