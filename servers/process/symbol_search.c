/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of symbol.h that reads the file: ELF-64, figures 4-8 and 4-16. */

#include "libsys/format.h"
#include "libsys/string.h"
#include "servers/process/symbol.h"

struct section {
    uint32_t name, type;
    uint64_t flags, address, offset, size;
    uint32_t link, info;
    uint64_t align, entry_size;
};

struct symbol {
    uint32_t name;
    uint8_t info, other;
    uint16_t section;
    uint64_t value, size;
};

#define HEADER_BYTES 64
#define SECTION_SYMBOLS 2
#define TYPE_FUNCTION 2
#define NAME_MAX 64
#define SYMBOLS_MAX 32768u /* that are looked at: the server does it on its own time */

static bool fits(uint64_t offset, uint64_t length, uint64_t size)
{
    return offset <= size && length <= size - offset;
}

static bool section_read(const uint8_t *file, uint64_t size, uint64_t table, uint32_t index,
                         struct section *section)
{
    uint64_t at = table + index * sizeof(*section);

    if (at < table || !fits(at, sizeof(*section), size))
        return false;
    memcpy(section, file + at, sizeof(*section));
    return section->type == 8 || fits(section->offset, section->size, size);
}

static bool symbols_find(const uint8_t *file, uint64_t size, struct section *symbols,
                         struct section *names)
{
    uint64_t table;
    uint16_t count;

    if (size < HEADER_BYTES)
        return false;
    memcpy(&table, file + 40, sizeof(table));
    memcpy(&count, file + 60, sizeof(count));
    for (uint32_t i = 0; i < count; i++) {
        if (!section_read(file, size, table, i, symbols))
            return false;
        if (symbols->type == SECTION_SYMBOLS)
            return symbols->link < count && section_read(file, size, table, symbols->link, names);
    }
    return false;
}

void symbol_search(const uint8_t *file, uint64_t size, uint64_t address, char text[SYMBOL_ROOM])
{
    struct section symbols, names;
    struct symbol best = {0};

    text[0] = 0;
    if (!symbols_find(file, size, &symbols, &names))
        return;
    if (symbols.size > SYMBOLS_MAX * sizeof(struct symbol))
        symbols.size = SYMBOLS_MAX * sizeof(struct symbol);
    for (uint64_t at = 0; fits(at, sizeof(struct symbol), symbols.size);
         at += sizeof(struct symbol)) {
        struct symbol symbol;
        memcpy(&symbol, file + symbols.offset + at, sizeof(symbol));
        if ((symbol.info & 15) == TYPE_FUNCTION && symbol.value <= address &&
            symbol.value >= best.value)
            best = symbol;
    }
    if (!best.value || best.name >= names.size)
        return;
    uint64_t room = names.size - best.name;
    int length = 0;
    const char *name = (const char *)file + names.offset + best.name;
    while ((uint64_t)length < room && length < NAME_MAX && name[length])
        length++;
    format_buffer(text, SYMBOL_ROOM, "%.*s+0x%lx", length, name, address - best.value);
}
