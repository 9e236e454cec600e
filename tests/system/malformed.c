/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages that break each rule of each protocol, to each server that a process can call, and
 * random ones besides. They're sent by children, who may come to harm; afterwards all is as before.
 */

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libsys/memory_client.h"
#include "libsys/newlib/system.h"
#include "libsys/rpc_error.h"
#include "libsys/vfs_client.h"
#include "tests/system/system.h"

#define USER 1000

/* What a child has to say: memory that its parent has too. */
static struct report {
    unsigned sent, wrong;
    const char *what; /* the first that was wrong: in the program, so the same in both */
    err_t got, wanted;
} * report;

static void report_open(void)
{
    if (!report)
        report =
            mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *report = (struct report){0};
}

static void complain(const struct rpc_hostile *bad, err_t error)
{
    if (!report->what) {
        report->what = bad->what;
        report->got = error;
        report->wanted = bad->error;
    }
}

/* ---- Each rule broken ------------------------------------------------------------------------ */

/* The tables know a window of this size. The C library's is forgotten: nothing is printed. */
static err_t window_set(void)
{
    cap_t object = CAP_OF(PROCESS_SLOT_FREE + 4);
    uint64_t physical;

    system_window_forget();
    err_t error = memory_object_create(system_memory(), RPC_HOSTILE_WINDOW, 0, object, &physical);
    return error ? error : vfs_set_window(system_vfs(), object);
}

static int malformed(const struct target *target)
{
    struct hostile hostile;
    err_t error = target_hostile(target, &hostile);

    if (!error && target->window)
        error = window_set();
    report->got = error;
    if (error)
        return 2;
    report->wrong = hostile_all(&hostile, target->table, target->count, &report->sent, complain);
    return report->wrong > 0;
}

static void check_malformed(const struct target *target, bool tell)
{
    char name[80];
    int status = -1;

    report_open();
    pid_t pid = fork();
    if (pid == 0)
        _exit(malformed(target));
    waitpid(pid, &status, 0);
    snprintf(name, sizeof(name), "%s: %u malformed messages", target->name, report->sent);
    if (tell)
        result(name, status == 0 && report->sent > 20, "status %x, %u wrong, first %s: %s for %s",
               status, report->wrong, report->what ? report->what : "-",
               rpc_error_name(report->got), rpc_error_name(report->wanted));
}

/* After the first time the servers have what they keep for the next: objects of files, tables. */
void test_malformed(void)
{
    unsigned count;
    const struct target *target = targets(&count);

    report_open();
    for (unsigned i = 0; i < count; i++)
        check_malformed(&target[i], false);
    struct inventory before = inventory_take();
    for (unsigned i = 0; i < count; i++)
        check_malformed(&target[i], true);
    inventory_compare("malformed: nothing stays", &before, 32 << 10, 64 << 10);
}

/* ---- Anything -------------------------------------------------------------------------------- */

#define CHILDREN 3
#define MILLISECONDS 60 /* so long may each go on */

static uint64_t seed;

static uint64_t any(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* Values at the borders, and what means something here. */
static uint64_t any_value(void)
{
    static const uint64_t border[] = {0,          1,          2,          8,          63,
                                      64,         384,        4096,       16384,      65536,
                                      65537,      0x10000000, 1 << 31,    UINT32_MAX, 1ull << 32,
                                      1ull << 47, 1ull << 63, UINT64_MAX, 0x10004000};

    return any() % 4 ? border[any() % (sizeof(border) / sizeof(border[0]))] + any() % 3 - 1 : any();
}

static void change(struct rpc_hostile *message, uint64_t *buffer)
{
    switch (any() % 6) {
    case 0:
    case 1:
        message->word[any() % MESSAGE_WORDS] = any_value();
        break;
    case 2:
        buffer[any() % MESSAGE_BUFFER_WORDS] = any() % 2 ? any_value() : 0x2f706d742f2e2e2full;
        break;
    case 3:
        message->tag = (message->tag & ~TAG(0, 0x7f, 0)) | any() % 65;
        break;
    case 4:
        message->cap[any() % MESSAGE_CAPS] =
            (uint8_t)(any() % 2 ? any() % OBJECT_COUNT : 0x80 + any() % 4);
        break;
    default:
        message->plain = !message->plain;
    }
}

static void send_any(const struct hostile *hostile, const struct target *target)
{
    struct rpc_hostile message = target->table[any() % target->count];
    uint64_t buffer[128] = {0};

    if (message.buffer)
        memcpy(buffer, message.buffer, TAG_WORDS(message.tag) * sizeof(buffer[0]));
    message.buffer = buffer;
    for (uint64_t changes = any() % 4; changes > 0; changes--)
        change(&message, buffer);
    (void)!hostile_send(hostile, &message);
    report->sent++;
}

/* Until it comes to harm, waits for ever, or is killed. */
static void garbage(const struct target *target)
{
    struct hostile hostile;

    if (target_hostile(target, &hostile) || setgid(USER) || setuid(USER))
        _exit(2);
    for (;;)
        send_any(&hostile, target);
}

static unsigned check_garbage(const struct target *target, unsigned number)
{
    int status = -1;

    report_open();
    seed = 0x9e3779b97f4a7c15ull * (number + 1);
    pid_t pid = fork();
    if (pid == 0) {
        setsid();
        garbage(target);
    }
    usleep(MILLISECONDS * 1000);
    kill(pid, SIGKILL);
    if (waitpid(pid, &status, 0) != pid)
        result("garbage: a child that can be waited for", false, "pid %d", pid);
    while (waitpid(-1, &status, WNOHANG) > 0)
        ;
    return report->sent;
}

/* All that can be called; how much was sent to that which got least. */
static unsigned garbage_round(unsigned number)
{
    unsigned count, least = UINT_MAX;
    const struct target *target = targets(&count);

    for (unsigned i = 0; i < count; i++) {
        unsigned sent = 0;
        if (!target[i].tame)
            continue;
        for (unsigned child = 0; child < CHILDREN; child++)
            sent += check_garbage(&target[i], number * CHILDREN + child);
        least = sent < least ? sent : least;
    }
    targets_tidy();
    return least;
}

/* What they made is theirs by right: files, also with names that one wouldn't give. */
static bool files_removed(void)
{
    return system("cd /tmp && for each in * .?*; do [ $each = .. ] || rm -rf \"./$each\"; done; "
                  "[ $(ls -A | wc -l) = 0 ]") == 0;
}

void test_garbage(void)
{
    unsigned sent = garbage_round(0);

    result("garbage: any messages to everyone", sent > 100, "%u to one of them", sent);
    result("garbage: its files go", files_removed(), "something is left in /tmp");
    struct inventory before = inventory_take();
    sent = garbage_round(1);
    result("garbage: and once more", sent > 100, "%u to one of them", sent);
    result("garbage: its files go again", files_removed(), "something is left in /tmp");
    /*
     * They don't get equally far each time, and so neither do the servers' tables: over ten rounds
     * 60 KiB of pages came and 160 KiB of kernel objects, in steps; most add nothing.
     */
    inventory_compare("garbage: nothing stays", &before, 128 << 10, 256 << 10);
}
