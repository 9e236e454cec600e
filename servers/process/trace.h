/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One process as a debugger has it (libsys/trace.idl). While it's held its threads stand still and
 * signals wait, whatever its life; its parent isn't told. Breakpoints lie in pages of its own.
 *
 *            attach, halt, fault, exec       all threads stand still
 *     RUNS ───────────────────────▶ (held) ─────────────────────────▶ STOPPED
 *       ▲                                                                │
 *       └────────────────────── resume, detach ──────────────────────────┘
 */
#ifndef PROCESS_TRACE_H
#define PROCESS_TRACE_H

#include "libsys/trace_protocol.h"
#include "servers/process/fault.h"
#include "servers/process/image.h"
#include "servers/process/life.h"

struct trace {
    struct process *process; /* null: none is attached */
    cap_t event;             /* of the debugger; 0: none */
    char awaited[NAME_ROOM]; /* a program's name; empty: none is */
    struct trace_event news;
};
extern struct trace trace;

/* ---- trace.c --------------------------------------------------------------------------------- */

void trace_attach(struct process *process);
void trace_hold(void);
MUST_USE err_t trace_go(uint32_t thread, uint32_t signal);
void trace_detach(void);

/* Whether all threads of the attached one have come to stand still: then it's told. */
void trace_look(void);

/* The debugger has this fault now: the thread stands still. False: it isn't for it. */
bool trace_fault(struct process *process, struct thread *thread, const struct memory_fault *fault,
                 int signal);

/* A program's first instruction: it begins, or stands still there. */
MUST_USE err_t trace_begin(struct process *process, const struct placed *placed);

void trace_ended(const struct process *process, int32_t status);

/* ---- trace_memory.c -------------------------------------------------------------------------- */

MUST_USE err_t trace_read(uint64_t address, void *data, uint32_t count, uint32_t *size);
MUST_USE err_t trace_write(uint64_t address, const uint8_t *data, uint32_t size);
MUST_USE err_t trace_insert(uint64_t address);
void trace_remove(uint64_t address);
bool trace_has_break(uint64_t address);

/* All breakpoints out of its memory for a while (it forks), and in again. */
void trace_lift(const struct process *process);
void trace_plant(const struct process *process);

/* There are none any more, nor what they lay in. */
void trace_memory_forget(void);

/* ---- trace_serve.c --------------------------------------------------------------------------- */

enum answer trace_serve(struct rpc_request *request, struct message *message);

#endif
