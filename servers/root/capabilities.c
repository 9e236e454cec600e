/* SPDX-License-Identifier: BSD-2-Clause */
/* See capabilities.h. */

#include "servers/root/capabilities.h"

#include "libsys/invoke.h"
#include "libsys/program.h"
#include "libsys/string.h"
#include "servers/root/load.h"
#include "servers/root/objects.h"
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
    const char *name = root.manifest.module[cap->module];
    const struct boot_module *module = module_get(name, cap->line);

    for (uint32_t i = 0; i < module->caps; i++)
        root_check(
            cnode_copy(program->estate.cnode, index + i, module->cap + CAP_OF(i), cap->rights),
            "manifest:%u: module %s", cap->line, name);
    return module->caps;
}

/* An Untyped of the same size as root's, which gets all back when that is revoked. */
static void untyped_install(const struct program *program, const struct manifest_cap *cap,
                            uint32_t index, cap_t untyped)
{
    struct cap_description what;

    root_check(inspect(untyped, &what), "manifest:%u: %s", cap->line, cap->name);
    root_check(
        untyped_retype(untyped, program->estate.cnode, index, 1, OBJECT_UNTYPED, what.size_bits),
        "manifest:%u: %s of program %s", cap->line, cap->name, program->line->name);
}

static uint32_t memory_install(const struct program *program, const struct manifest_cap *cap,
                               uint32_t index)
{
    if (index + root.piece_count >= program->line->cnode_slots)
        root_fail("manifest:%u: memory lies in %u pieces, too many for the %u slots of program %s",
                  cap->line, root.piece_count, program->line->cnode_slots, program->line->name);
    for (uint32_t i = 0; i < root.piece_count; i++)
        untyped_install(program, cap, index + i, CAP_OF(root.piece[i]));
    return root.piece_count;
}

static uint32_t cpus_install(const struct program *program, const struct manifest_cap *cap,
                             uint32_t index)
{
    for (uint32_t i = 0; i + 1 < root.boot->cpu_running; i++)
        root_check(cpu_limit(root.boot->other_cpus + CAP_OF(i), program->estate.cnode, index + i,
                             cap->priority, cap->share),
                   "manifest:%u: %s of program %s", cap->line, cap->name, program->line->name);
    return root.boot->cpu_running - 1;
}

static cap_t cap_source(const struct program *program, const struct manifest_cap *cap)
{
    switch (cap->kind) {
    case KIND_CNODE:
        return program->estate.cnode;
    case KIND_VSPACE:
        return program->estate.vspace;
    case KIND_THREAD:
        return program->estate.thread;
    case KIND_TIME:
        if (!program->estate.time)
            root_fail("manifest:%u: %s has no time of its own", cap->line, program->line->name);
        return program->estate.time;
    case KIND_PARENT:
    case KIND_ROOT:
    case KIND_DEBUG:
        return root.endpoint;
    default:
        return root.object[cap->object];
    }
}

static uint32_t cap_install(const struct program *program, const struct manifest_cap *cap,
                            uint32_t index)
{
    uint32_t badge = cap->badge;
    err_t error;

    if (cap->kind == KIND_MODULE)
        return module_install(program, cap, index);
    if (cap->kind == KIND_MEMORY)
        return memory_install(program, cap, index);
    if (cap->kind == KIND_CPUS)
        return cpus_install(program, cap, index);
    if (cap->kind == KIND_UNTYPED) {
        untyped_install(program, cap, index, root.object[cap->object]);
        return 1;
    }
    if (cap->kind == KIND_PARENT)
        badge = program_badge(program);
    if (cap->kind == KIND_ROOT)
        badge = ROOT_CONTROL_BADGE;
    if (cap->kind == KIND_DEBUG)
        badge = ROOT_DEBUG_BADGE;
    if (cap->kind == KIND_CPU)
        error = cpu_limit(ROOT_CPU, program->estate.cnode, index, cap->priority, cap->share);
    else if (badge)
        error =
            cnode_mint(program->estate.cnode, index, cap_source(program, cap), cap->rights, badge);
    else
        error = cnode_copy(program->estate.cnode, index, cap_source(program, cap), cap->rights);
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
        return module_get(root.manifest.module[cap->module], cap->line)->bytes;
    if (cap->kind == KIND_MEMORY)
        return objects_memory_bytes();
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
    frame_fill(program->estate.info, 0, &page, sizeof(page));
}

/* ---- A program's end ------------------------------------------------------------------------ */

static uint32_t cap_slots(const struct manifest_cap *cap)
{
    if (cap->kind == KIND_MODULE)
        return module_get(root.manifest.module[cap->module], cap->line)->caps;
    return cap->kind == KIND_MEMORY ? root.piece_count : 1;
}

/* A slot that it has emptied has nothing to revoke. */
void capabilities_revoke(const struct program *ending)
{
    const struct estate *estate = &ending->estate;
    const struct manifest_cap *cap = &root.manifest.cap[ending->line->first_cap];
    uint32_t index = 1;

    for (uint32_t i = 0; i < ending->line->cap_count; i++) {
        if (cap[i].kind == KIND_NOTIFICATION)
            (void)!cnode_revoke(estate->table ? estate->table : estate->cnode, index);
        index += cap_slots(&cap[i]);
    }
}

/* Whether another program that runs waits for the same Notification or interrupt. */
static bool cap_is_shared(const struct program *ended, const struct manifest_cap *cap)
{
    for (uint32_t i = 0; i < root.manifest.program_count; i++) {
        const struct manifest_program *line = programs[i].line;
        const struct manifest_cap *other = &root.manifest.cap[line->first_cap];
        for (uint32_t k = 0; programs[i].runs && k < line->cap_count; k++)
            if (&programs[i] != ended && other[k].kind == cap->kind &&
                other[k].object == cap->object && (other[k].rights & cap->rights) == cap->rights)
                return true;
    }
    return false;
}

static void cap_return(const struct program *ended, const struct manifest_cap *cap)
{
    err_t error = 0;

    if (cap->kind == KIND_UNTYPED)
        error = cnode_revoke(ROOT_CNODE, CAP_INDEX(root.object[cap->object]));
    for (uint32_t i = 0; cap->kind == KIND_MEMORY && i < root.piece_count && !error; i++)
        error = cnode_revoke(ROOT_CNODE, root.piece[i]);
    if (cap->kind == KIND_IRQ && !cap_is_shared(ended, cap))
        error = irq_bind(root.object[cap->object], 0);
    if (cap->kind == KIND_NOTIFICATION && (cap->rights & RIGHT_NOTIFICATION_WAIT) &&
        !cap_is_shared(ended, cap))
        error = notification_bind(root.object[cap->object], 0);
    root_check(error, "%s, given back by program %s", cap->name, ended->line->name);
}

void capabilities_return(const struct program *ended)
{
    for (uint32_t i = 0; i < ended->line->cap_count; i++)
        cap_return(ended, &root.manifest.cap[ended->line->first_cap + i]);
}
