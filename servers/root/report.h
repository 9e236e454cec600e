/* SPDX-License-Identifier: BSD-2-Clause */
/* What the root task tells about the machine, and about a program that faulted. */
#ifndef SERVERS_ROOT_REPORT_H
#define SERVERS_ROOT_REPORT_H

#include "libsys/syscall.h"

#define REPORT_CAUSE_MAX 120

/* What the kernel gave: CPUs, memory, features, modules. */
void report_boot(void);

/* What is left for one program, and what is kept for those on demand. */
void report_memory(uint64_t reserve, uint64_t left);

/* A fault message, with the registers of `thread` if that is what faulted. */
void report_fault(const char *program, cap_t thread, const struct message *fault);

/* "write to 0x10, nothing mapped there" */
void report_cause(const struct message *fault, char *text, size_t size);

#endif
