/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits for the programs' ends, and ends the machine when the last one awaited has ended. */
#ifndef SERVERS_ROOT_SUPERVISE_H
#define SERVERS_ROOT_SUPERVISE_H

_Noreturn void supervise(void);

#endif
