/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process as the server knows it, and the table of all of them.
 *
 *            spawn, fork, start                exit, signal, fault
 *     FREE ──────────────────▶ RUNNING ───────────────────▶ ZOMBIE ───▶ FREE
 *                               │   ▲                         ▲  waited for, or nobody will
 *                 SIGSTOP, …    ▼   │ SIGCONT                 │
 *                              STOPPED ───────────────────────┘
 *
 * A record is made whole or not at all: table_take gives one that nobody sees, table_add makes it
 * somebody's child. A zombie has its record and nothing else: no memory, no kernel objects.
 * Nothing here makes a system call (table.c, job.c are tested on the host).
 */
#ifndef PROCESS_PROCESS_H
#define PROCESS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "libsys/process.h"
#include "libsys/rpc_server.h"

#define PROCESSES_MAX 768
#define PROCESSES_SESSION_MAX 512 /* of them in one session: others find room then */
#define PROCESSES_KEPT 32         /* for user 0 alone */
#define PID_MAX 32767
#define NAME_ROOM 32

enum life { LIFE_FREE, LIFE_RUNNING, LIFE_STOPPED, LIFE_ZOMBIE };

/* What a deferred request of a thread waits for. */
enum waiting {
    WAITING_FOR_NOTHING,
    WAITING_FOR_CHILD,
    WAITING_FOR_THREAD,
    WAITING_FOR_SIGNAL,
    WAITING_TO_CONTINUE, /* its call was the one that stopped its process */
};

/* A thread; its kernel objects are made of one Untyped. */
struct thread {
    struct thread *next;              /* of the same process; the first one is always there */
    cap_t untyped;                    /* 0: it has none (a zombie's) */
    cap_t thread, time, notification; /* handles in the server's own table */
    cap_t reply;                      /* one of the process's deferred requests */
    cap_t endpoint;                   /* that it serves; 0: none */
    uint32_t row;                     /* further threads: first of their slots in our own table */
    uint32_t number;                  /* its part of the process page */
    uint32_t slot;                    /* further threads: first of three slots of its process */
    bool ended, suspended;
    enum waiting waiting; /* what the request in `reply` is, if it still holds one */
    struct rpc_later later;
    int32_t which; /* WAITING_FOR_CHILD, _THREAD */
    uint32_t flags;
    uint64_t mask; /* WAITING_FOR_SIGNAL */
};

struct process {
    enum life life;
    uint16_t index, generation; /* of its handle */
    uint32_t row; /* the record's slots in the server's table, from here on; 0: none yet */
    int32_t pid, group, session;
    uint32_t user, user_group;
    uint32_t terminal; /* 0, or 1 + number of its session's controlling terminal */
    int32_t nice;

    struct process *parent, *child, *next, *previous; /* the family; null: nobody's child */

    int32_t status; /* ZOMBIE: how it ended; STOPPED: by what; as <sys/wait.h> packs it */
    bool stop_told; /* the parent knows that it stopped */
    bool continued; /* it goes on, and the parent doesn't know */
    bool executed;  /* it has called exec: its parent can't set its group any more */
    bool started;   /* by the starter, who will ask how it ended */
    bool hang_up;   /* its group is orphaned: SIGHUP and SIGCONT come when this end is over */
    bool again;     /* a signal couldn't be delivered yet: look again soon */
    bool held;      /* by a debugger: it stands still, or is about to */
    cap_t event;    /* the starter's Notification, or 0 */

    uint64_t spare; /* a free record's: an empty space with its page mapped; 0: none */
    bool spoiled;   /* its space can't be another's: others may map there, or the page isn't */
    uint64_t space, client; /* badges at the memory server and the vfs */
    uint32_t table_bits;    /* log2 of the slots of its table */
    cap_t cnode_untyped;    /* its table's memory, where that isn't the first thread's Untyped */
    struct thread first;
    uint32_t threads; /* that haven't ended */

    uint64_t born;                     /* TSC */
    uint64_t ticks, ticks_of_children; /* of what has ended */
    uint64_t alarm, alarm_interval;    /* nanoseconds since boot; 0: none */
    uint64_t memory;                   /* bytes, as shortage.c last saw it */
    cap_t program;                     /* the memory object that it was loaded from */
    uint64_t file_offset, file_bytes;  /* of the program in that */
    char name[NAME_ROOM];
};

struct process_table {
    struct process process[PROCESSES_MAX];
    uint16_t by_pid[PID_MAX + 1]; /* 1 + index; 0: no such process */
    uint32_t high;                /* no record from here on is taken */
    uint32_t count;
    int32_t last_pid;
};

extern struct process_table processes;

/* ---- table.c --------------------------------------------------------------------------------- */

void table_init(void);

/* A record with a number, for a process of this session (0: of its own); null: too many. */
struct process *table_take(const struct process *parent);

/* It's a process from now on: a child of `parent`, if that isn't null. */
void table_add(struct process *process, struct process *parent);

/* The record is free, and its number with it. It has no children. */
void table_give(struct process *process);

struct process *table_find(int32_t pid);

/* By the badge of a handle; null if it's stale. Zombies have none. */
struct process *table_of_badge(uint32_t badge);
uint32_t table_badge(const struct process *process);

/* The process with the least number above `pid`; null: none. */
struct process *table_next(int32_t pid);

void family_add(struct process *parent, struct process *child);
void family_remove(struct process *child);

/* Every process that isn't free. */
#define FOR_EACH_PROCESS(p)                                                                  \
    for (struct process *p = processes.process; p < processes.process + processes.high; p++) \
        if (p->life != LIFE_FREE)

/* ---- job.c ----------------------------------------------------------------------------------- */

/* Whether any process (but for zombies) is in that group of that session; 0: of any. */
bool job_group_exists(int32_t group, int32_t session);

/* Whether nobody outside the group, but in its session, is a parent of one of it. */
bool job_group_is_orphaned(int32_t group, const struct process *leaving);
bool job_group_has_stopped(int32_t group);

/* setpgid and setsid: 0, or the error. */
MUST_USE err_t job_set_group(struct process *caller, int32_t pid, int32_t group);
MUST_USE err_t job_set_session(struct process *caller);

/* wait: whether a child is one of those; -1, 0, …: as in process.idl. */
bool job_is_awaited(const struct process *parent, const struct process *child, int32_t which);

#endif
