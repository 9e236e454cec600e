/* SPDX-License-Identifier: BSD-2-Clause */
/* See image.h. */

#include "tests/guest/kernel/image.h"

#include "libsys/elf.h"
#include "libsys/program.h"
#include "tests/guest/kernel/memory.h"

#define FILE_ADDRESS 0x50000000ull
#define PIECES_MAX 16
#define PAGE 4096ull

/* A part of a Frame of the module, and where it is mapped. */
struct piece {
    cap_t frame;
    uint64_t offset, address, bytes;
    unsigned access;
};

static struct piece pieces[PIECES_MAX];
static unsigned piece_count;

/* The whole pages of a segment that lie in the Frame with the file's bytes from `begin` on. */
static void piece_add(const struct elf_segment *segment, cap_t frame, uint64_t begin,
                      uint64_t frame_bytes)
{
    uint64_t low = segment->file_offset & -PAGE;
    uint64_t high = (segment->file_offset + segment->file_bytes + PAGE - 1) & -PAGE;
    uint64_t first = low > begin ? low : begin;
    uint64_t end = high < begin + frame_bytes ? high : begin + frame_bytes;

    if (first >= end)
        return;
    if (piece_count == PIECES_MAX)
        FAIL("the image is in too many pieces");
    pieces[piece_count++] = (struct piece){
        .frame = frame,
        .offset = first - begin,
        .address = (segment->address & -PAGE) + (first - low),
        .bytes = end - first,
        .access = segment->access,
    };
}

static void pieces_find(const struct program_cap *module, const struct elf_image *image)
{
    for (uint32_t k = 0; k < image->segment_count; k++) {
        uint64_t begin = 0;
        if (image->segment[k].access & ACCESS_WRITE)
            continue;
        for (uint32_t i = 0; i < module->count; i++) {
            uint64_t bytes = 1ull << case_inspect(module->cap + CAP_OF(i)).size_bits;
            piece_add(&image->segment[k], module->cap + CAP_OF(i), begin, bytes);
            begin += bytes;
        }
    }
}

void image_init(void)
{
    const struct program_cap *module = program_cap_find("image");
    struct elf_image image;
    char error[ELF_ERROR_MAX];
    uint64_t at = FILE_ADDRESS;

    if (!module)
        FAIL("the manifest doesn't give the image");
    // cppcheck-suppress nullPointerRedundantCheck ; FAIL doesn't return
    for (uint32_t i = 0; i < module->count; i++) {
        uint64_t bytes = 1ull << case_inspect(module->cap + CAP_OF(i)).size_bits;
        OK(frame_map, module->cap + CAP_OF(i), own.vspace, at, 0, bytes, ACCESS_READ);
        at += bytes;
    }
    if (!elf_read((const void *)FILE_ADDRESS, module->size, 1ull << 47, &image, error))
        FAIL("the image: %s", error);
    pieces_find(module, &image);
    for (uint32_t i = 0; i < module->count; i++)
        OK(frame_unmap, module->cap + CAP_OF(i), 0,
           1ull << case_inspect(module->cap + CAP_OF(i)).size_bits);
}

void image_map(cap_t vspace)
{
    for (unsigned i = 0; i < piece_count; i++) {
        const struct piece *piece = &pieces[i];
        cap_t copy = case_copy(piece->frame, RIGHT_ALL);
        OK(frame_map, copy, vspace, piece->address, piece->offset, piece->bytes, piece->access);
    }
}

cap_t image_code_frame(uint64_t *offset, uint64_t *address)
{
    for (unsigned i = 0; i < piece_count; i++) {
        if (pieces[i].access & ACCESS_EXECUTE) {
            *offset = pieces[i].offset;
            *address = pieces[i].address;
            return pieces[i].frame;
        }
    }
    FAIL("no code");
}
