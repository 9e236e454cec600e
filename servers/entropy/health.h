/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Health tests of a noise source, after NIST SP 800-90B, 4.4: the repetition count test and the
 * adaptive proportion test. Half a bit of entropy is claimed for a sample of a byte; a good source
 * fails either test once in 2^30 samples.
 */
#ifndef SERVERS_ENTROPY_HEALTH_H
#define SERVERS_ENTROPY_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#define HEALTH_REPETITIONS 61 /* 1 + 30 / 0.5: so often in a row is too often */
#define HEALTH_WINDOW 512
#define HEALTH_PROPORTION 422 /* so often in a window, likewise: by the binomial distribution */

struct health {
    uint32_t samples; /* of this window; 0: none was seen yet */
    uint8_t last, first;
    uint32_t repeated; /* `last` in a row */
    uint32_t same;     /* `first` in this window */
};

/* Whether the source is still good, with this sample. After a failure it begins anew. */
bool health_test(struct health *health, uint8_t sample);

#endif
