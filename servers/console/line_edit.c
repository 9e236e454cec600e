/* SPDX-License-Identifier: BSD-2-Clause */
/* Editing of the line that is being typed: VERASE, VWERASE, VKILL, VREPRINT, VLNEXT. */

#include "servers/console/line.h"

static void echo_erased(struct line *line, uint32_t columns)
{
    while (columns-- > 0) {
        line_output(line, '\b');
        line_output(line, ' ');
        line_output(line, '\b');
    }
}

/* Where the cursor is after `length` bytes of the line, as they were echoed. */
static uint32_t edit_column_of(const struct line *line, uint32_t length)
{
    uint32_t column = line->edit_column;

    for (uint32_t i = 0; i < length; i++) {
        uint8_t byte = line->edit[i];
        if (byte == '\t')
            column = (column | 7) + 1;
        else if (byte < ' ' || byte == 0x7f)
            column += line_local(line, TERMINAL_ECHOCTL) ? 2 : 0;
        else if ((byte & 0xc0) != 0x80 || !(line->attributes.input & TERMINAL_IUTF8))
            column++;
    }
    return column;
}

/* How long the line is without its last character, which may have several bytes. */
static uint32_t edit_previous(const struct line *line, uint32_t length)
{
    bool is_utf8 = line->attributes.input & TERMINAL_IUTF8;

    while (length > 0) {
        uint8_t last = line->edit[--length];
        if (!is_utf8 || (last & 0xc0) != 0x80)
            break;
    }
    return length;
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

/* Without its last word: blanks behind it go too. */
static uint32_t edit_previous_word(const struct line *line, uint32_t length)
{
    while (length > 0 && is_blank(line->edit[length - 1]))
        length--;
    while (length > 0 && !is_blank(line->edit[length - 1]))
        length--;
    return length;
}

/* Cut the line, and show it: by wiping out, or by the character that did it. */
static void edit_cut(struct line *line, uint32_t length, uint8_t byte)
{
    uint32_t before = edit_column_of(line, line->edit_length);
    uint32_t after = edit_column_of(line, length);

    line->edit_length = length;
    if (!line_local(line, TERMINAL_ECHO))
        return;
    if (line_local(line, TERMINAL_ECHOE))
        echo_erased(line, before - after);
    else
        line_echo(line, byte);
}

static void edit_kill(struct line *line, uint8_t byte)
{
    if (line_local(line, TERMINAL_ECHOKE) && line_local(line, TERMINAL_ECHOE)) {
        edit_cut(line, 0, byte);
        return;
    }
    line->edit_length = 0;
    if (!line_local(line, TERMINAL_ECHO))
        return;
    line_echo(line, byte);
    if (line_local(line, TERMINAL_ECHOK))
        line_write(line, '\n');
}

static void edit_reprint(struct line *line, uint8_t byte)
{
    line_echo(line, byte);
    line_write(line, '\n');
    line->edit_column = line->column;
    for (uint32_t i = 0; i < line->edit_length; i++)
        line_echo(line, line->edit[i]);
}

static void edit_literal(struct line *line)
{
    line->literal = true;
    if (line_local(line, TERMINAL_ECHO) && line_local(line, TERMINAL_ECHOCTL)) {
        line_output(line, '^');
        line_output(line, '\b');
    }
}

bool line_edits(struct line *line, uint8_t byte)
{
    bool extended = line_local(line, TERMINAL_IEXTEN);

    if (line_is(line, byte, TERMINAL_VERASE)) {
        if (line->edit_length > 0)
            edit_cut(line, edit_previous(line, line->edit_length), byte);
    } else if (extended && line_is(line, byte, TERMINAL_VWERASE)) {
        if (line->edit_length > 0)
            edit_cut(line, edit_previous_word(line, line->edit_length), byte);
    } else if (line_is(line, byte, TERMINAL_VKILL)) {
        edit_kill(line, byte);
    } else if (extended && line_is(line, byte, TERMINAL_VLNEXT)) {
        edit_literal(line);
    } else if (extended && line_is(line, byte, TERMINAL_VREPRINT) &&
               line_local(line, TERMINAL_ECHO)) {
        edit_reprint(line, byte);
    } else {
        return false;
    }
    return true;
}
