/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Terminals: termios and the terminal's ioctls, as controls of the open file (libsys/terminal.h).
 */

#include "libsys/terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "libsys/file_client.h"
#include "libsys/newlib/system.h"
#include "libsys/process_client.h"

_Static_assert(NCCS >= TERMINAL_CHARACTERS, "all characters have a place");
_Static_assert(VINTR == TERMINAL_VINTR && VSUSP == TERMINAL_VSUSP && VEOL2 == TERMINAL_VEOL2,
               "one numbering of characters");
_Static_assert(ISIG == TERMINAL_ISIG && ICANON == TERMINAL_ICANON && ICRNL == TERMINAL_ICRNL &&
                   ONLCR == TERMINAL_ONLCR && IXON == TERMINAL_IXON && TOSTOP == TERMINAL_TOSTOP,
               "one numbering of flags");

/* A background process that ignores or blocks SIGTTOU may do it all the same. */
static int32_t group_now(void)
{
    const struct process_page *page = process_page();

    return (page->ignored | page->blocked) >> (SIGTTOU - 1) & 1 ? 0 : page->group;
}

static int control(int descriptor, uint32_t request, const void *argument, uint32_t bytes,
                   void *result, uint32_t room)
{
    uint32_t got = 0;
    err_t error;

    if (!descriptor_check(descriptor))
        return -1;
    do
        error = SYSTEM_CALL(file_control(system_file(descriptor), request, group_now(), argument,
                                         bytes, result, room, &got));
    while (error == FILE_ERROR_BACKGROUND && kill(0, SIGTTOU) == 0);
    if (!error && got != room)
        error = FILE_ERROR_NOT_A_TERMINAL;
    return system_result(error);
}

int tcgetattr(int descriptor, struct termios *attributes)
{
    struct terminal_attributes got;

    if (control(descriptor, TERMINAL_GET_ATTRIBUTES, NULL, 0, &got, sizeof(got)))
        return -1;
    memset(attributes, 0, sizeof(*attributes));
    attributes->c_iflag = got.input;
    attributes->c_oflag = got.output;
    attributes->c_cflag = got.control;
    attributes->c_lflag = got.local;
    memcpy(attributes->c_cc, got.characters, sizeof(got.characters));
    attributes->c_ispeed = got.input_speed;
    attributes->c_ospeed = got.output_speed;
    return 0;
}

int tcsetattr(int descriptor, int when, const struct termios *attributes)
{
    struct terminal_attributes set = {
        .input = attributes->c_iflag,
        .output = attributes->c_oflag,
        .control = attributes->c_cflag,
        .local = attributes->c_lflag,
        .input_speed = attributes->c_ispeed,
        .output_speed = attributes->c_ospeed,
    };

    if (when < TCSANOW || when > TCSAFLUSH) {
        errno = EINVAL;
        return -1;
    }
    memcpy(set.characters, attributes->c_cc, sizeof(set.characters));
    return control(descriptor, (uint32_t)(TERMINAL_SET_NOW + when - TCSANOW), &set, sizeof(set),
                   NULL, 0);
}

pid_t tcgetpgrp(int descriptor)
{
    int32_t group;

    return control(descriptor, TERMINAL_GET_GROUP, NULL, 0, &group, sizeof(group)) ? -1 : group;
}

int tcsetpgrp(int descriptor, pid_t group)
{
    int32_t value = group;

    return control(descriptor, TERMINAL_SET_GROUP, &value, sizeof(value), NULL, 0);
}

pid_t tcgetsid(int descriptor)
{
    uint32_t session;

    return control(descriptor, TERMINAL_GET_SESSION, NULL, 0, &session, sizeof(session))
               ? -1
               : (pid_t)session;
}

int tcdrain(int descriptor)
{
    return control(descriptor, TERMINAL_DRAIN, NULL, 0, NULL, 0);
}

int tcflush(int descriptor, int which)
{
    uint32_t value = which == TCIFLUSH   ? TERMINAL_INPUT
                     : which == TCOFLUSH ? TERMINAL_OUTPUT
                                         : TERMINAL_INPUT | TERMINAL_OUTPUT;

    return control(descriptor, TERMINAL_FLUSH, &value, sizeof(value), NULL, 0);
}

int tcflow(int descriptor, int action)
{
    uint32_t value = (uint32_t)action;

    return control(descriptor, TERMINAL_FLOW, &value, sizeof(value), NULL, 0);
}

int tcsendbreak(int descriptor, int duration)
{
    (void)duration;
    return control(descriptor, TERMINAL_BREAK, NULL, 0, NULL, 0);
}

/* ---- Speeds ---------------------------------------------------------------------------------- */

speed_t cfgetispeed(const struct termios *attributes)
{
    return attributes->c_ispeed;
}

speed_t cfgetospeed(const struct termios *attributes)
{
    return attributes->c_ospeed;
}

int cfsetispeed(struct termios *attributes, speed_t speed)
{
    attributes->c_ispeed = speed;
    return 0;
}

int cfsetospeed(struct termios *attributes, speed_t speed)
{
    attributes->c_ospeed = speed;
    return 0;
}

int cfsetspeed(struct termios *attributes, speed_t speed)
{
    attributes->c_ispeed = attributes->c_ospeed = speed;
    return 0;
}

void cfmakeraw(struct termios *attributes)
{
    attributes->c_iflag &= ~(tcflag_t)(ISTRIP | INLCR | IGNCR | ICRNL | IXON);
    attributes->c_oflag &= ~(tcflag_t)OPOST;
    attributes->c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    attributes->c_cc[VMIN] = 1;
    attributes->c_cc[VTIME] = 0;
}

/* ---- ioctl ----------------------------------------------------------------------------------- */

static int size_get(int descriptor, struct winsize *size)
{
    struct terminal_size got;

    if (control(descriptor, TERMINAL_GET_SIZE, NULL, 0, &got, sizeof(got)))
        return -1;
    *size = (struct winsize){got.rows, got.columns, got.width, got.height};
    return 0;
}

static int size_set(int descriptor, const struct winsize *size)
{
    struct terminal_size set = {size->ws_row, size->ws_col, size->ws_xpixel, size->ws_ypixel};

    return control(descriptor, TERMINAL_SET_SIZE, &set, sizeof(set), NULL, 0);
}

static int group_get(int descriptor, pid_t *group)
{
    *group = tcgetpgrp(descriptor);
    return *group < 0 ? -1 : 0;
}

static int bytes_get(int descriptor, uint32_t request, int *bytes)
{
    uint32_t got;

    if (control(descriptor, request, NULL, 0, &got, sizeof(got)))
        return -1;
    *bytes = (int)got;
    return 0;
}

/* The terminal becomes the session's: setsid, then this. */
static int terminal_take(int descriptor)
{
    uint64_t number;

    if (!isatty(descriptor))
        return -1;
    struct file_status status = {0};
    if (system_result(SYSTEM_CALL(file_status(system_file(descriptor), &status))))
        return -1;
    number = status.special;
    return system_result(SYSTEM_CALL(process_set_terminal(PROCESS_CAP(PROCESS), (uint32_t)number)));
}

int ioctl(int descriptor, unsigned long request, ...)
{
    va_list arguments;
    void *argument;

    va_start(arguments, request);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    switch (request) {
    case TIOCGWINSZ:
        return size_get(descriptor, argument);
    case TIOCSWINSZ:
        return size_set(descriptor, argument);
    case TIOCGPGRP:
        return group_get(descriptor, argument);
    case TIOCSPGRP:
        return tcsetpgrp(descriptor, *(pid_t *)argument);
    case TIOCSCTTY:
        return terminal_take(descriptor);
    case FIONREAD:
        return bytes_get(descriptor, TERMINAL_INPUT_BYTES, argument);
    case TIOCOUTQ:
        return bytes_get(descriptor, TERMINAL_OUTPUT_BYTES, argument);
    default:
        if (descriptor_check(descriptor))
            errno = ENOTTY;
        return -1;
    }
}

char *ctermid(char *buffer)
{
    static char own[] = "/dev/tty";

    return buffer ? strcpy(buffer, own) : own;
}

char *ttyname(int descriptor)
{
    static char name[16];
    struct file_status status = {0};

    if (!isatty(descriptor) ||
        system_result(SYSTEM_CALL(file_status(system_file(descriptor), &status))))
        return NULL;
    snprintf(name, sizeof(name), "/dev/tty%u", (unsigned)status.special - 1);
    return name;
}
