/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Marks that delimit a measured region for the profiler plugin (tools/profiler).
 *
 * A mark is a seven-byte NOP, `nopl disp32(%rax)` with the displacement bytes ID KIND 'K' 'M'. It
 * touches no memory and no register, is legal in user and kernel mode, and costs one instruction
 * that the profiler doesn't count. Without the profiler it does nothing.
 *
 *     RS_BEGIN(3);
 *     what is measured; one pass
 *     RS_END(3);
 *
 * The id is a constant from 0 to 199. Passes don't nest: a second RS_BEGIN starts the pass anew. A
 * pass sees all that its CPU executes until the end mark, other threads and interrupts included.
 * Also for assembler.
 */

#ifndef LIBSYS_MARKER_H
#define LIBSYS_MARKER_H

#define RS_KIND_BEGIN 1
#define RS_KIND_END 2

#ifdef __ASSEMBLER__

#define RS_MARK(id, kind) .byte 0x0f, 0x1f, 0x80, id, kind, 0x4b, 0x4d

#else

#define RS_MARK(id, kind)                                           \
    __asm__ volatile(".byte 0x0f, 0x1f, 0x80, %c0, %c1, 0x4b, 0x4d" \
                     :                                              \
                     : "i"(id), "i"(kind)                           \
                     : "memory")

#endif

#define RS_BEGIN(id) RS_MARK(id, RS_KIND_BEGIN)
#define RS_END(id) RS_MARK(id, RS_KIND_END)

#endif
