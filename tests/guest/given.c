/* SPDX-License-Identifier: BSD-2-Clause */
/* A program has what the manifest lists for it, as it is listed, and not one capability more. */

#include "kernel/abi/hash.h"
#include "libsys/debug_client.h"
#include "libsys/invoke.h"
#include "libsys/string.h"
#include "tests/guest/check.h"

static bool has(const char *name, unsigned type, unsigned rights, uint64_t first, uint64_t size)
{
    const struct program_cap *cap = program_cap_find(name);
    return cap && cap->type == type && cap->rights == rights && cap->first == first &&
           cap->size == size;
}

/* The kernel sees the same types, and rights where the manifest names any. */
static bool kernel_agrees(const struct program_cap *cap)
{
    struct cap_description what;

    for (uint32_t i = 0; i < cap->count; i++) {
        if (inspect(cap->cap + CAP_OF(i), &what) || what.type != cap->type)
            return false;
        if (cap->rights != 0 && what.rights != cap->rights && what.type != OBJECT_CPU)
            return false;
    }
    return true;
}

/* Slots that hold something, in the whole table. */
static uint32_t slots_in_use(const struct program_info *info)
{
    struct cap_description what;
    uint32_t count = 0;

    for (uint32_t i = 0; i < 1u << info->cnode_bits; i++)
        count += inspect(CAP_OF(i), &what) != 0 || what.type != OBJECT_NULL;
    return count;
}

static void check_table(const struct program_info *info)
{
    uint32_t listed = 0;
    bool agree = true;

    for (uint32_t i = 0; i < info->cap_count; i++) {
        listed += info->cap[i].count;
        agree = agree && kernel_agrees(&info->cap[i]);
    }
    CHECK("the kernel sees what the page says", agree);
    CHECK("nothing but what is listed", slots_in_use(info) == listed);
    CHECK("the first free slot", info->first_free_slot == listed + 1);
}

static void check_page(const struct program_info *info)
{
    CHECK("the argument is the page", info == program_info());
    CHECK("magic", info->magic == PROGRAM_INFO_MAGIC);
    CHECK("hash", info->abi_hash == ABI_HASH);
    CHECK("arguments", string_equal(program_text(info->arguments), "two words"));
    CHECK("table size", info->cnode_bits == 7);
    CHECK("an unknown name", program_cap("nothing") == 0);
    CHECK("processor", info->cpu_running >= 1 && info->cpu_running <= info->cpu_count);
    CHECK("clock", info->tsc_khz > 1000 && info->tsc_root > info->tsc_entry);
    CHECK("sizes", info->thread_bits >= 10 && info->thread_vector_bits >= info->thread_bits &&
                       info->endpoint_bits >= 7 && info->memory_bytes >= 16 << 20);
}

static void check_caps(void)
{
    uint64_t flags;

    CHECK("endpoint", has("adder", OBJECT_ENDPOINT, RIGHT_ENDPOINT_CALL, 0, 0));
    CHECK("ports",
          has("console", OBJECT_IO_PORT, RIGHT_IO_PORT_READ | RIGHT_IO_PORT_WRITE, 0x3f8, 8));
    CHECK("interrupt", has("keyboard", OBJECT_IRQ_HANDLER, RIGHT_IRQ_HANDLER_USE, 1, 0));
    CHECK("frame", has("shared", OBJECT_FRAME, RIGHT_FRAME_READ | RIGHT_FRAME_WRITE, 0, 16384));
    CHECK("untyped", has("small", OBJECT_UNTYPED, 0, 0, 8192));
    CHECK("module", program_cap_find("image") && program_cap_find("image")->size > 1000);
    check_error("signal", signal_flags(program_cap("bell")), ERROR_NONE);
    check_error("a notification's flags are its badge",
                notification_poll(program_cap("ear"), &flags), ERROR_NONE);
    CHECK("these flags", flags == 0x80000001);
    check_error("no right to wait", notification_poll(program_cap("bell"), &flags),
                ERROR_MISSING_RIGHT);
}

/* The kernel takes a further word from the buffer, which lies where the library says. */
static void check_buffer(void)
{
    volatile struct message_buffer *buffer = program_buffer();
    struct message message = {.tag = TAG(0, 1, 0), .word = {40, 2}};

    CHECK("the message buffer is empty", buffer->words[0] == 0 && buffer->receive[0] == 0);
    buffer->words[0] = 1;
    check_error("a call with a message buffer", call_buffer(program_cap("adder"), &message),
                ERROR_NONE);
    CHECK("its answer", message.word[0] == 42 && message.word[3] == RECEIVE_BUFFER);
}

/* `cap debug` isn't among what it's given. */
static void check_debug(void)
{
    CHECK("no say over others' threads", debug_detach(program_cap("parent")) == RPC_DENIED);
}

int main(const struct program_info *info)
{
    check_page(info);
    check_debug();
    check_buffer();
    check_table(info);
    check_caps();
    return check_failures;
}
