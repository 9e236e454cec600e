/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is debugged: a program of the boot manifest (program.c) or a user's process (process.c), one
 * at a time. Both can do the same. When any of its threads stops, all do. Threads are numbered from
 * 0 on here.
 */
#ifndef SERVERS_DEBUG_TARGET_H
#define SERVERS_DEBUG_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/types.h"
#include "libsys/rpc_client.h"
#include "libsys/slots.h"

#define NAME_ROOM 32
#define BREAKS_MAX 64
#define THREAD_ALL 0xffffffffu
#define FLAGS_STEP 0x100ull /* TF: one instruction, then an exception */

enum target_state { TARGET_NONE, TARGET_RUNS, TARGET_STOPPED, TARGET_ENDED };
enum target_why { WHY_HALT, WHY_SIGNAL, WHY_BREAK, WHY_EXEC };

struct target_event {
    enum target_state state;
    enum target_why why;
    uint32_t thread; /* that stopped first */
    uint32_t signal; /* newlib's number, which is gdb's for all that come from faults but two */
    int32_t status;  /* TARGET_ENDED: as wait tells it */
    uint64_t bias;   /* what was added to the addresses in its file */
};

/* Each 0, or an error. But for `state`, `halt`, `detach` and `kill` it must be stopped. */
struct target {
    struct target_event (*state)(void);
    err_t (*halt)(void); /* it may stop a little later: `state` says when */
    err_t (*resume)(uint32_t thread, uint32_t signal);
    err_t (*next_thread)(uint32_t from, uint32_t *thread);
    err_t (*registers)(uint32_t thread, uint64_t value[REGISTER_COUNT]);
    err_t (*set_register)(uint32_t thread, uint32_t which, uint64_t value);
    err_t (*read)(uint64_t address, void *data, uint32_t count, uint32_t *size);
    err_t (*write)(uint64_t address, const void *data, uint32_t size);
    err_t (*insert)(uint64_t address);
    err_t (*remove)(uint64_t address);
    /* Whether it would go on by a wait that lasts, whatever its registers say. */
    bool (*is_idle)(uint32_t thread);
    void (*detach)(void);
    err_t (*kill)(void);
};

/* What all files of this server share. */
struct debug {
    cap_t cnode, vspace, root, process, inspector;
    cap_t program_event, process_event; /* the own Notification, with a flag for each */
    struct slots slots;
    struct rpc_context context;
};
extern struct debug debug;

/* Empty a slot of the own table, and give it back. */
void slot_drop(cap_t *cap);
cap_t slot_take(void); /* 0: none is free */

/* ---- program.c ------------------------------------------------------------------------------- */

extern const struct target program_target;

/* The n-th of the manifest. False: there are no more. */
bool program_at(uint32_t index, bool *runs, char name[NAME_ROOM]);
bool program_find(const char *name, uint32_t *index);
MUST_USE err_t program_attach(uint32_t index);
/* A fault of it; the root task says that it has ended. */
struct message;
void program_faulted(const struct message *fault);
void program_ended(void);

/* ---- process.c ------------------------------------------------------------------------------- */

extern const struct target process_target;

/* The process with the least number above `after`. False: there is none. */
bool process_next_after(int32_t after, int32_t *pid, char name[NAME_ROOM]);
MUST_USE err_t process_attach(int32_t pid);
MUST_USE err_t process_await(const char *name);

#endif
