/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls of every kind of argument, made by the stubs of libsys/echo.idl to the program
 * tests/guest/echo.c.
 */

#include "libsys/echo_client.h"
#include "libsys/invoke.h"
#include "libsys/rpc_error.h"
#include "libsys/memory.h"
#include "libsys/slots.h"
#include "libsys/string.h"
#include "tests/guest/check.h"

#define SLOTS 64
#define WINDOW_ADDRESS 0x30000000ull
#define WINDOW_BYTES 16384u /* the other half is the waiter's */
#define BUFFER_ADDRESS 0x38000000ull
#define HIGHER 95
#define LARGE 8000u

static uint64_t bitmap[SLOTS_WORDS(SLOTS)];
static struct slots slots;
static struct rpc_context context;
static struct rpc_client echo;
static cap_t cnode;
static uint8_t sent[LARGE], received[LARGE];
static char stack[8192] __attribute__((aligned(16)));

/* A protocol's result, by name. */
static void check_result(const char *name, err_t error, err_t expected)
{
    if (error == expected) {
        CHECK(name, true);
        return;
    }
    print("not ok rpc: %s: %s where %s was expected\n", name, rpc_error_name(error),
          rpc_error_name(expected));
    check_failures++;
}

static void drop(cap_t cap)
{
    check_error("delete", cnode_delete(cnode, CAP_INDEX(cap)), ERROR_NONE);
}

static cap_t empty_slot(void)
{
    return CAP_OF(slots_take(&slots, 1));
}

static bool is_empty(cap_t slot)
{
    struct cap_description what;

    return inspect(slot, &what) == 0 && what.type == OBJECT_NULL;
}

/* ---- Numbers --------------------------------------------------------------------------------- */

static void check_numbers(void)
{
    uint64_t e = 0, f = 0, g = 0, h = 1;
    uint8_t small = 0;
    uint16_t medium = 0;
    uint32_t ranged = 0;
    int32_t minus_small = 0;
    int64_t minus_large = 0;
    bool flag = true;

    check_result("null", echo_null(echo.cap, 1, 2, 3, UINT64_MAX, &e, &f, &g, &h), 0);
    CHECK("four words", e == 2 && f == 3 && g == 4 && h == 0);
    check_result("scalars",
                 echo_scalars(echo.cap, 200, 60000, 1000, INT32_MIN + 1, INT64_MAX, true, &small,
                              &medium, &ranged, &minus_small, &minus_large, &flag),
                 0);
    CHECK("each type", small == 55 && medium == 5535 && ranged == 1001 &&
                           minus_small == INT32_MAX && minus_large == -INT64_MAX && !flag);
    check_result("below the range",
                 echo_scalars(echo.cap, 0, 0, 9, 0, 0, false, &small, &medium, &ranged,
                              &minus_small, &minus_large, &flag),
                 RPC_MALFORMED);
}

static void check_many(void)
{
    struct echo_point point = {.time = 1ull << 63, .x = -5, .y = 7, .kind = 3, .rest = 0xffff};
    struct echo_point mirror = {0}, twin = {0};
    uint64_t sum = 0;
    uint32_t last = 0;

    check_result("many", echo_many(&echo, &point, 1, 2, 3, 4, 5, 99, &sum, &mirror, &twin, &last),
                 0);
    CHECK("their sum", sum == 114 && last == 100);
    CHECK("structs", memcmp(&twin, &point, sizeof(point)) == 0 && mirror.x == 7 && mirror.y == -5 &&
                         mirror.time == point.time && mirror.rest == 0xffff);
    check_result("a word in the buffer out of its range",
                 echo_many(&echo, &point, 1, 2, 3, 4, 5, 100, &sum, &mirror, &twin, &last),
                 RPC_MALFORMED);
}

static void check_errors(void)
{
    check_result("none", echo_fail(echo.cap, 0), 0);
    check_result("its own", echo_fail(echo.cap, 32), ECHO_ERROR_NO_LUCK);
    check_result("a common one", echo_fail(echo.cap, 4), RPC_NO_MEMORY);
    check_result("one that isn't known", echo_fail(echo.cap, 200), RPC_INTERNAL);
}

/* ---- Contents -------------------------------------------------------------------------------- */

static void check_text(void)
{
    char upper[128], reversed[64], name[102];
    uint32_t upper_size = 0, reversed_size = 0;

    check_result("text",
                 echo_text(&echo, "Hello, world", "abc", 3, upper, sizeof(upper), &upper_size,
                           reversed, sizeof(reversed), &reversed_size),
                 0);
    CHECK("in capitals", upper_size == 12 && memcmp(upper, "HELLO, WORLD", 12) == 0);
    CHECK("reversed", reversed_size == 3 && memcmp(reversed, "cba", 3) == 0);
    check_result("no room",
                 echo_text(&echo, "Hello", "", 0, upper, 4, &upper_size, reversed, sizeof(reversed),
                           &reversed_size),
                 RPC_TOO_LARGE);
    check_result("its own error",
                 echo_text(&echo, "unlucky", "", 0, upper, sizeof(upper), &upper_size, reversed,
                           sizeof(reversed), &reversed_size),
                 ECHO_ERROR_NO_LUCK);
    memset(name, 'x', sizeof(name));
    for (unsigned length = 101; length >= 100; length--) {
        name[length] = 0;
        check_result(length > ECHO_NAME_MAX ? "too long a name" : "the longest name",
                     echo_text(&echo, name, "", 0, upper, sizeof(upper), &upper_size, reversed,
                               sizeof(reversed), &reversed_size),
                     length > ECHO_NAME_MAX ? RPC_TOO_LARGE : 0);
    }
    check_result("no name",
                 echo_text(&echo, "", "", 0, upper, sizeof(upper), &upper_size, reversed,
                           sizeof(reversed), &reversed_size),
                 RPC_MALFORMED);
}

static bool inverted(uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        if ((received[i] ^ sent[i]) != 0xff)
            return false;
    return true;
}

/*
 * Sizes around the borders between words, and between message and window. The window is that of a
 * session which is sent along, or which is what is called.
 */
static void check_bulk(cap_t cap)
{
    struct rpc_client client = {.cap = cap, .context = &context};
    static const uint32_t sizes[] = {0, 1, 7, 8, 9, 383, 384, 385, 391, 4096, 4097, 7999, LARGE};
    uint32_t size = 0;

    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        memset(received, 0x55, LARGE);
        check_result("bulk", echo_bulk(&client, sent, sizes[i], received, LARGE, &size), 0);
        CHECK("inverted",
              size == sizes[i] && inverted(size) && (size == LARGE || received[size] == 0x55));
    }
    check_result("less room", echo_bulk(&client, sent, LARGE, received, 100, &size), 0);
    CHECK("as much as there is room for", size == 100 && inverted(100));
    check_result("little sent, much room", echo_bulk(&client, sent, 10, received, LARGE, &size), 0);
    CHECK("that little", size == 10 && inverted(10));
}

static void check_windowless(void)
{
    struct rpc_context without = {.buffer = context.buffer};
    struct rpc_client client = {.cap = echo.cap, .context = &without};
    uint32_t size = 0;

    check_result("too much for a message", echo_bulk(&client, sent, 385, received, LARGE, &size),
                 RPC_TOO_LARGE);
    check_result("what fits",
                 echo_bulk(&client, sent, ECHO_BULK_DATA_INLINE, received, LARGE, &size), 0);
    CHECK("comes back", size == ECHO_BULK_DATA_INLINE && inverted(size));
    without.session = program_cap("other-session");
    without.window = context.window;
    check_result("a session without a window", echo_bulk(&client, sent, 385, received, 1, &size),
                 RPC_TOO_LARGE);
    check_result("nor for waking", echo_wake(&client, sent, 385, &size), RPC_TOO_LARGE);
    check_result("a small message, much room", echo_bulk(&client, sent, 20, received, LARGE, &size),
                 0);
    CHECK("by the message", size == 20 && inverted(size));
}

/* ---- Capabilities ---------------------------------------------------------------------------- */

static void check_handles(void)
{
    cap_t first = empty_slot(), second = empty_slot();
    uint32_t one = 0, two = 0;

    CHECK("empty slots", is_empty(first) && is_empty(second));
    check_result("make", echo_make(&echo, 17, first), 0);
    check_result("make another", echo_make(&echo, 18, second), 0);
    check_result("recognise", echo_recognise(&echo, first, second, &one, &two), 0);
    CHECK("both", one == 17 && two == 18);
    check_result("one", echo_recognise(&echo, second, 0, &one, &two), 0);
    CHECK("and none", one == 18 && two == 0);
    check_result("something else", echo_recognise(&echo, program_cap("bell"), 0, &one, &two),
                 RPC_BAD_HANDLE);
    check_result("not of that kind", echo_recognise(&echo, echo.cap, 0, &one, &two),
                 RPC_BAD_HANDLE);
    check_result("an occupied slot", echo_make(&echo, 19, first), RPC_BAD_ANSWER);
    drop(first);
    check_result("an empty one", echo_make(&echo, 20, first), 0);
    check_result("a number out of range", echo_make(&echo, 1001, second), RPC_MALFORMED);
    drop(first);
    drop(second);
}

static void check_keep(void)
{
    cap_t bell = program_cap("bell"), other = program_cap("other-bell"), ear = program_cap("ear");
    uint64_t flags = 9;
    uint32_t rung = 9;

    for (unsigned i = 0; i < 20; i++) {
        check_result("keep", echo_keep(&echo, bell, other), 0);
        check_result("keep one", echo_keep(&echo, bell, 0), 0);
        check_result("keep both", echo_keep(&echo, other, bell), 0);
    }
    check_result("ring", echo_ring(echo.cap, &rung), 0);
    check_error("poll", notification_poll(ear, &flags), ERROR_NONE);
    CHECK("both rang", rung == 2 && flags == 3);
    check_result("ring again", echo_ring(echo.cap, &rung), 0);
    check_error("poll", notification_poll(ear, &flags), ERROR_NONE);
    CHECK("it had forgotten them", rung == 0 && flags == 0);
    check_result("of another type", echo_keep(&echo, cnode, 0), RPC_MALFORMED);
    check_result("the server's own", echo_keep(&echo, echo.cap, 0), RPC_BAD_HANDLE);
}

/* ---- Later ----------------------------------------------------------------------------------- */

static struct memory memory;
static struct waiter {
    cap_t thread;
    struct rpc_context context;
    volatile bool done;
    err_t error;
    char tag[31];
    uint32_t tag_size, size;
    uint64_t result;
} waiter;

static _Noreturn void waiter_end(void)
{
    waiter.done = true;
    if (thread_suspend(waiter.thread))
        __builtin_trap();
    __builtin_unreachable();
}

static _Noreturn void wait_for_data(void)
{
    struct rpc_client client = {.cap = echo.cap, .context = &waiter.context};

    waiter.error = echo_wait(&client, "it is me", waiter.tag, sizeof(waiter.tag), &waiter.tag_size,
                             received, LARGE, &waiter.size);
    waiter_end();
}

static _Noreturn void wait_for_number(void)
{
    waiter.error = echo_later(echo.cap, 41, &waiter.result);
    waiter_end();
}

/* By its session's handle, so that the request may stay in registers. */
static _Noreturn void wait_for_fetch(void)
{
    struct rpc_client client = {.cap = waiter.context.session, .context = &waiter.context};

    waiter.error = echo_fetch(&client, 2, received, LARGE, &waiter.size, &waiter.result);
    waiter_end();
}

static cap_t make(enum object_type type, unsigned size_bits)
{
    cap_t cap = 0;

    check_error("make", memory_make_one(&memory, type, size_bits, &cap), ERROR_NONE);
    return cap;
}

/* Its message buffer is a Frame of its own. */
static void waiter_make(void)
{
    cap_t vspace = program_cap("vspace"), time = make(OBJECT_SCHED_CONTEXT, 8);
    cap_t frame = make(OBJECT_FRAME, 12);

    waiter.thread = make(OBJECT_THREAD, program_info()->thread_bits);
    check_error("space", thread_set_space(waiter.thread, cnode, vspace), ERROR_NONE);
    check_error("configure", sched_context_configure(time, program_cap("cpu"), HIGHER, 0),
                ERROR_NONE);
    check_error("time", thread_set_sched(waiter.thread, time), ERROR_NONE);
    check_error("map", frame_map(frame, vspace, BUFFER_ADDRESS, 0, 4096, 3), ERROR_NONE);
    check_error("buffer", thread_set_buffer(waiter.thread, frame, 0), ERROR_NONE);
}

/* It has a higher priority, so it waits at the server when this returns. */
static void waiter_start(void (*function)(void))
{
    slots_init(&slots, bitmap, program_info()->first_free_slot, SLOTS);
    memory_init(&memory, &slots, cnode);
    check_error("memory", memory_add(&memory, program_cap("pool")), ERROR_NONE);
    waiter = (struct waiter){
        .context = {.buffer = (struct message_buffer *)BUFFER_ADDRESS,
                    .session = program_cap("waiter-session"),
                    .window = {(char *)WINDOW_ADDRESS + WINDOW_BYTES, WINDOW_BYTES}}};
    memset(received, 0, LARGE);
    waiter_make();
    check_error("start",
                thread_start(waiter.thread, (uint64_t)function,
                             (uint64_t)(stack + sizeof(stack) - 8), 0, 0),
                ERROR_NONE);
    CHECK("it waits", !waiter.done);
}

static void waiter_stop(void)
{
    CHECK("it went on", waiter.done);
    check_error("the end of the waiter", memory_reset(&memory), ERROR_NONE);
}

static void check_later(uint32_t size)
{
    uint64_t result;
    uint32_t taken = 0;

    check_result("nobody waits", echo_wake(&echo, sent, 10, &taken), RPC_NOT_FOUND);
    waiter_start(wait_for_data);
    check_result("one waits already", echo_later(echo.cap, 1, &result), RPC_BUSY);
    check_result("with data neither",
                 echo_wait(&echo, "me", received, 31, &taken, received, LARGE, &taken), RPC_BUSY);
    check_result("wake", echo_wake(&echo, sent, size, &taken), 0);
    waiter_stop();
    check_result("it was answered", waiter.error, 0);
    CHECK("its tag", waiter.tag_size == 8 && memcmp(waiter.tag, "it is me", 8) == 0);
    CHECK("its data", waiter.size == size && taken == size && memcmp(received, sent, size) == 0);
    waiter_start(wait_for_number);
    check_result("wake", echo_wake(&echo, sent, 0, &taken), 0);
    waiter_stop();
    check_result("it was answered", waiter.error, 0);
    CHECK("its number", waiter.result == 42);
}

static void check_fetch(uint32_t size)
{
    struct rpc_client client = {.cap = context.session, .context = &context};
    uint32_t taken = 0, none = 1;
    uint64_t result = 0;

    check_result("fetch nothing", echo_fetch(&client, 1, received, LARGE, &none, &result), 0);
    CHECK("it is nothing", none == 0 && result == 2);
    check_result("flags out of range", echo_fetch(&client, 4, received, LARGE, &none, &result),
                 RPC_MALFORMED);
    waiter_start(wait_for_fetch);
    check_result("one waits already", echo_fetch(&client, 0, received, LARGE, &none, &result),
                 RPC_BUSY);
    check_result("wake", echo_wake(&echo, sent, size, &taken), 0);
    waiter_stop();
    check_result("it was answered", waiter.error, 0);
    CHECK("its data", waiter.size == size && taken == size && memcmp(received, sent, size) == 0 &&
                          waiter.result == 3);
}

/* One that is stopped while it waits. */
static void check_gone(void)
{
    uint32_t taken = 0;

    waiter_start(wait_for_data);
    check_error("stop", thread_suspend(waiter.thread), ERROR_NONE);
    check_result("nobody is there any more", echo_wake(&echo, sent, 10, &taken), RPC_GONE);
    check_error("the end of the waiter", memory_reset(&memory), ERROR_NONE);
}

int main(const struct program_info *info)
{
    cnode = program_cap("cnode");
    slots_init(&slots, bitmap, info->first_free_slot, SLOTS);
    check_error("the window",
                frame_map(program_cap("window"), program_cap("vspace"), WINDOW_ADDRESS, 0,
                          2 * WINDOW_BYTES, ACCESS_READ | ACCESS_WRITE),
                ERROR_NONE);
    context = (struct rpc_context){.buffer = program_buffer(),
                                   .session = program_cap("session"),
                                   .window = {(void *)WINDOW_ADDRESS, WINDOW_BYTES}};
    echo = (struct rpc_client){.cap = program_cap("echo"), .context = &context};
    for (uint32_t i = 0; i < LARGE; i++)
        sent[i] = (uint8_t)(i * 7 + i / 256);
    check_numbers();
    check_many();
    check_errors();
    check_text();
    check_bulk(echo.cap);
    check_bulk(context.session);
    check_windowless();
    check_handles();
    check_keep();
    check_later(10);
    check_later(LARGE);
    check_fetch(10);
    check_fetch(LARGE);
    check_gone();
    return check_failures;
}
