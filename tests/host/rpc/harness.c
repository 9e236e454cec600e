/* SPDX-License-Identifier: BSD-2-Clause */
/* See harness.h. */

#include "tests/host/rpc/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libsys/invoke.h"

#define CNODE CAP_OF(2)
#define SLOTS 64
#define BADGE 7
#define BADGE_WINDOW 8

#define EXPECT(condition)                                                        \
    do {                                                                         \
        if (!(condition)) {                                                      \
            printf("not ok rpc: not true: %s (%s)\n", #condition, harness.what); \
            abort();                                                             \
        }                                                                        \
    } while (0)

static struct {
    struct rpc_server server;
    struct slots slots;
    uint64_t bitmap[SLOTS_WORDS(SLOTS)];
    uint8_t type[SLOTS]; /* what is in each slot of the server's table */
    uint8_t *window;
    unsigned called;
    const char *what;
    volatile uint64_t sum; /* of all bytes that were read */
} harness;

/* ---- The kernel ------------------------------------------------------------------------------ */

struct syscall_result host_syscall(enum syscall number, cap_t cap, struct message *message)
{
    if (number == SYSCALL_INSPECT) {
        EXPECT(CAP_INDEX(cap) < SLOTS);
        message->word[0] = harness.type[CAP_INDEX(cap)];
        return (struct syscall_result){0};
    }
    EXPECT(number == SYSCALL_CALL && cap == CNODE && message->tag == OP_cnode_delete);
    EXPECT(message->word[0] < SLOTS && harness.type[message->word[0]] != 0);
    harness.type[message->word[0]] = 0;
    return (struct syscall_result){0};
}

/* ---- The server ------------------------------------------------------------------------------ */

static struct rpc_window window_of(void *context, uint32_t session_badge)
{
    (void)context;
    if (session_badge == BADGE_WINDOW)
        return (struct rpc_window){harness.window, RPC_HOSTILE_WINDOW};
    return (struct rpc_window){0};
}

static void rpc_probe_called(struct rpc_request *request)
{
    EXPECT(request->server == &harness.server);
    harness.called++;
}

static void rpc_probe_read(const void *data, uint64_t size)
{
    for (uint64_t i = 0; i < size; i++)
        harness.sum += ((const uint8_t *)data)[i];
}

static void rpc_probe_text(const char *text, uint32_t max)
{
    size_t length = strlen(text);

    EXPECT(length >= 1 && length <= max);
}

static uint32_t rpc_probe_fill(void *data, uint64_t room)
{
    memset(data, 0x5a, room);
    return (uint32_t)room;
}

static void rpc_probe_cap(cap_t cap, bool optional)
{
    EXPECT(cap != 0 || optional);
    EXPECT(cap == 0 || harness.type[CAP_INDEX(cap)] != 0);
}

static void rpc_probe_expect(bool holds)
{
    EXPECT(holds);
}

#include "libsys/rpc_probes.h"

const struct rpc_probe *const harness_probes = rpc_probes;
const size_t harness_probe_count = sizeof(rpc_probes) / sizeof(rpc_probes[0]);

/* ---- A message ------------------------------------------------------------------------------- */

static void server_open(void)
{
    slots_init(&harness.slots, harness.bitmap, 3, SLOTS);
    harness.server = (struct rpc_server){
        .buffer = malloc(sizeof(struct message_buffer)),
        .slots = &harness.slots,
        .cnode = CNODE,
        .window = window_of,
    };
    harness.window = malloc(RPC_HOSTILE_WINDOW);
    EXPECT(harness.server.buffer && harness.window && rpc_server_init(&harness.server) == 0);
}

/* As the kernel does it: what is the server's own is recognised, all else goes to a slot. */
static void cap_arrive(unsigned i, uint8_t cap)
{
    struct message_buffer *buffer = harness.server.buffer;
    static const uint32_t badges[] = {BADGE, 0, BADGE_WINDOW, BADGE};
    bool own = cap >= RPC_HOSTILE_OWN && cap <= RPC_HOSTILE_NO_WINDOW;

    buffer->caps[i] = own ? CAP_OWN : buffer->receive[i];
    buffer->own_badge[i] = own ? badges[cap - RPC_HOSTILE_OWN] : 0;
    if (!own)
        harness.type[CAP_INDEX(buffer->receive[i])] = cap ? cap : OBJECT_UNTYPED;
}

static void buffer_arrive(const struct rpc_hostile *message)
{
    memset(harness.server.buffer->words, 0xee, sizeof(harness.server.buffer->words));
    for (unsigned i = 0; i < TAG_WORDS(message->tag); i++)
        harness.server.buffer->words[i] = message->buffer ? message->buffer[i] : 0;
    for (unsigned i = 0; i < TAG_CAPS(message->tag); i++)
        cap_arrive(i, message->cap[i]);
}

static err_t error_of(const struct rpc_probe *probe, uint64_t tag)
{
    uint64_t code = TAG_LABEL(tag);

    (void)probe;
    EXPECT(code < RPC_COMMON_CODES); /* these servers have no errors of their own */
    return code ? RPC_ERROR(0, code) : 0;
}

/* The answer is one that the kernel would take, and nothing of the request is left. */
static void check_after(enum answer answer, uint64_t tag)
{
    EXPECT(answer == ANSWER_REGISTERS || answer == ANSWER_BUFFER);
    EXPECT(answer == ANSWER_BUFFER || (TAG_WORDS(tag) == 0 && TAG_CAPS(tag) == 0));
    EXPECT(TAG_WORDS(tag) <= MESSAGE_BUFFER_WORDS && TAG_CAPS(tag) <= MESSAGE_CAPS);
    EXPECT(TAG_LABEL(tag) == 0 || (TAG_WORDS(tag) == 0 && TAG_CAPS(tag) == 0));
    for (unsigned i = 0; i < SLOTS; i++)
        EXPECT(harness.type[i] == 0);
    for (unsigned i = 0; i < MESSAGE_CAPS; i++)
        EXPECT(harness.server.buffer->receive[i] == harness.server.receive[i]);
}

struct harness_outcome harness_send(const struct rpc_probe *probe,
                                    const struct rpc_hostile *message, uint32_t badge)
{
    struct message msg = {.tag = message->tag};
    enum answer answer;

    if (!harness.server.buffer)
        server_open();
    harness.what = message->what;
    harness.called = 0;
    memcpy(msg.word, message->word, sizeof(msg.word));
    if (!message->plain)
        buffer_arrive(message);
    struct rpc_request request =
        rpc_begin(&harness.server, message->plain ? 0 : RECEIVE_BUFFER, badge);
    answer = probe->dispatch(&request, &msg);
    check_after(answer, msg.tag);
    return (struct harness_outcome){.error = error_of(probe, msg.tag), .called = harness.called};
}
