/* SPDX-License-Identifier: BSD-2-Clause */
/* See probe.h. */

#include "tests/guest/kernel/probe.h"

struct task *prober;

void prober_make(struct process *process)
{
    prober = task_make(process, PRIORITY_USUAL);
}

/* Run the prober on one access: true when it went through, with the value; else it faulted. */
bool probe(void (*entry)(void), uint64_t address, uint64_t *value)
{
    OK(thread_suspend, prober->thread);
    prober->area->data[0] = address;
    prober->area->data[1] = *value;
    task_start(prober, entry);
    settle();
    EXPECT_EQUAL(prober->report.count, 1);
    if (prober->report.fault == FAULT_SYSCALL) {
        *value = task_register(prober, REGISTER_RDI);
        return true;
    }
    EXPECT_EQUAL(prober->report.fault, FAULT_PAGE);
    EXPECT_EQUAL(prober->report.address, address);
    return false;
}

void expect_word(uint64_t address, uint64_t expected)
{
    uint64_t value = 0;

    if (!probe(victim_read_data, address, &value))
        FAIL("no reading at 0x%lx: code 0x%lx", address, prober->report.code);
    EXPECT_EQUAL(value, expected);
}

void expect_no_read(uint64_t address, uint64_t code)
{
    uint64_t value = 0;

    if (probe(victim_read_data, address, &value))
        FAIL("0x%lx can be read: 0x%lx", address, value);
    EXPECT_EQUAL(prober->report.code, code);
}

void expect_write(uint64_t address, uint64_t value)
{
    if (!probe(victim_write_data, address, &value))
        FAIL("no writing at 0x%lx: code 0x%lx", address, prober->report.code);
}

void expect_no_write(uint64_t address, uint64_t code)
{
    uint64_t value = 1;

    if (probe(victim_write_data, address, &value))
        FAIL("0x%lx can be written", address);
    EXPECT_EQUAL(prober->report.code, code);
}

void expect_no_execute(uint64_t address)
{
    uint64_t value = 0;

    if (probe(victim_jump, address, &value))
        FAIL("0x%lx can be executed", address);
    EXPECT_EQUAL(prober->report.code & FAULT_FETCH, FAULT_FETCH);
}

/* Give each page of a Frame its number plus `base`, through a mapping of the runner's. */
void number_pages(cap_t frame, uint64_t base)
{
    uint64_t bytes = 1ull << case_inspect(frame).size_bits;
    cap_t copy = case_map(frame, AT, RW);

    for (uint64_t page = 0; page < bytes / PAGE; page++)
        *(uint64_t *)(AT + page * PAGE) = base + page;
    OK(cnode_delete, own.cnode, CAP_INDEX(copy));
}

cap_t make_numbered(unsigned bits, uint64_t base)
{
    cap_t frame = case_make(OBJECT_FRAME, bits);

    number_pages(frame, base);
    return frame;
}

uint64_t tables_used(cap_t vspace)
{
    uint64_t free, used;

    OK(vspace_info, vspace, &free, &used);
    return used;
}

uint64_t tables_free(cap_t vspace)
{
    uint64_t free, used;

    OK(vspace_info, vspace, &free, &used);
    return free;
}
