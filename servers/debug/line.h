/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The second serial line, without anybody's help: a 16550 UART behind an IoPort capability. Bytes
 * that come wait in the device, whose own flow control holds them back; sending waits for it.
 */
#ifndef SERVERS_DEBUG_LINE_H
#define SERVERS_DEBUG_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/types.h"

/* False: there is no UART. */
bool line_begin(cap_t ports, uint16_t base);

bool line_receive(uint8_t *byte);
/* A device that takes nothing for long loses the rest: nobody is there. */
void line_send(const char *bytes, uint32_t size);

#endif
