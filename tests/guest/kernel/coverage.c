/* SPDX-License-Identifier: BSD-2-Clause */
/* See coverage.h. */

#include "tests/guest/kernel/coverage.h"

#include "libsys/names.h"
#include "libsys/print.h"
#include "libsys/program.h"
#include "tests/guest/kernel/memory.h"

enum error_bit {
    BIT_ = 0, /* an empty list */
#define ERROR(code, NAME, blame, doc) BIT_##NAME = 1 << (code),
#include "kernel/abi/errors.def"
#undef ERROR
    BIT_COUNT
};

#define ERRORS(...) ERRORS_8(__VA_ARGS__, , , , , , , , )
#define ERRORS_8(a, b, c, d, e, f, g, h, ...) \
    (BIT_##a | BIT_##b | BIT_##c | BIT_##d | BIT_##e | BIT_##f | BIT_##g | BIT_##h)

const struct operation_entry operations[OPERATION_COUNT] = {
#define WORD(name, doc)     \
    {                       \
        ARGUMENT_WORD, 0, 0 \
    }
#define CAP(name, TYPE, rights, doc)        \
    {                                       \
        ARGUMENT_CAP, OBJECT_##TYPE, rights \
    }
#define OPTIONAL(name, TYPE, rights, doc)        \
    {                                            \
        ARGUMENT_OPTIONAL, OBJECT_##TYPE, rights \
    }
#define ANY(name, doc)     \
    {                      \
        ARGUMENT_ANY, 0, 0 \
    }
#define ARGS(...)   \
    {               \
        __VA_ARGS__ \
    }
#define INVOCATION(OBJECT, number, name, rights, args, results, errors, doc) \
    {#name, OBJECT_##OBJECT, number, rights, args, errors},
#include "kernel/abi/invocations.def"
#undef INVOCATION
#undef WORD
#undef CAP
#undef OPTIONAL
#undef ANY
#undef ARGS
};

/* What this program can't provoke, and why; with one CPU, or ever. */
static const struct {
    enum operation_index operation;
    uint32_t errors;
    const char *reason;
    bool one_cpu;
} exceptions[] = {
    {INDEX_untyped_retype, BIT_DEVICE_MEMORY | BIT_UNSUPPORTED, "no Untyped has device memory yet",
     false},
    {INDEX_sched_context_configure, BIT_WRONG_STATE, "there's no other CPU", true},
    {INDEX_sched_context_limit, BIT_WRONG_STATE, "likewise", true},
    {INDEX_platform_irq, ~0u, "the Platform is never given away: see the program `platform`",
     false},
    {INDEX_platform_ports, ~0u, "see the program `platform`", false},
    {INDEX_platform_device, ~0u, "see the program `platform`", false},
    {INDEX_platform_power_off, ~0u, "see the program `platform`", false},
};

static struct {
    bool succeeded;
    uint32_t errors;
} seen[OPERATION_COUNT];
static uint32_t codes_seen;

void coverage_note(enum operation_index operation, err_t result)
{
    if (result == 0)
        seen[operation].succeeded = true;
    else if (ERR_CODE(result) < ERROR_COUNT)
        seen[operation].errors |= 1u << ERR_CODE(result);
    coverage_note_code(ERR_CODE(result));
}

void coverage_note_code(enum error_code code)
{
    codes_seen |= 1u << code;
}

static uint32_t excepted(enum operation_index operation)
{
    uint32_t errors = 0;

    for (unsigned i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++)
        if (exceptions[i].operation == operation &&
            !(exceptions[i].one_cpu && program_info()->cpu_running > 1))
            errors |= exceptions[i].errors;
    return errors;
}

static uint32_t implied(const struct operation_entry *entry)
{
    uint32_t errors = entry->object == OBJECT_REPLY ? 0 : BIT_INVALID_CAPABILITY;

    if (entry->rights)
        errors |= BIT_MISSING_RIGHT;
    for (unsigned i = 0; i < 6; i++) {
        const struct argument_entry *argument = &entry->argument[i];
        if (argument->kind < ARGUMENT_CAP)
            continue;
        errors |= BIT_INVALID_CAPABILITY | BIT_OUT_OF_RANGE;
        if (argument->kind != ARGUMENT_ANY)
            errors |= BIT_WRONG_TYPE | BIT_MISSING_RIGHT;
    }
    return errors;
}

static void report_missing(const struct operation_entry *entry, uint32_t missing, bool untried)
{
    if (!missing && !untried) {
        test_line(entry->name, true, "");
        return;
    }
    print("not ok kernel: coverage.%s:%s no case for", entry->name,
          untried ? " it never succeeded;" : "");
    for (unsigned code = 1; code < ERROR_COUNT; code++)
        if (missing >> code & 1)
            print(" %s", error_name((err_t)code));
    print("\n");
    test_failures++;
}

static void report_operation(enum operation_index index)
{
    const struct operation_entry *entry = &operations[index];
    uint32_t all = entry->errors | implied(entry), except = excepted(index);

    report_missing(entry, all & ~except & ~seen[index].errors,
                   !seen[index].succeeded && except != ~0u);
    if (seen[index].errors & ~all) {
        print("not ok kernel: coverage.%s: not listed:", entry->name);
        for (unsigned code = 1; code < ERROR_COUNT; code++)
            if ((seen[index].errors & ~all) >> code & 1)
                print(" %s", error_name((err_t)code));
        print("\n");
        test_failures++;
    }
}

void coverage_report(void)
{
    uint32_t all = 0;

    if (memory_was_short) {
        print("skip kernel: coverage: cases were skipped for lack of memory\n");
        return;
    }
    for (enum operation_index i = 0; i < OPERATION_COUNT; i++)
        report_operation(i);
    for (unsigned code = 1; code < ERROR_COUNT; code++)
        all |= 1u << code;
    all &= ~(uint32_t)BIT_UNSUPPORTED;
    for (unsigned code = 1; code < ERROR_COUNT; code++)
        if ((all & ~codes_seen) >> code & 1)
            test_line(error_name((err_t)code), false, "no case returned this error");
}
