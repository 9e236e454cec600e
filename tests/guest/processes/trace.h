/* SPDX-License-Identifier: BSD-2-Clause */
/* What a debugger can do with a process, and what it can't: libsys/trace.idl. */
#ifndef TESTS_GUEST_PROCESSES_TRACE_H
#define TESTS_GUEST_PROCESSES_TRACE_H

#include "libsys/rpc_client.h"

void trace_test(const struct rpc_client *process, cap_t event);

/* Where no memory is left, for which these two care. Uses what trace_test has set up. */
void trace_squeezed(void (*hoard)(void), void (*hoard_end)(void));

#endif
