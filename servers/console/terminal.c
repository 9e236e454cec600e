/* SPDX-License-Identifier: BSD-2-Clause */
/* See terminal.h: who reads and writes now, and who does later. */

#include "servers/console/terminal.h"

#include "libsys/file_protocol.h"
#include "libsys/device.h"
#include "libsys/string.h"
#include "servers/console/console.h"

#define TENTH 100000000ull /* nanoseconds */

struct terminal terminals[TERMINALS_MAX];

/* ---- The line's ports ------------------------------------------------------------------------ */

static void on_output(void *context, uint8_t byte)
{
    struct terminal *terminal = context;

    screen_put(&terminal->screen, byte);
}

static void on_signal(void *context, unsigned signal)
{
    terminal_signal(context, signal);
}

static void on_drop(void *context)
{
    struct terminal *terminal = context;

    screen_drop(&terminal->screen, terminal->screen.count);
}

static const struct line_ports ports = {on_output, on_signal, on_drop};

void terminals_init(struct terminal_page *words)
{
    for (uint32_t i = 0; i < TERMINALS_MAX; i++) {
        terminals[i].number = i;
        terminals[i].word = &words->terminal[i];
        terminals[i].size = (struct terminal_size){.rows = 24, .columns = 80};
        line_init(&terminals[i].line, &ports, &terminals[i]);
    }
    console.shown = &terminals[0];
    console.shown->screen.is_shown = true;
}

struct terminal *terminal_of(uint32_t badge)
{
    if (handle_kind(badge) != HANDLE_TERMINAL || !device_ways(badge) ||
        handle_index(badge) >= TERMINALS_MAX)
        return NULL;
    return &terminals[handle_index(badge)];
}

bool terminal_is_background(const struct terminal *terminal, int32_t group)
{
    uint32_t foreground = terminal->word->foreground;

    return group != 0 && foreground != 0 && foreground != (uint32_t)group;
}

void terminal_signal(struct terminal *terminal, unsigned signal)
{
    __atomic_or_fetch(&terminal->word->signals, 1u << (signal - 1), __ATOMIC_SEQ_CST);
    if (console.process)
        (void)!signal_flags(console.process);
}

void terminal_type(struct terminal *terminal, uint8_t byte)
{
    line_input(&terminal->line, byte);
    terminal->last_input = timing_now();
}

void terminal_print(struct terminal *terminal, const char *text, uint32_t length)
{
    if (terminal->line.column > 0)
        line_write(&terminal->line, '\n');
    for (uint32_t i = 0; i < length; i++)
        line_write(&terminal->line, (uint8_t)text[i]);
    line_write(&terminal->line, '\n');
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* Raw mode: VMIN and VTIME, which say how long a read of so many bytes waits (POSIX 11.1.7). */
static uint32_t read_least(const struct line *line, uint32_t room)
{
    uint32_t least = line->attributes.characters[TERMINAL_VMIN];

    return least < room ? least : room;
}

static uint64_t read_time(const struct line *line)
{
    return line->attributes.characters[TERMINAL_VTIME] * TENTH;
}

static bool is_canonical(const struct line *line)
{
    return line_local(line, TERMINAL_ICANON);
}

/* Whether a read can end. `since`: when it began; 0: it begins now. */
static bool read_ends(const struct terminal *terminal, uint32_t room, uint64_t deadline)
{
    const struct line *line = &terminal->line;
    uint32_t least = read_least(line, room);

    if (is_canonical(line))
        return line_has_line(line);
    if (line->count > 0 && line->count >= least)
        return true;
    if (least == 0 && read_time(line) == 0)
        return true;
    return deadline != NEVER && timing_now() >= deadline && (least == 0 || line->count > 0);
}

/* When a read that waits has waited long enough: VTIME from its beginning, or between bytes. */
static uint64_t read_deadline(const struct terminal *terminal, uint64_t before)
{
    const struct line *line = &terminal->line;

    if (is_canonical(line) || read_time(line) == 0)
        return NEVER;
    if (line->attributes.characters[TERMINAL_VMIN] == 0)
        return before != NEVER ? before : timing_now() + read_time(line);
    return line->count > 0 ? terminal->last_input + read_time(line) : NEVER;
}

err_t terminal_read(struct rpc_request *rpc, struct terminal *terminal, uint32_t count,
                    uint32_t flags, int32_t group, void *data, uint32_t *size)
{
    struct waiter *waiter;
    uint32_t entries;

    if (terminal_is_background(terminal, group))
        return FILE_ERROR_BACKGROUND;
    if (count == 0)
        return 0;
    if (read_ends(terminal, count, NEVER) && !waiter_first(WAITER_READ, terminal->number)) {
        *size = line_peek(&terminal->line, data, count, &entries);
        line_take(&terminal->line, entries);
        return 0;
    }
    if (flags & FILE_NO_WAIT)
        return RPC_AGAIN;
    err_t error = waiter_add(rpc, WAITER_READ, terminal->number, &waiter);
    if (error)
        return error;
    waiter->room = count;
    waiter->group = group;
    waiter->deadline = read_deadline(terminal, NEVER);
    return 0;
}

/* Answer the first reader, if that can be. What a reader that is gone was to get stays. */
static bool read_serve(struct terminal *terminal)
{
    struct waiter *waiter = waiter_first(WAITER_READ, terminal->number);
    uint8_t data[WAITER_DATA];
    uint32_t entries;

    if (!waiter)
        return false;
    if (terminal_is_background(terminal, waiter->group)) {
        (void)!answer_read(waiter, FILE_ERROR_BACKGROUND, NULL, 0);
        waiter_end(waiter);
        return true;
    }
    waiter->deadline = read_deadline(terminal, waiter->deadline);
    if (!read_ends(terminal, waiter->room, waiter->deadline))
        return false;
    uint32_t size = line_peek(&terminal->line, data, waiter->room, &entries);
    if (answer_read(waiter, 0, data, size) == 0)
        line_take(&terminal->line, entries);
    waiter_end(waiter);
    return true;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static uint32_t output_put(struct terminal *terminal, const uint8_t *data, uint32_t size)
{
    uint32_t count = 0;

    while (count < size && screen_room(&terminal->screen) >= LINE_EXPANSION)
        line_write(&terminal->line, data[count++]);
    return count;
}

err_t terminal_write(struct rpc_request *rpc, struct terminal *terminal, uint32_t flags,
                     int32_t group, const uint8_t *data, uint32_t size, uint32_t *written)
{
    struct waiter *waiter;

    if (line_local(&terminal->line, TERMINAL_TOSTOP) && terminal_is_background(terminal, group))
        return FILE_ERROR_BACKGROUND;
    if (!waiter_first(WAITER_WRITE, terminal->number))
        *written = output_put(terminal, data, size);
    if (*written > 0 || size == 0)
        return 0;
    if (flags & FILE_NO_WAIT)
        return RPC_AGAIN;
    err_t error = waiter_add(rpc, WAITER_WRITE, terminal->number, &waiter);
    if (error)
        return error;
    waiter->size = size < WAITER_DATA ? size : WAITER_DATA;
    waiter->group = group;
    memcpy(waiter->data, data, waiter->size);
    return 0;
}

/* Whether its caller is still there is known by the answer: first that, then the output. */
static bool write_serve(struct terminal *terminal)
{
    struct waiter *waiter = waiter_first(WAITER_WRITE, terminal->number);
    uint32_t room = screen_room(&terminal->screen) / LINE_EXPANSION;

    if (!waiter || room == 0)
        return false;
    uint32_t size = waiter->size < room ? waiter->size : room;
    if (answer_write(waiter, 0, size) == 0)
        output_put(terminal, waiter->data, size);
    waiter_end(waiter);
    return true;
}

/* ---- All of it ------------------------------------------------------------------------------- */

void terminal_serve(struct terminal *terminal)
{
    while (read_serve(terminal) || write_serve(terminal))
        ;
    if (terminal->screen.count == 0 || !terminal->screen.is_shown)
        if (!terminal->screen.is_shown || devices_idle())
            terminal_drained(terminal);
    polls_serve(terminal);
}

/* Mostly nobody waits, and a write shouldn't have to look for it everywhere. */
void terminals_serve(void)
{
    if (!waiters_any() && !polls_any())
        return;
    for (uint32_t i = 0; i < TERMINALS_MAX; i++)
        terminal_serve(&terminals[i]);
}
