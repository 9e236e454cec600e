/* SPDX-License-Identifier: BSD-2-Clause */
/* See crowd.h. */

#include "tests/guest/kernel/crowd.h"

struct crowd crowd_make(struct process *process, unsigned count, unsigned times, unsigned priority,
                        unsigned spread)
{
    struct crowd crowd = {.process = process, .count = count};

    crowd.threads = case_make_row(OBJECT_THREAD, 0, count);
    crowd.times = times ? case_make_row(OBJECT_SCHED_CONTEXT, 0, times) : 0;
    for (unsigned i = 0; i < count; i++) {
        OK(thread_set_space, crowd_thread(&crowd, i), process->cnode, process->vspace);
        if (i >= times)
            continue;
        cap_t time = crowd.times + CAP_OF(i);
        OK(sched_context_configure, time, own.cpu, priority + i % spread, 0);
        OK(thread_set_sched, crowd_thread(&crowd, i), time);
    }
    return crowd;
}

void crowd_start_one(const struct crowd *crowd, unsigned index, void (*entry)(void), cap_t handle)
{
    OK(thread_start, crowd_thread(crowd, index), (uint64_t)entry, handle, 0, 0);
}

void crowd_start(const struct crowd *crowd, unsigned first, void (*entry)(void), cap_t handle)
{
    for (unsigned i = first; i < crowd->count; i++)
        crowd_start_one(crowd, i, entry, handle);
}

unsigned crowd_state(const struct crowd *crowd, unsigned index)
{
    uint64_t state, callee, vector;

    OK(thread_info, crowd_thread(crowd, index), &state, &callee, &vector);
    return (unsigned)state;
}

unsigned crowd_in_state(const struct crowd *crowd, unsigned state)
{
    unsigned count = 0;

    for (unsigned i = 0; i < crowd->count; i++)
        count += crowd_state(crowd, i) == state;
    return count;
}

unsigned crowd_with_result(const struct crowd *crowd, enum error_code code)
{
    unsigned count = 0;
    uint64_t r[8];

    for (unsigned i = 0; i < crowd->count; i++) {
        if (crowd_state(crowd, i) != THREAD_STOPPED)
            continue;
        OK(thread_read_registers, crowd_thread(crowd, i), REGISTER_RAX, 3, &r[0], &r[1], &r[2],
           &r[3], &r[4], &r[5], &r[6], &r[7]);
        count += r[0] == REPORT_DONE && ERR_CODE(r[2]) == (unsigned)code;
    }
    return count;
}
