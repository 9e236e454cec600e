/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The microbenchmark suite: the table of what is measured, and how it is named. README.md in the
 * directory above says what each figure means, and how to add one.
 */

#include "tests/bench/bench/bench.h"
#include "tests/bench/bench/regions.h"
#include "tests/bench/bench/report.h"

#define GROUP_MAX 20

static const struct group {
    const char *title;
    void (*measure)(void);
    struct figure figures[GROUP_MAX]; /* up to the first without a name */
} groups[] = {
    {"Null and signal",
     signal_measure,
     {
         {"syscall.null", REGION_NULL, .note = "INSPECT a capability"},
         {"signal.idle", REGION_SIGNAL_IDLE, .note = "nobody waits"},
         {"signal.wake", REGION_SIGNAL_WAKE, .note = "to a higher thread"},
     }},
    {"Call and reply",
     ipc_measure,
     {
         {"ipc.call.inter.0w", REGION_INTER_0W, .note = "between two spaces"},
         {"ipc.call.inter.4w", REGION_INTER_4W, .note = "words in registers"},
         {"ipc.call.inter.8w", REGION_INTER_8W, .note = ""},
         {"ipc.call.inter.8w.c", REGION_INTER_8W_C, .note = "from C to C"},
         {"ipc.call.deadline", REGION_INTER_DEADLINE, .note = "the caller has one"},
         {"ipc.call.inter.10w", REGION_INTER_10W, .note = "8 and the buffer"},
         {"ipc.call.inter.16w", REGION_INTER_16W, .note = ""},
         {"ipc.call.inter.64w", REGION_INTER_64W, .note = ""},
         {"ipc.call.intra.0w", REGION_INTRA_0W, .note = "within one space"},
         {"ipc.call.intra.4w", REGION_INTRA_4W, .note = ""},
         {"ipc.call.intra.8w", REGION_INTRA_8W, .note = ""},
         {"ipc.call.intra.10w", REGION_INTRA_10W, .note = ""},
         {"ipc.call.intra.64w", REGION_INTRA_64W, .note = ""},
         {"ipc.call.fpu", REGION_VECTORS, .note = "vectors on both sides"},
         {"ipc.call.cap1", REGION_CAP1, .note = "1 capability sent"},
         {"ipc.call.cap4", REGION_CAP4, .note = "4 capabilities"},
         {"ipc.call.own1", REGION_OWN1, .note = "1 of the server's own"},
         {"ipc.call.deep3", REGION_DEEP3, .note = "three servers deep"},
     }},
    {"Several callers",
     callers_measure,
     {
         {"ipc.call.callers", REGION_CALLERS, .divisor = 4, .note = "4 wait, per call"},
     }},
    {"Protocol",
     rpc_measure,
     {
         {"rpc.null", REGION_RPC_NULL, .note = "4 words by stubs"},
         {"rpc.null.hand", REGION_RPC_HAND, .note = "the same by hand"},
         {"rpc.4k", REGION_RPC_4K, .note = "4 KiB there and back"},
         {"rpc.4k.session", REGION_RPC_4K_SESSION, .note = "of a window elsewhere"},
         {"rpc.8k", REGION_RPC_8K, .note = "8 KiB there and back"},
     }},
    {"Fault",
     fault_measure,
     {
         {"fault.page.inter", REGION_FAULT, .note = "pager maps, retry"},
     }},
    {"Interrupt",
     interrupt_measure,
     {
         {"irq.deliver", REGION_IRQ_DELIVER, .needs = "a timer chip",
          .note = "to a handler thread"},
         {"irq.ack", REGION_IRQ_ACK, .needs = "a timer chip", .note = ""},
     }},
    {"Scheduling",
     sched_measure,
     {
         {"sched.switch", REGION_SWITCH, .note = "yield to an equal"},
         {"sched.switch.2", REGION_SWITCH_2, .needs = "memory", .note = "2 are ready"},
         {"sched.switch.10000", REGION_SWITCH_10000, .needs = "memory", .note = "10,000 are"},
         {"sched.preempt", REGION_PREEMPT, .note = "a slice is over"},
         {"sched.deplete", REGION_DEPLETE, .note = "a budget is used up"},
     }},
    {"Thread",
     thread_measure,
     {
         {"thread.create", REGION_THREAD_CREATE, .note = "retype to start"},
         {"thread.destroy", REGION_THREAD_DESTROY, .note = ""},
     }},
    {"Memory",
     memory_measure,
     {
         {"vm.map.1", REGION_MAP_1, .note = "4 KiB"},
         {"vm.protect.1", REGION_PROTECT_1, .note = ""},
         {"vm.unmap.1", REGION_UNMAP_1, .note = ""},
         {"vm.map.1024", REGION_MAP_1024, .note = "1,024 of 4 KiB"},
         {"vm.protect.1024", REGION_PROTECT_1024, .note = ""},
         {"vm.unmap.1024", REGION_UNMAP_1024, .note = ""},
     }},
    {"Capability",
     capability_measure,
     {
         {"cap.retype", REGION_RETYPE, .note = "a Notification"},
         {"cap.copy", REGION_COPY, .note = ""},
         {"cap.mint", REGION_MINT, .note = ""},
         {"cap.move", REGION_MOVE, .note = ""},
         {"cap.delete", REGION_DELETE, .note = "a derived one"},
         {"cap.revoke.1", REGION_REVOKE_1, .note = "per derived one"},
         {"cap.revoke.100", REGION_REVOKE_100, .divisor = 100, .note = ""},
         {"cap.revoke.10000", REGION_REVOKE_10000, .divisor = BULK_SLOTS, .note = ""},
     }},
    {"System",
     system_measure,
     {
         {"size.text", REGION_SIZE_TEXT, UNIT_BYTES, .has_no_marks = true, .note = "code"},
         {"size.resident", REGION_SIZE_RESIDENT, UNIT_BYTES, .has_no_marks = true,
          .note = "all the kernel keeps"},
         {"size.thread", REGION_SIZE_THREAD, UNIT_BYTES, .has_no_marks = true,
          .note = "without vectors"},
         {"size.sched", REGION_SIZE_SCHED, UNIT_BYTES, .has_no_marks = true, .note = "its time"},
         {"boot.root", REGION_BOOT, .has_no_marks = true, .note = "entry to root task"},
     }},
};

static void run(const struct group *group)
{
    group->measure();
    report_group(group->title);
    for (const struct figure *at = group->figures; at->name; at++)
        report_figure(at);
    bench_clear();
}

int main(const struct program_info *info)
{
    bench_open(info);
    report_begin();
    for (unsigned i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        run(&groups[i]);
    report_end();
    return 0;
}
