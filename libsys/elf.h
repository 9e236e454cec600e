/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the headers of a static x86-64 program and says what to put where. Pure: it looks at the
 * bytes it is given and at nothing else, and believes nothing in them.
 *
 * An image that is accepted has: an entry point in executable memory; one to ELF_SEGMENTS_MAX
 * segments that lie in the file, are loaded inside [ELF_ADDRESS_MIN, the limit given), share no
 * page with each other, in rising order, and are never both writable and executable; and a note
 * that says for which ABI it was built.
 */
#ifndef LIBSYS_ELF_H
#define LIBSYS_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_SEGMENTS_MAX 8
#define ELF_ADDRESS_MIN 0x10000ull /* a null pointer with an offset hits nothing */
#define ELF_ERROR_MAX 160

/* What to load: memory is `memory_bytes` long, its first `file_bytes` from the file, else zero. */
struct elf_segment {
    uint64_t address;      /* any; the pages around it are this segment's alone */
    uint64_t memory_bytes; /* never 0 */
    uint64_t file_offset, file_bytes;
    uint32_t access; /* ACCESS_* */
};

struct elf_image {
    uint64_t entry;
    uint64_t abi_hash;
    uint64_t tls_bytes; /* elf_read_user: thread-local storage of a thread */
    bool is_pie;        /* elf_read_user: may lie anywhere; it relocates itself */
    uint32_t segment_count;
    struct elf_segment segment[ELF_SEGMENTS_MAX];
};

/*
 * Whether the `size` bytes are a program that may be loaded below `limit`. If not, `error` has
 * ELF_ERROR_MAX characters that say why, without a line end.
 */
bool elf_read(const void *bytes, size_t size, uint64_t limit, struct elf_image *image, char *error);

/*
 * The same for users' programs, whose pages are mapped from the file: segments lie at the same
 * place within a page in the file and in memory. They may have thread-local storage, and be
 * position-independent: their addresses then begin at 0, and they need no other file.
 */
bool elf_read_user(const void *bytes, size_t size, uint64_t limit, struct elf_image *image,
                   char *error);

#endif
