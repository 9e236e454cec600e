/* SPDX-License-Identifier: BSD-2-Clause */
/* See words.h. */

#include "servers/root/words.h"

#include <stdarg.h>

#include "libsys/format.h"
#include "libsys/string.h"

struct error_text {
    char *at, *end;
};

static void error_sink(void *context, char c)
{
    struct error_text *sink = context;
    if (sink->at < sink->end)
        *sink->at++ = c;
    *sink->at = 0;
}

bool fail(struct words *words, const struct word *word, const char *format, ...)
{
    size_t length =
        format_buffer(words->error, WORDS_ERROR_MAX, "manifest:%u:%u: ", words->line, word->column);
    struct error_text sink = {
        .at = words->error + length,
        .end = words->error + WORDS_ERROR_MAX - 1,
    };
    va_list arguments;

    va_start(arguments, format);
    format_to(error_sink, &sink, format, arguments);
    va_end(arguments);
    return false;
}

/* `expected a size, found "x"`, or found the end of the line. */
bool fail_expected(struct words *words, const struct word *word, const char *what)
{
    if (word->length == 0 && !word->is_quoted)
        return fail(words, word, "expected %s, found the end of the line", what);
    return fail(words, word, "expected %s, found \"%.*s\"", what, (int)word->length, word->text);
}

bool fail_word(struct words *words, const struct word *word, const char *what)
{
    if (word->length == 0)
        return fail_expected(words, word, what);
    return fail(words, word, "%s \"%.*s\"", what, (int)word->length, word->text);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool line_has_more(const struct words *words)
{
    return words->at < words->size && words->text[words->at] != '\n';
}

/* Take the characters of one word; the caller saw that there is one. */
static bool word_split(struct words *words, struct word *word)
{
    if (word->is_quoted)
        words->at++;
    word->text = words->text + words->at;
    for (; line_has_more(words); words->at++) {
        char c = words->text[words->at];
        if (word->is_quoted ? c == '"' : (is_space(c) || c == '#'))
            break;
        if (c < ' ' || c > '~')
            return fail(words, word, "byte 0x%02x is not a character of a manifest",
                        (unsigned char)c);
        if (c == '"')
            return fail(words, word, "a quote within a word");
        word->length++;
    }
    if (!word->is_quoted)
        return true;
    if (!line_has_more(words))
        return fail(words, word, "the quote is not closed on its line");
    words->at++;
    return true;
}

/* Split the next line into words. A `#` that begins a word begins a comment. */
bool line_split(struct words *words)
{
    size_t start = words->at;

    words->count = 0;
    words->next = 0;
    while (line_has_more(words)) {
        if (is_space(words->text[words->at])) {
            words->at++;
            continue;
        }
        if (words->text[words->at] == '#')
            break;
        struct word *word = &words->word[words->count];
        *word = (struct word){
            .column = (uint32_t)(words->at - start) + 1,
            .is_quoted = words->text[words->at] == '"',
        };
        if (words->count == WORDS_MAX)
            return fail(words, word, "more than %u words in a line", WORDS_MAX);
        if (!word_split(words, word))
            return false;
        words->count++;
    }
    words->word[words->count] =
        (struct word){.text = "", .column = (uint32_t)(words->at - start) + 1};
    while (line_has_more(words))
        words->at++;
    return true;
}

const struct word *word_peek(const struct words *words)
{
    return &words->word[words->next];
}

const struct word *word_take(struct words *words)
{
    const struct word *word = &words->word[words->next];
    if (words->next < words->count)
        words->next++;
    return word;
}

bool word_is(const struct word *word, const char *text)
{
    return !word->is_quoted && strlen(text) == word->length &&
           memcmp(word->text, text, word->length) == 0;
}

/* Take the next word if it is this one. */
bool word_accept(struct words *words, const char *text)
{
    bool is = word_is(word_peek(words), text);
    if (is)
        word_take(words);
    return is;
}

bool line_end(struct words *words)
{
    if (words->next == words->count)
        return true;
    return fail_expected(words, word_peek(words), "the end of the line");
}

const struct keyword *keyword_find(const struct keyword *table, size_t count,
                                   const struct word *word)
{
    for (size_t i = 0; i < count; i++)
        if (word_is(word, table[i].text))
            return &table[i];
    return NULL;
}

bool name_read(struct words *words, const char *what, char name[WORDS_NAME_MAX])
{
    const struct word *word = word_take(words);

    if (word->length == 0 || word->is_quoted)
        return fail_expected(words, word, what);
    if (word->length >= WORDS_NAME_MAX)
        return fail(words, word, "\"%.*s\" is longer than %u characters", (int)word->length,
                    word->text, WORDS_NAME_MAX - 1);
    memcpy(name, word->text, word->length);
    name[word->length] = 0;
    return true;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 99;
}

/* Decimal, or hexadecimal after 0x. */
bool number_read(struct words *words, const char *what, uint64_t least, uint64_t most,
                 uint64_t *value)
{
    const struct word *word = word_take(words);
    bool is_hex = word->length > 2 && word->text[0] == '0' && word->text[1] == 'x';
    uint64_t base = is_hex ? 16 : 10;

    *value = 0;
    if (word->length == 0 || word->is_quoted)
        return fail_expected(words, word, what);
    for (uint32_t i = is_hex ? 2 : 0; i < word->length; i++) {
        uint64_t digit = (uint64_t)digit_value(word->text[i]);
        if (digit >= base)
            return fail_expected(words, word, what);
        if (*value > (~0ull - digit) / base)
            *value = ~0ull;
        else
            *value = *value * base + digit;
    }
    if (*value < least || *value > most)
        return fail(words, word, "%s is %lu to %lu, not %.*s", what, least, most, (int)word->length,
                    word->text);
    return true;
}

/* A number and KiB, MiB or GiB; a power of two. */
bool size_read(struct words *words, uint64_t least, uint64_t most, uint64_t *bytes)
{
    static const struct keyword units[] = {{"KiB", 10}, {"MiB", 20}, {"GiB", 30}};
    const struct word *start = word_peek(words);

    if (!number_read(words, "a size", 1, 1ull << 30, bytes))
        return false;
    const struct word *word = word_take(words);
    const struct keyword *unit = keyword_find(units, sizeof(units) / sizeof(units[0]), word);
    if (!unit)
        return fail_expected(words, word, "KiB, MiB or GiB");
    *bytes <<= unit->value;
    if ((*bytes & (*bytes - 1)) != 0)
        return fail(words, start, "%.*s %s is not a power of two", (int)start->length, start->text,
                    unit->text);
    if (*bytes < least || *bytes > most)
        return fail(words, start, "%.*s %s is not within %lu KiB to %lu KiB", (int)start->length,
                    start->text, unit->text, least >> 10, most >> 10);
    return true;
}

bool time_read(struct words *words, const char *what, uint64_t least, uint64_t most,
               uint64_t *nanoseconds)
{
    static const struct keyword units[] = {{"us", 1000}, {"ms", 1000000}, {"s", 1000000000}};
    const struct word *start = word_peek(words);

    if (!number_read(words, what, 0, ~0ull, nanoseconds))
        return false;
    const struct word *word = word_take(words);
    const struct keyword *unit = keyword_find(units, sizeof(units) / sizeof(units[0]), word);
    if (!unit)
        return fail_expected(words, word, "us, ms or s");
    if (__builtin_mul_overflow(*nanoseconds, (uint64_t)unit->value, nanoseconds))
        *nanoseconds = ~0ull;
    if (*nanoseconds < least || *nanoseconds > most)
        return fail(words, start, "%s is %lu us to %lu us, not %.*s %s", what, least / 1000,
                    most / 1000, (int)start->length, start->text, unit->text);
    return true;
}

/* "12.5" as 125000, in units of its fourth decimal. False: it isn't such a number. */
static bool decimal_read(const struct word *word, uint64_t *value)
{
    const uint64_t many = 1ull << 40;
    uint32_t decimals = 0, point = 0;

    *value = 0;
    if (word->length == 0 || word->is_quoted || word->text[word->length - 1] == '.')
        return false;
    for (uint32_t i = 0; i < word->length; i++) {
        int digit = digit_value(word->text[i]);
        if (word->text[i] == '.' && i > 0 && point++ == 0)
            continue;
        if (digit > 9 || (decimals += point) > 4)
            return false;
        *value = *value > many ? many : *value * 10 + (uint64_t)digit;
    }
    for (; decimals < 4; decimals++)
        *value *= 10;
    return true;
}

bool percent_read(struct words *words, const char *what, uint64_t least, uint64_t most,
                  uint64_t *millionths)
{
    const struct word *word = word_take(words);

    if (!decimal_read(word, millionths))
        return fail_expected(words, word, "a number with up to four decimals");
    if (!word_accept(words, "%"))
        return fail_expected(words, word_peek(words), "\"%\"");
    if (*millionths < least || *millionths > most)
        return fail(words, word, "%s is %lu.%04lu %% to %lu.%04lu %%, not %.*s %%", what,
                    least / 10000, least % 10000, most / 10000, most % 10000, (int)word->length,
                    word->text);
    return true;
}
