/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: libsys/rpc_client.c libsys/rpc_names.c libsys/names.c */
/*
 * Client stubs and a server that breaks the rules: answers that are wrong in one thing, and random
 * ones. Where results go has its exact size, so that ASan sees each byte too much.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libsys/echo_client.h"
#include "libsys/rpc_error.h"

#define WINDOW 4096u
#define SLOT CAP_OF(5)
#define RANDOM_ANSWERS 200000

/* The next answer. */
static struct {
    struct message message;
    err_t result; /* 0 or RECEIVE_BUFFER, or an error */
    cap_t cap;
    uint32_t seen_receive; /* the first receive slot, during the call */
} next;

static struct message_buffer *buffer;
static struct rpc_context context;
static struct rpc_client echo = {.cap = CAP_OF(3), .context = &context};
static int failures;

struct syscall_result host_syscall(enum syscall number, cap_t cap, struct message *message)
{
    (void)number, (void)cap;
    next.seen_receive = buffer->receive[0];
    buffer->caps[0] = next.cap;
    *message = next.message;
    return (struct syscall_result){.rax = next.result, .carry = next.result != 0};
}

static void expect(const char *what, err_t error, err_t expected)
{
    if (error == expected) {
        printf("ok rpc_client: %s\n", what);
        return;
    }
    printf("not ok rpc_client: %s: %s where %s was expected\n", what, rpc_error_name(error),
           rpc_error_name(expected));
    failures++;
}

/* ---- One thing wrong ------------------------------------------------------------------------- */

static err_t null_answered(uint64_t tag, err_t result)
{
    uint64_t e, f, g, h;

    next.message = (struct message){.tag = tag};
    next.result = result;
    return echo_null(echo.cap, 1, 2, 3, 4, &e, &f, &g, &h);
}

static void check_registers(void)
{
    expect("an answer in registers", null_answered(0, 0), 0);
    expect("an error", null_answered(TAG(4, 0, 0), 0), RPC_NO_MEMORY);
    expect("its own error", null_answered(TAG(32, 0, 0), 0), ECHO_ERROR_NO_LUCK);
    expect("a label of more than a byte", null_answered(TAG(256, 0, 0), 0), RPC_BAD_ANSWER);
    expect("counts, and no buffer", null_answered(TAG(0, 1, 0), 0), RPC_BAD_ANSWER);
    expect("a buffer that nobody wants", null_answered(TAG(0, 0, 0), RECEIVE_BUFFER),
           RPC_BAD_ANSWER);
    expect("the kernel's error", null_answered(0, ERR(ERROR_NOT_DELIVERED, 0, 0, 2)),
           ERR(ERROR_NOT_DELIVERED, 0, 0, 2));
}

/* `upper` has room for 16 bytes, `reversed` for 8. */
static err_t text_answered(uint64_t upper_word, uint64_t reversed_word, unsigned words,
                           err_t result)
{
    uint32_t upper_size = 0, reversed_size = 0;
    char *upper = malloc(16), *reversed = malloc(8);

    next.message = (struct message){.tag = TAG(0, words, 0), .word = {upper_word, reversed_word}};
    next.result = result;
    err_t error =
        echo_text(&echo, "name", "data", 4, upper, 16, &upper_size, reversed, 8, &reversed_size);
    if (!error && (upper_size != upper_word || reversed_size != reversed_word))
        error = RPC_INTERNAL;
    free(upper);
    free(reversed);
    return error;
}

static void check_contents(void)
{
    expect("contents", text_answered(16, 8, 3, RECEIVE_BUFFER), 0);
    expect("odd sizes", text_answered(9, 1, 3, RECEIVE_BUFFER), 0);
    expect("none", text_answered(0, 0, 0, 0), 0);
    expect("one byte more than there is room for", text_answered(17, 8, 4, RECEIVE_BUFFER),
           RPC_TOO_LARGE);
    expect("more than a message", text_answered(513, 8, 64, RECEIVE_BUFFER), RPC_BAD_ANSWER);
    expect("a huge size", text_answered(UINT64_MAX, 8, 64, RECEIVE_BUFFER), RPC_BAD_ANSWER);
    expect("a size of 2^32", text_answered(1ull << 32, 8, 64, RECEIVE_BUFFER), RPC_BAD_ANSWER);
    expect("more than came", text_answered(16, 8, 2, RECEIVE_BUFFER), RPC_BAD_ANSWER);
    expect("counts, and no buffer", text_answered(16, 8, 3, 0), RPC_BAD_ANSWER);
}

/* Into 600 bytes, with a window or without. */
static err_t bulk_answered(uint64_t word, unsigned words, bool has_window, uint32_t sent)
{
    static uint8_t data[2 * WINDOW];
    uint8_t *inverted = malloc(600);
    uint32_t size = 0;

    context.window.bytes = has_window ? WINDOW : 0;
    next.message = (struct message){.tag = TAG(0, words, 0), .word = {word}};
    next.result = words ? RECEIVE_BUFFER : 0;
    err_t error = echo_bulk(&echo, data, sent, inverted, 600, &size);
    if (!error && size != (word & ~RPC_IN_WINDOW))
        error = RPC_INTERNAL;
    free(inverted);
    return error;
}

static void check_window(void)
{
    expect("by the message", bulk_answered(384, 48, true, 1), 0);
    expect("by the window", bulk_answered(600 | RPC_IN_WINDOW, 0, true, 1), 0);
    expect("up to its end", bulk_answered(600 | RPC_IN_WINDOW, 0, true, WINDOW - 640), 0);
    expect("beyond the room", bulk_answered(601 | RPC_IN_WINDOW, 0, true, 1), RPC_BAD_ANSWER);
    expect("beyond the window", bulk_answered(500 | RPC_IN_WINDOW, 0, true, WINDOW - 400),
           RPC_BAD_ANSWER);
    expect("a window that wasn't offered", bulk_answered(10 | RPC_IN_WINDOW, 0, false, 1),
           RPC_BAD_ANSWER);
    expect("one that the request fills", bulk_answered(10 | RPC_IN_WINDOW, 0, true, WINDOW),
           RPC_BAD_ANSWER);
    expect("bits that mean nothing", bulk_answered(1ull << 33, 0, true, 1), RPC_BAD_ANSWER);
    expect("more sent than the window has", bulk_answered(0, 0, true, WINDOW + 1), RPC_TOO_LARGE);
    expect("more sent than a message has", bulk_answered(0, 0, false, 385), RPC_TOO_LARGE);
}

static err_t make_answered(unsigned caps, cap_t cap)
{
    next.message = (struct message){.tag = TAG(0, 0, caps)};
    next.result = RECEIVE_BUFFER;
    next.cap = cap;
    return echo_make(&echo, 1, SLOT);
}

static void check_capabilities(void)
{
    buffer->receive[0] = 1234;
    expect("a capability", make_answered(1, SLOT), 0);
    expect("none", make_answered(0, SLOT), RPC_BAD_ANSWER);
    expect("two", make_answered(2, SLOT), RPC_BAD_ANSWER);
    expect("in another slot", make_answered(1, CAP_OF(6)), RPC_BAD_ANSWER);
    expect("its own", make_answered(1, CAP_OWN), RPC_BAD_ANSWER);
    expect("the slot was named", next.seen_receive == SLOT ? 0 : RPC_INTERNAL, 0);
    expect("and then what was there before", buffer->receive[0] == 1234 ? 0 : RPC_INTERNAL, 0);
}

/* Code that calls in the middle of another call leaves no trace. */
static void check_interrupted(void)
{
    struct rpc_interrupted aside;
    struct message_buffer before;
    uint8_t window[WINDOW];

    context.window.bytes = WINDOW;
    memset(buffer, 0x11, sizeof(*buffer));
    memset(context.window.address, 0x22, WINDOW);
    before = *buffer;
    memcpy(window, context.window.address, WINDOW);
    rpc_interrupt_begin(&context, &aside);
    (void)text_answered(16, 8, 3, RECEIVE_BUFFER);
    next.message = (struct message){0};
    next.result = 0;
    uint32_t size = 0;
    err_t error = echo_bulk(&echo, window, WINDOW, window, WINDOW, &size);
    rpc_interrupt_end(&context, &aside);
    expect("no window meanwhile", error, RPC_TOO_LARGE);
    expect("the buffer as it was", memcmp(&before, buffer, sizeof(before)) ? RPC_INTERNAL : 0, 0);
    expect("the window as it was",
           memcmp(window, context.window.address, WINDOW) || context.window.bytes != WINDOW, 0);
}

/* ---- Random answers -------------------------------------------------------------------------- */

static uint64_t random_word(void)
{
    static const uint64_t borders[] = {0, 1, 8, 384, 512, WINDOW, 1ull << 32, UINT64_MAX};
    uint64_t base = borders[rand() % 8] + (uint64_t)(rand() % 3) - 1;

    return rand() % 2 ? base : base | RPC_IN_WINDOW;
}

static void check_random(void)
{
    for (unsigned i = 0; i < RANDOM_ANSWERS; i++) {
        uint64_t first = random_word(), second = random_word();
        unsigned words = (unsigned)rand() % 65;
        if (i % 2)
            (void)text_answered(first, second, words, rand() % 2 ? RECEIVE_BUFFER : 0);
        else
            (void)bulk_answered(first, words, rand() % 2, (uint32_t)rand() % (WINDOW + 2));
    }
    printf("ok rpc_client: random answers\n");
}

int main(void)
{
    buffer = calloc(1, sizeof(*buffer));
    context = (struct rpc_context){
        .buffer = buffer, .session = CAP_OF(4), .window = {malloc(WINDOW), WINDOW}};
    if (!buffer || !context.window.address)
        return 1;
    check_registers();
    check_contents();
    check_window();
    check_capabilities();
    check_interrupted();
    check_random();
    free(buffer);
    free(context.window.address);
    return failures != 0;
}
