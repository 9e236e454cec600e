/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A capability slot: one cache line that holds a capability, its place in the derivation tree and
 * what its type must remember about it. Slots live in CNodes, and a few in kernel objects: what an
 * object is bound to (a thread's address space, its message buffer, …) is a derived capability in
 * a slot of the object, so that revocation reaches bindings with no other mechanism.
 *
 * The derivation tree. The children of a slot form a list; its first child's `prev` and its last
 * child's `next` lead back to the slot itself, told by the flags FIRST and LAST.
 *
 *        parent ──first──▶ A ⇄ B ⇄ C ◀──last── parent        A.prev = C.next = parent
 *
 * So inserting, removing (the children take the slot's place) and moving are O(1), and a walk needs
 * neither recursion nor memory.
 *
 * A racing lookup. `badge` and `endpoint`, all that a call needs, are one aligned word, read once.
 * Other lookups hold the lock of capabilities (lock.h), or read a copy (slot_read). What they lead
 * to stays in place until the CPU has left the kernel (cpu/grace.h).
 *
 * Zeroed memory is an empty slot: reference 0 is the null object of whatever type is looked for.
 */
#ifndef KERNEL_CAP_SLOT_H
#define KERNEL_CAP_SLOT_H

#include "kernel/abi/message.h"
#include "kernel/arch/arch.h"
#include "kernel/lib/types.h"

typedef uint32_t ref_t; /* (address - NULL_BASE) / 64 */

static inline void *ref_pointer(ref_t ref)
{
    return (void *)(NULL_BASE + ((uint64_t)ref << 6));
}

static inline ref_t ref_of(const void *object)
{
    return (ref_t)(((uint64_t)object - NULL_BASE) >> 6);
}

enum slot_flags {
    SLOT_ORIGINAL = 1, /* made by retype or by the Platform: its end is the object's end */
    SLOT_FIRST = 2,    /* prev is the parent */
    SLOT_LAST = 4,     /* next is the parent */
    SLOT_EMBEDDED = 8, /* in a kernel object: `binding` says what for */
    SLOT_DYING = 16,   /* being destroyed in steps: as good as empty for everyone else */
    SLOT_DEVICE = 32,  /* memory of a device, not RAM */
};

/* What an embedded slot is for. */
enum binding_role {
    BINDING_THREAD_CNODE = 1,
    BINDING_THREAD_VSPACE,
    BINDING_THREAD_FAULT,
    BINDING_THREAD_BUFFER,
    BINDING_THREAD_ENDPOINT,
    BINDING_THREAD_SCHED,
    BINDING_NOTIFICATION_ENDPOINT,
    BINDING_IRQ_NOTIFICATION,
    BINDING_SCHED_CPU,
};

struct slot {
    union {
        struct {
            uint32_t badge;    /* of Endpoint and Notification; others: see object/ */
            uint32_t endpoint; /* whom a call reaches, in units of 8 bytes from NULL_BASE; 0 unless
                                  an Endpoint with the right to call */
        };
        uint64_t call;
    };
    union {
        struct {
            ref_t object; /* what it names; a Frame or Untyped: its memory, if RAM */
            union {
                struct {
                    uint8_t type, rights, flags, size_bits;
                };
                uint32_t kind; /* all four */
            };
        };
        uint64_t what;
    };
    ref_t prev, next, first, last;
    union {
        struct {               /* Untyped, CNode, Platform originals */
            uint64_t used;     /* Untyped: bytes from the start that were retyped */
            uint64_t zeroed;   /* Untyped: bytes from the start known to be zero, if > used */
            uint32_t depth;    /* Untyped: how many Untypeds it came from */
            uint32_t progress; /* CNode: next slot to look at while it's being destroyed */
            ref_t dying_below; /* next on the stack of what is being destroyed */
            ref_t passed_by;   /* on that stack: whose scan has put it behind its siblings */
        };
        struct {                                /* Frame: the linear mapping it holds */
            uint64_t frame_page : 40, low : 24; /* physical page; first page of the window */
            uint64_t map_page : 36, high : 28;  /* where page 0 would be; page after the window */
            ref_t vspace;                       /* 0: nothing is mapped */
            ref_t map_prev, map_next;           /* other mappings of that VSpace */
            uint32_t frame_reserved;
        };
        struct {         /* embedded; the rest: Cpu, and what was given by one */
            ref_t owner; /* object it is in */
            uint32_t role;
            ref_t pool;     /* original Cpu that its share comes from; 0: boot's own */
            uint32_t share; /* millionths of the CPU's time: see object/cpu.h */
            uint32_t given; /* Cpu original: of its share, to others */
        };
        uint64_t extra[4];
    };
} ALIGNED(64);

_Static_assert(sizeof(struct slot) == 64, "one cache line");

static inline struct slot *slot_of(ref_t ref)
{
    return ref_pointer(ref);
}

static inline bool slot_empty(const struct slot *slot)
{
    return slot->type == OBJECT_NULL;
}

static inline bool slot_is_original(const struct slot *slot)
{
    return slot->flags & SLOT_ORIGINAL;
}

/*
 * What a lookup needs of a slot that another CPU may be changing: all of one capability, in one
 * word after the other; or of an empty one. Who changes it writes `call` and then `what`.
 */
static inline void slot_read(const struct slot *slot, struct slot *copy)
{
    copy->what = __atomic_load_n(&slot->what, __ATOMIC_ACQUIRE);
    copy->call = __atomic_load_n(&slot->call, __ATOMIC_ACQUIRE);
    if (__atomic_load_n(&slot->what, __ATOMIC_ACQUIRE) != copy->what)
        copy->what = copy->call = 0;
}

/* derive.c: the tree. No errors; nothing of the capability itself is changed. */
void derive_insert(struct slot *parent, struct slot *child);
void derive_remove(struct slot *slot);
void derive_move(struct slot *from, struct slot *to);
/* Make a first child the last one. */
void derive_first_to_end(struct slot *parent);

/* Fill `child`, an empty slot, with a capability derived from `source`: the same object, fewer
 * rights. What is specific to a mapping isn't copied. */
void slot_derive(struct slot *source, struct slot *child, unsigned rights, uint32_t badge);

/* Whether copies of it may be made, by cnode_copy or in a message. */
bool slot_derivable(const struct slot *slot);

/* Fill an empty slot with an original capability, derived from `parent`. */
void slot_make_original(struct slot *parent, struct slot *slot, enum object_type type, void *object,
                        unsigned size_bits);

/* Recompute `endpoint` from type, rights and object: only Endpoints with the call right have it. */
void slot_set_call(struct slot *slot, uint32_t badge);

/*
 * Long work is counted in steps of some 50 instructions. False: they were used up. The last piece
 * of work may cost more than is left, so that there always is one that can be done.
 */
static inline bool steps_take(unsigned *steps, unsigned cost)
{
    if (*steps == 0)
        return false;
    *steps = *steps > cost ? *steps - cost : 0;
    return true;
}

/*
 * destroy.c: delete and revoke, in steps. `*steps` is how much work may still be done; each returns
 * true when all is done, and otherwise is to be called again, with anything having happened
 * between.
 */
MUST_USE bool slot_delete(struct slot *slot, unsigned *steps);
MUST_USE bool slot_revoke(struct slot *slot, unsigned *steps);

/* End a binding, if there is one. Always completes. */
void slot_unbind(struct slot *slot);

#endif
