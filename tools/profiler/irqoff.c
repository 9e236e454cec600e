/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TCG plugin of QEMU 7.2 that measures how long the kernel keeps interrupts off. They are off in
 * all of it, so a *stretch* is what a CPU executes in the kernel from its entry until it leaves for
 * user mode, or halts: there, and nowhere else, an interrupt is taken. Boot doesn't count, nor does
 * what ends the machine, since it never leaves.
 *
 * Each round of a repeated instruction counts, as it does for QEMU's clock under -icount. Only
 * instructions of the kernel's image are looked at.
 *
 *     out=FILE       the report: see write_report; tools/irqoff reads it
 *     symbols=FILE   lines of address and name, by address, as nm -n prints them
 *
 * The functions that a stretch goes through first make its *way*: a system call, an operation, an
 * interrupt. Of each way the longest stretch is kept, with the instructions spent in each function.
 */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/profiler/plugin_api.h"
#include "tools/profiler/set.h"

/* kernel/arch/x86_64/layout.h: the image, and the same again for each further CPU. */
#define IMAGE_BASE 0xffffffff80000000
#define IMAGE_BYTES 0x200000

#define CPU_MAX 256
#define FUNCTION_MAX 4096
#define WAY_FUNCTIONS 7
#define WAY_MAX 8192 /* a power of two */
#define BUCKETS 32

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

enum effect { EFFECT_NONE, EFFECT_LEAVE, EFFECT_HALT };

/* What an instruction is, by its offset in the image. */
struct place {
    uint16_t function;
    uint8_t effect;
};

/* Instructions of a stretch by function, in the order in which it came to them. */
struct profile {
    uint32_t length, entry; /* in all; offset of the first */
    uint32_t functions;
    struct {
        uint16_t function;
        uint32_t instructions;
    } part[FUNCTION_MAX];
};

/* What a CPU is executing. */
struct cpu_state {
    bool booted; /* it has left for user mode once */
    struct profile now;
    uint16_t part_of[FUNCTION_MAX]; /* which part of `now` a function has, plus 1 */
};

/* All stretches that went the same way. */
struct way {
    uint64_t key, stretches;
    struct profile *longest;
};

static FILE *out;
static char *function_names[FUNCTION_MAX];
static unsigned function_count;
static struct place places[IMAGE_BYTES];
static struct cpu_state *cpus[CPU_MAX];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* for what follows */
static struct way ways[WAY_MAX];
static uint64_t stretches, instructions, histogram[BUCKETS];

static void *allocate(size_t bytes)
{
    void *memory = calloc(1, bytes);
    if (!memory) {
        fprintf(stderr, "irqoff: out of memory\n");
        abort();
    }
    return memory;
}

static uint64_t key_of(const struct profile *profile)
{
    uint64_t key = 1;
    for (uint32_t i = 0; i < profile->functions && i < WAY_FUNCTIONS; i++)
        key = set_hash(key * 31 + profile->part[i].function);
    return key;
}

static struct way *way_of(const struct profile *profile)
{
    uint64_t key = key_of(profile);
    for (uint64_t i = key;; i++) {
        struct way *way = &ways[i % WAY_MAX];
        if (way->key == key)
            return way;
        if (!way->key) {
            way->key = key;
            way->longest = allocate(sizeof(*way->longest));
            return way;
        }
    }
}

static void copy_profile(struct profile *to, const struct profile *from)
{
    memcpy(to, from, offsetof(struct profile, part) + from->functions * sizeof(from->part[0]));
}

static void stretch_end(struct cpu_state *cpu)
{
    struct profile *now = &cpu->now;
    pthread_mutex_lock(&lock);
    struct way *way = way_of(now);
    way->stretches++;
    stretches++;
    instructions += now->length;
    histogram[31 - __builtin_clz(now->length)]++;
    if (now->length > way->longest->length)
        copy_profile(way->longest, now);
    pthread_mutex_unlock(&lock);
}

static void stretch_forget(struct cpu_state *cpu)
{
    for (uint32_t i = 0; i < cpu->now.functions; i++)
        cpu->part_of[cpu->now.part[i].function] = 0;
    cpu->now.length = cpu->now.functions = 0;
}

static void insn_executed(unsigned index, void *data)
{
    const struct place *place = data;
    struct cpu_state *cpu = cpus[index % CPU_MAX];
    struct profile *now = &cpu->now;
    if (now->length++ == 0)
        now->entry = (uint32_t)(place - places);
    unsigned part = cpu->part_of[place->function];
    if (!part) {
        part = cpu->part_of[place->function] = (uint16_t)++now->functions;
        now->part[part - 1].function = place->function;
        now->part[part - 1].instructions = 0;
    }
    now->part[part - 1].instructions++;
    if (place->effect == EFFECT_NONE)
        return;
    if (cpu->booted)
        stretch_end(cpu);
    stretch_forget(cpu);
    cpu->booted |= place->effect == EFFECT_LEAVE;
}

/* SYSRET and IRET with REX.W, HLT. The kernel interrupts itself by an NMI or a late single step
 * only; the IRET that ends that makes two stretches out of one. */
static enum effect effect_of(const uint8_t *bytes, size_t length)
{
    if ((length == 3 && !memcmp(bytes, "\x48\x0f\x07", 3)) ||
        (length == 2 && !memcmp(bytes, "\x48\xcf", 2)))
        return EFFECT_LEAVE;
    return length == 1 && bytes[0] == 0xf4 ? EFFECT_HALT : EFFECT_NONE;
}

static void block_translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    (void)id;
    size_t count = qemu_plugin_tb_n_insns(block);
    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);
        uint64_t address = qemu_plugin_insn_vaddr(insn);
        if (address < IMAGE_BASE)
            continue;
        struct place *place = &places[(address - IMAGE_BASE) % IMAGE_BYTES];
        place->effect = effect_of(qemu_plugin_insn_data(insn), qemu_plugin_insn_size(insn));
        qemu_plugin_register_vcpu_insn_exec_cb(insn, insn_executed, QEMU_PLUGIN_CB_NO_REGS, place);
    }
}

static void cpu_begins(qemu_plugin_id_t id, unsigned index)
{
    (void)id;
    if (!cpus[index % CPU_MAX])
        cpus[index % CPU_MAX] = allocate(sizeof(struct cpu_state));
}

/*
 * stretches N INSTRUCTIONS
 * bucket FIRST N            how many had FIRST to 2 FIRST - 1 instructions
 * way N LONGEST ENTRY FUNCTION=INSTRUCTIONS...
 */
static void write_report(qemu_plugin_id_t id, void *data)
{
    (void)id, (void)data;
    pthread_mutex_lock(&lock);
    fprintf(out, "stretches %llu %llu\n", (unsigned long long)stretches,
            (unsigned long long)instructions);
    for (unsigned i = 0; i < BUCKETS; i++)
        if (histogram[i])
            fprintf(out, "bucket %llu %llu\n", 1ull << i, (unsigned long long)histogram[i]);
    for (unsigned i = 0; i < WAY_MAX; i++) {
        const struct profile *longest = ways[i].longest;
        if (!longest)
            continue;
        fprintf(out, "way %llu %u %x", (unsigned long long)ways[i].stretches, longest->length,
                longest->entry);
        for (uint32_t part = 0; part < longest->functions; part++)
            fprintf(out, " %s=%u", function_names[longest->part[part].function],
                    longest->part[part].instructions);
        fprintf(out, "\n");
    }
    fflush(out);
    pthread_mutex_unlock(&lock);
}

/* Each place of the image from `offset` on belongs to the function, until the next one does. */
static void function_begins(uint64_t offset, const char *name)
{
    function_names[function_count] = strdup(name);
    for (uint64_t i = offset; i < IMAGE_BYTES; i++)
        places[i].function = (uint16_t)function_count;
    function_count++;
}

static bool read_symbols(const char *path)
{
    unsigned long long address;
    char kind, name[128];
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    function_count = 0;
    function_begins(0, "unknown");
    while (fscanf(file, "%llx %c %127s", &address, &kind, name) == 3)
        if ((kind == 't' || kind == 'T') && address >= IMAGE_BASE &&
            address - IMAGE_BASE < IMAGE_BYTES && function_count < FUNCTION_MAX)
            function_begins(address - IMAGE_BASE, name);
    fclose(file);
    return function_count > 1;
}

static bool parse_option(const char *text)
{
    if (!strncmp(text, "out=", 4))
        return (out = fopen(text + 4, "w")) != NULL;
    if (!strncmp(text, "symbols=", 8))
        return read_symbols(text + 8);
    return false;
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (!parse_option(argv[i])) {
            fprintf(stderr, "irqoff: can't do %s\n", argv[i]);
            return -1;
        }
    }
    if (!out || !function_count) {
        fprintf(stderr, "irqoff: out=FILE and symbols=FILE are needed\n");
        return -1;
    }
    qemu_plugin_register_vcpu_init_cb(id, cpu_begins);
    qemu_plugin_register_vcpu_tb_trans_cb(id, block_translated);
    qemu_plugin_register_atexit_cb(id, write_report, NULL);
    return 0;
}
