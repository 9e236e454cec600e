/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/host/process/kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "libsys/program.h"
#include "servers/process/server.h"
#include "tests/host/process/servers.h"

#define OBJECTS 256

static struct object objects[OBJECTS];
static struct object *own_table;
static uint32_t asked, refuse_number;
static bool refused, refuse_all;
cap_t host_calling;

void host_require(bool good, const char *what)
{
    if (good)
        return;
    printf("not ok process: %s\n", what);
    exit(1);
}

static err_t fail(enum error_code code)
{
    return ERR(code, 0, 0, BLAME_RESOURCE);
}

/* ---- Refusing -------------------------------------------------------------------------------- */

void host_refuse(uint32_t number, bool lasting)
{
    refuse_number = number;
    refuse_all = lasting;
    asked = 0;
    refused = false;
}

bool host_is_refused(void)
{
    return refused;
}

bool host_refuses(void)
{
    bool now = ++asked == refuse_number || (refuse_all && refused);

    refused |= now;
    return now;
}

/* ---- Capabilities ---------------------------------------------------------------------------- */

static uint32_t slots_of(const struct object *object)
{
    return object->slots ? 1u << (object->bits - CAP_SHIFT) : 0;
}

/* Each capability that there is, in any table. */
#define FOR_EACH_CAPABILITY(c)                                                      \
    for (struct object *o = objects; o < objects + OBJECTS; o++)                    \
        for (struct capability *c = o->slots; c && c < o->slots + slots_of(o); c++) \
            if (c->object)

struct object *host_object(enum object_type type, unsigned bits, struct capability *original)
{
    struct object *object = objects;

    while (object->type)
        object++;
    host_require(object < objects + OBJECTS - 1, "room for objects");
    *object = (struct object){.type = type, .bits = bits, .original = original};
    if (type == OBJECT_CNODE)
        object->slots = calloc(1u << (bits - CAP_SHIFT), sizeof(*object->slots));
    *original = (struct capability){.object = object};
    return object;
}

static struct capability *slot_of(struct object *table, uint64_t index)
{
    host_require(index > 0 && index < slots_of(table), "a slot within the table");
    return &table->slots[index];
}

struct capability *host_cap(cap_t cap)
{
    return slot_of(own_table, CAP_INDEX(cap));
}

static struct capability *cap_of(uint64_t cap, enum object_type type)
{
    struct capability *found = host_cap((cap_t)cap);

    host_require(found->object && found->object->type == type, "a capability of the right type");
    return found;
}

static struct capability *empty_slot(struct object *table, uint64_t index)
{
    struct capability *slot = slot_of(table, index);

    host_require(!slot->object, "an empty slot");
    return slot;
}

void host_derive(struct capability *to, struct capability *from, uint32_t badge)
{
    host_require(from->object && !to->object, "a copy of something into an empty slot");
    *to = (struct capability){
        .object = from->object, .parent = from, .badge = badge ? badge : from->badge};
}

static struct capability *child_of(const struct capability *cap)
{
    FOR_EACH_CAPABILITY(c)
    if (c->parent == cap)
        return c;
    return NULL;
}

void host_revoke(const struct capability *cap)
{
    struct capability *child;

    while ((child = child_of(cap)) != NULL) {
        host_revoke(child);
        host_delete(child);
    }
    if (cap->object->type == OBJECT_UNTYPED)
        cap->object->used = 0;
}

static void object_end(struct object *object)
{
    host_revoke(object->original);
    FOR_EACH_CAPABILITY(c)
    if (c->where == object)
        c->where = NULL;
    for (uint32_t i = 0; i < slots_of(object); i++)
        host_delete(&object->slots[i]);
    free(object->slots);
    *object->original = (struct capability){0};
    *object = (struct object){0};
}

void host_delete(struct capability *cap)
{
    if (!cap->object)
        return;
    if (cap->object->original == cap) {
        object_end(cap->object);
        return;
    }
    FOR_EACH_CAPABILITY(c)
    if (c->parent == cap)
        c->parent = cap->parent;
    *cap = (struct capability){0};
}

static void move(struct capability *to, struct capability *from)
{
    host_require(from->object, "something to move");
    *to = *from;
    if (to->object->original == from)
        to->object->original = to;
    FOR_EACH_CAPABILITY(c)
    if (c->parent == from)
        c->parent = to;
    *from = (struct capability){0};
}

uint32_t host_handles(const struct object *object, uint32_t badge)
{
    uint32_t count = 0;

    FOR_EACH_CAPABILITY(c)
    count += c->object == object && c->badge == badge;
    return count;
}

uint32_t host_mapped(const struct object *vspace)
{
    uint32_t count = 0;

    FOR_EACH_CAPABILITY(c)
    count += c->where == vspace;
    return count;
}

uint32_t host_count(enum object_type type)
{
    uint32_t count = 0;

    for (const struct object *o = objects; o < objects + OBJECTS; o++)
        count += o->type == type;
    return count;
}

bool host_is_empty(uint32_t slot)
{
    return !own_table->slots[slot].object;
}

/* ---- Operations ------------------------------------------------------------------------------ */

static err_t retype(struct capability *untyped, const uint64_t *word)
{
    struct object *from = untyped->object;
    uint64_t size = 1ull << word[4], begin = (from->used + size - 1) & -size;

    host_require(word[2] == 1, "one object");
    struct capability *slot = empty_slot(cap_of(word[0], OBJECT_CNODE)->object, word[1]);
    if (begin + size > 1ull << from->bits || host_refuses())
        return fail(ERROR_NO_MEMORY);
    from->used = begin + size;
    host_object((enum object_type)word[3], (unsigned)word[4], slot);
    slot->parent = untyped;
    return 0;
}

static err_t fetch(struct object *table, const uint64_t *word)
{
    struct capability *from = slot_of(cap_of(word[1], OBJECT_CNODE)->object, word[2]);

    if (!from->object)
        return fail(ERROR_INVALID_CAPABILITY);
    host_derive(empty_slot(table, word[0]), from, 0);
    return 0;
}

static err_t cnode_operation(struct object *table, uint64_t operation, uint64_t *word)
{
    struct capability *slot = slot_of(table, word[0]);

    switch (operation) {
    case OP_cnode_copy:
        host_derive(slot, host_cap((cap_t)word[1]), 0);
        return 0;
    case OP_cnode_mint:
        host_derive(slot, host_cap((cap_t)word[1]), (uint32_t)word[3]);
        return 0;
    case OP_cnode_move:
        move(empty_slot(table, word[0]), host_cap((cap_t)word[1]));
        return 0;
    case OP_cnode_delete:
        host_delete(slot);
        return 0;
    case OP_cnode_revoke:
        host_require(slot->object, "a capability to revoke");
        host_revoke(slot);
        return 0;
    case OP_cnode_inspect:
        word[1] = slot->badge;
        word[0] = slot->object ? slot->object->type : OBJECT_NULL;
        return 0;
    case OP_cnode_fetch:
        return fetch(table, word);
    default:
        host_require(false, "an operation of tables that it knows");
        return 0;
    }
}

static err_t frame_operation(struct capability *frame, uint64_t operation, const uint64_t *word)
{
    if (operation == OP_frame_unmap) {
        frame->where = NULL;
        return 0;
    }
    host_require(operation == OP_frame_map, "an operation of Frames that it knows");
    struct object *vspace = cap_of(word[0], OBJECT_VSPACE)->object;
    host_require(!frame->where, "a Frame that isn't mapped elsewhere");
    /* In the server's own space there may be too few; in others `tables` says so. */
    if (!vspace->tables ||
        (vspace == cap_of(HOST_CAP(VSPACE), OBJECT_VSPACE)->object && host_refuses()))
        return fail(ERROR_NO_TABLES);
    frame->where = vspace;
    return 0;
}

static err_t thread_operation(cap_t cap, uint64_t operation, uint64_t *word)
{
    switch (operation) {
    case OP_thread_set_space:
        (void)cap_of(word[0], OBJECT_CNODE);
        (void)cap_of(word[1], OBJECT_VSPACE);
        return 0;
    case OP_thread_set_fault:
    case OP_thread_set_endpoint:
        (void)cap_of(word[0], OBJECT_ENDPOINT);
        return 0;
    case OP_thread_set_buffer:
        (void)cap_of(word[0], OBJECT_FRAME);
        return 0;
    case OP_thread_set_sched:
        (void)cap_of(word[0], OBJECT_SCHED_CONTEXT);
        return 0;
    case OP_thread_info:
        word[0] = cap == host_calling ? THREAD_CALLING : THREAD_READY;
        word[1] = cap == host_calling;
        return 0;
    default:
        return 0;
    }
}

static err_t untyped_info_of(const struct object *untyped, uint64_t *word)
{
    word[0] = 0;
    word[1] = 1ull << untyped->bits;
    word[2] = word[1] - untyped->used;
    word[3] = 0;
    return 0;
}

/* The answer to a request that was deferred. */
static err_t reply_send_to(struct object *reply)
{
    if (!reply->holds)
        return fail(ERROR_NO_CALLER);
    reply->holds = false;
    return 0;
}

static err_t invoke(cap_t cap, struct message *message)
{
    struct capability *self = host_cap(cap);
    uint64_t *word = message->word, operation = message->tag;

    host_require(self->object, "a capability to invoke");
    switch (self->object->type) {
    case OBJECT_UNTYPED:
        return operation == OP_untyped_retype ? retype(self, word)
                                              : untyped_info_of(self->object, word);
    case OBJECT_CNODE:
        return cnode_operation(self->object, operation, word);
    case OBJECT_FRAME:
        return frame_operation(self, operation, word);
    case OBJECT_THREAD:
        return thread_operation(cap, operation, word);
    case OBJECT_ENDPOINT:
        return host_servers_call(self, message);
    case OBJECT_REPLY:
        return reply_send_to(self->object);
    case OBJECT_VSPACE: /* page tables that are left */
        word[0] = self->object->tables ? 6 : 0;
        return 0;
    default: /* a SchedContext's figures, say */
        memset(word, 0, MESSAGE_WORDS * sizeof(*word));
        return 0;
    }
}

struct syscall_result host_syscall(enum syscall number, cap_t cap, struct message *message)
{
    err_t error = 0;

    if (number == SYSCALL_DETACH) {
        struct object *reply = cap_of(cap, OBJECT_REPLY)->object;
        error = reply->holds ? fail(ERROR_WRONG_STATE) : 0;
        reply->holds = true;
    } else if (number == SYSCALL_INSPECT) {
        const struct object *object = host_cap(cap)->object;
        message->word[0] = object ? object->type : OBJECT_NULL;
        message->word[1] = host_cap(cap)->badge;
    } else if (number != SYSCALL_SIGNAL) {
        error =
            CAP_INDEX(cap) < HOST_SLOTS ? invoke(cap, message) : host_process_call(cap, message);
    }
    return (struct syscall_result){.rax = error, .carry = error != 0};
}

/* ---- The beginning --------------------------------------------------------------------------- */

static struct object *given(enum host_slot slot, enum object_type type, unsigned bits)
{
    return host_object(type, bits, slot_of(own_table, slot));
}

/* The program's page, and those of processes where the server has them mapped. */
static void places_map(void)
{
    const struct {
        uint64_t at, bytes;
    } places[] = {{PROGRAM_INFO_ADDRESS, PROGRAM_INFO_BYTES},
                  {PAGES_AT, (PROCESSES_MAX + 1ull) * PROCESS_PAGE_BYTES}};

    for (unsigned i = 0; i < 2; i++) {
        void *place = mmap((void *)places[i].at, places[i].bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
        host_require(place == (void *)places[i].at, "the server's places");
    }
    ((struct program_info *)PROGRAM_INFO_ADDRESS)->time.invariant = 1;
}

void host_kernel_init(unsigned pool_bits)
{
    static struct capability table;

    places_map();
    own_table = host_object(OBJECT_CNODE, 10 + CAP_SHIFT, &table);
    host_derive(slot_of(own_table, HOST_SLOT_CNODE), &table, 0);
    given(HOST_SLOT_VSPACE, OBJECT_VSPACE, 12)->tables = true;
    given(HOST_SLOT_SELF, OBJECT_ENDPOINT, 7);
    given(HOST_SLOT_CPU, OBJECT_CPU, 7);
    given(HOST_SLOT_POOL, OBJECT_UNTYPED, pool_bits);
    given(HOST_SLOT_NOTIFICATION, OBJECT_NOTIFICATION, 7);
    given(HOST_SLOT_NAME, OBJECT_ENDPOINT, 7);
    host_servers_init();
}

/* It has no others than those above. */
cap_t program_cap(const char *name)
{
    (void)name;
    return 0;
}
