/* SPDX-License-Identifier: BSD-2-Clause */
/* mmap and its like, and the heap. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libsys/memory_client.h"
#include "libsys/process.h"
#include "tests/libc/check.h"

#define PAGE 4096

static void test_anonymous(void)
{
    char *memory =
        mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool zero = true;

    CHECK("mmap", memory != MAP_FAILED);
    for (int i = 0; i < 16 * PAGE; i++)
        zero = zero && memory[i] == 0;
    CHECK("is zero", zero);
    memset(memory, 1, 16 * PAGE);
    CHECK("a hole", munmap(memory + 4 * PAGE, 4 * PAGE) == 0 && memory[3 * PAGE] == 1 &&
                        memory[8 * PAGE] == 1);
    CHECK("mapped there",
          mmap(memory + 4 * PAGE, 4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
               0) == memory + 4 * PAGE &&
              memory[4 * PAGE] == 0);
    CHECK("mprotect", mprotect(memory, PAGE, PROT_READ) == 0 && memory[0] == 1 &&
                          mprotect(memory, PAGE, PROT_READ | PROT_WRITE) == 0 &&
                          (memory[0] = 2) == 2);
    CHECK("munmap", munmap(memory, 16 * PAGE) == 0);
    FAILS("no length", EINVAL, (long)mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

/* What a child dies of when it touches this. */
static int touch(volatile char *address, bool write)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        if (write)
            *address = 1;
        _exit(*address == 77);
    }
    waitpid(pid, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void test_protection(void)
{
    char *memory = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK("read only", touch(memory, false) == 0 && touch(memory, true) == SIGSEGV);
    CHECK("nothing allowed",
          mprotect(memory, PAGE, PROT_NONE) == 0 && touch(memory, false) == SIGSEGV);
    CHECK("unmapped", munmap(memory, 2 * PAGE) == 0 && touch(memory, false) == SIGSEGV);
}

static void test_files_mapped(void)
{
    int file = open("mapped", O_RDWR | O_CREAT, 0600);
    char text[3 * PAGE];

    for (int i = 0; i < 3 * PAGE; i++)
        text[i] = (char)(i % 123);
    write(file, text, sizeof(text));
    char *private = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    CHECK("a file, private", private != MAP_FAILED && memcmp(private, text, sizeof(text)) == 0);
    private[PAGE] = 'x';
    char byte = 0;
    CHECK("isn't changed", pread(file, &byte, 1, PAGE) == 1 && byte == text[PAGE]);
    char *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, PAGE);
    CHECK("a part of it, shared", shared != MAP_FAILED && shared[1] == text[PAGE + 1]);
    shared[0] = 'y';
    CHECK("is changed", pread(file, &byte, 1, PAGE) == 1 && byte == 'y');
    pwrite(file, "w", 1, PAGE + 5);
    CHECK("and changes", shared[5] == 'w');
    close(file);
    CHECK("it outlives its descriptor", private[0] == text[0] && munmap(private, 3 * PAGE) == 0 &&
                                            munmap(shared, PAGE) == 0 && unlink("mapped") == 0);
}

static void test_heap(void)
{
    enum { PIECES = 2000 };
    static unsigned char *piece[PIECES];
    bool good = true;
    unsigned random = 1;

    for (int round = 0; round < 20000 && good; round++) {
        random = random * 1103515245 + 12345;
        unsigned n = random >> 8 & 0xffff;
        unsigned char **at = &piece[n % PIECES];
        if (*at) {
            good = **at == (unsigned char)(n % PIECES);
            free(*at);
            *at = NULL;
        } else {
            size_t bytes = n % 97 == 0 ? 40000 : n % 600 + 1;
            *at = malloc(bytes);
            good = *at != NULL;
            if (good)
                memset(*at, (int)(n % PIECES), bytes);
        }
    }
    CHECK("a random history of malloc and free", good);
    for (int i = 0; i < PIECES; i++)
        free(piece[i]);
    char *large = malloc(5 << 20);
    CHECK("five megabytes", large && (memset(large, 1, 5 << 20), large[(5 << 20) - 1] == 1));
    free(large);
    void *volatile absurd = malloc((size_t)1 << 46);
    CHECK("an absurd size is refused", !absurd);
}

static uint64_t used(void)
{
    struct memory_status status = {0};

    return memory_status(PROCESS_CAP(MEMORY), &status) ? 0 : status.used;
}

/* A list of pieces until there is no more, all of them touched; then they're given back. */
static int hog(void)
{
    const size_t bytes = 500000;
    char **last = NULL, **piece;
    uint64_t before = used(), pieces = 0;

    for (; (piece = malloc(bytes)); last = piece, pieces++) {
        memset(piece, 1, bytes);
        *piece = (char *)last;
    }
    if (errno != ENOMEM || pieces < 8)
        return 1;
    for (; last; last = piece) {
        piece = (char **)*last;
        free(last);
    }
    return used() < before + (8 << 20) ? 0 : 2;
}

static void test_quota(void)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0)
        _exit(hog());
    waitpid(pid, &status, 0);
    CHECK("as much as the quota allows is an error, not the end", status != SIGKILL);
    CHECK("and ENOMEM", status != 1 << 8);
    CHECK("all of it can be given back", status == 0);
}

/* A page that was cut off is another signal than one that never was. */
static void test_cut_file(void)
{
    int file = open("cut", O_RDWR | O_CREAT, 0600);

    CHECK("a file of two pages", file >= 0 && ftruncate(file, 2 * PAGE) == 0);
    char *shared = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    CHECK("both are there", shared != MAP_FAILED && (shared[0] = shared[PAGE] = 1));
    CHECK("cut", ftruncate(file, PAGE) == 0 && touch(shared, false) == 0);
    CHECK("behind its end", touch(shared + PAGE, false) == SIGBUS);
    CHECK("the end of it", munmap(shared, 2 * PAGE) == 0 && close(file) == 0 && unlink("cut") == 0);
}

void test_memory(void)
{
    test_anonymous();
    test_protection();
    test_files_mapped();
    test_heap();
    test_quota();
    test_cut_file();
}
