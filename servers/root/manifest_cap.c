/* SPDX-License-Identifier: BSD-2-Clause */
/* The statement `cap`: see manifest.h for what is promised, boot/README.md for its form. */

#include "kernel/abi/types.h"
#include "libsys/string.h"
#include "servers/root/manifest_parser.h"

static const struct keyword kinds[] = {
    {"endpoint", KIND_ENDPOINT}, {"notification", KIND_NOTIFICATION},
    {"untyped", KIND_UNTYPED},   {"frame", KIND_FRAME},
    {"irq", KIND_IRQ},           {"ports", KIND_PORTS},
    {"device", KIND_DEVICE},     {"module", KIND_MODULE},
    {"cpu", KIND_CPU},           {"parent", KIND_PARENT},
    {"memory", KIND_MEMORY},     {"root", KIND_ROOT},
    {"debug", KIND_DEBUG},       {"cpus", KIND_CPUS},
};

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
        [KIND_ENDPOINT] = OBJECT_ENDPOINT, [KIND_NOTIFICATION] = OBJECT_NOTIFICATION,
        [KIND_UNTYPED] = OBJECT_UNTYPED,   [KIND_FRAME] = OBJECT_FRAME,
        [KIND_IRQ] = OBJECT_IRQ_HANDLER,   [KIND_PORTS] = OBJECT_IO_PORT,
        [KIND_DEVICE] = OBJECT_FRAME,      [KIND_MODULE] = OBJECT_FRAME,
        [KIND_CPU] = OBJECT_CPU,           [KIND_CPUS] = OBJECT_CPU,
        [KIND_CNODE] = OBJECT_CNODE,       [KIND_VSPACE] = OBJECT_VSPACE,
        [KIND_THREAD] = OBJECT_THREAD,     [KIND_TIME] = OBJECT_SCHED_CONTEXT,
        [KIND_PARENT] = OBJECT_ENDPOINT,   [KIND_MEMORY] = OBJECT_UNTYPED,
        [KIND_ROOT] = OBJECT_ENDPOINT,     [KIND_DEBUG] = OBJECT_ENDPOINT,
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
    if (cap->kind == KIND_ROOT || cap->kind == KIND_DEBUG) {
        cap->rights = RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_TRANSFER;
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
    object = manifest_object_find(parser, word);
    if (!object || object->kind != cap->kind)
        return fail(&parser->words, word, "no %s \"%s\" is declared above", kind_name, cap->name);
    if (cap->kind == KIND_UNTYPED && object->users > 0)
        return fail_word(&parser->words, word, "an untyped belongs to one program: already given:");
    object->users++;
    object->user = (uint32_t)(parser->program - parser->manifest->program);
    cap->object = (uint32_t)(object - parser->manifest->object);
    return true;
}

/* PRIORITY, and for one CPU: [share PERCENT %] */
static bool cap_cpu_read(struct parser *parser, struct manifest_cap *cap)
{
    uint64_t priority, share;

    if (!number_read(&parser->words, "the highest priority", 0, MANIFEST_PRIORITY_MAX, &priority))
        return false;
    cap->priority = (uint32_t)priority;
    cap->share = MANIFEST_SHARE_ALL;
    if (cap->kind == KIND_CPUS || !word_accept(&parser->words, "share"))
        return true;
    const struct word *word = word_peek(&parser->words);
    if (!percent_read(&parser->words, "a share", 1, MANIFEST_SHARE_ALL - 1, &share))
        return false;
    cap->share = (uint32_t)share;
    return manifest_share_take(parser, word, cap->share);
}

/* What one program may have: all free memory, the say over which programs run, their insides. */
static bool cap_single_read(struct parser *parser, const struct word *word, uint32_t *owner)
{
    if (*owner != MANIFEST_NOBODY)
        return fail(&parser->words, word, "program \"%s\" has that already",
                    parser->manifest->program[*owner].name);
    *owner = (uint32_t)(parser->program - parser->manifest->program);
    return true;
}

/* The module's name, kept once for all capabilities of it; theirs too if they have no other. */
static bool cap_module_read(struct parser *parser, struct manifest_cap *cap)
{
    struct manifest *manifest = parser->manifest;
    const struct word *word = word_peek(&parser->words);

    if (!name_read(&parser->words, "the module's name", cap->name))
        return false;
    for (cap->module = 0; cap->module < manifest->module_count; cap->module++)
        if (string_equal(manifest->module[cap->module], cap->name))
            return true;
    if (manifest->module_count == MANIFEST_MODULES_MAX)
        return fail(&parser->words, word, "capabilities for more than %u modules",
                    MANIFEST_MODULES_MAX);
    memcpy(manifest->module[manifest->module_count++], cap->name, sizeof(cap->name));
    return true;
}

static bool cap_kind_read(struct parser *parser, struct manifest_cap *cap)
{
    const struct word *word = word_take(&parser->words);
    const struct keyword *kind;

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
    if (cap->kind == KIND_CPU || cap->kind == KIND_CPUS)
        return cap_cpu_read(parser, cap);
    if (cap->kind == KIND_MEMORY)
        return cap_single_read(parser, word, &parser->manifest->memory);
    if (cap->kind == KIND_ROOT)
        return cap_single_read(parser, word, &parser->manifest->supervisor);
    if (cap->kind == KIND_DEBUG)
        return cap_single_read(parser, word, &parser->manifest->debugger);
    if (cap->kind != KIND_MODULE)
        return true;
    return cap_module_read(parser, cap);
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
bool manifest_cap_read(struct parser *parser)
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
