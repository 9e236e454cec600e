/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which operations were seen to succeed, and with which errors each was seen to fail, against what
 * kernel/abi lists. What is listed and was never seen is a failure, unless coverage.c excepts it
 * with a reason.
 */
#ifndef TESTS_GUEST_KERNEL_COVERAGE_H
#define TESTS_GUEST_KERNEL_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/message.h"

enum operation_index {
#define INVOCATION(OBJECT, number, name, rights, args, results, errors, doc) INDEX_##name,
#include "kernel/abi/invocations.def"
#undef INVOCATION
    OPERATION_COUNT
};

enum argument_kind { ARGUMENT_NONE, ARGUMENT_WORD, ARGUMENT_CAP, ARGUMENT_OPTIONAL, ARGUMENT_ANY };

struct argument_entry {
    uint8_t kind, type, rights;
};

/* A line of invocations.def. */
struct operation_entry {
    const char *name;
    enum object_type object;
    unsigned number, rights;
    struct argument_entry argument[6];
    uint32_t errors; /* one bit each, without those that are implied */
};

extern const struct operation_entry operations[OPERATION_COUNT];

/* The error word of an operation, or 0. */
void coverage_note(enum operation_index operation, err_t result);

/* An error of a system call that isn't an operation. */
void coverage_note_code(enum error_code code);

/* Print a line for each operation, and one for the errors that belong to no operation. */
void coverage_report(void);

#endif
