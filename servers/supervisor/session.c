/* SPDX-License-Identifier: BSD-2-Clause */
/* See session.h. */

#include "servers/supervisor/session.h"

#include "libsys/process.h"
#include "libsys/process_client.h"
#include "libsys/program.h"
#include "libsys/rpc_error.h"
#include "libsys/string.h"
#include "servers/supervisor/clock.h"
#include "servers/supervisor/supervisor.h"
#include "servers/supervisor/voice.h"

#define TERMINAL 1 /* 1 + its number: the first one */
#define ARGUMENTS_BYTES 1024
#define WORDS_MAX 16
#define PATH_MAX 256
#define START_LIMIT (10 * SECOND)
#define SHORT_RUN SECOND /* one that ends sooner is started again after a delay */

static struct {
    bool wanted, runs;
    uint64_t needs, due, since;
    uint32_t failures; /* in a row */
    int32_t pid;
    cap_t event;
    struct rpc_client process;
    char path[PATH_MAX];
    union {
        struct process_arguments head;
        char bytes[ARGUMENTS_BYTES];
    } arguments;
} session;

/* ---- Its arguments --------------------------------------------------------------------------- */

/* Words apart by spaces; each begins where `begin` says, and is `length` long. */
static uint32_t words_split(const char *text, uint32_t begin[WORDS_MAX], uint32_t length[WORDS_MAX])
{
    uint32_t count = 0, at = 0;

    while (text[at] && count < WORDS_MAX) {
        begin[count] = at;
        while (text[at] && text[at] != ' ')
            at++;
        length[count] = at - begin[count];
        count += length[count] > 0;
        while (text[at] == ' ')
            at++;
    }
    return count;
}

/* As libsys/process.h has them: the head, the offsets, the strings. No environment. */
static bool arguments_make(const char *text)
{
    uint32_t begin[WORDS_MAX], length[WORDS_MAX], count = words_split(text, begin, length);
    struct process_arguments *head = &session.arguments.head;
    uint32_t at = (uint32_t)sizeof(*head) + count * 4;

    if (count == 0 || length[0] >= PATH_MAX)
        return false;
    memcpy(session.path, text, length[0]);
    for (uint32_t i = 0; i < count; i++) {
        if (at + length[i] + 1 > ARGUMENTS_BYTES)
            return false;
        head->offset[i] = at;
        memcpy(session.arguments.bytes + at, text + begin[i], length[i]);
        at += length[i] + 1;
    }
    head->bytes = at;
    head->argument_count = count;
    return true;
}

void session_init(const char *arguments, uint64_t needs, uint64_t now)
{
    session.process = (struct rpc_client){program_cap("process"), &supervisor.context};
    session.needs = needs;
    session.due = now;
    session.wanted = session.process.cap && arguments_make(arguments);
    if (session.wanted)
        session.event = supervisor_event(EVENT_SESSION);
}

/* ---- Its life -------------------------------------------------------------------------------- */

static bool can_start(void)
{
    for (uint32_t i = 0; i < supervisor.policy.count; i++)
        if ((session.needs >> i & 1) && supervisor.policy.program[i].state != POLICY_RUNNING)
            return false;
    return session.wanted && !session.runs;
}

uint64_t session_next(void)
{
    return can_start() ? session.due : POLICY_NEVER;
}

void session_work(uint64_t now)
{
    if (!can_start() || session.due > now)
        return;
    clock_limit(START_LIMIT);
    err_t error = process_start(&session.process, TERMINAL, session.path, session.arguments.bytes,
                                session.arguments.head.bytes, session.event, &session.pid);
    clock_unlimited();
    session.since = clock_now();
    if (!error) {
        session.runs = true;
        tell(LOG_INFO, SUPERVISOR_SYSTEM, POLICY_NOBODY, "%s runs as process %d", session.path,
             session.pid);
        return;
    }
    session.due = session.since + policy_delay(++session.failures);
    tell(LOG_ERROR, SUPERVISOR_SYSTEM, POLICY_NOBODY, "%s can't be started: %s: %s", session.path,
         rpc_error_name(error), rpc_error_text(error));
}

void session_signalled(void)
{
    int32_t status = 0;

    clock_limit(START_LIMIT);
    err_t error = session.runs ? process_ended(session.process.cap, session.pid, &status) : 0;
    clock_unlimited();
    if (!session.runs || error == RPC_AGAIN)
        return;
    uint64_t now = clock_now();
    session.runs = false;
    session.failures = now - session.since < SHORT_RUN ? session.failures + 1 : 0;
    session.since = now;
    session.due = session.failures ? now + policy_delay(session.failures) : now;
    tell(LOG_INFO, SUPERVISOR_SYSTEM, POLICY_NOBODY, "%s ended with status 0x%x", session.path,
         (uint32_t)status);
}
