/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory: pages touched first, mappings, and a fault that the program handles itself. */

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "boot/bin/bench/bench.h"

#define PAGE 4096
#define TOUCHES 288 /* passes and warm-up of mmap.touch, and to spare */

static char *area;
static size_t touched;
static volatile int faults;

static char *pages_map(size_t pages, int access)
{
    void *memory = mmap(NULL, pages * PAGE, access, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

static bool touch_prepare(void)
{
    touched = 0;
    area = pages_map(TOUCHES + 1, PROT_READ | PROT_WRITE);
    return area || bench_failed("mmap");
}

/* The next page, which was never touched. */
static bool touch_run(void)
{
    *(volatile char *)(area + PAGE * touched++) = 1;
    return true;
}

static void touch_finish(void)
{
    munmap(area, (TOUCHES + 1) * PAGE);
}

static bool map_run(void)
{
    char *memory = pages_map(16, PROT_READ | PROT_WRITE);

    return memory && munmap(memory, 16 * PAGE) == 0;
}

/* The handler makes the page accessible, so that the access succeeds when it's made again. */
static void fault_handler(int number)
{
    (void)number;
    faults++;
    mprotect(area, PAGE, PROT_READ | PROT_WRITE);
}

static bool signal_prepare(void)
{
    area = pages_map(1, PROT_READ | PROT_WRITE);
    if (!area)
        return bench_failed("mmap");
    signal(SIGSEGV, fault_handler);
    *(volatile char *)area = 1;
    return true;
}

static bool fault_run(void)
{
    int before = faults;

    if (mprotect(area, PAGE, PROT_NONE))
        return false;
    *(volatile char *)area = 2;
    return faults == before + 1;
}

static void signal_finish(void)
{
    signal(SIGSEGV, SIG_DFL);
    munmap(area, PAGE);
}

static void nothing_handler(int number)
{
    faults = number;
}

static bool raise_prepare(void)
{
    signal(SIGUSR1, nothing_handler);
    return true;
}

static bool raise_run(void)
{
    faults = 0;
    return kill(getpid(), SIGUSR1) == 0 && faults == SIGUSR1;
}

static void raise_finish(void)
{
    signal(SIGUSR1, SIG_DFL);
}

const struct measure bench_memory[] = {
    {"memory.touch", "first touch of an anonymous page", touch_prepare, touch_run, touch_finish,
     256, 1, 2798, 2802},
    {"memory.map", "mmap + munmap of 64 KiB, untouched", NULL, map_run, NULL, 256, 1, 16559, 15325},
    {"memory.fault.signal", "protect, fault, handler unprotects, return", signal_prepare, fault_run,
     signal_finish, 256, 1, 0, 0},
    {"signal.self", "kill itself, handler", raise_prepare, raise_run, raise_finish, 256, 1, 0, 0},
    {0},
};
