/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which errors a test was answered: the stubs of a program that is compiled with RPC_WITNESS note
 * each error of each operation here, once. The program tells them, as lines
 *
 *     answered vfs.open NOT_FOUND
 *
 * from which tools/check-answers sees what no test provokes. tests/README.md has the whole.
 */
#ifndef LIBSYS_RPC_WITNESS_H
#define LIBSYS_RPC_WITNESS_H

#include <stdbool.h>

#include "kernel/abi/message.h"

struct rpc_witnessed {
    const char *interface, *operation, *error;
};

/* The next one that wasn't asked for yet; false: that was all. */
bool rpc_witness_next(struct rpc_witnessed *next);

/* What stubs call. */
void rpc_witness(uint64_t tag, err_t error);

#endif
