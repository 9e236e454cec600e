/* SPDX-License-Identifier: BSD-2-Clause */
/* What victims of cpus.c execute, for as long as they can. */
#include "tests/guest/kernel/area.h"

    .text

    /* rdi: area. Reads at data[1], for ever; the last value is in data[2]. Counts. */
    .globl victim_watch
victim_watch:
    mov AREA_DATA+8(%rdi), %rcx
1:  mov (%rcx), %rax
    mov %rax, AREA_DATA+16(%rdi)
    incq AREA_DATA(%rdi)
    jmp 1b

    /* rdi: area. Writes the count at data[1], for ever, and counts. */
    .globl victim_mark
victim_mark:
    mov AREA_DATA+8(%rdi), %rcx
1:  mov AREA_DATA(%rdi), %rax
    mov %rax, (%rcx)
    incq AREA_DATA(%rdi)
    jmp 1b
