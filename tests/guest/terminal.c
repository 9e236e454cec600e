/* SPDX-License-Identifier: BSD-2-Clause */
/* A program at a terminal, told what to do by lines: tests/qemu/terminal.session types them. */

#include "libsys/file_client.h"
#include "libsys/format.h"
#include "libsys/log.h"
#include "libsys/program.h"
#include "libsys/string.h"

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
        if (string_equal(line, "exit\n"))
            return 0;
        (void)format_buffer(answer, sizeof(answer), "%u bytes: %s", size, line);
        say(answer);
    }
}
