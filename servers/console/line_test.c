/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/console/line.c servers/console/line_edit.c */
/*
 * The line discipline as a table: under these attributes, what is typed gives this on the screen,
 * these reads (each ended by `|`; `$`: end of file), these signals. Then what a table can't say.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "servers/console/line.h"

static struct {
    char text[1 << 16];
    size_t length;
    char signals[64];
    unsigned dropped;
} screen;

static void on_output(void *context, uint8_t byte)
{
    (void)context;
    if (screen.length < sizeof(screen.text) - 1)
        screen.text[screen.length++] = (char)byte;
}

static void on_signal(void *context, unsigned signal)
{
    (void)context;
    size_t length = strlen(screen.signals);
    snprintf(screen.signals + length, sizeof(screen.signals) - length, "%u ", signal);
}

static void on_drop(void *context)
{
    (void)context;
    screen.dropped++;
}

static const struct line_ports ports = {on_output, on_signal, on_drop};
static struct line line;
static uint8_t data[TERMINAL_INPUT_MAX]; /* what was read */
static uint32_t entries;
static int failures;

static void report(const char *name, bool good)
{
    printf(good ? "ok line: %s\n" : "not ok line: %s: not so\n", name);
    failures += !good;
}

struct entry {
    const char *name;
    uint32_t local_on, local_off, input_on, input_off, output_off;
    const char *typed, *screen, *read, *signals;
};

#define RAW TERMINAL_ICANON | TERMINAL_ECHO
#define WIPE "\b \b"

static const struct entry table[] = {
    {.name = "a line", .typed = "abc\r", .screen = "abc\r\n", .read = "abc\n|"},
    {.name = "two lines are two reads",
     .typed = "a\rb\r",
     .screen = "a\r\nb\r\n",
     .read = "a\n|b\n|"},
    {.name = "no line, no read", .typed = "abc", .screen = "abc", .read = ""},
    {.name = "erase",
     .typed = "abd\x7f"
              "c\r",
     .screen = "abd" WIPE "c\r\n",
     .read = "abc\n|"},
    {.name = "erase at the beginning", .typed = "\x7f\x7fx\r", .screen = "x\r\n", .read = "x\n|"},
    {.name = "erase does not reach the line before",
     .typed = "a\r\x7f"
              "b\r",
     .screen = "a\r\nb\r\n",
     .read = "a\n|b\n|"},
    {.name = "erase a control character",
     .typed = "a\x01\x7f\r",
     .screen = "a^A" WIPE WIPE "\r\n",
     .read = "a\n|"},
    {.name = "erase a tab",
     .typed = "ab\t\x7f"
              "c\r",
     .screen = "ab\t" WIPE WIPE WIPE WIPE WIPE WIPE "c\r\n",
     .read = "abc\n|"},
    {.name = "erase a character of two bytes",
     .typed = "a\xc3\xa4\x7f\r",
     .screen = "a\xc3\xa4" WIPE "\r\n",
     .read = "a\n|"},
    {.name = "erase a character of four bytes",
     .typed = "\xf0\x9f\x98\x80\x7f"
              "b\r",
     .screen = "\xf0\x9f\x98\x80" WIPE "b\r\n",
     .read = "b\n|"},
    {.name = "without IUTF8 erase takes a byte",
     .input_off = TERMINAL_IUTF8,
     .typed = "a\xc3\xa4\x7f\r",
     .screen = "a\xc3\xa4" WIPE "\r\n",
     .read = "a\xc3\n|"},
    {.name = "without ECHOE the erase character is shown",
     .local_off = TERMINAL_ECHOE,
     .typed = "ab\x7f\r",
     .screen = "ab^?\r\n",
     .read = "a\n|"},
    {.name = "erase a word",
     .typed = "one two  \x17"
              "3\r",
     .screen = "one two  " WIPE WIPE WIPE WIPE WIPE "3\r\n",
     .read = "one 3\n|"},
    {.name = "erase a word needs IEXTEN",
     .local_off = TERMINAL_IEXTEN,
     .typed = "a\x17\r",
     .screen = "a^W\r\n",
     .read = "a\x17\n|"},
    {.name = "kill",
     .typed = "abc\x15"
              "d\r",
     .screen = "abc" WIPE WIPE WIPE "d\r\n",
     .read = "d\n|"},
    {.name = "kill with ECHOK alone",
     .local_off = TERMINAL_ECHOKE,
     .typed = "abc\x15"
              "d\r",
     .screen = "abc^U\r\nd\r\n",
     .read = "d\n|"},
    {.name = "kill without ECHOK",
     .local_off = TERMINAL_ECHOKE | TERMINAL_ECHOK,
     .typed = "abc\x15"
              "d\r",
     .screen = "abc^Ud\r\n",
     .read = "d\n|"},
    {.name = "end of file", .typed = "\x04", .screen = "", .read = "$|"},
    {.name = "end of file after a part of a line",
     .typed = "abc\x04\x04",
     .screen = "abc",
     .read = "abc|$|"},
    {.name = "a line behind an end of file",
     .typed = "\x04x\r",
     .screen = "x\r\n",
     .read = "$|x\n|"},
    {.name = "literal", .typed = "\x16\x04\r", .screen = "^\b^D\r\n", .read = "\x04\n|"},
    {.name = "literal newline stays in the line",
     .typed = "a\x16\x0a"
              "b\r",
     .screen = "a^\b\r\nb\r\n",
     .read = "a\nb\n|"},
    {.name = "literal interrupt is no signal",
     .typed = "\x16\x03\r",
     .screen = "^\b^C\r\n",
     .read = "\x03\n|"},
    {.name = "reprint",
     .typed = "ab\x12"
              "c\r",
     .screen = "ab^R\r\nabc\r\n",
     .read = "abc\n|"},
    {.name = "interrupt drops the line",
     .typed = "abc\x03x\r",
     .screen = "abc^Cx\r\n",
     .read = "x\n|",
     .signals = "2 "},
    {.name = "interrupt drops lines not read",
     .typed = "abc\r\x03",
     .screen = "abc\r\n^C",
     .read = "",
     .signals = "2 "},
    {.name = "interrupt with NOFLSH keeps all",
     .local_on = TERMINAL_NOFLSH,
     .typed = "a\x03"
              "b\r",
     .screen = "a^Cb\r\n",
     .read = "ab\n|",
     .signals = "2 "},
    {.name = "quit", .typed = "\x1c", .screen = "^\\", .read = "", .signals = "3 "},
    {.name = "suspend", .typed = "a\x1a\x1a", .screen = "a^Z^Z", .read = "", .signals = "18 18 "},
    {.name = "without ISIG they are characters",
     .local_off = TERMINAL_ISIG,
     .typed = "\x03\x1a\r",
     .screen = "^C^Z\r\n",
     .read = "\x03\x1a\n|"},
    {.name = "without ECHO nothing is shown",
     .local_off = TERMINAL_ECHO,
     .typed = "a\x7f"
              "bc\x15"
              "de\r",
     .screen = "",
     .read = "de\n|"},
    {.name = "ECHONL alone shows the line's end",
     .local_off = TERMINAL_ECHO,
     .local_on = TERMINAL_ECHONL,
     .typed = "abc\r",
     .screen = "\r\n",
     .read = "abc\n|"},
    {.name = "without ECHOCTL they are shown as they are",
     .local_off = TERMINAL_ECHOCTL,
     .typed = "a\x01\r",
     .screen = "a\x01\r\n",
     .read = "a\x01\n|"},
    {.name = "ICRNL off: CR is a character",
     .input_off = TERMINAL_ICRNL,
     .typed = "a\rb\n",
     .screen = "a^Mb\r\n",
     .read = "a\rb\n|"},
    {.name = "INLCR",
     .input_on = TERMINAL_INLCR,
     .typed = "a\nb\r",
     .screen = "a^Mb\r\n",
     .read = "a\rb\n|"},
    {.name = "IGNCR",
     .input_on = TERMINAL_IGNCR,
     .typed = "a\r\n",
     .screen = "a\r\n",
     .read = "a\n|"},
    {.name = "ISTRIP",
     .input_on = TERMINAL_ISTRIP,
     .typed = "\xe1\r",
     .screen = "a\r\n",
     .read = "a\n|"},
    {.name = "OPOST off",
     .output_off = TERMINAL_OPOST,
     .typed = "a\r",
     .screen = "a\n",
     .read = "a\n|"},
    {.name = "ONLCR off",
     .output_off = TERMINAL_ONLCR,
     .typed = "a\r",
     .screen = "a\n",
     .read = "a\n|"},
    {.name = "stop and start are no input",
     .typed = "a\x13"
              "b\x11"
              "c\r",
     .screen = "abc\r\n",
     .read = "abc\n|"},
    {.name = "IXON off: they are",
     .input_off = TERMINAL_IXON,
     .typed = "\x13\x11\r",
     .screen = "^S^Q\r\n",
     .read = "\x13\x11\n|"},
    {.name = "raw: each byte can be read",
     .local_off = RAW,
     .typed = "a\x7f\x04\x15",
     .screen = "",
     .read = "a\x7f\x04\x15|"},
    {.name = "raw with ECHO",
     .local_off = TERMINAL_ICANON,
     .typed = "a\x7f\r",
     .screen = "a^?\r\n",
     .read = "a\x7f\n|"},
    {.name = "raw with signals",
     .local_off = RAW,
     .typed = "a\x03"
              "b",
     .screen = "",
     .read = "b|",
     .signals = "2 "},
};

static void begin(const struct entry *entry)
{
    struct terminal_attributes attributes = line_defaults();

    memset(&screen, 0, sizeof(screen));
    line_init(&line, &ports, NULL);
    attributes.local = (attributes.local | entry->local_on) & ~entry->local_off;
    attributes.input = (attributes.input | entry->input_on) & ~entry->input_off;
    attributes.output &= ~entry->output_off;
    line_set_attributes(&line, &attributes);
}

static void type(const char *text)
{
    while (*text)
        line_input(&line, (uint8_t)*text++);
}

/* All reads that would get something, with room for so much each. */
static const char *read_all(uint32_t room)
{
    static char text[8192];
    size_t length = 0;

    while (line_has_line(&line) || (!(line.attributes.local & TERMINAL_ICANON) && line.count)) {
        uint32_t expected = line_available(&line);
        uint32_t bytes = line_peek(&line, (uint8_t *)text + length, room, &entries);
        if (bytes != (expected < room ? expected : room) || entries == 0)
            return "not what is available";
        line_take(&line, entries);
        length += bytes;
        if (bytes == 0)
            text[length++] = '$';
        text[length++] = '|';
    }
    text[length] = 0;
    return text;
}

static void check_entry(const struct entry *entry)
{
    begin(entry);
    type(entry->typed);
    const char *got = read_all(4000), *signals = entry->signals ? entry->signals : "";
    bool good = strcmp(screen.text, entry->screen) == 0 && strcmp(got, entry->read) == 0 &&
                strcmp(screen.signals, signals) == 0;
    if (!good)
        printf("# screen \"%s\", read \"%s\", signals \"%s\"\n", screen.text, got, screen.signals);
    report(entry->name, good);
}

static const struct entry plain = {.name = ""};
static const struct entry raw = {.name = "", .local_off = RAW};

static bool reads_in_parts(void)
{
    begin(&plain);
    type("abcdef\r");
    return strcmp(read_all(3), "abc|def|\n|") == 0;
}

/* A read that gets all up to an end of file takes that too: it isn't a second, empty read. */
static bool end_of_file_goes_with_its_bytes(void)
{
    begin(&plain);
    type("abc\x04x\r");
    return strcmp(read_all(3), "abc|x\n|") == 0;
}

static bool peeking_takes_nothing(void)
{
    begin(&plain);
    type("ab\r");
    return line_peek(&line, data, 16, &entries) == 3 && line_peek(&line, data, 16, &entries) == 3 &&
           memcmp(data, "ab\n", 3) == 0;
}

static bool flow_stops(void)
{
    begin(&plain);
    type("\x13");
    bool stopped = line.stopped;
    type("\x11");
    bool goes = !line.stopped;
    type("\x13\x03");
    return stopped && goes && !line.stopped && screen.dropped == 1;
}

static bool any_starts(void)
{
    struct entry any = {.name = "", .input_on = TERMINAL_IXANY};

    begin(&any);
    type("\x13x");
    return !line.stopped;
}

/* A line that is too long keeps its beginning, and can be ended. */
static bool long_line(void)
{
    char text[TERMINAL_LINE_MAX + 2];

    begin(&plain);
    for (int i = 0; i < 3000; i++)
        line_input(&line, 'x');
    bool bells = screen.text[screen.length - 1] == 7;
    line_input(&line, '\r');
    memset(text, 'x', sizeof(text));
    strcpy(text + TERMINAL_LINE_MAX - 1, "\n|");
    return bells && strcmp(read_all(4000), text) == 0;
}

/* With nobody reading nothing is overwritten, and what doesn't fit goes. */
static bool full(bool is_raw)
{
    uint32_t total = 0;

    begin(is_raw ? &raw : &plain);
    for (int i = 0; i < 100000; i++)
        line_input(&line, i % 10 == 9 ? '\r' : (uint8_t)('0' + i % 10));
    while (line.count > 0) {
        uint32_t bytes = line_peek(&line, data, sizeof(data), &entries);
        for (uint32_t i = 0; i < bytes; i++)
            if (total + i < TERMINAL_INPUT_MAX - 10 && (total + i) % 10 != 9 &&
                data[i] != (total + i) % 10 + '0')
                return false;
        total += bytes;
        line_take(&line, entries);
    }
    return total <= TERMINAL_INPUT_MAX && total > TERMINAL_INPUT_MAX - 20;
}

/* Bytes taken only while there is room are never lost, in either mode. */
static bool room_is_true(bool is_raw)
{
    uint32_t sent = 0, got = 0;

    begin(is_raw ? &raw : &plain);
    for (int round = 0; round < 20000; round++) {
        for (uint32_t room = line_room(&line), i = 0; i < room && i < 64; i++, sent++)
            line_input(&line, sent % 7 == 6 ? '\n' : (uint8_t)('0' + sent % 7));
        if (round % 3)
            continue;
        uint32_t bytes = line_peek(&line, data, 100, &entries);
        for (uint32_t i = 0; i < bytes; i++, got++)
            if (data[i] != (got % 7 == 6 ? '\n' : '0' + got % 7))
                return false;
        line_take(&line, entries);
    }
    return got > 40000 && sent - got <= TERMINAL_INPUT_MAX;
}

static bool changes_of_mode(void)
{
    struct terminal_attributes cooked = line_defaults(), uncooked = cooked;

    uncooked.local &= ~(RAW);
    begin(&plain);
    type("abc");
    line_set_attributes(&line, &uncooked);
    if (line_available(&line) != 3)
        return false;
    type("d");
    line_set_attributes(&line, &cooked);
    if (!line_has_line(&line) || strcmp(read_all(4000), "abcd|") != 0)
        return false;
    type("\x04");
    line_set_attributes(&line, &uncooked); /* the end of file is no byte in raw mode */
    return line_peek(&line, data, 8, &entries) == 0 && entries == 1;
}

static bool output_translates(void)
{
    begin(&plain);
    for (const char *c = "a\tb\r\n"; *c; c++)
        line_write(&line, (uint8_t)*c);
    return strcmp(screen.text, "a\tb\r\r\n") == 0;
}

static bool erase_counts_from_the_prompt(void)
{
    begin(&plain);
    for (const char *c = "$ "; *c; c++)
        line_write(&line, (uint8_t)*c);
    type("\t\x7f");
    return strcmp(screen.text, "$ \t" WIPE WIPE WIPE WIPE WIPE WIPE) == 0;
}

/* Anything typed under any attributes: nothing breaks (ASan and UBSan look), and counts agree. */
static bool nonsense(void)
{
    begin(&plain);
    for (int i = 0; i < 400000; i++) {
        line_input(&line, (uint8_t)(rand() % 3 ? rand() % 32 : rand()));
        if (rand() % 50 == 0) {
            line_peek(&line, data, (uint32_t)rand() % 512, &entries);
            line_take(&line, entries);
        }
        if (rand() % 100 == 0) {
            struct terminal_attributes some = line_defaults();
            some.local ^= (uint32_t)rand() & 0xffff;
            some.input ^= (uint32_t)rand() & 0xffff;
            some.characters[rand() % TERMINAL_CHARACTERS] = (uint8_t)rand();
            line_set_attributes(&line, &some);
        }
        uint32_t ends = 0;
        for (uint32_t k = 0; i % 64 == 0 && k < line.count; k++)
            ends += (line.ready[(line.first + k) % TERMINAL_INPUT_MAX] & READY_END) != 0;
        if (line.count > TERMINAL_INPUT_MAX || (i % 64 == 0 && ends != line.ends))
            return false;
    }
    return true;
}

int main(void)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        check_entry(&table[i]);
    report("a line in parts", reads_in_parts());
    report("an end of file goes with its bytes", end_of_file_goes_with_its_bytes());
    report("peeking takes nothing", peeking_takes_nothing());
    report("stop, start, interrupt", flow_stops());
    report("IXANY", any_starts());
    report("a line that is too long", long_line());
    report("nobody reads lines", full(false));
    report("nobody reads bytes", full(true));
    report("lines taken while there is room", room_is_true(false));
    report("bytes taken while there is room", room_is_true(true));
    report("changes of mode", changes_of_mode());
    report("output", output_translates());
    report("a tab behind a prompt", erase_counts_from_the_prompt());
    report("nonsense", nonsense());
    return failures != 0;
}
