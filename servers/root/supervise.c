/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See supervise.h. Nobody is ever answered here but who asks for something unknown: a program that
 * exits or faults is ended, and with it the call that told so.
 */

#include "servers/root/supervise.h"

#include "libsys/invoke.h"
#include "libsys/print.h"
#include "libsys/program.h"
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

/* A program has ended: the last one awaited ends the machine. */
static void ended(struct program *which, bool failed)
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

/* The answer to what was received, in place. */
static void receive(err_t kind, uint32_t badge, struct message *message)
{
    struct program *from = program_by_badge(badge);
    int64_t status = (int64_t)message->word[0];

    if (from && kind == RECEIVE_FAULT) {
        report_fault(from->line->name, from->estate.thread, message);
        ended(from, true);
    } else if (from && kind == 0 && TAG_LABEL(message->tag) == PARENT_EXIT) {
        if (status != 0)
            print("root: %s ended with status %ld\n", from->line->name, status);
        ended(from, status != 0);
    }
    *message = (struct message){.word = {ERROR_UNKNOWN_OPERATION}};
}

void supervise(void)
{
    struct message message = {0};
    uint32_t badge;

    for (;;) {
        err_t kind = reply_wait(&message, &badge);
        if (syscall_failed(kind))
            root_check(kind, "waiting for programs");
        receive(kind, badge, &message);
    }
}
