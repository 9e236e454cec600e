/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/guest/files/worker.h"

#include "libsys/invoke.h"
#include "libsys/memory.h"
#include "libsys/string.h"

#define PRIORITY 95
#define BUFFER_ADDRESS 0x30000000ull
#define STACK_BYTES 16384
#define SCHED_BITS 8
#define PAGE_BITS 12

static cap_t thread, sched_context;
static _Alignas(16) uint8_t stack[STACK_BYTES];

static _Noreturn void work(struct job *job)
{
    if (job->writing)
        job->error =
            file_write(&job->file, FILE_POSITION, 0, 0, job->data, job->bytes, &job->result);
    else
        job->error = file_read(&job->file, FILE_POSITION, job->bytes, 0, 0, job->data, job->bytes,
                               &job->result);
    job->done = true;
    for (;;)
        (void)!thread_suspend(thread);
}

static cap_t made(enum object_type type, uint32_t bits)
{
    cap_t cap = slot_take();

    must("an object",
         untyped_retype(program_cap("pool"), own_table, CAP_INDEX(cap), 1, type, bits));
    return cap;
}

void worker_init(void)
{
    cap_t frame = made(OBJECT_FRAME, PAGE_BITS), vspace = program_cap("vspace");

    thread = made(OBJECT_THREAD, program_info()->thread_bits);
    sched_context = made(OBJECT_SCHED_CONTEXT, SCHED_BITS);
    must("a message buffer",
         frame_map(frame, vspace, BUFFER_ADDRESS, 0, 1u << PAGE_BITS, ACCESS_READ | ACCESS_WRITE));
    must("its time", sched_context_configure(sched_context, program_cap("cpu"), PRIORITY, 0));
    must("its spaces", thread_set_space(thread, own_table, vspace));
    must("its buffer", thread_set_buffer(thread, frame, 0));
    must("giving it time", thread_set_sched(thread, sched_context));
}

void worker_run(struct job *job, const struct actor *actor, uint32_t descriptor, bool writing,
                void *data, uint32_t bytes)
{
    *job =
        (struct job){.context = actor->context, .writing = writing, .data = data, .bytes = bytes};
    job->context.buffer = (struct message_buffer *)BUFFER_ADDRESS;
    job->file = (struct rpc_client){actor->file[descriptor], &job->context};
    must("stopping the worker", thread_suspend(thread));
    must("starting it",
         thread_start(thread, (uint64_t)work, (uint64_t)stack + STACK_BYTES - 8, 0, (uint64_t)job));
}

void worker_interrupt(void)
{
    must("interrupting", thread_suspend(thread));
}
