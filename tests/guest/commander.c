/* SPDX-License-Identifier: BSD-2-Clause */
/* The root task's protocol, by who has the supervisor's capability: boot/commander.manifest. */

#include "libsys/clock_client.h"
#include "libsys/debug_client.h"
#include "libsys/debug_hostile.h"
#include "libsys/invoke.h"
#include "libsys/log_client.h"
#include "libsys/name_client.h"
#include "libsys/root_client.h"
#include "libsys/root_hostile.h"
#include "libsys/rpc_error.h"
#include "libsys/timer_client.h"
#include "tests/guest/check.h"
#include "tests/guest/hostile_check.h"

static struct rpc_context context;
static struct rpc_client root;

/* As the manifest lists them. */
enum program {
    COMMANDER,
    SERVER,
    HELPER,
    LARGE,
    FIRST,
    SECOND,
    SUBSCRIBER,
    LOG,
    NAME,
    CLOCK,
    TIMER,
    NOBODY
};

static void check_result(const char *name, err_t error, err_t expected)
{
    if (error != expected)
        print("# %s where %s was expected\n", rpc_error_name(error), rpc_error_name(expected));
    CHECK(name, error == expected);
}

static struct root_program program_of(enum program index)
{
    struct root_program program = {0};
    char name[32];
    uint32_t size;

    check_result("a program", root_program(&root, index, &program, name, sizeof(name), &size), 0);
    return program;
}

static void nobody(void)
{
    cap_t slot = CAP_OF(program_info()->first_free_slot);
    struct root_program program;
    char name[32];
    uint32_t size;

    check_result("no such program",
                 root_program(&root, NOBODY, &program, name, sizeof(name), &size), RPC_NOT_FOUND);
    check_result("its start", root_start(root.cap, NOBODY), RPC_NOT_FOUND);
    check_result("its stop", root_stop(root.cap, NOBODY), RPC_NOT_FOUND);
    check_result("its close", root_close(root.cap, NOBODY), RPC_NOT_FOUND);
    check_result("its endpoint", root_endpoint(&root, NOBODY, slot), RPC_NOT_FOUND);
    check_result("the endpoint of one that serves none", root_endpoint(&root, COMMANDER, slot),
                 RPC_NOT_FOUND);
}

static void programs(void)
{
    cap_t slot = CAP_OF(program_info()->first_free_slot);

    CHECK("it is known", program_of(COMMANDER).flags == ROOT_CALLER &&
                             program_of(COMMANDER).runs == 1 && program_of(SERVER).runs == 0);
    check_result("its own stop", root_stop(root.cap, COMMANDER), RPC_DENIED);
    check_result("start", root_start(root.cap, SERVER), 0);
    CHECK("it runs", program_of(SERVER).runs == 1 && program_of(SERVER).started == 1);
    check_result("started twice", root_start(root.cap, SERVER), RPC_BUSY);
    check_result("closed while it runs", root_close(root.cap, SERVER), RPC_BUSY);
    check_result("stop", root_stop(root.cap, SERVER), 0);
    check_result("start again", root_start(root.cap, SERVER), 0);
    CHECK("the second time", program_of(SERVER).started == 2);
    check_result("its endpoint", root_endpoint(&root, SERVER, slot), 0);
    CHECK("can be had", cnode_delete(program_cap("cnode"), CAP_INDEX(slot)) == 0);
    check_result("stop", root_stop(root.cap, SERVER), 0);
    check_result("close", root_close(root.cap, SERVER), 0);
    check_result("it never comes back", root_start(root.cap, SERVER), RPC_GONE);
    check_result("nor its endpoint", root_endpoint(&root, SERVER, slot), RPC_GONE);
}

static void demand(void)
{
    uint64_t bytes = 0, free = 0, less = 0;

    check_result("the reserve", root_reserve(root.cap, &bytes, &free), 0);
    CHECK("nothing of it is used", bytes == 4 << 20 && free == bytes);
    check_result("more than it has", root_start(root.cap, LARGE), RPC_NO_MEMORY);
    check_result("what it has", root_start(root.cap, HELPER), 0);
    check_result("is", root_reserve(root.cap, &bytes, &less), 0);
    CHECK("used then", less < free);
    check_result("stop", root_stop(root.cap, HELPER), 0);
    check_result("and all", root_reserve(root.cap, &bytes, &free), 0);
    CHECK("free again", free == bytes);
}

static void events(void)
{
    struct root_event event;
    char text[ROOT_TEXT_MAX];
    uint32_t size;

    check_result("no event", root_take_event(&root, &event, text, sizeof(text), &size),
                 RPC_NOT_FOUND);
    check_result("root itself to be told", root_set_event(&root, root.cap), RPC_BAD_HANDLE);
    for (int i = 0; i < 100; i++)
        if (root_set_event(&root, program_cap("bell")))
            CHECK("whom to tell, again and again", false);
    check_result("whom to tell", root_set_event(&root, program_cap("bell")), 0);
}

/* ---- A debugger's capability ----------------------------------------------------------------- */

static struct rpc_client debugger;

static err_t attach(enum program index)
{
    const cap_t slot = CAP_OF(program_info()->first_free_slot);
    uint64_t bytes;

    for (uint32_t i = 0; i < 2; i++)
        if (cnode_delete(program_cap("cnode"), CAP_INDEX(slot) + i))
            CHECK("an empty slot", false);
    return debug_attach(&debugger, index, program_cap("bell"), slot, slot + CAP_OF(1), &bytes);
}

static void debug_refusals(void)
{
    const struct rpc_client parent = {program_cap("parent"), &context};
    const cap_t slot = CAP_OF(program_info()->first_free_slot);
    char name[32];
    uint64_t bytes;
    uint32_t size;
    bool runs;

    check_result("debug: no such program",
                 debug_program(&debugger, NOBODY, &runs, name, sizeof(name), &size), RPC_NOT_FOUND);
    check_result("debug: its threads", attach(NOBODY), RPC_NOT_FOUND);
    check_result("debug: one that doesn't run", attach(FIRST), RPC_GONE);
    check_result("debug: itself", attach(COMMANDER), RPC_DENIED);
    check_result("debug: nobody to tell",
                 debug_attach(&debugger, COMMANDER, debugger.cap, slot, slot + CAP_OF(1), &bytes),
                 RPC_BAD_HANDLE);
    check_result("debug: no file", debug_file(&debugger, 0, slot), RPC_NOT_FOUND);
    check_result("debug: none to detach", debug_detach(debugger.cap), RPC_NOT_FOUND);
    check_result("debug: programs, by who may not",
                 debug_program(&parent, SERVER, &runs, name, sizeof(name), &size), RPC_DENIED);
    check_result("debug: files, by who may not", debug_file(&parent, 0, slot), RPC_DENIED);
    check_result("debug: detaching, by who may not", debug_detach(parent.cap), RPC_DENIED);
}

static bool is_debugged(void)
{
    bool attached = false;

    return root_debugged(root.cap, &attached) == 0 && attached;
}

static void debugging(void)
{
    const cap_t slot = CAP_OF(program_info()->first_free_slot);
    uint64_t flags = 0, state, callee, vector;

    debug_refusals();
    check_result("start", root_start(root.cap, FIRST), 0);
    check_result("debug: attach", attach(FIRST), 0);
    CHECK("debug: its thread", thread_info(slot, &state, &callee, &vector) == 0 && is_debugged());
    check_result("debug: two at once",
                 debug_attach(&debugger, FIRST, program_cap("bell"), slot + CAP_OF(2),
                              slot + CAP_OF(3), &flags),
                 RPC_BUSY);
    check_result("debug: its file", debug_file(&debugger, 0, slot + CAP_OF(2)), 0);
    check_result("debug: all of it", debug_file(&debugger, 1000, slot + CAP_OF(3)), RPC_NOT_FOUND);
    check_result("debug: detach", debug_detach(debugger.cap), 0);
    check_result("debug: attach again", attach(FIRST), 0);
    (void)!notification_poll(program_cap("bell"), &flags);
    check_result("stop", root_stop(root.cap, FIRST), 0);
    CHECK("debug: its end is told",
          notification_poll(program_cap("bell"), &flags) == 0 && flags == 1 && !is_debugged());
    check_result("start", root_start(root.cap, FIRST), 0);
    check_result("start", root_start(root.cap, SECOND), 0);
    check_result("debug: of two with one file", attach(FIRST), DEBUG_ERROR_SHARED);
    check_result("stop", root_stop(root.cap, FIRST), 0);
    check_result("stop", root_stop(root.cap, SECOND), 0);
    for (uint32_t i = 0; i < 4; i++)
        if (cnode_delete(program_cap("cnode"), CAP_INDEX(slot) + i))
            CHECK("an empty slot", false);
}

/* ---- What becomes of an ended program's subscriptions ---------------------------------------- */

#define RESTARTS 70 /* more than any of these servers could remember */

/* Each has subscribed, and hasn't ended by itself. */
static bool restarts(void)
{
    struct root_event event;
    char text[ROOT_TEXT_MAX];
    uint64_t flags;
    uint32_t size;

    for (int i = 0; i < RESTARTS; i++)
        if (root_start(root.cap, SUBSCRIBER) || notification_wait(program_cap("bell"), &flags) ||
            root_take_event(&root, &event, text, sizeof(text), &size) != RPC_NOT_FOUND ||
            root_stop(root.cap, SUBSCRIBER))
            return false;
    return true;
}

static void subscriptions(void)
{
    struct rpc_client log = {program_cap("log"), &context}, name = {program_cap("name"), &context},
                      clock = {program_cap("clock"), &context};
    cap_t bell = program_cap("bell");
    uint32_t timers = 99;

    for (enum program i = LOG; i <= TIMER; i++)
        check_result("a server", root_start(root.cap, i), 0);
    /* One that is passive begins with its first request, which can't bring it anything yet. */
    check_result("the log begins", log_append(&log, 5, "begin"), 0);
    CHECK("who is told of things is started again and again", restarts());
    check_result("timers", timer_count(program_cap("timer"), &timers), 0);
    CHECK("none is left", timers == 0);
    check_result("there is room at the clock", clock_subscribe(&clock, bell), 0);
    check_result("at the name server", name_subscribe(&name, "other", bell), 0);
    check_result("at the log", log_subscribe(&log, bell), 0);
}

/* ---- Messages that break its rules ----------------------------------------------------------- */

static void hostile(void)
{
    cap_t bell = program_cap("bell"), cnode = program_cap("cnode");

    HOSTILE_CHECK("root", root, ROOT_INTERFACE, .cap = root.cap, .bell = bell, .cnode = cnode);
    HOSTILE_CHECK("debug", debug, DEBUG_INTERFACE, .cap = debugger.cap, .bell = bell,
                  .cnode = cnode);
}

int main(const struct program_info *info)
{
    (void)info;
    context.buffer = program_buffer();
    root = (struct rpc_client){program_cap("root"), &context};
    debugger = (struct rpc_client){program_cap("debug"), &context};
    nobody();
    debugging();
    programs();
    events();
    hostile();
    demand();
    subscriptions();
    (void)!root_power_off(root.cap, check_failures != 0);
    return 1;
}
