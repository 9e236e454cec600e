/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `file_control` of a terminal understands, and a terminal's attributes: what <termios.h> and
 * the terminal's ioctls are made of. The meanings are those of POSIX, chapter 11; numbers of flags
 * and control characters are Linux's, so that tables made for it fit.
 *
 * The caller's process group, with reads, writes and controls, is compared with the foreground
 * group: whoever is in the background gets FILE_ERROR_BACKGROUND where POSIX says so, and its
 * library raises SIGTTIN or SIGTTOU. Group 0 is never in the background: a library says that for
 * a process that ignores or blocks SIGTTOU.
 */
#ifndef LIBSYS_TERMINAL_H
#define LIBSYS_TERMINAL_H

#include <stdint.h>

/* Request of a control: its argument; its result. Marked *: BACKGROUND from the background. */
enum terminal_request {
    TERMINAL_GET_ATTRIBUTES = 1, /* none; struct terminal_attributes */
    TERMINAL_SET_NOW,            /* * struct terminal_attributes; none (TCSANOW) */
    TERMINAL_SET_DRAIN,          /* * the same, when all output is sent (TCSADRAIN) */
    TERMINAL_SET_FLUSH,          /* * the same, and input not read yet goes (TCSAFLUSH) */
    TERMINAL_GET_SIZE,           /* none; struct terminal_size */
    TERMINAL_SET_SIZE,           /* struct terminal_size; none. Another size: SIGWINCH */
    TERMINAL_GET_GROUP,          /* none; int32_t: the foreground group, 0: none */
    TERMINAL_SET_GROUP,          /* * int32_t, above 0; none */
    TERMINAL_GET_SESSION,        /* none; uint32_t: whose controlling terminal it is, 0: nobody's */
    TERMINAL_DRAIN,              /* * none; none. Answered when all output is sent */
    TERMINAL_FLUSH,              /* * uint32_t: TERMINAL_INPUT | TERMINAL_OUTPUT; none */
    TERMINAL_FLOW,               /* * uint32_t: enum terminal_flow; none */
    TERMINAL_BREAK,              /* * none; none. A break of a quarter of a second on the line */
    TERMINAL_INPUT_BYTES,        /* none; uint32_t: bytes that can be read (FIONREAD) */
    TERMINAL_OUTPUT_BYTES,       /* none; uint32_t: bytes not sent yet (TIOCOUTQ) */
};

#define TERMINAL_INPUT 1u
#define TERMINAL_OUTPUT 2u

enum terminal_flow {
    TERMINAL_OUTPUT_OFF = 0, /* TCOOFF: output stands still */
    TERMINAL_OUTPUT_ON,      /* TCOON: and goes on */
    TERMINAL_SEND_STOP,      /* TCIOFF: send VSTOP */
    TERMINAL_SEND_START,     /* TCION: send VSTART */
};

/* Places in `characters`. */
enum terminal_character {
    TERMINAL_VINTR = 0,
    TERMINAL_VQUIT = 1,
    TERMINAL_VERASE = 2,
    TERMINAL_VKILL = 3,
    TERMINAL_VEOF = 4,
    TERMINAL_VTIME = 5, /* tenths of a second */
    TERMINAL_VMIN = 6,  /* bytes */
    TERMINAL_VSTART = 8,
    TERMINAL_VSTOP = 9,
    TERMINAL_VSUSP = 10,
    TERMINAL_VEOL = 11,
    TERMINAL_VREPRINT = 12,
    TERMINAL_VWERASE = 14,
    TERMINAL_VLNEXT = 15,
    TERMINAL_VEOL2 = 16,
    TERMINAL_CHARACTERS = 20,
};
#define TERMINAL_NO_CHARACTER 0 /* _POSIX_VDISABLE: this function has no character */

/* input */
#define TERMINAL_ISTRIP 0000040u
#define TERMINAL_INLCR 0000100u
#define TERMINAL_IGNCR 0000200u
#define TERMINAL_ICRNL 0000400u
#define TERMINAL_IXON 0002000u
#define TERMINAL_IXANY 0004000u
#define TERMINAL_IMAXBEL 0020000u
#define TERMINAL_IUTF8 0040000u
/* output */
#define TERMINAL_OPOST 0000001u
#define TERMINAL_ONLCR 0000004u
#define TERMINAL_OCRNL 0000010u
#define TERMINAL_ONOCR 0000020u
#define TERMINAL_ONLRET 0000040u
/* control: kept as set; the line is always 8 bits, no parity, one stop bit */
#define TERMINAL_CS8 0000060u
#define TERMINAL_CREAD 0000200u
#define TERMINAL_CLOCAL 0004000u
/* local */
#define TERMINAL_ISIG 0000001u
#define TERMINAL_ICANON 0000002u
#define TERMINAL_ECHO 0000010u
#define TERMINAL_ECHOE 0000020u
#define TERMINAL_ECHOK 0000040u
#define TERMINAL_ECHONL 0000100u
#define TERMINAL_NOFLSH 0000200u
#define TERMINAL_TOSTOP 0000400u
#define TERMINAL_ECHOCTL 0001000u
#define TERMINAL_ECHOKE 0004000u
#define TERMINAL_IEXTEN 0100000u

struct terminal_attributes {
    uint32_t input, output, control, local;
    uint8_t characters[TERMINAL_CHARACTERS];
    uint32_t input_speed, output_speed; /* bits per second, as numbers; of the serial line */
};

struct terminal_size {
    uint16_t rows, columns, width, height; /* in characters; in pixels: 0 */
};

/* Signals that a terminal sends, as newlib's <signal.h> numbers them. */
enum terminal_signal {
    TERMINAL_SIGINT = 2,
    TERMINAL_SIGQUIT = 3,
    TERMINAL_SIGTSTP = 18,
    TERMINAL_SIGWINCH = 28,
};

/* Bytes that a terminal keeps until they are read, and of one line: further ones ring the bell. */
#define TERMINAL_INPUT_MAX 4096
#define TERMINAL_LINE_MAX 1024

#endif
