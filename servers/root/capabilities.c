/* SPDX-License-Identifier: BSD-2-Clause */
/* See capabilities.h. */

#include "servers/root/capabilities.h"

#include "libsys/invoke.h"
#include "libsys/program.h"
#include "libsys/string.h"
#include "servers/root/load.h"
#include "servers/root/root.h"

/* The page as it is put together. */
static union {
    struct program_info info;
    char bytes[PROGRAM_INFO_BYTES];
} page;

_Static_assert(sizeof(struct program_info) + PROGRAM_CAPS_MAX * sizeof(struct program_cap) <
                   PROGRAM_INFO_BYTES / 2 + 512,
               "room for the strings");

/* ---- One capability: returns how many slots it took ----------------------------------------- */

static uint32_t module_install(const struct program *program, const struct manifest_cap *cap,
                               uint32_t index)
{
    const struct boot_module *module = module_get(cap->module, cap->line);

    for (uint32_t i = 0; i < module->caps; i++)
        root_check(cnode_copy(program->cnode, index + i, module->cap + CAP_OF(i), cap->rights),
                   "manifest:%u: module %s", cap->line, cap->module);
    return module->caps;
}

static cap_t cap_source(const struct program *program, const struct manifest_cap *cap)
{
    switch (cap->kind) {
    case KIND_CNODE:
        return program->cnode;
    case KIND_VSPACE:
        return program->vspace;
    case KIND_THREAD:
        return program->thread;
    case KIND_TIME:
        if (!program->time)
            root_fail("manifest:%u: %s has no time of its own", cap->line, program->line->name);
        return program->time;
    case KIND_PARENT:
        return root.endpoint;
    default:
        return root.object[cap->object];
    }
}

static uint32_t cap_install(const struct program *program, const struct manifest_cap *cap,
                            uint32_t index)
{
    uint32_t badge = cap->kind == KIND_PARENT ? program_badge(program) : cap->badge;
    err_t error;

    if (cap->kind == KIND_MODULE)
        return module_install(program, cap, index);
    if (cap->kind == KIND_CPU)
        error = cpu_limit(ROOT_CPU, program->cnode, index, cap->priority, cap->share);
    else if (cap->kind == KIND_UNTYPED)
        error = cnode_move(program->cnode, index, cap_source(program, cap));
    else if (badge)
        error = cnode_mint(program->cnode, index, cap_source(program, cap), cap->rights, badge);
    else
        error = cnode_copy(program->cnode, index, cap_source(program, cap), cap->rights);
    root_check(error, "manifest:%u: %s of program %s", cap->line, cap->name, program->line->name);
    return 1;
}

/* ---- The information page ------------------------------------------------------------------- */

/* Append a string; strings that don't fit any more are cut. */
static uint32_t page_text(const char *text)
{
    uint32_t offset = page.info.bytes;
    uint32_t room = PROGRAM_INFO_BYTES - offset;
    uint32_t length = (uint32_t)strlen(text) + 1;

    if (length > room)
        length = room;
    if (length == 0)
        return PROGRAM_INFO_BYTES - 1;
    memcpy(page.bytes + offset, text, length);
    page.bytes[offset + length - 1] = 0;
    page.info.bytes += length;
    return offset;
}

static void page_begin(const struct program *program)
{
    const struct boot_info *boot = root.boot;

    memset(&page, 0, sizeof(page));
    page.info = (struct program_info){
        .magic = PROGRAM_INFO_MAGIC,
        .abi_hash = boot->abi_hash,
        .flags = program->line->is_passive ? PROGRAM_PASSIVE : 0,
        .cnode_bits = 31u - (uint32_t)__builtin_clz(program->line->cnode_slots),
        .features = boot->features,
        .cpu_count = boot->cpu_count,
        .cpu_running = boot->cpu_running,
        .thread_bits = boot->thread_bits,
        .thread_vector_bits = boot->thread_vector_bits,
        .endpoint_bits = boot->endpoint_bits,
        .memory_bytes = boot_ram_bytes(),
        .tsc_khz = boot->tsc_khz,
        .time = boot->time,
        .tsc_entry = boot->tsc_entry,
        .tsc_root = boot->tsc_root,
        .kernel_text = boot->kernel_text,
        .kernel_resident = boot->kernel_resident,
        .cap_count = program->line->cap_count,
    };
    page.info.bytes =
        (uint32_t)(sizeof(page.info) + program->line->cap_count * sizeof(struct program_cap));
}

static void page_texts(const struct program *program)
{
    const struct boot_info *boot = root.boot;
    const struct manifest_cap *cap = &root.manifest.cap[program->line->first_cap];

    for (uint32_t i = 0; i < page.info.cap_count; i++)
        page.info.cap[i].name = page_text(cap[i].name);
    page.info.name = page_text(program->line->name);
    page.info.arguments = page_text(program->line->arguments);
    page.info.build = page_text(boot_text(boot->build));
    page.info.cpu_name = page_text(boot_text(boot->cpu_name));
    page.info.mitigations = page_text(boot_text(boot->mitigations));
    page.info.command_line = page_text(boot_text(boot->command_line));
}

/* Bytes or ports of a capability; 0 where there are none. */
static uint64_t cap_size(const struct manifest_cap *cap, cap_t installed)
{
    uint64_t address, bytes, free, device;

    if (cap->kind == KIND_MODULE)
        return module_get(cap->module, cap->line)->bytes;
    if (cap->kind == KIND_UNTYPED)
        return untyped_info(installed, &address, &bytes, &free, &device) ? 0 : bytes;
    return cap->kind < KIND_DECLARED ? root.manifest.object[cap->object].size : 0;
}

static uint64_t cap_first(const struct manifest_cap *cap)
{
    if (cap->kind != KIND_IRQ && cap->kind != KIND_PORTS && cap->kind != KIND_DEVICE)
        return 0;
    return root.manifest.object[cap->object].first;
}

void capabilities_install(struct program *program)
{
    const struct manifest_cap *cap = &root.manifest.cap[program->line->first_cap];
    uint32_t index = 1;

    page_begin(program);
    for (uint32_t i = 0; i < program->line->cap_count; i++) {
        uint64_t size =
            cap_size(&cap[i], cap[i].kind < KIND_DECLARED ? root.object[cap[i].object] : 0);
        uint32_t count = cap_install(program, &cap[i], index);
        page.info.cap[i] = (struct program_cap){
            .cap = CAP_OF(index),
            .count = count,
            .type = (uint16_t)manifest_type(cap[i].kind),
            .rights = (uint16_t)cap[i].rights,
            .first = cap_first(&cap[i]),
            .size = size,
        };
        index += count;
    }
    page.info.first_free_slot = index;
    page_texts(program);
    frame_fill(program->info, 0, &page, sizeof(page));
}
