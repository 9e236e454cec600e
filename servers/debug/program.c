/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program of the boot manifest as target. Its thread's faults come here; its memory is reached by
 * the agent, its text by the file that it runs from: a breakpoint is written there, and restored.
 * Nobody else is asked for anything while it's stopped but the root task, which calls nobody.
 */

#include "libsys/debug_client.h"
#include "libsys/elf.h"
#include "libsys/invoke.h"
#include "libsys/program.h"
#include "libsys/string.h"
#include "libsys/time.h"
#include "servers/debug/agent.h"
#include "servers/debug/fault.h"
#include "servers/debug/target.h"

#define FILE_ADDRESS 0x30000000ull
#define FILE_FRAMES_MAX 32
#define IMAGE_LIMIT 0x0e000000ull
#define FAULT_BADGE 1u
#define PAGE 4096ull

#define HALT_STEP 1000000ull /* nanoseconds: a call that it makes may end meanwhile … */
#define HALT_STEPS 1000      /* … else it's cancelled */

static struct {
    cap_t thread, vspace, fault;
    cap_t frame[FILE_FRAMES_MAX];
    uint64_t bytes; /* of its file */
    struct elf_image image;
    struct target_event event;
    bool was_idle; /* it waited for calls when it was halted, and will go on with that */
    struct {
        uint64_t address;
        uint8_t before;
    } place[BREAKS_MAX];
    uint32_t places;
} program;

static struct rpc_client root_client(void)
{
    return (struct rpc_client){debug.root, &debug.context};
}

/* ---- Which ----------------------------------------------------------------------------------- */

bool program_at(uint32_t index, bool *runs, char name[NAME_ROOM])
{
    struct rpc_client client = root_client();
    uint32_t size = 0;

    if (debug_program(&client, index, runs, name, NAME_ROOM - 1, &size))
        return false;
    name[size] = 0;
    return true;
}

bool program_find(const char *name, uint32_t *index)
{
    char found[NAME_ROOM];
    bool runs;

    for (*index = 0; program_at(*index, &runs, found); ++*index)
        if (string_equal(found, name))
            return true;
    return false;
}

/* ---- Its file -------------------------------------------------------------------------------- */

static void file_close(void)
{
    for (uint32_t i = 0; i < FILE_FRAMES_MAX; i++)
        slot_drop(&program.frame[i]);
}

static err_t frame_open(uint32_t index, uint64_t at, uint64_t *length)
{
    struct rpc_client client = root_client();
    cap_t *frame = &program.frame[index];
    uint64_t address, bytes = 0, device;
    err_t error = RPC_FULL;

    *frame = slot_take();
    if (*frame)
        error = debug_file(&client, index, *frame);
    if (!error)
        error = frame_info(*frame, &address, &bytes, &device);
    *length = bytes;
    if (!error)
        error = frame_map(*frame, debug.vspace, FILE_ADDRESS + at, 0, bytes,
                          ACCESS_READ | ACCESS_WRITE);
    return error;
}

static err_t file_open(void)
{
    char why[ELF_ERROR_MAX];
    uint64_t length = 0;
    err_t error = 0;

    for (uint64_t at = 0, i = 0; at < program.bytes && !error; at += length, i++)
        error = i < FILE_FRAMES_MAX ? frame_open((uint32_t)i, at, &length) : RPC_FULL;
    if (!error &&
        !elf_read((const void *)FILE_ADDRESS, program.bytes, IMAGE_LIMIT, &program.image, why))
        error = RPC_INTERNAL;
    return error;
}

/* Where an address of text or constants lies in the file; null: it doesn't. */
static uint8_t *file_place(uint64_t address)
{
    for (uint32_t i = 0; i < program.image.segment_count; i++) {
        const struct elf_segment *segment = &program.image.segment[i];
        if (!(segment->access & ACCESS_WRITE) && address - segment->address < segment->file_bytes)
            return (uint8_t *)FILE_ADDRESS + segment->file_offset + (address - segment->address);
    }
    return NULL;
}

/* ---- Breakpoints, memory --------------------------------------------------------------------- */

static uint32_t place_find(uint64_t address)
{
    uint32_t i = 0;

    while (i < program.places && program.place[i].address != address)
        i++;
    return i;
}

static err_t insert(uint64_t address)
{
    uint8_t *at = file_place(address);

    if (place_find(address) < program.places)
        return 0;
    if (!at || program.places == BREAKS_MAX)
        return at ? RPC_FULL : RPC_NOT_FOUND;
    program.place[program.places].address = address;
    program.place[program.places++].before = *at;
    *at = BREAK_INSTRUCTION;
    return 0;
}

static err_t remove(uint64_t address)
{
    uint32_t i = place_find(address);

    if (i == program.places)
        return 0;
    *file_place(address) = program.place[i].before;
    program.place[i] = program.place[--program.places];
    return 0;
}

static void remove_all(void)
{
    while (program.places > 0)
        (void)!remove(program.place[0].address);
}

static err_t read(uint64_t address, void *data, uint32_t count, uint32_t *size)
{
    *size = agent_read(address, data, count);
    for (uint32_t i = 0; i < program.places; i++)
        if (program.place[i].address - address < *size)
            ((uint8_t *)data)[program.place[i].address - address] = program.place[i].before;
    return *size ? 0 : RPC_NOT_FOUND;
}

/* Text byte by byte: under a breakpoint it changes what the breakpoint stands for. */
static bool text_write(uint64_t address, uint8_t byte)
{
    uint8_t *at = file_place(address);
    uint32_t i = place_find(address);

    if (at && i < program.places)
        program.place[i].before = byte;
    else if (at)
        *at = byte;
    return at != NULL;
}

static err_t write(uint64_t address, const void *data, uint32_t size)
{
    const uint8_t *bytes = data;
    uint32_t done = 0;

    while (done < size && text_write(address + done, bytes[done]))
        done++;
    return done == size || agent_write(address + done, bytes + done, size - done) == size - done
               ? 0
               : RPC_NOT_FOUND;
}

/* ---- Stopping and going on ------------------------------------------------------------------- */

static uint64_t thread_state(void)
{
    uint64_t state = THREAD_STOPPED, callee, vector;

    (void)!thread_info(program.thread, &state, &callee, &vector);
    return state;
}

static void pause(void)
{
    uint64_t flags, limit = time_deadline(&program_info()->time, time_ticks(), HALT_STEP);
    cap_t time = program_cap("time");

    (void)!sched_context_deadline(time, limit);
    (void)!notification_wait(program_cap("never"), &flags);
    (void)!sched_context_deadline(time, 0);
}

/* A call that it makes should come to its end: cancelled, it would look like a failure of whom it
 * calls. */
static err_t halt(void)
{
    uint64_t state = thread_state();

    for (unsigned i = 0; i < HALT_STEPS; i++, state = thread_state()) {
        if (state != THREAD_CALLING && state != THREAD_QUEUED)
            break;
        pause();
    }
    if (program.event.state != TARGET_RUNS || state == THREAD_FAULTED)
        return 0; /* its fault comes next */
    err_t error = thread_suspend(program.thread);
    program.was_idle = state == THREAD_IDLE;
    program.event.state = TARGET_STOPPED;
    program.event.why = WHY_HALT;
    return error;
}

static err_t next_thread(uint32_t from, uint32_t *thread)
{
    *thread = 0;
    return from == 0 ? 0 : RPC_NOT_FOUND;
}

static err_t registers(uint32_t thread, uint64_t v[REGISTER_COUNT])
{
    uint64_t unused[5];
    err_t error = thread_read_registers(program.thread, 0, 8, &v[0], &v[1], &v[2], &v[3], &v[4],
                                        &v[5], &v[6], &v[7]);

    (void)thread;
    if (!error)
        error = thread_read_registers(program.thread, 8, 8, &v[8], &v[9], &v[10], &v[11], &v[12],
                                      &v[13], &v[14], &v[15]);
    if (!error)
        error = thread_read_registers(program.thread, 16, 3, &v[16], &v[17], &v[18], &unused[0],
                                      &unused[1], &unused[2], &unused[3], &unused[4]);
    return error;
}

static err_t set_register(uint32_t thread, uint32_t which, uint64_t value)
{
    (void)thread;
    if (program.was_idle)
        return RPC_BUSY; /* it goes on with the next message, whatever is written */
    return thread_write_registers(program.thread, which, 1, value, 0, 0, 0);
}

static bool is_idle(uint32_t thread)
{
    (void)thread;
    return program.was_idle;
}

static struct target_event state(void)
{
    return program.event;
}

void program_faulted(const struct message *fault)
{
    uint64_t flags = 0, ip = fault->word[0], vector = fault->word[1];
    bool is_exception = TAG_LABEL(fault->tag) == FAULT_EXCEPTION;

    if (program.event.state != TARGET_RUNS || thread_suspend(program.thread))
        return;
    program.was_idle = false;
    program.event.state = TARGET_STOPPED;
    program.event.why = WHY_SIGNAL;
    program.event.signal = fault_signal(TAG_LABEL(fault->tag), vector);
    flags = fault->word[4];
    if (is_exception && vector == VECTOR_STEP)
        (void)!set_register(0, REGISTER_RFLAGS, flags & ~FLAGS_STEP);
    if (is_exception && vector == VECTOR_BREAK && place_find(ip - 1) < program.places) {
        program.event.why = WHY_BREAK;
        (void)!set_register(0, REGISTER_RIP, ip - 1);
    }
}

/* ---- Beginning and end ----------------------------------------------------------------------- */

static void forget(void)
{
    remove_all();
    agent_leave();
    file_close();
    slot_drop(&program.thread);
    slot_drop(&program.vspace);
}

static void leave(void)
{
    if (program.event.state != TARGET_RUNS && program.event.state != TARGET_STOPPED)
        return;
    if (program.event.state == TARGET_RUNS)
        (void)!halt();
    forget();
    program.event.state = TARGET_NONE;
    (void)!debug_detach(debug.root);
}

/* With a signal its fault happens again, and is the root task's this time. */
static err_t resume(uint32_t thread, uint32_t signal)
{
    (void)thread;
    if (signal && program.event.why == WHY_SIGNAL) {
        leave();
        program.event.state = TARGET_ENDED;
        program.event.status = (int32_t)signal;
        return 0;
    }
    program.event.state = TARGET_RUNS;
    return thread_resume(program.thread);
}

/* Its capabilities are gone, its file isn't: whoever runs it next shall find no breakpoints. */
void program_ended(void)
{
    if (program.event.state != TARGET_RUNS && program.event.state != TARGET_STOPPED)
        return;
    forget();
    program.event.state = TARGET_ENDED;
    program.event.status = 0;
}

/* It's the root task's and the supervisor's to end programs: it faults where nobody helps. */
static err_t kill(void)
{
    err_t error;

    if (program.event.state == TARGET_RUNS)
        (void)!halt();
    error = thread_write_registers(program.thread, REGISTER_RIP, 1, 0, 0, 0, 0);
    leave();
    return error;
}

static err_t fault_make(void)
{
    if (program.fault)
        return 0;
    program.fault = slot_take();
    return program.fault ? cnode_mint(debug.cnode, CAP_INDEX(program.fault), program_cap("self"),
                                      RIGHT_ENDPOINT_CALL, FAULT_BADGE)
                         : RPC_FULL;
}

static err_t attach(uint32_t index)
{
    struct rpc_client client = root_client();

    program.thread = slot_take();
    program.vspace = slot_take();
    if (!program.thread || !program.vspace)
        return RPC_FULL;
    return debug_attach(&client, index, debug.program_event, program.thread, program.vspace,
                        &program.bytes);
}

err_t program_attach(uint32_t index)
{
    err_t error = fault_make();

    if (!error)
        error = attach(index);
    if (error) {
        slot_drop(&program.thread);
        slot_drop(&program.vspace);
        return error;
    }
    program.event = (struct target_event){.state = TARGET_RUNS};
    error = file_open();
    if (!error)
        error = agent_enter(program.vspace);
    if (!error)
        error = thread_set_fault(program.thread, program.fault);
    if (!error)
        error = halt();
    if (error)
        leave();
    return error;
}

const struct target program_target = {
    state, halt,   resume, next_thread, registers, set_register, read,
    write, insert, remove, is_idle,     leave,     kill,
};
