/* SPDX-License-Identifier: BSD-2-Clause */
/* A program at a terminal, told what to do by lines: tests/qemu/terminal.session types them. */

#include "libsys/file_client.h"
#include "libsys/format.h"
#include "libsys/invoke.h"
#include "libsys/log.h"
#include "libsys/program.h"
#include "libsys/rpc_witness.h"
#include "libsys/string.h"
#include "libsys/terminal.h"
#include "libsys/time.h"
#include "libsys/vfs_protocol.h"
#include "tests/guest/throng.h"

static struct rpc_context context;
static struct rpc_client terminal;

static err_t put(const char *data, uint32_t size)
{
    while (size > 0) {
        uint32_t written, piece = size < 300 ? size : 300;
        err_t error = file_write(&terminal, FILE_POSITION, 0, 0, data, piece, &written);
        if (error)
            return error;
        data += written;
        size -= written;
    }
    return 0;
}

static void say(const char *text)
{
    if (put(text, (uint32_t)strlen(text)))
        program_exit(2);
}

static uint32_t get_line(char *line, uint32_t room)
{
    uint32_t size = 0;
    err_t error = file_read(&terminal, FILE_POSITION, room - 1, 0, 0, line, room - 1, &size);

    if (error) {
        log_failure("read", error);
        program_exit(3);
    }
    line[size] = 0;
    return size;
}

/* ---- What can't be typed --------------------------------------------------------------------- */

static uint32_t mistakes;

static void check(const char *what, bool good)
{
    if (!good) {
        mistakes++;
        say(what);
        say(": wrong\n");
    }
}

static err_t control(uint32_t request, int32_t group, const void *argument, uint32_t size,
                     void *result, uint32_t expected)
{
    uint32_t got = 0;
    err_t error = file_control(&terminal, request, group, argument, size, result, 256, &got);

    if (!error && got != expected)
        return RPC_INTERNAL;
    return error;
}

static err_t read_some(uint32_t flags, int32_t group, uint32_t *size)
{
    char data[16];

    *size = 99;
    return file_read(&terminal, FILE_POSITION, sizeof(data), flags, group, data, sizeof(data),
                     size);
}

/* VMIN and VTIME while nothing is typed. */
static void check_raw(void)
{
    char kept[256] = {0};
    struct terminal_attributes raw;
    uint32_t size;
    uint64_t begin = time_ticks();

    check("attributes", !control(TERMINAL_GET_ATTRIBUTES, 0, NULL, 0, kept, sizeof(raw)));
    memcpy(&raw, kept, sizeof(raw));
    check("canonical at first", raw.local & TERMINAL_ICANON);
    raw.local &= ~(TERMINAL_ICANON | TERMINAL_ECHO);
    raw.characters[TERMINAL_VMIN] = 0;
    raw.characters[TERMINAL_VTIME] = 3;
    check("set", !control(TERMINAL_SET_DRAIN, 0, &raw, sizeof(raw), kept, 0));
    check("VTIME", read_some(0, 0, &size) == 0 && size == 0);
    check("VTIME waits",
          time_to_nanoseconds(&program_info()->time, time_ticks() - begin) > 200000000);
    raw.characters[TERMINAL_VTIME] = 0;
    check("set", !control(TERMINAL_SET_NOW, 0, &raw, sizeof(raw), kept, 0));
    check("VMIN 0", read_some(0, 0, &size) == 0 && size == 0);
    raw.local |= TERMINAL_ICANON | TERMINAL_ECHO;
    raw.characters[TERMINAL_VMIN] = 1;
    check("set", !control(TERMINAL_SET_FLUSH, 0, &raw, sizeof(raw), kept, 0));
    check("too short", control(TERMINAL_SET_NOW, 0, &raw, 4, kept, 0) == RPC_OUT_OF_RANGE);
}

static void set_local(uint32_t on, uint32_t off)
{
    char kept[256] = {0};
    struct terminal_attributes attributes;

    (void)control(TERMINAL_GET_ATTRIBUTES, 0, NULL, 0, kept, sizeof(attributes));
    memcpy(&attributes, kept, sizeof(attributes));
    attributes.local = (attributes.local | on) & ~off;
    check("set local", !control(TERMINAL_SET_NOW, 0, &attributes, sizeof(attributes), kept, 0));
}

static void check_groups(void)
{
    char result[256] = {0};
    int32_t group = 7, none = 0;
    uint32_t size, bytes;

    check("no group", !control(TERMINAL_GET_GROUP, 0, NULL, 0, result, 4) && result[0] == 0);
    check("set group", !control(TERMINAL_SET_GROUP, 0, &group, 4, result, 0));
    check("group", !control(TERMINAL_GET_GROUP, 0, NULL, 0, result, 4) && result[0] == 7);
    check("no such group", control(TERMINAL_SET_GROUP, 0, &none, 4, result, 0) == RPC_OUT_OF_RANGE);
    check("background read", read_some(FILE_NO_WAIT, 8, &size) == FILE_ERROR_BACKGROUND);
    check("foreground read", read_some(FILE_NO_WAIT, 7, &size) == RPC_AGAIN);
    check("background control",
          control(TERMINAL_SET_GROUP, 8, &group, 4, result, 0) == FILE_ERROR_BACKGROUND);
    check("background write", file_write(&terminal, FILE_POSITION, 0, 8, "", 0, &bytes) == 0);
    set_local(TERMINAL_TOSTOP, 0);
    check("TOSTOP",
          file_write(&terminal, FILE_POSITION, 0, 8, "x", 1, &bytes) == FILE_ERROR_BACKGROUND);
    check("group 0 is never behind",
          file_write(&terminal, FILE_POSITION, 0, 0, "", 0, &bytes) == 0);
    set_local(0, TERMINAL_TOSTOP);
}

static void check_others(void)
{
    char result[256] = {0};
    struct terminal_size screen = {.rows = 50, .columns = 132};
    uint32_t which = TERMINAL_INPUT, ready, written;
    struct file_status status;
    uint64_t position;

    check("size", !control(TERMINAL_SET_SIZE, 0, &screen, sizeof(screen), result, 0) &&
                      !control(TERMINAL_GET_SIZE, 0, NULL, 0, result, sizeof(screen)) &&
                      memcmp(result, &screen, sizeof(screen)) == 0);
    check("flush", !control(TERMINAL_FLUSH, 0, &which, 4, result, 0));
    which = 8;
    check("flush what", control(TERMINAL_FLUSH, 0, &which, 4, result, 0) == RPC_OUT_OF_RANGE);
    check("flow what", control(TERMINAL_FLOW, 0, &which, 4, result, 0) == RPC_OUT_OF_RANGE);
    check("drain", !control(TERMINAL_DRAIN, 0, NULL, 0, result, 0));
    check("nothing waits",
          !control(TERMINAL_OUTPUT_BYTES, 0, NULL, 0, result, 4) && result[0] == 0);
    check("unknown", control(99, 0, NULL, 0, result, 0) == RPC_UNSUPPORTED);
    check("break", !control(TERMINAL_BREAK, 0, NULL, 0, result, 0));
    check("poll", file_poll(&terminal, FILE_READABLE | FILE_WRITABLE, 0, &ready) == 0 &&
                      ready == FILE_WRITABLE);
    check("status", file_status(&terminal, &status) == 0 && (status.mode & 0170000) == 0020000);
    check("seek", file_seek(terminal.cap, 0, 0, &position) == FILE_ERROR_NOT_SEEKABLE);
    check("truncate", file_truncate(terminal.cap, 0) == FILE_ERROR_NOT_SEEKABLE);
    check("a write somewhere",
          file_write(&terminal, 5, 0, 0, "x", 1, &written) == FILE_ERROR_NOT_SEEKABLE);
}

/* ---- As many as may wait --------------------------------------------------------------------- */

#define MOST 36u /* at one terminal, while nobody waits at others */

static uint32_t slots_taken;

static cap_t slot_take(void)
{
    return CAP_OF(program_info()->first_free_slot + slots_taken++);
}

static struct throng throng = {.priority = 105, .slot = slot_take};

static err_t read_byte(const struct rpc_client *server)
{
    uint32_t size;
    char byte;

    return file_read(server, FILE_POSITION, 1, 0, 0, &byte, 1, &size);
}

/* So many wait there, and one more doesn't. */
static bool fill(cap_t at)
{
    const struct throng_thread *thread = NULL;
    bool good = true;

    for (uint32_t i = 0; i < MOST; i++) {
        thread = throng_add(&throng, at, read_byte);
        good = thread && !thread->done && good;
    }
    thread = throng_add(&throng, at, read_byte);
    return good && thread && thread->done && thread->error == RPC_QUOTA;
}

static void check_shares(void)
{
    const struct throng_thread *bystander;
    uint32_t flow = TERMINAL_OUTPUT_OFF, written;
    char result[256];

    throng.pool = program_cap("pool");
    throng.cnode = program_cap("cnode");
    check("as many as may wait at a terminal", fill(program_cap("tty1")));
    bystander = throng_add(&throng, terminal.cap, read_byte);
    check("at another there is room", bystander && !bystander->done);
    throng_stop(&throng);
    check("when they have gone there is again", fill(terminal.cap));
    check("output stops", !control(TERMINAL_FLOW, 0, &flow, 4, result, 0));
    check("something to be sent", !file_write(&terminal, FILE_POSITION, 0, 0, "\n", 1, &written));
    check("nobody can wait for that", control(TERMINAL_DRAIN, 0, NULL, 0, result, 0) == RPC_QUOTA);
    flow = TERMINAL_OUTPUT_ON;
    check("output goes on", !control(TERMINAL_FLOW, 0, &flow, 4, result, 0));
    throng_stop(&throng);
}

/* For tools/check-answers. */
static void say_answers(void)
{
    struct rpc_witnessed next;
    char line[100];

    while (rpc_witness_next(&next)) {
        (void)format_buffer(line, sizeof(line), "answered %s.%s %s\n", next.interface,
                            next.operation, next.error);
        say(line);
    }
}

/* Handles for one way only. */
static void check_ways(void)
{
    struct rpc_client reader = {program_cap("tty-reader"), &context},
                      writer = {program_cap("tty-writer"), &context};
    uint32_t flags = 0, size;
    char byte;

    check("a reader reads",
          file_read(&reader, FILE_POSITION, 1, FILE_NO_WAIT, 0, &byte, 1, &size) == RPC_AGAIN);
    check("and doesn't write",
          file_write(&reader, FILE_POSITION, 0, 0, "x", 1, &size) == FILE_ERROR_READ_ONLY);
    check("a writer writes", !file_write(&writer, FILE_POSITION, 0, 0, "", 0, &size));
    check("and doesn't read", file_read(&writer, FILE_POSITION, 1, FILE_NO_WAIT, 0, &byte, 1,
                                        &size) == FILE_ERROR_WRITE_ONLY);
    check("which it says", !file_flags(writer.cap, &flags) && flags == OPEN_WRITE);
}

static void check_all(void)
{
    mistakes = 0;
    check_raw();
    check_groups();
    check_others();
    check_ways();
    check_shares();
    say_answers();
    say(mistakes ? "not all well\n" : "all well\n");
}

static void flood(void)
{
    char line[64];

    for (uint32_t i = 1; i <= 4000; i++) {
        (void)format_buffer(line, sizeof(line), "flood %u\n", i);
        say(line);
    }
}

/* VMIN and VTIME while something is typed: three bytes, or what came until nothing more does. */
static void between_bytes(void)
{
    char kept[256] = {0}, data[16], answer[64];
    struct terminal_attributes raw;
    uint32_t size = 0;

    (void)control(TERMINAL_GET_ATTRIBUTES, 0, NULL, 0, kept, sizeof(raw));
    memcpy(&raw, kept, sizeof(raw));
    raw.local &= ~TERMINAL_ICANON;
    raw.characters[TERMINAL_VMIN] = 3;
    raw.characters[TERMINAL_VTIME] = 5;
    (void)control(TERMINAL_SET_NOW, 0, &raw, sizeof(raw), data, 0);
    for (int i = 0; i < 2; i++) {
        say("keys\n");
        if (file_read(&terminal, FILE_POSITION, sizeof(data), 0, 0, data, sizeof(data), &size))
            say("error");
        (void)format_buffer(answer, sizeof(answer), " gave %u\n", size);
        say(answer);
    }
    (void)control(TERMINAL_SET_FLUSH, 0, kept, sizeof(raw), data, 0);
}

/* The notification says that a line can be read. */
static void poll_line(void)
{
    cap_t ready = program_cap("ready");
    uint64_t flags = 0;
    uint32_t now = 99;
    err_t error = file_poll(&terminal, FILE_READABLE, ready, &now);

    say(error || now ? "not so\n" : "polling\n");
    if (notification_wait(ready, &flags) || flags != 1)
        say("not the flag\n");
    error = file_poll(&terminal, FILE_READABLE, ready, &now);
    say(error || now != FILE_READABLE ? "not so\n" : "polled\n");
}

/* Lines up to one with a dot: how many bytes they have, and whether all are the same. */
static void count(void)
{
    char first[256], line[256], answer[64];
    uint32_t bytes = get_line(first, sizeof(first)), size;
    bool same = true;

    while ((size = get_line(line, sizeof(line))) > 0 && !string_equal(line, ".\n")) {
        bytes += size;
        same = same && string_equal(line, first);
    }
    (void)format_buffer(answer, sizeof(answer), "%u bytes, %s\n", bytes,
                        same ? "all the same" : "not the same");
    say(answer);
}

static bool is_command(const char *line)
{
    if (string_equal(line, "exit\n"))
        program_exit(0);
    if (string_equal(line, "flood\n"))
        flood();
    else if (string_equal(line, "bytes\n"))
        between_bytes();
    else if (string_equal(line, "poll\n"))
        poll_line();
    else if (string_equal(line, "count\n"))
        count();
    else if (string_equal(line, "check\n"))
        check_all();
    else if (string_equal(line, "log\n"))
        log_write(LOG_ERROR, "something failed");
    else
        return false;
    return true;
}

int main(const struct program_info *info)
{
    char line[256], answer[300];

    (void)info;
    context.buffer = program_buffer();
    terminal = (struct rpc_client){.cap = program_cap("tty0"), .context = &context};
    say("ready\n");
    for (;;) {
        say("> ");
        uint32_t size = get_line(line, sizeof(line));
        if (size == 0) {
            say("end of file\n");
            continue;
        }
        if (is_command(line))
            continue;
        (void)format_buffer(answer, sizeof(answer), "%u bytes: %s", size, line);
        say(answer);
    }
}
