/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of the in-memory file system, and pipes. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot/bin/bench/bench.h"

#define FILE_NAME BENCH_DIRECTORY "/file"
#define NEW_NAME BENCH_DIRECTORY "/new"
#define CHUNK 65536
#define MIB (1 << 20)

static int file = -1;
static char *memory; /* 1 MiB */
static int there[2], back[2];
static pid_t child;

static bool getpid_run(void)
{
    return getpid() > 0;
}

/* Mapped for one operation at a time: those that fork have no more memory than they need. */
static char *memory_take(void)
{
    void *taken = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return taken == MAP_FAILED ? NULL : taken;
}

/* A file of 1 MiB, open. */
static bool file_prepare(void)
{
    memory = memory_take();
    file = open(FILE_NAME, O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (!memory || file < 0)
        return bench_failed(FILE_NAME);
    memset(memory, 'm', MIB);
    for (int i = 0; i < MIB / CHUNK; i++)
        if (write(file, memory, CHUNK) != CHUNK)
            return bench_failed(FILE_NAME);
    return true;
}

static void file_finish(void)
{
    close(file);
    unlink(FILE_NAME);
    munmap(memory, MIB);
}

static bool open_close_run(void)
{
    int opened = open(FILE_NAME, O_RDONLY);

    return opened >= 0 && close(opened) == 0;
}

static bool stat_run(void)
{
    struct stat status;

    return stat(FILE_NAME, &status) == 0 && status.st_size == MIB;
}

static bool stat_none_run(void)
{
    struct stat status;

    return stat(NEW_NAME, &status) < 0 && errno == ENOENT;
}

static bool create_run(void)
{
    int made = open(NEW_NAME, O_RDWR | O_CREAT | O_EXCL, 0644);

    return made >= 0 && close(made) == 0 && unlink(NEW_NAME) == 0;
}

static bool read_1_run(void)
{
    return pread(file, memory, 1, 5) == 1;
}

static bool read_4k_run(void)
{
    return pread(file, memory, 4096, 8192) == 4096;
}

static bool write_4k_run(void)
{
    return pwrite(file, memory, 4096, 8192) == 4096;
}

static bool read_16k_run(void)
{
    return lseek(file, 0, SEEK_SET) == 0 && read(file, memory, 16384) == 16384;
}

/* A read may give less than was asked for. */
static bool read_all(char *to, size_t bytes, size_t chunk)
{
    for (ssize_t got; bytes > 0; bytes -= (size_t)got, to += got)
        if ((got = read(file, to, bytes < chunk ? bytes : chunk)) <= 0)
            return false;
    return true;
}

static bool read_1m_run(void)
{
    return lseek(file, 0, SEEK_SET) == 0 && read_all(memory, MIB, MIB);
}

static bool read_64k_run(void)
{
    return lseek(file, 0, SEEK_SET) == 0 && read_all(memory, MIB, CHUNK);
}

static bool write_1m_run(void)
{
    int made = open(NEW_NAME, O_RDWR | O_CREAT | O_EXCL, 0644);

    for (ssize_t done = 0, step; made >= 0 && done < MIB; done += step)
        if ((step = write(made, memory + done, MIB - (size_t)done)) <= 0)
            return false;
    return made >= 0 && close(made) == 0 && unlink(NEW_NAME) == 0;
}

/* A child at the other end of two pipes, which does `work` until its pipe ends. */
static bool child_start(void (*work)(void))
{
    memory = memory_take();
    if (!memory || pipe(there) || pipe(back) || (child = fork()) < 0)
        return bench_failed("pipe");
    if (child == 0) {
        close(there[1]);
        close(back[0]);
        work();
        _exit(0);
    }
    close(there[0]);
    close(back[1]);
    return true;
}

static void echo_work(void)
{
    char byte;

    while (read(there[0], &byte, 1) == 1)
        if (write(back[1], &byte, 1) != 1)
            break;
}

static void sink_work(void)
{
    while (read(there[0], memory, CHUNK) > 0)
        ;
}

static bool echo_prepare(void)
{
    return child_start(echo_work);
}

static bool sink_prepare(void)
{
    return child_start(sink_work);
}

static void child_finish(void)
{
    close(there[1]);
    close(back[0]);
    waitpid(child, NULL, 0);
    munmap(memory, MIB);
}

static bool echo_run(void)
{
    char byte = 'x';

    return write(there[1], &byte, 1) == 1 && read(back[0], &byte, 1) == 1;
}

static bool write_through(size_t chunk)
{
    for (size_t done = 0; done < MIB; done += chunk)
        if (write(there[1], memory, chunk) != (ssize_t)chunk)
            return false;
    return true;
}

static bool sink_64k_run(void)
{
    return write_through(CHUNK);
}

static bool sink_4k_run(void)
{
    return write_through(4096);
}

const struct measure bench_files[] = {
    {"libc.getpid", "getpid()", NULL, getpid_run, NULL, 512, 1, 324, 324},
    {"file.open", "open + close", file_prepare, open_close_run, file_finish, 512, 1, 6080, 4805},
    {"file.stat", "stat of a path", file_prepare, stat_run, file_finish, 512, 1, 3914, 3108},
    {"file.stat.none", "no such file", NULL, stat_none_run, NULL, 512, 1, 4630, 4010},
    {"file.create", "create + close + unlink", NULL, create_run, NULL, 512, 1, 15881, 12983},
    {"file.read.1", "pread 1 B", file_prepare, read_1_run, file_finish, 512, 1, 1331, 1218},
    {"file.read.4k", "pread 4 KiB", file_prepare, read_4k_run, file_finish, 512, 1, 1794, 1681},
    {"file.write.4k", "pwrite 4 KiB", file_prepare, write_4k_run, file_finish, 512, 1, 2188, 2075},
    {"file.read.16k", "lseek + read 16 KiB", file_prepare, read_16k_run, file_finish, 256, 1, 5169,
     5056},
    {"file.read.1m", "lseek + read 1 MiB", file_prepare, read_1m_run, file_finish, 32, 1, 258807,
     258694},
    {"file.read.64k.byte", "1 MiB, 64 KiB at a time; per byte", file_prepare, read_64k_run,
     file_finish, 32, MIB, 0.259, 0.257},
    {"file.write.1m", "create + write 1 MiB + close + unlink", file_prepare, write_1m_run,
     file_finish, 32, 1, 1440000, 1300000},
    {"pipe.round", "1 B there and back between processes", echo_prepare, echo_run, child_finish,
     512, 1, 12802, 12350},
    {"pipe.64k.byte", "1 MiB, 64 KiB at a time; per byte", sink_prepare, sink_64k_run, child_finish,
     32, MIB, 0.762, 0.673},
    {"pipe.4k.byte", "1 MiB, 4 KiB at a time; per byte", sink_prepare, sink_4k_run, child_finish,
     32, MIB, 1.48, 1.03},
    {0},
};
