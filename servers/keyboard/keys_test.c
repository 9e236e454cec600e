/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/keyboard/keys.c */
/* Scan codes to text, as a table; both sets give the same; anything else is harmless. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "servers/keyboard/keys.h"

static int failures;

static void report(const char *name, bool good)
{
    printf(good ? "ok keyboard: %s\n" : "not ok keyboard: %s: not so\n", name);
    failures += !good;
}

struct entry {
    const char *name;
    const char *codes; /* bytes in hexadecimal */
    const char *text;
    uint32_t length; /* 0: as the text is long */
};

/* Scan code set 1. */
static const struct entry table[] = {
    {"letters", "1e 9e 30 b0 2e ae", "abc", 0},
    {"a key that is held repeats", "1e 1e 1e 9e", "aaa", 0},
    {"shift", "2a 1e 9e aa 1e 9e", "Aa", 0},
    {"the right shift", "36 02 82 b6 02", "!1", 0},
    {"both shifts, one let go", "2a 36 b6 1e aa 1e", "Aa", 0},
    {"caps lock is for letters", "3a ba 1e 02 3a ba 1e", "A1a", 0},
    {"caps lock and shift", "3a ba 2a 1e aa", "a", 0},
    {"control", "1d 2e 9d 2e", "\003c", 0},
    {"the right control", "e0 1d 20 e0 9d 20", "\004d", 0},
    {"control and space is NUL", "1d 39 9d", "\0", 1},
    {"control ] and control \\", "1d 1b 2b 9d", "\035\034", 0},
    {"alt", "38 1e b8 1e", "\033aa", 0},
    {"enter, tab, backspace, escape", "1c 0f 0e 01", "\r\t\177\033", 0},
    {"punctuation", "0c 0d 1a 1b 27 28 29 2b 33 34 35", "-=[];'`\\,./", 0},
    {"punctuation with shift", "2a 0c 0d 1a 1b 27 28 29 2b 33 34 35", "_+{}:\"~|<>?", 0},
    {"digits with shift", "2a 02 03 04 05 06 07 08 09 0a 0b", "!@#$%^&*()", 0},
    {"arrows", "e0 48 e0 c8 e0 50 e0 4d e0 4b", "\033[A\033[B\033[C\033[D", 0},
    {"home, end, pages", "e0 47 e0 4f e0 49 e0 51", "\033[H\033[F\033[5~\033[6~", 0},
    {"insert, delete", "e0 52 e0 53", "\033[2~\033[3~", 0},
    {"function keys", "3b 44 57 58", "\033OP\033[21~\033[23~\033[24~", 0},
    {"keypad", "47 4a 52 53 37 e0 35 e0 1c", "7-0.*/\r", 0},
    {"made-up shifts", "e0 2a e0 48 e0 c8 e0 aa 1e", "\033[Aa", 0},
    {"pause", "e1 1d 45 e1 9d c5 1e", "a", 0},
    {"keys without text", "45 46 54 5b 7f 1e", "a", 0},
};

static uint32_t type_all(const char *codes, bool set_2, char *text)
{
    struct keys keys = {0};
    uint32_t length = 0;

    for (char *end; *codes; codes = *end ? end + 1 : end) {
        uint8_t code = (uint8_t)strtoul(codes, &end, 16);
        if (set_2)
            code = keys_translate(&keys, code);
        if (code || !set_2)
            length += keys_type(&keys, code, text + length);
    }
    return length;
}

static void check_entry(const struct entry *entry)
{
    char text[256];
    uint32_t length = type_all(entry->codes, false, text);
    uint32_t expected = entry->length ? entry->length : (uint32_t)strlen(entry->text);

    report(entry->name, length == expected && memcmp(text, entry->text, length) == 0);
}

static bool set_2_gives_the_same(void)
{
    char text[64];

    return type_all("1c f0 1c 12 1c f0 12 e0 75 e0 f0 75 14 21 f0 14 5a", true, text) == 7 &&
           memcmp(text, "aA\033[A\003\r", 7) == 0;
}

static bool nonsense(void)
{
    struct keys keys = {0};
    char text[KEYS_TEXT + 1];

    for (int i = 0; i < 1000000; i++) {
        uint8_t code = (uint8_t)rand();
        if (i & 1)
            code = keys_translate(&keys, code);
        text[KEYS_TEXT] = 'x';
        if (keys_type(&keys, code, text) > KEYS_TEXT || text[KEYS_TEXT] != 'x')
            return false;
    }
    return true;
}

int main(void)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        check_entry(&table[i]);
    report("set 2", set_2_gives_the_same());
    report("nonsense", nonsense());
    return failures != 0;
}
