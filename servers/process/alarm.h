/* SPDX-License-Identifier: BSD-2-Clause */
/* One timer of the timer server's for all alarms, and for what must be looked at again soon. */
#ifndef PROCESS_ALARM_H
#define PROCESS_ALARM_H

#include "servers/process/process.h"

/* As process.idl's alarm. UNSUPPORTED: there is no timer. */
MUST_USE err_t alarm_set(struct process *process, uint64_t nanoseconds, uint64_t interval,
                         uint64_t *left);

/* The time has come for something. */
void alarm_tick(void);

/* After a request: if a signal couldn't be delivered yet, have a look in a millisecond. */
void alarm_for_signals(void);

#endif
