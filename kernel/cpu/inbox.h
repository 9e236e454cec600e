/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What CPUs say to each other. Each has an inbox: a list to which any CPU adds, by one atomic
 * instruction, and which its owner takes as a whole; the order in which things came is kept. Who
 * adds to an empty one interrupts its owner. Nobody waits for anybody in the kernel.
 *
 * What is sent is a node that lies in its object, so that nothing is allocated; a node is in one
 * inbox at most. tests/model/cpus.pml checks the rules.
 */
#ifndef KERNEL_CPU_INBOX_H
#define KERNEL_CPU_INBOX_H

#include "kernel/lib/types.h"

enum inbox_kind {
    INBOX_THREAD,       /* a thread goes away, or comes back (away.h) */
    INBOX_CANCEL,       /* a thread that is away is asked back, or that was answered */
    INBOX_NOTIFICATION, /* flags were set, and somebody listens here */
};

struct inbox_node {
    struct inbox_node *next;
    uint64_t kind;
};

/* The node goes to the CPU with this index, perhaps this one: it comes back as an interrupt. */
void inbox_put(unsigned index, struct inbox_node *node, enum inbox_kind kind);

/* On each of them: VECTOR_CALLED came. */
void cpu_called(void);

#endif
