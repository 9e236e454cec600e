/* SPDX-License-Identifier: BSD-2-Clause */
/* libsys at work: memory and slots over real Untypeds, a passive program, a passive thread. */

#include "libsys/invoke.h"
#include "libsys/memory.h"
#include "libsys/server.h"
#include "tests/guest/check.h"

#define SLOTS 4096

static uint64_t bitmap[SLOTS_WORDS(SLOTS)];
static struct slots slots;
static struct memory memory;
static char stack[4096] __attribute__((aligned(16)));

static void check_passive_program(void)
{
    cap_t adder = program_cap("adder");
    struct message before = {0};

    check_error("the first call of a passive program", call(adder, &before), ERROR_NONE);
    for (uint64_t i = 1; i <= 3; i++) {
        struct message message = {.tag = TAG(i, 0, 0), .word = {i, 1, 2, 3, 4, 5, 6, 7}};
        check_error("call of a passive program", call(adder, &message), ERROR_NONE);
        CHECK("its answer", message.word[0] == 28 + i && message.word[1] == 12345 &&
                                message.word[2] == before.word[2] + i && message.word[3] == 0 &&
                                TAG_LABEL(message.tag) == i);
    }
}

static void check_memory(void)
{
    uint64_t before = memory_free(&memory);
    cap_t frame;

    CHECK("the pool has its size", before == program_cap_find("pool")->size);
    check_error("a thousand frames", memory_make(&memory, OBJECT_FRAME, 12, 1000, &frame),
                ERROR_NONE);
    CHECK("they take what they take", memory_free(&memory) == before - (1000 << 12));
    check_error("more than there is", memory_make_one(&memory, OBJECT_FRAME, 36, &frame),
                ERROR_NO_MEMORY);
    check_error("too small a size", memory_make_one(&memory, OBJECT_FRAME, 11, &frame),
                ERROR_OUT_OF_RANGE);
    check_error("all of it back", memory_reset(&memory), ERROR_NONE);
    CHECK("as before", memory_free(&memory) == before);
    slots_init(&slots, bitmap, program_info()->first_free_slot, SLOTS);
}

static enum answer add_context(void *context, err_t kind, uint32_t badge, struct message *message)
{
    message->word[0] += *(const uint64_t *)context;
    message->word[1] = badge;
    message->word[2] = kind;
    return ANSWER_REGISTERS;
}

/* A passive thread of this program; returns a capability by which it is called. */
static cap_t thread_make(const uint64_t *context)
{
    struct server_thread *start = (struct server_thread *)(stack + sizeof(stack) - sizeof(*start));
    uint32_t slot = slots_take(&slots, 1);
    cap_t endpoint, thread;

    *start = (struct server_thread){.handler = add_context, .context = (void *)(uintptr_t)context};
    check_error("endpoint",
                memory_make_one(&memory, OBJECT_ENDPOINT, program_info()->endpoint_bits, &endpoint),
                ERROR_NONE);
    check_error("thread",
                memory_make_one(&memory, OBJECT_THREAD, program_info()->thread_bits, &thread),
                ERROR_NONE);
    check_error("spaces", thread_set_space(thread, program_cap("cnode"), program_cap("vspace")),
                ERROR_NONE);
    check_error("bind", thread_set_endpoint(thread, endpoint), ERROR_NONE);
    check_error("start", thread_start(thread, (uint64_t)server_thread, (uint64_t)start, 0, 0),
                ERROR_NONE);
    check_error("mint", cnode_mint(program_cap("cnode"), slot, endpoint, RIGHT_ENDPOINT_CALL, 77),
                ERROR_NONE);
    return CAP_OF(slot);
}

static void check_passive_thread(void)
{
    static const uint64_t context = 1000;
    cap_t cap = thread_make(&context);

    for (uint64_t i = 0; i < 2; i++) {
        struct message message = {.word = {i}};
        check_error("call of a passive thread", call(cap, &message), ERROR_NONE);
        CHECK("its answer",
              message.word[0] == 1000 + i && message.word[1] == 77 && message.word[2] == 0);
    }
    struct message message = {0};
    check_error("its end", memory_reset(&memory), ERROR_NONE);
    check_error("its endpoint went with it", call(cap, &message), ERROR_INVALID_CAPABILITY);
}

int main(const struct program_info *info)
{
    slots_init(&slots, bitmap, info->first_free_slot, SLOTS);
    memory_init(&memory, &slots, program_cap("cnode"));
    check_error("the pool", memory_add(&memory, program_cap("pool")), ERROR_NONE);
    check_passive_program();
    check_memory();
    check_passive_thread();
    return check_failures;
}
