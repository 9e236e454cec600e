/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/debug/packet.c servers/debug/request.c kernel/lib/format.c */
/*
 * libFuzzer: any bytes on the debug server's serial line. Each packet is taken apart as a request;
 * what that says of itself must hold.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "servers/debug/packet.h"
#include "servers/debug/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void expect(int holds)
{
    if (!holds)
        abort();
}

static void look(const char *packet, uint32_t size)
{
    static struct gdb_request request;

    request_read(packet, size, &request);
    expect(request.kind <= REQUEST_MONITOR);
    expect(request.data_size <= REQUEST_DATA_MAX && request.data[request.data_size] == 0);
    if (request.kind == REQUEST_WRITE_MEMORY)
        expect(request.length == request.data_size);
    if (request.kind == REQUEST_SELECT || request.kind == REQUEST_ALIVE)
        expect(request.thread >= -1 && request.thread <= INT32_MAX);
}

/* The input as the line's bytes, and as one packet: sums are hard to guess. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct packet_reader reader;
    static struct packet_writer writer;
    char packet[PACKET_MAX + 1];
    size_t length = size < PACKET_MAX ? size : PACKET_MAX;

    memset(&reader, 0, sizeof(reader));
    packet_begin(&writer);
    for (size_t i = 0; i < size; i++) {
        if (packet_take(&reader, bytes[i]) == PACKET_COMPLETE)
            look(reader.data, reader.size);
        packet_byte(&writer, bytes[i]);
    }
    packet_end(&writer);
    memcpy(packet, bytes, length);
    packet[length] = 0;
    look(packet, (uint32_t)length);
    return 0;
}
