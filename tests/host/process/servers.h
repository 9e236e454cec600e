/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The servers that the process server calls, as far as it does: memory server and vfs, with their
 * spaces, clients and programs; and the way a message takes to the process server itself.
 *
 *     /bin/program   lies in the boot module        /bin/script       #!/bin/program
 *     /bin/own       has an object of its own       /bin/own-script   #!/bin/own
 */
#ifndef TESTS_HOST_PROCESS_SERVERS_H
#define TESTS_HOST_PROCESS_SERVERS_H

#include "tests/host/process/kernel.h"

void host_servers_init(void);

/* A call of the memory server's or the vfs's endpoint; of the process server's. */
err_t host_servers_call(const struct capability *cap, struct message *message);
err_t host_process_call(cap_t cap, struct message *message);

/* Whether a new space has too few page tables for the process page. */
extern bool host_tight_tables;

/* What there is: spaces, those of them that are empty, clients, mappings in the server's space. */
struct host_servers {
    uint32_t spaces, empty, clients, maps;
};
struct host_servers host_servers_look(void);

/* Who calls the process server packs its requests here. */
extern struct message_buffer host_client_buffer;

#endif
