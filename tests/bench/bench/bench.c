/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See bench.h. The pool of the manifest becomes one Frame, the main thread's message buffer, and an
 * Untyped for what the groups need for a while, which is revoked after each.
 */

#include "tests/bench/bench/bench.h"

#include <stdarg.h>

#include "libsys/invoke.h"
#include "libsys/memory.h"
#include "libsys/print.h"
#include "libsys/string.h"
#include "tests/bench/bench/sample.h"

#define PASSING_BITS 20
#define PASSING_SLOTS 1024u
#define COLD_BITS_MAX 25

struct bench bench;

static struct slots slots, passing_slots;
static uint64_t slot_bitmap[SLOTS_WORDS(64)], passing_bitmap[SLOTS_WORDS(PASSING_SLOTS + 256)];
static struct memory memory, passing;
static cap_t passing_untyped;

void bench_fail(const char *format, ...)
{
    va_list arguments;

    print("bench: FAILED: ");
    va_start(arguments, format);
    print_arguments(format, arguments);
    va_end(arguments);
    print("\n");
    program_exit(1);
}

void bench_check(const char *what, err_t error)
{
    if (!error)
        return;
    print("bench: FAILED: ");
    print_error(what, error);
    program_exit(1);
}

void bench_expect(const char *what, bool is_so)
{
    if (!is_so)
        bench_fail("expected: %s", what);
}

static bool has_word(const char *text, const char *word)
{
    size_t length = strlen(word);

    while (*text) {
        size_t end = 0;
        while (text[end] && text[end] != ' ')
            end++;
        if (end == length && memcmp(text, word, length) == 0)
            return true;
        text += text[end] ? end + 1 : end;
    }
    return false;
}

bool bench_has_word(const char *word)
{
    return has_word(program_text(bench.info->command_line), word) ||
           has_word(program_text(bench.info->arguments), word);
}

static cap_t given(const char *name)
{
    cap_t cap = program_cap(name);

    if (!cap)
        bench_fail("the manifest gives this program no capability \"%s\"", name);
    return cap;
}

static void *map(const char *what, cap_t frame, uint64_t address, uint64_t bytes, unsigned access)
{
    bench_check(what, frame_map(frame, bench.vspace, address, 0, bytes, access));
    return (void *)address;
}

/* Every page of the Frame gets its mark. */
static void frame_mark(void)
{
    uint64_t bytes = 1ull << FRAME_BITS;

    map("the memory Frame", bench.frame, MAP_ADDRESS, bytes, ACCESS_READ | ACCESS_WRITE);
    for (uint64_t at = 0; at < bytes; at += PAGE)
        *(volatile uint64_t *)(MAP_ADDRESS + at) = at / PAGE + 1;
    bench_check("unmapping the memory Frame", frame_unmap(bench.frame, 0, bytes));
}

static cap_t make(enum object_type type, unsigned size_bits)
{
    cap_t cap;

    bench_check("an object out of the pool", memory_make_one(&memory, type, size_bits, &cap));
    return cap;
}

static void buffers_open(void)
{
    cap_t frame = make(OBJECT_FRAME, 12);

    bench.buffer =
        map("the message buffer", frame, BUFFER_ADDRESS, PAGE, ACCESS_READ | ACCESS_WRITE);
    bench_check("thread_set_buffer", thread_set_buffer(bench.thread, frame, 0));
    print_buffer(bench.buffer);
    bench.server_buffer = map("the server's message buffer", given("server-buffer"),
                              SERVER_BUFFER_ADDRESS, PAGE, ACCESS_READ);
}

/* What is left of the pool, to go through before each pass. */
static void cold_open(void)
{
    cap_t frame;
    unsigned bits = COLD_BITS_MAX;

    while (memory_make_one(&memory, OBJECT_FRAME, bits, &frame))
        if (--bits < 20)
            bench_fail("no memory is left to empty the caches with");
    sample_cold(
        map("the cold Frame", frame, COLD_ADDRESS, 1ull << bits, ACCESS_READ | ACCESS_WRITE),
        1ull << bits);
}

void bench_open(const struct program_info *info)
{
    uint32_t first = info->first_free_slot;

    bench.info = info;
    bench.cnode = given("cnode");
    bench.vspace = given("vspace");
    bench.thread = given("thread");
    bench.time = given("time");
    bench.cpu = given("cpu");
    slots_init(&slots, slot_bitmap, first, 64);
    memory_init(&memory, &slots, bench.cnode);
    bench_check("the pool", memory_add(&memory, given("pool")));
    bench.frame = make(OBJECT_FRAME, FRAME_BITS);
    buffers_open(); /* what may take all the rest comes last */
    passing_untyped = make(OBJECT_UNTYPED, PASSING_BITS);
    if (memory_make_one(&memory, OBJECT_UNTYPED, CROWD_BITS, &bench.crowd))
        bench.crowd = 0;
    frame_mark();
    if (bench_has_word("cold"))
        cold_open();
    bench.bulk = 64 + PASSING_SLOTS;
    bench_clear();
}

cap_t bench_make(enum object_type type, unsigned size_bits)
{
    cap_t cap;

    bench_check("an object for a measurement", memory_make_one(&passing, type, size_bits, &cap));
    return cap;
}

uint32_t bench_slot(void)
{
    uint32_t slot = slots_take(&passing_slots, 1);

    if (slot == 0)
        bench_fail("no slot is left");
    return slot;
}

cap_t bench_untyped(void)
{
    return bench_make(OBJECT_UNTYPED, 17);
}

/* Everything in the passing slots is made of, or derived from what is made of, the Untyped. */
void bench_clear(void)
{
    bench_check("giving memory back", cnode_revoke(bench.cnode, CAP_INDEX(passing_untyped)));
    slots_init(&passing_slots, passing_bitmap, 64, 64 + PASSING_SLOTS);
    memory_init(&passing, &passing_slots, bench.cnode);
    bench_check("the memory for measurements", memory_add(&passing, passing_untyped));
}
