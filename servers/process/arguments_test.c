/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/process/arguments_compose.c servers/process/symbol_search.c
   sources: kernel/lib/format.c */
/* Arguments that are checked and made a script's; names in symbol tables that lie. */

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "servers/process/arguments.h"
#include "servers/process/symbol.h"

static int failures;

static void check(const char *name, bool good)
{
    printf(good ? "ok process arguments: %s\n" : "not ok process arguments: %s: not so\n", name);
    failures += !good;
}

static union {
    struct process_arguments head;
    uint32_t word[64];
    char byte[256];
} old, made;

/* "sh" "x", and "A=1" as the environment. */
static uint32_t make(void)
{
    memset(&old, 0, sizeof(old));
    old.head = (struct process_arguments){.bytes = 33, .argument_count = 2, .environment_count = 1};
    old.word[3] = 24;
    old.word[4] = 27;
    old.word[5] = 29;
    memcpy(old.byte + 24, "sh\0x\0A=1", 9);
    return 33;
}

static const char *text(unsigned n)
{
    return made.byte + made.head.offset[n];
}

static void checks(void)
{
    uint32_t bytes = make();

    check("good ones", arguments_check(&old.head, bytes));
    check("cut", !arguments_check(&old.head, bytes - 1) && !arguments_check(&old.head, 3));
    old.head.bytes = 32;
    check("a text without an end", !arguments_check(&old.head, 32));
    make();
    old.head.argument_count = ~0u;
    check("too many", !arguments_check(&old.head, bytes));
    make();
    old.head.argument_count = 0xffffffff;
    old.head.environment_count = 1;
    check("a sum that overflows", !arguments_check(&old.head, bytes));
    make();
    old.word[4] = bytes;
    check("a text behind the end", !arguments_check(&old.head, bytes));
    old.word[4] = 8;
    check("a text in the head", !arguments_check(&old.head, bytes));
}

static void composes(void)
{
    make();
    uint32_t bytes = arguments_compose(&old.head, "/bin/i", "-o", "/s", &made.head, sizeof(made));
    check("with an option", bytes && arguments_check(&made.head, bytes) &&
                                made.head.argument_count == 4 && made.head.environment_count == 1 &&
                                !strcmp(text(0), "/bin/i") && !strcmp(text(1), "-o") &&
                                !strcmp(text(2), "/s") && !strcmp(text(3), "x") &&
                                !strcmp(text(4), "A=1"));
    uint32_t less = arguments_compose(&old.head, "/bin/i", "", "/s", &made.head, sizeof(made));
    check("without one", less && less < bytes && made.head.argument_count == 3);
    check("no room", !arguments_compose(&old.head, "/bin/i", "", "/s", &made.head, less - 1) &&
                         !arguments_compose(&old.head, "/bin/i", "", "/s", &made.head, 10) &&
                         arguments_compose(&old.head, "/bin/i", "", "/s", &made.head, less));
    old.head.argument_count = 0;
    old.head.environment_count = 0;
    bytes = arguments_compose(&old.head, "/bin/i", "", "/s", &made.head, sizeof(made));
    check("of none", bytes && made.head.argument_count == 2);
}

/* A file of a header, two sections, three symbols, and their names. */
static uint8_t file[512];

static void put(size_t at, uint64_t value, size_t bytes)
{
    memcpy(file + at, &value, bytes);
}

static void symbol(unsigned n, uint32_t name, uint8_t info, uint64_t value)
{
    put(200 + 24 * n, name, 4);
    put(204 + 24 * n, info, 1);
    put(208 + 24 * n, value, 8);
}

static void make_file(void)
{
    memset(file, 0, sizeof(file));
    put(40, 64, 8);
    put(60, 2, 2);
    put(64 + 4, 2, 4);
    put(64 + 24, 200, 8);
    put(64 + 32, 72, 8);
    put(64 + 40, 1, 4);
    put(128 + 4, 3, 4);
    put(128 + 24, 300, 8);
    put(128 + 32, 20, 8);
    memcpy(file + 300, "\0first\0second\0data", 19);
    symbol(0, 1, 0x12, 0x1000);
    symbol(1, 7, 0x12, 0x1100);
    symbol(2, 14, 0x11, 0x1104);
}

static bool finds(uint64_t address, const char *expected)
{
    char found[SYMBOL_ROOM];

    symbol_search(file, sizeof(file), address, found);
    return strcmp(found, expected) == 0;
}

static void symbols(void)
{
    make_file();
    check("a symbol", finds(0x1010, "first+0x10") && finds(0x1108, "second+0x8"));
    check("before all", finds(0xfff, ""));
    put(128 + 24, 600, 8);
    check("names behind the end", finds(0x1010, ""));
    make_file();
    put(64 + 24, ~0ull - 8, 8);
    check("symbols that overflow", finds(0x1010, ""));
    make_file();
    put(40, ~0ull, 8);
    check("sections that overflow", finds(0x1010, ""));
    make_file();
    put(64 + 40, 2, 4);
    check("names that are no section", finds(0x1010, ""));
    make_file();
    symbol(0, 500, 0x12, 0x1000);
    check("a name behind the names", finds(0x1010, ""));
}

int main(void)
{
    checks();
    composes();
    symbols();
    return failures != 0;
}
