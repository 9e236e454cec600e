/* SPDX-License-Identifier: BSD-2-Clause */
/* See pass.h. */

#include "tools/profiler/pass.h"

#include <string.h>

#define LINE_SHIFT 6
#define PAGE_SHIFT 12

static const char *const metric_names[METRIC_FIRST_CLASS] = {
#define X(name) #name,
    METRICS(X)
#undef X
};

const char *metric_name(enum metric metric)
{
    return metric < METRIC_FIRST_CLASS ? metric_names[metric]
                                       : insn_class_name(metric - METRIC_FIRST_CLASS);
}

void pass_begin(struct pass *pass, int region)
{
    pass->active = true;
    pass->region = region;
    pass->previous = NULL;
    memset(pass->metric, 0, sizeof(pass->metric));
    for (int mode = 0; mode < 2; mode++) {
        struct footprint *footprint = &pass->footprint[mode];
        set_clear(&footprint->code_lines);
        set_clear(&footprint->data_lines);
        set_clear(&footprint->written_lines);
        set_clear(&footprint->code_pages);
        set_clear(&footprint->data_pages);
    }
}

void pass_end(struct pass *pass)
{
    pass->active = false;
    for (int mode = 0; mode < 2; mode++) {
        const struct footprint *footprint = &pass->footprint[mode];
        pass->metric[METRIC_code_lines_user + mode] = footprint->code_lines.count;
        pass->metric[METRIC_data_lines_user + mode] = footprint->data_lines.count;
        pass->metric[METRIC_data_lines_written_user + mode] = footprint->written_lines.count;
        pass->metric[METRIC_pages4k_code_user + mode] = footprint->code_pages.count;
        pass->metric[METRIC_pages4k_data_user + mode] = footprint->data_pages.count;
    }
    pass->metric[METRIC_insn_total] =
        pass->metric[METRIC_insn_user] + pass->metric[METRIC_insn_kernel];
}

/* A page mapped at one address in two spaces counts twice, so both addresses make the key. */
static uint64_t page_key(uint64_t address, uint64_t physical)
{
    return set_hash(address >> PAGE_SHIFT) ^ (physical >> PAGE_SHIFT);
}

static void count_transition(struct pass *pass, const struct insn *insn)
{
    const struct insn *previous = pass->previous;
    if (!previous || previous->kernel == insn->kernel)
        return;
    if (!insn->kernel) {
        pass->metric[METRIC_kernel_to_user]++;
        return;
    }
    pass->metric[METRIC_user_to_kernel]++;
    if (previous->class != CLASS_syscall && previous->class != CLASS_sysenter &&
        previous->class != CLASS_int_n)
        pass->metric[METRIC_user_to_kernel_async]++;
}

bool pass_count(struct pass *pass, const struct insn *insn)
{
    if (insn->repeated && pass->previous && pass->previous->address == insn->address) {
        pass->metric[METRIC_rep_iters]++;
        return false;
    }
    count_transition(pass, insn);
    pass->previous = insn;
    pass->metric[METRIC_insn_user + insn->kernel]++;
    if (insn->class != CLASS_none)
        pass->metric[METRIC_FIRST_CLASS + insn->class]++;
    struct footprint *footprint = &pass->footprint[insn->kernel];
    uint64_t place = insn->host ? insn->host : insn->address;
    for (int end = 0; end < 2; end++) { /* its first and its last byte */
        uint64_t offset = end ? insn->length - 1u : 0;
        set_add(&footprint->code_lines, (place + offset) >> LINE_SHIFT);
        set_add(&footprint->code_pages, page_key(insn->address + offset, place + offset));
    }
    return true;
}

void pass_access(struct pass *pass, bool kernel, bool store, uint64_t address, uint64_t physical,
                 unsigned size)
{
    struct footprint *footprint = &pass->footprint[kernel];
    pass->metric[(store ? METRIC_stores_user : METRIC_loads_user) + kernel]++;
    for (int end = 0; end < 2; end++) {
        uint64_t offset = end ? size - 1 : 0;
        set_add(&footprint->data_lines, (physical + offset) >> LINE_SHIFT);
        if (store)
            set_add(&footprint->written_lines, (physical + offset) >> LINE_SHIFT);
        set_add(&footprint->data_pages, page_key(address + offset, physical + offset));
    }
}
