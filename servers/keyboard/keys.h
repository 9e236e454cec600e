/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From scan codes to text: the US layout, as a terminal sends it. No system calls.
 *
 * The controller translates scan code set 2, which keyboards send, to set 1; where it can't,
 * keys_translate does. Keys without text send what a VT220 or xterm does. Alt puts ESC before.
 */
#ifndef SERVERS_KEYBOARD_KEYS_H
#define SERVERS_KEYBOARD_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#define KEYS_TEXT 8 /* at most so many bytes for one scan code */

struct keys {
    bool extended;  /* the byte before was E0 */
    uint32_t skip;  /* bytes of the Pause key that are still to come */
    bool released;  /* set 2: the byte before was F0 */
    uint32_t down;  /* modifiers that are held: enum modifier of keys.c */
    bool caps_lock; /* toggled */
};

/* The text for a byte of scan code set 1: 0 to KEYS_TEXT bytes. */
uint32_t keys_type(struct keys *keys, uint8_t code, char *text);

/* A byte of set 2 as set 1 has it; 0: none (yet). */
uint8_t keys_translate(struct keys *keys, uint8_t code);

#endif
