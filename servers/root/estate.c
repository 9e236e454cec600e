/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See estate.h. First the parts are planned, then Untypeds are made that just hold them, the
 * largest first, so that alignment wastes nothing. What a program can't write is its module's own
 * memory, mapped through copies of the module's Frames.
 */

#include "servers/root/estate.h"

#include "kernel/abi/hash.h"
#include "libsys/elf.h"
#include "libsys/invoke.h"
#include "libsys/names.h"
#include "libsys/program.h"
#include "libsys/string.h"
#include "servers/root/load.h"
#include "servers/root/root.h"

#define PAGE 4096ull
#define PARTS_MAX 160
#define IMAGE_LIMIT 0x0e000000ull /* programs end below their stack and its guard */

/* One page table maps so much; all that is mapped at the start lies below the limit. */
#define TABLE_SPAN (2ull << 20)
#define TABLE_LIMIT (PROGRAM_BUFFER_ADDRESS + TABLE_SPAN)
#define TABLES_UPPER 4 /* those above the page tables, and one to spare */

/* One object of the program's estate; for a Frame, also what becomes of it. */
struct part {
    enum object_type type;
    unsigned size_bits;
    cap_t cap;
    uint64_t address, length; /* where a Frame is mapped */
    uint32_t access;          /* 0: it isn't, or not yet */
    cap_t source;             /* the module's Frame that it's a copy of; 0: it's made */
    uint64_t offset;          /* in that */
};

struct plan {
    const struct manifest_program *line;
    struct elf_image image;
    uint32_t count;
    struct part part[PARTS_MAX];
};

/* The first parts of each plan. */
enum { PART_CNODE, PART_VSPACE, PART_THREAD, PART_INFO, PART_BUFFER, PART_TIME };

static struct plan plan; /* of the program being made */

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
        plan.part[plan.count - 1].length = 1ull << bits;
        plan.part[plan.count - 1].access = access;
        at += 1ull << bits;
    }
}

/* Whether pages of the file can be the segment's: nobody writes to them, and they lie alike. */
static bool segment_is_shared(const struct elf_segment *segment)
{
    return !(segment->access & ACCESS_WRITE) && segment->file_bytes == segment->memory_bytes &&
           (segment->address - segment->file_offset) % PAGE == 0;
}

/* The module's Frames that the segment's pages lie in. */
static void plan_shared(const struct boot_module *module, const struct elf_segment *segment)
{
    uint64_t at = segment->file_offset & ~(PAGE - 1), begin = 0; /* in the file */
    uint64_t end = (segment->file_offset + segment->file_bytes + PAGE - 1) & ~(PAGE - 1);

    for (uint32_t i = 0; i < module->caps && at < end; i++) {
        cap_t frame = module->cap + CAP_OF(i);
        uint64_t bytes = frame_bytes(frame);
        if (at < begin + bytes) {
            plan_part(OBJECT_FRAME, 0);
            struct part *part = &plan.part[plan.count - 1];
            part->source = frame;
            part->offset = at - begin;
            part->length = (end < begin + bytes ? end : begin + bytes) - at;
            part->address = segment->address - segment->file_offset + at;
            part->access = segment->access;
            at += part->length;
        }
        begin += bytes;
    }
}

/* log2 of the VSpace: as the manifest says, or what mapping these parts takes. */
static unsigned vspace_bits(void)
{
    bool used[TABLE_LIMIT / TABLE_SPAN] = {0};
    unsigned bits = log2_of(plan.line->vspace_bytes), tables = TABLES_UPPER;

    for (uint32_t i = 0; i < plan.count; i++) {
        const struct part *part = &plan.part[i];
        for (uint64_t at = 0; part->access && at < part->length; at += PAGE)
            used[(part->address + at) / TABLE_SPAN] = true;
    }
    for (uint32_t i = 0; i < sizeof(used); i++)
        tables += used[i];
    while ((1ull << bits) / PAGE < tables + 2)
        bits++;
    return bits;
}

static void plan_make(const struct manifest_program *line, const struct boot_module *module)
{
    const struct elf_image *image = &plan.image;

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
        if (segment_is_shared(&image->segment[i]))
            plan_shared(module, &image->segment[i]);
        else
            plan_range(image->segment[i].address, image->segment[i].memory_bytes,
                       image->segment[i].access);
    plan.part[PART_VSPACE].size_bits = vspace_bits();
}

/*
 * The Untypeds that hold all parts, as log2 of their sizes, the largest first: the highest bits of
 * the sum, and the rest rounded up. As all sizes are powers of two, parts taken the largest first
 * fit.
 */
static uint32_t plan_sizes(unsigned bits[ESTATE_UNTYPED_MAX])
{
    uint64_t bytes = 0;
    uint32_t count = 0;

    for (uint32_t i = 0; i < plan.count; i++)
        bytes += plan.part[i].source ? 0 : 1ull << plan.part[i].size_bits;
    for (; bytes > 0 && count + 1 < ESTATE_UNTYPED_MAX; count++) {
        bits[count] = log2_of(bytes);
        bytes -= 1ull << bits[count];
    }
    if (bytes > 0)
        bits[count++] = log2_of(2 * bytes - 1);
    return count;
}

/* Make a part out of the first Untyped that has room for it. */
static err_t part_make(const struct estate *estate, const struct part *part)
{
    err_t error = ERROR_NO_MEMORY;

    for (uint32_t i = 0; i < ESTATE_UNTYPED_MAX && estate->untyped[i] && error; i++)
        error = untyped_retype(estate->untyped[i], ROOT_CNODE, CAP_INDEX(part->cap), 1, part->type,
                               part->size_bits);
    return error;
}

/* The copies come first in the row of slots: they don't end with the estate's memory. */
static void plan_copy(struct estate *estate)
{
    for (uint32_t i = 0; i < plan.count; i++) {
        struct part *part = &plan.part[i];
        if (!part->source)
            continue;
        uint32_t slot = estate->first_slot + estate->shared++;
        part->cap = CAP_OF(slot);
        root_check(
            cnode_copy(ROOT_CNODE, slot, part->source, RIGHT_FRAME_READ | RIGHT_FRAME_EXECUTE),
            "program %s: its text", plan.line->name);
    }
}

/* Make the other parts out of the estate, the largest first. */
static void plan_carry_out(const struct estate *estate)
{
    uint32_t slot = estate->first_slot + estate->shared;

    for (unsigned bits = ESTATE_BITS_MAX; bits > 0; bits--) {
        for (uint32_t i = 0; i < plan.count; i++) {
            struct part *part = &plan.part[i];
            if (part->size_bits != bits || part->source)
                continue;
            part->cap = CAP_OF(slot++);
            root_check(part_make(estate, part), "program %s: %s of 2^%u bytes", plan.line->name,
                       object_name(part->type), bits);
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
    return part->type == OBJECT_FRAME && !part->source &&
           part->address >= (segment->address & ~(PAGE - 1)) &&
           part->address < segment->address + segment->memory_bytes;
}

static void plan_fill(const char *file)
{
    const struct elf_image *image = &plan.image;

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
            root_check(frame_map_supplied(part->cap, vspace, part->address, part->offset,
                                          part->length, part->access),
                       "program %s: mapping 0x%lx", plan.line->name, part->address);
    }
}

/* The plan of a program; its module stays mapped. */
static const char *plan_begin(const struct manifest_program *line)
{
    const struct boot_module *module = module_get(line->module, line->line);
    const char *file = module_map(module);
    struct elf_image *image = &plan.image;
    char error[ELF_ERROR_MAX];

    if (!elf_read(file, module->bytes, IMAGE_LIMIT, image, error))
        root_fail("manifest:%u: program %s, module %s: %s", line->line, line->name, line->module,
                  error);
    if (image->abi_hash != root.boot->abi_hash)
        root_fail("manifest:%u: program %s, module %s: built for ABI %016lx, the kernel has %016lx",
                  line->line, line->name, line->module, image->abi_hash, root.boot->abi_hash);
    plan_make(line, module);
    return file;
}

static void plan_end(void)
{
    module_unmap(module_get(plan.line->module, plan.line->line));
}

void estate_plan(struct estate *estate, const struct manifest_program *line)
{
    (void)plan_begin(line);
    plan_end();
    *estate = (struct estate){.slot_count = plan.count};
    (void)plan_sizes(estate->bits);
}

void estate_drop(struct estate *estate)
{
    for (uint32_t i = 0; i < ESTATE_UNTYPED_MAX && estate->untyped[i]; i++) {
        root_check(cnode_delete(ROOT_CNODE, CAP_INDEX(estate->untyped[i])), "a program's memory");
        slots_give(&root.slots, CAP_INDEX(estate->untyped[i]), 1);
        estate->untyped[i] = 0;
    }
    if (estate->first_slot)
        slots_give(&root.slots, estate->first_slot, estate->slot_count);
    estate->first_slot = 0;
}

err_t estate_reserve_size(struct estate *estate, struct memory *memory, unsigned bits)
{
    err_t error = 0;

    for (uint32_t i = 0; i < ESTATE_UNTYPED_MAX && !error; i++)
        if (estate->bits[i] == bits && !estate->untyped[i])
            error = memory_make_one(memory, OBJECT_UNTYPED, bits, &estate->untyped[i]);
    if (!error && !estate->first_slot) {
        estate->first_slot = slots_take(&root.slots, estate->slot_count);
        if (estate->first_slot == 0)
            error = ERR(ERROR_FULL, 0, OBJECT_CNODE, BLAME_RESOURCE);
    }
    return error;
}

err_t estate_reserve(struct estate *estate, struct memory *memory)
{
    err_t error = 0;

    for (unsigned bits = ESTATE_BITS_MAX; bits >= ESTATE_BITS_MIN && !error; bits--)
        error = estate_reserve_size(estate, memory, bits);
    if (error)
        estate_drop(estate);
    return error;
}

void estate_build(struct estate *estate, const struct manifest_program *line)
{
    const char *file = plan_begin(line);

    plan_copy(estate);
    plan_carry_out(estate);
    estate->entry = plan.image.entry;
    estate->cnode = plan.part[PART_CNODE].cap;
    estate->vspace = plan.part[PART_VSPACE].cap;
    estate->thread = plan.part[PART_THREAD].cap;
    estate->info = plan.part[PART_INFO].cap;
    estate->buffer = plan.part[PART_BUFFER].cap;
    estate->time = line->is_passive ? 0 : plan.part[PART_TIME].cap;
    plan_fill(file);
    plan_map(estate->vspace);
    plan_end();
}

/* ---- Another table ------------------------------------------------------------------------ */

static void table_forget(struct estate *estate)
{
    if (!estate->table)
        return;
    root_check(cnode_delete(ROOT_CNODE, CAP_INDEX(estate->table)), "a program's table");
    slots_give(&root.slots, CAP_INDEX(estate->table), 1);
    estate->table = 0;
}

/* Its call ended when it was stopped: this is the answer. */
static void caller_answer(cap_t thread)
{
    root_check(thread_write_registers(thread, REGISTER_RDI, 1, 0, 0, 0, 0), "an answer");
    root_check(thread_write_registers(thread, REGISTER_R15, 3, 0, 0, 0, 0), "an answer");
    root_check(thread_write_registers(thread, REGISTER_RFLAGS, 1, 0, 0, 0, 0), "an answer");
}

/* A copy of the CNode in that slot. */
static err_t table_fetch(const struct estate *estate, uint32_t slot, uint32_t copy)
{
    struct cap_description what;
    err_t error = cnode_fetch(ROOT_CNODE, copy, estate->table ? estate->table : estate->cnode, slot,
                              RIGHT_CNODE_WRITE);

    if (!error)
        error = inspect(CAP_OF(copy), &what);
    if (!error && (what.type != OBJECT_CNODE || !(what.rights & RIGHT_CNODE_WRITE)))
        error = ERR(ERROR_WRONG_TYPE, 1, what.type, BLAME_CALLER);
    return error;
}

err_t estate_set_table(struct estate *estate, uint32_t slot)
{
    uint32_t copy = slots_take(&root.slots, 1);
    err_t error =
        copy ? table_fetch(estate, slot, copy) : ERR(ERROR_FULL, 0, OBJECT_CNODE, BLAME_RESOURCE);

    if (error && copy) {
        root_check(cnode_delete(ROOT_CNODE, copy), "no table");
        slots_give(&root.slots, copy, 1);
    }
    if (error)
        return error;
    root_check(thread_suspend(estate->thread), "another table");
    root_check(thread_set_space(estate->thread, CAP_OF(copy), estate->vspace), "another table");
    caller_answer(estate->thread);
    root_check(thread_resume(estate->thread), "another table");
    table_forget(estate);
    estate->table = CAP_OF(copy);
    return 0;
}

/* ---- Its end ------------------------------------------------------------------------------ */

void estate_revoke(struct estate *estate)
{
    for (uint32_t i = 0; i < ESTATE_UNTYPED_MAX && estate->untyped[i]; i++)
        root_check(cnode_revoke(ROOT_CNODE, CAP_INDEX(estate->untyped[i])), "end of a program");
    for (; estate->shared > 0; estate->shared--)
        root_check(cnode_delete(ROOT_CNODE, estate->first_slot + estate->shared - 1),
                   "end of a program");
    table_forget(estate);
}
