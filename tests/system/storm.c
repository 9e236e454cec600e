/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs that take all they can get, and a bystander beside them: every few milliseconds it calls
 * the file server and the process server and touches a new page. How long that takes at worst is
 * held against a bound; it means something where time is a count of instructions (icount).
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "libsys/memory_client.h"
#include "libsys/name_client.h"
#include "libsys/newlib/system.h"
#include "libsys/process_client.h"
#include "tests/system/system.h"

#define PAGE 4096
#define PERIOD 3000u     /* microseconds between the bystander's calls */
#define STORM_TIME 400u  /* milliseconds */
#define BOMB_TIME 10000u /* at most, until a fork bomb can't any more */
#define PLACE "/tmp/storm"

enum { WAKE, FILES, PROCESS, FAULT, KINDS };
static const char *const kind_name[KINDS] = {"woken", "a file's status", "a process's", "a page"};

/*
 * Microseconds, where time is a count of instructions. What takes longest is a signal to all of
 * a fork bomb's processes.
 */
static const uint64_t bound[KINDS] = {
    [WAKE] = 20000, [FILES] = 1000, [PROCESS] = 20000, [FAULT] = 3000};

static struct bystander {
    volatile bool stop;
    volatile bool refused; /* a fork: there are as many processes as there may be */
    unsigned rounds, failed;
    uint64_t worst[KINDS]; /* nanoseconds */
} * bystander;

static uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
}

/* ---- The bystander --------------------------------------------------------------------------- */

static uint64_t note(unsigned kind, uint64_t since)
{
    uint64_t time = now();

    if (time - since > bystander->worst[kind])
        bystander->worst[kind] = time - since;
    return time;
}

static void stand_by(void)
{
    struct process_info info;
    struct stat status;

    for (; !bystander->stop; bystander->rounds++) {
        uint64_t time = now() + PERIOD * 1000u;
        usleep(PERIOD);
        time = note(WAKE, time);
        bool good = stat("/etc/passwd", &status) == 0;
        time = note(FILES, time);
        good = good && process_info(system_process(), 0, &info) == 0;
        time = note(PROCESS, time);
        volatile char *page =
            mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (page != MAP_FAILED)
            *page = 1;
        good = good && page != MAP_FAILED && munmap((void *)page, PAGE) == 0;
        (void)note(FAULT, time);
        bystander->failed += !good;
    }
    _exit(0);
}

/* ---- Storms: each is a child's whole life ---------------------------------------------------- */

static void bomb(void)
{
    for (;;)
        if (fork() < 0) {
            bystander->refused = true;
            usleep(1000);
        }
}

static void hog(void)
{
    for (;;) {
        char *memory = malloc(1 << 20);
        if (memory)
            memset(memory, 1, 1 << 20);
        else
            usleep(1000);
    }
}

static void call_flood(void)
{
    struct stat status;
    struct process_info info;
    int32_t pid;

    for (unsigned i = 0;; i++) {
        (void)stat("/usr/share/../../etc/./passwd/no", &status);
        (void)!process_next(PROCESS_CAP(PROCESS), (int32_t)(i % 8), &pid);
        (void)!process_info(system_process(), 0, &info);
        (void)!name_lookup(SYSTEM_CLIENT(PROCESS_CAP(NAME)), "none", PROCESS_CAP(FREE));
        void *memory = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (memory != MAP_FAILED)
            (void)munmap(memory, 64 * PAGE);
    }
}

/* Descriptors until there are no more, files until none can be made; and again. */
static void file_flood(void)
{
    static char large[65536];
    char name[64];

    for (unsigned round = 0;; round++) {
        int ends[2], file = -1, highest = 2;
        while (pipe(ends) == 0) {
            highest = ends[1];
            (void)!fcntl(ends[1], F_SETFL, O_NONBLOCK);
            (void)!write(ends[1], large, sizeof(large));
        }
        for (int i = 3; i <= highest; i++)
            (void)close(i);
        for (unsigned i = 0; i < 200; i++) {
            snprintf(name, sizeof(name), PLACE "/%d-%u", getpid(), i);
            file = open(name, O_RDWR | O_CREAT, 0600);
            if (file < 0 || write(file, large, sizeof(large)) < 0)
                break;
            (void)close(file);
        }
        (void)close(file);
        for (unsigned i = 0; i < 200; i++) {
            snprintf(name, sizeof(name), PLACE "/%d-%u", getpid(), i);
            (void)unlink(name);
        }
    }
}

/* What takes long, in the middle of which it dies. */
static void victim(unsigned what)
{
    static char large[65536];
    int ends[2];

    for (;;) {
        int file = open(PLACE "/large", O_RDWR | O_CREAT, 0600);
        switch (what % 5) {
        case 0:
            (void)!write(file, large, sizeof(large));
            (void)!ftruncate(file, 0);
            break;
        case 1:
            if (pipe(ends) == 0)
                (void)!read(ends[0], large, 1);
            break;
        case 2:
            if (fork() == 0)
                _exit(0);
            break;
        case 3:
            execl("/bin/true", "true", NULL);
            break;
        default:
            (void)mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        }
        (void)close(file);
    }
}

static void killer(void)
{
    for (unsigned i = 0;; i++) {
        pid_t pid = fork();
        if (pid == 0)
            victim(i);
        usleep(100 + i * 7919 % 3000);
        if (pid > 0)
            kill(pid, SIGKILL);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
    }
}

/* ---- A storm and its end --------------------------------------------------------------------- */

static const struct storm {
    const char *name;
    unsigned children;
    void (*run)(void);
} storms[] = {
    {"nothing", 0, NULL},    {"a flood of calls", 6, call_flood}, {"a fork bomb", 1, bomb},
    {"memory hogs", 4, hog}, {"a flood of files", 3, file_flood}, {"clients that die", 2, killer},
};

static pid_t storm_begin(const struct storm *storm, int niceness)
{
    pid_t leader = fork();

    if (leader != 0)
        return leader;
    setsid();
    (void)nice(niceness);
    for (unsigned i = 0; i < storm->children; i++)
        if (fork() == 0)
            storm->run();
    for (;;)
        pause();
}

static void storm_end(pid_t leader)
{
    kill(-leader, SIGKILL); /* its whole group, at once: however fast they fork */
    waitpid(leader, NULL, 0);
}

static void tell(const struct storm *storm)
{
    printf("  %s: %u rounds;", storm->name, bystander->rounds);
    for (unsigned i = 0; i < KINDS; i++)
        printf(" %s %lu us%s", kind_name[i], bystander->worst[i] / 1000,
               i < KINDS - 1 ? "," : "\n");
}

static bool is_prompt(void)
{
    for (unsigned i = 0; i < KINDS; i++)
        if (bystander->worst[i] > bound[i] * 1000)
            return false;
    return true;
}

/* What servers have needed at most they keep: each bomb is as large. */
static void wait_for(const struct storm *storm)
{
    uint64_t begin = now();

    while (now() - begin < STORM_TIME * 1000000ull ||
           (storm->run == bomb && !bystander->refused && now() - begin < BOMB_TIME * 1000000ull))
        usleep(10000);
}

static void weather(const struct storm *storm, int niceness)
{
    int status = -1;

    *bystander = (struct bystander){0};
    pid_t pid = fork();
    if (pid == 0)
        stand_by();
    pid_t leader = storm_begin(storm, niceness);
    wait_for(storm);
    storm_end(leader);
    bystander->stop = true;
    waitpid(pid, &status, 0);
    tell(storm);
    result(storm->name, status == 0 && bystander->rounds > 0 && !bystander->failed,
           "status %x, %u rounds, %u calls failed", status, bystander->rounds, bystander->failed);
    if (niceness && test_exact)
        result("the bystander doesn't wait longer than it may", is_prompt(), "see the line above");
}

static void all_weathers(int niceness)
{
    for (unsigned i = 0; i < sizeof(storms) / sizeof(storms[0]); i++)
        weather(&storms[i], niceness);
    result("what they made goes", system("rm -rf " PLACE "/*") == 0, "something stays");
}

/*
 * First they have the bystander's priority: it waits for its turn, but nothing fails. Then theirs
 * is lower, and it waits for what the servers and the kernel do at once. What the servers keep
 * for the next time they have after that.
 */
void test_storms(void)
{
    mkdir(PLACE, 0700);
    bystander =
        mmap(NULL, sizeof(*bystander), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    all_weathers(0);
    all_weathers(10);
    struct inventory before = inventory_take();
    all_weathers(10);
    /*
     * Address spaces are kept for the next process, with the page tables that they had: which ones
     * varies by who ended last. Over ten rounds of storms nothing is added: pages alternate by
     * 16 KiB, kernel objects by 64 KiB.
     */
    inventory_compare("storms: nothing stays", &before, 64 << 10, 128 << 10);
    rmdir(PLACE);
}
