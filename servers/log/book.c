/* SPDX-License-Identifier: BSD-2-Clause */
/* See book.h. */

#include "servers/log/book.h"

#include "libsys/handle.h"
#include "libsys/string.h"

static void name_copy(char *to, const char *from)
{
    const char *end = to + BOOK_NAME_BYTES - 1;

    memset(to, 0, BOOK_NAME_BYTES);
    for (; to < end && *from; to++, from++)
        *to = (unsigned char)*from < ' ' ? '?' : *from;
}

/* The manifest's handles are valid from the beginning, in their first generation. */
void book_init(struct book *book)
{
    memset(book, 0, sizeof(*book));
    for (uint32_t i = 0; i < BOOK_GIVEN; i++) {
        book->writer[i] = (struct book_writer){.generation = 1, .is_used = true};
        book->writer[i].name[0] = '?';
    }
}

/* Readers have names too: those of the manifest's places. */
static struct book_writer *writer_find(const struct book *book, uint32_t badge)
{
    uint32_t index = handle_index(badge), kind = handle_kind(badge);
    const struct book_writer *writer = &book->writer[index];

    if (kind < BOOK_WRITER || kind > BOOK_USER || index >= BOOK_WRITERS || !writer->is_used ||
        writer->generation != handle_generation(badge))
        return NULL;
    return (struct book_writer *)writer;
}

bool book_knows(const struct book *book, uint32_t badge)
{
    return writer_find(book, badge) != NULL;
}

bool book_is_reader(uint32_t badge)
{
    return handle_kind(badge) == BOOK_READER && handle_index(badge) < BOOK_GIVEN;
}

err_t book_append(struct book *book, uint32_t badge, uint64_t time, uint32_t level,
                  const char *text)
{
    const struct book_writer *writer = writer_find(book, badge);

    if (!writer)
        return RPC_BAD_HANDLE;
    bool user = handle_kind(badge) == BOOK_USER;
    struct book_message *message = &book->message[++book->last % BOOK_MESSAGES];
    if (user && level < LOG_LEVEL_USER)
        level = LOG_LEVEL_USER;
    *message = (struct book_message){
        .entry = {.number = book->last, .time = time, .level = level, .badge = badge}};
    name_copy(message->name, user ? "user" : writer->name);
    for (; message->length < LOG_TEXT_MAX && text[message->length]; message->length++) {
        char c = text[message->length];
        message->text[message->length] = (unsigned char)c < ' ' || c == 0x7f ? ' ' : c;
    }
    return 0;
}

err_t book_set_name(struct book *book, uint32_t badge, const char *name)
{
    struct book_writer *writer = writer_find(book, badge);

    if (!writer)
        return RPC_BAD_HANDLE;
    if (handle_kind(badge) == BOOK_USER)
        return RPC_DENIED;
    name_copy(writer->name, name);
    return 0;
}

const struct book_message *book_read(const struct book *book, uint64_t number)
{
    uint64_t oldest = book->last >= BOOK_MESSAGES ? book->last - BOOK_MESSAGES + 1 : 1;

    if (number < oldest)
        number = oldest;
    return number <= book->last ? &book->message[number % BOOK_MESSAGES] : NULL;
}

uint32_t book_writer_make(struct book *book, const char *name)
{
    for (uint32_t i = BOOK_GIVEN; i < BOOK_WRITERS; i++) {
        struct book_writer *writer = &book->writer[i];
        if (writer->is_used)
            continue;
        writer->is_used = true;
        writer->generation = handle_next(writer->generation);
        name_copy(writer->name, name);
        return handle_badge(BOOK_WRITER, writer->generation, i);
    }
    return 0;
}

err_t book_writer_remove(struct book *book, uint32_t badge)
{
    struct book_writer *writer = writer_find(book, badge);

    if (!writer || handle_kind(badge) != BOOK_WRITER)
        return RPC_BAD_HANDLE;
    if (handle_index(badge) < BOOK_GIVEN)
        return RPC_DENIED;
    writer->is_used = false;
    return 0;
}
