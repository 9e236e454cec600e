/* SPDX-License-Identifier: BSD-2-Clause */
/* A client and a server in processes of their own: what most cases about calls begin with. */
#ifndef TESTS_GUEST_KERNEL_PAIR_H
#define TESTS_GUEST_KERNEL_PAIR_H

#include "tests/guest/kernel/runner.h"

#define PAIR_BADGE 77

struct pair {
    cap_t endpoint; /* the original */
    struct task *server, *client;
    cap_t handle; /* of the endpoint in the client's table, with all rights and the badge */
};

enum pair_flags {
    PAIR_PASSIVE = 1,       /* the server has no time of its own */
    PAIR_ONE_SPACE = 2,     /* both in one address space */
    PAIR_SERVER_VECTOR = 4, /* it uses vector registers */
    PAIR_CLIENT_VECTOR = 8,
    PAIR_BASES = 16,  /* both change their segment bases before every system call */
    PAIR_RFLAGS = 32, /* both set all flags that they can before every system call */
};

/* Neither runs yet. */
struct pair pair_make(unsigned flags);

/* A further client of the endpoint, in a process of its own. */
struct task *pair_client(const struct pair *pair, unsigned priority, uint32_t badge, cap_t *handle);

/* Start the server, which waits, and then the client. */
void pair_run(const struct pair *pair);

/* The usual scripts: a request, the server's wait for it, its answer (and next wait). */
struct exchange {
    struct step *wait, *answer, *request;
};
struct exchange pair_exchange(const struct pair *pair);

#endif
