/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said of several programs, looked at when all are known: see manifest.h. */

#include "libsys/string.h"
#include "servers/root/manifest_parser.h"

static bool fail_place(struct parser *parser, struct place place, const char *format,
                       const char *first, const char *second)
{
    parser->words.line = place.line;
    return fail(&parser->words, &(struct word){.column = place.column}, format, first, second);
}

static uint32_t program_find(const struct manifest *manifest, const char *name)
{
    uint32_t i = 0;

    while (i < manifest->program_count && !string_equal(manifest->program[i].name, name))
        i++;
    return i;
}

/* Names to numbers. What runs from the beginning can't need what doesn't. */
static bool needs_resolve(struct parser *parser)
{
    struct manifest *manifest = parser->manifest;

    for (uint32_t i = 0; i < manifest->need_count; i++) {
        struct manifest_need *need = &manifest->need[i];
        struct manifest_program *program = &manifest->program[need->program];
        need->needed = program_find(manifest, need->name);
        if (need->needed == manifest->program_count)
            return fail_place(parser, need->place, "program \"%s\" needs \"%s\", which isn't there",
                              program->name, need->name);
        if (manifest->program[need->needed].is_on_demand && !program->is_on_demand)
            return fail_place(parser, need->place,
                              "program \"%s\" needs \"%s\", which is made on demand only",
                              program->name, need->name);
        program->needs |= 1ull << need->needed;
    }
    return true;
}

/* A need of this program for one that can't start either. */
static const struct manifest_need *need_stuck(const struct manifest *manifest, uint32_t program,
                                              uint64_t started)
{
    for (uint32_t i = 0; i < manifest->need_count; i++)
        if (manifest->need[i].program == program && !(started >> manifest->need[i].needed & 1))
            return &manifest->need[i];
    return NULL;
}

/* From any program that can't start, each step to one that it waits for, so into a circle. */
static bool circle_fail(struct parser *parser, uint32_t program, uint64_t started)
{
    const struct manifest *manifest = parser->manifest;
    const struct manifest_need *need = need_stuck(manifest, program, started);

    for (uint32_t i = 0; i < manifest->program_count; i++)
        need = need_stuck(manifest, need->needed, started);
    return fail_place(parser, need->place, "program \"%s\" would need itself, by way of \"%s\"",
                      manifest->program[need->program].name, need->name);
}

/* Start in thought whoever has all it needs, until all have started. */
static bool order_exists(struct parser *parser)
{
    const struct manifest *manifest = parser->manifest;
    uint64_t started = 0, before;

    do {
        before = started;
        for (uint32_t i = 0; i < manifest->program_count; i++)
            if ((manifest->program[i].needs & ~started) == 0)
                started |= 1ull << i;
    } while (started != before);
    for (uint32_t i = 0; i < manifest->program_count; i++)
        if (!(started >> i & 1))
            return circle_fail(parser, i, started);
    return true;
}

/* Only a supervisor starts anything later; and it is there from the beginning. */
static bool demand_check(struct parser *parser)
{
    const struct manifest *manifest = parser->manifest;

    for (uint32_t i = 0; i < manifest->program_count; i++) {
        const struct manifest_program *program = &manifest->program[i];
        struct place place = {.line = program->line, .column = 1};
        if (!program->is_on_demand)
            continue;
        if (manifest->supervisor == MANIFEST_NOBODY)
            return fail_place(parser, place,
                              "program \"%s\" is made on demand, but none has \"%s\"",
                              program->name, "cap root");
        if (manifest->supervisor == i || manifest->memory == i)
            return fail_place(parser, place,
                              "program \"%s\" can't be made on demand: it has \"%s\"",
                              program->name, manifest->memory == i ? "cap memory" : "cap root");
    }
    return true;
}

bool manifest_order_check(struct parser *parser)
{
    return needs_resolve(parser) && order_exists(parser) && demand_check(parser);
}
