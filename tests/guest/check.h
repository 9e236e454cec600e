/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Results of a guest test: a line "ok NAME" or "not ok NAME: why" for each, counted by `make test`.
 * A program ends with the number that failed as its status, so that a failure fails the run even
 * if nobody reads the lines.
 */
#ifndef TESTS_GUEST_CHECK_H
#define TESTS_GUEST_CHECK_H

#include "libsys/names.h"
#include "libsys/print.h"
#include "libsys/program.h"
#include "libsys/rpc_witness.h"

/* One for all files of a program. */
__attribute__((weak)) int check_failures;

/* For tools/check-answers; on lines of their own, so not while another is being printed. */
static inline void check_answers(void)
{
    struct rpc_witnessed next;

    while (rpc_witness_next(&next))
        print("answered %s.%s %s\n", next.interface, next.operation, next.error);
}

/* A condition; its text is the reason. */
#define CHECK(name, condition) check_report(name, condition, #condition)

static inline void check_report(const char *name, bool good, const char *condition)
{
    if (good) {
        print("ok %s: %s\n", program_text(program_info()->name), name);
    } else {
        print("not ok %s: %s: not true: %s\n", program_text(program_info()->name), name, condition);
        check_failures++;
    }
    check_answers();
}

/* A system call's result; `expected` is an error's code, or ERROR_NONE. */
static inline void check_error(const char *name, err_t error, enum error_code expected)
{
    if (ERR_CODE(error) == (unsigned)expected) {
        print("ok %s: %s\n", program_text(program_info()->name), name);
    } else {
        print("not ok %s: %s: %s (argument %u) where %s was expected\n",
              program_text(program_info()->name), name, error_name(error), ERR_ARGUMENT(error),
              error_name((err_t)expected));
        check_failures++;
    }
    check_answers();
}

#endif
