/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/root/manifest.c servers/root/manifest_cap.c */
/* sources: servers/root/manifest_program.c servers/root/manifest_order.c */
/* sources: servers/root/words.c kernel/lib/format.c */
/* libFuzzer: whatever text the manifest reader accepts must keep what manifest.h promises. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "servers/root/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_cap(const struct manifest *manifest, const struct manifest_cap *cap)
{
    check(memchr(cap->name, 0, sizeof(cap->name)) && cap->name[0]);
    check(cap->kind < KIND_COUNT);
    if (cap->kind < KIND_DECLARED) {
        check(cap->object < manifest->object_count);
        check(manifest->object[cap->object].kind == cap->kind);
    }
    check(cap->kind == KIND_CPU ? cap->share >= 1 && cap->share <= MANIFEST_SHARE_ALL
                                : cap->share == 0);
    check(cap->badge == 0 || cap->kind == KIND_ENDPOINT || cap->kind == KIND_NOTIFICATION);
}

static void check_program(const struct manifest *manifest, const struct manifest_program *program)
{
    check(memchr(program->name, 0, sizeof(program->name)) && program->name[0]);
    check(!program->is_passive || program->is_bound);
    check(!program->is_bound || program->serves < manifest->object_count);
    check(program->first_cap + program->cap_count <= manifest->cap_count);
    check(program->cap_count <= MANIFEST_PROGRAM_CAPS_MAX);
    check(program->budget <= program->period && (program->budget != 0) == (program->period != 0));
    check(program->heartbeat == 0 || program->is_bound);
    check(program->budget == 0 || !program->is_passive);
}

/* All budgets and limited shares together can be given by one who has all of the time. */
static void check_sum(const struct manifest *manifest)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < manifest->program_count; i++) {
        const struct manifest_program *program = &manifest->program[i];
        if (program->budget)
            sum += (program->budget * MANIFEST_SHARE_ALL - 1) / program->period + 1;
    }
    for (uint32_t i = 0; i < manifest->cap_count; i++)
        sum += manifest->cap[i].share % MANIFEST_SHARE_ALL;
    check(sum <= MANIFEST_SHARE_ALL);
}

/* All can start, one after the other, and who starts later has somebody to start it. */
static void check_order(const struct manifest *manifest)
{
    uint64_t started = 0, all = ~0ull >> (64 - manifest->program_count), before = 1;

    while (started != before) {
        before = started;
        for (uint32_t i = 0; i < manifest->program_count; i++)
            if ((manifest->program[i].needs & ~started) == 0)
                started |= 1ull << i;
    }
    check(started == all);
    for (uint32_t i = 0; i < manifest->program_count; i++)
        check(!manifest->program[i].is_on_demand || manifest->supervisor < manifest->program_count);
    check(manifest->reserve <= manifest->reserve_most);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct manifest manifest;
    char error[MANIFEST_ERROR_MAX];

    memset(error, 'x', sizeof(error));
    if (!manifest_read((const char *)bytes, size, &manifest, error)) {
        check(memchr(error, 0, sizeof(error)) && strncmp(error, "manifest:", 9) == 0);
        return 0;
    }
    check(manifest.program_count >= 1 && manifest.program_count <= MANIFEST_PROGRAMS_MAX);
    for (uint32_t i = 0; i < manifest.cap_count; i++)
        check_cap(&manifest, &manifest.cap[i]);
    for (uint32_t i = 0; i < manifest.program_count; i++)
        check_program(&manifest, &manifest.program[i]);
    check_sum(&manifest);
    check_order(&manifest);
    return 0;
}
