/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See noise.h. A reseed needs 256 bits: from the processor's generator (eight words, which count
 * for half of what they have), or from 1024 samples of jitter that passed the health tests, at
 * half a bit each. Jitter is always mixed in, and never trusted alone when it failed.
 */

#include "servers/entropy/noise.h"

#include "libsys/string.h"
#include "servers/entropy/generator.h"
#include "servers/entropy/health.h"
#include "servers/entropy/source.h"

#define SEED_SAMPLES 1024u /* also what SP 800-90B, 4.3 tests at the start */
#define SEED_WORDS 8
#define BATCH 128        /* samples at once, at the start */
#define READ_SAMPLES 16  /* with each read */
#define RESEED_READS 64u /* so often */
#define FAILURES_MAX 3u  /* in a row: the jitter is given up */

static struct {
    struct generator generator;
    struct health health;
    struct entropy_status status;
    uint32_t good;     /* samples since the last reseed, or since a test failed */
    uint32_t failures; /* since the last reseed by jitter */
    uint32_t reads;    /* since the last reseed */
} noise;

static void sample_test(uint8_t sample)
{
    noise.status.samples++;
    noise.good++;
    if (health_test(&noise.health, sample))
        return;
    noise.status.rejected++;
    noise.good = 0;
    if (++noise.failures == FAILURES_MAX)
        noise.status.failed = 1;
}

/* They are taken one right after the other: what is done with them isn't to look like noise. */
static void samples_take(uint32_t count)
{
    uint8_t sample[BATCH];

    for (uint32_t i = 0; i < count; i++)
        sample[i] = source_sample();
    generator_add(&noise.generator, sample, count);
    for (uint32_t i = 0; i < count; i++)
        sample_test(sample[i]);
    memset(sample, 0, sizeof(sample));
}

static bool hardware_take(void)
{
    uint64_t word[SEED_WORDS];

    for (int i = 0; i < SEED_WORDS; i++)
        if (!source_word(noise.status.hardware, &word[i]))
            return false;
    generator_add(&noise.generator, word, sizeof(word));
    memset(word, 0, sizeof(word));
    return true;
}

static bool jitter_is_enough(void)
{
    return !noise.status.failed && noise.good >= SEED_SAMPLES;
}

static bool reseed(void)
{
    bool hardware = hardware_take(), jitter = jitter_is_enough();

    if (!hardware && !jitter)
        return false;
    if (jitter)
        noise.good = noise.failures = 0;
    generator_reseed(&noise.generator);
    noise.status.reseeds++;
    noise.reads = 0;
    return true;
}

bool noise_init(void)
{
    generator_init(&noise.generator);
    noise.status.hardware = source_hardware();
    for (uint32_t i = 0; i < FAILURES_MAX * SEED_SAMPLES / BATCH; i++)
        if (!jitter_is_enough() && !noise.status.failed)
            samples_take(BATCH);
    return reseed();
}

err_t noise_read(void *data, uint32_t size)
{
    samples_take(READ_SAMPLES);
    if (++noise.reads >= RESEED_READS || noise.status.reseeds == 0)
        (void)reseed();
    if (noise.status.reseeds == 0)
        return RPC_AGAIN;
    generator_read(&noise.generator, data, size);
    return 0;
}

void noise_add(const void *data, uint32_t size)
{
    generator_add(&noise.generator, data, size);
}

void noise_status(struct entropy_status *status)
{
    *status = noise.status;
}
