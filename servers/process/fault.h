/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of users' threads that the memory server can't serve. */
#ifndef PROCESS_FAULT_H
#define PROCESS_FAULT_H

#include "libsys/memory_client.h"
#include "servers/process/life.h"

/* Take all that wait: each becomes a signal to a handler, or the end of its process. */
void faults_take(void);

/* It was refused for want of memory, or of quota. */
bool is_shortage(const struct memory_fault *fault);

/*
 * Make room for a process that such a fault happened to. False: none but by its own end: it has
 * all that it may have, or most of all. shortage.c
 */
bool shortage_relieve(struct process *asked);

/* Say in the log what happened, where, and how it got there. report.c */
void report_fault(struct process *process, const struct thread *thread,
                  const struct memory_fault *fault, int signal);

#endif
