/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server's own table that begins small and grows when its slots run out. All capabilities move to
 * the same slots of a larger one, and the root task gives the thread that (`cap parent`): handles
 * stay what they are, also those that the kernel is to fill, and whoever calls waits meanwhile. The
 * program has one thread.
 *
 * The old table stays behind with the capability of the new one in it: a third more, all in all.
 */
#ifndef LIBSYS_TABLE_H
#define LIBSYS_TABLE_H

#include "libsys/slots.h"
#include "libsys/syscall.h"

/*
 * From now on slots_take makes the table larger, up to `most` slots (a power of two). `memory` gets
 * it an Untyped of 2^bits bytes, for good, or returns an error; it may take slots. Without a
 * capability `parent` the table stays as large as it is.
 */
void table_grows(struct slots *slots, uint32_t most,
                 err_t (*memory)(unsigned bits, cap_t *untyped));

#endif
