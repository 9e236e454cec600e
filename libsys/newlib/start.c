/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the first instruction to main, and exit.
 *
 * The FS base points to the thread control block, whose first word is its own address. Thread-local
 * variables lie below it (variant II of the ELF TLS ABI). The process server has left room for
 * both.
 */

#include <reent.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libsys/memory_client.h"
#include "libsys/newlib/system.h"
#include "libsys/newlib/thread.h"
#include "libsys/process_client.h"

extern char __tls_begin[], __tls_file_end[], __tls_end[]; /* link.ld: the PT_TLS segment */
extern void (*__init_array_start[])(int, char **, char **);
extern void (*__init_array_end[])(int, char **, char **);

extern char __relro_begin[], __relro_end[]; /* relocated in a PIE; else read-only from the start */

_Static_assert(offsetof(struct process_page, image_bias) == 104, "as in crt0.S");

char **environ;

int main(int argc, char **argv, char **envp);
_Noreturn void start_program(struct process_page *page, struct process_arguments *arguments);

/* Pointers to `count` texts, and a null pointer behind them. */
static void texts_set(char **texts, struct process_arguments *arguments, uint32_t first,
                      uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        texts[i] = (char *)arguments + arguments->offset[first + i];
    texts[count] = NULL;
}

void thread_local_init(char *control)
{
    uint64_t bytes = ((uint64_t)(__tls_end - __tls_begin) + 63) & ~63ull;
    uint64_t file_bytes = (uint64_t)(__tls_file_end - __tls_begin);

    memcpy(control - bytes, __tls_begin, file_bytes);
    memset(control - bytes + file_bytes, 0, bytes - file_bytes);
}

/* Tell the process server where signals go. */
static void signals_open(struct process_page *page)
{
    page->signal_entry = (uint64_t)signal_entry;
}

/* Not inlined: who has memory on its stack has no register left for a system call. */
static __attribute__((noinline)) void library_begin(struct process_page *page)
{
    struct thread *thread = thread_self_unset();

    thread_local_init((char *)thread);
    thread_first_init(thread, page);
    signals_open(page);
    if (page->image_bias)
        (void)!memory_protect(PROCESS_CAP(MEMORY), (uint64_t)__relro_begin,
                              ((uint64_t)(__relro_end - __relro_begin) + SYSTEM_PAGE - 1) &
                                  ~(SYSTEM_PAGE - 1),
                              MEMORY_READ);
}

_Noreturn void start_program(struct process_page *page, struct process_arguments *arguments)
{
    /* On the stack, of which the server has kept enough: no page more is touched. */
    uint32_t count = arguments->argument_count, environment = arguments->environment_count;
    char **argv = __builtin_alloca(((size_t)count + environment + 2) * sizeof(char *));
    int argc = (int)count;

    library_begin(page);
    texts_set(argv, arguments, 0, count);
    environ = argv + count + 1;
    texts_set(environ, arguments, count, environment);
    for (void (**init)(int, char **, char **) = __init_array_start; init < __init_array_end; init++)
        (*init)(argc, argv, environ);
    exit(main(argc, argv, environ));
}

_Noreturn void _exit(int status)
{
    for (;;)
        (void)!process_exit(PROCESS_CAP(PROCESS), status);
}
