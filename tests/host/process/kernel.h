/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel for the process server's host test: tables, capabilities and what derives from what,
 * objects and what they're made of, as far as that server uses them. What no kernel would do for a
 * server that does all right ends the test. Memory server and vfs are endpoints that are answered
 * here too (servers.h), and so is the process server itself, by the messages that it gets.
 *
 * Each of these may be refused for want of memory: the n-th, as host_refuse says.
 */
#ifndef TESTS_HOST_PROCESS_KERNEL_H
#define TESTS_HOST_PROCESS_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "libsys/syscall.h"

/* The server's own table. */
enum host_slot {
    HOST_SLOT_CNODE = 1,
    HOST_SLOT_VSPACE,
    HOST_SLOT_SELF,
    HOST_SLOT_CPU,
    HOST_SLOT_POOL,
    HOST_SLOT_MEMORY, /* endpoints of the servers below */
    HOST_SLOT_VFS,
    HOST_SLOT_NAME,
    HOST_SLOT_NOTIFICATION,
    HOST_SLOT_MODULE,
    HOST_SLOT_EMPTY,
    HOST_SLOT_RECEIVED, /* where a test gets a capability */
    HOST_SLOT_FREE,
};
#define HOST_CAP(slot) CAP_OF(HOST_SLOT_##slot)
#define HOST_SLOTS 1024

/* Handles of the process server, which only the test has: of the starter, of a record's process. */
#define HOST_STARTER CAP_OF(HOST_SLOTS)
#define HOST_PROCESS(index) CAP_OF(HOST_SLOTS + 1 + (index))

struct capability {
    struct object *object;
    struct capability *parent;  /* what it derives from */
    const struct object *where; /* a Frame's: the VSpace where it's mapped */
    uint32_t badge;
};

struct object {
    enum object_type type; /* OBJECT_NULL: none */
    unsigned bits;
    uint64_t used; /* of an Untyped */
    struct capability *original;
    struct capability *slots; /* of a CNode */
    bool holds;               /* a Reply: a caller */
    bool tables;              /* a VSpace: page tables for the process page */
};

void host_kernel_init(unsigned pool_bits);
void host_require(bool good, const char *what);

/* ---- For the servers that are played --------------------------------------------------------- */

struct object *host_object(enum object_type type, unsigned bits, struct capability *original);
struct capability *host_cap(cap_t cap); /* of the process server's table */
void host_derive(struct capability *to, struct capability *from, uint32_t badge);
void host_revoke(const struct capability *cap);
void host_delete(struct capability *cap);
/* Capabilities of it with that badge; those of Frames that are mapped there. */
uint32_t host_handles(const struct object *object, uint32_t badge);
uint32_t host_mapped(const struct object *vspace);

/* ---- For the test ---------------------------------------------------------------------------- */

/* The n-th of what may be refused from now on is, and `lasting` all after it; 0: none. Whether
 * something was. */
void host_refuse(uint32_t number, bool lasting);
bool host_is_refused(void);
/* Asks for something: whether it's refused. */
bool host_refuses(void);

/* The thread that calls the process server; what it asks when it looks who does. */
extern cap_t host_calling;

/* Objects of a type that there are; slots of the own table that have something. */
uint32_t host_count(enum object_type type);
bool host_is_empty(uint32_t slot);

#endif
