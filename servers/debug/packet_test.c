/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/debug/packet.c kernel/lib/format.c */
/* Packets in and out, whole, broken and cut off. */

#include "servers/debug/packet.h"

#include <stdio.h>
#include <string.h>

static int failures;

static void check(const char *name, bool holds)
{
    printf("%s packet: %s\n", holds ? "ok" : "not ok", name);
    failures += !holds;
}

/* What the last byte was the end of. */
static enum packet_event take(struct packet_reader *reader, const char *bytes)
{
    enum packet_event event = PACKET_NOTHING;

    for (; *bytes; bytes++)
        event = packet_take(reader, (uint8_t)*bytes);
    return event;
}

static bool takes(const char *bytes, enum packet_event event)
{
    struct packet_reader reader = {0};

    return take(&reader, bytes) == event;
}

static bool gives(const char *bytes, const char *data, uint32_t size)
{
    struct packet_reader reader = {0};

    return take(&reader, bytes) == PACKET_COMPLETE && reader.size == size &&
           memcmp(reader.data, data, size) == 0 && reader.data[size] == 0;
}

static void check_whole(void)
{
    check("a packet", gives("$g#67", "g", 1));
    check("its sum in capitals", gives("$m1,2#FC", "m1,2", 4) && gives("$m1,2#fc", "m1,2", 4));
    check("an empty one", gives("$#00", "", 0));
    check("behind others", gives("+++$?#3f", "?", 1));
    check("an escaped byte", gives("$X}\x03#d8", "X#", 2));
    check("an escaped escape", gives("$}]#da", "}", 1));
    check("one that begins anew", gives("$m12$g#67", "g", 1));
}

static void check_broken(void)
{
    check("a wrong sum", takes("$g#68", PACKET_BAD));
    check("no sum", takes("$g#z", PACKET_BAD));
    check("half a sum", takes("$g#6z", PACKET_BAD));
    check("no beginning", takes("ported+#c1", PACKET_BAD));
    check("cut off", takes("$g", PACKET_NOTHING) && takes("$g#6", PACKET_NOTHING));
    check("Ctrl-C", takes("\x03", PACKET_INTERRUPT));
    check("Ctrl-C in a packet is data", takes("$\x03", PACKET_NOTHING));
    check("it should be sent again", takes("-", PACKET_AGAIN));
}

/* `count` bytes of data. */
static enum packet_event take_long(struct packet_reader *reader, uint32_t count)
{
    char sum[4];

    take(reader, "$");
    for (uint32_t i = 0; i < count; i++)
        packet_take(reader, 'a');
    snprintf(sum, sizeof(sum), "#%02x", (unsigned)(uint8_t)(count * 'a'));
    return take(reader, sum);
}

static void check_long(void)
{
    static struct packet_reader reader;

    check("as long as may be", take_long(&reader, PACKET_MAX) == PACKET_COMPLETE);
    check("its last byte", reader.data[PACKET_MAX - 1] == 'a' && reader.data[PACKET_MAX] == 0);
    check("one byte more", take_long(&reader, PACKET_MAX + 1) == PACKET_TOO_LONG);
    check("many more", take_long(&reader, 100000) == PACKET_TOO_LONG);
    check("and then another", take(&reader, "$g#67") == PACKET_COMPLETE && reader.size == 1);
}

static bool written(struct packet_writer *writer, const char *bytes)
{
    packet_end(writer);
    return writer->size == strlen(bytes) && memcmp(writer->bytes, bytes, writer->size) == 0;
}

static void check_written(void)
{
    static struct packet_writer writer;
    static const uint8_t bytes[] = {0, 0x1f, 0xff};

    packet_begin(&writer);
    packet_text(&writer, "OK");
    check("written", written(&writer, "$OK#9a"));
    packet_begin(&writer);
    check("nothing written", written(&writer, "$#00"));
    packet_begin(&writer);
    packet_hex(&writer, bytes, sizeof(bytes));
    check("bytes as digits", written(&writer, "$001fff#c3"));
    packet_begin(&writer);
    packet_text(&writer, "#$}*");
    check("escaped bytes", written(&writer, "$}\x03}\x04}]}\n#62"));
    packet_begin(&writer);
    packet_format(&writer, "T%02xthread:%x;", 5, 0x1a);
    check("formatted", written(&writer, "$T05thread:1a;#38"));
    packet_begin(&writer);
    for (unsigned i = 0; i < 3 * PACKET_MAX; i++)
        packet_byte(&writer, '#');
    check("too much is an error", written(&writer, "$E01#a6"));
}

/* What is written can be read. */
static void check_both(void)
{
    static struct packet_writer writer;
    static struct packet_reader reader;
    enum packet_event event = PACKET_NOTHING;

    packet_begin(&writer);
    for (unsigned i = 0; i < 256; i++)
        packet_byte(&writer, (uint8_t)i);
    packet_end(&writer);
    for (uint32_t i = 0; i < writer.size; i++)
        event = packet_take(&reader, (uint8_t)writer.bytes[i]);
    bool same = event == PACKET_COMPLETE && reader.size == 256;
    for (unsigned i = 0; i < 256 && same; i++)
        same = (uint8_t)reader.data[i] == i;
    check("each byte there and back", same);
}

int main(void)
{
    check_whole();
    check_broken();
    check_long();
    check_written();
    check_both();
    return failures != 0;
}
