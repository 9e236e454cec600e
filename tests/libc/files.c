/* SPDX-License-Identifier: BSD-2-Clause */
/* Open files: reading, writing, positions, descriptors. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/libc/check.h"

#define LARGE 300000

static void test_small(void)
{
    char buffer[32] = "";
    int file = open("small", O_RDWR | O_CREAT | O_EXCL, 0640);
    struct stat status;

    CHECK("open makes a file", file >= 0);
    FAILS("O_EXCL", EEXIST, open("small", O_RDWR | O_CREAT | O_EXCL, 0640));
    CHECK("write", write(file, "hello, world", 12) == 12);
    CHECK("the end", read(file, buffer, sizeof(buffer)) == 0);
    CHECK("lseek", lseek(file, 7, SEEK_SET) == 7);
    CHECK("read", read(file, buffer, sizeof(buffer)) == 5 && memcmp(buffer, "world", 5) == 0);
    CHECK("pread leaves the position", pread(file, buffer, 5, 0) == 5 &&
                                           memcmp(buffer, "hello", 5) == 0 &&
                                           lseek(file, 0, SEEK_CUR) == 12);
    CHECK("pwrite", pwrite(file, "J", 1, 0) == 1 && pread(file, buffer, 5, 0) == 5 &&
                        memcmp(buffer, "Jello", 5) == 0);
    CHECK("fstat", fstat(file, &status) == 0 && status.st_size == 12 && S_ISREG(status.st_mode) &&
                       (status.st_mode & 0777) == 0640 && status.st_nlink == 1);
    CHECK("beyond the end", lseek(file, 20, SEEK_SET) == 20 && write(file, "x", 1) == 1 &&
                                pread(file, buffer, 21, 0) == 21 && buffer[12] == 0 &&
                                buffer[19] == 0 && buffer[20] == 'x');
    FAILS("lseek before the beginning", EINVAL, lseek(file, -1, SEEK_SET));
    FAILS("lseek from nowhere", EINVAL, lseek(file, 0, 99));
    CHECK("ftruncate", ftruncate(file, 3) == 0 && lseek(file, 0, SEEK_END) == 3);
    CHECK("truncate", truncate("small", 30) == 0 && lseek(file, 0, SEEK_END) == 30);
    FAILS("truncate nothing", ENOENT, truncate("none", 1));
    FAILS("truncate to less than none", EINVAL, truncate("small", -1));
    CHECK("close", close(file) == 0);
    FAILS("close twice", EBADF, close(file));
    FAILS("read of a closed file", EBADF, read(file, buffer, 1));
    CHECK("unlink", unlink("small") == 0);
    FAILS("it's gone", ENOENT, open("small", O_RDONLY));
}

static void test_access(void)
{
    char byte = 'x';
    int file = open("access", O_WRONLY | O_CREAT | O_TRUNC, 0600);

    CHECK("write only", write(file, "abc", 3) == 3);
    FAILS("read of it", EBADF, read(file, &byte, 1));
    close(file);
    file = open("access", O_RDONLY);
    CHECK("read only", read(file, &byte, 1) == 1 && byte == 'a');
    FAILS("write to it", EBADF, write(file, "x", 1));
    close(file);
    file = open("access", O_WRONLY | O_APPEND);
    CHECK("append", lseek(file, 0, SEEK_SET) == 0 && write(file, "def", 3) == 3 &&
                        lseek(file, 0, SEEK_CUR) == 6);
    CHECK("flags", (fcntl(file, F_GETFL) & (O_APPEND | O_ACCMODE)) == (O_APPEND | O_WRONLY));
    close(file);
    FAILS("a directory can't be written", EISDIR, open(".", O_WRONLY));
    file = open(".", O_RDONLY);
    FAILS("a directory can't be read so", EISDIR, read(file, &byte, 1));
    close(file);
    CHECK("gone", unlink("access") == 0);
}

/* More than fits in a message, or in one window. */
static void test_large(void)
{
    char *pattern = malloc(LARGE), *got = malloc(LARGE);
    int file = open("large", O_RDWR | O_CREAT, 0600);
    bool same = true;

    for (size_t i = 0; i < LARGE; i++)
        pattern[i] = (char)(i * 7 + i / 251);
    CHECK("a large write", write(file, pattern, LARGE) == LARGE);
    lseek(file, 0, SEEK_SET);
    size_t all = 0;
    for (ssize_t now; (now = read(file, got + all, LARGE - all)) > 0; all += (size_t)now)
        ;
    CHECK("a large read", all == LARGE && memcmp(pattern, got, LARGE) == 0);
    for (size_t bytes = 1; bytes < 5000 && same; bytes = bytes * 3 + 1)
        same = pread(file, got, bytes, (off_t)(bytes * 11)) == (ssize_t)bytes &&
               memcmp(got, pattern + bytes * 11, bytes) == 0;
    CHECK("reads of every size", same);
    close(file);
    unlink("large");
    free(pattern);
    free(got);
}

static void test_descriptors(void)
{
    char buffer[8];
    int file = open("twice", O_RDWR | O_CREAT, 0600), copy = dup(file);

    CHECK("dup gives another number", copy >= 0 && copy != file);
    CHECK("with the same position", write(file, "abcd", 4) == 4 && lseek(copy, 0, SEEK_CUR) == 4);
    CHECK("dup2",
          dup2(file, 40) == 40 && lseek(40, 1, SEEK_SET) == 1 && lseek(file, 0, SEEK_CUR) == 1);
    CHECK("dup2 to itself", dup2(file, file) == file);
    FAILS("dup2 of nothing", EBADF, dup2(39, 41));
    FAILS("dup2 to a wild number", EBADF, dup2(file, 100000));
    CHECK("a copy outlives the first",
          close(file) == 0 && read(copy, buffer, 3) == 3 && memcmp(buffer, "bcd", 3) == 0);
    CHECK("F_DUPFD", (file = fcntl(copy, F_DUPFD, 30)) == 30 && close(file) == 0);
    CHECK("close on exec", fcntl(copy, F_SETFD, FD_CLOEXEC) == 0 &&
                               fcntl(copy, F_GETFD) == FD_CLOEXEC && fcntl(40, F_GETFD) == 0);
    CHECK("both closed", close(copy) == 0 && close(40) == 0);
    unlink("twice");
}

/* More descriptors than the first table has slots. */
static void test_many(void)
{
    int file[200], count = 0;
    bool good = true;

    for (; count < 200; count++) {
        file[count] = open("many", O_RDWR | O_CREAT, 0600);
        if (file[count] < 0)
            break;
    }
    CHECK("two hundred descriptors", count == 200);
    for (int i = 0; i < count; i++) {
        char byte = (char)i, got = 0;
        good = good && pwrite(file[i], &byte, 1, 0) == 1 && pread(file[i], &got, 1, 0) == 1 &&
               got == byte;
    }
    CHECK("each of them works", good);
    for (int i = 0; i < count; i++)
        good = good && close(file[i]) == 0;
    CHECK("and is closed", good && unlink("many") == 0);
}

static void test_vectors(void)
{
    char a[4] = "", b[8] = "";
    char abc[] = "abc", rest[] = "defgh";
    struct iovec out[2] = {{.iov_base = abc, .iov_len = 3}, {.iov_base = rest, .iov_len = 5}};
    struct iovec in[2] = {{.iov_base = a, .iov_len = 4}, {.iov_base = b, .iov_len = 8}};
    int file = open("vectors", O_RDWR | O_CREAT, 0600);

    CHECK("writev", writev(file, out, 2) == 8);
    lseek(file, 0, SEEK_SET);
    CHECK("readv",
          readv(file, in, 2) == 8 && memcmp(a, "abcd", 4) == 0 && memcmp(b, "efgh", 4) == 0);
    close(file);
    unlink("vectors");
}

static void test_stdio(void)
{
    char line[64];
    FILE *file = fopen("stdio", "w+");

    CHECK("fopen", file != NULL);
    if (!file)
        return;
    for (int i = 0; i < 1000; i++)
        fprintf(file, "line %d %.3f\n", i, i / 8.0);
    rewind(file);
    bool good = true;
    for (int i = 0; i < 1000 && good; i++) {
        char expected[64];
        snprintf(expected, sizeof(expected), "line %d %.3f\n", i, i / 8.0);
        good = fgets(line, sizeof(line), file) && strcmp(line, expected) == 0;
    }
    CHECK("a thousand lines by stdio", good && !fgets(line, sizeof(line), file) && feof(file));
    fclose(file);
    unlink("stdio");
}

static void test_devices(void)
{
    char buffer[16] = {1, 1, 1, 1};
    int file = open("/dev/null", O_RDWR);

    CHECK("/dev/null", file >= 0 && write(file, buffer, 16) == 16 && read(file, buffer, 16) == 0);
    close(file);
    file = open("/dev/zero", O_RDONLY);
    CHECK("/dev/zero",
          file >= 0 && read(file, buffer, 4) == 4 && memcmp(buffer, "\0\0\0\0", 4) == 0);
    close(file);
    file = open("/dev/full", O_WRONLY);
    FAILS("/dev/full", ENOSPC, write(file, buffer, 1));
    close(file);
    file = open("/dev/random", O_RDONLY);
    CHECK("/dev/random to read", read(file, buffer, 4) == 4);
    FAILS("isn't to write", EBADF, write(file, buffer, 4));
    close(file);
    file = open("/dev/random", O_WRONLY);
    CHECK("/dev/random to write", write(file, buffer, 4) == 4);
    FAILS("isn't to read", EBADF, read(file, buffer, 4));
    close(file);
    CHECK("isatty of a file",
          open("/dev/null", O_RDONLY) == file && !isatty(file) && close(file) == 0);
}

void test_files(void)
{
    test_small();
    test_access();
    test_large();
    test_descriptors();
    test_many();
    test_vectors();
    test_stdio();
    test_devices();
}
