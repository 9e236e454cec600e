/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address spaces, looked at from within: a victim reads, writes or executes at an address, and what
 * it gets or how it faults is compared.
 */
#ifndef TESTS_GUEST_KERNEL_PROBE_H
#define TESTS_GUEST_KERNEL_PROBE_H

#include "tests/guest/kernel/runner.h"

#define PAGE 4096ull
#define LARGE (2ull << 20)
#define HUGE (1ull << 30)
#define AT 0x40000000ull        /* where victims and runner have the Frame of a case */
#define LIMIT 0x7ffffffff000ull /* the first address that isn't a user's */
#define RW (ACCESS_READ | ACCESS_WRITE)

/* The victim that looks. */
extern struct task *prober;

void prober_make(struct process *process);

/* One access (victim_read_data and so on): true when it went through, with the value read. */
bool probe(void (*entry)(void), uint64_t address, uint64_t *value);

/* What must be the case there, and with which FAULT_* bits not. */
void expect_word(uint64_t address, uint64_t expected);
void expect_no_read(uint64_t address, uint64_t code);
void expect_write(uint64_t address, uint64_t value);
void expect_no_write(uint64_t address, uint64_t code);
void expect_no_execute(uint64_t address);

/* Give each page of a Frame its number plus `base`; the same for a new one. */
void number_pages(cap_t frame, uint64_t base);
cap_t make_numbered(unsigned bits, uint64_t base);

uint64_t tables_used(cap_t vspace);
uint64_t tables_free(cap_t vspace);

#endif
