/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/arch/x86_64/patch.h"

#include "kernel/arch/x86_64/features.h"
#include "kernel/arch/x86_64/flaws.h"
#include "kernel/debug/assert.h"
#include "kernel/lib/string.h"

#define NOP_MAX 7

/* Made by entry.inc's PATCH. */
struct patch {
    uint8_t *at;
    union {
        uint64_t nop_bytes; /* up to NOP_MAX: an instruction of that length goes */
        uint8_t *target;    /* else: where to jump */
    };
    uint64_t reason;
};
extern const struct patch boot_patches_begin[], boot_patches_end[];

static bool reason_holds(uint64_t reason)
{
    const struct mitigations *m = &mitigations;
    const bool holds[PATCH_REASONS] = {
        [PATCH_NO_FSGSBASE] = !cpu_features.fsgsbase,
        [PATCH_NO_XSAVE] = !cpu_features.xsave,
        [PATCH_SEPARATE] = m->separate_tables,
        [PATCH_ONE_TABLE] = !m->separate_tables,
        [PATCH_VERW] = m->verw,
        [PATCH_NO_VERW] = !m->verw,
        [PATCH_EXIT] = m->separate_tables || m->verw,
        [PATCH_BARRIER] = m->barrier,
        [PATCH_BARRIER_ALWAYS] = m->barrier_always,
        [PATCH_NO_RETPOLINES] = !m->retpolines,
        [PATCH_NO_FENCES] = !m->fences,
    };
    assert(reason < PATCH_REASONS);
    return holds[reason];
}

static void put_nop(uint8_t *at, uint64_t bytes)
{
    /* Intel SDM vol. 2, NOP, recommended sequences. */
    static const uint8_t nops[NOP_MAX + 1][NOP_MAX] = {
        [3] = {0x0f, 0x1f, 0x00},
        [4] = {0x0f, 0x1f, 0x40, 0x00},
        [5] = {0x0f, 0x1f, 0x44, 0x00, 0x00},
        [6] = {0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00},
        [7] = {0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00},
    };
    assert(bytes <= NOP_MAX && nops[bytes][0] != 0);
    memcpy(at, nops[bytes], bytes);
}

static void put_jump(uint8_t *at, const uint8_t *target)
{
    int32_t distance = (int32_t)(target - (at + 5));
    at[0] = 0xe9; /* jmp rel32 */
    memcpy(at + 1, &distance, 4);
}

static void apply(const struct patch *patch)
{
    uint8_t *at = patch->at;
    if (patch->reason == PATCH_NO_XSAVE) {
        assert(at[0] == 0x0f && at[1] == 0xae && at[2] == 0x2d);
        at[2] = 0x0d; /* ModRM extension 5 becomes 1 */
    } else if (patch->reason == PATCH_NO_RETPOLINES) {
        memcpy(at, patch->target, 8);
    } else if (patch->nop_bytes <= NOP_MAX) {
        put_nop(at, patch->nop_bytes);
    } else {
        put_jump(at, patch->target);
    }
}

/* From the last to the first: a jump may cover the place behind its own. */
void entry_patch(void)
{
    for (const struct patch *patch = boot_patches_end; patch-- > boot_patches_begin;)
        if (reason_holds(patch->reason))
            apply(patch);
}
