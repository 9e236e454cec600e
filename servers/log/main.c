/* SPDX-License-Identifier: BSD-2-Clause */
/* The log server: set-up and requests. What it keeps is in book.c. */

#include "libsys/format.h"
#include "libsys/invoke.h"
#include "libsys/log.h"
#include "libsys/log_server.h"
#include "libsys/print.h"
#include "libsys/program.h"
#include "libsys/string.h"
#include "libsys/subscribers.h"
#include "libsys/time.h"
#include "servers/log/book.h"

#define SLOTS 64
#define SUBSCRIBERS 4

static struct book book;
static uint64_t bitmap[SLOTS_WORDS(SLOTS)];
static struct slots slots;
static struct rpc_server server;
static cap_t subscriber[SUBSCRIBERS];
static struct subscribers subscribers = {.event = subscriber, .most = SUBSCRIBERS};

/* Until somebody reads the log, what matters goes out on the serial line from here. */
static void show(const struct book_message *message)
{
    const struct time_info *time = &program_info()->time;
    uint64_t milliseconds = time_to_nanoseconds(time, message->entry.time - time->entry) / 1000000;

    print("[%5lu.%03lu] %s: %.*s\n", milliseconds / 1000, milliseconds % 1000, message->name,
          (int)message->length, message->text);
}

static err_t log_serve_append(struct rpc_request *rpc, uint32_t level, const char *text)
{
    err_t error = book_append(&book, rpc->badge, time_ticks(), level, text);

    if (error)
        return error;
    if (subscribers.count == 0 && level <= LOG_NOTICE)
        show(book_read(&book, book.last));
    subscribers_tell(&subscribers, &server);
    return 0;
}

static err_t log_serve_set_name(struct rpc_request *rpc, const char *name)
{
    return book_set_name(&book, rpc->badge, name);
}

static err_t reader_check(const struct rpc_request *rpc)
{
    if (!book_knows(&book, rpc->badge))
        return RPC_BAD_HANDLE;
    return book_is_reader(rpc->badge) ? 0 : RPC_DENIED;
}

static err_t log_serve_read(struct rpc_request *rpc, uint64_t number, struct log_entry *entry,
                            void *name, uint32_t name_room, uint32_t *name_size, void *text,
                            uint32_t text_room, uint32_t *text_size)
{
    err_t error = reader_check(rpc);
    const struct book_message *message = error ? NULL : book_read(&book, number);

    if (!message)
        return error ? error : RPC_NOT_FOUND;
    *entry = message->entry;
    *name_size = (uint32_t)strlen(message->name);
    *text_size = message->length < text_room ? message->length : text_room;
    if (*name_size > name_room)
        *name_size = name_room;
    memcpy(name, message->name, *name_size);
    memcpy(text, message->text, *text_size);
    return 0;
}

static err_t log_serve_subscribe(struct rpc_request *rpc, cap_t event)
{
    err_t error = reader_check(rpc);

    return error ? error : subscribers_add(&subscribers, rpc, event);
}

static err_t log_serve_create(struct rpc_request *rpc, const char *name, cap_t *log)
{
    err_t error = reader_check(rpc);
    uint32_t badge = error ? 0 : book_writer_make(&book, name);

    if (badge == 0)
        return error ? error : RPC_FULL;
    error = rpc_give_handle(&server, badge, RIGHT_ENDPOINT_CALL, log);
    if (error)
        (void)!book_writer_remove(&book, badge);
    return error;
}

static err_t log_serve_remove(struct rpc_request *rpc, uint32_t log)
{
    err_t error = reader_check(rpc);

    return error ? error : book_writer_remove(&book, log);
}

static enum answer serve(void *context, err_t kind, uint32_t badge, struct message *message)
{
    struct rpc_request request = rpc_begin(context, kind, badge);

    return log_dispatch(&request, message);
}

int main(const struct program_info *info)
{
    book_init(&book);
    (void)info;
    if (rpc_server_open(&server, &slots, bitmap, SLOTS))
        return 1;
    return (int)server_run(serve, &server);
}
