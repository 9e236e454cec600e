/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/arch/arch.h"
#include "kernel/cap/invoke.h"

#include "kernel/ipc/syscall.h"

/*
 * How an argument is looked up: 0 for a number, else LOOK_CAP, the type (or LOOK_ANY) and, in the
 * upper byte, the rights it must have.
 */
enum { LOOK_ANY = 0x3f, LOOK_TYPE = 0x3f, LOOK_OPTIONAL = 0x40, LOOK_CAP = 0x80 };

struct operation_entry {
    err_t (*run)(struct invocation *call);
    uint8_t rights;
    uint8_t caps; /* bit i: argument i is a capability */
    uint16_t look[INVOCATION_ARGS];
};

#define OPERATIONS_MAX 16 /* a power of two: the number is masked */

static const struct operation_entry operations[OBJECT_COUNT][OPERATIONS_MAX] = {
#define WORD(name, doc) 0
#define CAP(name, TYPE, rights, doc) (LOOK_CAP | OBJECT_##TYPE | (rights) << 8)
#define OPTIONAL(name, TYPE, rights, doc) (LOOK_CAP | LOOK_OPTIONAL | OBJECT_##TYPE | (rights) << 8)
#define ANY(name, doc) (LOOK_CAP | LOOK_ANY)
#define ARGS(...) ARGS_6(0, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define ARGS_6(none, a, b, c, d, e, f, ...)                                              \
    ((a) != 0) | ((b) != 0) << 1 | ((c) != 0) << 2 | ((d) != 0) << 3 | ((e) != 0) << 4 | \
        ((f) != 0) << 5,                                                                 \
    {                                                                                    \
        a, b, c, d, e, f                                                                 \
    }
#define INVOCATION(OBJECT, number, name, rights, args, results, errors, doc) \
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
    /* Masked too: a predicted branch doesn't keep a handle within the table (Spectre v1). */
    struct slot *slot = (struct slot *)((char *)thread->cnode + (handle & thread->cnode_mask));
    return slot->flags & SLOT_DYING ? NULL : slot;
}

struct slot *invocation_destination(const struct invocation *call, const struct slot *cnode,
                                    uint64_t index, unsigned argument, err_t *error)
{
    if (index >= cnode_slot_count(cnode)) {
        *error = invocation_error(call, ERROR_OUT_OF_RANGE, argument);
        return NULL;
    }
    struct slot *slot = cnode_slots(cnode) + (index & (cnode_slot_count(cnode) - 1));
    if (!slot_empty(slot)) {
        *error = invocation_error(call, ERROR_OCCUPIED, argument);
        return NULL;
    }
    return slot;
}

/* Look up capability argument `i`. */
static inline err_t decode_cap(struct invocation *call, unsigned i, unsigned look)
{
    uint64_t handle = call->arg[i];
    unsigned type = look & LOOK_TYPE, rights = look >> 8;
    call->cap[i] = NULL;
    if (handle == 0 && (look & LOOK_OPTIONAL))
        return 0;
    struct slot *slot = cap_lookup(call->thread, handle);
    if (unlikely(!slot))
        return invocation_error(call, ERROR_OUT_OF_RANGE, i + 1);
    call->cap[i] = slot;
    if (likely((slot->type == type || (type == LOOK_ANY && !slot_empty(slot))) &&
               !(rights & ~slot->rights)))
        return 0;
    if (slot_empty(slot))
        return invocation_error(call, ERROR_INVALID_CAPABILITY, i + 1);
    if (type != LOOK_ANY && slot->type != type)
        return ERR(ERROR_WRONG_TYPE, i + 1, slot->type, BLAME_CALLER);
    return ERR(ERROR_MISSING_RIGHT, i + 1, slot->type, BLAME_CALLER);
}

/* Not an operation in the table, or not allowed. Any call of a Reply is an answer. */
static NOINLINE err_t refuse(struct invocation *call, const struct operation_entry *operation)
{
    if (call->self->type == OBJECT_REPLY)
        return reply_send(call);
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
    const struct operation_entry *operation =
        &operations[self->type][number & (OPERATIONS_MAX - 1)];
    __asm__("" : "+r"(operation)); /* computed once */
    if (unlikely(!operation->run || (self->flags & SLOT_DYING) ||
                 (operation->rights & ~self->rights)))
        return refuse(call, operation);
    unsigned caps = operation->caps;
    if (caps) {
        do {
            unsigned i = (unsigned)__builtin_ctz(caps);
            err_t error = decode_cap(call, i, operation->look[i]);
            if (error)
                return error;
        } while (caps &= caps - 1);
        speculation_fence(); /* no object is taken for one of another type, not even ahead */
    }
    return operation->run(call);
}

/*
 * From entry.S, and for CALL_BUFFER. Most operations change nothing of who runs: the thread goes on
 * at once.
 */
void syscall_invoke(struct thread *thread, struct slot *self)
{
    struct cpu *cpu = kernel_enter(thread);
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
    if (unlikely(cpu->attention))
        kernel_leave(cpu);
}
