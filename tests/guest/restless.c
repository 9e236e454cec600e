/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs for the supervisor to look after, by their argument: "server" does what it is asked, and
 * be it to crash; "worker" calls a server and ends with status 7; "broken" crashes at once;
 * "subscriber" has a timer, and is told of names, times and messages.
 */

#include "libsys/clock_client.h"
#include "libsys/invoke.h"
#include "libsys/log_client.h"
#include "libsys/name_client.h"
#include "libsys/program.h"
#include "libsys/server.h"
#include "libsys/string.h"
#include "libsys/timer_client.h"
#include "tests/guest/restless.h"

static void crash(void)
{
    char *volatile nowhere = (char *)RESTLESS_ADDRESS;

    *(volatile char *)nowhere = 0;
}

/* An object out of each Untyped of a row, so that all of them are what they should be. */
static void memory_use(struct message *message)
{
    const struct program_cap *memory = program_cap_find("memory");
    uint32_t slot = program_info()->first_free_slot;
    uint64_t address, bytes, free, device, sum = 0;
    err_t error = 0;

    *message = (struct message){0};
    for (uint32_t i = 0; memory && i < memory->count && !error; i++) {
        cap_t untyped = memory->cap + CAP_OF(i);
        error = untyped_info(untyped, &address, &bytes, &free, &device);
        if (!error && (free != bytes || device))
            error = ERROR_NO_MEMORY;
        if (!error)
            error = untyped_retype(untyped, program_cap("cnode"), slot, 1, OBJECT_FRAME, 12);
        if (!error)
            error = cnode_delete(program_cap("cnode"), slot);
        sum += bytes;
    }
    message->word[0] = error;
    message->word[1] = sum;
    message->word[2] = memory ? memory->size : 0;
}

static enum answer serve(void *context, err_t kind, uint32_t badge, struct message *message)
{
    uint64_t *count = context;

    (void)kind;
    *count += badge != 0; /* the supervisor's questions have none */
    switch (TAG_LABEL(message->tag)) {
    case RESTLESS_COUNT:
        *message = (struct message){.word = {*count}};
        break;
    case RESTLESS_CRASH:
        crash();
        break;
    case RESTLESS_EXIT:
        program_exit((int)message->word[0]);
    case RESTLESS_HANG:
        for (;;)
            ;
    case RESTLESS_MEMORY:
        memory_use(message);
        break;
    default:
        *message = (struct message){.word = {ERROR_UNKNOWN_OPERATION}};
    }
    return ANSWER_REGISTERS;
}

static int work(void)
{
    struct message message = {.tag = TAG(RESTLESS_COUNT, 0, 0)};

    if (call(program_cap("helper"), &message) || message.word[0] != 1)
        return 1;
    return RESTLESS_STATUS;
}

/* With the manifest's Notification, which is the next one's too. */
static int subscribe(void)
{
    struct rpc_context context = {.buffer = program_buffer()};
    struct rpc_client timer = {program_cap("timer"), &context},
                      clock = {program_cap("clock"), &context},
                      name = {program_cap("name"), &context}, log = {program_cap("log"), &context};
    cap_t ear = program_cap("ear");
    uint64_t left, flags;
    uint32_t number;
    err_t error = timer_create(&timer, ear, &number);

    if (!error)
        error = timer_arm(timer.cap, number, UINT64_MAX, 0, &left);
    if (!error)
        error = clock_subscribe(&clock, ear);
    if (!error)
        error = name_subscribe(&name, "anything", ear);
    if (!error)
        error = log_subscribe(&log, ear);
    if (error || signal_flags(program_cap("bell")))
        return 1;
    for (;;)
        (void)!notification_wait(ear, &flags);
}

int main(const struct program_info *info)
{
    uint64_t count = 0;

    if (string_equal(program_text(info->arguments), "subscriber"))
        return subscribe();

    if (string_equal(program_text(info->arguments), "worker"))
        return work();
    if (string_equal(program_text(info->arguments), "broken"))
        crash();
    return (int)server_run(serve, &count);
}
