/* SPDX-License-Identifier: BSD-2-Clause */
/* See image.h. */

#include "servers/process/image.h"

#include "libsys/log.h"
#include "libsys/memory_client.h"
#include "libsys/string.h"
#include "libsys/vfs_client.h"

#define CACHED 32
#define PAGE 4096ull
#define FILE_MAX (64ull << 20)
#define USER_LIMIT 0x7fffffffe000ull
#define STACK_BYTES (1ull << 20)
#define CONTROL_BYTES 256u
/* Stacks and PIEs lie below 512 GiB: the same table of the third level as a static program. */
#define RANDOM_LOW (64ull << 30)
#define RANDOM_BITS 25 /* pages of the stack's place: 128 GiB */
#define PIE_LOW (256ull << 30)
#define PIE_BITS 24
#define PIE_MAX (64ull << 30)

static struct image cache[CACHED];
static uint32_t cache_next;

static uint64_t page_down(uint64_t address)
{
    return address & ~(PAGE - 1);
}

static uint64_t page_up(uint64_t address)
{
    return page_down(address + PAGE - 1);
}

/* ---- Reading --------------------------------------------------------------------------------- */

static err_t bad_program(const char *path, const char *why)
{
    log_write(LOG_NOTICE, "%s: %s", path, why);
    return PROCESS_ERROR_BAD_PROGRAM;
}

/* A word of a script's first line, from *at on; empty: there is none, or it's too long. */
static void script_word(const char *line, uint32_t end, uint32_t *at, char *word, bool to_end)
{
    uint32_t from = *at, length = 0;

    while (from < end && (line[from] == ' ' || line[from] == '\t'))
        from++;
    while (from + length < end &&
           (to_end || (line[from + length] != ' ' && line[from + length] != '\t')))
        length++;
    *at = from + length;
    while (to_end && length > 0 &&
           (line[from + length - 1] == ' ' || line[from + length - 1] == '\t'))
        length--;
    if (length >= INTERPRETER_ROOM)
        length = 0;
    memcpy(word, line + from, length);
    word[length] = 0;
}

static err_t script_read(const char *path, const char *file, uint64_t size, struct image *image)
{
    uint32_t end = 2, at = 2;

    while (end < size && end < 2 * INTERPRETER_ROOM && file[end] != '\n' && file[end] != 0)
        end++;
    script_word(file, end, &at, image->interpreter, false);
    script_word(file, end, &at, image->argument, true);
    image->is_script = true;
    return image->interpreter[0] ? 0 : bad_program(path, "no interpreter's name behind #!");
}

/* The places of what isn't the program's stay free of it. */
static bool place_check(const struct elf_image *elf)
{
    const uint64_t pages = PROCESS_PAGE_ADDRESS;
    const struct elf_segment *last = &elf->segment[elf->segment_count - 1];

    if (elf->is_pie)
        return last->address + last->memory_bytes <= PIE_MAX;
    for (uint32_t i = 0; i < elf->segment_count; i++)
        if (elf->segment[i].address < pages + PROCESS_THREADS_MAX * PROCESS_PAGE_BYTES &&
            elf->segment[i].address + elf->segment[i].memory_bytes > pages)
            return false;
    return last->address + last->memory_bytes <= RANDOM_LOW;
}

static err_t file_read(const char *path, const uint8_t *file, uint64_t size, struct image *image)
{
    char why[ELF_ERROR_MAX];

    if (size >= 2 && file[0] == '#' && file[1] == '!')
        return script_read(path, (const char *)file, size, image);
    if (!elf_read_user(file, size, USER_LIMIT, &image->elf, why))
        return bad_program(path, why);
    if (!place_check(&image->elf))
        return bad_program(path, "elf: lies where the process page is, or is too large");
    return 0;
}

/* Read the file through a window of our own. The object can't shrink while it's mapped here. */
static err_t image_read(const char *path, const struct program *program, struct image *image)
{
    uint64_t length = page_up(program->size), at = 0;

    if (program->size == 0 || program->size > FILE_MAX)
        return bad_program(path, program->size ? "more than 64 MiB" : "an empty file");
    err_t error =
        memory_map(&own.memory, program->object, 0, length, program->offset, MEMORY_READ, &at);
    if (error)
        return error_of_server(error);
    error = file_read(path, (const uint8_t *)at, program->size, image);
    (void)!memory_unmap(own.memory.cap, at, length);
    return error;
}

static const struct image *cache_find(uint64_t number)
{
    for (uint32_t i = 0; i < CACHED; i++)
        if (cache[i].number == number)
            return &cache[i];
    return NULL;
}

/* In the boot module, which we have a handle of; or in an object of its own. */
static err_t file_find(uint64_t client, const char *path, cap_t object, struct program *program,
                       uint64_t *number)
{
    uint32_t in_module = 0;
    err_t error = vfs_program_find(&own.vfs, client, path, &program->offset, &program->size, number,
                                   &program->mode, &in_module);

    program->object = own.module;
    if (error || (in_module && own.module))
        return error;
    program->object = object;
    return vfs_program(&own.vfs, client, path, object, &program->offset, &program->size, number,
                       &program->mode);
}

err_t image_find(uint64_t client, const char *path, cap_t object, struct program *program)
{
    uint64_t number = 0;
    err_t error = file_find(client, path, object, program, &number);

    if (error)
        return error_of_server(error);
    const struct image *known = number ? cache_find(number) : NULL;
    if (known) {
        program->image = *known;
        return 0;
    }
    program->image = (struct image){.number = number};
    error = image_read(path, program, &program->image);
    if (!error)
        cache[cache_next++ % CACHED] = program->image;
    return error;
}

/* ---- Mapping --------------------------------------------------------------------------------- */

/* Each segment may be two, one of the file and one beyond; and the stack. */
#define PARTS_MAX (2 * ELF_SEGMENTS_MAX + 1)

struct parts {
    struct memory_part part[PARTS_MAX];
    uint32_t count;
};

static struct memory_part *part_add(struct parts *parts, uint64_t begin, uint64_t end,
                                    uint64_t access)
{
    struct memory_part *part = &parts->part[parts->count++];

    *part = (struct memory_part){.address = begin, .length = end - begin, .access = access};
    return part;
}

/*
 * Of the file, as far as that goes; then zero. The page where a writable one passes from the one to
 * the other is made at once, since what the file has behind must not be seen. Others have their
 * beginning mapped, or the place where the program starts: it is read soon.
 */
static void segment_parts(const struct program *program, const struct elf_segment *segment,
                          const struct placed *placed, struct parts *parts)
{
    uint64_t at = segment->address + placed->bias, file_end = at + segment->file_bytes;
    uint64_t begin = page_down(at), end = page_up(at + segment->memory_bytes);
    uint64_t shared = segment->file_bytes ? page_up(file_end) : begin;
    bool writable = segment->access & ACCESS_WRITE;

    if (shared > begin) {
        struct memory_part *part =
            part_add(parts, begin, shared, segment->access | (writable ? MEMORY_PRIVATE : 0));
        part->offset = program->offset + page_down(segment->file_offset);
        if (!writable)
            part->touch = placed->entry >= begin && placed->entry < end ? placed->entry : at;
        else if (file_end < shared && segment->memory_bytes > segment->file_bytes)
            part->zero = file_end;
    }
    if (end > shared)
        part_add(parts, shared, end, segment->access | MEMORY_ANONYMOUS);
}

static uint64_t random_page(uint64_t low, unsigned bits)
{
    return low + (random_word() >> (64 - bits)) * PAGE;
}

static err_t stack_place(const struct elf_image *elf, uint32_t arguments_bytes,
                         struct placed *placed)
{
    uint64_t tls = (elf->tls_bytes + 63) & ~63ull;

    placed->stack_low = random_page(RANDOM_LOW, RANDOM_BITS);
    placed->stack_high = placed->stack_low + STACK_BYTES;
    placed->fs_base = placed->stack_high - CONTROL_BYTES;
    if (tls > STACK_BYTES / 4 || arguments_bytes > STACK_BYTES / 4)
        return RPC_TOO_LARGE;
    placed->sp = (placed->fs_base - tls - arguments_bytes) & ~15ull;
    return 0;
}

static err_t place(const struct elf_image *elf, uint32_t arguments_bytes, struct placed *placed)
{
    const struct elf_segment *last = &elf->segment[elf->segment_count - 1];

    placed->bias = elf->is_pie ? random_page(PIE_LOW, PIE_BITS) : 0;
    placed->entry = elf->entry + placed->bias;
    placed->low = page_down(elf->segment[0].address) + placed->bias;
    placed->high = page_up(last->address + last->memory_bytes) + placed->bias;
    return stack_place(elf, arguments_bytes, placed);
}

/* A new space, or one that is empty. */
static err_t space_build(const struct program *program, const struct arguments *arguments,
                         const struct loading *loading, const struct parts *parts, uint64_t sp,
                         uint64_t *space)
{
    uint32_t size = parts->count * (uint32_t)sizeof(parts->part[0]);
    uint32_t bytes = arguments->data ? 0 : arguments->bytes;

    if (!loading->spare)
        return memory_space_build(&own.authority, program->object, USERS_GROUP, own.space_quota,
                                  parts->part, size, arguments->space, arguments->address, sp,
                                  bytes, loading->space, loading->vspace, space);
    err_t error =
        memory_space_build_again(&own.authority, program->object, loading->spare, parts->part, size,
                                 arguments->space, arguments->address, sp, bytes);
    if (!error)
        *space = loading->spare;
    return error;
}

err_t image_load(const struct program *program, const struct arguments *arguments,
                 const struct loading *loading, uint64_t *space, struct placed *placed)
{
    const struct elf_image *elf = &program->image.elf;
    struct parts parts;
    err_t error = place(elf, arguments->bytes, placed);

    if (error)
        return error;
    parts.count = 0;
    for (uint32_t i = 0; i < elf->segment_count; i++)
        segment_parts(program, &elf->segment[i], placed, &parts);
    part_add(&parts, placed->stack_low, placed->stack_high,
             MEMORY_READ | MEMORY_WRITE | MEMORY_GROWS_DOWN | MEMORY_ANONYMOUS);
    error = space_build(program, arguments, loading, &parts, placed->sp, space);
    return error_of_server(error);
}
