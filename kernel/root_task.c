/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/root_task.h"

#include "kernel/abi/bootinfo.h"
#include "kernel/abi/hash.h"
#include "kernel/arch/arch.h"
#include "kernel/cap/object.h"
#include "kernel/debug/build.h"
#include "kernel/debug/panic.h"
#include "kernel/lib/string.h"
#include "kernel/object/cpu.h"
#include "kernel/object/endpoint.h"
#include "kernel/object/notification.h"
#include "kernel/object/platform.h"
#include "kernel/object/vspace.h"
#include "kernel/root_elf.h"
#include "kernel/sched/sched.h"

#define ROOT_VSPACE_BITS 16
#define ROOT_STACK_BYTES 16384
#define ROOT_STACK_TOP (BOOTINFO_ADDRESS - 65536)
#define ROOT_PRIORITY 255

/* Small objects that last as long as the kernel share pages. */
static void *boot_object(size_t bytes)
{
    static char *page;
    static size_t left;
    if (bytes > left) {
        left = (bytes + PAGE_SIZE - 1) & -PAGE_SIZE;
        page = boot_alloc(left, PAGE_SIZE);
    }
    left -= bytes;
    void *object = page;
    page += bytes;
    return object;
}

extern char kernel_stack_top[];

void kernel_cpu_init(unsigned index, struct thread *idle)
{
    struct cpu *cpu = this_cpu();

    cpu->index = index;
    cpu->listens = LISTENER_WAITER(index);
    cpu->alias = index * (uint64_t)IMAGE_ALIAS_SIZE;
    cpu->part_base = NULL_BASE + 64 * (1 + cpu->index);
    cpu->idle_key = (uint64_t)cpu + CPU_MARKER_PLAIN;
    cpu->stack_top = ALIAS_ADDRESS(kernel_stack_top);
    cpu->cr3 = vspace_kernel_cr3();
    cpu->slice_end = cpu->budget_end = cpu->armed = NEVER;
    cpu->careful = true;
    cpu->current = cpu->entered = idle;
    idle->caller = &null_thread;
    idle->part = endpoint_part_at(0, index);
    idle->frame_kind = FRAME_IDLE;
    idle->state = STATE_RUNNABLE;
    idle->cr3 = cpu->cr3;
    idle->home = index;
    __atomic_store_n(&cpu->idle, idle, __ATOMIC_RELEASE); /* from here on it runs */
}

void kernel_objects_init(void)
{
    cpu_count = arch_cpu_count() < CPU_MAX ? arch_cpu_count() : CPU_MAX;
    size_t null_bytes = sizeof(struct endpoint) + cpu_count * sizeof(struct endpoint_part);
    endpoint_init(kmap_null((null_bytes + PAGE_SIZE - 1) / PAGE_SIZE));
    kmap_seal_null();
    kernel_cpu_init(0, &root_idle_thread);
    platform_init();
}

/* ---- the root task's address space ---- */

/* Map `bytes` of kernel-given memory, which no capability names. */
static void map_boot_pages(vaddr_t address, void *memory, uint64_t bytes, unsigned access)
{
    struct page_range range = {address, phys_of(memory), bytes};
    while (bytes > 0) {
        range.bytes = bytes;
        if (pagetable_check(root_task.vspace, &range) != RANGE_FREE)
            panic("root task: its segments overlap, or need more page tables than there are");
        pagetable_map(root_task.vspace, &range, pagetable_flags(access, false));
        range.address += range.bytes;
        range.physical += range.bytes;
        bytes -= range.bytes;
    }
}

static void load_segment(const struct root_segment *segment, const char *file)
{
    vaddr_t first = segment->address & -PAGE_SIZE;
    uint64_t lead = segment->address - first;
    uint64_t bytes = (lead + segment->bytes + PAGE_SIZE - 1) & -PAGE_SIZE;
    char *memory = boot_alloc(bytes, PAGE_SIZE);
    memcpy(memory + lead, file + segment->offset, segment->in_file);
    map_boot_pages(first, memory, bytes, segment->access);
}

static vaddr_t load_program(void)
{
    if (boot_source.module_count == 0)
        panic("there is no root task: the boot loader gave no module");
    const struct boot_range *range = &boot_source.modules[0].range;
    const char *file = phys_pointer(range->start);
    struct root_image image;
    const char *problem = root_elf_parse(file, range->end - range->start, &image);
    if (problem)
        panic("root task (module 1, %s): %s", boot_source.modules[0].line, problem);
    if (image.abi_hash != ABI_HASH)
        panic("root task (module 1, %s): built for ABI %lx, the kernel has %lx",
              boot_source.modules[0].line, image.abi_hash, (uint64_t)ABI_HASH);
    for (unsigned i = 0; i < image.count; i++)
        load_segment(&image.segment[i], file);
    map_boot_pages(ROOT_STACK_TOP - ROOT_STACK_BYTES, boot_alloc(ROOT_STACK_BYTES, PAGE_SIZE),
                   ROOT_STACK_BYTES, ACCESS_READ | ACCESS_WRITE);
    map_boot_pages(BOOTINFO_ADDRESS, root_task.info, BOOTINFO_SIZE, ACCESS_READ);
    return image.entry;
}

/* ---- boot information ---- */

static uint32_t info_string(const char *text)
{
    uint32_t offset = root_task.string_end;
    size_t room = BOOTINFO_SIZE - sizeof(struct boot_info) - offset, length = strlen(text);
    if (room < 2)
        return offset - 1; /* the last one's NUL: an empty string */
    if (length > room - 1)
        length = room - 1;
    memcpy(root_task.info->strings + offset, text, length);
    root_task.string_end += (uint32_t)length + 1;
    return offset;
}

static void give_module(const struct boot_loaded_module *loaded)
{
    struct boot_module *module = &root_task.info->module[root_task.info->module_count++];
    struct boot_range range = loaded->range;
    module->bytes = range.end - range.start;
    module->name = info_string(loaded->line);
    module->cap = CAP_OF(root_task.next_slot);
    range.end = (range.end + PAGE_SIZE - 1) & -PAGE_SIZE;
    memset((char *)phys_pointer(loaded->range.end), 0, range.end - loaded->range.end);
    while (range.start < range.end) {
        unsigned bits = root_piece_bits(&range, 36);
        struct slot *slot = root_next_slot();
        slot_make_original(root_task.ancestor, slot, OBJECT_FRAME, phys_pointer(range.start), bits);
        slot->frame_page = range.start >> PAGE_BITS;
        module->caps++;
        range.start += 1ull << bits;
    }
}

static void describe_memory(void)
{
    struct boot_info *info = root_task.info;
    for (unsigned i = 0; i < boot_source.memory_count && i < BOOTINFO_MEMORY_MAX; i++) {
        const struct boot_map_entry *entry = &boot_source.memory[i];
        struct boot_memory *memory = &info->memory[info->memory_count++];
        memory->address = entry->range.start;
        memory->bytes = entry->range.end - entry->range.start;
        memory->type = entry->type;
    }
    info->framebuffer.address = boot_source.screen.address;
    info->framebuffer.pitch = boot_source.screen.pitch;
    info->framebuffer.width = boot_source.screen.width;
    info->framebuffer.height = boot_source.screen.height;
    info->framebuffer.bits_per_pixel = boot_source.screen.bits_per_pixel;
    info->framebuffer.type = boot_source.screen.type;
}

static void describe_machine(void)
{
    struct boot_info *info = root_task.info;
    info->magic = BOOTINFO_MAGIC;
    info->abi_hash = ABI_HASH;
    info->bytes = BOOTINFO_SIZE;
    info->cnode_bits = ROOT_CNODE_BITS;
    info->cpu_count = cpu_count;
    info->cpu_running = cpu_running;
    info->thread_bits = THREAD_BITS;
    info->thread_vector_bits = (uint8_t)thread_vector_size_bits();
    info->endpoint_bits = (uint8_t)endpoint_size_bits();
    info->tsc_khz = clock_tsc_khz;
    info->tsc_entry = boot_tsc_entry;
    info->time = clock_info();
    info->kernel_text = arch_text_bytes();
    info->rsdp = boot_source.rsdp_address;
    info->features = arch_cpu_features();
    info->build = info_string(kernel_build);
    info->cpu_name = info_string(arch_cpu_name());
    info->command_line = info_string(boot_source.line);
    info->mitigations = info_string(arch_mitigations());
    describe_memory();
}

/* ---- putting it together ---- */

static void make_boot_capability(unsigned index, enum object_type type, void *object,
                                 unsigned size_bits)
{
    slot_make_original(root_task.ancestor, &root_task.slots[index], type, object, size_bits);
}

static void make_cpu_capability(struct slot *slot, unsigned index)
{
    slot_make_original(root_task.ancestor, slot, OBJECT_CPU, ref_pointer(index), 0);
    slot->badge = PRIORITY_COUNT - 1;
    slot->share = SHARE_ALL;
}

/* Of those that run beside CPU 0, in consecutive slots. */
static void give_other_cpus(void)
{
    root_task.info->other_cpus = CAP_OF(root_task.next_slot);
    for (unsigned i = 1; i < cpu_numbers(); i++)
        if (cpu_runs(i))
            make_cpu_capability(root_next_slot(), i);
}

static void build_thread(vaddr_t entry)
{
    struct sched_context *sched = boot_object(1 << SCHED_CONTEXT_BITS);
    struct thread *thread = root_task.thread;
    make_boot_capability(BOOT_SLOT_SCHED_CONTEXT, OBJECT_SCHED_CONTEXT, sched, SCHED_CONTEXT_BITS);
    make_boot_capability(BOOT_SLOT_THREAD, OBJECT_THREAD, thread, THREAD_BITS);
    thread_init(thread, THREAD_BITS);
    slot_bind(&root_task.slots[BOOT_SLOT_CNODE], &thread->binding_cnode, thread,
              BINDING_THREAD_CNODE);
    slot_bind(&root_task.slots[BOOT_SLOT_VSPACE], &thread->binding_vspace, thread,
              BINDING_THREAD_VSPACE);
    slot_bind(&root_task.slots[BOOT_SLOT_SCHED_CONTEXT], &thread->binding_sched, thread,
              BINDING_THREAD_SCHED);
    thread->cnode = root_task.slots;
    thread->cnode_mask = ((1u << ROOT_CNODE_BITS) - 1) << CAP_SHIFT;
    thread->cr3 = vspace_cr3(root_task.vspace);
    slot_bind(&root_task.slots[BOOT_SLOT_CPU], &sched->binding_cpu, sched, BINDING_SCHED_CPU);
    sched->node.priority = ROOT_PRIORITY;
    sched->slice = clock_tsc_khz * 10;
    sched_bind(sched, thread);
    sched_keep_clock();
    thread->ip = entry;
    thread->sp = ROOT_STACK_TOP;
    thread->registers.word[0] = BOOTINFO_ADDRESS;
    thread->registers.rflags = USER_RFLAGS;
    thread->frame_kind = FRAME_FULL;
    thread->state = STATE_RUNNABLE;
    thread->flags |= THREAD_ROOT;
}

void root_task_build(void)
{
    root_task.ancestor = boot_object(sizeof *root_task.ancestor);
    root_task.thread = boot_object(THREAD_BYTES);
    root_task.slots = boot_alloc(sizeof(struct slot) << ROOT_CNODE_BITS, PAGE_SIZE);
    root_task.info = boot_alloc(BOOTINFO_SIZE, PAGE_SIZE);
    root_task.vspace = boot_alloc(1 << ROOT_VSPACE_BITS, PAGE_SIZE);
    root_task.next_slot = BOOT_SLOT_FREE;
    vspace_init(root_task.vspace, ROOT_VSPACE_BITS);
    make_boot_capability(BOOT_SLOT_CNODE, OBJECT_CNODE, root_task.slots,
                         ROOT_CNODE_BITS + CAP_SHIFT);
    make_boot_capability(BOOT_SLOT_VSPACE, OBJECT_VSPACE, root_task.vspace, ROOT_VSPACE_BITS);
    make_boot_capability(BOOT_SLOT_PLATFORM, OBJECT_PLATFORM, ref_pointer(0), 0);
    make_cpu_capability(&root_task.slots[BOOT_SLOT_CPU], 0);
    build_thread(load_program());
    describe_machine();
    give_other_cpus();
    for (unsigned i = 1; i < boot_source.module_count; i++)
        give_module(&boot_source.modules[i]);
    boot_pool_add(&boot_pool, (struct boot_range){
                                  boot_source.modules[0].range.start,
                                  (boot_source.modules[0].range.end + PAGE_SIZE - 1) & -PAGE_SIZE});
}
