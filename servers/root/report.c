/* SPDX-License-Identifier: BSD-2-Clause */
/* See report.h. */

#include "servers/root/report.h"

#include "libsys/format.h"
#include "libsys/invoke.h"
#include "libsys/print.h"
#include "servers/root/root.h"

#define MIB(bytes) ((bytes) >> 20)

static void report_features(void)
{
    static const char *const names[] = {"pcid",          "fsgsbase", "x2apic", "tsc-deadline",
                                        "tsc-invariant", "smap",     "smep",   "umip",
                                        "xsave",         "avx",      "ioapic"};

    print("  features  ");
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (root.boot->features & (1u << i))
            print(" %s", names[i]);
    print("\n");
}

static void report_modules(void)
{
    print("  modules   ");
    for (uint32_t i = 0; i < root.boot->module_count; i++) {
        const struct boot_module *module = &root.boot->module[i];
        print("%s %s (%lu KiB)", i ? "," : "", boot_text(module->name),
              (module->bytes + 1023) >> 10);
    }
    print("\n");
}

void report_boot(void)
{
    const struct boot_info *boot = root.boot;

    print("root: Marcona %s, ABI %016lx\n", boot_text(boot->build), boot->abi_hash);
    print("  processor  %s, %u of %u CPUs run, TSC %lu.%03lu MHz\n", boot_text(boot->cpu_name),
          boot->cpu_running, boot->cpu_count, boot->tsc_khz / 1000, boot->tsc_khz % 1000);
    print("  memory     %lu MiB of RAM, %lu MiB free in %u Untypeds, kernel keeps %lu KiB\n",
          MIB(boot_ram_bytes()), MIB(memory_free(&root.memory)), boot->untyped_count,
          boot->kernel_resident >> 10);
    report_features();
    print("  measures   %s\n", boot_text(boot->mitigations));
    report_modules();
    print("  boot       %lu ticks from the kernel's entry to root's\n",
          boot->tsc_root - boot->tsc_entry);
}

void report_memory(uint64_t reserve, uint64_t left)
{
    print("  given      %lu KiB to %s, %lu KiB kept for programs on demand\n", left >> 10,
          root.manifest.program[root.manifest.memory].name, reserve >> 10);
}

/* ---- Faults ------------------------------------------------------------------------------- */

static const char *exception_name(uint64_t vector)
{
    static const char *const names[] = {"divide error",
                                        "debug",
                                        "NMI",
                                        "breakpoint",
                                        "overflow",
                                        "bound range",
                                        "invalid opcode",
                                        "no FPU",
                                        "double fault",
                                        "vector 9",
                                        "invalid TSS",
                                        "segment not present",
                                        "stack segment",
                                        "general protection",
                                        "page fault",
                                        "vector 15",
                                        "x87 error",
                                        "alignment check",
                                        "machine check",
                                        "SIMD error",
                                        "virtualization",
                                        "control protection"};

    return vector < sizeof(names) / sizeof(names[0]) ? names[vector] : "unknown vector";
}

void report_cause(const struct message *fault, char *text, size_t size)
{
    uint64_t detail = fault->word[2];

    switch (TAG_LABEL(fault->tag)) {
    case FAULT_PAGE:
        format_buffer(text, size, "%s 0x%lx, %s",
                      detail & FAULT_FETCH   ? "fetch from"
                      : detail & FAULT_WRITE ? "write to"
                                             : "read of",
                      fault->word[1],
                      detail & FAULT_PRESENT ? "not allowed" : "nothing mapped there");
        break;
    case FAULT_EXCEPTION:
        format_buffer(text, size, "%s (vector %lu, error code 0x%lx)",
                      exception_name(fault->word[1]), fault->word[1], detail);
        break;
    case FAULT_SYSCALL:
        format_buffer(text, size, "unknown system call %lu", detail);
        break;
    default:
        format_buffer(text, size, "fault of unknown kind %lu", TAG_LABEL(fault->tag));
    }
}

/* Registers in groups of up to eight, as the kernel gives them. False: it doesn't. */
static bool registers_read(cap_t thread, uint64_t registers[REGISTER_COUNT])
{
    for (unsigned first = 0; first < REGISTER_COUNT; first += MESSAGE_WORDS) {
        unsigned count = REGISTER_COUNT - first;
        if (count > MESSAGE_WORDS)
            count = MESSAGE_WORDS;
        struct message message = {.tag = OP_thread_read_registers, .word = {first, count}};
        if (call(thread, &message))
            return false;
        for (unsigned i = 0; i < count; i++)
            registers[first + i] = message.word[i];
    }
    return true;
}

static void report_registers(const uint64_t registers[REGISTER_COUNT])
{
    static const struct {
        const char *name;
        unsigned number;
    } order[] = {
        {"rax", REGISTER_RAX}, {"rbx", REGISTER_RBX},    {"rcx", REGISTER_RCX},
        {"rdx", REGISTER_RDX}, {"rsi", REGISTER_RSI},    {"rdi", REGISTER_RDI},
        {"rbp", REGISTER_RBP}, {"rsp", REGISTER_RSP},    {"r8", REGISTER_R8},
        {"r9", REGISTER_R9},   {"r10", REGISTER_R10},    {"r11", REGISTER_R11},
        {"r12", REGISTER_R12}, {"r13", REGISTER_R13},    {"r14", REGISTER_R14},
        {"r15", REGISTER_R15}, {"fs", REGISTER_FS_BASE},
    };
    unsigned count = sizeof(order) / sizeof(order[0]);

    for (unsigned i = 0; i < count; i++)
        print("  %-3s %016lx%s", order[i].name, registers[order[i].number],
              i % 4 == 3 || i + 1 == count ? "\n" : "");
}

void report_fault(const char *program, cap_t thread, const struct message *fault)
{
    uint64_t registers[REGISTER_COUNT];
    char cause[REPORT_CAUSE_MAX];

    report_cause(fault, cause, sizeof(cause));
    print("root: %s faulted: %s\n  at 0x%lx, stack 0x%lx, flags 0x%lx\n", program, cause,
          fault->word[0], fault->word[3], fault->word[4]);
    if (registers_read(thread, registers) && registers[REGISTER_RIP] == fault->word[0])
        report_registers(registers);
    else
        print("  in a further thread of the program\n");
}
