/* SPDX-License-Identifier: BSD-2-Clause */
/* See steps.h. No data of its own. */

#include "tests/guest/kernel/steps.h"

#include "libsys/invoke.h"

_Noreturn void steps_client_loop(struct area *area);
void steps_server_loop(struct area *area, uint64_t number);

#define CHECK(condition)                                 \
    do {                                                 \
        if (!(condition) && !side->wrong)                \
            side->wrong = __LINE__, side->error = error; \
    } while (0)

static bool is_ended_by(err_t error, enum error_code code)
{
    unsigned type = ERR_TYPE(error);

    return error == ERR(code, 0, type, BLAME_PEER) &&
           (type == OBJECT_THREAD || type == OBJECT_ENDPOINT || type == OBJECT_SCHED_CONTEXT);
}

/* What its call returned. */
static void client_check(struct side *side, err_t error, uint64_t answer)
{
    uint64_t number = side->number;

    if (!syscall_failed(error)) {
        CHECK(answer == number);
        CHECK(side->peer->number == number);
    } else if (ERR_CODE(error) == ERROR_NOT_DELIVERED) {
        side->refused = number;
        CHECK(side->peer->number != number);
        CHECK(is_ended_by(error, ERROR_NOT_DELIVERED));
    } else if (ERR_CODE(error) == ERROR_OUTCOME_UNKNOWN) {
        CHECK(is_ended_by(error, ERROR_OUTCOME_UNKNOWN));
    } else {
        CHECK(error == ERR(ERROR_INVALID_CAPABILITY, 0, 0, BLAME_CALLER)); /* endpoint gone */
        side->stop = 1;
    }
}

/* Calls and faults, in turns. */
_Noreturn void steps_client_loop(struct area *area)
{
    struct side *side = (struct side *)area->data;

    while (!side->stop) {
        struct message message = {.tag = TAG(1, 0, 1), .word = {++side->number}};
        area->buffer.caps[0] = (uint32_t)side->cap;
        area->buffer.receive[0] = (uint32_t)CAP_OF(side->slot);
        err_t error = call_buffer((cap_t)side->handle, &message);
        client_check(side, error, message.word[0]);
        error = cnode_delete((cap_t)side->table, side->slot);
        CHECK(!error);
        message = (struct message){0};
        (void)syscall_message((enum syscall)REPORT_VALUE, 0, &message);
        side->faults++;
    }
    for (uint64_t flags;;) /* at its end it waits for nothing */
        (void)!notification_wait((cap_t)side->cap, &flags);
}

static void serve(struct area *area, struct side *side, uint64_t number)
{
    struct message inner = {.word = {3}};
    err_t error = 0;

    CHECK(number != side->peer->refused);
    CHECK(number > side->number);
    side->number = number;
    if (side->handle)
        error = call((cap_t)side->handle, &inner);
    CHECK(!syscall_failed(error) || ERR_CODE(error) == ERROR_NOT_DELIVERED ||
          ERR_CODE(error) == ERROR_OUTCOME_UNKNOWN || ERR_CODE(error) == ERROR_INVALID_CAPABILITY);
    error = cnode_delete((cap_t)side->table, side->slot);
    CHECK(!error);
    area->buffer.caps[0] = (uint32_t)side->cap;
}

/* Until its endpoint is gone. With a number it has that request already. */
void steps_server_loop(struct area *area, uint64_t number)
{
    struct side *side = (struct side *)area->data;

    for (;;) {
        struct message message = {.tag = TAG(2, 0, 1), .word = {number}};
        uint32_t badge;
        if (number)
            serve(area, side, number);
        else
            message.tag = 0;
        area->buffer.receive[0] = (uint32_t)CAP_OF(side->slot);
        err_t error = reply_wait_buffer(&message, &badge);
        number = syscall_failed(error) ? 0 : message.word[0];
        if (ERR_CODE(error) == ERROR_NOT_BOUND)
            return;
        CHECK(!syscall_failed(error) || ERR_CODE(error) == ERROR_CANCELLED);
    }
}
