/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of a program's functions, from its file's symbol table, if it has one. */
#ifndef PROCESS_SYMBOL_H
#define PROCESS_SYMBOL_H

#include "servers/process/server.h"

#define SYMBOL_ROOM 96

/* Have the program's file at hand; symbol_end lets go of it. Between them symbol_find is used. */
void symbol_begin(const struct process *process);
void symbol_end(void);

/* "main+0x12", or nothing but a NUL. */
void symbol_find(const struct process *process, uint64_t address, char text[SYMBOL_ROOM]);

/* The same in the bytes of a file, of which nothing is believed. Pure. */
void symbol_search(const uint8_t *file, uint64_t size, uint64_t address, char text[SYMBOL_ROOM]);

#endif
