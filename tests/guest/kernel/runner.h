/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The runner and its victims.
 *
 * A victim is a task (a thread with time of its own) in a process (a table of capabilities and an
 * address space). All that happens to it reaches the runner, which is the server of its fault
 * endpoint and runs at a higher priority than every victim. `settle` lets victims run until none of
 * them can: a thread of the lowest priority tells. So a case decides step by step who does what,
 * and a call that never ends is seen at once. A victim that runs on and on is stopped by a limit.
 *
 * Victims have the runner's code mapped, but not its data; and the arena (area.h).
 */
#ifndef TESTS_GUEST_KERNEL_RUNNER_H
#define TESTS_GUEST_KERNEL_RUNNER_H

#include "tests/guest/kernel/area.h"
#include "tests/guest/kernel/memory.h"

#define TASKS_MAX 20
#define PROCESS_SLOTS 64

/* Priorities. The runner's is above the victims', theirs above that of the thread that tells. */
#define PRIORITY_RUNNER 200
#define PRIORITY_HIGH 120
#define PRIORITY_USUAL 60
#define PRIORITY_LOW 20
#define PRIORITY_QUIET 1

struct process {
    cap_t cnode, vspace, arena;
    cap_t memory;       /* the Untyped that all of it, and its tasks, are made of */
    uint32_t next_slot; /* of its table */
};

/* What reached the runner of a task last. */
struct report {
    unsigned count;   /* since task_start */
    enum fault fault; /* label */
    uint64_t ip, address, code, sp, flags;
};

struct task {
    unsigned id;
    struct process *process;
    cap_t thread, sched, reply, fault;
    unsigned priority;
    struct area *area;
    struct report report;
    bool waits; /* for the runner's answer to its report */
};

extern struct task tasks[TASKS_MAX];

void runner_init(void);
void runner_begin(void);
void runner_end(void);

struct process *process_make(void);
/* One whose memory, with that of all its tasks, is an Untyped of its own. */
struct process *process_make_apart(void);
/* One that shares the address space of another, with a table of its own. */
struct process *process_beside(struct process *other);
/* Map a Frame (a copy of the capability is made) in a process. */
cap_t process_map(struct process *process, cap_t frame, uint64_t address, unsigned access);
/* Put a copy into the process's table: its handle there. A badge of 0: none. */
cap_t process_give(struct process *process, cap_t source, unsigned rights, uint32_t badge);

/* A thread with the sched, fault endpoint and message buffer that all have. */
struct task *task_make(struct process *process, unsigned priority);
/* The same, one that may use vector registers. Skips the case if there's no room. */
struct task *task_make_vector(struct process *process, unsigned priority);
/* Give it a pattern of its own for its vector registers, and let its script load and store them. */
void task_use_vectors(struct task *task);
/* The same without a SchedContext: a passive server of this endpoint. */
struct task *task_make_passive(struct process *process, cap_t endpoint);
/* A SchedContext of this priority, without a slice. */
cap_t time_make(unsigned priority);
void task_serve(struct task *task, cap_t endpoint);

/* Start it at this address, with its area in rdi. It runs when the runner waits. */
void task_start(struct task *task, void (*entry)(void));
/* Start it on its script. */
void task_run(struct task *task);

/* Append a step to its script: a system call, with a tag and words of a pattern of its own. */
struct step *step_add(struct task *task, uint64_t number, uint64_t handle);
/* The same; the words are given, the rest of the eight is zero. */
struct step *step_operation(struct task *task, cap_t handle, uint64_t tag, uint64_t word0,
                            uint64_t word1, uint64_t word2, uint64_t word3);

/* Let the victims run until none can. */
void settle(void);
/*
 * Let them run for so many microseconds, up to 50,000, or until they have all had enough. A busy
 * host may give them none of that time: what must have happened is to be awaited (await.h).
 */
void runner_sleep(uint32_t microseconds);
/* A capability whose signal sets a flag here. Flags 1 and 2 are the runner's own. */
cap_t runner_signal(uint32_t flag);
/* The flags that were set since the last time. */
uint32_t take_flags(void);
/* Let the victims run until this flag is set, at once; false when none can run before. */
bool await_flag(uint32_t flag);
/* The same without a limit of time, and whoever can run or not: for a case that has the timer. */
void await_flag_alone(uint32_t flag);

/* Answer a report: the task goes on. */
void task_continue(struct task *task);

/* One of THREAD_*. */
unsigned task_state(const struct task *task);

/* Its script came to the end, and nothing else was reported of it. */
void expect_done(struct task *task);
/* It was stopped by an exception; by a page fault. */
void expect_exception(struct task *task, unsigned vector);
void expect_page_fault(struct task *task, uint64_t address, unsigned code);
/* It did nothing that the runner would know of. */
void expect_silent(const struct task *task);

uint64_t task_register(const struct task *task, enum register_number number);

/* What the step's system call returned: its error word or kind, 0 for a plain success. */
err_t step_result(const struct step *step);
#define EXPECT_STEP(step, code, argument, type) \
    EXPECT_ERROR(step_result(step), code, argument, type)
#define EXPECT_STEP_OK(step) EXPECT_NO_ERROR(step_result(step))

/* Every register that isn't part of a message is as the ABI says; nothing of a peer is left. */
void expect_clean(const struct task *task, const struct step *step);
/* The words and the tag that `received` got are those that `sent` sent. */
void expect_message(const struct step *received, const struct step *sent);

extern char step_return[];
void victim_script(void);
void victim_spin(void);
void victim_report_all(void); /* stores the flags in data[0] and reports, all else untouched */
void victim_store_all(void);  /* pushes all registers, and reports */
void victim_read_data(void);  /* reads at the address in data[0] */
extern char victim_read_data_at[];
void victim_serve_read(void);  /* waits for a call first */
void victim_write_data(void);  /* writes data[1] there */
void victim_change_read(void); /* reads there, does the operation in data, reads again */
void victim_jump(void);        /* goes there */
void victim_note(void);        /* appends data[0] to the list that data[1] leads to; reports */
void victim_note_yield(void);  /* the same ten times, yielding the time data[2] after each */
void victim_count(void);       /* counts in data[0], for ever */
void victim_hold(void);        /* loads all registers as victim.S says, and keeps them */
extern char victim_hold_at[];
void victim_fault_all(void); /* loads all registers likewise, and reads at AREA_HOLE; then holds */
extern char victim_fault_all_at[];
extern char victim_fault_all_after[]; /* the instruction after it, which goes to victim_hold_at */
void victim_store_vectors(void);
void victim_vectors_over_fault(void); /* loads vectors, reads at data[0], stores vectors */
void victim_call_vectors(void);       /* calls data[0], and then uses a vector register */
extern char victim_call_vectors_at[];
void victim_selectors(void);       /* loads ds, es, fs, gs, and counts in data[0], for ever */
void victim_store_selectors(void); /* stores them in data */
void victim_call(void);            /* calls the handle that is its argument, and then runs on */

#endif
