/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gdb's partner: takes its bytes, does what they ask of the target, and answers.
 *
 *             ? or vAttach                    c, s, vCont
 *     NOTHING ────────────▶ target stopped ─────────────────▶ it runs, gdb waits
 *        ▲                    │       ▲                             │
 *        └── detach, kill ────┘       └── fault, Ctrl-C, its end ───┘
 */
#ifndef SERVERS_DEBUG_STUB_H
#define SERVERS_DEBUG_STUB_H

#include "servers/debug/packet.h"
#include "servers/debug/request.h"
#include "servers/debug/target.h"

struct stub {
    const struct target *target; /* null: none is attached */
    char wanted[NAME_ROOM];      /* what `?` attaches; empty: nothing */
    bool is_awaited;             /* `?` waits for a process of that name to begin */
    bool is_waiting;             /* gdb waits until the target stops */
    bool is_halted;              /* by gdb's Ctrl-C */
    bool is_acknowledged;        /* packets are */
    uint32_t thread;             /* that `g`, `p` and so on mean */
    struct packet_writer out;    /* the last packet, in case it must be sent again */
};
extern struct stub stub;

/* ---- stub.c ---------------------------------------------------------------------------------- */

/* `send` gets what goes to gdb. */
void stub_begin(const char *wanted, void (*send)(const char *bytes, uint32_t size));
void stub_byte(uint8_t byte);
/* Something may have happened to the target. */
void stub_look(void);

/* A packet of just this text; the one that was begun. */
void stub_say(const char *text);
void stub_send(void);
void stub_error(err_t error);

/* ---- resume.c -------------------------------------------------------------------------------- */

void resume_target(const struct request_resume *request);
/* It has stopped: what a step has put in its way is taken out. Whether that is why it stopped. */
bool resume_stopped(const struct target_event *event);
/* What gdb has put where. */
void resume_inserted(uint64_t address, bool is_there);
void resume_forget(void);

/* ---- registers.c ----------------------------------------------------------------------------- */

void registers_read(void);
void registers_read_one(uint64_t number);
void registers_write(const struct gdb_request *request);
void registers_write_one(const struct gdb_request *request);

/* ---- list.c: texts that gdb reads in parts --------------------------------------------------- */

void list_description(uint64_t offset, uint64_t length); /* which registers there are */
void list_processes(uint64_t offset, uint64_t length);
void list_monitor(const char *command);
/* The number by which vAttach knows the n-th program of the manifest. */
#define LIST_PROGRAMS 100000

#endif
