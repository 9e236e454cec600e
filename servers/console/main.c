/* SPDX-License-Identifier: BSD-2-Clause */
/* The console: set-up as a list of steps, and the loop. */

#include "libsys/device.h"
#include "libsys/invoke.h"
#include "libsys/log.h"
#include "libsys/process_client.h"
#include "libsys/program.h"
#include "libsys/string.h"
#include "libsys/vfs_client.h"
#include "servers/console/console.h"

#define SLOTS 256
#define WORDS_ADDRESS 0x20200000ull
#define WORDS_BYTES 4096u
#define MODE 0666u

struct console console;
static uint64_t bitmap[SLOTS_WORDS(SLOTS)];

cap_t console_flag(uint32_t flags)
{
    uint32_t slot = slots_take(&console.slots, 1);
    err_t error = cnode_mint(console.server.cnode, slot, program_cap("work"),
                             RIGHT_NOTIFICATION_SIGNAL, flags);

    if (error)
        log_failure("a flag of work", error);
    return error ? 0 : CAP_OF(slot);
}

/* Everything that a request or a notification may have made possible. */
static void serve_all(void)
{
    devices_receive();
    devices_send();
    terminals_serve();
    devices_send();
    timing_arm();
}

/* The same with an answer in the message buffer, which calls and other answers use too. */
static void serve_others(enum answer answer, uint64_t tag)
{
    struct message_buffer *buffer = console.server.buffer, kept;
    uint32_t bytes = answer == ANSWER_BUFFER ? TAG_WORDS(tag) * 8 : 0;

    memcpy(kept.words, buffer->words, bytes);
    serve_all();
    memcpy(buffer->words, kept.words, bytes);
}

static enum answer serve(void *context, err_t kind, uint32_t badge, struct message *message)
{
    struct rpc_request request = rpc_begin(context, kind, badge);
    enum answer answer = ANSWER_REGISTERS;

    if (kind == RECEIVE_NOTIFICATION) {
        if (message->word[0] & WORK_LOG)
            messages_show();
        serve_all();
        *message = (struct message){0};
        return answer;
    }
    answer = files_serve(&request, message);
    serve_others(answer, message->tag);
    return answer;
}

/* ---- Set-up ---------------------------------------------------------------------------------- */

static err_t words_map(void)
{
    return frame_map(program_cap("words"), program_cap("vspace"), WORDS_ADDRESS, 0, WORDS_BYTES,
                     ACCESS_READ | ACCESS_WRITE);
}

/* The process server shares the page, and says whom to signal. */
static void process_connect(void)
{
    struct rpc_client client = {.cap = program_cap("process"), .context = &console.context};
    uint32_t slot = slots_take(&console.slots, 1);

    if (client.cap == 0)
        return;
    err_t error = process_terminal_signals(&client, program_cap("words"), CAP_OF(slot));
    if (error)
        log_failure("the process server", error);
    else
        console.process = CAP_OF(slot);
}

/* A device node for a terminal. */
static void terminal_publish(const struct rpc_client *vfs, const struct terminal *terminal,
                             const char *name)
{
    const struct device_node node = {.name = name,
                                     .file_kind = FILE_KIND_TERMINAL,
                                     .number = 1 + terminal->number,
                                     .mode = MODE,
                                     .kind = HANDLE_TERMINAL,
                                     .index = terminal->number};
    err_t error = device_offer(&console.server, vfs, &node);

    if (error)
        log_failure("publishing a terminal", error);
}

static void terminals_publish(void)
{
    struct rpc_client vfs = {.cap = program_cap("vfs"), .context = &console.context};
    char name[] = "ttyN";

    if (vfs.cap == 0)
        return;
    for (uint32_t i = 0; i < TERMINALS_MAX; i++) {
        name[3] = (char)('0' + i);
        terminal_publish(&vfs, &terminals[i], name);
    }
    terminal_publish(&vfs, &terminals[0], "console");
}

static err_t setup(void)
{
    err_t error = rpc_server_open(&console.server, &console.slots, bitmap, SLOTS);

    console.context.buffer = program_buffer();
    if (!error)
        error = waiters_init(program_cap("pool"), console.server.cnode, &console.slots);
    if (!error)
        error = words_map();
    if (!error)
        error = notification_bind(program_cap("work"), program_cap("self"));
    return error;
}

int main(const struct program_info *info)
{
    err_t error = setup();

    (void)info;

    if (error) {
        log_failure("set-up", error);
        return 1;
    }
    terminals_init((struct terminal_page *)WORDS_ADDRESS);
    if (!devices_init())
        return 1;
    timing_init();
    process_connect();
    terminals_publish();
    messages_init();
    serve_all();
    return (int)server_run(serve, &console.server);
}
