/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/cap/invoke.h"

#include "kernel/lib/string.h"

/* How an argument is looked up, in one byte: an object type, or one of these. */
enum { LOOK_NONE = 0, LOOK_OPTIONAL = 0x40, LOOK_ANY = 0x3e, LOOK_WORD = 0x3f };

struct operation_entry {
    err_t (*run)(struct invocation *call);
    uint8_t rights;
    struct {
        uint8_t look, rights;
    } arg[INVOCATION_ARGS];
};

#define OPERATIONS_MAX 11

static const struct operation_entry operations[OBJECT_COUNT][OPERATIONS_MAX] = {
#define WORD(name, doc) {LOOK_WORD, 0}
#define CAP(name, TYPE, rights, doc) {OBJECT_##TYPE, rights}
#define OPTIONAL(name, TYPE, rights, doc) {OBJECT_##TYPE | LOOK_OPTIONAL, rights}
#define ANY(name, doc) {LOOK_ANY, 0}
#define ARGS(...) {__VA_ARGS__}
#define INVOCATION(OBJECT, number, name, rights, args, results, errors, doc)                       \
    [OBJECT_##OBJECT][number] = {name, rights, args},
#include "kernel/abi/invocations.def"
#undef INVOCATION
#undef WORD
#undef CAP
#undef OPTIONAL
#undef ANY
#undef ARGS
};

static const uint8_t blames[ERROR_COUNT] = {
#define ERROR(code, NAME, blame, doc) [code] = BLAME_##blame,
#include "kernel/abi/errors.def"
#undef ERROR
};

enum error_blame error_blame(enum error_code code)
{
    return blames[code];
}

err_t invocation_error(const struct invocation *call, enum error_code code, unsigned argument)
{
    const struct slot *slot = argument ? call->cap[argument - 1] : call->self;
    return ERR(code, argument, slot ? slot->type : 0, blames[code]);
}

struct slot *cap_lookup(const struct thread *thread, uint64_t handle)
{
    if (handle & ~(uint64_t)thread->cnode_mask)
        return NULL;
    struct slot *slot = (struct slot *)((char *)thread->cnode + handle);
    return slot->flags & SLOT_DYING ? NULL : slot;
}

struct slot *invocation_destination(const struct invocation *call, const struct slot *cnode,
                                    uint64_t index, unsigned argument, err_t *error)
{
    if (index >= cnode_slot_count(cnode)) {
        *error = invocation_error(call, ERROR_OUT_OF_RANGE, argument);
        return NULL;
    }
    struct slot *slot = cnode_slots(cnode) + index;
    if (!slot_empty(slot)) {
        *error = invocation_error(call, ERROR_OCCUPIED, argument);
        return NULL;
    }
    return slot;
}

/* Look up capability argument `i`. */
static err_t decode_cap(struct invocation *call, unsigned i, unsigned look, unsigned rights)
{
    uint64_t handle = call->arg[i];
    if (handle == 0 && (look & LOOK_OPTIONAL))
        return 0;
    struct slot *slot = cap_lookup(call->thread, handle);
    if (!slot)
        return invocation_error(call, ERROR_OUT_OF_RANGE, i + 1);
    call->cap[i] = slot;
    if (slot_empty(slot))
        return invocation_error(call, ERROR_INVALID_CAPABILITY, i + 1);
    look &= ~LOOK_OPTIONAL;
    if (look != LOOK_ANY && slot->type != look)
        return invocation_error(call, ERROR_WRONG_TYPE, i + 1);
    if (rights & ~slot->rights)
        return invocation_error(call, ERROR_MISSING_RIGHT, i + 1);
    return 0;
}

static err_t decode_and_run(struct invocation *call)
{
    struct slot *self = call->self;
    uint64_t number = call->thread->registers.tag;
    if (slot_empty(self) || (self->flags & SLOT_DYING))
        return ERR(ERROR_INVALID_CAPABILITY, 0, 0, BLAME_CALLER);
    const struct operation_entry *operation = &operations[self->type][number];
    if (number >= OPERATIONS_MAX || !operation->run)
        return invocation_error(call, ERROR_UNKNOWN_OPERATION, 0);
    if (operation->rights & ~self->rights)
        return invocation_error(call, ERROR_MISSING_RIGHT, 0);
    for (unsigned i = 0; i < INVOCATION_ARGS && operation->arg[i].look != LOOK_NONE; i++) {
        call->cap[i] = NULL;
        if (operation->arg[i].look == LOOK_WORD)
            continue;
        err_t error = decode_cap(call, i, operation->arg[i].look, operation->arg[i].rights);
        if (error)
            return error;
    }
    return operation->run(call);
}

void invocation_run(struct thread *thread, struct slot *self)
{
    struct registers *registers = &thread->registers;
    struct invocation call = {.thread = thread, .self = self};
    call.arg = call.result = registers->word;
    registers->rdx = 0;
    registers->rflags = USER_RFLAGS;
    err_t error = decode_and_run(&call);
    if (error == RESTART) {
        registers->rax = SYSCALL_CALL;
        registers->rdx = (uint64_t)((char *)self - (char *)thread->cnode);
        thread->ip -= 2; /* the SYSCALL instruction */
        return;
    }
    registers->rax = error;
    if (error)
        registers->rflags |= RFLAGS_CF;
}
