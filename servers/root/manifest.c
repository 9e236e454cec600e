/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See manifest.h. A line is a statement: it is split into words, whose first says which function
 * reads the others. Each function returns false once it has reported an error.
 */

#include "servers/root/manifest.h"

#include "kernel/abi/types.h"
#include "libsys/string.h"
#include "servers/root/words.h"

#define PAGE 4096ull
#define SLOTS_MIN 64u
#define SLOTS_MAX (1u << 20)
#define VSPACE_MIN (32ull << 10)
#define VSPACE_DEFAULT (64ull << 10)
#define VSPACE_MAX (1ull << 30)
#define STACK_DEFAULT (64ull << 10)
#define STACK_MAX (8ull << 20)
#define MEMORY_MAX (1ull << 36)
#define PRIORITY_MAX 254u /* 255 is the root task's */
#define SLICE_MIN 10000u
#define SLICE_MAX 1000000000u

struct parser {
    struct words words;
    struct manifest *manifest;
    struct manifest_program *program; /* that the lines belong to; null before the first */
};

/* ---- Objects that several programs may have ------------------------------------------------- */

static struct manifest_object *object_find(const struct parser *parser, const struct word *word)
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
    if (object_find(parser, word))
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

/* ---- Capabilities of a program -------------------------------------------------------------- */

static const struct keyword kinds[] = {
    {"endpoint", KIND_ENDPOINT}, {"notification", KIND_NOTIFICATION},
    {"untyped", KIND_UNTYPED},   {"frame", KIND_FRAME},
    {"irq", KIND_IRQ},           {"ports", KIND_PORTS},
    {"device", KIND_DEVICE},     {"module", KIND_MODULE},
    {"cpu", KIND_CPU},           {"parent", KIND_PARENT},
};
#define DECLARED_KINDS 7 /* the first so many */

static const struct keyword own_kinds[] = {
    {"cnode", KIND_CNODE},
    {"vspace", KIND_VSPACE},
    {"thread", KIND_THREAD},
    {"time", KIND_TIME},
};

static const struct right {
    unsigned type;
    const char *name;
    unsigned bit;
} rights[] = {
#define OBJECT(number, NAME, name, smallest, largest, derivable, doc)
#define RIGHT(OBJECT, NAME, bit, doc) {OBJECT_##OBJECT, #NAME, bit},
#include "kernel/abi/objects.def"
#undef OBJECT
#undef RIGHT
};

unsigned manifest_type(enum manifest_kind kind)
{
    static const unsigned types[] = {
        [KIND_ENDPOINT] = OBJECT_ENDPOINT,
        [KIND_NOTIFICATION] = OBJECT_NOTIFICATION,
        [KIND_UNTYPED] = OBJECT_UNTYPED,
        [KIND_FRAME] = OBJECT_FRAME,
        [KIND_IRQ] = OBJECT_IRQ_HANDLER,
        [KIND_PORTS] = OBJECT_IO_PORT,
        [KIND_DEVICE] = OBJECT_FRAME,
        [KIND_MODULE] = OBJECT_FRAME,
        [KIND_CPU] = OBJECT_CPU,
        [KIND_CNODE] = OBJECT_CNODE,
        [KIND_VSPACE] = OBJECT_VSPACE,
        [KIND_THREAD] = OBJECT_THREAD,
        [KIND_TIME] = OBJECT_SCHED_CONTEXT,
        [KIND_PARENT] = OBJECT_ENDPOINT,
    };
    return types[kind];
}

/* "call" for CALL */
static bool right_is(const char *name, const struct word *word)
{
    if (word->is_quoted || strlen(name) != word->length)
        return false;
    for (uint32_t i = 0; i < word->length; i++) {
        char c = word->text[i];
        if (c < 'a' || c > 'z' || name[i] != c - 'a' + 'A')
            return false;
    }
    return true;
}

static unsigned right_find(unsigned type, const struct word *word)
{
    for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++)
        if (rights[i].type == type && right_is(rights[i].name, word))
            return rights[i].bit;
    return 0;
}

static unsigned rights_of(unsigned type)
{
    unsigned all = 0;

    for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++)
        if (rights[i].type == type)
            all |= rights[i].bit;
    return all;
}

/* Rights by name. Where a kind knows but one right or none, it goes without saying. */
static bool rights_read(struct parser *parser, struct manifest_cap *cap)
{
    unsigned type = manifest_type(cap->kind), all = rights_of(type), bit;

    if (cap->kind == KIND_PARENT) {
        cap->rights = RIGHT_ENDPOINT_CALL;
        return true;
    }
    while ((bit = right_find(type, word_peek(&parser->words))) != 0) {
        if (cap->rights & bit)
            return fail_word(&parser->words, word_peek(&parser->words), "listed twice: right");
        cap->rights |= bit;
        word_take(&parser->words);
    }
    if (cap->rights == 0 && (all & (all - 1)) != 0)
        return fail_expected(&parser->words, word_peek(&parser->words),
                             "a right of such a capability");
    if (cap->rights == 0)
        cap->rights = all;
    return true;
}

/* Which of the declared objects it is. */
static bool cap_object_read(struct parser *parser, struct manifest_cap *cap, const char *kind_name)
{
    const struct word *word = word_peek(&parser->words);
    struct manifest_object *object;

    if (!name_read(&parser->words, "the object's name", cap->name))
        return false;
    object = object_find(parser, word);
    if (!object || object->kind != cap->kind)
        return fail(&parser->words, word, "no %s \"%s\" is declared above", kind_name, cap->name);
    if (cap->kind == KIND_UNTYPED && object->users > 0)
        return fail_word(&parser->words, word, "an untyped belongs to one program: already given:");
    object->users++;
    cap->object = (uint32_t)(object - parser->manifest->object);
    return true;
}

static bool cap_kind_read(struct parser *parser, struct manifest_cap *cap)
{
    const struct word *word = word_take(&parser->words);
    const struct keyword *kind;
    uint64_t priority;

    if (word_is(word, "own")) {
        word = word_take(&parser->words);
        kind = keyword_find(own_kinds, sizeof(own_kinds) / sizeof(own_kinds[0]), word);
        if (!kind)
            return fail_expected(&parser->words, word, "cnode, vspace, thread or time");
    } else {
        kind = keyword_find(kinds, sizeof(kinds) / sizeof(kinds[0]), word);
        if (!kind && word->length == 0)
            return fail_expected(&parser->words, word, "a capability kind");
        if (!kind)
            return fail_word(&parser->words, word, "unknown capability kind");
    }
    cap->kind = (enum manifest_kind)kind->value;
    if (cap->kind < KIND_DECLARED)
        return cap_object_read(parser, cap, kind->text);
    memcpy(cap->name, kind->text, strlen(kind->text) + 1);
    if (cap->kind == KIND_CPU) {
        if (!number_read(&parser->words, "the highest priority", 0, PRIORITY_MAX, &priority))
            return false;
        cap->priority = (uint32_t)priority;
    }
    if (cap->kind != KIND_MODULE)
        return true;
    if (!name_read(&parser->words, "the module's name", cap->module))
        return false;
    memcpy(cap->name, cap->module, sizeof(cap->name));
    return true;
}

static bool cap_badge_read(struct parser *parser, struct manifest_cap *cap)
{
    const struct word *word = word_peek(&parser->words);
    uint64_t badge;

    if (!word_accept(&parser->words, "badge"))
        return true;
    if (cap->kind != KIND_ENDPOINT && cap->kind != KIND_NOTIFICATION)
        return fail(&parser->words, word, "only an endpoint or a notification has a badge");
    if (!number_read(&parser->words, "a badge", 1, 0xffffffff, &badge))
        return false;
    cap->badge = (uint32_t)badge;
    return true;
}

/* cap KIND … [RIGHT …] [badge N] [as NAME] */
static bool cap_read(struct parser *parser)
{
    struct manifest *manifest = parser->manifest;
    struct manifest_cap *cap = &manifest->cap[manifest->cap_count];
    struct manifest_program *program = parser->program;
    const struct word *word = word_peek(&parser->words);

    if (manifest->cap_count == MANIFEST_CAPS_MAX)
        return fail(&parser->words, word, "more than %u capabilities", MANIFEST_CAPS_MAX);
    if (program->cap_count == MANIFEST_PROGRAM_CAPS_MAX)
        return fail(&parser->words, word, "more than %u capabilities of one program",
                    MANIFEST_PROGRAM_CAPS_MAX);
    *cap = (struct manifest_cap){.line = parser->words.line};
    if (!cap_kind_read(parser, cap) || !rights_read(parser, cap) || !cap_badge_read(parser, cap))
        return false;
    if (word_accept(&parser->words, "as")) {
        word = word_peek(&parser->words);
        if (!name_read(&parser->words, "a name", cap->name))
            return false;
    }
    for (uint32_t i = program->first_cap; i < manifest->cap_count; i++)
        if (string_equal(manifest->cap[i].name, cap->name))
            return fail(&parser->words, word, "the program already has a capability named \"%s\"",
                        cap->name);
    manifest->cap_count++;
    program->cap_count++;
    return true;
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

    if (!number_read(&parser->words, "a priority", 0, PRIORITY_MAX, &value))
        return false;
    parser->program->priority = (uint32_t)value;
    parser->program->is_passive = false;
    return true;
}

/* slice N us */
static bool slice_read(struct parser *parser)
{
    if (!number_read(&parser->words, "a slice in microseconds", SLICE_MIN / 1000, SLICE_MAX / 1000,
                     &parser->program->slice))
        return false;
    parser->program->slice *= 1000;
    if (!word_accept(&parser->words, "us"))
        return fail_expected(&parser->words, word_peek(&parser->words), "\"us\"");
    return true;
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
    const struct manifest_object *object = object_find(parser, word);

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
    STATEMENT_CNODE,
    STATEMENT_VSPACE,
    STATEMENT_STACK,
    STATEMENT_ARGUMENTS,
    STATEMENT_SERVE,
    STATEMENT_WAIT,
    STATEMENT_VECTORS,
    STATEMENT_CAP,
};

static const struct keyword statements[] = {
    {"priority", STATEMENT_PRIORITY}, {"slice", STATEMENT_SLICE},
    {"cnode", STATEMENT_CNODE},       {"vspace", STATEMENT_VSPACE},
    {"stack", STATEMENT_STACK},       {"arguments", STATEMENT_ARGUMENTS},
    {"serve", STATEMENT_SERVE},       {"wait", STATEMENT_WAIT},
    {"vectors", STATEMENT_VECTORS},   {"cap", STATEMENT_CAP},
};

/* A line that belongs to the program above it. */
static bool statement_read(struct parser *parser, enum statement statement)
{
    struct manifest_program *program = parser->program;

    switch (statement) {
    case STATEMENT_PRIORITY:
        return priority_read(parser);
    case STATEMENT_SLICE:
        return slice_read(parser);
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
    case STATEMENT_CAP:
        return cap_read(parser);
    }
    return false;
}

static bool line_read(struct parser *parser)
{
    const struct word *word = word_take(&parser->words);
    const struct keyword *statement =
        keyword_find(statements, sizeof(statements) / sizeof(statements[0]), word);
    const struct keyword *kind = keyword_find(kinds, DECLARED_KINDS, word);

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
