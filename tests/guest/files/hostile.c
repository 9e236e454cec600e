/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages that no stub would send: each operation with random words, counts and capabilities. The
 * server answers each, and serves the next one as ever.
 */
#include "libsys/string.h"
#include "tests/guest/files/test.h"

#define ROUNDS 20000

static struct actor actor;
static uint64_t seed = 88172645463325252ull;

static uint64_t any(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static uint64_t any_word(void)
{
    static const uint64_t odd[] = {0,          1,          ~0ull,      1ull << 63,
                                   UINT32_MAX, 1ull << 32, 0x10004000, 384};

    switch (any() % 4) {
    case 0:
        return any();
    case 1:
        return odd[any() % 8];
    default:
        return any() % 400;
    }
}

/* Sessions, files, foreign endpoints, what isn't there. */
static cap_t any_cap(void)
{
    cap_t caps[] = {actor.vfs.cap,
                    actor.file[0],
                    actor.file[2],
                    actor.file[3],
                    program_cap("memory"),
                    program_cap("pool"),
                    0};

    return caps[any() % 7];
}

static void fill_buffer(struct message_buffer *buffer)
{
    for (unsigned i = 0; i < MESSAGE_BUFFER_WORDS; i++)
        buffer->words[i] = any() % 3 ? 0x2f706d742f2f2e2eull : any();
    for (unsigned i = 0; i < MESSAGE_CAPS; i++)
        buffer->caps[i] = any_cap();
    for (unsigned i = 0; i < MESSAGE_CAPS; i++)
        buffer->receive[i] = 0;
}

/* Its answer is whatever it is; what is waited for ends at once (FILE_NO_WAIT or not). */
static bool send(cap_t cap)
{
    bool file = cap != actor.vfs.cap;
    uint64_t operation = any() % 44, words = any() % 66, caps = any() % 5;
    struct message message = {0};

    if (file && operation == 1) /* it would wait for ever */
        operation = 2;
    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        message.word[i] = any_word();
    message.tag = TAG((file ? FILE_INTERFACE : VFS_INTERFACE) << 8 | operation, words, caps);
    if (any() % 32 == 0)
        message.tag = any() & ~(0xfull << 8);
    if (any() % 4 == 0)
        return !call(cap, &message);
    if (words > MESSAGE_BUFFER_WORDS)
        message.tag -= 2;
    fill_buffer(program_buffer());
    err_t error = call_buffer(cap, &message);
    return !error || ERR_BLAME(error) != BLAME_PEER;
}

static void open_files(void)
{
    must("a file", actor_open(&actor, "/tmp/f", OPEN_READ | OPEN_WRITE | OPEN_CREATE, 0));
    must("a directory", actor_open(&actor, "/tmp", OPEN_READ, 2));
    must("null", actor_open(&actor, "/dev/null", OPEN_READ | OPEN_WRITE, 3));
}

void cases_hostile(void)
{
    bool good = true;

    actor_make(&actor);
    must("another user", vfs_client_set_user(authority.cap, actor.badge, 5, 5));
    for (unsigned i = 0; i < ROUNDS && good; i++) {
        if (i % 500 == 0)
            open_files();
        cap_t cap[] = {actor.vfs.cap, actor.file[0], actor.file[2], actor.file[3]};
        good = send(cap[any() % 4]);
    }
    CHECK("each message is answered", good);
    memset(program_buffer(), 0, sizeof(struct message_buffer));
    actor_end(&actor);
}
