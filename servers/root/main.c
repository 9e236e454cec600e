/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The root task: the first program, which holds all authority. It reads the boot manifest, makes
 * what is listed there, starts the programs, and waits for their end. See README.md.
 */

#include <stdarg.h>

#include "kernel/abi/hash.h"
#include "libsys/invoke.h"
#include "libsys/names.h"
#include "libsys/print.h"
#include "servers/root/load.h"
#include "servers/root/objects.h"
#include "servers/root/program.h"
#include "servers/root/report.h"
#include "servers/root/root.h"
#include "servers/root/supervise.h"

#define SLOTS_MAX 4096u /* the table has fewer */
#define MEMORY_RAM 1    /* boot_memory.type */
#define MANIFEST_MODULE "manifest"

struct root root;

static uint64_t slot_bitmap[SLOTS_WORDS(SLOTS_MAX)];

_Noreturn void program_start(const struct boot_info *boot);

const char *boot_text(uint32_t offset)
{
    return root.boot->strings + offset;
}

uint64_t boot_ram_bytes(void)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < root.boot->memory_count; i++)
        if (root.boot->memory[i].type == MEMORY_RAM)
            bytes += root.boot->memory[i].bytes;
    return bytes;
}

_Noreturn void root_power_off(int status)
{
    print_flush();
    (void)!platform_power_off(ROOT_PLATFORM, (uint64_t)status);
    for (;;)
        __builtin_trap();
}

_Noreturn void root_fail(const char *format, ...)
{
    va_list arguments;

    print("root: ");
    va_start(arguments, format);
    print_arguments(format, arguments);
    va_end(arguments);
    print("\n");
    root_power_off(1);
}

void root_check(err_t error, const char *format, ...)
{
    va_list arguments;

    if (!error)
        return;
    print("root: ");
    va_start(arguments, format);
    print_arguments(format, arguments);
    va_end(arguments);
    print_error("", error);
    root_power_off(1);
}

uint32_t root_slot(void)
{
    uint32_t slot = slots_take(&root.slots, 1);

    if (slot == 0)
        root_fail("the capability table is full");
    return slot;
}

cap_t root_make(enum object_type type, unsigned size_bits)
{
    cap_t cap;

    root_check(memory_make_one(&root.memory, type, size_bits, &cap), "%s of 2^%u bytes",
               object_name(type), size_bits);
    return cap;
}

/* Before anything else, so that there is a voice. */
static void console_open(void)
{
    uint32_t slot = root_slot();

    if (platform_ports(ROOT_PLATFORM, ROOT_CNODE, slot, CONSOLE_PORT, CONSOLE_PORTS) == 0)
        print_to(CAP_OF(slot), CONSOLE_PORT);
}

static void boot_check(void)
{
    if (root.boot->magic != BOOTINFO_MAGIC)
        root_fail("no boot information: its first word is 0x%lx", root.boot->magic);
    if (root.boot->abi_hash != ABI_HASH)
        root_fail("built for ABI %016lx, but the kernel has %016lx; build both from one source",
                  (uint64_t)ABI_HASH, root.boot->abi_hash);
}

static void memory_open(void)
{
    memory_init(&root.memory, &root.slots, ROOT_CNODE);
    for (uint32_t i = 0; i < root.boot->untyped_count; i++)
        root_check(memory_add(&root.memory, root.boot->untyped[i].cap), "untyped %u", i);
}

/* Where programs exit and fault; this thread serves it. */
static void endpoint_open(void)
{
    root.endpoint = root_make(OBJECT_ENDPOINT, root.boot->endpoint_bits);
    root_check(thread_set_endpoint(ROOT_THREAD, root.endpoint), "binding to the endpoint");
}

static void manifest_load(void)
{
    char error[MANIFEST_ERROR_MAX];
    const struct boot_module *module = module_get(MANIFEST_MODULE, 0);
    const void *text = module_map(module);

    if (!manifest_read(text, module->bytes, &root.manifest, error))
        root_fail("%s", error);
    module_unmap(module);
}

/* From _start, instead of main: root gets the boot information and has no parent. */
void program_start(const struct boot_info *boot)
{
    uint32_t end = 1u << boot->cnode_bits;

    root.boot = boot;
    slots_init(&root.slots, slot_bitmap, boot->first_free_slot, end < SLOTS_MAX ? end : SLOTS_MAX);
    console_open();
    boot_check();
    memory_open();
    endpoint_open();
    report_boot();
    manifest_load();
    objects_make();
    programs_make();
    programs_start();
    supervise();
}
