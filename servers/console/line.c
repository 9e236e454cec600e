/* SPDX-License-Identifier: BSD-2-Clause */
/* See line.h. Editing is in line_edit.c. */

#include "servers/console/line.h"

#include "libsys/string.h"

#define CONTROL(letter) ((letter)&0x1f)
#define BELL 7

struct terminal_attributes line_defaults(void)
{
    return (struct terminal_attributes){
        .input = TERMINAL_ICRNL | TERMINAL_IXON | TERMINAL_IMAXBEL | TERMINAL_IUTF8,
        .output = TERMINAL_OPOST | TERMINAL_ONLCR,
        .control = TERMINAL_CS8 | TERMINAL_CREAD | TERMINAL_CLOCAL,
        .local = TERMINAL_ISIG | TERMINAL_ICANON | TERMINAL_ECHO | TERMINAL_ECHOE | TERMINAL_ECHOK |
                 TERMINAL_ECHOCTL | TERMINAL_ECHOKE | TERMINAL_IEXTEN,
        .characters = {[TERMINAL_VINTR] = CONTROL('C'),
                       [TERMINAL_VQUIT] = CONTROL('\\'),
                       [TERMINAL_VERASE] = 0x7f,
                       [TERMINAL_VKILL] = CONTROL('U'),
                       [TERMINAL_VEOF] = CONTROL('D'),
                       [TERMINAL_VMIN] = 1,
                       [TERMINAL_VSTART] = CONTROL('Q'),
                       [TERMINAL_VSTOP] = CONTROL('S'),
                       [TERMINAL_VSUSP] = CONTROL('Z'),
                       [TERMINAL_VREPRINT] = CONTROL('R'),
                       [TERMINAL_VWERASE] = CONTROL('W'),
                       [TERMINAL_VLNEXT] = CONTROL('V')},
        .input_speed = 115200,
        .output_speed = 115200,
    };
}

void line_init(struct line *line, const struct line_ports *ports, void *context)
{
    memset(line, 0, sizeof(*line));
    line->attributes = line_defaults();
    line->ports = ports;
    line->context = context;
}

/* ---- Output --------------------------------------------------------------------------------- */

static void line_move_cursor(struct line *line, uint8_t byte)
{
    if (byte == '\n' || byte == '\r')
        line->column = 0;
    else if (byte == '\b')
        line->column -= line->column > 0;
    else if (byte == '\t')
        line->column = (line->column | 7) + 1;
    else if (byte >= ' ' && byte != 0x7f && (byte & 0xc0) != 0x80)
        line->column++;
}

void line_output(struct line *line, uint8_t byte)
{
    line_move_cursor(line, byte);
    line->ports->output(line->context, byte);
}

void line_write(struct line *line, uint8_t byte)
{
    uint32_t flags = line->attributes.output;

    if (!(flags & TERMINAL_OPOST)) {
        line_output(line, byte);
        return;
    }
    if (byte == '\r' && (flags & TERMINAL_ONOCR) && line->column == 0)
        return;
    if (byte == '\r' && (flags & TERMINAL_OCRNL))
        byte = '\n';
    if (byte == '\n' && (flags & TERMINAL_ONLCR))
        line_output(line, '\r');
    line_output(line, byte);
}

void line_echo(struct line *line, uint8_t byte)
{
    if (byte == '\n') {
        line_write(line, byte);
    } else if (line_local(line, TERMINAL_ECHOCTL) && (byte < ' ' || byte == 0x7f) && byte != '\t') {
        line_output(line, '^');
        line_output(line, byte ^ 0x40);
    } else {
        line_output(line, byte);
    }
}

/* ---- What can be read ------------------------------------------------------------------------ */

static uint16_t *ready_at(const struct line *line, uint32_t index)
{
    return (uint16_t *)&line->ready[(line->first + index) % TERMINAL_INPUT_MAX];
}

static uint32_t ready_room(const struct line *line)
{
    return TERMINAL_INPUT_MAX - line->count;
}

uint32_t line_room(const struct line *line)
{
    uint32_t taken = line->edit_length + 1; /* with the end of that line */

    if (line_local(line, TERMINAL_ICANON) && line->ends == 0)
        return TERMINAL_INPUT_MAX;
    return ready_room(line) > taken ? ready_room(line) - taken : 0;
}

static void ready_add(struct line *line, uint16_t entry)
{
    *ready_at(line, line->count++) = entry;
    line->ends += (entry & READY_END) != 0;
}

static void bell(struct line *line)
{
    if (line->attributes.input & TERMINAL_IMAXBEL)
        line_output(line, BELL);
}

/* The line is complete: its bytes, and `last`, can be read. */
static void line_end(struct line *line, uint16_t last)
{
    if (ready_room(line) < line->edit_length + 1) {
        bell(line);
        return;
    }
    for (uint32_t i = 0; i < line->edit_length; i++)
        ready_add(line, line->edit[i]);
    ready_add(line, last | READY_END);
    line->edit_length = 0;
}

uint32_t line_available(const struct line *line)
{
    uint32_t bytes = 0;

    if (!line_local(line, TERMINAL_ICANON))
        return line->count;
    for (uint32_t i = 0; i < line->count; i++) {
        uint16_t entry = *ready_at(line, i);
        bytes += !(entry & READY_VOID);
        if (entry & READY_END)
            break;
    }
    return bytes;
}

bool line_has_line(const struct line *line)
{
    return line->ends > 0;
}

uint32_t line_peek(const struct line *line, uint8_t *data, uint32_t room, uint32_t *entries)
{
    bool canonical = line_local(line, TERMINAL_ICANON);
    uint32_t bytes = 0, i = 0;

    while (i < line->count) {
        uint16_t entry = *ready_at(line, i);
        if (bytes == room && !(entry & READY_VOID))
            break;
        i++;
        if (!(entry & READY_VOID))
            data[bytes++] = (uint8_t)entry;
        if (canonical && (entry & READY_END))
            break;
    }
    *entries = i;
    return bytes;
}

void line_take(struct line *line, uint32_t entries)
{
    for (uint32_t i = 0; i < entries; i++)
        line->ends -= (*ready_at(line, i) & READY_END) != 0;
    line->first = (line->first + entries) % TERMINAL_INPUT_MAX;
    line->count -= entries;
}

void line_flush_input(struct line *line)
{
    line_take(line, line->count);
    line->edit_length = 0;
    line->literal = false;
}

/* In raw mode there are no ends; back in canonical mode, what is there is a line. */
void line_set_attributes(struct line *line, const struct terminal_attributes *attributes)
{
    bool was = line_local(line, TERMINAL_ICANON);

    line->attributes = *attributes;
    bool is = line_local(line, TERMINAL_ICANON);
    line->literal = false;
    if (was && !is) {
        for (uint32_t i = 0; i < line->edit_length && ready_room(line) > 0; i++)
            ready_add(line, line->edit[i]);
        line->edit_length = 0;
    } else if (!was && is && line->count > 0 && !(*ready_at(line, line->count - 1) & READY_END)) {
        *ready_at(line, line->count - 1) |= READY_END;
        line->ends++;
    }
    if (!(line->attributes.input & TERMINAL_IXON))
        line->stopped = false;
}

/* ---- Typed bytes ----------------------------------------------------------------------------- */

static bool input_flow(struct line *line, uint8_t byte)
{
    if (!(line->attributes.input & TERMINAL_IXON))
        return false;
    if (line_is(line, byte, TERMINAL_VSTOP) && !line_is(line, byte, TERMINAL_VSTART)) {
        line->stopped = true;
        return true;
    }
    if (line_is(line, byte, TERMINAL_VSTART)) {
        line->stopped = !line->stopped && line_is(line, byte, TERMINAL_VSTOP);
        return true;
    }
    if (line->stopped && (line->attributes.input & TERMINAL_IXANY))
        line->stopped = false;
    return false;
}

static unsigned signal_of(const struct line *line, uint8_t byte)
{
    if (line_is(line, byte, TERMINAL_VINTR))
        return TERMINAL_SIGINT;
    if (line_is(line, byte, TERMINAL_VQUIT))
        return TERMINAL_SIGQUIT;
    if (line_is(line, byte, TERMINAL_VSUSP))
        return TERMINAL_SIGTSTP;
    return 0;
}

static bool input_signal(struct line *line, uint8_t byte)
{
    unsigned signal = line_local(line, TERMINAL_ISIG) ? signal_of(line, byte) : 0;

    if (signal == 0)
        return false;
    line->stopped = false;
    if (!line_local(line, TERMINAL_NOFLSH)) {
        line_flush_input(line);
        line->ports->drop_output(line->context);
    }
    if (line_local(line, TERMINAL_ECHO))
        line_echo(line, byte);
    line->ports->signal(line->context, signal);
    return true;
}

/* Characters that end a line: true if the byte was one. */
static bool input_end(struct line *line, uint8_t byte)
{
    bool echo = line_local(line, TERMINAL_ECHO);

    if (byte == '\n') {
        if (echo || line_local(line, TERMINAL_ECHONL))
            line_write(line, byte);
        line_end(line, byte);
        return true;
    }
    if (line_is(line, byte, TERMINAL_VEOF)) {
        line_end(line, READY_VOID);
        return true;
    }
    if (line_is(line, byte, TERMINAL_VEOL) || line_is(line, byte, TERMINAL_VEOL2)) {
        if (echo)
            line_echo(line, byte);
        line_end(line, byte);
        return true;
    }
    return false;
}

/* A byte that is itself: into the line that is edited, or at once to who reads. */
static void input_store(struct line *line, uint8_t byte)
{
    bool canonical = line_local(line, TERMINAL_ICANON);

    /* The line's end needs a place in the line, and in `ready`. */
    if (canonical ? line->edit_length + 1 >= TERMINAL_LINE_MAX ||
                        ready_room(line) <= line->edit_length + 1
                  : ready_room(line) == 0) {
        bell(line);
        return;
    }
    if (canonical && line->edit_length == 0)
        line->edit_column = line->column;
    if (line_local(line, TERMINAL_ECHO))
        line_echo(line, byte);
    if (canonical)
        line->edit[line->edit_length++] = byte;
    else
        ready_add(line, byte);
}

/* CR and NL as the input flags say. False: the byte is dropped. */
static bool input_translate(const struct line *line, uint8_t *byte)
{
    uint32_t flags = line->attributes.input;

    if (*byte == '\r') {
        if (flags & TERMINAL_IGNCR)
            return false;
        if (flags & TERMINAL_ICRNL)
            *byte = '\n';
    } else if (*byte == '\n' && (flags & TERMINAL_INLCR)) {
        *byte = '\r';
    }
    return true;
}

void line_input(struct line *line, uint8_t byte)
{
    if (line->attributes.input & TERMINAL_ISTRIP)
        byte &= 0x7f;
    if (line->literal) {
        line->literal = false;
        input_store(line, byte);
        return;
    }
    if (input_flow(line, byte) || input_signal(line, byte) || !input_translate(line, &byte))
        return;
    if (line_local(line, TERMINAL_ICANON) && (line_edits(line, byte) || input_end(line, byte)))
        return;
    input_store(line, byte);
}
