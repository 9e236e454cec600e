/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads and writes that wait, and clients that end meanwhile. */
#include "libsys/invoke.h"
#include "libsys/string.h"
#include "tests/guest/files/worker.h"

static struct actor actor, child;
static struct job job;
static uint8_t data[WORKER_BYTES], back[WORKER_BYTES];

static void pipe_make(void)
{
    must("a pipe", actor_pipe(&actor, 0));
}

static void pipe_end(void)
{
    actor_close(&actor, 0);
    actor_close(&actor, 1);
}

static void reader(void)
{
    pipe_make();
    worker_run(&job, &actor, 0, false, back, 100);
    CHECK("a reader waits", !job.done);
    CHECK("writing for it", actor_put(&actor, 1, "for you"));
    CHECK("it has got that",
          job.done && !job.error && job.result == 7 && memcmp(back, "for you", 7) == 0);
    worker_run(&job, &actor, 0, false, back, WORKER_BYTES);
    uint32_t written = 0;
    must("writing much", actor_write(&actor, 1, data, 5000, &written));
    CHECK("through the window",
          job.done && !job.error && job.result == 5000 && memcmp(back, data, 5000) == 0);
    worker_run(&job, &actor, 0, false, back, 10);
    actor_close(&actor, 1);
    CHECK("the end, while it waits", job.done && !job.error && job.result == 0);
    actor_close(&actor, 0);
}

/* While a reader waits its window becomes a page: what would have gone there stays for the next. */
static void smaller_window(void)
{
    uint64_t physical;
    uint32_t count = 0;
    cap_t page = slot_take();

    pipe_make();
    actor_fork(&child, &actor);
    actor_set_window(&child);
    must("an object", memory_object_create(&memory_self, 4096, 0, page, &physical));
    worker_run(&job, &actor, 0, false, back, WORKER_BYTES);
    must("a window of it", vfs_set_window(&actor.vfs, page));
    must("closing it", memory_object_close(&memory_self, page));
    must("writing much", actor_write(&child, 1, data, 5000, &count));
    CHECK("the reader hears of that", job.done && job.error == RPC_CANCELLED);
    must("reading", actor_read(&child, 0, back, 5000, &count));
    CHECK("nothing is lost", count == 5000 && memcmp(back, data, 5000) == 0);
    actor_end(&child);
    pipe_end();
    must("unmapping the one before",
         memory_unmap(memory_self.cap, (uint64_t)actor.context.window.address, WINDOW_BYTES));
    actor_set_window(&actor);
    slot_drop(page);
}

static void fill(void)
{
    uint32_t written;

    while (!actor_write(&actor, 1, data, WORKER_BYTES, &written))
        ;
    while (!actor_write(&actor, 1, data, 1, &written))
        ;
}

static void writer(void)
{
    uint32_t got = 0;

    pipe_make();
    fill();
    worker_run(&job, &actor, 1, true, data, 3000);
    CHECK("a writer waits", !job.done);
    must("reading a little", actor_read(&actor, 0, back, 2999, &got));
    CHECK("for room for all of it", got == 2999 && !job.done);
    must("reading a byte more", actor_read(&actor, 0, back, 1, &got));
    CHECK("then it's done", job.done && !job.error && job.result == 3000);
    worker_run(&job, &actor, 1, true, data, WORKER_BYTES);
    CHECK("a long write waits", !job.done);
    actor_close(&actor, 0);
    CHECK("until nobody reads", job.done && job.error == FILE_ERROR_BROKEN_PIPE);
    actor_close(&actor, 1);
}

/* What an interrupted reader would have got is there for the next. */
static void interrupted(void)
{
    pipe_make();
    worker_run(&job, &actor, 0, false, back, 100);
    worker_interrupt();
    CHECK("writing past an interrupted reader", actor_put(&actor, 1, "still here"));
    CHECK("nothing is lost", actor_gets(&actor, 0, "still here"));
    for (int i = 0; i < 1000; i++) {
        worker_run(&job, &actor, 0, false, back, 100);
        worker_interrupt();
    }
    worker_run(&job, &actor, 0, false, back, 100);
    CHECK("after a thousand of them", !job.done && actor_put(&actor, 1, "x") && job.done);
    fill();
    worker_run(&job, &actor, 1, true, data, 4);
    worker_interrupt();
    uint32_t got, all = 0;
    while (!actor_read(&actor, 0, back, WORKER_BYTES, &got))
        all += got;
    CHECK("an interrupted writer has written nothing", all == 65536);
    pipe_end();
}

/* A client that has the only writing end, and ends. */
static void holder_ends(void)
{
    uint32_t got;
    char c;

    pipe_make();
    actor_fork(&child, &actor);
    actor_close(&actor, 1);
    check_result("a child holds the pipe", actor_read(&actor, 0, &c, 1, &got), RPC_AGAIN);
    worker_run(&job, &actor, 0, false, back, 100);
    CHECK("waiting for it", !job.done);
    actor_end(&child);
    CHECK("its end is the pipe's", job.done && !job.error && job.result == 0);
    actor_close(&actor, 0);
}

/* A client that ends while one of its threads reads. */
static void reader_ends(void)
{
    actor_make(&child);
    must("a pipe of its own", actor_pipe(&child, 0));
    worker_run(&job, &child, 0, false, back, 100);
    must("its end", vfs_client_end(authority.cap, child.badge));
    CHECK("the read ends with it", job.done && job.error == RPC_BAD_HANDLE);
    struct rpc_client file = actor_file(&child, 1);
    check_result("its files are gone", file_write(&file, FILE_POSITION, 0, 0, "x", 1, &job.result),
                 RPC_BAD_HANDLE);
    check_result("and so is its session", vfs_close(child.vfs.cap, 0), RPC_BAD_HANDLE);
    check_result("and its badge", vfs_client_end(authority.cap, child.badge), RPC_BAD_HANDLE);
}

static void polling(void)
{
    cap_t notification = slot_take(), bell = slot_take();
    uint32_t ready = 0;
    uint64_t flags = 0;

    must("a Notification", untyped_retype(program_cap("pool"), own_table, CAP_INDEX(notification),
                                          1, OBJECT_NOTIFICATION, 7));
    must("its flag",
         cnode_mint(own_table, CAP_INDEX(bell), notification, RIGHT_NOTIFICATION_SIGNAL, 4));
    pipe_make();
    struct rpc_client end = actor_file(&actor, 0), writing = actor_file(&actor, 1);
    must("polling", file_poll(&end, FILE_READABLE, bell, &ready));
    must("looking", notification_poll(notification, &flags));
    CHECK("nothing to read", ready == 0 && flags == 0);
    CHECK("writing", actor_put(&actor, 1, "x"));
    must("looking again", notification_poll(notification, &flags));
    CHECK("it was told", flags == 4);
    CHECK("writing more", actor_put(&actor, 1, "y"));
    must("looking once more", notification_poll(notification, &flags));
    CHECK("once only", flags == 0);
    must("polling again", file_poll(&end, FILE_READABLE | FILE_WRITABLE, bell, &ready));
    CHECK("ready at once", ready == FILE_READABLE);
    for (int i = 0; i < 100; i++)
        must("polling often", file_poll(&writing, 0, bell, &ready));
    actor_close(&actor, 0);
    must("looking at the end", notification_poll(notification, &flags));
    CHECK("that nobody reads is told", flags == 4);
    must("polling", file_poll(&writing, FILE_WRITABLE, 0, &ready));
    CHECK("an error", ready & FILE_ERROR);
    actor_close(&actor, 1);
    slot_drop(bell);
    slot_drop(notification);
}

/* A window that its client takes away, or another's. */
static void windows(void)
{
    uint64_t physical, address = 0;
    cap_t object = slot_take();
    uint32_t got;

    must("an object", memory_object_create(&memory_self, 65536, 0, object, &physical));
    must("a window of it", vfs_set_window(&actor.vfs, object));
    check_result("it can't shrink", memory_object_resize(&memory_self, object, 4096), RPC_BUSY);
    must("mapping it",
         memory_map(&memory_self, object, 0, 65536, 0, MEMORY_READ | MEMORY_WRITE, &address));
    must("unmapping the one before",
         memory_unmap(memory_self.cap, (uint64_t)actor.context.window.address, WINDOW_BYTES));
    actor.context.window.address = (void *)address;
    must("a file", actor_open(&actor, "/tmp/w", OPEN_READ | OPEN_WRITE | OPEN_CREATE, 5));
    must("writing through it", actor_write(&actor, 5, data, 50000, &got));
    struct rpc_client file = actor_file(&actor, 5);
    must("reading", file_read(&file, 0, 50000, 0, 0, back, 50000, &got));
    CHECK("the new window works", got == 50000 && memcmp(data, back, 50000) == 0);
    actor.context.window.bytes = 1u << 20;
    check_result("a window that is said to be larger",
                 file_write(&file, 0, 0, 0, (void *)address, 65536, &got), 0);
    check_result("not an object", vfs_set_window(&actor.vfs, program_cap("memory")),
                 RPC_BAD_HANDLE);
    check_result("one's own session", vfs_set_window(&actor.vfs, actor.vfs.cap), RPC_BAD_HANDLE);
    actor_close(&actor, 5);
    must("unlinking", vfs_unlink(&actor.vfs, "/tmp/w", false));
    actor.context.window = (struct rpc_window){.address = (void *)address, .bytes = 65536};
    must("closing the object", memory_object_close(&memory_self, object));
    slot_drop(object);
}

void cases_waiting(void)
{
    for (uint32_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 13 >> 2);
    worker_init();
    actor_make(&actor);
    actor_set_window(&actor);
    reader();
    smaller_window();
    writer();
    interrupted();
    holder_ends();
    reader_ends();
    polling();
    windows();
    actor_end(&actor);
}
