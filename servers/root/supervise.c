/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See supervise.h. A program that exits or faults is ended, and with it the call that told so; so
 * nobody is answered here but the supervisor, and who asks for something unknown.
 */

#include "servers/root/supervise.h"

#include "libsys/debug_protocol.h"
#include "libsys/invoke.h"
#include "libsys/print.h"
#include "libsys/program.h"
#include "libsys/rpc_server.h"
#include "libsys/server.h"
#include "servers/root/control.h"
#include "servers/root/events.h"
#include "servers/root/program.h"
#include "servers/root/report.h"
#include "servers/root/root.h"

static uint32_t failures;

static uint32_t awaited_count(void)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < root.manifest.program_count; i++)
        count += programs[i].line->is_awaited && programs[i].runs;
    return count;
}

/* Without a supervisor: the end of the last one awaited is the machine's. */
static void ended_alone(struct program *which, bool failed)
{
    failures += failed;
    which->runs = false;
    if (which->line->is_awaited && awaited_count() == 0) {
        if (failures)
            print("root: %u program%s failed\n", failures, failures == 1 ? "" : "s");
        root_power_off(failures != 0);
    }
    program_end(which);
}

/* With one, its own end is. What else ends is its business. */
static void ended(struct program *which, bool failed)
{
    if (root.manifest.supervisor == MANIFEST_NOBODY) {
        ended_alone(which, failed);
    } else if (which == &programs[root.manifest.supervisor]) {
        print("root: without its supervisor the system ends\n");
        root_power_off(1);
    } else {
        program_end(which);
    }
}

static void faulted(struct program *which, const struct message *fault)
{
    report_fault(which->line->name, which->estate.thread, fault);
    event_add_fault((uint32_t)(which - programs), fault);
    ended(which, true);
}

static void exited(struct program *which, int64_t status)
{
    if (status != 0 && root.manifest.supervisor == MANIFEST_NOBODY)
        print("root: %s ended with status %ld\n", which->line->name, status);
    event_add_exit((uint32_t)(which - programs), status);
    ended(which, status != 0);
}

/* Who may not is told so, by the protocol. */
static bool asks_to_debug(err_t kind, const struct message *message)
{
    bool has_buffer = root.manifest.debugger != MANIFEST_NOBODY;

    return (kind == 0 || (kind == RECEIVE_BUFFER && has_buffer)) &&
           rpc_interface(message) == DEBUG_INTERFACE;
}

static enum answer receive(void *context, err_t kind, uint32_t badge, struct message *message)
{
    struct program *from = program_by_badge(badge);

    (void)context;
    if (badge == ROOT_CONTROL_BADGE || badge == ROOT_DEBUG_BADGE || asks_to_debug(kind, message))
        return control_serve(kind, badge, message);
    if (from && kind == RECEIVE_FAULT)
        faulted(from, message);
    else if (from && kind == 0 && TAG_LABEL(message->tag) == PARENT_EXIT)
        exited(from, (int64_t)message->word[0]);
    err_t error = ERROR_UNKNOWN_OPERATION;
    if (from && kind == 0 && TAG_LABEL(message->tag) == PARENT_TABLE)
        error = estate_set_table(&from->estate, (uint32_t)message->word[0]);
    *message = (struct message){.word = {error}};
    return ANSWER_REGISTERS;
}

_Noreturn void supervise(void)
{
    for (;;)
        root_check(server_loop_from(receive, NULL, ANSWER_REGISTERS, (struct message){0}),
                   "waiting for programs");
}
