/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Malformed messages for tests: NAME_hostile.h has a table of them for each protocol, made from its
 * interface file, with what a server must answer; some are well-formed (error 0).
 */
#ifndef LIBSYS_RPC_HOSTILE_H
#define LIBSYS_RPC_HOSTILE_H

#include "libsys/rpc.h"

/* What is sent as a capability: one of some type, or one of these. */
enum rpc_hostile_cap {
    RPC_HOSTILE_OWN = 0x80, /* a handle that the server made */
    RPC_HOSTILE_UNBADGED,   /* a capability of its endpoint without a badge */
    RPC_HOSTILE_SESSION,    /* a session with a window of RPC_HOSTILE_WINDOW bytes */
    RPC_HOSTILE_NO_WINDOW,  /* a session without one */
};

#define RPC_HOSTILE_WINDOW 16384u

struct rpc_hostile {
    const char *what;
    uint64_t tag; /* with its counts */
    bool plain;   /* sent by CALL; else by CALL_BUFFER */
    uint64_t word[MESSAGE_WORDS];
    const uint64_t *buffer; /* as many words as the tag counts; null: none */
    uint8_t cap[MESSAGE_CAPS];
    err_t error; /* the answer */
};

#endif
