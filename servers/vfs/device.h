/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices: three that the vfs serves itself (null, zero, full), `tty`, which is the client's own
 * terminal, and those that drivers publish, whose handle everybody gets who opens them.
 */
#ifndef SERVERS_VFS_DEVICE_H
#define SERVERS_VFS_DEVICE_H

#include "libsys/process.h"
#include "servers/vfs/node.h"

enum device_kind { DEVICE_NULL, DEVICE_ZERO, DEVICE_FULL, DEVICE_OWN_TERMINAL, DEVICE_PUBLISHED };

/* A published one has a handle for each way to open it: both, reading, writing. */
#define DEVICE_WAYS 3

struct device {
    enum device_kind kind;
    uint32_t file_kind; /* enum file_kind */
    uint32_t number;    /* a terminal: 1 + its number */
    uint32_t publisher; /* badge of whoever publishes it */
    cap_t cap[DEVICE_WAYS];
    struct device *next;
};

/* Its handle for these ways of opening. */
cap_t device_cap(const struct device *device, uint32_t flags);

/* Put the built-in ones into a directory. */
MUST_USE err_t devices_init(struct node *directory, int64_t now);

/*
 * A device of that name in the directory that was given above. Its handles become the device's,
 * after success. RPC_EXISTS: another's, or something else. RPC_DENIED: the directory was removed.
 * RPC_NO_MEMORY.
 */
MUST_USE err_t device_publish(struct name name, const struct attributes *attributes,
                              const struct device *device);

/* Its last name has gone; null: it had none. */
void device_end(struct device *device);

/* What opening it gives: it itself, or, of `tty`, the terminal with that number; null: none. */
const struct device *device_resolve(const struct device *device, uint32_t terminal);

/* 1 + number; null: nobody has published it. */
const struct device *device_terminal(uint32_t number);

/* For stat. */
uint32_t device_number(const struct device *device);

/* Read and write of null, zero, full. */
uint32_t device_read(const struct device *device, void *data, uint32_t count);
MUST_USE err_t device_write(const struct device *device, uint32_t count, uint32_t *written);

#endif
