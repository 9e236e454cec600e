/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Users who have as many readers waiting as they may: others aren't refused. The server has 64
 * Replies: user 0 may have three quarters of them, each other an eighth.
 */
#include "tests/guest/files/worker.h"
#include "tests/guest/throng.h"

#define ALL 64u
#define OF_ROOT 48u
#define OF_USER 8u

static struct throng throng = {.priority = 95, .slot = slot_take};
static struct actor root, hog, bystander, last;
static struct job job;
static uint8_t data[384], byte;

static err_t read(const struct rpc_client *server)
{
    uint32_t size;
    char got;

    return file_read(server, FILE_POSITION, 1, 0, 0, &got, 1, &size);
}

static void user_make(struct actor *actor, uint32_t user)
{
    actor_make(actor);
    must("a user", vfs_client_set_user(authority.cap, actor->badge, user, user));
    must("a pipe", actor_pipe(actor, 0));
}

/* Whether so many wait, all of this user. */
static bool waits(const struct actor *actor, uint32_t count)
{
    bool good = true;

    for (uint32_t i = 0; i < count; i++) {
        const struct throng_thread *thread = throng_add(&throng, actor->file[0], read);
        good = thread && !thread->done && good;
    }
    return good;
}

static void read_refused(const char *name, const struct actor *actor, err_t expected)
{
    worker_run(&job, actor, 0, false, &byte, 1);
    check_result(name, job.done ? job.error : 0, expected);
}

static void write_refused(void)
{
    uint32_t written;

    must("another pipe", actor_pipe(&hog, 2));
    while (!actor_write(&hog, 3, data, 384, &written))
        ;
    worker_run(&job, &hog, 3, true, data, 384);
    check_result("a writer more", job.done ? job.error : 0, RPC_QUOTA);
}

/* What it has written the reader who waits gets. */
static void bystander_waits(void)
{
    worker_run(&job, &bystander, 0, false, &byte, 1);
    CHECK("another user isn't refused", !job.done);
    CHECK("and gets what comes", actor_put(&bystander, 1, "x") && job.done && !job.error);
}

void cases_shares(void)
{
    throng.pool = program_cap("pool");
    throng.cnode = own_table;
    user_make(&root, 0);
    user_make(&hog, 5);
    user_make(&bystander, 6);
    user_make(&last, 7);
    CHECK("a user's readers", waits(&hog, OF_USER));
    read_refused("one more", &hog, RPC_QUOTA);
    write_refused();
    bystander_waits();
    CHECK("readers of user 0", waits(&root, OF_ROOT));
    read_refused("one more of those", &root, RPC_QUOTA);
    bystander_waits();
    CHECK("until all wait that can", waits(&bystander, ALL - OF_ROOT - OF_USER));
    read_refused("then nobody else can", &last, RPC_NO_MEMORY);
    throng_stop(&throng);
    worker_run(&job, &hog, 0, false, &byte, 1);
    CHECK("but when they have gone", !job.done);
    worker_interrupt();
    actor_end(&last);
    actor_end(&bystander);
    actor_end(&hog);
    actor_end(&root);
}
