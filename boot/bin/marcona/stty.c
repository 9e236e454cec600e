/* SPDX-License-Identifier: BSD-2-Clause */
/* stty: shows and changes what the terminal of standard input does with what goes through it. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "boot/bin/marcona/programs.h"

struct flag {
    const char *name;
    enum { INPUT, OUTPUT, LOCAL } where;
    tcflag_t bit;
    bool sane; /* whether `sane` sets it */
};

static const struct flag flags[] = {
    {"ignbrk", INPUT, IGNBRK, false}, {"brkint", INPUT, BRKINT, true},
    {"inlcr", INPUT, INLCR, false},   {"igncr", INPUT, IGNCR, false},
    {"icrnl", INPUT, ICRNL, true},    {"ixon", INPUT, IXON, true},
    {"ixany", INPUT, IXANY, false},   {"istrip", INPUT, ISTRIP, false},
    {"opost", OUTPUT, OPOST, true},   {"onlcr", OUTPUT, ONLCR, true},
    {"ocrnl", OUTPUT, OCRNL, false},  {"onocr", OUTPUT, ONOCR, false},
    {"isig", LOCAL, ISIG, true},      {"icanon", LOCAL, ICANON, true},
    {"iexten", LOCAL, IEXTEN, true},  {"echo", LOCAL, ECHO, true},
    {"echoe", LOCAL, ECHOE, true},    {"echok", LOCAL, ECHOK, true},
    {"echonl", LOCAL, ECHONL, false}, {"echoctl", LOCAL, ECHOCTL, true},
    {"echoke", LOCAL, ECHOKE, true},  {"noflsh", LOCAL, NOFLSH, false},
    {"tostop", LOCAL, TOSTOP, false},
};

static const struct {
    const char *name;
    int index;
    cc_t sane;
} characters[] = {
    {"intr", VINTR, 3},      {"quit", VQUIT, 28},   {"erase", VERASE, 127},  {"kill", VKILL, 21},
    {"eof", VEOF, 4},        {"start", VSTART, 17}, {"stop", VSTOP, 19},     {"susp", VSUSP, 26},
    {"werase", VWERASE, 23}, {"lnext", VLNEXT, 22}, {"rprnt", VREPRINT, 18}, {"eol", VEOL, 0},
    {"min", VMIN, 1},        {"time", VTIME, 0},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static tcflag_t *word_of(struct termios *modes, const struct flag *flag)
{
    return flag->where == INPUT    ? &modes->c_iflag
           : flag->where == OUTPUT ? &modes->c_oflag
                                   : &modes->c_lflag;
}

static void flag_set(struct termios *modes, const struct flag *flag, bool on)
{
    if (on)
        *word_of(modes, flag) |= flag->bit;
    else
        *word_of(modes, flag) &= ~flag->bit;
}

static bool flag_find(struct termios *modes, const char *name, bool on)
{
    for (size_t i = 0; i < COUNT(flags); i++)
        if (strcmp(flags[i].name, name) == 0) {
            flag_set(modes, &flags[i], on);
            return true;
        }
    return false;
}

static void sane_set(struct termios *modes)
{
    for (size_t i = 0; i < COUNT(flags); i++)
        flag_set(modes, &flags[i], flags[i].sane);
    for (size_t i = 0; i < COUNT(characters); i++)
        modes->c_cc[characters[i].index] = characters[i].sane;
}

static void raw_set(struct termios *modes)
{
    cfmakeraw(modes);
    modes->c_cc[VMIN] = 1;
    modes->c_cc[VTIME] = 0;
}

/* "^C", "undef", a character; -1: none of these. */
static int character_of(const char *text)
{
    if (strcmp(text, "undef") == 0 || strcmp(text, "^-") == 0)
        return 0;
    if (text[0] == '^' && text[1] && !text[2])
        return text[1] == '?' ? 127 : text[1] & 0x1f;
    return text[0] && !text[1] ? (unsigned char)text[0] : -1;
}

static void character_print(size_t i, cc_t value)
{
    if (characters[i].index == VMIN || characters[i].index == VTIME)
        printf("%s = %u; ", characters[i].name, value);
    else if (!value)
        printf("%s = undef; ", characters[i].name);
    else if (value < 32 || value == 127)
        printf("%s = ^%c; ", characters[i].name, value ^ 64);
    else
        printf("%s = %c; ", characters[i].name, value);
}

/* All of it, or what isn't sane. */
static void modes_print(struct termios *modes, bool all)
{
    struct winsize size = {0};

    ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
    printf("speed %u baud; rows %u; columns %u;\n", (unsigned)cfgetospeed(modes), size.ws_row,
           size.ws_col);
    for (size_t i = 0; i < COUNT(characters); i++)
        if (all || modes->c_cc[characters[i].index] != characters[i].sane)
            character_print(i, modes->c_cc[characters[i].index]);
    if (all)
        putchar('\n');
    for (size_t i = 0; i < COUNT(flags); i++) {
        bool on = *word_of(modes, &flags[i]) & flags[i].bit;
        if (all || on != flags[i].sane)
            printf("%s%s ", on ? "" : "-", flags[i].name);
    }
    putchar('\n');
}

static bool size_set(const char *what, const char *number)
{
    struct winsize size = {0};
    unsigned short value = (unsigned short)atoi(number);

    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size))
        return false;
    if (strcmp(what, "rows") == 0)
        size.ws_row = value;
    else
        size.ws_col = value;
    return ioctl(STDIN_FILENO, TIOCSWINSZ, &size) == 0;
}

/* A setting with an argument: how many words it took; 0: there is none such; -1: complained. */
static int pair_set(struct termios *modes, const char *name, const char *value)
{
    if (strcmp(name, "rows") == 0 || strcmp(name, "cols") == 0 || strcmp(name, "columns") == 0)
        return size_set(name, value) ? 2 : -complain("%s: %s", name, strerror(errno));
    for (size_t i = 0; i < COUNT(characters); i++) {
        if (strcmp(characters[i].name, name) != 0)
            continue;
        bool number = characters[i].index == VMIN || characters[i].index == VTIME;
        int character = number ? atoi(value) : character_of(value);
        if (character < 0 || character > 255)
            return -complain("%s: not a character", value);
        modes->c_cc[characters[i].index] = (cc_t)character;
        return 2;
    }
    return 0;
}

/* How many words were taken; 0 or less: complained. */
static int setting_apply(struct termios *modes, char **word)
{
    bool on = word[0][0] != '-';
    const char *name = word[0] + !on;

    if (strcmp(name, "sane") == 0 && on)
        sane_set(modes);
    else if (strcmp(name, "raw") == 0 || strcmp(name, "cooked") == 0)
        (strcmp(name, "raw") == 0) == on ? raw_set(modes) : sane_set(modes);
    else if (!flag_find(modes, name, on)) {
        int taken = on && word[1] ? pair_set(modes, name, word[1]) : 0;
        return taken ? taken : -complain("%s: no such setting", word[0]);
    }
    return 1;
}

int stty_main(int count, char **argument)
{
    struct termios modes;
    struct winsize size;

    if (tcgetattr(STDIN_FILENO, &modes))
        return complain("standard input: %s", strerror(errno));
    if (count == 2 && strcmp(argument[1], "size") == 0) {
        if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size))
            return complain("size: %s", strerror(errno));
        printf("%u %u\n", size.ws_row, size.ws_col);
        return 0;
    }
    if (count == 1 || (count == 2 && strcmp(argument[1], "-a") == 0)) {
        modes_print(&modes, count == 2);
        return 0;
    }
    for (int i = 1, taken; i < count; i += taken)
        if ((taken = setting_apply(&modes, argument + i)) <= 0)
            return 1;
    if (tcsetattr(STDIN_FILENO, TCSADRAIN, &modes))
        return complain("%s", strerror(errno));
    return 0;
}
