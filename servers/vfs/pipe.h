/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pipes: a ring of bytes between two open files. Whoever has to wait, waits in a list, in order.
 * What a waiting reader or writer is told goes out first: if it has gone, the bytes stay, or don't
 * come.
 *
 * The ring comes with the first write and grows up to 64 KiB, unless too many have grown already.
 * Up to PIPE_ATOMIC bytes of one write lie together.
 */
#ifndef SERVERS_VFS_PIPE_H
#define SERVERS_VFS_PIPE_H

#include "libsys/file_protocol.h"
#include "servers/vfs/wait.h"

#define PIPE_ATOMIC 4096u
#define PIPE_ROOM 65536u

struct pipe {
    uint8_t *ring;
    uint32_t room; /* of the ring: a power of two, or 0 */
    uint32_t start, used;
    bool read_open, write_open;
    uint32_t user, group; /* of its maker */
    uint64_t number;
    int64_t made, changed; /* nanoseconds since 1970 */
    struct waiters readers, writers;
    struct pollers read_pollers, write_pollers;
};

/* With both ends open; null: no memory. */
struct pipe *pipe_make(int64_t now);

/* RPC_AGAIN: it is empty, and may become otherwise. *bytes 0: it is empty for good. */
MUST_USE err_t pipe_read(struct pipe *pipe, void *data, uint32_t count, uint32_t *bytes);

/*
 * FILE_ERROR_BROKEN_PIPE; RPC_AGAIN: there is no room; RPC_NO_MEMORY: not even for the ring.
 */
MUST_USE err_t pipe_write(struct pipe *pipe, const void *data, uint32_t count, uint32_t *written);

/* Wait for what pipe_read or pipe_write had AGAIN for. RPC_NO_MEMORY. */
MUST_USE err_t pipe_read_later(struct pipe *pipe, struct rpc_request *request, uint32_t user,
                               uint32_t count);
MUST_USE err_t pipe_write_later(struct pipe *pipe, struct rpc_request *request, uint32_t user,
                                const void *data, uint32_t count);

/* FILE_READABLE and so on. */
uint32_t pipe_ready_to_read(const struct pipe *pipe);
uint32_t pipe_ready_to_write(const struct pipe *pipe);

/* An end is closed; the second one ends the pipe. */
void pipe_close(struct pipe *pipe, bool writing);

#endif
