/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See manifest.h. A line is a statement: it is split into words, whose first says which function
 * reads the others. Each function returns false once it has reported an error.
 */

#include "servers/root/manifest.h"

#include "kernel/abi/types.h"
#include "libsys/string.h"
#include "servers/root/manifest_parser.h"

#define PAGE 4096ull
#define SLOTS_MIN 64u
#define SLOTS_MAX (1u << 20)
#define VSPACE_MIN (32ull << 10)
#define VSPACE_DEFAULT (64ull << 10)
#define VSPACE_MAX (1ull << 30)
#define STACK_DEFAULT (64ull << 10)
#define STACK_MAX (8ull << 20)
#define MEMORY_MAX (1ull << 36)

/* Nanoseconds, as kernel/abi/invocations.def has them. */
#define SLICE_MIN 10000u
#define SLICE_MAX 1000000000u
#define BUDGET_MIN 1000u
#define PERIOD_MIN 100000u
#define PERIOD_MAX 60000000000ull

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

/* ---- Programs ------------------------------------------------------------------------------- */

/* What can only be said when all lines of a program are read. */
static bool program_end(struct parser *parser)
{
    struct manifest_program *program = parser->program;

    if (program && program->is_passive && !program->is_bound) {
        parser->words.line = program->line;
        return fail(&parser->words, &(struct word){.column = 1},
                    "program \"%s\" needs a priority, or an endpoint to serve on its callers' time",
                    program->name);
    }
    if (program && program->is_passive && program->budget) {
        parser->words.line = parser->budget_line;
        return fail(&parser->words, &(struct word){.column = parser->budget_column},
                    "program \"%s\" has a budget, but no priority", program->name);
    }
    return true;
}

/* program NAME module MODULE */
static bool program_read(struct parser *parser)
{
    struct manifest *manifest = parser->manifest;
    struct manifest_program *program = &manifest->program[manifest->program_count];
    uint32_t line = parser->words.line;
    const struct word *word = word_peek(&parser->words);

    if (!program_end(parser))
        return false;
    parser->words.line = line;
    if (manifest->program_count == MANIFEST_PROGRAMS_MAX)
        return fail(&parser->words, word, "more than %u programs", MANIFEST_PROGRAMS_MAX);
    *program = (struct manifest_program){
        .line = line,
        .cnode_slots = SLOTS_MIN,
        .vspace_bytes = VSPACE_DEFAULT,
        .stack_bytes = STACK_DEFAULT,
        .is_passive = true,
        .first_cap = manifest->cap_count,
    };
    if (!name_read(&parser->words, "a program's name", program->name))
        return false;
    for (uint32_t i = 0; i < manifest->program_count; i++)
        if (string_equal(manifest->program[i].name, program->name))
            return fail_word(&parser->words, word, "there is already a program");
    if (!word_accept(&parser->words, "module"))
        return fail_expected(&parser->words, word_peek(&parser->words), "\"module\"");
    manifest->program_count++;
    parser->program = program;
    return name_read(&parser->words, "the module's name", program->module);
}

static bool priority_read(struct parser *parser)
{
    uint64_t value;

    if (!number_read(&parser->words, "a priority", 0, MANIFEST_PRIORITY_MAX, &value))
        return false;
    parser->program->priority = (uint32_t)value;
    parser->program->is_passive = false;
    return true;
}

bool manifest_share_take(struct parser *parser, const struct word *word, uint32_t share)
{
    uint32_t left = parser->share_left;

    if (share > left)
        return fail(&parser->words, word,
                    "program \"%s\" asks for %u.%04u %% of the CPU's time, %u.%04u %% is left",
                    parser->program->name, share / 10000, share % 10000, left / 10000,
                    left % 10000);
    parser->share_left -= share;
    return true;
}

/* budget TIME of TIME */
static bool budget_read(struct parser *parser)
{
    struct manifest_program *program = parser->program;
    const struct word *word = word_peek(&parser->words);

    if (program->budget)
        return fail(&parser->words, word, "program \"%s\" already has a budget", program->name);
    parser->budget_line = parser->words.line;
    parser->budget_column = word->column;
    if (!time_read(&parser->words, "a budget", BUDGET_MIN, PERIOD_MAX, &program->budget))
        return false;
    if (!word_accept(&parser->words, "of"))
        return fail_expected(&parser->words, word_peek(&parser->words), "\"of\"");
    if (!time_read(&parser->words, "a period", PERIOD_MIN, PERIOD_MAX, &program->period))
        return false;
    if (program->budget > program->period)
        return fail(&parser->words, word, "a budget of %lu us is more than its period of %lu us",
                    program->budget / 1000, program->period / 1000);
    /* Rounded up, as the kernel does. */
    return manifest_share_take(
        parser, word,
        (uint32_t)((program->budget * MANIFEST_SHARE_ALL + program->period - 1) / program->period));
}

static bool cnode_read(struct parser *parser)
{
    const struct word *word = word_peek(&parser->words);
    uint64_t slots;

    if (!number_read(&parser->words, "a number of slots", SLOTS_MIN, SLOTS_MAX, &slots))
        return false;
    if (slots & (slots - 1))
        return fail(&parser->words, word, "%lu slots: not a power of two", slots);
    parser->program->cnode_slots = (uint32_t)slots;
    return true;
}

static bool serve_read(struct parser *parser)
{
    const struct word *word = word_take(&parser->words);
    const struct manifest_object *object = manifest_object_find(parser, word);

    if (!object || object->kind != KIND_ENDPOINT)
        return fail_word(&parser->words, word, "no such endpoint is declared above:");
    if (parser->program->is_bound)
        return fail_word(&parser->words, word, "a thread serves one endpoint; a second one is");
    parser->program->serves = (uint32_t)(object - parser->manifest->object);
    parser->program->is_bound = true;
    return true;
}

static bool arguments_read(struct parser *parser)
{
    const struct word *word = word_take(&parser->words);

    if (!word->is_quoted)
        return fail_expected(&parser->words, word, "arguments in quotes");
    if (word->length >= MANIFEST_ARGUMENTS_MAX)
        return fail(&parser->words, word, "arguments of more than %u characters",
                    MANIFEST_ARGUMENTS_MAX - 1);
    memcpy(parser->program->arguments, word->text, word->length);
    parser->program->arguments[word->length] = 0;
    return true;
}

enum statement {
    STATEMENT_PRIORITY,
    STATEMENT_SLICE,
    STATEMENT_BUDGET,
    STATEMENT_CNODE,
    STATEMENT_VSPACE,
    STATEMENT_STACK,
    STATEMENT_ARGUMENTS,
    STATEMENT_SERVE,
    STATEMENT_WAIT,
    STATEMENT_VECTORS,
    STATEMENT_DOMAIN,
    STATEMENT_CAP,
};

static const struct keyword statements[] = {
    {"priority", STATEMENT_PRIORITY}, {"slice", STATEMENT_SLICE},
    {"cnode", STATEMENT_CNODE},       {"vspace", STATEMENT_VSPACE},
    {"stack", STATEMENT_STACK},       {"arguments", STATEMENT_ARGUMENTS},
    {"serve", STATEMENT_SERVE},       {"wait", STATEMENT_WAIT},
    {"vectors", STATEMENT_VECTORS},   {"domain", STATEMENT_DOMAIN},
    {"cap", STATEMENT_CAP},           {"budget", STATEMENT_BUDGET},
};

/* A line that belongs to the program above it. */
static bool statement_read(struct parser *parser, enum statement statement)
{
    struct manifest_program *program = parser->program;

    switch (statement) {
    case STATEMENT_PRIORITY:
        return priority_read(parser);
    case STATEMENT_SLICE:
        return time_read(&parser->words, "a slice", SLICE_MIN, SLICE_MAX, &program->slice);
    case STATEMENT_BUDGET:
        return budget_read(parser);
    case STATEMENT_CNODE:
        return cnode_read(parser);
    case STATEMENT_VSPACE:
        return size_read(&parser->words, VSPACE_MIN, VSPACE_MAX, &program->vspace_bytes);
    case STATEMENT_STACK:
        return size_read(&parser->words, PAGE, STACK_MAX, &program->stack_bytes);
    case STATEMENT_ARGUMENTS:
        return arguments_read(parser);
    case STATEMENT_SERVE:
        return serve_read(parser);
    case STATEMENT_WAIT:
        program->is_awaited = true;
        return true;
    case STATEMENT_VECTORS:
        program->has_vectors = true;
        return true;
    case STATEMENT_DOMAIN:
        return number_read(&parser->words, "a domain", 0, UINT32_MAX, &program->domain);
    case STATEMENT_CAP:
        return manifest_cap_read(parser);
    }
    return false;
}

static const struct keyword declared_kinds[] = {
    {"endpoint", KIND_ENDPOINT}, {"notification", KIND_NOTIFICATION},
    {"untyped", KIND_UNTYPED},   {"frame", KIND_FRAME},
    {"irq", KIND_IRQ},           {"ports", KIND_PORTS},
    {"device", KIND_DEVICE},
};

static bool line_read(struct parser *parser)
{
    const struct word *word = word_take(&parser->words);
    const struct keyword *statement =
        keyword_find(statements, sizeof(statements) / sizeof(statements[0]), word);
    const struct keyword *kind =
        keyword_find(declared_kinds, sizeof(declared_kinds) / sizeof(declared_kinds[0]), word);

    if (word_is(word, "program"))
        return program_read(parser);
    if (statement && !parser->program)
        return fail_word(&parser->words, word, "only within a program:");
    if (statement)
        return statement_read(parser, (enum statement)statement->value);
    if (kind)
        return object_read(parser, (enum manifest_kind)kind->value);
    return fail_word(&parser->words, word, "unknown statement");
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
    for (; parser.words.at < size; parser.words.at++, parser.words.line++) {
        if (!line_split(&parser.words))
            return false;
        if (parser.words.count > 0 && (!line_read(&parser) || !line_end(&parser.words)))
            return false;
    }
    if (!program_end(&parser))
        return false;
    if (manifest->program_count == 0)
        return fail(&parser.words, &(struct word){.column = 1}, "no program to start");
    return true;
}
