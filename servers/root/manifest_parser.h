/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the manifest reader share; nothing for others. */
#ifndef SERVERS_ROOT_MANIFEST_PARSER_H
#define SERVERS_ROOT_MANIFEST_PARSER_H

#include "servers/root/manifest.h"
#include "servers/root/words.h"

#define MANIFEST_PRIORITY_MAX 254u /* 255 is the root task's */

struct parser {
    struct words words;
    struct manifest *manifest;
    struct manifest_program *program; /* that the lines belong to; null before the first */
    struct place budget, heartbeat;   /* where those of the program are */
    uint32_t share_left;              /* of the CPU's time, in millionths */
};

/* The object of this name; a null pointer: none is declared so far. */
struct manifest_object *manifest_object_find(const struct parser *parser, const struct word *word);

/* So much of the CPU's time is the program's; `word` says so. */
bool manifest_share_take(struct parser *parser, const struct word *word, uint32_t share);

/* program NAME module MODULE; and what can be said when its last line is read. */
bool manifest_program_read(struct parser *parser);
bool manifest_program_end(struct parser *parser);

/* A line that belongs to the program above it: is it one, and what does it say. */
const struct keyword *manifest_statement_find(const struct word *word);
bool manifest_statement_read(struct parser *parser, const struct keyword *statement);

/* cap KIND … [RIGHT …] [badge N] [as NAME] */
bool manifest_cap_read(struct parser *parser);

/* When all is read: who needs whom, and what only a supervisor can start. */
bool manifest_order_check(struct parser *parser);

#endif
