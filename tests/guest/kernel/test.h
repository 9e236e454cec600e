/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cases, and what they say. A case is a function that returns; EXPECT and its relatives end it
 * where something isn't as it should be. Each case begins with nothing but the case memory
 * (memory.h) and the runner (runner.h), and whatever it leaves is destroyed, and must then be gone.
 */
#ifndef TESTS_GUEST_KERNEL_TEST_H
#define TESTS_GUEST_KERNEL_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libsys/invoke.h"
#include "tests/guest/kernel/coverage.h"

struct test {
    const char *name;
    void (*run)(void);
};

struct test_group {
    const char *name;
    const struct test *tests;
    unsigned count;
};

/* A group of the tests in an array of that name: groups are listed in main.c. */
#define GROUP(name_, array) \
    const struct test_group array##_group = {name_, array, sizeof(array) / sizeof((array)[0])}

#define OBJECT_NOTHING OBJECT_NULL /* in an error: no object was found */

/* End the case: it failed, or this machine can't run it. */
_Noreturn __attribute__((format(printf, 3, 4))) void test_fail(const char *file, unsigned line,
                                                               const char *format, ...);
_Noreturn void test_skip(const char *reason);

#define FAIL(...) test_fail(__FILE__, __LINE__, __VA_ARGS__)
#define EXPECT(condition)                                              \
    do {                                                               \
        if (!(condition))                                              \
            test_fail(__FILE__, __LINE__, "not true: %s", #condition); \
    } while (0)
#define EXPECT_EQUAL(actual, expected)                                                            \
    do {                                                                                          \
        uint64_t actual_ = (uint64_t)(actual), expected_ = (uint64_t)(expected);                  \
        if (actual_ != expected_)                                                                 \
            test_fail(__FILE__, __LINE__, "%s is 0x%lx, not 0x%lx", #actual, actual_, expected_); \
    } while (0)

/* An operation that must succeed: OK(frame_map, frame, vspace, …). */
#define OK(...) OK_OF(__VA_ARGS__)
#define OK_OF(operation, ...) \
    test_result(__FILE__, __LINE__, INDEX_##operation, operation(__VA_ARGS__), ERROR_NONE, 0, 0)

/* One that must fail with this error, naming this argument, where this type of object was found. */
#define FAILS(code, argument, type, ...) FAILS_OF(code, argument, type, __VA_ARGS__)
#define FAILS_OF(code, argument, type, operation, ...)                                       \
    test_result(__FILE__, __LINE__, INDEX_##operation, operation(__VA_ARGS__), ERROR_##code, \
                argument, OBJECT_##type)

void test_result(const char *file, unsigned line, enum operation_index operation, err_t result,
                 enum error_code code, unsigned argument, unsigned type);

/* What a system call that isn't an operation returned. */
#define EXPECT_ERROR(result, code, argument, type) \
    test_error(__FILE__, __LINE__, #result, result, ERROR_##code, argument, OBJECT_##type)
#define EXPECT_NO_ERROR(result) test_error(__FILE__, __LINE__, #result, result, ERROR_NONE, 0, 0)

void test_error(const char *file, unsigned line, const char *what, err_t result,
                enum error_code code, unsigned argument, unsigned type);

/* Run one case, or a group, and print its line. */
void test_run(const char *group, const struct test *test);
/* One with nothing before or after it; prints nothing if all is well. */
bool test_run_alone(const struct test *test);
void test_run_group(const struct test_group *group);

/* What follows a word in the program's arguments; null: it isn't there. */
const char *test_argument(const char *word);
/* The number that follows it. */
uint64_t test_number(const char *word, uint64_t otherwise);

/* A line of its own, for what isn't a case. */
void test_line(const char *name, bool good, const char *why);

extern unsigned test_failures, test_passes, test_skips;

/* How error words are made: the code, the argument, the type, and whose fault it is. */
err_t test_error_word(enum error_code code, unsigned argument, unsigned type);

#endif
