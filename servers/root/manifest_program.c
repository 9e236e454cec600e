/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines of a program, but `cap`: see manifest.h for what is promised. */

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

/* Nanoseconds, as kernel/abi/invocations.def has them. */
#define SLICE_MIN 10000u
#define SLICE_MAX 1000000000u
#define BUDGET_MIN 1000u
#define PERIOD_MIN 100000u
#define PERIOD_MAX 60000000000ull

#define HEARTBEAT_MIN 10000000u
#define HEARTBEAT_MAX 60000000000ull

/* An error of a statement read before, at its place. */
static bool fail_at(struct parser *parser, struct place place, const char *format,
                    const char *program)
{
    parser->words.line = place.line;
    return fail(&parser->words, &(struct word){.column = place.column}, format, program);
}

static struct place place_here(const struct parser *parser, const struct word *word)
{
    return (struct place){.line = parser->words.line, .column = word->column};
}

/* What can only be said when all lines of a program are read. */
bool manifest_program_end(struct parser *parser)
{
    const struct manifest_program *program = parser->program;
    struct place begin = {.column = 1};

    if (!program)
        return true;
    begin.line = program->line;
    if (program->is_passive && !program->is_bound)
        return fail_at(
            parser, begin,
            "program \"%s\" needs a priority, or an endpoint to serve on its callers' time",
            program->name);
    if (program->is_passive && program->budget)
        return fail_at(parser, parser->budget, "program \"%s\" has a budget, but no priority",
                       program->name);
    if (program->heartbeat && !program->is_bound)
        return fail_at(parser, parser->heartbeat,
                       "program \"%s\" has a heartbeat, but serves no endpoint", program->name);
    return true;
}

/* program NAME module MODULE */
bool manifest_program_read(struct parser *parser)
{
    struct manifest *manifest = parser->manifest;
    struct manifest_program *program = &manifest->program[manifest->program_count];
    uint32_t line = parser->words.line;
    const struct word *word = word_peek(&parser->words);

    if (!manifest_program_end(parser))
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
    parser->budget = place_here(parser, word);
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

/* needs NAME …: programs that may be declared further below. */
static bool needs_read(struct parser *parser)
{
    struct manifest *manifest = parser->manifest;

    do {
        const struct word *word = word_peek(&parser->words);
        struct manifest_need *need = &manifest->need[manifest->need_count];
        if (manifest->need_count == MANIFEST_NEEDS_MAX)
            return fail(&parser->words, word, "more than %u needs", MANIFEST_NEEDS_MAX);
        need->place = place_here(parser, word);
        need->program = (uint32_t)(parser->program - manifest->program);
        if (!name_read(&parser->words, "a program's name", need->name))
            return false;
        manifest->need_count++;
    } while (word_peek(&parser->words)->length > 0);
    return true;
}

static bool restart_read(struct parser *parser)
{
    static const struct keyword when[] = {
        {"never", RESTART_NEVER},
        {"on-failure", RESTART_ON_FAILURE},
        {"always", RESTART_ALWAYS},
    };
    const struct word *word = word_take(&parser->words);
    const struct keyword *found = keyword_find(when, sizeof(when) / sizeof(when[0]), word);

    if (!found)
        return fail_expected(&parser->words, word, "never, on-failure or always");
    parser->program->restart = (enum manifest_restart)found->value;
    return true;
}

static bool heartbeat_read(struct parser *parser)
{
    parser->heartbeat = place_here(parser, word_peek(&parser->words));
    return time_read(&parser->words, "a heartbeat", HEARTBEAT_MIN, HEARTBEAT_MAX,
                     &parser->program->heartbeat);
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
    STATEMENT_DEMAND,
    STATEMENT_NEEDS,
    STATEMENT_RESTART,
    STATEMENT_HEARTBEAT,
    STATEMENT_ESSENTIAL,
};

static const struct keyword statements[] = {
    {"priority", STATEMENT_PRIORITY},
    {"slice", STATEMENT_SLICE},
    {"cnode", STATEMENT_CNODE},
    {"vspace", STATEMENT_VSPACE},
    {"stack", STATEMENT_STACK},
    {"arguments", STATEMENT_ARGUMENTS},
    {"serve", STATEMENT_SERVE},
    {"wait", STATEMENT_WAIT},
    {"vectors", STATEMENT_VECTORS},
    {"domain", STATEMENT_DOMAIN},
    {"cap", STATEMENT_CAP},
    {"budget", STATEMENT_BUDGET},
    {"demand", STATEMENT_DEMAND},
    {"needs", STATEMENT_NEEDS},
    {"restart", STATEMENT_RESTART},
    {"heartbeat", STATEMENT_HEARTBEAT},
    {"essential", STATEMENT_ESSENTIAL},
};

/* A line that belongs to the program above it. */
bool manifest_statement_read(struct parser *parser, const struct keyword *statement)
{
    struct manifest_program *program = parser->program;

    switch ((enum statement)statement->value) {
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
    case STATEMENT_DEMAND:
        program->is_on_demand = true;
        return true;
    case STATEMENT_NEEDS:
        return needs_read(parser);
    case STATEMENT_RESTART:
        return restart_read(parser);
    case STATEMENT_HEARTBEAT:
        return heartbeat_read(parser);
    case STATEMENT_ESSENTIAL:
        program->is_essential = true;
        return true;
    }
    return false;
}

const struct keyword *manifest_statement_find(const struct word *word)
{
    return keyword_find(statements, sizeof(statements) / sizeof(statements[0]), word);
}
