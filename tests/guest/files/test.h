/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file server from outside: this program has the authority over clients, and plays their
 * processes.
 */
#ifndef TESTS_GUEST_FILES_TEST_H
#define TESTS_GUEST_FILES_TEST_H

#include "libsys/file_client.h"
#include "libsys/memory_client.h"
#include "libsys/rpc_error.h"
#include "libsys/vfs_client.h"
#include "tests/guest/check.h"

#define DESCRIPTORS 32
#define WINDOW_BYTES 65536u

/* A client, with slots for its descriptors. */
struct actor {
    uint64_t badge;
    struct rpc_context context;
    struct rpc_client vfs; /* its session */
    cap_t file[DESCRIPTORS];
};

extern struct rpc_client authority, publisher, memory_self;
extern cap_t own_table;

void test_init(void);
/* From now on with another file server, which has little memory. */
void test_use_scarce(void);
void must(const char *what, err_t error);
/* Like check_error, for errors of protocols. */
void check_result(const char *name, err_t error, err_t expected);

/* Publish a device with handles of others, one for each way to open it; and which these are. */
err_t publish(const struct rpc_client *rpc, const char *name, uint32_t kind, uint32_t number,
              uint32_t mode);
cap_t published_for(uint32_t flags);

cap_t slot_take(void);
/* Emptied, and given back. */
void slot_drop(cap_t slot);
/* Emptied only. */
void slot_clear(cap_t slot);

/* A client without files; it has no window. */
void actor_make(struct actor *actor);
void actor_fork(struct actor *actor, const struct actor *parent);
void actor_set_window(struct actor *actor);
/* Its descriptors' slots are emptied, and it ends. */
void actor_end(struct actor *actor);

/* Open, to a descriptor; the slot is emptied first. */
err_t actor_open(struct actor *actor, const char *path, uint32_t flags, uint32_t descriptor);
void actor_close(struct actor *actor, uint32_t descriptor);
struct rpc_client actor_file(const struct actor *actor, uint32_t descriptor);
/* A pipe: the reader is the first of two descriptors. */
err_t actor_pipe(struct actor *actor, uint32_t reader);

err_t actor_write(const struct actor *actor, uint32_t descriptor, const void *data, uint32_t bytes,
                  uint32_t *written);
err_t actor_read(const struct actor *actor, uint32_t descriptor, void *data, uint32_t bytes,
                 uint32_t *got);
/* Write all of a text; whether that went. */
bool actor_put(const struct actor *actor, uint32_t descriptor, const char *text);
/* Whether the next bytes are these. */
bool actor_gets(const struct actor *actor, uint32_t descriptor, const char *text);

/* ---- The groups of cases --------------------------------------------------------------------- */

void cases_basic(void);
void cases_waiting(void);
void cases_errors(void);
void cases_paths(void);
void cases_devices(void);
void cases_hostile(void);
void cases_cost(void);
void cases_shares(void);
void cases_scarce(void);

#endif
