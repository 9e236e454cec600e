/* SPDX-License-Identifier: BSD-2-Clause */
/* The first objects, as root_task.c makes them, and what a test needs to act as a thread. */
#include "tests/host/hosted/hosted.h"

#include <string.h>

#define ROOT_IP 0x400000
#define ROOT_SP 0x7fff0000

struct hosted_root hosted_root;
struct thread hosted_idle;
unsigned cpu_count = 2;

static void make_boot_capability(unsigned index, enum object_type type, void *object,
                                 unsigned size_bits)
{
    slot_make_original(hosted_root.ancestor, root_slot(index), type, object, size_bits);
}

static void cpu_state_init(struct cpu *cpu)
{
    cpu->listens = LISTENER_WAITER(0);
    cpu->part_base = NULL_BASE + 64;
    cpu->idle_key = (uint64_t)cpu + CPU_MARKER_PLAIN;
    cpu->cr3 = vspace_kernel_cr3();
    cpu->slice_end = cpu->budget_end = cpu->armed = NEVER;
    cpu->careful = true;
    cpu->idle = cpu->current = &hosted_idle;
    hosted_idle = (struct thread){.caller = &null_thread,
                                  .frame_kind = FRAME_IDLE,
                                  .state = STATE_RUNNABLE,
                                  .part = endpoint_part_here(0),
                                  .cr3 = cpu->cr3};
}

static void build_thread(void)
{
    struct sched_context *sched = boot_alloc(1 << SCHED_CONTEXT_BITS, 1 << SCHED_CONTEXT_BITS);
    struct thread *thread = hosted_root.thread;
    make_boot_capability(ROOT_SCHED, OBJECT_SCHED_CONTEXT, sched, SCHED_CONTEXT_BITS);
    make_boot_capability(ROOT_THREAD, OBJECT_THREAD, thread, THREAD_BITS);
    thread_init(thread, THREAD_BITS);
    slot_bind(root_slot(ROOT_CNODE), &thread->binding_cnode, thread, BINDING_THREAD_CNODE);
    slot_bind(root_slot(ROOT_VSPACE), &thread->binding_vspace, thread, BINDING_THREAD_VSPACE);
    slot_bind(root_slot(ROOT_SCHED), &thread->binding_sched, thread, BINDING_THREAD_SCHED);
    thread->cnode = hosted_root.slots;
    thread->cnode_mask = (ROOT_SLOTS - 1) << CAP_SHIFT;
    thread->cr3 = vspace_cr3(hosted_root.vspace);
    slot_bind(root_slot(ROOT_CPU), &sched->binding_cpu, sched, BINDING_SCHED_CPU);
    sched->node.priority = PRIORITY_COUNT - 1;
    sched_bind(sched, thread);
    thread->ip = ROOT_IP;
    thread->sp = ROOT_SP;
    thread->registers.rflags = USER_RFLAGS;
    thread->frame_kind = FRAME_FULL;
    thread->state = STATE_RUNNABLE;
}

void hosted_boot(void)
{
    struct cpu *cpu = this_cpu();
    machine_reset();
    size_t null_bytes = sizeof(struct endpoint) + cpu_count * sizeof(struct endpoint_part);
    endpoint_init(kmap_null((null_bytes + PAGE_SIZE - 1) / PAGE_SIZE));
    kmap_seal_null();
    cpu_state_init(cpu);
    platform_init();
    hosted_root.ancestor = boot_alloc(sizeof(struct slot), sizeof(struct slot));
    hosted_root.slots =
        boot_alloc(sizeof(struct slot) * ROOT_SLOTS, sizeof(struct slot) * ROOT_SLOTS);
    hosted_root.vspace = boot_alloc(1 << 16, 1 << 16);
    hosted_root.thread = boot_alloc(THREAD_BYTES, THREAD_BYTES);
    vspace_init(hosted_root.vspace, 16);
    make_boot_capability(ROOT_CNODE, OBJECT_CNODE, hosted_root.slots,
                         HOSTED_CNODE_BITS + CAP_SHIFT);
    make_boot_capability(ROOT_VSPACE, OBJECT_VSPACE, hosted_root.vspace, 16);
    make_boot_capability(ROOT_PLATFORM, OBJECT_PLATFORM, ref_pointer(0), 0);
    make_boot_capability(ROOT_CPU, OBJECT_CPU, ref_pointer(0), 0);
    root_slot(ROOT_CPU)->badge = PRIORITY_COUNT - 1;
    root_slot(ROOT_CPU)->share = SHARE_ALL;
    build_thread();
    make_boot_capability(ROOT_MODULE, OBJECT_FRAME, phys_pointer(MODULE_ADDRESS), MODULE_BITS);
    root_slot(ROOT_MODULE)->frame_page = MODULE_ADDRESS >> PAGE_BITS;
    make_boot_capability(ROOT_UNTYPED, OBJECT_UNTYPED, phys_pointer(1 << 20), 20);
    make_boot_capability(ROOT_UNTYPED_2, OBJECT_UNTYPED, phys_pointer(1 << 21), 21);
    sched_release(hosted_root.thread);
    cpu->entered = &hosted_idle;
    sched_resolve();
    thread_switch(cpu, &hosted_idle, cpu->current);
    hosted_exit();
}

void hosted_end(void)
{
    struct cpu *cpu = this_cpu();
    unsigned steps = 1u << 30;
    if (!slot_revoke(hosted_root.ancestor, &steps))
        hosted_fail("the end of everything never comes");
    if (hosted_root.ancestor->last)
        hosted_fail("something derives from the ancestor that can't be found from it");
    if (cpu->sched || cpu->next || cpu->timers.first || cpu->releasing)
        hosted_fail("queues aren't empty at the end");
    for (unsigned i = 0; i < PRIORITY_COUNT / 64; i++)
        if (cpu->ready_map[i])
            hosted_fail("somebody is ready at the end");
    unsigned pcid = pcid_allocate();
    if (pcid != (hosted_with_pcid ? 2 : 0))
        hosted_fail("a space is gone and its PCID isn't free: the next one is %u", pcid);
    pcid_free(pcid);
}

/* --- acting as a thread --- */

void hosted_syscall(enum syscall number, uint64_t handle, uint64_t tag, const uint64_t *words,
                    unsigned count)
{
    if (machine.halted)
        hosted_fail("a system call, but nobody runs");
    memset(machine.user.word, 0, sizeof machine.user.word);
    if (count)
        memcpy(machine.user.word, words, count * sizeof *words);
    machine.user.tag = tag;
    machine.user.rax = number;
    machine.user.rdx = handle;
    hosted_enter_syscall();
}

bool hosted_restarting(void)
{
    const struct thread *thread = this_cpu()->current;
    return !machine.halted && thread->ip % 16 == 14;
}

bool hosted_invoke_once(unsigned slot, unsigned operation, const uint64_t *words, unsigned count)
{
    uint64_t ip = machine.user.rip;
    machine.user.rip = ip - 2; /* threads of tests go on where they were */
    hosted_syscall(SYSCALL_CALL, CAP_OF(slot), operation, words, count);
    hosted_check();
    return machine.user.rip == ip - 2;
}

err_t hosted_invoke_words(unsigned slot, unsigned operation, const uint64_t *words, unsigned count)
{
    struct thread *thread = this_cpu()->current;
    uint64_t ip = machine.user.rip;
    bool again = hosted_invoke_once(slot, operation, words, count);
    while (this_cpu()->current == thread && again) {
        hosted_enter_syscall();
        hosted_check();
        again = machine.user.rip == ip - 2;
    }
    if (this_cpu()->current != thread)
        return HOSTED_SWITCHED;
    return machine.user.rflags & RFLAGS_CF ? (err_t)machine.user.rax : 0;
}
