/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/arch/arch.h"
#include "kernel/cap/invoke.h"

#include "kernel/cap/lock.h"
#include "kernel/cpu/away.h"
#include "kernel/cpu/grace.h"
#include "kernel/ipc/ipc.h"
#include "kernel/ipc/syscall.h"
#include "kernel/object/notification.h"
#include "kernel/sched/sched.h"

/*
 * How an argument is looked up: 0 for a number, else LOOK_CAP, the type (or LOOK_ANY) and, in the
 * upper byte, the rights it must have.
 */
enum {
#define INVOCATION(OBJECT, number, name, ...) NUMBER_##name = (number),
#include "kernel/abi/invocations.def"
#undef INVOCATION
};

enum { LOOK_ANY = 0x3f, LOOK_TYPE = 0x3f, LOOK_OPTIONAL = 0x40, LOOK_CAP = 0x80 };

/* Only the first arguments are capabilities: NO_CAP doesn't compile otherwise. */
#define CAPS_MAX 3
#define NO_CAP(look) (0 * sizeof(char[(look) ? -1 : 1]))

struct operation_entry {
    err_t (*run)(struct invocation *call);
    uint32_t needs; /* of the invoked capability: see lacks */
    uint16_t look[CAPS_MAX];
    uint8_t caps; /* bit i: argument i is a capability */
};

/* Rights that it must have, and SLOT_DYING, which it mustn't, as they stand in a slot's `kind`. */
#define NEEDS(rights) ((uint32_t)(rights) << 8 | SLOT_DYING << 16)

#define OPERATIONS_MAX 16 /* a power of two: the number is masked */

static const struct operation_entry operations[OBJECT_COUNT][OPERATIONS_MAX] = {
#define WORD(name, doc) 0
#define CAP(name, TYPE, rights, doc) (LOOK_CAP | OBJECT_##TYPE | (rights) << 8)
#define OPTIONAL(name, TYPE, rights, doc) (LOOK_CAP | LOOK_OPTIONAL | OBJECT_##TYPE | (rights) << 8)
#define ANY(name, doc) (LOOK_CAP | LOOK_ANY)
#define ARGS(...) ARGS_6(0, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define ARGS_6(none, a, b, c, d, e, f, ...) \
    {a, b, c}, ((a) != 0) | ((b) != 0) << 1 | ((c) != 0) << 2 | NO_CAP(d) | NO_CAP(e) | NO_CAP(f)
#define INVOCATION(OBJECT, number, name, rights, args, results, errors, doc) \
    [OBJECT_##OBJECT][number] = {name, NEEDS(rights), args},
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
static COLD err_t refuse(struct invocation *call, const struct operation_entry *operation)
{
    if (call->self->type == OBJECT_REPLY)
        return reply_send(call);
    if (slot_empty(call->self) || (call->self->flags & SLOT_DYING))
        return ERR(ERROR_INVALID_CAPABILITY, 0, 0, BLAME_CALLER);
    if (!operation || !operation->run)
        return invocation_error(call, ERROR_UNKNOWN_OPERATION, 0);
    return invocation_error(call, ERROR_MISSING_RIGHT, 0);
}

static inline __attribute__((always_inline)) err_t
decode_caps(struct invocation *call, const struct operation_entry *operation)
{
    unsigned caps = operation->caps;
    do {
        unsigned i = (unsigned)__builtin_ctz(caps);
        err_t error = decode_cap(call, i, operation->look[i]);
        if (unlikely(error))
            return error;
    } while (caps &= caps - 1);
    speculation_fence(); /* no object is taken for one of another type, not even ahead */
    return 0;
}

static inline bool lacks(const struct slot *self, uint32_t needs)
{
    return needs & (self->kind ^ ~NEEDS(0));
}

static inline __attribute__((always_inline)) err_t
decode_and_run(const struct cpu *cpu, struct invocation *call, struct slot *self, uint64_t number)
{
    if (unlikely(number >= OPERATIONS_MAX))
        return refuse(call, NULL);
    const struct operation_entry *operation =
        &operations[self->type][number & (OPERATIONS_MAX - 1)];
    __asm__("" : "+r"(operation)); /* computed once */
    if (unlikely(!operation->run || lacks(self, operation->needs)))
        return refuse(call, operation);
    if (operation->caps) {
        err_t error = decode_caps(call, operation);
        if (unlikely(error))
            return error;
    }
    return ((err_t(*)(struct invocation *))((char *)operation->run + cpu->alias))(call);
}

/* ---- with several CPUs ---- */

uint32_t caps_locked;

/* Ends a system call when what it unmapped isn't in any TLB any more; its word says by when. */
#define NUMBER_SETTLE (1ull << 40)

/* What changes no slot, and concerns its object alone, needs no lock. */
static bool takes_lock(const struct slot *self, uint64_t number)
{
    const uint32_t free_types = 1u << OBJECT_NOTIFICATION | 1u << OBJECT_SCHED_CONTEXT |
                                1u << OBJECT_ENDPOINT | 1u << OBJECT_IRQ_HANDLER |
                                1u << OBJECT_IO_PORT | 1u << OBJECT_REPLY | 1u << OBJECT_NULL;
    return !(free_types >> self->type & 1) ||
           operations[self->type][number & (OPERATIONS_MAX - 1)].caps;
}

/* To whom its object belongs at the moment; what belongs to none is this CPU's. */
static unsigned object_cpu(const struct slot *self, uint64_t number)
{
    void *object = ref_pointer(self->object);
    switch (self->type) {
    case OBJECT_THREAD:
        return ((struct thread *)object)->home;
    case OBJECT_SCHED_CONTEXT:
        return ((struct sched_context *)object)->cpu;
    case OBJECT_REPLY:
        return reply_cpu(object);
    case OBJECT_PLATFORM:
    case OBJECT_IRQ_HANDLER:
        return 0;             /* the IOAPICs' CPU, to which all interrupts go */
    case OBJECT_NOTIFICATION: /* only binding concerns the one that listens */
        return operations[OBJECT_NOTIFICATION][number & (OPERATIONS_MAX - 1)].caps
                   ? notification_cpu(object)
                   : this_cpu()->index;
    default:
        return this_cpu()->index;
    }
}

/* A thread that is away is to be suspended, or to have another buffer. */
static bool must_come_back(const struct slot *self, uint64_t number)
{
    struct thread *thread = thread_of(self);
    if (self->type != OBJECT_THREAD || thread->state != STATE_AWAY ||
        (number != NUMBER_thread_suspend && number != NUMBER_thread_set_buffer))
        return false;
    away_ask_back(thread, OBJECT_THREAD, number == NUMBER_thread_suspend);
    return true;
}

/* At home, and with nothing that could change what `self` says. */
static COLD err_t run_here(struct invocation *call, struct slot *self, uint64_t number)
{
    struct cpu *cpu = this_cpu();
    call->self = self;
    cpu->elsewhere = object_cpu(self, number);
    if (cpu->elsewhere != cpu->index || must_come_back(self, number))
        return RESTART;
    err_t error = decode_and_run(cpu, call, self, number);
    if (error == 0 && cpu->stale) {
        call->arg[0] = cpu->stale;
        call->thread->registers.tag = NUMBER_SETTLE;
        cpu->stale = 0;
        return RESTART;
    }
    return error;
}

static COLD err_t run_with_lock(struct invocation *call, uint64_t number)
{
    struct slot *self = call->self, copy;
    slot_read(self, &copy); /* it may be something else a moment later */
    if (takes_lock(&copy, number))
        return caps_lock() ? run_here(call, self, number) : RESTART;
    err_t error = run_here(call, &copy, number);
    call->self = self;
    return error;
}

static COLD err_t run_among_cpus(struct invocation *call, uint64_t number)
{
    this_cpu()->elsewhere = this_cpu()->index;
    if (number == NUMBER_SETTLE && call->self->type != OBJECT_REPLY)
        return grace_passed((uint32_t)call->arg[0]) ? 0 : RESTART;
    err_t error = run_with_lock(call, number);
    caps_unlock();
    return error;
}

/* ---- */

/* Again; or at once where the object belongs to, if it can be done there alone. */
static COLD void restart(struct thread *thread, struct slot *self)
{
    struct cpu *cpu = this_cpu();
    if (cpu_running > 1 && cpu->elsewhere != cpu->index && thread->home == cpu->index) {
        away_operate(thread, self, cpu->elsewhere);
        return;
    }
    thread_set_result(thread, thread->away.buffered ? SYSCALL_CALL_BUFFER : SYSCALL_CALL,
                      (uint64_t)((char *)self - (char *)thread->cnode), false);
    thread->ip -= 2; /* the SYSCALL instruction */
}

static COLD void fail(struct thread *thread, struct slot *self, err_t error)
{
    if (error == RESTART)
        restart(thread, self);
    else
        thread_set_result(thread, error, 0, true);
}

COLD void invocation_run(struct thread *thread, struct slot *self)
{
    struct invocation call;
    call.thread = thread;
    call.self = self;
    call.arg = thread->registers.word;
    err_t error = run_among_cpus(&call, thread->registers.tag);
    if (error)
        fail(thread, self, error);
    else
        thread_set_result(thread, 0, 0, false);
}

/*
 * From entry.S. Most operations change nothing of who runs: the thread goes on at once.
 */
void syscall_invoke(struct thread *thread, struct slot *self)
{
    struct cpu *cpu = kernel_enter(thread);
    if (likely(cpu_running == 1)) {
        struct invocation call;
        call.thread = thread;
        call.self = self;
        call.arg = thread->registers.word;
        err_t error = decode_and_run(cpu, &call, self, thread->registers.tag);
        if (likely(error == 0))
            thread_set_result(thread, 0, 0, false);
        else
            fail(thread, self, error);
    } else {
        invocation_run(thread, self);
    }
    if (unlikely(cpu->attention))
        kernel_leave(cpu);
}

COLD void syscall_call_buffer(struct thread *thread, struct slot *self)
{
    thread->away.buffered = true; /* what a Reply is told; else it means nothing */
    invocation_run(thread, self);
    if (thread->state != STATE_AWAY)
        thread->away.buffered = false;
}
