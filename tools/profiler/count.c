/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TCG plugin of QEMU 7.2 that counts instructions from the kernel's first one on, whoever
 * executes them; each round of a repeated one counts. When QEMU ends, the number is written.
 *
 *     out=FILE       where to
 *     start=ADDRESS  of the first instruction, hexadecimal: the kernel's entry point
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/profiler/plugin_api.h"

#define CPU_MAX 256

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static FILE *out;
static uint64_t start;
static uint64_t count[CPU_MAX];

static void executed(unsigned cpu, void *context)
{
    (void)context;
    count[cpu % CPU_MAX]++;
}

/* The firmware is done; it may have executed what lay there before. */
static void started(unsigned cpu, void *context)
{
    (void)context;
    memset(count, 0, sizeof(count));
    count[cpu % CPU_MAX] = 1;
}

static void block_translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);
        qemu_plugin_register_vcpu_insn_exec_cb(
            insn, qemu_plugin_insn_vaddr(insn) == start ? started : executed,
            QEMU_PLUGIN_CB_NO_REGS, NULL);
    }
}

static void write_count(qemu_plugin_id_t id, void *context)
{
    uint64_t sum = 0;

    (void)id;
    (void)context;
    for (unsigned i = 0; i < CPU_MAX; i++)
        sum += count[i];
    fprintf(out, "%llu\n", (unsigned long long)sum);
    fclose(out);
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (!strncmp(argv[i], "out=", 4))
            out = fopen(argv[i] + 4, "w");
        else if (!strncmp(argv[i], "start=", 6))
            start = strtoull(argv[i] + 6, NULL, 16);
    }
    if (!out || !start) {
        fprintf(stderr, "count: out=FILE and start=ADDRESS are needed\n");
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, block_translated);
    qemu_plugin_register_atexit_cb(id, write_count, NULL);
    return 0;
}
