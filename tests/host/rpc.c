/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: tests/host/rpc/harness.c libsys/rpc_server.c libsys/slots.c libsys/rpc_names.c */
/* sources: libsys/names.c */
/*
 * Every rule of every protocol, broken once: the messages that tools/idl-gen makes from the
 * interface files, and random ones that begin as those.
 *
 *     RANDOM=N build/host/tests/host/rpc     so many random messages
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libsys/echo_protocol.h"
#include "libsys/rpc_error.h"
#include "tests/host/rpc/harness.h"

#define RANDOM_MESSAGES 200000
#define BADGE_WINDOW 8

/* What is wrong with the outcome; null: nothing. */
static const char *complaint(const struct rpc_hostile *message, struct harness_outcome outcome)
{
    if (outcome.error != message->error)
        return "another answer";
    if (outcome.called != (message->error == 0))
        return message->error ? "the server saw it" : "the server was not called";
    return NULL;
}

static int check_table(const struct rpc_probe *probe)
{
    int failures = 0;

    for (size_t i = 0; i < probe->count; i++) {
        const struct rpc_hostile *message = &probe->hostile[i];
        struct harness_outcome outcome = harness_send(probe, message, 0);
        const char *why = complaint(message, outcome);
        if (!why)
            continue;
        printf("not ok rpc: %s: %s: %s: %s where %s was expected\n", probe->name, message->what,
               why, rpc_error_name(outcome.error), rpc_error_name(message->error));
        failures++;
    }
    if (!failures)
        printf("ok rpc: %s: %zu messages\n", probe->name, probe->count);
    return failures;
}

/* ---- Random messages ------------------------------------------------------------------------- */

static uint64_t random64(void)
{
    static uint64_t state = 0x2545f4914f6cdd1d;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* Values at the borders, more often than others. */
static uint64_t random_value(void)
{
    static const uint64_t borders[] = {
        0,     1,     2,     8,       63,         64,         384,        385,       16384,
        16385, 65536, 65537, 1 << 31, UINT32_MAX, 1ull << 32, 1ull << 33, UINT64_MAX};
    uint64_t base = borders[random64() % (sizeof(borders) / sizeof(borders[0]))];

    return random64() % 4 ? base + random64() % 3 - 1 : random64();
}

static void change(struct rpc_hostile *message, uint64_t *buffer)
{
    switch (random64() % 6) {
    case 0:
        message->word[random64() % MESSAGE_WORDS] = random_value();
        break;
    case 1:
        buffer[random64() % MESSAGE_BUFFER_WORDS] = random_value();
        break;
    case 2:
        message->tag = (message->tag & ~TAG(0, 0x7f, 0)) | random64() % 65;
        break;
    case 3:
        message->tag = (message->tag & ~TAG(0, 0, 7)) | TAG(0, 0, random64() % 5);
        break;
    case 4:
        message->cap[random64() % MESSAGE_CAPS] =
            (uint8_t)(random64() % 2 ? random64() % OBJECT_COUNT : 0x80 + random64() % 4);
        break;
    default:
        message->plain = !message->plain;
    }
}

/* They may be served or not; the harness looks whether all is as it should be afterwards. */
static void check_random(unsigned long count)
{
    unsigned long served = 0;

    for (unsigned long i = 0; i < count; i++) {
        const struct rpc_probe *probe = &harness_probes[random64() % harness_probe_count];
        struct rpc_hostile message = probe->hostile[random64() % probe->count];
        uint64_t buffer[128] = {0};
        if (message.buffer)
            memcpy(buffer, message.buffer, TAG_WORDS(message.tag) * sizeof(buffer[0]));
        message.buffer = buffer;
        for (uint64_t changes = random64() % 4; changes > 0; changes--)
            change(&message, buffer);
        if (!message.plain &&
            (TAG_WORDS(message.tag) > MESSAGE_BUFFER_WORDS || TAG_CAPS(message.tag) > MESSAGE_CAPS))
            continue; /* the kernel refuses these */
        served += harness_send(probe, &message, random64() % 2 ? BADGE_WINDOW : 0).called;
    }
    if (served == 0)
        printf("not ok rpc: random messages: none was served\n");
    else
        printf("ok rpc: random messages\n");
}

static int check_names(void)
{
    int failures = 0;

    for (size_t i = 0; i < harness_probe_count; i++)
        failures += strcmp(rpc_interface_name(harness_probes[i].hostile[0].tag),
                           harness_probes[i].name) != 0;
    failures += strcmp(rpc_operation_name(RPC_TAG(ECHO_INTERFACE, ECHO_CALL_NULL)), "null") != 0;
    failures += strcmp(rpc_operation_name(RPC_TAG(ECHO_INTERFACE, 99)), "unknown") != 0;
    failures += strcmp(rpc_interface_name(TAG(1ull << 40, 0, 0)), "unknown") != 0;
    failures += strcmp(rpc_error_name(ECHO_ERROR_NO_LUCK), "NO_LUCK") != 0;
    failures += strcmp(rpc_error_name(RPC_NOT_FOUND), "NOT_FOUND") != 0;
    failures += strcmp(rpc_error_name(ERROR_OCCUPIED), "OCCUPIED") != 0;
    failures += strcmp(rpc_error_text(ECHO_ERROR_NO_LUCK), "what `fail` is asked for") != 0;
    failures += strcmp(rpc_error_name(RPC_ERROR(99, 99)), "UNKNOWN") != 0;
    printf(failures ? "not ok rpc: names: %d are wrong\n" : "ok rpc: names\n", failures);
    return failures;
}

int main(void)
{
    const char *count = getenv("RANDOM");
    int failures = check_names();

    for (size_t i = 0; i < harness_probe_count; i++)
        failures += check_table(&harness_probes[i]);
    check_random(count ? strtoul(count, NULL, 0) : RANDOM_MESSAGES);
    return failures != 0;
}
