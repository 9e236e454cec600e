/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A second thread, of higher priority than the test's: a call in it runs at once, until it waits or
 * is done. So after worker_run the test knows which of the two it is.
 */
#ifndef TESTS_GUEST_FILES_WORKER_H
#define TESTS_GUEST_FILES_WORKER_H

#include "tests/guest/files/test.h"

#define WORKER_BYTES 60000u

/* A read or write that may wait. */
struct job {
    struct rpc_client file;
    struct rpc_context context; /* the file's, with the worker's message buffer */
    bool writing;
    uint8_t *data;
    uint32_t bytes; /* wanted */
    volatile bool done;
    err_t error;
    uint32_t result; /* bytes */
};

void worker_init(void);
/* Read or write an actor's descriptor, waiting if need be. Till then the data is the job's. */
void worker_run(struct job *job, const struct actor *actor, uint32_t descriptor, bool writing,
                void *data, uint32_t bytes);
/* Whatever it waits for ends. */
void worker_interrupt(void);

#endif
