/* SPDX-License-Identifier: BSD-2-Clause */
/* See programs.h. */

#include "servers/supervisor/programs.h"

#include "libsys/format.h"
#include "libsys/root_client.h"
#include "libsys/rpc_error.h"
#include "libsys/string.h"
#include "servers/supervisor/clock.h"
#include "servers/supervisor/run.h"
#include "servers/supervisor/supervisor.h"
#include "servers/supervisor/voice.h"

#define READY_LIMIT (5 * SECOND)       /* from its start until it answers */
#define READY_STEP (100 * MILLISECOND) /* until we look whether it's still there */
#define REASON_MAX 160

/* ---- What there is --------------------------------------------------------------------------- */

static void program_add(uint32_t index, const struct root_program *program)
{
    struct policy_program *added = &supervisor.policy.program[index];

    *added = (struct policy_program){
        .needs = program->needs,
        .heartbeat = program->heartbeat,
        .flags = program->flags,
        .restart = program->restart,
    };
    supervisor.policy.count = index + 1;
    if (!(program->flags & ROOT_CALLER))
        return;
    supervisor.self = index;
    added->heartbeat = 0;
    policy_started(&supervisor.policy, index, clock_now());
}

static err_t program_read(uint32_t index)
{
    struct root_program program;
    uint32_t size;
    err_t error = root_program(&supervisor.root, index, &program, supervisor.name[index],
                               NAME_BYTES - 1, &size);

    if (!error)
        program_add(index, &program);
    return error;
}

err_t programs_read(void)
{
    err_t error = 0;

    for (uint32_t i = 0; i < POLICY_PROGRAMS_MAX && !error; i++)
        error = program_read(i);
    for (uint32_t i = 0; i < supervisor.policy.count; i++)
        if (!(supervisor.policy.program[i].flags & ROOT_ON_DEMAND))
            policy_want(&supervisor.policy, i, clock_now());
    return error == RPC_NOT_FOUND ? 0 : error;
}

uint32_t program_find(const char *name)
{
    for (uint32_t i = 0; i < supervisor.policy.count; i++)
        if (string_equal(supervisor.name[i], name))
            return i;
    return POLICY_NOBODY;
}

/* ---- Ends ----------------------------------------------------------------------------------- */

/* What comes of it, in words, behind what happened. */
static void consequence(uint32_t index, enum policy_end end, char text[REASON_MAX])
{
    const struct policy_program *program = &supervisor.policy.program[index];

    if (end == POLICY_ENDS_ALL)
        format_buffer(text, REASON_MAX, "; the system can't go on without it");
    else if (end == POLICY_STAYS_DOWN)
        format_buffer(text, REASON_MAX, program->flags & ROOT_ON_DEMAND ? "" : "; it stays down");
    else
        format_buffer(text, REASON_MAX, "; it starts again in %lu ms (end %u in a row)",
                      (program->due - program->since) / MILLISECOND, program->failures);
}

/* `what` happened to it: "faulted: …". */
static void program_has_ended(uint32_t index, uint32_t kind, bool failed, const char *what)
{
    const struct policy_program *program = &supervisor.policy.program[index];
    enum policy_end end = policy_ended(&supervisor.policy, index, failed, clock_now());
    char then[REASON_MAX];

    consequence(index, end, then);
    tell(failed || end == POLICY_ENDS_ALL ? LOG_ERROR : LOG_INFO, kind, index, "%s %s%s",
         supervisor.name[index], what, then);
    if (end == POLICY_ENDS_ALL)
        (void)!root_power_off(supervisor.root.cap, 1);
    if (end == POLICY_STAYS_DOWN && !(program->flags & ROOT_ON_DEMAND))
        (void)!root_close(supervisor.root.cap, index);
}

static void event_take(const struct root_event *event, const char *text)
{
    uint32_t index = event->program;
    char what[ROOT_TEXT_MAX + 32];

    if (index >= supervisor.policy.count ||
        supervisor.policy.program[index].state != POLICY_RUNNING)
        return;
    if (event->fault)
        format_buffer(what, sizeof(what), "faulted: %s", text);
    else
        format_buffer(what, sizeof(what), "ended with status %ld", event->status);
    program_has_ended(index, event->fault ? SUPERVISOR_FAULTED : SUPERVISOR_EXITED,
                      event->fault || event->status != 0, what);
    run_ended(index, event->fault ? -1 : (int32_t)event->status);
}

void programs_ended(void)
{
    struct root_event event;
    char text[ROOT_TEXT_MAX + 1];
    uint32_t size;

    while (root_take_event(&supervisor.root, &event, text, ROOT_TEXT_MAX, &size) == 0) {
        text[size] = 0;
        event_take(&event, text);
    }
}

static void program_hangs(uint32_t index, uint64_t time)
{
    char what[REASON_MAX];

    (void)!root_stop(supervisor.root.cap, index);
    format_buffer(what, sizeof(what), "didn't answer for %lu ms and was ended", time / MILLISECOND);
    program_has_ended(index, SUPERVISOR_HUNG, true, what);
    run_ended(index, -1);
}

/* ---- Answers -------------------------------------------------------------------------------- */

/* A request that no protocol knows: whatever the answer is, it is one. */
static bool program_answers(uint32_t index, uint64_t limit)
{
    struct message message = {0};

    clock_limit(limit);
    err_t error = call(supervisor.endpoint[index], &message);
    clock_unlimited();
    return !syscall_failed(error);
}

/* Who is stopped by a debugger, or waits for who is, does not hang. */
static bool is_debugged(void)
{
    bool attached = false;

    return root_debugged(supervisor.root.cap, &attached) == 0 && attached;
}

static bool program_runs(uint32_t index)
{
    return supervisor.policy.program[index].state == POLICY_RUNNING;
}

void program_ask(uint32_t index)
{
    uint64_t limit = supervisor.policy.program[index].heartbeat;
    bool answered = program_answers(index, limit) || is_debugged();

    if (!answered)
        programs_ended();
    if (program_runs(index) && policy_asked(&supervisor.policy, index, answered, clock_now()))
        program_hangs(index, limit * MISSED_MAX);
}

static void program_await(uint32_t index)
{
    uint64_t begin = clock_now();

    while (program_runs(index) && !program_answers(index, READY_STEP)) {
        programs_ended();
        if (program_runs(index) && clock_now() - begin > READY_LIMIT && !is_debugged())
            program_hangs(index, READY_LIMIT);
    }
}

/* Its endpoint, the first time. */
static bool program_can_be_asked(uint32_t index)
{
    const struct policy_program *program = &supervisor.policy.program[index];

    if (!(program->flags & ROOT_SERVES) || (program->flags & ROOT_ON_DEMAND))
        return false;
    if (!supervisor.endpoint[index]) {
        cap_t slot = supervisor_slot();
        if (root_endpoint(&supervisor.root, index, slot) == 0)
            supervisor.endpoint[index] = slot;
        else
            slots_give(&supervisor.slots, CAP_INDEX(slot), 1);
    }
    return supervisor.endpoint[index] != 0;
}

void program_launch(uint32_t index)
{
    err_t error = root_start(supervisor.root.cap, index);

    if (error) {
        char what[REASON_MAX];
        format_buffer(what, sizeof(what), "can't be started: %s: %s", rpc_error_name(error),
                      rpc_error_text(error));
        program_has_ended(index, SUPERVISOR_EXITED, true, what);
        run_ended(index, -1);
        return;
    }
    policy_started(&supervisor.policy, index, clock_now());
    if (program_can_be_asked(index))
        program_await(index);
    if (program_runs(index))
        tell(LOG_INFO, SUPERVISOR_STARTED, index, "%s runs", supervisor.name[index]);
}

void program_stop(uint32_t index)
{
    (void)!root_stop(supervisor.root.cap, index);
    policy_unwant(&supervisor.policy, index, clock_now());
    run_ended(index, -1);
}
