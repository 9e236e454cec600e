/* SPDX-License-Identifier: BSD-2-Clause */
/* What a restless server can be asked. */
#ifndef TESTS_GUEST_RESTLESS_H
#define TESTS_GUEST_RESTLESS_H

enum restless_label {
    RESTLESS_COUNT = 1, /* word 0 of the answer: how many have asked anything so far */
    RESTLESS_CRASH,
    RESTLESS_EXIT, /* with the status in word 0 */
    RESTLESS_HANG,
    RESTLESS_MEMORY, /* word 0: error; 1: bytes of its Untypeds, each used; 2: as its page says */
};

#define RESTLESS_ADDRESS 16 /* where nothing is */
#define RESTLESS_STATUS 7

#endif
