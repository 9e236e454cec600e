/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's generic part as a program of this machine: capabilities, objects, IPC, scheduling
 * and page tables are the kernel's own files, unchanged. What is left of the machine is replaced:
 *
 *   machine.c  physical memory, instructions, devices, the TLB
 *   entry.c    entry.S and switch.c in C, path by path: the executable specification of both
 *   boot.c     what root_task.c does: the first objects and a thread that holds all authority
 *   check*.c   hosted_check: what must be true whenever the kernel has been left
 *
 * There is one CPU. `machine.user` are its registers while a thread runs; system calls, exceptions
 * and interrupts change them as a processor would. Everything is deterministic. A broken
 * promise ends the program by hosted_fail, after `hosted_on_failure` has told what led there.
 *
 * Also here: what a test says to a kernel object (hosted_invoke), and how it makes threads.
 */
#ifndef TESTS_HOST_HOSTED_HOSTED_H
#define TESTS_HOST_HOSTED_HOSTED_H

#include "kernel/arch/arch.h"
#include "kernel/cap/object.h"
#include "kernel/ipc/ipc.h"
#include "kernel/object/cpu.h"
#include "kernel/object/endpoint.h"
#include "kernel/object/notification.h"
#include "kernel/object/platform.h"
#include "kernel/object/vspace.h"
#include "kernel/sched/sched.h"

/* --- the machine --- */

/* Physical memory, all of it RAM. Device memory is whatever lies above. */
#define ARENA_BYTES (16ull << 20)
#define ARENA_GRANULES (ARENA_BYTES / 64) /* of the size of a slot, the smallest object */
#define BOOT_BYTES (1ull << 20)           /* from 0: what boot makes */
#define MODULE_ADDRESS (4ull << 20)       /* a boot module */
#define MODULE_BITS 22
#define DEVICE_ADDRESS (1ull << 40)

struct hosted_registers {
    uint64_t word[MESSAGE_WORDS], tag;
    uint64_t rax, rdx, rbx, rbp, rcx, r11;
    uint64_t rip, rsp, rflags;
};

struct hosted_machine {
    struct hosted_registers user; /* meaningless while `halted` */
    bool halted;                  /* the idle thread waits for an interrupt */
    uint64_t cr3, fs_base;
    uint64_t vector; /* stands for the vector registers; 0 is their initial state */
    bool ts;         /* CR0.TS: vector instructions trap */
    uint64_t fault_address;
    uint64_t tsc, timer;      /* timer: 0 or the armed deadline */
    unsigned lines_masked[4]; /* what the kernel last told each interrupt line; see hosted_irq */
};

extern struct hosted_machine machine;

/* What the CPU is like, before hosted_boot: the second is that of one with Meltdown. */
extern bool hosted_with_pcid, hosted_separate_tables;

/* Forget everything, make memory zero. Part of hosted_boot. */
void machine_reset(void);

static inline size_t granule_of(ref_t ref)
{
    return ref - (ref_t)((PHYS_BASE - NULL_BASE) / 64);
}

/* --- ways into the kernel, by whoever is current; they return when it has been left --- */

/* SYSCALL, with the registers as they are. rip is the instruction's. */
void hosted_enter_syscall(void);
/* An exception of the current thread, or an interrupt. */
void hosted_enter_trap(unsigned vector, uint64_t error);
/* The way out, to whoever is current. */
void hosted_exit(void);
/* Interrupt line `line` (0 to 3) fires, unless it's masked. */
void hosted_irq(unsigned line);

/* --- boot: slots of the root CNode, which has ROOT_SLOTS --- */

#define HOSTED_CNODE_BITS 8
#define ROOT_SLOTS (1u << HOSTED_CNODE_BITS)
enum {
    ROOT_CNODE = 1,
    ROOT_VSPACE,
    ROOT_THREAD,
    ROOT_SCHED,
    ROOT_PLATFORM,
    ROOT_CPU,
    ROOT_MODULE = 16, /* a Frame of 4 MiB */
    ROOT_UNTYPED,     /* 1 MiB */
    ROOT_UNTYPED_2,   /* 2 MiB */
    ROOT_FREE,
};

struct hosted_root {
    struct slot *ancestor, *slots;
    struct vspace *vspace;
    struct thread *thread;
};

extern struct hosted_root hosted_root;
extern struct thread hosted_idle;

/* Memory for the kernel's own: boot_alloc, and what it gave out so far. */
uint64_t hosted_boot_end(void);

/* From nothing to the root thread's first instruction. */
void hosted_boot(void);

/* Revoke everything, as nobody could; then nothing may be left of what the test did. */
void hosted_end(void);

/* --- what a thread says: the current one --- */

#define HOSTED_SWITCHED 0xfffffffeu /* another thread is current: no result yet */

/* One system call, executed once. What came of it is in machine.user. */
void hosted_syscall(enum syscall number, uint64_t handle, uint64_t tag, const uint64_t *words,
                    unsigned count);

/* Whether the current thread's system call is to be executed again. */
bool hosted_restarting(void);

/* Invoke a kernel object, again and again until it's done. The error word; results are in
 * machine.user.word. hosted_check after every execution. */
err_t hosted_invoke_words(unsigned slot, unsigned operation, const uint64_t *words, unsigned count);
#define INVOKE(slot, operation, ...)                                           \
    hosted_invoke_words(slot, OP_##operation, (const uint64_t[]){__VA_ARGS__}, \
                        sizeof((const uint64_t[]){__VA_ARGS__}) / 8)

/* The same, executed once only. True: it is to be executed again. */
bool hosted_invoke_once(unsigned slot, unsigned operation, const uint64_t *words, unsigned count);
#define INVOKE_ONCE(slot, operation, ...)                                     \
    hosted_invoke_once(slot, OP_##operation, (const uint64_t[]){__VA_ARGS__}, \
                       sizeof((const uint64_t[]){__VA_ARGS__}) / 8)

/* The root thread's slot `index`. */
static inline struct slot *root_slot(unsigned index)
{
    return &hosted_root.slots[index];
}

/* --- after every step --- */

/* All invariants of kernel/README.md and more. Ends the program if one doesn't hold. */
void hosted_check(void);

/* Print all threads and SchedContexts. */
void hosted_dump(void);

/* printf and the end. `hosted_on_failure` is called first, if it's set. */
void hosted_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
extern void (*hosted_on_failure)(void);

#endif
