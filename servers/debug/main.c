/* SPDX-License-Identifier: BSD-2-Clause */
/* The debug server: set-up, and whom its thread hears. README.md. */

#include "libsys/invoke.h"
#include "libsys/log.h"
#include "libsys/program.h"
#include "libsys/rpc_server.h"
#include "servers/debug/agent.h"
#include "servers/debug/line.h"
#include "servers/debug/stub.h"

#define SLOTS 128

/* Flags of the notification `work`. */
#define WORK_LINE 1u
#define WORK_PROGRAM 2u
#define WORK_PROCESS 4u

struct debug debug;

static uint64_t bitmap[SLOTS_WORDS(SLOTS)];
static cap_t irq;

cap_t slot_take(void)
{
    uint32_t slot = slots_take(&debug.slots, 1);

    return CAP_OF(slot);
}

/* Of a table of one's own: it can't fail. */
void slot_drop(cap_t *cap)
{
    if (!*cap)
        return;
    (void)!cnode_delete(debug.cnode, CAP_INDEX(*cap));
    slots_give(&debug.slots, CAP_INDEX(*cap), 1);
    *cap = 0;
}

/* ---- What comes ------------------------------------------------------------------------------ */

/* The line interrupts at its edge: what came until it's acknowledged is looked for again. */
static void line_work(void)
{
    uint8_t byte;

    for (unsigned round = 0; round < 2; round++) {
        while (line_receive(&byte))
            stub_byte(byte);
        (void)!irq_ack(irq);
    }
    while (line_receive(&byte))
        stub_byte(byte);
}

static void notified(uint64_t flags)
{
    if (flags & WORK_PROGRAM)
        program_ended();
    if (flags & (WORK_PROGRAM | WORK_PROCESS))
        stub_look();
    if (flags & WORK_LINE)
        line_work();
}

/* A fault's thread is stopped before the answer, which then goes to nobody. */
static enum answer serve(void *context, err_t kind, uint32_t badge, struct message *message)
{
    (void)context;
    (void)badge;
    if (kind == RECEIVE_NOTIFICATION) {
        notified(message->word[0]);
    } else if (kind == RECEIVE_FAULT) {
        program_faulted(message);
        stub_look();
    } else {
        return rpc_refuse(message, RPC_UNKNOWN_OPERATION, 0);
    }
    *message = (struct message){0};
    return ANSWER_REGISTERS;
}

/* ---- Set-up ---------------------------------------------------------------------------------- */

/* A capability of `work` that sets this flag. */
static err_t work_flag(uint32_t flag, cap_t *cap)
{
    *cap = slot_take();
    return *cap ? cnode_mint(debug.cnode, CAP_INDEX(*cap), program_cap("work"),
                             RIGHT_NOTIFICATION_SIGNAL, flag)
                : RPC_FULL;
}

static err_t line_open(void)
{
    const struct program_cap *ports = program_cap_find("ports");
    cap_t flag = 0;

    irq = program_cap("irq");
    if (!ports || !line_begin(ports->cap, (uint16_t)ports->first))
        return RPC_NOT_FOUND;
    err_t error = work_flag(WORK_LINE, &flag);
    return error ? error : irq_bind(irq, flag);
}

static err_t begin(const struct program_info *info)
{
    slots_init(&debug.slots, bitmap, info->first_free_slot, SLOTS);
    debug.cnode = program_cap("cnode");
    debug.vspace = program_cap("vspace");
    debug.root = program_cap("debug");
    debug.process = program_cap("process");
    debug.inspector = program_cap("inspector");
    debug.context.buffer = program_buffer();
    err_t error = work_flag(WORK_PROGRAM, &debug.program_event);
    if (!error)
        error = work_flag(WORK_PROCESS, &debug.process_event);
    if (!error)
        error = agent_make(program_cap("pool"), program_cap("cpu"));
    if (!error)
        error = notification_bind(program_cap("work"), program_cap("self"));
    return error;
}

int main(const struct program_info *info)
{
    const char *wanted = program_text(info->arguments);
    err_t error = begin(info);

    if (error) {
        log_failure("the debug server can't begin", error);
        return 1;
    }
    error = line_open();
    if (error) { /* nor will there be one if it's started again */
        log_failure("the second serial line", error);
        return 0;
    }
    log_write(LOG_INFO, "gdb may come on the second serial line, for %s",
              wanted[0] ? wanted : "anything");
    process_target.detach(); /* what one before us may have left */
    stub_begin(wanted, line_send);
    line_work();
    return (int)server_run(serve, NULL);
}
