/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each CPU has for itself, at a fixed distance behind the kernel text in the CPU's own alias
 * of the image: instruction-pointer-relative addresses reach it, with no segment register.
 * Only the CPU itself reads or writes it, with interrupts off; but for its last line, by which
 * others reach it (cpu/inbox.h).
 *
 * The offsets are for entry.S; the assertions below keep them true.
 */
#ifndef KERNEL_ARCH_X86_64_CPU_H
#define KERNEL_ARCH_X86_64_CPU_H

/* The first line is all that the fast path touches here. */
#define CPU_CURRENT 0
#define CPU_PART_BASE 8
#define CPU_IDLE_KEY 16
#define CPU_ROOM 24
#define CPU_VECTOR_ON 28
#define CPU_STACK_TOP 32
#define CPU_ENTRY_CR3 40
#define CPU_EXPIRED 48

/* What stands in an idle server's `caller`: an address within its own CPU's structure. */
#define CPU_MARKER_PLAIN 0
#define CPU_MARKER_VECTOR 8

#ifndef __ASSEMBLER__

#include "kernel/lib/timer_queue.h"
#include "kernel/lib/types.h"

struct thread;
struct sched_context;
struct priority_node;
struct inbox_node;

#define PRIORITY_COUNT 256

/*
 * `attention`: who runs may have to change. Set by whoever caused it; an operation that set nothing
 * goes back to its caller at once.
 */
#define CPU_WOKEN 1   /* `next`, something better than the current SchedContext, became ready */
#define CPU_SLICE 2   /* an equal of it became ready */
#define CPU_STOPPED 4 /* the current thread may not be able to go on, or not on this time */
#define CPU_TIMER 8   /* what is due next may be something else */

struct cpu {
    struct thread *current; /* never null: the idle thread when there's nothing to run */
    uint64_t part_base;     /* + (endpoint reference << 6) = this CPU's part of an endpoint */
    uint64_t idle_key;      /* the marker that lets a call pass: see idle_key_update */
    int32_t room;           /* calls that may still hang on the current thread's */
    uint32_t vector_on;     /* CR0.TS is clear: `current` may use vector registers */
    uint64_t stack_top;     /* kernel stack, in this CPU's alias */
    uint64_t entry_cr3;     /* of the whole kernel, where user spaces have tables without it; 0 */
    uint32_t expired;       /* the current SchedContext's deadline has passed */
    union {
        struct {
            uint8_t attention; /* CPU_WOKEN, …: sched_resolve must look */
            bool careful;      /* the current time is limited, in slices, or paid by another */
        };
        uint16_t unusual;
    };
    bool unsettled; /* something better than the current may be ready, and can run */
    uint8_t reserved;
    struct sched_context *sched; /* whose time is running; null when idle */

    struct sched_context *payer; /* who pays, if not `sched`: see sched.h */
    uint64_t since;              /* TSC: it is charged from here on */
    struct thread *entered;      /* who was current at kernel entry: its registers are on the CPU */
    uint64_t cr3; /* what is loaded, or on the way out (slow path: the fast one leaves it stale) */
    struct sched_context *next; /* better than `sched` and not in a queue: make_ready in sched.c */
    struct thread *idle;
    struct thread *releasing; /* with many parked on them: the rest of these become ready later */
    struct timer_queue timers;
    uint64_t slice_end, budget_end; /* TSC: of what runs; NEVER: it has none */
    uint64_t armed;                 /* TSC: when the timer interrupts; NEVER */
    uint32_t index;
    uint32_t listens;           /* what a notification holds that a thread here waits for */
    uint64_t alias;             /* from CPU 0's alias of the image to this CPU's */
    struct inbox_node *arrived; /* taken out of `inbox`, the oldest first */
    uint32_t elsewhere;         /* index of the CPU that the operation has to go on at */
    uint32_t stale;             /* a grace period that an unmapping waits for; 0: none */
    bool locked;                /* it holds the lock of capabilities */
    uint64_t ready_map[PRIORITY_COUNT / 64]; /* bit p % 64 of [p / 64]: somebody is in ready[p] */
    struct priority_node *ready[PRIORITY_COUNT]; /* tail of each circular queue */

    /* Of other CPUs too, atomically. */
    struct inbox_node *inbox ALIGNED(64); /* what was sent to it: the newest first */
    uint32_t asked, passed;               /* see cpu/grace.h */
    uint32_t flush;                       /* its TLB holds what it shouldn't */
    uint32_t apic_id;
};

_Static_assert(offsetof(struct cpu, current) == CPU_CURRENT, "entry.S");
_Static_assert(offsetof(struct cpu, part_base) == CPU_PART_BASE, "entry.S");
_Static_assert(offsetof(struct cpu, idle_key) == CPU_IDLE_KEY, "entry.S");
_Static_assert(offsetof(struct cpu, room) == CPU_ROOM, "entry.S");
_Static_assert(offsetof(struct cpu, vector_on) == CPU_VECTOR_ON, "entry.S");
_Static_assert(offsetof(struct cpu, stack_top) == CPU_STACK_TOP, "entry.S");
_Static_assert(offsetof(struct cpu, expired) == CPU_EXPIRED, "entry.S");
_Static_assert(offsetof(struct cpu, entry_cr3) == CPU_ENTRY_CR3, "trap.S");

#ifdef MARCONA_HOST
extern struct cpu host_cpu;
static inline struct cpu *this_cpu(void)
{
    return &host_cpu;
}
#else
/* The address is taken by instruction, because the compiler's own would be CPU 0's. */
static inline struct cpu *this_cpu(void)
{
    struct cpu *cpu;
    __asm__("lea percpu_cpu(%%rip), %0" : "=r"(cpu));
    return cpu;
}
#endif

#endif
#endif
