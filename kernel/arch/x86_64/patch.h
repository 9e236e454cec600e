/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Code that fits the CPU: the places that entry.inc's PATCH marks are changed once, during boot.
 * A place has a reason, which holds on this CPU or not, and what it becomes then.
 */
#ifndef KERNEL_ARCH_X86_64_PATCH_H
#define KERNEL_ARCH_X86_64_PATCH_H

/* Reasons. */
#define PATCH_NO_FSGSBASE 0
#define PATCH_NO_XSAVE 1       /* xrstor becomes fxrstor */
#define PATCH_SEPARATE 2       /* user tables lack the kernel */
#define PATCH_ONE_TABLE 3      /* they don't */
#define PATCH_VERW 4           /* buffers are cleaned on the way out */
#define PATCH_NO_VERW 5        /* they aren't */
#define PATCH_EXIT 6           /* either of both: the way out is longer */
#define PATCH_BARRIER 7        /* between domains the branch predictor forgets */
#define PATCH_BARRIER_ALWAYS 8 /* and between any two spaces */
#define PATCH_NO_RETPOLINES 9  /* thunks are plain: the 8 bytes at the target replace them */
#define PATCH_NO_FENCES 10     /* speculation_fence is none */
#define PATCH_REASONS 11

#ifndef __ASSEMBLER__

/* Once, after flaws_decide, and before the text becomes read-only. */
void entry_patch(void);

#endif
#endif
