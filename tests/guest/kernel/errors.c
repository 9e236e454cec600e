/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every operation refuses, made from the list itself: handles that name nothing, something of
 * another type, or too little authority, in the place of the invoked capability and of each
 * argument; operations that don't exist; and the same for the system calls that aren't operations.
 */

#include "libsys/names.h"
#include "tests/guest/kernel/runner.h"

/* A capability of each type with all rights; of an Endpoint without the right to call. */
static cap_t sample[OBJECT_COUNT];
static cap_t empty, past_end;

static void samples_make(void)
{
    static const enum object_type made[] = {OBJECT_UNTYPED,      OBJECT_CNODE,        OBJECT_VSPACE,
                                            OBJECT_FRAME,        OBJECT_THREAD,       OBJECT_REPLY,
                                            OBJECT_NOTIFICATION, OBJECT_SCHED_CONTEXT};
    for (unsigned i = 0; i < sizeof(made) / sizeof(made[0]); i++)
        sample[made[i]] = case_make(made[i], 0);
    sample[OBJECT_ENDPOINT] =
        case_copy(case_make(OBJECT_ENDPOINT, 0), RIGHT_ALL & ~RIGHT_ENDPOINT_CALL);
    sample[OBJECT_CPU] = case_copy(own.cpu, RIGHT_ALL);
    sample[OBJECT_IRQ_HANDLER] = case_copy(own.timer, RIGHT_ALL);
    sample[OBJECT_IO_PORT] = case_copy(own.pit, RIGHT_ALL);
    sample[OBJECT_TABLES] = case_make(OBJECT_FRAME, 12);
    OK(vspace_supply, sample[OBJECT_VSPACE], sample[OBJECT_TABLES]);
    empty = CAP_OF(case_slot());
    past_end = CAP_OF(1u << 20);
}

static void expect_refused(enum operation_index index, cap_t self, const uint64_t *words,
                           enum error_code code, unsigned argument, unsigned type)
{
    struct message message = {.tag = operations[index].number};

    for (unsigned i = 0; i < 6; i++)
        message.word[i] = words[i];
    test_result(__FILE__, __LINE__, index, call(self, &message), code, argument, type);
}

/* The argument `i` of the operation, the ones before it being right. */
static void refuse_argument(enum operation_index index, uint64_t *words, unsigned i)
{
    const struct argument_entry *argument = &operations[index].argument[i];
    cap_t self = sample[operations[index].object], good = (cap_t)words[i];

    words[i] = empty;
    expect_refused(index, self, words, ERROR_INVALID_CAPABILITY, i + 1, OBJECT_NULL);
    if (argument->kind != ARGUMENT_OPTIONAL) {
        words[i] = 0;
        expect_refused(index, self, words, ERROR_INVALID_CAPABILITY, i + 1, OBJECT_NULL);
    }
    static const uint64_t outside[] = {1ull << 26, 1ull << 32, 1ull << 63, -1ull, 1, 63};
    for (unsigned k = 0; k < sizeof(outside) / sizeof(outside[0]); k++) {
        words[i] = outside[k] | (k < 4 ? good : 0);
        expect_refused(index, self, words, ERROR_OUT_OF_RANGE, i + 1, OBJECT_NULL);
    }
    if (argument->kind != ARGUMENT_ANY) {
        for (enum object_type type = 1; type < OBJECT_COUNT; type++) {
            if (type == argument->type || !sample[type])
                continue;
            words[i] = sample[type];
            expect_refused(index, self, words, ERROR_WRONG_TYPE, i + 1, type);
        }
        for (unsigned right = 1; right < 0x80; right <<= 1) {
            if (!(argument->rights & right))
                continue;
            words[i] = case_copy(good, RIGHT_ALL & ~right);
            expect_refused(index, self, words, ERROR_MISSING_RIGHT, i + 1, argument->type);
        }
    }
    words[i] = good;
}

static void refuse_self(enum operation_index index, const uint64_t *words)
{
    const struct operation_entry *entry = &operations[index];

    expect_refused(index, empty, words, ERROR_INVALID_CAPABILITY, 0, OBJECT_NULL);
    for (unsigned right = 1; right < 0x80; right <<= 1)
        if (entry->rights & right)
            expect_refused(index, case_copy(sample[entry->object], RIGHT_ALL & ~right), words,
                           ERROR_MISSING_RIGHT, 0, entry->object);
}

static void every_operation(void)
{
    samples_make();
    for (enum operation_index index = 0; index < OPERATION_COUNT; index++) {
        const struct operation_entry *entry = &operations[index];
        uint64_t words[6] = {0};
        if (entry->object == OBJECT_PLATFORM || entry->object == OBJECT_REPLY)
            continue;
        for (unsigned i = 0; i < 6; i++)
            if (entry->argument[i].kind == ARGUMENT_ANY)
                words[i] = sample[OBJECT_NOTIFICATION];
            else if (entry->argument[i].kind > ARGUMENT_WORD)
                words[i] = sample[entry->argument[i].type];
        refuse_self(index, words);
        for (unsigned i = 0; i < 6; i++)
            if (entry->argument[i].kind > ARGUMENT_WORD)
                refuse_argument(index, words, i);
    }
}

/* Operations that a type doesn't have, up to numbers that no table has. */
static void unknown_operations(void)
{
    static const uint64_t far[] = {0x7f,       0x80,       0xff,       0x100, 0xffff, 1ull << 31,
                                   1ull << 32, 1ull << 62, 1ull << 63, -1ull, -64ull};

    samples_make();
    for (enum object_type type = 1; type < OBJECT_COUNT; type++) {
        uint64_t first = 0;
        if (!sample[type] || type == OBJECT_REPLY)
            continue;
        for (enum operation_index i = 0; i < OPERATION_COUNT; i++)
            if (operations[i].object == type && operations[i].number >= first)
                first = operations[i].number + 1;
        for (uint64_t number = first; number < first + 32; number++) {
            struct message message = {.tag = number};
            EXPECT_EQUAL(call(sample[type], &message),
                         test_error_word(ERROR_UNKNOWN_OPERATION, 0, type));
        }
        for (unsigned i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
            struct message message = {.tag = far[i]};
            EXPECT_EQUAL(call(sample[type], &message),
                         test_error_word(ERROR_UNKNOWN_OPERATION, 0, type));
        }
    }
    coverage_note_code(ERROR_UNKNOWN_OPERATION);
}

/* SIGNAL of all that isn't a Notification to be signalled. */
static void signals(void)
{
    samples_make();
    for (enum object_type type = 1; type < OBJECT_COUNT; type++)
        if (sample[type] && type != OBJECT_NOTIFICATION)
            EXPECT_EQUAL(signal_flags(sample[type]), test_error_word(ERROR_WRONG_TYPE, 0, type));
    EXPECT_ERROR(signal_flags(empty), INVALID_CAPABILITY, 0, NOTHING);
    EXPECT_ERROR(signal_flags(0), INVALID_CAPABILITY, 0, NOTHING);
    EXPECT_ERROR(signal_flags(case_copy(sample[OBJECT_NOTIFICATION], RIGHT_NOTIFICATION_WAIT)),
                 MISSING_RIGHT, 0, NOTIFICATION);
    EXPECT_NO_ERROR(signal_flags(sample[OBJECT_NOTIFICATION]));
}

/* DETACH likewise; nobody is served here, so that a good handle finds no caller. */
static void detaches(void)
{
    samples_make();
    for (enum object_type type = 1; type < OBJECT_COUNT; type++)
        if (sample[type] && type != OBJECT_REPLY)
            EXPECT_EQUAL(detach(sample[type]), test_error_word(ERROR_WRONG_TYPE, 0, type));
    EXPECT_ERROR(detach(empty), INVALID_CAPABILITY, 0, NOTHING);
    EXPECT_ERROR(detach(0), INVALID_CAPABILITY, 0, NOTHING);
    EXPECT_ERROR(detach(past_end), INVALID_CAPABILITY, 0, NOTHING);
    EXPECT_ERROR(detach(sample[OBJECT_REPLY] + 1), INVALID_CAPABILITY, 0, NOTHING);
    EXPECT_ERROR(detach(case_copy(sample[OBJECT_REPLY], 0)), MISSING_RIGHT, 0, REPLY);
    EXPECT_ERROR(detach(sample[OBJECT_REPLY]), NO_CALLER, 0, REPLY);
}

/* The invoked handle is masked, not checked: it names a slot of the caller's own table, always. */
static void masked_handles(void)
{
    struct cap_description what;

    samples_make();
    for (unsigned shift = 18; shift < 32; shift++) {
        EXPECT_NO_ERROR(inspect(sample[OBJECT_FRAME] | 1u << shift, &what));
        EXPECT_EQUAL(what.type, OBJECT_FRAME);
    }
    EXPECT_NO_ERROR(inspect(sample[OBJECT_FRAME] + 63, &what));
    EXPECT_EQUAL(what.type, OBJECT_FRAME);
    EXPECT_NO_ERROR(inspect(empty, &what));
    EXPECT_EQUAL(what.type, OBJECT_NULL);
    EXPECT_EQUAL(what.badge | what.rights | what.size_bits, 0);
}

/* What the INSPECT system call says, and cnode_inspect says the same. */
static void inspection(void)
{
    uint64_t said, badge;

    samples_make();
    for (enum object_type type = 0; type < OBJECT_COUNT; type++) {
        struct cap_description what = case_inspect(sample[type]);
        if (!sample[type])
            continue;
        OK(cnode_inspect, own.cnode, CAP_INDEX(sample[type]), &said, &badge);
        EXPECT_EQUAL(what.type, type);
        EXPECT_EQUAL(said, what.type | (uint64_t)what.rights << 8 | (uint64_t)what.size_bits << 24);
        EXPECT_EQUAL(badge, what.badge);
    }
    EXPECT_EQUAL(case_inspect(sample[OBJECT_CNODE]).size_bits, 12);
    EXPECT_EQUAL(case_inspect(sample[OBJECT_CNODE]).rights, RIGHT_ALL);
    cap_t minted = case_mint(sample[OBJECT_ENDPOINT], RIGHT_ENDPOINT_RECEIVE, 0xfedcba98);
    EXPECT_EQUAL(case_inspect(minted).badge, 0xfedcba98);
    EXPECT_EQUAL(case_inspect(minted).rights, RIGHT_ENDPOINT_RECEIVE);
    OK(cnode_inspect, own.cnode, CAP_INDEX(minted), &said, &badge);
    EXPECT_EQUAL(badge, 0xfedcba98);
    OK(cnode_inspect, own.cnode, CAP_INDEX(empty), &said, &badge);
    EXPECT_EQUAL(said | badge, 0);
    FAILS(OUT_OF_RANGE, 1, NOTHING, cnode_inspect, own.cnode, 1ull << 32, &said, &badge);
    FAILS(OUT_OF_RANGE, 1, NOTHING, cnode_inspect, sample[OBJECT_CNODE], 64, &said, &badge);
}

/* CALL and CALL_BUFFER of everything without a message buffer: the runner has none from here on. */
static void buffer_calls(void)
{
    struct message message = {0};

    OK(thread_set_buffer, own.thread, 0, 0);
    samples_make();
    EXPECT_ERROR(call_buffer(empty, &message), INVALID_CAPABILITY, 0, NOTHING);
    message = (struct message){.tag = 0x7f};
    EXPECT_ERROR(call_buffer(sample[OBJECT_FRAME], &message), UNKNOWN_OPERATION, 0, FRAME);
    message = (struct message){.tag = OP_frame_info};
    EXPECT_NO_ERROR(call_buffer(sample[OBJECT_FRAME], &message));
    EXPECT_EQUAL(message.word[1], 4096);
    message = (struct message){0};
    EXPECT_ERROR(call_buffer(sample[OBJECT_REPLY], &message), NO_CALLER, 0, REPLY);
    message = (struct message){0};
    EXPECT_ERROR(call_buffer(case_make(OBJECT_ENDPOINT, 0), &message), NO_BUFFER, 0, NOTHING);
}

static const struct test error_tests[] = {
    {"every operation", every_operation},
    {"unknown operations", unknown_operations},
    {"signal", signals},
    {"detach", detaches},
    {"masked handles", masked_handles},
    {"inspection", inspection},
    {"calls with a buffer", buffer_calls},
};
GROUP("errors", error_tests);
