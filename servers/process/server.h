/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the server's files share: the capabilities that the manifest gives, its clients' ends at the
 * servers below, and the slots of its own table, where each record of the table has a row.
 */
#ifndef PROCESS_SERVER_H
#define PROCESS_SERVER_H

#include "libsys/rpc_client.h"
#include "libsys/slots.h"
#include "servers/process/process.h"

/* The most slots that the server's own table may grow to: as many as its limits can take. */
#define TABLE_SLOTS 16384

/* A record's row: handles of what the process is made of. */
enum row_slot {
    ROW_CNODE,  /* its table */
    ROW_THREAD, /* the first thread and what belongs to it: one retype each, in this order */
    ROW_TIME,
    ROW_NOTIFICATION,
    ROW_REPLY,
    ROW_PAGE,      /* the process page: stays with the record; mapped in the process's space */
    ROW_PAGE_HERE, /* a copy, mapped in the server's */
    ROW_SPACE,     /* its space at the memory server: handle and VSpace, in a row */
    ROW_VSPACE,
    ROW_NEW_SPACE, /* exec: the space that is being made */
    ROW_NEW_VSPACE,
    ROW_CLIENT,  /* its session at the vfs */
    ROW_PROGRAM, /* the memory object that it was loaded from, if that's its own; else empty */
    ROW_NEW_PROGRAM,
    ROW_EVENT,     /* the starter's Notification */
    ROW_NEW_CNODE, /* grow_table */
    ROW_SELF,      /* a copy of the server's endpoint, of which its handles are made */
    ROW_SLOTS,
};

struct server {
    cap_t cnode, vspace, self, cpu; /* own table, own space, own endpoint, time for processes */
    cap_t name, user_name;          /* namespaces: of user 0's processes, of the others'; or 0 */
    cap_t log, timer;               /* log: given on to processes, badged for them; or 0 */
    cap_t module;                   /* the boot module's object, where most programs lie; or 0 */
    cap_t clock_time;               /* own SchedContext, to ask the kernel for the time */
    cap_t notification;             /* bound to the endpoint; flags below */
    cap_t terminal_event;           /* it, with the flag that the console sets */
    cap_t empty;                    /* a memory object of one page, which nobody writes */
    unsigned thread_bits;           /* of a Thread with vector registers, and … */
    unsigned endpoint_bits;         /* … of an Endpoint, on this machine */
    uint64_t space_quota;           /* most bytes of memory that a process may have */
    uint32_t user_priority;         /* of a process whose nice is 0 */
    uint32_t features;              /* BOOT_FEATURE_* */
    struct slots slots;
    struct rpc_server rpc;
    struct rpc_client memory, authority, vfs; /* own space; authority over spaces, over clients */
};
extern struct server own;

/* Flags of `notification`. */
#define EVENT_FAULT 1u
#define EVENT_TERMINAL 2u
#define EVENT_TIMER 4u
#define EVENT_CLOCK 8u

static inline cap_t row_cap(const struct process *process, enum row_slot slot)
{
    return CAP_OF(process->row + (uint32_t)slot);
}

/* The process page, mapped here: never to be believed but for the process's own signals. */
#define PAGES_AT 0x20000000ull
static inline struct process_page *process_page_of(const struct process *process)
{
    return (struct process_page *)(PAGES_AT + process->index * (uint64_t)PROCESS_PAGE_BYTES);
}

/* What the memory server maps for this server lies here. */
#define OWN_SPACE_AT 0x40000000ull
#define OWN_SPACE_BYTES 0x8000000ull

/* All users' processes are one group at the memory server: something is left for the others. */
#define USERS_GROUP 1

/* The window shared with the memory server, for what is written into spaces. */
#define WINDOW_BYTES 65536u

/* Empty a slot of the own table: always possible. */
void slot_empty(cap_t cap);

/* An error of another server or the kernel as one that a client of this one may get. */
err_t error_of_server(err_t error);

/* Unpredictable, each time another. */
uint64_t random_word(void);
void random_begin(void);

/* Nanoseconds since boot. */
uint64_t clock_now(void);

/* wall.c: nanoseconds since 1970 at boot, 0: not known; and when the clock says it was set. */
int64_t wall_origin(void);
void wall_was_set(void);

/* ---- pool.c: memory for kernel objects, in pieces that are used again ------------------------ */

#define POOL_BITS_MIN 12
#define POOL_BITS_MAX 17

MUST_USE err_t pool_begin(cap_t untyped);
/* An Untyped of 2^bits bytes, nothing made of it. NO_MEMORY. */
MUST_USE err_t pool_take(unsigned bits, cap_t *untyped);
/* All that was made of it ends. */
void pool_give(unsigned bits, cap_t untyped);

#endif
