/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The messages that are kept, and who writes them. No system calls: `make test` runs it as it is.
 *
 * Messages have numbers from 1 on; the last BOOK_MESSAGES of them are kept. A writer is a place
 * with a generation and a name. A message has its writer's name as it was then.
 */
#ifndef SERVERS_LOG_BOOK_H
#define SERVERS_LOG_BOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "libsys/log_protocol.h"

#define BOOK_MESSAGES 400
#define BOOK_WRITERS 256 /* the first BOOK_GIVEN of them are the boot manifest's */
#define BOOK_GIVEN 64
#define BOOK_NAME_BYTES 32

/* Kinds of handles. */
enum book_kind { BOOK_WRITER = 1, BOOK_READER = 2, BOOK_USER = 3 };

struct book_message {
    struct log_entry entry;
    char name[BOOK_NAME_BYTES];
    uint32_t length;
    char text[LOG_TEXT_MAX];
};

struct book_writer {
    uint32_t generation; /* 0: never used */
    bool is_used;
    char name[BOOK_NAME_BYTES];
};

struct book {
    uint64_t last; /* number of the newest message; 0: none yet */
    struct book_message message[BOOK_MESSAGES];
    struct book_writer writer[BOOK_WRITERS];
};

void book_init(struct book *book);

/* Whether a badge is a writer's, or a reader's (who may write too) that is still valid. */
bool book_knows(const struct book *book, uint32_t badge);
bool book_is_reader(uint32_t badge);

/*
 * RPC_BAD_HANDLE: unknown badge. `text` is NUL-terminated, cut at LOG_TEXT_MAX. Users are called so
 * whatever they say, and nothing of theirs is an error; RPC_DENIED: they want another name.
 */
err_t book_append(struct book *book, uint32_t badge, uint64_t time, uint32_t level,
                  const char *text);
err_t book_set_name(struct book *book, uint32_t badge, const char *name);

/* The first message from `number` on; null: there is none yet. */
const struct book_message *book_read(const struct book *book, uint64_t number);

/* A new writer's badge; 0: there is no place. */
uint32_t book_writer_make(struct book *book, const char *name);
err_t book_writer_remove(struct book *book, uint32_t badge);

#endif
