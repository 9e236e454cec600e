/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line discipline: what becomes of each byte that is typed or written. Pure: bytes come in by
 * line_input and line_write; echo, output and signals go out by `struct line_ports`; what
 * programs read lies in `ready`. POSIX chapter 11; where it leaves a choice, Linux's.
 *
 * Canonical: bytes are edited in `edit` until the line ends, then move to `ready`, its last one
 * marked. A read gets at most one line. The end of file is an entry with no byte of its own.
 * Raw: bytes go to `ready` at once.
 */
#ifndef SERVERS_CONSOLE_LINE_H
#define SERVERS_CONSOLE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libsys/terminal.h"

/* Where the discipline's results go. */
struct line_ports {
    void (*output)(void *context, uint8_t byte);
    void (*signal)(void *context, unsigned signal);
    void (*drop_output)(void *context); /* output not sent yet, after an interrupt character */
};

#define READY_END 0x100u  /* a line ends with this entry */
#define READY_VOID 0x200u /* there is no byte in it: VEOF */

struct line {
    struct terminal_attributes attributes;
    const struct line_ports *ports;
    void *context;

    uint16_t ready[TERMINAL_INPUT_MAX]; /* ring of entries: byte | READY_* */
    uint32_t first, count;              /* in `ready` */
    uint32_t ends;                      /* entries with READY_END in it */

    uint8_t edit[TERMINAL_LINE_MAX];
    uint32_t edit_length;
    uint32_t edit_column; /* of the screen, where this line begins */
    uint32_t column;      /* where the cursor is, as far as can be known */

    bool literal; /* the next byte has no meaning (VLNEXT) */
    bool stopped; /* output stands still (VSTOP) */
};

void line_init(struct line *line, const struct line_ports *ports, void *context);

/* What terminals have at first: canonical, echo, signals, ^C ^\ ^? ^U ^D and so on. */
struct terminal_attributes line_defaults(void);

/* A byte was typed. */
void line_input(struct line *line, uint8_t byte);

/* A byte of output, changed as `output` flags say; at most LINE_EXPANSION bytes come out. */
#define LINE_EXPANSION 2
void line_write(struct line *line, uint8_t byte);

/*
 * Typed bytes that can be taken without losing one. What doesn't fit shall wait where it is until
 * somebody has read; but with no line to be read nobody will: then they are taken, and may be lost.
 */
uint32_t line_room(const struct line *line);

/* Bytes that a read could get now. */
uint32_t line_available(const struct line *line);

/* Canonical: whether there is a line, or its end, to be read. */
bool line_has_line(const struct line *line);

/*
 * Copy what a read gets; nothing is taken yet, since its answer may fail. `*entries` is for
 * line_take. Zero bytes and a number of entries: the end of file.
 */
uint32_t line_peek(const struct line *line, uint8_t *data, uint32_t room, uint32_t *entries);
void line_take(struct line *line, uint32_t entries);

/* Change the attributes: what was typed so far is kept, as far as the mode allows. */
void line_set_attributes(struct line *line, const struct terminal_attributes *attributes);

/* Input not read yet goes. */
void line_flush_input(struct line *line);

/* ---- between line.c and line_edit.c ---------------------------------------------------------- */

static inline bool line_local(const struct line *line, uint32_t flag)
{
    return (line->attributes.local & flag) != 0;
}

/* Whether the byte has that function. */
static inline bool line_is(const struct line *line, uint8_t byte, enum terminal_character which)
{
    return byte != TERMINAL_NO_CHARACTER && line->attributes.characters[which] == byte;
}

/* Show a typed byte: as it is, or as ^X. */
void line_echo(struct line *line, uint8_t byte);
void line_output(struct line *line, uint8_t byte);

/* The characters that edit: true if the byte was one. */
bool line_edits(struct line *line, uint8_t byte);

#endif
