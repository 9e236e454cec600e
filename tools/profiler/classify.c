/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See classify.h. Opcodes that alone decide the class stand in two tables; where the ModRM byte
 * or a prefix decides, a function per opcode group does. Reference: Intel SDM vol. 2, appendix A.
 */

#include "tools/profiler/classify.h"

#include <stddef.h>

/* An instruction taken apart as far as the classes need. */
struct parts {
    bool lock, rep, repne, operand16;
    const uint8_t *opcode; /* first byte after the prefixes */
    int left;              /* bytes from there */
};

static const uint8_t one_byte[256] = {
    [0x6c ... 0x6f] = CLASS_port_io,    [0xe4 ... 0xe7] = CLASS_port_io,
    [0xec ... 0xef] = CLASS_port_io,    [0xcf] = CLASS_iret,
    [0xcc ... 0xcd] = CLASS_int_n,      [0xfa ... 0xfb] = CLASS_cli_sti,
    [0x9c ... 0x9d] = CLASS_pushf_popf, [0x8e] = CLASS_mov_to_seg,
    [0xf4] = CLASS_hlt_mwait,           [0xc2 ... 0xc3] = CLASS_ret,
    [0xe8] = CLASS_call_direct,
};

static const uint8_t two_byte[256] = {
    [0x05] = CLASS_syscall,   [0x07] = CLASS_sysret,      [0x34] = CLASS_sysenter,
    [0x35] = CLASS_sysexit,   [0x06] = CLASS_clts,        [0x08 ... 0x09] = CLASS_wbinvd,
    [0x22] = CLASS_mov_to_cr, [0x20] = CLASS_mov_from_cr, [0x21] = CLASS_mov_dr,
    [0x23] = CLASS_mov_dr,    [0x30] = CLASS_wrmsr,       [0x32] = CLASS_rdmsr,
    [0x31] = CLASS_rdtsc,     [0xa2] = CLASS_cpuid,
};

static const char *const class_names[CLASS_COUNT] = {
#define X(name) #name,
    INSN_CLASSES(X)
#undef X
};

const char *insn_class_name(enum insn_class class)
{
    return class_names[class];
}

static uint8_t byte_at(const struct parts *parts, int index)
{
    return index < parts->left ? parts->opcode[index] : 0;
}

static bool is_segment_prefix(uint8_t byte)
{
    return byte == 0x2e || byte == 0x36 || byte == 0x3e || byte == 0x26 || byte == 0x64 ||
           byte == 0x65;
}

static struct parts take_apart(const struct insn *insn)
{
    struct parts parts = {0};
    int i = 0;
    for (; i < insn->length; i++) {
        uint8_t byte = insn->bytes[i];
        if (byte == 0xf0)
            parts.lock = true;
        else if (byte == 0xf3)
            parts.rep = true;
        else if (byte == 0xf2)
            parts.repne = true;
        else if (byte == 0x66)
            parts.operand16 = true;
        else if (!is_segment_prefix(byte) && byte != 0x67)
            break;
    }
    if (i < insn->length && (insn->bytes[i] & 0xf0) == 0x40)
        i++; /* REX */
    parts.opcode = insn->bytes + i;
    parts.left = insn->length - i;
    return parts;
}

/* 0f 01: descriptor tables and the instructions packed beside them. */
static enum insn_class classify_group_7(uint8_t modrm)
{
    int reg = (modrm >> 3) & 7;
    if ((modrm >> 6) != 3)
        return reg == 7 ? CLASS_invlpg : reg == 2 || reg == 3 ? CLASS_lgdt_lidt : CLASS_none;
    switch (modrm) {
    case 0xf8:
        return CLASS_swapgs;
    case 0xf9:
        return CLASS_rdtsc;
    case 0xca ... 0xcb:
        return CLASS_stac_clac;
    case 0xd0:
        return CLASS_xgetbv;
    case 0xd1:
        return CLASS_xsetbv;
    case 0xee ... 0xef:
        return CLASS_pkru;
    case 0xc8 ... 0xc9:
        return CLASS_hlt_mwait;
    case 0xc1 ... 0xc3:
    case 0xd8 ... 0xdb:
        return CLASS_vmrun_vmcall;
    default:
        return CLASS_none;
    }
}

/* 0f ae: saving and loading of extended state, fences, FS and GS base. */
static enum insn_class classify_group_15(const struct parts *parts, uint8_t modrm)
{
    static const uint8_t memory[8] = {CLASS_fxsave, CLASS_fxrstor, CLASS_none,  CLASS_none,
                                      CLASS_xsave,  CLASS_xrstor,  CLASS_xsave, CLASS_none};
    int reg = (modrm >> 3) & 7;
    bool in_memory = (modrm >> 6) != 3;
    if (parts->rep)
        return in_memory || reg > 3 ? CLASS_none : reg < 2 ? CLASS_rdfsgsbase : CLASS_wrfsgsbase;
    if (!in_memory)
        return reg >= 5 ? CLASS_fence : CLASS_none;
    return parts->operand16 || parts->repne ? CLASS_none : memory[reg];
}

static enum insn_class classify_two_byte(const struct parts *parts)
{
    uint8_t opcode = byte_at(parts, 1), modrm = byte_at(parts, 2);
    int reg = (modrm >> 3) & 7;
    bool in_memory = (modrm >> 6) != 3;
    switch (opcode) {
    case 0x00:
        return reg == 2 || reg == 3 ? CLASS_ltr_lldt : CLASS_none;
    case 0x01:
        return classify_group_7(modrm);
    case 0x22:
        return reg == 3 ? CLASS_mov_to_cr3 : CLASS_mov_to_cr;
    case 0x38:
        return modrm == 0x82 && parts->operand16 ? CLASS_invpcid : CLASS_none;
    case 0xae:
        return classify_group_15(parts, modrm);
    case 0xc7:
        if (in_memory && (reg == 4 || reg == 5))
            return CLASS_xsave;
        return in_memory && reg == 3 ? CLASS_xrstor : CLASS_none;
    default:
        return two_byte[opcode];
    }
}

static enum insn_class classify_one_byte(const struct parts *parts)
{
    uint8_t opcode = byte_at(parts, 0), modrm = byte_at(parts, 1);
    int reg = (modrm >> 3) & 7;
    switch (opcode) {
    case 0xa4 ... 0xa7:
    case 0xaa ... 0xaf:
        return parts->rep || parts->repne ? CLASS_rep_string : CLASS_none;
    case 0xf6 ... 0xf7:
        return reg >= 6 ? CLASS_div : CLASS_none;
    case 0x90:
        return parts->rep ? CLASS_pause : CLASS_none;
    case 0xff:
        return reg >= 2 && reg <= 5 ? CLASS_branch_indirect : CLASS_none;
    case 0x86 ... 0x87:
        return (modrm >> 6) != 3 ? CLASS_locked : CLASS_none; /* xchg with memory locks */
    default:
        return one_byte[opcode];
    }
}

static bool is_string_opcode(uint8_t opcode)
{
    return (opcode >= 0x6c && opcode <= 0x6f) || (opcode >= 0xa4 && opcode <= 0xa7) ||
           (opcode >= 0xaa && opcode <= 0xaf);
}

/* A mark is nopl disp32(%rax) with the displacement ID KIND 4b 4d. */
static bool is_mark(const struct parts *parts)
{
    return parts->left == 7 && byte_at(parts, 0) == 0x0f && byte_at(parts, 1) == 0x1f &&
           byte_at(parts, 2) == 0x80 && byte_at(parts, 5) == 0x4b && byte_at(parts, 6) == 0x4d;
}

void insn_classify(struct insn *insn)
{
    struct parts parts = take_apart(insn);
    insn->mark = MARK_NONE;
    insn->repeated = (parts.rep || parts.repne) && is_string_opcode(byte_at(&parts, 0));
    if (is_mark(&parts)) {
        insn->mark_id = byte_at(&parts, 3);
        insn->mark = byte_at(&parts, 4);
        insn->class = CLASS_marker;
        return;
    }
    insn->class =
        byte_at(&parts, 0) == 0x0f ? classify_two_byte(&parts) : classify_one_byte(&parts);
    if (insn->class == CLASS_none && parts.lock)
        insn->class = CLASS_locked;
}
