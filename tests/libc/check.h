/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Results of the C library's tests: lines "ok libc: NAME" and "not ok libc: NAME: why". Plain
 * POSIX, so that the tests can be run on another system to see whether they are right themselves.
 */
#ifndef TESTS_LIBC_CHECK_H
#define TESTS_LIBC_CHECK_H

#include <stdbool.h>

/* A condition; its text is the reason. errno is told too. */
#define CHECK(name, condition) check_report(name, condition, #condition, __FILE__, __LINE__)

void check_report(const char *name, bool good, const char *condition, const char *file, int line);

/* -1 with this errno. */
#define FAILS(name, number, call) check_fails(name, number, call, #call, __FILE__, __LINE__)

void check_fails(const char *name, int number, long result, const char *call, const char *file,
                 int line);

void test_files(void);
void test_paths(void);
void test_pipes(void);
void test_processes(void);
void test_spawn(void);
void test_signals(void);
void test_memory(void);
void test_time(void);
void test_threads(void);

/* Where the tests make their files: a directory of their own. */
#define PLACE "/tmp/libc-test"

/* The name by which the program was started, for those who start it again. */
extern const char *check_program;

#endif
