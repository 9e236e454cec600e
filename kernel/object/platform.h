/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The capabilities that stand for the machine: Platform, Cpu, IrqHandler, IoPort. They have no
 * memory of their own that a user gave: the machine has so many interrupt lines and CPUs, and the
 * kernel keeps a record of each from boot on. An IoPort is all in its slot: `badge` holds its first
 * and last port.
 */
#ifndef KERNEL_OBJECT_PLATFORM_H
#define KERNEL_OBJECT_PLATFORM_H

#include "kernel/cap/slot.h"

struct notification;

/* One line of an IOAPIC. */
struct irq_handler {
    struct irq_line line;
    struct notification *notification; /* null: not bound */
    uint32_t flags;                    /* what it sets there */
    bool taken;                        /* a capability for the line exists */
    bool level;                        /* masked until acknowledged */
    bool masked;
    uint8_t vector;
    struct slot binding;
};

/* Make the records, before the first capability; `root` is what the Platform derives from. */
void platform_init(void);

/* A device's vector was taken. */
void irq_deliver(unsigned vector);

void irq_handler_end(struct irq_handler *handler);
void irq_binding_end(struct irq_handler *handler);

#endif
