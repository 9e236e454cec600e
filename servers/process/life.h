/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How processes begin, become another program, end, and what their parents learn of it.
 */
#ifndef PROCESS_LIFE_H
#define PROCESS_LIFE_H

#include "libsys/process_protocol.h"
#include "servers/process/arguments.h"
#include "servers/process/server.h"

/* Which process's request is being served; null: none's. */
extern struct process *current;

/* What a process is started with. */
struct spawn {
    const char *path;
    struct arguments arguments;
    uint32_t flags; /* SPAWN_* */
    int32_t group;
    uint64_t signals;
    const uint8_t *files;
    uint32_t file_count;
    uint32_t terminal; /* start: 1 + number of the terminal that is its files; else 0 */
};

/* Where a child goes on that is a copy of its parent. */
struct forked {
    uint64_t ip, sp, fs_base;
};

/* ---- spawn.c, fork.c, exec.c ----------------------------------------------------------------- */

/* `parent` null: the starter's. All or nothing. */
MUST_USE err_t process_spawn_child(struct process *parent, const struct spawn *spawn,
                                   struct process **child);
/* Without a parent, with a terminal; `event` is signalled when it ends, 0: none. */
MUST_USE err_t process_spawn_first(struct spawn *spawn, cap_t event, struct process **first);
MUST_USE err_t process_fork_child(struct process *parent, const struct forked *forked,
                                  struct process **child);
MUST_USE err_t process_become(struct process *process, const struct spawn *spawn);

/* ---- end.c ----------------------------------------------------------------------------------- */

/* `status` as wait tells it. Everything goes but what its parent wants to know. */
void process_end(struct process *process, int32_t status);

/* Ticks that its threads have used, and it as it was. */
uint64_t process_ticks(const struct process *process);

/* What is known of it. info.c */
void process_describe(struct process *process, struct process_info *info);

/* A zombie that was waited for. */
void process_reap(struct process *zombie);

/* ---- wait.c ---------------------------------------------------------------------------------- */

struct child_news {
    int32_t pid, status;
    uint64_t ticks;
};

/* NO_CHILD; or 0, and `news->pid` 0 if nothing has changed; else it is told now. */
MUST_USE err_t wait_now(struct process *parent, int32_t which, uint32_t flags,
                        struct child_news *news);

/* A child ended, stopped, or goes on: answer a wait, and send SIGCHLD. */
void wait_news(struct process *child);

/* Answer those that wait for children that it has no more. */
void wait_for_none(struct process *parent);

/* Detach the caller, to be answered later; which thread's Reply has it. Null: it can't be. */
struct thread *defer(struct process *process, struct rpc_request *rpc, enum waiting waiting);

/* Answers to what was deferred. NO_CALLER: nobody waits for it any more. serve.c */
MUST_USE err_t answer_news(struct rpc_later *later, const struct child_news *news);
MUST_USE err_t answer_done(struct rpc_later *later);

/* ---- thread.c -------------------------------------------------------------------------------- */

MUST_USE err_t thread_new(struct process *process, uint64_t ip, uint64_t sp, uint64_t fs_base,
                          uint64_t argument, bool serves, struct thread **thread);
void thread_end(struct process *process, struct thread *thread);
/* All but the first, which is alive afterwards. */
void thread_end_others(struct process *process);
struct thread *thread_find(struct process *process, uint32_t number);
MUST_USE err_t thread_grow_table(struct process *process);
MUST_USE err_t thread_set_pager(struct process *process, cap_t pager);

#define FOR_EACH_THREAD(t, process)                            \
    for (struct thread *t = &(process)->first; t; t = t->next) \
        if (!t->ended)

/* ---- deliver.c ------------------------------------------------------------------------------- */

/* Send a signal. The process may be a zombie, or gone, afterwards. */
void signal_send(struct process *process, int signal);

/* kill, as process.idl says; signal 0 only asks. kill.c */
MUST_USE err_t signal_kill(struct process *from, int32_t which, int signal);

/* Look at what is pending and not blocked. */
void signal_look(struct process *process);

/* Whether something is pending that the process wants to know of at once. */
bool signal_interrupts(const struct process *process);

/* All its threads stop, soon; one goes on, unless something else keeps it. For a debugger. */
void signal_hold(struct process *process);
void signal_release(const struct process *process, struct thread *thread);

/* Whether some process couldn't be told yet; try again, and whether there still is one. */
extern bool signal_again;
bool signal_look_again(void);

/* A thread goes on in the signal trampoline. It is stopped, or its fault waits. False: it can't. */
bool signal_redirect(struct process *process, const struct thread *thread);

#endif
