/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A text of lines of words, and how a word is read as a name, a number, a size, a time, a share.
 *
 * Words are apart by spaces. A word in double quotes may contain spaces; one that begins with `#`
 * begins a comment. Each function that reads a word takes it; those that return bool have reported
 * an error, with line and column, when they return false.
 */
#ifndef SERVERS_ROOT_WORDS_H
#define SERVERS_ROOT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORDS_MAX 24 /* in a line */
#define WORDS_NAME_MAX 32
#define WORDS_ERROR_MAX 200

struct word {
    const char *text; /* not terminated */
    uint32_t length, column;
    bool is_quoted;
};

struct words {
    const char *text;
    size_t size, at;
    uint32_t line;                   /* from 1 on */
    struct word word[WORDS_MAX + 1]; /* behind the last: an empty one at the line's end */
    uint32_t count, next;
    char *error; /* WORDS_ERROR_MAX characters */
};

struct keyword {
    const char *text;
    unsigned value;
};

/* Split the line that begins at `at`, and stop at its end. */
bool line_split(struct words *words);

/* Whether all words of the line were taken. */
bool line_end(struct words *words);

/* The next word; at the line's end an empty one. */
const struct word *word_peek(const struct words *words);
const struct word *word_take(struct words *words);
bool word_is(const struct word *word, const char *text);

/* Take the next word if it is this one. */
bool word_accept(struct words *words, const char *text);

/* The entry of a table that the word names; a null pointer: none. */
const struct keyword *keyword_find(const struct keyword *table, size_t count,
                                   const struct word *word);

bool name_read(struct words *words, const char *what, char name[WORDS_NAME_MAX]);

/* Decimal, or hexadecimal after 0x. */
bool number_read(struct words *words, const char *what, uint64_t least, uint64_t most,
                 uint64_t *value);

/* A number and KiB, MiB or GiB; a power of two. */
bool size_read(struct words *words, uint64_t least, uint64_t most, uint64_t *bytes);

/* A number and us, ms or s. The limits are whole microseconds. */
bool time_read(struct words *words, const char *what, uint64_t least, uint64_t most,
               uint64_t *nanoseconds);

/* A number with up to four decimals, and `%`. */
bool percent_read(struct words *words, const char *what, uint64_t least, uint64_t most,
                  uint64_t *millionths);

/* Report `manifest:LINE:COLUMN: …` and return false. */
bool fail(struct words *words, const struct word *word, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* `expected WHAT, found "word"`, or found the end of the line. */
bool fail_expected(struct words *words, const struct word *word, const char *what);

/* `WHAT "word"` */
bool fail_word(struct words *words, const struct word *word, const char *what);

#endif
