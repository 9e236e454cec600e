/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Namespaces and the services in them. No system calls: services are numbers here, and who calls
 * says what became of their capabilities.
 *
 * A namespace is a set of services; one made of another begins with those that the other has then.
 * A service is in the table as long as some namespace has it. Its home is where it was published:
 * withdrawn there it goes from all; elsewhere, from that namespace alone.
 */
#ifndef SERVERS_NAME_NAMES_H
#define SERVERS_NAME_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "libsys/name_protocol.h"

#define NAMES_SPACES 128
#define NAMES_GIVEN 2 /* of them are there from the beginning: handles are the boot manifest's */
#define NAMES_SERVICES 256
#define NAMES_NONE NAMES_SERVICES

/* Kinds of handles of a namespace. */
enum names_kind { NAMES_PUBLISHER = 1, NAMES_READER = 2 };

struct names_service {
    char name[NAME_MAX + 1];
    uint32_t home;   /* namespace */
    uint32_t spaces; /* that have it; 0: a free place */
};

struct names_space {
    uint32_t generation; /* 0: never used */
    bool is_used;
    uint32_t parent;
    bool has[NAMES_SERVICES];
};

struct names {
    struct names_space space[NAMES_SPACES];
    struct names_service service[NAMES_SERVICES];
    uint32_t order[NAMES_SERVICES]; /* services in the order of publishing */
    uint32_t count;
};

void names_init(struct names *names);

/* 1 to NAME_MAX letters, digits, `.`, `-`, `_`, `/`. */
bool names_valid(const char *name);

/* The namespace of a badge; null: none. */
struct names_space *names_space(struct names *names, uint32_t badge);
static inline bool names_may_publish(uint32_t badge)
{
    return badge >> 28 == NAMES_PUBLISHER;
}

/*
 * Which of the given namespaces one was made of, over however many steps. All made of one are a
 * family, and share what the server has with the others: a quarter of it is each family's alone.
 */
uint32_t names_family(const struct names *names, const struct names_space *space);

/* Whether a family may have one more of `most` things, of which the families use so many now. */
bool names_may(const uint32_t used[NAMES_GIVEN], uint32_t family, uint32_t most);

/* The service of that name in a namespace; NAMES_NONE. */
uint32_t names_find(const struct names *names, const struct names_space *space, const char *name);

/* RPC_EXISTS, RPC_FULL; *service is its number. */
err_t names_publish(struct names *names, struct names_space *space, const char *name,
                    uint32_t *service);

/* Take a service out of a namespace, and of all if that is its home. True: it's gone. */
bool names_withdraw(struct names *names, struct names_space *space, uint32_t service);

/* The n-th service of a namespace in the order of publishing; NAMES_NONE. */
uint32_t names_nth(const struct names *names, const struct names_space *space, uint32_t index);

/*
 * A new namespace, with nothing or with all that `from` has. Returns its badge; 0: there is no
 * place, or its family has all that it may.
 */
uint32_t names_create(struct names *names, const struct names_space *from, bool empty,
                      bool publish);

/*
 * End a namespace; those made of it become its parent's. What nobody else has goes: `gone` gets
 * the numbers of these services; returns how many.
 */
uint32_t names_destroy(struct names *names, struct names_space *space, uint32_t *gone);

/* Whether `pattern` means this name: the same, or the beginning if it ends in `/`. */
bool names_match(const char *pattern, const char *name);

#endif
