/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages with a buffer: further words, capabilities, and what happens without one. */

#include "tests/guest/kernel/pair.h"

/* A pair whose client sends by CALL_BUFFER and whose server answers by REPLY_WAIT_BUFFER. */
struct buffered {
    struct pair pair;
    struct step *wait, *answer, *request;
    struct message_buffer *client, *server;
};

static void fill_words(struct message_buffer *buffer, uint64_t seed)
{
    for (unsigned i = 0; i < MESSAGE_BUFFER_WORDS; i++)
        buffer->words[i] = seed * 1000 + i;
}

static struct buffered buffered_make(unsigned flags, uint64_t request_tag, uint64_t answer_tag)
{
    struct buffered made = {.pair = pair_make(flags)};

    made.wait = step_add(made.pair.server, SYSCALL_REPLY_WAIT, 0);
    made.answer = step_add(made.pair.server, SYSCALL_REPLY_WAIT_BUFFER, 0);
    made.request = step_add(made.pair.client, SYSCALL_CALL_BUFFER, made.pair.handle);
    made.answer->in[R_R15] = answer_tag;
    made.request->in[R_R15] = request_tag;
    made.client = &made.pair.client->area->buffer;
    made.server = &made.pair.server->area->buffer;
    fill_words(made.client, 1);
    fill_words(made.server, 2);
    return made;
}

static void expect_words(const struct message_buffer *buffer, uint64_t seed, unsigned count,
                         uint64_t rest)
{
    for (unsigned i = 0; i < MESSAGE_BUFFER_WORDS; i++)
        EXPECT_EQUAL(buffer->words[i], (i < count ? seed : rest) * 1000 + i);
}

static void run_words(unsigned flags, unsigned words, bool queued)
{
    struct buffered made = buffered_make(flags, TAG(3, words, 0), TAG(4, 0, 0));
    struct task *client = made.pair.client, *server = made.pair.server;

    if (!(flags & (PAIR_CLIENT_VECTOR | PAIR_SERVER_VECTOR)))
        step_add(server, SYSCALL_REPLY_WAIT, 0);
    if (queued) {
        task_run(client);
        settle();
        task_run(server);
        settle();
    } else {
        pair_run(&made.pair);
    }
    expect_done(client);
    EXPECT_EQUAL(step_result(made.wait), RECEIVE_BUFFER);
    EXPECT_EQUAL(made.wait->out[R_RDX], PAIR_BADGE);
    expect_clean(server, made.wait);
    expect_message(made.wait, made.request);
    expect_words(made.server, 1, words, 2);
    EXPECT_EQUAL(step_result(made.request), RECEIVE_BUFFER);
    EXPECT_EQUAL(made.request->out[R_RDX], 0);
    expect_clean(client, made.request);
    expect_message(made.request, made.answer);
    expect_words(made.client, 1, 64, 1); /* the server's answer had none */
}

static void words_direct(void)
{
    static const unsigned counts[] = {0, 1, 2, 8, 63, 64};

    for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        run_words(0, counts[i], false);
}

static void words_queued(void)
{
    run_words(0, 64, true);
    run_words(PAIR_ONE_SPACE, 1, true);
}

static void words_bases(void)
{
    run_words(PAIR_BASES, 5, false);
}

static void words_flags(void)
{
    run_words(PAIR_RFLAGS, 17, false);
    run_words(PAIR_RFLAGS, 17, true);
}

/* The answer goes by the buffer while somebody else waits: he's the next. */
static void words_waiter(void)
{
    struct buffered made = buffered_make(0, TAG(0, 2, 0), TAG(0, 1, 0));
    cap_t handle;
    struct task *other = pair_client(&made.pair, PRIORITY_LOW, 6, &handle);
    struct step *request = step_add(other, SYSCALL_CALL, handle);
    struct step *again = step_add(made.pair.server, SYSCALL_REPLY_WAIT_BUFFER, 0);

    again->in[R_R15] = TAG(0, 0, 0);
    task_run(made.pair.client);
    task_run(other);
    settle();
    EXPECT_EQUAL(task_state(other), THREAD_QUEUED);
    task_run(made.pair.server);
    settle();
    expect_done(made.pair.client);
    EXPECT_EQUAL(made.answer->done, 1);
    EXPECT_EQUAL(made.answer->out[R_RAX], 6);
    expect_message(made.answer, request);
    expect_done(other);
    EXPECT_EQUAL(step_result(request), RECEIVE_BUFFER);
}

static void words_back(void)
{
    struct buffered made = buffered_make(0, TAG(3, 2, 0), TAG(4, 64, 0));

    step_add(made.pair.server, SYSCALL_REPLY_WAIT, 0);
    pair_run(&made.pair);
    expect_done(made.pair.client);
    EXPECT_EQUAL(step_result(made.request), RECEIVE_BUFFER);
    made.server->words[0] = 2000; /* they had been the request's */
    made.server->words[1] = 2001;
    EXPECT_EQUAL(made.client->words[0], 1000);
    EXPECT_EQUAL(made.client->words[1], 1001);
    for (unsigned i = 2; i < MESSAGE_BUFFER_WORDS; i++)
        EXPECT_EQUAL(made.client->words[i], 2000 + i);
}

/* ---- Errors of the sender ---- */

/* The request is refused: the server sees nothing of it. */
static void expect_refused(struct buffered *made, err_t expected)
{
    pair_run(&made->pair);
    expect_done(made->pair.client);
    coverage_note_code(ERR_CODE(expected));
    EXPECT_EQUAL(step_result(made->request), expected);
    expect_clean(made->pair.client, made->request);
    EXPECT_EQUAL(made->wait->done, 0);
    EXPECT_EQUAL(task_state(made->pair.server), THREAD_IDLE);
    expect_words(made->server, 2, 64, 2);
}

static void count_errors(void)
{
    static const uint64_t tags[] = {TAG(0, 65, 0), TAG(0, 127, 0), TAG(0, 0, 5), TAG(0, 64, 7)};

    for (unsigned i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        struct buffered made = buffered_make(0, tags[i], 0);
        expect_refused(&made, test_error_word(ERROR_OUT_OF_RANGE, 0, 0));
    }
}

static void client_without_buffer(void)
{
    struct buffered made = buffered_make(0, TAG(0, 1, 0), 0);

    OK(thread_set_buffer, made.pair.client->thread, 0, 0);
    expect_refused(&made, test_error_word(ERROR_NO_BUFFER, 0, 0));
}

static void server_without_buffer(void)
{
    struct buffered made = buffered_make(0, TAG(0, 1, 0), 0);

    OK(thread_set_buffer, made.pair.server->thread, 0, 0);
    expect_refused(&made, test_error_word(ERROR_NO_BUFFER, 0, 0));
}

/* Found out only when the server comes: the caller that waits has the error, others are served. */
static void server_without_buffer_queued(void)
{
    struct buffered made = buffered_make(0, TAG(0, 1, 0), 0);
    cap_t handle;
    struct task *other = pair_client(&made.pair, PRIORITY_LOW, 4, &handle);
    struct step *plain = step_add(other, SYSCALL_CALL, handle);

    OK(thread_set_buffer, made.pair.server->thread, 0, 0);
    task_run(made.pair.client);
    task_run(other);
    settle();
    EXPECT_EQUAL(task_state(made.pair.client), THREAD_QUEUED);
    task_run(made.pair.server);
    settle();
    expect_done(made.pair.client);
    EXPECT_EQUAL(step_result(made.request), test_error_word(ERROR_NO_BUFFER, 0, 0));
    expect_message(made.wait, plain);
    EXPECT_EQUAL(made.wait->out[R_RAX], 4);
}

/* ---- Buffers that go away ---- */

static void revoke_buffer(struct task *task, cap_t frame)
{
    OK(thread_set_buffer, task->thread, frame, 1024);
    OK(cnode_delete, own.cnode, CAP_INDEX(frame));
}

/* Revoked before the call; while the server works; while the caller is in the queue. */
static void buffer_revoked_before(void)
{
    struct buffered made = buffered_make(0, TAG(0, 1, 0), 0);

    revoke_buffer(made.pair.client, case_make(OBJECT_FRAME, 12));
    expect_refused(&made, test_error_word(ERROR_NO_BUFFER, 0, 0));
}

static void buffer_revoked_in_call(void)
{
    struct pair pair = pair_make(0);
    struct step *wait = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    struct step *request;

    step_add(pair.server, REPORT_VALUE, 0);
    struct step *answer = step_add(pair.server, SYSCALL_REPLY_WAIT_BUFFER, 0);
    answer->in[R_R15] = TAG(1, 64, 0);
    request = step_add(pair.client, SYSCALL_CALL_BUFFER, pair.handle);
    request->in[R_R15] = TAG(9, 3, 0);
    pair_run(&pair);
    EXPECT_EQUAL(step_result(wait), RECEIVE_BUFFER);
    revoke_buffer(pair.client, case_make(OBJECT_FRAME, 12));
    task_continue(pair.server);
    settle();
    expect_done(pair.client);
    EXPECT_STEP_OK(request); /* the registers came; that there is more isn't said */
    expect_clean(pair.client, request);
    expect_message(request, answer);
}

static void buffer_revoked_queued(void)
{
    struct buffered made = buffered_make(0, TAG(0, 4, 0), 0);

    task_run(made.pair.client);
    settle();
    revoke_buffer(made.pair.client, case_make(OBJECT_FRAME, 12));
    task_run(made.pair.server);
    settle();
    expect_done(made.pair.client);
    EXPECT_EQUAL(step_result(made.request), test_error_word(ERROR_NO_BUFFER, 0, 0));
    EXPECT_EQUAL(task_state(made.pair.server), THREAD_IDLE);
}

static void buffer_revoked_server(void)
{
    struct pair pair = pair_make(0);
    struct step *answer, *request;

    step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    step_add(pair.server, REPORT_VALUE, 0);
    answer = step_add(pair.server, SYSCALL_REPLY_WAIT_BUFFER, 0);
    answer->in[R_R15] = TAG(1, 1, 0);
    struct step *again = step_add(pair.server, SYSCALL_REPLY_WAIT, 0);
    request = step_add(pair.client, SYSCALL_CALL, pair.handle);
    pair_run(&pair);
    revoke_buffer(pair.server, case_make(OBJECT_FRAME, 12));
    task_continue(pair.server);
    settle();
    EXPECT_EQUAL(step_result(answer), test_error_word(ERROR_NO_BUFFER, 0, 0));
    expect_done(pair.client); /* answered by the next try */
    EXPECT_STEP_OK(request);
    expect_message(request, again);
}

/* The buffer of the other half of the page, and the last one of a larger Frame. */
static void buffer_places(void)
{
    struct buffered made = buffered_make(0, TAG(0, 64, 0), 0);
    cap_t frame = case_make(OBJECT_FRAME, 13);
    struct message_buffer *buffers = (struct message_buffer *)0x40000000;

    case_map(frame, (uint64_t)buffers, ACCESS_READ | ACCESS_WRITE);
    OK(thread_set_buffer, made.pair.server->thread, frame, 7 * 1024);
    OK(thread_set_buffer, made.pair.client->thread, frame, 1024);
    fill_words(&buffers[1], 8);
    fill_words(&buffers[2], 9);
    pair_run(&made.pair);
    expect_words(&buffers[7], 8, 64, 0);
    expect_words(&buffers[1], 8, 64, 0);
    expect_words(&buffers[2], 9, 64, 0);
    for (unsigned i = 0; i < MESSAGE_BUFFER_WORDS; i++)
        EXPECT_EQUAL(buffers[6].words[i] | buffers[0].words[i], 0);
}

/* ---- Capabilities ---- */

static unsigned type_at(const struct process *process, cap_t handle, uint64_t *badge)
{
    uint64_t what;

    OK(cnode_inspect, process->cnode, CAP_INDEX(handle), &what, badge);
    return (unsigned)(what & 0xffff);
}

/* Four at a time, with type, rights and badge: copies, which are revoked with what they came of. */
static void send_caps(void)
{
    struct buffered made = buffered_make(0, TAG(0, 1, 4), 0);
    struct process *from = made.pair.client->process, *to = made.pair.server->process;
    cap_t frame = case_make(OBJECT_FRAME, 12), endpoint = case_make(OBJECT_ENDPOINT, 0);
    uint64_t badge;

    made.client->caps[0] = process_give(from, frame, RIGHT_FRAME_READ, 0);
    made.client->caps[1] = process_give(from, endpoint, RIGHT_ENDPOINT_CALL, 0x1234);
    made.client->caps[2] = made.pair.handle; /* the server's own */
    made.client->caps[3] = process_give(from, case_make(OBJECT_NOTIFICATION, 0), RIGHT_ALL, 0);
    for (unsigned i = 0; i < 4; i++)
        made.server->receive[i] = CAP_OF(40 + i);
    pair_run(&made.pair);
    EXPECT_EQUAL(step_result(made.wait), RECEIVE_BUFFER);
    expect_message(made.wait, made.request);
    EXPECT_EQUAL(made.server->caps[0], CAP_OF(40));
    EXPECT_EQUAL(made.server->caps[1], CAP_OF(41));
    EXPECT_EQUAL(made.server->caps[2], CAP_OWN);
    EXPECT_EQUAL(made.server->own_badge[2], PAIR_BADGE);
    EXPECT_EQUAL(made.server->caps[3], CAP_OF(43));
    EXPECT_EQUAL(type_at(to, CAP_OF(40), &badge), OBJECT_FRAME | RIGHT_FRAME_READ << 8);
    EXPECT_EQUAL(type_at(to, CAP_OF(41), &badge), OBJECT_ENDPOINT | RIGHT_ENDPOINT_CALL << 8);
    EXPECT_EQUAL(badge, 0x1234);
    EXPECT_EQUAL(type_at(to, CAP_OF(42), &badge), 0);
    OK(cnode_revoke, from->cnode, CAP_INDEX(made.client->caps[0]));
    EXPECT_EQUAL(type_at(to, CAP_OF(40), &badge), 0);
    OK(cnode_delete, from->cnode, CAP_INDEX(made.client->caps[1]));
    EXPECT_EQUAL(type_at(to, CAP_OF(41), &badge), OBJECT_ENDPOINT | RIGHT_ENDPOINT_CALL << 8);
    OK(cnode_delete, own.cnode, CAP_INDEX(endpoint));
    EXPECT_EQUAL(type_at(to, CAP_OF(41), &badge), 0);
}

/* The server's own endpoint comes back without any right: recognised all the same. */
static void send_own(void)
{
    struct buffered made = buffered_make(0, TAG(0, 0, 2), 0);
    struct process *from = made.pair.client->process;

    made.client->caps[0] = process_give(from, made.pair.endpoint, 0, 0xffffffff);
    made.client->caps[1] = process_give(from, made.pair.endpoint, RIGHT_ALL, 0);
    pair_run(&made.pair);
    EXPECT_EQUAL(made.server->caps[0], CAP_OWN);
    EXPECT_EQUAL(made.server->own_badge[0], 0xffffffff);
    EXPECT_EQUAL(made.server->caps[1], CAP_OWN);
    EXPECT_EQUAL(made.server->own_badge[1], 0);
}

/* What is wrong with the second of two capabilities. */
enum fault_of_cap { EMPTY, FAR, ODD, UNTYPED, NO_SLOT, FULL_SLOT, FAR_SLOT, SAME_SLOT };

static void spoil(struct buffered *made, enum fault_of_cap what)
{
    switch (what) {
    case EMPTY:
        made->client->caps[1] = CAP_OF(60);
        break;
    case FAR:
        made->client->caps[1] = CAP_OF(64);
        break;
    case ODD:
        made->client->caps[1] += 4;
        break;
    case UNTYPED:
        made->client->caps[1] = CAP_OF(50);
        OK(cnode_move, made->pair.client->process->cnode, 50, case_make(OBJECT_UNTYPED, 12));
        break;
    case NO_SLOT:
        made->server->receive[1] = 0;
        break;
    case FULL_SLOT:
        OK(cnode_copy, made->pair.server->process->cnode, 41, made->pair.endpoint, 0);
        break;
    case FAR_SLOT:
        made->server->receive[1] = CAP_OF(64);
        break;
    case SAME_SLOT:
        made->server->receive[1] = CAP_OF(40);
        break;
    }
}

/* It is refused, and then nothing of it has happened: neither was the first sent. */
static void send_spoilt(enum fault_of_cap what, enum error_code code)
{
    struct buffered made = buffered_make(0, TAG(0, 5, 2), 0);
    struct process *from = made.pair.client->process, *to = made.pair.server->process;
    uint64_t badge;

    made.client->caps[0] = process_give(from, case_make(OBJECT_FRAME, 12), RIGHT_ALL, 0);
    made.client->caps[1] = made.client->caps[0];
    made.server->receive[0] = CAP_OF(40);
    made.server->receive[1] = CAP_OF(41);
    spoil(&made, what);
    expect_refused(&made, test_error_word(code, 2, 0));
    EXPECT_EQUAL(type_at(to, CAP_OF(40), &badge), 0);
}

static void send_invalid(void)
{
    send_spoilt(EMPTY, ERROR_INVALID_CAPABILITY);
    send_spoilt(FAR, ERROR_INVALID_CAPABILITY);
    send_spoilt(ODD, ERROR_INVALID_CAPABILITY);
    send_spoilt(UNTYPED, ERROR_NOT_DERIVABLE);
}

static void send_refused(void)
{
    send_spoilt(NO_SLOT, ERROR_TRANSFER_REFUSED);
    send_spoilt(FULL_SLOT, ERROR_TRANSFER_REFUSED);
    send_spoilt(FAR_SLOT, ERROR_TRANSFER_REFUSED);
    send_spoilt(SAME_SLOT, ERROR_TRANSFER_REFUSED);
}

static void send_without_right(void)
{
    struct buffered made = buffered_make(0, TAG(0, 0, 1), 0);

    made.request->in[R_RDX] =
        process_give(made.pair.client->process, made.pair.endpoint, RIGHT_ENDPOINT_CALL, 3);
    made.client->caps[0] = made.pair.handle;
    expect_refused(&made, test_error_word(ERROR_MISSING_RIGHT, 0, OBJECT_ENDPOINT));
}

/* An answer brings a capability; one that can't go is left out, and the tag says so. */
static void answer_caps(void)
{
    struct buffered made = buffered_make(0, TAG(0, 0, 0), TAG(7, 1, 1));
    struct step *second = step_add(made.pair.client, SYSCALL_CALL_BUFFER, made.pair.handle);
    struct step *again = step_add(made.pair.server, SYSCALL_REPLY_WAIT_BUFFER, 0);
    struct process *from = made.pair.server->process, *to = made.pair.client->process;
    uint64_t badge;

    second->in[R_R15] = TAG(0, 0, 0);
    again->in[R_R15] = TAG(8, 2, 1);
    made.server->caps[0] = process_give(from, case_make(OBJECT_FRAME, 12), RIGHT_FRAME_WRITE, 0);
    made.client->receive[0] = CAP_OF(44);
    pair_run(&made.pair);
    expect_done(made.pair.client);
    EXPECT_EQUAL(step_result(made.request), RECEIVE_BUFFER);
    EXPECT_EQUAL(made.request->out[R_R15], TAG(7, 1, 1));
    EXPECT_EQUAL(type_at(to, CAP_OF(44), &badge), OBJECT_FRAME | RIGHT_FRAME_WRITE << 8);
    EXPECT_EQUAL(step_result(second), RECEIVE_BUFFER); /* its slot wasn't empty any more */
    EXPECT_EQUAL(second->out[R_R15], TAG(8, 2, 0));
}

static const struct test buffer_tests[] = {
    {"words, direct", words_direct},
    {"words, queued", words_queued},
    {"words, other segment bases", words_bases},
    {"words, all flags set", words_flags},
    {"words in the answer", words_back},
    {"words in the answer, somebody waits", words_waiter},
    {"counts: errors", count_errors},
    {"client without buffer", client_without_buffer},
    {"server without buffer", server_without_buffer},
    {"server without buffer comes late", server_without_buffer_queued},
    {"client's buffer revoked before", buffer_revoked_before},
    {"client's buffer revoked in the call", buffer_revoked_in_call},
    {"client's buffer revoked in the queue", buffer_revoked_queued},
    {"server's buffer revoked at work", buffer_revoked_server},
    {"places", buffer_places},
    {"capabilities", send_caps},
    {"capabilities of one's own", send_own},
    {"capabilities that can't be sent", send_invalid},
    {"capabilities that can't be received", send_refused},
    {"capabilities without the right", send_without_right},
    {"capabilities in the answer", answer_caps},
};
GROUP("buffer", buffer_tests);
