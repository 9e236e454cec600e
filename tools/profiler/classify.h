/* SPDX-License-Identifier: BSD-2-Clause */
/* Sorts 64-bit mode instructions into classes of costly ones, and finds the marks. */

#ifndef PROFILER_CLASSIFY_H
#define PROFILER_CLASSIFY_H

#include <stdbool.h>
#include <stdint.h>

/* clang-format off */
#define INSN_CLASSES(X) \
    X(none) X(syscall) X(sysret) X(sysenter) X(sysexit) X(iret) X(int_n) X(mov_to_cr3) \
    X(mov_to_cr) X(mov_from_cr) X(mov_dr) X(wrmsr) X(rdmsr) X(swapgs) X(invlpg) X(invpcid) \
    X(xsave) X(xrstor) X(fxsave) X(fxrstor) X(xsetbv) X(xgetbv) X(clts) X(wrfsgsbase) \
    X(rdfsgsbase) X(rdtsc) X(cpuid) X(fence) X(stac_clac) X(pkru) X(locked) X(cli_sti) \
    X(pushf_popf) X(mov_to_seg) X(ltr_lldt) X(lgdt_lidt) X(port_io) X(div) X(rep_string) \
    X(pause) X(hlt_mwait) X(vmrun_vmcall) X(wbinvd) X(ret) X(call_direct) X(branch_indirect) \
    X(marker)

enum insn_class {
#define X(name) CLASS_##name,
    INSN_CLASSES(X)
#undef X
    CLASS_COUNT
};
/* clang-format on */

/* The kinds of mark, as libsys/marker.h encodes them. */
enum mark { MARK_NONE, MARK_BEGIN = 1, MARK_END = 2 };

#define INSN_BYTES_MAX 15

struct insn {
    struct insn *next; /* in the table of known instructions */
    uint64_t address;
    uint64_t host; /* where its bytes lie in QEMU's memory: tells physical lines apart; 0 unknown */
    uint8_t length;
    uint8_t class;
    uint8_t mark, mark_id;
    bool kernel;
    bool repeated; /* a string instruction with a rep prefix */
    uint8_t bytes[INSN_BYTES_MAX];
    char *text; /* its disassembly, or null */
};

/* Fills in class, mark, mark_id and repeated from length and bytes. */
void insn_classify(struct insn *insn);

const char *insn_class_name(enum insn_class class);

#endif
