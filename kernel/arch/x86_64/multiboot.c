/* SPDX-License-Identifier: BSD-2-Clause */
/* See multiboot.h. */

#include "kernel/arch/x86_64/multiboot.h"

#include "kernel/lib/string.h"

#define INFO_LIMIT 0x1000000u /* no loader's information is longer */

struct parser {
    const struct phys_view *view;
    struct boot_source *out;
    struct multiboot_error *error;
};

static bool fail(struct parser *parser, const char *problem, uint32_t tag, uint64_t offset)
{
    *parser->error = (struct multiboot_error){problem, tag, offset};
    return false;
}

/* Copies the string at `text`. False: it doesn't end within `size` bytes, or is too long. */
static bool copy_line(char *to, size_t to_size, const uint8_t *text, uint64_t size)
{
    for (size_t i = 0; i < size && i < to_size; i++) {
        to[i] = (char)text[i];
        if (text[i] == 0)
            return true;
    }
    return false;
}

/* The range of `size` bytes at `start`, cut at the end of the 64-bit space. */
static struct boot_range range_of(paddr_t start, uint64_t size)
{
    return (struct boot_range){start, size > UINT64_MAX - start ? UINT64_MAX : start + size};
}

/* Adds to the memory map; a neighbour of the last entry, of the same type, is joined to it. */
static bool add_memory(struct boot_source *out, struct boot_range range, uint32_t type)
{
    if (range.start == range.end)
        return true;
    if (out->memory_count > 0) {
        struct boot_map_entry *last = &out->memory[out->memory_count - 1];
        if (last->type == type && last->range.end == range.start) {
            last->range.end = range.end;
            return true;
        }
    }
    if (out->memory_count == BOOT_MEMORY_MAX)
        return false;
    out->memory[out->memory_count++] = (struct boot_map_entry){range, type};
    return true;
}

static bool add_module(struct parser *parser, uint32_t start, uint32_t end, const uint8_t *line,
                       uint64_t line_size, uint32_t tag, uint64_t offset)
{
    struct boot_source *out = parser->out;
    if (start > end)
        return fail(parser, "a module ends before it starts", tag, offset);
    if (out->module_count == BOOT_MODULE_MAX)
        return fail(parser, "too many modules", tag, offset);
    struct boot_loaded_module *module = &out->modules[out->module_count++];
    module->range = (struct boot_range){start, end};
    if (!copy_line(module->line, sizeof(module->line), line, line_size))
        return fail(parser, "a module's command line is too long or has no end", tag, offset);
    return true;
}

/* --- Multiboot 2: a block of tags --- */

enum tag_type {
    TAG_END = 0,
    TAG_LINE = 1,
    TAG_LOADER = 2,
    TAG_MODULE = 3,
    TAG_MEMORY = 6,
    TAG_FRAMEBUFFER = 8,
    TAG_ACPI_OLD = 14,
    TAG_ACPI_NEW = 15,
};

struct tag {
    const uint8_t *bytes;
    uint32_t type, size;
    uint64_t offset;
};

static bool tag_fail(struct parser *parser, const struct tag *tag, const char *problem)
{
    return fail(parser, problem, tag->type, tag->offset);
}

static bool tag_memory(struct parser *parser, const struct tag *tag)
{
    if (tag->size < 16)
        return tag_fail(parser, tag, "the memory map is too short");
    uint32_t entry_size = get32(tag->bytes + 8);
    if (entry_size < 24 || entry_size % 8 != 0 || (tag->size - 16) % entry_size != 0)
        return tag_fail(parser, tag, "the memory map has a wrong entry size");
    for (uint32_t at = 16; at < tag->size; at += entry_size) {
        const uint8_t *entry = tag->bytes + at;
        struct boot_range range = range_of(get64(entry), get64(entry + 8));
        if (!add_memory(parser->out, range, get32(entry + 16)))
            return tag_fail(parser, tag, "the memory map has too many ranges");
    }
    return true;
}

static bool tag_framebuffer(struct parser *parser, const struct tag *tag)
{
    if (tag->size < 30)
        return tag_fail(parser, tag, "the framebuffer tag is too short");
    const uint8_t *b = tag->bytes;
    parser->out->screen = (struct boot_screen){get64(b + 8),  get32(b + 16), get32(b + 20),
                                               get32(b + 24), b[28],         b[29]};
    return true;
}

/* The copy of the RSDP; the new one (version 2, 36 bytes) is preferred to the old (20 bytes). */
static bool tag_acpi(struct parser *parser, const struct tag *tag, uint32_t size)
{
    if (tag->size < 8 + size)
        return tag_fail(parser, tag, "the RSDP is too short");
    if (size > parser->out->rsdp_size) {
        memcpy(parser->out->rsdp, tag->bytes + 8, size);
        parser->out->rsdp_size = size;
    }
    return true;
}

static bool tag_read(struct parser *parser, const struct tag *tag)
{
    struct boot_source *out = parser->out;
    switch (tag->type) {
    case TAG_LINE:
        if (!copy_line(out->line, sizeof(out->line), tag->bytes + 8, tag->size - 8))
            return tag_fail(parser, tag, "the kernel's command line is too long or has no end");
        return true;
    case TAG_LOADER:
        if (!copy_line(out->loader, sizeof(out->loader), tag->bytes + 8, tag->size - 8))
            return tag_fail(parser, tag, "the boot loader's name is too long or has no end");
        return true;
    case TAG_MODULE:
        if (tag->size < 17)
            return tag_fail(parser, tag, "the module tag is too short");
        return add_module(parser, get32(tag->bytes + 8), get32(tag->bytes + 12), tag->bytes + 16,
                          tag->size - 16, tag->type, tag->offset);
    case TAG_MEMORY:
        return tag_memory(parser, tag);
    case TAG_FRAMEBUFFER:
        return tag_framebuffer(parser, tag);
    case TAG_ACPI_OLD:
        return tag_acpi(parser, tag, 20);
    case TAG_ACPI_NEW:
        return tag_acpi(parser, tag, 36);
    default:
        return true;
    }
}

static bool multiboot2_parse(struct parser *parser, paddr_t info)
{
    const uint8_t *head = parser->view->read(parser->view, info, 8);
    if (head == NULL)
        return fail(parser, "the information is out of reach", 0, 0);
    uint32_t total = get32(head);
    if (total < 16 || total > INFO_LIMIT)
        return fail(parser, "the information's total size is wrong", 0, 0);
    const uint8_t *bytes = parser->view->read(parser->view, info, total);
    if (bytes == NULL)
        return fail(parser, "the information is out of reach", 0, 0);

    for (uint64_t at = 8; total - at >= 8;) {
        struct tag tag = {bytes + at, get32(bytes + at), get32(bytes + at + 4), at};
        if (tag.size < 8 || tag.size > total - at)
            return tag_fail(parser, &tag, "a tag's size is wrong");
        if (tag.type == TAG_END)
            return true;
        if (!tag_read(parser, &tag))
            return false;
        at += ((uint64_t)tag.size + 7) & ~7ull;
        if (at > total)
            break;
    }
    return fail(parser, "the last tag is missing", TAG_END, total);
}

/* --- Multiboot 1: a structure of pointers --- */

enum multiboot1_flag {
    FLAG_SIZES = 0,
    FLAG_LINE = 2,
    FLAG_MODULES = 3,
    FLAG_MEMORY = 6,
    FLAG_LOADER = 9,
    FLAG_FRAMEBUFFER = 12,
};

#define MULTIBOOT1_SIZE 116

/* A string that the structure points to; how long it may be is known only from its end. */
static bool read_line(struct parser *parser, char *to, size_t to_size, paddr_t paddr)
{
    for (size_t i = 0; i < to_size; i++) {
        const uint8_t *byte = parser->view->read(parser->view, paddr + i, 1);
        if (byte == NULL)
            return false;
        to[i] = (char)*byte;
        if (*byte == 0)
            return true;
    }
    return false;
}

/* Removes the first word: the file's name, which multiboot 1 puts there and multiboot 2 doesn't. */
static void drop_word(char *line)
{
    char *from = line;
    while (*from != 0 && *from != ' ')
        from++;
    while (*from == ' ')
        from++;
    while ((*line++ = *from++) != 0)
        ;
}

static bool multiboot1_memory(struct parser *parser, uint32_t length, paddr_t address)
{
    for (uint64_t at = 0; at < length;) {
        const uint8_t *entry = parser->view->read(parser->view, address + at, 24);
        if (entry == NULL || length - at < 24)
            return fail(parser, "the memory map is cut off", FLAG_MEMORY, at);
        uint32_t size = get32(entry); /* of the rest */
        if (size < 20)
            return fail(parser, "the memory map has a wrong entry size", FLAG_MEMORY, at);
        struct boot_range range = range_of(get64(entry + 4), get64(entry + 12));
        if (!add_memory(parser->out, range, get32(entry + 20)))
            return fail(parser, "the memory map has too many ranges", FLAG_MEMORY, at);
        at += (uint64_t)size + 4;
    }
    return true;
}

static bool multiboot1_modules(struct parser *parser, uint32_t count, paddr_t address)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *entry = parser->view->read(parser->view, address + 16ull * i, 16);
        if (entry == NULL)
            return fail(parser, "the module list is out of reach", FLAG_MODULES, 16ull * i);
        uint32_t line = get32(entry + 8);
        char text[BOOT_LINE_SIZE] = "";
        if (line != 0 && !read_line(parser, text, sizeof(text), line))
            return fail(parser, "a module's command line is too long or has no end", FLAG_MODULES,
                        16ull * i);
        drop_word(text);
        if (!add_module(parser, get32(entry), get32(entry + 4), (const uint8_t *)text, sizeof(text),
                        FLAG_MODULES, 16ull * i))
            return false;
    }
    return true;
}

/* For BIOS alone: the RSDP is on a 16-byte boundary in the EBDA's first KiB or the BIOS area. */
static bool find_rsdp(struct parser *parser, paddr_t start, paddr_t end)
{
    for (paddr_t at = start; at < end; at += 16) {
        const uint8_t *bytes = parser->view->read(parser->view, at, 20);
        if (bytes == NULL || memcmp(bytes, "RSD PTR ", 8) != 0)
            continue;
        uint8_t sum = 0;
        for (int i = 0; i < 20; i++)
            sum = (uint8_t)(sum + bytes[i]);
        if (sum != 0)
            continue;
        uint32_t size = bytes[15] >= 2 ? 36 : 20;
        if ((bytes = parser->view->read(parser->view, at, size)) == NULL)
            continue;
        memcpy(parser->out->rsdp, bytes, size);
        parser->out->rsdp_size = size;
        parser->out->rsdp_address = at;
        return true;
    }
    return false;
}

static void multiboot1_find_rsdp(struct parser *parser)
{
    const uint8_t *ebda = parser->view->read(parser->view, 0x40e, 2);
    paddr_t start = ebda == NULL ? 0 : (paddr_t)get16(ebda) << 4;
    if (start >= 0x80000 && start < 0xa0000 && find_rsdp(parser, start, start + 0x400))
        return;
    find_rsdp(parser, 0xe0000, 0x100000);
}

static bool multiboot1_parse(struct parser *parser, paddr_t info)
{
    const uint8_t *bytes = parser->view->read(parser->view, info, MULTIBOOT1_SIZE);
    if (bytes == NULL)
        return fail(parser, "the information is out of reach", 0, 0);
    struct boot_source *out = parser->out;
    uint32_t flags = get32(bytes);
    if ((flags & 1u << FLAG_LINE) != 0 &&
        !read_line(parser, out->line, sizeof(out->line), get32(bytes + 16)))
        return fail(parser, "the kernel's command line is too long or has no end", FLAG_LINE, 16);
    drop_word(out->line);
    if ((flags & 1u << FLAG_LOADER) != 0 &&
        !read_line(parser, out->loader, sizeof(out->loader), get32(bytes + 64)))
        return fail(parser, "the boot loader's name is too long or has no end", FLAG_LOADER, 64);
    if ((flags & 1u << FLAG_FRAMEBUFFER) != 0)
        out->screen =
            (struct boot_screen){get64(bytes + 88),  get32(bytes + 96), get32(bytes + 100),
                                 get32(bytes + 104), bytes[108],        bytes[109]};
    if ((flags & 1u << FLAG_MODULES) != 0 &&
        !multiboot1_modules(parser, get32(bytes + 20), get32(bytes + 24)))
        return false;
    if ((flags & 1u << FLAG_MEMORY) == 0)
        return fail(parser, "there is no memory map", FLAG_MEMORY, 44);
    multiboot1_find_rsdp(parser);
    return multiboot1_memory(parser, get32(bytes + 44), get32(bytes + 48));
}

bool multiboot_parse(const struct phys_view *view, uint32_t magic, paddr_t info,
                     struct boot_source *out, struct multiboot_error *error)
{
    struct parser parser = {view, out, error};
    memset(out, 0, sizeof(*out));
    if (magic != MULTIBOOT1_LOADED && magic != MULTIBOOT2_LOADED)
        return fail(&parser, "the loader is not multiboot 1 or 2", magic, 0);
    bool good = magic == MULTIBOOT2_LOADED ? multiboot2_parse(&parser, info)
                                           : multiboot1_parse(&parser, info);
    if (good && out->memory_count == 0)
        return fail(&parser, "there is no memory map",
                    magic == MULTIBOOT2_LOADED ? TAG_MEMORY : FLAG_MEMORY, 0);
    return good;
}
