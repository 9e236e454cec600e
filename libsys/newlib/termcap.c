/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What termcap tells of a terminal, without a file: all are taken for ANSI terminals (ECMA-48), as
 * a serial line's other end is, whatever TERM says, but for "dumb". Known is what line editors and
 * pagers ask for.
 */

#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termcap.h>
#include <unistd.h>

struct capability {
    const char name[4];
    const char *text;
};

static const struct capability texts[] = {
    {"al", "\033[L"},   {"AL", "\033[%dL"},   {"bl", "\a"},           {"cd", "\033[J"},
    {"ce", "\033[K"},   {"ch", "\033[%i%dG"}, {"cl", "\033[H\033[J"}, {"cm", "\033[%i%d;%dH"},
    {"cr", "\r"},       {"dc", "\033[P"},     {"DC", "\033[%dP"},     {"dl", "\033[M"},
    {"DL", "\033[%dM"}, {"do", "\n"},         {"DO", "\033[%dB"},     {"ho", "\033[H"},
    {"ic", "\033[@"},   {"IC", "\033[%d@"},   {"kD", "\033[3~"},      {"kd", "\033[B"},
    {"kh", "\033[H"},   {"@7", "\033[F"},     {"kI", "\033[2~"},      {"kl", "\033[D"},
    {"kN", "\033[6~"},  {"kP", "\033[5~"},    {"kr", "\033[C"},       {"ku", "\033[A"},
    {"le", "\b"},       {"LE", "\033[%dD"},   {"md", "\033[1m"},      {"me", "\033[m"},
    {"mr", "\033[7m"},  {"nd", "\033[C"},     {"RI", "\033[%dC"},     {"se", "\033[27m"},
    {"so", "\033[7m"},  {"ta", "\t"},         {"ue", "\033[24m"},     {"up", "\033[A"},
    {"UP", "\033[%dA"}, {"us", "\033[4m"},    {"ve", "\033[?25h"},    {"vi", "\033[?25l"},
};

static const char flags[][4] = {"am", "km", "pt", "xn"};

static bool dumb;

int tgetent(char *buffer, const char *name)
{
    (void)buffer;
    dumb = name && strcmp(name, "dumb") == 0;
    return 1;
}

static bool same(const char *id, const char *name)
{
    return id[0] == name[0] && id[1] == name[1];
}

int tgetflag(const char *id)
{
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (same(id, flags[i]))
            return !dumb || i == 0;
    }
    return 0;
}

/* Columns and lines are what the terminal says, or those of all terminals of old. */
int tgetnum(const char *id)
{
    struct winsize size = {0};

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
        size = (struct winsize){0};
    if (same(id, "co"))
        return size.ws_col ? size.ws_col : 80;
    if (same(id, "li"))
        return size.ws_row ? size.ws_row : 24;
    return -1;
}

char *tgetstr(const char *id, char **area)
{
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (!same(id, texts[i].name) || (dumb && texts[i].text[0] == '\033'))
            continue;
        if (!area || !*area)
            return (char *)texts[i].text;
        char *copy = strcpy(*area, texts[i].text);
        *area += strlen(copy) + 1;
        return copy;
    }
    return NULL;
}

static char *number_put(char *at, unsigned number)
{
    if (number >= 10)
        at = number_put(at, number / 10);
    *at++ = (char)('0' + number % 10);
    return at;
}

/* %d: the row, then the column; %i: both count from 1. */
char *tgoto(const char *text, int column, int row)
{
    static char result[64];
    int value[2] = {row, column}, next = 0;
    char *at = result;

    for (; *text && at < result + sizeof(result) - 12; text++) {
        if (*text != '%') {
            *at++ = *text;
        } else if (*++text == 'd') {
            int number = value[next++ & 1];
            at = number_put(at, number < 0 ? 0 : (unsigned)number);
        } else if (*text == 'i') {
            value[0]++;
            value[1]++;
        }
    }
    *at = 0;
    return result;
}

/* There are no delays for paddings in these texts. */
int tputs(const char *text, int lines, int (*put)(int))
{
    (void)lines;
    while (*text)
        (void)put((unsigned char)*text++);
    return 0;
}
