/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls: across and within address spaces, of different sizes, with capabilities, with vector
 * registers in use, through servers that call servers, and from C to C.
 */

#include "libsys/invoke.h"
#include "tests/bench/bench/bench.h"
#include "tests/bench/bench/pass.h"
#include "tests/bench/bench/sample.h"
#include "tests/bench/bench/worker.h"
#include "tests/bench/protocol.h"

#define FAR_MS 86400000ull

/* ---- Registers alone ------------------------------------------------------------------------ */

static void measure_words(bare_pass *pass, unsigned region, cap_t cap, unsigned words)
{
    for (uint64_t i = 0; i < PASSES; i++) {
        struct message message = pass_message(i, words);
        pass_echo(pass, region, cap, &message);
    }
}

static void measure_registers(cap_t intra)
{
    cap_t echo = program_cap("echo"), outer = program_cap("outer");

    measure_words(bare_inter_0w, REGION_INTER_0W, echo, 0);
    measure_words(bare_inter_4w, REGION_INTER_4W, echo, 4);
    measure_words(bare_inter_8w, REGION_INTER_8W, echo, 8);
    measure_words(bare_intra_0w, REGION_INTRA_0W, intra, 0);
    measure_words(bare_intra_4w, REGION_INTRA_4W, intra, 4);
    measure_words(bare_intra_8w, REGION_INTRA_8W, intra, 8);
    measure_words(bare_deep3, REGION_DEEP3, outer, 8);
}

/* The caller's time has a deadline, too far off to pass. */
static void measure_deadline(void)
{
    bench_check("sched_context_deadline",
                sched_context_deadline(bench.time, clock_read() + FAR_MS * bench.info->tsc_khz));
    measure_words(bare_deadline, REGION_INTER_DEADLINE, program_cap("echo"), 0);
    bench_check("sched_context_deadline", sched_context_deadline(bench.time, 0));
}

/* ---- Through the message buffer -------------------------------------------------------------- */

static void buffer_fill(uint64_t seed, unsigned words)
{
    for (unsigned i = 0; i < words; i++)
        bench.buffer->words[i] = ~(seed << 8 | i) * 0x9e3779b97f4a7c15;
}

static bool same_words(const struct message_buffer *a, const struct message_buffer *b,
                       unsigned words)
{
    for (unsigned i = 0; i < words; i++)
        if (a->words[i] != b->words[i])
            return false;
    return true;
}

/* A call whose answer comes with the buffer; `caps` capabilities lie there already. */
static void pass_buffer(bare_pass *pass, unsigned region, cap_t cap, struct message message,
                        err_t expected)
{
    struct bare bare = {.message = message, .cap = cap};

    sample_prepare();
    pass(&bare);
    if (bare.carry && syscall_failed((err_t)bare.rax))
        bench_check("a call with the message buffer", (err_t)bare.rax);
    bench_expect("the answer is of the kind expected", bare.rax == expected);
    bench_expect("the answer has the tag that was sent", bare.message.tag == message.tag);
    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        bench_expect("the answer has the words sent", bare.message.word[i] == message.word[i]);
    sample_add(region, bare.end - bare.begin);
}

static void measure_buffer(bare_pass *pass, unsigned region, cap_t cap, unsigned words,
                           const struct message_buffer *server)
{
    unsigned buffered = words - MESSAGE_WORDS;

    for (uint64_t i = 0; i < PASSES; i++) {
        struct message message = pass_message(i, words);
        message.tag = TAG(0, buffered, 0);
        buffer_fill(i, buffered);
        pass_buffer(pass, region, cap, message, RECEIVE_BUFFER);
        bench_expect("the server's buffer has the words sent",
                     same_words(server, bench.buffer, buffered));
    }
}

/* Whether the buffer's words come back too, an echo can't tell: another server inverts them. */
static void check_inversion(unsigned buffered)
{
    struct message message = pass_message(buffered, MESSAGE_WORDS), expected = message;

    message.tag = TAG(KEEPER_INVERT, buffered, 0);
    buffer_fill(0, buffered);
    bench_expect("the answer comes with the buffer",
                 call_buffer(program_cap("keeper"), &message) == RECEIVE_BUFFER);
    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        bench_expect("the words come back inverted", message.word[i] == ~expected.word[i]);
    for (unsigned i = 0; i < buffered; i++)
        bench.buffer->words[i] = ~bench.buffer->words[i];
    struct message_buffer inverted = *bench.buffer;
    buffer_fill(0, buffered);
    bench_expect("the buffer's words come back inverted",
                 same_words(&inverted, bench.buffer, buffered));
}

/* A further buffer of this address space, and its Frame. */
static const struct message_buffer *intra_buffer(cap_t *frame)
{
    *frame = bench_make(OBJECT_FRAME, 12);
    bench_check("mapping a message buffer",
                frame_map(*frame, bench.vspace, MAP_ADDRESS, 0, PAGE, ACCESS_READ | ACCESS_WRITE));
    return (const struct message_buffer *)MAP_ADDRESS;
}

static void measure_buffers(void)
{
    cap_t frame, inter = program_cap("buffer");
    const struct message_buffer *server = intra_buffer(&frame);
    cap_t intra = worker_serve(bare_echo_buffer, frame);

    measure_buffer(bare_inter_10w, REGION_INTER_10W, inter, 10, bench.server_buffer);
    measure_buffer(bare_inter_16w, REGION_INTER_16W, inter, 16, bench.server_buffer);
    measure_buffer(bare_inter_64w, REGION_INTER_64W, inter, 64, bench.server_buffer);
    measure_buffer(bare_intra_10w, REGION_INTRA_10W, intra, 10, server);
    measure_buffer(bare_intra_64w, REGION_INTRA_64W, intra, 64, server);
    for (unsigned words = 2; words <= MESSAGE_BUFFER_WORDS; words *= 2)
        check_inversion(words);
}

/* ---- Capabilities ---------------------------------------------------------------------------- */

/* Send so many copies of one capability; the server then says how many Notifications it got. */
static void measure_caps(bare_pass *pass, unsigned region, cap_t sent, unsigned count,
                         unsigned expected)
{
    cap_t keeper = program_cap("keeper");

    for (unsigned i = 0; i < MESSAGE_CAPS; i++)
        bench.buffer->caps[i] = sent;
    for (uint64_t i = 0; i < PASSES; i++) {
        struct message message = pass_message(i, MESSAGE_WORDS);
        struct message drop = {.tag = TAG(KEEPER_DROP, 0, 0)};
        message.tag = TAG(KEEPER_TAKE, 0, count);
        pass_buffer(pass, region, keeper, message, 0);
        bench_check("asking what was received", call(keeper, &drop));
        bench_expect("the server has the capabilities sent", drop.word[0] == expected);
    }
}

/* ---- C on both sides ------------------------------------------------------------------------- */

static volatile uint64_t words_seed, words_sum;

/* Eight words made from one, and the eight of the answer added up. */
SYSCALL_INLINE err_t words_call(cap_t cap)
{
    uint64_t seed = words_seed;
    struct message message = {
        .word = {seed, seed + 1, seed + 2, seed + 3, seed + 4, seed + 5, seed + 6, seed + 7},
    };
    err_t error = call(cap, &message);
    const uint64_t *word = message.word;

    words_sum = word[0] + word[1] + word[2] + word[3] + word[4] + word[5] + word[6] + word[7];
    return error;
}

static void measure_c(void)
{
    cap_t words = program_cap("words");

    for (uint64_t i = 0; i < PASSES; i++) {
        uint64_t expected = 0;
        err_t error;
        words_seed = i;
        for (unsigned k = 0; k < MESSAGE_WORDS; k++)
            expected += WORDS_ANSWER(i + k);
        MEASURE(REGION_INTER_8W_C, error = words_call(words));
        bench_check("calling the server in C", error);
        bench_expect("its answers add up", words_sum == expected);
    }
}

/* ---- Vector registers ------------------------------------------------------------------------ */

static void vectors_run(void *context)
{
    (void)context;
    for (uint64_t i = 0; i < PASSES; i++) {
        struct message message = pass_message(i, 0);
        pass_echo(bare_vectors, REGION_VECTORS, program_cap("vectors"), &message);
        bench_expect("vector registers come back empty", bare_vector() == 0);
    }
}

static void measure_vectors(void)
{
    struct worker worker = {.run = vectors_run, .priority = WORKER_HIGHER, .vectors = true};

    worker_start(&worker, 0);
    worker_join(&worker);
}

void ipc_measure(void)
{
    static const char *const servers[] = {"echo", "buffer", "words", "vectors", "outer", "keeper"};
    cap_t notification;

    for (unsigned i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
        struct message hello = {0};
        err_t error = call(program_cap(servers[i]), &hello);
        if (syscall_failed(error))
            bench_check(servers[i], error);
    }
    measure_registers(worker_serve(bare_echo, 0));
    measure_deadline();
    measure_buffers();
    measure_c();
    notification = bench_make(OBJECT_NOTIFICATION, 7);
    measure_caps(bare_cap1, REGION_CAP1, notification, 1, 1);
    measure_caps(bare_cap4, REGION_CAP4, notification, 4, 4);
    measure_caps(bare_own1, REGION_OWN1, program_cap("keeper"), 1, 0);
    measure_vectors();
}
