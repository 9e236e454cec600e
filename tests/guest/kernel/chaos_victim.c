/* SPDX-License-Identifier: BSD-2-Clause */
/* See chaos.h. No data of its own, no pointers to functions but its own start. */

#include "tests/guest/kernel/chaos.h"
#include "tests/guest/kernel/coverage.h"

void step_call(struct area *area, struct step *step);

#define WINDOW 0x48000000ull /* where it maps what it gets */

static uint64_t pick(struct area *area, uint64_t below)
{
    return chaos_random(&area->data[CHAOS_RANDOM]) % below;
}

static uint64_t any_cap(struct area *area)
{
    return CAP_OF(pick(area, CHAOS_SLOTS));
}

/* A handle of this type, if a few tries find one. */
static uint64_t cap_of_type(struct area *area, unsigned type)
{
    struct step *step = &area->step[1];
    uint64_t cap = 0;

    if ((type == OBJECT_CNODE || type == OBJECT_VSPACE || type == OBJECT_CPU) && pick(area, 4))
        return CAP_OF(type == OBJECT_CNODE ? 1 + 3 * pick(area, 2) : type == OBJECT_VSPACE ? 2 : 3);
    for (unsigned i = 0; i < 12; i++) {
        cap = any_cap(area);
        step->in[R_RAX] = SYSCALL_INSPECT;
        step->in[R_RDX] = cap;
        step_call(area, step);
        if ((step->out[R_RDI] & 0xff) == type)
            break;
    }
    return cap;
}

/* Anything, with a bent for borders. */
static uint64_t any_word(struct area *area)
{
    switch (pick(area, 12)) {
    case 0:
        return 0;
    case 1:
        return -1ull;
    case 2:
        return 1ull << pick(area, 64);
    case 3:
        return chaos_random(&area->data[CHAOS_RANDOM]) << 13;
    case 4:
        return pick(area, 8);
    case 5:
        return pick(area, 64);
    case 6:
        return 4096 * pick(area, 64);
    case 7:
        return WINDOW + 4096 * pick(area, 2048);
    case 8:
        return 6 + pick(area, 12);
    case 9:
        return 10000 + pick(area, 100000);
    default:
        return any_cap(area);
    }
}

/* The last slots are empty more often. */
static uint64_t slot_to_fill(struct area *area)
{
    return pick(area, 4) ? CHAOS_EMPTY + pick(area, CHAOS_SLOTS - CHAOS_EMPTY)
                         : pick(area, CHAOS_SLOTS);
}

/* Sizes that fit, so that objects come about. */
static uint64_t size_of_type(struct area *area, uint64_t type)
{
    switch (type) {
    case OBJECT_VSPACE:
        return 15 + pick(area, 2);
    case OBJECT_FRAME:
        return 12 + pick(area, 4);
    case OBJECT_THREAD:
    case OBJECT_CNODE:
        return 10 + pick(area, 3);
    case OBJECT_UNTYPED:
        return 10 + pick(area, 7);
    case OBJECT_REPLY:
        return 6;
    default:
        return 7 + pick(area, 2);
    }
}

/* Sense in the words of operations that would else hardly ever succeed. */
static void sensible_words(struct area *area, enum operation_index index, uint64_t *word)
{
    switch (index) {
    case INDEX_untyped_retype:
        word[1] = slot_to_fill(area);
        word[2] = 1 + pick(area, 3);
        word[3] = 1 + pick(area, OBJECT_SCHED_CONTEXT);
        word[4] = size_of_type(area, word[3]);
        break;
    case INDEX_frame_map:
        word[2] = pick(area, 3) ? 0 : 4096 * pick(area, 4);
        word[1] = WINDOW + 0x10000 * pick(area, 64) + word[2];
        word[3] = pick(area, 2) ? 4096 : 4096 * (1 + pick(area, 4));
        word[4] = pick(area, 4) ? 1 + 2 * pick(area, 3) : pick(area, 8);
        break;
    case INDEX_frame_protect:
    case INDEX_frame_unmap:
        word[0] = pick(area, 2) ? 0 : 4096 * pick(area, 4);
        word[1] = pick(area, 2) ? 4096 : 4096 * (1 + pick(area, 4));
        word[2] = pick(area, 8);
        break;
    case INDEX_thread_start:
        word[0] = (uint64_t)chaos_victim;
        word[1] = (uint64_t)area + AREA_BYTES - 1024;
        word[2] = (uint64_t)&area->canary;
        word[3] = (uint64_t)area;
        break;
    case INDEX_sched_context_configure:
        word[1] = pick(area, 40);
        word[2] = 10000 + pick(area, 100000);
        break;
    case INDEX_cnode_copy:
    case INDEX_cnode_mint:
    case INDEX_cnode_move:
        word[0] = slot_to_fill(area);
        break;
    case INDEX_cnode_fetch:
        word[0] = slot_to_fill(area);
        word[2] = pick(area, CHAOS_SLOTS);
        break;
    case INDEX_cnode_delete:
    case INDEX_cnode_revoke:
        word[0] = pick(area, CHAOS_SLOTS);
        break;
    default:
        break;
    }
}

static bool is_harsh(enum operation_index index)
{
    return index == INDEX_vspace_supply || index == INDEX_cnode_delete ||
           index == INDEX_cnode_revoke || index == INDEX_thread_suspend ||
           index == INDEX_thread_set_space;
}

static enum operation_index random_operation(struct area *area, struct step *step)
{
    enum operation_index index = (enum operation_index)pick(area, OPERATION_COUNT);
    if (is_harsh(index) && pick(area, 8))
        index = INDEX_frame_map; /* all is ruined soon enough */
    const struct operation_entry *entry = &operations[index];
    uint64_t word[8];

    for (unsigned i = 0; i < 8; i++)
        word[i] = any_word(area);
    for (unsigned i = 0; i < 6; i++)
        if (entry->argument[i].kind == ARGUMENT_CAP || entry->argument[i].kind == ARGUMENT_OPTIONAL)
            word[i] = cap_of_type(area, entry->argument[i].type);
        else if (entry->argument[i].kind == ARGUMENT_ANY)
            word[i] = any_cap(area);
    if (pick(area, 8))
        sensible_words(area, index, word);
    step->in[R_RAX] = SYSCALL_CALL;
    step->in[R_RDX] = cap_of_type(area, entry->object);
    step->in[R_R15] = entry->number;
    for (unsigned i = 0; i < 8; i++)
        step->in[R_RDI + i] = word[i];
    return index;
}

/* Buffer, tag and everything else as it comes. */
static void random_call(struct area *area, struct step *step)
{
    static const uint8_t numbers[] = {
        SYSCALL_CALL,    SYSCALL_REPLY_WAIT,  SYSCALL_SIGNAL,
        SYSCALL_INSPECT, SYSCALL_CALL_BUFFER, SYSCALL_REPLY_WAIT_BUFFER,
        SYSCALL_DETACH,  SYSCALL_CALL,        SYSCALL_CALL_BUFFER,
        SYSCALL_SIGNAL,  SYSCALL_DETACH + 1};

    for (unsigned i = 0; i < R_COUNT; i++)
        step->in[i] = any_word(area);
    step->in[R_RAX] = numbers[pick(area, sizeof(numbers))];
    if (area->data[CHAOS_SERVES] && pick(area, 2))
        step->in[R_RAX] = SYSCALL_REPLY_WAIT + 4 * pick(area, 2);
    step->in[R_RDX] = step->in[R_RAX] == SYSCALL_SIGNAL   ? cap_of_type(area, OBJECT_NOTIFICATION)
                      : step->in[R_RAX] == SYSCALL_DETACH ? cap_of_type(area, OBJECT_REPLY)
                                                          : cap_of_type(area, OBJECT_ENDPOINT);
    step->in[R_R15] = TAG(pick(area, 100), pick(area, 70), pick(area, 6));
    for (unsigned i = 0; i < MESSAGE_CAPS; i++) {
        area->buffer.caps[i] = (uint32_t)any_cap(area);
        area->buffer.receive[i] = (uint32_t)any_cap(area);
    }
}

void chaos_victim(struct area *area)
{
    struct step *step = &area->step[0];

    for (;;) {
        enum operation_index index = OPERATION_COUNT;
        if (pick(area, area->data[CHAOS_SERVES] ? 3 : 12))
            index = random_operation(area, step);
        else
            random_call(area, step);
        step_call(area, step);
        CHAOS_TALLY[index][step->flags & 1]++;
        area->data[CHAOS_CALLS]++;
        if (pick(area, 64) == 0)
            *(volatile uint64_t *)(WINDOW + 4096 * pick(area, 64)) = 1;
    }
}
