/* SPDX-License-Identifier: BSD-2-Clause */
/* The log server, by its writer's, its reader's and stale handles. */

#include "libsys/log.h"
#include "libsys/log_client.h"
#include "libsys/string.h"
#include "tests/guest/services/services.h"

static struct rpc_client writer, reader, user, stale;

/* The first message from `number` on has this name, text and level. Returns the next number. */
static uint64_t expect_message(const char *what, uint64_t number, uint32_t level, const char *name,
                               const char *text)
{
    struct log_entry entry = {0};
    char got_name[33] = {0}, got_text[LOG_TEXT_MAX + 1] = {0};
    uint32_t name_size = 0, text_size = 0;
    err_t error = log_read(&reader, number, &entry, got_name, 32, &name_size, got_text,
                           LOG_TEXT_MAX, &text_size);

    got_name[name_size] = got_text[text_size] = 0;
    expect(what, error == 0 && entry.number >= number && entry.level == level &&
                     string_equal(got_name, name) && string_equal(got_text, text));
    return entry.number + 1;
}

static err_t read_at(const struct rpc_client *client, uint64_t number)
{
    struct log_entry entry;
    char text[LOG_TEXT_MAX];
    uint32_t size;

    return log_read(client, number, &entry, text, 32, &size, text, LOG_TEXT_MAX, &size);
}

/* The number of the message that comes next. */
static uint64_t log_end(void)
{
    uint64_t number = 1;
    struct log_entry entry;
    char text[LOG_TEXT_MAX];
    uint32_t size;

    while (log_read(&reader, number, &entry, text, 32, &size, text, LOG_TEXT_MAX, &size) == 0)
        number = entry.number + 1;
    return number;
}

static void test_write(void)
{
    uint64_t at = log_end();
    char large[LOG_TEXT_MAX + 2];

    expect_error("log.set_name", log_set_name(&writer, "tester"), 0);
    expect_error("log.append", log_append(&writer, LOG_DEBUG, "first"), 0);
    log_write(LOG_INFO, "number %u,\nin a line", 2);
    at = expect_message("log.what was said", at, LOG_DEBUG, "tester", "first");
    at = expect_message("log.by the library", at, LOG_INFO, "services", "number 2, in a line");
    expect_error("log.nothing further", read_at(&reader, at), RPC_NOT_FOUND);
    memset(large, 'x', sizeof(large) - 1);
    large[LOG_TEXT_MAX + 1] = 0;
    expect_error("log.too long", log_append(&writer, LOG_INFO, large), RPC_TOO_LARGE);
    expect_error("log.no such level", log_append(&writer, 6, "x"), RPC_MALFORMED);
    expect_error("log.level 0", log_append(&writer, 0, "x"), RPC_MALFORMED);
    expect_error("log.a handle that is stale", log_append(&stale, 1, "x"), RPC_BAD_HANDLE);
    expect_error("log.a handle that is stale", log_set_name(&stale, "x"), RPC_BAD_HANDLE);
    expect_error("log.a name by a user", log_set_name(&user, "x"), RPC_DENIED);
    expect_error("log.none of it was kept", read_at(&reader, at), RPC_NOT_FOUND);
}

static void test_reading(void)
{
    cap_t signal = signal_new(16), made = slot_new();

    expect_error("log.read by a writer", read_at(&writer, 1), RPC_DENIED);
    expect_error("log.read by a stale handle", read_at(&stale, 1), RPC_BAD_HANDLE);
    expect_error("log.subscribe by one", log_subscribe(&stale, signal), RPC_BAD_HANDLE);
    expect_error("log.create by one", log_create(&stale, "x", made), RPC_BAD_HANDLE);
    expect_error("log.subscribe by a writer", log_subscribe(&writer, signal), RPC_DENIED);
    expect_error("log.create by a writer", log_create(&writer, "x", made), RPC_DENIED);
    expect_error("log.remove by a writer", log_remove(&writer, writer.cap), RPC_DENIED);
    (void)signals_now();
    expect_error("log.subscribe", log_subscribe(&reader, signal), 0);
    expect_error("log.append", log_append(&writer, LOG_DEBUG, "look"), 0);
    expect("log.a message signals", signals_now() == 16);
    for (int i = 0; i < 3; i++)
        expect_error("log.further subscribers", log_subscribe(&reader, signal), 0);
    expect_error("log.too many subscribers", log_subscribe(&reader, signal), RPC_FULL);
    cap_drop(signal);
    cap_drop(made);
}

static void test_create(void)
{
    struct rpc_client made = {.cap = slot_new(), .context = writer.context};
    uint64_t at = log_end();

    expect_error("log.create", log_create(&reader, "newcomer", made.cap), 0);
    expect_error("log.append by it", log_append(&made, LOG_DEBUG, "hello"), 0);
    (void)expect_message("log.under its name", at, LOG_DEBUG, "newcomer", "hello");
    expect_error("log.it reads nothing", read_at(&made, 1), RPC_DENIED);
    expect_error("log.remove", log_remove(&reader, made.cap), 0);
    expect_error("log.removed twice", log_remove(&reader, made.cap), RPC_BAD_HANDLE);
    expect_error("log.append after that", log_append(&made, 1, "x"), RPC_BAD_HANDLE);
    expect_error("log.remove the manifest's", log_remove(&reader, writer.cap), RPC_DENIED);
    expect_error("log.remove something else", log_remove(&reader, program_cap("timer")),
                 RPC_BAD_HANDLE);
    cap_drop(made.cap);
}

/* The places for handles come to an end, and the oldest messages go. */
static void test_full(void)
{
    struct rpc_client made = {.cap = slot_new(), .context = writer.context};
    uint32_t count = 0;
    err_t error = 0;

    while (count < 100000 && (error = log_create(&reader, "many", made.cap)) == 0) {
        count++;
        if (cnode_delete(program_cap("cnode"), CAP_INDEX(made.cap)))
            break;
    }
    expect_error("log.no place for another", error, RPC_FULL);
    expect("log.so many places", count >= 190);
    for (uint32_t i = 0; i < 2000; i++)
        if (log_append(&writer, LOG_DEBUG, "again"))
            expect("log.append", false);
    struct log_entry entry = {0};
    char text[LOG_TEXT_MAX];
    uint32_t size;
    error = log_read(&reader, 1, &entry, text, 32, &size, text, LOG_TEXT_MAX, &size);
    expect("log.the oldest went", error == 0 && entry.number > 900);
    cap_drop(made.cap);
}

void test_log(void)
{
    writer = client_of("log");
    reader = client_of("log-reader");
    user = client_of("log-user");
    stale = client_of("log-stale");
    test_write();
    test_reading();
    test_create();
    test_full();
}
