/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: tests/host/rpc/harness.c libsys/rpc_server.c libsys/slots.c */
/*
 * libFuzzer: any message to the server of any protocol. The harness looks whether all is as it
 * should be afterwards; what the servers get is checked by themselves.
 */

#include <stdint.h>
#include <string.h>

#include "tests/host/rpc/harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What the kernel would let through, as the input begins. The buffer's words follow. */
struct input {
    uint8_t probe, operation, flags, badge;
    uint8_t words, caps;
    uint8_t cap[MESSAGE_CAPS];
    uint64_t word[MESSAGE_WORDS];
} __attribute__((packed));

#define FLAG_PLAIN 1u
#define FLAG_ANY_LABEL 2u

static uint64_t label_of(const struct rpc_probe *probe, const struct input *input)
{
    uint64_t interface = TAG_LABEL(probe->hostile[0].tag) & ~0xffull;

    return input->flags & FLAG_ANY_LABEL ? input->word[7] : interface | input->operation;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    uint64_t buffer[MESSAGE_BUFFER_WORDS] = {0};
    struct rpc_hostile message = {.what = "fuzz", .buffer = buffer};
    struct input input;

    if (size < sizeof(input))
        return 0;
    memcpy(&input, bytes, sizeof(input));
    size -= sizeof(input);
    memcpy(buffer, bytes + sizeof(input), size < sizeof(buffer) ? size : sizeof(buffer));
    const struct rpc_probe *probe = &harness_probes[input.probe % harness_probe_count];
    message.plain = input.flags & FLAG_PLAIN;
    message.tag = TAG(label_of(probe, &input), input.words % (MESSAGE_BUFFER_WORDS + 1),
                      input.caps % (MESSAGE_CAPS + 1));
    memcpy(message.word, input.word, sizeof(message.word));
    memcpy(message.cap, input.cap, sizeof(message.cap));
    (void)harness_send(probe, &message, input.badge);
    return 0;
}
