/* SPDX-License-Identifier: BSD-2-Clause */
/* Groups of cases, one in each file; and what several of them use. */
#ifndef TESTS_GUEST_SPACES_CASES_H
#define TESTS_GUEST_SPACES_CASES_H

#include "tests/guest/spaces/task.h"

#define AT 0x20000000ull
#define RW (MEMORY_READ | MEMORY_WRITE)

void cases_basic(void);
void cases_object(void);
void cases_fork(void);
void cases_authority(void);
void cases_build(void);
void cases_build_scarce(void);
void cases_errors(void);
void cases_lending(void);
void cases_quota(void);
void cases_shortage(void);
void cases_scarce(void);

/* Long ones, which are run once. */
void case_kept_handles(void);
void case_mappings(void);
void case_hostile(void);
/* They stay: it is the last. */
void case_servers(void);

/* The next fault that the server couldn't serve is at that address, for that reason. */
void check_fault(const char *name, uint64_t address, err_t reason);

/* Pages hold first, first + 1, …; each is written before it's read. */
bool fill(struct task *task, uint64_t address, uint64_t pages, uint64_t first);
bool holds(struct task *task, uint64_t address, uint64_t pages, uint64_t first);

#endif
