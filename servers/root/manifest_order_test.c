/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/root/manifest.c servers/root/manifest_cap.c */
/* sources: servers/root/manifest_program.c servers/root/manifest_order.c */
/* sources: servers/root/words.c kernel/lib/format.c */
/* What the manifest says for a supervisor: needs, demand, restarts, heartbeats, memory. */

#include <stdio.h>
#include <string.h>

#include "kernel/abi/types.h"
#include "servers/root/manifest.h"

static struct manifest manifest;
static int failures;

static void report(const char *name, bool good, const char *why)
{
    if (good)
        printf("ok %s\n", name);
    else
        printf("not ok %s: %s\n", name, why);
    failures += !good;
}

static void expect_error(const char *text, const char *expected)
{
    char error[MANIFEST_ERROR_MAX] = "accepted";
    bool good = !manifest_read(text, strlen(text), &manifest, error);
    report(expected, good && strcmp(error, expected) == 0, error);
}

static void expect_good(const char *name, const char *text)
{
    char error[MANIFEST_ERROR_MAX] = "";
    report(name, manifest_read(text, strlen(text), &manifest, error), error);
}

static const char whole[] = "endpoint e\n"
                            "reserve 16 MiB to 64 MiB\n"
                            "program a module m\n"
                            "    priority 1\n"
                            "    needs b c # further below\n"
                            "    needs supervisor\n"
                            "    restart always\n"
                            "program b module m\n"
                            "    serve e\n"
                            "    heartbeat 500 ms\n"
                            "    restart on-failure\n"
                            "    cap memory\n"
                            "program c module m\n"
                            "    priority 1\n"
                            "    essential\n"
                            "program supervisor module s\n"
                            "    priority 2\n"
                            "    cap root\n"
                            "program d module m\n"
                            "    priority 3\n"
                            "    demand\n"
                            "    needs a\n";

static void test_whole(void)
{
    expect_good("order: a manifest with a supervisor", whole);
    const struct manifest_program *program = manifest.program;

    report("order: needs",
           program[0].needs == 0xe && program[1].needs == 0 && program[4].needs == 1,
           "wrong programs");
    report("order: restarts",
           program[0].restart == RESTART_ALWAYS && program[1].restart == RESTART_ON_FAILURE &&
               program[2].restart == RESTART_NEVER,
           "wrong");
    report("order: flags",
           !program[0].is_essential && program[2].is_essential && program[4].is_on_demand &&
               !program[3].is_on_demand && program[1].heartbeat == 500000000,
           "wrong");
    report("order: memory and root",
           manifest.reserve == 16 << 20 && manifest.reserve_most == 64 << 20 &&
               manifest.memory == 1 && manifest.supervisor == 3,
           "wrong");
    report("order: their capabilities",
           manifest.cap[0].kind == KIND_MEMORY && strcmp(manifest.cap[0].name, "memory") == 0 &&
               manifest_type(KIND_MEMORY) == OBJECT_UNTYPED && manifest.cap[0].rights == 0 &&
               manifest.cap[1].kind == KIND_ROOT && strcmp(manifest.cap[1].name, "root") == 0 &&
               manifest.cap[1].rights == (RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_TRANSFER),
           "wrong");
}

#define A "endpoint e\nprogram a module m\npriority 1\n"
#define B "program b module m\npriority 1\n"

static void test_needs(void)
{
    expect_error(A "needs", "manifest:4:6: expected a program's name, found the end of the line");
    expect_error(A "needs b \"c\"", "manifest:4:9: expected a program's name, found \"c\"");
    expect_error(A "  needs a b\n" B, "manifest:4:9: program \"a\" would need itself, by way of "
                                      "\"a\"");
    expect_error(A "needs b c\n" B, "manifest:4:9: program \"a\" needs \"c\", which isn't there");
    expect_error(A "needs b\n" B "needs a\n",
                 "manifest:4:7: program \"a\" would need itself, by way of \"b\"");
    expect_error(A "needs b\n" B "needs c d\nprogram c module m\npriority 1\nneeds d\n"
                   "program d module m\npriority 1\nneeds b",
                 "manifest:7:7: program \"b\" would need itself, by way of \"c\"");
    expect_error(A "needs b\n" B "demand\nprogram s module m\npriority 1\ncap root",
                 "manifest:4:7: program \"a\" needs \"b\", which is made on demand only");
    expect_good("order: the same need twice", A "needs b\nneeds b\n" B);
}

/* A chain of all programs, the last first; and one need more than there is room for. */
static void test_many(void)
{
    static char text[16384];
    size_t length = 0;

    for (unsigned i = 0; i < MANIFEST_PROGRAMS_MAX; i++) {
        length += (size_t)sprintf(text + length, "program p%u module m\npriority 1\n", i);
        if (i + 1 < MANIFEST_PROGRAMS_MAX)
            length += (size_t)sprintf(text + length, "needs p%u\n", i + 1);
    }
    expect_good("order: as many programs as there may be", text);
    report("order: the last is needed",
           manifest.program[MANIFEST_PROGRAMS_MAX - 2].needs ==
                   1ull << (MANIFEST_PROGRAMS_MAX - 1) &&
               manifest.program[MANIFEST_PROGRAMS_MAX - 1].needs == 0,
           "it isn't");
    length = (size_t)sprintf(text, "program p module m\npriority 1\n");
    for (unsigned i = 0; i <= MANIFEST_NEEDS_MAX; i++)
        length += (size_t)sprintf(text + length, "needs p\n");
    expect_error(text, "manifest:67:7: more than 64 needs");
}

static void test_policy(void)
{
    expect_error("restart always", "manifest:1:1: only within a program: \"restart\"");
    expect_error(A "restart", "manifest:4:8: expected never, on-failure or always, found the end "
                              "of the line");
    expect_error(A "restart sometimes",
                 "manifest:4:9: expected never, on-failure or always, found \"sometimes\"");
    expect_error(A "  heartbeat 1 s\n" B,
                 "manifest:4:13: program \"a\" has a heartbeat, but serves no endpoint");
    expect_error(A "heartbeat 9 ms\nserve e",
                 "manifest:4:11: a heartbeat is 10000 us to 60000000 us, not 9 ms");
    expect_error(A "essential now", "manifest:4:11: expected the end of the line, found \"now\"");
    expect_good("order: a heartbeat before the endpoint", A "heartbeat 1 s\nserve e");
}

static void test_single(void)
{
    expect_error("reserve", "manifest:1:8: expected a size, found the end of the line");
    expect_error("reserve 3 MiB", "manifest:1:9: 3 MiB is not a power of two");
    expect_error("reserve 4 MiB to 2 MiB",
                 "manifest:1:18: 2 MiB is not within 4096 KiB to 67108864 KiB");
    expect_error("reserve 4 MiB\nreserve 4 MiB", "manifest:2:9: there is already a reserve");
    expect_error(A "cap memory\n" B "cap memory", "manifest:7:5: program \"a\" has that already");
    expect_error(A "cap root\ncap root as again", "manifest:5:5: program \"a\" has that already");
    expect_error(A "cap root badge 3", "manifest:4:10: only an endpoint or a notification has a "
                                       "badge");
    expect_error(A "demand\n" B,
                 "manifest:2:1: program \"a\" is made on demand, but none has \"cap root\"");
    expect_error(A "demand\ncap root",
                 "manifest:2:1: program \"a\" can't be made on demand: it has \"cap root\"");
    expect_error(A "demand\ncap memory\n" B "cap root",
                 "manifest:2:1: program \"a\" can't be made on demand: it has \"cap memory\"");
}

int main(void)
{
    test_whole();
    test_needs();
    test_many();
    test_policy();
    test_single();
    return failures != 0;
}
