/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See manifest.h. A line is a statement: it is split into words, whose first says which function
 * reads the others. Each function returns false once it has reported an error.
 */

#include "servers/root/manifest.h"

#include "kernel/abi/types.h"
#include "servers/root/manifest_parser.h"

#define PAGE 4096ull
#define MEMORY_MAX (1ull << 36)

/* ---- Objects that several programs may have ------------------------------------------------- */

struct manifest_object *manifest_object_find(const struct parser *parser, const struct word *word)
{
    for (uint32_t i = 0; i < parser->manifest->object_count; i++)
        if (word_is(word, parser->manifest->object[i].name))
            return &parser->manifest->object[i];
    return NULL;
}

/* line N [level] [low], or isa N: as the ACPI tables override it. */
static bool irq_read(struct parser *parser, struct manifest_object *object)
{
    if (word_accept(&parser->words, "isa")) {
        object->mode = IRQ_ISA;
        return number_read(&parser->words, "an ISA interrupt", 0, 15, &object->first);
    }
    if (!word_accept(&parser->words, "line"))
        return fail_expected(&parser->words, word_peek(&parser->words), "\"line\" or \"isa\"");
    if (!number_read(&parser->words, "an interrupt line", 0, 1023, &object->first))
        return false;
    if (word_accept(&parser->words, "level"))
        object->mode |= IRQ_LEVEL;
    if (word_accept(&parser->words, "low"))
        object->mode |= IRQ_LOW;
    return true;
}

static bool ports_read(struct parser *parser, struct manifest_object *object)
{
    return number_read(&parser->words, "a port", 0, 0xffff, &object->first) &&
           number_read(&parser->words, "a number of ports", 1, 0x10000 - object->first,
                       &object->size);
}

static bool device_read(struct parser *parser, struct manifest_object *object)
{
    const struct word *word = word_peek(&parser->words);

    if (!number_read(&parser->words, "a physical address", 0, (1ull << 52) - 1, &object->first) ||
        !size_read(&parser->words, PAGE, MEMORY_MAX, &object->size))
        return false;
    if (object->first & (object->size - 1))
        return fail(&parser->words, word, "the address is not a multiple of the size");
    return true;
}

/* SIZE, or SIZE to SIZE: the largest that can be had. */
static bool untyped_read(struct parser *parser, struct manifest_object *object)
{
    if (!size_read(&parser->words, PAGE, MEMORY_MAX, &object->first))
        return false;
    object->size = object->first;
    if (!word_accept(&parser->words, "to"))
        return true;
    return size_read(&parser->words, object->first, MEMORY_MAX, &object->size);
}

static bool object_read(struct parser *parser, enum manifest_kind kind)
{
    struct manifest *manifest = parser->manifest;
    struct manifest_object *object = &manifest->object[manifest->object_count];
    const struct word *word = word_peek(&parser->words);

    if (manifest->object_count == MANIFEST_OBJECTS_MAX)
        return fail(&parser->words, word, "more than %u objects", MANIFEST_OBJECTS_MAX);
    *object = (struct manifest_object){.kind = kind, .line = parser->words.line};
    if (!name_read(&parser->words, "a name", object->name))
        return false;
    if (manifest_object_find(parser, word))
        return fail_word(&parser->words, word, "there is already an object");
    manifest->object_count++;
    switch (kind) {
    case KIND_UNTYPED:
        return untyped_read(parser, object);
    case KIND_FRAME:
        return size_read(&parser->words, PAGE, MEMORY_MAX, &object->size);
    case KIND_IRQ:
        return irq_read(parser, object);
    case KIND_PORTS:
        return ports_read(parser, object);
    case KIND_DEVICE:
        return device_read(parser, object);
    default:
        return true;
    }
}

static const struct keyword declared_kinds[] = {
    {"endpoint", KIND_ENDPOINT}, {"notification", KIND_NOTIFICATION},
    {"untyped", KIND_UNTYPED},   {"frame", KIND_FRAME},
    {"irq", KIND_IRQ},           {"ports", KIND_PORTS},
    {"device", KIND_DEVICE},
};

/* reserve SIZE, or SIZE to SIZE: within which it is a seventh of all memory. */
static bool reserve_read(struct parser *parser)
{
    struct manifest *manifest = parser->manifest;

    if (manifest->reserve)
        return fail(&parser->words, word_peek(&parser->words), "there is already a reserve");
    if (!size_read(&parser->words, PAGE, MEMORY_MAX, &manifest->reserve))
        return false;
    manifest->reserve_most = manifest->reserve;
    if (!word_accept(&parser->words, "to"))
        return true;
    return size_read(&parser->words, manifest->reserve, MEMORY_MAX, &manifest->reserve_most);
}

static bool line_read(struct parser *parser)
{
    const struct word *word = word_take(&parser->words);
    const struct keyword *statement = manifest_statement_find(word);
    const struct keyword *kind =
        keyword_find(declared_kinds, sizeof(declared_kinds) / sizeof(declared_kinds[0]), word);

    if (word_is(word, "program"))
        return manifest_program_read(parser);
    if (word_is(word, "reserve"))
        return reserve_read(parser);
    if (statement && !parser->program)
        return fail_word(&parser->words, word, "only within a program:");
    if (statement)
        return manifest_statement_read(parser, statement);
    if (kind)
        return object_read(parser, (enum manifest_kind)kind->value);
    return fail_word(&parser->words, word, "unknown statement");
}

static bool lines_read(struct parser *parser)
{
    struct words *words = &parser->words;

    for (; words->at < words->size; words->at++, words->line++) {
        if (!line_split(words))
            return false;
        if (words->count > 0 && (!line_read(parser) || !line_end(words)))
            return false;
    }
    if (!manifest_program_end(parser))
        return false;
    if (parser->manifest->program_count == 0)
        return fail(words, &(struct word){.column = 1}, "no program to start");
    return true;
}

bool manifest_read(const char *text, size_t size, struct manifest *manifest, char *error)
{
    struct parser parser = {
        .words = {.text = text, .size = size, .line = 1, .error = error},
        .manifest = manifest,
        .share_left = MANIFEST_SHARE_ALL,
    };

    manifest->object_count = 0;
    manifest->program_count = 0;
    manifest->cap_count = 0;
    manifest->need_count = 0;
    manifest->reserve = manifest->reserve_most = 0;
    manifest->supervisor = MANIFEST_NOBODY;
    manifest->memory = MANIFEST_NOBODY;
    manifest->debugger = MANIFEST_NOBODY;
    return lines_read(&parser) && manifest_order_check(&parser);
}
