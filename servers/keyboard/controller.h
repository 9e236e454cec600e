/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keyboard controller of a PC, i8042, by two ports. Nothing waits for longer than a tenth of a
 * second, whatever the device does.
 */
#ifndef SERVERS_KEYBOARD_CONTROLLER_H
#define SERVERS_KEYBOARD_CONTROLLER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Test it, and set it up: the keyboard on, its interrupt on, the mouse off. Null: good; else what
 * is wrong, in words. `*translated`: it sends scan code set 1, not 2.
 */
const char *controller_init(bool *translated);

/* A byte from the keyboard; false: none. */
bool controller_read(uint8_t *byte);

/* Send the keyboard a byte; it answers with ACKNOWLEDGE. False: it takes none. */
#define CONTROLLER_ACKNOWLEDGE 0xfa
bool controller_write(uint8_t byte);

#endif
