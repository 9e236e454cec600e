/* SPDX-License-Identifier: BSD-2-Clause */
/* What the log says of a process that a fault ended. */

#include "libsys/invoke.h"
#include "libsys/log.h"
#include "libsys/memory_client.h"
#include "libsys/program.h"
#include "servers/process/fault.h"
#include "servers/process/signal.h"
#include "servers/process/symbol.h"

#define FRAMES_MAX 12
#define REGIONS_MAX 24
#define REGISTERS 19

static const char *access_words(uint64_t code)
{
    if (code & FAULT_FETCH)
        return "execution of";
    return code & FAULT_WRITE ? "write to" : "read of";
}

static const char *reason_words(const struct memory_fault *fault)
{
    if (fault->reason == ERR_CODE(RPC_NO_MEMORY))
        return "no memory is left";
    if (fault->reason == ERR_CODE(RPC_QUOTA))
        return "its quota is used up";
    if (fault->reason == ERR_CODE(RPC_FULL))
        return "its pages lie at too many places";
    if (fault->reason == ERR_CODE(RPC_OUT_OF_RANGE))
        return "behind the end of the file";
    return fault->reason == ERR_CODE(RPC_DENIED) || (fault->code & FAULT_PRESENT)
               ? "not allowed there"
               : "nothing is mapped there";
}

static void say_what(const struct process *process, const struct memory_fault *fault, int signal)
{
    const char *name = signal_name(signal);

    if (fault->kind == FAULT_PAGE)
        log_write(LOG_WARNING, "%s (pid %d): %s: %s 0x%lx: %s", process->name, process->pid, name,
                  access_words(fault->code), fault->address, reason_words(fault));
    else if (fault->kind == FAULT_EXCEPTION)
        log_write(LOG_WARNING, "%s (pid %d): %s: exception %lu, error code 0x%lx", process->name,
                  process->pid, name, fault->address, fault->code);
    else
        log_write(LOG_WARNING, "%s (pid %d): %s: system call %lu isn't one", process->name,
                  process->pid, name, fault->code);
}

/* ---- Registers ------------------------------------------------------------------------------- */

static bool registers_read(const struct thread *thread, uint64_t value[REGISTERS + 5])
{
    for (unsigned first = 0; first < REGISTERS; first += 8) {
        unsigned count = REGISTERS - first < 8 ? REGISTERS - first : 8;
        uint64_t *v = value + first;
        if (thread_read_registers(thread->thread, first, count, &v[0], &v[1], &v[2], &v[3], &v[4],
                                  &v[5], &v[6], &v[7]))
            return false;
    }
    return true;
}

static void say_registers(const uint64_t *r)
{
    log_write(LOG_NOTICE, "  rax %016lx rbx %016lx rcx %016lx rdx %016lx", r[REGISTER_RAX],
              r[REGISTER_RBX], r[REGISTER_RCX], r[REGISTER_RDX]);
    log_write(LOG_NOTICE, "  rsi %016lx rdi %016lx rbp %016lx rsp %016lx", r[REGISTER_RSI],
              r[REGISTER_RDI], r[REGISTER_RBP], r[REGISTER_RSP]);
    log_write(LOG_NOTICE, "  r8  %016lx r9  %016lx r10 %016lx r11 %016lx", r[REGISTER_R8],
              r[REGISTER_R9], r[REGISTER_R10], r[REGISTER_R11]);
    log_write(LOG_NOTICE, "  r12 %016lx r13 %016lx r14 %016lx r15 %016lx", r[REGISTER_R12],
              r[REGISTER_R13], r[REGISTER_R14], r[REGISTER_R15]);
}

/* ---- Backtrace ------------------------------------------------------------------------------- */

static bool is_code(const struct process *process, uint64_t address)
{
    struct memory_region region = {0};

    return !memory_space_region(own.authority.cap, process->space, address, &region) &&
           address - region.address < region.length && (region.access & MEMORY_EXECUTE);
}

static void say_place(const struct process *process, const char *what, uint64_t address)
{
    char text[SYMBOL_ROOM];

    symbol_find(process, address, text);
    log_write(LOG_NOTICE, "  %s 0x%lx %s", what, address, text);
}

/*
 * Code built without frame pointers leaves no chain: what lies on the stack and points behind
 * instructions is taken for return addresses. Some of them may be old.
 */
static void say_stack(const struct process *process, uint64_t sp)
{
    uint64_t words[48];
    uint32_t size = 0, said = 0;

    if (memory_space_read(&own.authority, process->space, sp & ~7ull, words, sizeof(words), &size))
        return;
    for (uint32_t i = 0; i < size / 8 && said < FRAMES_MAX; i++)
        if (is_code(process, words[i])) {
            say_place(process, "from", words[i]);
            said++;
        }
}

static void say_regions(const struct process *process)
{
    struct memory_region region = {0};
    uint64_t from = 0;

    for (unsigned i = 0; i < REGIONS_MAX; i++, from = region.address + region.length) {
        if (memory_space_region(own.authority.cap, process->space, from, &region))
            return;
        log_write(LOG_INFO, "  %012lx-%012lx %c%c%c %lu KiB resident", region.address,
                  region.address + region.length, region.access & MEMORY_READ ? 'r' : '-',
                  region.access & MEMORY_WRITE ? 'w' : '-',
                  region.access & MEMORY_EXECUTE ? 'x' : '-', region.resident / 1024);
    }
}

void report_fault(struct process *process, const struct thread *thread,
                  const struct memory_fault *fault, int signal)
{
    uint64_t registers[REGISTERS + 5];

    say_what(process, fault, signal);
    symbol_begin(process);
    say_place(process, "at", fault->ip);
    if (registers_read(thread, registers))
        say_registers(registers);
    say_stack(process, fault->sp);
    say_regions(process);
    symbol_end();
}
