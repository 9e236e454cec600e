/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See program.h. All parts of a program are made of one Untyped, its estate: first its parts are
 * planned, then an Untyped is made that just holds them, the largest first, so that alignment
 * wastes nothing. Revoking the estate later ends the program, whatever it does at that moment.
 */

#include "servers/root/program.h"

#include "kernel/abi/hash.h"
#include "libsys/elf.h"
#include "libsys/invoke.h"
#include "libsys/names.h"
#include "libsys/program.h"
#include "libsys/string.h"
#include "servers/root/capabilities.h"
#include "servers/root/load.h"
#include "servers/root/objects.h"
#include "servers/root/root.h"

#define PAGE 4096ull
#define PARTS_MAX 160
#define IMAGE_LIMIT 0x0e000000ull /* programs end below their stack and its guard */

/* One object of the program's estate; for a Frame, also what becomes of it. */
struct part {
    enum object_type type;
    unsigned size_bits;
    cap_t cap;
    uint64_t address; /* where a Frame is mapped */
    uint32_t access;
};

struct plan {
    const struct manifest_program *line;
    uint32_t count;
    struct part part[PARTS_MAX];
};

/* The first parts of each plan. */
enum { PART_CNODE, PART_VSPACE, PART_THREAD, PART_INFO, PART_BUFFER, PART_TIME };

struct program programs[MANIFEST_PROGRAMS_MAX];

static struct plan plan; /* of the program being made */

uint32_t program_badge(const struct program *which)
{
    return (uint32_t)(which - programs) + 1;
}

struct program *program_by_badge(uint32_t badge)
{
    return badge >= 1 && badge <= root.manifest.program_count ? &programs[badge - 1] : NULL;
}

/* ---- Planning ----------------------------------------------------------------------------- */

static void plan_part(enum object_type type, unsigned size_bits)
{
    if (plan.count == PARTS_MAX)
        root_fail("program %s: needs more than %u objects", plan.line->name, PARTS_MAX);
    plan.part[plan.count++] = (struct part){.type = type, .size_bits = size_bits};
}

/* Frames for the whole pages around a range, as few as make up its size exactly. */
static void plan_range(uint64_t address, uint64_t bytes, uint32_t access)
{
    uint64_t at = address & ~(PAGE - 1);
    uint64_t end = (address + bytes + PAGE - 1) & ~(PAGE - 1);

    while (at < end) {
        unsigned bits = log2_of(end - at);
        plan_part(OBJECT_FRAME, bits);
        plan.part[plan.count - 1].address = at;
        plan.part[plan.count - 1].access = access;
        at += 1ull << bits;
    }
}

static void plan_make(const struct manifest_program *line, const struct elf_image *image)
{
    plan.line = line;
    plan.count = 0;
    plan_part(OBJECT_CNODE, log2_of(line->cnode_slots) + CAP_SHIFT);
    plan_part(OBJECT_VSPACE, log2_of(line->vspace_bytes));
    plan_part(OBJECT_THREAD,
              line->has_vectors ? root.boot->thread_vector_bits : root.boot->thread_bits);
    plan_part(OBJECT_FRAME, log2_of(PROGRAM_INFO_BYTES));
    plan_range(PROGRAM_BUFFER_ADDRESS, PROGRAM_BUFFER_BYTES, ACCESS_READ | ACCESS_WRITE);
    if (!line->is_passive)
        plan_part(OBJECT_SCHED_CONTEXT, object_bits(OBJECT_SCHED_CONTEXT));
    plan_range(PROGRAM_STACK_TOP - line->stack_bytes, line->stack_bytes,
               ACCESS_READ | ACCESS_WRITE);
    for (uint32_t i = 0; i < image->segment_count; i++)
        plan_range(image->segment[i].address, image->segment[i].memory_bytes,
                   image->segment[i].access);
}

/* log2 of the Untyped that holds all parts. */
static unsigned plan_bits(void)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < plan.count; i++)
        bytes += 1ull << plan.part[i].size_bits;
    return log2_of(2 * bytes - 1);
}

/* Make the parts out of the estate, the largest first, in a row of slots. */
static void plan_carry_out(cap_t estate, uint32_t slot)
{
    for (unsigned bits = 46; bits > 0; bits--) {
        for (uint32_t i = 0; i < plan.count; i++) {
            struct part *part = &plan.part[i];
            if (part->size_bits != bits)
                continue;
            part->cap = CAP_OF(slot);
            root_check(untyped_retype(estate, ROOT_CNODE, slot++, 1, part->type, bits),
                       "program %s: %s of 2^%u bytes", plan.line->name, object_name(part->type),
                       bits);
        }
    }
}

/* ---- Loading ------------------------------------------------------------------------------ */

/* Copy what the file has for one Frame of a segment. */
static void part_fill(const struct part *part, const struct elf_segment *segment, const char *file)
{
    uint64_t begin = part->address, end = part->address + (1ull << part->size_bits);
    uint64_t file_end = segment->address + segment->file_bytes;

    if (begin < segment->address)
        begin = segment->address;
    if (end > file_end)
        end = file_end;
    if (begin < end)
        frame_fill(part->cap, begin - part->address,
                   file + segment->file_offset + (begin - segment->address), end - begin);
}

static bool part_is_of(const struct part *part, const struct elf_segment *segment)
{
    return part->type == OBJECT_FRAME && part->address >= (segment->address & ~(PAGE - 1)) &&
           part->address < segment->address + segment->memory_bytes;
}

static void plan_fill(const struct elf_image *image, const char *file)
{
    for (uint32_t i = 0; i < plan.count; i++)
        for (uint32_t k = 0; k < image->segment_count; k++)
            if (part_is_of(&plan.part[i], &image->segment[k]))
                part_fill(&plan.part[i], &image->segment[k], file);
}

/* All but the information page: a Frame is mapped once at a time, and that one isn't filled yet. */
static void plan_map(cap_t vspace)
{
    for (uint32_t i = 0; i < plan.count; i++) {
        const struct part *part = &plan.part[i];
        if (part->type == OBJECT_FRAME && i != PART_INFO)
            root_check(frame_map_supplied(part->cap, vspace, part->address, 1ull << part->size_bits,
                                          part->access),
                       "program %s: mapping 0x%lx", plan.line->name, part->address);
    }
}

static void image_read(const struct manifest_program *line, const void *file, uint64_t bytes,
                       struct elf_image *image)
{
    char error[ELF_ERROR_MAX];

    if (!elf_read(file, bytes, IMAGE_LIMIT, image, error))
        root_fail("manifest:%u: program %s, module %s: %s", line->line, line->name, line->module,
                  error);
    if (image->abi_hash != root.boot->abi_hash)
        root_fail("manifest:%u: program %s, module %s: built for ABI %016lx, the kernel has %016lx",
                  line->line, line->name, line->module, image->abi_hash, root.boot->abi_hash);
}

static void program_make(struct program *made, const struct manifest_program *line)
{
    const struct boot_module *module = module_get(line->module, line->line);
    const char *file = module_map(module);
    struct elf_image image;

    image_read(line, file, module->bytes, &image);
    plan_make(line, &image);
    *made = (struct program){.line = line, .entry = image.entry};
    made->estate = root_make(OBJECT_UNTYPED, plan_bits());
    made->slot_count = plan.count;
    made->first_slot = slots_take(&root.slots, plan.count);
    if (made->first_slot == 0)
        root_fail("program %s: the capability table is full", line->name);
    plan_carry_out(made->estate, made->first_slot);
    made->cnode = plan.part[PART_CNODE].cap;
    made->vspace = plan.part[PART_VSPACE].cap;
    made->thread = plan.part[PART_THREAD].cap;
    made->info = plan.part[PART_INFO].cap;
    made->buffer = plan.part[PART_BUFFER].cap;
    made->time = line->is_passive ? 0 : plan.part[PART_TIME].cap;
    plan_fill(&image, file);
    plan_map(made->vspace);
    module_unmap(module);
}

static err_t time_configure(const struct program *made)
{
    const struct manifest_program *line = made->line;

    if (!line->budget)
        return sched_context_configure(made->time, ROOT_CPU, line->priority, line->slice);
    return sched_context_limit(made->time, ROOT_CPU, line->priority, line->slice, line->budget,
                               line->period);
}

/* The thread's two spaces, message buffer, time, fault endpoint, and the endpoint it serves. */
static void program_configure(struct program *made)
{
    const struct manifest_program *line = made->line;
    uint32_t slot = root_slot();

    root_check(vspace_set_domain(made->vspace, line->domain), "program %s: domain", line->name);
    root_check(thread_set_space(made->thread, made->cnode, made->vspace), "program %s: spaces",
               line->name);
    root_check(thread_set_buffer(made->thread, made->buffer, 0), "program %s: message buffer",
               line->name);
    root_check(
        cnode_mint(ROOT_CNODE, slot, root.endpoint, RIGHT_ENDPOINT_CALL, program_badge(made)),
        "program %s: fault endpoint", line->name);
    root_check(thread_set_fault(made->thread, CAP_OF(slot)), "program %s: fault endpoint",
               line->name);
    if (!line->is_passive) {
        root_check(time_configure(made), "program %s: time", line->name);
        root_check(thread_set_sched(made->thread, made->time), "program %s: time", line->name);
    }
    if (line->is_bound)
        root_check(thread_set_endpoint(made->thread, root.object[line->serves]),
                   "program %s: serving %s", line->name, root.manifest.object[line->serves].name);
}

void programs_make(void)
{
    for (uint32_t i = 0; i < root.manifest.program_count; i++)
        program_make(&programs[i], &root.manifest.program[i]);
    objects_make_untyped();
    for (uint32_t i = 0; i < root.manifest.program_count; i++) {
        program_configure(&programs[i]);
        capabilities_install(&programs[i]);
        root_check(frame_map_supplied(programs[i].info, programs[i].vspace, PROGRAM_INFO_ADDRESS,
                                      PROGRAM_INFO_BYTES, ACCESS_READ),
                   "program %s: information page", programs[i].line->name);
    }
}

void programs_start(void)
{
    for (uint32_t i = 0; i < root.manifest.program_count; i++)
        root_check(thread_start(programs[i].thread, programs[i].entry, PROGRAM_STACK_TOP, 0,
                                PROGRAM_INFO_ADDRESS),
                   "program %s: start", programs[i].line->name);
}

static bool endpoint_is_served(uint32_t object)
{
    for (uint32_t i = 0; i < root.manifest.program_count; i++)
        if (!programs[i].has_ended && programs[i].line->is_bound &&
            programs[i].line->serves == object)
            return true;
    return false;
}

/* With nobody left who serves it, an endpoint goes: its callers get an error instead of waiting. */
static void endpoint_close(uint32_t object)
{
    if (!endpoint_is_served(object))
        root_check(cnode_delete(ROOT_CNODE, CAP_INDEX(root.object[object])), "closing %s",
                   root.manifest.object[object].name);
}

void program_end(struct program *ended)
{
    ended->has_ended = true;
    root_check(cnode_revoke(ROOT_CNODE, CAP_INDEX(ended->estate)), "program %s: end",
               ended->line->name);
    slots_give(&root.slots, ended->first_slot, ended->slot_count);
    if (ended->line->is_bound)
        endpoint_close(ended->line->serves);
}
