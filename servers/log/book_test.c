/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/log/book.c */
/* The log's book: order, names, what goes when it is full, handles that are stale. */

#include <stdio.h>
#include <string.h>

#include "libsys/handle.h"
#include "servers/log/book.h"

static struct book book;
static int failures;

static void report(const char *name, bool good)
{
    printf(good ? "ok log: %s\n" : "not ok log: %s: not so\n", name);
    failures += !good;
}

static const uint32_t given = 0x10004003, reader = 0x20004004;

static bool message_is(uint64_t number, const char *name, const char *text)
{
    const struct book_message *message = book_read(&book, number);

    return message && message->entry.number == number && strcmp(message->name, name) == 0 &&
           message->length == strlen(text) && memcmp(message->text, text, message->length) == 0;
}

static bool order(void)
{
    book_init(&book);
    return !book_read(&book, 0) && book_append(&book, given, 5, 3, "one") == 0 &&
           book_set_name(&book, given, "vfs") == 0 && book_append(&book, given, 6, 3, "two") == 0 &&
           message_is(1, "?", "one") && message_is(2, "vfs", "two") &&
           book_read(&book, 0) == book_read(&book, 1) && !book_read(&book, 3) &&
           !book_read(&book, UINT64_MAX) && book_read(&book, 2)->entry.time == 6;
}

static bool oldest_go(void)
{
    char text[16];

    book_init(&book);
    for (int i = 1; i <= 5000; i++) {
        sprintf(text, "%d", i);
        if (book_append(&book, given, 0, 1, text))
            return false;
    }
    sprintf(text, "%d", 5000 - BOOK_MESSAGES + 1);
    return message_is(5000, "?", "5000") && message_is(5000 - BOOK_MESSAGES + 1, "?", text) &&
           book_read(&book, 1)->entry.number == 5000 - BOOK_MESSAGES + 1;
}

static bool text_is_tamed(void)
{
    char large[2 * LOG_TEXT_MAX];

    book_init(&book);
    memset(large, 'x', sizeof(large) - 1);
    large[sizeof(large) - 1] = 0;
    return book_append(&book, given, 0, 1, large) == 0 &&
           book_read(&book, 1)->length == LOG_TEXT_MAX &&
           book_append(&book, given, 0, 1, "a\033[2J\nb") == 0 && message_is(2, "?", "a [2J b") &&
           book_set_name(&book, given, large) == 0 && book_append(&book, given, 0, 1, "") == 0 &&
           strlen(book_read(&book, 3)->name) == BOOK_NAME_BYTES - 1;
}

static bool strangers(void)
{
    const uint32_t badges[] = {0,
                               0x10000003, /* generation 0 */
                               0x10008003, /* another generation */
                               0x40004003, /* another kind */
                               handle_badge(1, 1, BOOK_GIVEN) /* not made yet */,
                               handle_badge(1, 1, BOOK_WRITERS),
                               handle_badge(2, 1, HANDLE_PLACES - 1)};

    book_init(&book);
    for (unsigned i = 0; i < sizeof(badges) / sizeof(badges[0]); i++)
        if (book_append(&book, badges[i], 0, 1, "x") != RPC_BAD_HANDLE ||
            book_set_name(&book, badges[i], "x") != RPC_BAD_HANDLE ||
            book_writer_remove(&book, badges[i]) != RPC_BAD_HANDLE)
            return false;
    return book.last == 0 && book_is_reader(reader) && !book_is_reader(given);
}

static bool writers_come_and_go(void)
{
    uint32_t badge[BOOK_WRITERS], count = 0;

    book_init(&book);
    while ((badge[count] = book_writer_make(&book, "user")) != 0)
        count++;
    if (count != BOOK_WRITERS - BOOK_GIVEN || book_append(&book, badge[7], 0, 1, "x") ||
        !message_is(1, "user", "x") || book_writer_remove(&book, badge[7]) ||
        book_append(&book, badge[7], 0, 1, "x") != RPC_BAD_HANDLE)
        return false;
    uint32_t again = book_writer_make(&book, "other");
    return again != badge[7] && handle_index(again) == handle_index(badge[7]) &&
           book_append(&book, again, 0, 1, "y") == 0 && message_is(1, "user", "x") &&
           message_is(2, "other", "y") && book_writer_remove(&book, given) == RPC_DENIED;
}

/* A user's process can't speak as a server, nor make the console show what it says. */
static bool users(void)
{
    const uint32_t user = 0x3000400d;

    book_init(&book);
    return book_set_name(&book, 0x1000400d, "memory") == 0 &&
           book_set_name(&book, user, "vfs") == RPC_DENIED &&
           book_append(&book, user, 0, 1, "x") == 0 && message_is(1, "user", "x") &&
           book_read(&book, 1)->entry.level == LOG_LEVEL_USER &&
           book_append(&book, user, 0, 5, "y") == 0 && book_read(&book, 2)->entry.level == 5 &&
           !book_is_reader(user) && book_writer_remove(&book, user) == RPC_BAD_HANDLE;
}

int main(void)
{
    report("order, names, times", order());
    report("the oldest go", oldest_go());
    report("text is cut and tamed", text_is_tamed());
    report("badges that name nobody", strangers());
    report("writers come and go", writers_come_and_go());
    report("users are called users", users());
    return failures != 0;
}
