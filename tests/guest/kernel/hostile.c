/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile programs: instructions that aren't for users (snippets.S), addresses that aren't theirs,
 * flags set where they hurt. The offender gets its fault, with the address and cause, and can be
 * answered and go on; nobody else notices.
 */

#include "kernel/abi/bootinfo.h"
#include "libsys/program.h"
#include "tests/guest/kernel/await.h"
#include "tests/guest/kernel/hostile.h"
#include "tests/guest/kernel/probe.h"

/* A line of the table in snippets.S. */
struct snippet {
    const char *name;
    void (*start)(void);
    const char *at;
    uint32_t vectors;
    int32_t error;
};

#define BY_SMAP (1u << 28)
#define ANYWHERE (1u << 29)
#define UNLESS_UMIP (1u << 30)
#define THROUGH (1u << 31)

extern const struct snippet hostile_table[], hostile_table_end[];

static const struct snippet *snippet;

static bool may_go_through(void)
{
    if (snippet->vectors & UNLESS_UMIP)
        return !(program_info()->features & BOOT_FEATURE_UMIP);
    return snippet->vectors & THROUGH;
}

static void expect_caught(const struct task *task)
{
    const struct report *report = &task->report;
    uint64_t vector = report->fault == FAULT_PAGE ? 14 : report->address;

    EXPECT_EQUAL(report->count, 1);
    if (report->fault == FAULT_SYSCALL && report->code == REPORT_VALUE) {
        if (!may_go_through())
            FAIL("it got through");
        EXPECT_EQUAL(report->flags & 0x3ffed7, 0x202);
        return;
    }
    if (report->fault == FAULT_SYSCALL)
        FAIL("unknown system call %lu", report->code);
    if (vector == 14 && (snippet->vectors & BY_SMAP) &&
        (program_info()->features & BOOT_FEATURE_SMAP))
        return;
    if (!(snippet->vectors >> vector & 1))
        FAIL("exception %lu, error code 0x%lx, at 0x%lx", vector, report->code, report->ip);
    if (!(snippet->vectors & ANYWHERE))
        EXPECT_EQUAL(report->ip, snippet->at);
    if (snippet->error >= 0)
        EXPECT_EQUAL(report->code, snippet->error);
    EXPECT_EQUAL(report->flags & 0x3200, 0x200); /* interrupts on, IOPL 0 */
}

static void run_snippet(void)
{
    struct task *task = task_make(process_make(), PRIORITY_USUAL);

    task_start(task, snippet->start);
    settle();
    expect_caught(task);
    task_continue(task); /* and it is caught again, or runs into what comes next */
    settle();
    EXPECT(task->report.count == 1);
}

void hostile_snippets(void)
{
    for (snippet = hostile_table; snippet < hostile_table_end; snippet++) {
        const struct test test = {snippet->name, run_snippet};
        test_run("hostile", &test);
    }
}

/* ---- Software interrupts ---- */

/* int n for every n but 3, which is for everyone: the gates are the kernel's. */
static void interrupts(void)
{
    struct process *process = process_make();
    struct task *task = task_make(process, PRIORITY_USUAL);
    cap_t frame = case_make(OBJECT_FRAME, 12), copy = case_map(frame, AT, RW);

    for (unsigned n = 0; n < 256; n++) {
        ((uint8_t *)AT)[4 * n] = 0xcd;
        ((uint8_t *)AT)[4 * n + 1] = (uint8_t)n;
        ((uint8_t *)AT)[4 * n + 2] = 0x0f; /* ud2 */
        ((uint8_t *)AT)[4 * n + 3] = 0x0b;
    }
    OK(cnode_delete, own.cnode, CAP_INDEX(copy));
    process_map(process, frame, AT, ACCESS_READ | ACCESS_EXECUTE);
    for (unsigned n = 0; n < 256; n++) {
        OK(thread_suspend, task->thread);
        task->area->data[0] = AT + 4 * n;
        task_start(task, victim_jump);
        settle();
        expect_exception(task, n == 3 ? 3 : 13);
        if (task->report.code != n * 16 + 2) /* an emulator counts so */
            EXPECT_EQUAL(task->report.code, n == 3 ? 0 : n * 8 + 2);
        EXPECT_EQUAL(task->report.ip, AT + 4 * n + (n == 3 ? 2 : 0));
    }
}

/* ---- Addresses ---- */

static const uint64_t kernels_addresses[] = {
    0xffffff8000000000,                                         /* the null objects */
    0xffffff8040000000,                                         /* physical memory */
    0xffffff8040100000, 0xffffff8060000000, 0xffffffc000000000, /* devices */
    0xffffffff80000000,                                         /* the kernel's image */
    0xffffffff80100000, 0xffffffff80110000, 0xffffffff801ff000,
    0xffffffff80200000, /* the next CPU's */
    0xffff800000000000, 0xfffffffffffffff8,
};

static void kernel_addresses(void)
{
    prober_make(process_make());
    for (unsigned i = 0; i < sizeof(kernels_addresses) / sizeof(kernels_addresses[0]); i++) {
        uint64_t at = kernels_addresses[i], value = 0;
        if (probe(victim_read_data, at, &value))
            FAIL("0x%lx can be read: 0x%lx", at, value);
        EXPECT_EQUAL(prober->report.code & ~1ull, 0);
        EXPECT(!probe(victim_write_data, at, &value));
        EXPECT_EQUAL(prober->report.code & ~1ull, FAULT_WRITE);
        EXPECT(!probe(victim_jump, at, &value));
        EXPECT_EQUAL(prober->report.code & ~1ull, FAULT_FETCH);
        EXPECT_EQUAL(prober->report.ip, LIMIT); /* where it is isn't kept, only that it's outside */
    }
}

static void user_addresses(void)
{
    static const uint64_t addresses[] = {0,        8,         0xff8, 0x1000,        0x10000,
                                         0x3f0000, LIMIT - 8, LIMIT, LIMIT + 0xff8, 0x123456789000};

    prober_make(process_make());
    for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        expect_no_read(addresses[i], 0);
        expect_no_write(addresses[i], FAULT_WRITE);
        expect_no_execute(addresses[i]);
    }
}

/* The hole between the halves: none of its addresses may ever reach SYSRET or IRET. */
static void hole_addresses(void)
{
    static const uint64_t addresses[] = {0x800000000000, 0x1000000000000, 0x4000000000000000,
                                         0x8000000000000000, 0xffff7fffffffffff & -8ull};
    static void (*const entries[])(void) = {victim_read_data, victim_write_data, victim_jump};
    struct process *process = process_make();

    for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        for (unsigned k = 0; k < 3; k++) {
            struct task *task = i + k ? &tasks[0] : task_make(process, PRIORITY_USUAL);
            OK(thread_suspend, task->thread);
            task->area->data[0] = addresses[i];
            task_start(task, entries[k]);
            settle();
            expect_exception(task, 13);
            for (unsigned again = 0; again < 3; again++) {
                task_continue(task);
                settle();
                if (task->report.fault == FAULT_PAGE) /* it jumped: the place it is held at */
                    expect_page_fault(task, LIMIT, FAULT_FETCH);
                else
                    expect_exception(task, 13);
            }
        }
    }
}

/* Its own text, constants and code can't be written, its data not executed. */
static void own_memory(void)
{
    struct process *process = process_make();

    prober_make(process);
    expect_no_write((uint64_t)victim_script, FAULT_PRESENT | FAULT_WRITE);
    expect_no_write((uint64_t)hostile_table, FAULT_PRESENT | FAULT_WRITE);
    expect_no_execute((uint64_t)hostile_table);
    expect_no_execute((uint64_t)prober->area);
}

/* A system call at the very end of the user's space: it comes back to an address that faults. */
static void last_page(void)
{
    static const uint8_t code[] = {0xb8, 0x03, 0, 0, 0, 0x0f, 0x05}; /* INSPECT; syscall */
    struct process *process = process_make();
    struct task *task = task_make(process, PRIORITY_USUAL);
    cap_t frame = case_make(OBJECT_FRAME, 12), copy = case_map(frame, AT, RW);
    uint8_t *end = (uint8_t *)AT + PAGE - sizeof(code);

    for (unsigned i = 0; i < sizeof(code); i++)
        end[i] = code[i];
    OK(cnode_delete, own.cnode, CAP_INDEX(copy));
    process_map(process, frame, LIMIT - PAGE, ACCESS_READ | ACCESS_EXECUTE);
    task->area->data[0] = LIMIT - sizeof(code);
    task_start(task, victim_jump);
    settle();
    expect_page_fault(task, LIMIT, FAULT_FETCH);
    EXPECT_EQUAL(task->report.ip, LIMIT);
    task_continue(task);
    settle();
    expect_page_fault(task, LIMIT, FAULT_FETCH);
}

/* ---- Flags ---- */

void flags_over_syscall(void);
void flags_over_fault(void);
void flags_over_unknown(void);
void flags_over_int3(void);
void flags_over_time(void);
extern char flags_over_time_at[];

#define FLAGS_ARITHMETIC 0x8d5u
#define FLAG_DF 0x400u
#define FLAG_NT 0x4000u
#define FLAG_AC 0x40000u
#define FLAG_ID 0x200000u
#define FLAG_IF 0x200u

static const uint64_t flag_sets[] = {
    0,
    FLAGS_ARITHMETIC,
    FLAG_DF,
    FLAG_NT,
    FLAG_AC,
    FLAG_ID,
    FLAG_DF | FLAG_NT | FLAG_AC,
    0x3000, /* IOPL, which stays what it is */
    0x180000 /* virtual interrupts */,
    FLAGS_ARITHMETIC | FLAG_DF | FLAG_NT | FLAG_AC | FLAG_ID,
};

/* What popf of these gives: interrupts stay on, IOPL stays 0. */
static uint64_t flags_of(uint64_t set)
{
    return (set & (FLAGS_ARITHMETIC | FLAG_DF | FLAG_NT | FLAG_AC | FLAG_ID)) | 0x202;
}

/* The task, in its own process, with these flags at what it does. */
static struct task *with_flags(struct process *process, void (*entry)(void), uint64_t set)
{
    static struct task *task;

    if (process)
        task = task_make(process, PRIORITY_USUAL);
    OK(thread_suspend, task->thread); // NOLINT(clang-analyzer-core.NullDereference): process, once
    task->area->data[0] = set;
    task_start(task, entry);
    return task;
}

#define FLAG_SETS (sizeof(flag_sets) / sizeof(flag_sets[0]))

static void flags_syscall(void)
{
    for (unsigned i = 0; i < FLAG_SETS; i++) {
        struct task *task = with_flags(i ? NULL : process_make(), flags_over_syscall, flag_sets[i]);
        settle();
        expect_done(task);
        EXPECT_EQUAL(task->area->data[1], 0x202);
    }
}

/* An exception reports the flags, and they are there again after the answer. */
static void flags_exception(void (*entry)(void), enum fault fault)
{
    for (unsigned i = 0; i < FLAG_SETS; i++) {
        struct task *task = with_flags(i ? NULL : process_make(), entry, flag_sets[i]);
        settle();
        EXPECT_EQUAL(task->report.count, 1);
        EXPECT_EQUAL(task->report.fault, fault);
        uint64_t expected = fault == FAULT_SYSCALL ? 0x202 : flags_of(flag_sets[i]);
        EXPECT_EQUAL(task->report.flags & ~0x10000ull, expected); /* RF comes and goes */
        if (fault == FAULT_PAGE) /* behind the instruction, which is 8 bytes long */
            OK(thread_write_registers, task->thread, REGISTER_RIP, 1, task->report.ip + 8, 0, 0, 0);
        task_continue(task);
        settle();
        EXPECT_EQUAL(task->report.code, REPORT_DONE);
        EXPECT_EQUAL(task->area->data[1], expected);
    }
}

static void flags_fault(void)
{
    flags_exception(flags_over_fault, FAULT_PAGE);
}

static void flags_int3(void)
{
    flags_exception(flags_over_int3, FAULT_EXCEPTION);
}

static void flags_unknown(void)
{
    flags_exception(flags_over_unknown, FAULT_SYSCALL);
}

/* Interrupts take them away and give them back. */
static void flags_interrupt(void)
{
    for (unsigned i = 0; i < FLAG_SETS; i++) {
        struct task *task = with_flags(i ? NULL : process_make(), flags_over_time, flag_sets[i]);
        for (unsigned k = 0; k < 5; k++)
            runner_sleep(500);
        await_address(task, flags_over_time_at);
        EXPECT_EQUAL(task_register(task, REGISTER_RFLAGS), flags_of(flag_sets[i]));
    }
}

static const struct test hostile_tests[] = {
    {"int n", interrupts},
    {"addresses of the kernel", kernel_addresses},
    {"addresses of nobody", user_addresses},
    {"addresses between the halves", hole_addresses},
    {"own code and constants", own_memory},
    {"system call at the last page's end", last_page},
    {"flags over a system call", flags_syscall},
    {"flags over a page fault", flags_fault},
    {"flags over a breakpoint", flags_int3},
    {"flags over an unknown system call", flags_unknown},
    {"flags over an interrupt", flags_interrupt},
};
GROUP("hostile", hostile_tests);
