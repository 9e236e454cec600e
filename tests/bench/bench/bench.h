/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the suite was given, what it makes of it, and what happens when something is wrong: one line
 * that says so, and the program ends with a failure. Nothing is measured further, because nothing
 * measured on a broken system means anything.
 */
#ifndef TESTS_BENCH_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "libsys/program.h"
#include "libsys/syscall.h"

#define PAGE 4096ull

/* Where things are mapped. The windows are a page beside the boundary of a large page, so that the
 * kernel maps small ones. */
#define BUFFER_ADDRESS 0x20000000ull
#define SERVER_BUFFER_ADDRESS 0x20001000ull
#define COLD_ADDRESS 0x30000000ull
#define MAP_ADDRESS 0x40001000ull
#define FAULT_ADDRESS 0x50001000ull

#define FRAME_BITS 22 /* of the Frame for the operations on memory: 1,024 pages */
#define BULK_SLOTS 10000u
#define CROWD_BITS 24 /* of the memory for as many threads and their time */

struct bench {
    const struct program_info *info;
    cap_t cnode, vspace, thread, time, cpu; /* its own, and CPU 0 */
    cap_t frame;                   /* 2^FRAME_BITS bytes; page k begins with the word k + 1 */
    struct message_buffer *buffer; /* the main thread's */
    const struct message_buffer *server_buffer; /* that of the server `buffer` */
    uint32_t bulk;                              /* first of 2 * BULK_SLOTS empty slots */
    cap_t crowd; /* an Untyped of 2^CROWD_BITS bytes; 0: there is too little memory */
};

extern struct bench bench;

/* Once, before anything else here. */
void bench_open(const struct program_info *info);

_Noreturn __attribute__((format(printf, 1, 2))) void bench_fail(const char *format, ...);

/* Fails unless the system call succeeded. */
void bench_check(const char *what, err_t error);

/* Fails unless it is so. */
void bench_expect(const char *what, bool is_so);

/* Whether the kernel's command line, or the program's arguments, have this word. */
bool bench_has_word(const char *word);

/* Whether this is a virtual machine; then `name` gets the letters by which it is known. */
#define MACHINE_NAME_MAX 13
bool bench_is_virtual(char name[MACHINE_NAME_MAX]);

/* An object, or an empty slot, that lasts until bench_clear. */
cap_t bench_make(enum object_type type, unsigned size_bits);
uint32_t bench_slot(void);

/* The memory that the next objects come from, for an operation that makes some itself. */
cap_t bench_untyped(void);

/* Give up all that was made so; done after each group of operations. */
void bench_clear(void);

/* One function per group of operations. */
void ipc_measure(void);
void callers_measure(void);
void rpc_measure(void);
void signal_measure(void);
void fault_measure(void);
void interrupt_measure(void);
void sched_measure(void);
void thread_measure(void);
void memory_measure(void);
void capability_measure(void);
void system_measure(void);

#endif
