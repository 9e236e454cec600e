/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/root/manifest.c servers/root/manifest_cap.c */
/* sources: servers/root/manifest_program.c servers/root/manifest_order.c */
/* sources: servers/root/words.c kernel/lib/format.c */
/* The manifest reader: one that uses everything, and every mistake with its line and column. */

#include <stdio.h>
#include <stdlib.h>
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

/* From a copy of exactly that size, so that reading past its end is seen. */
static bool read_text(const char *text, char *error)
{
    size_t size = strlen(text);
    char *copy = malloc(size ? size : 1);
    memcpy(copy, text, size);
    bool good = manifest_read(copy, size, &manifest, error);
    free(copy);
    return good;
}

static void expect_error(const char *text, const char *expected)
{
    char error[MANIFEST_ERROR_MAX] = "accepted";
    bool good = !read_text(text, error) && strcmp(error, expected) == 0;
    report(expected, good, error);
}

static void expect_good(const char *name, const char *text)
{
    char error[MANIFEST_ERROR_MAX] = "";
    report(name, read_text(text, error), error);
}

static const char everything[] =
    "# a comment\n"
    "endpoint service\t# and another\r\n"
    "notification tick\n"
    "untyped pool 8 MiB to 32 MiB\n"
    "untyped small 4 KiB\n"
    "frame shared 64 KiB\n"
    "irq timer isa 0\n"
    "irq nic line 19 level low\n"
    "ports com1 0x3f8 8\n"
    "device hpet 0xfed00000 4 KiB\n"
    "\n"
    "program server module bench-server\n"
    "    serve service\n"
    "    cap endpoint service receive\n"
    "program client module bench\n"
    "    priority 100\n"
    "    slice 1000 us\n"
    "    budget 1500 us of 10 ms\n"
    "    cnode 16384\n"
    "    vspace 256 KiB\n"
    "    stack 128 KiB\n"
    "    arguments \"a b # c\"\n"
    "    wait\n"
    "    vectors\n"
    "    domain 7\n"
    "    cap endpoint service call transfer badge 0xffffffff as server\n"
    "    cap notification tick signal wait badge 3\n"
    "    cap untyped pool\n"
    "    cap frame shared read write\n"
    "    cap irq timer\n"
    "    cap ports com1 read write as console\n"
    "    cap device hpet read write\n"
    "    cap module hostile read\n"
    "    cap cpu 200\n"
    "    cap cpu 150 share 12.5 % as little\n"
    "    cap parent\n"
    "    cap own cnode\n"
    "    cap own vspace\n"
    "    cap own thread control observe\n"
    "    cap own time use configure";

static bool server_is_right(const struct manifest_program *server)
{
    return strcmp(server->name, "server") == 0 && strcmp(server->module, "bench-server") == 0 &&
           server->is_passive && server->is_bound && server->serves == 0 && !server->is_awaited &&
           !server->has_vectors && server->domain == 0 && server->cap_count == 1 &&
           server->cnode_slots == 64 && server->arguments[0] == 0 && server->budget == 0 &&
           server->line == 12;
}

static bool client_is_right(const struct manifest_program *client)
{
    return !client->is_passive && !client->is_bound && client->priority == 100 &&
           client->slice == 1000000 && client->budget == 1500000 && client->period == 10000000 &&
           client->cnode_slots == 16384 && client->vspace_bytes == 256 << 10 &&
           client->stack_bytes == 128 << 10 && strcmp(client->arguments, "a b # c") == 0 &&
           client->is_awaited && client->has_vectors && client->domain == 7 &&
           client->first_cap == 1 && client->cap_count == 15;
}

static bool caps_are_right(const struct manifest_cap *cap)
{
    return strcmp(cap[0].name, "service") == 0 && cap[0].rights == RIGHT_ENDPOINT_RECEIVE &&
           strcmp(cap[1].name, "server") == 0 && cap[1].badge == 0xffffffff &&
           cap[1].rights == (RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_TRANSFER) &&
           cap[2].kind == KIND_NOTIFICATION && cap[2].badge == 3 && cap[3].kind == KIND_UNTYPED &&
           cap[3].rights == 0 && cap[5].rights == RIGHT_IRQ_HANDLER_USE &&
           strcmp(cap[6].name, "console") == 0 && cap[8].kind == KIND_MODULE &&
           strcmp(cap[8].name, "hostile") == 0 && cap[9].priority == 200 &&
           cap[9].share == MANIFEST_SHARE_ALL && cap[10].priority == 150 &&
           cap[10].share == 125000 && strcmp(cap[10].name, "little") == 0 &&
           cap[11].rights == RIGHT_ENDPOINT_CALL && cap[12].rights == RIGHT_CNODE_WRITE &&
           cap[15].kind == KIND_TIME && cap[15].line == 40;
}

static void test_everything(void)
{
    char error[MANIFEST_ERROR_MAX] = "wrong content";
    bool good = read_text(everything, error);

    report("manifest: everything is read", good, error);
    report("manifest: the passive server", server_is_right(&manifest.program[0]), error);
    report("manifest: the client", client_is_right(&manifest.program[1]), error);
    report("manifest: capabilities", caps_are_right(manifest.cap), error);
    report("manifest: objects",
           manifest.object_count == 9 && manifest.object[2].first == 8 << 20 &&
               manifest.object[2].size == 32 << 20 && manifest.object[3].first == 4096 &&
               manifest.object[5].mode == IRQ_ISA &&
               manifest.object[6].mode == (IRQ_LEVEL | IRQ_LOW) &&
               manifest.object[7].first == 0x3f8 && manifest.object[7].size == 8 &&
               manifest.object[8].first == 0xfed00000,
           "wrong content");
}

static void test_words(void)
{
    expect_error("", "manifest:1:1: no program to start");
    expect_error("# nothing\n\n", "manifest:3:1: no program to start");
    expect_error("\nendpiont x\n", "manifest:2:1: unknown statement \"endpiont\"");
    expect_error("endpoint", "manifest:1:9: expected a name, found the end of the line");
    expect_error("endpoint  # x", "manifest:1:11: expected a name, found the end of the line");
    expect_error("endpoint \"a b\"", "manifest:1:10: expected a name, found \"a b\"");
    expect_error("endpoint \"a", "manifest:1:10: the quote is not closed on its line");
    expect_error("endpoint a\"b", "manifest:1:10: a quote within a word");
    expect_error("endpoint a\001b", "manifest:1:10: byte 0x01 is not a character of a manifest");
    expect_error("endpoint \303\274", "manifest:1:10: byte 0xc3 is not a character of a manifest");
    expect_error("endpoint a b", "manifest:1:12: expected the end of the line, found \"b\"");
    expect_error("endpoint abcdefghijklmnopqrstuvwxyz1234567",
                 "manifest:1:10: \"abcdefghijklmnopqrstuvwxyz1234567\" is longer than 31 "
                 "characters");
    expect_error("a a a a a a a a a a a a a a a a a a a a a a a a a",
                 "manifest:1:49: more than 24 words in a line");
    expect_error("endpoint a\nnotification a", "manifest:2:14: there is already an object \"a\"");
}

static void test_numbers(void)
{
    expect_error("ports a 0x10000 1", "manifest:1:9: a port is 0 to 65535, not 0x10000");
    expect_error("ports a 0x3fz 1", "manifest:1:9: expected a port, found \"0x3fz\"");
    expect_error("ports a 0xfff8 9", "manifest:1:16: a number of ports is 1 to 8, not 9");
    expect_error("ports a 99999999999999999999999 1",
                 "manifest:1:9: a port is 0 to 65535, not 99999999999999999999999");
    expect_error("frame a 3 MiB", "manifest:1:9: 3 MiB is not a power of two");
    expect_error("frame a 4", "manifest:1:10: expected KiB, MiB or GiB, found the end of the line");
    expect_error("frame a 4 KB", "manifest:1:11: expected KiB, MiB or GiB, found \"KB\"");
    expect_error("frame a 2 KiB", "manifest:1:9: 2 KiB is not within 4 KiB to 67108864 KiB");
    expect_error("untyped a 8 MiB to 4 MiB",
                 "manifest:1:20: 4 MiB is not within 8192 KiB to 67108864 KiB");
    expect_error("device a 0xfed00400 4 KiB",
                 "manifest:1:10: the address is not a multiple of the size");
    expect_error("irq a 3", "manifest:1:7: expected \"line\" or \"isa\", found \"3\"");
    expect_error("irq a isa 16", "manifest:1:11: an ISA interrupt is 0 to 15, not 16");
}

#define PROGRAM "endpoint e\nuntyped u 4 KiB\nprogram a module m\npriority 1\n"

static void test_programs(void)
{
    expect_error("priority 3", "manifest:1:1: only within a program: \"priority\"");
    expect_error("program a", "manifest:1:10: expected \"module\", found the end of the line");
    expect_error("endpoint e\nprogram a module m\nwait\n",
                 "manifest:2:1: program \"a\" needs a priority, or an endpoint to serve on its "
                 "callers' time");
    expect_error("program a module m\nprogram b module m\n",
                 "manifest:1:1: program \"a\" needs a priority, or an endpoint to serve on its "
                 "callers' time");
    expect_error(PROGRAM "program a module m", "manifest:5:9: there is already a program \"a\"");
    expect_error(PROGRAM "priority 255", "manifest:5:10: a priority is 0 to 254, not 255");
    expect_error(PROGRAM "domain 4294967296",
                 "manifest:5:8: a domain is 0 to 4294967295, not 4294967296");
    expect_error(PROGRAM "cnode 100", "manifest:5:7: 100 slots: not a power of two");
    expect_error(PROGRAM "vspace 16 KiB",
                 "manifest:5:8: 16 KiB is not within 32 KiB to 1048576 KiB");
    expect_error(PROGRAM "arguments a", "manifest:5:11: expected arguments in quotes, found \"a\"");
    expect_error(PROGRAM "serve u", "manifest:5:7: no such endpoint is declared above: \"u\"");
    expect_error(PROGRAM "serve e\nserve e",
                 "manifest:6:7: a thread serves one endpoint; a second one is \"e\"");
    expect_good("manifest: serving on its own time", PROGRAM "serve e");
}

static void test_time(void)
{
    expect_error(PROGRAM "slice 10", "manifest:5:9: expected us, ms or s, found the end of the "
                                     "line");
    expect_error(PROGRAM "slice 10 KiB", "manifest:5:10: expected us, ms or s, found \"KiB\"");
    expect_error(PROGRAM "slice 9 us", "manifest:5:7: a slice is 10 us to 1000000 us, not 9 us");
    expect_error(PROGRAM "slice 1001 ms",
                 "manifest:5:7: a slice is 10 us to 1000000 us, not 1001 ms");
    expect_error(PROGRAM "slice 18446744073709551615 s",
                 "manifest:5:7: a slice is 10 us to 1000000 us, not 18446744073709551615 s");
    expect_good("manifest: the longest slice", PROGRAM "slice 1 s");
    report("manifest: in nanoseconds", manifest.program[0].slice == 1000000000, "it isn't");
}

static void test_budgets(void)
{
    expect_error(PROGRAM "budget", "manifest:5:7: expected a budget, found the end of the line");
    expect_error(PROGRAM "budget 2", "manifest:5:9: expected us, ms or s, found the end of the "
                                     "line");
    expect_error(PROGRAM "budget 2 ms",
                 "manifest:5:12: expected \"of\", found the end of the line");
    expect_error(PROGRAM "budget 2 ms of", "manifest:5:15: expected a period, found the end of the "
                                           "line");
    expect_error(PROGRAM "budget 2 ms of 10 %", "manifest:5:19: expected us, ms or s, found \"%\"");
    expect_error(PROGRAM "budget 0 us of 1 ms",
                 "manifest:5:8: a budget is 1 us to 60000000 us, not 0 us");
    expect_error(PROGRAM "budget 61 s of 1 ms",
                 "manifest:5:8: a budget is 1 us to 60000000 us, not 61 s");
    expect_error(PROGRAM "budget 1 us of 99 us",
                 "manifest:5:16: a period is 100 us to 60000000 us, not 99 us");
    expect_error(PROGRAM "budget 1 us of 60001 ms",
                 "manifest:5:16: a period is 100 us to 60000000 us, not 60001 ms");
    expect_error(PROGRAM "  budget 11 ms of 10 ms",
                 "manifest:5:10: a budget of 11000 us is more than its period of 10000 us");
    expect_error(PROGRAM "budget 1 ms of 10 ms\nbudget 1 ms of 10 ms",
                 "manifest:6:8: program \"a\" already has a budget");
    expect_error("endpoint e\nprogram a module m\nserve e\nbudget 1 ms of 10 ms\nwait",
                 "manifest:4:8: program \"a\" has a budget, but no priority");
    expect_good("manifest: the least budget", PROGRAM "budget 1 us of 60 s");
    report("manifest: the least",
           manifest.program[0].budget == 1000 && manifest.program[0].period == 60000000000,
           "it isn't");
    expect_good("manifest: a budget of all the time", PROGRAM "budget 100 us of 100 us");
    expect_good("manifest: a budget before the priority",
                "program a module m\nbudget 1 ms of 2 ms\npriority 3");
}

static void test_shares(void)
{
    expect_error(PROGRAM "cap cpu 9 share",
                 "manifest:5:16: expected a number with up to four decimals, found the end of the "
                 "line");
    expect_error(PROGRAM "cap cpu 9 share 5",
                 "manifest:5:18: expected \"%\", found the end of the line");
    expect_error(PROGRAM "cap cpu 9 share 5%",
                 "manifest:5:17: expected a number with up to four decimals, found \"5%\"");
    expect_error(PROGRAM "cap cpu 9 share 1.00001 %",
                 "manifest:5:17: expected a number with up to four decimals, found \"1.00001\"");
    expect_error(PROGRAM "cap cpu 9 share .5 %",
                 "manifest:5:17: expected a number with up to four decimals, found \".5\"");
    expect_error(PROGRAM "cap cpu 9 share 5. %",
                 "manifest:5:17: expected a number with up to four decimals, found \"5.\"");
    expect_error(PROGRAM "cap cpu 9 share 1.2.3 %",
                 "manifest:5:17: expected a number with up to four decimals, found \"1.2.3\"");
    expect_error(PROGRAM "cap cpu 9 share 0.0000 %",
                 "manifest:5:17: a share is 0.0001 % to 99.9999 %, not 0.0000 %");
    expect_error(PROGRAM "cap cpu 9 share 100 %",
                 "manifest:5:17: a share is 0.0001 % to 99.9999 %, not 100 %");
    expect_error(PROGRAM "cap cpu 9 share 99999999999999999999999999.9 %",
                 "manifest:5:17: a share is 0.0001 % to 99.9999 %, not "
                 "99999999999999999999999999.9 %");
    expect_error(PROGRAM "cap parent share 5 %",
                 "manifest:5:12: expected the end of the line, found \"share\"");
    expect_good("manifest: a share of four decimals", PROGRAM "cap cpu 9 share 0.0725 %");
    report("manifest: in millionths", manifest.cap[0].share == 725, "it isn't");
}

/* Budgets and shares come out of the same time, rounded up to millionths. */
static void test_sum(void)
{
    expect_error(PROGRAM "budget 1 ms of 2 ms\ncap cpu 9 share 50.0001 %",
                 "manifest:6:17: program \"a\" asks for 50.0001 % of the CPU's time, 50.0000 % is "
                 "left");
    expect_error(PROGRAM "cap cpu 9 share 99.75 %\nprogram b module m\nbudget 3 ms of 1 s",
                 "manifest:7:8: program \"b\" asks for 0.3000 % of the CPU's time, 0.2500 % is "
                 "left");
    expect_error(PROGRAM "budget 1 ms of 3 ms\ncap cpu 9 share 66.6667 %",
                 "manifest:6:17: program \"a\" asks for 66.6667 % of the CPU's time, 66.6666 % is "
                 "left");
    expect_error(PROGRAM "budget 1 s of 1 s\nprogram b module m\nbudget 1 us of 60 s",
                 "manifest:7:8: program \"b\" asks for 0.0001 % of the CPU's time, 0.0000 % is "
                 "left");
    expect_good("manifest: all of the time given",
                PROGRAM "budget 1 ms of 3 ms\ncap cpu 9 share 66.6666 %\ncap cpu 200 as all");
}

static void test_caps(void)
{
    expect_error(PROGRAM "  cap endpiont service",
                 "manifest:5:7: unknown capability kind \"endpiont\"");
    expect_error(PROGRAM "cap",
                 "manifest:5:4: expected a capability kind, found the end of the line");
    expect_error(PROGRAM "cap endpoint x call",
                 "manifest:5:14: no endpoint \"x\" is declared above");
    expect_error(PROGRAM "cap endpoint u call",
                 "manifest:5:14: no endpoint \"u\" is declared above");
    expect_error(PROGRAM "cap endpoint e",
                 "manifest:5:15: expected a right of such a capability, found the end of the line");
    expect_error(PROGRAM "cap endpoint e write",
                 "manifest:5:16: expected a right of such a capability, found \"write\"");
    expect_error(PROGRAM "cap endpoint e call call", "manifest:5:21: listed twice: right \"call\"");
    expect_error(PROGRAM "cap endpoint e call badge 0",
                 "manifest:5:27: a badge is 1 to 4294967295, not 0");
    expect_error(PROGRAM "cap untyped u badge 1",
                 "manifest:5:15: only an endpoint or a notification has a badge");
    expect_error(PROGRAM "cap endpoint e call as",
                 "manifest:5:23: expected a name, found the end of the line");
    expect_error(PROGRAM "cap endpoint e call\ncap endpoint e receive",
                 "manifest:6:5: the program already has a capability named \"e\"");
    expect_error(PROGRAM "cap untyped u\ncap untyped u as v",
                 "manifest:6:13: an untyped belongs to one program: already given: \"u\"");
    expect_error(PROGRAM "cap own house",
                 "manifest:5:9: expected cnode, vspace, thread or time, found \"house\"");
    expect_error(PROGRAM "cap cpu 255", "manifest:5:9: the highest priority is 0 to 254, not 255");
    expect_error(PROGRAM "cap module",
                 "manifest:5:11: expected the module's name, found the end of the line");
    expect_good("manifest: twice the same with two names",
                PROGRAM "cap endpoint e call\ncap endpoint e receive as f");
}

/* Every beginning of a good text, and every text with one byte changed, is read without harm. */
static void test_damage(void)
{
    char text[sizeof(everything)], error[MANIFEST_ERROR_MAX];

    for (size_t i = 0; i < sizeof(everything); i++) {
        memcpy(text, everything, sizeof(text));
        text[i] = 0;
        read_text(text, error);
        for (int bit = 0; bit < 8; bit++) {
            memcpy(text, everything, sizeof(text));
            text[i] ^= (char)(1 << bit);
            manifest_read(text, sizeof(text) - 1, &manifest, error);
        }
    }
    report("manifest: damaged texts", true, "");
}

int main(void)
{
    test_everything();
    test_words();
    test_numbers();
    test_programs();
    test_time();
    test_budgets();
    test_shares();
    test_sum();
    test_caps();
    test_damage();
    return failures != 0;
}
