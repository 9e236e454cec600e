/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: libsys/elf.c kernel/lib/format.c */
/* The ELF reader: one good image, and one mistake at a time in it. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/abi/types.h"
#include "libsys/elf.h"

#define LIMIT 0x10000000ull
#define HASH 0x1122334455667788ull
#define SIZE 0x3000

/* Offsets in the file: ELF header, then four program headers from 64. */
#define HEADER_TYPE 16
#define HEADER_MACHINE 18
#define HEADER_ENTRY 24
#define HEADER_PROGRAMS 32
#define HEADER_PROGRAM_BYTES 54
#define HEADER_COUNT 56
#define PROGRAM(n, field) (64 + 56 * (n) + (field))
#define TYPE 0
#define FLAGS 4
#define OFFSET 8
#define ADDRESS 16
#define FILE_BYTES 32
#define MEMORY_BYTES 40
#define ALIGN 48

static unsigned char file[SIZE];
static int failures;

static void put(size_t at, uint64_t value, size_t bytes)
{
    memcpy(file + at, &value, bytes);
}

static void put_program(int n, uint32_t type, uint32_t flags, uint64_t offset, uint64_t address,
                        uint64_t file_bytes, uint64_t memory_bytes)
{
    put(PROGRAM(n, TYPE), type, 4);
    put(PROGRAM(n, FLAGS), flags, 4);
    put(PROGRAM(n, OFFSET), offset, 8);
    put(PROGRAM(n, ADDRESS), address, 8);
    put(PROGRAM(n, FILE_BYTES), file_bytes, 8);
    put(PROGRAM(n, MEMORY_BYTES), memory_bytes, 8);
}

static void make_good(void)
{
    memset(file, 0, sizeof(file));
    memcpy(file, "\177ELF\2\1\1", 7);
    put(HEADER_TYPE, 2, 2);
    put(HEADER_MACHINE, 62, 2);
    put(20, 1, 4);
    put(HEADER_ENTRY, 0x400010, 8);
    put(HEADER_PROGRAMS, 64, 8);
    put(HEADER_PROGRAM_BYTES, 56, 2);
    put(HEADER_COUNT, 4, 2);
    put_program(0, 1, 5, 0x1000, 0x400000, 0x800, 0x800);
    put_program(1, 1, 4, 0x2000, 0x401000, 0x100, 0x100);
    put_program(2, 1, 6, 0x2800, 0x402000, 0x800, 0x5000);
    put_program(3, 4, 4, 0x2000, 0x401000, 28, 28);
    put(0x2000, 8, 4);
    put(0x2004, 8, 4);
    put(0x2008, 1, 4);
    memcpy(file + 0x200c, "Marcona", 8);
    put(0x2014, HASH, 8);
}

static bool is_user; /* read as a user's program */

static bool read_file(size_t size, struct elf_image *image, char *error)
{
    /* A copy of exactly that size, so that reading past it is seen. */
    unsigned char *copy = malloc(size ? size : 1);
    memcpy(copy, file, size);
    bool good = (is_user ? elf_read_user : elf_read)(copy, size, LIMIT, image, error);
    free(copy);
    return good;
}

static void report(const char *name, bool good, const char *why)
{
    if (good)
        printf("ok %s\n", name);
    else
        printf("not ok %s: %s\n", name, why);
    failures += !good;
}

static void expect_good(const char *name)
{
    struct elf_image image;
    char error[ELF_ERROR_MAX] = "";
    report(name, read_file(SIZE, &image, error), error);
}

static void expect_error(const char *name, size_t size, const char *text)
{
    struct elf_image image;
    char error[ELF_ERROR_MAX] = "accepted";
    bool good = read_file(size, &image, error);
    report(name, !good && strcmp(error, text) == 0, error);
    make_good();
}

static void test_good(void)
{
    struct elf_image image;
    char error[ELF_ERROR_MAX] = "wrong fields";

    make_good();
    bool good = read_file(SIZE, &image, error);
    good = good && image.entry == 0x400010 && image.abi_hash == HASH && image.segment_count == 3 &&
           image.segment[0].access == (ACCESS_READ | ACCESS_EXECUTE) &&
           image.segment[1].access == ACCESS_READ &&
           image.segment[2].access == (ACCESS_READ | ACCESS_WRITE) &&
           image.segment[2].address == 0x402000 && image.segment[2].memory_bytes == 0x5000 &&
           image.segment[2].file_bytes == 0x800 && image.segment[2].file_offset == 0x2800;
    report("elf: a good image", good, error);
}

static void test_header(void)
{
    expect_error("elf: empty", 0, "elf: 0 bytes are too few for a program");
    expect_error("elf: 63 bytes", 63, "elf: 63 bytes are too few for a program");
    file[0] = 'X';
    expect_error("elf: magic", SIZE, "elf: not an ELF file");
    file[4] = 1;
    expect_error("elf: 32 bits", SIZE, "elf: class 1, data 1: not 64-bit little-endian");
    put(HEADER_TYPE, 3, 2);
    expect_error("elf: position-independent", SIZE, "elf: type 3: not a static executable");
    put(HEADER_MACHINE, 40, 2);
    expect_error("elf: machine", SIZE, "elf: machine 40: not x86-64");
    put(HEADER_PROGRAM_BYTES, 57, 2);
    expect_error("elf: program header size", SIZE, "elf: program headers of 57 bytes, not 56");
    put(HEADER_PROGRAMS, ~0ull - 8, 8);
    expect_error("elf: program headers overflow", SIZE,
                 "elf: 4 program headers at 0xfffffffffffffff7 lie past the end 0x3000");
    put(HEADER_COUNT, 0xffff, 2);
    expect_error("elf: program header count", SIZE,
                 "elf: 65535 program headers at 0x40 lie past the end 0x3000");
    put(HEADER_COUNT, 0, 2);
    expect_error("elf: no program headers", SIZE, "elf: nothing to load");
    put(HEADER_ENTRY, 0x401010, 8);
    expect_error("elf: entry in data", SIZE,
                 "elf: the entry 0x401010 lies in no executable segment");
    put(HEADER_ENTRY, 0x400800, 8);
    expect_error("elf: entry past the code", SIZE,
                 "elf: the entry 0x400800 lies in no executable segment");
}

static void test_ranges(void)
{
    expect_error("elf: truncated", SIZE - 1,
                 "elf: segment 2: file range 0x2800+0x800 lies past the end 0x2fff");
    put(PROGRAM(0, OFFSET), ~0ull, 8);
    expect_error("elf: file range overflow", SIZE,
                 "elf: segment 0: file range 0xffffffffffffffff+0x800 lies past the end 0x3000");
    put(PROGRAM(1, MEMORY_BYTES), 0x80, 8);
    expect_error("elf: more file than memory", SIZE,
                 "elf: segment 1: 0x100 bytes of file for 0x80 of memory");
    put(PROGRAM(0, ADDRESS), 0xffffffff80000000, 8);
    expect_error("elf: upper half", SIZE,
                 "elf: segment 0: memory 0xffffffff80000000+0x800 is not between 0x10000 and "
                 "0x10000000");
    put(PROGRAM(2, MEMORY_BYTES), ~0ull - 0x402000, 8);
    expect_error("elf: memory overflow", SIZE,
                 "elf: segment 2: memory 0x402000+0xffffffffffbfdfff is not between 0x10000 and "
                 "0x10000000");
    put(PROGRAM(0, ADDRESS), 0, 8);
    expect_error("elf: page 0", SIZE,
                 "elf: segment 0: memory 0x0+0x800 is not between 0x10000 and 0x10000000");
    put(PROGRAM(3, OFFSET), SIZE - 27, 8);
    expect_error("elf: note range", SIZE,
                 "elf: segment 3: note 0x2fe5+0x1c lies past the end 0x3000");
}

static void test_segments(void)
{
    put(PROGRAM(2, FLAGS), 7, 4);
    expect_error("elf: W+X", SIZE, "elf: segment 2: writable and executable");
    put(PROGRAM(0, FLAGS), 1, 4);
    expect_error("elf: unreadable", SIZE, "elf: segment 0: not readable");
    put(PROGRAM(1, ADDRESS), 0x400800, 8);
    expect_error("elf: shared page", SIZE,
                 "elf: segment 1: at 0x400800, shares a page with the one before, or is out of "
                 "order (0x400000+0x800)");
    put(PROGRAM(1, ADDRESS), 0x200000, 8);
    expect_error("elf: out of order", SIZE,
                 "elf: segment 1: at 0x200000, shares a page with the one before, or is out of "
                 "order (0x400000+0x800)");
    put(PROGRAM(1, TYPE), 3, 4);
    expect_error("elf: interpreter", SIZE,
                 "elf: segment 1: needs a dynamic linker; only static programs run");
    put(PROGRAM(1, TYPE), 7, 4);
    expect_error("elf: TLS", SIZE, "elf: segment 1: thread-local storage is not supported");
    file[0x200c] = 'm';
    expect_error("elf: no note", SIZE, "elf: no ABI note; was it linked with libsys?");
    put_program(2, 1, 6, ~0ull, ~0ull, 0, 0);
    expect_good("elf: an empty segment is passed over");
    make_good();
}

/* Position-independent from 0 on, with thread-local storage and a dynamic section. */
static void make_pie(void)
{
    make_good();
    put(HEADER_TYPE, 3, 2);
    put(HEADER_ENTRY, 0x10, 8);
    put(HEADER_COUNT, 6, 2);
    put_program(0, 1, 5, 0x1000, 0, 0x800, 0x800);
    put_program(1, 1, 4, 0x2000, 0x1000, 0x100, 0x100);
    put_program(2, 1, 6, 0x2800, 0x2800, 0x800, 0x5000);
    put_program(4, 7, 4, 0x2800, 0x2800, 0x10, 0x30);
    put_program(5, 2, 6, 0x2c00, 0x2c00, 0x40, 0x40);
    put(PROGRAM(4, ALIGN), 8, 8);
}

static void test_pie(void)
{
    struct elf_image image;
    char error[ELF_ERROR_MAX] = "wrong fields";

    make_pie();
    bool good = read_file(SIZE, &image, error);
    good = good && image.is_pie && image.entry == 0x10 && image.tls_bytes == 0x30 &&
           image.segment_count == 3 && image.segment[0].address == 0;
    report("elf: user: position-independent", good, error);
    put(0x2c10, 1, 8);
    expect_error("elf: user: shared library", SIZE,
                 "elf: segment 5: needs a shared library; only static programs run");
    make_pie();
    put(PROGRAM(5, OFFSET), SIZE - 1, 8);
    expect_error("elf: user: dynamic range", SIZE,
                 "elf: segment 5: dynamic section 0x2fff+0x40 lies past the end 0x3000");
    make_pie();
    put(PROGRAM(5, TYPE), 3, 4);
    expect_error("elf: user: interpreter", SIZE,
                 "elf: segment 5: needs a dynamic linker; only static programs run");
}

static void test_user(void)
{
    is_user = true;
    put(PROGRAM(2, ADDRESS), 0x402800, 8);
    expect_good("elf: user: a good image");
    put(PROGRAM(2, ADDRESS), 0x402000, 8);
    expect_error("elf: user: place in the page", SIZE,
                 "elf: segment 2: at 0x2800 in the file, which can't be mapped to 0x402000");
    put(PROGRAM(2, ADDRESS), 0x402800, 8);
    put_program(1, 7, 4, 0x2000, 0x401000, 0x100, 0x10001);
    expect_error("elf: user: much thread-local storage", SIZE,
                 "elf: segment 1: thread-local storage of 0x10001 bytes, aligned to 0x0: more "
                 "than 0x10000 and 0x40");
    put_program(1, 2, 4, 0x2000, 0x401000, 0x100, 0x100);
    put(PROGRAM(2, ADDRESS), 0x402800, 8);
    expect_error("elf: user: dynamic", SIZE,
                 "elf: segment 1: needs a dynamic linker; only static programs run");
    test_pie();
    is_user = false;
    make_good();
}

int main(void)
{
    test_good();
    test_header();
    test_ranges();
    test_segments();
    test_user();
    return failures != 0;
}
