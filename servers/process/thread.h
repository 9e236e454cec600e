/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of slots of further threads: behind those of processes. */
#ifndef PROCESS_THREAD_H
#define PROCESS_THREAD_H

#include "servers/process/server.h"

#define THREADS_MAX 256
#define THREAD_SLOTS 6
#define THREAD_ROWS_END (ROWS_END + THREADS_MAX * THREAD_SLOTS)

#endif
