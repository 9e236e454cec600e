/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts what one CPU executes during one pass of a region: instructions, the cache lines and pages
 * they touch, and the costly ones among them.
 */

#ifndef PROFILER_PASS_H
#define PROFILER_PASS_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/profiler/classify.h"
#include "tools/profiler/set.h"

/* Pairs _user and _kernel stand in this order, so that metric + kernel names the right one. */
/* clang-format off */
#define METRICS(X) \
    X(insn_total) X(insn_user) X(insn_kernel) \
    X(code_lines_user) X(code_lines_kernel) X(data_lines_user) X(data_lines_kernel) \
    X(data_lines_written_user) X(data_lines_written_kernel) \
    X(pages4k_code_user) X(pages4k_code_kernel) X(pages4k_data_user) X(pages4k_data_kernel) \
    X(loads_user) X(loads_kernel) X(stores_user) X(stores_kernel) X(mmio_accesses) \
    X(user_to_kernel) X(user_to_kernel_async) X(kernel_to_user) X(rep_iters)

enum metric {
#define X(name) METRIC_##name,
    METRICS(X)
#undef X
    METRIC_FIRST_CLASS,
    METRIC_COUNT = METRIC_FIRST_CLASS + CLASS_COUNT
};
/* clang-format on */

/* What a pass touches in one mode. Lines are physical, pages are pairs of virtual and physical. */
struct footprint {
    struct set code_lines, data_lines, written_lines, code_pages, data_pages;
};

struct pass {
    bool active;
    int region;
    uint32_t metric[METRIC_COUNT];
    struct footprint footprint[2]; /* user, kernel */
    const struct insn *previous;   /* null at the start */
};

const char *metric_name(enum metric metric);

void pass_begin(struct pass *pass, int region);

/* Puts the footprint's sizes and the sums into `metric`. */
void pass_end(struct pass *pass);

/* Counts one instruction. False if it is a further round of the same repeated instruction. */
bool pass_count(struct pass *pass, const struct insn *insn);

/* Counts an access of `size` bytes at virtual `address` and `physical` address. */
void pass_access(struct pass *pass, bool kernel, bool store, uint64_t address, uint64_t physical,
                 unsigned size);

#endif
