/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread: registers, what it is bound to, and where it stands in calls.
 *
 * The first line is all that the fast path reads and writes. From it alone a call's state follows:
 *
 *   callee != 0              blocked in a call (or a fault), which that server works on; bits 0
 *                            and 1 say that the reply takes more than the fast path does
 *   caller == a marker of    a server that waits for calls, on that CPU; the marker is an address
 *     its CPU (cpu.h)        in the CPU's own area, so one compare says: idle, here, and usual
 *   caller == other thread   a server that works on that thread's request
 *   caller == &null_thread   nobody is waiting for an answer of this thread
 *
 * `state` is kept by the slow path, and refined by the above:
 *
 *            thread_start, resume             blocks                      woken
 *   STOPPED ──────────────────▶ RUNNABLE ─────────────▶ QUEUED, WAITING ───────▶ RUNNABLE
 *      ▲                           │                    DETACHED
 *      └───────────────────────────┴── suspend, fault with nobody to tell, loss of its space
 *
 *   RUNNABLE   runs, is ready, is idle in REPLY_WAIT, or is in a call: as the links say
 *   QUEUED     its call waits in an endpoint part's queue            (endpoint_* take it out)
 *   WAITING    for a notification                                    (notification_signal)
 *   DETACHED   its caller's right to an answer is in a Reply object  (reply_*)
 *   AWAY       it's on another CPU, where something is done for it   (cpu/away.h)
 *
 * Owner legend: all fields belong to the home CPU, but for what cpu/away.h says while it's away.
 */
#ifndef KERNEL_OBJECT_THREAD_H
#define KERNEL_OBJECT_THREAD_H

/* Offsets for entry.S; asserted below. */
#define THREAD_CALLER 0
#define THREAD_CALLEE 8
#define THREAD_SP 16
#define THREAD_IP 24
#define THREAD_CR3 32
#define THREAD_FS 40
#define THREAD_CNODE 48
#define THREAD_MASK 56
#define THREAD_FRAME_KIND 60
#define THREAD_VECTOR 61
#define THREAD_PART 64
#define THREAD_BUFFER 72
#define THREAD_REGISTERS 128 /* word[8], then tag, rax, rdx, rbx, rbp, rcx, r11, rflags */
#define THREAD_TAG (THREAD_REGISTERS + 64)
#define THREAD_RAX (THREAD_REGISTERS + 72)
#define THREAD_RDX (THREAD_REGISTERS + 80)
#define THREAD_RBX (THREAD_REGISTERS + 88)
#define THREAD_RBP (THREAD_REGISTERS + 96)
#define THREAD_RCX (THREAD_REGISTERS + 104)
#define THREAD_R11 (THREAD_REGISTERS + 112)
#define THREAD_RFLAGS (THREAD_REGISTERS + 120)

#define THREAD_FAULT 308
#define THREAD_DOMAIN 328
#define THREAD_BINDING_FAULT 512

/* frame_kind */
#define FRAME_SYSCALL 0 /* only what a system call returns is to be loaded */
#define FRAME_FULL 1    /* all registers are to be loaded, and IRET used */
#define FRAME_IDLE 2    /* the idle thread: wait for an interrupt */

/* Bit 0 of `callee`. */
#define CALLEE_SLOW 1
/* Bit 1: only C knows what the answer takes; entry.S finds that neither value fits. Set while
 * others wait for the server, or time runs it that isn't the caller's. */
#define CALLEE_IN_C 2

#ifndef __ASSEMBLER__

#include "kernel/cap/slot.h"
#include "kernel/cpu/away.h"
#include "kernel/lib/priority_queue.h"

struct endpoint_part;
struct sched_context;
struct reply;
struct notification;

/* Never calls, never idle, never runs: what stands where no thread does. */
extern struct thread null_thread;

enum thread_state {
    STATE_STOPPED,
    STATE_RUNNABLE,
    STATE_QUEUED,
    STATE_WAITING,
    STATE_DETACHED,
    STATE_AWAY,
};

struct registers {
    uint64_t word[MESSAGE_WORDS]; /* rdi rsi r8 r9 r10 r12 r13 r14 */
    uint64_t tag;                 /* r15 */
    uint64_t rax, rdx, rbx, rbp, rcx, r11;
    uint64_t rflags; /* FRAME_SYSCALL: only CF counts */
};

struct thread {
    struct thread *caller; /* see above */
    uint64_t callee;       /* struct thread *, CALLEE_SLOW, CALLEE_IN_C */
    uint64_t sp, ip;
    uint64_t cr3;
    uint64_t fs_base;
    struct slot *cnode;  /* first slot of its table */
    uint32_t cnode_mask; /* of handles: (slots - 1) * 64 */
    uint8_t frame_kind;
    uint8_t vector; /* it uses vector registers: its calls take the longer way */
    uint8_t state;  /* enum thread_state */
    uint8_t flags;  /* enum thread_flags */

    struct endpoint_part *part;    /* where it serves; the null endpoint's when nowhere */
    struct message_buffer *buffer; /* kernel's own mapping; null: none */
    struct thread *next_server;    /* of the same part, circular */
    struct sched_context *sched;   /* its own time; may be null */
    struct priority_queue parked;  /* time that can't go on before this thread can: see sched.h */
    struct notification *waits_for;
    struct reply *reply;  /* state DETACHED */
    uint32_t vector_size; /* bytes of `vector_area`; 0: no vector registers */
    uint32_t home;        /* index of its CPU */

    struct registers registers;
    struct priority_node queue_node; /* state QUEUED */
    struct endpoint_part *queued_on;
    uint32_t queued_badge;
    uint32_t fault; /* enum fault while a fault message of it is queued or served */
    uint64_t fault_address, fault_code;
    uint32_t domain; /* its space's: see vspace.h */

    struct sched_context *debtor;          /* who pays for the request of a caller that has gone */
    struct thread *debt_next, **debt_link; /* others whom it pays for */
    struct thread *release_next, **release_link; /* in the CPU's `releasing` */

    /* Bindings: derived capabilities, so that revocation reaches them. */
    struct slot binding_cnode, binding_vspace, binding_fault, binding_buffer, binding_endpoint,
        binding_sched;

    struct away away;
    struct thread *remote; /* `caller` is the idle thread: whom it works for, on another CPU */

    uint8_t vector_area[] ALIGNED(64);
};

enum thread_flags {
    THREAD_WAS_IDLE = 1,     /* suspended while it waited for calls */
    THREAD_BUFFERED = 2,     /* its message comes with words or capabilities in the buffer */
    THREAD_VECTOR_SAVED = 4, /* vector_area holds live registers (preempted) */
    THREAD_STARTED = 8,
    THREAD_TOOK_REMOTE = 16, /* the request before was one from another CPU: in turns */
    THREAD_ROOT = 128,       /* the root task's: nobody is told of its faults but the machine */
};

#define THREAD_BITS 10
#define THREAD_BYTES 1024 /* without vector state */

_Static_assert(offsetof(struct thread, caller) == THREAD_CALLER, "entry.S");
_Static_assert(offsetof(struct thread, callee) == THREAD_CALLEE, "entry.S");
_Static_assert(offsetof(struct thread, sp) == THREAD_SP, "entry.S");
_Static_assert(offsetof(struct thread, ip) == THREAD_IP, "entry.S");
_Static_assert(offsetof(struct thread, cr3) == THREAD_CR3, "entry.S");
_Static_assert(offsetof(struct thread, fs_base) == THREAD_FS, "entry.S");
_Static_assert(offsetof(struct thread, cnode) == THREAD_CNODE, "entry.S");
_Static_assert(offsetof(struct thread, cnode_mask) == THREAD_MASK, "entry.S");
_Static_assert(offsetof(struct thread, frame_kind) == THREAD_FRAME_KIND, "entry.S");
_Static_assert(offsetof(struct thread, vector) == THREAD_VECTOR, "entry.S");
_Static_assert(offsetof(struct thread, part) == THREAD_PART, "entry.S");
_Static_assert(offsetof(struct thread, buffer) == THREAD_BUFFER, "entry.S");
_Static_assert(offsetof(struct thread, registers) == THREAD_REGISTERS, "entry.S");
_Static_assert(offsetof(struct thread, registers.tag) == THREAD_TAG, "entry.S");
_Static_assert(offsetof(struct thread, registers.rflags) == THREAD_RFLAGS, "entry.S");
_Static_assert(offsetof(struct thread, fault) == THREAD_FAULT, "entry.S");
_Static_assert(offsetof(struct thread, domain) == THREAD_DOMAIN, "entry.S");
_Static_assert(offsetof(struct thread, binding_fault) == THREAD_BINDING_FAULT, "trap.S");
_Static_assert(offsetof(struct thread, vector_area) <= THREAD_BYTES, "a thread is 1 KiB");

static inline struct thread *thread_of(const struct slot *slot)
{
    return ref_pointer(slot->object);
}

static inline struct thread *thread_callee(const struct thread *thread)
{
    return (struct thread *)(thread->callee & ~(uint64_t)(CALLEE_SLOW | CALLEE_IN_C));
}

/* Waits for calls, here. */
static inline bool thread_is_idle(const struct thread *thread)
{
    uint64_t marker = (uint64_t)thread->caller - (uint64_t)this_cpu();
    return marker == CPU_MARKER_PLAIN || marker == CPU_MARKER_VECTOR;
}

static inline bool thread_runnable(const struct thread *thread)
{
    return thread->state == STATE_RUNNABLE && !thread->callee && !thread_is_idle(thread);
}

/* Works on a caller's request. */
static inline bool thread_serves(const struct thread *thread)
{
    return thread->caller != &null_thread && !thread_is_idle(thread);
}

/* Works on a request from another CPU. */
static inline bool thread_serves_remote(const struct thread *thread)
{
    return thread->caller == this_cpu()->idle;
}

/* What a system call of it returns, when it runs next. */
static inline void thread_set_result(struct thread *thread, uint64_t rax, uint64_t rdx, bool carry)
{
    thread->registers.rax = rax;
    thread->registers.rdx = rdx;
    thread->registers.rflags = carry ? USER_RFLAGS | RFLAGS_CF : USER_RFLAGS;
}

/* log2 of a Thread's bytes with vector state on this machine. */
unsigned thread_vector_size_bits(void);

void thread_init(struct thread *thread, unsigned size_bits);
/* False: more steps. */
MUST_USE bool thread_destroy(struct thread *thread, unsigned *steps);
void thread_binding_end(struct thread *thread, enum binding_role role);

/* Stop it, wherever it stands. A call of its own is cancelled; its caller goes on waiting. */
void thread_stop(struct thread *thread);

/* It goes on, if it was stopped only to be back from where it was. */
void thread_let_go(struct thread *thread);

#endif
#endif
