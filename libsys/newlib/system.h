/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the system layer share. All servers are called by capabilities in well-known
 * slots (libsys/process.h). A stub's result goes through system_result, which is where errno is
 * made.
 *
 *     if (system_result(SYSTEM_CALL(vfs_change_directory(system_vfs(), path))) < 0)
 *         return -1;
 *
 * SYSTEM_CALL makes the call again when a signal interrupted it before a server had taken it, and
 * runs handlers of what is pending after it: no call fails because of a signal. SYSTEM_WAIT is for
 * those that wait for something to happen: they do, with EINTR, unless all handlers want the call
 * to be made again (SA_RESTART).
 */
#ifndef LIBSYS_NEWLIB_SYSTEM_H
#define LIBSYS_NEWLIB_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

#include "libsys/process.h"
#include "libsys/rpc_client.h"

#define SYSTEM_PAGE 4096ull
#define SYSTEM_WINDOW_BYTES 65536u

/* Why a call ended by a signal: no server's and no kernel's error. */
#define SYSTEM_INTERRUPTED RPC_ERROR(255, 1)

static inline struct process_page *process_page(void)
{
    return (struct process_page *)PROCESS_PAGE_ADDRESS;
}

/* The servers as clients of generated stubs, with the calling thread's message buffer. */
#define SYSTEM_CLIENT(handle) (&(struct rpc_client){.cap = (handle), .context = system_context()})
struct rpc_context *system_context(void);
#define system_vfs() SYSTEM_CLIENT(PROCESS_CAP(VFS))
#define system_process() SYSTEM_CLIENT(PROCESS_CAP(PROCESS))
#define system_memory() SYSTEM_CLIENT(PROCESS_CAP(MEMORY))
#define system_file(descriptor) SYSTEM_CLIENT(PROCESS_FILE_CAP(descriptor))

/* The window of the vfs session is there, or can't be had: then bulk goes in small pieces. */
void system_window_open(void);

/* After fork, in the child: the window is the parent's. */
void system_window_forget(void);

/* 0 and errno untouched, or -1 and errno. */
int system_result(err_t error);

/* The same for calls with a name: an empty one is ENOENT, one too long ENAMETOOLONG. */
int system_path_result(const char *path, err_t error);

/*
 * Run handlers if a signal is pending; whether the call must be made again. `system_again` is for
 * calls that wait: unless all handlers want that, it ends with SYSTEM_INTERRUPTED.
 */
bool system_again(err_t *error);
bool system_repeat(err_t error);

#define SYSTEM_CALL(expression)               \
    ({                                        \
        err_t system_error_;                  \
        do                                    \
            system_error_ = (expression);     \
        while (system_repeat(system_error_)); \
        system_error_;                        \
    })

#define SYSTEM_WAIT(expression)               \
    ({                                        \
        err_t system_error_;                  \
        do                                    \
            system_error_ = (expression);     \
        while (system_again(&system_error_)); \
        system_error_;                        \
    })

/* errno for an error; 0 for 0. */
int system_errno(err_t error);

/* ---- Descriptors ----------------------------------------------------------------------------- */

#define DESCRIPTOR_OPEN 1u
#define DESCRIPTOR_CLOSE_ON_EXEC 2u
#define DESCRIPTOR_NO_WAIT 4u
#define DESCRIPTOR_KIND(flags) ((flags) >> 4) /* enum file_kind */
#define DESCRIPTORS_MAX 1008

/* Whether it's open; else errno is EBADF. */
bool descriptor_check(int descriptor);

/* The least free number from `least` on, reserved; -1 and errno: none. */
int descriptor_take(int least);

/* Set what descriptor_take reserved. */
void descriptor_set(int descriptor, enum file_kind kind, unsigned flags);

/* Give it back. Its slot is empty. */
void descriptor_give(int descriptor);

/* Empty a slot. Always possible. */
void slot_clear(uint32_t slot);

/* ---- Signals --------------------------------------------------------------------------------- */

/* Run the handlers of what is pending and not blocked. */
struct signals_run {
    bool ran;     /* any */
    bool restart; /* all of them had SA_RESTART */
};
struct signals_run signals_run(void);

/* In the child, after fork. */
void signals_forked(void);

/* ---- Waiting --------------------------------------------------------------------------------- */

/*
 * Wait for flags of the calling thread's own Notification, until a TSC value (0: for ever).
 * 0 flags: the time has passed. SYSTEM_INTERRUPTED: a signal came.
 */
err_t system_wait(uint64_t until, uint64_t *flags);

/* The TSC value so many nanoseconds from now. */
uint64_t system_deadline(uint64_t nanoseconds);

#endif
