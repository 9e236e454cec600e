/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The profiler: a TCG plugin of QEMU 7.2 that counts, exactly and repeatably, what the guest
 * executes between two marks (libsys/marker.h) or between two addresses. README.md says how to use
 * it and what its figures leave out.
 *
 * QEMU calls block_translated once for each block of code it meets, and then, for each instruction
 * that the guest executes, the callbacks registered there. A pass that has begun is recorded by the
 * CPU it began on. One lock covers everything: CPUs may run in threads of their own.
 */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/profiler/classify.h"
#include "tools/profiler/pass.h"
#include "tools/profiler/plugin_api.h"
#include "tools/profiler/report.h"

#define CPU_MAX 256
#define INSN_BUCKETS 65536
#define SPAN_MAX 64
#define SPAN_FIRST_REGION 200

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

/* A region given by addresses: begins before `begin` executes, ends before `end` does. */
struct span {
    uint64_t begin, end;
    int region;
};

static struct {
    FILE *out, *csv, *trace;
    uint32_t warm, limit;
    uint64_t kernel_begin;
    bool all_cpus;
    struct span spans[SPAN_MAX];
    int span_count;
    int trace_region;
    uint64_t trace_first, trace_count;
} options = {.limit = 100000, .kernel_begin = 0x800000000000, .trace_count = 1};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct pass passes[CPU_MAX];
static int active_passes;
static struct insn *known_insns[INSN_BUCKETS];

static void region_begin(struct pass *pass, int region)
{
    if (!pass->active)
        active_passes++;
    pass_begin(pass, region);
}

static void region_end(struct pass *pass, int region)
{
    if (!pass->active || pass->region != region)
        return;
    active_passes--;
    pass_end(pass);
    report_keep(pass, options.limit);
}

/* The pass that this CPU's instructions belong to, or null. */
static struct pass *pass_of(unsigned cpu)
{
    struct pass *own = &passes[cpu % CPU_MAX];
    if (own->active)
        return own;
    if (!options.all_cpus || active_passes == 0)
        return NULL;
    for (int i = 0; i < CPU_MAX; i++)
        if (passes[i].active)
            return &passes[i];
    return NULL;
}

static bool is_traced(const struct pass *pass)
{
    uint64_t seen = report_seen(pass->region);
    return options.trace && pass->region == options.trace_region && seen >= options.trace_first &&
           seen < options.trace_first + options.trace_count;
}

static void trace(const struct insn *insn)
{
    fprintf(options.trace, "%c %016llx  %-40s %s\n", insn->kernel ? 'K' : 'U',
            (unsigned long long)insn->address, insn->text ? insn->text : "",
            insn->class == CLASS_none ? "" : insn_class_name(insn->class));
}

static void insn_executed(unsigned cpu, void *data)
{
    const struct insn *insn = data;
    struct pass *pass;
    if (insn->mark == MARK_NONE && active_passes == 0)
        return;
    pthread_mutex_lock(&lock);
    if (insn->mark == MARK_BEGIN)
        region_begin(&passes[cpu % CPU_MAX], insn->mark_id);
    else if (insn->mark == MARK_END)
        region_end(&passes[cpu % CPU_MAX], insn->mark_id);
    else if ((pass = pass_of(cpu)) && pass_count(pass, insn) && is_traced(pass))
        trace(insn);
    pthread_mutex_unlock(&lock);
}

/* Registered before insn_executed, so it runs first. */
static void span_executed(unsigned cpu, void *data)
{
    const struct insn *insn = data;
    struct pass *pass = &passes[cpu % CPU_MAX];
    pthread_mutex_lock(&lock);
    for (int i = 0; i < options.span_count; i++)
        if (insn->address == options.spans[i].end)
            region_end(pass, options.spans[i].region);
    for (int i = 0; i < options.span_count; i++)
        if (insn->address == options.spans[i].begin && !pass->active)
            region_begin(pass, options.spans[i].region);
    pthread_mutex_unlock(&lock);
}

static void memory_accessed(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
    const struct insn *insn = data;
    if (active_passes == 0 || insn->mark != MARK_NONE)
        return;
    pthread_mutex_lock(&lock);
    struct pass *pass = pass_of(cpu);
    struct qemu_plugin_hwaddr *place = qemu_plugin_get_hwaddr(info, address);
    if (pass && place && qemu_plugin_hwaddr_is_io(place))
        pass->metric[METRIC_mmio_accesses]++;
    else if (pass)
        pass_access(pass, insn->kernel, qemu_plugin_mem_is_store(info), address,
                    place ? qemu_plugin_hwaddr_phys_addr(place) : address,
                    1u << qemu_plugin_mem_size_shift(info));
    pthread_mutex_unlock(&lock);
}

static bool same_insn(const struct insn *a, const struct insn *b)
{
    return a->address == b->address && a->host == b->host && a->length == b->length &&
           !memcmp(a->bytes, b->bytes, a->length);
}

/* QEMU translates a block more than once; every instruction has one lasting struct insn. */
static struct insn *insn_of(struct qemu_plugin_insn *handle)
{
    struct insn new = {.address = qemu_plugin_insn_vaddr(handle),
                       .host = (uint64_t)(uintptr_t)qemu_plugin_insn_haddr(handle)};
    size_t length = qemu_plugin_insn_size(handle);
    new.length = length > INSN_BYTES_MAX ? INSN_BYTES_MAX : length;
    memcpy(new.bytes, qemu_plugin_insn_data(handle), new.length);

    struct insn **bucket = &known_insns[set_hash(new.address ^ new.host * 31) % INSN_BUCKETS];
    for (struct insn *insn = *bucket; insn; insn = insn->next)
        if (same_insn(insn, &new))
            return insn;
    struct insn *insn = malloc(sizeof(*insn));
    if (!insn)
        abort();
    *insn = new;
    insn->kernel = insn->address >= options.kernel_begin;
    insn_classify(insn);
    if (options.trace)
        insn->text = qemu_plugin_insn_disas(handle);
    insn->next = *bucket;
    *bucket = insn;
    return insn;
}

static bool is_span_edge(uint64_t address)
{
    for (int i = 0; i < options.span_count; i++)
        if (address == options.spans[i].begin || address == options.spans[i].end)
            return true;
    return false;
}

static void block_translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    (void)id;
    size_t count = qemu_plugin_tb_n_insns(block);
    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *handle = qemu_plugin_tb_get_insn(block, i);
        pthread_mutex_lock(&lock);
        struct insn *insn = insn_of(handle);
        pthread_mutex_unlock(&lock);
        if (is_span_edge(insn->address))
            qemu_plugin_register_vcpu_insn_exec_cb(handle, span_executed, QEMU_PLUGIN_CB_NO_REGS,
                                                   insn);
        qemu_plugin_register_vcpu_insn_exec_cb(handle, insn_executed, QEMU_PLUGIN_CB_NO_REGS, insn);
        qemu_plugin_register_vcpu_mem_cb(handle, memory_accessed, QEMU_PLUGIN_CB_NO_REGS,
                                         QEMU_PLUGIN_MEM_RW, insn);
    }
}

static void at_exit(qemu_plugin_id_t id, void *data)
{
    (void)id, (void)data;
    pthread_mutex_lock(&lock);
    if (options.out)
        report_write_summary(options.out, options.warm);
    if (options.csv)
        report_write_csv(options.csv);
    if (options.trace)
        fflush(options.trace);
    pthread_mutex_unlock(&lock);
}

static FILE *open_for_writing(const char *name)
{
    FILE *file = fopen(name, "w");
    if (!file)
        fprintf(stderr, "profiler: can't write %s\n", name);
    return file;
}

/* BEGIN:END[:REGION], hexadecimal addresses. */
static bool parse_span(const char *text)
{
    unsigned long long begin, end;
    int region = SPAN_FIRST_REGION + options.span_count;
    if (options.span_count == SPAN_MAX || sscanf(text, "%llx:%llx:%d", &begin, &end, &region) < 2 ||
        region < 0 || region >= REGION_COUNT)
        return false;
    options.spans[options.span_count++] = (struct span){begin, end, region};
    return true;
}

/* FILE:REGION[:PASS[:COUNT]] */
static bool parse_trace(char *text)
{
    unsigned long long first = 0, count = 1;
    char *colon = strchr(text, ':');
    if (!colon || sscanf(colon + 1, "%d:%llu:%llu", &options.trace_region, &first, &count) < 1)
        return false;
    *colon = 0;
    options.trace_first = first;
    options.trace_count = count;
    return (options.trace = open_for_writing(text)) != NULL;
}

static bool parse_option(char *text)
{
    char *value = strchr(text, '=');
    if (!value)
        return false;
    *value++ = 0;
    if (!strcmp(text, "out"))
        return (options.out = open_for_writing(value)) != NULL;
    if (!strcmp(text, "csv"))
        return (options.csv = open_for_writing(value)) != NULL;
    if (!strcmp(text, "pc"))
        return parse_span(value);
    if (!strcmp(text, "trace"))
        return parse_trace(value);
    if (!strcmp(text, "warm"))
        options.warm = strtoul(value, NULL, 10);
    else if (!strcmp(text, "max"))
        options.limit = strtoul(value, NULL, 10);
    else if (!strcmp(text, "kmin"))
        options.kernel_begin = strtoull(value, NULL, 16);
    else if (!strcmp(text, "allcpus"))
        options.all_cpus = strtoul(value, NULL, 10) != 0;
    else
        return false;
    return true;
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (!parse_option(argv[i])) {
            fprintf(stderr, "profiler: wrong option: %s (tools/profiler/README.md lists them)\n",
                    argv[i]);
            return -1;
        }
    }
    if (!options.out && !options.csv)
        options.out = stderr;
    qemu_plugin_register_vcpu_tb_trans_cb(id, block_translated);
    qemu_plugin_register_atexit_cb(id, at_exit, NULL);
    return 0;
}
