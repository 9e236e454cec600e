/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets of gdb's remote protocol (gdb's manual, appendix E): `$data#sum`, the sum of data's bytes
 * in two hexadecimal digits; `}` before a byte that was changed by 0x20. Pure: bytes in, bytes out.
 * Nothing of what comes is believed.
 */
#ifndef SERVERS_DEBUG_PACKET_H
#define SERVERS_DEBUG_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKET_MAX 1024u /* bytes of data; gdb is told so */

/* What a byte was the end of. */
enum packet_event {
    PACKET_NOTHING,
    PACKET_COMPLETE,  /* `data` and `size`, until the next byte */
    PACKET_BAD,       /* a wrong sum, no sum, no beginning: it should be sent again */
    PACKET_TOO_LONG,  /* a right sum, but more than PACKET_MAX bytes */
    PACKET_INTERRUPT, /* Ctrl-C, between packets */
    PACKET_AGAIN,     /* the other side didn't understand our last one */
};

enum packet_state { PACKET_OUTSIDE, PACKET_DATA, PACKET_ESCAPED, PACKET_SUM_HIGH, PACKET_SUM_LOW };

struct packet_reader {
    enum packet_state state;
    uint32_t size; /* may be more than PACKET_MAX, of which the rest isn't kept */
    uint8_t sum, digit;
    bool is_lost;              /* its beginning never came */
    char data[PACKET_MAX + 1]; /* with a NUL behind it, when complete */
};

enum packet_event packet_take(struct packet_reader *reader, uint8_t byte);

/* A packet being written. What doesn't fit is left out, and noted. */
struct packet_writer {
    uint32_t size;
    bool is_full;
    char bytes[2 * PACKET_MAX + 5]; /* as it goes out, once it's finished */
};

void packet_begin(struct packet_writer *writer);
void packet_byte(struct packet_writer *writer, uint8_t byte); /* escaped if it must be */
void packet_text(struct packet_writer *writer, const char *text);
void packet_format(struct packet_writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void packet_hex(struct packet_writer *writer, const void *data, uint32_t size);
/* Its sum. One that was too long becomes an error (E01). */
void packet_end(struct packet_writer *writer);

/* The value of a hexadecimal digit; -1: it's none. */
int hex_digit(char c);

#endif
