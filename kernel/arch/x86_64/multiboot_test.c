/* SPDX-License-Identifier: BSD-2-Clause */
// sources: kernel/arch/x86_64/multiboot.c
/*
 * Boot information as loaders give it, and broken in every way that its lengths allow: each must
 * be read, or refused by a sentence that names tag and offset, without a byte read outside.
 */

#include "kernel/arch/x86_64/multiboot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_SIZE 0x100000
#define INFO 0x1000

static int failures;
static uint8_t memory[MEMORY_SIZE];
static struct boot_source out;
static struct multiboot_error error;
static size_t at; /* where the next tag goes */

static void expect(const char *name, bool good)
{
    printf(good ? "ok multiboot: %s\n" : "not ok multiboot: %s: wrong result\n", name);
    failures += !good;
}

static void put32(size_t where, uint32_t value)
{
    memcpy(memory + where, &value, 4);
}

static void put64(size_t where, uint64_t value)
{
    memcpy(memory + where, &value, 8);
}

static bool parse(uint32_t magic)
{
    const struct phys_view view = {phys_view_read_array, memory, sizeof(memory)};
    memset(&error, 0, sizeof(error));
    return multiboot_parse(&view, magic, INFO, &out, &error);
}

static bool refused(uint32_t magic, const char *problem, uint32_t tag, uint64_t offset)
{
    if (parse(magic))
        return false;
    bool same =
        strstr(error.problem, problem) != NULL && error.tag == tag && error.offset == offset;
    if (!same)
        printf("  it said: %s (tag %u, offset %lu)\n", error.problem, error.tag, error.offset);
    return same;
}

/* --- Multiboot 2 --- */

static void begin(void)
{
    memset(memory, 0, sizeof(memory));
    at = INFO + 8;
}

/* Starts a tag with `size` bytes behind its header; returns where they are. */
static size_t tag(uint32_t type, uint32_t size)
{
    size_t start = at;
    put32(start, type);
    put32(start + 4, size + 8);
    at = (start + 8 + size + 7) & ~7ul;
    return start + 8;
}

static void finish(void)
{
    tag(0, 0);
    put32(INFO, (uint32_t)(at - INFO));
}

static void tag_text(uint32_t type, const char *text)
{
    size_t body = tag(type, (uint32_t)strlen(text) + 1);
    strcpy((char *)memory + body, text);
}

static void tag_module(uint32_t start, uint32_t end, const char *line)
{
    size_t body = tag(3, 8 + (uint32_t)strlen(line) + 1);
    put32(body, start);
    put32(body + 4, end);
    strcpy((char *)memory + body + 8, line);
}

static void tag_memory(uint32_t count, const uint64_t (*entries)[3])
{
    size_t body = tag(6, 8 + 24 * count);
    put32(body, 24);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = 0; j < 3; j++)
            put64(body + 8 + 24 * i + 8 * j, entries[i][j]);
}

static const uint64_t plain_map[][3] = {{0, 0x9fc00, 1},
                                        {0x9fc00, 0x400, 2},
                                        {0x100000, 0x100000, 1},
                                        {0x200000, 0x100000, 1},
                                        {0x300000, 0, 1}};

static void build_plain(void)
{
    begin();
    tag_text(2, "GRUB");
    tag_text(1, "bench json");
    tag_module(0x400000, 0x401234, "root");
    tag_module(0x402000, 0x402000, "");
    tag_memory(5, plain_map);
    size_t body = tag(8, 24);
    put64(body, 0xfd000000);
    put32(body + 8, 4096);
    put32(body + 12, 1024);
    put32(body + 16, 768);
    memory[body + 20] = 32;
    memory[body + 21] = 1;
    memcpy(memory + tag(14, 20), "RSD PTR old", 12);
    memcpy(memory + tag(15, 36), "RSD PTR new", 12);
    tag(99, 5);
    finish();
}

static void test_plain(void)
{
    build_plain();
    expect("plain information is read", parse(MULTIBOOT2_LOADED));
    expect("texts", strcmp(out.loader, "GRUB") == 0 && strcmp(out.line, "bench json") == 0);
    expect("modules", out.module_count == 2 && out.modules[0].range.start == 0x400000 &&
                          out.modules[0].range.end == 0x401234 &&
                          strcmp(out.modules[0].line, "root") == 0 && out.modules[1].line[0] == 0);
    expect("memory map, neighbours joined, nothing empty",
           out.memory_count == 3 && out.memory[2].range.end == 0x300000 &&
               out.memory[1].type == BOOT_MEMORY_RESERVED);
    expect("framebuffer", out.screen.address == 0xfd000000 && out.screen.pitch == 4096 &&
                              out.screen.width == 1024 && out.screen.height == 768 &&
                              out.screen.bits_per_pixel == 32 && out.screen.type == 1);
    expect("the new RSDP beats the old",
           out.rsdp_size == 36 && memcmp(out.rsdp, "RSD PTR new", 11) == 0);
}

static void test_memory_extremes(void)
{
    static const uint64_t map[][3] = {{UINT64_MAX - 5, 100, 1}, {0xfffffffffffff000, 0x1000, 2}};
    begin();
    tag_memory(2, map);
    finish();
    expect("ranges that wrap are cut", parse(MULTIBOOT2_LOADED) && out.memory_count == 2 &&
                                           out.memory[0].range.end == UINT64_MAX &&
                                           out.memory[1].range.end == UINT64_MAX);
}

static void test_counts(void)
{
    static uint64_t map[BOOT_MEMORY_MAX + 1][3];
    for (uint64_t i = 0; i <= BOOT_MEMORY_MAX; i++) {
        map[i][0] = i * 0x10000;
        map[i][1] = 0x1000;
        map[i][2] = 1;
    }
    begin();
    tag_memory(BOOT_MEMORY_MAX, (const uint64_t(*)[3])map);
    finish();
    expect("a full memory map", parse(MULTIBOOT2_LOADED) && out.memory_count == BOOT_MEMORY_MAX);
    begin();
    tag_memory(BOOT_MEMORY_MAX + 1, (const uint64_t(*)[3])map);
    finish();
    expect("one range too many", refused(MULTIBOOT2_LOADED, "too many ranges", 6, 8));
    begin();
    tag_memory(5, plain_map);
    for (int i = 0; i < BOOT_MODULE_MAX; i++)
        tag_module(0x1000, 0x2000, "m");
    size_t last = at;
    tag_module(0x1000, 0x2000, "m");
    finish();
    expect("one module too many", refused(MULTIBOOT2_LOADED, "too many modules", 3, last - INFO));
}

static void test_lines(void)
{
    char line[BOOT_LINE_SIZE + 1];
    memset(line, 'x', sizeof(line));
    line[BOOT_LINE_SIZE - 1] = 0;
    begin();
    tag_memory(5, plain_map);
    tag_text(1, line);
    finish();
    expect("the longest command line", parse(MULTIBOOT2_LOADED) && strlen(out.line) == 255);
    line[BOOT_LINE_SIZE - 1] = 'x';
    line[BOOT_LINE_SIZE] = 0;
    begin();
    tag_text(1, line);
    finish();
    expect("a longer one", refused(MULTIBOOT2_LOADED, "kernel's command line", 1, 8));
    begin();
    memset(memory + tag(1, 8), 'x', 8);
    finish();
    expect("one without an end", refused(MULTIBOOT2_LOADED, "kernel's command line", 1, 8));
    begin();
    tag_module(1, 2, line);
    finish();
    expect("a module's that is too long",
           refused(MULTIBOOT2_LOADED, "module's command line", 3, 8));
}

static void test_broken(void)
{
    build_plain();
    expect("another loader", refused(0x1234, "not multiboot", 0x1234, 0));
    put32(INFO, 8);
    expect("no room for tags", refused(MULTIBOOT2_LOADED, "total size", 0, 0));
    put32(INFO, 0xffffffff);
    expect("an absurd size", refused(MULTIBOOT2_LOADED, "total size", 0, 0));
    put32(INFO, MEMORY_SIZE);
    expect("more than there is", refused(MULTIBOOT2_LOADED, "out of reach", 0, 0));
    begin();
    tag_memory(5, plain_map);
    put32(INFO, (uint32_t)(at - INFO));
    expect("no last tag", refused(MULTIBOOT2_LOADED, "last tag", 0, at - INFO));
    begin();
    put32(tag(7, 0) - 4, 7);
    finish();
    expect("a tag smaller than its header", refused(MULTIBOOT2_LOADED, "tag's size", 7, 8));
    begin();
    put32(tag(7, 0) - 4, 0xfffffff0);
    finish();
    expect("a tag longer than the rest", refused(MULTIBOOT2_LOADED, "tag's size", 7, 8));
    begin();
    finish();
    expect("no memory map", refused(MULTIBOOT2_LOADED, "no memory map", 6, 0));
    begin();
    tag_module(2, 1, "");
    finish();
    expect("a module that ends first", refused(MULTIBOOT2_LOADED, "ends before", 3, 8));
    begin();
    put32(tag(6, 8 + 24), 20);
    finish();
    expect("a wrong entry size", refused(MULTIBOOT2_LOADED, "entry size", 6, 8));
    static const struct {
        uint32_t type, size;
    } shorts[] = {{3, 8}, {6, 7}, {8, 21}, {14, 19}, {15, 35}};
    for (size_t i = 0; i < sizeof(shorts) / sizeof(shorts[0]); i++) {
        begin();
        tag(shorts[i].type, shorts[i].size);
        finish();
        expect("a tag that is too short",
               refused(MULTIBOOT2_LOADED, "too short", shorts[i].type, 8));
    }
}

/* Whatever byte is changed, nothing outside is read (the sanitizer watches) and it ends. */
static void test_random(void)
{
    srand(1);
    for (int i = 0; i < 20000; i++) {
        build_plain();
        for (int n = rand() % 8; n >= 0; n--)
            memory[INFO + (size_t)rand() % (at - INFO)] = (uint8_t)rand();
        size_t total = at - INFO;
        uint8_t *copy = malloc(total);
        memcpy(copy, memory + INFO, total);
        const struct phys_view view = {phys_view_read_array, copy, total};
        if (multiboot_parse(&view, MULTIBOOT2_LOADED, 0, &out, &error))
            error.problem = "";
        free(copy);
    }
    printf("ok multiboot: random damage\n");
}

/* --- Multiboot 1 --- */

static void build_multiboot1(void)
{
    memset(memory, 0, sizeof(memory));
    put32(INFO, 1u << 2 | 1u << 3 | 1u << 6 | 1u << 9 | 1u << 12);
    put32(INFO + 16, 0x2000);
    strcpy((char *)memory + 0x2000, "kernel.elf bench json");
    put32(INFO + 64, 0x2100);
    strcpy((char *)memory + 0x2100, "qemu");
    put32(INFO + 20, 2);
    put32(INFO + 24, 0x2200);
    put32(0x2200, 0x400000);
    put32(0x2204, 0x401000);
    put32(0x2208, 0x2300);
    strcpy((char *)memory + 0x2300, "build/root.elf  root");
    put32(0x2210, 0x500000);
    put32(0x2214, 0x500001);
    put32(INFO + 44, 48);
    put32(INFO + 48, 0x2400);
    for (size_t i = 0; i < 2; i++) {
        put32(0x2400 + 24 * i, 20);
        put64(0x2404 + 24 * i, i * 0x100000);
        put64(0x240c + 24 * i, 0x1000);
        put32(0x2414 + 24 * i, 1);
    }
    put64(INFO + 88, 0xfd000000);
    memory[0x40e] = 0x00;
    memory[0x40f] = 0x9f; /* EBDA at 0x9f000 */
}

static void put_rsdp(size_t where, uint8_t revision)
{
    memcpy(memory + where, "RSD PTR ", 8);
    memory[where + 15] = revision;
    uint8_t sum = 0;
    for (int i = 0; i < 20; i++)
        sum = (uint8_t)(sum + memory[where + (size_t)i]);
    memory[where + 8] = (uint8_t)-sum;
}

static void test_multiboot1(void)
{
    build_multiboot1();
    expect("multiboot 1 is read", parse(MULTIBOOT1_LOADED));
    expect("its texts, without file names",
           strcmp(out.loader, "qemu") == 0 && strcmp(out.line, "bench json") == 0);
    expect("its modules", out.module_count == 2 && out.modules[0].range.end == 0x401000 &&
                              strcmp(out.modules[0].line, "root") == 0 &&
                              out.modules[1].line[0] == 0);
    expect("its memory", out.memory_count == 2 && out.memory[1].range.start == 0x100000);
    expect("its framebuffer", out.screen.address == 0xfd000000);
    expect("no RSDP", out.rsdp_size == 0);
    put_rsdp(0xf1230, 2);
    expect("an RSDP in the BIOS area",
           parse(MULTIBOOT1_LOADED) && out.rsdp_size == 36 && out.rsdp_address == 0xf1230);
    put_rsdp(0x9f100, 0);
    expect("one in the EBDA comes first",
           parse(MULTIBOOT1_LOADED) && out.rsdp_size == 20 && out.rsdp_address == 0x9f100);
    memory[0x9f100 + 10] ^= 1;
    expect("unless it is damaged", parse(MULTIBOOT1_LOADED) && out.rsdp_address == 0xf1230);
}

static void test_multiboot1_broken(void)
{
    build_multiboot1();
    put32(INFO, 0);
    expect("multiboot 1 without a memory map", refused(MULTIBOOT1_LOADED, "no memory map", 6, 44));
    build_multiboot1();
    put32(INFO + 44, 40);
    expect("a memory map that is cut off", refused(MULTIBOOT1_LOADED, "cut off", 6, 24));
    build_multiboot1();
    put32(INFO + 48, 0xffffff00);
    expect("a memory map out of reach", refused(MULTIBOOT1_LOADED, "cut off", 6, 0));
    build_multiboot1();
    put32(0x2400, 8);
    expect("an entry that is too small", refused(MULTIBOOT1_LOADED, "entry size", 6, 0));
    build_multiboot1();
    put32(INFO + 24, MEMORY_SIZE - 16);
    expect("a module list out of reach", refused(MULTIBOOT1_LOADED, "out of reach", 3, 16));
    build_multiboot1();
    put32(0x2208, MEMORY_SIZE - 2);
    memory[MEMORY_SIZE - 2] = memory[MEMORY_SIZE - 1] = 'x';
    expect("a command line that leaves memory",
           refused(MULTIBOOT1_LOADED, "module's command line", 3, 0));
}

int main(void)
{
    test_plain();
    test_memory_extremes();
    test_counts();
    test_lines();
    test_broken();
    test_random();
    test_multiboot1();
    test_multiboot1_broken();
    return failures > 0;
}
