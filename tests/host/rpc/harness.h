/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server thread with a message buffer and windows of memory of their exact size, so that ASan
 * sees each access that leaves them; and the part of the kernel that dispatch needs. Whatever the
 * message, afterwards every capability that came is gone again.
 */
#ifndef TESTS_HOST_RPC_HARNESS_H
#define TESTS_HOST_RPC_HARNESS_H

#include "libsys/rpc_hostile.h"
#include "libsys/rpc_server.h"

struct rpc_probe {
    const char *name;
    enum answer (*dispatch)(struct rpc_request *request, struct message *message);
    const struct rpc_hostile *hostile;
    size_t count;
};

extern const struct rpc_probe *const harness_probes;
extern const size_t harness_probe_count;

/* What came of a message. */
struct harness_outcome {
    err_t error;     /* the answer's; 0: it was served */
    unsigned called; /* so many functions of the server were called */
};

/* Let a server have the message. `badge`: of the handle that was called. */
struct harness_outcome harness_send(const struct rpc_probe *probe,
                                    const struct rpc_hostile *message, uint32_t badge);

#endif
