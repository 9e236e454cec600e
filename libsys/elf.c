/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See elf.h. The file's structures are copied out before use, so that nothing depends on their
 * alignment; every sum is checked by subtraction, so that none can overflow.
 */

#include "libsys/elf.h"

#include "kernel/abi/types.h"
#include "libsys/format.h"
#include "libsys/string.h"

/* The ELF specification, figures 4-3 and 5-1 (System V ABI), with the 64-bit widths. */
struct elf_header {
    uint8_t magic[4];
    uint8_t class, data, ident_version, os_abi, abi_version, pad[7];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, program_offset, section_offset;
    uint32_t flags;
    uint16_t header_bytes, program_bytes, program_count;
    uint16_t section_bytes, section_count, section_names;
};

struct elf_program {
    uint32_t type, flags;
    uint64_t offset, address, physical, file_bytes, memory_bytes, align;
};

struct elf_note {
    uint32_t name_bytes, desc_bytes, type;
};

_Static_assert(sizeof(struct elf_header) == 64, "as in the file");
_Static_assert(sizeof(struct elf_program) == 56, "as in the file");

#define CLASS_64 2
#define DATA_LITTLE_ENDIAN 1
#define TYPE_EXECUTABLE 2
#define TYPE_SHARED 3
#define MACHINE_X86_64 62
#define PROGRAM_LOAD 1
#define PROGRAM_DYNAMIC 2
#define PROGRAM_INTERPRETER 3
#define PROGRAM_NOTE 4
#define PROGRAM_TLS 7
#define FLAG_EXECUTE 1u
#define FLAG_WRITE 2u
#define FLAG_READ 4u
#define DYNAMIC_NEEDED 1
#define TLS_MAX 65536ull
#define TLS_ALIGN 64ull
#define NOTE_ABI 1
#define NOTE_NAME "Marcona"
#define PAGE 4096ull

struct reader {
    const uint8_t *bytes;
    size_t size;
    uint64_t limit;
    struct elf_image *image;
    char *error;
    bool has_note;
    bool user; /* elf_read_user */
};

#define FAIL(reader, ...) \
    (format_buffer((reader)->error, ELF_ERROR_MAX, "elf: " __VA_ARGS__), false)

static bool range_fits(uint64_t offset, uint64_t length, uint64_t size)
{
    return offset <= size && length <= size - offset;
}

static uint64_t page_of(uint64_t address)
{
    return address & ~(PAGE - 1);
}

static bool header_check(struct reader *reader, const struct elf_header *header)
{
    if (memcmp(header->magic, "\177ELF", 4) != 0)
        return FAIL(reader, "not an ELF file");
    if (header->class != CLASS_64 || header->data != DATA_LITTLE_ENDIAN)
        return FAIL(reader, "class %u, data %u: not 64-bit little-endian", header->class,
                    header->data);
    reader->image->is_pie = reader->user && header->type == TYPE_SHARED;
    if (header->type != TYPE_EXECUTABLE && !reader->image->is_pie)
        return FAIL(reader, "type %u: not a static executable", header->type);
    if (header->machine != MACHINE_X86_64)
        return FAIL(reader, "machine %u: not x86-64", header->machine);
    if (header->version != 1 || header->ident_version != 1)
        return FAIL(reader, "version %u: not 1", header->version);
    if (header->program_bytes != sizeof(struct elf_program))
        return FAIL(reader, "program headers of %u bytes, not 56", header->program_bytes);
    if (!range_fits(header->program_offset,
                    (uint64_t)header->program_count * sizeof(struct elf_program), reader->size))
        return FAIL(reader, "%u program headers at 0x%lx lie past the end 0x%lx",
                    header->program_count, header->program_offset, reader->size);
    return true;
}

static bool segment_range_check(struct reader *reader, unsigned number,
                                const struct elf_program *program)
{
    if (!range_fits(program->offset, program->file_bytes, reader->size))
        return FAIL(reader, "segment %u: file range 0x%lx+0x%lx lies past the end 0x%lx", number,
                    program->offset, program->file_bytes, reader->size);
    if (program->file_bytes > program->memory_bytes)
        return FAIL(reader, "segment %u: 0x%lx bytes of file for 0x%lx of memory", number,
                    program->file_bytes, program->memory_bytes);
    uint64_t least = reader->image->is_pie ? 0 : ELF_ADDRESS_MIN;
    if (program->address < least ||
        !range_fits(program->address, program->memory_bytes, reader->limit))
        return FAIL(reader, "segment %u: memory 0x%lx+0x%lx is not between 0x%lx and 0x%lx", number,
                    program->address, program->memory_bytes, least, reader->limit);
    if (reader->user && (program->address ^ program->offset) % PAGE)
        return FAIL(reader, "segment %u: at 0x%lx in the file, which can't be mapped to 0x%lx",
                    number, program->offset, program->address);
    return true;
}

static bool segment_check(struct reader *reader, unsigned number, const struct elf_program *program)
{
    const struct elf_image *image = reader->image;

    if (!segment_range_check(reader, number, program))
        return false;
    if (!(program->flags & FLAG_READ))
        return FAIL(reader, "segment %u: not readable", number);
    if ((program->flags & FLAG_WRITE) && (program->flags & FLAG_EXECUTE))
        return FAIL(reader, "segment %u: writable and executable", number);
    if (image->segment_count == ELF_SEGMENTS_MAX)
        return FAIL(reader, "segment %u: more than %u to load", number, ELF_SEGMENTS_MAX);
    if (image->segment_count > 0) {
        const struct elf_segment *last = &image->segment[image->segment_count - 1];
        uint64_t last_end = last->address + last->memory_bytes;
        if (program->address < last->address || page_of(last_end - 1) >= page_of(program->address))
            return FAIL(reader,
                        "segment %u: at 0x%lx, shares a page with the one before, or is out "
                        "of order (0x%lx+0x%lx)",
                        number, program->address, last->address, last->memory_bytes);
    }
    return true;
}

static void segment_add(struct reader *reader, const struct elf_program *program)
{
    reader->image->segment[reader->image->segment_count++] = (struct elf_segment){
        .address = program->address,
        .memory_bytes = program->memory_bytes,
        .file_offset = program->offset,
        .file_bytes = program->file_bytes,
        .access = ACCESS_READ | (program->flags & FLAG_WRITE ? ACCESS_WRITE : 0) |
                  (program->flags & FLAG_EXECUTE ? ACCESS_EXECUTE : 0),
    };
}

/* A note segment of ours is one note; those of other names are passed over. */
static bool note_read(struct reader *reader, unsigned number, const struct elf_program *program)
{
    struct elf_note note;
    uint64_t bytes = sizeof(note) + sizeof(NOTE_NAME) + sizeof(uint64_t);
    const uint8_t *at = reader->bytes + program->offset;

    if (!range_fits(program->offset, program->file_bytes, reader->size))
        return FAIL(reader, "segment %u: note 0x%lx+0x%lx lies past the end 0x%lx", number,
                    program->offset, program->file_bytes, reader->size);
    if (program->file_bytes != bytes)
        return true;
    memcpy(&note, at, sizeof(note));
    if (note.name_bytes != sizeof(NOTE_NAME) || note.desc_bytes != sizeof(uint64_t) ||
        note.type != NOTE_ABI || memcmp(at + sizeof(note), NOTE_NAME, sizeof(NOTE_NAME)) != 0)
        return true;
    memcpy(&reader->image->abi_hash, at + sizeof(note) + sizeof(NOTE_NAME), sizeof(uint64_t));
    reader->has_note = true;
    return true;
}

static bool tls_check(struct reader *reader, unsigned number, const struct elf_program *program)
{
    if (!reader->user)
        return FAIL(reader, "segment %u: thread-local storage is not supported", number);
    if (program->memory_bytes > TLS_MAX || program->align > TLS_ALIGN)
        return FAIL(reader,
                    "segment %u: thread-local storage of 0x%lx bytes, aligned to 0x%lx: more than "
                    "0x%lx and 0x%lx",
                    number, program->memory_bytes, program->align, (uint64_t)TLS_MAX,
                    (uint64_t)TLS_ALIGN);
    reader->image->tls_bytes = program->memory_bytes;
    return true;
}

/* A program that relocates itself has such a section too; it names no other file. */
static bool dynamic_check(struct reader *reader, unsigned number, const struct elf_program *program)
{
    if (!reader->image->is_pie)
        return FAIL(reader, "segment %u: needs a dynamic linker; only static programs run", number);
    if (!range_fits(program->offset, program->file_bytes, reader->size))
        return FAIL(reader, "segment %u: dynamic section 0x%lx+0x%lx lies past the end 0x%lx",
                    number, program->offset, program->file_bytes, reader->size);
    for (uint64_t at = 0; program->file_bytes - at >= 2 * sizeof(uint64_t);
         at += 2 * sizeof(uint64_t)) {
        uint64_t tag;
        memcpy(&tag, reader->bytes + program->offset + at, sizeof(tag));
        if (tag == DYNAMIC_NEEDED)
            return FAIL(reader, "segment %u: needs a shared library; only static programs run",
                        number);
    }
    return true;
}

static bool program_read(struct reader *reader, unsigned number, const struct elf_program *program)
{
    switch (program->type) {
    case PROGRAM_LOAD:
        if (program->memory_bytes == 0)
            return true;
        if (!segment_check(reader, number, program))
            return false;
        segment_add(reader, program);
        return true;
    case PROGRAM_NOTE:
        return note_read(reader, number, program);
    case PROGRAM_DYNAMIC:
        return dynamic_check(reader, number, program);
    case PROGRAM_INTERPRETER:
        return FAIL(reader, "segment %u: needs a dynamic linker; only static programs run", number);
    case PROGRAM_TLS:
        return tls_check(reader, number, program);
    default:
        return true;
    }
}

static bool entry_check(struct reader *reader)
{
    const struct elf_image *image = reader->image;

    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segment[i];
        if ((segment->access & ACCESS_EXECUTE) && image->entry >= segment->address &&
            image->entry - segment->address < segment->memory_bytes)
            return true;
    }
    return FAIL(reader, "the entry 0x%lx lies in no executable segment", image->entry);
}

static bool elf_read_as(const void *bytes, size_t size, uint64_t limit, bool user,
                        struct elf_image *image, char *error)
{
    struct reader reader = {
        .bytes = bytes,
        .size = size,
        .limit = limit,
        .image = image,
        .error = error,
        .user = user,
    };
    struct elf_header header;

    *image = (struct elf_image){0};
    if (size < sizeof(header))
        return FAIL(&reader, "%lu bytes are too few for a program", size);
    memcpy(&header, bytes, sizeof(header));
    if (!header_check(&reader, &header))
        return false;
    image->entry = header.entry;
    for (unsigned i = 0; i < header.program_count; i++) {
        struct elf_program program;
        memcpy(&program, reader.bytes + header.program_offset + i * sizeof(program),
               sizeof(program));
        if (!program_read(&reader, i, &program))
            return false;
    }
    if (image->segment_count == 0)
        return FAIL(&reader, "nothing to load");
    if (!reader.has_note)
        return FAIL(&reader, "no ABI note; was it linked with libsys?");
    return entry_check(&reader);
}

bool elf_read(const void *bytes, size_t size, uint64_t limit, struct elf_image *image, char *error)
{
    return elf_read_as(bytes, size, limit, false, image, error);
}

bool elf_read_user(const void *bytes, size_t size, uint64_t limit, struct elf_image *image,
                   char *error)
{
    return elf_read_as(bytes, size, limit, true, image, error);
}
