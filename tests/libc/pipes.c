/* SPDX-License-Identifier: BSD-2-Clause */
/* Pipes and poll. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/libc/check.h"

static void test_one(void)
{
    char buffer[16] = "";
    int end[2];

    CHECK("pipe", pipe(end) == 0);
    CHECK("through it", write(end[1], "abc", 3) == 3 && read(end[0], buffer, 16) == 3 &&
                            memcmp(buffer, "abc", 3) == 0);
    FAILS("no seeking", ESPIPE, lseek(end[0], 0, SEEK_SET));
    fcntl(end[0], F_SETFL, O_NONBLOCK);
    FAILS("empty, without waiting", EAGAIN, read(end[0], buffer, 1));
    CHECK("the end", close(end[1]) == 0 && read(end[0], buffer, 1) == 0);
    close(end[0]);
}

static void test_broken(void)
{
    int end[2];

    signal(SIGPIPE, SIG_IGN);
    CHECK("a pipe without a reader", pipe(end) == 0 && close(end[0]) == 0);
    FAILS("is broken", EPIPE, write(end[1], "x", 1));
    signal(SIGPIPE, SIG_DFL);
    close(end[1]);
}

static void test_full(void)
{
    char block[4096];
    int end[2], status;
    size_t all = 0;

    memset(block, 'f', sizeof(block));
    CHECK("a pipe that doesn't wait", pipe(end) == 0 && fcntl(end[1], F_SETFL, O_NONBLOCK) == 0);
    for (ssize_t now; (now = write(end[1], block, sizeof(block))) > 0; all += (size_t)now)
        ;
    CHECK("gets full", errno == EAGAIN && all >= 4096);
    fcntl(end[1], F_SETFL, 0);
    pid_t pid = fork();
    if (pid == 0) {
        size_t rest = all + sizeof(block);
        close(end[1]);
        for (ssize_t now; rest > 0 && (now = read(end[0], block, sizeof(block))) > 0;)
            rest -= (size_t)now;
        _exit(rest == 0 ? 0 : 1);
    }
    CHECK("a write waits for a reader", write(end[1], block, sizeof(block)) == sizeof(block));
    close(end[0]);
    close(end[1]);
    CHECK("who gets all of it", waitpid(pid, &status, 0) == pid && status == 0);
}

/* A megabyte through a pipe between two processes. */
static void test_stream(void)
{
    int end[2], status;
    unsigned sum = 0, expected = 0;
    char *block = malloc(10000);

    CHECK("a pipe for a stream", pipe(end) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(end[0]);
        for (int i = 0; i < 100; i++) {
            for (int k = 0; k < 10000; k++)
                block[k] = (char)(i + k);
            if (write(end[1], block, 10000) != 10000)
                _exit(1);
        }
        _exit(0);
    }
    close(end[1]);
    for (int i = 0; i < 100; i++)
        for (int k = 0; k < 10000; k++)
            expected = expected * 31 + (unsigned char)(i + k);
    for (ssize_t now; (now = read(end[0], block, 10000)) > 0;)
        for (ssize_t k = 0; k < now; k++)
            sum = sum * 31 + (unsigned char)block[k];
    close(end[0]);
    free(block);
    CHECK("a megabyte arrives in order", sum == expected);
    CHECK("its writer has ended", waitpid(pid, &status, 0) == pid && status == 0);
}

static void test_poll(void)
{
    int a[2], b[2];
    CHECK("two pipes", pipe(a) == 0 && pipe(b) == 0);
    struct pollfd files[3] = {
        {.fd = a[0], .events = POLLIN}, {.fd = b[0], .events = POLLIN}, {.fd = -1}};

    CHECK("nothing to read", poll(files, 3, 0) == 0);
    CHECK("nor in a while", poll(files, 3, 20) == 0);
    write(b[1], "x", 1);
    CHECK("one has something",
          poll(files, 3, -1) == 1 && files[1].revents == POLLIN && files[0].revents == 0);
    struct pollfd writer = {.fd = a[1], .events = POLLOUT};
    CHECK("one can be written", poll(&writer, 1, -1) == 1 && writer.revents == POLLOUT);
    pid_t pid = fork();
    if (pid == 0) {
        struct timespec time = {.tv_nsec = 20000000};
        nanosleep(&time, NULL);
        _exit(write(a[1], "y", 1) != 1);
    }
    files[1].fd = -1;
    CHECK("it waits until there is", poll(files, 3, 5000) == 1 && files[0].revents == POLLIN);
    waitpid(pid, NULL, 0);
    fd_set readers;
    FD_ZERO(&readers);
    FD_SET(a[0], &readers);
    FD_SET(b[0], &readers);
    CHECK("select", select(b[1] + 1, &readers, NULL, NULL, NULL) == 2 && FD_ISSET(a[0], &readers) &&
                        FD_ISSET(b[0], &readers));
    close(a[1]);
    char byte;
    CHECK("a hang-up",
          read(a[0], &byte, 1) == 1 && poll(files, 1, -1) == 1 && files[0].revents & POLLHUP);
    close(a[0]), close(b[0]), close(b[1]);
    files[0].fd = a[0];
    CHECK("a closed one", poll(files, 1, 0) == 1 && files[0].revents == POLLNVAL);
}

void test_pipes(void)
{
    test_one();
    test_broken();
    test_full();
    test_stream();
    test_poll();
}
