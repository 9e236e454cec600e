/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A space with a thread in it that touches memory when told. It runs at a higher priority than the
 * test: when task_access returns, the access has come to its end, or waits for its fault to be
 * resumed.
 */
#ifndef TESTS_GUEST_SPACES_TASK_H
#define TESTS_GUEST_SPACES_TASK_H

#include <stdbool.h>

#include "libsys/memory_client.h"
#include "tests/guest/check.h"
#include "tests/guest/spaces/script.h"

#define PAGE 4096ull
#define CODE_ADDRESS 0x400000ull

struct task {
    cap_t space, vspace; /* the handle; the VSpace */
    uint64_t badge;
    struct script *script; /* in the test's own space */
    cap_t script_object;
    cap_t thread, time, event, bell;
};

/* The test's own connections. */
extern struct rpc_client authority, self;
extern cap_t own_table;

void tasks_init(void);
/* From now on with another memory server, which has little memory. */
void tasks_use_small(void);

/* Each ends the test where it fails, as nothing can be tested then. */
void task_make(struct task *task, uint32_t group, uint64_t quota);
void task_fork(struct task *child, const struct task *parent);
void task_end(struct task *task);
/* A thread in a space that has the code; and its end: the space stays. */
void task_begin(struct task *task);
void task_stop(struct task *task);

/* Map anonymous memory at a fixed address. */
err_t task_map(const struct task *task, uint64_t address, uint64_t bytes, uint32_t access);

/* `count` accesses, a page apart. False: one of them waits for its fault. */
bool task_access(struct task *task, uint64_t operation, uint64_t address, uint64_t value,
                 uint64_t count);
/* The same, one; the value read, or ~0 where it waits. */
uint64_t task_read(struct task *task, uint64_t address);
bool task_write(struct task *task, uint64_t address, uint64_t value);

/* An empty slot, and back. */
cap_t slot_take(void);
void slot_drop(cap_t slot);

/* A protocol's result, by name. */
void check_result(const char *name, err_t error, err_t expected);
/* A condition without which the test can't go on. */
void must(const char *what, err_t error);

#endif
