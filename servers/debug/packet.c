/* SPDX-License-Identifier: BSD-2-Clause */
/* See packet.h. */

#include "servers/debug/packet.h"

#include <stdarg.h>

#include "libsys/format.h"

#define INTERRUPT 0x03
#define ESCAPE '}'
#define ESCAPE_CHANGE 0x20
#define DATA_MAX (2 * PACKET_MAX + 1) /* in a writer: the `$` and the data */

static const char digits[] = "0123456789abcdef";

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* ---- Reading --------------------------------------------------------------------------------- */

static void begin(struct packet_reader *reader)
{
    reader->state = PACKET_DATA;
    reader->size = 0;
    reader->sum = 0;
    reader->is_lost = false;
}

static void keep(struct packet_reader *reader, uint8_t byte)
{
    if (reader->size < PACKET_MAX)
        reader->data[reader->size] = (char)byte;
    if (reader->size <= PACKET_MAX)
        reader->size++;
}

static enum packet_event outside(struct packet_reader *reader, uint8_t byte)
{
    if (byte == '$' || byte == '#')
        begin(reader);
    if (byte == '#') {
        reader->is_lost = true;
        reader->state = PACKET_SUM_HIGH;
    }
    if (byte == '-')
        return PACKET_AGAIN;
    return byte == INTERRUPT ? PACKET_INTERRUPT : PACKET_NOTHING;
}

/* A `$` is never a part of data: what came before was cut off. */
static void inside(struct packet_reader *reader, uint8_t byte)
{
    if (byte == '$') {
        begin(reader);
    } else if (byte == '#' && reader->state == PACKET_DATA) {
        reader->state = PACKET_SUM_HIGH;
    } else {
        reader->sum = (uint8_t)(reader->sum + byte);
        if (reader->state == PACKET_ESCAPED)
            keep(reader, byte ^ ESCAPE_CHANGE);
        else if (byte != ESCAPE)
            keep(reader, byte);
        reader->state =
            reader->state == PACKET_DATA && byte == ESCAPE ? PACKET_ESCAPED : PACKET_DATA;
    }
}

static enum packet_event sum_end(struct packet_reader *reader, int digit)
{
    reader->state = PACKET_OUTSIDE;
    if (reader->is_lost || digit < 0 || reader->digit << 4 != (reader->sum & 0xf0) ||
        digit != (reader->sum & 0xf))
        return PACKET_BAD;
    if (reader->size > PACKET_MAX)
        return PACKET_TOO_LONG;
    reader->data[reader->size] = 0;
    return PACKET_COMPLETE;
}

enum packet_event packet_take(struct packet_reader *reader, uint8_t byte)
{
    int digit = hex_digit((char)byte);

    switch (reader->state) {
    case PACKET_OUTSIDE:
        return outside(reader, byte);
    case PACKET_SUM_HIGH:
        reader->state = digit < 0 ? PACKET_OUTSIDE : PACKET_SUM_LOW;
        reader->digit = (uint8_t)digit;
        return digit < 0 ? PACKET_BAD : PACKET_NOTHING;
    case PACKET_SUM_LOW:
        return sum_end(reader, digit);
    default:
        inside(reader, byte);
        return PACKET_NOTHING;
    }
}

/* ---- Writing --------------------------------------------------------------------------------- */

static void put(struct packet_writer *writer, char c)
{
    if (writer->size < DATA_MAX)
        writer->bytes[writer->size++] = c;
    else
        writer->is_full = true;
}

void packet_begin(struct packet_writer *writer)
{
    writer->size = 0;
    writer->is_full = false;
    put(writer, '$');
}

void packet_byte(struct packet_writer *writer, uint8_t byte)
{
    bool escaped = byte == '#' || byte == '$' || byte == ESCAPE || byte == '*';

    if (escaped)
        put(writer, ESCAPE);
    put(writer, (char)(escaped ? byte ^ ESCAPE_CHANGE : byte));
}

void packet_text(struct packet_writer *writer, const char *text)
{
    while (*text)
        packet_byte(writer, (uint8_t)*text++);
}

static void sink(void *context, char c)
{
    packet_byte(context, (uint8_t)c);
}

void packet_format(struct packet_writer *writer, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)format_to(sink, writer, format, args);
    va_end(args);
}

void packet_hex(struct packet_writer *writer, const void *data, uint32_t size)
{
    const uint8_t *bytes = data;

    for (uint32_t i = 0; i < size; i++) {
        put(writer, digits[bytes[i] >> 4]);
        put(writer, digits[bytes[i] & 0xf]);
    }
}

static void put_sum(struct packet_writer *writer)
{
    uint8_t sum = 0;

    for (uint32_t i = 1; i < writer->size; i++)
        sum = (uint8_t)(sum + (uint8_t)writer->bytes[i]);
    writer->bytes[writer->size++] = '#';
    writer->bytes[writer->size++] = digits[sum >> 4];
    writer->bytes[writer->size++] = digits[sum & 0xf];
}

void packet_end(struct packet_writer *writer)
{
    if (writer->is_full) {
        packet_begin(writer);
        packet_text(writer, "E01");
    }
    put_sum(writer);
}
