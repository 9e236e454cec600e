/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/host/hosted/driver_choose.h"

#include "kernel/arch/x86_64/features.h"

struct choices choices;

static uint64_t next_number(void)
{
    choices.state ^= choices.state << 13;
    choices.state ^= choices.state >> 7;
    choices.state ^= choices.state << 17;
    return choices.state * 0x2545f4914f6cdd1dull;
}

static uint64_t next_bytes(unsigned count)
{
    uint64_t number = 0;
    while (count-- > 0 && choices.left > 0) {
        number = number << 8 | *choices.bytes++;
        choices.left--;
    }
    return number;
}

uint64_t pick(uint64_t n)
{
    if (!choices.finite)
        return (next_number() >> 16) % n;
    return next_bytes(n <= 256 ? 1 : n <= 65536 ? 2 : 4) % n;
}

bool chance(unsigned percent)
{
    return pick(100) < percent;
}

static uint64_t slots_of(const struct thread *thread)
{
    return thread->cnode_mask / sizeof(struct slot) + 1;
}

static uint64_t strange_number(void)
{
    switch (pick(6)) {
    case 0:
        return 0;
    case 1:
        return pick(512);
    case 2:
        return pick(1024) << CAP_SHIFT;
    case 3:
        return 1ull << pick(64);
    case 4:
        return 0 - pick(4096);
    default:
        return pick(1ull << 32) << pick(32);
    }
}

uint64_t pick_handle(const struct thread *thread, enum object_type type)
{
    uint64_t count = slots_of(thread), begin = pick(count);
    if (chance(3))
        return strange_number();
    for (uint64_t i = 0; i < count; i++) {
        uint64_t index = (begin + i) % count;
        if (thread->cnode[index].type == type && !(thread->cnode[index].flags & SLOT_DYING))
            return CAP_OF(index);
    }
    return pick(count) << CAP_SHIFT;
}

uint64_t pick_any_handle(const struct thread *thread)
{
    uint64_t count = slots_of(thread), begin = pick(count);
    if (chance(3))
        return strange_number();
    for (uint64_t i = 0; i < count; i++)
        if (!slot_empty(&thread->cnode[(begin + i) % count]))
            return CAP_OF((begin + i) % count);
    return 0;
}

/* --- arguments --- */

static struct slot *table_of(const struct thread *thread, uint64_t handle)
{
    if (handle & ~(uint64_t)thread->cnode_mask)
        return NULL;
    struct slot *slot = &thread->cnode[handle >> CAP_SHIFT];
    return slot->type == OBJECT_CNODE ? slot : NULL;
}

/* A slot of the table that the handle names: empty, or in use. */
static uint64_t pick_index(const struct thread *thread, uint64_t handle, bool empty)
{
    const struct slot *cnode = table_of(thread, handle);
    if (!cnode || chance(2))
        return strange_number();
    const struct slot *slots = ref_pointer(cnode->object);
    uint64_t count = 1ull << (cnode->size_bits - CAP_SHIFT), begin = pick(count);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t index = (begin + i) % count;
        if (slot_empty(&slots[index]) == empty && (!empty || index))
            return index;
    }
    return begin;
}

static uint64_t pick_rights(void)
{
    return chance(60) ? 255 : pick(256);
}

static void retype_words(const struct thread *thread, uint64_t *word)
{
    static const struct {
        uint8_t type, least, range;
    } usual[] = {
        {OBJECT_UNTYPED, 10, 8},     {OBJECT_UNTYPED, 13, 4},      {OBJECT_CNODE, 10, 4},
        {OBJECT_VSPACE, 15, 1},      {OBJECT_FRAME, 12, 4},        {OBJECT_THREAD, 10, 2},
        {OBJECT_THREAD, 10, 2},      {OBJECT_ENDPOINT, 8, 1},      {OBJECT_REPLY, 6, 1},
        {OBJECT_NOTIFICATION, 7, 1}, {OBJECT_SCHED_CONTEXT, 8, 1}, {OBJECT_SCHED_CONTEXT, 8, 1},
    };
    uint64_t i = pick(sizeof usual / sizeof usual[0]);
    word[0] = pick_handle(thread, OBJECT_CNODE);
    word[1] = pick_index(thread, word[0], true);
    word[2] = chance(80) ? 1 : pick(5);
    word[3] = chance(97) ? usual[i].type : pick(20);
    word[4] = chance(97) ? usual[i].least + pick(usual[i].range) : pick(64);
    if (chance(1))
        word[2] = strange_number();
}

static uint64_t pick_pages(unsigned size_bits, bool length)
{
    uint64_t pages = size_bits < 12 ? 1 : 1ull << (size_bits - 12);
    if (chance(3))
        return strange_number();
    if (chance(30) || pages == 1)
        return length ? pages << 12 : 0;
    if (pages >= 512 && chance(50))
        return (pick(pages >> 9) + length) << 21;
    return (pick(pages < 4096 ? pages : 4096) + length) << 12;
}

static uint64_t pick_access(void)
{
    static const uint8_t usual[] = {1, 3, 5, 3, 9, 11};
    return chance(95) ? usual[pick(sizeof usual)] : pick(20);
}

static void map_words(const struct thread *thread, const struct slot *frame, uint64_t *word)
{
    word[0] = pick_handle(thread, OBJECT_VSPACE);
    word[2] = pick_pages(frame->size_bits, false);
    word[3] = pick_pages(frame->size_bits, true);
    word[1] = 0x40000000 + (chance(50) ? pick(64) << 12 : pick(8) << 21) + word[2];
    if (frame->vspace && chance(80))
        word[1] = ((frame->map_page + 0ull) << 12) + word[2];
    if (chance(3))
        word[1] = strange_number();
    word[4] = pick_access();
}

static void frame_words(const struct thread *thread, const struct slot *frame, uint64_t operation,
                        uint64_t *word)
{
    if (operation == OP_frame_map) {
        map_words(thread, frame, word);
        return;
    }
    word[0] = pick_pages(frame->size_bits, false);
    word[1] = pick_pages(frame->size_bits, true);
    word[2] = chance(95) ? pick_access() : 0;
}

static void cnode_words(const struct thread *thread, uint64_t self, uint64_t operation,
                        uint64_t *word)
{
    bool fills = operation <= OP_cnode_move || operation == OP_cnode_fetch;
    word[0] = pick_index(thread, self, fills);
    word[1] = pick_any_handle(thread);
    word[2] = pick_rights();
    word[3] = chance(95) ? 1 + pick(40) : strange_number();
    if (operation == OP_cnode_mint && chance(80))
        word[1] = pick_handle(thread, chance(60) ? OBJECT_ENDPOINT : OBJECT_NOTIFICATION);
    if (operation == OP_cnode_fetch) {
        word[1] = pick_handle(thread, OBJECT_CNODE);
        word[2] = chance(95) ? pick(64) : strange_number();
        word[3] = pick_rights();
    }
    if (operation == OP_cnode_identify) {
        word[0] = pick_handle(thread, OBJECT_ENDPOINT);
        word[1] = pick_handle(thread, OBJECT_ENDPOINT);
    }
}

static void register_words(uint64_t *word)
{
    word[0] = pick(21);
    word[1] = 1 + pick(4);
    for (unsigned i = 2; i < 6; i++)
        word[i] = chance(90) ? 0x500000 + pick(1 << 16) * 16 : strange_number();
}

static void thread_words(const struct thread *thread, uint64_t operation, uint64_t *word)
{
    bool none = chance(10);
    switch (operation) {
    case OP_thread_set_space:
        word[0] = pick_handle(thread, OBJECT_CNODE);
        word[1] = pick_handle(thread, OBJECT_VSPACE);
        break;
    case OP_thread_set_fault:
    case OP_thread_set_endpoint:
        word[0] = none ? 0 : pick_handle(thread, OBJECT_ENDPOINT);
        break;
    case OP_thread_set_buffer:
        word[0] = none ? 0 : pick_handle(thread, OBJECT_FRAME);
        word[1] = chance(90) ? pick(4) * 1024 : strange_number();
        break;
    case OP_thread_set_sched:
        word[0] = none ? 0 : pick_handle(thread, OBJECT_SCHED_CONTEXT);
        break;
    case OP_thread_start:
        for (unsigned i = 0; i < 4; i++)
            word[i] = chance(98) ? 0x400000 + pick(1 << 16) * 16 : strange_number();
        break;
    default:
        register_words(word);
        break;
    }
}

static void platform_words(const struct thread *thread, uint64_t operation, uint64_t *word)
{
    word[0] = pick_handle(thread, OBJECT_CNODE);
    word[1] = pick_index(thread, word[0], true);
    word[2] = chance(90) ? pick(5) : strange_number();
    word[3] = chance(90) ? 1 + pick(2) : strange_number();
    if (operation == OP_platform_device && chance(90)) {
        word[3] = chance(50) ? 12 + pick(3) : 20 + pick(4);
        word[2] = DEVICE_ADDRESS + (pick(64) << word[3]);
    }
}

static uint64_t pick_deadline(void)
{
    return chance(30) ? 0 : chance(90) ? machine.tsc + pick(200000) : strange_number();
}

static void other_words(const struct thread *thread, enum object_type type, uint64_t operation,
                        uint64_t *word)
{
    switch (type) {
    case OBJECT_VSPACE:
        word[0] = pick_handle(thread, OBJECT_FRAME);
        break;
    case OBJECT_NOTIFICATION:
        word[0] = operation == OP_notification_bind && chance(80)
                      ? pick_handle(thread, OBJECT_ENDPOINT)
                      : 0;
        break;
    case OBJECT_SCHED_CONTEXT:
        word[0] = operation == OP_sched_context_deadline ? pick_deadline()
                                                         : pick_handle(thread, OBJECT_CPU);
        word[1] = chance(95) ? pick(4) * 60 + 10 : strange_number();
        word[2] = chance(50) ? 0 : 10000 + pick(1 << 20);
        word[3] = chance(95) ? 1000 + pick(30000) : strange_number();
        word[4] = chance(95) ? 100000 + pick(100000) : strange_number();
        break;
    case OBJECT_CPU:
        word[0] = pick_handle(thread, OBJECT_CNODE);
        word[1] = pick_index(thread, word[0], true);
        word[2] = pick(300);
        word[3] = chance(90) ? pick(600000) : chance(50) ? 1000000 : strange_number();
        break;
    case OBJECT_IRQ_HANDLER:
        word[0] = chance(80) ? pick_handle(thread, OBJECT_NOTIFICATION) : 0;
        break;
    default:
        for (unsigned i = 0; i < 4; i++)
            word[i] = chance(80) ? pick(8) : strange_number();
        break;
    }
}

static uint64_t operation_count(enum object_type type)
{
    static const uint8_t counts[OBJECT_COUNT] = {
        [OBJECT_UNTYPED] = 2,      [OBJECT_CNODE] = 7,         [OBJECT_VSPACE] = 2,
        [OBJECT_FRAME] = 4,        [OBJECT_THREAD] = 11,       [OBJECT_ENDPOINT] = 1,
        [OBJECT_NOTIFICATION] = 3, [OBJECT_SCHED_CONTEXT] = 5, [OBJECT_CPU] = 2,
        [OBJECT_PLATFORM] = 3,     [OBJECT_IRQ_HANDLER] = 2,   [OBJECT_IO_PORT] = 2,
    };
    return counts[type];
}

static enum object_type pick_type(void)
{
    static const uint8_t weighted[] = {
        OBJECT_UNTYPED,      OBJECT_UNTYPED,       OBJECT_UNTYPED,       OBJECT_UNTYPED,
        OBJECT_UNTYPED,      OBJECT_CNODE,         OBJECT_CNODE,         OBJECT_CNODE,
        OBJECT_CNODE,        OBJECT_CNODE,         OBJECT_CNODE,         OBJECT_FRAME,
        OBJECT_FRAME,        OBJECT_FRAME,         OBJECT_FRAME,         OBJECT_THREAD,
        OBJECT_THREAD,       OBJECT_THREAD,        OBJECT_THREAD,        OBJECT_THREAD,
        OBJECT_THREAD,       OBJECT_SCHED_CONTEXT, OBJECT_SCHED_CONTEXT, OBJECT_NOTIFICATION,
        OBJECT_NOTIFICATION, OBJECT_VSPACE,        OBJECT_ENDPOINT,      OBJECT_CPU,
        OBJECT_PLATFORM,     OBJECT_IRQ_HANDLER,   OBJECT_IO_PORT,
    };
    return weighted[pick(sizeof weighted)];
}

struct request pick_request(const struct thread *thread)
{
    struct request request = {0};
    enum object_type type = pick_type();
    request.handle = pick_handle(thread, type);
    const struct slot *self = &thread->cnode[(request.handle & thread->cnode_mask) >> CAP_SHIFT];
    uint64_t count = operation_count(self->type);
    request.operation = chance(98) && count ? pick(count) : pick(30);
    if (self->type == OBJECT_PLATFORM && request.operation == OP_platform_power_off)
        request.operation = 99;
    switch ((enum object_type)self->type) {
    case OBJECT_UNTYPED:
        request.operation = chance(95) ? 0 : request.operation;
        retype_words(thread, request.word);
        break;
    case OBJECT_CNODE:
        cnode_words(thread, request.handle & thread->cnode_mask, request.operation, request.word);
        break;
    case OBJECT_FRAME:
        frame_words(thread, self, request.operation, request.word);
        break;
    case OBJECT_THREAD:
        thread_words(thread, request.operation, request.word);
        break;
    case OBJECT_PLATFORM:
        platform_words(thread, request.operation, request.word);
        break;
    default:
        other_words(thread, (enum object_type)self->type, request.operation, request.word);
        break;
    }
    return request;
}
