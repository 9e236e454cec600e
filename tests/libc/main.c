/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tests of the C library and, through it, of the servers: what POSIX says, and what happens when it
 * goes wrong. `libc-test` runs all groups, `libc-test GROUP` one. The status is the number of
 * failures.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/libc/check.h"

static int failures;
const char *check_program;

void check_report(const char *name, bool good, const char *condition, const char *file, int line)
{
    int number = errno;

    if (good) {
        printf("ok libc: %s\n", name);
    } else {
        printf("not ok libc: %s: %s:%d: not true: %s (errno %d, %s)\n", name, file, line, condition,
               number, strerror(number));
        failures++;
    }
    fflush(stdout);
}

void check_fails(const char *name, int number, long result, const char *call, const char *file,
                 int line)
{
    int got = errno;

    if (result == -1 && got == number) {
        printf("ok libc: %s\n", name);
    } else {
        printf("not ok libc: %s: %s:%d: %s gave %ld, errno %d (%s) where %d (%s) was expected\n",
               name, file, line, call, result, got, strerror(got), number, strerror(number));
        failures++;
    }
    fflush(stdout);
}

static const struct group {
    const char *name;
    void (*run)(void);
} groups[] = {
    {"files", test_files},         {"paths", test_paths}, {"pipes", test_pipes},
    {"processes", test_processes}, {"spawn", test_spawn}, {"signals", test_signals},
    {"memory", test_memory},       {"time", test_time},   {"threads", test_threads},
};

/* As a child of the tests of exec and spawn: `libc-test child STATUS TEXT`. */
static int child(char **argv)
{
    printf("%s %s\n", argv[3], getenv("LIBC_TEST") ? getenv("LIBC_TEST") : "-");
    fflush(stdout);
    return atoi(argv[2]);
}

int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : NULL;

    check_program = argv[0];
    if (argc == 4 && strcmp(argv[1], "child") == 0)
        return child(argv);
    if (mkdir(PLACE, 0755) || chdir(PLACE)) {
        printf("not ok libc: %s can't be made and entered: %s\n", PLACE, strerror(errno));
        return 1;
    }
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        if (!only || strcmp(only, groups[i].name) == 0)
            groups[i].run();
    CHECK("the place is left", chdir("/") == 0);
    CHECK("nothing is left in it", rmdir(PLACE) == 0);
    printf("libc-test: %d failed\n", failures);
    return failures != 0;
}
