/* SPDX-License-Identifier: BSD-2-Clause */
/* top: the processes that use the processor most, again and again, until `q`. */

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "boot/bin/marcona/processes.h"
#include "boot/bin/marcona/programs.h"
#include "libsys/memory_client.h"
#include "libsys/newlib/system.h"

/* A process and the part of a processor that it had since it was last looked at, in 1/10 %. */
struct line {
    const struct process_info *info;
    unsigned share;
};

static uint64_t ticks_before(const struct processes *before, int32_t pid)
{
    for (size_t i = 0; i < before->count; i++)
        if (before->info[i].pid == pid)
            return before->info[i].ticks;
    return 0;
}

static int line_order(const void *a, const void *b)
{
    const struct line *one = a, *other = b;

    if (one->share != other->share)
        return one->share < other->share ? 1 : -1;
    return one->info->pid > other->info->pid ? 1 : -1;
}

static struct line *lines_make(const struct processes *before, const struct processes *now)
{
    struct line *lines = calloc(now->count + 1, sizeof(*lines));
    uint64_t passed = now->ticks - before->ticks;

    for (size_t i = 0; lines && i < now->count; i++) {
        uint64_t used = now->info[i].ticks - ticks_before(before, now->info[i].pid);
        lines[i].info = &now->info[i];
        lines[i].share = before->count && passed ? (unsigned)(used * 1000 / passed) : 0;
    }
    if (lines)
        qsort(lines, now->count, sizeof(*lines), line_order);
    return lines;
}

static void head_print(const struct processes *now, const char *end)
{
    struct memory_status status = {0};
    char used[8], total[8];
    unsigned long long seconds = time_since_boot() / 1000000000;

    if (memory_system_status(PROCESS_CAP(MEMORY), &status))
        complain("the memory server doesn't answer");
    printf("up %llu:%02llu:%02llu, %u processes, %s of %s memory used%s\n", seconds / 3600,
           seconds / 60 % 60, seconds % 60, (unsigned)now->count, size_text(status.used, used),
           size_text(status.total, total), end);
    printf("%5s %-5s S %6s %6s %9s %s%s\n", "PID", "TTY", "MEM", "%CPU", "TIME", "COMMAND", end);
}

/* As many lines as the terminal has. */
static bool screen_print(const struct processes *before, const struct processes *now, size_t rows,
                         const char *end)
{
    struct line *lines = lines_make(before, now);
    char terminal[16], memory[8], time[16];

    if (!lines)
        return false;
    head_print(now, end);
    for (size_t i = 0; i < now->count && i + 3 < rows; i++) {
        const struct process_info *info = lines[i].info;
        printf("%5d %-5s %c %6s %4u.%u %9s %s%s\n", (int)info->pid,
               process_terminal(info, terminal), process_state_letter(info),
               size_text(info->memory, memory), lines[i].share / 10, lines[i].share % 10,
               process_time(info, time), process_name(info), end);
    }
    free(lines);
    fflush(stdout);
    return true;
}

/* Wait; whether `q` was typed, or there is nobody any more. */
static bool is_quit(int milliseconds)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char key;

    if (poll(&input, 1, milliseconds) <= 0)
        return false;
    return read(STDIN_FILENO, &key, 1) <= 0 || key == 'q' || key == 3;
}

static size_t rows_of(bool batch)
{
    struct winsize size;

    return batch || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row ? 1000 : size.ws_row;
}

static int top_run(int rounds, int seconds, bool batch)
{
    struct processes before = {0}, now;
    int status = 0;

    while (rounds-- != 0) {
        if (!processes_get(&now)) {
            status = 1;
            break;
        }
        if (!batch)
            printf("\033[H\033[J");
        if (!screen_print(&before, &now, rows_of(batch), batch ? "" : "\033[K"))
            status = 1;
        processes_put(&before);
        before = now;
        if (status)
            break;
        if (batch && rounds)
            sleep((unsigned)seconds);
        else if (!batch && is_quit(seconds * 1000))
            break;
    }
    processes_put(&before);
    return status ? complain("no memory") : 0;
}

int top_main(int count, char **argument)
{
    struct termios old, raw;
    int rounds = -1, seconds = 2;
    bool batch = !isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &old);

    for (int option; (option = getopt(count, argument, "bn:d:")) != -1;) {
        if (option == 'b')
            batch = true;
        else if (option == 'n')
            rounds = atoi(optarg);
        else if (option != 'd' || (seconds = atoi(optarg)) < 1)
            return usage("[-b] [-n ROUNDS] [-d SECONDS]: -b for a file; q ends it");
    }
    if (batch)
        return top_run(rounds, seconds, true);
    raw = old;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    int status = top_run(rounds, seconds, false);
    tcsetattr(STDIN_FILENO, TCSANOW, &old);
    return status;
}
