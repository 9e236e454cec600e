/* SPDX-License-Identifier: BSD-2-Clause */
// sources: kernel/lib/format.c
/* Each conversion of format.h against the text it must give, and cut-off in small buffers. */

#include "kernel/lib/format.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

static void check(const char *name, const char *got, const char *want)
{
    if (strcmp(got, want) == 0) {
        printf("ok format: %s\n", name);
    } else {
        printf("not ok format: %s: \"%s\" instead of \"%s\"\n", name, got, want);
        failures++;
    }
}

#define CHECK(name, want, ...)                            \
    do {                                                  \
        char text_[128];                                  \
        format_buffer(text_, sizeof(text_), __VA_ARGS__); \
        check(name, text_, want);                         \
    } while (0)

struct text {
    char bytes[64];
    size_t length;
};

static void text_put(void *context, char c)
{
    struct text *text = context;
    text->bytes[text->length++] = c;
}

/* For formats that the compiler's own check would refuse. */
static void check_unchecked(const char *name, const char *want, const char *format, ...)
{
    struct text text = {"", 0};
    va_list args;
    va_start(args, format);
    size_t length = format_to(text_put, &text, format, args);
    va_end(args);
    check(name, length == text.length ? text.bytes : "wrong length", want);
}

static void test_unchecked(void)
{
    check_unchecked("unknown conversions stand as they are", "%q %5", "%q %5");
    check_unchecked("a lone percent sign", "100%", "100%");
    check_unchecked("null string", "(null)", "%s", (char *)NULL);
    check_unchecked("left beats zero", "42   |", "%-05d|", 42);
}

static void test_cut(void)
{
    char text[8] = "xxxxxxx";
    size_t length = format_buffer(text, 4, "%s", "abcdef");
    check("cut at the buffer's end", text, "abc");
    check("nothing behind the buffer", text + 4, "xxx");
    CHECK("the whole length is told", "6", "%zu", length);
    length = format_buffer(text, 0, "%d", 1234);
    check("a buffer of no bytes", text, "abc");
    CHECK("its length is told too", "4", "%zu", length);
    char exact[4];
    format_buffer(exact, sizeof(exact), "%s", "abc");
    check("a text that just fits", exact, "abc");
}

/* The C library agrees on random numbers, widths and flags. */
static void test_against_library(void)
{
    static const char *const formats[] = {"%lu", "%lx", "%20lu", "%-20lx|", "%020lx", "%3lu"};
    srand(1);
    for (int i = 0; i < 20000; i++) {
        const char *format = formats[(size_t)i % (sizeof(formats) / sizeof(formats[0]))];
        unsigned long value = (unsigned long)rand() << 32 ^ (unsigned long)rand();
        value >>= rand() % 64;
        char ours[64], theirs[64];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        format_buffer(ours, sizeof(ours), format, value);
        snprintf(theirs, sizeof(theirs), format, value);
#pragma GCC diagnostic pop
        if (strcmp(ours, theirs) != 0) {
            check("as the C library", ours, theirs);
            return;
        }
    }
    printf("ok format: as the C library\n");
}

int main(void)
{
    CHECK("plain text", "hello", "hello");
    CHECK("no text", "", "%s", "");
    CHECK("percent", "5%", "%d%%", 5);
    CHECK("string and character", "a-b", "%s-%c", "a", 'b');
    CHECK("string width", "  ab|ab  |", "%4s|%-4s|", "ab", "ab");
    CHECK("string precision", "abc", "%.3s", "abcdef");
    CHECK("precision as an argument", "ab|", "%.*s|", 2, "abcdef");
    CHECK("width as an argument", "   7", "%*d", 4, 7);
    CHECK("negative width counts as none", "7", "%*d", -4, 7);
    CHECK("int", "-2147483648 2147483647", "%d %i", INT_MIN, INT_MAX);
    CHECK("long", "-9223372036854775808", "%ld", LONG_MIN);
    CHECK("long long", "18446744073709551615", "%llu", ULLONG_MAX);
    CHECK("unsigned", "4294967295 0", "%u %u", UINT_MAX, 0u);
    CHECK("hexadecimal", "deadbeef 0", "%x %x", 0xdeadbeef, 0u);
    CHECK("size", "18446744073709551615", "%zu", SIZE_MAX);
    CHECK("zero padding", "-0042", "%05d", -42);
    CHECK("pointer", "0x00000000000000ff", "%p", (void *)0xff);
    CHECK("wide", "                                        1", "%41d", 1);
    test_unchecked();
    test_cut();
    test_against_library();
    return failures > 0;
}
