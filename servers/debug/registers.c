/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers as gdb numbers them (list.c describes them to it). The kernel tells no segment
 * selectors and no vector registers: they are unavailable. GS base is always 0.
 */

#include "libsys/string.h"
#include "servers/debug/stub.h"

#define NOT_TOLD 0xff /* unavailable */
#define ALWAYS_0 0xfe
#define COUNT 42
#define BYTES_MAX 10

/* What gdb's register is here, and its size. */
struct layout {
    uint8_t which, bytes;
};

static const uint8_t general[] = {
    REGISTER_RAX, REGISTER_RBX, REGISTER_RCX, REGISTER_RDX, REGISTER_RSI, REGISTER_RDI,
    REGISTER_RBP, REGISTER_RSP, REGISTER_R8,  REGISTER_R9,  REGISTER_R10, REGISTER_R11,
    REGISTER_R12, REGISTER_R13, REGISTER_R14, REGISTER_R15, REGISTER_RIP,
};

/* rax … rip; eflags, cs ss ds es fs gs; st0–7; eight control words; fs_base, gs_base. */
static struct layout layout_of(uint64_t number)
{
    if (number < sizeof(general))
        return (struct layout){general[number], 8};
    if (number == 17)
        return (struct layout){REGISTER_RFLAGS, 4};
    if (number < 24)
        return (struct layout){NOT_TOLD, 4};
    if (number < 32)
        return (struct layout){NOT_TOLD, BYTES_MAX};
    if (number < 40)
        return (struct layout){NOT_TOLD, 4};
    return (struct layout){number == 40 ? REGISTER_FS_BASE : ALWAYS_0, 8};
}

static void put(struct layout layout, const uint64_t value[REGISTER_COUNT])
{
    uint64_t word = layout.which < REGISTER_COUNT ? value[layout.which] : 0;

    if (layout.which != NOT_TOLD)
        packet_hex(&stub.out, &word, layout.bytes);
    for (unsigned i = 0; layout.which == NOT_TOLD && i < layout.bytes; i++)
        packet_text(&stub.out, "xx");
}

static void tell(uint64_t first, uint64_t count)
{
    uint64_t value[REGISTER_COUNT];
    err_t error = stub.target->registers(stub.thread, value);

    if (error) {
        stub_error(error);
        return;
    }
    packet_begin(&stub.out);
    for (uint64_t i = first; i < first + count; i++)
        put(layout_of(i), value);
    stub_send();
}

void registers_read(void)
{
    tell(0, COUNT);
}

void registers_read_one(uint64_t number)
{
    if (number < COUNT)
        tell(number, 1);
    else
        stub_say("E01");
}

static err_t set(struct layout layout, const uint8_t *bytes)
{
    uint64_t word = 0;

    memcpy(&word, bytes, layout.bytes);
    return layout.which < REGISTER_COUNT
               ? stub.target->set_register(stub.thread, layout.which, word)
               : RPC_UNSUPPORTED;
}

static void done(err_t error)
{
    if (error)
        stub_error(error);
    else
        stub_say("OK");
}

void registers_write_one(const struct gdb_request *request)
{
    struct layout layout = layout_of(request->number);

    if (request->number >= COUNT || request->data_size != layout.bytes)
        stub_say("E01");
    else
        done(set(layout, request->data));
}

/* All that are known here; what stands for others is passed over. */
void registers_write(const struct gdb_request *request)
{
    uint32_t at = 0;
    err_t error = 0;

    for (uint64_t i = 0; i < COUNT && !error; i++) {
        struct layout layout = layout_of(i);
        if (at + layout.bytes > request->data_size)
            error = RPC_MALFORMED;
        else if (layout.which < REGISTER_COUNT && !request->unknown[at])
            error = set(layout, request->data + at);
        at += layout.bytes;
    }
    done(error);
}
