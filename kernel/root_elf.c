/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources: System V ABI, chapter 4 (object files); ELF-64 Object File Format 1.5. */
#include "kernel/arch/arch.h"
#include "kernel/root_elf.h"

#include "kernel/abi/types.h"
#include "kernel/lib/string.h"

struct elf_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_program {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

struct elf_note {
    uint32_t name_size, desc_size, type;
    char name[8];
    uint8_t desc[8];
};

enum { PT_LOAD = 1, PT_NOTE = 4, PF_X = 1, PF_W = 2 };

static const char *load_segment(const struct elf_program *program, uint64_t file_bytes,
                                struct root_image *image)
{
    if (program->memsz == 0)
        return NULL;
    if (image->count == ROOT_SEGMENTS_MAX)
        return "too many segments";
    if (program->offset > file_bytes || program->filesz > file_bytes - program->offset)
        return "a segment lies past the end of the file";
    if (program->filesz > program->memsz)
        return "a segment is larger in the file than in memory";
    if (program->vaddr < PAGE_SIZE || program->vaddr >= USER_LIMIT ||
        program->memsz > USER_LIMIT - program->vaddr)
        return "a segment lies outside user memory";
    if ((program->flags & PF_W) && (program->flags & PF_X))
        return "a segment is writable and executable";
    struct root_segment *segment = &image->segment[image->count++];
    segment->address = program->vaddr;
    segment->bytes = program->memsz;
    segment->in_file = program->filesz;
    segment->offset = program->offset;
    segment->access = ACCESS_READ | (program->flags & PF_W ? ACCESS_WRITE : 0) |
                      (program->flags & PF_X ? ACCESS_EXECUTE : 0);
    return NULL;
}

static void read_note(const uint8_t *file, uint64_t bytes, const struct elf_program *program,
                      struct root_image *image)
{
    struct elf_note note;
    if (program->offset > bytes || bytes - program->offset < sizeof note)
        return;
    memcpy(&note, file + program->offset, sizeof note);
    if (note.name_size == 8 && note.desc_size == 8 && memcmp(note.name, "Marcona", 8) == 0)
        memcpy(&image->abi_hash, note.desc, sizeof image->abi_hash);
}

const char *root_elf_parse(const void *file, uint64_t bytes, struct root_image *image)
{
    static const uint8_t ident[7] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    struct elf_header header;
    memset(image, 0, sizeof *image);
    if (bytes < sizeof header)
        return "it is too short for an ELF file";
    memcpy(&header, file, sizeof header);
    if (memcmp(header.ident, ident, sizeof ident) != 0 || header.machine != 62 || header.type != 2)
        return "it is not a static ELF program for x86-64";
    if (header.phentsize != sizeof(struct elf_program) || header.phoff > bytes ||
        (uint64_t)header.phnum * sizeof(struct elf_program) > bytes - header.phoff)
        return "its program headers lie past the end of the file";
    image->entry = header.entry;
    for (unsigned i = 0; i < header.phnum; i++) {
        struct elf_program program;
        memcpy(&program, (const uint8_t *)file + header.phoff + i * sizeof program, sizeof program);
        const char *problem = NULL;
        if (program.type == PT_LOAD)
            problem = load_segment(&program, bytes, image);
        else if (program.type == PT_NOTE)
            read_note(file, bytes, &program, image);
        if (problem)
            return problem;
    }
    return image->count ? NULL : "it has nothing to load";
}
