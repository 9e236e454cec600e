/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Single system calls with nothing around them: between the marks is, besides the kernel and those
 * it runs, the load of the handle, for system calls other than CALL the load of the number, and the
 * `syscall` instruction. CALL's number is 0, which is what a successful call leaves in eax.
 */
#ifndef TESTS_BENCH_BENCH_BARE_H
#define TESTS_BENCH_BENCH_BARE_H

#include "libsys/syscall.h"

/* What goes in, and what came out. Offsets are used in bare.S. */
struct bare {
    struct message message; /* both ways */
    uint64_t cap;
    uint64_t rax, rdx, carry; /* after the system call */
    uint64_t begin, end;      /* clock right before and right after */
};

typedef void bare_pass(struct bare *bare);

/* `count` times CALL with one message, which each answer must be; no marks. */
void bare_repeat(struct bare *bare, uint64_t count);

/* CALL, between the marks of REGION_INTER_0W and so on. */
bare_pass bare_inter_0w, bare_inter_4w, bare_inter_8w, bare_intra_0w, bare_intra_4w, bare_intra_8w;
bare_pass bare_callers, bare_deadline, bare_deep3;

/* CALL_BUFFER */
bare_pass bare_inter_10w, bare_inter_16w, bare_inter_64w, bare_intra_10w, bare_intra_64w;
bare_pass bare_cap1, bare_cap4, bare_own1;

/* CALL, with a vector register in use. Afterwards it must hold 0: see bare_vector. */
bare_pass bare_vectors;

/* What the first vector register holds. */
uint64_t bare_vector(void);

/* INSPECT; SIGNAL */
bare_pass bare_null, bare_signal_idle;

/* Regions that one thread begins and another ends: each has only its own mark. */
bare_pass bare_wake_signal, bare_wake_wait; /* SIGNAL; CALL */
bare_pass bare_switch_from, bare_switch_to; /* CALL */
bare_pass bare_irq_wait;                    /* CALL; ends REGION_IRQ_DELIVER */
bare_pass bare_preempt_wait;                /* CALL; ends REGION_PREEMPT */
bare_pass bare_deplete_wait;                /* CALL; ends REGION_DEPLETE */

/* CALL, of an interrupt's acknowledgement. */
bare_pass bare_irq_ack;

/*
 * Wait for an interrupt, and note the clock all the time. The region begins anew again and again,
 * so that it begins at most one instruction before the interrupt.
 */
struct spin {
    uint64_t clock;         /* last reading */
    uint64_t deadline;      /* give up when the clock has passed this */
    volatile uint64_t stop; /* set by the handler */
};
typedef void bare_spinner(struct spin *spin);
bare_spinner bare_spin;                         /* REGION_IRQ_DELIVER */
bare_spinner bare_spin_slice, bare_spin_budget; /* REGION_PREEMPT; REGION_DEPLETE */

/*
 * Threads that yield to each other in turn, each switch a pass. They start at one of these without
 * a stack: the stack pointer is the handle of their time. The last one signals `done`, and its
 * creator ends it.
 */
#define RING_SAMPLES 256
struct ring {
    uint64_t tag;    /* of a yield */
    uint64_t done;   /* handle */
    uint64_t left;   /* passes to go, and one */
    uint64_t passes; /* so far, and one */
    uint64_t failed; /* yields that did */
    uint64_t begin;  /* clock, of the pass under way */
    uint64_t ticks[RING_SAMPLES];
};
extern struct ring ring;
void bare_ring_2(void);
void bare_ring_10000(void);

/* Passive server threads start here: they answer each message with itself. */
void bare_echo(void);
void bare_echo_buffer(void);

#endif
