/* SPDX-License-Identifier: BSD-2-Clause */
/* The supervisor: set-up and requests. See README.md. */

#include "libsys/handle.h"
#include "libsys/invoke.h"
#include "libsys/name_client.h"
#include "libsys/names.h"
#include "libsys/program.h"
#include "libsys/root_client.h"
#include "libsys/string.h"
#include "libsys/supervisor_server.h"
#include "servers/supervisor/clock.h"
#include "servers/supervisor/power.h"
#include "servers/supervisor/programs.h"
#include "servers/supervisor/run.h"
#include "servers/supervisor/session.h"
#include "servers/supervisor/supervisor.h"
#include "servers/supervisor/voice.h"

#define SLOTS 256
#define KIND_OPERATOR 1
#define KIND_OBSERVER 2
#define SERVICE "supervisor" /* its name at the name server */
#define PUBLISH_LIMIT SECOND

struct supervisor supervisor;

static uint64_t bitmap[SLOTS_WORDS(SLOTS)];

/* ---- Odds and ends --------------------------------------------------------------------------- */

void supervisor_check(err_t error, const char *what)
{
    if (!error)
        return;
    (void)!root_say(&supervisor.root, what);
    program_exit(1);
}

cap_t supervisor_slot(void)
{
    uint32_t slot = slots_take(&supervisor.slots, 1);

    supervisor_check(slot ? 0 : RPC_FULL, "supervisor: no slot is free");
    return CAP_OF(slot);
}

cap_t supervisor_event(uint32_t flag)
{
    cap_t slot = supervisor_slot();

    supervisor_check(cnode_mint(program_cap("cnode"), CAP_INDEX(slot), supervisor.notification,
                                RIGHT_NOTIFICATION_SIGNAL, flag),
                     "supervisor: no capability to signal itself");
    return slot;
}

/* ---- What there is to do --------------------------------------------------------------------- */

/* A handle of that kind as our service in a namespace; no namespace: no error. */
static err_t publish_in(cap_t namespace, uint32_t kind)
{
    static cap_t handle[KIND_OBSERVER + 1];
    struct rpc_client name = {namespace, &supervisor.context};

    if (!namespace)
        return 0;
    if (!handle[kind]) {
        handle[kind] = supervisor_slot();
        supervisor_check(
            cnode_mint(program_cap("cnode"), CAP_INDEX(handle[kind]), supervisor.server.endpoint,
                       RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_TRANSFER, handle_badge(kind, 1, 0)),
            "supervisor: no handle to publish");
    }
    return name_publish(&name, SERVICE, handle[kind]);
}

/* Who finds it in the system's namespace may operate the system; in the users', look. */
static void publish(void)
{
    struct rpc_client name = {program_cap("name"), &supervisor.context};

    clock_limit(PUBLISH_LIMIT);
    err_t error = publish_in(name.cap, KIND_OPERATOR);
    if (!error)
        error = publish_in(program_cap("user-name"), KIND_OBSERVER);
    /* For dmesg: who may read what the servers said. */
    if (!error && name.cap && program_cap("log-reader"))
        error = name_publish(&name, "log", program_cap("log-reader"));
    clock_unlimited();
    if (error)
        tell(LOG_ERROR, SUPERVISOR_SYSTEM, POLICY_NOBODY, "nobody can find the supervisor: %s",
             error_name(error));
}

static void start(uint32_t index)
{
    program_launch(index);
    if (string_equal(supervisor.name[index], "name") &&
        supervisor.policy.program[index].state == POLICY_RUNNING)
        publish();
}

void supervisor_work(void)
{
    struct policy *policy = &supervisor.policy;
    uint32_t index;

    programs_ended();
    for (;;) {
        if ((index = policy_startable(policy, clock_now())) != POLICY_NOBODY)
            start(index);
        else if ((index = policy_to_ask(policy, clock_now())) != POLICY_NOBODY)
            program_ask(index);
        else
            break;
    }
    run_look();
    session_work(clock_now());
    uint64_t next = policy_next(policy), session = session_next();
    clock_wake(next < session ? next : session);
}

/* ---- Requests -------------------------------------------------------------------------------- */

static bool is_operator(const struct rpc_request *rpc)
{
    return rpc->badge == handle_badge(KIND_OPERATOR, 1, 0);
}

static bool is_anyone(const struct rpc_request *rpc)
{
    return is_operator(rpc) || rpc->badge == handle_badge(KIND_OBSERVER, 1, 0);
}

/* The program that an operator names. */
static err_t operated(const struct rpc_request *rpc, const char *name, uint32_t *index)
{
    if (!is_operator(rpc))
        return RPC_DENIED;
    *index = program_find(name);
    return *index == POLICY_NOBODY ? SUPERVISOR_ERROR_NO_PROGRAM : 0;
}

static err_t supervisor_serve_list(struct rpc_request *rpc, uint32_t index,
                                   struct supervisor_program *program, void *name,
                                   uint32_t name_room, uint32_t *name_size)
{
    const struct policy_program *found = &supervisor.policy.program[index];

    if (!is_anyone(rpc))
        return RPC_DENIED;
    if (index >= supervisor.policy.count)
        return RPC_NOT_FOUND;
    *program = (struct supervisor_program){
        .needs = found->needs,
        .since = found->since,
        .state = found->state,
        .started = found->started,
        .failures = found->failures,
        .on_demand = (found->flags & ROOT_ON_DEMAND) != 0,
    };
    *name_size = (uint32_t)strlen(supervisor.name[index]);
    if (*name_size > name_room)
        return RPC_TOO_LARGE;
    memcpy(name, supervisor.name[index], *name_size);
    return 0;
}

static err_t supervisor_serve_history(struct rpc_request *rpc, uint64_t number,
                                      struct supervisor_event *event, void *text,
                                      uint32_t text_room, uint32_t *text_size)
{
    const struct history_event *found = history_find(&supervisor.history, number);

    if (!is_anyone(rpc))
        return RPC_DENIED;
    if (!found)
        return RPC_NOT_FOUND;
    *event = found->head;
    *text_size = (uint32_t)strlen(found->text);
    if (*text_size > text_room)
        *text_size = text_room;
    memcpy(text, found->text, *text_size);
    return 0;
}

static void told_so(uint32_t index, const char *what)
{
    tell(LOG_NOTICE, SUPERVISOR_ASKED, index, "%s is %s, as somebody asked", supervisor.name[index],
         what);
}

static err_t supervisor_serve_start(struct rpc_request *rpc, const char *name)
{
    uint32_t index;
    err_t error = operated(rpc, name, &index);

    if (error)
        return error;
    if (supervisor.policy.program[index].state == POLICY_RUNNING)
        return RPC_BUSY;
    told_so(index, "started");
    policy_want(&supervisor.policy, index, clock_now());
    supervisor_work();
    return 0;
}

static bool is_essential(uint32_t index)
{
    return (supervisor.policy.program[index].flags & ROOT_ESSENTIAL) || index == supervisor.self;
}

static err_t supervisor_serve_stop(struct rpc_request *rpc, const char *name)
{
    uint32_t index;
    err_t error = operated(rpc, name, &index);

    if (!error && is_essential(index))
        error = SUPERVISOR_ERROR_ESSENTIAL;
    if (error)
        return error;
    program_stop(index);
    told_so(index, "stopped");
    supervisor_work();
    return 0;
}

static err_t supervisor_serve_restart(struct rpc_request *rpc, const char *name)
{
    uint32_t index;
    err_t error = operated(rpc, name, &index);

    if (!error && is_essential(index))
        error = SUPERVISOR_ERROR_ESSENTIAL;
    if (error)
        return error;
    program_stop(index);
    told_so(index, "started again");
    policy_want(&supervisor.policy, index, clock_now());
    supervisor_work();
    return 0;
}

static err_t supervisor_serve_run(struct rpc_request *rpc, const char *name, int32_t *status)
{
    uint32_t index;
    err_t error = operated(rpc, name, &index);

    *status = 0;
    if (!error && !(supervisor.policy.program[index].flags & ROOT_ON_DEMAND))
        error = SUPERVISOR_ERROR_NO_PROGRAM;
    if (!error)
        error = run_begin(rpc, index);
    if (!error)
        supervisor_work();
    return error;
}

static err_t supervisor_serve_power_off(struct rpc_request *rpc, bool failed)
{
    if (!is_operator(rpc))
        return RPC_DENIED;
    tell(LOG_NOTICE, SUPERVISOR_SYSTEM, POLICY_NOBODY, "the system ends, as somebody asked");
    return root_power_off(supervisor.root.cap, failed);
}

static err_t supervisor_serve_reboot(struct rpc_request *rpc)
{
    if (!is_operator(rpc))
        return RPC_DENIED;
    tell(LOG_NOTICE, SUPERVISOR_SYSTEM, POLICY_NOBODY,
         "the machine starts anew, as somebody asked");
    return power_reset();
}

/* Who waited may have gone. */
void supervisor_run_ended(struct rpc_later *later, int32_t status)
{
    (void)!supervisor_answer_run(&supervisor.server, later, 0, status);
}

static enum answer serve(void *context, err_t kind, uint32_t badge, struct message *message)
{
    struct rpc_request request = rpc_begin(context, kind, badge);

    if (kind != RECEIVE_NOTIFICATION)
        return supervisor_dispatch(&request, message);
    if (message->word[0] & EVENT_SESSION)
        session_signalled();
    supervisor_work();
    *message = (struct message){0};
    return ANSWER_REGISTERS;
}

/* ---- Set-up ---------------------------------------------------------------------------------- */

static void basics(const struct program_info *info)
{
    slots_init(&supervisor.slots, bitmap, info->first_free_slot, 1u << info->cnode_bits);
    supervisor.context.buffer = program_buffer();
    supervisor.root = (struct rpc_client){program_cap("root"), &supervisor.context};
    supervisor.server = (struct rpc_server){
        .buffer = program_buffer(),
        .slots = &supervisor.slots,
        .cnode = program_cap("cnode"),
        .endpoint = program_cap("self"),
    };
    supervisor_check(rpc_server_init(&supervisor.server), "supervisor: too few slots");
}

/* Its kernel objects: the Notification that wakes it, the ticker's thread, a Reply for `run`. */
static void objects(void)
{
    static struct memory memory;
    cap_t reply = 0;

    memory_init(&memory, &supervisor.slots, program_cap("cnode"));
    err_t error = memory_add(&memory, program_cap("objects"));
    if (!error)
        error = clock_make(&memory);
    if (!error)
        error = memory_make_one(&memory, OBJECT_NOTIFICATION, object_bits(OBJECT_NOTIFICATION),
                                &supervisor.notification);
    if (!error)
        error = memory_make_one(&memory, OBJECT_REPLY, object_bits(OBJECT_REPLY), &reply);
    if (!error)
        error = notification_bind(supervisor.notification, supervisor.server.endpoint);
    supervisor_check(error, "supervisor: no memory for its thread and notifications");
    run_init(reply);
}

int main(const struct program_info *info)
{
    basics(info);
    objects();
    clock_start(supervisor_event(EVENT_TICK));
    supervisor_check(programs_read(), "supervisor: root says nothing of its programs");
    supervisor_check(root_set_event(&supervisor.root, supervisor_event(EVENT_ENDED)),
                     "supervisor: root doesn't tell who ends");
    session_init(program_text(info->arguments), supervisor.policy.program[supervisor.self].needs,
                 clock_now());
    supervisor_work();
    return (int)server_run(serve, &supervisor.server);
}
