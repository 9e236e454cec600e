/* SPDX-License-Identifier: BSD-2-Clause */
/* See health.h. */

#include "servers/entropy/health.h"

static bool repetition_test(struct health *health, uint8_t sample)
{
    health->repeated = sample == health->last ? health->repeated + 1 : 1;
    health->last = sample;
    return health->repeated < HEALTH_REPETITIONS;
}

static bool proportion_test(struct health *health, uint8_t sample)
{
    if (health->samples % HEALTH_WINDOW == 0) {
        health->first = sample;
        health->same = 0;
    }
    health->samples = health->samples % HEALTH_WINDOW + 1;
    health->same += sample == health->first;
    return health->same < HEALTH_PROPORTION;
}

bool health_test(struct health *health, uint8_t sample)
{
    bool repetition = repetition_test(health, sample);
    bool proportion = proportion_test(health, sample);

    if (!repetition || !proportion)
        *health = (struct health){0};
    return repetition && proportion;
}
