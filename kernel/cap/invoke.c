/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/arch/arch.h"
#include "kernel/cap/invoke.h"

#include "kernel/ipc/syscall.h"

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
    return ERR(code, argument, argument ? 0 : call->self->type, blames[code]);
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
        return ERR(ERROR_WRONG_TYPE, i + 1, slot->type, BLAME_CALLER);
    if (rights & ~slot->rights)
        return ERR(ERROR_MISSING_RIGHT, i + 1, slot->type, BLAME_CALLER);
    return 0;
}

/* What the invoked capability must be, before the operation's own arguments. */
static NOINLINE err_t refuse(struct invocation *call, const struct operation_entry *operation)
{
    if (slot_empty(call->self) || (call->self->flags & SLOT_DYING))
        return ERR(ERROR_INVALID_CAPABILITY, 0, 0, BLAME_CALLER);
    if (!operation || !operation->run)
        return invocation_error(call, ERROR_UNKNOWN_OPERATION, 0);
    return invocation_error(call, ERROR_MISSING_RIGHT, 0);
}

static inline err_t decode_and_run(struct invocation *call, struct slot *self, uint64_t number)
{
    if (unlikely(number >= OPERATIONS_MAX))
        return refuse(call, NULL);
    const struct operation_entry *operation = &operations[self->type][number];
    __asm__("" : "+r"(operation)); /* computed once */
    if (unlikely(!operation->run || (self->flags & SLOT_DYING) ||
                 (operation->rights & ~self->rights)))
        return refuse(call, operation);
    for (unsigned i = 0; i < INVOCATION_ARGS && operation->arg[i].look != LOOK_NONE; i++) {
        if (operation->arg[i].look == LOOK_WORD)
            continue;
        call->cap[i] = NULL;
        err_t error = decode_cap(call, i, operation->arg[i].look, operation->arg[i].rights);
        if (error)
            return error;
    }
    return operation->run(call);
}

static inline void run(struct thread *thread, struct slot *self)
{
    struct invocation call;
    call.thread = thread;
    call.self = self;
    call.arg = thread->registers.word;
    err_t error = decode_and_run(&call, self, thread->registers.tag);
    if (likely(error == 0)) {
        thread_set_result(thread, 0, 0, false);
    } else if (error == RESTART) {
        thread_set_result(thread, SYSCALL_CALL, (uint64_t)((char *)self - (char *)thread->cnode),
                          false);
        thread->ip -= 2; /* the SYSCALL instruction */
    } else if (error != DONE) {
        thread_set_result(thread, error, 0, true);
    }
}

void invocation_run(struct thread *thread, struct slot *self)
{
    run(thread, self);
}

/* From entry.S. Most operations change nothing of who runs: the thread goes on at once. */
void syscall_invoke(struct thread *thread, struct slot *slot)
{
    struct cpu *cpu = kernel_enter(thread);
    run(thread, slot);
    if (unlikely(cpu->attention))
        kernel_leave(cpu);
}
